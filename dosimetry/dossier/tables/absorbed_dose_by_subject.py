"""T6: absorbed dose coefficients of every subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.dossier.document.table import Cell, Column, Row, Table
from dosimetry.dossier.tables import footnotes
from dosimetry.dossier.tables.absorbed_dose import (
    DOSE,
    EFFECTIVE,
    ORGAN,
    effective_label,
    in_name,
    weight_sets,
)
from dosimetry.dossier.tables.parts import (
    PER_CENT,
    Source,
    beside,
    capital,
    coefficient_of_variation,
    organ_order,
    pages,
)
from dosimetry.study.results import EACH

if TYPE_CHECKING:
    from dosimetry.dossier.document.options import TableOptions
    from dosimetry.dossier.results.results import Results

#: Subjects beside each other, at most; one page has the mean, SD and CV too.
MOST = 10
NOT_THERE = "the subject's body has no such region"


def absorbed_dose_by_subject_table(results: Results, options: TableOptions) -> list[Table]:
    """A row an organ, a column a subject; mean, SD and CV on the last page."""
    who = pages(results.patients, MOST)
    return [_page(results, options, page, i, len(who)) for i, page in enumerate(who)]


def _page(results: Results, options: TableOptions, subjects: list[str], number: int, of: int) -> Table:
    doses = Source(results, "organ_doses", ("target",))
    effective = Source(results, "effective_dose", ("quantity", "weights"))
    unit, rule, last = options.units, options.rule, number == of - 1
    name, sex = in_name(unit.absorbed), results.sexes
    columns = [
        ORGAN,
        *(Column(f"{s}_{name}", s, sex[s], unit.absorbed, rule) for s in subjects),
    ]
    if last:
        columns += [
            Column(f"mean_{name}", "Mean", "", "All", rule),
            Column(f"sd_{name}", "SD", "", "All", rule),
            Column("cv_percent", "CV", "%", "All", PER_CENT),
        ]

    def row(source: Source, key: tuple[str, ...], value: str, label: str, kind: str = "body") -> Row:
        cells = [
            source.cell(source.row.get((s, EACH, *key)), value, why_not=NOT_THERE, factor=unit.factor)
            for s in subjects
        ]
        if last:
            mean, sd = (source.statistic(key, value, s, factor=unit.factor) for s in ("mean", "sd"))
            cells += [mean, beside(mean, sd, rule), coefficient_of_variation(mean, sd)]
        return Row((Cell(label), *cells), "total" if kind == "total" else "body")

    rows = [row(doses, (t,), DOSE, capital(t)) for t in organ_order(doses.column("target"))]
    rows += [
        row(effective, (q, w), EFFECTIVE, effective_label(q, w, [unit]), "total")
        for q, w in weight_sets(results, options)
    ]
    part = f", part {number + 1} of {of}" if of > 1 else ""
    return Table(
        "absorbed_dose_by_subject" + (f"_{number + 1}" if of > 1 else ""),
        f"Absorbed dose coefficients and effective dose of each subject{part}",
        tuple(columns),
        tuple(rows),
        footnotes.of_doses(
            results,
            "Mean, SD and CV are of all subjects, and stand on the last part." if of > 1 else "",
            footnotes.BETWEEN_SUBJECTS,
            "Effective doses are of the subjects' own bodies, not averaged over the sexes.",
        ),
        simulated=results.simulated,
        sha256=results.sha256,
        landscape=True,
    )
