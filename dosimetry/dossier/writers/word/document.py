"""A dossier as a Word document, in a house's own template where there is one."""

from __future__ import annotations

import copy
import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dosimetry.dossier.document.document import Document, FigureFile, Heading, NumberedTable, Paragraph
from dosimetry.dossier.writers.packages import dated_zip, needed
from dosimetry.dossier.writers.typeset import Note, notes
from dosimetry.dossier.writers.word import styles
from dosimetry.dossier.writers.word.tables import needs_landscape, table_xml
from dosimetry.dossier.writers.word.xml import (
    attribute,
    bookmark,
    element,
    field,
    paragraph,
    run,
    twips,
)
from dosimetry.errors import DosimetryError

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

#: Width and height of pages and their margins, cm.
PAPERS = {"a4": (21.0, 29.7), "letter": (21.59, 27.94)}
MARGINS_CM = {"left": 2.0, "right": 2.0, "top": 1.5, "bottom": 1.3}
#: Footnotes on pages on their side, which are not high.
SIDE_NOTE_POINTS = 7.0
#: A paragraph of a template that says this alone gives its place to the dossier.
PLACE = "{{ dossier }}"
EMU_PER_CM = 360000
#: Width of the names of the first page's facts.
FACTS_CM = 5.2
#: A figure leaves room for its caption.
HIGHEST_FIGURE_CM = 19.0


def word_bytes(
    document: Document, *, template: Path | None = None, paper: Literal["a4", "letter"] = "a4"
) -> bytes:
    """A dossier as the content of a .docx file.

    Parameters
    ----------
    document : from :func:`dosimetry.dossier.shells.assemble.assemble`.
    template : a .docx file whose styles, page, header and footer are taken and whose text stays; the dossier
        comes where a paragraph says ``{{ dossier }}``, else at its end.
    paper : where there is no template.

    Raises
    ------
    DosimetryError : python-docx is not installed; the template is no Word document.
    """
    needed("docx", "python-docx", "Word")
    word = opened(template)
    if template is None:
        _page(word, paper)
        styles.own_look(word)
    styles.add_styles(word)
    if template is None:
        _header_and_footer(word, document)
    _Writer(word).write(document)
    core = word.core_properties
    made = datetime.fromisoformat(document.made_utc).replace(tzinfo=None)
    core.title, core.author, core.comments = document.title, "milligray", ""
    core.subject = document.facts.get("Study", "")
    core.keywords = "SIMULATED DATA" if document.simulated else ""
    core.created = core.modified = made
    core.last_modified_by, core.revision = "milligray", 1
    out = io.BytesIO()
    word.save(out)
    return dated_zip(out.getvalue(), document.made_utc)


def opened(template: Path | None) -> WordDocument:
    """A template, or an empty document.

    Raises
    ------
    DosimetryError : the template is no Word document that can be read.
    """
    import docx

    if template is None:
        return docx.Document()
    try:
        return docx.Document(str(template))
    except FileNotFoundError:
        raise DosimetryError(f"{template}: there is no such file; name a Word document (.docx)") from None
    except OSError as error:
        raise DosimetryError(f"{template}: {error.strerror or error}") from None
    except Exception as error:
        # zipfile's, lxml's and python-docx's own: none of them derives from another
        raise DosimetryError(
            f"{template}: this is no Word document (.docx) that can be read ({type(error).__name__}); save a"
            " template (.dotx) or an old document (.doc) as .docx"
        ) from None


def _page(word: WordDocument, paper: str) -> None:
    from docx.shared import Cm

    section = word.sections[0]
    section.page_width, section.page_height = (Cm(x) for x in PAPERS[paper])
    for side, width in MARGINS_CM.items():
        setattr(section, f"{side}_margin", Cm(width))
    section.header_distance = section.footer_distance = Cm(0.7)


def _header_and_footer(word: WordDocument, document: Document) -> None:
    """What stands on every page: that data are simulated, which results, which page of how many."""
    section = word.sections[0]
    texts = {
        section.header: run("SIMULATED DATA   ", bold=True, red=True, points=8) if document.simulated else "",
        section.footer: run(f"Results {document.facts['SHA-256 of the results'][:12]}, page ", points=8)
        + field("PAGE", "1", points=8)
        + run(" of ", points=8)
        + field("NUMPAGES", "1", points=8),
    }
    texts[section.header] += run(document.title, points=8)
    for part, content in texts.items():
        part.is_linked_to_previous = False
        for old in list(part._element):
            part._element.remove(old)
        part._element.append(element(paragraph(styles.TEXT, content, align="right")))


