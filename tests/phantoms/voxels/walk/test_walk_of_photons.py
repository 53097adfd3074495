"""The walk from voxel to voxel: closed forms, invariants, and the transport by equations."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from phantoms.bodies.stylised.body import Body
from phantoms.errors import PhantomError
from phantoms.library.saf import SafLibrary
from phantoms.spheres.self_dose import absorbed_fraction
from phantoms.transport.materials import Tissue, cross_sections_of, tissue
from phantoms.voxels.body import OUTSIDE, Kind, VoxelBody
from phantoms.voxels.walk.photons import Lines, Tally, Walker, lines
from phantoms.voxels.walk.sources import Starts, starts

WATER, BONE = tissue("water"), tissue("cortical bone")


def made(code: NDArray[Any], widths_mm: tuple[float, ...], *kinds: tuple[str, Tissue, float]) -> VoxelBody:
    """A body of codes; each region's mass is that of its voxels."""
    all_kinds = (Kind(OUTSIDE, None, 0.0), *(Kind(*k) for k in kinds))
    grams = np.prod(widths_mm) * 1e-3 * np.bincount(code.ravel(), minlength=len(all_kinds))
    mass: dict[str, float] = {}
    for kind, g in zip(all_kinds[1:], grams[1:], strict=True):
        mass[kind.region] = mass.get(kind.region, 0.0) + g * kind.density_g_per_cm3 * 1e-3
    return VoxelBody(
        "made up", "both", code.astype(np.uint8), np.diag([*widths_mm, 1.0]), all_kinds, mass,
        spread={"red marrow": {"bone": 1.0}, "osteogenic cells": {"bone": 1.0}} if "bone" in mass else {},
    )  # fmt: skip


def batches(walker: Walker, emitted: Lines, source: Starts, n: int = 20, histories: int = 5000) -> Any:
    """Mean and standard error over batches of each number of the tallies."""
    found = np.array([np.stack(walker.batch(7, (b,), histories, emitted, source)[:3]) for b in range(n)])
    return found.mean(axis=0), found.std(axis=0, ddof=1) / np.sqrt(n)


def block(n: int, inner: slice) -> NDArray[np.uint8]:
    code = np.ones((n, n, n), np.uint8)
    code[inner, inner, inner] = 2
    return code


@pytest.mark.parametrize("energy_MeV", [0.02, 0.14, 2.0])
def test_where_nothing_can_leave_all_energy_is_absorbed(energy_MeV: float) -> None:
    """Kerma against conservation of energy: a cube of 20 m; with pair production at 2 MeV."""
    body = made(block(20, slice(8, 12)), (1000.0, 1000.0, 1000.0), ("a", WATER, 1.0), ("b", WATER, 1.0))
    mean, se = batches(Walker(body), lines(energy_MeV, 1.0), starts(body, "b"), histories=500)
    # scattered coherently and incoherently, a photon leaves what it has where it interacts in the mean
    total = mean[0].sum()
    assert abs(total - 1.0) < 4.0 * np.sqrt((se[0] ** 2).sum()) + 2e-3  # tables between knots
    assert np.sqrt((se[0] ** 2).sum()) < 0.01


@pytest.mark.parametrize("energy_MeV", [0.03, 0.14, 2.0])
def test_what_leaves_and_what_is_absorbed_is_what_was_emitted(energy_MeV: float) -> None:
    body = made(block(12, slice(4, 7)), (9.0, 10.0, 12.0), ("a", WATER, 1.0), ("bone", BONE, 1.8))
    walker, emitted, source = Walker(body), lines(energy_MeV, 1.0), starts(body, "a")
    tallies = [walker.batch(7, (b,), 5000, emitted, source) for b in range(20)]
    total = np.array([t.absorbed.sum() + t.escaped for t in tallies])
    se = total.std(ddof=1) / np.sqrt(20)
    assert se < 0.004 and 0.05 < tallies[0].escaped < 0.95
    assert abs(total.mean() - 1.0) < 4.0 * se + 2e-3  # tables between knots


@pytest.mark.parametrize("energy_MeV", [0.05, 0.511])
def test_self_absorption_of_a_sphere_is_that_of_the_point_source(energy_MeV: float) -> None:
    """A sphere of 1 kg in water, cut into voxels, against the tables of spheres: another transport."""
    n, width = 64, 6.0
    x = (np.arange(n) - n / 2 + 0.5) * width
    radius = (0.75 * 1e6 / np.pi) ** (1 / 3)
    r2 = x[:, None, None] ** 2 + x[None, :, None] ** 2 + x[None, None, :] ** 2
    code = np.where(r2 < radius**2, 2, 1)
    body = made(code, (width,) * 3, ("water", WATER, 1.0), ("sphere", WATER, 1.0))
    mean, se = batches(Walker(body), lines(energy_MeV, 1.0), starts(body, "sphere"))
    mass = body.mass_of("sphere")
    expected = absorbed_fraction("photon", energy_MeV, mass)[0]
    assert abs(mass - 1.0) < 0.03
    # staircases: a voxel of 6 mm shifts mean chords by far less than the 1 % asked for
    assert abs(mean[0][2] / expected - 1.0) < 4.0 * se[0][2] / expected + 0.01


