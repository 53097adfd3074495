"""How much energy the daughters emit that a dose leaves out, if they decay where their parent did.

Decays of a daughter per decay of its parent within a period follow Bateman's equations (Proc Camb Phil Soc
1910;15:423-427). Their usual closed form cancels where half-lives differ much, from microseconds to 1e10
years in one chain; here the atoms' times in each member are propagated with sums and products of positive
numbers alone (:mod:`kinetics.linear_systems.propagation`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from dosimetry.errors import DosimetryError
from dosimetry.nuclides.chains import DAUGHTERS, descendants, equilibrium, in_order, shares
from dosimetry.nuclides.nuclide import Nuclide, canonical_name, nuclide
from kinetics.linear_systems.propagation import step

#: The period that a dose is of where nothing else is said: the commitment period of an adult, years.
YEARS = 50.0
#: More than this share of the energy is worth a warning.
WARN_ABOVE = 0.01
HOURS_PER_YEAR = 365.2422 * 24.0


@dataclass(frozen=True)
class LeftOut:
    """Energy that daughters emit that are not counted, per decay of the parent, where they decay in place.

    nuclide : the parent.
    years : the period that decays are counted in.
    decays : daughter that is left out -> its decays per decay of the parent.
    energy_MeV : kind ("photon", "electron", "alpha", ...) -> what they emit, MeV per decay of the parent.
    counted_MeV : what the parent and the daughters that are counted emit, of all kinds, MeV per decay.

    Examples
    --------
    >>> lead = left_out_energy("Pb-212", "none")
    >>> list(lead.decays), round(lead.share, 3)
    (['Bi-212', 'Po-212', 'Tl-208'], 0.969)
    >>> left_out_energy("Pb-212", "equilibrium").share
    0.0
    """

    nuclide: str
    years: float
    decays: Mapping[str, float] = field(default_factory=dict)
    energy_MeV: Mapping[str, float] = field(default_factory=dict)
    counted_MeV: float = 0.0

    @property
    def share(self) -> float:
        """Energy that is left out, as a share of all that is emitted: 0 to 1."""
        out = math.fsum(self.energy_MeV.values())
        return out / (out + self.counted_MeV) if out else 0.0


def left_out_energy(
    name: str | Nuclide, counted: str | Collection[str] = "none", years: float = YEARS
) -> LeftOut:
    """Energy emitted by daughters that are not counted, per decay of the parent and in place.

    Parameters
    ----------
    name : the parent, e.g. "Ac-225".
    counted : "none": the parent alone is; "equilibrium": with the daughters that live shorter than it; or the
        names of the daughters that are counted.
    years : the period from the parent's administration in which decays are counted, those of the parent too;
        ``math.inf``: all.

    Raises
    ------
    DosimetryError : unknown nuclide; ``counted`` is another word; a period that is not above 0.

    Examples
    --------
    >>> left_out_energy("F-18").share, left_out_energy("Tc-99m").share < 0.001
    (0.0, True)
    >>> actinium = left_out_energy("Ac-225", ["Fr-221", "At-217"])
    >>> list(actinium.decays), round(actinium.energy_MeV["alpha"], 1)
    (['Bi-213', 'Po-213', 'Tl-209', 'Pb-209'], 8.5)
    """
    first = nuclide(name)
    if not years > 0.0:
        raise DosimetryError(
            f"period of {years!r} years: a number above 0 is needed (math.inf: for all time)"
        )
    if isinstance(counted, str):
        if counted not in DAUGHTERS:
            raise DosimetryError(
                f"daughters '{counted}' is unknown; allowed: {', '.join(DAUGHTERS)}, or names of daughters"
            )
        inside = set(equilibrium(first)) if counted == "equilibrium" else set()
    else:
        inside = {canonical_name(n) for n in counted}
    decays = decays_in_place(first.name, first.half_life_s, float(years))
    out = {n: d for n, d in decays.items() if n not in inside and n != first.name}
    energy: dict[str, float] = {}
    for n, d in out.items():
        for kind, value in nuclide(n).energy_per_decay_MeV.items():
            energy[kind] = energy.get(kind, 0.0) + d * value
    own = math.fsum(first.energy_per_decay_MeV.values())
    among = math.fsum(
        d * math.fsum(nuclide(n).energy_per_decay_MeV.values())
        for n, d in decays.items()
        if n in inside and n != first.name
    )
    return LeftOut(first.name, float(years), out, {k: e for k, e in energy.items() if e}, own + among)


@lru_cache(maxsize=512)
def decays_in_place(name: str, half_life_s: float, years: float) -> Mapping[str, float]:
    """Decays of every member of a chain per decay of its first, within a period, each where its parent was.

    Parameters
    ----------
    name, half_life_s : of the first nuclide, s.
    years : the period from when the first alone is there; ``math.inf``: for all time.

    >>> decays_in_place("Mo-99", 65.94 * 3600, math.inf)["Tc-99m"]
    0.8773
    """
    order = in_order(name)
    at = {n: i for i, n in enumerate(order)}
    if math.isinf(years):
        every = dict.fromkeys(order, 0.0) | {name: 1.0}
        for parent in order:
            for daughter, share in shares(parent):
                every[daughter] += every[parent] * share
        return MappingProxyType(every)
    half_lives = [half_life_s, *(nuclide(n).half_life_s for n in order[1:])]
    decay_per_h = math.log(2.0) * 3600.0 / np.array(half_lives)
    rates = np.zeros((len(order) + 1, len(order) + 1))  # the last is what is stable
    for parent, i in at.items():
        daughters = shares(parent)
        for daughter, share in daughters:
            rates[at[daughter], i] = decay_per_h[i] * share
        rates[-1, i] = decay_per_h[i] * max(0.0, 1.0 - math.fsum(share for _, share in daughters))
    held_h = step(rates, years * HOURS_PER_YEAR).held
    assert held_h is not None  # integrals are what a step gives by itself
    decays = decay_per_h * held_h[:-1, 0]
    return MappingProxyType(dict(zip(order, (decays / decays[0]).tolist(), strict=True)))


def left_out_note(name: str | Nuclide, daughters: str = "none", with_own: Collection[str] = ()) -> str:
    """A warning where daughters that are not counted bring more than 1 % of the energy; "" where not.

    Parameters
    ----------
    name : the nuclide whose dose it is.
    daughters : one of :data:`dosimetry.nuclides.chains.DAUGHTERS`.
    with_own : nuclides that are counted with TIACs of their own. What comes of a daughter among them is told
        with the parent that it comes from.

    >>> left_out_note("F-18")
    ''
    >>> print(left_out_note("Pb-212"))
    Pb-212: daughters left out (Bi-212, Po-212, Tl-208) emit 97 % of the energy, where they decay in place \
