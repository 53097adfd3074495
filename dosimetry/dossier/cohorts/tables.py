"""Compared cohorts as neutral tables: means, and the tests of each pair."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from dosimetry.dossier.cohorts.cohort import Cohort, Measured
from dosimetry.dossier.cohorts.comparing import Compared, Comparison, Pair
from dosimetry.dossier.cohorts.notes import notes_on_cohorts, notes_on_tests
from dosimetry.dossier.document.numbers import Digits, DoseUnits
from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.document.table import Cell, Column, Origin, Row, Table

#: Digits of t, of degrees of freedom, and of P.
ONE, TWO = Digits(decimals=1), Digits(significant=2)


def comparison_tables(comparison: Comparison, options: TableOptions) -> tuple[Table, Table]:
    """The means of all cohorts, and the tests of each pair.

    Parameters
    ----------
    comparison : from :func:`dosimetry.dossier.cohorts.comparing.compare_cohorts`.
    options : digits and units.
    """
    return means_table(comparison, options), tests_table(comparison, options)


def means_table(comparison: Comparison, options: TableOptions) -> Table:
    """Mean, SD and n of every quantity by cohort."""
    unit = options.units
    columns = [Column("quantity", "Target region"), Column("unit", "Unit")]
    for i, cohort in enumerate(comparison.cohorts, 1):
        columns += [
            Column(f"mean_{i}", "Mean", group=cohort.name, digits=options.rule),
            Column(f"sd_{i}", "SD", group=cohort.name, digits=options.rule),
            Column(f"n_{i}", "n", group=cohort.name, digits=Digits(decimals=0)),
        ]
    rows = []
    for key, named in comparison.quantities.items():
        cells = [Cell(named.name), Cell(_unit(named.unit, unit))]
        for cohort in comparison.cohorts:
            cells += _statistics(cohort, cohort.values.get(key), unit)
        rows.append(Row(tuple(cells), "total" if named.unit == "mSv/MBq" else "body"))
    notes = ("SD: between subjects (n - 1).", *notes_on_cohorts(comparison))
    return _table(comparison, "cohort_means", "Doses of the cohorts", columns, rows, notes)


def tests_table(comparison: Comparison, options: TableOptions) -> Table:
    """Ratio of means with its interval, Welch's t-test and Holm's correction, for each pair of cohorts."""
    level = f"{100 * comparison.level:g} %"
    columns = [
        Column("quantity", "Target region"),
        Column("ratio", "Ratio", digits=options.rule),
        Column("ratio_low", "from", group=f"{level} interval", digits=options.rule),
        Column("ratio_high", "to", group=f"{level} interval", digits=options.rule),
        Column("t", "t", group="Welch's t-test", digits=Digits(decimals=2)),
        Column("df", "df", group="Welch's t-test", digits=ONE),
        Column("p", "P", group="Welch's t-test", digits=TWO),
        Column("p_holm", f"P, Holm ({comparison.tests} test{'s' * (comparison.tests != 1)})", digits=TWO),
    ]
    rows = []
    for pair in comparison.pairs:
        rows.append(Row((Cell(pair_name(comparison, pair)),), "heading"))
        rows += [Row(tuple(_tested(row))) for row in pair.rows]
    notes = (*notes_on_tests(comparison), *notes_on_cohorts(comparison))
    return _table(comparison, "cohort_tests", "Ratios of means and tests", columns, rows, notes)


def pair_name(comparison: Comparison, pair: Pair) -> str:
    """What stands above the rows of a pair."""
    return f"{comparison.cohorts[pair.first].name} / {comparison.cohorts[pair.second].name}"


def _table(
    comparison: Comparison,
    name: str,
    title: str,
    columns: list[Column],
    rows: list[Row],
    notes: tuple[str, ...],
) -> Table:
    hashes = [c.sha256 for c in comparison.cohorts if c.sha256]
    joined = hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()
    return Table(
        name,
        title,
        tuple(columns),
        tuple(rows),
        notes,
        simulated=comparison.simulated,
        sha256=joined if hashes else "",
        landscape=len(columns) > 8,
    )


def _unit(unit: str, units: DoseUnits) -> str:
    return units.effective if unit == "mSv/MBq" else units.absorbed


def _statistics(cohort: Cohort, value: Measured | None, units: DoseUnits) -> list[Cell]:
    if value is None:
        return [Cell(None, f"{cohort.name}: not stated")] * 3
    sample = value.sample
    one = f"{cohort.name}: {sample.why_not() or 'its SD is not known'}"
    return [
        Cell(sample.mean * units.factor, origin=_scaled(value.mean_origin, units)),
        Cell(sample.sd if sample.sd is None else sample.sd * units.factor, one,
             origin=_scaled(value.sd_origin, units)),
        Cell(sample.n, f"{cohort.name}: n is not stated"),
    ]  # fmt: skip


def _scaled(origin: Origin | None, units: DoseUnits) -> Origin | None:
    return None if origin is None else replace(origin, factor=units.factor)


def _tested(row: Compared) -> list[Cell]:
    why = row.reason or "no test"
    test = row.test
    return [
        Cell(row.quantity),
        Cell(row.ratio, row.reason or "no ratio"),
        Cell(row.interval.low, row.interval.reason or why),
        Cell(row.interval.high, row.interval.reason or why),
        Cell(None if test is None else test.t, why),
        Cell(None if test is None else test.df, why),
        Cell(None if test is None else test.p, why),
        Cell(row.holm_p, why),
    ]
