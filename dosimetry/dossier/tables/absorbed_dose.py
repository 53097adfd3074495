"""T5: absorbed dose coefficients by organ and effective doses, over the cohort and by sex."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dosimetry.doses.effective import averaged_sets
from dosimetry.dossier.document.numbers import DoseUnits
from dosimetry.dossier.document.table import Cell, Column, Row, Table
from dosimetry.dossier.tables import footnotes
from dosimetry.dossier.tables.dose_means import NO_SD_OF_AVERAGED
from dosimetry.dossier.tables.parts import (
    GROUPS,
    Source,
    capital,
    organ_order,
    statistic_cells,
    statistic_columns,
)
from dosimetry.study.results import COHORT

if TYPE_CHECKING:
    from dosimetry.dossier.document.options import TableOptions
    from dosimetry.dossier.results.results import Results

ORGAN = Column("organ", "Target region")
DOSE, EFFECTIVE = "dose_mGy_per_MBq", "effective_dose_mSv_per_MBq"
SEX_AVERAGED = "sex-averaged"


def absorbed_dose_table(results: Results, options: TableOptions) -> list[Table]:
    """Statistics of every organ's dose, the effective doses last; by sex too, where there are both."""
    groups = [g for g in GROUPS if g and Source(results, "organ_doses").has_group(g)]
    tables = [_table(results, options, ("",))]
    if groups:
        tables.append(_table(results, options, groups))
    return tables


def weight_sets(results: Results, options: TableOptions) -> list[tuple[str, str]]:
    """(quantity, weights) of the effective doses that are asked for and that the results have."""
    frame = results.table("effective_dose")
    found = dict.fromkeys(zip(frame["quantity"], frame["weights"], strict=True))
    return [pair for pair in found if not options.effective_dose or pair[1] in options.effective_dose]


def units_of(options: TableOptions) -> list[DoseUnits]:
    """Units of the doses, one set or two."""
    return [options.units, *([options.also_units] if options.also_units is not None else [])]


def in_name(unit: str) -> str:
    """A unit as part of a column's name.

    >>> in_name("mGy/MBq")
    'mGy_per_MBq'
    """
    return unit.replace("/", "_per_")


def effective_label(quantity: str, weights: str, units: Sequence[DoseUnits], more: str = "") -> str:
    """What stands at the beginning of a row of an effective dose, with its unit.

    >>> from dosimetry.dossier.document.numbers import UNITS
    >>> effective_label("effective dose", "ICRP 60", [UNITS["mGy/MBq"], UNITS["rad/mCi"]])
    'Effective dose, ICRP 60 (mSv/MBq; rem/mCi)'
    """
    return f"{capital(quantity)}, {weights}{more} ({'; '.join(u.effective for u in units)})"


def _table(results: Results, options: TableOptions, groups: Sequence[str]) -> Table:
    """All subjects together (groups: ""), or each sex in columns beside the other."""
    doses = Source(results, "organ_doses", ("target",))
    effective = Source(results, "effective_dose", ("quantity", "weights"))
    units, rule, short = units_of(options), options.rule, groups != ("",)
    first = units[0]
    columns = [ORGAN]
    for g in groups:
        group, end = (
            (GROUPS[g], f"_{GROUPS[g].lower()}") if short else (first.absorbed * (len(units) > 1), "")
        )
        columns += statistic_columns(
            first.absorbed, in_name(first.absorbed), rule, group=group, end=end, short=short
        )
    if not short:
        for unit in units[1:]:
            columns += [
                Column(f"{s}_{in_name(unit.absorbed)}", head, unit.absorbed, unit.absorbed, rule)
                for s, head in (("mean", "Mean"), ("sd", "SD"))
            ]

    def cells(source: Source, of: tuple[str, ...], value: str) -> list[Cell]:
        found = [
            c
            for g in groups
            for c in statistic_cells(source, of, value, rule, group=g, factor=first.factor, short=short)
        ]
        if not short:
            for unit in units[1:]:
                found += statistic_cells(source, of, value, rule, factor=unit.factor)[1:3]
        return found

    shown = units if not short else units[:1]
    rows = [Row((Cell(capital(t)), *cells(doses, (t,), DOSE))) for t in organ_order(doses.column("target"))]
    for quantity, weights in weight_sets(results, options):
        averaged = effective.row.get((COHORT, SEX_AVERAGED, quantity, weights))
        if averaged is not None and not short:
            label = effective_label(quantity, weights, shown, f", {SEX_AVERAGED}")
            rows.append(Row((Cell(label), *_averaged(effective, averaged, options)), "total"))
        more = ", of the subjects' own bodies" if averaged is not None else ""
        rows.append(
            Row(
                (
                    Cell(effective_label(quantity, weights, shown, more)),
                    *cells(effective, (quantity, weights), EFFECTIVE),
                ),
                "total",
            )
        )
    by = " by sex" if short else ""
    return Table(
        "absorbed_dose" + by.replace(" ", "_"),
        f"Absorbed dose coefficients and effective dose{by}",
        tuple(columns),
        tuple(rows),
        footnotes.of_doses(
            results, footnotes.BETWEEN_SUBJECTS, *_notes(effective, weight_sets(results, options))
        ),
        simulated=results.simulated,
        sha256=results.sha256,
        landscape=short or len(units) > 1,
    )


def _averaged(source: Source, row: int, options: TableOptions) -> list[Cell]:
    """The sex-averaged effective dose stands under the mean; it has no other statistic."""
    nothing = Cell(None, NO_SD_OF_AVERAGED)
    units = units_of(options)
    mean = source.cell(row, EFFECTIVE, why_not=NO_SD_OF_AVERAGED, factor=units[0].factor)
    found = [source.cell(row, "n", why_not=NO_SD_OF_AVERAGED), mean, *[nothing] * 5]
    for unit in units[1:]:
        found += [source.cell(row, EFFECTIVE, why_not=NO_SD_OF_AVERAGED, factor=unit.factor), nothing]
    return found


def _notes(effective: Source, weights: Sequence[tuple[str, str]]) -> list[str]:
    has = any(key[1] == SEX_AVERAGED for key in effective.row)
    of_both = [w for _, w in weights if w in averaged_sets()]
    notes = ["Absorbed doses are physical doses, without radiation weighting."]
    if of_both and not has:
        notes.append(
            f"Effective dose by {footnotes.joined(of_both)} is of the subjects' own bodies, of one sex: it is"
            " not sex-averaged, as its definition asks."
        )
    elif of_both:
        notes.append(
            "Effective dose by ICRP 103, sex-averaged: equivalent doses averaged over the mean man and the"
            " mean woman of this study. Of the subjects' own bodies: each subject's with the tissue weights,"
            " not averaged over the sexes; it is given for its spread."
        )
    return notes
