"""The forward cases: closed forms against another method, and a wrong body is seen."""

from __future__ import annotations

import math

import pytest
from scipy.integrate import quad

from validation.case import Held, Leaving, read_cases
from validation.checks import Biokinetic, PhotonSafs
from validation.layers import photon_safs
from validation.layers.biokinetics import BLADDER, excreted, held_h, tiac_h
from validation.layers.forward import biokinetic_outcomes
from validation.outcome import FAIL, FORWARD, PASS

CASES = read_cases()
FDG, SAFS = CASES["fdg_icrp128_2015"], CASES["ornl1987_photon_safs"]
LAMBDA = math.log(2.0) / 1.8295
CHECKS = {c.body: c for c in FDG.check if isinstance(c, Biokinetic)}


def test_a_region_with_half_lives_is_the_integral_of_its_content() -> None:
    held = Held(region="liver", fraction=0.8, leaving=[Leaving(share=0.3, half_life_h=1.5)])
    area, _ = quad(lambda t: 0.8 * (0.7 + 0.3 * 2 ** (-t / 1.5)) * math.exp(-LAMBDA * t), 0.0, 60.0)
    assert held_h(held, LAMBDA) == pytest.approx(area, rel=1e-8)


def test_nothing_is_lost_where_the_bladder_is_never_voided() -> None:
    assert sum(tiac_h(FDG.model, LAMBDA, 1e4).values()) == pytest.approx(1.0 / LAMBDA, rel=1e-12)
    assert BLADDER in tiac_h(FDG.model, LAMBDA, 3.5)


def test_what_is_excreted_is_what_does_not_decay_inside() -> None:
    inside = sum(held_h(h, LAMBDA) for h in FDG.model) * LAMBDA
    assert excreted(FDG.model, LAMBDA) == pytest.approx(1.0 - inside, rel=1e-12)
    assert excreted(FDG.model, 1e-9) == pytest.approx(0.24)  # the 0.24 of ICRP's table: 30 % of 0.80


def test_the_model_gives_the_whole_administered_activity() -> None:
    assert sum(h.fraction for h in FDG.model) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [("adult", "adult female"), ("15 years", "10-year-old"), ("10 years", "5-year-old"),
     ("5 years", "10-year-old"), ("1 year", "5-year-old")],
)  # fmt: skip
def test_the_body_of_another_age_fails(body: str, wrong: str) -> None:
    rows = biokinetic_outcomes(FDG, CHECKS[body].model_copy(update={"phantom": wrong}))
    doses = [r for r in rows if not r.quantity.startswith("TIAC") and r.limits != (None, None)]
    assert sum(r.verdict == FAIL for r in doses) > len(doses) / 2


def test_another_voiding_interval_fails() -> None:
    rows = biokinetic_outcomes(FDG, CHECKS["5 years"].model_copy(update={"void_every_h": 3.5}))
    assert next(r for r in rows if r.quantity == f"TIAC, {BLADDER}").verdict == FAIL


def test_a_saf_that_is_off_fails() -> None:
    check = next(c for c in SAFS.check if isinstance(c, PhotonSafs))
    group = SAFS.published[0]
    shifted = group.model_copy(
        update={"rows": [r.model_copy(update={"mean": (r.mean or 0.0) * 1.25}) for r in group.rows]}
    )
    rows = photon_safs.outcomes(SAFS.model_copy(update={"published": [shifted]}), check)
    assert sum(r.verdict == FAIL for r in rows) >= 0.9 * len(rows)
    assert all(r.strength == FORWARD for r in rows)


def test_printed_digits_are_those_of_the_file() -> None:
    lungs = FDG.value("lungs", "adult")[0]
    bladder = FDG.value("urinary bladder wall", "adult")[0]
    assert (lungs.mean, lungs.half_unit) == (0.020, pytest.approx(0.0005))
    assert bladder.half_unit == pytest.approx(0.005)


def test_every_age_has_a_judged_effective_dose() -> None:
    assert list(CHECKS) == ["adult", "15 years", "10 years", "5 years", "1 year"]
    for check in CHECKS.values():
        rows = {r.quantity: r for r in biokinetic_outcomes(FDG, check)}
        assert rows["effective dose, ICRP 60"].verdict == PASS
