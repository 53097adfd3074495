"""What one measurement brings to several points: closed forms, and repeated counting.

Standard deviations over R simulated countings have a relative standard error of 1/sqrt(2(R - 1)); tolerances
are 3.5 of these.
"""

import math
from dataclasses import replace

import numpy as np
import pytest

from kinetics import KineticsError, Standard, serum_curve, whole_body_curve
from kinetics.areas.nca import nca
from kinetics.areas.trapezoid import area
from kinetics.compartments.fit import fit_compartments
from kinetics.curves.curve import Curve
from kinetics.curves.decay import lambda_from_half_life
from kinetics.fitting.fit import fit_curve
from kinetics.fitting.uncertainty import bootstrap
from kinetics.model_files.files import parse_model
from kinetics.populations.cohort import Spread, fit_with_cohort
from kinetics.populations.shared import fit_shared

LAM = lambda_from_half_life(78.41)
R = 1200
TOLERANCE = 3.5 / math.sqrt(2 * (R - 1))
RULES = dict(lambda_phys_per_h=LAM, tail="physical", first="constant", method="log")

SERUM_H = np.array([1, 4, 24, 72, 120.0])
BLANK, STANDARD = 900.0, 50900.0
SAMPLES = np.exp(-(0.003 + LAM) * SERUM_H) * 5000 + BLANK

PROBE_H = np.array([0.5, 24, 72.0])
BACKGROUND = 1200.0
PROBE = 12000 * np.exp(-(0.02 + LAM) * PROBE_H) + BACKGROUND


def serum(samples=SAMPLES, blank=BLANK, standard=STANDARD, decay_corrected=False):
    return serum_curve(
        SERUM_H, samples, sample_volume_mL=1.0, live_time_s=300, administered_MBq=50.0,
        standard=Standard(0.005, float(standard), 300), background_counts=float(blank),
        background_live_time_s=300, decay_corrected=decay_corrected, lambda_phys_per_h=LAM,
    )  # fmt: skip


def probe(counts=PROBE, background=BACKGROUND, decay_corrected=True):
    return whole_body_curve(
        PROBE_H, counts, live_time_s=60, background_counts=background, background_live_time_s=60,
        decay_corrected=decay_corrected, lambda_phys_per_h=LAM,
    )  # fmt: skip


def repeated(seed):
    """R countings of both experiments, and a probe whose background was counted at each reading."""
    rng = np.random.default_rng(seed)
    one = [serum(rng.poisson(SAMPLES), rng.poisson(BLANK), rng.poisson(STANDARD)) for _ in range(R)]
    two = [probe(rng.poisson(PROBE), rng.poisson(BACKGROUND)) for _ in range(R)]
    each = np.full(3, BACKGROUND)
    three = [probe(rng.poisson(PROBE), rng.poisson(each)) for _ in range(R)]
    return {"one blank": one, "first reading": two, "a background each": three}


@pytest.fixture(scope="module")
def countings():
    return repeated(12)


def told(name):
    """The curve of the expected counts; the last one's backgrounds differ by a trifle: none is shared."""
    return {
        "one blank": serum(),
        "first reading": probe(),
        "a background each": probe(background=BACKGROUND * (1 + 1e-9 * np.arange(3))),
    }[name]


CASES = ["one blank", "first reading", "a background each"]


