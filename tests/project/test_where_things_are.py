"""The page on where things are: every folder of the packages is on it, and every path on it exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("milligray", "kinetics", "phantoms", "dosimetry", "lesions", "therapy", "validation")
PAGE = (ROOT / "docs" / "where-things-are.md").read_text(encoding="utf-8")
#: Text that names paths of the repository.
PAGES_WITH_PATHS = ("docs/where-things-are.md", "CONTRIBUTING.md")


def folders_on_the_page() -> list[str]:
    """Folders of the drawn tree, as paths."""
    tree = PAGE.split("```")[1]
    found: list[str] = []
    for line in tree.strip().splitlines():
        name = line.split("/", 1)[0]
        depth = (len(name) - len(name.lstrip())) // 2
        found.append("/".join([*(found[-1].split("/") if found else [])[:depth], name.strip()]))
    return found


def folders_that_are() -> set[str]:
    found = set()
    for package in PACKAGES:
        for path in (ROOT / package, *(ROOT / package).rglob("*")):
            hidden = any(part.startswith((".", "__")) for part in path.relative_to(ROOT).parts)
            if path.is_dir() and not hidden and any(f.is_file() for f in path.iterdir()):
                found.add(path.relative_to(ROOT).as_posix())
    return found


def test_the_tree_is_the_tree() -> None:
    assert set(folders_on_the_page()) == folders_that_are()
    assert len(folders_on_the_page()) == len(set(folders_on_the_page()))


def paths(page: str) -> list[str]:
    text = re.sub(r"```.*?```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    tops = "|".join([*PACKAGES, "tests", "docs", "examples", "benchmarks"])
    return sorted(set(re.findall(rf"`((?:{tops})/[\w./-]*)`", text)))


@pytest.mark.parametrize("page", PAGES_WITH_PATHS)
def test_every_path_on_the_page_exists(page: str) -> None:
    named = paths(page)
    assert len(named) >= 10
    for path in named:
        assert (ROOT / path).exists(), f"{page}: {path}"
