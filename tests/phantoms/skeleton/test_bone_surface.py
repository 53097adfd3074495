"""Bone surface by ICRP 30, and the convention of OLINDA/EXM 1.x as a change of a library's rows."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from phantoms import PhantomError, SafLibrary, load_phantom
from phantoms.library.conventions import Conventions
from phantoms.library.olinda import OLINDA, OWN, with_convention
from phantoms.skeleton.bone_surface import (
    charged_saf_per_kg,
    over_endosteum,
    photon_ratio,
    response_MeV_cm2_per_g,
)
from phantoms.skeleton.marrow import dose_per_fluence_MeV_cm2_per_g

MALE_KG = {
    "osteogenic cells": 0.12, "red marrow": 1.12, "cortical bone": 4.0, "trabecular bone": 1.0,
    "total body": 73.7,
}  # fmt: skip
BONE = "osteogenic cells"


def test_electrons_in_the_adult_male_by_the_printed_fractions() -> None:
    """ICRP 30, Part 1: 0.015 and 0.025 of the energy, 60 g of surface on either bone, half with marrow."""
    found = charged_saf_per_kg("electron", "adult male", MALE_KG)
    assert found["cortical bone"] == pytest.approx(0.015 / 0.060)
    assert found["trabecular bone"] == pytest.approx(0.025 / 0.060)
    assert found["red marrow"] == pytest.approx(0.5 / 1.12)
    # from the whole body: 4 kg, 1 kg and the marrow's half, of 73.7 kg
    assert found["total body"] * 73.7 == pytest.approx(4 * 0.25 + 0.41667 + 0.5, rel=1e-4)


def test_alphas_leave_less_in_the_surface_of_cortical_bone() -> None:
    found = charged_saf_per_kg("alpha", "adult male", MALE_KG)
    assert found["cortical bone"] == pytest.approx(0.01 / 0.060)
    assert found["trabecular bone"] == pytest.approx(0.025 / 0.060)


def test_a_newborn_has_trabecular_bone_alone() -> None:
    masses = {
        BONE: 0.015, "red marrow": 0.047, "cortical bone": 0.0, "trabecular bone": 0.14, "total body": 3.6,
    }  # fmt: skip
    found = charged_saf_per_kg("electron", "newborn", masses)
    assert found["trabecular bone"] == found["cortical bone"] == pytest.approx(0.025 / 0.015)
    assert found["total body"] * 3.6 == pytest.approx(0.14 * 0.025 / 0.015 + 1.0)


def test_children_have_less_cortical_surface() -> None:
    """SEECAL (ORNL/TM-12351), Table 2: 0.65 of a 5-year-old's surface lines trabecular bone."""
    masses = {
        BONE: 0.037,
        "red marrow": 0.32,
        "cortical bone": 0.875,
        "trabecular bone": 0.219,
        "total body": 19.8,
    }
    found = charged_saf_per_kg("electron", "5-year-old", masses)
    assert found["cortical bone"] == pytest.approx(0.015 / (0.35 * 0.037))
    assert found["trabecular bone"] == pytest.approx(0.025 / (0.65 * 0.037))
    assert found["red marrow"] == pytest.approx(0.65 / 0.32)


def test_photon_response_is_17_24ths_of_bone_and_half_of_marrow() -> None:
    """Against xraylib's own mass energy-absorption coefficients, which let the fluorescence of calcium leave:
    a few per cent where the photoelectric effect rules."""
    xraylib = pytest.importorskip("xraylib")
    from phantoms.transport.materials import tissue

    for energy, within in ((0.01, 0.08), (0.03, 0.08), (0.05, 0.05), (0.1, 0.03), (0.5, 0.01)):
        bone, marrow = (
            sum(w * xraylib.CS_Energy(z, energy * 1e3) for z, w in tissue(name).fractions.items())
            for name in ("cortical bone", "red marrow")
        )
        expected = energy * (17 / 24 * bone + 0.5 * marrow)
        assert response_MeV_cm2_per_g(np.array([energy])) == pytest.approx(expected, rel=within)


def test_ratio_in_one_energy_is_that_of_the_responses_wherever_it_is_scored() -> None:
    track = np.zeros((2, 3, 4))
    track[0, 0, 1], track[1, 2, 1], track[1, 0, 1] = 2.0, 5.0, 1.0
    found = over_endosteum(track, track * 0.1, 0.5)
    one = np.array([0.1])
    expected = response_MeV_cm2_per_g(one) / dose_per_fluence_MeV_cm2_per_g("endosteum", one)
    assert found == pytest.approx(np.repeat(expected, 2))


