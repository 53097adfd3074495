"""Tissues against published copies and closed forms; densities by CT number."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from phantoms.errors import PhantomError
from phantoms.voxels.images.tables import tissues
from phantoms.voxels.images.tables.calibration import read_calibration, unlabelled_tissues
from phantoms.voxels.images.tables.tissues import bone, known_tissue


def test_every_tissue_sums_to_one_and_its_table_to_a_hundred() -> None:
    for name, entry in tissues.catalogue().items():
        assert sum(known_tissue(name).fractions.values()) == pytest.approx(1.0, abs=1e-12)
        if "percent" in entry:
            assert sum(entry["percent"].values()) == pytest.approx(100.0, abs=0.05)


def test_what_the_stylised_bodies_have_of_icru_46_is_the_same() -> None:
    text = (files("phantoms.transport") / "materials.toml").read_text()
    theirs = tomllib.loads(text)
    for name in ("red marrow", "cortical bone"):
        own = tissues.catalogue()[name]
        assert own["percent"] == theirs[name]["percent"]
        assert own["density_g_per_cm3"] == theirs[name]["density_g_per_cm3"]


def test_atomic_numbers_of_symbols() -> None:
    known = {
        "H": 1,
        "C": 6,
        "O": 8,
        "Na": 11,
        "P": 15,
        "Ar": 18,
        "Ca": 20,
        "Ti": 22,
        "Fe": 26,
        "I": 53,
        "Pb": 82,
    }
    assert {s: tissues.ATOMIC_NUMBER[s] for s in known} == known
    assert tissues.ATOMIC_NUMBER["Bi"] == 83 == len(tissues.ATOMIC_NUMBER)


@pytest.mark.parametrize("density", [1.05, 1.2, 1.4, 1.7])
def test_bone_is_mixed_so_that_volumes_give_its_density(density: float) -> None:
    """1/density of a mixture is the sum of mass fractions over densities; calcium is cortical bone's"
    " alone."""
    cortical, mixed = known_tissue("cortical bone"), bone(density)
    share = mixed.fractions[20] / cortical.fractions[20]
    marrow = 0.5 * (1.03 + 0.98)
    assert 1.0 / (share / 1.92 + (1.0 - share) / marrow) == pytest.approx(density, rel=1e-12)
    assert mixed.density_g_per_cm3 == pytest.approx(density)
    assert bone(0.5).fractions == bone(marrow).fractions and 20 not in bone(0.5).fractions
    assert bone(3.0).fractions == cortical.fractions


def test_classes_of_bone_are_near_to_its_density() -> None:
    for density in np.linspace(1.005, 1.92, 50):
        of_class = tissues.bone_of_class(tissues.bone_class(float(density)))
        assert of_class.density_g_per_cm3 == pytest.approx(
            density, abs=0.5 * tissues.BONE_STEP_G_PER_CM3 + 1e-9
        )


def test_densities_are_those_of_schneiders_lines() -> None:
    """Phys. Med. Biol. 45 (2000) 459: 1.018 + 0.893e-3 H from fat to soft tissue, 1.017 + 0.592e-3 H in"
    " bone."""
    curve = read_calibration()
    soft = np.array([-97.0, -50.0, 0.0, 10.0])
    np.testing.assert_allclose(curve.density(soft), 1.018 + 0.893e-3 * soft, rtol=2e-3)
    bones = np.array([101.0, 300.0, 800.0, 1600.0])
    np.testing.assert_allclose(curve.density(bones), 1.017 + 0.592e-3 * bones, rtol=1e-3)
    assert curve.density(np.array([-3000, 5000])).tolist() == [0.00121, 2.8]


def test_schneiders_tissues_where_nothing_is_labelled() -> None:
    starts, made = unlabelled_tissues()
    assert len(made) == 24 and starts[0] == -1000 and (np.diff(starts) > 0).all()
    assert made[0].fractions[7] == pytest.approx(0.755) and 1 not in made[0].fractions
    assert made[-1].fractions[20] == pytest.approx(0.225)
    for tissue in made:
        assert sum(tissue.fractions.values()) == pytest.approx(1.0)


def test_a_users_calibration_as_csv_and_toml(tmp_path: Path) -> None:
    csv, toml = tmp_path / "own.csv", tmp_path / "own.toml"
    csv.write_text("# our scanner, 120 kV\nHU,density_g_per_cm3\n-1000,0.001\n0,1.0\n1500,1.9\n")
    toml.write_text('name = "ours"\nsource = "us"\npoints = [[-1000, 0.001], [0, 1.0], [1500, 1.9]]\n')
    for path in (csv, toml):
        curve = read_calibration(path)
        assert curve.density(np.array([750])).tolist() == pytest.approx([1.45])
        assert curve.highest_tissue_g_per_cm3 == read_calibration().highest_tissue_g_per_cm3
    assert read_calibration(toml).name == "ours" and read_calibration(csv).name == "own.csv"
    assert read_calibration(csv).sha256 != read_calibration().sha256


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "HU,density\n0,1\n", "the header is 'HU,density'; it is 'HU,density_g_per_cm3'"),
        ("a.csv", "HU,density_g_per_cm3\n0,one\n5,x\n", "(?s)row 2: 'one' is not a number.*row 3: 'x'"),
        ("a.toml", "points = [[0, 1.0]]\n", "at least two pairs"),
        ("a.toml", "points = [[0, 1000.0], [-5, 1.0]]\n", r"(?s)point 1: 1000 g/cm3.*kg/m3.*point 2: -5"
                                                           " HU follows 0"),
        ("a.toml", "points = [[0, 1.0], [5, -1.0]]\nunit = 1\n", r"(?s)unknown key 'unit'.*point 2: -1"
                                                                  " g/cm3; above 0"),
        ("a.toml", "points = [[0, 1.0], [5, 'x']]\n", "a pair of HU and g/cm3"),
    ],
)  # fmt: skip
def test_calibrations_that_cannot_be(tmp_path: Path, name: str, text: str, words: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(PhantomError, match=words):
        read_calibration(path)
