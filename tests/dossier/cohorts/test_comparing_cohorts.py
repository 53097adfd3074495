"""Cohorts from folders and from papers side by side: numbers of the CSV files, what is said, refused."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from scipy import stats
from typer.testing import CliRunner

from dosimetry import DosimetryError
from dosimetry.commands.app import app
from dosimetry.dossier.cohorts.cohort import Cohort, Measured, cohort_of
from dosimetry.dossier.cohorts.comparing import compare_cohorts
from dosimetry.dossier.cohorts.published import read_published
from dosimetry.dossier.cohorts.tables import comparison_tables
from dosimetry.dossier.cohorts.welch import Sample, holm
from dosimetry.dossier.document.numbers import UNITS
from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.results.results import Results

#: Yeh et al. 2024, Ulaner et al. 2018, O'Donoghue et al. 2018 (tests of the ratios have the citations).
PAPERS = """cohort,target,mean,sd,n,unit,nuclide,body
ss-pertuzumab,"effective dose, ICRP 60",0.54,0.03,6,mSv/MBq,89Zr,OLINDA/EXM
DFO-pertuzumab,"effective dose, ICRP 60",0.54,0.07,6,mSv/MBq,Zr-89,OLINDA/EXM
trastuzumab,"effective dose, ICRP 60",0.48,0.06,10,mSv/MBq,Zr-89,OLINDA/EXM
ss-pertuzumab,kidney,1.8,0.5,6,mGy/MBq,Zr-89,OLINDA/EXM
trastuzumab,kidneys,0.9,0.22,10,mGy/MBq,Zr-89,OLINDA/EXM
"""


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    path = tmp_path / "papers.csv"
    path.write_text(PAPERS, encoding="utf-8")
    return path


def test_the_published_tests_and_their_correction(papers: Path) -> None:
    found = compare_cohorts(read_published(papers))
    assert [(p.first, p.second) for p in found.pairs] == [(0, 1), (0, 2)]
    by = {(pair.second, row.quantity): row for pair in found.pairs for row in pair.rows}
    effective = "effective dose, ICRP 60"
    same, other = by[1, effective], by[2, effective]
    assert same.test is not None and other.test is not None
    assert same.test.p > 0.05 > other.test.p  # as Yeh et al. print them
    p = [by[k].test.p for k in by if by[k].test is not None]  # type: ignore[union-attr]
    assert found.tests == len(p) == 3
    assert [by[k].holm_p for k in by] == holm(p)
    every = compare_cohorts(read_published(papers), all_pairs=True)
    assert [(p.first, p.second) for p in every.pairs] == [(0, 1), (0, 2), (1, 2)]
    assert every.tests == 4


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def test_a_folder_against_a_paper_has_the_numbers_of_its_csv_files(
    trastuzumab_folder: Path, papers: Path, tmp_path: Path
) -> None:
    out = tmp_path / "compared"
    said = CliRunner().invoke(
        app, ["compare", str(trastuzumab_folder), "--published", str(papers), "--out", str(out)]
    )
    assert said.exit_code == 0, said.output
    assert "SIMULATED" in said.output
    rows = {row["quantity"]: row for row in read(out / "cohort_means.csv")}
    doses = read(trastuzumab_folder / "organ_doses.csv")
    single = [
        float(r["dose_mGy_per_MBq"]) for r in doses if (r["statistic"], r["target"]) == ("value", "kidneys")
    ]
    mean, sd = float(rows["kidneys"]["mean_1"]), float(rows["kidneys"]["sd_1"])
    assert mean == pytest.approx(sum(single) / 10, rel=1e-6)
    tests = [
        row
        for row in read(out / "cohort_tests.csv")
        if row["quantity"] == "kidneys" and row["pair"].endswith(" / ss-pertuzumab")
    ]
    expected = stats.ttest_ind_from_stats(mean, sd, 10, 1.8, 0.5, 6, equal_var=False)
    assert float(tests[0]["p"]) == pytest.approx(expected.pvalue, rel=1e-5)
    readme = (out / "README.txt").read_text(encoding="utf-8")
    assert "SIMULATED" in readme and "in no SD, and so in no P and no interval" in readme


def test_every_cell_with_an_origin_is_that_cell(trastuzumab: Results, papers: Path) -> None:
    found = compare_cohorts([cohort_of(trastuzumab), *read_published(papers)])
    means, tests = comparison_tables(found, TableOptions(units=UNITS["rad/mCi"]))
    held = 0
    for row in means.rows:
        for cell in row.cells:
            if cell.origin is not None:
                table = trastuzumab.tables[cell.origin.table]
                assert cell.origin.factor == 3.7
                assert cell.value == table[cell.origin.column][cell.origin.row] * 3.7
                held += 1
    assert held > 50
    assert means.simulated and tests.simulated and means.sha256 == trastuzumab.sha256
    kinds = [row.kind for row in tests.rows]
    assert kinds.count("heading") == 3
    assert any("Bodies differ" in note for note in tests.footnotes)
    assert any("not compared, since only one of them has it" in note for note in tests.footnotes)


def one(name: str, sd: float | None, n: int | None, **more: object) -> Cohort:
    value = Measured("liver", "mGy/MBq", Sample(1.5, sd, n))
    return Cohort(name, {"liver": value}, **more)  # type: ignore[arg-type]


def test_a_cohort_of_one_and_a_paper_without_sd_have_a_ratio_and_a_reason() -> None:
    found = compare_cohorts([one("A", 0.1, 5), one("B", None, 1), one("C", None, 12)])
    b, c = (pair.rows[0] for pair in found.pairs)
    assert (b.ratio, b.test, b.holm_p) == (1.0, None, None)
    assert b.reason == "B: n = 1, so there is no SD between subjects" == b.interval.reason
    assert c.reason == "C: its SD is not known"
    _, tests = comparison_tables(found, TableOptions())
    assert "(a) B: n = 1, so there is no SD between subjects" in tests.all_footnotes()


def test_what_differs_beside_the_subjects_is_said() -> None:
    found = compare_cohorts(
        [
            one("A", 0.1, 5, nuclide="Zr-89", bodies="adult male", patients=("P01", "P02"),
                methods={"organs.tail": "physical", "serum.model": "biexponential"}),
            one("B", 0.1, 5, nuclide="Lu-177", bodies="adult female", patients=("P02",),
                methods={"organs.tail": "effective"}),
            one("C", 0.1, 5, published=True, printed_units=("rad/mCi",)),
        ]
    )  # fmt: skip
    notes = " ".join(comparison_tables(found, TableOptions())[1].footnotes)
    for words in (
        "Nuclides differ, so do doses of the same kinetics: A: Zr-89; B: Lu-177.",
        "Bodies differ, so do doses of the same TIACs: A: adult male; B: adult female.",
        "Not stated for C: whether the nuclide is the same.",
        "C: converted from rad/mCi",
        "organs.tail (A: physical; B: effective)",
        "Methods that not all of the studies state: serum.model.",
        "1 name of a subject stands in both A and B (P02)",
        "Published doses were made by other programs",
    ):
        assert words in notes, words


def test_units_of_papers_are_converted(tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_text("target,mean,sd,n,unit\nliver,7.7,1.5,10,cGy/mCi\n", encoding="utf-8")
    (cohort,) = read_published(path)
    assert (cohort.name, cohort.printed_units) == ("old", ("cGy/mCi",))
    sample = cohort.values["liver"].sample
    assert (sample.mean, sample.sd) == pytest.approx((7.7 * 10 / 37, 1.5 * 10 / 37))


def test_all_that_is_wrong_in_a_table_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(
        "cohort,target,mean,sd,n,unit,nuclide\nA,livr,1,0.1,5,mGy/MBq,Zr-89\nA,liver,0,0.1,5,mGy/MBq,Zr-89\n"
        "A,effective dose,1,0.1,5,mSv/MBq,Zr-89\nA,spleen,1,0.1,5,mSv/MBq,Zr-89\n"
        "A,lungs,1,0.1,5.5,mGy/MBq,Lu-177\nA,lung,1,0.1,5,mGy/MBq,\n",
        encoding="utf-8",
    )
    with pytest.raises(DosimetryError) as error:
        read_published(path)
    told = str(error.value)
    for row, words in {
        2: "unknown target region 'livr'", 3: "0 is not allowed", 4: "unknown quantity 'effective dose'",
        5: "'mSv/MBq' is not a unit of 'spleen'", 6: "5.5 is not allowed", 7: "'lung' stands twice",
    }.items():  # fmt: skip
        assert any(f"row {row}," in line and words in line for line in told.splitlines()), words
    assert "two are stated for one cohort: Zr-89, Lu-177" in told


@pytest.mark.parametrize(
    ("cohorts", "words"),
    [
        ([one("A", 0.1, 5)], "two or more cohorts"),
        ([one("A", 0.1, 5), one("A", 0.1, 5)], "two cohorts are called 'A'"),
        ([one("A", 0.1, 5), Cohort("B", {})], "no quantity in common"),
    ],
)
def test_cohorts_that_cannot_be_compared(cohorts: list[Cohort], words: str) -> None:
    with pytest.raises(DosimetryError, match=words):
        compare_cohorts(cohorts)


def test_a_folder_that_was_changed_is_no_result(trastuzumab_folder: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(trastuzumab_folder, copy)
    with (copy / "organ_doses.csv").open("a", encoding="utf-8") as f:
        f.write("\n")
    said = CliRunner().invoke(app, ["compare", str(copy), str(trastuzumab_folder)])
    assert "changed since milligray wrote it" in str(said.exception)
