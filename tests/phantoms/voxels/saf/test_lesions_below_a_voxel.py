"""A lesion that is smaller than a voxel of the transport: tissue of its own density, and a warning."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest

from phantoms.voxels.body import VoxelBody
from phantoms.voxels.images.make import body_from_images
from phantoms.voxels.saf.charged import electron_table
from phantoms.voxels.saf.emissions import Emissions, spectrum
from phantoms.voxels.saf.facts import _masses
from phantoms.voxels.saf.regions import Regions
from phantoms.voxels.saf.work import PhotonWork

TABLE = """
name = "a block"
source = "made up"
complete = true
[labels]
1 = { region = "muscle", tissue = "muscle" }
2 = { region = "liver", tissue = "liver" }
3 = { region = "lesion 1", tissue = "soft tissue" }
"""
BETAS = Emissions("betas", spectrum(), spectrum([0.3, 1.0], [0.1, 0.5]), spectrum())


@pytest.fixture(scope="module")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> tuple[VoxelBody, VoxelBody]:
    """With voxels of 2 mm, one of which is the lesion, and with voxels of 4 mm."""
    folder: Path = tmp_path_factory.mktemp("block")
    labels = np.ones((32, 32, 32), dtype=np.uint8)
    labels[4:14, 4:14, 4:14] = 2
    labels[22, 22, 22] = 3
    nibabel.save(nibabel.Nifti1Image(labels, np.diag([2.0, 2.0, 2.0, 1.0])), folder / "seg.nii")
    (folder / "table.toml").write_text(TABLE)
    fine, coarse = (
        body_from_images(folder / "seg.nii", folder / "table.toml", voxel_mm=w, sex="male") for w in (None, 4)
    )
    return fine, coarse


def test_it_keeps_its_density_and_is_warned_of(bodies: tuple[VoxelBody, VoxelBody]) -> None:
    """At the density that gives 8 mm3 of mass to 64 mm3 it would be foam, 0.13 g/cm3."""
    fine, coarse = bodies
    density = {k.region: k.density_g_per_cm3 for k in coarse.kinds}
    assert density["lesion 1"] == {k.region: k.density_g_per_cm3 for k in fine.kinds}["lesion 1"]
    assert coarse.mass_of("lesion 1") == pytest.approx(fine.mass_of("lesion 1"))
    assert Regions(coarse).over_segmented["lesion 1"] == pytest.approx(8.0)
    assert Regions(coarse).over_segmented["liver"] == pytest.approx(1.0)
    assert "lesion 1 8.00" in _masses(PhotonWork(coarse, BETAS))["warning masses"]
    assert "warning masses" not in _masses(PhotonWork(fine, BETAS))


def test_electrons_of_the_body_give_it_what_they_give_all(bodies: tuple[VoxelBody, VoxelBody]) -> None:
    """Deep in an evenly filled body each gets the mean dose, whatever its voxels; it had 2.5 times that."""
    for body in bodies:
        regions = Regions(body, ("liver", "lesion 1"))
        table, lost = electron_table(regions, BETAS)
        column = table.saf_per_kg[:, regions.sources.index("total body"), 0] * body.mass_of("total body")
        for target in ("lesion 1", "liver"):
            assert column[regions.targets.index(target)] == pytest.approx(1.0 - lost, rel=0.01)
        assert column[regions.targets.index("total body")] < 1.0 - lost


def test_electrons_of_its_own_do_not_fly_as_through_foam(bodies: tuple[VoxelBody, VoxelBody]) -> None:
    """A voxel of 4 mm keeps more than one of 2 mm does, and not a third of it."""
    kept = []
    for body in bodies:
        regions = Regions(body, ("lesion 1",))
        table, _ = electron_table(regions, BETAS)
        own = table.saf_per_kg[regions.targets.index("lesion 1"), regions.sources.index("lesion 1"), 0]
        kept.append(float(own) * body.mass_of("lesion 1"))
    assert 1.0 < kept[1] / kept[0] < 2.0
