"""Case files: what is wrong in one is said in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from validation.case import FOLDER, CaseError, chosen, read_case, read_cases

GOOD = (FOLDER / "huj591_pandit_taskar_2014.toml").read_text(encoding="utf-8")


def changed(folder: Path, old: str, new: str) -> Path:
    assert old in GOOD
    path = folder / "case.toml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("n = 10", "n = ten", "not valid TOML"),
        ("title = ", "heading = ", "Field required"),
        ('nuclide = "Zr-89"', 'nuclide = "Zr-89"\ncolour = "red"', "colour"),
        ("mean = 7.7, sd = 1.5", "sd = 1.5", "neither a mean nor a median"),
        ("mean = 7.7, sd = 1.5", "mean = 7.7, sd = -1.5", "greater than 0"),
        ("mean = 219, sd = 48, minimum = 153", "mean = 19, sd = 48, minimum = 153", "outside 153-317"),
        ('kind = "clearance"', 'kind = "magic"', "kind"),
        ("tolerance_percent = 3", "tolerance = 3", "tolerance"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = changed(tmp_path, old, new)
    with pytest.raises(CaseError, match=words) as error:
        read_case(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_doses_per_mCi_are_converted() -> None:
    case = read_cases()["huj591_pandit_taskar_2014"]
    mean, sd, unit = case.in_unit("liver")
    assert (mean, sd, unit) == (pytest.approx(7.7 * 10 / 37), pytest.approx(1.5 * 10 / 37), "mGy/MBq")


def test_a_value_that_is_not_there_has_near_names() -> None:
    with pytest.raises(CaseError, match="renal cortex"):
        read_cases()["huj591_pandit_taskar_2014"].value("renal cortx")


def test_an_unknown_case_has_near_names() -> None:
    with pytest.raises(CaseError, match="trastuzumab_odonoghue_2018"):
        chosen(read_cases(), ["trastuzumab_odonohue_2018"])
