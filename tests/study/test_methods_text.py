"""[methods]: free text by fixed keys, every one optional; bad input in one line each."""

from __future__ import annotations

from pathlib import Path

import pytest

from dosimetry import load_study
from dosimetry.errors import DosimetryError
from dosimetry.study.keys.methods_text import MethodsText
from dosimetry.study.keys.new_study import KINDS, study_text

HEAD = """
name = "a"
data = "measured"
nuclide = "Zr-89"
product = "p"
effective_dose = ["ICRP 103"]
[phantom]
male = "adult male"
female = "adult female"
[patients]
file = "patients.csv"
[tiac]
file = "tiac.csv"
remainder = "as given"
"""


def study(folder: Path, methods: str) -> Path:
    path = folder / "study.toml"
    path.write_text(HEAD + methods, encoding="utf-8")
    return path


def test_texts_are_kept_as_they_stand(tmp_path: Path) -> None:
    text = 'Biograph, 4 mm; "<&>" é'
    read = load_study(study(tmp_path, f"[methods]\ncamera = '{text}'\n")).settings
    assert read.methods is not None
    assert read.methods.camera == text and read.methods.calibration is None
    assert load_study(study(tmp_path, "")).settings.methods is None


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    keys = ['camra = "x"', 'calibration = ""', "acquisition = 3", 'corrections = "a\\nb"']
    bad = "\n".join(["[methods]", *keys, 'activity_meter = "a\\u0007"'])
    with pytest.raises(DosimetryError) as error:
        load_study(study(tmp_path, bad))
    told = [line.split("study.toml: ")[1] for line in error.value.complaints]
    assert told[0] == "unknown key methods.camra; near names: camera"
    expected = ("activity_meter", "calibration = ''", "acquisition = 3", "corrections")
    assert sorted(line.split("methods.")[1][:8] for line in told[1:]) == sorted(e[:8] for e in expected)
    assert any("how counts became activity" in line for line in told)
    assert any("more than one line" in line for line in told)


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_study_lists_every_key_as_a_comment(kind: str) -> None:
    lines = study_text("Zr-89", "x", kind).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("# [methods]"))
    assert [line.split()[1] for line in lines[at + 1 :]] == list(MethodsText.model_fields)
    assert all("#" in line[1:] for line in lines[at:])
