"""T12: what was done, by settings and provenance; what nobody stated reads "not stated"."""

from __future__ import annotations

from pathlib import Path

from small_studies import small_study

from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.document.table import Table
from dosimetry.dossier.results.reading import read_results
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables.exposure_limits import exposure_limits_table
from dosimetry.dossier.tables.labels.ages import ages_table
from dosimetry.dossier.tables.labels.label import label_table
from dosimetry.dossier.tables.methods import NOT_STATED, SECTIONS, methods_table
from dosimetry.dossier.tables.uncertainty import uncertainty_table
from dosimetry.study.keys.methods_text import MethodsText

PATIENT = "patient,sex,administered_MBq\nA,male,100\n"
TIAC = {"A": {"liver": 0.5, "remainder": 1.5}}


def told(table: Table) -> dict[str, str]:
    return {str(r.cells[0].value): str(r.cells[1].value) for r in table.rows if r.kind != "heading"}


def statements(results: Results) -> dict[str, str]:
    return told(methods_table(results, TableOptions()))


def test_every_item_says_something(trastuzumab: Results, tmp_path: Path) -> None:
    items = [item for section in SECTIONS.values() for item, _ in section]
    for results in (trastuzumab, small_study(tmp_path, PATIENT, TIAC)):
        said = statements(results)
        assert list(said) == items
        assert all(text.strip() and "None" not in text and "nan" not in text for text in said.values())


def test_what_the_program_did_is_told(trastuzumab_folder: Path) -> None:
    results = read_results(trastuzumab_folder)
    said = statements(results)
    assert said["Study and its data"].startswith("89Zr-trastuzumab, ten simulated patients: SIMULATED data")
    assert said["Radiopharmaceutical and nuclide"] == "89Zr-DFO-trastuzumab; Zr-89, half-life 78.41 h"
    assert said["Administered activity"] == "mean 181.6 MBq, 174.7 MBq to 193 MBq"
    assert "liver: 4 points in 10 subjects, 3.6 to 186.1 h" in said["Time points"]
    assert said["Decay correction"].startswith(
        "whole body: as measured; serum: corrected to the time of administration; organs: as measured"
    )
    assert said["Whole body: fit"] == "model monoexponential, weights sd"
    assert said["Organs: fit or integration"] == (
        "trapezoids: linear, before the first point: constant, after the last point: physical"
    )
    assert "serum: biexponential (10)" in said["Models that were used"]
    assert "Sgouros" in said["Source regions filled by blood"]
    assert said["Tissue densities"] == "lungs 0.296 g/mL, other 1.04 g/mL"
    assert "ICRP 103 sex-averaged" in said["Effective dose"]
    assert said["Uncertainty"].endswith("not known and in no number: emitted energy, half-life")
    version = results.versions["milligray"]
    assert said["Program"].startswith(f"milligray {version} (h5py ")
    assert said["Results (SHA-256)"] == results.sha256
    for name, digest in results.inputs.values():
        assert f"{name} {digest}" in said["Input files (SHA-256)"]
    for body in ("adult male", "adult female"):
        assert results.provenance[f"phantom {body}"]["sha256"] in said["S values and bodies"]
    assert "trapezoids" in said["Warnings of the program"] or "linear" in said["Warnings of the program"]


def test_a_folder_and_memory_tell_the_same(trastuzumab: Results, trastuzumab_folder: Path) -> None:
    options = TableOptions(cycles=2, activity_GBq_per_cycle=1.0, limit_mSv=10.0)
    read = read_results(trastuzumab_folder)
    for make in (label_table, ages_table, exposure_limits_table, uncertainty_table, methods_table):
        assert make(read, options) == make(trastuzumab, options)


def test_every_key_of_methods_has_its_item(tmp_path: Path) -> None:
    keys = "\n".join(f'{name} = "said of {name}"' for name in MethodsText.model_fields)
    said = statements(small_study(tmp_path, PATIENT, TIAC, more=f"[methods]\n{keys}"))
    found = [text.removeprefix("said of ") for text in said.values() if text.startswith("said of ")]
    assert sorted(found) == sorted(MethodsText.model_fields)


def test_fits_of_all_subjects_together_are_told(trastuzumab: Results) -> None:
    settings = {k: v for k, v in trastuzumab.settings.items() if not k.startswith("whole_body.")}
    settings |= {"whole_body.file": "w.csv", "whole_body.model": "population"}
    settings |= {"whole_body.population.models": "plateau", "whole_body.population.body_mass": ""}
    said = statements(Results(**{**vars(trastuzumab), "settings": settings}))
    assert said["Whole body: fit"] == "model population, models plateau"


def test_nobody_stated_anything(tmp_path: Path) -> None:
    table = methods_table(small_study(tmp_path, "patient,sex\nA,male\n", TIAC), TableOptions())
    said = told(table)
    lacking = [item for item, text in said.items() if text == NOT_STATED]
    assert len(lacking) == len(MethodsText.model_fields) + 1 and "Administered activity" in lacking
    assert table.footnotes[0].endswith(f"{', '.join(lacking)}.")
    assert said["Serum: fit"] == said["Whole body: fit"] == "no curves: TIACs were given in a table"
    assert said["Remainder of the body"].startswith("as given;")
    assert said["Uncertainty"] == "no budget; standard errors of fits and counts alone"
