"""T7, the label's table: dose coefficients of a diagnostic, and of a therapy with the doses of a course."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dosimetry.dossier.document.numbers import Digits, DoseUnits
from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.document.table import Cell, Column, Kind, Row, Table
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables.dose_means import MeanDose, effective_means, has_alphas, organ_means
from dosimetry.dossier.tables.footnotes import BETWEEN_SUBJECTS, of_doses
from dosimetry.dossier.tables.parts import COUNT, beside, capital
from dosimetry.errors import DosimetryError

#: mGy/MBq to Gy/GBq.
GY_PER_GBQ = 1.0
NO_EFFECTIVE_DOSE = (
    "Effective dose is not given: it is a quantity of radiation protection and does not tell the risk of a"
    " therapy (Stokke et al., Eur J Nucl Med Mol Imaging 2024;51:1268-1286, Table 4: of therapies"
    " non-sensical)."
)
MEANS = (
    "Means of the subjects' own doses, each from the subject's own TIACs, not doses of mean TIACs; n:"
    " subjects who count for the region."
)
ALPHAS = (
    "Absorbed doses are not weighted; in effective doses alphas and recoil nuclei count 20 times (w_R of ICRP"
    " 60 and 103)."
)


def label_table(results: Results, options: TableOptions) -> list[Table]:
    """Dose coefficients as a label prints them; with a course of therapy its doses in a second table.

    Parameters
    ----------
    results : of a study.
    options : units and digits; ``cycles`` and ``activity_GBq_per_cycle`` of a course.

    Returns
    -------
    The diagnostic table (mean and SD by region, effective doses last), and with a course the therapeutic one:
    Gy/GBq, Gy of one cycle and of the course. A course of which one number is missing has a table without
    rows that says so.

    Raises
    ------
    DosimetryError : a number of cycles that is no whole number of 1 or more, an activity that is not above 0.
    """
    check_course(options)
    tables = [_diagnostic(results, options)]
    if options.cycles is not None or options.activity_GBq_per_cycle is not None:
        tables.append(_therapeutic(results, options))
    return tables


def check_course(options: TableOptions) -> None:
    """Nothing, where a course of therapy is a possible one.

    Raises
    ------
    DosimetryError : it is not; both numbers at once.
    """
    bad = []
    cycles, activity = options.cycles, options.activity_GBq_per_cycle
    if cycles is not None and (isinstance(cycles, bool) or cycles != int(cycles) or cycles < 1):
        bad.append(f"cycles is {cycles}; a whole number of 1 or more is needed")
    if activity is not None and not (math.isfinite(activity) and activity > 0.0):
        bad.append(f"activity_GBq_per_cycle is {activity:g}; a number above 0, in GBq, is needed")
    if bad:
        raise DosimetryError(*bad)


def _diagnostic(results: Results, options: TableOptions) -> Table:
    units = [options.units, *([options.also_units] if options.also_units else [])]
    columns = (Column("target", "Target region"), Column("n", "n", digits=COUNT))
    rows = [_row(m, [u.factor for u in units], options.rule) for m in organ_means(results)]
    for one in effective_means(results, options.effective_dose):
        if isinstance(one, str):
            why = f"the study has no effective dose by {one}; add it to effective_dose in the study file"
            empty = (Cell(None, reason=why) for _ in range(1 + 2 * len(units)))
            rows.append(Row((Cell(f"Effective dose, {one}"), *empty), "total"))
        else:
            effective = "; ".join(u.effective for u in units)
            factors = [u.factor for u in units]
            rows.append(_row(one, factors, options.rule, f" ({effective})", "total"))
    return Table(
        "label_diagnostic",
        f"Radiation absorbed dose of {results.product} per unit administered activity",
        (*columns, *(c for u in units for c in _dose_columns(u, options))),
        tuple(rows),
        footnotes=_notes(results),
        simulated=results.simulated,
        sha256=results.sha256,
    )


def _dose_columns(units: DoseUnits, options: TableOptions) -> tuple[Column, Column]:
    per = units.absorbed.replace("/", "_per_")
    return (
        Column(f"mean_{per}", "Mean", units.absorbed, digits=options.rule),
        Column(f"sd_{per}", "SD", units.absorbed, digits=options.rule),
    )


def _notes(results: Results) -> tuple[str, ...]:
    alphas = ALPHAS if has_alphas(results) else ""
    return of_doses(results, MEANS, BETWEEN_SUBJECTS, alphas)


def _row(m: MeanDose, factors: Sequence[float], rule: Digits, of: str = "", kind: Kind = "body") -> Row:
    cells = [Cell(capital(m.name) + of), Cell(m.n)]
    for factor in factors:
        cells += [m.mean(factor), beside(m.mean(factor), m.sd(factor), rule)]
    return Row(tuple(cells), kind)


def _therapeutic(results: Results, options: TableOptions) -> Table:
    k, activity = options.cycles, options.activity_GBq_per_cycle
    if k is None or activity is None:
        lacking = "the number of cycles" if k is None else "the activity of a cycle in GBq"
        return Table(
            "label_therapeutic",
            "Radiation absorbed dose of a course of therapy",
            reason=f"{lacking} was not given; a course needs the number of cycles and the activity of each",
            simulated=results.simulated,
            sha256=results.sha256,
        )
    course = k * activity
    of_course = f"{k} x {activity:g} GBq" if k > 1 else f"{activity:g} GBq"
    digits = options.rule
    columns = (
        Column("target", "Target region"),
        Column("n", "n", digits=COUNT),
        Column("mean_Gy_per_GBq", "Mean", "Gy/GBq", "Per unit activity", digits),
        Column("sd_Gy_per_GBq", "SD", "Gy/GBq", "Per unit activity", digits),
        Column("mean_cycle_Gy", "Mean", "Gy", f"One cycle, {activity:g} GBq", digits),
        Column("sd_cycle_Gy", "SD", "Gy", f"One cycle, {activity:g} GBq", digits),
        Column("mean_course_Gy", "Mean", "Gy", f"Course, {of_course}", digits),
        Column("sd_course_Gy", "SD", "Gy", f"Course, {of_course}", digits),
    )
    rows = tuple(_row(m, (GY_PER_GBQ, activity, course), digits) for m in organ_means(results))
    return Table(
        "label_therapeutic",
        f"Radiation absorbed dose of {results.product}: course of {of_course}",
        columns,
        rows,
        footnotes=(
            f"Course: {of_course}, {course:g} GBq in all, as if every cycle had the doses per activity of"
            " this study; no change of uptake or mass from cycle to cycle is in it.",
            "Absorbed dose; alphas are not weighted by any relative biological effectiveness.",
            NO_EFFECTIVE_DOSE,
            *_notes(results),
        ),
        simulated=results.simulated,
        sha256=results.sha256,
    )
