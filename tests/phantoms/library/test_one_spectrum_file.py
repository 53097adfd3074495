"""A library that was made for one emission spectrum, on disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from phantoms.errors import PhantomError
from phantoms.library.installed import load_phantom
from phantoms.library.saf import METHODS, SafLibrary, SafTable


def _for_one(spectrum: str = "Zr-89", energies: tuple[float, ...] = (0.5,)) -> SafLibrary:
    body = load_phantom("newborn")
    tables = {}
    for kind, table in body.tables.items():
        saf = np.repeat(table.saf_per_kg[:, :, :1], len(energies), axis=2)
        code = np.full(saf.shape, METHODS.index("reference body"), dtype=np.int8)
        tables[kind] = SafTable(np.array(energies), saf, np.full(saf.shape, 0.01), code)
    return replace(body, tables=tables, spectrum=spectrum)


def test_the_spectrum_comes_back_and_the_voxels_are_left_alone(tmp_path: Path) -> None:
    path, library = tmp_path / "patient.h5", _for_one()
    library.save(path)
    with h5py.File(path, "r+") as f:
        f.create_group("voxels")["code"] = np.zeros((3, 4, 5), dtype=np.uint8)
    again = SafLibrary.load(path)
    assert again.spectrum == "Zr-89" and set(again.tables) == set(library.tables)
    assert "for Zr-89 alone" in repr(again) and "alone" not in repr(load_phantom("newborn"))
    method = again.table("photon").method
    assert method is not None and METHODS[int(method[0, 0, 0])] == "reference body"


def test_a_library_by_energy_has_no_spectrum(tmp_path: Path) -> None:
    load_phantom("newborn").save(tmp_path / "one.h5")
    with h5py.File(tmp_path / "one.h5") as f:
        assert "spectrum" not in f.attrs  # files made before are the same files now
    assert SafLibrary.load(tmp_path / "one.h5").spectrum == ""


@pytest.mark.parametrize(
    ("energies", "said"),
    [((0.1, 0.5), "2 energies, in a library of means over the spectrum of Zr-89"), ((0.0,), "mean energy")],
)
def test_tables_of_one_spectrum_have_one_energy(
    tmp_path: Path, energies: tuple[float, ...], said: str
) -> None:
    _for_one(energies=energies).save(tmp_path / "bad.h5")
    with pytest.raises(PhantomError, match=said):
        SafLibrary.load(tmp_path / "bad.h5")


def test_a_method_that_is_none_is_refused(tmp_path: Path) -> None:
    library = _for_one()
    photon = library.table("photon")
    assert photon.method is not None
    bad = replace(photon, method=np.full_like(photon.method, len(METHODS)))
    replace(library, tables={**library.tables, "photon": bad}).save(tmp_path / "bad.h5")
    with pytest.raises(PhantomError, match="a code of a method that is none of"):
        SafLibrary.load(tmp_path / "bad.h5")
