"""Rules by which simulated units become a library: estimators, mixtures, conventions, masses, statistics."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import phantoms.simulation.assemble as assemble
import phantoms.simulation.simulate as simulate
from phantoms.bodies.stylised.body import SKELETON, Body, catalogue, load_body
from phantoms.errors import PhantomError
from phantoms.library.installed import SHIPPED
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import SOURCES, TARGETS
from phantoms.simulation.assemble import better_estimator, source_mixture
from phantoms.simulation.nonpenetrating import charged_table, source_masses_kg
from phantoms.simulation.simulate import Simulation, Unit, emission, mean_and_se, simulated_sources
from phantoms.skeleton.marrow import marrow_shares
from phantoms.transport.photons import FLUENCE_BINS


@pytest.fixture(scope="module")
def adult() -> Body:
    return load_body("adult male")


def test_a_standard_error_is_that_of_the_mean() -> None:
    mean, se = mean_and_se(np.array([[1.0], [2.0], [3.0], [6.0]]))
    # deviations -2, -1, 0, 3: variance 14 / 3, over 4 batches
    assert (mean[0], se[0]) == (3.0, pytest.approx(np.sqrt(14.0 / 3.0 / 4.0)))


def test_activity_in_the_total_body_is_spread_by_mass(adult: Body) -> None:
    weight = emission(adult, "total body")
    total = sum(weight.values())
    for region, published_kg in (("lungs", 1.000), ("liver", 1.910), ("brain", 1.420)):
        assert weight[region] / total == pytest.approx(published_kg / 73.7, rel=0.01)
    assert sum(weight[p] for p in SKELETON) / total == pytest.approx(10.0 / 73.7, rel=0.01)


@pytest.mark.parametrize("better", ["kerma", "analog"])
def test_the_estimator_with_the_smaller_standard_error_is_taken(better: str) -> None:
    noisy, quiet = np.array([[0.0, 0.1], [0.0, 0.3]]), np.array([[0.0, 0.21], [0.0, 0.23]])
    tracks = np.zeros((2, len(SKELETON), FLUENCE_BINS))
    analog, kerma = (noisy, quiet) if better == "kerma" else (quiet, noisy)
    unit = Unit("liver", 0.1, analog, kerma, tracks, tracks)
    saf, se = better_estimator(unit, ("outside", "liver"), ["liver", "total body"], np.array([2.0, 70.0]))
    assert saf == pytest.approx([0.22 / 2.0, 0.22 / 70.0])
    assert se[0] == pytest.approx(0.01 / 2.0)


def test_walls_get_half_of_their_contents_electrons_and_alphas_a_two_hundredth() -> None:
    data = catalogue()["adult male"]
    for radiation, share in (("electron", 0.5), ("alpha", 0.005)):
        table = charged_table(radiation, data["mass_g"], data["bone_tissue_g"])

        def saf(target: str, source: str, table: object = table) -> np.ndarray:
            return table.saf_per_kg[TARGETS.index(target), SOURCES.index(source)]  # type: ignore[attr-defined]

        # contents of the stylised adult, g (ORNL/TM-8381): stomach 260, bladder 211, heart 454
        for organ, contents_kg in (("stomach", 0.260), ("urinary bladder", 0.211), ("heart", 0.454)):
            assert saf(f"{organ} wall", f"{organ} contents") == pytest.approx(share / contents_kg, rel=0.005)
        # the small intestine: 400 g of contents in 1040 g of both (ICRP 23); 1100 g in this body
        small = saf("small intestine", "small intestine contents")
        assert small == pytest.approx(share / (1.100 * 400 / 1040), rel=0.005)
        assert saf("liver", "liver") == pytest.approx(1.0 / 1.910, rel=0.005)
        assert saf("liver", "spleen") == pytest.approx(0.0, abs=0.0)
        assert saf("liver", "total body") == pytest.approx(1.0 / 73.7, rel=0.005)


def test_masses_of_sources_are_the_published_ones() -> None:
    data = catalogue()["adult male"]
    mass = source_masses_kg(data["mass_g"], data["bone_tissue_g"])
    assert mass["small intestine contents"] == pytest.approx(1.100 * 400 / 1040, rel=0.005)
    assert (mass["red marrow"], mass["cortical bone"], mass["trabecular bone"]) == (1.120, 4.0, 1.0)


def test_marrow_and_bone_are_mixtures_of_the_parts_with_independent_errors(adult: Body) -> None:
    simulated = simulated_sources()
    mix = source_mixture(adult, simulated)
    values = np.zeros((1, len(simulated), 1))
    for i, part in enumerate(SKELETON):
        values[0, simulated.index(part), 0] = 1.0 + i
    mixed = mix(values)[0, :, 0]
    shares = marrow_shares("adult male")
    assert mixed[SOURCES.index("red marrow")] == pytest.approx(
        sum(s * (1.0 + SKELETON.index(p)) for p, s in shares.items())
    )
    assert mixed[SOURCES.index("trabecular bone")] == mixed[SOURCES.index("red marrow")]
    errors = mix(values, errors=True)[0, :, 0]
    assert errors[SOURCES.index("red marrow")] == pytest.approx(
        np.sqrt(sum((s * (1.0 + SKELETON.index(p))) ** 2 for p, s in shares.items()))
    )
    assert mixed[SOURCES.index("liver")] == 0.0


@pytest.mark.parametrize("source", ["red marrow", "cortical bone"])
def test_a_small_run_gives_the_shipped_columns_of_sources_in_the_skeleton(
    source: str, adult: Body, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulate, "HISTORIES_PER_BATCH", 10_000)
    run = Simulation(adult, 20_000, 11, tmp_path)
    regions, energy = adult.solid.regions, 0.5
    targets = ["liver", "kidneys", "muscle", "brain"]
    mass = np.array([adult.mass_g[r] * 1e-3 for r in (*targets, "total body")])
    simulated = simulated_sources()
    saf, se = (np.zeros((len(mass), len(simulated), 1)) for _ in range(2))
    marrow, marrow_se = np.zeros((2, len(simulated), 1)), np.zeros((2, len(simulated), 1))
    volume = np.array([adult.volumes_cm3[p] for p in SKELETON])
    for part in SKELETON:
        run.run_unit(part, energy, 10)
        unit = run.load(part, energy)
        assert unit is not None
        j = simulated.index(part)
        saf[:, j, 0], se[:, j, 0] = better_estimator(unit, regions, [*targets, "total body"], mass)
        for i, rows in enumerate(assemble._bone_rows(unit, volume, marrow_shares("adult male"))):
            marrow[i, j, 0], marrow_se[i, j, 0] = mean_and_se(rows)
    mix, j = source_mixture(adult, simulated), SOURCES.index(source)
    shipped = SafLibrary.load(SHIPPED / "adult_male.h5").table("photon")
    assert shipped.relative_se is not None
    k = list(shipped.energy_MeV).index(energy)
    for names, values, errors in (
        ((*targets, "total body"), saf, se),
        (("red marrow", "osteogenic cells"), marrow, marrow_se),
    ):
        for i, target in enumerate(names):
            there = shipped.saf_per_kg[TARGETS.index(target), j, k]
            known = there * shipped.relative_se[TARGETS.index(target), j, k]
            allowed = 4.0 * np.hypot(mix(errors, errors=True)[i, j, 0], known)
            assert allowed < 0.15 * there, target
            assert mix(values)[i, j, 0] == pytest.approx(there, abs=allowed), target


def test_an_earlier_library_keeps_its_values_but_for_marrow_and_bone(adult: Body, tmp_path: Path) -> None:
    shipped = SafLibrary.load(SHIPPED / "adult_male.h5")
    table = shipped.table("photon")
    assert table.relative_se is not None
    other = replace(table, saf_per_kg=table.saf_per_kg * 3.0)
    kept = assemble._kept(other, table).saf_per_kg / np.where(table.saf_per_kg > 0, table.saf_per_kg, np.nan)
    liver, spleen, marrow = (TARGETS.index(t) for t in ("liver", "spleen", "red marrow"))
    assert np.nanmax(kept[liver, SOURCES.index("kidneys")]) == 1.0
    assert np.nanmin(kept[marrow, SOURCES.index("kidneys")]) == pytest.approx(3.0)
    assert np.nanmin(kept[spleen, SOURCES.index("trabecular bone")]) == pytest.approx(3.0)
    wrong = replace(shipped, provenance={**shipped.provenance, "fingerprint": "another"})
    run = Simulation(adult, 2 * simulate.HISTORIES_PER_BATCH, 1, tmp_path)
    with pytest.raises(PhantomError, match="its values cannot be kept"):
        assemble.checked_earlier(wrong, run)
