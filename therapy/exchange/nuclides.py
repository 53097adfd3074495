"""Which nuclides a carrier's curves can be projected to, and how their daughters are counted."""

from __future__ import annotations

from collections.abc import Sequence

from dosimetry.errors import DosimetryError
from dosimetry.nuclides.chains import equilibrium, half_life_text
from dosimetry.nuclides.nuclide import Nuclide, nuclide
from milligray.errors import Complaints

#: A label that lives shorter decays before a carrier is where its curve says.
LEAST_HALF_LIFE_H = 1.0 / 6.0
#: Daughters that are told by their half-life: long enough to leave the place where they are made.
TRAVEL_S = 60.0


def therapeutic_nuclides(names: Sequence[str]) -> list[Nuclide]:
    """The nuclides of these names that curves can be projected to, each once.

    Raises
    ------
    DosimetryError : no name; all of them that are unknown (a stable nuclide is none of ICRP 107), fission
        spontaneously, or live for less than ten minutes.

    Examples
    --------
    >>> [n.name for n in therapeutic_nuclides(["177Lu", "Y-90"])]
    ['Lu-177', 'Y-90']
    """
    if not names:
        raise DosimetryError("no nuclide is named to project to; name one, e.g. Lu-177")
    found: dict[str, Nuclide] = {}
    with Complaints(DosimetryError) as wrong:
        for name in names:
            with wrong.catching():
                one = _usable(name)
                if one.name in found:
                    raise DosimetryError(f"nuclide '{one.name}' is named twice; once is enough")
                found[one.name] = one
    return list(found.values())


def _usable(name: str) -> Nuclide:
    try:
        one = nuclide(name)
    except DosimetryError as error:
        raise DosimetryError(f"{error}; stable nuclides are not among them and give no dose") from None
    if one.fissions:
        raise DosimetryError(
            f"nuclide '{one.name}' fissions spontaneously; neutrons and fragments have no SAFs here, and its"
            " dose would be too low: take another"
        )
    if one.half_life_h < LEAST_HALF_LIFE_H:
        raise DosimetryError(
            f"nuclide '{one.name}' has a half-life of {half_life_text(one)}; it decays before its carrier is"
            " where the curves say (10 min at least)"
        )
    return one


def daughters_of(n: Nuclide) -> str:
    """How daughters are counted: "equilibrium" where a chain has some, else "none"."""
    return "equilibrium" if len(equilibrium(n)) > 1 else "none"


def said_of_daughters(n: Nuclide) -> str:
    """What counting daughters where their parent decayed assumes; "" where there are none.

    Examples
    --------
    >>> from dosimetry import nuclide
    >>> said_of_daughters(nuclide("Lu-177"))
    ''
    >>> print(said_of_daughters(nuclide("Pb-212")))
    Pb-212: daughters (Bi-212, Po-212, Tl-208) are counted in equilibrium: each decays where Pb-212 did. \
What recoil sets free and blood carries on (Bi-212 lives 1.009 h, Tl-208 3.053 min) is not covered; organs \
that take it up, such as the kidneys, get more
    """
    chain = [m for m in equilibrium(n) if m != n.name]
    if not chain:
        return ""
    travel = [m for m in chain if nuclide(m).half_life_s >= TRAVEL_S]
    text = (
        f"{n.name}: daughters ({', '.join(chain)}) are counted in equilibrium: each decays where {n.name} did"
    )
    if not travel:
        return text
    first, *rest = (f"{m} {half_life_text(m)}" for m in travel)
    lives = ", ".join([first.replace(" ", " lives ", 1), *rest])
    return (
        f"{text}. What recoil sets free and blood carries on ({lives}) is not covered; organs that take"
        " it up, such as the kidneys, get more"
    )
