"""Batches of the walk as SAFs, and how far pairs are apart beyond statistics."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from phantoms import SafLibrary
from phantoms.bodies.stylised.body import load_body
from phantoms.library.saf import SafTable
from phantoms.transport.materials import tissue
from phantoms.voxels.body import OUTSIDE, Kind, VoxelBody
from phantoms.voxels.stylised import Change, voxelised
from phantoms.voxels.walk.photons import Walker, lines
from validation.pages import patient_body_page as page
from validation.voxel_bodies import icrp_male, made_up_patient, opendose_lutetium, stylised_male
from validation.voxel_bodies.opendose_lutetium import Compared
from validation.voxel_bodies.pairs import (
    BATCHES,
    Batches,
    Pair,
    Spread,
    absorbed,
    pair,
    saf_per_kg,
    voxel_mass_kg,
    walked,
)

DATA = Path(__file__).parents[4] / "shared" / "data"
SOFT = tissue("soft tissue")


def two_organs() -> VoxelBody:
    """A liver and a brain side by side, and marrow in a bone."""
    code = np.ones((6, 6, 6), dtype=np.uint8)
    code[3:], code[:, :, 5] = 2, 3
    kinds = (
        Kind(OUTSIDE, None, 0.0), Kind("liver", SOFT, 1.0), Kind("brain", SOFT, 1.1), Kind("bone", SOFT, 1.4),
    )  # fmt: skip
    mass = {"liver": 0.1, "brain": 0.1, "bone": 0.05, "red marrow": 0.01}
    spread = {"red marrow": {"bone": 0.25, "brain": 0.75}}
    return VoxelBody("two", "male", code, np.diag([5.0, 5.0, 5.0, 1.0]), kinds, mass, {}, spread)


def constant(liver: float, brain: float, bone: float) -> Batches:
    """Batches that all absorbed the same."""
    row = np.tile([0.0, liver, brain, bone], (BATCHES, 1))
    return Batches(row, {"red marrow": 2.0 * row, "osteogenic cells": 3.0 * row})


def test_a_saf_is_what_the_voxels_absorb_over_their_mass_and_of_marrow_by_its_shares() -> None:
    body, found = two_organs(), constant(0.3, 0.2, 0.1)
    liver_kg = 3 * 6 * 5 * 0.125 * 1.0e-3
    assert voxel_mass_kg(body, "liver") == pytest.approx(liver_kg)
    assert saf_per_kg(body, found, "liver") == pytest.approx(0.3 / liver_kg)
    assert absorbed(body, found, "total body") == pytest.approx(0.6)
    expected = 1e3 * (0.25 * 2 * 0.1 / body.volume_cm3("bone") + 0.75 * 2 * 0.2 / body.volume_cm3("brain"))
    assert saf_per_kg(body, found, "red marrow") == pytest.approx(expected)


def test_batches_do_not_depend_on_the_workers_and_keep_what_they_emit() -> None:
    body = two_organs()
    walker = Walker(body)
    one, two = (walked(walker, "liver", lines(0.1, 1.0), 4000, (7,), workers) for workers in (1, 2))
    assert np.array_equal(one.absorbed, two.absorbed)
    assert one.absorbed.shape == (BATCHES, 4)
    assert 0.0 < absorbed(body, one, "total body").max() <= 1.0
    other = walked(walker, "liver", lines(0.1, 1.0), 4000, (8,))
    assert not np.array_equal(one.absorbed, other.absorbed)


def test_statistics_are_taken_off_what_pairs_differ_by() -> None:
    """Differences of a known spread and known errors: the spread comes out within 4 standard errors."""
    rng = np.random.default_rng(3)
    se = rng.uniform(0.002, 0.02, 4000)
    off = 0.01 * rng.standard_normal(se.size) + se * rng.standard_normal(se.size)
    found = Spread.of([Pair("t", "s", 1.0, d, s, 1.0) for d, s in zip(off, se, strict=True)])
    assert found.rms**2 - found.statistics**2 == pytest.approx(found.systematic**2)
    assert abs(found.systematic - 0.01) < 4.0 * found.se
    assert found.se == pytest.approx(np.sqrt(2 * np.mean((se**2 + 1e-4) ** 2) / se.size) / 0.02, rel=0.05)
    none = Spread.of([Pair("t", "s", 1.0, 0.001, 0.01, 1.0)] * 10)
    assert none.systematic == 0.0 < none.se


def test_a_pair_has_the_errors_of_both() -> None:
    values = np.array([1.0, 1.2, 0.8, 1.0])
    found = pair("t", "s", 0.5, values, 2.0, 0.03)
    own = np.std(values, ddof=1) / 2.0
    assert found.difference == pytest.approx(-0.5)
    assert found.se == pytest.approx(np.hypot(own, 0.03))
    assert np.isnan(pair("t", "s", 0.5, np.zeros(4), 2.0, 0.0).se)


def test_the_newborn_in_voxels_absorbs_what_the_newborn_by_equations_does() -> None:
    """The whole body of thin-walled and small organs: no grid can be wrong by more than its surface."""
    found = stylised_male.pairs(
        4.0, stylised_male.TILTED, 20_000, sources=("liver",), energies_MeV=(0.5,), body="newborn"
    )
    known = {p.target: p for p in stylised_male.known(found)}
    whole = known["total body"]
    # photons of 0.5 MeV: the share absorbed goes with the body's width, known to a voxel's share of it
    assert abs(whole.difference) < 4.0 * whole.se + 1e-3
    # stairs of width w on an organ of radius R lose some (w / R)^2 of its dose to itself; R is 3.2 cm
    assert abs(known["liver"].difference) < 4.0 * known["liver"].se + (0.4 / 3.2) ** 2


def library_of(targets: dict[str, float], sources: tuple[str, ...], saf: np.ndarray) -> SafLibrary:
    """A library of single-energy photon SAFs (T, S) and no electrons worth speaking of."""
    table = SafTable(np.array([0.2, 0.5]), np.repeat(saf[:, :, None], 2, axis=2))
    return SafLibrary("made up", "male", tuple(targets), sources, targets, {}, {"photon": table})


def test_icrps_self_doses_are_compared_by_their_mass_and_cross_doses_by_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = two_organs()
    monkeypatch.setattr(icrp_male, "walked", lambda *_: constant(0.3, 0.2, 0.0))
    kg = {"liver": 0.25, "brain": 0.3}
    saf = np.array([[0.3 / 0.25, 9.0], [0.2 / voxel_mass_kg(body, "brain") / 1.02, 9.0]])
    for names in ("SOLID", "LAYERED", "NODES", "MARROW"):
        monkeypatch.setattr(icrp_male, names, {n: n for n in kg} if names == "SOLID" else {})
    found = icrp_male.pairs(
        body, library_of(kg, ("liver", "brain"), saf), 1, sources=["liver"], energies_MeV=[0.5]
    )
    assert {p.target: p.difference for p in found} == pytest.approx({"liver": 0.0, "brain": 0.02})
    cross = icrp_male.near(found, icrp_male.SOLID, own=False)
    assert [p.target for p in cross] == ["brain"]
    assert icrp_male.median(cross) == pytest.approx(0.02)
    assert icrp_male.within(cross, 0.03) == 1.0
    assert icrp_male.within(cross, 0.01) == 0.0
    assert not icrp_male.near([cross[0]._replace(theirs=1e-4)], icrp_male.SOLID, own=False)
    assert not icrp_male.near([cross[0]._replace(se=0.05)], icrp_male.SOLID, own=False)


@pytest.fixture(scope="module")
def icrp_body() -> VoxelBody:
    if not (DATA / "icrp110").is_dir():
        pytest.skip(f"not shown: ICRP 110's voxels (no {DATA / 'icrp110'})")
    return icrp_male.load_body(DATA / "icrp110")


def test_masses_of_icrps_man_are_those_of_opendose(icrp_body: VoxelBody) -> None:
    """Except where its densities are not those of ICRP's table: spongiosa and lung tissue."""
    with (DATA / "opendose_lu177" / "am_liver.csv").open() as f:
        rows = list(csv.DictReader(line for line in f if not line.startswith("#")))
    kg = {opendose_lutetium.NAMES.get(r["target"], r["target"].lower()): float(r["target_mass_g"]) * 1e-3
          for r in rows}  # fmt: skip
    both = [r for r in (*icrp_body.regions, *icrp_body.sums) if r in kg]
    soft = [r for r in both if "spongiosa" not in r and not r.endswith("lung tissue") and r != "lung tissue"]
    assert len(soft) > 70
    # 0.1 %, and half of the last digit printed
    off = {
        r: icrp_body.mass_of(r) - kg[r]
        for r in soft
        if abs(icrp_body.mass_of(r) - kg[r]) > 1e-3 * kg[r] + 5e-7
    }
    assert not off


