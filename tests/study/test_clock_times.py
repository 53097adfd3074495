"""Dates and times of day in place of hours, activity in mCi: the same numbers, and what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from dosimetry.doses.absolute import MBQ_PER_MCI
from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import nuclide
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import Patient
from dosimetry.study.input_tables.frames import patient_from_frames
from dosimetry.study.pipeline import run_study

INJECTED = {"P01": datetime(2026, 3, 27, 9, 30), "P09": datetime(2026, 5, 4, 14, 5)}
TABLES = ("whole_body.csv", "serum.csv", "organs.csv")


def read(folder: Path, file: str) -> pd.DataFrame:
    return pd.read_csv(folder / file, comment="#", dtype=str)


def to_clocks(folder: Path, zone: str = "", tables: tuple[str, ...] = TABLES, column: str = "time") -> None:
    """Hours of the tables as dates, to the microsecond; injected_at in the patients' table."""
    patients = read(folder, "patients.csv")
    patients["injected_at"] = [INJECTED[p].isoformat() + zone for p in patients["patient"]]
    patients.to_csv(folder / "patients.csv", index=False)
    for file in tables:
        frame = read(folder, file)
        hours = [timedelta(hours=float(h)) for h in frame[f"{column}_h"]]
        starts = [INJECTED[p] for p in frame["patient"]]
        frame[f"{column}_h"] = [(s + h).isoformat() + zone for s, h in zip(starts, hours, strict=True)]
        frame.rename(columns={f"{column}_h": column}).to_csv(folder / file, index=False)


def edit(folder: Path, file: str, row: int, column: str, cell: str) -> None:
    """A cell by its row in the data, from 0."""
    frame = read(folder, file)
    frame.loc[row, column] = cell
    frame.to_csv(folder / file, index=False)


@pytest.mark.parametrize("zone", ["", "+02:00", "Z"])
def test_clock_times_give_what_hours_gave(zone: str, study_folder: Path) -> None:
    before = run_study(study_folder / "study.toml")
    to_clocks(study_folder, zone)
    after = run_study(study_folder / "study.toml")
    for a, b in zip(before.curves, after.curves, strict=True):
        assert b.curve.time_h == pytest.approx(a.curve.time_h, abs=1e-9)  # a microsecond is 3e-10 h
    number = "dose_mGy_per_MBq"
    assert after.organ_doses[number].tolist() == pytest.approx(
        before.organ_doses[number].tolist(), nan_ok=True
    )
    said = [w for w in after.warnings if "without a time zone" in w]
    assert bool(said) is (zone == "")
    notes = after.kinetics.query("patient == 'P01' and curve == 'liver'")["note"]
    assert notes.str.contains("without a time zone, taken as they stand").all() == (zone == "")


def test_clocks_that_were_changed_in_between(study_folder: Path) -> None:
    """Central Europe, 29 March 2026: from 01:30 +01:00 to 03:30 +02:00 an hour passes, not two."""
    to_clocks(study_folder, "+01:00")
    edit(study_folder, "patients.csv", 0, "injected_at", "2026-03-29T01:30+01:00")
    frame = read(study_folder, "organs.csv")
    mine = frame.index[(frame["patient"] == "P01") & (frame["organ"] == "liver")]
    times = [
        "2026-03-29T03:30+02:00",
        "2026-03-30T01:30+02:00",
        "2026-03-30T23:30Z",
        "2026-04-04T01:30+02:00",
    ]
    frame.loc[mine, "time"] = times
    others = (frame["patient"] == "P01") & ~frame.index.isin(mine)
    frame = frame[~others]
    frame.to_csv(study_folder / "organs.csv", index=False)
    for file in ("whole_body.csv", "serum.csv"):
        other = read(study_folder, file)
        mine_too = other["patient"] == "P01"
        late = [datetime(2026, 3, 29, 2) + timedelta(hours=3 * i) for i in range(mine_too.sum())]
        other.loc[mine_too, "time"] = [t.isoformat() + "Z" for t in late]
        other.to_csv(study_folder / file, index=False)
    result = run_study(study_folder / "study.toml")
    liver = next(c for c in result.of("liver") if c.patient == "P01")
    assert liver.curve.time_h.tolist() == [1.0, 23.0, 47.0, 143.0]


def test_times_of_counting(study_folder: Path) -> None:
    frame = read(study_folder, "serum.csv")
    frame["counted_at_h"] = (frame["time_h"].astype(float) + 30.0).astype(str)
    frame["standard_counted_at_h"] = "250.0"
    frame.to_csv(study_folder / "serum.csv", index=False)
    before = run_study(study_folder / "study.toml")
    to_clocks(study_folder, tables=("serum.csv",), column="counted_at")
    frame = read(study_folder, "serum.csv")
    frame["standard_counted_at_h"] = [
        (INJECTED[p] + timedelta(hours=250)).isoformat() for p in frame["patient"]
    ]
    frame = frame.rename(columns={"standard_counted_at_h": "standard_counted_at"})
    frame.to_csv(study_folder / "serum.csv", index=False)
    after = run_study(study_folder / "study.toml")
    for a, b in zip(before.of("serum"), after.of("serum"), strict=True):
        assert b.curve.value == pytest.approx(a.curve.value, rel=1e-9)


