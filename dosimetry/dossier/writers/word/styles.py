"""Styles of a dossier in Word: those of a house's template where it has them, else these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dosimetry.dossier.writers.word.xml import RED, element

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

#: Ids of the styles that a dossier brings; a template that has styles of these names keeps its own.
TABLE, TEXT, HEAD, NOTE, WARNING, FACTS = (
    "DossierTable",
    "DossierTableText",
    "DossierTableHead",
    "DossierTableNote",
    "DossierWarning",
    "DossierFacts",
)
FONT = "Arial"
_FONTS = f'<w:rFonts w:ascii="{FONT}" w:hAnsi="{FONT}" w:eastAsia="{FONT}" w:cs="{FONT}"/>'
_MARGINS = (
    '<w:tblCellMar><w:top w:w="10" w:type="dxa"/><w:left w:w="85" w:type="dxa"/>'
    '<w:bottom w:w="10" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar>'
)
_LINE = 'w:val="single" w:sz="8" w:space="0" w:color="auto"'


def _paragraph_style(name: str, based: str, paragraph: str, run: str) -> str:
    return (
        f'<w:style w:type="paragraph" w:customStyle="1" w:styleId="{name.replace(" ", "")}">'
        f'<w:name w:val="{name}"/><w:basedOn w:val="{based}"/><w:qFormat/>'
        f"<w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
    )


def _spacing(before: int, after: int) -> str:
    return f'<w:spacing w:before="{before}" w:after="{after}" w:line="240" w:lineRule="auto"/>'


def _size(points: float) -> str:
    return f'<w:sz w:val="{round(2 * points)}"/><w:szCs w:val="{round(2 * points)}"/>'


STYLES = {
    "Dossier Table": (
        f'<w:style w:type="table" w:customStyle="1" w:styleId="{TABLE}"><w:name w:val="Dossier Table"/>'
        '<w:basedOn w:val="TableNormal"/><w:qFormat/><w:tblPr><w:tblBorders>'
        f"<w:top {_LINE}/><w:bottom {_LINE}/></w:tblBorders>{_MARGINS}</w:tblPr></w:style>"
    ),
    "Dossier Facts": (
        f'<w:style w:type="table" w:customStyle="1" w:styleId="{FACTS}"><w:name w:val="Dossier Facts"/>'
        f'<w:basedOn w:val="TableNormal"/><w:qFormat/><w:tblPr>{_MARGINS}</w:tblPr></w:style>'
    ),
    "Dossier Table Text": _paragraph_style("Dossier Table Text", "Normal", _spacing(0, 0), _size(9)),
    "Dossier Table Head": _paragraph_style("Dossier Table Head", TEXT, "<w:keepNext/>", "<w:b/>"),
    "Dossier Table Note": _paragraph_style(
        "Dossier Table Note", "Normal", f"<w:keepLines/>{_spacing(0, 0)}", _size(7.5)
    ),
    "Dossier Warning": _paragraph_style("Dossier Warning", "Normal", "", f'<w:b/><w:color w:val="{RED}"/>'),
}


def add_styles(document: WordDocument) -> None:
    """Add those of a dossier's styles that a document does not have by name."""
    root = document.styles.element
    there = {s.name for s in document.styles}
    if "Normal Table" not in there:
        root.append(element(_NORMAL_TABLE))
    for name, text in STYLES.items():
        if name not in there:
            root.append(element(text))


_NORMAL_TABLE = (
    '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
    '<w:tblPr><w:tblInd w:w="0" w:type="dxa"/></w:tblPr></w:style>'
)


def style_ids(document: WordDocument) -> dict[str, str]:
    """Ids of the built-in styles that a dossier uses, by name; the normal one's where there is none."""
    by_name = {s.name.lower(): s.style_id for s in document.styles}
    normal = by_name.get("normal", "")
    wanted = ("Title", "Heading 1", "Caption", "List Bullet", "Normal", "TOC 1", "Table of Figures")
    return {name: by_name.get(name.lower(), normal) for name in wanted}


def own_look(document: WordDocument) -> None:
    """The look of a dossier without a template: one sans-serif typeface in black, small headings."""
    looks = {
        "Normal": (10.0, "", _spacing(0, 100)),
        "Title": (16.0, "<w:b/>", _spacing(0, 200)),
        "Heading 1": (13.0, "<w:b/>", f"<w:keepNext/>{_spacing(320, 120)}"),
        "Caption": (9.5, "<w:b/>", f"<w:keepNext/><w:keepLines/>{_spacing(180, 60)}"),
        "List Bullet": (10.0, "", ""),
    }
    for name, (points, bold, paragraph) in looks.items():
        style: Any = document.styles[name].element
        if paragraph:
            _replace(style, "pPr", f"<w:pPr>{paragraph}{_level(name)}</w:pPr>")
        _replace(
            style,
            "rPr",
            f'<w:rPr>{_FONTS}{bold}<w:color w:val="000000"/>{_size(points)}<w:lang w:val="en-GB"/></w:rPr>',
        )
    tabs = '<w:pPr><w:tabs><w:tab w:val="right" w:leader="dot" w:pos="{}"/></w:tabs>{}</w:pPr>'
    width = text_width_twips(document)
    for name, style_id in (("toc 1", "TOC1"), ("table of figures", "TableofFigures")):
        indent = f'{_spacing(0, 40)}<w:ind w:left="400" w:right="700" w:hanging="400"/>'
        document.styles.element.append(
            element(
                f'<w:style w:type="paragraph" w:styleId="{style_id}"><w:name w:val="{name}"/>'
                f'<w:basedOn w:val="Normal"/>{tabs.format(width, indent)}</w:style>'
            )
        )


def _level(name: str) -> str:
    return '<w:outlineLvl w:val="0"/>' if name == "Heading 1" else ""


def text_width_twips(document: WordDocument) -> int:
    """Width of the text of a document's last section."""
    section = document.sections[-1]
    emu = (section.page_width or 0) - (section.left_margin or 0) - (section.right_margin or 0)
    return round(emu / 635)


def _replace(style: Any, tag: str, text: str) -> None:
    """Put properties of a style into the place of the old ones, in the order of the schema."""
    from docx.oxml.ns import qn

    new = element(text)
    old = style.find(qn(f"w:{tag}"))
    if old is not None:
        style.replace(old, new)
    elif tag == "pPr" and style.find(qn("w:rPr")) is not None:
        style.find(qn("w:rPr")).addprevious(new)
    else:
        style.append(new)
