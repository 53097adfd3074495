"""Small formulas, each by a second way: another program, a closed form, or what repetition shows."""

import math
import re
import statistics

import numpy as np
import pytest
from scipy.stats import linregress, poisson

from kinetics import KineticsError, net_rate
from kinetics.areas.nca import nca
from kinetics.areas.terminal import terminal_slope
from kinetics.curves.curve import Curve
from kinetics.curves.decay import lambda_from_half_life
from kinetics.fitting.fit import fit_curve
from kinetics.fitting.uncertainty import bootstrap
from kinetics.fitting.weights import error_model
from kinetics.populations.cohort import Spread, cohort_spread, fit_with_cohort

LAM = lambda_from_half_life(78.41)


@pytest.mark.parametrize("n", [3, 4, 7])
def test_terminal_slope_is_scipy_s_regression(n):
    """Slope, its error with n - 2 degrees of freedom, and adjusted R2 = 1 - s2(residual)/s2(total)."""
    rng = np.random.default_rng(n)
    t = np.sort(rng.uniform(1, 50, n))
    v = np.exp(3 - 0.05 * t + 0.1 * rng.normal(size=n))
    theirs, ours = linregress(t, np.log(v)), terminal_slope(t, v, n_points=n)
    assert ours.lambda_z_per_h == pytest.approx(-theirs.slope, rel=1e-10)
    assert ours.se_lambda_z_per_h == pytest.approx(theirs.stderr, rel=1e-10)
    assert ours.intercept == pytest.approx(theirs.intercept, rel=1e-10)
    residual_variance = theirs.stderr**2 * ((t - t.mean()) ** 2).sum()
    adjusted = 1 - residual_variance / statistics.variance(np.log(v))
    assert ours.adjusted_r2 == pytest.approx(adjusted, rel=1e-9)


def test_terminal_slope_s_error_is_that_of_repetition():
    """Mean of se^2 over repetitions is the variance of the slope; 4 points: relative error sqrt(2/(2 R))."""
    rng = np.random.default_rng(4)
    t, repeats = np.array([10.0, 20, 35, 60]), 4000
    found = [
        terminal_slope(t, np.exp(-0.05 * t + 0.05 * rng.normal(size=4)), n_points=4) for _ in range(repeats)
    ]
    told = np.mean([f.se_lambda_z_per_h**2 for f in found])
    assert told == pytest.approx(0.05**2 / ((t - t.mean()) ** 2).sum(), rel=4 / math.sqrt(repeats))


@pytest.mark.parametrize("infusion_h", [1.0, 6.0])
def test_mean_residence_time_to_the_last_point_after_an_infusion(infusion_h):
    """One rate k, sampled densely to the end: the body keeps the drug 1/k, however long the infusion took."""
    k = 0.3
    t = np.concatenate([np.linspace(0, infusion_h, 400), infusion_h + np.linspace(0.01, 60, 3000)])
    c = np.where(
        t <= infusion_h, -np.expm1(-k * t), -np.expm1(-k * infusion_h) * np.exp(-k * (t - infusion_h))
    )
    curve = Curve(time_h=t, value=c / (k * infusion_h), unit="mg/L", decay_corrected=True)
    p = nca(curve, dose=10, lambda_phys_per_h=0, route="infusion", infusion_h=infusion_h, slope_points=20)
    assert p["mrt_last"].value == pytest.approx(1 / k, rel=2e-4)
    assert p["mrt_inf_obs"].value == pytest.approx(1 / k, rel=2e-4)
    assert p["vss"].value == pytest.approx(10.0, rel=4e-4)


@pytest.mark.parametrize(
    ("background", "live", "background_live"), [(400, 60, 60), (900, 30, 300), (200, 120, 40)]
)
def test_detection_limit_is_seen_95_times_in_100(background, live, background_live):
    """Currie, Anal Chem 1968;40:586: 5 % false alarms at the critical level, 5 % misses at the limit.

    Exact sums over both Poisson counts; the normal approximation behind the formula costs up to 1 %.
    """
    with pytest.raises(KineticsError) as error:
        net_rate([0], live, background, background_live)
    limit = float(re.search(r"detection limit ([\d.e+]+) net counts", str(error.value)).group(1))
    ratio = live / background_live
    expected = background * ratio
    critical = 1.645 * math.sqrt(expected * (1 + ratio))
    b = np.arange(int(background + 12 * math.sqrt(background)))
    share = poisson.pmf(b, background)
    for net, detected in ((0.0, 0.05), (limit, 0.95)):
        found = float(share @ poisson.sf(b * ratio + critical, expected + net))
        assert found == pytest.approx(detected, abs=0.012), net
    with pytest.raises(KineticsError, match=r"detection limit 2\.71 net counts"):
        net_rate([0], live, 0, background_live)  # his limit of a blank without counts
    if ratio == 1:
        assert limit == pytest.approx(2.71 + 4.65 * math.sqrt(background), rel=3e-3)  # his paired blank


