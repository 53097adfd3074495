"""Which target regions lie in a source region or at it, where its non-penetrating radiation is felt.

A dose that a region gives to itself, to the wall around it or to bone and marrow interwoven with it depends
on the activity concentration there, so on the region's mass; a dose between regions apart does not.
"""

from __future__ import annotations

from collections.abc import Collection

from phantoms.library.saf import BETWEEN, SafLibrary

TOTAL_BODY = "total body"
#: Source regions that are everywhere: every target lies in them.
EVERYWHERE = (TOTAL_BODY, "blood")
_LUNG = ("Bronch-bas", "Bronch-sec", "Bchiol-sec", "AI")
_COLON = ("RC-stem", "LC-stem", "RS-stem")

#: Source region -> the targets that are layers of it, where they are not called as it is (ICRP Publication
#: 133, Tables 2.1 to 2.3).
LAYERS: dict[str, tuple[str, ...]] = {
    "Oesophag-w": ("oesophagus",), "St-mucosa": ("stomach wall",), "SI-wall": ("small intestine",),
    "SI-mucosa": ("small intestine",), "SI-villi": ("small intestine",),
    **{f"{part}-{layer}": (f"{part}-stem",) for part in ("RC", "LC", "RS") for layer in ("wall", "mucosa")},
    "colon wall": _COLON, "Lung-Tis": _LUNG, "lungs": _LUNG, "ALV": ("AI",),
    "ET1-wall": ("ET1-bas",), "ET2-wall": ("ET2-bas",),
}  # fmt: skip

#: Contents -> the walls around them.
WALLS: dict[str, tuple[str, ...]] = {
    "stomach contents": ("stomach wall",), "small intestine contents": ("small intestine",),
    "upper large intestine contents": ("upper large intestine wall",),
    "lower large intestine contents": ("lower large intestine wall",),
    "gallbladder contents": ("gallbladder wall",), "urinary bladder contents": ("urinary bladder wall",),
    "heart contents": ("heart wall",), "RC-cont": ("RC-stem",), "LC-cont": ("LC-stem",),
    "RS-cont": ("RS-stem",), "colon contents": _COLON,
}  # fmt: skip

#: Bone and marrow, interwoven on the scale of the electrons' ranges.
BONE_TARGETS = ("red marrow", "osteogenic cells")
MINERAL = ("cortical bone", "trabecular bone", "C-bone-V", "T-bone-V")
BONE_SOURCES = (*MINERAL, "red marrow", "Y-marrow", "T-marrow", "C-marrow")


#: Provenance key of a body with bones as regions: those that hold its red marrow.
MARROW_IN = "red marrow lies in"


def bones_beside_marrow(library: SafLibrary, named: Collection[str]) -> str:
    """A warning where a source is a bone with its marrow and another the red marrow; "" where none is."""
    holding = set(library.provenance.get(MARROW_IN, "").split(BETWEEN))
    bones = [n for n in named if parts_of(library, n) & holding]
    if "red marrow" not in named or not bones:
        return ""
    return (
        f"Red marrow lies in {', '.join(bones)} too: activity of their marrow must be in one of the two TIACs"
        " alone, and the remainder is without the mass of both."
    )


def own_targets(library: SafLibrary, source: str) -> tuple[str, ...]:
    """Targets of a library that lie in a source region, those that are combined of others left out."""
    if source in EVERYWHERE:
        found: Collection[str] = library.targets
    else:
        parts = library.conventions.combined.get(source, {source: 1.0})
        found = {*parts, *LAYERS.get(source, ())}
    return tuple(t for t in library.targets if t in found and t not in library.conventions.combined)


def parts_of(library: SafLibrary, source: str) -> frozenset[str]:
    """The sources that a source is the sum of, "left kidney" and "right kidney" of "kidneys"; else itself.

    A source is a sum where the target of its name is combined of regions that are sources too. In the ICRP
    phantoms, whose remainder is made of listed regions, that list says what a region stands for.
    """
    parts = library.conventions.combined.get(source, {})
    if not parts or library.conventions.remainder_sources or not set(parts) <= set(library.sources):
        return frozenset((source,))
    return frozenset(parts)


def near_targets(library: SafLibrary, source: str) -> tuple[str, ...]:
    """Targets in a source region or at it: its own, the walls of contents, bone and marrow of bone."""
    near = {*own_targets(library, source), *WALLS.get(source, ())}
    if source in BONE_SOURCES:
        near |= set(BONE_TARGETS)
    return tuple(t for t in library.targets if t in near)


def holders(library: SafLibrary) -> dict[str, tuple[str, ...]]:
    """Target -> the source regions that it lies in, those that are everywhere left out.

    Osteogenic cells line the bone, so its mineral holds them. Empty where no source of the library holds the
    target (the stylised small intestine, whose wall is no source; combined targets).
    """
    held: dict[str, list[str]] = {t: [] for t in library.targets}
    for source in library.sources:
        if source in EVERYWHERE:
            continue
        for target in own_targets(library, source):
            held[target].append(source)
        if source in MINERAL and "osteogenic cells" in held:
            held["osteogenic cells"].append(source)
    return {t: tuple(s) for t, s in held.items()}


def body_mass_kg(library: SafLibrary) -> float:
    """Mass of a library's whole body; for the ICRP phantoms the sum of "other", blood and contents.

    Raises
    ------
    KeyError : the library holds no masses to sum.
    """
    mass = library.source_mass_kg
    if TOTAL_BODY in mass:
        return float(mass[TOTAL_BODY])
    parts = [*library.conventions.remainder_sources, "blood"]
    parts += [c for c in WALLS if c in mass and c != "colon contents"]
    return float(sum(mass[p] for p in parts))
