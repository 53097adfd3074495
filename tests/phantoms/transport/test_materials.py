"""Cross-sections against the tables of NIST (Hubbell and Seltzer 1995, NISTIR 5632), liquid water."""

import numpy as np
import pytest

from phantoms.errors import PhantomError
from phantoms.transport.materials import (
    ELECTRON_MASS_MEV,
    HIGH_MEV,
    LOW_MEV,
    N_ENERGY,
    cross_sections,
    klein_nishina_barn,
    pair_cross_section_barn,
    tissue,
)

# energy in MeV: mu/rho and mu_en/rho of water in cm2/g
NIST_WATER = {
    0.010: (5.329, 4.944), 0.015: (1.673, 1.374), 0.020: (0.8096, 0.5503), 0.030: (0.3756, 0.1557),
    0.050: (0.2269, 0.04223), 0.100: (0.1707, 0.02546), 0.200: (0.1370, 0.02967), 0.500: (0.09687, 0.03299),
    1.0: (0.07072, 0.03103), 1.5: (0.05754, 0.02833), 2.0: (0.04942, 0.02608), 4.0: (0.03403, 0.02066),
}  # fmt: skip


def test_attenuation_and_energy_transfer_of_water() -> None:
    table = cross_sections(("water",))
    grid = np.geomspace(LOW_MEV, HIGH_MEV, N_ENERGY)
    total = (table.photo + table.coherent + table.incoherent + table.pair)[1]
    for energy, (mu, mu_en) in NIST_WATER.items():
        assert np.interp(energy, grid, total) == pytest.approx(mu, rel=0.003), energy
        # mu_tr exceeds mu_en by the radiative losses, about 1 % at 4 MeV
        assert np.interp(energy, grid, table.transfer[1]) == pytest.approx(mu_en, rel=0.002 + 0.003 * energy)


def test_klein_nishina_tends_to_thomson_and_falls() -> None:
    assert klein_nishina_barn(np.array([1e-6]))[0] == pytest.approx(0.66524587, rel=1e-4)
    assert klein_nishina_barn(np.array([ELECTRON_MASS_MEV]))[0] == pytest.approx(0.28656, rel=1e-3)


def test_pair_production_begins_at_its_threshold() -> None:
    energies = np.array([1.0, 1.0219, 1.03, 2.0, 4.0])
    sigma = pair_cross_section_barn(energies, 8)
    assert sigma[0] == sigma[1] == 0.0
    assert np.all(np.diff(sigma[1:]) > 0)


def test_an_unknown_material_is_refused() -> None:
    with pytest.raises(PhantomError, match="soft tissue"):
        tissue("cheese")
