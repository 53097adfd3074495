"""What docs/validation.md says in its text, apart from its tables, is so."""

from __future__ import annotations

import pytest

from dosimetry import absorbed_dose
from phantoms import load_phantom
from validation.arithmetic import whole_body_tiac_h
from validation.bodies import dose_per_h
from validation.case import read_cases
from validation.consistency import check_of, fit, fit_of, matrix_of, rounding_percent
from validation.forward import quantity, solved_tiac_h

CASES = read_cases()
CASE = CASES["trastuzumab_odonoghue_2018"]
MALE = check_of(CASE, "adult male")
WOMAN = "adult female olinda masses"
E60 = "effective dose, ICRP 60"


def total_body(phantom: str) -> float:
    return float(dose_per_h("Zr-89", phantom, ("total body",))["total body"].to_dict()["total body"])


def test_activity_in_the_lower_large_intestine_explains_its_wall() -> None:
    contents = "lower large intestine contents"
    check = MALE.model_copy(update={"sources": [*MALE.sources, contents]})
    found = fit(CASE.organ_doses(), matrix_of(CASE, check), ["osteogenic cells"])
    assert found.tiac_h[contents] == pytest.approx(0.3, abs=0.05)
    assert abs(found.residual_percent["lower large intestine wall"]) < 1
    assert found.rms_percent < 1.05 * fit_of(CASE, MALE).rms_percent


def test_the_lowest_total_body_dose_is_below_the_reference_mans() -> None:
    shortest = CASE.value("whole-body biologic half-life")[0].minimum
    lowest = CASE.value("total body")[0].minimum
    assert shortest == 257 and lowest == 0.28
    assert whole_body_tiac_h(257, "Zr-89") * total_body("adult male") == pytest.approx(0.34, abs=0.005)


def test_masses_that_the_sum_in_mixed_bodies_stands_for() -> None:
    mass = {p: load_phantom(p).source_mass_kg["total body"] for p in ("adult male", WOMAN)}
    mixed = 0.8 * mass["adult male"] + 0.2 * mass[WOMAN]
    expected = whole_body_tiac_h(370, "Zr-89")
    sum_h = fit_of(CASE, check_of(CASE, "8:2")).sum_h
    assert mixed == pytest.approx(70.3, abs=0.1)
    assert mixed * expected / sum_h == pytest.approx(75, abs=0.7)
    assert mass["adult male"] / mass[WOMAN] == pytest.approx(1.30, abs=0.01)
    assert total_body(WOMAN) / total_body("adult male") == pytest.approx(1.24, abs=0.01)


def test_fitted_marrow_and_blood() -> None:
    found = fit_of(CASE, MALE).tiac_h
    assert found["liver"] == pytest.approx(12.8, abs=0.1)
    assert found["red marrow"] / found["heart contents"] == pytest.approx(0.76, abs=0.02)
    mass = load_phantom("adult male").source_mass_kg
    for haematocrit, ratio in ((0.35, 0.74), (0.45, 0.88)):
        marrow = 0.19 * mass["red marrow"] / 1.03
        blood = (1 - haematocrit) * mass["heart contents"] / 1.06
        assert marrow / blood == pytest.approx(ratio, abs=0.01)


def test_rounding() -> None:
    assert rounding_percent(CASE.organ_doses()) == pytest.approx(0.7, abs=0.05)


@pytest.mark.parametrize(
    ("name", "percent"),
    [("pertuzumab_dfo_ulaner_2018", 10), ("pertuzumab_ss_yeh_2024", 19), ("trastuzumab_laforest_2016", 26)],
)
def test_how_far_the_womans_effective_dose_is_off(name: str, percent: float) -> None:
    case = CASES[name]
    check = next(c for c in case.check if c.kind == "doses from organs")
    tiac = solved_tiac_h(case, check, WOMAN, CASES)
    ours = quantity(E60, absorbed_dose(tiac, "Zr-89", WOMAN))
    assert 100 * (ours / case.in_unit(E60)[0] - 1) == pytest.approx(percent, abs=1)


def test_body_masses_that_meet_the_womens_effective_doses() -> None:
    """All masses in proportion to the body's, TIACs from the published organ doses in that body."""
    met = {"pertuzumab_dfo_ulaner_2018": 70, "pertuzumab_ss_yeh_2024": 106, "trastuzumab_laforest_2016": 95}
    for name, mass_kg in met.items():
        case = CASES[name]
        check = next(c for c in case.check if c.kind == "doses from organs")
        tiac = solved_tiac_h(case, check, WOMAN, CASES, mass_kg)
        ours = absorbed_dose(tiac, "Zr-89", WOMAN, body_mass_kg=mass_kg).effective("ICRP 60")
        assert ours == pytest.approx(case.in_unit(E60)[0], rel=0.005), name
    liver = absorbed_dose({"liver": 13.6, "remainder": 93.3 - 13.6}, "Zr-89", WOMAN, body_mass_kg=70)
    assert liver["liver"] == pytest.approx(1.54, abs=0.01)
