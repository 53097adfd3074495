"""From results, options and a shell to a document: what its first page says, numbered tables, figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

from dosimetry.dossier.document.document import (
    SIMULATED,
    Block,
    Document,
    FigureFile,
    Heading,
    NumberedTable,
    Paragraph,
)
from dosimetry.dossier.document.table import Cell, Table
from dosimetry.dossier.tables.registry import tables_of

if TYPE_CHECKING:
    from dosimetry.dossier.document.options import TableOptions
    from dosimetry.dossier.results.results import Results
    from dosimetry.dossier.shells.reading import Shell

#: Digits that a number keeps on its way into a dossier, seven of them from the CSV tables: a product with a
#: factor of units has no 0.30000000000000004 in it then, and all files have the same number.
KEPT_DIGITS = 12


def assemble(
    results: Results,
    options: TableOptions,
    shell: Shell,
    figures: Sequence[FigureFile] = (),
    *,
    made_utc: str,
) -> Document:
    """A dossier apart from how it is written.

    Parameters
    ----------
    results : of a study.
    options : digits, units and the like.
    shell : which tables and figures, in which order.
    figures : drawn figures; each goes to the section whose shell names the beginning of its file's name.
    made_utc : date and time that the dossier says it was made.
    """
    numbers = {"table": 0, "figure": 0}
    blocks: list[Block] = []
    left = list(figures)
    for part in shell.parts:
        inside: list[Block] = []
        for name in part.tables:
            for table in tables_of(name, results, options):
                numbers["table"] += 1
                inside.append(NumberedTable(str(numbers["table"]), tidied(table)))
        for beginning in part.figures:
            for figure in [f for f in left if f.path.stem.startswith(beginning)]:
                left.remove(figure)
                numbers["figure"] += 1
                inside.append(replace(figure, number=str(numbers["figure"])))
        if inside:
            blocks += [Heading(part.heading), *inside]
    return Document(
        title=f"{shell.title}: {results.product}",
        facts=facts(results, shell, made_utc),
        blocks=(*_warnings(results), *blocks),
        simulated=results.simulated,
        made_utc=made_utc,
    )


def tidied(table: Table) -> Table:
    """A table whose numbers have twelve digits, so that every file of a dossier has the same.

    >>> from dosimetry.dossier.document.table import Column, Row
    >>> tidied(Table("t", "T", (Column("a", "A"),), (Row((Cell(0.1 * 3),)),))).rows[0].cells[0].value
    0.3
    """

    def tidy(cell: Cell) -> Cell:
        if not isinstance(cell.value, float):
            return cell
        return replace(cell, value=float(f"{cell.value:.{KEPT_DIGITS}g}"))

    return replace(table, rows=tuple(replace(row, cells=tuple(map(tidy, row.cells))) for row in table.rows))


def facts(results: Results, shell: Shell, made_utc: str) -> dict[str, str]:
    """What the first page says: what it is about, how it was made, and of what."""
    who = list(results.sexes.values())
    sexes = ", ".join(f"{who.count(sex)} {sex}" for sex in sorted(set(who)))
    decay = results.provenance["decay data"]
    ours = version("milligray")
    found = {
        "Study": results.name,
        "Radiopharmaceutical": results.product,
        "Nuclide": f"{results.nuclide}, half-life {results.half_life_h:g} h; {decay.get('source', '')}",
        "Subjects": f"{len(who)} ({sexes})",
        "Data": "SIMULATED" if results.simulated else "measured",
        "Note on the data": str(results.setting("note", "")),
        "Bodies": ", ".join(results.bodies),
        "Contents": f"{shell.about} (shell '{shell.name}')",
        "Results computed by": f"milligray {results.versions.get('milligray', 'of unknown version')}",
        "Dossier made by": f"milligray {ours}, {made_utc}",
        "SHA-256 of the results": results.sha256,
    }
    for section, (name, digest) in sorted(results.inputs.items()):
        about = f"SHA-256 of {name}"
        # files of one name may come from several folders
        found[about if found.get(about, digest) == digest else f"{about} [{section}]"] = digest
    return {name: text for name, text in found.items() if text}


def _warnings(results: Results) -> Iterator[Block]:
    """What the run warned of, before all tables."""
    if results.simulated:
        yield Paragraph(SIMULATED, red=True)
    if results.warnings:
        yield Heading("Warnings of the computation")
        for warning in results.warnings:
            yield Paragraph(warning, bullet=True)
