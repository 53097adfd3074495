"""Tables of the kinetics page: stiff compartment models, and standard errors of areas from common counts."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from kinetics.areas.nca import nca
from kinetics.areas.trapezoid import area
from kinetics.compartments.model import CompartmentModel
from kinetics.curves.curve import Curve
from kinetics.curves.decay import lambda_from_half_life
from kinetics.curves.gamma_counter import Standard, serum_curve
from kinetics.curves.probe import whole_body_curve
from kinetics.fitting.fit import fit_curve
from validation.report.markdown import table

LAM = lambda_from_half_life(78.41)
SERUM_H = np.array([1, 4, 24, 72, 120.0])
PROBE_H = np.array([0.5, 24, 72.0])
BLANK, STANDARD, BACKGROUND = 900.0, 50900.0, 1200.0
SAMPLES = np.exp(-(0.003 + LAM) * SERUM_H) * 5000 + BLANK
PROBE = 12000 * np.exp(-(0.02 + LAM) * PROBE_H) + BACKGROUND


def stiff() -> str:
    """Exchange of two compartments at 1e12/h, a loss of 1e-6/h from one, against the lumped closed form."""
    loss = 1e-6
    model = CompartmentModel(
        compartments=("a", "b"),
        sinks=("out",),
        bolus={"a": 1.0},
        lambda_phys_per_h=math.log(2) / (432.2 * 8766),  # 241Am
        rates_per_h={("a", "b"): 1e12, ("b", "a"): 1e12, ("b", "out"): loss},
    )
    rows = []
    for words, t in (
        ("1 us", 1 / 3.6e9),
        ("1 s", 1 / 3600),
        ("1 h", 1.0),
        ("1 y", 8766.0),
        ("50 y", 438300.0),
    ):
        found = model.contents([t], decay_corrected=True)[0]
        true = math.exp(-loss / 2 * t)
        rows.append((words, f"{found[:2].sum():.15f}", f"{true:.15f}", f"{found.sum() - 1:.0e}"))
    tau = model.tiac_h()["whole body"]
    exact = 1 / (model.lambda_phys_per_h + loss / 2)
    rows.append(("TIAC / h", f"{tau:.6f}", f"{exact:.6f}", ""))
    return table(("time", "in the body", "closed form", "sum of all, less 1"), rows)


def _serum(samples: ArrayLike, blank: float, standard: float) -> Curve:
    return serum_curve(
        SERUM_H,
        samples,
        sample_volume_mL=1.0,
        live_time_s=300,
        standard=Standard(0.005, float(standard), 300),
        administered_MBq=50.0,
        background_counts=float(blank),
        background_live_time_s=300,
        decay_corrected=False,
        lambda_phys_per_h=LAM,
    )


def _probe(counts: ArrayLike, background: float) -> Curve:
    return whole_body_curve(
        PROBE_H,
        counts,
        live_time_s=60,
        background_counts=background,
        background_live_time_s=60,
        decay_corrected=True,
        lambda_phys_per_h=LAM,
    )


def _areas(curve: Curve, *, errors: bool = True) -> dict[str, tuple[float, float]]:
    """Area and standard error by fit, trapezoid and non-compartmental analysis."""
    fit = fit_curve(curve, "monoexponential", lambda_phys_per_h=LAM, weights="sd")
    if not errors:
        curve = replace(curve, sd=None, common_sd=None, normalised_at_h=None)
    under = area(curve, lambda_phys_per_h=LAM, tail="physical", first="constant", method="log")
    auc = nca(curve, dose=100, lambda_phys_per_h=LAM, slope_points=3)["auc_inf_obs"]
    return {
        "fit": (fit.area, fit.se_area or math.nan),
        "trapezoids": (under.area or math.nan, under.se_area or math.nan),
        "AUC (NCA)": (auc.value or math.nan, auc.se or math.nan),
    }


def common_errors(repeats: int = 300) -> str:
    """Standard errors of areas beside the SD over repeated countings, with common parts and without."""
    rng = np.random.default_rng(89)
    rows = []
    for words, expected, drawn in (
        (
            "serum, one blank",
            _serum(SAMPLES, BLANK, STANDARD),
            lambda: _serum(rng.poisson(SAMPLES), rng.poisson(BLANK), rng.poisson(STANDARD)),
        ),
        (
            "probe, first reading",
            _probe(PROBE, BACKGROUND),
            lambda: _probe(rng.poisson(PROBE), rng.poisson(BACKGROUND)),
        ),
    ):
        assert expected.sd is not None
        first = expected.sd[0] / expected.value[0]
        apart = replace(
            expected,
            common_sd=None,
            normalised_at_h=None,
            scale_relative_sd=expected.scale_relative_sd if expected.normalised_at_h is None else first,
        )
        found = [_areas(drawn(), errors=False) for _ in range(repeats)]
        told, independent = _areas(expected), _areas(apart)
        for by, (_, se) in told.items():
            sd = float(np.std([f[by][0] for f in found], ddof=1))
            rows.append(
                (words, by, f"{sd:.4g}", f"{se:.4g} ({se / sd:.2f})", f"{independent[by][1]:.4g}"
                 f" ({independent[by][1] / sd:.2f})")
            )  # fmt: skip
    return table(
        ("curve", "area by", f"SD of {repeats} countings", "standard error", "if all were independent"), rows
    )