@pytest.mark.parametrize("reference_h", [0.0, 24.0])
def test_poisson_weights_are_those_of_the_counts(reference_h):
    """A fit of corrected counts is the fit of the counts; a point's SD is root N, corrected like N."""
    t = np.array([1, 24, 72, 150.0])
    n = np.array([9100.0, 6900, 3600, 1100])
    raw = Curve(time_h=t, value=n, unit="counts", decay_corrected=False)
    grown = np.exp(LAM * (t - reference_h))
    corrected = Curve(time_h=t, value=n * grown, unit="counts", decay_corrected=True, reference_h=reference_h)
    told = error_model(corrected, "poisson", lambda_phys_per_h=LAM)
    np.testing.assert_allclose(told.sd, np.sqrt(n) * grown, rtol=1e-12)
    a, b = (fit_curve(c, "mono", lambda_phys_per_h=LAM, weights="poisson") for c in (raw, corrected))
    assert b.area == pytest.approx(a.area, rel=1e-6)
    assert b.se_area == pytest.approx(a.se_area, rel=1e-5)
    assert b.rss == pytest.approx(a.rss, rel=1e-6)


SCATTERED = np.array([5.0, 10.0, 20.0, 9.0])


@pytest.mark.parametrize(
    "weights", ["none", "sd", "sd rescaled", "relative", "relative estimated", "poisson"]
)
def test_bootstrap_of_a_constant(weights):
    """A level: A = sum w y/sum w, so SD(A) = sqrt(sum w^2 s^2)/sum w, s the error model's SD at the fit."""
    c = Curve(time_h=[1, 2, 3, 4.0], value=SCATTERED, sd=[1, 2, 3, 2.0], unit="kBq", decay_corrected=True)
    kind = weights.split()[0]
    fit = fit_curve(
        c, "plateau", lambda_phys_per_h=1e-9, weights=kind,
        fractional_sd=0.1 if weights == "relative" else None, rescale=True if "rescaled" in weights else None,
    )  # fmt: skip
    level = float(fit.theta[0])
    w = 1 / {"none": np.ones(4), "sd": c.sd, "relative": SCATTERED, "poisson": np.sqrt(SCATTERED)}[kind] ** 2
    assert level == pytest.approx(float(w @ SCATTERED / w.sum()), rel=1e-6)
    at_fit = {
        "none": np.ones(4),
        "sd": c.sd,
        "relative": np.full(4, level),
        "poisson": np.full(4, level**0.5),
    }
    factor = float(w @ (SCATTERED - level) ** 2) / 3
    if weights in ("sd", "relative"):
        factor = 0.01 if weights == "relative" else 1.0
    true = math.sqrt(factor * float(w**2 @ at_fit[kind] ** 2)) / w.sum()
    replicas = 6000
    b = bootstrap(fit, replicas=replicas, seed=5)
    assert b.se("A1") == pytest.approx(true, rel=3.5 / math.sqrt(2 * replicas))
    assert np.mean(b.sample("A1")) == pytest.approx(level, abs=4 * true / math.sqrt(replicas))


@pytest.mark.parametrize(("chi2", "warned"), [(9.0, False), (9.4, True), (14.0, True)])
def test_lack_of_fit_by_the_closed_form_for_two_degrees(chi2, warned):
    """Three values about a level leave two degrees of freedom, where P = exp(-chi2/2); warned under 1 %."""
    off = math.sqrt(chi2 / 2)
    c = Curve(
        time_h=[1, 2, 3.0], value=[20 - off, 20, 20 + off], sd=[1, 1, 1.0], unit="kBq", decay_corrected=True
    )
    fit = fit_curve(c, "plateau", lambda_phys_per_h=0.01, weights="sd")
    said = [w for w in fit.warnings if "lack of fit" in w]
    assert bool(said) == warned
    if warned:
        assert f"chi-square {chi2:.3g} with 2 degrees of freedom (P = {math.exp(-chi2 / 2):.2g})" in said[0]


def test_spread_of_a_cohort_is_the_sample_s():
    fits = [
        fit_curve(
            Curve(time_h=[1, 24, 72.0], value=100 * np.exp(-k * np.array([1, 24, 72.0])), unit="%IA",
                  decay_corrected=True),
            "mono", lambda_phys_per_h=LAM, weights="none",
        )
        for k in (0.005, 0.01, 0.03)
    ]  # fmt: skip
    logs = [math.log(k) for k in (0.005, 0.01, 0.03)]
    found = cohort_spread(fits)["lambda1"]
    assert found.rate_per_h == pytest.approx(math.exp(statistics.mean(logs)), rel=1e-6)
    assert found.sd_log == pytest.approx(statistics.stdev(logs), rel=1e-6)


def test_area_of_one_point_with_a_borrowed_rate_to_second_order():
    """At t = 1/lambda_eff the area doesn't hang on the rate to first order: SD = bend/sqrt(2) x spread^2.

    area = v e^(k t)/k for a stable label; d2 ln(area)/d(ln k)^2 = k t = 1 there.
    """
    sd = 0.2
    c = Curve(time_h=[100.0], value=[50.0], sd=[1e-3], unit="%IA", decay_corrected=True)
    fit = fit_with_cohort(c, "mono", {"lambda1": Spread(0.01, sd, 9)}, lambda_phys_per_h=0, weights="sd")
    assert fit.area == pytest.approx(50 * math.e / 0.01, rel=1e-6)
    assert fit.se_area / fit.area == pytest.approx(sd**2 / math.sqrt(2), rel=1e-3)