class _Writer:
    """Puts blocks into a document, one after the other, upright or on their side."""

    def __init__(self, word: WordDocument) -> None:
        from docx.oxml.ns import qn

        self._word, self._qn = word, qn
        self._styles = styles.style_ids(word)
        self._upright = copy.deepcopy(word.element.body.sectPr)
        self._on_side = False
        self._bookmarks = 1000
        self._place = next((p._p for p in word.paragraphs if p.text.strip() == PLACE), None)
        self._written: Any = None

    def write(self, document: Document) -> None:
        """All of a dossier."""
        self._add(paragraph(self._styles["Title"], run(document.title)))
        blocks = list(document.blocks)
        warning_first = bool(blocks) and isinstance(blocks[0], Paragraph) and blocks[0].red
        if warning_first:
            self._block(blocks.pop(0), document)
        self._facts(document)
        self._contents(document)
        for i, block in enumerate(blocks):
            self._turn(self._side_of(blocks[i:]))
            self._block(block, document)
        self._end()

    def _add(self, text: str) -> None:
        one = element(text)
        (self._place if self._place is not None else self._word.element.body.sectPr).addprevious(one)
        self._written = one

    def _block(self, block: Any, document: Document) -> None:
        if isinstance(block, Heading):
            heading = self._marked(run(block.text))
            self._add(paragraph(self._styles["Heading 1"], heading, keep_with_next=True))
        elif isinstance(block, Paragraph):
            style = styles.WARNING if block.red else self._styles["List Bullet" if block.bullet else "Normal"]
            self._add(paragraph(style, run(block.text)))
        elif isinstance(block, NumberedTable):
            self._table(block)
        else:
            self._figure(block)

    def _marked(self, content: str, name: str = "") -> str:
        self._bookmarks += 1
        return bookmark(name or f"_Toc{self._bookmarks:08d}", self._bookmarks, content)

    def _caption(self, kind: str, number: str, title: str) -> str:
        first, more = lead(title)
        label = run(f"{kind} ") + field(f"SEQ {kind} \\* ARABIC", number)
        return self._marked(label + run(f". {first}"), _mark(kind, number)) + run(more, bold=False)

    def _table(self, numbered: NumberedTable) -> None:
        table = numbered.table
        caption = self._caption("Table", numbered.number, table.title)
        self._add(paragraph(self._styles["Caption"], caption, keep_with_next=True))
        if table.rows:
            self._add(table_xml(table, self._text_cm(), small=self._on_side))
        below = notes(table)
        for i, line in enumerate(self._lines(below)):
            # the first stays with the second; many may go on to the next page
            self._add(paragraph(styles.NOTE, line, keep_with_next=i == 0 < len(below) - 1))
        if not below:
            self._add(paragraph(styles.NOTE, ""))

    def _lines(self, below: list[Note]) -> list[str]:
        """Footnotes as paragraphs: one each, or run on where pages are wide and not high."""
        size = SIDE_NOTE_POINTS if self._on_side else None
        found: list[tuple[Note, str]] = []
        for note in below:
            content = run(note.letter, superscript=True, points=size) + run(" ") if note.letter else ""
            content += run(note.text, bold=note.red or None, red=note.red, points=size)
            before = found[-1][0] if found else None
            if before is not None and self._on_side and _alike(before, note):
                end = "" if before.text.endswith((".", "?", "!")) else ";" if note.letter else "."
                found[-1] = (note, found[-1][1] + run(f"{end} ", points=size) + content)
            else:
                found.append((note, content))
        return [content for _, content in found]

    def _figure(self, figure: FigureFile) -> None:
        from docx.shared import Emu

        made = self._word.add_paragraph()
        picture = made.add_run().add_picture(str(figure.path))
        widest, highest = self._text_cm() * EMU_PER_CM, HIGHEST_FIGURE_CM * EMU_PER_CM
        share = min(1.0, widest / picture.width, highest / picture.height)
        picture.width, picture.height = Emu(round(share * picture.width)), Emu(round(share * picture.height))
        about = picture._inline.docPr
        about.set("descr", figure.alternative)
        about.set("name", f"Figure {figure.number}")
        made.paragraph_format.keep_with_next = True
        made._p.getparent().remove(made._p)
        (self._place if self._place is not None else self._word.element.body.sectPr).addprevious(made._p)
        caption = self._caption("Figure", figure.number, figure.caption)
        # below its figure, so it must not drag what follows along
        self._add(paragraph(self._styles["Caption"], caption, keep_with_next=False))

    def _facts(self, document: Document) -> None:
        """The first page's list of facts; digests in parts, so that they wrap where they should."""
        left, right = twips(FACTS_CM), twips(self._text_cm() - FACTS_CM)
        rows = "".join(
            f'<w:tr><w:trPr><w:cantSplit/></w:trPr><w:tc><w:tcPr><w:tcW w:w="{left}" w:type="dxa"/></w:tcPr>'
            f"{paragraph(styles.TEXT, run(name, bold=True))}</w:tc>"
            f'<w:tc><w:tcPr><w:tcW w:w="{right}" w:type="dxa"/></w:tcPr>'
            f"{paragraph(styles.TEXT, run(text, red=name == 'Data' and document.simulated))}</w:tc></w:tr>"
            for name, text in document.facts.items()
        )
        self._add(
            f'<w:tbl><w:tblPr><w:tblStyle w:val="{styles.FACTS}"/><w:tblW w:w="{left + right}" w:type="dxa"/>'
            f'<w:tblLayout w:type="fixed"/><w:tblCaption w:val={attribute("Facts")}/></w:tblPr><w:tblGrid>'
            f'<w:gridCol w:w="{left}"/><w:gridCol w:w="{right}"/></w:tblGrid>{rows}</w:tbl>'
        )

    def _contents(self, document: Document) -> None:
        """Lists of tables and figures with links and pages, which Word brings up to date."""
        lists = {
            "Table": [(t.number, t.table.title) for t in document.tables],
            "Figure": [(f.number, lead(f.caption)[0]) for f in document.figures],
        }
        for kind, entries in lists.items():
            if not entries:
                continue
            self._add(paragraph(styles.TEXT, ""))
            self._add(paragraph(self._styles["Normal"], run(f"{kind}s", bold=True), keep_with_next=True))
            for line in _entries(kind, entries):
                self._add(paragraph(self._styles["Table of Figures"], line))

    def _side_of(self, blocks: list[Any]) -> bool:
        """Whether the next table or figure needs a page on its side; what leads to it goes with it."""
        for block in blocks:
            if isinstance(block, NumberedTable):
                return bool(block.table.rows) and needs_landscape(block.table, self._width_cm(self._upright))
            if isinstance(block, FigureFile):
                return False
        return False

    def _turn(self, on_side: bool) -> None:
        """End the section here where the next page stands otherwise."""
        if on_side == self._on_side:
            return
        ended = self._section()
        last = self._written
        if last is None or last.tag != self._qn("w:p"):
            self._add(paragraph(styles.TEXT, ""))
            last = self._written
        last.get_or_add_pPr().append(ended)
        for section in (self._upright, self._word.element.body.sectPr):
            _continues(section)
        self._on_side = on_side

    def _end(self) -> None:
        """The last section is as it should be, and what a template has after the dossier stands upright."""
        body = self._word.element.body
        if self._place is not None:
            following = [p for p in self._place.itersiblings() if p.tag != self._qn("w:sectPr")]
            self._place.getparent().remove(self._place)
            if following:
                self._turn(False)
                return
        if self._on_side:
            body.replace(body.sectPr, self._section())

    def _section(self) -> Any:
        """Properties of the section that ends, a copy."""
        found = copy.deepcopy(self._upright)
        if self._on_side:
            size = found.find(self._qn("w:pgSz"))
            wide, high = size.get(self._qn("w:h")), size.get(self._qn("w:w"))
            size.set(self._qn("w:w"), wide)
            size.set(self._qn("w:h"), high)
            size.set(self._qn("w:orient"), "landscape")
        return found

    def _width_cm(self, section: Any) -> float:
        size, margins = section.find(self._qn("w:pgSz")), section.find(self._qn("w:pgMar"))
        inside = sum(int(margins.get(self._qn(f"w:{side}"))) for side in ("left", "right"))
        return (int(size.get(self._qn("w:w"))) - inside) / twips(1)

    def _text_cm(self) -> float:
        """Width of the text of the page that is being written."""
        return self._width_cm(self._section())


