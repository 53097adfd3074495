"""T7: dose coefficients as the CSV tables have them, in every unit; doses of a course by multiplication."""

from __future__ import annotations

import csv
import statistics
from pathlib import Path

import pytest
from small_studies import cell_rows, check_origins, named, small_study

from dosimetry.dossier.document.numbers import UNITS
from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.results.reading import read_results
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables.labels.label import NO_EFFECTIVE_DOSE, label_table
from dosimetry.errors import DosimetryError

MEN = "patient,sex,administered_MBq\nA,male,100\n"
LIVER = {"A": {"liver": 1.0, "remainder": 1.0}}


def own_values(folder: Path, name: str, of: str, by: str, column: str) -> list[float]:
    """Values of single subjects who count, read from the CSV file with no more than the csv module."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as f:
        return [
            float(r[column])
            for r in csv.DictReader(f)
            if r["statistic"] == "value" and r[by] == of and r["n"] != "0" and r[column]
        ]


def test_means_and_sds_are_those_of_the_subjects(trastuzumab_folder: Path) -> None:
    results = read_results(trastuzumab_folder)
    (table,) = label_table(results, TableOptions(also_units=UNITS["rad/mCi"]))
    rows = cell_rows(table)
    assert len(rows) == 25 + 3
    for target in ("liver", "red marrow", "ovaries", "testes", "total body"):
        values = own_values(trastuzumab_folder, "organ_doses", target, "target", "dose_mGy_per_MBq")
        row = rows[target]
        assert row["n"] == len(values) == {"ovaries": 2, "testes": 8}.get(target, 10)
        assert row["mean_mGy_per_MBq"] == pytest.approx(statistics.fmean(values), rel=1e-6)
        assert row["sd_mGy_per_MBq"] == pytest.approx(statistics.stdev(values), rel=1e-5)
        assert row["mean_rad_per_mCi"] == pytest.approx(statistics.fmean(values) * 3.7, rel=1e-6)
        assert row["sd_rad_per_mCi"] == pytest.approx(statistics.stdev(values) * 3.7, rel=1e-5)
    assert check_origins(table, results) == 4 * 28 - 2  # all but the SD of the sex-averaged dose, twice


def test_the_effective_dose_of_both_sexes_is_that_of_population_means(trastuzumab: Results) -> None:
    (table,) = label_table(trastuzumab, TableOptions(effective_dose=("ICRP 103", "ICRP 26")))
    names = [named(r) for r in table.rows if r.kind == "total"]
    assert names == [
        "effective dose, ICRP 103, sex-averaged (mSv/MBq)", "effective dose equivalent, ICRP 26 (mSv/MBq)",
    ]  # fmt: skip
    frame = trastuzumab.tables["effective_dose"]
    averaged = frame.loc[frame["statistic"] == "sex-averaged", "effective_dose_mSv_per_MBq"].item()
    row = cell_rows(table)[names[0]]
    assert row["mean_mGy_per_MBq"] == averaged and row["sd_mGy_per_MBq"] is None
    assert any("no subject has such a value" in note for note in table.all_footnotes())


def test_a_course_is_cycles_times_activity(trastuzumab: Results) -> None:
    diagnostic, course = label_table(trastuzumab, TableOptions(cycles=4, activity_GBq_per_cycle=7.4))
    assert course.title.endswith("course of 4 x 7.4 GBq")
    per_activity = cell_rows(diagnostic)
    for target, row in cell_rows(course).items():
        mean, sd = per_activity[target]["mean_mGy_per_MBq"], per_activity[target]["sd_mGy_per_MBq"]
        assert isinstance(mean, float) and isinstance(sd, float)
        assert row["mean_Gy_per_GBq"] == mean  # 1 mGy/MBq = 1 Gy/GBq
        assert row["mean_cycle_Gy"] == pytest.approx(7.4 * mean, rel=1e-12)
        assert row["mean_course_Gy"] == pytest.approx(29.6 * mean, rel=1e-12)
        assert row["sd_cycle_Gy"] == pytest.approx(7.4 * sd, rel=1e-12)
        assert row["sd_course_Gy"] == pytest.approx(29.6 * sd, rel=1e-12)
    assert not any("effective" in target for target in cell_rows(course))
    assert NO_EFFECTIVE_DOSE in course.footnotes
    check_origins(course, trastuzumab)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (TableOptions(cycles=4), "the activity of a cycle in GBq was not given"),
        (TableOptions(activity_GBq_per_cycle=7.4), "the number of cycles was not given"),
    ],
)
def test_half_a_course_is_no_course(options: TableOptions, reason: str, trastuzumab: Results) -> None:
    _, course = label_table(trastuzumab, options)
    assert not course.rows and course.reason.startswith(reason)


def test_impossible_courses_are_refused_together(trastuzumab: Results) -> None:
    with pytest.raises(DosimetryError) as error:
        label_table(trastuzumab, TableOptions(cycles=0, activity_GBq_per_cycle=float("nan")))
    assert [c.split(" is")[0] for c in error.value.complaints] == ["cycles", "activity_GBq_per_cycle"]
    with pytest.raises(DosimetryError, match="above 0, in GBq"):
        label_table(trastuzumab, TableOptions(activity_GBq_per_cycle=-1.0))


def test_one_man_alone(tmp_path: Path) -> None:
    results = small_study(tmp_path, MEN, LIVER)
    (table,) = label_table(results, TableOptions(effective_dose=("ICRP 103", "ICRP 26")))
    rows = cell_rows(table)
    assert "ovaries" not in rows and "uterus" not in rows and "testes" in rows
    assert all(row["sd_mGy_per_MBq"] is None for row in rows.values())
    assert "effective dose, ICRP 103 (of single bodies' values, not sex-averaged) (mSv/MBq)" in rows
    assert rows["effective dose, ICRP 26"]["mean_mGy_per_MBq"] is None
    notes = " ".join(table.all_footnotes())
    assert "one subject has no SD" in notes and "no effective dose by ICRP 26; add it" in notes
    assert "1 subject: 1 male." in notes and "Simulated" not in notes and not table.simulated


def test_simulated_data_say_so(trastuzumab: Results) -> None:
    for table in label_table(trastuzumab, TableOptions(cycles=1, activity_GBq_per_cycle=1.0)):
        assert table.simulated and table.sha256 == trastuzumab.sha256
        assert any(note.startswith("Simulated data") for note in table.footnotes)


def test_alphas_are_told(tmp_path: Path) -> None:
    (table,) = label_table(small_study(tmp_path, MEN, LIVER, nuclide="Ac-225"), TableOptions())
    assert any("alphas and recoil nuclei count 20 times" in note for note in table.footnotes)
    (table,) = label_table(small_study(tmp_path, MEN, LIVER), TableOptions())
    assert not any("alphas" in note for note in table.footnotes)
