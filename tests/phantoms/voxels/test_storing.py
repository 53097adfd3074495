"""A body of voxels and its SAF library in one file: the same after reading, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from milligray.errors import MilligrayError
from phantoms.errors import PhantomError
from phantoms.library.installed import load_phantom
from phantoms.library.saf import SafLibrary
from phantoms.transport.materials import Tissue
from phantoms.voxels.body import OUTSIDE, Kind, VoxelBody
from phantoms.voxels.storing import load_voxel_body, save_voxel_library

WATER = Tissue("water", 1.0, {1: 0.1119, 8: 0.8881})
OTHER = Tissue("water", 1.0, {1: 0.1, 8: 0.9})  # another tissue of the same name
RNG = np.random.default_rng(3)


@pytest.fixture
def body() -> VoxelBody:
    code = RNG.integers(0, 4, (5, 6, 7)).astype(np.uint16)
    affine = np.array([[0, -1.37, 0, 3.1], [2.0, 0, 0, 1 / 3], [0, 0, 8, -0.1], [0, 0, 0, 1.0]])
    kinds = (
        Kind(OUTSIDE, None, 0.0), Kind("left kidney", WATER, 1.05), Kind("right kidney", OTHER, 1.05),
        Kind("spine", WATER, 1 / 3),
    )  # fmt: skip
    return VoxelBody(
        "Müller", "female", code, affine, kinds,
        {"left kidney": 0.1, "right kidney": 0.2, "spine": 0.3, "red marrow": 0.1 / 3},
        {"kidneys": ("left kidney", "right kidney")}, {"red marrow": {"spine": 0.7}},
        frozenset({"spine"}), {"image": "a.nii.gz", "warning legs": "no legs"},
    )  # fmt: skip


def test_a_body_is_the_same_after_writing_and_reading(body: VoxelBody, tmp_path: Path) -> None:
    path = tmp_path / "patient.h5"
    save_voxel_library(load_phantom("adult female"), body, path)
    there = load_voxel_body(path)
    assert np.array_equal(there.code, body.code) and there.code.dtype == body.code.dtype
    assert np.array_equal(there.affine_mm, body.affine_mm)
    for name in ("name", "sex", "kinds", "mass_kg", "sums", "spread", "cranial", "facts"):
        assert getattr(there, name) == getattr(body, name), name
    assert there.kinds[2].tissue == OTHER


def test_the_file_is_an_ordinary_saf_library_too(body: VoxelBody, tmp_path: Path) -> None:
    path, library = tmp_path / "patient.h5", load_phantom("adult female")
    save_voxel_library(library, body, path)
    read = SafLibrary.load(path)
    assert set(read.tables) == set(library.tables)
    assert np.array_equal(read.table("photon").saf_per_kg, library.table("photon").saf_per_kg)


def test_a_library_without_voxels_and_other_files_are_refused_in_one_line(tmp_path: Path) -> None:
    load_phantom("adult female").save(tmp_path / "plain.h5")
    (tmp_path / "text.h5").write_text("no HDF5")
    for name, what in (("plain.h5", "no body of voxels is in it"), ("text.h5", "cannot be read as HDF5")):
        with pytest.raises(MilligrayError, match=what) as raised:
            load_voxel_body(tmp_path / name)
        assert "\n" not in str(raised.value) and name in str(raised.value)


def test_damaged_voxels_are_refused(body: VoxelBody, tmp_path: Path) -> None:
    path = tmp_path / "patient.h5"
    library = load_phantom("adult female")

    def code(f: h5py.File) -> None:
        f["voxels/code"][1, 2, 3] = (f["voxels/code"][1, 2, 3] + 1) % 4

    def description(f: h5py.File) -> None:
        text = f["voxels/description"][:]
        f["voxels/description"][:] = np.where(text == ord("7"), ord("6"), text)

    def affine(f: h5py.File) -> None:
        f["voxels/affine_mm"][0, 3] = 0.0

    def nothing_left(f: h5py.File) -> None:
        del f["voxels/code"]

    def another_format(f: h5py.File) -> None:
        f["voxels"].attrs["format"] = "milligray body of voxels 99"

    for damage in (code, description, affine, nothing_left, another_format):
        save_voxel_library(library, body, path)
        with h5py.File(path, "r+") as f:
            damage(f)
        with pytest.raises(PhantomError, match=r"patient\.h5: cannot be read as a body of voxels") as raised:
            load_voxel_body(path)
        assert "\n" not in str(raised.value), damage.__name__


def test_a_body_that_cannot_be_written_leaves_what_was_there(body: VoxelBody, tmp_path: Path) -> None:
    path, library = tmp_path / "patient.h5", load_phantom("adult female")
    save_voxel_library(library, body, path)
    before = path.read_bytes()
    broken = VoxelBody(
        body.name,
        body.sex,
        body.code,
        body.affine_mm,
        body.kinds,
        body.mass_kg,
        facts={"a": b"b"},  # type: ignore[dict-item]
    )
    with pytest.raises(TypeError):
        save_voxel_library(library, broken, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
