"""Doses of 89Zr in the stylised adult male: energy balance, uniform activity, a published liver dose."""

import numpy as np
import pytest
from toy_body import MEV_TO_MGY

from dosimetry import absorbed_dose, effective_dose, s_value_uncertainty, s_values
from dosimetry.nuclides.nuclide import nuclide
from phantoms.errors import PhantomError
from phantoms.library.installed import load_phantom


@pytest.fixture(scope="module")
def male():
    try:
        return load_phantom("adult male")
    except PhantomError as error:
        pytest.skip(str(error))


def test_s_values_are_finite_and_not_negative(male):
    s = s_values("Zr-89", male).to_numpy()
    assert np.all(np.isfinite(s))
    assert np.all(s >= 0.0)


def test_energy_in_the_whole_body_is_less_than_what_is_emitted(male):
    """Electrons stay; of the photons' 1.158 MeV about a third is absorbed in the body."""
    n = nuclide("Zr-89")
    mass = male.source_mass_kg["total body"]
    absorbed_MeV = s_values(n, male).loc["total body", "total body"] * mass / MEV_TO_MGY
    electron, photon = n.energy_per_decay_MeV["electron"], n.energy_per_decay_MeV["photon"]
    assert electron + 0.30 * photon < absorbed_MeV < electron + 0.40 * photon


def test_activity_by_mass_gives_the_doses_of_the_total_body(male):
    """Organs and remainder by mass: the doses are those of uniform activity, whatever organs are named.

    Contents alone are left out: the surface dose of electrons to their wall comes on top of the wall's own.
    """
    named = ["liver", "kidneys", "heart wall", "lungs", "red marrow", "spleen"]
    mass = male.source_mass_kg
    tiac = {n: mass[n] for n in named}
    tiac["remainder"] = mass["total body"] - sum(tiac.values())
    uniform = absorbed_dose({"total body": mass["total body"]}, "Zr-89", male)
    np.testing.assert_allclose(absorbed_dose(tiac, "Zr-89", male), uniform, rtol=1e-9)


def test_statistics_of_the_s_values(male):
    """Self-doses are known to a fraction of a percent; the median over all pairs to some percent."""
    s, u = s_values("Zr-89", male), s_value_uncertainty("Zr-89", male)
    for organ in ("liver", "kidneys", "lungs", "spleen"):
        assert u.loc[organ, organ] < 0.005 * s.loc[organ, organ]
    assert np.median(u.to_numpy() / s.to_numpy()) < 0.05


def test_liver_dose_of_89zr_huj591(male):
    """Pandit-Taskar et al., Eur J Nucl Med Mol Imaging 2014;41:2093-2105: mean residence times of whole body
    78.7 h and liver 25.6 h; liver 7.7 +- 1.5 cGy/mCi by OLINDA (the rest of the body is remainder here)."""
    dose = absorbed_dose({"liver": 25.6, "remainder": 78.7 - 25.6}, "Zr-89", male)
    cGy_per_mCi = dose["liver"] * 37.0 / 10.0
    assert cGy_per_mCi == pytest.approx(7.7, abs=1.5)


def test_effective_dose_of_uniform_activity_is_near_the_total_body_dose(male):
    dose = absorbed_dose({"remainder": 80.0}, "Zr-89", male)
    for weights in ("ICRP 60", "ICRP 103", "ICRP 26"):
        assert float(effective_dose(dose, weights)) == pytest.approx(dose["total body"], rel=0.25)