def test_half_the_density_and_twice_the_size_are_the_same_body() -> None:
    """Only density times length matters: the same random numbers give the same shares."""
    code = block(12, slice(4, 7))
    one = made(code, (5.0, 7.0, 9.0), ("a", WATER, 1.0), ("bone", BONE, 1.8))
    two = made(code, (10.0, 14.0, 18.0), ("a", WATER, 0.5), ("bone", BONE, 0.9))
    found = [Walker(b).batch(1, (0,), 2000, lines(0.3, 1.0), starts(b, "bone")) for b in (one, two)]
    np.testing.assert_allclose(found[0].absorbed, found[1].absorbed, rtol=1e-9)
    # track length over the density that the fluence's response does not know
    np.testing.assert_allclose(2.0 * found[0].marrow_cm3_per_g, found[1].marrow_cm3_per_g, rtol=1e-9)


def test_the_size_of_voxels_and_their_axes_do_not_matter() -> None:
    """One block cut coarsely, finely, and with axes exchanged."""
    coarse = block(6, slice(2, 4))
    fine = np.repeat(np.repeat(coarse, 3, axis=0), 2, axis=2)
    turned = np.ascontiguousarray(fine.transpose(2, 0, 1))
    kinds = (("a", WATER, 1.0), ("bone", BONE, 1.5))
    bodies = [
        made(coarse, (30.0, 30.0, 30.0), *kinds), made(fine, (10.0, 30.0, 15.0), *kinds),
        made(turned, (15.0, 10.0, 30.0), *kinds),
    ]  # fmt: skip
    found = [batches(Walker(b), lines(0.1, 1.0), starts(b, "bone"), 20, 4000) for b in bodies]
    for mean, se in found[1:]:
        difference = np.abs(mean - found[0][0])
        assert np.all(difference <= 4.0 * np.hypot(se, found[0][1]))
    assert np.all(found[0][1][0, 1:] / found[0][0][0, 1:] < 0.01)


def test_marrow_is_fluence_times_response() -> None:
    """At one energy, without scattering that matters: marrow over absorbed is response over transfer."""
    energy = 0.0105  # photoelectric in bone: nearly all tracks are those of the first photon
    body = made(np.ones((8, 8, 8), np.uint8), (20.0,) * 3, ("bone", BONE, 1.92))
    tally = Walker(body).batch(3, (0,), 20000, lines(energy, 1.0), starts(body, "bone"))
    from phantoms.skeleton.marrow import dose_per_fluence_MeV_cm2_per_g

    xs = cross_sections_of([BONE])
    transfer = np.interp(
        (np.log(energy) - xs.log_low) * xs.per_step, np.arange(xs.transfer.shape[1]), xs.transfer[1]
    )
    for found, name in ((tally.marrow_cm3_per_g, "marrow"), (tally.endosteum_cm3_per_g, "endosteum")):
        expected = dose_per_fluence_MeV_cm2_per_g(name, np.array([energy]))[0] / (energy * transfer)
        assert found[1] / tally.absorbed[1] == pytest.approx(expected, rel=0.03)


def test_cranial_marrow_has_a_response_of_its_own() -> None:
    body = made(np.ones((4, 4, 4), np.uint8), (20.0,) * 3, ("bone", BONE, 1.92))
    import dataclasses

    cranial = dataclasses.replace(body, cranial=frozenset({"bone"}))
    one, other = (
        Walker(b).batch(3, (0,), 2000, lines(0.06, 1.0), starts(b, "bone")) for b in (body, cranial)
    )
    assert one.absorbed[1] == other.absorbed[1]
    assert one.endosteum_cm3_per_g[1] == other.endosteum_cm3_per_g[1]
    assert abs(one.marrow_cm3_per_g[1] / other.marrow_cm3_per_g[1] - 1.0) > 0.01


def test_a_gap_is_flown_through_and_what_is_beyond_is_hit() -> None:
    """Nothing is absorbed outside; inverse squares: a small source, a far slab behind a gap, closed form."""
    code = np.zeros((41, 41, 60), np.uint8)
    code[20, 20, 0] = 1
    code[:, :, 59] = 2
    body = made(code, (10.0,) * 3, ("source", WATER, 1e-6), ("slab", WATER, 1e-3))
    mean, se = batches(Walker(body), lines(0.1, 1.0), starts(body, "source"), 20, 20000)
    xs = cross_sections_of([WATER])
    knot = (np.log(0.1) - xs.log_low) * xs.per_step
    transfer = 1e-3 * np.interp(knot, np.arange(xs.transfer.shape[1]), xs.transfer[1])
    # share = integral over the slab of transfer / (4 pi r^2): quadrature over the voxels' middles
    x = np.arange(41) - 20.0
    r2 = x[:, None] ** 2 + x[None, :] ** 2 + 59.0**2
    assert abs(mean[0][2] - (transfer / (4.0 * np.pi * r2)).sum()) < 4.0 * se[0][2] + 1e-3 * mean[0][2]
    assert mean[0][0] == 0.0


