"""T4: time-integrated activity coefficients by region, over the cohort, by sex and by subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.dossier.document.table import Cell, Column, Kind, Row, Table
from dosimetry.dossier.tables import footnotes
from dosimetry.dossier.tables.parts import (
    GROUPS,
    Source,
    capital,
    organ_order,
    statistic_cells,
    statistic_columns,
)

if TYPE_CHECKING:
    from dosimetry.dossier.document.options import TableOptions
    from dosimetry.dossier.results.results import Results

REGION = Column("region", "Source region")
WHOLE_BODY = "whole body"


def tiacs_table(results: Results, options: TableOptions) -> list[Table]:
    """n, mean, SD, CV, median, minimum and maximum of every region's TIAC; by sex where there are both."""
    source = Source(results, "tiac", ("source",))
    regions = organ_order(source.column("source"))
    rule = options.rule
    notes = (
        *footnotes.simulated(results),
        footnotes.subjects(results),
        "TIAC: time-integrated activity coefficient, h (MBq h per MBq administered).",
        footnotes.BETWEEN_SUBJECTS,
        *(["Whole body: measured or given as a whole; it is no source region."] * (WHOLE_BODY in regions)),
        *footnotes.blood(results),
        footnotes.remainder(results),
        footnotes.bladder(results),
        *footnotes.gut(results),
        *footnotes.curves(results),
        *_own_tiac(source),
    )
    rows = tuple(
        Row((Cell(capital(r)), *statistic_cells(source, (r,), "tiac_h", rule)), _kind(r)) for r in regions
    )
    tables = [
        Table(
            "tiacs",
            "Time-integrated activity coefficients",
            (REGION, *statistic_columns("h", "h", rule)),
            rows,
            notes,
            simulated=results.simulated,
            sha256=results.sha256,
        )
    ]
    by_sex = [g for g in GROUPS if g and source.has_group(g)]
    if by_sex:
        tables.append(
            Table(
                "tiacs_by_sex",
                "Time-integrated activity coefficients by sex",
                (
                    REGION,
                    *(
                        c
                        for g in by_sex
                        for c in statistic_columns(
                            "h", "h", rule, group=GROUPS[g], end=f"_{GROUPS[g].lower()}", short=True
                        )
                    ),
                ),
                tuple(
                    Row(
                        (
                            Cell(capital(r)),
                            *(
                                c
                                for g in by_sex
                                for c in statistic_cells(source, (r,), "tiac_h", rule, group=g, short=True)
                            ),
                        ),
                        _kind(r),
                    )
                    for r in regions
                ),
                notes,
                simulated=results.simulated,
                sha256=results.sha256,
                landscape=True,
            )
        )
    return tables


def _kind(region: str) -> Kind:
    return "total" if region == WHOLE_BODY else "body"


def _own_tiac(source: Source) -> list[str]:
    """Who has no TIAC of a region that others have, and why."""
    whys: dict[str, list[str]] = {}
    for i, who in enumerate(source.column("patient")):
        if source.at(i, "statistic") == "value" and source.at(i, "n") == 0:
            region, why = str(source.at(i, "source")), str(source.at(i, "reason"))
            whys.setdefault(f"{region}: {why.removeprefix(f'{region}: ')}", []).append(who)
    everyone = len(
        {w for w, s in zip(source.column("patient"), source.column("statistic"), strict=True) if s == "value"}
    )
    return [
        f"{'All subjects' if len(who) == everyone else ', '.join(who)}: {why}." for why, who in whys.items()
    ]
