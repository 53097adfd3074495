"""What a non-compartmental analysis gives beside WinNonlin's published numbers, against closed forms."""

import math

import numpy as np
import pytest

from kinetics import Curve, nca

RATE, C0, DOSE = math.log(2) / 8, 20.0, 100.0
TIMES = np.array([1.0, 4.0, 12.0, 24.0, 48.0])


def one_compartment(**more):
    """Points of 20 e^(-kt) after a bolus of 100; a volume of 5, every formula exact."""
    values = C0 * np.exp(-RATE * TIMES)
    curve = Curve(time_h=TIMES, value=values, unit="%IA/L", decay_corrected=True, lambda_phys_per_h=0.0)
    return nca(curve, dose=DOSE, **more)


@pytest.mark.parametrize(
    ("name", "exact"),
    [
        ("r2", 1.0),
        ("lambda_z_from", 1.0),
        ("lambda_z_to", 48.0),
        ("lambda_z_span", 47.0 / 8),
        ("auc_all", C0 / RATE * (1 - math.exp(-RATE * 48))),
        ("auc_extrapolated_percent", 100 * math.exp(-RATE * 48)),
        ("auc_extrapolated_pred_percent", 100 * math.exp(-RATE * 48)),
        ("vss_pred", 5.0),
        ("effective_half_life", 8.0),  # of one exponential that of the curve
    ],
)
def test_one_compartment_in_closed_form(name, exact):
    found = one_compartment()[name]
    assert found.value == pytest.approx(exact, rel=1e-12)
    assert found.unit == {"r2": "", "lambda_z_span": "", "auc_all": "%IA/L h", "vss_pred": "L"}.get(
        name, "%" if "percent" in name else "h"
    )


def test_effective_half_life_is_of_the_mean_residence_time():
    """Two exponentials: MRT = sum(B/k^2) / sum(B/k), here by a fine curve and so to 1e-4."""
    b, k = np.array([10.0, 5.0]), np.array([0.5, 0.02])
    t = np.concatenate([np.linspace(0, 20, 401), np.arange(21.0, 400.0)])
    values = (b[:, None] * np.exp(-k[:, None] * t)).sum(0)
    curve = Curve(time_h=t, value=values, unit="%IA/L", decay_corrected=True)
    found = nca(curve, dose=DOSE)
    mrt = (b / k**2).sum() / (b / k).sum()
    assert found["effective_half_life"].value == pytest.approx(math.log(2) * mrt, rel=1e-4)
    assert found["half_life"].value > found["effective_half_life"].value


def test_predicted_tail_is_not_the_observed_one():
    """The last point lies 20 % above the line; by hand from numpy's own regression."""
    values = C0 * np.exp(-RATE * TIMES) * np.array([1, 1, 1, 1, 1.2])
    curve = Curve(time_h=TIMES, value=values, unit="%IA/L", decay_corrected=True)
    found = nca(curve, dose=DOSE, slope_points=5)
    slope, intercept = np.polyfit(TIMES, np.log(values), 1)
    line = math.exp(intercept + slope * 48)
    last, predicted = found["auc_last"].value, found["auc_inf_pred"].value
    assert predicted == pytest.approx(last - line / slope, rel=1e-12)
    assert found["auc_extrapolated_pred_percent"].value == pytest.approx(100 * (1 - last / predicted))
    mrt = found["mrt_inf_pred"].value
    assert found["vss_pred"].value == pytest.approx(DOSE / predicted * mrt, rel=1e-12)
    assert found["vss_pred"].value != pytest.approx(found["vss"].value, rel=1e-3)
    r = np.corrcoef(TIMES, np.log(values))[0, 1]
    assert found["r2"].value == pytest.approx(r**2, rel=1e-12)
    assert found["r2_adjusted"].value == pytest.approx(1 - (1 - r**2) * 4 / 3, rel=1e-12)


