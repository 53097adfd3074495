"""Tables in Markdown, and pages of the documentation that a run writes its tables into."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [" | ".join(header), " | ".join("---" for _ in header), *(" | ".join(r) for r in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def spliced(text: str, contents: Mapping[str, str], where: str) -> str:
    """The text with each of the contents between its marks ``<!-- name -->`` and ``<!-- /name -->``.

    ValueError : a mark is not in the text; ``where`` says of what.
    """
    for name, content in contents.items():
        mark = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if not mark.search(text):
            raise ValueError(f"{where}: no marks for the table '{name}'")
        text = mark.sub(lambda m, c=content: f"{m[1]}{c}\n{m[2]}", text)  # type: ignore[misc]
    return text


def splice(page: Path, contents: Mapping[str, str]) -> None:
    """Write each text between its marks in a page; ValueError : a mark is not in the page."""
    page.write_text(spliced(page.read_text(encoding="utf-8"), contents, str(page)), encoding="utf-8")
