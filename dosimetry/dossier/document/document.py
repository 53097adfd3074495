"""A dossier apart from how it is written: headings, paragraphs, tables and figures, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dosimetry.dossier.document.table import Table

#: Said in red on the first page, on every page and at every table.
SIMULATED = "SIMULATED DATA: no number here was measured in a patient"


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a section."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of plain text; ``red`` for what must not be overlooked, ``bullet`` for one of a list."""

    text: str
    red: bool = False
    bullet: bool = False


@dataclass(frozen=True)
class NumberedTable:
    """A table with the number that it has in this document."""

    number: str
    table: Table


@dataclass(frozen=True)
class FigureFile:
    """A figure that lies in a file (PNG), with its number, caption and a text for those who can't see it."""

    number: str
    path: Path
    caption: str
    alternative: str


Block = Heading | Paragraph | NumberedTable | FigureFile


@dataclass(frozen=True)
class Document:
    """All of a dossier.

    title : of the whole.
    facts : what the first page says of it: name -> text (study, product, nuclide, program, hash).
    simulated : whether numbers in it come from simulated data.
    made_utc : date and time it was made (:func:`dosimetry.report.archive.made_utc`).
    """

    title: str
    facts: dict[str, str]
    blocks: tuple[Block, ...]
    simulated: bool
    made_utc: str

    @property
    def tables(self) -> list[NumberedTable]:
        """Its tables, in order."""
        return [b for b in self.blocks if isinstance(b, NumberedTable)]

    @property
    def figures(self) -> list[FigureFile]:
        """Its figures, in order."""
        return [b for b in self.blocks if isinstance(b, FigureFile)]