def _alike(one: Note, other: Note) -> bool:
    return (one.red, bool(one.letter)) == (other.red, bool(other.letter))


def lead(caption: str) -> tuple[str, str]:
    """What a caption says first, which lists of figures have, and the rest of it.

    >>> lead("Clearance of X, corrected for decay: points with SD. SIMULATED DATA")
    ('Clearance of X, corrected for decay', ': points with SD. SIMULATED DATA')
    """
    ends = [i for mark in (": ", "; ", ". ") if (i := caption.find(mark)) >= 0]
    at = min(ends, default=len(caption))
    return caption[:at], caption[at:]


def _continues(section: Any) -> None:
    """A section that is not the first: no first page of its own, pages counted on."""
    from docx.oxml.ns import qn

    for tag in ("w:titlePg", "w:pgNumType"):
        for old in section.findall(qn(tag)):
            section.remove(old)


def _mark(kind: str, number: str) -> str:
    return f"dossier_{kind.lower()}_{number}"


def _entries(kind: str, entries: list[tuple[str, str]]) -> Iterator[str]:
    for number, title in entries:
        name = _mark(kind, number)
        page = field(f"PAGEREF {name} \\h", "", outdated=True)
        content = f"{run(f'{kind} {number}. {title}')}<w:r><w:tab/></w:r>{page}"
        yield f'<w:hyperlink w:anchor="{name}" w:history="1">{content}</w:hyperlink>'