def test_every_region_that_is_compared_with_icrps_is_in_the_voxels(icrp_body: VoxelBody) -> None:
    for names in (icrp_male.SOLID, icrp_male.LAYERED, icrp_male.NODES, icrp_male.SOURCES):
        for region in names:
            assert icrp_body.parts(region)
    assert set(icrp_male.MARROW) <= set(icrp_body.spread)


def test_opendoses_targets_are_found_by_name_and_what_cannot_be_meant_is_not_used() -> None:
    kg = {"liver": 1.8, "kidneys": 0.3, "brain": 1.4}
    saf = np.array([1.0, 0.5, 0.0]).reshape(3, 1, 1)
    tables = {
        "photon": SafTable(np.array([0.01]), saf, np.full(saf.shape, 0.02)),
        "electron": SafTable(np.array([0.1]), np.array([1.0, 0.0, 0.0]).reshape(3, 1, 1)),
    }  # fmt: skip
    library = SafLibrary("made up", "male", tuple(kg), ("liver",), kg, {"liver": 1.8}, tables)
    published = {
        "Liver": (1e-5, 1e-8), "RKidney + LKidney": (1e-6, 1e-6), "Brain": (1e-9, 0.0), "Tail": (1.0, 0.0),
    }  # fmt: skip
    s = {c.target: c for c in opendose_lutetium.compared(library, published)}
    assert list(s) == ["liver", "kidneys"]  # no photon reached the brain, and there is no tail
    assert s["kidneys"].se == pytest.approx(0.02)
    assert s["kidneys"].printed == pytest.approx(1.0)
    assert s["kidneys"].electrons == pytest.approx(0.0, abs=0.02)
    # the error of the photons alone, and theirs
    share = 1.0 - s["liver"].electrons
    assert s["liver"].se == pytest.approx(np.hypot(0.02 * share, 1e-3), rel=0.05)


