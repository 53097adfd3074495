"""Files are whole or not there: one that could not be written leaves the old one as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import phantoms.simulation.simulate as simulate
from phantoms.bodies.stylised.body import load_body
from phantoms.library.installed import load_phantom
from phantoms.library.saf import SafLibrary, SafTable
from phantoms.simulation.simulate import Simulation


class _Broken:
    """A table's method whose writing fails, after everything before it has been written."""

    def astype(self, kind: str) -> Any:
        raise OSError("no space left on device")


def _failing(library: SafLibrary) -> SafLibrary:
    photon = library.tables["photon"]
    broken = SafTable(photon.energy_MeV, 2.0 * photon.saf_per_kg)
    object.__setattr__(broken, "method", _Broken())
    return replace(library, tables={**library.tables, "photon": broken})


def test_a_library_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "one.h5"
    library = load_phantom("newborn")
    with pytest.raises(OSError, match="no space left"):
        _failing(library).save(path)
    assert not path.exists()
    library.save(path)
    before = path.read_bytes()
    with pytest.raises(OSError, match="no space left"):
        _failing(library).save(path)
    assert path.read_bytes() == before
    assert np.array_equal(
        SafLibrary.load(path).table("photon").saf_per_kg, library.table("photon").saf_per_kg
    )
    library.save(path)  # what was left of the attempt is no hindrance
    assert [p.name for p in tmp_path.iterdir()] == ["one.h5"]


def test_a_unit_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulate, "HISTORIES_PER_BATCH", 50)
    run = Simulation(load_body("newborn"), 100, 1, tmp_path)

    def full_disk(file: Any, **arrays: Any) -> None:
        file.write(b"PK half of it")
        raise OSError("no space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(np, "savez_compressed", full_disk)
        with pytest.raises(OSError, match="no space left"):
            run.run_unit("liver", 0.5, 2)
    assert run.load("liver", 0.5) is None and not run.path("liver", 0.5).exists()

    run.run_unit("liver", 0.5, 2)
    first = run.load("liver", 0.5)
    with monkeypatch.context() as disk:
        disk.setattr(np, "savez_compressed", full_disk)
        with pytest.raises(OSError, match="no space left"):
            run.run_unit("liver", 0.5, 4)
    still = run.load("liver", 0.5)
    assert first is not None and still is not None and np.array_equal(still.kerma, first.kerma)
    run.run_unit("liver", 0.5, 4)
    more = run.load("liver", 0.5)
    assert more is not None and more.kerma.shape[0] == 4 and np.array_equal(more.kerma[:2], first.kerma)
    assert list(tmp_path.iterdir()) == [run.path("liver", 0.5)]
