"""Warnings of several patients and curves: each text once, with whom and what it concerns."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dosimetry import Tiac, Tiacs, run_study
from dosimetry.study.check import check_study
from dosimetry.study.pipeline import warnings_of

EXAMPLES = Path(__file__).parents[2] / "examples"


def tiacs(**said: tuple[str, ...]) -> Tiacs:
    return Tiacs((Tiac("remainder", 60.0),), warnings=said)


def test_equal_words_are_said_once() -> None:
    three = [
        ("P1", tiacs(liver=("late",), spleen=("late",))),
        ("P2", tiacs(liver=("late", "few"))),
        ("P3", tiacs(liver=("late",), spleen=("late",))),
    ]
    assert warnings_of(three) == ["P1, P3: liver, spleen: late", "P2: liver: late", "P2: liver: few"]


def test_a_remainder_that_was_set_to_0_is_said() -> None:
    tiac = Tiac("remainder", 0.0, reason="below 0 within two standard errors; set to 0")
    assert warnings_of([("P1", Tiacs((tiac,)))]) == [f"P1: remainder: {tiac.reason}"]


@pytest.mark.parametrize(("nuclide", "daughters", "warns"), [
    ("Ac-225", "none", True), ("Ac-225", "equilibrium", False), ("Zr-89", "none", False),
])  # fmt: skip
def test_daughters_that_are_left_out_are_told_by_check_and_run(
    tmp_path: Path, nuclide: str, daughters: str, warns: bool
) -> None:
    """225Ac alone is a fifth of its chain's energy: a study says so where it tells its warnings."""
    folder = tmp_path / "study"
    shutil.copytree(EXAMPLES / "zr89-huj591", folder)
    file = folder / "study.toml"
    text = file.read_text(encoding="utf-8").replace('"Zr-89"', f'"{nuclide}"\ndaughters = "{daughters}"')
    file.write_text(text, encoding="utf-8")
    result = run_study(file)
    for told in (check_study(file).warnings, result.warnings):
        said = [line for line in told if "daughters left out" in line]
        assert len(said) == warns
        assert all(line.startswith(f"{nuclide}: daughters left out (Fr-221, At-217, ") for line in said)
    notes = result.organ_doses["note"].astype(str)
    assert notes.str.contains("daughters left out").any() == warns