@pytest.mark.parametrize("name", CASES)
def test_covariance_of_the_values(countings, name):
    values = np.array([c.value for c in countings[name]])
    found, expected = np.cov(values.T), told(name).covariance()
    sd = np.sqrt(np.maximum(np.diag(expected), 1e-300))
    error = math.sqrt(2 / (R - 1))  # of a variance; of a covariance sqrt((1 + r^2)/(R - 1))
    assert np.abs((found - expected) / np.outer(sd, sd))[1:, 1:].max() < 4.5 * error
    if name == "one blank":
        assert expected[-1, -2] / (sd[-1] * sd[-2]) == pytest.approx(0.30, abs=0.05)
    else:
        np.testing.assert_allclose(found[0], 0, atol=1e-12)
        np.testing.assert_allclose(expected[0], 0, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("by", ["trapezoid", "fit", "nca"])
def test_standard_error_of_the_area_is_what_repetition_shows(countings, name, by):
    def of(c):
        if by == "trapezoid":
            a = area(c, **RULES)
            return a.area, a.se_area
        if by == "nca":
            p = nca(c, dose=100, lambda_phys_per_h=LAM, slope_points=3)["auc_inf_obs"]
            return p.value, p.se
        f = fit_curve(c, "mono", lambda_phys_per_h=LAM, weights="sd")
        return f.area, f.se_area

    curves = countings[name][: R // 3 if by == "fit" else R]
    bare = {"sd": None, "common_sd": None, "normalised_at_h": None}  # the area alone: no slopes are taken
    found = np.std([of(c if by == "fit" else replace(c, **bare))[0] for c in curves], ddof=1)
    assert of(told(name))[1] == pytest.approx(found, rel=3.5 / math.sqrt(2 * (len(curves) - 1)))


@pytest.mark.parametrize("name", CASES)
def test_weights_that_aren_t_the_points_errors(name):
    """Relative weights of 5 %: own parts by the weights, common parts as counted; slopes by refitting."""
    c = told(name)
    sd = 0.05 * c.value

    def fitted(value, **more):
        moved = Curve(time_h=c.time_h, value=value, sd=sd, unit=c.unit, decay_corrected=c.decay_corrected)
        return fit_curve(moved, "mono", lambda_phys_per_h=LAM, weights="sd").area

    steps = 1e-4 * np.diag(sd)
    g = np.array([(fitted(c.value + d) - fitted(c.value - d)) / (2 * d.sum()) for d in steps])
    v = np.diag(sd**2 - (c.common_sd**2).sum(0)) + c.common_sd.T @ c.common_sd
    if c.normalised_at_h is not None:
        t = np.eye(len(c)) - np.outer(c.value / c.value[0], np.eye(len(c))[0])
        v = t @ v @ t.T
    v = v + c.scale_relative_sd**2 * np.outer(c.value, c.value)
    fit = fit_curve(c, "mono", lambda_phys_per_h=LAM, weights="relative", fractional_sd=0.05)
    assert fit.se_area == pytest.approx(math.sqrt(g @ v @ g), rel=1e-5)


def compartments(c):
    """TIAC and its SE of one compartment that is seen as a concentration."""
    data = {
        "time_unit": "h", "half_life_h": 78.41, "compartments": ["b"], "sinks": ["o"], "bolus": {"b": 1.0},
        "transfers": {"b -> o": "k"}, "parameters": {"k": {"start": 0.02}, "v": {"start": 1.0}},
        "data": [{"of": "b", "unit": "%IA/L", "decay_corrected": c.decay_corrected, "weights": "sd",
                  "divide_by": "v", "time": [1], "value": [1], "sd": [1]}],
    }  # fmt: skip
    model = parse_model(data)
    object.__setattr__(model.observations[0], "curve", c)
    found = fit_compartments(model).tiac_h["b"]
    return found.value, found.se


def test_the_first_reading_of_two_is_exact():
    """Readings at 0 and T, one exponential: A = 100 with no error, lambda = ln(r0/r1)/T, both errors once."""
    c = whole_body_curve(
        [0, 50.0], [40000, 10000], live_time_s=10, background_counts=0, background_live_time_s=10,
        decay_corrected=False, lambda_phys_per_h=LAM,
    )  # fmt: skip
    fit = fit_curve(c, "mono", lambda_phys_per_h=LAM, weights="sd")
    assert fit.parameters["A1"].value == pytest.approx(100)
    assert fit.parameters["A1"].se < 1e-6
    assert fit.parameters["lambda1"].se == pytest.approx(math.hypot(1 / 200, 1 / 100) / 50, rel=1e-5)
    k = math.log(4) / 50
    assert fit.se_area == pytest.approx(100 / k**2 * math.hypot(1 / 200, 1 / 100) / 50, rel=1e-5)


def test_a_blank_common_to_equal_samples():
    """n equal samples at a constant level: var(mean) = own/n + blank, plus the standard's scale."""
    c = serum_curve(
        [1, 2, 3, 4.0], np.full(4, 400), sample_volume_mL=1.0, live_time_s=100,
        standard=Standard(0.01, 10300.0, 100), administered_MBq=100, background_counts=300.0,
        background_live_time_s=100, decay_corrected=True, lambda_phys_per_h=LAM,
    )  # fmt: skip
    fit = fit_curve(c, "plateau", lambda_phys_per_h=LAM, weights="sd")
    blank = math.sqrt(300) * (1 / 100 - 1 / 10000)
    relative = math.sqrt(400 / 100**2 / 4 + blank**2 + 10300 / 10000**2)
    assert fit.parameters["A1"].se / fit.parameters["A1"].value == pytest.approx(relative, rel=1e-9)


@pytest.mark.parametrize("c", [serum(), probe()], ids=["serum", "probe"])
def test_covariance_goes_with_the_curve(c):
    """Decay-corrected and back, rows in any order, without the normalising reading."""
    v = c.covariance()
    other = c.corrected(LAM) if not c.decay_corrected else c.uncorrected(LAM)
    factor = other.value / c.value
    np.testing.assert_allclose(other.covariance(), v * np.outer(factor, factor), rtol=1e-12, atol=1e-14)
    later = c.subset(slice(1, None))
    np.testing.assert_allclose(later.covariance(), v[1:, 1:], rtol=1e-12)
    assert later.normalised_at_h is None
    mixed = np.array([2, 0, 1])
    turned = Curve(
        time_h=c.time_h[mixed], value=c.value[mixed], sd=c.sd[mixed], unit=c.unit,
        decay_corrected=c.decay_corrected, common_sd=c.common_sd[:, mixed], normalised_at_h=c.normalised_at_h,
        scale_relative_sd=c.scale_relative_sd,
    )  # fmt: skip
    np.testing.assert_allclose(turned.covariance(), v[:3, :3], rtol=1e-12, atol=1e-14)


def test_two_views_with_one_background_share_it():
    """Log of the geometric mean: half the views' logs; a common background adds before it is squared."""
    common = dict(
        live_time_s=60, background_counts=600.0, background_live_time_s=60, decay_corrected=False,
        lambda_phys_per_h=LAM,
    )  # fmt: skip
    a, p = np.array([3600.0, 3600.0]), np.array([1800.0, 1800.0])
    together = whole_body_curve([1, 50.0], a, p, **common)
    apart = whole_body_curve([1, 50.0], a, p, background_posterior_counts=600.0, **common)
    own = 0.25 * (3600 / 3000**2 + 1800 / 1200**2)
    one, each = 600 * (0.5 / 3000 + 0.5 / 1200) ** 2, 600 * 0.25 * (1 / 3000**2 + 1 / 1200**2)
    for c, blank in ((together, one), (apart, each)):
        np.testing.assert_allclose((c.sd / c.value) ** 2, own + blank, rtol=1e-10)
        assert c.covariance()[1, 1] / c.value[1] ** 2 == pytest.approx(2 * own, rel=1e-10)


def test_every_other_fit_carries_it():
    c = told("one blank")
    own = fit_curve(c, "mono", lambda_phys_per_h=LAM, weights="sd")
    b = bootstrap(own, replicas=4000, seed=2)
    assert b.se("area") == pytest.approx(own.se_area, rel=3.5 / math.sqrt(8000))
    wide = {"lambda1": Spread(0.003, 20.0, 3)}  # a prior that says nothing
    lent = fit_with_cohort(c, "mono", wide, lambda_phys_per_h=LAM, weights="sd")
    for name in ("A1", "lambda1"):
        assert lent.parameters[name].se == pytest.approx(own.parameters[name].se, rel=1e-3)
    tau, se = compartments(c)
    assert se / tau**2 == pytest.approx(own.parameters["lambda1"].se, rel=1e-3)  # tau = 1/(k + lambda)
    joint = fit_shared([c, c], "mono", ["lambda1"], lambda_phys_per_h=LAM, weights="sd")
    assert joint.shared["lambda1"].se == pytest.approx(own.parameters["lambda1"].se / math.sqrt(2), rel=1e-3)


def test_common_parts_that_can_t_be():
    good = dict(time_h=[1, 2.0], value=[1, 2.0], unit="%IA", decay_corrected=True)
    with pytest.raises(KineticsError, match="common_sd needs an sd"):
        Curve(**good, common_sd=[[0.1, 0.1]])
    with pytest.raises(KineticsError, match="a finite number for each value"):
        Curve(**good, sd=[0.2, 0.2], common_sd=[[0.1]])
    with pytest.raises(KineticsError, match="part of sd and can't be larger"):
        Curve(**good, sd=[0.2, 0.2], common_sd=[[0.1, 0.3]])
    with pytest.raises(KineticsError, match="normalised at 3 h; a reading above 0 at that time"):
        Curve(**good, sd=[0.2, 0.2], normalised_at_h=3.0)
    assert Curve(**good).covariance() is None