def by_mass_alone(body: VoxelBody, *_: object, **how: object) -> SafLibrary:
    """SAFs of the liver that go with its mass by the rules of mass scaling, and with nothing else."""
    regions = ("liver", "spleen", "kidneys")
    kg = {r: body.mass_of(r) for r in (*regions, "total body")}
    saf = np.zeros((2, len(kg), 2, 1))  # photons and electrons
    saf[0, 0, 0], saf[1, 0, 0] = 0.1 * kg["liver"] ** (-2.0 / 3.0), 1.0 / kg["liver"]
    saf[:, 1:3, 0] = 0.01
    tables = {
        kind: SafTable(np.array([0.01]), s, np.full(s.shape, 0.03))
        for kind, s in zip(("photon", "electron"), saf, strict=True)
    }
    return SafLibrary("made up", "both", tuple(kg), ("liver", "total body"), kg, kg, tables)


def test_mass_scaling_mends_all_of_a_larger_organ_that_goes_with_mass_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(made_up_patient, "patient_library", by_mass_alone)
    found = made_up_patient.doses(
        0.5, 1, body="newborn", width_mm=4.0, patients={"larger": {"liver": Change(1.3)}},
        tiac_h={"liver": 10.0},
    )["larger"]  # fmt: skip
    stylised = load_body("newborn")
    before, after = (
        voxelised(stylised, 4.0, changes, tilt_degrees=stylised_male.TILTED).volume_cm3("liver")
        for changes in (None, {"liver": Change(1.3)})
    )
    assert found.mass_kg["liver"] == pytest.approx(1e-3 * stylised.mass_g["liver"] * after / before)
    assert found.off(found.scaled, "liver") == pytest.approx(0.0, abs=1e-9)
    assert (after / before) ** (2 / 3) - 1.0 < found.off(found.reference, "liver") < after / before - 1.0
    assert found.off(found.reference, "spleen") == found.off(found.scaled, "spleen") == 0.0
    # of one spectrum by two libraries, 3 % each
    assert found.se("spleen") == pytest.approx(0.03 * np.sqrt(2.0), rel=0.5)
    assert made_up_patient.order({"larger": found}) == list(made_up_patient.CHANGED)
    assert f"| liver | {found.own['liver']:.3f} |" in page.patients_table({"larger": found})


def made_up_pairs() -> list[Pair]:
    return [
        Pair(t, s, e, d, 0.002, 0.05)
        for e in icrp_male.ENERGIES_MEV for s in ("liver", "kidneys")
        for t, d in (("liver", 0.01), ("kidneys", -0.02), ("stomach wall", 0.06), ("red marrow", 0.03))
    ]  # fmt: skip


def test_every_table_has_its_place_on_the_page() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    tables = page.icrp133_tables(made_up_pairs())
    tables |= page.stylised_tables({(2.0, stylised_male.TILTED, False): made_up_pairs()})
    tables |= page.opendose_tables([
        Compared("liver", 1.0, 1.01, -0.01, 0.001, 0.001, 0.9),
        Compared("spleen", 2.0, 1.0, 1.0, 0.01, 0.01, 0.0),
        Compared("brain", 1.0, 1.0, 0.01, 0.2, 0.0, 0.0),
    ])  # fmt: skip
    for name in (*tables, "patients", "voxel-s"):
        assert f"<!-- {name} -->\n" in text and f"<!-- /{name} -->" in text, name
    assert "| 0.05 | 2 | -0.5 | 100 | 2 | +6.0 | 0 |" in tables["icrp133"]
    assert "Liver to itself: -1.00 %. Of 2 other targets 1 are known" in tables["opendose-words"]
    assert "Those that are not: spleen (+100.0 +- 1.0 %)." in tables["opendose-words"]
    assert page.percent(-0.0001) == "0.0" and page.percent(0.012) == "+1.2"
