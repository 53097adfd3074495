"""The stylised body: the published equations, as solids, for the constants of any of the six ages.

Source: M. Cristy and K. F. Eckerman, ORNL/TM-8381 (1987), with the head of 1987. The constants stand in
one TOML file a body beside this module. Where two parts overlap by construction (a wall and its contents,
the intestines) the order of the list decides; see :mod:`phantoms.geometry.solids`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from types import SimpleNamespace
from typing import Any

from phantoms.bodies.stylised.bones import head, skeleton
from phantoms.bodies.stylised.organs import gall_bladder, gut, heart, solid_organs, surface
from phantoms.errors import PhantomError
from phantoms.geometry.shapes import Part
from phantoms.geometry.solids import Solid3D, compile_body, volumes_cm3
from phantoms.regions.names import normal_form
from phantoms.transport.materials import tissue

#: Parts of the skeleton; fluence is scored in each, since marrow is spread over them unevenly.
SKELETON: tuple[str, ...] = (
    "cranium", "facial skeleton", "spine upper", "spine middle", "spine lower", "ribs", "scapulae",
    "clavicles", "pelvis", "leg bones upper third", "leg bones lower", "arm bones upper third",
    "arm bones lower",
)  # fmt: skip

POINTS_PER_CELL = 12  #: per edge, for volumes
CELLS_PER_TRUNK = 70  #: height of the trunk over the edge of the cells that speed up the search


@dataclass(frozen=True)
class Body:
    """A stylised body: its compiled solids, its constants, and the published masses in g."""

    name: str
    sex: str
    source: str
    solid: Solid3D
    material: dict[str, str]
    mass_g: dict[str, float]
    bone_tissue_g: dict[str, float]
    constants: dict[str, Any]

    @cached_property
    def volumes_cm3(self) -> dict[str, float]:
        """Volumes of all regions by the equations, to about 0.1 %."""
        return volumes_cm3(self.solid, POINTS_PER_CELL)

    def density_g_per_cm3(self, region: str) -> float:
        """Density of the material that fills a region."""
        return tissue(self.region_material(region)).density_g_per_cm3

    def region_material(self, region: str) -> str:
        """Name of the material that fills a region."""
        if region in SKELETON:
            return self.material["skeleton"]
        return self.material["lung" if region == "lungs" else "soft"]


def catalogue() -> dict[str, dict[str, Any]]:
    """The constants of every body that has a file here, by name, e.g. "adult male"."""
    folder = files("phantoms.bodies.stylised")
    texts = (p.read_text() for p in folder.iterdir() if p.name.endswith(".toml"))
    return {data["name"]: data for data in map(tomllib.loads, texts)}


def names() -> list[str]:
    """Names of the bodies that can be simulated: those with equations of their own."""
    return sorted(name for name, data in catalogue().items() if "cm" in data)


def load_body(name: str) -> Body:
    """The stylised body of that name; PhantomError lists those there are."""
    by_form = {normal_form(known): data for known, data in catalogue().items()}
    data = by_form.get(normal_form(name))
    if data is None or "cm" not in data:
        raise PhantomError(f"unknown stylised body '{name}'; there are: {', '.join(names())}")
    c = {organ: SimpleNamespace(**numbers) for organ, numbers in data["cm"].items()}
    half_width = max(c["trunk"].A, 2 * c["arm_bones"].a + c["arm_bones"].x0)
    front = max(c["trunk"].B + c["breasts"].b, c["head"].B) + 0.01
    top = c["trunk"].C + c["head"].C1 + c["head"].C2
    low = (-half_width - 0.01, -front, -c["legs"].C - 0.01)
    high = (half_width + 0.01, max(c["trunk"].B, c["head"].B) + 0.01, top + 0.01)
    solid = compile_body(
        list(parts(c, data["gall_bladder_hemisphere"])), low, high, c["trunk"].C / CELLS_PER_TRUNK
    )
    return Body(
        data["name"], data["sex"], data["source"], solid, data["material"], data["mass_g"],
        data["bone_tissue_g"], data["cm"],
    )  # fmt: skip


def parts(c: dict[str, Any], hemisphere: bool) -> Iterator[Part]:
    """All parts of a body, in order of precedence, from its constants."""
    yield from head(c)
    yield from skeleton(c)
    yield from heart(c["heart"])
    yield from gut(c)
    yield from gall_bladder(c["gall_bladder"], hemisphere)
    yield from solid_organs(c)
    yield from surface(c)
