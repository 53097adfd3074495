"""Shells: which tables and figures a dossier has for whom, in which order; a TOML file each."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from dosimetry.errors import DosimetryError

FOLDER = Path(__file__).parent
DEFAULT = "full"


@dataclass(frozen=True)
class Part:
    """A section: heading, tables by name (T1, ...), figures by the beginning of their files' names."""

    heading: str
    tables: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shell:
    """What a dossier is for: title, what it holds in a line, paper ("a4" or "letter"), sections."""

    name: str
    title: str
    about: str
    paper: Literal["a4", "letter"]
    parts: tuple[Part, ...]


def shell_names() -> list[str]:
    """Names of the shells; the default first.

    >>> shell_names()
    ['full', 'eanm-first-in-human', 'ema-section-11', 'fda-label', 'journal']
    """
    return [DEFAULT, *sorted(p.stem for p in FOLDER.glob("*.toml") if p.stem != DEFAULT)]


@lru_cache
def shell(name: str) -> Shell:
    """A shell by its name.

    Raises
    ------
    DosimetryError : an unknown name.

    >>> shell("fda-label").parts[0].tables
    ('T7',)
    """
    if name not in shell_names():
        raise DosimetryError(f"unknown shell '{name}'; there are: {', '.join(shell_names())}")
    content = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    parts = tuple(
        Part(p["heading"], tuple(p.get("tables", ())), tuple(p.get("figures", ())))
        for p in content.pop("part")
    )
    return Shell(name=name, parts=parts, **content)
