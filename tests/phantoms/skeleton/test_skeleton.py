"""Marrow and bone: fluence in the skeleton, dose per fluence, mixtures of parts, absorbed fractions."""

import numpy as np
import pytest
from concentric import follow, spheres

from phantoms.bodies.stylised.body import SKELETON, catalogue, names
from phantoms.errors import PhantomError
from phantoms.library.installed import SHIPPED
from phantoms.library.saf import SafLibrary
from phantoms.skeleton.marrow import (
    charged_energies_MeV,
    charged_saf_per_kg,
    dose_per_fluence_MeV_cm2_per_g,
    marrow_shares,
    part_shares,
    photon_saf_per_g,
)
from phantoms.transport.materials import CrossSections, cross_sections
from phantoms.transport.photons import (
    FLUENCE_BINS,
    KNOTS_PER_BIN,
    Tally,
    batch_seed,
    empty_tally,
    make_source,
    run_batch,
)


def track(energy_MeV: float, xs: CrossSections, n: int, radii: tuple[float, float]) -> tuple[Tally, float]:
    """Photons from the inner of two spheres, fluence scored in the outer shell; MeV per photon emitted."""
    solid = spheres(radii)
    tally = empty_tally(3, 1)
    run_batch(
        batch_seed(3, 1), n, energy_MeV, make_source(solid, {"shell 0": 1.0}), solid.geometry,
        np.array([0, 1, 1]), np.array([-1, -1, 0]), xs, tally,
    )  # fmt: skip
    return Tally(*(part / n for part in tally)), radii[1] - radii[0]


def test_track_length_of_uncollided_photons_has_its_closed_form() -> None:
    water = cross_sections(("water",))
    none = np.zeros_like(water.photo)
    xs = water._replace(
        coherent=none, incoherent=none, pair=none, transfer=water.photo, majorant=water.photo[1]
    )
    energy, outer = 0.025, 3.0
    got, _ = track(energy, xs, 200_000, (0.02, outer))
    i = (np.log(energy) - xs.log_low) * xs.per_step
    mu = np.interp(i, np.arange(xs.photo.shape[1]), xs.photo[1])
    # point source: the shell is crossed along the radius; statistics of 200 000 photons are 0.4 % here
    expected = (np.exp(-mu * 0.015) - np.exp(-mu * outer)) / mu
    assert got.track_cm.sum() == pytest.approx(expected, rel=0.02)
    assert got.track_cm_MeV.sum() == pytest.approx(energy * got.track_cm.sum(), rel=1e-12)


@pytest.mark.parametrize("energy_MeV", [0.05, 0.5, 2.0])
def test_kerma_of_a_region_is_its_fluence_times_the_energy_transfer_coefficient(energy_MeV: float) -> None:
    xs = cross_sections(("water",))
    got, _ = track(energy_MeV, xs, 20_000, (2.0, 12.0))
    low_edge = np.exp(xs.log_low + np.arange(FLUENCE_BINS + 1) * KNOTS_PER_BIN / xs.per_step)
    hit = got.track_cm[0] > 0
    mean = got.track_cm_MeV[0][hit] / got.track_cm[0][hit]
    bins = np.flatnonzero(hit)
    assert np.all((low_edge[bins] <= mean * (1 + 1e-9)) & (mean <= low_edge[bins + 1] * (1 + 1e-9)))
    i = (np.log(mean) - xs.log_low) * xs.per_step
    transfer = np.interp(i, np.arange(xs.transfer.shape[1]), xs.transfer[1])
    # the estimator of kerma in the same region from the same histories; bins are 15 % wide
    assert (got.track_cm_MeV[0][hit] * transfer).sum() == pytest.approx(got.kerma[2], rel=0.01)


@pytest.mark.parametrize("tissue", ["marrow", "marrow_cranium", "endosteum"])
def test_dose_per_fluence_is_the_kerma_of_marrow_where_electrons_are_in_equilibrium(tissue: str) -> None:
    # at 0.5 to 1.5 MeV Compton electrons are born alike in bone and marrow, per gram and electron
    xs = cross_sections(("red marrow",))
    energy = np.array([0.5, 0.8, 1.0, 1.5])
    i = (np.log(energy) - xs.log_low) * xs.per_step
    transfer_per_g = np.interp(i, np.arange(xs.transfer.shape[1]), xs.transfer[1]) / 1.03
    assert dose_per_fluence_MeV_cm2_per_g(tissue, energy) == pytest.approx(energy * transfer_per_g, rel=0.05)


