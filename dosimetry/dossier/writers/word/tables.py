"""A table of a dossier as a Word table: heads that repeat on every page, rows that do not break."""

from __future__ import annotations

from collections.abc import Iterator

from dosimetry.dossier.document.table import Column, Table, groups
from dosimetry.dossier.writers.typeset import SetCell, set_rows
from dosimetry.dossier.writers.widths import widths
from dosimetry.dossier.writers.word.styles import HEAD, TABLE, TEXT
from dosimetry.dossier.writers.word.xml import attribute, paragraph, run, twips

#: Font sizes of tables, points: upright, on their side, and where the words do not fit even there.
POINTS, SIDE_POINTS, SMALL_POINTS = 9.0, 8.0, 7.0
#: Tables of so many rows at most stay on one page; of longer ones so many rows at both ends.
KEPT_TOGETHER, KEPT_AT_ENDS = 34, 4
#: Lines above and below, eighths of a point.
THIN = 4


def needs_landscape(table: Table, portrait_cm: float) -> bool:
    """Whether a table goes onto a page on its side: it says so, or its words do not fit on the other."""
    return table.landscape or sum(widths(table, POINTS).least_cm) > portrait_cm


def table_xml(table: Table, available_cm: float, *, small: bool = False) -> str:
    """A table as XML, no wider than the page's text.

    small : in a smaller font, as on pages on their side, whose height is short.
    """
    needed, points = widths(table, SIDE_POINTS if small else POINTS), SIDE_POINTS if small else None
    if sum(needed.least_cm) > available_cm:
        needed, points = widths(table, SMALL_POINTS), SMALL_POINTS
    columns = [twips(w) for w in needed.fitted(available_cm)]
    rows = set_rows(table)
    found = [_start(table, columns), *_heads(table, columns, points)]
    for i, (row, cells) in enumerate(rows):
        # the last rows stay with the footnotes, a heading with what it is above of
        at_end = i < KEPT_AT_ENDS or i >= len(rows) - KEPT_AT_ENDS
        keep = len(rows) <= KEPT_TOGETHER or at_end or row.kind == "heading"
        if row.kind == "heading":
            heading = run(cells[0].text, bold=True, points=points)
            content = _cell(heading, sum(columns), keep, span=len(columns))
        else:
            above = row.kind == "total" and (i == 0 or rows[i - 1][0].kind != "total")
            content = "".join(
                _cell(
                    _runs(cell, points),
                    width,
                    keep,
                    align="right" if column.right else "",
                    line="top" if above else "",
                )
                for cell, column, width in zip(cells, table.columns, columns, strict=True)
            )
        found.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{content}</w:tr>")
    return "".join([*found, "</w:tbl>"])


def _start(table: Table, columns: list[int]) -> str:
    """What is said of the whole table; its title is what a screen reader says."""
    about = (
        f'<w:tblStyle w:val="{TABLE}"/><w:tblW w:w="{sum(columns)}" w:type="dxa"/>'
        '<w:tblLayout w:type="fixed"/>'
        '<w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0"'
        ' w:noHBand="1" w:noVBand="1"/>'
        f"<w:tblCaption w:val={attribute(table.title)}/>"
        f"<w:tblDescription w:val={attribute('; '.join(c.head for c in table.columns))}/>"
    )
    grid = "".join(f'<w:gridCol w:w="{w}"/>' for w in columns)
    return f"<w:tbl><w:tblPr>{about}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>"


def _heads(table: Table, columns: list[int], points: float | None) -> Iterator[str]:
    """Rows of heads: groups of columns where there are some, then heads with their units."""
    start = "<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>"
    if any(c.group for c in table.columns):
        at, content = 0, ""
        for name, n in groups(table.columns):
            content += _cell(
                run(name, points=points),
                sum(columns[at : at + n]),
                True,
                style=HEAD,
                span=n,
                align="center",
                line="bottom" if name else "",
            )
            at += n
        yield f"{start}{content}</w:tr>"
    content = "".join(
        _cell(
            _head(column, points),
            width,
            True,
            style=HEAD,
            align="right" if column.right else "",
            line="bottom",
        )
        for column, width in zip(table.columns, columns, strict=True)
    )
    yield f"{start}{content}</w:tr>"


def _head(column: Column, points: float | None) -> str:
    unit = f"<w:r><w:br/></w:r>{run(f'({column.unit})', bold=False, points=points)}" if column.unit else ""
    return run(column.head, points=points) + unit


def _runs(cell: SetCell, points: float | None) -> str:
    text = run(cell.text + cell.padding, points=points)
    return text + (run(cell.letter, superscript=True, points=points) if cell.letter else "")


def _cell(
    content: str,
    width: int,
    keep: bool,
    *,
    style: str = TEXT,
    span: int = 1,
    align: str = "",
    line: str = "",
) -> str:
    about = f'<w:tcW w:w="{width}" w:type="dxa"/>'
    about += f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    if line:
        rule = f'<w:{line} w:val="single" w:sz="{THIN}" w:space="0" w:color="auto"/>'
        about += f"<w:tcBorders>{rule}</w:tcBorders>"
    about += '<w:vAlign w:val="bottom"/>' if style == HEAD else ""
    inside = paragraph(style, content, align=align, keep_with_next=keep)
    return f"<w:tc><w:tcPr>{about}</w:tcPr>{inside}</w:tc>"
