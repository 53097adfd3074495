"""TIACs of source regions: closed forms, correlated errors of a difference, bad input."""

import math

import numpy as np
import pytest

from dosimetry import DosimetryError
from dosimetry.tiacs import tiac
from dosimetry.tiacs.blood import heart_contents, red_marrow
from dosimetry.tiacs.tiac import Area, Tiac

SERUM = Area(value=3000.0, se=150.0, name="serum")  # %IA.h/L


def test_organ_from_concentration():
    # 20 kBq.h/g in 1.8 kg after 180 MBq: 20 * 1800 / 180000 h
    t = tiac.from_concentration("liver", Area(20.0, 2.0, "liver"), mass_kg=1.8, administered_MBq=180.0)
    assert t.value_h == pytest.approx(0.2)
    assert t.se_h == pytest.approx(0.02)


def test_organ_from_concentration_per_volume_needs_its_density():
    area = Area(20.0, 2.0, "lungs")
    t = tiac.from_concentration("lungs", area, mass_kg=1.0, administered_MBq=100.0, density_g_per_mL=0.25)
    assert t.value_h == pytest.approx(20.0 * (1000.0 / 0.25) / 100e3)
    assert "density 0.25 g/mL" in t.how


def test_percent_per_gram_and_percent_agree():
    per_g = tiac.from_percent_per_gram("spleen", Area(0.5, 0.1, "spleen"), mass_kg=0.15)
    whole = tiac.from_percent("spleen", Area(0.5 * 150.0, 15.0, "spleen"))
    assert per_g.value_h == pytest.approx(whole.value_h)
    assert per_g.se_h == pytest.approx(whole.se_h)


def test_heart_contents_from_serum():
    t = heart_contents(SERUM, haematocrit=0.4, contents_mass_kg=0.53)
    assert t.value_h == pytest.approx(3000.0 / 100 * 0.6 * 0.5)  # 0.53 kg / 1.06 = 0.5 L
    assert t.se_h == pytest.approx(t.value_h * 0.05)


@pytest.mark.parametrize("haematocrit", [0.25, 0.45])
def test_red_marrow_is_019_of_serum_whatever_the_haematocrit(haematocrit):
    t = red_marrow(SERUM, haematocrit=haematocrit, marrow_mass_kg=1.12, marrow_density_g_per_mL=1.0)
    assert t.value_h == pytest.approx(0.19 * 3000.0 / 100 * 1.12)
    assert f"haematocrit {haematocrit:g}" in t.how


def test_remainder_of_independent_measurements():
    body = Tiac("total body", 80.0, {"whole body": 3.0})
    rest = tiac.remainder(body, [Tiac("liver", 25.0, {"liver": 4.0})])
    assert rest.value_h == pytest.approx(55.0)
    assert rest.se_h == pytest.approx(5.0)


def test_remainder_of_a_shared_measurement():
    """Heart and marrow rest on one serum curve: their errors add before they are squared."""
    body = Tiac("total body", 80.0, {"whole body": 3.0})
    others = [Tiac("heart contents", 9.0, {"serum": 1.0}), Tiac("red marrow", 6.0, {"serum": 3.0})]
    rest = tiac.remainder(body, others)
    assert rest.se_h == pytest.approx(math.hypot(3.0, 4.0))


def test_covariance_against_drawn_measurements():
    rng = np.random.default_rng(7)
    n = 40000
    body, serum, liver = rng.normal(8000, 200, n), rng.normal(3000, 150, n), rng.normal(2000, 100, n)
    made = [
        tiac.from_percent("liver", Area(2000.0, 100.0, "liver")),
        heart_contents(SERUM, haematocrit=0.4, contents_mass_kg=0.53),
        red_marrow(SERUM, haematocrit=0.4, marrow_mass_kg=1.5),
    ]
    made.append(tiac.remainder(tiac.from_percent("total body", Area(8000.0, 200.0, "whole body")), made))
    heart, marrow = serum * made[1].value_h / 3000.0, serum * made[2].value_h / 3000.0
    drawn = np.array([liver / 100, heart, marrow, body / 100 - liver / 100 - heart - marrow])
    stated = tiac.covariance_h2(made).to_numpy()
    scale = np.sqrt(np.outer(np.diag(stated), np.diag(stated)))
    np.testing.assert_allclose(np.cov(drawn) / scale, stated / scale, atol=0.02)


