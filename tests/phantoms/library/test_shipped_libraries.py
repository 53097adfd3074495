"""The libraries that the package ships: physics that must hold, and that they are what the code makes."""

from pathlib import Path

import numpy as np
import pytest

from phantoms.bodies.stylised.body import catalogue, load_body, names
from phantoms.library.installed import SHIPPED
from phantoms.library.saf import METHODS, SafLibrary
from phantoms.regions.names import SOURCES, TARGETS
from phantoms.simulation.reciprocity import RECIPROCITY
from phantoms.simulation.simulate import HISTORIES_PER_BATCH, Simulation

FILES = sorted(SHIPPED.glob("*.h5"))
EXCLUSIVE = [t for t in TARGETS if t not in ("red marrow", "osteogenic cells", "total body")]


@pytest.fixture(scope="module", params=FILES, ids=lambda p: p.stem)
def library(request: pytest.FixtureRequest) -> SafLibrary:
    return SafLibrary.load(request.param)


def row(library: SafLibrary, target: str, source: str) -> np.ndarray:
    table = library.table("photon")
    return table.saf_per_kg[library.targets.index(target), library.sources.index(source)]


def test_there_are_an_adult_male_and_an_adult_female() -> None:
    assert {"adult_male", "adult_female", "adult_female_olinda_masses"} <= {p.stem for p in FILES}


def test_size_and_contents(library: SafLibrary) -> None:
    table = library.table("photon")
    assert library.targets == TARGETS and library.sources == SOURCES
    assert table.energy_MeV.size >= 12
    assert (table.energy_MeV[0], table.energy_MeV[-1]) == (0.01, 4.0)
    for key in ("origin", "licence", "photons", "fingerprint", "version numba", "version xraylib"):
        assert library.provenance[key]
    assert library.phantom in catalogue()


def test_no_more_energy_is_absorbed_than_emitted_and_the_parts_sum_to_the_whole(library: SafLibrary) -> None:
    table, mass = library.table("photon"), library.target_mass_kg
    whole = table.saf_per_kg[library.targets.index("total body")] * mass["total body"]
    if "approximation" in library.provenance:  # masses and transport belong to different bodies
        assert np.all(whole < 1.01)
        return
    assert np.all(whole < 1.001)
    parts = sum(table.saf_per_kg[library.targets.index(t)] * mass[t] for t in EXCLUSIVE)
    assert np.all(parts < whole * 1.02)


def test_every_value_has_an_uncertainty_and_a_method(library: SafLibrary) -> None:
    table = library.table("photon")
    assert table.relative_se is not None and table.method is not None
    assert np.all(table.relative_se > 0)
    silent = table.method == METHODS.index("no score")
    assert np.array_equal(silent, table.saf_per_kg == 0)
    assert np.all(table.relative_se[silent] == 1.0)
    # what carries dose is well known: 100 keV and more, more than a fifth of the same energy spread evenly
    evenly = 1.0 / library.target_mass_kg["total body"]
    large = (table.saf_per_kg > 0.22 * evenly) & (table.energy_MeV >= 0.1)
    assert np.median(table.relative_se[large]) < 0.015
    assert np.quantile(table.relative_se[large], 0.95) < 0.04


def test_pairs_are_reciprocal_within_what_the_file_says(library: SafLibrary) -> None:
    table = library.table("photon")
    assert table.relative_se is not None and table.method is not None
    organs = [t for t in EXCLUSIVE if t in SOURCES]
    k = int(np.argmin(abs(table.energy_MeV - 0.5)))
    i = [library.targets.index(o) for o in organs]
    j = [library.sources.index(o) for o in organs]
    square = table.saf_per_kg[np.ix_(i, j)][..., k]
    se = table.relative_se[np.ix_(i, j)][..., k]
    direct = table.method[np.ix_(i, j)][..., k] != RECIPROCITY
    both = direct & direct.T & (se < 0.01) & (se.T < 0.01) & ~np.eye(len(organs), dtype=bool)
    ratio = np.log(square / square.T)[both]
    assert both.sum() >= 20
    assert np.sqrt(np.mean(ratio**2)) < 0.03


def test_distance_lowers_a_saf(library: SafLibrary) -> None:
    near_and_far = (
        ("thyroid", "adrenals", "kidneys"), ("brain", "spleen", "kidneys"), ("testes", "uterus", "ovaries"),
    )  # fmt: skip
    energy = library.table("photon").energy_MeV >= 0.05
    for far, near, source in near_and_far:
        assert np.all(row(library, far, source)[energy] < row(library, near, source)[energy])


def test_electrons_deposit_all_of_their_energy_or_what_the_convention_says(library: SafLibrary) -> None:
    table, mass = library.table("electron"), library.target_mass_kg
    for organ in ("liver", "kidneys", "spleen", "lungs", "heart wall"):
        i, j = library.targets.index(organ), library.sources.index(organ)
        assert table.saf_per_kg[i, j] * mass[organ] == pytest.approx(1.0)
        assert table.saf_per_kg[:, j].sum(axis=0) * mass[organ] == pytest.approx(
            1.0 + mass[organ] / mass["total body"]
        )
    i, j = library.targets.index("heart wall"), library.sources.index("heart contents")
    assert table.saf_per_kg[i, j] * library.source_mass_kg["heart contents"] == pytest.approx(0.5)


@pytest.mark.parametrize("name", [n for n in names() if (SHIPPED / f"{n.replace(' ', '_')}.h5").is_file()])
def test_the_code_makes_the_shipped_numbers_again(name: str, tmp_path: Path) -> None:
    library = SafLibrary.load(SHIPPED / f"{name.replace(' ', '_')}.h5")
    table = library.table("photon")
    assert table.relative_se is not None
    run = Simulation(load_body(name), 2 * HISTORIES_PER_BATCH, seed=1, work=tmp_path)
    assert run.fingerprint == library.provenance["fingerprint"], "geometry or cross-sections have changed"
    run.run_unit("liver", 0.1, 2)
    unit = run.load("liver", 0.1)
    assert unit is not None
    k, j = list(table.energy_MeV).index(0.1), library.sources.index("liver")
    for target in ("liver", "kidneys", "lungs", "muscle"):
        i = library.targets.index(target)
        ours = unit.kerma[:, run.body.solid.index(target)].mean() / library.target_mass_kg[target]
        # the shipped mean is over ten times as many histories
        tolerance = 4.0 * np.sqrt(11.0) * table.relative_se[i, j, k]
        assert ours == pytest.approx(table.saf_per_kg[i, j, k], rel=tolerance)
