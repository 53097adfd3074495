"""T8: the cohort's TIACs in the body of each age, and the sentences of section 11 with computed numbers."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from small_studies import cell_rows, small_study
from typer.testing import CliRunner

from dosimetry import absorbed_dose
from dosimetry.commands.app import app
from dosimetry.dossier.document.numbers import UNITS, dose_units
from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables.labels.ages import ages_table, section_11_sentences
from dosimetry.errors import DosimetryError

BODIES = {
    "adult": "adult male", "15_years": "adult female", "10_years": "10-year-old", "5_years": "5-year-old",
    "1_year": "1-year-old",
}  # fmt: skip
MEN = "patient,sex,administered_MBq\nA,male,100\nB,male,200\n"
LIVER = {"liver": 0.5, "remainder": 1.5}


def mean_tiacs(results: Results) -> dict[str, float]:
    """The cohort's means as tiac.csv has them."""
    frame = results.tables["tiac"]
    frame = frame[(frame["statistic"] == "mean") & (frame["source"] != "whole body")]
    return dict(zip(frame["source"], frame["tiac_h"], strict=True))


def test_doses_are_those_of_the_mean_tiacs_in_each_body(trastuzumab: Results) -> None:
    """By absorbed_dose of one body at a time, with no function that knows of ages."""
    table, _ = ages_table(trastuzumab, TableOptions())
    assert [c.head for c in table.columns[1:]] == ["Adult", "15 years", "10 years", "5 years", "1 year"]
    rows, tiac = cell_rows(table), mean_tiacs(trastuzumab)
    assert len(tiac) == 7 and "remainder" in tiac
    for age, body in BODIES.items():
        doses = absorbed_dose(tiac, "Zr-89", body)
        assert set(doses) == {t for t in rows if not t.startswith("effective dose")}
        for target, value in doses.items():
            assert rows[target][f"{age}_mGy_per_MBq"] == pytest.approx(value, rel=1e-6)
        for weights in ("ICRP 60", "ICRP 103"):
            effective = rows[f"effective dose, {weights} (mSv/MBq)"][f"{age}_mGy_per_MBq"]
            assert effective == pytest.approx(float(doses.effective(weights)), rel=1e-6)


def test_doses_are_those_of_the_prompt(trastuzumab: Results, tmp_path: Path) -> None:
    path = tmp_path / "tiac.csv"
    rows = [f"{s},{h!r}" for s, h in mean_tiacs(trastuzumab).items()]
    path.write_text("\n".join(["source,tiac_h", *rows, ""]), encoding="utf-8")
    out = tmp_path / "doses.csv"
    ran = CliRunner().invoke(
        app, ["dose", "--nuclide", "Zr-89", "--tiac", str(path), "--ages", "--csv", str(out)]
    )
    assert ran.exit_code == 0, ran.output
    ours = cell_rows(ages_table(trastuzumab, TableOptions())[0])
    with out.open(encoding="utf-8", newline="") as f:
        theirs = list(csv.DictReader(line for line in f if not line.startswith("#")))
    compared = 0
    for row in theirs:
        dose, quantity = row["quantity"] == "absorbed dose", row["quantity"].partition(" (not")[0]
        mine = ours.get(row["of"] if dose else f"{quantity}, {row['of']} (mSv/MBq)", {})
        for age in BODIES if mine else ():
            value = float(row[age.replace("_", " ")])
            assert mine[f"{age}_mGy_per_MBq"] == pytest.approx(value, rel=1e-6)
            compared += 1
    assert compared == (25 + 3) * 5


def test_a_region_of_some_subjects_counts_its_activity_once(tmp_path: Path) -> None:
    """The mean over subjects of each one's doses; the mean TIAC of B's region alone would add activity."""
    tiacs = {"A": LIVER, "B": {"liver": 0.4, "kidneys": 0.4, "remainder": 1.1}, "C": {**LIVER, "liver": 0.9}}
    results = small_study(tmp_path, MEN + "C,male,50\n", tiacs)
    table, _ = ages_table(results, TableOptions())
    rows = cell_rows(table)
    for age, body in BODIES.items():
        own = [absorbed_dose(t, "F-18", body) for t in tiacs.values()]
        for target in ("liver", "red marrow", "spleen"):
            expected = sum(d[target] for d in own) / 3
            assert rows[target][f"{age}_mGy_per_MBq"] == pytest.approx(expected, rel=1e-6)
        # A's and C's kidneys were not measured: they count in no mean of kidneys, here as in the results
        assert rows["kidneys"][f"{age}_mGy_per_MBq"] == pytest.approx(own[1]["kidneys"], rel=1e-6)
        effective = sum(float(d.effective("ICRP 60")) for d in own) / 3
        shown = rows["effective dose, ICRP 60 (mSv/MBq)"][f"{age}_mGy_per_MBq"]
        assert shown == pytest.approx(effective, rel=1e-6)
    doses = results.tables["organ_doses"]
    means = doses[doses["statistic"] == "mean"].set_index("target")["dose_mGy_per_MBq"]
    assert len(means) == 23  # of men in the adult's own body: the results' means are the label's adult
    for target, mean in means.items():
        assert rows[str(target)]["adult_mGy_per_MBq"] == pytest.approx(mean, rel=1e-6), target
    said = next(n for n in table.footnotes if n.startswith("Not all subjects"))
    assert "n = 1: kidneys, liver, remainder" in said and "kidneys (1)" in said