def test_a_negative_remainder_is_an_error_beyond_its_uncertainty():
    body = Tiac("total body", 20.0, {"whole body": 1.0})
    with pytest.raises(DosimetryError, match=r"negative remainder: whole body 20 h - \(liver 25 h\) = -5 h"):
        tiac.remainder(body, [Tiac("liver", 25.0, {"liver": 1.0})])


def test_a_negative_remainder_within_its_uncertainty_is_zero_with_a_reason():
    body = Tiac("total body", 20.0, {"whole body": 1.0})
    rest = tiac.remainder(body, [Tiac("liver", 21.0, {"liver": 1.0})])
    assert rest.value_h == 0.0
    assert "set to 0" in rest.reason
    assert rest.se_h == pytest.approx(math.sqrt(2.0))


@pytest.mark.parametrize("se_h", [(0.3, 0.4), (3.0, 4.0), (0.0, 0.5)])
def test_the_limit_of_a_negative_remainder_is_two_standard_errors(se_h):
    """Whole body 100 h; organs above it by 1.999 and by 2.001 standard errors of the difference."""
    body = Tiac("whole body", 100.0, {"whole body": se_h[0]})
    se = math.hypot(*se_h)
    just = tiac.remainder(body, [Tiac("liver", 100.0 + 1.999 * se, {"liver": se_h[1]})])
    assert (just.value_h, just.se_h) == (0.0, pytest.approx(se))
    assert "below 0 within 2 standard errors: set to 0" in just.reason
    with pytest.raises(DosimetryError, match="more than 2 standard errors"):
        tiac.remainder(body, [Tiac("liver", 100.0 + 2.001 * se, {"liver": se_h[1]})])


def test_the_limit_counts_common_errors_once():
    """Liver and body from one measurement: the errors cancel to 0.1 h, and 0.3 h below 0 is too much."""
    body = Tiac("whole body", 100.0, {"camera": 5.0})
    with pytest.raises(DosimetryError, match=r"2 standard errors \(0.1 h\) below 0"):
        tiac.remainder(body, [Tiac("liver", 100.3, {"camera": 5.1})])
    assert tiac.remainder(body, [Tiac("liver", 100.19, {"camera": 5.1})]).value_h == 0.0


def test_a_remainder_of_exactly_nothing_needs_no_word():
    rest = tiac.remainder(
        Tiac("whole body", 20.0, {"whole body": 1.0}), [Tiac("liver", 20.0, {"liver": 1.0})]
    )
    assert (rest.value_h, rest.reason) == (0.0, "")


def test_a_negative_remainder_of_unknown_uncertainty_is_an_error():
    with pytest.raises(DosimetryError, match="no known uncertainty"):
        tiac.remainder(Tiac("total body", 20.0, None), [Tiac("liver", 21.0, {"liver": 1.0})])


def test_an_unknown_error_stays_unknown():
    liver = tiac.from_percent("liver", Area(2000.0, None, "liver"))
    rest = tiac.remainder(Tiac("total body", 80.0, {"whole body": 1.0}), [liver])
    assert liver.se_h is None and "no standard error" in liver.reason
    assert rest.se_h is None and rest.reason == "no standard error of liver"
    assert tiac.covariance_h2([liver, rest]) is None


def test_a_haematocrit_in_percent_is_refused_with_the_fraction():
    with pytest.raises(DosimetryError, match=r"haematocrit is 45; .* did you mean 0\.45"):
        red_marrow(SERUM, haematocrit=45, marrow_mass_kg=1.12)


@pytest.mark.parametrize(
    "call",
    [
        lambda: tiac.from_percent_per_gram("liver", SERUM, mass_kg=0.0),
        lambda: tiac.from_concentration("liver", SERUM, mass_kg=1.8, administered_MBq=0.0),
        lambda: heart_contents(SERUM, haematocrit=0.4, contents_mass_kg=-1.0),
        lambda: Area(-1.0, 0.1, "liver"),
        lambda: Area(1.0, math.nan, "liver"),
        lambda: tiac.remainder(Tiac("b", 9.0), [Tiac("liver", 1.0), Tiac("liver", 2.0)]),
    ],
)
def test_bad_numbers_are_refused(call):
    with pytest.raises(DosimetryError):
        call()
