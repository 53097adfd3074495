from __future__ import annotations

from pathlib import Path

import pytest

from dosimetry.errors import DosimetryError
from dosimetry.files.tables import Column, in_time, read_table

COLUMNS = (
    Column("name", "a name", text=True),
    Column("time_h", "hours", low=0),
    Column("mass_kg", "a mass", low=0, above=True, high=100, required="never"),
    Column("kind", "a kind", text=True, allowed=("good", "bad"), required="never"),
)


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_reads_comments_blank_lines_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeff# a comment\nname,time_h,comment,kind\n\na,1,why,GOOD\nb,0.5,,\n")
    table = read_table(path, COLUMNS)
    assert [r.values for r in table.rows] == [
        {"name": "a", "time_h": 1.0, "kind": "good"},
        {"name": "b", "time_h": 0.5, "kind": None},
    ]
    assert [r.number for r in table.rows] == [4, 5]
    assert table.rows[0]["mass_kg"] is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,time_h\na,x\n", ["row 2", "'time_h'", "'x' is not a number", "0 or more"]),
        ("name,time_h\na,1\nb,\n", ["row 3", "'time_h'", "missing"]),
        ("name,time_h\na,-1\n", ["row 2", "'time_h'", "-1", "0 or more"]),
        ("name,time_h\na,nan\n", ["row 2", "'time_h'", "nan", "finite"]),
        ("name,time_h\na,inf\n", ["row 2", "finite"]),
        ('name,time_h\na,"1,5"\n', ["row 2", "decimal point"]),
        ("name,time_h,mass_kg\na,1,0\n", ["row 2", "'mass_kg'", "greater than 0"]),
        ("name,time_h,mass_kg\na,1,101\n", ["row 2", "'mass_kg'", "at most 100"]),
        ("name,time_h,kind\na,1,ugly\n", ["row 2", "'kind'", "ugly", "good, bad"]),
        ("name\na\n", ["column 'time_h' is missing", "hours", "name"]),
        ("name,time_hours\na,1\n", ["'time_h' is missing", "'time_hours' meant"]),
        ("name,time_h,mas_kg\na,1,1\n", ["unknown column 'mas_kg'", "mass_kg"]),
        ("name,time_h,time_h\na,1,1\n", ["'time_h'", "twice"]),
        ("name;time_h\na;1\n", ["';'", "comma"]),
        ("name,time_h\na,1,2\n", ["row 2", "3 cells", "2 columns"]),
        ("name,time_h\n", ["no rows"]),
        ("# nothing\n", ["empty"]),
    ],
)
def test_says_where_and_what_is_wrong(tmp_path: Path, text: str, said: list[str]) -> None:
    path = write(tmp_path, text)
    with pytest.raises(DosimetryError) as caught:
        read_table(path, COLUMNS)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    for part in said:
        assert part in message


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(DosimetryError, match="no such file"):
        read_table(tmp_path / "none.csv", COLUMNS)
    with pytest.raises(DosimetryError, match="folder"):
        read_table(tmp_path, COLUMNS)
    path = tmp_path / "binary.csv"
    path.write_bytes(b"\xff\xfe\x00n")
    with pytest.raises(DosimetryError, match="UTF-8"):
        read_table(path, COLUMNS)


def test_unsorted_rows_are_sorted_and_double_times_refused(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "name,time_h\na,3\na,1\na,2\n"), COLUMNS)
    assert [r["time_h"] for r in in_time(table, table.rows, "a")] == [1, 2, 3]
    table = read_table(write(tmp_path, "name,time_h\na,3\na,1\na,3\n"), COLUMNS)
    with pytest.raises(
        DosimetryError, match=r"row 4, column 'time_h': 3 stands twice for a \(first in row 2\)"
    ):
        in_time(table, table.rows, "a")
