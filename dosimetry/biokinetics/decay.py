"""The decay of a nuclide and its radioactive daughters, in numbers that a compartment model takes."""

from __future__ import annotations

import math

from dosimetry.nuclides.chains import in_order, shares
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
    ordered = in_order(nuclide(name).name)
    lambdas = {n: math.log(2.0) / nuclide(n).half_life_h for n in ordered}
    return Decay(lambdas, {(a, b): share for a in ordered for b, share in shares(a)})
