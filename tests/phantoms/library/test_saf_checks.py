"""One damaged value among SAFs: found by physics in a file, and by physics or its digest in a library."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import supplement

from phantoms import PhantomError, load_phantom
from phantoms.library.importing import import_icrp133
from phantoms.library.saf_checks import DIGEST, SCATTERS, damaged_values

ENERGY = np.array([0.0, 0.001, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0])
TARGET_KG, SOURCE_KG = np.array([1.8, 0.02, 0.3]), np.array([1.8, 0.15])


@pytest.fixture(autouse=True)
def _own_data_folder(data_home: Path) -> None:
    pass


def smooth() -> np.ndarray:
    """Absorbed fractions between 1e-4 and 0.9, as a smooth function of energy."""
    share = np.array([[0.9, 0.05], [0.001, 0.3], [0.02, 0.01]])
    return share[:, :, None] / TARGET_KG[:, None, None] * (1.0 + ENERGY) ** -0.5


def test_smooth_values_pass() -> None:
    assert damaged_values(smooth(), TARGET_KG, SOURCE_KG) == []


@pytest.mark.parametrize("factor", [1e4, 1e-4, 10.0])
def test_every_inner_value_is_found_when_it_is_damaged(factor: float) -> None:
    """From 10 keV on, where the grid is fine; each damaged value is the first that is told, or beside it."""
    for at in np.ndindex(*smooth().shape):
        if 2 <= at[2] < ENERGY.size - 1:
            saf = smooth()
            saf[at] *= factor
            told = damaged_values(saf, TARGET_KG, SOURCE_KG)
            assert told, at
            assert told[0][:2] == at[:2] and abs(told[0].energy - at[2]) <= 1


def test_no_target_absorbs_more_than_was_emitted_at_any_energy() -> None:
    for k in range(ENERGY.size):
        saf = smooth()
        saf[0, 0, k] *= 10
        assert any(bad.energy == k and "energy emitted" in bad.why for bad in
                   damaged_values(saf, TARGET_KG, SOURCE_KG))  # fmt: skip


def test_values_that_only_scatter_are_left_alone() -> None:
    saf = np.full((1, 1, 9), 0.01 * SCATTERS)
    saf[0, 0, 5] *= 50
    assert damaged_values(saf, np.array([1.0]), np.array([1.0])) == []
    saf[0, 0, 5] *= 10
    assert len(damaged_values(saf, np.array([1.0]), np.array([1.0]))) == 1


def test_a_damaged_file_is_refused_with_its_line(tmp_path: Path) -> None:
    folder = supplement.write(tmp_path / "P133")
    file = folder / "rcp-am_photon_2026-01-01.SAF"
    lines = file.read_text().splitlines()
    row = next(i for i, line in enumerate(lines) if line.startswith(f"{'Spleen':<10}<-{'Liver':<11}"))
    cells = lines[row][23:].split()
    cells[14] = f"{float(cells[14]) * 1e4:.4E}"
    lines[row] = lines[row][:23] + " ".join(cells)
    file.write_text("\n".join([*lines, ""]))
    with pytest.raises(PhantomError) as told:
        import_icrp133(folder)
    for part in (f"{file.name}: line {row + 1}: SAF(Spleen<-Liver) at 0.3 MeV", "take the publisher's"):
        assert part in str(told.value)


def damage(path: Path, factor: float, *, digest: bool) -> None:
    with h5py.File(path, "r+") as f:
        f["photon/saf_per_kg"][3, 0, 16] = f["photon/saf_per_kg"][3, 0, 16] * factor
        if not digest:
            del f.attrs[f"provenance {DIGEST}"]


def test_a_library_that_was_changed_is_refused(tmp_path: Path) -> None:
    """By its digest, however little was changed; one of an earlier version, by physics."""
    folder = supplement.write(tmp_path / "P133")
    (path, _) = import_icrp133(folder).files
    phantom = path.stem.replace("_", " ")
    assert load_phantom(phantom).provenance[DIGEST]
    damage(path, 1.001, digest=True)
    with pytest.raises(PhantomError, match=r"changed after it was imported; import it again.*--overwrite"):
        load_phantom(phantom)
    damage(path, 1e4, digest=True)
    with pytest.raises(
        PhantomError, match=r"after it was imported: photon SAF\(pancreas<-liver\) at 0\.5 MeV"
    ):
        load_phantom(phantom)
    damage(path, 1.0, digest=False)
    with pytest.raises(
        PhantomError, match=r"h5: photon SAF\(pancreas<-liver\) at 0\.5 MeV is .* is absorbed"
    ):
        load_phantom(phantom)


def test_combined_targets_are_what_their_parts_are(tmp_path: Path) -> None:
    folder = supplement.write(tmp_path / "P133")
    (path, _) = import_icrp133(folder).files
    with h5py.File(path, "r+") as f:
        names = [n.decode() for n in f["targets"][:]]
        f["electron/saf_per_kg"][names.index("colon")] *= 1.5
        del f.attrs[f"provenance {DIGEST}"]
    with pytest.raises(PhantomError, match=r"electron SAF\(colon<-.*its parts give"):
        load_phantom(path.stem.replace("_", " "))
