"""Tables of measured and derived values: cells are those of the results, odd studies have no gaps."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from odd_studies import OddStudy

from dosimetry import run_study
from dosimetry.dossier.document.numbers import UNITS, Digits
from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.document.table import Cell, Table
from dosimetry.dossier.results.reading import results_of
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables.absorbed_dose import absorbed_dose_table
from dosimetry.dossier.tables.absorbed_dose_by_subject import absorbed_dose_by_subject_table
from dosimetry.dossier.tables.curves.activities import activities_table
from dosimetry.dossier.tables.curves.curve_parameters import curve_parameters_table
from dosimetry.dossier.tables.curves.pharmacokinetics import pharmacokinetics_table
from dosimetry.dossier.tables.parts import beside, coefficient_of_variation, pages
from dosimetry.dossier.tables.subjects import subjects_table
from dosimetry.dossier.tables.tiacs import tiacs_table

HUJ591 = Path(__file__).parents[2] / "examples" / "zr89-huj591" / "study.toml"
MAKERS: tuple[Callable[[Results, TableOptions], Table | list[Table]], ...] = (
    subjects_table, activities_table, curve_parameters_table, tiacs_table, absorbed_dose_table,
    absorbed_dose_by_subject_table, pharmacokinetics_table,
)  # fmt: skip
BOTH_UNITS = TableOptions(units=UNITS["mrad/MBq"], also_units=UNITS["rad/mCi"])
LONG = "Ångström-Çelik-Ñuñez, Zoë & Renée <patient no. 0007; arm B>!"


def all_tables(results: Results, options: TableOptions) -> list[Table]:
    made = (maker(results, options) for maker in MAKERS)
    return [t for one in made for t in (one if isinstance(one, list) else [one])]


def one_patient(folder: Path) -> OddStudy:
    return OddStudy(folder, ["P03"])


def without_kidneys(folder: Path) -> OddStudy:
    study = OddStudy(folder, ["P01", "P02", "P09"])
    study.keep(lambda t: ~((t["patient"] == "P02") & (t["organ"] == "kidneys")), "organs")
    return study


def no_serum(folder: Path) -> OddStudy:
    study = OddStudy(folder, ["P01", "P09"])
    study.without_serum()
    return study


def no_sd(folder: Path) -> OddStudy:
    study = OddStudy(folder, ["P01", "P02"])
    study.tables["organs"] = study.tables["organs"].drop(columns="sd")
    return study


def odd_names(folder: Path) -> OddStudy:
    study = OddStudy(folder, ["P01", "P02", "P09"])
    study.rename({"P01": LONG, "P02": "=cmd|' /C calc'!A1", "P09": "名前"})
    return study


def of_auto(folder: Path) -> OddStudy:
    study = OddStudy(folder, ["P01", "P02", "P09"])
    for model in ("monoexponential", "biexponential"):
        study.toml = study.toml.replace(f'model = "{model}"', 'model = "auto"')
    return study


ODD = {f.__name__: f for f in (one_patient, without_kidneys, no_serum, no_sd, odd_names, of_auto)}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Results]:
    return {name: make(tmp_path_factory.mktemp(name)).results() for name, make in ODD.items()}


@pytest.fixture(params=["trastuzumab", "huj591", *ODD])
def results(request: pytest.FixtureRequest, trastuzumab: Results, odd: dict[str, Results]) -> Results:
    if request.param == "trastuzumab":
        return trastuzumab
    return results_of(run_study(HUJ591)) if request.param == "huj591" else odd[request.param]


@pytest.mark.parametrize("options", [TableOptions(), BOTH_UNITS], ids=["one unit", "two units"])
def test_each_cell_is_the_results_cell_and_no_gap_is_without_reason(
    results: Results, options: TableOptions
) -> None:
    counted = 0
    for table in all_tables(results, options):
        assert table.sha256 == results.sha256 and table.simulated == results.simulated
        if table.rows:
            assert ("Simulated data" in table.footnotes[0]) == results.simulated
        assert len({c.name for c in table.columns}) == len(table.columns), table.name
        for row in table.rows:
            for cell in row.cells:
                if cell.value is None:
                    assert len(cell.reason) > 3
                if cell.origin is not None and cell.value is not None:
                    o = cell.origin
                    assert cell.value == results.tables[o.table][o.column].iloc[o.row] * o.factor
                    counted += 1
        table.printed()
        for line in table.all_footnotes():
            assert line and "None" not in line and "nan" not in line, line
            assert not line.endswith((". .", "..", "?."))
    assert counted > 100


def find(table: Table, first: str) -> dict[str, Cell]:
    """The row that begins with a text, by its columns' names."""
    row = next(r for r in table.rows if r.kind != "heading" and r.cells[0].value == first)
    return dict(zip((c.name for c in table.columns), row.cells, strict=True))


