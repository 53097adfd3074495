"""Label tables: what each number of a label volume is - region, tissue, density, part of the skeleton."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from phantoms.regions import icrp_names
from phantoms.regions.names import ALIASES, SOURCES, TARGETS, normal_form
from phantoms.transport.materials import Tissue
from phantoms.voxels.images.tables.icrp110 import IcrpTables

#: Words that input takes for a region which is not what a label of this name is.
OTHER_THINGS = ("eyes", "si")


class Label(NamedTuple):
    """What one number of a label volume stands for.

    region : name of the region; several labels may share one.
    tissue : its tissue; where its name is ``tissues.BONE``, its mixture follows the voxel's density.
    density_g_per_cm3 : its density where no CT gives one.
    density_from_ct : whether a CT's density is taken where there is one.
    site : part of the skeleton (phantoms/voxels/images/tables/sites.toml), "" for none.
    counted : whether a part of the skeleton lacks something where this label has no voxel.
    holds : "whole", "wall" or "contents" of a hollow organ, "" where it is not hollow.
    rest : whether its voxels are merely inside the body and of no region of their own.
    called : what the program that segments calls it, "" where that is not known.
    as_unlabelled : of the rest, whether its voxels are like those of no label, tissue and density too.
    """

    region: str
    tissue: Tissue
    density_g_per_cm3: float
    density_from_ct: bool = True
    site: str = ""
    counted: bool = True
    holds: str = ""
    rest: bool = False
    called: str = ""
    as_unlabelled: bool = False


@dataclass(frozen=True)
class LabelTable:
    """A label table: labels by number, sums of regions, and whether the labels fill the body.

    rest : what voxels inside the body without a label are.
    icrp : ICRP's own tables, where the labels are organ IDs of its phantoms.
    """

    name: str
    source: str
    sha256: str
    labels: Mapping[int, Label]
    sums: Mapping[str, tuple[str, ...]]
    rest: Label
    complete: bool
    icrp: IcrpTables | None = field(default=None, repr=False)


@cache
def sites() -> dict[str, Any]:
    """Parts of the skeleton: the entries of phantoms/voxels/images/tables/sites.toml."""
    return tomllib.loads((files("phantoms.voxels.images.tables") / "sites.toml").read_text(encoding="utf-8"))


def region_name(word: str) -> str:
    """The name of a region for a user's word: the canonical spelling where there is one, else lower case.

    >>> [region_name(word) for word in ("Esophagus", "rs-cont", "Lesion 3", "Vertebra L1", "heart")]
    ['oesophagus', 'RS-cont', 'lesion 3', 'vertebra L1', 'heart']
    """
    key = normal_form(word)
    if key in _canonical():
        return _canonical()[key]
    other = ALIASES.get(key, icrp_names.ALIASES.get(key, ""))
    if (
        other.islower()
        and not {"wall", "contents"} & {*key.split(), *other.split()}
        and key not in OTHER_THINGS
    ):
        return other
    return " ".join(w if any(c.isdigit() for c in w) else w.lower() for w in word.split())


@cache
def _canonical() -> dict[str, str]:
    ours = [*TARGETS, *SOURCES, *icrp_names.TARGET_NAMES.values(), *icrp_names.SOURCE_NAMES.values()]
    parts = [
        p
        for table in (icrp_names.COMBINED_SOURCES, icrp_names.COMBINED_TARGETS)
        for v in table.values()
        for p in v
    ]
    walls = ["SI-wall", "ET1-wall", "ET2-wall"]
    return {normal_form(name): name for name in (*parts, *walls, *ours)}