def test_where_nothing_reaches_the_skeleton_the_emitted_energy_counts() -> None:
    one = np.array([0.02])
    expected = response_MeV_cm2_per_g(one) / dose_per_fluence_MeV_cm2_per_g("endosteum", one)
    assert over_endosteum(np.zeros((1, 2, 4)), np.zeros((1, 2, 4)), 0.02) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("body", "source", "energy_MeV", "published_per_kg"),
    [
        ("adult male", "liver", 0.5, 0.00301), ("adult male", "cortical bone", 1.0, 0.0131),
        ("adult male", "kidneys", 1.5, 0.00346), ("adult female", "kidneys", 0.5, 0.00527),
        ("adult female", "total body", 1.0, 0.00653), ("5-year-old", "liver", 1.0, 0.00805),
        ("5-year-old", "cortical bone", 0.5, 0.0323), ("newborn", "kidneys", 0.5, 0.0573),
        ("newborn", "total body", 2.0, 0.0429),
    ],
)  # fmt: skip
def test_photons_as_the_tables_of_1987_have_them(
    body: str, source: str, energy_MeV: float, published_per_kg: float
) -> None:
    """Cristy and Eckerman, ORNL/TM-8381 (1987), three digits and their own statistics of 2 to 3 %."""
    library = with_convention(load_phantom(body), OLINDA)
    saf = library.table("photon").at(energy_MeV)[
        library.targets.index(BONE), library.sources.index(source), 0
    ]
    assert saf == pytest.approx(published_per_kg, rel=0.06)


@pytest.mark.parametrize(
    ("body", "source", "published_per_kg"),
    [
        ("adult male", "liver", 0.00742),
        ("newborn", "cortical bone", 0.191),
        ("adult female", "kidneys", 0.0128),
    ],
)
def test_photons_of_100_keV_are_near(body: str, source: str, published_per_kg: float) -> None:
    """Constant fractions stand for electrons of all energies: 10 % low, where ICRP 116 is at 0.4."""
    library = with_convention(load_phantom(body), OLINDA)
    saf = library.table("photon").at(0.1)[library.targets.index(BONE), library.sources.index(source), 0]
    assert saf == pytest.approx(published_per_kg, rel=0.15)


def test_nothing_else_changes() -> None:
    own = load_phantom("adult male")
    theirs = with_convention(own, OLINDA)
    for kind, table in own.tables.items():
        changed = np.argwhere(np.any(theirs.table(kind).saf_per_kg != table.saf_per_kg, axis=2))
        pairs = {(own.targets[i], own.sources[j]) for i, j in changed}
        other = {p for p in pairs if p[0] != BONE}
        assert other == ({("small intestine", "small intestine contents")} if kind == "photon" else set())
    i, j = own.targets.index("small intestine"), own.sources.index("small intestine contents")
    half = theirs.table("photon").saf_per_kg[i, j] / own.table("photon").saf_per_kg[i, j]
    assert half == pytest.approx(0.5)
    assert theirs.target_mass_kg == own.target_mass_kg


def test_only_bone_marrow_and_the_whole_body_reach_bone_surface_by_electrons() -> None:
    library = with_convention(load_phantom("5-year-old"), OLINDA)
    for kind in ("electron", "alpha"):
        row = library.table(kind).saf_per_kg[library.targets.index(BONE)]
        reached = {s for s, v in zip(library.sources, row, strict=True) if v.any()}
        assert reached == {"red marrow", "cortical bone", "trabecular bone", "total body"}


def test_its_own_convention_is_the_library_itself() -> None:
    own = load_phantom("adult male")
    assert with_convention(own, OWN) is own
    theirs = with_convention(own, "olinda/exm 1.x")
    assert with_convention(theirs, OLINDA) is theirs
    assert theirs.conventions.tissues == OLINDA and OLINDA in theirs.provenance["convention"]
    with pytest.raises(PhantomError, match="already"):
        with_convention(theirs, OWN)


def test_the_name_is_kept_on_disk(tmp_path: Path) -> None:
    theirs = with_convention(load_phantom("newborn"), OLINDA)
    theirs.save(tmp_path / "one.h5")
    assert SafLibrary.load(tmp_path / "one.h5").conventions.tissues == OLINDA


def test_refusals_say_what_there_is() -> None:
    own = load_phantom("adult male")
    with pytest.raises(
        PhantomError, match=r"unknown convention 'MIRD'; there are: ICRP 116, OLINDA/EXM 1\.x"
    ):
        with_convention(own, "MIRD")
    icrp = replace(own, phantom="ICRP adult male", conventions=Conventions(remainder_sources=("liver",)))
    with pytest.raises(PhantomError, match=r"'ICRP adult male' has no doses by .*stylised bodies"):
        with_convention(icrp, OLINDA)
    with pytest.raises(PhantomError, match="'somebody' has no doses by the convention of OLINDA"):
        with_convention(replace(own, phantom="somebody"), OLINDA)


def test_the_table_is_made_again() -> None:
    """One body and source, two energies, with other random numbers than the file has."""
    pytest.importorskip("numba")
    pytest.importorskip("xraylib")
    import sys
    import tempfile

    sys.path.insert(0, str(Path(__file__).parents[3] / "phantoms" / "skeleton"))
    from make_bone_surface import ratio, shares

    from phantoms.bodies.stylised.body import load_body
    from phantoms.simulation.simulate import Simulation
    from phantoms.transport.photons import make_source

    with tempfile.TemporaryDirectory() as work:
        simulation = Simulation(load_body("newborn"), 200_000, 3, Path(work))
    emitter = make_source(simulation.body.solid, shares(simulation, "liver"))
    for energy in (0.1, 0.5):
        found = ratio(simulation, emitter, energy, stream=99)
        se = found.std(ddof=1) / math.sqrt(found.size)
        shipped = photon_ratio("newborn", "liver", np.array([energy]))[0]
        assert abs(found.mean() - shipped) < 5 * math.sqrt(2.0) * se
        assert se < 0.05 * shipped