def test_a_cohort_of_one_has_no_sd_and_says_why(odd: dict[str, Results]) -> None:
    dose, by_subject = absorbed_dose_table(odd["one_patient"], TableOptions()), 0
    assert len(dose) == 1  # no table by sex
    liver = find(dose[0], "Liver")
    assert liver["n"].value == 1 and liver["mean_mGy_per_MBq"].value == liver["median_mGy_per_MBq"].value
    for name in ("sd_mGy_per_MBq", "cv_percent"):
        assert (liver[name].value, liver[name].reason) == (None, "one subject has no SD")
    (by_subject,) = absorbed_dose_by_subject_table(odd["one_patient"], TableOptions())
    row = find(by_subject, "Liver")
    assert row["P03_mGy_per_MBq"].value == row["mean_mGy_per_MBq"].value and row["cv_percent"].value is None
    summary = pharmacokinetics_table(odd["one_patient"], TableOptions())[0]
    c_max = find(summary, "Cmax")
    assert c_max["geometric_mean"].value == pytest.approx(c_max["mean"].value)
    assert (c_max["sd"].value, c_max["sd"].reason) == (None, "one subject has no SD")
    assert c_max["geometric_cv_percent"].reason == "one subject has no coefficient of variation"
    mass = subjects_table(odd["one_patient"], TableOptions())
    assert find(mass, "SD")["body_mass_kg"].reason == "one subject has no SD"
    # of one sex: what is not the population's effective dose is not called so
    labels = [str(r.cells[0].value) for r in dose[0].rows]
    assert not any("sex-averaged" in label for label in labels)
    assert any("ICRP 103 is of the subjects' own bodies, of one sex" in n for n in dose[0].footnotes)


def test_an_organ_that_was_not_measured_counts_in_no_mean_and_a_footnote_says_whose(
    odd: dict[str, Results],
) -> None:
    results = odd["without_kidneys"]
    kidneys = find(absorbed_dose_table(results, TableOptions())[0], "Kidneys")
    doses = results.tables["organ_doses"].query("target == 'kidneys' and statistic == 'value'")
    own = doses.set_index("patient")["dose_mGy_per_MBq"]
    assert kidneys["n"].value == 2
    assert kidneys["mean_mGy_per_MBq"].value == pytest.approx((own["P01"] + own["P09"]) / 2, rel=1e-6)
    (by_subject,) = absorbed_dose_by_subject_table(results, TableOptions())
    assert find(by_subject, "Kidneys")["P02_mGy_per_MBq"].value == own["P02"]
    assert any(n.startswith("P02, kidneys") and "not measured" in n for n in by_subject.footnotes)
    tiacs = tiacs_table(results, TableOptions())[0]
    assert find(tiacs, "Kidneys")["n"].value == 2
    assert any(n.startswith("P02: kidneys: ") for n in tiacs.footnotes)


def test_without_serum_pharmacokinetics_is_of_the_whole_body(odd: dict[str, Results]) -> None:
    (summary,) = pharmacokinetics_table(odd["no_serum"], TableOptions())
    headings = [r.cells[0].value for r in summary.rows if r.kind == "heading"]
    assert headings == ["Whole body, monoexponential fit"]
    assert any("no samples" in n for n in summary.footnotes)
    names = [t.name for t in all_tables(odd["no_serum"], TableOptions())]
    assert "activities_serum" not in names and "activities_whole_body" in names
    doses = absorbed_dose_table(odd["no_serum"], TableOptions())[0]
    assert any(n.startswith("Red marrow is no source region") for n in doses.footnotes)
    assert not any(n.startswith("Serum:") for n in doses.footnotes)


def test_given_tiacs_have_no_curves_and_each_table_says_so() -> None:
    results = results_of(run_study(HUJ591))
    for maker in (activities_table, curve_parameters_table, pharmacokinetics_table):
        made = maker(results, TableOptions())
        (table,) = made if isinstance(made, list) else [made]
        assert not table.rows and "TIACs were given to this study" in table.reason


def test_what_is_not_known_of_one_patient_is_said_once_and_plainly(trastuzumab: Results) -> None:
    results = results_of(run_study(HUJ591))
    subjects = subjects_table(results, TableOptions())
    assert len(subjects.rows) == 1  # no statistics of nothing
    stated = [n for n in subjects.footnotes if n.startswith("Not stated for any subject: age, body mass")]
    assert len(stated) == 1 and not any(n.startswith("SD:") for n in subjects.footnotes)
    ovaries = find(absorbed_dose_table(results, TableOptions())[0], "Ovaries")
    assert (ovaries["n"].value, ovaries["mean_mGy_per_MBq"].reason) == (0, "no organ of a male subject")
    by_sex = absorbed_dose_table(trastuzumab, TableOptions())[1]
    assert find(by_sex, "Testes")["mean_mGy_per_MBq_female"].reason == "no organ of a female subject"
    bladder = [
        n for n in absorbed_dose_table(results, TableOptions())[0].footnotes if n.startswith("Urinary")
    ]
    assert bladder == ["Urinary bladder contents have no TIAC of their own; no voiding was modelled."]


