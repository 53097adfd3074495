"""Mistakes in the tables of cycles and scans, and in the keys: a clear line each, all at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from exact_course import EXAMPLE

from dosimetry import DosimetryError, nuclide
from dosimetry.study.pipeline import read_study
from dosimetry.study.study_file import load_study
from therapy.cycles.course import Cycle
from therapy.cycles.settings import Therapy
from therapy.cycles.tables import _same_start

Edit = Callable[[str, str, str], None]
HEAD = "# SIMULATED"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example without its lesions."""
    made = tmp_path / "study"
    shutil.copytree(EXAMPLE, made)
    study = (made / "study.toml").read_text(encoding="utf-8")
    kept = study.split("[lesions", 1)[0] + "[therapy" + study.split("[therapy", 1)[1]
    (made / "study.toml").write_text(kept.split("[therapy.bed", 1)[0], encoding="utf-8")
    scans = (made / "later_scans.csv").read_text(encoding="utf-8").splitlines()
    (made / "later_scans.csv").write_text(
        "\n".join(x for x in scans if ",,L" not in x) + "\n", encoding="utf-8"
    )
    return made


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Replaces a text of a table or of the study file, which must be there."""

    def change(file: str, old: str, new: str) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text, f"{file} has no '{old}'"
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(DosimetryError) as error:
        study = load_study(folder / "study.toml")
        read_study(study, nuclide("Lu-177"))
    return [line.replace(f"{folder}/", "") for line in error.value.complaints]


def test_the_example_itself_is_sound(folder: Path) -> None:
    assert len(read_study(load_study(folder / "study.toml"), nuclide("Lu-177"))) == 1


def test_constants_of_lesions_need_lesions(folder: Path, edit: Edit) -> None:
    edit(
        "study.toml",
        "[therapy]",
        "[therapy.bed.lesions]\nalpha_beta_Gy = 10\nrepair_half_time_h = 1.5\n\n[therapy]",
    )
    assert any("therapy.bed.lesions: the study has no doses of lesions" in line for line in mistakes(folder))


@pytest.mark.parametrize(
    ("injected_at", "sound"),
    [
        ("2026-01-12T10:00", True),
        ("2026-01-12T18:00", False),
        ("2026-01-12T10:00+01:00", True),
        ("2026-01-13T10:00", False),
    ],
)
def test_the_injection_is_the_start_of_the_measured_cycle(injected_at: str, sound: bool) -> None:
    cycle = Cycle(number=1, start=datetime(2026, 1, 12, 10), administered_MBq=7400.0)
    assert _same_start(datetime.fromisoformat(injected_at), cycle) == sound
    days = Cycle(number=1, start=datetime(2026, 1, 12), administered_MBq=7400.0, day_only=True)
    assert _same_start(datetime.fromisoformat(injected_at), days) == ("-13T" not in injected_at)


CYCLES = "cycles.csv"
SCANS = "later_scans.csv"
FIRST, SECOND = "P01,1,2026-01-12T10:00,7400.0", "P01,2,2026-03-09T10:30,7350.0"
THIRD, FOURTH = "P01,3,2026-05-04T09:45,7420.0", "P01,4,2026-06-29T10:15,7380.0"
SCAN = "P01,2,kidneys,,96.0,"


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            CYCLES,
            SECOND,
            "P01,2,,7350",
            ("row 4, column 'start': the value is missing; start of the administration: a date in ISO"),
        ),
        (CYCLES, SECOND, "P01,2,9.3.2026,7350", "row 4, column 'start': '9.3.2026' is not a date"),
        (
            CYCLES,
            SECOND,
            "P01,2,2026-03-09,7400000",
            (
                "row 4, column 'administered_MBq': 7400000 is not allowed; activity administered"
                " in this cycle in MBq: a number greater than 0 and at most 100000 is needed; no"
                " cycle has 7400 GBq: is it in kBq or Bq?"
            ),
        ),
        (
            CYCLES,
            SECOND,
            "P01,2,2026-01-10,7350",
            (
                "row 4, column 'start': cycle 2 of 'P01' is before cycle 1 of 2026-01-12 in row"
                " 3; cycles are counted in the order of their dates"
            ),
        ),
        (
            CYCLES,
            SECOND,
            "P01,2,2026-01-12T18:00,7350",
            "row 4, column 'start': cycle 2 of 'P01' is on the same day as cycle 1 in row 3",
        ),
        (
            CYCLES,
            SECOND,
            "P01,1,2026-03-09,7350",
            "row 4, column 'cycle': cycle 1 of 'P01' stands twice (first in row 3)",
        ),
        (CYCLES, SECOND + "\n", "", "row 5, column 'cycle': cycle 4 of 'P01', but cycle 2 is not there"),
        (CYCLES, SECOND, "P01,1.5,2026-03-09,7350", "row 4, column 'cycle': 1.5 is no number of a cycle"),
        (
            CYCLES,
            SECOND,
            "P02,1,2026-03-09,7350",
            "row 4, column 'patient': 'P02' is no patient of the study",
        ),
        (
            CYCLES,
            FIRST,
            "P01,1,2026-01-12T10:00,7500",
            (
                "row 3, column 'administered_MBq': 7500 MBq in cycle 1, the measured one, of"
                " 'P01', but patients.csv: row 3 has administered_MBq 7400; both are one thing:"
                " correct one"
            ),
        ),
        (CYCLES, FIRST, "P01,1,2026-01-12T10:00+01:00,7400", "one has a time zone and one has none"),
        (CYCLES, FOURTH, "P01,4,2066-06-29,7380", "no course lasts so long; is the year right?"),
        (
            CYCLES,
            "administered_MBq",
            "administered_mCi",
            "unknown column 'administered_mCi'; near names: administered_MBq, administered_GBq",
        ),
        (
            SCANS,
            SCAN,
            "P01,5,kidneys,,96.0,",
            "row 3, column 'cycle': 'P01' has no cycle 5; there are 1 to 4",
        ),
        (SCANS, SCAN, "P01,1,kidneys,,96.0,", "row 3, column 'cycle': cycle 1 is the measured one"),
        (
            SCANS,
            SCAN,
            "P01,2,kidneys,,-4,",
            (
                "row 3, column 'time_h': -4 is not allowed; hours after the start of the scan's"
                " cycle: a number 0 or more and at most 1e+06 is needed; a scan before its"
                " cycle's start belongs to the cycle before"
            ),
        ),
        (
            SCANS,
            SCAN,
            "P01,2,pancreas,,96.0,",
            (
                "row 3, column 'organ': the measured cycle of 'P01' has no curve of 'pancreas',"
                " so that this scan says nothing; there: kidneys, liver, serum, spleen, whole"
                " body"
            ),
        ),
        (SCANS, SCAN, "P01,2,remainder,,96.0,", "row 3, column 'organ': 'remainder' is no organ"),
        (SCANS, SCAN, "P01,2,kidnees,,96.0,", "near names: kidneys"),
        (SCANS, SCAN, "P01,2,,,96.0,", "row 3, column 'organ': 'organ' or 'lesion' says what was scanned"),
        (
            SCANS,
            SCAN,
            "P01,2,,L1,96.0,",
            "row 3, column 'lesion': 'L1', but the study has no doses of lesions",
        ),
        (SCANS, SCAN, "P01,2,left kidney,,96.0,", "the curve of 'left kidney'"),
        (
            SCANS,
            ",8.07,kBq/mL",
            ",8.07,%IA",
            "'%IA' for kidneys, but its curve of the measured cycle is in 'kBq/mL'",
        ),
        (
            SCANS,
            ",8.07,kBq/mL",
            ",8.07,Bq",
            "'Bq' is not allowed for kidneys; allowed: %IA, %IA/g, kBq/g, kBq/mL",
        ),
        (SCANS, SCAN, "P01,2,whole body,,96.0,", "'kBq/mL' is not allowed for whole body; allowed: %IA"),
    ],
)
def test_a_mistake_is_told_with_its_row(
    folder: Path, edit: Edit, file: str, old: str, new: str, told: str
) -> None:
    edit(file, old, new)
    lines = mistakes(folder)
    assert any(line.startswith(file) and told in line for line in lines), lines


def test_all_mistakes_are_told_at_once(folder: Path, edit: Edit) -> None:
    edit(CYCLES, SECOND, "P01,2,,7350")
    edit(CYCLES, THIRD, "P01,3,2026-05-04,0")
    edit(SCANS, ",8.07,kBq/mL", ",-1,kBq/mL")
    edit("serum.csv", "P01,0.25", "P01,-0.25")
    lines = mistakes(folder)
    assert [line.split(":")[0] for line in lines] == ["serum.csv", CYCLES, CYCLES, SCANS]


@pytest.mark.parametrize("key", ["without_scan", "one_scan"])
def test_a_rule_that_is_needed_must_be_named(folder: Path, edit: Edit, key: str) -> None:
    study = (folder / "study.toml").read_text(encoding="utf-8")
    line = next(x for x in study.splitlines() if x.startswith(key))
    edit("study.toml", line, "")
    (told,) = mistakes(folder)
    assert told.startswith(f"study.toml: therapy.{key} is missing: cycle 2 of 'P01' has ")
    assert "nothing is carried over by a rule that is not named; allowed: 'same " in told


def test_several_scans_need_their_rule(folder: Path, edit: Edit) -> None:
    edit(SCANS, SCAN, "P01,2,kidneys,,24,400,20,kBq/mL\n" + SCAN)
    (told,) = mistakes(folder)
    assert "therapy.several_scans is missing: cycle 2 of 'P01' has 2 scans of kidneys" in told


def test_refuse_names_what_lacks_a_scan(folder: Path, edit: Edit) -> None:
    edit("study.toml", 'without_scan = "same TIAC"', 'without_scan = "refuse"')
    lines = mistakes(folder)
    assert len(lines) == 3 and "cycle 3 of 'P01' has no scan of whole body, serum" in lines[1]


def test_gigabecquerels_have_a_column_of_their_own(folder: Path, edit: Edit) -> None:
    text = (folder / CYCLES).read_text(encoding="utf-8").replace("administered_MBq", "administered_GBq")
    for old, new in (("7400.0", "7.4"), ("7350.0", "7.35"), ("7420.0", "7420"), ("7380.0", "7.38")):
        text = text.replace(old, new)
    (folder / CYCLES).write_text(text, encoding="utf-8")
    (told,) = mistakes(folder)
    assert "7420 is not allowed" in told and "no cycle has 7420 GBq: write 7.42 if it is in MBq" in told
    edit(CYCLES, "7420", "7.42")
    assert read_study(load_study(folder / "study.toml"), nuclide("Lu-177"))


def test_an_activity_that_is_no_therapy_is_warned_of_but_for_alphas(folder: Path) -> None:
    from therapy.part import PART

    text = (folder / CYCLES).read_text(encoding="utf-8")
    for old in ("7400.0", "7350.0", "7420.0", "7380.0"):
        text = text.replace(old, f"{float(old) / 1000:g}")
    (folder / CYCLES).write_text(text, encoding="utf-8")
    patients = (folder / "patients.csv").read_text(encoding="utf-8").replace("7400.0", "7.4")
    (folder / "patients.csv").write_text(patients, encoding="utf-8")
    study = load_study(folder / "study.toml")
    n = nuclide("Lu-177")
    settings = next(s for part, s in study.parts if part.name == "therapy")
    from milligray.errors import Complaints

    with Complaints(DosimetryError) as found:
        given = PART.read(settings, study, read_study(study, n), n, found)
    (line,) = given.warnings
    assert "cycle 1: 7.4 MBq" in line and "is it in GBq? (column administered_GBq)" in line
    with Complaints(DosimetryError) as found:
        alpha = PART.read(settings, study, read_study(study, n), nuclide("Ac-225"), found)
    assert alpha.warnings == ()


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"measured_cycle": 0}, "greater than or equal to 1"),
        ({"u_same_tiac": 1.5}, "less than 1"),
        ({"one_scan": "same TIAC"}, "same half-life"),
        ({"cycles": "x.csv"}, "Extra inputs"),
        ({"limits": "milligray"}, "next_cycle is missing"),
        ({"next_cycle": "as the last cycle"}, "therapy.limits names none"),
        ({"one_scan": "same half-life"}, "there is no [therapy.scans]"),
        ({"bed": {"kidneys": {"alpha_beta_Gy": 2.6}}}, "repair_half_time_h"),
        ({"bed": {"kidneys": {"alpha_beta_Gy": -1, "repair_half_time_h": 2}}}, "greater than 0"),
    ],
)
def test_keys_that_cannot_be(keys: dict, told: str) -> None:
    from pydantic import ValidationError

    with pytest.raises(ValidationError) as error:
        Therapy.model_validate({"file": "cycles.csv", **keys})
    assert told in str(error.value)


def test_a_measured_cycle_that_is_not_there(folder: Path, edit: Edit) -> None:
    edit("study.toml", "measured_cycle = 1", "measured_cycle = 5")
    assert any(
        "has no cycle 5, in which the study's tables were measured" in line for line in mistakes(folder)
    )


def test_an_organ_of_bed_that_no_body_has(folder: Path, edit: Edit) -> None:
    edit(
        "study.toml",
        "[therapy.scans]",
        "[therapy.bed.kidney]\nalpha_beta_Gy = 2\nrepair_half_time_h = 2\n[therapy.scans]",
    )
    (told,) = mistakes(folder)
    assert told.startswith(
        "study.toml: therapy.bed.kidney: no body of this study has that target; there are: lesions"
    )


def test_limits_of_ones_own_are_read_with_all_else(folder: Path, edit: Edit) -> None:
    edit("study.toml", 'limits = "milligray"', 'limits = "own.toml"')
    (folder / "own.toml").write_text("[[limit]]\nname = 'x'\n", encoding="utf-8")
    assert any(line.startswith("own.toml: limit") and "missing" in line for line in mistakes(folder))
