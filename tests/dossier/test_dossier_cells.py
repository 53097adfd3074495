"""Every cell of Word, Excel and HTML is its CSV file's at the printed digits, and its result table's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import docx
import own_tables
import pytest
from reading_back import PADDING, assert_excel, assert_html, assert_word, expected

from dosimetry.dossier.document.document import Document
from dosimetry.dossier.options import DossierOptions
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.shells.reading import shell_names
from dosimetry.dossier.tables import registry
from dosimetry.dossier.writing import write_files

DATE = "2026-11-22"


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "table_maker", lambda name: own_tables.OWN.get(name, own_tables.none))


def assert_all_cells(folder: Path, document: Document) -> int:
    wanted = [expected(folder, t) for t in document.tables]
    n = assert_word(folder / "dossier.docx", document.tables, wanted)
    assert n == assert_html(folder / "dossier.html", document.tables, wanted)
    assert n == assert_excel(folder / "dossier.xlsx", document.tables, wanted)
    return n


def assert_origins(document: Document, results: Results) -> int:
    """Cells that say of which result they are have that number."""
    n = 0
    for numbered in document.tables:
        for row in numbered.table.rows:
            for cell in row.cells:
                if cell.origin is not None and cell.value is not None:
                    source = results.tables[cell.origin.table].at[cell.origin.row, cell.origin.column]
                    if isinstance(cell.value, str):
                        assert cell.value == source
                    else:
                        assert cell.value == pytest.approx(float(source) * cell.origin.factor, rel=1e-11)
                    n += 1
    return n


@pytest.mark.usefixtures("own")
def test_cells_of_every_kind(trastuzumab: Results, tmp_path: Path) -> None:
    document = write_files(tmp_path, trastuzumab, DossierOptions(date=DATE, digits=4, figures=False))
    assert assert_all_cells(tmp_path, document) > 900
    assert assert_origins(document, trastuzumab) > 300
    kinds = (tmp_path / "tables" / "table_01_kinds.csv").read_text(encoding="utf-8")
    assert ",0.3,0.3," in kinds and "0.30000000000000004" not in kinds
    page = (tmp_path / "dossier.html").read_text(encoding="utf-8")
    word = docx.Document(str(tmp_path / "dossier.docx"))
    texts = {c.text.strip(PADDING) for t in word.tables[1:] for c in t._cells}
    for text in ("1.500 × 10⁻⁷", "−0.01", "0.3000", "123457", "1.235 × 10⁹"):
        assert f">{text}" in page and text in texts


@pytest.mark.parametrize("shell", shell_names())
def test_the_shipped_example(shell: str, trastuzumab: Results, tmp_path: Path) -> None:
    also = {"units": "mrad/MBq", "also_units": "rad/mCi", "cycles": 4, "activity_GBq": 7.4}
    asked = DossierOptions(date=DATE, shell=shell, figures=False, **(also if shell == "fda-label" else {}))  # type: ignore[arg-type]
    document = write_files(tmp_path, trastuzumab, asked)
    assert assert_all_cells(tmp_path, document) > 100
    assert assert_origins(document, trastuzumab) > 20
    assert all(t.table.simulated and t.table.sha256 == trastuzumab.sha256 for t in document.tables)


def test_a_wrong_cell_is_found(trastuzumab: Results, tmp_path: Path, own: Callable[[], None]) -> None:
    """The comparison itself sees one digit that differs in one file."""
    asked = DossierOptions(date=DATE, figures=False)
    document = write_files(tmp_path, trastuzumab, asked)
    csv = next((tmp_path / "tables").glob("*absorbed_dose.csv"))
    text = csv.read_text(encoding="utf-8")
    value = text.splitlines()[2].split(",")[3]
    csv.write_text(text.replace(value, f"{float(value) * 1.01!r}", 1), encoding="utf-8")
    with pytest.raises(AssertionError):
        assert_all_cells(tmp_path, document)