def test_curves_without_sd_have_areas_without_se(odd: dict[str, Results]) -> None:
    areas = curve_parameters_table(odd["no_sd"], TableOptions())
    assert isinstance(areas, list)
    rows, at = (
        areas[-1].rows,
        next(i for i, r in enumerate(areas[-1].rows) if r.cells[0].value == "Liver; area in kBq h/mL"),
    )
    liver = dict(zip((c.name for c in areas[-1].columns), rows[at + 1].cells, strict=True))
    assert liver["tiac_h"].value and liver["se_area"].reason == "the curve has no standard deviations"
    assert liver["se_tiac_h"].value is None and len(liver["se_tiac_h"].reason) > 10
    kidneys = next(
        t for t in activities_table(odd["no_sd"], TableOptions()) if t.name == "activities_kidneys"
    )
    assert {c.reason for r in kidneys.rows for c in r.cells if c.value is None} == {
        "no standard deviation was stated"
    }


def test_names_stand_as_they_are(odd: dict[str, Results]) -> None:
    names = {LONG, "=cmd|' /C calc'!A1", "名前"}
    results = odd["odd_names"]
    assert len(LONG) == 60
    (by_subject,) = absorbed_dose_by_subject_table(results, TableOptions())
    assert names <= {c.head for c in by_subject.columns}
    assert names <= {r.cells[0].value for r in subjects_table(results, TableOptions()).rows}


def test_chosen_models_have_weights_and_the_averaged_area(odd: dict[str, Results]) -> None:
    results = odd["of_auto"]
    tables = curve_parameters_table(results, TableOptions())
    assert isinstance(tables, list)
    rows = tables[-1].rows
    at = next(i for i, r in enumerate(rows) if str(r.cells[0].value).startswith("Whole body"))
    body = dict(zip((c.name for c in tables[-1].columns), rows[at + 1].cells, strict=True))
    kinetics = results.tables["kinetics"].query("patient == 'P01' and curve == 'whole body'")
    value = kinetics.set_index("quantity")["value"]
    model = kinetics["model"].iloc[0]
    assert body["area"].value == value["AUC to infinity, averaged over models"]
    assert body["weight_percent"].value == 100 * value[f"Akaike weight of {model}"]
    tiac = results.tables["tiac"].query("patient == 'P01' and source == 'whole body'")["tiac_h"].item()
    assert body["tiac_h"].value == tiac == pytest.approx(body["area"].value / 100, rel=1e-6)


def test_forty_patients_are_split_evenly(trastuzumab: Results) -> None:
    """Forty patients are ten, four times; only what the table reads is made."""
    frames = {}
    for name in ("organ_doses", "effective_dose"):
        frame = trastuzumab.tables[name]
        own, cohort = (frame[(frame["patient"] == "cohort") == kind] for kind in (False, True))
        more = [own.assign(patient=own["patient"] + f"-{i}") for i in range(4)]
        frames[name] = pd.concat([*more, cohort], ignore_index=True)
    forty = Results(**{**vars(trastuzumab), "tables": {**trastuzumab.tables, **frames}})
    split = absorbed_dose_by_subject_table(forty, TableOptions())
    assert [t.name for t in split] == [f"absorbed_dose_by_subject_{i}" for i in (1, 2, 3, 4)]
    heads = [c.head for t in split for c in t.columns[1:]]
    assert heads == [*forty.patients, "Mean", "SD", "CV"] and len(set(heads)) == 43
    for table in split:
        for row in table.rows:
            for cell in row.cells:
                if cell.origin is not None:
                    o = cell.origin
                    assert cell.value == forty.tables[o.table][o.column].iloc[o.row]
    # eleven: six and five
    few = {
        n: f[f["patient"].isin([*forty.patients[:11], "cohort"])].reset_index(drop=True)
        for n, f in frames.items()
    }
    eleven = Results(**{**vars(trastuzumab), "tables": {**trastuzumab.tables, **few}})
    sizes = [len(t.columns) - 1 for t in absorbed_dose_by_subject_table(eleven, TableOptions())]
    assert sizes == [6, 5 + 3]
    assert [len(page) for page in pages([str(i) for i in range(14)], 5)] == [5, 5, 4]


def test_spread_beside_its_mean() -> None:
    three = Digits(3)
    assert three.text(0.587) == "0.587" and beside(Cell(0.587), Cell(0.0543), three).digits == Digits(
        decimals=3
    )
    assert beside(Cell(1.5e-7), Cell(2e-8), three).digits is None  # as its column says
    assert beside(Cell(100.0), Cell(0.2), three).digits == Digits(2)  # not "0"
    assert beside(Cell(None, "why"), Cell(0.2), three).digits is None
    assert coefficient_of_variation(Cell(4.0), Cell(1.0)).value == 25.0
    assert coefficient_of_variation(Cell(0.0), Cell(0.0)).reason == "the mean is not above 0"
    assert coefficient_of_variation(Cell(4.0), Cell(math.nan, "one")).reason == "one"
