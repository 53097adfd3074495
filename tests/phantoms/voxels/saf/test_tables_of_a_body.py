"""From scores to a library: masses, sums, marrow, reciprocity, balance; charged particles by convention."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from phantoms.errors import PhantomError
from phantoms.library.saf import METHODS, SafLibrary
from phantoms.library.saf_checks import damaged_values
from phantoms.skeleton.marrow import charged_saf_per_kg
from phantoms.voxels.body import VoxelBody
from phantoms.voxels.saf.charged import electron_table, thickness_voxels, thin_walls, walls_of
from phantoms.voxels.saf.emissions import SOFT_MEV, Emissions, columns, spectrum
from phantoms.voxels.saf.facts import walls_fact
from phantoms.voxels.saf.make import library, voxel_library
from phantoms.voxels.saf.nearness import distances_cm
from phantoms.voxels.saf.photons import _reverse
from phantoms.voxels.saf.precision import Wanted
from phantoms.voxels.saf.regions import Regions, check_regions
from phantoms.voxels.saf.work import PhotonWork

LINES = Emissions(
    "made up", spectrum([0.02, 0.14, 0.511], [0.01, 0.1, 0.3]), spectrum([0.1, 1.0], [0.02, 0.4]),
    spectrum([4.0, 6.0], [1.0, 3.0]),
)  # fmt: skip
WANTED = Wanted(0.05, 30.0, 200_000, histories_per_batch=500, batches=20)

Made = tuple[PhotonWork, SafLibrary]


@pytest.fixture(scope="module")
def made(small: VoxelBody) -> Made:
    work = PhotonWork(small, LINES, wanted=WANTED)
    work.run(workers=2)
    return work, library(work, {"version": "0"})


def saf(of: SafLibrary, radiation: str, target: str, source: str) -> float:
    return float(of.table(radiation).saf_per_kg[of.targets.index(target), of.sources.index(source), 0])


def error(of: SafLibrary, target: str, source: str) -> float:
    relative = of.table("photon").relative_se
    assert relative is not None
    return float(relative[of.targets.index(target), of.sources.index(source), 0])


def test_a_library_for_one_nuclide_has_one_energy_its_mean(made: Made) -> None:
    of = made[1]
    assert of.spectrum == "made up"
    mean = {
        "photon": (0.02 * 0.01 + 0.14 * 0.1 + 0.511 * 0.3) / 0.41,
        "electron": 0.402 / 0.42,
        "alpha": 5.5,
    }
    for radiation, energy in mean.items():
        assert of.table(radiation).energy_MeV == pytest.approx([energy])


def test_regions_of_the_library(small: VoxelBody, made: Made) -> None:
    of = made[1]
    single = small.regions
    assert of.targets == (*single, "red marrow", "osteogenic cells", "total body", "kidneys")
    bone = ("red marrow", "cortical bone", "trabecular bone")
    assert of.sources == (*single, *bone, "total body", "kidneys")
    assert of.target_mass_kg["right kidney"] == pytest.approx(0.8 * 18e-3)  # as segmented
    assert of.target_mass_kg["kidneys"] == pytest.approx(1.8 * 18e-3)
    assert of.source_mass_kg["red marrow"] == 0.040


def test_sums_are_means_by_mass_as_targets_and_mixtures_as_sources(
    made: Made,
) -> None:
    of = made[1]
    weight = {"left kidney": 1.0 / 1.8, "right kidney": 0.8 / 1.8}
    assert of.conventions.combined["kidneys"] == pytest.approx(weight)
    for radiation in of.tables:
        for other in ("liver", "left kidney", "total body"):
            target = sum(w * saf(of, radiation, k, other) for k, w in weight.items())
            source = sum(w * saf(of, radiation, other, k) for k, w in weight.items())
            assert saf(of, radiation, "kidneys", other) == pytest.approx(target, rel=1e-12, abs=1e-300)
            assert saf(of, radiation, other, "kidneys") == pytest.approx(source, rel=1e-12, abs=1e-300)
    both = np.hypot(*(w * saf(of, "photon", "liver", k) * error(of, "liver", k) for k, w in weight.items()))
    assert error(of, "liver", "kidneys") == pytest.approx(both / saf(of, "photon", "liver", "kidneys"))


def test_twins_on_both_sides_get_the_same_whatever_their_segmented_mass(
    made: Made,
) -> None:
    """The liver is between two kidneys of the same voxels, one segmented as 0.8 of its own: dose is dose."""
    of = made[1]
    for source in ("muscle", "total body"):
        left, right = (saf(of, "photon", f"{s} kidney", source) for s in ("left", "right"))
        allowed = 4.0 * np.hypot(*(error(of, f"{s} kidney", source) for s in ("left", "right")))
        assert abs(right / left - 1.0) < allowed < 0.2
    # photons from inside: the absorbed fraction goes as the third root of the mass, so the SAF as mass^(-2/3)
    ratio = saf(of, "photon", "right kidney", "right kidney") / saf(
        of, "photon", "left kidney", "left kidney"
    )
    assert ratio == pytest.approx(0.8 ** (-2 / 3), rel=4 * 0.01)
    electrons = [saf(of, "electron", f"{s} kidney", f"{s} kidney") for s in ("left", "right")]
    assert electrons[1] / electrons[0] == pytest.approx(1 / 0.8, rel=0.02)
    # activity in the total body is uniform by mass as segmented: alphas of it give every region the same
    whole = 1.0 / of.target_mass_kg["total body"]
    for target in of.targets:
        assert saf(of, "alpha", target, "total body") == pytest.approx(whole, rel=1e-9), target


def of_water(body: VoxelBody) -> VoxelBody:
    """The same body with bones of the density of bone and the composition of water."""
    water = body.kinds[1].tissue
    return _with(body, kinds=(body.kinds[0], *(k._replace(tissue=water) for k in body.kinds[1:])))


def test_red_marrow_is_the_mean_over_its_regions_by_share(small: VoxelBody, made: Made) -> None:
    """Marrow's dose per fluence (ICRP 116) is that of water within 3 % from 0.2 MeV on, so in bones of water
    it gets their dose from photons of 1 MeV."""
    gamma = LINES._replace(name="gamma", photon=spectrum([1.0], [1.0]))
    wet = voxel_library(of_water(small), gamma, sources=["liver", "muscle"], precision=0.02)
    for source in ("liver", "muscle", "total body"):
        mean = 0.75 * saf(wet, "photon", "spine", source) + 0.25 * saf(wet, "photon", "skull", source)
        assert saf(wet, "photon", "red marrow", source) == pytest.approx(mean, rel=0.05), source
    of = made[1]
    for source in ("liver", "urinary bladder contents", "muscle"):
        charged = 0.75 * saf(of, "electron", "spine", source) + 0.25 * saf(of, "electron", "skull", source)
        assert saf(of, "electron", "red marrow", source) == pytest.approx(charged)
    # activity in the spine itself
    assert saf(of, "alpha", "red marrow", "spine") == pytest.approx(0.75 / small.mass_of("spine"))


def test_from_the_skeletons_tissues_charged_particles_go_by_icrp_133(
    made: Made,
) -> None:
    """Means over a spectrum of energies that its table has: 0.1 and 1 MeV, 4 and 6 MeV."""
    of = made[1]
    mass = {"red marrow": 40.0, "osteogenic cells": 4.0}
    for target in mass:
        for source in ("red marrow", "trabecular bone", "cortical bone"):
            values = charged_saf_per_kg("electron", target, source, mass)
            assert values is not None
            by_hand = (0.02 * values[2] + 0.4 * values[5]) / 0.42
            assert saf(of, "electron", target, source) == pytest.approx(by_hand)
    assert saf(of, "alpha", "red marrow", "cortical bone") == 0.0
    assert saf(of, "alpha", "red marrow", "red marrow") == pytest.approx((0.684 + 3 * 0.601) / 4 / 0.040)


def test_thin_walls_go_by_convention_and_thick_ones_by_their_voxels(small: VoxelBody, made: Made) -> None:
    of, wall, contents = made[1], "urinary bladder wall", "urinary bladder contents"
    assert walls_of(small) == {contents: (wall,)} and thin_walls(small) == (wall,)
    held = small.mass_of(contents)
    assert saf(of, "electron", wall, contents) == pytest.approx(0.5 / held)
    assert saf(of, "alpha", wall, contents) == pytest.approx(0.005 / held)
    assert saf(of, "electron", wall, wall) == pytest.approx(1.0 / small.mass_of(wall))
    assert wall in of.provenance["walls"] and "ICRP 30" in of.provenance["walls"]
    inner = np.zeros((40, 40, 40), dtype=bool)
    inner[18:22, 18:22, 18:22] = True
    for thick in (1, 3):
        outer = np.zeros_like(inner)
        outer[18 - thick : 22 + thick, 18 - thick : 22 + thick, 18 - thick : 22 + thick] = True
        code = np.where(inner, small.kinds.index(next(k for k in small.kinds if k.region == contents)), 1)
        code = np.where(outer & ~inner, 7, code).astype(np.uint8)
        other = _with(small, code=code, mass_kg={**small.mass_kg, contents: 1.0})
        # six slabs and their edges; corners and the surface at an angle of a cube are not those of a sphere
        assert thickness_voxels(other, wall) == pytest.approx(1.5 * thick, rel=0.5)
        assert (wall in thin_walls(other)) == (thick == 1)


def test_a_thickness_is_right_for_a_shell_that_lies_in_all_directions(small: VoxelBody) -> None:
    x = np.arange(60) - 29.5
    r = np.sqrt(x[:, None, None] ** 2 + x[None, :, None] ** 2 + x[None, None, :] ** 2)
    for outer, inner in ((20.0, 18.0), (25.0, 20.0)):
        code = np.where((r < outer) & (r >= inner), 7, 1).astype(np.uint8)
        shell = 2.0 * (outer**3 - inner**3) / 3.0 / (outer**2 + inner**2)
        found = thickness_voxels(_with(small, code=code), "urinary bladder wall")
        assert found == pytest.approx(shell, rel=0.05)


def test_electrons_stay_near_and_lose_nothing_inside(made: Made) -> None:
    of = made[1]
    inside = saf(of, "electron", "liver", "liver") * of.target_mass_kg["liver"]
    assert 0.9 < inside < 1.0
    whole = saf(of, "electron", "total body", "liver") * of.target_mass_kg["total body"]
    assert inside < whole <= 1.0
    assert saf(of, "electron", "skull", "liver") == 0.0
    assert saf(of, "alpha", "liver", "liver") == pytest.approx(1.0 / of.target_mass_kg["liver"])
    assert float(of.provenance["bremsstrahlung"].split(" %")[0]) == pytest.approx(0.3, abs=0.3)


def test_absorbed_and_escaped_energy_balance_and_a_loss_is_refused(
    made: Made,
) -> None:
    work = made[0]
    for cell in work.cells:
        found = cell.estimate()
        assert abs(found.saf[-1] - 1.0) < 4.0 * found.se[-1] + 0.002
        assert found.se[-1] < 0.01
    lost = PhotonWork(work.body, LINES, sources=["spine"], wanted=WANTED)
    walk = lost.bench.walker.batch

    def leaking(*args: Any, **kwargs: Any) -> Any:
        tally = walk(*args, **kwargs)
        return tally._replace(escaped=0.9 * tally.escaped)

    lost.bench.walker.batch = leaking  # type: ignore[method-assign]
    lost.run()
    with pytest.raises(PhantomError, match="absorbed and escaped energy are 0"):
        library(lost)


def test_reciprocity_holds_and_is_taken_where_the_reverse_is_known_better(
    made: Made,
) -> None:
    of = made[1]
    a, b = saf(of, "photon", "liver", "left kidney"), saf(of, "photon", "left kidney", "liver")
    allowed = np.hypot(error(of, "liver", "left kidney"), error(of, "left kidney", "liver"))
    assert abs(a / b - 1.0) < 4.0 * allowed + 0.02
    method = of.table("photon").method
    assert method is not None
    used = {METHODS[m] for m in np.unique(method)}
    assert "direct" in used and used <= {"direct", "reciprocity"}
    marrow = of.targets.index("red marrow")
    assert set(method[marrow].ravel()) == {METHODS.index("direct")}


def test_the_reverse_of_a_pair_is_from_its_target_to_its_source(small: VoxelBody) -> None:
    regions = Regions(small, ("liver", "spine", "red marrow"))
    targets, sources = regions.plain, regions.simulated
    saf = np.arange(1.0, 1.0 + len(targets) * len(sources)).reshape(len(targets), len(sources), 1)
    reverse, error = _reverse(regions, saf, saf / 1e3, np.zeros((len(targets), 1)))
    for i, target in enumerate(targets):
        for j, source in enumerate(sources):
            known = target in ("liver", "spine", "total body") and source != "red marrow" and target != source
            back = saf[targets.index(source), sources.index(target), 0] if known else 0.0
            assert reverse[i, j, 0] == back, (target, source)
            assert error[i, j, 0] == (back / 1e3 if known else np.inf)


def test_a_pair_that_is_hit_rarely_is_taken_from_its_reverse(small: VoxelBody) -> None:
    """Few photons from the muscle reach the small bladder; many from the bladder the muscle around it."""
    work = PhotonWork(small, LINES, wanted=Wanted(0.3, 0.0, 20_000, histories_per_batch=50, batches=20))
    work.run()
    of = library(work)
    table = of.table("photon")
    assert table.method is not None and table.relative_se is not None
    wall, muscle = (of.targets.index(t) for t in ("urinary bladder contents", "muscle"))
    source, back = (of.sources.index(t) for t in ("muscle", "urinary bladder contents"))
    assert table.method[wall, source, 0] == METHODS.index("reciprocity")
    assert table.saf_per_kg[wall, source, 0] == table.saf_per_kg[muscle, back, 0]
    assert table.relative_se[wall, source, 0] >= np.hypot(0.02, table.relative_se[muscle, back, 0]) - 1e-12


def test_a_wall_that_is_heavier_than_its_contents_goes_by_its_voxels(small: VoxelBody) -> None:
    """Half of the contents' dose in such a wall would be more energy than the contents give."""
    wall, contents = "urinary bladder wall", "urinary bladder contents"
    for heavy in (1.0, 10.0):
        mass = {**small.mass_kg, wall: heavy * small.mass_of(contents) * 1.001}
        regions = Regions(_with(small, mass_kg=mass), (contents,))
        table, _ = electron_table(regions, LINES)
        given = table.saf_per_kg[regions.targets.index(wall), regions.simulated.index(contents), 0]
        assert 0.0 < given < 0.1 * 0.5 / mass[contents] and wall in thin_walls(regions.body)
    assert "since the wall is heavier" in walls_fact(regions.body)
    assert "since the wall is heavier" not in walls_fact(small)


