"""A library by its path where a phantom is named: what is found, what it is called, what is refused."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from patient_body import patient_library

from phantoms.errors import PhantomError
from phantoms.library.installed import LibraryFile, find, load_phantom, named_body
from phantoms.library.olinda import with_convention
from phantoms.library.saf import SafLibrary


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bodies" / "P01.h5"
    path.parent.mkdir()
    patient_library(phantom="Joe").save(path)
    return path


def test_a_path_is_a_phantom_with_its_hash(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    body = load_phantom("bodies/P01.h5")
    assert body.phantom == "bodies/P01.h5" == body.provenance["file"]
    assert body.provenance["name in the file"] == "Joe"
    assert body.provenance["file sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    found = find("bodies/P01.h5")
    assert found.given and not found.shipped and found.path == file
    assert load_phantom("bodies/P01.h5") is body  # read once
    # what stands for the file is not written into another
    body.save(tmp_path / "copy.h5")
    again = SafLibrary.load(tmp_path / "copy.h5")
    assert again.phantom == "Joe" and again.provenance == {"origin": "made up for tests"}


def test_a_file_that_changed_is_read_again(file: Path) -> None:
    before = load_phantom(str(file))
    patient_library("adult female").save(file)
    assert load_phantom(str(file)).sex == "female" != before.sex


def test_a_path_knows_its_folder_whatever_the_working_directory_is(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "elsewhere"
    there.mkdir()
    monkeypatch.chdir(there)
    name = pickle.loads(pickle.dumps(named_body("bodies/P01.h5", tmp_path)))
    assert isinstance(name, LibraryFile) and name == "bodies/P01.h5" and name.path == file
    assert load_phantom(name).phantom == "bodies/P01.h5"
    with pytest.raises(PhantomError, match=r"bodies/P01\.h5: there is no such file"):
        load_phantom("bodies/P01.h5")


def test_voxels_in_the_file_are_told_of(file: Path) -> None:
    assert "voxels" not in load_phantom(str(file)).provenance
    with h5py.File(file, "r+") as f:
        f.create_group("voxels")["code"] = np.zeros((2, 2, 2), dtype=np.uint8)
    assert load_phantom(str(file)).provenance["voxels"] == "in the file"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("P02.h5", r"P02\.h5: there is no such file in .*bodies \(there: P01\.h5\)"),
        ("none/P02.h5", r"none/P02\.h5: there is no such file \(.*none is no folder that can be read\)"),
        ("../bodies", r"\.\./bodies: a folder, where the file of a library"),
        ("notes.txt", r"notes\.txt: cannot be read as a SAF library \(cannot be read as HDF5"),
        ("other.h5", r"other\.h5: cannot be read as a SAF library \(not a SAF library of this program"),
        ("P01", r"unknown phantom 'P01'; available: .*adult male.*there is a file 'P01\.h5': give its path"),
        ("adult mail", r"unknown phantom 'adult mail'; available: .*, or the path of a library"),
    ],
)
def test_what_is_no_library(file: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str) -> None:
    monkeypatch.chdir(file.parent)
    Path("notes.txt").write_text("Joe's body")
    with h5py.File("other.h5", "w") as f:
        f["x"] = 1.0
    with pytest.raises(PhantomError, match=said):
        load_phantom(name)


def test_names_of_phantoms_are_no_paths() -> None:
    for name in ("adult male", "ICRP adult female", "10-year-old", "adult/male"):
        assert not isinstance(named_body(name), LibraryFile)
    assert load_phantom("adult/male").phantom == "adult male"


def test_a_patients_body_has_no_convention_of_1987(file: Path) -> None:
    with pytest.raises(PhantomError, match=r"P01\.h5 has no doses by the convention of OLINDA"):
        with_convention(load_phantom(str(file)), "OLINDA/EXM 1.x")
    # a body of the same name as a stylised one is not it
    with pytest.raises(PhantomError, match="phantom 'adult male' has no doses by the convention"):
        with_convention(patient_library(phantom="adult male"), "OLINDA/EXM 1.x")


@pytest.mark.parametrize(
    ("combined", "said"),
    [
        (
            {"kidneys": {"left kidney": 0.5, "third kidney": 0.5}},
            "'kidneys' is combined of regions that are none",
        ),
        ({"kidneys": {"kidneys": 1.0}}, "'kidneys' is combined of regions that are none: kidneys"),
        ({"kidney": {"left kidney": 1.0}}, "'kidney' is combined of regions that are none"),
        ({"kidneys": {"left kidney": 0.5, "right kidney": float("nan")}}, "weights that are no numbers"),
    ],
)
def test_sums_of_what_is_not_there(file: Path, combined: dict[str, dict[str, float]], said: str) -> None:
    library = patient_library()
    replace(library, conventions=replace(library.conventions, combined=combined)).save(file)
    with pytest.raises(PhantomError, match=said):
        load_phantom(str(file))
