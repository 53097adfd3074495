"""Tissues of segmented bodies, by name, from percentages by element; and bone as a mixture by its density."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from phantoms.errors import PhantomError
from phantoms.transport.materials import Tissue

SYMBOLS = (
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr"
    " Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb"
    " Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi"
)
ATOMIC_NUMBER = {symbol: z for z, symbol in enumerate(SYMBOLS.split(), 1)}
#: By how much percentages may miss 100 for rounding.
ROUNDING_PERCENT = 1.0
#: Densities that any medium of a body or an implant has, g/cm3.
LOWEST_DENSITY, HIGHEST_DENSITY = 0.0005, 25.0
#: A label's tissue of this name is a mixture that follows the voxel's density, in steps of this many g/cm3.
BONE = "bone"
BONE_STEP_G_PER_CM3 = 0.05


@cache
def catalogue() -> dict[str, Any]:
    """The entries of phantoms/voxels/images/tables/tissues.toml, by name."""
    text = (files("phantoms.voxels.images.tables") / "tissues.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def density_of(name: str) -> float:
    """Density that tissues.toml has for a tissue, g/cm3; KeyError for a name that it has not."""
    return float(catalogue()[name]["density_g_per_cm3"])


def from_percent(name: str, density_g_per_cm3: float, percent: Mapping[str, float]) -> Tissue:
    """A tissue from mass fractions in per cent by the elements' symbols.

    Raises
    ------
    PhantomError : an unknown symbol, a percentage below 0, a sum that is not 100.
    """
    if unknown := [s for s in percent if s not in ATOMIC_NUMBER]:
        raise PhantomError(
            f"tissue '{name}': no element up to bismuth has the symbol {', '.join(map(repr, unknown))}"
        )
    total = math.fsum(percent.values())
    if min(percent.values(), default=-1.0) < 0 or not abs(total - 100.0) <= ROUNDING_PERCENT:
        raise PhantomError(
            f"tissue '{name}': the percentages sum to {total:g}; each is 0 or more, and the sum is 100"
        )
    return Tissue(
        name, density_g_per_cm3, {ATOMIC_NUMBER[s]: p / total for s, p in percent.items() if p > 0.0}
    )


@cache
def known_tissue(name: str) -> Tissue:
    """A tissue of tissues.toml at its own density; KeyError for a name that it has not."""
    entry = catalogue()[name]
    if "mixture" in entry:
        return bone(density_of(name))
    return from_percent(name, density_of(name), entry["percent"])


def bone_class(density_g_per_cm3: float) -> int:
    """Number of the mixture of cortical bone and marrow that a bone of this density is given."""
    dense, light = _ends()
    held = min(max(density_g_per_cm3, light.density_g_per_cm3), dense.density_g_per_cm3)
    return round((held - light.density_g_per_cm3) / BONE_STEP_G_PER_CM3)


def bone_ends() -> tuple[float, float]:
    """Densities (g/cm3) between which bone is a mixture: of marrow, and of cortical bone."""
    dense, light = _ends()
    return light.density_g_per_cm3, dense.density_g_per_cm3


@cache
def bone_of_class(number: int) -> Tissue:
    """The mixture of a class, at the density in its middle."""
    return bone(_ends()[1].density_g_per_cm3 + number * BONE_STEP_G_PER_CM3)


def bone(density_g_per_cm3: float) -> Tissue:
    """Cortical bone and marrow, mixed so that the volumes give this density.

    Below the density of marrow it is marrow, above that of cortical bone cortical bone.

    >>> from phantoms.voxels.images.tables.tissues import bone, known_tissue
    >>> bone(1.92).fractions[20] == known_tissue("cortical bone").fractions[20]
    True
    >>> round(bone(1.18).fractions[20], 3)
    0.07
    """
    dense, light = _ends()
    volume = (density_g_per_cm3 - light.density_g_per_cm3) / (
        dense.density_g_per_cm3 - light.density_g_per_cm3
    )
    volume = min(max(volume, 0.0), 1.0)
    parts = [(dense, volume), (light, 1.0 - volume)]
    density = math.fsum(v * t.density_g_per_cm3 for t, v in parts)
    return Tissue(f"{BONE} {density:.2f}", density, _mixed(parts))


@cache
def _ends() -> tuple[Tissue, Tissue]:
    """Cortical bone, and marrow of equal volumes of red and yellow."""
    mixture = catalogue()[BONE]["mixture"]
    marrows = [known_tissue(name) for name in mixture["light"]]
    parts = [(m, 1.0 / len(marrows)) for m in marrows]
    density = math.fsum(v * m.density_g_per_cm3 for m, v in parts)
    return known_tissue(mixture["dense"]), Tissue("marrow", density, _mixed(parts))


def _mixed(parts: list[tuple[Tissue, float]]) -> dict[int, float]:
    """Mass fractions of tissues that are mixed in shares of volume."""
    weights = [(t, v * t.density_g_per_cm3) for t, v in parts if v > 0.0]
    total = math.fsum(w for _, w in weights)
    elements = sorted({z for t, _ in weights for z in t.fractions})
    return {z: math.fsum(w * t.fractions.get(z, 0.0) for t, w in weights) / total for z in elements}
