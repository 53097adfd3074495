"""Text that users give: what a file, a cell and a number may be, and what is said of all else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milligray.errors import MilligrayError
from milligray.text_files import LARGEST_TOML, CsvText, number, read_text, read_toml, shown


@pytest.mark.parametrize(
    ("cell", "value"),
    [("1", 1.0), ("+1.", 1.0), ("-.5", -0.5), ("1.5e3", 1500.0), ("1E-3", 0.001), ("0e9", 0.0)],
)
def test_numbers(cell: str, value: float) -> None:
    assert number(cell) == value


@pytest.mark.parametrize(
    "cell",
    ["1_000", "１２", "٣", "nan", "inf", "-Infinity", "0x10", "1 000", "1,5", "", ".", "e5", "1e", "1e5.0",
     "--1", "1\n2", "=1+1", "TRUE", "#REF!", "#DIV/0!", "1e-400", "1\u00a0000"],
)  # fmt: skip
def test_no_numbers(cell: str) -> None:
    with pytest.raises(ValueError, match=r"number|formula failed|too small"):
        number(cell)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_that_python_writes_is_read_bit_by_bit(value: float) -> None:
    assert number(repr(value)).hex() == value.hex()


@given(st.text(max_size=30))
def test_no_text_is_a_number_for_us_and_none_for_python(text: str) -> None:
    try:
        value = number(text)
    except ValueError:
        return
    assert value == float(text)
    assert text.isascii()


def test_what_a_message_shows_is_visible_and_short() -> None:
    assert shown("a\nb\x00\u202e") == "a\\nb\\x00\\u202e"
    assert len(shown("9" * 5000)) == 61


def told(path: Path) -> str:
    with pytest.raises(MilligrayError) as caught:
        read_text(path, MilligrayError)
    (line,) = caught.value.complaints
    assert line.startswith(f"{path}: ")
    return line


def test_files_that_are_no_text(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    for content, said in (
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        (b"a,b\n1,\x002\n", "row 2 holds a NUL byte"),
        ("a,b\n1,é\n".encode("latin-1"), "row 2 is not text in UTF-8"),
    ):
        file.write_bytes(content)
        assert said in told(file)
    assert "this is a folder" in told(tmp_path)
    assert "no such file" in told(tmp_path / "none")
    assert "no such file" in told(file / "below a file")
    os.mkfifo(tmp_path / "pipe")
    assert "a pipe or a device" in told(tmp_path / "pipe")
    assert "a pipe or a device" in told(Path("/dev/zero"))
    (tmp_path / "circle").symlink_to("circle")
    assert "cannot be read" in told(tmp_path / "circle")
    with pytest.raises(MilligrayError, match="no file can have this name"):
        read_text("a\0b", MilligrayError)
    with pytest.raises(MilligrayError, match="cannot be read"):
        read_text("a" * 5000, MilligrayError)


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    with file.open("wb") as f:
        f.truncate(200_000_000)
    assert "the file has 200 MB; at most 100 MB are read" in told(file)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    file = tmp_path / "t.csv"
    file.write_text("a")
    monkeypatch.setattr("builtins.open", refuse)
    assert "it cannot be read (Permission denied)" in told(file)


def test_line_ends_are_line_feeds(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(b"\xef\xbb\xbfa\r\nb\rc\n")
    assert read_text(file, MilligrayError) == "a\nb\nc\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = " + "[" * 5000 + "]" * 5000, "nested too deep"),
        ("a = " + "9" * 5000, "thousands of digits"),
        ("a = ", "not valid TOML"),
        ("a = 1\na = 2", "not valid TOML"),
        ("#" * (LARGEST_TOML + 1), "at most 1 MB"),
    ],
)
def test_files_that_are_no_toml(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "t.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(MilligrayError, match=said):
        read_toml(file, MilligrayError)


def rows(text: str) -> list[tuple[int, list[str]]]:
    return list(CsvText(text, MilligrayError, "t.csv").rows(","))


def test_rows_are_counted_as_an_editor_does() -> None:
    text = CsvText('# one\n\n#two\nh,i\n1,"2\n3"\n\n4,5\n', MilligrayError, "t.csv")
    assert (text.comments, text.header_row) == ([(1, "# one"), (3, "#two")], 4)
    assert list(text.rows(",")) == [(4, ["h", "i"]), (5, ["1", "2\n3"]), (8, ["4", "5"])]


def test_a_row_that_begins_with_the_sign_of_comments_is_a_row() -> None:
    assert rows("h,i\n#REF!,2\n# no\n") == [(1, ["h", "i"]), (2, ["#REF!", "2"]), (3, ["# no"])]


def test_other_ends_of_lines_are_text() -> None:
    """Python takes a form feed or U+2028 for the end of a line; no spreadsheet does."""
    assert rows("h\na\x0cb\u2028c\n") == [(1, ["h"]), (2, ["a\x0cb\u2028c"])]


@pytest.mark.parametrize("size", [10, 200_000])
def test_a_quotation_mark_that_is_not_closed(size: int) -> None:
    with pytest.raises(MilligrayError, match=r"t.csv: row 2: .*quotation mark"):
        rows('h,i\n1,"2\n' + "3,4\n" * size)
    assert rows('h,i\n1,"2"\n')[1] == (2, ["1", "2"])
