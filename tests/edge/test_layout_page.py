"""docs/layout.md lists every module with the first lines of its own text."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("room", ["kinetics", "phantoms", "dosimetry", "validation"])
def test_every_module_is_listed_by_its_own_words(room: str) -> None:
    page = (ROOT / "docs" / "layout.md").read_text(encoding="utf-8")
    rows = []
    for path in sorted((ROOT / room).rglob("*.py")):
        if path.name != "__init__.py":
            words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            first = words.split("\n\n")[0].replace("\n", " ")
            rows.append(f"| `{path.relative_to(ROOT / room).as_posix()}` | {first} |")
    header = ["| module | what it is |", "| --- | --- |"]
    listed = "\n".join([f"## {room}", "", *header, *rows])
    assert listed in page, f"docs/layout.md: the part on {room} is due to be:\n{listed}"
