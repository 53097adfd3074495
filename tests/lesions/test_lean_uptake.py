"""SUL of SUV by James' and Janmahasatian's lean body mass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dosimetry.errors import DosimetryError
from lesions import FdgScan, Lesion, LesionPatient, ReferenceScan, Uptake, lean_share, with_sul
from lesions.uptake.sul import lacks_sul, odd_sul

SCAN = Uptake(
    time_h=96.0, value={"suv_max": 10.0, "suv_peak": 8.0, "sul_peak": 5.0}, sd={"suv_max": 1.0},
    background={"suv_mean": 2.0}, sd_background={"suv_mean": 0.2},
)  # fmt: skip
LESION = Lesion(
    patient="P1",
    name="L1",
    site="bone",
    uptake=(SCAN,),
    fdg=(FdgScan(when="baseline", value={"suv_peak": 6.0}),),
)
BLOOD = ReferenceScan(time_h=96.0, region="blood pool", value={"suv_mean": 3.0}, sd={"suv_mean": 0.3})
WOMAN = LesionPatient(
    name="P1", lesions=(LESION,), references=(BLOOD,), sex="female", body_mass_kg=70.0, height_cm=165.0
)


def test_the_shares_are_those_of_the_published_formulas() -> None:
    """James (women, men): 1.07 W - 148 (W/H)^2, 1.10 W - 128 (W/H)^2.

    Janmahasatian: 9270 W/(8780 + 244 BMI), 9270 W/(6680 + 216 BMI).
    """
    w, h = 70.0, 165.0
    bmi = w / (h / 100) ** 2
    man = replace(WOMAN, sex="male")
    assert lean_share(WOMAN, "James") == pytest.approx(1.07 - 148 * w / h**2, rel=1e-12)
    assert lean_share(man, "James") == pytest.approx(1.10 - 128 * w / h**2, rel=1e-12)
    assert lean_share(WOMAN, "Janmahasatian") == pytest.approx(9270 / (8780 + 244 * bmi), rel=1e-12)
    assert lean_share(man, "Janmahasatian") == pytest.approx(9270 / (6680 + 216 * bmi), rel=1e-12)


def test_values_sds_backgrounds_references_and_fdg_are_made() -> None:
    share = lean_share(WOMAN, "James")
    made = with_sul(WOMAN, "James")
    scan = made.lesions[0].uptake[0]
    assert scan.value["sul_max"] == pytest.approx(10.0 * share, rel=1e-12)
    assert scan.sd["sul_max"] == pytest.approx(1.0 * share, rel=1e-12)
    assert "sul_peak" not in scan.sd
    assert scan.background["sul_mean"] == pytest.approx(2.0 * share, rel=1e-12)
    assert scan.sd_background["sul_mean"] == pytest.approx(0.2 * share, rel=1e-12)
    assert made.lesions[0].fdg[0].value["sul_peak"] == pytest.approx(6.0 * share, rel=1e-12)
    assert made.references[0].value["sul_mean"] == pytest.approx(3.0 * share, rel=1e-12)
    assert made.references[0].sd["sul_mean"] == pytest.approx(0.3 * share, rel=1e-12)


def test_a_sul_of_the_table_stays_and_what_was_made_is_said() -> None:
    made = with_sul(WOMAN, "James").lesions[0].uptake[0]
    assert made.value["sul_peak"] == 5.0
    assert set(made.obtained) == {"sul_max"}
    assert made.obtained["sul_max"].startswith("suv_max x 48.26 kg lean body mass (James)")
    assert made.value["suv_max"] == 10.0


def test_whether_a_sul_lacks() -> None:
    assert lacks_sul(WOMAN)
    assert not lacks_sul(with_sul(WOMAN, "James"))
    assert not lacks_sul(replace(WOMAN, lesions=(), references=()))


@pytest.mark.parametrize("quantity", ["sex", "body_mass_kg", "height_cm"])
def test_a_body_that_is_not_known_is_told(quantity: str) -> None:
    with pytest.raises(DosimetryError, match=f"patient 'P1': {quantity} is missing"):
        with_sul(replace(WOMAN, **{quantity: None}), "James")  # type: ignore[arg-type]


def test_a_formula_that_does_not_hold_is_told() -> None:
    with pytest.raises(DosimetryError, match=r"P1.*James formula falls"):
        with_sul(replace(WOMAN, body_mass_kg=120.0), "James")
    with pytest.raises(DosimetryError, match="unknown formula"):
        lean_share(WOMAN, "Hume")


@pytest.mark.parametrize(
    ("sul", "odd"), [(6.9, False), (6.16, False), (8.2, False), (8.4, True), (5.4, True)]
)
def test_a_sul_of_another_body_is_told(sul: float, odd: bool) -> None:
    """James gives 0.6895, Janmahasatian 0.6158; a fifth off is 0.552 and 0.827."""
    scan = Uptake(time_h=96.0, value={"suv_max": 10.0, "sul_max": sul})
    one = replace(WOMAN, lesions=(replace(LESION, uptake=(scan,)),))
    assert bool(odd_sul(one, "James")) is odd
    assert odd_sul(replace(one, height_cm=None), "James") == ""
    assert odd_sul(replace(one, body_mass_kg=120.0), "James") == ""  # beyond the formula, which nothing needs
