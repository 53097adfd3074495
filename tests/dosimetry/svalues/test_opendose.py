"""177Lu self-S of OpenDose (direct Monte Carlo, voxels of ICRP 110) as energy absorbed per decay.

S times mass is the energy per decay that stays in the organ. Electrons bring 147 keV of it, whatever the
organ's shape; of 35 keV of photons a fifth stays in a liver, less in a spleen, and only that part depends on
shape and mass. So bodies of another anatomy must agree to a part of the photons' share, which is 2 to 5 %.
"""

from __future__ import annotations

import pytest
from toy_body import MEV_TO_MGY

from dosimetry import s_values
from dosimetry.nuclides.nuclide import nuclide
from phantoms.library.installed import load_phantom

#: www.opendose.org (Chauvin et al., J Nucl Med 2020;61:1514-9): mGy/(MBq s), and the voxel organ's mass, kg.
OPENDOSE = [
    ("adult male", "liver", 1.3713e-5, 1.799776),
    ("adult male", "spleen", 1.5967e-4, 0.149968),
    ("adult female", "liver", 1.7533e-5, 1.4),
    ("adult female", "spleen", 1.8361e-4, 0.13),
]


@pytest.mark.parametrize(("body", "organ", "s_mGy_per_MBq_s", "mass_kg"), OPENDOSE)
def test_energy_that_stays(body: str, organ: str, s_mGy_per_MBq_s: float, mass_kg: float) -> None:
    library = load_phantom(body)
    ours = float(s_values("Lu-177", library).loc[organ, organ]) * library.target_mass_kg[organ] / MEV_TO_MGY
    theirs = s_mGy_per_MBq_s * mass_kg / MEV_TO_MGY
    emitted = nuclide("Lu-177").energy_per_decay_MeV
    for stays in (ours, theirs):
        assert emitted["electron"] < stays < emitted["electron"] + 0.3 * emitted["photon"]
    assert ours == pytest.approx(theirs, rel=0.02)
