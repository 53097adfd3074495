"""How far areas by each rule of trapezoids are from the true ones: a table of docs/kinetics.md."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from kinetics.areas.area_result import AreaResult
from kinetics.areas.segments import AREA_METHODS, DECAY_CORRECTED
from kinetics.areas.trapezoid import area
from kinetics.curves.curve import Curve
from kinetics.models import MODELS
from validation.report.markdown import table

#: Half-life of 89Zr, h (ICRP 107).
HALF_LIFE_H = 78.41


class Case(NamedTuple):
    """A curve of one of the models of kinetics, by its biologic half-lives, and when it is measured."""

    name: str
    model: str
    amplitudes: tuple[float, ...]
    half_lives_h: tuple[float, ...]
    time_h: tuple[float, ...]


LIVER = ("liver, clears with 500 h", "monoexponential", (10.0,), (500.0,))
#: Half of it is distributed with 10 h, the other half clears with 150 h.
BLOOD = ("blood, 10 h and 150 h, half each", "biexponential", (5.0, 5.0), (10.0, 150.0))
UPTAKE = ("tumour, taken up with 12 h, clears with 300 h", "uptake", (10.0,), (300.0, 12.0))
THREE, FOUR = (2.0, 48.0, 168.0), (4.0, 24.0, 96.0, 168.0)
CASES = [Case(*LIVER, THREE), Case(*LIVER, FOUR), Case(*BLOOD, FOUR), Case(*UPTAKE, FOUR)]


def measured(case: Case, method: str, tail: str) -> tuple[float, AreaResult]:
    """The true area, and that by trapezoids: the first point's decay-corrected value from time 0 on."""
    model = MODELS[case.model]
    theta = np.array([*case.amplitudes, *(math.log(2) / t for t in case.half_lives_h)])
    lam = math.log(2) / HALF_LIFE_H
    time = np.array(case.time_h)
    curve = Curve(
        time_h=time, value=model.value(time, theta), unit="%IA", decay_corrected=True, half_life_h=HALF_LIFE_H
    )
    found = area(curve, tail=tail, first="constant", method=method)
    if found.area is None:  # no three points after the peak
        found = area(curve, tail=tail, first="constant", method=method, slope_points=2)
    return float(model.area(theta, lam)), found


def biases_percent(case: Case, tail: str) -> dict[str, float]:
    """Method -> (area by it)/(true area) - 1, %."""
    found = {}
    for method in AREA_METHODS:
        truth, made = measured(case, method, tail)
        assert made.area is not None
        found[method] = 100.0 * (made.area / truth - 1.0)
    return found


def area_rules() -> str:
    """Biases by rule, and the standard uncertainty that the choice of the rules is said to have."""
    rows = []
    for case in CASES:
        for tail in ("physical", "effective"):
            biases = biases_percent(case, tail)
            said = []
            for method in ("linear", DECAY_CORRECTED):
                _, found = measured(case, method, tail)
                assert found.area is not None
                said.append(f"{100 * found.u_method / found.area:.1f} %")
            scans = ", ".join(f"{t:g}" for t in case.time_h)
            rows.append(
                (case.name, scans, tail, *(f"{round(b, 1) + 0.0:+.1f} %" for b in biases.values()), *said)
            )
    names = [f"`{method}`" for method in AREA_METHODS]
    return table(("curve", "h", "tail", *names, "u, `linear`", f"u, `{DECAY_CORRECTED}`"), rows)
