"""Time of population fits: 60 patients of 4 points; per-patient fits by lmfit and SciPy in the same run.

    python benchmarks/populations.py [--patients 60] [--json]

Aim: 60 patients of 4 points in under 5 s. Per-patient fits solve an easier problem: each patient alone, no
population, no interval that holds its uncertainty.
"""

from __future__ import annotations

import argparse
import json
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from time import perf_counter

import numpy as np

from kinetics import fit_population, fit_with_population
from validation.few_points.cohorts import KIDNEYS, SERUM, Cohort, cohort


def timed(function, repeats: int = 3) -> float:
    """Seconds of the fastest of some calls: what other users of the machine don't add to."""
    times = []
    for _ in range(repeats):
        begin = perf_counter()
        function()
        times.append(perf_counter() - begin)
    return min(times)


def uptake(t, a, k1, k2, lam):
    return a * (np.exp(-k1 * t) - np.exp(-k2 * t)) * np.exp(-lam * t)


def lmfit_each(drawn: Cohort) -> None:
    """A user's lmfit for each patient: bounds at 0, numerical derivatives, the medians as start."""
    import lmfit

    model = lmfit.Model(uptake, independent_vars=["t"])
    lam = drawn.kind.lambda_phys_per_h
    start = dict(zip(("a", "k1", "k2"), drawn.kind.median.values(), strict=True))
    for c in drawn.curves:
        p = model.make_params(**{k: {"value": v, "min": 0} for k, v in start.items()}, lam=lam)
        p["lam"].vary = False
        model.fit(c.value, p, t=c.time_h, weights=1 / (0.05 * c.value))


def scipy_each(drawn: Cohort) -> None:
    """scipy.optimize.curve_fit for each patient, numerical derivatives, the population's medians as start."""
    from scipy.optimize import curve_fit

    lam = drawn.kind.lambda_phys_per_h
    start = list(drawn.kind.median.values())
    for c in drawn.curves:
        curve_fit(lambda t, a, k1, k2: uptake(t, a, k1, k2, lam), c.time_h, c.value, p0=start,
                  sigma=0.05 * c.value, bounds=(0, np.inf))  # fmt: skip


def measure(patients: int = 60) -> dict[str, float]:
    """Every number, in seconds."""
    kidneys = cohort(KIDNEYS, patients, 4, 0.05, [1])
    serum = cohort(SERUM, patients, 5, 0.05, [2])
    found: dict[str, float] = {"patients": patients, "load": os.getloadavg()[0]}
    fit = fit_population(kidneys.curves, "uptake", residual="proportional")
    found["uptake_s"] = timed(lambda: fit_population(kidneys.curves, "uptake", residual="proportional"))
    found["uptake_full_s"] = timed(
        lambda: fit_population(kidneys.curves, "uptake", residual="proportional", covariance="full"), 1
    )
    found["biexponential_s"] = timed(
        lambda: fit_population(serum.curves, "biexponential", residual="proportional"), 2
    )
    one = kidneys.curves[0].subset([2])
    found["given_s"] = timed(lambda: fit_with_population(one, fit.population))
    found["lmfit_s"] = timed(lambda: lmfit_each(kidneys))
    found["scipy_s"] = timed(lambda: scipy_each(kidneys))
    return found


def lines(m: dict[str, float]) -> list[tuple[str, str]]:
    """What is printed: what, and how long."""
    n = f"{m['patients']:.0f} patients"

    def ratio(name: str) -> str:
        return f"{m['uptake_s'] / m[name]:.2g}"

    return [
        (f"{n} of 4 points, uptake and clearance, spreads independent", f"{m['uptake_s']:.2f} s"),
        ("the same with correlations", f"{m['uptake_full_s']:.2f} s"),
        (f"{n} of 5 points, biexponential", f"{m['biexponential_s']:.2f} s"),
        ("one patient of one point, with the population given", f"{1000 * m['given_s']:.1f} ms"),
        (
            f"{n} one by one, plain lmfit, no population",
            f"{m['lmfit_s']:.2f} s; the population fit takes {ratio('lmfit_s')} times as long",
        ),
        (
            f"{n} one by one, scipy curve_fit, no population",
            f"{m['scipy_s']:.2f} s; the population fit takes {ratio('scipy_s')} times as long",
        ),
        ("load of the machine before that (other users' processes)", f"{m['load']:.1f}"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=60)
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
