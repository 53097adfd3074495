"""Names in figures: cut with both ends seen, told apart, and never an empty box."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager

from milligray.figures import text

LONG = "Anna Maria Wilhelmina van der Berg-Oosterhuizen, born 1950-02"


def test_a_long_name_keeps_its_ends() -> None:
    cut = text.shortened(LONG, 20)
    assert text.room(cut) <= 20 and cut.startswith("Anna") and cut.endswith("50-02")
    assert text.shortened("患者" * 20, 20).count("者") < 10  # twice as wide
    assert text.room(text.shortened("患者" * 20, 20)) <= 20


def test_names_stay_different_when_they_are_cut() -> None:
    names = [f"{LONG[:40]}{i}{LONG[40:]}" for i in range(12)]
    short = text.short_names(names, 18)
    assert len(set(short.values())) == 12
    assert max(map(text.room, short.values())) <= 18


def test_unseen_characters_are_not_drawn() -> None:
    assert text.one_line("a\nb\x00c\u202e") == "a b?c?"


@pytest.fixture
def no_fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine with matplotlib's own fonts alone."""
    own = [e for e in font_manager.fontManager.ttflist if "mpl-data" in e.fname]
    assert any("LastResort" in e.fname for e in font_manager.fontManager.ttflist)
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)
    text._fonts.cache_clear()
    yield
    text._fonts.cache_clear()


@pytest.mark.usefixtures("no_fonts")
def test_what_no_font_has_is_said_and_not_an_empty_box() -> None:
    assert text.legible("患者 A") == "?? A"
    assert text.legible("µg/mL ± Müller Ж") == "µg/mL ± Müller Ж"
    (said,) = text.font_warnings({"患者 1": "patient", "P02": "patient", "研究": "the study's name"})
    assert "患" in said and "者" in said and "究" in said and "patient 患者 1" in said and "P02" not in said
    assert text.font_warnings({"P01": "patient", "Müller": "patient"}) == []
    two = text.short_names(["患者", "病人"], 10)
    assert len(set(two.values())) == 2  # "??" both


@pytest.mark.usefixtures("no_fonts")
def test_an_installed_font_that_has_them_is_taken(tmp_path: Path) -> None:
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    pen.lineTo((500, 0))
    pen.lineTo((500, 500))
    pen.closePath()
    made = FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder([".notdef", "patient"])
    made.setupCharacterMap({ord("患"): "patient"})
    made.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "patient": pen.glyph()})
    made.setupHorizontalMetrics({".notdef": (1000, 0), "patient": (1000, 0)})
    made.setupHorizontalHeader(ascent=800, descent=-200)
    made.setupNameTable({"familyName": "Made Up CJK", "styleName": "Regular"})
    made.setupOS2()
    made.setupPost()
    made.save(tmp_path / "made.ttf")
    font_manager.fontManager.addfont(tmp_path / "made.ttf")
    text._fonts.cache_clear()
    assert text.fonts_for(["患者"]) == ("Made Up CJK",)
    assert text.legible("患者") == "患?"
