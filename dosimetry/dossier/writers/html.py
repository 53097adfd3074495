"""A dossier as one HTML file: figures inside, headings and cells said for screen readers."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dosimetry.dossier.document.document import (
    SIMULATED,
    Document,
    FigureFile,
    Heading,
    NumberedTable,
    Paragraph,
)
from dosimetry.dossier.document.table import groups
from dosimetry.dossier.writers.packages import needed
from dosimetry.dossier.writers.typeset import notes, set_rows, xml_text
from dosimetry.dossier.writers.widths import widths

TEMPLATE = Path(__file__).with_name("dossier.html")
#: Text of a printed page upright, cm and points; wider tables are printed on their side.
PRINTED_CM, PRINTED_POINTS = 18.0, 8.0


def html_text(document: Document, paper: str = "a4") -> str:
    """A dossier as the content of an .html file.

    Raises
    ------
    DosimetryError : Jinja2 is not installed.
    """
    needed("jinja2", "Jinja2", "HTML")
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, trim_blocks=False, undefined=StrictUndefined, keep_trailing_newline=True
    )
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    made = template.render(
        document=document,
        simulated=SIMULATED,
        blocks=list(_blocks(document)),
        paper={"a4": "A4", "letter": "letter"}[paper],
    )
    return xml_text(made)


def _blocks(document: Document) -> Iterator[dict[str, Any]]:
    """Blocks as the template takes them; what the head of the page says already is left out."""
    bullets: list[str] = []
    for i, block in enumerate(document.blocks):
        if isinstance(block, Paragraph) and block.bullet:
            bullets.append(block.text)
            continue
        if bullets:
            yield {"kind": "bullets", "texts": bullets}
            bullets = []
        if isinstance(block, Heading):
            following = document.blocks[i + 1] if i + 1 < len(document.blocks) else None
            side = isinstance(following, NumberedTable) and _on_side(following)
            yield {"kind": "heading", "text": block.text, "side": side}
        elif isinstance(block, NumberedTable):
            yield _table(block)
        elif isinstance(block, FigureFile):
            yield {
                "kind": "figure",
                "number": block.number,
                "caption": block.caption,
                "alternative": block.alternative,
                "png": base64.b64encode(block.path.read_bytes()).decode("ascii"),
                "mm": _width_mm(block.path.read_bytes()),
            }
        elif block.text != SIMULATED:
            yield {"kind": "paragraph", "text": block.text, "red": block.red}
    if bullets:
        yield {"kind": "bullets", "texts": bullets}


def _on_side(numbered: NumberedTable) -> bool:
    """Whether a table is printed on its side."""
    wide = sum(widths(numbered.table, PRINTED_POINTS).least_cm) > PRINTED_CM
    return bool(numbered.table.rows) and (numbered.table.landscape or wide)


def _width_mm(png: bytes) -> float:
    """Width of a PNG in print, by the resolution that it states; 300 dots per inch where it states none."""
    at = png.find(b"pHYs")
    per_m = int.from_bytes(png[at + 4 : at + 8], "big") if at >= 0 else 300 / 0.0254
    return round(1000 * int.from_bytes(png[16:20], "big") / per_m, 1)


def _table(numbered: NumberedTable) -> dict[str, Any]:
    table = numbered.table
    rows, before = [], ""
    for row, cells in set_rows(table):
        kind = "" if row.kind == "body" else str(row.kind)
        if row.kind == "total" and before != "total":
            kind = "total first"
        before = row.kind
        rows.append(
            {
                "kind": kind,
                "span": len(table.columns) if row.kind == "heading" else 0,
                "cells": [
                    {"text": cell.text + cell.padding, "letter": cell.letter, "right": column.right}
                    for cell, column in zip(cells, table.columns, strict=row.kind != "heading")
                ],
            }
        )
    return {
        "kind": "table",
        "number": numbered.number,
        "title": table.title,
        "columns": table.columns,
        "groups": groups(table.columns) if any(c.group for c in table.columns) else [],
        "rows": rows,
        "side": _on_side(numbered),
        "notes": notes(table),
    }
