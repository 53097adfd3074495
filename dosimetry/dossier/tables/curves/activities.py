"""T2: measured activities of every region, a table a region."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dosimetry.dossier.document.table import Cell, Column, Row, Table
from dosimetry.dossier.tables import footnotes
from dosimetry.dossier.tables.parts import Source, error, hours, organ_order

if TYPE_CHECKING:
    from dosimetry.dossier.document.options import TableOptions
    from dosimetry.dossier.results.results import Results

SEVERAL = "several"
#: Amount that a concentration was multiplied by: column of the result table -> head, unit.
AMOUNTS = {"mass_g": ("Mass", "g"), "volume_mL": ("Volume", "mL")}


def activities_table(results: Results, options: TableOptions) -> Table | list[Table]:
    """Every measured point with its SD, and the whole region's activity in % of what was administered."""
    source = Source(results, "activities")
    if not len(source):
        return Table(
            "activities",
            "Measured activities",
            reason="TIACs were given to this study: it has no measured activities",
            simulated=results.simulated,
            sha256=results.sha256,
        )
    regions = dict.fromkeys(source.column("region"))
    first = [r for r in ("whole body", "serum") if r in regions]
    organs = organ_order(r for r in regions if r not in first)
    return [_region(results, source, region, options) for region in (*first, *organs)]


def _region(results: Results, source: Source, region: str, options: TableOptions) -> Table:
    at = [i for i, r in enumerate(source.column("region")) if r == region]

    def those(column: str) -> set[str]:
        return {source.at(i, column) for i in at}

    def any_number(column: str) -> bool:
        return any(source.at(i, column) == source.at(i, column) for i in at)

    rule, units = options.rule, those("unit")
    unit = next(iter(units)) if len(units) == 1 else ""
    amounts = [name for name in AMOUNTS if any_number(name)]
    with_percent = any_number("value_percent_IA") and units != {"%IA"}
    low = any(source.at(i, "below_limit") != "no" for i in at)
    several_states = len(those("decay_corrected")) > 1
    columns = [
        Column("subject", "Subject"),
        Column("time_h", "Time", "h", digits=rule),
        Column("value", "Activity" if unit == "%IA" else "Concentration", unit, digits=rule),
        Column("sd", "SD", unit, digits=rule),
    ]
    columns += [Column("unit", "Unit")] * (not unit)
    columns += [Column("decay_corrected", "Decay-corrected")] * several_states
    columns += [Column(name, *AMOUNTS[name], digits=rule) for name in amounts]
    if with_percent:
        columns += [
            Column("value_percent_IA", "Activity", "%IA", digits=rule),
            Column("sd_percent_IA", "SD", "%IA", digits=rule),
        ]
    columns += [Column("below_limit", "Below limit")] * low
    rows = []
    for i in at:
        why_sd = "no standard deviation was stated"
        if source.at(i, "value") != source.at(i, "value"):
            why_sd = why = f"below the limit of quantification ({source.at(i, 'below_limit')})"
        else:
            why = "not measured"

        def number(column: str, why: str, row: int = i) -> Cell:
            cell = source.cell(row, column, why_not=why)
            return Cell(None, why) if cell.value is None else cell

        value = number("value", why)
        cells = [
            Cell(source.at(i, "patient")),
            replace(number("time_h", why), digits=hours(source.at(i, "time_h"))),
            value,
            error(number("sd", why_sd)),
        ]
        cells += [Cell(source.at(i, "unit"))] * (not unit)
        cells += [Cell(source.at(i, "decay_corrected"))] * several_states
        cells += [number(name, f"none is used for {source.at(i, 'unit')}") for name in amounts]
        if with_percent:
            percent = number("value_percent_IA", why)
            cells += [percent, error(number("sd_percent_IA", why_sd))]
        cells += [Cell(source.at(i, "below_limit"))] * low
        rows.append(Row(tuple(cells)))
    return Table(
        f"activities_{region.replace(' ', '_')}",
        f"Measured {'concentration' if region == 'serum' else 'activity'}: {region}",
        tuple(columns),
        tuple(rows),
        _notes(results, region, those("decay_corrected"), with_percent, amounts, low),
        simulated=results.simulated,
        sha256=results.sha256,
    )


def _notes(
    results: Results, region: str, states: set[str], percent: bool, amounts: list[str], low: bool
) -> tuple[str, ...]:
    state = {
        "yes": "Activities are decay-corrected to the time of administration.",
        "no": "Activities are at the time of measurement, not decay-corrected.",
    }
    notes = [
        *footnotes.simulated(results),
        "Time is after administration. %IA: per cent of the administered activity.",
    ]
    notes += [state[s] for s in states] if len(states) == 1 else []
    notes.append(
        "SD: standard deviation of the one measurement (counting statistics, or as stated with it), not"
        " between subjects; it holds no uncertainty of calibration, mass or volume."
    )
    if percent and amounts:
        by = footnotes.joined([AMOUNTS[a][0].lower() for a in amounts])
        notes.append(f"Activity of the whole region: concentration times {by}.")
    if "volume_mL" in amounts:
        densities = {
            k.rpartition(".")[2]: v
            for k, v in results.settings.items()
            if k.startswith("organs.tissue_density_g_per_mL.")
        }
        if densities:
            listed = ", ".join(f"{name} {value:g}" for name, value in densities.items())
            notes.append(
                f"Volume: mass of the region over its density (g/mL: {listed}). {footnotes.masses(results)}"
            )
    elif amounts:
        notes.append(footnotes.masses(results))
    if low:
        notes.append(
            "Below limit: the limit of quantification of a value below it, and what was done with it."
        )
    said = dict.fromkeys(c.note for c in results.of(region) if c.note)
    whose = {note: [c.patient for c in results.of(region) if c.note == note] for note in said}
    notes += [f"{', '.join(who)}: {note}." for note, who in whose.items()]
    return tuple(notes)
