"""Compartments of the alimentary tract in the source regions that a body has: a named mapping.

The stomach and the small intestine are one region in every body. The large intestine is cut in two ways:

    ICRP 30     upper large intestine: ascending colon, transverse colon
                lower large intestine: descending colon, sigmoid colon
    ICRP 100    right colon: ascending colon, right half of the transverse colon
                left colon: left half of the transverse colon, descending colon
                rectosigmoid: sigmoid colon, rectum

(Cristy and Eckerman, ORNL/TM-8381, for the stylised bodies; ICRP 100.) So the right colon is in the upper
large intestine and the rectosigmoid in the lower one, the left colon in both; and the other way round.
Activity is taken to be spread evenly over a compartment's contents, as a source region's is: shares are by
contents.
"""

from __future__ import annotations

from collections.abc import Mapping

from dosimetry.errors import DosimetryError
from phantoms.errors import PhantomError
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import resolve

#: Share of the left colon's contents that is in the left half of the transverse colon, the rest being in the
#: descending one: by the volumes of the contents in the bodies of ORNL/TM-8381, 63.3 and 102.3 cm3 in the
#: adult male (0.382; 0.372 to 0.382 in the others, newborn to adult female).
LEFT_TRANSVERSE = 0.38

UPPER, LOWER = "upper large intestine contents", "lower large intestine contents"
RIGHT, LEFT, RECTOSIGMOID = "RC-cont", "LC-cont", "RS-cont"


def source_shares(compartment: str, library: SafLibrary) -> dict[str, float]:
    """The source regions of a body that a compartment of the alimentary tract is in, with its share in each.

    Parameters
    ----------
    compartment : of a tract (:func:`kinetics.tract`), or another body's name for a part of the gut.
    library : the body.

    Returns
    -------
    Source region -> share; they sum to 1. A region that the body has is itself.

    Raises
    ------
    DosimetryError : the body has no such region, and none that it is mapped to; the message lists what of the
        gut it has.

    Examples
    --------
    >>> from phantoms import load_phantom
    >>> source_shares("left colon contents", load_phantom("adult male"))
    {'upper large intestine contents': 0.38, 'lower large intestine contents': 0.62}
    >>> source_shares("small intestine contents", load_phantom("adult male"))
    {'small intestine contents': 1.0}
    """
    try:
        return {library.source(compartment): 1.0}
    except PhantomError:
        pass
    parts = _parts(compartment, library)
    total = sum(parts.values())
    if not parts or not set(parts) <= set(library.sources) or not total > 0.0:
        gut = [s for s in library.sources if s in _OF_THE_GUT]
        has = f"of the gut it has: {', '.join(gut)}" if gut else "it has no contents of the gut"
        raise DosimetryError(f"phantom '{library.phantom}' has no source region for '{compartment}'; {has}")
    return {source: part / total for source, part in parts.items()}


_OF_THE_GUT = (
    "O-cavity", "Oesophag-f", "Oesophag-s", "stomach contents", "small intestine contents", UPPER, LOWER,
    RIGHT, LEFT, RECTOSIGMOID,
)  # fmt: skip


def _parts(compartment: str, library: SafLibrary) -> dict[str, float]:
    """Parts of a compartment in a body that cuts the large intestine in the other way; {}: not of it."""
    try:
        name = resolve(compartment, (UPPER, LOWER, RIGHT, LEFT, RECTOSIGMOID), kind="source region")
    except PhantomError:
        return {}
    mass = library.source_mass_kg
    rest = 1.0 - LEFT_TRANSVERSE
    return {
        RIGHT: {UPPER: 1.0},
        LEFT: {UPPER: LEFT_TRANSVERSE, LOWER: rest},
        RECTOSIGMOID: {LOWER: 1.0},
        UPPER: {RIGHT: mass.get(RIGHT, 0.0), LEFT: LEFT_TRANSVERSE * mass.get(LEFT, 0.0)},
        LOWER: {LEFT: rest * mass.get(LEFT, 0.0), RECTOSIGMOID: mass.get(RECTOSIGMOID, 0.0)},
    }[name]


def in_sources(of_compartments: Mapping[str, float], library: SafLibrary) -> dict[str, float]:
    """Numbers by compartment of a tract (TIACs in h) as numbers by source region of a body.

    Raises
    ------
    DosimetryError : as :func:`source_shares`.

    Examples
    --------
    >>> from kinetics import tract, tract_tiac_h
    >>> from phantoms import load_phantom
    >>> found = in_sources(tract_tiac_h(tract("ICRP 100"), 0.00884), load_phantom("adult male"))
    >>> [round(h, 2) for h in found.values()]
    [0.0, 3.86, 14.08, 14.44]
    """
    found: dict[str, float] = {}
    for compartment, value in of_compartments.items():
        for source, share in source_shares(compartment, library).items():
            found[source] = found.get(source, 0.0) + share * value
    return found
