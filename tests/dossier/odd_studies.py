"""Studies like the shipped one that are odd in one way or another, as results for a dossier."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from dosimetry import run_study
from dosimetry.dossier.results.reading import results_of
from dosimetry.dossier.results.results import Results

EXAMPLE = Path(__file__).parents[2] / "examples" / "zr89-trastuzumab"
TABLES = ("patients", "whole_body", "serum", "organs")


class OddStudy:
    """A copy of the example without a budget, in a folder, that a test changes before it runs.

    patients : names that are kept.
    """

    def __init__(self, folder: Path, patients: list[str]) -> None:
        self.folder = Path(shutil.copytree(EXAMPLE, folder / "study"))
        text = (self.folder / "study.toml").read_text(encoding="utf-8")
        self.toml = text[: text.index("\n# What a site would state")]
        self.tables = {
            name: pd.read_csv(self.folder / f"{name}.csv", comment="#", dtype=str) for name in TABLES
        }
        self.keep(lambda row: row["patient"].isin(patients))

    def keep(self, which: Callable[[pd.DataFrame], pd.Series], *names: str) -> None:
        """Keep some rows of the tables."""
        for name in names or TABLES:
            self.tables[name] = self.tables[name][which(self.tables[name])]

    def without_serum(self) -> None:
        """No serum: red marrow and heart contents are in the remainder."""
        start, end = self.toml.index("[serum]"), self.toml.index("[organs]")
        self.toml = self.toml[:start] + self.toml[end:]
        for key in ("heart_contents", "red_marrow"):
            self.toml = self.toml.replace(f'{key} = "serum"', f'{key} = "none"')
        del self.tables["serum"]

    def rename(self, names: dict[str, str]) -> None:
        """Other names of patients."""
        for table in self.tables.values():
            table["patient"] = table["patient"].replace(names)

    def results(self) -> Results:
        (self.folder / "study.toml").write_text(self.toml, encoding="utf-8")
        for name, table in self.tables.items():
            table.to_csv(self.folder / f"{name}.csv", index=False)
        return results_of(run_study(self.folder / "study.toml"))
