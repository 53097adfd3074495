"""What is installed reads nothing beside a checkout, and does not need what is left out of the wheel."""

from __future__ import annotations

import ast
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIND = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]


def package(path: Path) -> str:
    return ".".join(path.parent.relative_to(ROOT).parts)


def matches(path: Path, patterns: list[str]) -> bool:
    return any(fnmatch(package(path), pattern) for pattern in patterns)


FILES = [p for top in FIND["include"] for p in (ROOT / top.rstrip("*")).rglob("*.py")]
INSTALLED = [p for p in FILES if not matches(p, FIND["exclude"])]
LEFT_OUT = [p for p in FILES if matches(p, FIND["exclude"])]


def test_every_package_is_installed_but_the_writers_of_pages() -> None:
    left_out = {"validation.pages", "validation.safs_of_1987", "validation.voxel_bodies"}
    assert {package(p) for p in LEFT_OUT} == left_out
    assert len({package(p) for p in INSTALLED}) > 30


@pytest.mark.parametrize("path", INSTALLED, ids=lambda p: str(p.relative_to(ROOT)))
def test_it_looks_at_nothing_beside_the_repository(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert "shared/" not in node.value and node.value != "shared", node.value
        if isinstance(node, ast.ImportFrom):
            apart = ("validation.pages", "validation.safs_of_1987", "validation.voxel_bodies")
            assert not str(node.module).startswith(apart)
        if isinstance(node, ast.Subscript) and "parents" in ast.dump(node.value):
            up = ast.literal_eval(node.slice)
            assert up < len(path.relative_to(ROOT).parts), f"parents[{up}] is outside the repository"
