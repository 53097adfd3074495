"""What stands in more than one table of a dossier stands there in the same words."""

from __future__ import annotations

import pytest

from dosimetry.dossier.document.numbers import UNITS
from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables.absorbed_dose import absorbed_dose_table
from dosimetry.dossier.tables.curves.curve_parameters import curve_parameters_table
from dosimetry.dossier.tables.curves.pharmacokinetics import pharmacokinetics_table
from dosimetry.dossier.tables.exposure_limits import exposure_limits_table
from dosimetry.dossier.tables.labels.ages import ages_table
from dosimetry.dossier.tables.labels.label import label_table


@pytest.mark.parametrize("also", [None, UNITS["rad/mCi"]])
def test_rows_of_dose_tables_have_the_same_names(also: object, trastuzumab: Results) -> None:
    options = TableOptions(also_units=also)  # type: ignore[arg-type]
    doses, label = absorbed_dose_table(trastuzumab, options)[0], label_table(trastuzumab, options)[0]
    ages, limits = ages_table(trastuzumab, options)[0], exposure_limits_table(trastuzumab, options)[0]
    assert {t.columns[0].head for t in (doses, label, ages, limits)} == {"Target region"}
    names = [str(r.cells[0].value) for r in doses.rows]
    assert {str(r.cells[0].value) for r in label.rows} == {n for n in names if "own bodies" not in n}
    assert [str(r.cells[0].value) for r in ages.rows[:25]] == names[:25]
    of_limits = [r for r in limits.rows if r.kind == "body"]
    assert set(names[:25]) < {str(r.cells[0].value) for r in of_limits}
    assert all(str(r.cells[1].value)[0].isupper() for r in of_limits)


def test_a_gap_has_the_same_reason_in_two_tables(trastuzumab: Results) -> None:
    doses, label = (make(trastuzumab, TableOptions())[0] for make in (absorbed_dose_table, label_table))
    assert list(doses.lettered()) == list(label.lettered())


def test_areas_have_one_unit(trastuzumab: Results) -> None:
    areas = curve_parameters_table(trastuzumab, TableOptions())[-1]  # type: ignore[index]
    heads = [str(r.cells[0].value) for r in areas.rows if r.kind == "heading"]
    assert "Serum; area in %IA h/L" in heads and "Whole body; area in %IA h" in heads
    summary = pharmacokinetics_table(trastuzumab, TableOptions())[0]
    (unit,) = {r.cells[1].value for r in summary.rows if str(r.cells[0].value).startswith("AUC to")}
    assert unit == "%IA h/L"
