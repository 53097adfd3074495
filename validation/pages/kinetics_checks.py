"""What `kinetics` gives beside published values, closed forms and simulated truth, as tables for its page."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np

from kinetics import (
    icsh_plasma_volume_L,
    lean_body_mass_kg,
    nadler_blood_volume_L,
    surface_area_m2,
)
from kinetics.areas.nca import NcaResult, nca
from kinetics.choice.choose import choose_model
from kinetics.curves.curve import Curve, FloatArray
from kinetics.curves.decay import lambda_from_half_life
from kinetics.fitting.fit import fit_curve
from kinetics.fitting.uncertainty import bootstrap, profile
from kinetics.model_files.files import read_model
from kinetics.models import MODELS
from kinetics.populations.single_point import haenscheid_ratio
from validation.report.markdown import table

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "kinetics" / "data"
LAM = lambda_from_half_life(78.41)
SERUM_H = np.array([5 / 60, 0.25, 0.5, 1, 2, 24, 72, 144])
SERUM = np.array([14.0, 18.0, math.log(2) / 12, math.log(2) / 111])
BODY_H = np.array([0.2, 24, 72, 144.0])
BODY = np.array([100.0, math.log(2) / 370])


def dataset(name: str) -> dict[int, Curve]:
    """Subject -> curve of the typed-in data, mg/L."""
    with (DATA / f"{name}.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {
        s: Curve(
            time_h=np.array([float(r["time_h"]) for r in rows if int(r["subject"]) == s]),
            value=np.array([float(r["value"]) for r in rows if int(r["subject"]) == s]),
            unit="mg/L",
            decay_corrected=True,
            name=f"{name} {s}",
        )
        for s in sorted({int(r["subject"]) for r in rows})
    }


def models() -> str:
    """The fit functions."""
    rows = [
        (f"`{m.name}`", f"`{m.formula}`", str(m.n_parameters), ", ".join(m.parameters))
        for m in MODELS.values()
    ]
    return table(("model", "biologic function", "parameters", "names"), rows)


def indometh() -> str:
    """Indometh subject 1 against R's documentation of SSbiexp."""
    fit = fit_curve(dataset("indometh")[1], "biexponential", lambda_phys_per_h=0.0, weights="none")
    p = {k: e.value for k, e in fit.parameters.items()}
    ours = (p["A1"], math.log(p["lambda1"]), p["A2"], math.log(p["lambda2"]))
    published = (2.0293, 0.5794, 0.1916, -1.7878)
    return table(
        ("", "R", "milligray"),
        [
            (name, f"{r:.4f}", f"{v:.5f}")
            for name, r, v in zip(("A1", "ln k1", "A2", "ln k2"), published, ours, strict=True)
        ],
    )


def _nca(name: str, curve: Curve, rule: str) -> NcaResult:
    dose, route = {"theoph": (320.0, "extravascular"), "indometh": (25.0, "bolus")}[name]
    method = "linear" if rule == "linear" else "linear-up/log-down"
    return nca(curve, dose=dose, lambda_phys_per_h=0.0, route=route, method=method)


def winnonlin() -> str:
    """Largest difference from WinNonlin's output, by parameter."""
    with (DATA / "winnonlin.csv").open() as file:
        reference = list(csv.DictReader(file))
    sets = {name: dataset(name) for name in ("indometh", "theoph")}
    results = {
        (name, s, rule): _nca(name, curve, rule)
        for name, curves in sets.items()
        for s, curve in curves.items()
        for rule in ("linear", "log")
    }
    worst: dict[tuple[str, str], list[tuple[float, str, float]]] = {}
    for r in reference:
        ours = results[r["dataset"], int(r["subject"]), r["rule"]][r["parameter"]].value
        assert ours is not None
        worst.setdefault((r["dataset"], r["parameter"]), []).append(
            (abs(ours - float(r["value"])) / abs(float(r["value"])), r["value"], ours)
        )
    rows = []
    for (name, parameter), found in worst.items():
        relative, published, ours = max(found)
        rows.append((name, f"`{parameter}`", str(len(found)), f"{relative:.1e}", published, f"{ours:.7f}"))
    return table(
        ("data", "parameter", "values", "largest relative difference", "there: WinNonlin", "milligray"), rows
    )


def zirconium() -> str:
    """Whole-body retention of ICRP 134's zirconium."""
    m = read_model(ROOT / "examples" / "models" / "zirconium-icrp134.toml").model
    days = (0.25, 1, 2, 3, 5, 7, 10, 14, 30)
    published = ("0.94", "0.79", "0.63", "0.51", "0.33", "0.21", "0.11", "0.046", "0.0015")
    ours = m.retention(np.array(days) * 24)
    return table(
        ("d", "ICRP 134", "milligray"),
        [(f"{d:g}", p, f"{v:.4g}") for d, p, v in zip(days, published, ours, strict=True)],
    )


def _coverage(
    name: str, theta: FloatArray, time: FloatArray, weights: str, corrected: bool, replicas: int
) -> tuple[dict[str, float], float]:
    model = MODELS[name]
    value = model.value(time, theta) * (1.0 if corrected else np.exp(-LAM * time))
    sd = 0.03 * value
    truth = {"area": float(model.area(theta, LAM))} | dict(zip(model.parameters, theta.tolist(), strict=True))
    held = dict.fromkeys(truth, 0)
    rng, areas = np.random.default_rng(2024), []
    for _ in range(replicas):
        c = Curve(
            time_h=time,
            value=value + sd * rng.normal(size=time.size),
            sd=sd,
            unit="%IA",
            decay_corrected=corrected,
        )
        fit = fit_curve(c, name, lambda_phys_per_h=LAM, weights=weights)
        areas.append(fit.area)
        for key, true in truth.items():
            limits = fit.interval(key)
            held[key] += limits is not None and limits[0] <= true <= limits[1]
    return {k: 100 * n / replicas for k, n in held.items()}, float(np.mean(areas) / truth["area"] - 1)