def test_the_library_holds_what_other_peoples_are_held_to(made: Made) -> None:
    of = made[1]
    mass = [np.array([m[n] for n in names]) for m, names in (
        (of.target_mass_kg, of.targets), (of.source_mass_kg, of.sources))]  # fmt: skip
    for table in of.tables.values():
        assert not damaged_values(table.saf_per_kg, *mass)


def test_provenance_says_what_was_asked_and_reached(made: Made) -> None:
    facts = made[1].provenance
    assert facts["precision reached"].endswith("pairs") and "warning precision" not in facts
    assert facts["image"] == "none" and facts["body"] == "made up" and facts["version"] == "0"
    assert "below 30 keV in a run of their own" in facts["photons"]
    assert "10.000 (urinary bladder wall)" in facts["masses"]
    assert "right kidney 1.25, urinary bladder wall 10.00 (" in facts["warning masses"]


def test_a_precision_that_was_not_reached_is_a_warning_with_its_pairs(small: VoxelBody) -> None:
    wanted = Wanted(0.001, 30.0, 20_000, histories_per_batch=500, batches=20)
    work = PhotonWork(small, LINES, sources=["liver"], wanted=wanted)
    work.run()
    text = library(work).provenance["warning precision"]
    assert "largest number of photons" in text and "skull <- liver" in text and "0.1 % for " in text


