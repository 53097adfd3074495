"""Alpha emitters: the RBE-weighted dose, apart from the absorbed and from the effective dose.

The absorbed dose of each radiation times its relative biological effectiveness for the deterministic effect
in question. MIRD Pamphlet No. 22 [1] takes an RBE of 5 for alphas (cell killing) until there is one of the
very endpoint, and 1 for photons and electrons. It is not the equivalent dose, whose w_R of 20 is of
stochastic effects; its unit here is "Gy (RBE 5)", so that the factor stands with every number. It does not
replace the absorbed dose by radiation, which stands beside it.

[1] Sgouros G, Roeske JC, McDevitt MR, et al. MIRD Pamphlet No. 22 (abridged): radiobiology and dosimetry of
alpha-particle emitters for targeted radionuclide therapy. J Nucl Med 2010;51:311-328.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from dosimetry.errors import DosimetryError

#: RBE for deterministic effects, MIRD Pamphlet No. 22.
RBE = {"photon": 1.0, "electron": 1.0, "alpha": 5.0}


def rbe_weighted(by_radiation: Mapping[str, float], rbe: Mapping[str, float] | None = None) -> float:
    """The RBE-weighted dose, in the unit of the doses.

    Parameters
    ----------
    by_radiation : "photon", "electron", "alpha" -> absorbed dose.
    rbe : radiation -> RBE; None: :data:`RBE`, 5 for alphas.

    Raises
    ------
    DosimetryError : a radiation without RBE; an RBE that is not above 0.

    Examples
    --------
    >>> rbe_weighted({"photon": 0.1, "electron": 0.4, "alpha": 2.0})
    10.5
    """
    weights = checked_rbe(rbe)
    unknown = [name for name in by_radiation if name not in weights]
    if unknown:
        raise DosimetryError(f"no RBE is known of '{unknown[0]}'; there are: {', '.join(weights)}")
    return math.fsum(weights[name] * dose for name, dose in by_radiation.items())


def rbe_max_of(by_radiation: Mapping[str, float], rbe_max: Mapping[str, float] | None = None) -> float:
    """Mean of the radiations' largest RBE (of low doses) by dose: the factor of a BED's linear term.

    Dale RG, Jones B. Int J Radiat Biol 1999;75:129-140: BED = RBE_max D + G D^2/(alpha/beta), with alpha/beta
    of low LET; the quadratic term is that of low LET.

    Parameters
    ----------
    by_radiation : "photon", "electron", "alpha" -> absorbed dose.
    rbe_max : radiation -> largest RBE; None: :data:`RBE`.

    Raises
    ------
    DosimetryError : as :func:`therapy.rbe_weighted`; no dose.

    Examples
    --------
    >>> rbe_max_of({"photon": 0.5, "electron": 0.5, "alpha": 1.0})
    3.0
    """
    total = math.fsum(by_radiation.values())
    if not total > 0.0:
        raise DosimetryError("no dose by any radiation; there is no mean RBE of it")
    return rbe_weighted(by_radiation, rbe_max) / total


def checked_rbe(rbe: Mapping[str, float] | None) -> dict[str, float]:
    """RBE of every radiation; those not given are :data:`RBE`'s."""
    found = {**RBE, **(rbe or {})}
    for name, value in found.items():
        if name not in RBE:
            raise DosimetryError(f"RBE of '{name}': unknown radiation; there are: {', '.join(RBE)}")
        if not (math.isfinite(value) and value > 0.0):
            raise DosimetryError(f"RBE of '{name}' is {value:g}; a number above 0 is needed")
    return found
