"""Decay chains: the radioactive daughters of a nuclide and how often they decay for each parent's decay.

Branching fractions are those of ICRP 107's index, in ``data/decay_chains.csv`` (its header has source and
notice). The package ``radioactivedecay`` that carries them brings sympy, networkx and a second of import for
a table of a thousand lines; so the table is here and the script that wrote it stands beside it.
"""

from __future__ import annotations

import csv
import math
from functools import lru_cache
from pathlib import Path

from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import Nuclide, nuclide

TABLE = Path(__file__).with_name("decay_chains.csv")

#: Ways to count daughters in S values and doses.
DAUGHTERS = ("none", "equilibrium")


@lru_cache(maxsize=1)
def branchings() -> dict[str, tuple[tuple[str, float], ...]]:
    """Nuclide -> its radioactive daughters with their branching fractions, of all that have any."""
    found: dict[str, list[tuple[str, float]]] = {}
    with TABLE.open(encoding="utf-8", newline="") as f:
        for row in csv.DictReader(line for line in f if not line.startswith("#")):
            found.setdefault(row["parent"], []).append((row["daughter"], float(row["branching"])))
    return {parent: tuple(rows) for parent, rows in found.items()}


def progeny(name: str | Nuclide) -> tuple[tuple[str, float], ...]:
    """Radioactive daughters of a nuclide with their branching fractions; empty where there is none.

    Raises
    ------
    DosimetryError : unknown nuclide.

    Examples
    --------
    >>> progeny("Bi-212"), progeny("F-18")
    ((('Po-212', 0.6406), ('Tl-208', 0.3594)), ())
    """
    return branchings().get(nuclide(name).name, ())


def shares(parent: str) -> list[tuple[str, float]]:
    """Daughters and branching fractions; printed ones that sum to more than 1 are divided by their sum.

    >>> shares("Bi-212")
    [('Po-212', 0.6406), ('Tl-208', 0.3594)]
    """
    daughters = branchings().get(parent, ())
    total = max(1.0, math.fsum(b for _, b in daughters))
    return [(daughter, b / total) for daughter, b in daughters]


def in_order(name: str) -> list[str]:
    """The members of a nuclide's chain, each before all that it decays to.

    >>> in_order("Pb-212")
    ['Pb-212', 'Bi-212', 'Po-212', 'Tl-208']
    """
    done: dict[str, None] = {}

    def visit(member: str) -> None:
        for daughter, _ in reversed(branchings().get(member, ())):
            if daughter not in done:
                visit(daughter)
        done[member] = None

    visit(name)
    return list(done)[::-1]


def descendants(name: str | Nuclide) -> frozenset[str]:
    """All radioactive nuclides that the decay of one leads to.

    >>> sorted(descendants("Pb-212"))
    ['Bi-212', 'Po-212', 'Tl-208']
    """
    found: set[str] = set()
    ahead = [n for n, _ in progeny(name)]
    while ahead:
        if (member := ahead.pop()) not in found:
            found.add(member)
            ahead += [n for n, _ in branchings().get(member, ())]
    return frozenset(found)


def equilibrium(name: str | Nuclide) -> dict[str, float]:
    """Decays of each member of the chain for one decay of the parent, itself included, in equilibrium.

    Members are the daughters, and theirs, whose half-life is shorter than the parent's: over the time that
    the parent is there they decay as often as they are made, each where its parent decayed. The chain ends
    at a member that lives longer than the parent; :func:`left_out` names it.

    Raises
    ------
    DosimetryError : unknown nuclide.

    >>> equilibrium("Pb-212")
    {'Pb-212': 1.0, 'Bi-212': 1.0, 'Po-212': 0.6406, 'Tl-208': 0.3594}
    """
    first = nuclide(name)
    yields: dict[str, float] = {}

    def visit(member: str, decays: float) -> None:
        yields[member] = yields.get(member, 0.0) + decays
        for daughter, branching in branchings().get(member, ()):
            if nuclide(daughter).half_life_s < first.half_life_s:
                visit(daughter, decays * branching)

    visit(first.name, 1.0)
    return yields


def left_out(name: str | Nuclide, daughters: str) -> tuple[str, ...]:
    """Radioactive nuclides that a chain makes but that are not counted: all daughters, or the long-lived."""
    first = nuclide(name)
    if daughters == "none":
        return tuple(n for n in equilibrium(first) if n != first.name) + left_out(first, "equilibrium")
    counted = equilibrium(first)
    outside = (d for m in counted for d, _ in branchings().get(m, ()) if d not in counted)
    return tuple(dict.fromkeys(outside))


def members(name: str | Nuclide, daughters: str) -> dict[str, float]:
    """Nuclides to count and their decays per parent's decay, for one of :data:`DAUGHTERS`.

    Raises DosimetryError for any other word.
    """
    if daughters not in DAUGHTERS:
        raise DosimetryError(f"daughters '{daughters}' is unknown; allowed: {', '.join(DAUGHTERS)}")
    return {nuclide(name).name: 1.0} if daughters == "none" else equilibrium(name)


def describe(name: str | Nuclide, daughters: str) -> str:
    """One sentence on which daughters are counted and which are not."""
    first = nuclide(name)
    out = left_out(first, daughters)
    missing = f"; not counted: {', '.join(f'{n} ({half_life_text(n)})' for n in out)}" if out else ""
    if daughters == "none":
        return f"none (decays of {first.name} alone){missing}"
    counted = ", ".join(f"{n} {y:.4g}" for n, y in equilibrium(first).items() if n != first.name)
    return f"in equilibrium, decaying where the parent decays: {counted or 'none'}{missing}"


def half_life_text(name: str | Nuclide) -> str:
    """Half-life in a unit that reads well, e.g. "6.015 h"."""
    seconds = nuclide(name).half_life_s
    for unit, size in (("y", 365.2422 * 86400.0), ("d", 86400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0)):
        if seconds >= size:
            return f"{seconds / size:.4g} {unit}"
    return f"{seconds:.3g} s"
