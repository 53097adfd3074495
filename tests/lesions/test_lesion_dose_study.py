"""[lesions.dose] in a study: from files to tables, figure, summary; what is told of bad input."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dosimetry import DosimetryError, absorbed_dose, run_study, write_results
from dosimetry.study import parts as study_parts
from lesions.doses.tables import CONTENTS
from lesions.part import PART
from lesions.study import run_lesions

STUDY = """
name = "Lesions of two made-up patients"
data = "simulated"
nuclide = "Lu-177"
product = "177Lu-made-up"
effective_dose = ["ICRP 103"]
phantom = { male = "adult male", female = "adult female" }
patients.file = "patients.csv"
tiac = { file = "tiac.csv", remainder = "whole body minus sources" }

[lesions]
file = "lesions.csv"
decay_corrected = false

[lesions.dose]
quantity = "activity"
integrate = "activity"
volume = "mean"
shape = "sphere"
density_g_per_cm3 = { bone = 1.3, other = 1.04 }
cross_dose = "organ"
outside = "total body"
organs = { activity = "with lesions", mass = "with lesions" }
model = "monoexponential"
weights = "relative"
"""
PATIENTS = "patient,sex,body_mass_kg,administered_MBq\nP01,male,80,7400\nP02,female,60,7400\n"
TIAC = "patient,source,tiac_h,sd_h\n" + "".join(
    f"{p},liver,6,0.4\n{p},kidneys,3,0.2\n{p},whole body,40,2\n" for p in ("P01", "P02")
)
K = math.log(2) / 100.0


def rows(patient: str, lesion: str, site: str, organ: str, activity: float, volume: float) -> list[str]:
    return [
        f"{patient},{lesion},{site},{organ},{t},{activity * math.exp(-K * t):.9g},{volume}"
        for t in (4, 24, 96, 168)
    ]


LESIONS = [
    "patient,lesion,site,organ,time_h,activity_MBq,volume_mL",
    *rows("P01", "L1", "liver", "liver", 60.0, 30.0),
    *rows("P01", "L2", "bone", "", 8.0, 10.0),
    *rows("P02", "L1", "lymph node", "", 9.0, 5.0),
    "P02,L2,liver,liver,96,4.1,3",
]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    class Entry:
        def load(self) -> Any:
            return PART

    monkeypatch.setattr(study_parts, "_installed", lambda: {"lesions": Entry()})
    for name, text in (("study.toml", STUDY), ("patients.csv", PATIENTS), ("tiac.csv", TIAC)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "lesions.csv").write_text("\n".join(LESIONS) + "\n", encoding="utf-8")
    return tmp_path / "study.toml"


def changed(study: Path, old: str, new: str, file: str = "study.toml") -> Path:
    path = study.parent / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return study


def test_a_study_writes_doses_of_its_lesions(study: Path, tmp_path: Path) -> None:
    result = run_study(study)
    part = result.parts["lesions"]
    assert [d.lesion for d in part.result.doses] == ["L1", "L2", "L1"]
    folder = tmp_path / "out"
    write_results(folder, result)
    written = {name: pd.read_csv(folder / f"{name}.csv", comment="#") for name in CONTENTS}
    doses = written["lesion_doses"]
    assert set(doses["data"]) == {"simulated"}
    by = doses.set_index(["patient", "lesion"])
    assert by.loc[("P01", "L1"), "tiac_h"] == pytest.approx(60.0 / K / 7400.0, rel=1e-5)
    assert by.loc[("P01", "L2"), "mass_g"] == pytest.approx(13.0, rel=1e-6)
    assert "single_point" in str(by.loc[("P02", "L2"), "reason"])
    organs = written["organ_doses_without_lesions"].set_index(["patient", "target"])
    own = absorbed_dose({"liver": 6.0, "kidneys": 3.0, "remainder": 31.0}, "Lu-177", "adult male")["liver"]
    assert organs.loc[("P01", "liver"), "dose_mGy_per_MBq"] == pytest.approx(own, rel=1e-5)
    assert not {"ovaries", "uterus", "total body"} & set(organs.loc["P01"].index)
    assert (folder / "figures" / "lesion_doses.png").stat().st_size > 5000
    readme = (folder / "README.txt").read_text(encoding="utf-8")
    assert "organ_doses_without_lesions" in readme and "research software" in readme
    assert any("no dose of P02 L2" in line for line in part.warnings)


def test_the_terminal_tells_doses_by_patient_and_what_they_are_not_for(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from dosimetry.files.terminal import Terminal

    run_study(study).parts["lesions"].show(Terminal())  # type: ignore[misc]
    said = capsys.readouterr().out
    assert "research software; not for treatment of a patient" in said
    assert "Lesion doses / (mGy/MBq)" in said
    assert "1 lesion has no dose" in said


@pytest.mark.parametrize(
    ("old", "new", "file", "said"),
    [
        ("quantity = \"activity\"", "quantity = \"suv_mean\"", "study.toml", "no row has 'suv_mean'"),
        ("shape = \"sphere\"", "shape = \"ellipsoid\"", "study.toml", "no lesion has axis_1_mm"),
        ("administered_MBq\nP01,male,80,7400", "administered_MBq\nP01,male,80,", "patients.csv",
         "patient 'P01': 'administered_MBq' is missing"),
        ("volume = \"mean\"", "volume = \"last\"", "study.toml", "lesions.dose.volume"),
        ("weights = \"relative\"\n", "", "study.toml", "weights is missing"),
        ("other = 1.04", "lung = 0.3", "study.toml", "no 'other'"),
        ("outside =", "outsid =", "study.toml", "unknown key lesions.dose.outsid; near names: outside"),
    ],
)  # fmt: skip
def test_bad_input_is_told_with_its_place(study: Path, old: str, new: str, file: str, said: str) -> None:
    with pytest.raises(DosimetryError) as error:
        run_study(changed(study, old, new, file))
    assert said in str(error.value)


def test_lesions_of_several_patients_with_too_much_activity_are_told_at_once(study: Path) -> None:
    changed(study, "P01,liver,6,", "P01,liver,0.9,", "tiac.csv")
    changed(study, "P02,whole body,40,", "P02,whole body,9.1,", "tiac.csv")
    changed(study, "P02,L1,lymph node,,4,", "P02,L1,lymph node,,4,1", "lesions.csv")
    with pytest.raises(DosimetryError) as error:
        run_study(study)
    assert "patient 'P01': the lesions in 'liver' have a TIAC of 1.17 h" in str(error.value)
    assert "patient 'P02': the lesions in 'remainder'" in str(error.value)


def test_axes_of_a_lesion_are_three_or_none_and_no_needle(study: Path) -> None:
    head, first, *rest = LESIONS
    for axes, said in (("10,20,", "all three axes of 'L1' or none"), ("2,5,40", "10 times the shortest")):
        lines = [f"{head},axis_1_mm,axis_2_mm,axis_3_mm", f"{first},{axes}", *(f"{r},,," for r in rest)]
        (study.parent / "lesions.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        with pytest.raises(DosimetryError, match=said):
            run_study(study)


@pytest.mark.parametrize("daughters", ["none", "equilibrium"])
def test_lesions_alone_count_daughters_as_beside_organs(study: Path, daughters: str) -> None:
    changed(study, 'nuclide = "Lu-177"', f'nuclide = "Ac-225"\ndaughters = "{daughters}"')
    both = run_study(study).parts["lesions"].result.doses
    of_organs = run_lesions(study)  # the study of organs, its lesions alone
    text = study.read_text(encoding="utf-8")
    organs = ("effective_dose", "phantom", "tiac")
    study.write_text("\n".join(x for x in text.splitlines() if not x.startswith(organs)), encoding="utf-8")
    for alone in (of_organs, run_lesions(study)):
        mine = {(d.patient, d.lesion): d.self_mGy_per_MBq for d in alone.lesions.doses}
        assert mine == {(d.patient, d.lesion): d.self_mGy_per_MBq for d in both}
        told = [w for w in alone.part.warnings if "daughters left out" in w]
        assert len(told) == (daughters == "none")


def test_daughters_of_lesions_are_those_of_the_organs_or_a_known_word() -> None:
    from dosimetry import Methods, nuclide
    from lesions import DoseSettings, doses_of_lesions

    settings = DoseSettings(
        quantity="activity", integrate="activity", volume="mean", shape="sphere", density_g_per_cm3=1.04,
        cross_dose="left out", outside="left out", model="monoexponential", weights="relative",
    )  # fmt: skip
    methods = Methods(heart_contents="none", red_marrow="none", organ_masses="reference")
    with pytest.raises(DosimetryError, match="'equilibrium' of the lesions, and 'none' of the organs"):
        doses_of_lesions([], settings, nuclide("Ac-225"), methods=methods, daughters="equilibrium")
    with pytest.raises(DosimetryError, match="'all' is unknown; allowed: none, equilibrium"):
        doses_of_lesions([], settings, nuclide("Ac-225"), daughters="all")
