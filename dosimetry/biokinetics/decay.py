"""The decay of a nuclide and its radioactive daughters, in numbers that a compartment model takes."""

from __future__ import annotations

import math

from dosimetry.nuclides.chains import progeny
from dosimetry.nuclides.nuclide import Nuclide, nuclide
from kinetics.compartments.given import Decay


def decay_of(name: str | Nuclide) -> Decay:
    """Decay constants and branching fractions of a nuclide and all its radioactive daughters (ICRP 107).

    Printed fractions of a nuclide that sum to more than 1, by up to 1e-4 of it, are divided by their sum.

    Returns
    -------
    :class:`kinetics.Decay`: the nuclide first, each daughter after all that it comes from.

    Raises
    ------
    DosimetryError : unknown nuclide.

    Examples
    --------
    >>> chain = decay_of("Pb-212")
    >>> chain.daughters, chain.branching["Bi-212", "Po-212"]
    (('Bi-212', 'Po-212', 'Tl-208'), 0.6406)
    """
    first = nuclide(name)
    ways: dict[tuple[str, str], float] = {}
    ordered: list[str] = []
    entered: set[str] = set()
    todo: list[tuple[str, bool]] = [(first.name, False)]
    while todo:  # depth first: a member is noted when all that it leads to has been
        member, done = todo.pop()
        if done:
            ordered.append(member)
        elif member not in entered:
            entered.add(member)
            todo.append((member, True))
            ahead = progeny(member)
            rounded = max(math.fsum(branching for _, branching in ahead), 1.0)
            for daughter, branching in ahead:
                ways[member, daughter] = branching / rounded
                todo.append((daughter, False))
    ordered.reverse()
    lambdas = {n: math.log(2.0) / nuclide(n).half_life_h for n in ordered}
    return Decay(lambdas, ways)