def test_scores_by_voxel_are_those_by_code_and_lie_where_they_belong() -> None:
    code = np.zeros((9, 8, 7), np.uint8)
    code[2:8, 1:7, 3:6] = 1
    code[4:6, 3:5, 4] = 2
    body = made(code, (10.0, 12.0, 15.0), ("a", WATER, 1.0), ("bone", BONE, 1.6))
    emitted, source = lines([0.02, 0.4], [0.3, 0.7]), starts(body, "bone")
    walker = Walker(body)
    plain = walker.batch(5, (1,), 4000, emitted, source)
    tally = walker.batch(5, (1,), 4000, emitted, source, by_voxel=True)
    assert tally.voxels is not None and tally.voxels.shape == code.shape
    np.testing.assert_array_equal(plain.absorbed, tally.absorbed)
    for number in range(3):
        assert tally.voxels[code == number].sum(dtype=float) == pytest.approx(
            tally.absorbed[number], rel=1e-5
        )


def test_the_bits_do_not_depend_on_threads_and_do_on_the_place() -> None:
    body = made(block(10, slice(3, 6)), (8.0,) * 3, ("a", WATER, 1.0), ("bone", BONE, 1.6))
    walker, source, emitted = Walker(body), starts(body, "bone"), lines(0.2, 1.0)

    def one(b: int) -> Tally:
        return walker.batch(9, (4, b), 1000, emitted, source, by_voxel=True)

    alone = [one(b) for b in range(4)]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(one, range(4)))
    for a, b in zip(alone, together, strict=True):
        np.testing.assert_array_equal(a.absorbed, b.absorbed)
        np.testing.assert_array_equal(a.voxels, b.voxels)  # type: ignore[arg-type]
    assert not np.array_equal(alone[0].absorbed, alone[1].absorbed)


def test_photons_are_drawn_by_energy_times_yield() -> None:
    """A mixture's share is the mean of its lines' shares, weighted by emitted energy."""
    body = made(block(10, slice(3, 6)), (8.0,) * 3, ("a", WATER, 1.0), ("b", WATER, 1.0))
    walker, source = Walker(body), starts(body, "b")
    (low, low_se), (high, high_se), (both, both_se) = (
        batches(walker, e, source, 20, 4000)
        for e in (lines(0.03, 1.0), lines(1.0, 1.0), lines([0.03, 1.0], [0.02, 0.06]))
    )
    expected = 0.25 * low + 0.75 * high
    assert np.all(np.abs(both - expected) <= 4.0 * np.sqrt(both_se**2 + low_se**2 + high_se**2))
    assert low[0][2] > 2.0 * high[0][2]


def test_the_newborn_in_voxels_is_the_newborn_of_the_equations(
    newborn: tuple[VoxelBody, Body, SafLibrary],
) -> None:
    """Doses from the liver at 0.2 MeV against the shipped library, whose transport is by equations."""
    body, equations, library = newborn
    mean, se = batches(Walker(body), lines(0.2, 1.0), starts(body, "liver"), 20, 10000)
    table, source = library.table("photon"), library.sources.index("liver")
    assert table.relative_se is not None
    energy = list(table.energy_MeV).index(0.2)
    for region in ("liver", "kidneys", "heart wall", "lungs", "spleen", "muscle", "stomach wall", "brain"):
        codes = body.codes_of([region])
        kg = (body.voxels_by_code * body.density_by_code)[codes].sum() * body.voxel_cm3 * 1e-3
        saf, error = mean[0][codes].sum() / kg, se[0][codes].sum() / kg
        row = library.targets.index(region)
        expected = table.saf_per_kg[row, source, energy]
        # the library divides by the published mass, not by that of the equations' volume
        of_equations = equations.volumes_cm3[region] * equations.density_g_per_cm3(region) * 1e-3
        expected *= library.target_mass_kg[region] / of_equations
        limit = 4.0 * np.hypot(error / saf, table.relative_se[row, source, energy]) + 0.03
        assert abs(saf / expected - 1.0) < limit, region


@pytest.mark.parametrize(
    ("energy", "share"), [(0.0005, 1.0), (11.0, 1.0), (0.1, 0.0)],
)  # fmt: skip
def test_a_spectrum_outside_of_the_tables_is_refused(energy: float, share: float) -> None:
    with pytest.raises(PhantomError, match="photon energies must be"):
        lines(energy, share)
