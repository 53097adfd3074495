"""Word, Excel and HTML as files: the same bytes each time, templates, pages, names that could do harm."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import own_tables
import pytest
from docx.enum.section import WD_ORIENT
from lxml import html
from openpyxl import load_workbook
from PIL import Image
from reading_back import W

from dosimetry.dossier.document.document import Document, FigureFile
from dosimetry.dossier.options import DossierOptions
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.shells.assemble import assemble
from dosimetry.dossier.shells.reading import shell, shell_names
from dosimetry.dossier.tables import registry
from dosimetry.dossier.writers.csv_files import table_csv
from dosimetry.dossier.writers.excel import excel_bytes
from dosimetry.dossier.writers.html import html_text
from dosimetry.dossier.writers.word.document import PLACE, word_bytes
from dosimetry.dossier.writing import write_dossier
from dosimetry.errors import DosimetryError

ASKED = DossierOptions(date="2026-11-22T10:20:30+01:00")


@pytest.fixture
def figure(tmp_path: Path) -> FigureFile:
    Image.new("RGB", (1500, 900), "white").save(tmp_path / "clearance.png", dpi=(300, 300))
    return FigureFile("", tmp_path / "clearance.png", 'Clearance of <all> & "one"', "Curves that fall")


@pytest.fixture
def own(trastuzumab: Results, figure: FigureFile, monkeypatch: pytest.MonkeyPatch) -> Document:
    monkeypatch.setattr(registry, "table_maker", lambda name: own_tables.OWN.get(name, own_tables.none))
    return assemble(trastuzumab, ASKED.tables, shell("full"), [figure], made_utc=ASKED.made_utc)


def opened(content: bytes, folder: Path) -> docx.document.Document:
    (folder / "opened.docx").write_bytes(content)
    return docx.Document(str(folder / "opened.docx"))


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_same_bytes_with_figures(trastuzumab: Results, tmp_path: Path) -> None:
    asked = replace(ASKED, shell="journal", dpi=50)
    one, two = (files(write_dossier(trastuzumab, tmp_path / name, asked)) for name in ("one", "two"))
    names = {"dossier.docx", "dossier.xlsx", "dossier.html", "manifest.sha256", "figures/tiacs.png"}
    assert names | {"figures/tiacs.pdf"} < set(one)
    assert [n for n in one if one[n] != two[n]] == [] and set(one) == set(two)


def test_another_date_changes_the_date_alone(trastuzumab: Results, tmp_path: Path) -> None:
    asked = replace(ASKED, shell="journal", figures=False)
    one = files(write_dossier(trastuzumab, tmp_path / "one", asked))
    later = files(write_dossier(trastuzumab, tmp_path / "later", replace(asked, date="2027-01-01")))
    changed = {"dossier.docx", "dossier.xlsx", "dossier.html", "manifest.sha256"}
    assert {n for n in one if one[n] != later[n]} == changed
    with (
        zipfile.ZipFile(tmp_path / "one" / "dossier.docx") as a,
        zipfile.ZipFile(tmp_path / "later" / "dossier.docx") as b,
    ):
        assert {i.date_time for i in a.infolist()} == {(2026, 11, 22, 9, 20, 30)}
        differ = [n for n in a.namelist() if a.read(n) != b.read(n)]
    assert differ == ["docProps/core.xml", "word/document.xml"]
    old, new = b"2026-11-22T09:20:30+00:00", b"2027-01-01T00:00:00+00:00"
    assert one["dossier.html"].replace(old, new) == later["dossier.html"]


def test_source_date_epoch_is_the_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert DossierOptions().made_utc == "1970-01-01T00:00:00+00:00"  # zip files know 1980 as their first year
    assert DossierOptions(date="2026-11-22").made_utc == "2026-11-22T00:00:00+00:00"


def test_word_pages_heads_and_texts_for_those_who_cannot_see(own: Document, tmp_path: Path) -> None:
    word = opened(word_bytes(own), tmp_path)
    sides = [s.orientation for s in word.sections]
    assert sides == [WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE, WD_ORIENT.PORTRAIT]
    assert [s.page_width > s.page_height for s in word.sections] == [False, True, False]
    tables = [t for t in word.tables if t.style.name == "Dossier Table"]
    with_rows = [t for t in own.tables if t.table.rows]
    assert len(tables) == len(with_rows)
    for made, numbered in zip(tables, with_rows, strict=True):
        grouped = any(c.group for c in numbered.table.columns)
        heads = [r for r in made._tbl.tr_lst if r.find(f"{W}trPr/{W}tblHeader") is not None]
        assert len(heads) == (2 if grouped else 1)
        assert all(r.find(f"{W}trPr/{W}cantSplit") is not None for r in made._tbl.tr_lst)
        about = made._tbl.tblPr
        assert about.find(f"{W}tblCaption").get(f"{W}val") == numbered.table.title
        wide = sum(int(g.get(f"{W}w")) for g in made._tbl.tblGrid)
        assert wide <= (word.sections[1] if numbered.table.landscape else word.sections[0]).page_width / 635
    codes = [e.text.strip() for e in word.element.body.iter(f"{W}instrText")]
    assert codes.count("SEQ Table \\* ARABIC") == len(own.tables)
    assert codes.count("SEQ Figure \\* ARABIC") == 1
    names = {b.get(f"{W}name") for b in word.element.body.iter(f"{W}bookmarkStart")}
    assert {c.split()[1] for c in codes if c.startswith("PAGEREF")} <= names
    ids = [b.get(f"{W}id") for b in word.element.body.iter(f"{W}bookmarkStart")]
    assert len(ids) == len(set(ids))
    (picture,) = word.inline_shapes
    assert picture._inline.docPr.get("descr") == "Curves that fall"
    assert picture.width.cm == pytest.approx(12.7, abs=0.01)  # 1500 dots at 300 an inch


def test_simulated_data_are_red_everywhere(own: Document, tmp_path: Path) -> None:
    word = opened(word_bytes(own), tmp_path)
    red = [
        r.text
        for part in (word.element.body, word.sections[0].header._element)
        for p in part.iter(f"{W}p")
        for r in p.iter(f"{W}r")
        if (c := r.find(f"{W}rPr/{W}color")) is not None and c.get(f"{W}val") == "C00000"
    ]
    assert sum("SIMULATED DATA" in t for t in red) == len(own.tables) + 1
    warning = word.styles["Dossier Warning"]
    assert [p.text for p in word.paragraphs if p.style == warning] == [
        "SIMULATED DATA: no number here was measured in a patient"
    ]
    page = html.document_fromstring(html_text(own))
    assert len(page.find_class("red")) == len(own.tables) + 2
    (tmp_path / "a.xlsx").write_bytes(excel_bytes(own))
    for sheet in load_workbook(tmp_path / "a.xlsx"):
        assert any(
            c.value and "SIMULATED" in str(c.value) and c.font.color.rgb == "FFC00000"
            for row in sheet.iter_rows(max_row=12)
            for c in row
            if c.font.color is not None
        ), sheet.title


def test_measured_data_are_not_called_simulated(trastuzumab: Results) -> None:
    settings = {**trastuzumab.settings, "data": "measured", "note": ""}
    results = Results(**{**vars(trastuzumab), "settings": settings})
    document = assemble(results, ASKED.tables, shell("full"), made_utc=ASKED.made_utc)
    assert not document.simulated and not any(t.table.simulated for t in document.tables)
    assert "SIMULATED DATA" not in html_text(document)


def template(path: Path) -> Path:
    house = docx.Document()
    house.styles["Caption"].font.name = "Georgia"
    house.styles.add_style("Dossier Table Note", 1).font.name = "Garamond"
    house.sections[0].header.paragraphs[0].text = "House of Isotopes"
    house.add_paragraph("A cover page")
    house.add_paragraph(PLACE)
    house.add_paragraph("Signatures")
    house.save(str(path))
    return path


def test_a_house_template_is_honoured(own: Document, tmp_path: Path) -> None:
    word = opened(word_bytes(own, template=template(tmp_path / "house.docx")), tmp_path)
    texts = [p.text for p in word.paragraphs]
    assert texts[0] == "A cover page" and texts[-1] == "Signatures" and PLACE not in texts
    assert word.styles["Caption"].font.name == "Georgia"
    assert word.styles["Dossier Table Note"].font.name == "Garamond"
    assert word.sections[0].header.paragraphs[0].text == "House of Isotopes"
    captions = [p.text for p in word.paragraphs if p.style.name == "Caption"]
    assert captions[0].startswith("Table 1. ") and len(captions) == len(own.tables) + 1
    assert word.sections[-1].orientation == WD_ORIENT.PORTRAIT
    assert all(s.left_margin == word.sections[0].left_margin for s in word.sections[::2])


def test_what_follows_in_a_template_stands_upright(own: Document, tmp_path: Path) -> None:
    """Also where the dossier ends on its side; without anything after it the last page stays so."""
    wide = next(i for i, b in enumerate(own.blocks) if getattr(getattr(b, "table", None), "landscape", False))
    short = replace(own, blocks=own.blocks[: wide + 1])
    word = opened(word_bytes(short, template=template(tmp_path / "house.docx")), tmp_path)
    portrait, landscape = WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE
    assert [s.orientation for s in word.sections] == [portrait, landscape, portrait]
    assert [s.orientation for s in opened(word_bytes(short), tmp_path).sections] == [portrait, landscape]


def test_what_is_no_template_is_said(own: Document, tmp_path: Path) -> None:
    for name, content in (("a.docx", b"no zip"), ("b.docx", b"PK\x03\x04 broken")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DosimetryError, match=rf"{name}: this is no Word document .*as \.docx"):
            word_bytes(own, template=tmp_path / name)
    book = tmp_path / "book.docx"
    book.write_bytes(excel_bytes(own))
    with pytest.raises(DosimetryError, match=r"book\.docx: this is no Word document"):
        word_bytes(own, template=book)


def test_names_that_could_do_harm(own: Document, tmp_path: Path) -> None:
    """Nothing is a formula, a tag or a control character; in CSV a formula has its apostrophe."""
    (tmp_path / "a.xlsx").write_bytes(excel_bytes(own))
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert not any(b"<f>" in archive.read(n) for n in archive.namelist())
    page = html_text(own)
    assert "<b>&" not in page and "&lt;b&gt;" in page and "\x07" not in page
    text = table_csv(next(t.table for t in own.tables if t.table.name == "kinds"))
    assert "'=cmd|" in text and "\n=" not in text
    assert not re.search(r",[=@+]", text)


def test_html_is_one_file_that_says_what_its_cells_are(own: Document) -> None:
    page = html.document_fromstring(html_text(own))
    assert page.get("lang") == "en"
    assert not page.xpath("//script | //link | //*[starts-with(@src, 'http')] | //iframe")
    (image,) = page.xpath("//img")
    assert image.get("src").startswith("data:image/png;base64,") and image.get("alt") == "Curves that fall"
    assert len(page.xpath("//table/caption")) == len(page.xpath("//table")) > 3
    assert all(th.get("scope") for th in page.xpath("//th"))
    ids = {e.get("id") for e in page.xpath("//*[@id]")}
    assert {a.get("href")[1:] for a in page.xpath("//a")} <= ids


def test_excel_sheets_have_contents_frozen_heads_and_links(own: Document, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(excel_bytes(own))
    book = load_workbook(tmp_path / "a.xlsx")
    links = [c.hyperlink.location for row in book["Contents"] for c in row if c.hyperlink]
    assert [re.sub(r"'!A1$|^'", "", at) for at in links] == book.sheetnames[1:]
    for numbered, sheet in zip(own.tables, book.worksheets[1:], strict=True):
        assert sheet["A1"].value == f"Table {numbered.number}. {numbered.table.title}"
        if numbered.table.rows:
            assert sheet.print_title_rows and sheet.freeze_panes
    assert len({s.lower() for s in book.sheetnames}) == len(book.sheetnames)
    assert all(len(s) <= 31 for s in book.sheetnames)


def test_every_shell_names_what_there_is() -> None:
    names = set()
    for name in shell_names():
        found = shell(name)
        assert found.title and found.about and found.paper in ("a4", "letter")
        for part in found.parts:
            assert part.heading and (part.tables or part.figures)
            names |= set(part.tables)
            assert len(set(part.tables)) == len(part.tables)
    assert names == set(registry.MODULES)
    assert {t for p in shell("full").parts for t in p.tables} == set(registry.MODULES)


@pytest.mark.parametrize("name", registry.MODULES)
def test_every_table_of_the_registry_can_be_made(name: str) -> None:
    assert callable(registry.table_maker(name))


def test_a_missing_package_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dosimetry.dossier.writers.packages.find_spec", lambda name: None)
    with pytest.raises(DosimetryError) as error:
        DossierOptions()
    assert error.value.complaints == tuple(
        f"writing {what} needs {package}: pip install 'milligray[report]'"
        for what, package in (("Word", "python-docx"), ("Excel", "XlsxWriter"), ("HTML", "Jinja2"))
    )
