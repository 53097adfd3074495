"""T11: the budget as the result tables have it; without one a reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_studies import check_origins, named, small_study, under

from dosimetry.dossier.document.numbers import dose_units
from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables.absorbed_dose import absorbed_dose_table
from dosimetry.dossier.tables.tiacs import tiacs_table
from dosimetry.dossier.tables.uncertainty import uncertainty_table

STATED = """
[uncertainty]
emitted_energy = { u_percent = 1, kind = "B", source = "x" }
patient_and_phantom = "default"
mass.other = { u_percent = 25, kind = "B", source = "x" }
tiac = "unknown: no sd_h"
"""
PATIENT = "patient,sex,administered_MBq\nA,male,100\n"
TIAC = {"A": {"liver": 0.5, "remainder": 1.5}}


def test_means_of_a_cohort_are_those_of_the_budget(trastuzumab: Results) -> None:
    values, inputs = uncertainty_table(trastuzumab, TableOptions())
    frame = trastuzumab.tables["uncertainty"]
    mean = frame[(frame["statistic"] == "mean") & (frame["of"] == "liver")]
    rows = under(values, "Absorbed dose")
    assert len(rows) == 25 and len(under(values, "Time-integrated activity coefficient")) == 8
    liver = next(r for r in rows if named(r) == "liver")
    shown = {c.name: cell.value for c, cell in zip(values.columns, liver.cells, strict=True)}
    of = mean[mean["quantity"] == "absorbed dose"].iloc[0]
    for name in (
        "value",
        "u",
        "u_percent",
        "offset",
        "low",
        "high",
        "sd_between_patients",
        "u_shared",
        "u_own",
    ):
        assert shown[name] == of[name], name
    assert shown["n"] == of["n"] and of["offset"] < 0.0  # linear trapezoids
    assert check_origins(values, trastuzumab) == 9 * 36
    assert any(note.startswith("Known offset: what would correct") for note in values.footnotes)
    assert values.footnotes[1] == "NOT KNOWN, and in no number here: emitted energy, half-life."
    assert values.title == "Standard uncertainty u (k = 1) and 95 % intervals"
    assert len(inputs.rows) == len(trastuzumab.tables["uncertainty_inputs"])
    assert check_origins(inputs, trastuzumab) > 100


def test_doses_stand_in_the_units_asked_for_and_percent_does_not(trastuzumab: Results) -> None:
    plain, other = (
        under(uncertainty_table(trastuzumab, TableOptions(units=dose_units(u)))[0], "Absorbed dose")[0].cells
        for u in ("mGy/MBq", "rad/mCi")
    )
    assert plain[1].value == "mGy/MBq" and other[1].value == "rad/mCi"
    factors = [b.value / a.value for a, b in zip(plain[3:], other[3:], strict=True)]  # type: ignore[operator]
    assert factors == pytest.approx([3.7, 3.7, 1.0, 3.7, 3.7, 3.7, 3.7, 3.7, 3.7])
    hours = [
        under(uncertainty_table(trastuzumab, TableOptions(units=dose_units(u)))[0], "Time")[0].cells[3].value
        for u in ("mGy/MBq", "rad/mCi")
    ]
    assert hours[0] == hours[1]


def test_one_subject_has_nothing_between_subjects(tmp_path: Path) -> None:
    results = small_study(tmp_path, PATIENT, TIAC, more=STATED)
    values, inputs = uncertainty_table(results, TableOptions())
    liver = next(r for r in under(values, "Absorbed dose") if named(r) == "liver")
    shown = {c.name: cell for c, cell in zip(values.columns, liver.cells, strict=True)}
    assert isinstance(shown["u"].value, float)
    assert shown["sd_between_patients"].value is None and "one subject alone" in shown["u_shared"].reason
    told = [c for r in inputs.rows for c in r.cells]
    assert all(c.value or c.reason for c in told)
    assert any("tiac" in n.lower() and n.startswith("NOT KNOWN") for n in values.footnotes)


def test_no_budget_is_said(tmp_path: Path) -> None:
    (table,) = uncertainty_table(small_study(tmp_path, PATIENT, TIAC), TableOptions())
    assert not table.rows and "no uncertainty budget; state [uncertainty]" in table.reason


def test_rows_and_digits_are_those_of_the_other_tables(trastuzumab: Results) -> None:
    """Regions in the order of the tables of TIACs and doses; an SD with the digits it has there."""
    options = TableOptions()
    values, inputs = uncertainty_table(trastuzumab, options)
    assert all(str(row.cells[0].value)[0].isupper() for row in inputs.rows)
    at = next(i for i, c in enumerate(values.columns) if c.name == "sd_between_patients")
    named_weights = [r.cells[0].value for r in under(values, "Effective dose")]
    assert named_weights[:2] == ["ICRP 60", "ICRP 103"]  # as in T5
    doses, tiacs = absorbed_dose_table(trastuzumab, options)[0], tiacs_table(trastuzumab, options)[0]
    for title, table, last in (
        ("Absorbed dose", doses, 25),
        ("Time-integrated activity coefficient", tiacs, 8),
    ):
        own, there = under(values, title), table.rows[:last]
        assert [r.cells[0].value for r in own] == [r.cells[0].value for r in there]
        sd = next(i for i, c in enumerate(table.columns) if c.name.startswith("sd_"))
        printed = [values.text(r.cells[at], values.columns[at]) for r in own]
        assert printed == [table.text(r.cells[sd], table.columns[sd]) for r in there]
