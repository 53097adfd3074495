"""What a charged particle cannot exceed: limits that the SAFs of ICRP Publication 133 are held against.

Two follow from the conservation of energy. A target cannot absorb more than was emitted: SAF x its mass is
at most 1. And nowhere in or beside a uniform source is the dose above that of charged-particle equilibrium,
energy emitted by mass of the source (MIRD Pamphlet 21, J Nucl Med 2009;50:477-484): SAF x mass of the
source is at most 1, which also holds for targets that are thin layers inside it. What is above is not
corrected, for no one but ICRP knows what was meant; it is said.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from phantoms.library.icrp133.files import GRIDS, RegionList, SafFile

#: What is allowed above 1: the lists print masses to some 0.5 %; stopping powers of soft tissues, which are
#: not all one medium, differ by a few per cent (ICRU Report 46).
TARGET_LIMIT, SOURCE_LIMIT = 1.01, 1.05


def limit_warnings(
    sex: str, files: Mapping[str, SafFile], targets: RegionList, sources: RegionList
) -> list[str]:
    """One sentence for each charged-particle pair above a limit, with its worst energy.

    Parameters
    ----------
    sex : "male" or "female".
    files : SAFs in 1/kg by kind, (T, S, energies), with "electron" and "alpha" among them.
    targets, sources : the lists of regions with their masses in kg.
    """
    t_mass = np.array([targets.mass_kg[sex][n] for n in targets.names])
    s_mass = np.array([sources.mass_kg[sex][n] for n in sources.names])
    found = []
    for kind in ("electron", "alpha"):
        saf = files[kind].saf_per_kg
        highest = saf.max(axis=2)
        absorbed, density = highest * t_mass[:, None], highest * s_mass[None, :]
        for i, j in np.argwhere((absorbed > TARGET_LIMIT) | (density > SOURCE_LIMIT)):
            k = int(saf[i, j].argmax())
            of_target = absorbed[i, j] / TARGET_LIMIT > density[i, j] / SOURCE_LIMIT
            mass, whose = (t_mass[i], "target") if of_target else (s_mass[j], "source")
            found.append(
                f"{kind} SAF({targets.names[i]}<-{sources.names[j]}) of the {sex} at {GRIDS[kind][k]:g} MeV"
                f" is {highest[i, j]:.4g} per kg; energy is conserved up to {1 / mass:.4g} per kg"
                f" (1 / mass of the {whose}, {mass:.4g} kg): it is used as it stands"
            )
    return found
