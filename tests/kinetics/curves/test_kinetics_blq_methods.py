"""Values below the limit of quantification by the methods of Beal 2001 and PKNCA: what becomes of each."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kinetics import KineticsError, blq_points

MEASURED = [2.0, 4.0, 12.0]
TIMES = [0.5, 1.0, 6.0, 8.0, 24.0, 48.0]
LIMIT = 0.2


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("M1", [None] * 6),
        ("M5", [0.1] * 6),
        ("M6", [None, 0.1, 0.1, None, 0.1, None]),
        ("M7", [0.0] * 6),
        ("PKNCA", [0.0, 0.0, None, None, 0.0, 0.0]),
    ],
)
def test_what_becomes_of_each_point(method: str, expected: list[float | None]) -> None:
    """A run at the beginning, one between measured values, one at the end; in any order of rows."""
    found = blq_points(TIMES[::-1], [LIMIT] * 6, MEASURED, method)
    assert [p.time_h for p in found] == TIMES
    assert [p.value for p in found] == expected


def test_standard_deviations_are_those_of_a_uniform_distribution() -> None:
    """Root mean square distance of a value anywhere in 0 to L from L/2 and from 0, by draws."""
    draws = np.random.default_rng(1).uniform(0, LIMIT, 200_000)
    for method, centre in (("M5", LIMIT / 2), ("M7", 0.0)):
        (point,) = blq_points([24.0], [LIMIT], [1.0], method)
        assert point.sd == pytest.approx(math.sqrt(float(((draws - centre) ** 2).mean())), rel=0.01)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([24.0], [0.1], [1.0], "M3"), "BLQ method 'M3' is unknown; there are: 'M1' \\(left out\\)"),
        (([24.0], [None], [1.0], "M5"), "M5 needs the limit at 24 h, which is not known"),
        (([24.0], [0.0], [1.0], "M1"), "limit of quantification 0 at 24 h"),
        (([24.0], [math.nan], [1.0], "M1"), "limit of quantification nan"),
        (([24.0], [0.1], [], "M1"), "every value is below the limit"),
    ],
)
def test_nonsense_is_refused(arguments: tuple, said: str) -> None:
    with pytest.raises(KineticsError, match=said):
        blq_points(*arguments)


def test_half_of_a_limit_is_not_needed_where_nothing_is_set_to_it() -> None:
    found = blq_points([24.0, 48.0], [0.1, None], [1.0], "M6")
    assert [p.value for p in found] == [0.05, None]
