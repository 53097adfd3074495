"""What the data don't determine has no standard error in any fit, and the reason is said.

Each by its least input. Curves, a cohort's rates, shared rates and compartment models follow one rule
(kinetics/least_squares/covariance.py).
"""

import math
import tomllib

import numpy as np
import pytest

from kinetics import KineticsError
from kinetics.compartments.fit import fit_compartments
from kinetics.curves.curve import Curve
from kinetics.fitting.fit import fit_curve
from kinetics.least_squares.covariance import gain, held, propagated, weakest
from kinetics.model_files.files import parse_model
from kinetics.populations.cohort import Spread, cohort_spread, fit_with_cohort
from kinetics.populations.shared import fit_shared

LAM = 0.00884
OWN = dict(lambda_phys_per_h=LAM, weights="sd")


def curve(time, value, name="p"):
    value = np.asarray(value, dtype=float)
    return Curve(time_h=time, value=value, sd=0.05 * value, unit="%IA", decay_corrected=True, name=name)


def held_and_said(fit, names):
    """On a bound: no standard error, named, and the area's error is that of what is left."""
    assert set(names) <= set(fit.bounds_reached)
    assert all(fit.parameters[n].se is None for n in names)
    assert any("bound reached" in w for w in fit.warnings)
    assert fit.se_area is None or fit.se_area < fit.area


def test_cohort_one_exponential_too_many():
    """Monoexponential data and a borrowed biexponential: its second amplitude is 0 (was: area's SE 3e22)."""
    t = [1.0, 24.0, 72.0]
    spread = {"lambda2": Spread(0.01, 0.2, 9)}
    fit = fit_with_cohort(curve(t, 100 * np.exp(-0.01 * np.array(t))), "biexponential", spread, **OWN)
    held_and_said(fit, ["A2", "lambda2"])


def test_cohort_uptake_before_the_first_point():
    """Two late points of an uptake curve leave its uptake rate on a bound (was: 114 +- 28298)."""
    fit = fit_with_cohort(curve([24.0, 72.0], [50, 30]), "uptake", {"lambda1": Spread(0.01, 0.2, 9)}, **OWN)
    held_and_said(fit, ["lambda2"])


def test_cohort_without_a_spread():
    """A spread of 0 is a rate that is held: area and its error as with the rate known (was: NaN)."""
    one = curve([24.0], [50.0])
    fit = fit_with_cohort(one, "mono", {"lambda1": Spread(0.01, 0.0, 9)}, **OWN)
    assert fit.area == pytest.approx(50 * math.exp(0.24) / (0.01 + LAM), rel=1e-9)
    assert fit.se_area == pytest.approx(0.05 * fit.area, rel=1e-6)
    assert "held: it has no spread" in fit.warnings[0]
    assert not fit.bounds_reached
    nearly = fit_with_cohort(one, "mono", {"lambda1": Spread(0.01, 1e-6, 9)}, **OWN)
    assert nearly.area == pytest.approx(fit.area, rel=1e-5)
    same = [fit_curve(curve([1, 24, 72.0], [90, 60, 40.0]), "mono", **OWN)] * 3
    assert cohort_spread(same)["lambda1"].sd_log == 0
    stable = fit_with_cohort(
        one, "mono", {"lambda1": Spread(0.01, 0.0, 9)}, lambda_phys_per_h=0, weights="sd"
    )
    assert stable.area == pytest.approx(50 * math.exp(0.24) / 0.01, rel=1e-9)


@pytest.mark.parametrize(
    ("rate", "sd", "says"),
    [
        (0.0, 0.1, "rate is 0 per h"),
        (math.nan, 0.1, "rate is nan"),
        (0.1, -0.1, "is -0.1; 0"),
        (0.1, math.inf, "is inf"),
    ],
)
def test_spreads_that_can_t_be(rate, sd, says):
    with pytest.raises(KineticsError, match=says):
        Spread(rate, sd, 3)


def test_shared_rates_that_don_t_separate():
    """Two points a curve for a shared uptake and clearance (was: area's SE 1e16, rates' SE 0 or NaN)."""
    s = fit_shared(
        [curve([24, 72.0], [10, 6], "a"), curve([24, 72.0], [20, 12.0], "b")],
        "uptake",
        ["lambda1", "lambda2"],
        **OWN,
    )
    assert s.reason is not None and "lambda1, lambda2" in s.reason and "separately" in s.reason
    assert all(e.se is None for e in s.shared.values())
    for fit in s.fits:
        assert fit.covariance is None
        assert fit.se_area is None
        assert any("separately" in w for w in fit.warnings)
    assert s.warnings


def test_shared_rate_on_its_bound():
    """Constant data, decay-corrected: no biologic loss, an error of the amplitude (was: 38.9 +- 1336)."""
    curves = [curve([1, 24.0], [10, 10], "a"), curve([1, 24.0], [20, 20], "b")]
    s = fit_shared(curves, "mono", ["lambda1"], **OWN)
    assert s.shared["lambda1"].se is None
    for fit in s.fits:
        held_and_said(fit, ["lambda1"])
        assert fit.se_area / fit.area == pytest.approx(0.05 / math.sqrt(2), rel=0.02)
    with pytest.raises(KineticsError, match="the data don't fall"):
        fit_shared(curves, "mono", ["lambda1"], lambda_phys_per_h=0, weights="sd")