def test_millicurie(study_folder: Path) -> None:
    before = run_study(study_folder / "study.toml")
    patients = read(study_folder, "patients.csv")
    mCi = patients["administered_MBq"].astype(float) / 37.0
    patients.assign(administered_mCi=mCi).drop(columns="administered_MBq").to_csv(
        study_folder / "patients.csv", index=False
    )
    after = run_study(study_folder / "study.toml")
    assert MBQ_PER_MCI == 37.0
    for a, b in zip(before.patients, after.patients, strict=True):
        assert b.administered_MBq == pytest.approx(a.administered_MBq, rel=1e-15)
    for column in ("dose_mGy_per_MBq", "absorbed_dose_Gy"):
        assert after.organ_doses[column].tolist() == pytest.approx(
            before.organ_doses[column].tolist(), rel=1e-12, nan_ok=True
        )


def test_clock_times_in_frames() -> None:
    who = Patient(name="P01", sex="male", phantom="adult male", injected_at=INJECTED["P01"])
    methods = Methods(
        whole_body_model="monoexponential", whole_body_weights="none", heart_contents="none",
        red_marrow="none", organ_masses="reference",
    )  # fmt: skip
    time = [INJECTED["P01"] + timedelta(hours=h) for h in (1, 24, 96)]
    probe = pd.DataFrame({"time": time, "percent_ia": [100.0, 77.0, 35.0]})
    p = patient_from_frames(
        who, methods, nuclide("Zr-89"), whole_body=probe, decay_corrected={"whole_body": False}
    )
    assert p.measurements is not None
    assert p.measurements.whole_body.time_h.tolist() == [1.0, 24.0, 96.0]
    assert "without a time zone" in p.measurements.notes["whole body"][0]


NONSENSE = {
    "before the injection": (
        "organs.csv", "time", "2026-03-27T08:00",
        ["row 2, column 'time': 2026-03-27T08:00:00", "2026-03-27T09:30:00", "before the injection"],
    ),
    "with and without a zone": (
        "organs.csv", "time", "2026-03-28T08:00+01:00",
        ["row 2", "2026-03-28T08:00:00+01:00", "2026-03-27T09:30:00", "one has a time zone"],
    ),
    "hours": ("organs.csv", "time", "24", ["row 2", "'24' is not a date and time", "ISO 8601"]),
    "as a spreadsheet writes it": ("organs.csv", "time", "27.03.2026 10:00", ["is not a date and time"]),
    "another order": ("organs.csv", "time", "03/27/2026 10:00", ["is not a date and time"]),
    "no time of day": ("organs.csv", "time", "2026-03-28", ["row 2", "'2026-03-28' has no time of day"]),
    "a day that is none": ("organs.csv", "time", "2026-02-30T10:00", ["is not a date and time"]),
    "a year that is wrong": ("organs.csv", "time", "2926-03-28T10:00", ["h later; is the year right?"]),
    "no time": ("organs.csv", "time", "", ["row 2, column 'time': the value is missing"]),
    "no injection": (
        "patients.csv", "injected_at", "", ["need 'injected_at' of patient 'P01' in", "patients.csv"]
    ),
    "an injection that is no date": ("patients.csv", "injected_at", "morning", ["'morning' is not a date"]),
}  # fmt: skip


@pytest.mark.parametrize("case", NONSENSE)
def test_nonsense_is_refused(case: str, study_folder: Path) -> None:
    file, column, cell, said = NONSENSE[case]
    to_clocks(study_folder)
    edit(study_folder, file, 0, column, cell)
    with pytest.raises(DosimetryError) as raised:
        run_study(study_folder / "study.toml")
    for text in said:
        assert text in str(raised.value)


@pytest.mark.parametrize("cell", ["0", "-3", "nan", "1e5", "five"])
def test_an_activity_that_nobody_is_given_is_refused(cell: str, study_folder: Path) -> None:
    patients = read(study_folder, "patients.csv").rename(columns={"administered_MBq": "administered_mCi"})
    patients.loc[0, "administered_mCi"] = cell
    patients.to_csv(study_folder / "patients.csv", index=False)
    with pytest.raises(DosimetryError, match=r"patients\.csv: row 2, column 'administered_mCi'"):
        run_study(study_folder / "study.toml")


@pytest.mark.parametrize(
    ("file", "twice", "of"),
    [
        ("patients.csv", "administered_mCi", "administered_MBq"),
        ("organs.csv", "time", "time_h"),
        ("serum.csv", "time", "time_h"),
    ],
)
def test_two_columns_of_one_thing_are_refused(file: str, twice: str, of: str, study_folder: Path) -> None:
    if file != "patients.csv":
        to_clocks(study_folder, tables=())
    frame = read(study_folder, file)
    frame[twice] = "5" if file == "patients.csv" else "2026-05-28T10:00"
    frame.to_csv(study_folder / file, index=False)
    with pytest.raises(DosimetryError, match=rf"{file}: the columns '.*' and '.*' are one thing; keep one"):
        run_study(study_folder / "study.toml")
    assert of in frame
