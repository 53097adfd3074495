"""Time of curve fits: one model choice, a cohort, a bootstrap; plain lmfit and SciPy in the same run.

    python benchmarks/curves.py [--patients 1000] [--json]

Aims: a full model choice in under 20 ms a curve; a bootstrap ten times faster than plain lmfit's. One thread
of
linear algebra a process, as suits matrices of four columns.
"""

from __future__ import annotations

import argparse
import json
import math
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from concurrent.futures import ProcessPoolExecutor
from time import perf_counter

import numpy as np

from kinetics import MODELS, Curve, bootstrap, choose_model, fit_curve, lambda_from_half_life, profile

LAM = lambda_from_half_life(78.41)
TIME = np.array([5 / 60, 0.25, 0.5, 1, 2, 4, 24, 72, 120, 168.0])
THETA = np.array([14.0, 18.0, math.log(2) / 7, math.log(2) / 62])
WORKERS = 2


def serum(seed: int) -> Curve:
    value = MODELS["biexponential"].value(TIME, THETA)
    noisy = value * (1 + 0.03 * np.random.default_rng(seed).normal(size=TIME.size))
    return Curve(time_h=TIME, value=noisy, sd=0.03 * value, unit="%IA/L", decay_corrected=True)


def ten_curves(patient: int) -> int:
    """Ten model choices of one patient."""
    for i in range(10):
        choose_model(serum(10 * patient + i), lambda_phys_per_h=LAM, weights="sd")
    return 10


def timed(function, repeats: int) -> float:
    """Seconds of the fastest of some calls: what other users of the machine don't add to."""
    function(0)
    times = []
    for i in range(repeats):
        begin = perf_counter()
        function(i)
        times.append(perf_counter() - begin)
    return min(times)


def lmfit_plain(y: np.ndarray, start: np.ndarray) -> float:
    """A user's lmfit: a Model of two exponentials, bounds at 0, numerical derivatives; the area."""
    import lmfit

    def f(t, a1, a2, k1, k2):
        return a1 * np.exp(-k1 * t) + a2 * np.exp(-k2 * t)

    model = lmfit.Model(f)
    parameters = model.make_params(
        **{n: {"value": float(v), "min": 0} for n, v in zip(("a1", "a2", "k1", "k2"), start, strict=True)}
    )
    best = model.fit(y, parameters, t=TIME, weights=1 / (0.03 * y)).best_values
    return best["a1"] / (best["k1"] + LAM) + best["a2"] / (best["k2"] + LAM)


def scipy_plain(y: np.ndarray, start: np.ndarray) -> float:
    """scipy.optimize.curve_fit, numerical derivatives; the area."""
    from scipy.optimize import curve_fit

    def f(t, a1, a2, k1, k2):
        return a1 * np.exp(-k1 * t) + a2 * np.exp(-k2 * t)

    a1, a2, k1, k2 = curve_fit(f, TIME, y, p0=start, sigma=0.03 * y, absolute_sigma=True)[0]
    return a1 / (k1 + LAM) + a2 / (k2 + LAM)


def measure(patients: int) -> dict[str, float]:
    """Every number, in seconds, and how the bootstraps agree."""
    found: dict[str, float] = {}
    choice = choose_model(serum(1), lambda_phys_per_h=LAM, weights="sd")
    found["choice_s"] = timed(lambda i: choose_model(serum(i), lambda_phys_per_h=LAM, weights="sd"), 60)
    found["choice_candidates"] = sum(c.fit is not None for c in choice.candidates)
    found["fit_s"] = timed(
        lambda i: fit_curve(serum(i), "biexponential", lambda_phys_per_h=LAM, weights="sd"), 60
    )
    curves = [serum(i) for i in range(60)]
    found["lmfit_fit_s"] = timed(lambda i: lmfit_plain(curves[i].value, THETA * 1.3), 60)
    found["scipy_fit_s"] = timed(lambda i: scipy_plain(curves[i].value, THETA * 1.3), 60)
    fit = fit_curve(serum(1), "biexponential", lambda_phys_per_h=LAM, weights="sd")
    found["bootstrap_s"] = timed(lambda i: bootstrap(fit, seed=i), 10)
    found["profile_s"] = timed(lambda _: profile(fit), 10)
    fitted = fit.predict(TIME)
    rng = np.random.default_rng(0)
    replicas = fitted + fit.errors.sd * rng.normal(size=(1000, TIME.size))
    spreads = {"bootstrap": float(np.std(bootstrap(fit, seed=0).area))}
    for name, plain in (("lmfit", lmfit_plain), ("scipy", scipy_plain)):
        begin = perf_counter()
        spreads[name] = float(np.std([plain(y, fit.theta) for y in replicas]))
        found[f"{name}_bootstrap_s"] = perf_counter() - begin
    found |= {f"area_sd_{k}": v for k, v in spreads.items()}
    found["area_se_delta"] = float(fit.se_area or math.nan)
    found["load"] = os.getloadavg()[0]
    with ProcessPoolExecutor(WORKERS) as pool:
        list(pool.map(ten_curves, range(WORKERS)))
        begin = perf_counter()
        n = sum(pool.map(ten_curves, range(patients), chunksize=8))
        found["cohort_s"] = perf_counter() - begin
    found["cohort_curves"] = n
    return found


def lines(m: dict[str, float]) -> list[tuple[str, str]]:
    """What is printed: what, and how long."""
    return [
        (f"model choice, {m['choice_candidates']:.0f} candidates fitted", f"{m['choice_s'] * 1e3:.1f} ms"),
        ("one biexponential fit from cold, starts included", f"{m['fit_s'] * 1e3:.1f} ms"),
        ("plain lmfit, numerical derivatives, a start given", f"{m['lmfit_fit_s'] * 1e3:.1f} ms"),
        ("scipy curve_fit, numerical derivatives, a start given", f"{m['scipy_fit_s'] * 1e3:.2f} ms"),
        ("1000 bootstrap replicas", f"{m['bootstrap_s'] * 1e3:.0f} ms"),
        (
            "1000 replicas by plain lmfit",
            f"{m['lmfit_bootstrap_s']:.2f} s, {m['lmfit_bootstrap_s'] / m['bootstrap_s']:.0f} times as long",
        ),
        (
            "1000 replicas by scipy curve_fit",
            f"{m['scipy_bootstrap_s']:.2f} s, {m['scipy_bootstrap_s'] / m['bootstrap_s']:.0f} times as long",
        ),
        ("profile likelihood of the area", f"{m['profile_s'] * 1e3:.0f} ms"),
        ("load of the machine before that (other users' processes)", f"{m['load']:.1f}"),
        (
            f"{m['cohort_curves']:.0f} model choices in {WORKERS} processes",
            f"{m['cohort_s']:.0f} s, {m['cohort_s'] / m['cohort_curves'] * 1e3:.1f} ms a curve",
        ),
        (
            "SD of the area by the three bootstraps; delta method",
            f"{m['area_sd_bootstrap']:.2f}, {m['area_sd_lmfit']:.2f}, {m['area_sd_scipy']:.2f};"
            f" {m['area_se_delta']:.2f}",
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=1000, help="of the cohort, ten curves each")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    measured = measure(given.patients)
    if given.json:
        print(json.dumps(measured, indent=2))
        return
    for what, took in lines(measured):
        print(f"{what}: {took}")


if __name__ == "__main__":
    main()
