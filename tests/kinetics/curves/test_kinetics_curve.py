"""Curves say their decay state and refuse what is no measurement."""

import math

import numpy as np
import pytest

from kinetics import KineticsError
from kinetics.curves.curve import Curve
from kinetics.curves.decay import lambda_from_half_life

LAM = lambda_from_half_life(78.41)


def test_decay_correction_and_back():
    c = Curve(
        time_h=[0.5, 24, 72], value=[3.0, 2.0, 1.0], sd=[0.1, 0.1, 0.1], unit="%IA", decay_corrected=False
    )
    corrected = c.corrected(LAM)
    assert corrected.decay_corrected
    np.testing.assert_allclose(corrected.value, c.value * np.exp(LAM * c.time_h), rtol=1e-14)
    back = corrected.uncorrected(LAM)
    np.testing.assert_allclose(back.value, c.value, rtol=1e-14)
    np.testing.assert_allclose(back.sd, c.sd, rtol=1e-14)


def test_reference_time_other_than_administration():
    c = Curve(time_h=[24.0, 48.0], value=[5.0, 5.0], unit="MBq", decay_corrected=True, reference_h=24.0)
    np.testing.assert_allclose(c.uncorrected(LAM).value, [5.0, 5.0 * math.exp(-LAM * 24)], rtol=1e-14)
    np.testing.assert_allclose(c.corrected(LAM).value, 5.0 * math.exp(LAM * 24), rtol=1e-14)


def test_rows_are_sorted_with_their_sd():
    c = Curve(time_h=[48, 0, 24], value=[1, 3, 2], sd=[0.1, 0.3, 0.2], unit="%IA", decay_corrected=True)
    assert c.time_h.tolist() == [0, 24, 48]
    assert c.value.tolist() == [3, 2, 1]
    assert c.sd.tolist() == [0.3, 0.2, 0.1]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"time_h": [0, -1, 2]}, "time -1 h is negative"),
        ({"time_h": [0, 1, 1]}, "time 1 h occurs twice"),
        ({"value": [1, math.nan, 2]}, "'value', entry 2 is nan"),
        ({"value": [1, 2]}, "3 times but 2 entries in 'value'"),
        ({"value": ["a", 1, 2]}, "no number"),
        ({"sd": [0.1, 0.0, 0.1]}, "sd 0 at 1 h"),
        ({"decay_corrected": None}, "True or False must be said"),
        ({"time_h": [], "value": [], "sd": None}, "no points"),
    ],
)
def test_bad_curves(change, says):
    good = {"time_h": [0, 1, 2], "value": [3, 2, 1], "unit": "%IA", "decay_corrected": True, "sd": [1, 1, 1]}
    with pytest.raises(KineticsError, match=says):
        Curve(**(good | change))


def test_decay_state_has_no_default():
    with pytest.raises(TypeError, match="decay_corrected"):
        Curve(time_h=[0], value=[1], unit="%IA")


def test_a_half_life_in_the_wrong_unit_is_noticed():
    c = Curve(time_h=[1, 144], value=[2, 1], unit="%IA", decay_corrected=False)
    with pytest.raises(KineticsError, match=r"144 h is 2\.1e\+03 physical half-lives.*in hours"):
        c.corrected(math.log(2) / 0.0686)


@pytest.mark.parametrize("bad", [0.0, -3.0, math.nan, math.inf])
def test_bad_half_life(bad):
    with pytest.raises(KineticsError, match="half-life"):
        lambda_from_half_life(bad)