def _with(body: VoxelBody, **changes: Any) -> VoxelBody:
    return VoxelBody(**{**{f: getattr(body, f) for f in body.__dataclass_fields__}, **changes})


def test_a_partial_skeleton_is_normalised_and_said(small: VoxelBody) -> None:
    less: Mapping[str, Any] = {**small.spread, "red marrow": {"spine": 0.6}}
    part = _with(small, spread=less, mass_kg={**small.mass_kg, "red marrow": 0.024})
    gamma = LINES._replace(name="gamma", photon=spectrum([1.0], [1.0]))
    of = voxel_library(of_water(part), gamma, sources=["liver"], precision=0.05)
    assert of.provenance["red marrow in the image"].startswith("60 %")
    assert of.provenance["red marrow lies in"] == "spine"
    assert saf(of, "photon", "red marrow", "liver") == pytest.approx(
        saf(of, "photon", "spine", "liver"), rel=0.05
    )


def test_without_masses_of_its_tissues_the_skeleton_has_none(small: VoxelBody) -> None:
    bare = _with(small, mass_kg={r: small.mass_kg[r] for r in small.regions})
    regions = Regions(bare)
    assert not regions.skeletal and "red marrow" not in regions.targets


def test_what_has_no_voxel_or_no_name_of_its_own_is_refused(small: VoxelBody) -> None:
    with pytest.raises(PhantomError, match="no voxel is left of urinary bladder contents"):
        check_regions(_with(small, code=np.where(small.code == 8, 7, small.code).astype(np.uint8)))
    with pytest.raises(PhantomError, match="total body: a name of two things"):
        check_regions(_with(small, sums={"total body": ("liver", "muscle")}))