def test_marrow_is_weighted_by_its_shares_and_endosteum_by_volume() -> None:
    parts, volume = ("cranium", "ribs", "pelvis"), np.array([100.0, 50.0, 150.0])
    energy, k = 0.5, 40
    cm = np.zeros((1, 3, FLUENCE_BINS))
    cm[0, :, k] = 10.0, 20.0, 60.0
    mev = cm * 0.3
    got = photon_saf_per_g(cm, mev, volume, parts, {"cranium": 0.25, "pelvis": 0.75}, energy)
    skull, other, surface = (
        float(dose_per_fluence_MeV_cm2_per_g(t, np.array([0.3]))[0])
        for t in ("marrow_cranium", "marrow", "endosteum")
    )
    assert got["red marrow"] == pytest.approx([(0.25 * 0.1 * skull + 0.75 * 0.4 * other) / energy])
    mean_fluence = (0.1 * 100 + 0.4 * 50 + 0.4 * 150) / 300.0
    assert got["osteogenic cells"] == pytest.approx([mean_fluence * surface / energy])


@pytest.mark.parametrize("name", names())
def test_every_body_has_shares_of_its_own_and_sources_in_the_skeleton_are_mixtures(name: str) -> None:
    volume = {part: 1.0 + i for i, part in enumerate(SKELETON)}
    shares = marrow_shares(name)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert set(shares) <= set(SKELETON)
    assert part_shares("red marrow", name, volume) == part_shares("trabecular bone", name, volume) == shares
    cortical = part_shares("cortical bone", name, volume)
    assert cortical["ribs"] / cortical["cranium"] == pytest.approx(volume["ribs"] / volume["cranium"])
    assert sum(cortical.values()) == pytest.approx(1.0)


def test_a_body_without_shares_is_refused() -> None:
    with pytest.raises(PhantomError, match="no distribution of active marrow for the body 'giant'"):
        marrow_shares("giant")


@pytest.mark.parametrize("name", sorted(catalogue()))
@pytest.mark.parametrize("radiation", ["electron", "alpha"])
def test_absorbed_fractions_in_the_shipped_library_are_the_table_over_the_bodys_masses(
    name: str, radiation: str
) -> None:
    library, bone_g = (
        SafLibrary.load(SHIPPED / f"{name.replace(' ', '_')}.h5"),
        catalogue()[name]["bone_tissue_g"],
    )
    table = library.table(radiation)
    assert np.array_equal(table.energy_MeV, charged_energies_MeV(radiation))

    def fraction(target: str, source: str, mass_g: float) -> np.ndarray:
        saf = table.saf_per_kg[library.targets.index(target), library.sources.index(source)]
        made = charged_saf_per_kg(radiation, target, source, bone_g)
        assert made is not None and np.array_equal(saf, made)
        return saf * mass_g * 1e-3

    marrow = fraction("red marrow", "red marrow", bone_g["red marrow"])
    # all of the energy at the lowest energies, less with range
    assert marrow[0] == pytest.approx(1.0, abs=0.02)
    assert np.all(np.diff(marrow) < 0)
    # endosteum of 50 um is heavier than the 10 um of bone surface by 0.580 over 0.120 (ICRP 133, ICRP 23)
    layer_g = bone_g["osteogenic cells"] * 0.580 / 0.120
    inside = fraction("osteogenic cells", "red marrow", layer_g)
    assert inside[0] == pytest.approx(0.126)
    assert np.all(inside <= 0.126 + 1e-12)


def test_the_small_sphere_helper_scores_no_fluence_without_bone() -> None:
    tallies = follow(spheres([2.0, 10.0]), 0.5, 1, cross_sections(("water",)), n=100)
    assert not tallies[0].track_cm.any()
