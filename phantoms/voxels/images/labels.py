"""Label tables: what each number of a label volume is - a region, a tissue, a density, a part of the skeleton."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class Label(NamedTuple):
    """What one number of a label volume stands for.

    region : name of the region; several labels may share one.
    tissue : name of its tissue, one of phantoms/voxels/images/tissues.toml or of the table's own.
    density_g_per_cm3 : its density where no CT gives one.
    density_from_ct : whether a CT's density is taken where there is one.
    site : part of the skeleton (phantoms/voxels/images/sites.toml), "" for none.
    holds : "whole", "wall" or "contents" of a hollow organ, "" where it is not hollow.
    rest : whether its voxels are merely inside the body, like those of no label.
    """

    region: str
    tissue: str
    density_g_per_cm3: float
    density_from_ct: bool = True
    site: str = ""
    holds: str = ""
    rest: bool = False


@dataclass(frozen=True)
class LabelTable:
    """A label table: labels by number, sums of regions, and whether the labels fill the body."""

    name: str
    source: str
    path: Path
    sha256: str
    labels: Mapping[int, Label]
    sums: Mapping[str, tuple[str, ...]]
    rest: Label
    complete: bool


def read_label_table(table: str | Path, *, tables_folder: str | Path | None = None) -> LabelTable:
    """A label table: "totalsegmentator", "icrp110", or the path of a TOML file."""
    raise NotImplementedError
