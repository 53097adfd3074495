"""A model of 40 compartments and a chain of nine, in both adults, beside an ODE solver.

    python benchmarks/models.py [--bodies NAME NAME]

Th-229 with its eight daughters (7340 years to 4 microseconds), 34 tissues in exchange with blood and a gut
of five parts, made with a fixed seed; TIACs for 50 years, doses in two bodies. Aim: 2 s from a started
process to the doses. The alternative is SciPy's Radau at 1e-10 for contents and integrals of 10 days alone.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

TISSUES = (
    "liver",
    "kidneys",
    "spleen",
    "muscle",
    "brain",
    "skin",
    "pancreas",
    "thyroid",
    "heart wall",
    "lungs",
)
SEED = 13
AS_PARENT = "as the parent"
DAYS = 10.0


def large_model() -> dict[str, Any]:
    """The tables of the model's file."""
    rng = np.random.default_rng(SEED)
    names = [f"tissue {i}" for i in range(1, 35)]
    transfers = {"blood -> urine": 0.3, "tissue 1 -> small intestine contents": 0.1}
    for name in names:
        transfers[f"blood -> {name}"] = float(rng.uniform(0.05, 2.0))
        transfers[f"{name} -> blood"] = float(10 ** rng.uniform(-3, 1))
    own = {"blood -> tissue 2": 30.0, "tissue 2 -> urine": 2.0, "tissue 3 -> blood": 1.0}
    regions = {name: TISSUES[i % len(TISSUES)] for i, name in enumerate(names)}
    return {
        "name": "40 compartments", "time_unit": "d", "nuclide": "Th-229", "compartments": ["blood", *names],
        "sinks": ["urine"], "bolus": {"blood": 1.0}, "transfers": transfers,
        "tract": {"model": "ICRP 100", "age": "adult", "f1": 0.01, "absorbed_into": "blood"},
        "source_regions": {"blood": "remainder", **regions},
        "chain": {"daughters": "all", "without_own": "decay in place"},
        "daughter": {"Bi": {"transfers": own}, "Ra": {"transfers": own}, "Fr": {"transfers": AS_PARENT}},
    }  # fmt: skip


def by_radau(chain: Any, hours: float) -> float:
    """Seconds of SciPy's solver for contents and integrals, of the states that anything reaches."""
    from scipy.integrate import solve_ivp

    system = chain.system()
    system = system.only(system.reached(system.start))
    k, n = system.generator(), len(system.start)
    whole = np.zeros((2 * n, 2 * n))
    whole[:n, :n], whole[n:, :n] = k, np.eye(n)
    begin = perf_counter()
    found = solve_ivp(
        lambda _, x: whole @ x, (0.0, hours), np.r_[system.start, np.zeros(n)], method="Radau", jac=whole,
        rtol=1e-10, atol=1e-20,
    )  # fmt: skip
    assert found.success
    return perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bodies", nargs=2, default=["adult male", "adult female"])
    bodies = parser.parse_args().bodies
    begin = perf_counter()
    from dosimetry import model_doses
    from kinetics import ModelText

    text = ModelText(Path("40 compartments"), large_model())
    found = model_doses(text, bodies=bodies, years=50.0)
    whole = perf_counter() - begin
    begin = perf_counter()
    model_doses(text, bodies=bodies, years=50.0)
    again = perf_counter() - begin
    begin = perf_counter()
    model_doses(text, bodies=bodies)
    endless = perf_counter() - begin
    chain = found.given[bodies[0]].chain
    assert chain is not None
    begin = perf_counter()
    ours = chain.tiac_array(24.0 * DAYS)
    ten_days = perf_counter() - begin
    theirs = by_radau(chain, 24.0 * DAYS)
    assert math.isfinite(float(ours.sum()))
    print(f"{len(chain.parent.compartments)} compartments, {len(chain.members)} nuclides, {bodies}")
    print(f"doses for 50 years, with imports and spectra: {whole:.2f} s (aim 2 s); again: {again:.2f} s")
    print(f"doses for all time: {endless:.2f} s")
    print(f"TIACs of {DAYS:g} days: {ten_days:.2f} s; Radau: {theirs:.1f} s, {theirs / ten_days:.0f} times")


if __name__ == "__main__":
    main()