def test_area_to_the_last_sample_has_the_one_below_the_limit():
    """AUCALL goes on in a straight line to the first sample below the limit, and no further."""
    values = np.append(C0 * np.exp(-RATE * TIMES), [0.0, 0.0])
    times = np.append(TIMES, [72.0, 96.0])
    curve = Curve(time_h=times, value=values, unit="%IA/L", decay_corrected=True)
    found = nca(curve, dose=DOSE)
    assert found["auc_all"].value == pytest.approx(found["auc_last"].value + values[4] * 24 / 2, rel=1e-12)
    assert found["t_last"].value == 48.0


def test_two_points_have_no_adjusted_r2():
    found = one_compartment(slope_points=2)
    assert (found["r2_adjusted"].value, found["r2"].value) == (None, 1.0)
    assert found["r2_adjusted"].reason == "two points: none to adjust for"


def test_without_a_slope_all_that_rests_on_it_has_the_reason():
    curve = Curve(time_h=[1, 2], value=[2, 1], unit="%IA/L", decay_corrected=True)
    found = nca(curve, dose=DOSE)
    for name in ("vss_pred", "effective_half_life", "auc_extrapolated_pred_percent", "lambda_z_span", "r2"):
        assert found[name].value is None
        assert "no terminal slope" in found[name].reason
    assert found["auc_all"].value == pytest.approx(found["auc_last"].value)


def test_extravascular_dose_has_no_residence_time_of_the_body():
    values = np.array([2.0, 8.0, 4.0, 2.0, 1.0])
    curve = Curve(time_h=TIMES, value=values, unit="mg/L", decay_corrected=True)
    found = nca(curve, dose=DOSE, route="extravascular")
    for name in ("vss", "vss_pred", "effective_half_life"):
        assert found[name].reason == "needs an intravenous dose"


def test_errors_of_the_new_numbers_by_first_order():
    """With SDs every new number has an error, and times of samples none."""
    values = C0 * np.exp(-RATE * TIMES)
    curve = Curve(
        time_h=TIMES,
        value=values,
        sd=0.05 * values,
        unit="%IA/L",
        decay_corrected=True,
        lambda_phys_per_h=0.0,
    )
    found = nca(curve, dose=DOSE)
    mrt, half = found["mrt_inf_obs"], found["effective_half_life"]
    assert half.se == pytest.approx(math.log(2) * mrt.se, rel=1e-6)
    assert found["vss_pred"].se > 0
    assert found["lambda_z_from"].se is None


def after_a_bolus(time: np.ndarray) -> np.ndarray:
    return 30.0 * np.exp(-0.2 * time) + 15.0 * np.exp(-0.02 * time)


def test_no_terminal_slope_from_points_during_the_infusion() -> None:
    time = np.array([0.5, 1, 2, 4, 8, 24, 48, 96, 168])
    curve = Curve(time_h=time, value=after_a_bolus(time), unit="%IA/L", decay_corrected=True)
    short = nca(curve, dose=100, route="infusion", infusion_h=0.5)
    long = nca(curve, dose=100, route="infusion", infusion_h=30.0)
    assert short["lambda_z_from"].value == 24.0 and long["lambda_z_from"].value == 48.0
    assert any("before the end of the infusion at 30 h" in n for n in long.notes)
    assert not any("end of the infusion" in n for n in short.notes)
    none = nca(curve, dose=100, route="infusion", infusion_h=90.0)
    assert none["lambda_z"].reason is not None
    assert "2 points at 90 h or later, when the infusion has ended" in none["lambda_z"].reason
    asked = nca(curve, dose=100, route="infusion", infusion_h=30.0, slope_points=4)
    assert "4 last points asked for; 3 are at 30 h or later" in (asked["cl"].reason or "")


def test_no_residence_time_below_zero() -> None:
    """A duration that cannot be (minutes for hours) gave negative volumes and half-lives."""
    time = np.array([0.5, 1, 2, 4, 8, 24, 48, 96, 168])
    curve = Curve(time_h=time, value=np.exp(-0.2 * time), unit="%IA/L", decay_corrected=True)
    found = nca(curve, dose=100, route="infusion", infusion_h=15.0)
    for name in ("mrt_last", "mrt_inf_obs", "mrt_inf_pred", "vss", "vss_pred", "effective_half_life"):
        assert found[name].value is None, name
        assert "not more than half the infusion of 15 h" in (found[name].reason or "")
    assert found["cl"].value is not None
