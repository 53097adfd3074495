"""A body's library by energy against those made for one nuclide, and what lies between its energies."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dosimetry.svalues.folding import s_arrays, spectra_for
from dosimetry.svalues.voxel_bodies import emissions_of
from phantoms.bodies.stylised.body import load_body
from phantoms.library.saf import SafLibrary, SafTable
from phantoms.transport.materials import HIGH_MEV, LOW_MEV, N_ENERGY, cross_sections_of, tissue
from phantoms.voxels.body import VoxelBody
from phantoms.voxels.saf.emissions import PHOTON_MEV
from phantoms.voxels.saf.make import library
from phantoms.voxels.saf.precision import Wanted
from phantoms.voxels.saf.work import PhotonWork
from phantoms.voxels.stylised import voxelised

#: What interpolation between energies may be off by, a share: the precision that libraries are asked for.
INTERPOLATED = 0.01
WANTED = Wanted(0.04, 10.0, 80_000, histories_per_batch=1000, batches=20)


@pytest.fixture(scope="module")
def body() -> VoxelBody:
    return voxelised(load_body("newborn"), 4.0)


def made(body: VoxelBody, nuclide: str | None) -> SafLibrary:
    work = PhotonWork(body, emissions_of(nuclide) if nuclide else None, sources=["liver"], wanted=WANTED)
    work.run(workers=2)
    return library(work)


@pytest.fixture(scope="module")
def by_energy(body: VoxelBody) -> SafLibrary:
    return made(body, None)


def doses(of: SafLibrary, nuclide: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """S values of all radiations, and their standard errors by the photons' statistics."""
    s, table = s_arrays(nuclide, of), of.table("photon")
    photons = spectra_for(of, nuclide, "none")["photon"]
    folded = table.fold(photons.energy_MeV, photons.energy_per_decay_MeV)
    variance = table.variance(photons.energy_MeV, photons.energy_per_decay_MeV)
    assert variance is not None
    relative = np.divide(np.sqrt(variance), folded, out=np.ones_like(folded), where=folded > 0.0)
    return sum(s.value.values()), relative * s.value["photon"]  # type: ignore[return-value]


@pytest.mark.parametrize("nuclide", ["Zr-89", "Lu-177", "I-125"])
def test_it_gives_the_s_values_of_a_library_for_the_nuclide(
    body: VoxelBody, by_energy: SafLibrary, nuclide: str
) -> None:
    alone = made(body, nuclide)
    assert (alone.targets, alone.sources) == (by_energy.targets, by_energy.sources)
    (ours, u), (theirs, v) = doses(by_energy, nuclide), doses(alone, nuclide)
    known = (theirs > 0.0) & (np.hypot(u, v) < 0.05 * theirs)
    assert known.sum() >= 40  # of 44 targets from liver and total body

    off, se = (ours - theirs)[known], np.hypot(u, v)[known]
    assert (np.abs(off) < 4.0 * se + INTERPOLATED * theirs[known]).all()
    assert abs(np.mean(off / theirs[known])) < INTERPOLATED


@pytest.mark.parametrize(("nuclide", "most"), [("I-125", 0.035), ("In-111", 0.01), ("Tc-99m", 0.01)])
def test_energies_lie_close_enough_for_photons_that_hardly_reach(nuclide: str, most: float) -> None:
    """Dose by photons that have not scattered, mu_en exp(-mu x), in water: scattered ones bend less."""
    xs, emitted = cross_sections_of([tissue("water")]), emissions_of(nuclide).photon
    knots = np.geomspace(LOW_MEV, HIGH_MEV, N_ENERGY)
    per_cm = sum(table[1] for table in (xs.photo, xs.coherent, xs.incoherent, xs.pair))
    lines = (emitted.energy_MeV >= PHOTON_MEV[0]) & (emitted.energy_MeV < 0.3)
    energy, weight = emitted.energy_MeV[lines], emitted.energy_per_decay_MeV[lines]
    grid = np.array(PHOTON_MEV)
    for x_cm in (2.0, 4.0, 6.0):
        dose = xs.transfer[1] * np.exp(-per_cm * x_cm)
        table = SafTable(grid, np.interp(grid, knots, dose)[None, None])
        expected = float(np.interp(energy, knots, dose) @ weight)
        assert table.fold(energy, weight)[0, 0] == pytest.approx(expected, rel=most)
