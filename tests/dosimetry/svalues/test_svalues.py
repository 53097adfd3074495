"""S values against closed forms on a made-up body, and their invariants."""

import numpy as np
import pytest
from toy_body import MASS_KG, MEV_TO_MGY, lines, make_library

from dosimetry import DosimetryError, s_value_uncertainty, s_values
from dosimetry.svalues.folding import s_arrays
from phantoms.errors import PhantomError


def test_one_electron_line_in_its_own_organ(toy):
    s = s_values(lines(IE=(0.1, 0.5)), toy)
    assert s.loc["liver", "liver"] == pytest.approx(MEV_TO_MGY * 0.05 / MASS_KG["liver"], rel=1e-12)
    assert s.loc["liver", "kidneys"] == 0.0
    assert s.loc["stomach wall", "stomach contents"] == pytest.approx(MEV_TO_MGY * 0.1, rel=1e-12)


def test_a_photon_on_the_grid_takes_the_saf_of_the_grid(toy):
    s = s_values(lines(gamma=(0.2, 1.0)), toy)
    k = list(toy.tables["photon"].energy_MeV).index(0.2)
    saf = toy.tables["photon"].saf_per_kg[:, :, k]
    np.testing.assert_allclose(s.to_numpy(), MEV_TO_MGY * 0.2 * saf, rtol=1e-12)


def test_photons_below_the_grid_count_as_electrons(toy):
    s = s_arrays(lines(X=[(0.005, 2.0), (0.05, 1.0)]), toy)
    i = toy.targets.index("liver"), toy.sources.index("liver")
    assert s.value["electron"][i] == pytest.approx(MEV_TO_MGY * 0.01 / MASS_KG["liver"], rel=1e-12)
    assert "below 10 keV" in s.notes[0]


def test_photons_above_the_grid_are_named(toy):
    assert "above 4 MeV" in s_arrays(lines(gamma=(6.0, 1.0)), toy).notes[0]


def test_s_is_linear_in_the_yield_and_additive_over_emissions(toy):
    a, b = lines(gamma=(0.3, 1.0)), lines(IE=(0.2, 1.0))
    both = lines(gamma=(0.3, 2.0), IE=(0.2, 3.0))
    np.testing.assert_allclose(s_values(both, toy), 2 * s_values(a, toy) + 3 * s_values(b, toy), rtol=1e-12)


def test_alphas_and_recoil_are_counted_and_not_weighted(toy):
    s = s_arrays("Po-210", toy)
    n = s.nuclide
    expected = n.energy_MeV("alpha") + n.energy_MeV("alpha recoil")
    i = toy.targets.index("kidneys"), toy.sources.index("kidneys")
    assert s.value["alpha"][i] == pytest.approx(MEV_TO_MGY * expected / MASS_KG["kidneys"], rel=1e-12)
    assert expected == pytest.approx(5.4075, abs=0.001)  # Q value of the decay of 210Po, MeV


def test_a_missing_table_is_an_error_and_not_zero():
    with pytest.raises(PhantomError, match="no SAFs for alphas"):
        s_values("Po-210", make_library(alpha=False))
    with pytest.raises(PhantomError, match="no SAFs for electrons"):
        s_values("Y-90", make_library(electron=False))


def test_spontaneous_fission_is_refused_with_the_reason(toy):
    with pytest.raises(DosimetryError, match="spontaneous fission"):
        s_values("Cf-252", toy)


def test_the_frame_says_where_it_comes_from(toy):
    s = s_values("89Zr", toy)
    assert s.index.name == "target"
    assert s.columns.name == "source"
    assert s.attrs["unit"] == "mGy/(MBq.s)"
    assert s.attrs["nuclide"] == "Zr-89"
    assert "ICRP 107" in s.attrs["decay data"]
    assert s.attrs["phantom origin"] == "made up for tests"


def test_the_uncertainty_of_one_line_on_the_grid_is_that_of_the_saf(toy):
    n = lines(gamma=(0.2, 1.0))
    np.testing.assert_allclose(s_value_uncertainty(n, toy), 0.02 * s_values(n, toy), rtol=1e-12)


def test_the_uncertainty_between_grid_points_is_the_uncorrelated_mean(toy):
    n = lines(gamma=(0.15, 1.0))  # halfway between 0.1 and 0.2 MeV
    saf = toy.tables["photon"].saf_per_kg[:, :, 3:5]
    expected = MEV_TO_MGY * 0.15 * 0.02 * 0.5 * np.sqrt((saf**2).sum(axis=2))
    np.testing.assert_allclose(s_value_uncertainty(n, toy), expected, rtol=1e-12)


def test_an_unknown_uncertainty_has_a_reason():
    u = s_value_uncertainty("Zr-89", make_library(relative_se=None))
    assert u.isna().to_numpy().all()
    assert "without uncertainties" in u.attrs["reason"]
