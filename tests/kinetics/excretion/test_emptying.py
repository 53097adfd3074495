"""Times of emptying: regular, listed, first one then the other; what cannot be."""

from __future__ import annotations

import pytest

from kinetics.errors import KineticsError
from kinetics.excretion.emptying import Emptying


def test_regular_listed_and_both() -> None:
    assert Emptying(every_h=3.5, first_h=1.0).until(9.0).tolist() == [1.0, 4.5, 8.0]
    assert Emptying(times_h=(2.0, 3.0)).until(1e6).tolist() == [2.0, 3.0]
    assert Emptying(times_h=(2.0, 3.0), every_h=0.5).until(4.0).tolist() == [2.0, 3.0, 3.5, 4.0]
    assert Emptying(every_h=0.1).until(1e3).size == 10_000  # the last one is not lost to rounding
    assert Emptying(first_h=2.0).until(1.9).size == 0


def test_all_that_is_wrong_is_told() -> None:
    with pytest.raises(KineticsError) as error:
        Emptying(every_h=0.0, first_h=-1.0, times_h=(2.0, 2.0, float("nan")), residual=1.0)
    assert len(error.value.complaints) == 6
    assert "an interval between emptyings is 0 h; above 0 is needed" in str(error.value)
    assert "time 2 of emptying is 2 h; above the one before it, 2 h, is needed: times in order" in str(
        error.value
    )
    with pytest.raises(KineticsError, match="no time of emptying"):
        Emptying()


def test_too_many_are_refused() -> None:
    with pytest.raises(KineticsError, match="at most 100000"):
        Emptying(every_h=1e-6).until(10.0)