def test_units_and_what_is_scaled(trastuzumab: Results) -> None:
    plain = cell_rows(ages_table(trastuzumab, TableOptions())[0])
    table, _ = ages_table(trastuzumab, TableOptions(units=dose_units("rad/mCi")))
    assert {c.unit for c in table.columns[1:]} == {"rad/mCi"}
    row = cell_rows(table)["liver"]
    assert row["1_year_rad_per_mCi"] == pytest.approx(3.7 * plain["liver"]["1_year_mGy_per_MBq"], rel=1e-12)  # type: ignore[operator]
    said = " ".join(table.footnotes)
    assert "mean TIACs of 10 subjects" in said and "NOT scaled to age" in said
    assert "adult 'adult male' 73.7 kg" in said and "1 year '1-year-old' 9.72 kg" in said
    assert UNITS["rad/mCi"].effective in [str(r.cells[0].value) for r in table.rows][-1]


def test_the_sentences_have_the_tables_numbers(trastuzumab: Results) -> None:
    options = TableOptions(
        recommended_MBq=74.0, target_regions=("spleen",), effective_dose=("ICRP 103",), digits=4
    )
    adult = {
        name: row["adult_mGy_per_MBq"] for name, row in cell_rows(ages_table(trastuzumab, options)[0]).items()
    }
    effective, organs = section_11_sentences(trastuzumab, options)
    e = adult["effective dose, ICRP 103 (mSv/MBq)"]
    assert isinstance(e, float)
    assert effective == (
        "The effective dose resulting from the administration of a (maximal recommended) activity of 74 MBq"
        f" of 89Zr-DFO-trastuzumab for an adult weighing 70 kg is about {74 * e:.2f} mSv (ICRP 103)."
    )
    told = {
        m[0].strip(): float(m[1])
        for m in re.findall(r"([a-z ]+) ([\d.]+) mGy", organs.split("organ(s)", 1)[1])
    }
    ranked = sorted(
        (n for n in adult if n not in ("spleen", "total body", "muscle")), key=lambda n: -float(adult[n])
    )  # type: ignore[arg-type]
    critical = [n for n in ranked if not n.startswith("effective")][:3]
    assert critical == ["liver", "heart wall", "kidneys"]
    for name in ("spleen", *critical):
        shown = next(v for k, v in told.items() if k.endswith(name))
        assert shown == pytest.approx(74 * float(adult[name]), rel=1e-3)  # type: ignore[arg-type]
    assert organs.index("spleen") < organs.index("critical organ(s)") < organs.index("liver")


def test_the_activity_of_the_sentences_says_where_it_is_from(trastuzumab: Results, tmp_path: Path) -> None:
    _, sentences = ages_table(trastuzumab, TableOptions())
    assert "an activity of 193 MBq" in str(sentences.rows[0].cells[0].value)
    assert "highest that was administered in this study" in sentences.footnotes[0]
    assert "to the target organ(s) is not stated" in str(sentences.rows[1].cells[0].value)
    _, none = ages_table(small_study(tmp_path, "patient,sex\nA,male\n", {"A": LIVER}), TableOptions())
    assert not none.rows and "no administered activity is known" in none.reason
    options = TableOptions(recommended_MBq=0.0)
    with pytest.raises(DosimetryError, match="recommended_MBq is 0; a number above 0"):
        ages_table(trastuzumab, options)
    with pytest.raises(DosimetryError, match="target_regions has tumour; the bodies have: adrenals"):
        ages_table(trastuzumab, TableOptions(target_regions=("tumour",)))


def test_no_table_without_a_place_for_a_region(tmp_path: Path) -> None:
    with_testes = {**LIVER, "testes": 0.01}
    results = small_study(tmp_path, MEN, dict.fromkeys("AB", with_testes))
    table, sentences = ages_table(results, TableOptions())
    assert not table.rows and table.reason.startswith("not made: testes: a source region of one sex")
    assert not sentences.rows and sentences.reason == table.reason
    assert section_11_sentences(small_study(tmp_path, MEN, dict.fromkeys("AB", LIVER)), TableOptions())


def test_the_convention_of_the_study_is_that_of_the_ages(tmp_path: Path) -> None:
    results = small_study(tmp_path, MEN, dict.fromkeys("AB", LIVER))
    own = cell_rows(ages_table(results, TableOptions())[0])["osteogenic cells"]
    settings = {**results.settings, "phantom.convention": "OLINDA/EXM 1.x"}
    other = Results(**{**vars(results), "settings": settings})
    theirs = cell_rows(ages_table(other, TableOptions())[0])["osteogenic cells"]
    expected = absorbed_dose(LIVER, "F-18", "adult male", convention="OLINDA/EXM 1.x")["osteogenic cells"]
    assert theirs["adult_mGy_per_MBq"] == pytest.approx(expected, rel=1e-6)
    assert theirs["adult_mGy_per_MBq"] != pytest.approx(own["adult_mGy_per_MBq"], rel=1e-3)
