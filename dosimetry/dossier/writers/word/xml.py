"""Pieces of WordprocessingML as text: paragraphs, runs, fields, bookmarks."""

from __future__ import annotations

import re
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from dosimetry.dossier.writers.typeset import xml_text

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
#: Twentieths of a point, in which Word measures, in a centimetre.
TWIPS_PER_CM = 1440 / 2.54
RED = "C00000"
_FIRST_TAG = re.compile(r"<w:\w+")


def twips(cm: float) -> int:
    """Centimetres as twentieths of a point."""
    return round(cm * TWIPS_PER_CM)


def attribute(text: str) -> str:
    """A text as the quoted value of an attribute."""
    return quoteattr(xml_text(text))


def run(
    text: str,
    *,
    bold: bool | None = None,
    superscript: bool = False,
    red: bool = False,
    points: float | None = None,
) -> str:
    """A run of text; a line break where the text has one. ``bold`` is None where its style says."""
    if not text:
        return ""
    properties = {None: "", True: "<w:b/>", False: '<w:b w:val="0"/>'}[bold]
    properties += f'<w:color w:val="{RED}"/>' if red else ""
    if points is not None:
        properties += f'<w:sz w:val="{round(2 * points)}"/><w:szCs w:val="{round(2 * points)}"/>'
    if superscript:
        properties += '<w:vertAlign w:val="superscript"/>'
    about = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    lines = [f'<w:t xml:space="preserve">{escape(xml_text(line))}</w:t>' for line in text.split("\n")]
    return f"<w:r>{about}{'<w:br/>'.join(lines)}</w:r>"


def field(code: str, shown: str, *, outdated: bool = False, points: float | None = None) -> str:
    """A field with what it shows until it is updated; ``outdated``: it is updated when the file is opened."""
    dirty = ' w:dirty="true"' if outdated else ""
    size = f'<w:rPr><w:sz w:val="{round(2 * points)}"/></w:rPr>' if points is not None else ""
    return (
        f'<w:r>{size}<w:fldChar w:fldCharType="begin"{dirty}/></w:r>'
        f'<w:r>{size}<w:instrText xml:space="preserve"> {escape(code)} </w:instrText></w:r>'
        f'<w:r>{size}<w:fldChar w:fldCharType="separate"/></w:r>{run(shown, points=points)}'
        f'<w:r>{size}<w:fldChar w:fldCharType="end"/></w:r>'
    )


def bookmark(name: str, number: int, content: str) -> str:
    """Runs under a name that links lead to."""
    return f'<w:bookmarkStart w:id="{number}" w:name="{name}"/>{content}<w:bookmarkEnd w:id="{number}"/>'


def paragraph(
    style: str,
    content: str,
    *,
    align: str = "",
    keep_with_next: bool | None = None,
) -> str:
    """A paragraph of runs in a style (its id).

    align : "right", "center" where its style has another.
    keep_with_next : whether it stays on the page of the next; None: as its style says.
    """
    about = f'<w:pStyle w:val="{style}"/>' if style else ""
    about += {None: "", True: "<w:keepNext/>", False: '<w:keepNext w:val="0"/>'}[keep_with_next]
    about += f'<w:jc w:val="{align}"/>' if align else ""
    return f"<w:p><w:pPr>{about}</w:pPr>{content}</w:p>"


def element(text: str) -> Any:
    """An element of a document from its text.

    It declares its namespace itself: one that has it from above takes lxml a hundred times as long to move.
    """
    from docx.oxml import parse_xml

    return parse_xml(_FIRST_TAG.sub(rf'\g<0> xmlns:w="{NAMESPACE}"', text, count=1))
