"""Libraries that were made for one nuclide: exact for it, refused for all others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dosimetry import DosimetryError
from dosimetry.nuclides.nuclide import nuclide
from dosimetry.svalues.catalogue import s_values_of_all
from dosimetry.svalues.folding import mGy_kg_per_MBq_s_MeV, s_arrays, spectra
from phantoms.library.installed import load_phantom
from phantoms.library.saf import SafLibrary, SafTable
from phantoms.transport.materials import LOW_MEV


def made_for(name: str, daughters: str = "none", spectrum: str | None = None) -> SafLibrary:
    """The newborn's SAFs averaged over a nuclide's emissions, photons below 1 keV with the electrons."""
    body, emitted = load_phantom("newborn"), spectra(name, daughters)
    photon = emitted["photon"].between(LOW_MEV)
    electron = emitted["electron"] + emitted["photon"].between(0.0, LOW_MEV)
    tables = {}
    for kind, part in {"photon": photon, "electron": electron, "alpha": emitted["alpha"]}.items():
        total, table = part.total_MeV or 1.0, body.table(kind)
        saf = table.fold(part.energy_MeV, part.energy_per_decay_MeV / total)[:, :, None]
        at = part.energy_per_decay_MeV @ part.energy_MeV / total or 1.0
        tables[kind] = SafTable(np.array([at]), saf, np.full(saf.shape, 0.03))
    return replace(body, tables=tables, spectrum=nuclide(name).name if spectrum is None else spectrum)


@pytest.mark.parametrize("name", ["Zr-89", "Lu-177", "Y-90", "Tc-99m"])
def test_energy_per_decay_times_mean_saf_is_exact(name: str) -> None:
    library, n = made_for(name), nuclide(name)
    s = s_arrays(name, library)
    below = n.photon.between(0.0, LOW_MEV).total_MeV
    energy = {"photon": n.photon.total_MeV - below, "electron": n.electron.total_MeV + below}
    for kind, per_decay in energy.items():
        saf = library.table(kind).saf_per_kg[:, :, 0]
        expected = mGy_kg_per_MBq_s_MeV() * per_decay * saf
        np.testing.assert_allclose(s.value[kind], expected, rtol=1e-12)
        assert s.variance is not None
        np.testing.assert_allclose(s.variance[kind], np.square(0.03 * expected), rtol=1e-12)
    # most photons of Lu-177 lie below their mean energy and some above it: none is moved for that
    assert not any("take the SAF at" in note for note in s.notes)


def test_a_table_by_energy_that_is_folded_first_gives_the_same_dose() -> None:
    # the newborn's photon table begins at 10 keV: what is between it and 1 keV is what the two count apart
    body = load_phantom("newborn")
    photons = ("gamma", "X", "annihilation")
    hard = replace(nuclide("Zr-89"), emissions={
        k: e[(e[:, 0] < LOW_MEV) | (e[:, 0] >= 0.01)] if k in photons else e
        for k, e in nuclide("Zr-89").emissions.items()
    })  # fmt: skip
    library = made_for("Zr-89")
    emitted = hard.photon.between(LOW_MEV)
    energy = float(emitted.energy_MeV @ emitted.energy_per_decay_MeV) / emitted.total_MeV
    mean = body.table("photon").fold(emitted.energy_MeV, emitted.energy_per_decay_MeV / emitted.total_MeV)
    tables = {**library.tables, "photon": SafTable(np.array([energy]), mean[:, :, None])}
    one = s_arrays(hard, replace(library, tables=tables)).value["photon"]
    np.testing.assert_allclose(one, s_arrays(hard, body).value["photon"], rtol=1e-12)


def test_another_nuclide_is_refused() -> None:
    library = made_for("Zr-89")
    with pytest.raises(
        DosimetryError, match=r"phantom 'newborn' was made for Zr-89 alone: .* not for Lu-177;"
    ):
        s_arrays("Lu-177", library)
    named = replace(library, provenance={**library.provenance, "file": "patient.h5"})
    with pytest.raises(DosimetryError, match=r"^patient.h5 was made for Zr-89 alone"):
        s_arrays("Lu-177", named)
    with pytest.raises(DosimetryError, match="made for Zr-89 alone"):
        s_values_of_all(library, nuclides=["Zr-89", "Y-90"])


def test_daughters_are_another_spectrum() -> None:
    alone, chain = (
        made_for("Pb-212"),
        made_for("Pb-212", "equilibrium", "Pb-212 with daughters in equilibrium"),
    )
    assert (
        s_arrays("Pb-212", alone).total.max() < s_arrays("Pb-212", chain, daughters="equilibrium").total.max()
    )
    with pytest.raises(DosimetryError, match=r"not for the daughters .*\(Bi-212, Po-212, Tl-208\)"):
        s_arrays("Pb-212", alone, daughters="equilibrium")
    with pytest.raises(
        DosimetryError, match=r"made for Pb-212 with daughters .* not for Pb-212 without them"
    ):
        s_arrays("Pb-212", chain)
    s_arrays("F-18", made_for("F-18"), daughters="equilibrium")


def test_emissions_that_are_not_those_it_was_made_with_are_refused() -> None:
    library = made_for("Zr-89")
    less = replace(nuclide("Zr-89"), emissions={
        k: e for k, e in nuclide("Zr-89").emissions.items() if k != "annihilation"
    })  # fmt: skip
    assert less.photon.total_MeV < nuclide("Zr-89").photon.total_MeV
    with pytest.raises(
        DosimetryError,
        match=r"made for other emissions of Zr-89: the mean energy of its photons is 0\.\d+ MeV, and by ICRP",
    ):
        s_arrays(less, library)