def test_distances_are_between_the_nearest_voxels(small: VoxelBody) -> None:
    regions = Regions(small)
    away = distances_cm(regions)

    def between(source: str, target: str) -> float:
        return float(away[regions.simulated.index(source), regions.targets.index(target)])

    assert between("liver", "muscle") == between("liver", "liver") == between("spine", "total body") == 0.0
    # gaps of voxels of 1 cm: 2 between liver and left kidney, 3 and 1 between liver and spine
    assert between("liver", "left kidney") == pytest.approx(2.0)
    assert between("liver", "kidneys") == between("liver", "left kidney")
    assert between("liver", "spine") == pytest.approx(np.hypot(1 + 1, 3) - 1.0, abs=1.0)
    assert between("liver", "red marrow") == min(between("liver", "spine"), between("liver", "skull"))


def test_photons_of_a_nuclide_run_in_two_bands_by_energy() -> None:
    (column,) = columns(LINES)
    assert [b.share for b in column.bands] == pytest.approx([0.4 / 0.41, 0.01 / 0.41])
    assert column.bands[0].photons.energy_MeV.min() >= SOFT_MEV > column.bands[1].photons.energy_MeV.max()
    none = spectrum()
    assert columns(LINES._replace(photon=none)) == ()
    assert len(columns(None)) == 19  # those of the shipped bodies and 25 keV
    with pytest.raises(PhantomError, match=r"0\.0005 to 0\.1 MeV"):
        columns(LINES._replace(photon=spectrum([0.0005, 0.1], [1.0, 1.0])))
    with pytest.raises(PhantomError, match="0 or above"):
        spectrum([0.1], [-1.0])


def test_a_nuclide_without_photons_or_alphas_has_tables_that_say_so(small: VoxelBody) -> None:
    beta = Emissions("beta", spectrum(), spectrum([0.9], [0.9]), spectrum())
    of = voxel_library(small, beta, sources=["liver"])
    assert not of.table("photon").saf_per_kg.any() and not of.table("alpha").saf_per_kg.any()
    assert "emits none" in of.provenance["photons"]
    assert of.provenance["precision reached"] == "no photons, no statistics"
    assert saf(of, "electron", "liver", "liver") > 0.0
