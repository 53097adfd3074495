"""Lesions in an organ: what organ and lesions give to each other, so that no energy counts twice.

An organ N of mass m_N holds lesions L of masses m_L; H is what is left, its healthy tissue. For one kind of
radiation let S(N<-N), known of the body, be the mean dose in the whole organ per decay anywhere in it, and
S(L<-L) the lesion's of itself (a sphere, an ellipsoid). Energy that starts everywhere in the organ splits as

    m_N^2 S(N<-N) = m_H^2 S(H<-H) + 2 m_H sum_L m_L S(L<-H) + sum_L,L' m_L m_L' S(L<-L'),

with S(L<-H) = S(H<-L), which holds in an endless medium of one kind. One thing is not known: where in the
organ the lesion is. It is taken to be at a typical place: activity that is everywhere in the organ gives the
lesion the organ's mean dose. That is m_N S(N<-N) = m_H S(L<-H) + sum_L' m_L' S(L<-L'), so

    S(L<-H) = [m_N S(N<-N) - m_L S(L<-L) - sum_L'!=L m_L' S(L<-L')] / m_H.

For electrons and alphas it is E (1 - phi_L)/m_H, with all the energy E that is emitted and the fraction
phi_L that a sphere keeps: what a lesion loses it gets back where the tissue around is as active, which is
exact wherever it lies inside. (m_N S(N<-N) is a little less than E where some leaves at the organ's
surface, as in bodies of voxels; a lesion inside does not see that.) For photons it is the organ's own S
value: a point in the organ's place, less what the lesion would give itself. Between lesions apart S is
S(N<-N) for photons and 0 for the others. S(H<-H) follows from the first equation, so that energy is
conserved; and where a lesion is as active as an organ that keeps its electrons, lesion, healthy tissue and
organ have one dose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dosimetry.errors import DosimetryError

#: The kind of radiation that comes from elsewhere in an organ.
PENETRATING = "photon"
#: Below 0 by less than this share of the organ's energy is by the statistics of the two tables.
STATISTICS = 0.005

ByKind = Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class SharedOrgan:
    """S values, by kind of radiation in the unit given, of an organ's healthy tissue and the lesions in it.

    healthy_mass_kg : of the organ less its lesions.
    healthy : of the healthy tissue to itself.
    to_lesion : one a lesion: healthy tissue to lesion, and lesion to healthy tissue.
    between : of a lesion to another.
    too_large : by lesion, whether it keeps more of a kind than the whole organ does, so that what it gives to
        the tissue around was set from below 0 to 0, and energy is not conserved.
    """

    healthy_mass_kg: float
    healthy: ByKind
    to_lesion: tuple[ByKind, ...]
    between: ByKind
    too_large: tuple[bool, ...] = ()


def shared_organ(
    organ_mass_kg: float,
    organ_s: ByKind,
    lesion_mass_kg: Sequence[float],
    lesion_s: Sequence[ByKind],
    emitted: ByKind | None = None,
) -> SharedOrgan:
    """What an organ's healthy tissue and its lesions give to each other.

    Parameters
    ----------
    organ_mass_kg : of the organ with its lesions.
    organ_s : of the organ to itself, by kind of radiation, in any unit of dose per decay.
    lesion_mass_kg, lesion_s : of each lesion, and of each to itself, in the same unit.
    emitted : energy by kind, in that unit times kg; None: m S of the organ, which then keeps all of it.

    Raises
    ------
    DosimetryError : the lesions weigh as much as the organ, or more.

    Examples
    --------
    >>> organ, lesion = {"photon": 2.0, "electron": 10.0}, {"photon": 9.0, "electron": 900.0}
    >>> found = shared_organ(0.1, organ, [0.001], [lesion])
    >>> {kind: round(s, 3) for kind, s in found.to_lesion[0].items()}  # electrons: (0.1 x 10 - 0.9)/0.099
    {'photon': 1.929, 'electron': 1.01}
    """
    taken = sum(lesion_mass_kg)
    healthy_kg = organ_mass_kg - taken
    if not healthy_kg > 0.0:
        raise DosimetryError(
            f"its lesions weigh {taken * 1e3:.4g} g and leave nothing of its {organ_mass_kg * 1e3:.4g} g:"
            " check volumes, density, and whether its mass holds them (lesions.dose.organs.mass)"
        )
    healthy: dict[str, float] = {}
    between = {kind: s if kind == PENETRATING else 0.0 for kind, s in organ_s.items()}
    to_lesion: list[dict[str, float]] = [{} for _ in lesion_s]
    too_large = [False] * len(lesion_s)
    for kind, own in organ_s.items():
        left = organ_mass_kg**2 * own
        around = organ_mass_kg * own
        if emitted is not None and kind != PENETRATING:
            around = emitted[kind]
        for i, (mass, s) in enumerate(zip(lesion_mass_kg, lesion_s, strict=True)):
            others = taken - mass
            found = (around - mass * s[kind] - others * between[kind]) / healthy_kg
            to_lesion[i][kind] = max(found, 0.0)
            too_large[i] |= found * healthy_kg < -STATISTICS * around
            left -= 2.0 * healthy_kg * mass * to_lesion[i][kind]
            left -= mass * (mass * s[kind] + others * between[kind])
        healthy[kind] = max(left, 0.0) / healthy_kg**2
    return SharedOrgan(
        healthy_mass_kg=healthy_kg,
        healthy=healthy,
        to_lesion=tuple(to_lesion),
        between=between,
        too_large=tuple(too_large),
    )