within 50 years: photons 1.31 MeV, electrons 0.724 MeV, alphas 7.95 MeV per decay of Pb-212. Count them \
with daughters = 'equilibrium', or give them TIACs of their own.
    """
    first = nuclide(name)
    others = {canonical_name(n) for n in with_own} - {first.name}
    if any(first.name in descendants(n) for n in others):
        return ""
    inside = others | (set(equilibrium(first)) if daughters == "equilibrium" else set())
    return _told(left_out_energy(first, inside), first)


def still_left_out(notes: Collection[str], counted: Collection[str]) -> list[str]:
    """Notes of doses that are added, made anew where a daughter that one leaves out is counted by another.

    As :func:`left_out_note` has them for a chain.

    Parameters
    ----------
    notes : of all parts; those of :func:`left_out_note` are known by their beginning.
    counted : the nuclides of all parts.
    """
    kept = []
    for note in notes:
        if found := _NOTE.match(note):
            parent, before = found["parent"], found["names"].split(", ")
            if any(parent in descendants(n) for n in counted):
                continue  # told with the nuclide that it comes from
            after = set(before) - set(counted)
            if len(after) < len(before):
                note = _told(left_out_energy(parent, descendants(parent) - after), nuclide(parent))
        if note:
            kept.append(note)
    return kept


_NOTE = re.compile(r"(?P<parent>\S+): daughters left out \((?P<names>[^)]*)\)")


def _told(out: LeftOut, parent: Nuclide) -> str:
    """The warning, as :data:`_NOTE` finds it again; "" where it is not worth one."""
    if out.share <= WARN_ABOVE:
        return ""
    most = max(out.energy_MeV.values())
    parts = [f"{kind}s {value:.3g} MeV" for kind, value in out.energy_MeV.items() if value > 1e-3 * most]
    outlive = [n for n in out.decays if nuclide(n).half_life_s >= parent.half_life_s]
    if len(outlive) == len(out.decays):
        how = f"Living longer than {out.nuclide}, they count by TIACs of their own alone."
    else:
        but = f" (not {', '.join(outlive)}, living longer than {out.nuclide})" if outlive else ""
        how = f"Count them with daughters = 'equilibrium'{but}, or give them TIACs of their own."
    return (
        f"{out.nuclide}: daughters left out ({', '.join(out.decays)}) emit {100 * out.share:.2g} % of the"
        f" energy, where they decay in place within {out.years:g} years: {', '.join(parts)} per decay of"
        f" {out.nuclide}. {how}"
    )