def test_an_amplitude_of_one_curve_on_its_bound_is_held_and_the_others_are_not():
    """The second curve falls below what the shared rates allow: its slow amplitude is 0, without an error."""
    t = np.array([1.0, 6.0, 24.0, 48.0])
    shape = 60 * np.exp(-0.1 * t) + 40 * np.exp(-0.02 * t)
    first = [curve(t, scale * shape, f"a{i}") for i, scale in enumerate((1.0, 1.1, 0.9))]
    fast = curve(t, 100 * np.exp(-0.1 * t) * np.array([1.0, 1.0, 1.0, 0.9]), "b")
    s = fit_shared([*first, fast], "biexponential", ["lambda1", "lambda2"], **OWN)
    assert s.shared["lambda1"].value > s.shared["lambda2"].value
    held_and_said(s.fits[3], ["A2"])
    for fit in s.fits[:3]:
        assert not fit.bounds_reached
        assert all(fit.parameters[name].se > 0 for name in ("A1", "A2"))
    said = next(w for w in s.fits[0].warnings if "in common" in w)
    assert said.index("lambda1") < said.index("lambda2")
    half_life_h = math.log(2) / s.shared["lambda1"].value
    assert f"lambda1 (half-life {half_life_h:.4g} h)" in said


def test_shared_exponential_that_the_data_hardly_hold():
    """Not singular, but an area known to no digit is warned of."""
    t = [1.0, 24.0, 72.0, 144.0]
    first = [99.0, 78.7, 48.7, 24.0]
    flat = [curve(t[:3], [10.0, 9.9, 9.7], "a"), curve(t[:3], [20.0, 19.8, 19.4], "b")]
    s = fit_shared(flat, "mono", ["lambda1"], lambda_phys_per_h=0, weights="sd")
    fit = s.fits[0]
    assert fit.se_area > 0.5 * fit.area
    assert any("% of it: the data don't determine it" in w for w in fit.warnings)
    alone = fit_curve(curve(t[:3], [10.0, 9.9, 9.7]), "mono", lambda_phys_per_h=0, weights="sd")
    assert alone.se_area > 0.5 * alone.area
    assert any("% of it: the data don't determine it" in w for w in alone.warnings)
    good = fit_curve(curve(t, first), "mono", **OWN)
    assert not good.warnings


def test_compartments_that_don_t_separate_and_rates_on_a_bound():
    text = """
    time_unit = "h"
    stable = true
    compartments = ["c"]
    sinks = ["u", "f"]
    bolus = { c = 1.0 }
    transfers = { "c -> u" = "ku", "c -> f" = "kf" }
    parameters = { ku = { start = 0.02 }, kf = { start = 0.03 } }
    [[data]]
    of = "c"
    unit = "%IA"
    decay_corrected = true
    weights = "relative"
    time = [1, 10, 30]
    value = [95.1, 60.7, 22.3]
    """
    data = tomllib.loads(text)
    fit = fit_compartments(parse_model(data))
    assert fit.covariance is None
    assert fit.reason is not None and "ku, kf separately" in fit.reason
    assert all(e.se is None for e in (*fit.parameters.values(), *fit.tiac_h.values()))
    data["parameters"] = {"ku": {"start": 0.02, "max": 0.03}, "kf": {"value": 0.001}}
    fit = fit_compartments(parse_model(data))
    assert fit.parameters["ku"].se is None
    assert any("bound reached, or without effect: ku" in w for w in fit.warnings)


def test_the_rule_itself():
    """Gain against numpy's pseudo-inverse; held rows are 0; the covariance is G V G^T."""
    rng = np.random.default_rng(1)
    j = rng.normal(size=(6, 3)) * np.array([1.0, 1e6, 1e-6])
    free = np.array([True, True, False])
    g = gain(j, free)
    np.testing.assert_allclose(
        g[:2], np.linalg.pinv(j[:, :2] / [1, 1e6]) / np.array([[1], [1e6]]), rtol=1e-10
    )
    assert np.all(g[2] == 0)
    v = rng.normal(size=(6, 6))
    np.testing.assert_allclose(propagated(g, v), g @ v @ v.T @ g.T, rtol=1e-12)
    assert gain(j[:2], np.ones(3, dtype=bool)) is None
    twice = np.column_stack([j[:, 0], j[:, 1], j[:, 0] * 3])
    assert gain(twice, np.ones(3, dtype=bool)) is None
    assert weakest(twice, np.ones(3, dtype=bool), ["a", "b", "c"]) == "a, c"
    assert held(np.array([[1.0, 0.0], [1.0, 1e-14]]), np.zeros(2, dtype=bool)).tolist() == [False, True]
