"""Whole dossiers of odd studies: one patient, no serum, an organ that is missing, no SD, hostile names."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import own_tables
import pytest
from reading_back import assert_excel, assert_html, assert_word, expected

from dosimetry import run_study
from dosimetry.dossier.document.document import Document
from dosimetry.dossier.options import DossierOptions
from dosimetry.dossier.results.reading import results_of
from dosimetry.dossier.writing import write_files

EXAMPLE = Path(__file__).parents[2] / "examples" / "zr89-trastuzumab"
TABLES = ("patients", "whole_body", "serum", "organs")
Rows = list[dict[str, str]]


def study(
    folder: Path,
    change: Callable[[str, Rows], Rows],
    *,
    without: tuple[str, ...] = ("uncertainty", "comparison"),
) -> Path:
    """The example with its tables changed, and without some sections of its study file."""
    shutil.copytree(EXAMPLE, folder)
    for name in TABLES:
        lines = (EXAMPLE / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        reader = csv.DictReader(line for line in lines if not line.startswith("#"))
        rows = change(name, list(reader))
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as f:
            writer = csv.DictWriter(f, reader.fieldnames or [], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    text = (folder / "study.toml").read_text(encoding="utf-8")
    for section in without:
        text = re.sub(rf"(?ms)^\[{section}(\.[\w.]+)?\].*?(?=^\[|\Z)", "", text)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder / "study.toml"


def whole_dossier(path: Path, folder: Path) -> Document:
    """All of it, with every cell compared; no cell and no table is empty without a reason."""
    folder.mkdir()
    results = results_of(run_study(path))
    document = write_files(folder, results, DossierOptions(date="2026-11-22", figures=False))
    wanted = [expected(folder, t) for t in document.tables]
    n = assert_word(folder / "dossier.docx", document.tables, wanted)
    assert n == assert_html(folder / "dossier.html", document.tables, wanted)
    assert n == assert_excel(folder / "dossier.xlsx", document.tables, wanted)
    for numbered in document.tables:
        for row in numbered.table.rows:
            # a row of statistics says nothing of sex; all else has a value or a reason
            texts = [str(c.value).strip() for c in row.cells if c.value is not None]
            assert all(texts) or row.kind == "total", (numbered.table.name, row)
    return document


def named(document: Document, name: str) -> own_tables.Table:
    return next(t.table for t in document.tables if t.table.name.startswith(name))


def test_a_cohort_of_one(tmp_path: Path) -> None:
    path = study(tmp_path / "one", lambda _, rows: [r for r in rows if r["patient"] == "P09"])
    document = whole_dossier(path, tmp_path / "dossier")
    assert document.facts["Subjects"] == "1 (1 female)"
    doses = named(document, "absorbed_dose")
    i = next(i for i, c in enumerate(doses.columns) if c.head == "SD")
    for row in doses.rows:
        if row.kind == "body":
            assert row.cells[i].value is None and row.cells[i].reason


def test_no_serum(tmp_path: Path) -> None:
    left_out = ("uncertainty", "comparison", "serum", "blood")
    three = study(
        tmp_path / "none", lambda _, rows: [r for r in rows if r["patient"] < "P04"], without=left_out
    )
    with three.open("a", encoding="utf-8") as f:
        f.write('\n[blood]\nheart_contents = "none"\nred_marrow = "none"\n')
    document = whole_dossier(three, tmp_path / "dossier")
    assert not [t for t in document.tables if "serum" in t.table.title]
    absent = [t.table for t in document.tables if not t.table.rows]
    assert all(t.reason for t in absent) and "uncertainty" in [t.name for t in absent]


def test_names_a_missing_organ_and_no_standard_deviation(tmp_path: Path) -> None:
    names = {"P01": own_tables.HOSTILE[0], "P02": "<b>&amp;</b>", "P09": "=1+1"}
    assert len(names["P01"]) >= 60

    def change(table: str, rows: Rows) -> Rows:
        rows = [r for r in rows if r["patient"] in names]
        if table == "organs":
            rows = [r for r in rows if (r["patient"], r["organ"]) != ("P02", "spleen")]
            for r in rows:
                r["sd"] = "" if r["organ"] == "lungs" else r["sd"]
        return [{**r, "patient": names[r["patient"]]} for r in rows]

    document = whole_dossier(study(tmp_path / "odd", change), tmp_path / "dossier")
    subjects = named(document, "subjects")
    assert [r.cells[0].value for r in subjects.rows[:3]] == list(names.values())
    page = (tmp_path / "dossier" / "dossier.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;&amp;amp;&lt;/b&gt;" in page and "<b>" not in page
    table = (tmp_path / "dossier" / "tables" / "table_01_subjects.csv").read_text(encoding="utf-8")
    assert "\nmeasured,'=1+1," in table or "\nsimulated,'=1+1," in table


@pytest.mark.parametrize("example", ["zr89-huj591"])
def test_published_means_in_place_of_patients(example: str, tmp_path: Path) -> None:
    document = whole_dossier(EXAMPLE.parent / example / "study.toml", tmp_path / "dossier")
    assert not document.simulated
