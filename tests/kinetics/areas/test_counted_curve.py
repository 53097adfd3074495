"""The curve that figures draw is the one whose area is given: its integral, by quadrature, is the area."""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad

from kinetics import Curve, area
from kinetics.areas.counted import counted_curve
from kinetics.areas.segments import AREA_METHODS
from kinetics.areas.trapezoid import FIRST, GIVEN, TAILS

HALF_LIFE_H = 78.41


@pytest.mark.parametrize(
    ("method", "first", "tail"),
    list(itertools.product(AREA_METHODS, FIRST, [*TAILS, 37.0])),
)
@pytest.mark.parametrize("corrected", [True, False])
def test_its_integral_is_the_area(method: str, first: str, tail: str | float, corrected: bool) -> None:
    values = {"extrapolate": [9.0, 7.0, 4.0, 2.5, 1.0]}.get(first, [2.0, 7.0, 4.0, 2.5, 1.0])
    curve = Curve(
        time_h=[3, 20, 50, 90, 160], value=values, unit="%IA", decay_corrected=corrected,
        half_life_h=HALF_LIFE_H,
    )  # fmt: skip
    found = area(curve, tail=tail, first=first, method=method)
    assert (found.first_rule, found.tail_rule) == (first, tail if isinstance(tail, str) else GIVEN)
    total = 0.0
    last = 160.0
    edges = [0.0, *curve.time_h]
    for low, high in itertools.pairwise(edges):
        total += quad(lambda t: counted_curve(curve, found, [t])[0], low + 1e-9, high - 1e-9, epsrel=1e-10)[0]
    if tail == "none":
        assert np.isnan(counted_curve(curve, found, [last + 1])[0])
    else:
        # by t = last + x / (1 - x): all of the tail in one interval
        total += quad(
            lambda x: counted_curve(curve, found, [last + x / (1 - x) + 1e-9])[0] / (1 - x) ** 2,
            0,
            1,
            limit=200,
        )[0]
    assert total == pytest.approx(found.area, rel=1e-6)