def coverage(replicas: int = 1000) -> str:
    """Share of 95 % intervals that hold the truth."""
    cases = (
        ("whole body, 4 points, `sd`", "monoexponential", BODY, BODY_H, "sd", True),
        ("serum, 8 points, `sd`", "biexponential", SERUM, SERUM_H, "sd", True),
        ("serum, 8 points, `relative`", "biexponential", SERUM, SERUM_H, "relative", True),
        ("serum as measured, 8 points, `sd`", "biexponential", SERUM, SERUM_H, "sd", False),
    )
    rows = []
    for what, name, theta, time, weights, corrected in cases:
        found, bias = _coverage(name, theta, time, weights, corrected, replicas)
        parameters = ", ".join(f"{k} {v:.1f}" for k, v in found.items() if k != "area")
        rows.append((what, f"{found['area']:.1f} %", parameters, f"{100 * bias:+.2f} %"))
    return table(("simulated, 3 % noise", "area", "parameters, %", "mean error of the area"), rows)


def intervals() -> str:
    """Delta method, profile likelihood and bootstrap on one curve."""
    curve = dataset("indometh")[1]
    rows = []
    for weights in ("relative", "none"):
        fit = fit_curve(curve, "biexponential", lambda_phys_per_h=0.0, weights=weights)
        b = bootstrap(fit, seed=1)
        for name in ("area", "A2", "lambda2"):
            value = fit.area if name == "area" else fit.parameters[name].value
            delta, p, boot = fit.interval(name), profile(fit, name), b.interval(name)
            assert delta is not None
            ends = ["no limit" if x is None else f"{x:.4g}" for x in (p.lower, p.upper)]
            rows.append(
                (
                    f"`{weights}`", name, f"{value:.4g}", f"{delta[0]:.4g} to {delta[1]:.4g}",
                    f"{ends[0]} to {ends[1]}", f"{boot[0]:.4g} to {boot[1]:.4g}",
                )
            )  # fmt: skip
    return table(("weights", "", "estimate", "delta method", "profile likelihood", "bootstrap (1000)"), rows)


def choices(replicas: int = 100) -> str:
    """How often the model that made the data is chosen, and what the area's error is."""
    time = np.array([0.1, 0.3, 0.6, 1, 2, 4, 8, 24, 48, 72, 120, 168.0])
    kinds: tuple[tuple[str, tuple[float, ...]], ...] = (
        ("plateau", (80,)), ("monoexponential", (100, 0.004)), ("exponential-plateau", (60, 30, 0.08)),
        ("biexponential", (15, 18, 0.1, 0.006)), ("triexponential", (20, 15, 12, 2.0, 0.1, 0.006)),
        ("uptake-plateau", (12, 0.3)), ("uptake", (12, 0.01, 0.4)), ("uptake-offset", (12, 4, 0.01, 0.2)),
    )  # fmt: skip
    rows = []
    for name, theta in kinds:
        value = MODELS[name].value(time, np.array(theta))
        true = float(MODELS[name].area(np.array(theta), LAM))
        right, chosen, averaged = 0, [], []
        for seed in range(replicas):
            noisy = value * (1 + 0.03 * np.random.default_rng(seed).normal(size=time.size))
            c = choose_model(
                Curve(time_h=time, value=noisy, unit="%IA", decay_corrected=True),
                lambda_phys_per_h=LAM,
            )
            right += c.chosen.model == name
            chosen.append(c.chosen.area / true - 1)
            averaged.append(c.averaged_area.value / true - 1)
        rms = [100 * math.sqrt(float(np.mean(np.square(x)))) for x in (chosen, averaged)]
        rows.append((f"`{name}`", f"{100 * right / replicas:.0f} %", f"{rms[0]:.2f} %", f"{rms[1]:.2f} %"))
    return table(("made by", "chosen", "rms error of the area, chosen", "averaged"), rows)


def persons() -> str:
    """Body-size formulas on ICRP 89's reference adults."""
    man, woman = (1.76, 73.0), (1.63, 60.0)
    rows = [
        ("surface area / m2, Du Bois", "1.90", surface_area_m2(*man), "1.66", surface_area_m2(*woman)),
        (
            "surface area / m2, Mosteller", "1.90", surface_area_m2(*man, "Mosteller"),
            "1.66", surface_area_m2(*woman, "Mosteller"),
        ),
        (
            "blood / L, Nadler", "5.3", nadler_blood_volume_L("male", *man),
            "3.9", nadler_blood_volume_L("female", *woman),
        ),
        (
            "plasma / L, ICSH 1995", "3.0", icsh_plasma_volume_L("male", *man),
            "2.4", icsh_plasma_volume_L("female", *woman),
        ),
        (
            "lean mass / kg, Janmahasatian (70 kg, 1.76 m)", "56.1",
            lean_body_mass_kg("male", 1.76, 70), "", None,
        ),
    ]  # fmt: skip
    return table(
        ("", "man, published", "milligray", "woman, published", "milligray"),
        [(a, b, f"{c:.3g}", d, "" if e is None else f"{e:.3g}") for a, b, c, d, e in rows],
    )


def single_points() -> str:
    """Error of Haenscheid's approximation."""
    x = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 3.0)
    return table(
        ("time / effective half-life", *(f"{v:g}" for v in x)),
        [("error", *(f"{100 * (float(haenscheid_ratio(v)) - 1):+.1f} %" for v in x))],
    )
