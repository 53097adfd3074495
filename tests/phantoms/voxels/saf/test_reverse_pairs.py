"""Which pairs reciprocity may be used for: bone takes more of a fluence than soft tissue does."""

from __future__ import annotations

import numpy as np
import pytest

from phantoms.library.saf import METHODS
from phantoms.transport.materials import tissue
from phantoms.voxels.body import OUTSIDE, Kind, VoxelBody
from phantoms.voxels.saf.emissions import Emissions, spectrum
from phantoms.voxels.saf.make import library
from phantoms.voxels.saf.photons import responses
from phantoms.voxels.saf.precision import Wanted
from phantoms.voxels.saf.work import PhotonWork


@pytest.fixture(scope="module")
def ribbed() -> VoxelBody:
    """A block of water with two kidneys and a rib that is small."""
    water, bone = tissue("water"), tissue("cortical bone")
    code = np.zeros((16, 14, 16), dtype=np.uint8)
    code[1:15, 1:13, 1:15] = 1
    code[2:7, 2:7, 2:8] = 2
    code[9:14, 2:7, 2:8] = 3
    code[6:9, 10:11, 6:7] = 4
    kinds = (
        Kind(OUTSIDE, None, 0.0), Kind("muscle", water, 1.0), Kind("left kidney", water, 1.0),
        Kind("right kidney", water, 1.0), Kind("ribs", bone, 1.4),
    )  # fmt: skip
    count = np.bincount(code.ravel())
    mass = {k.region: float(count[i]) * 1e-3 * k.density_g_per_cm3 for i, k in enumerate(kinds) if i}
    return VoxelBody("ribbed", "both", code, np.diag([10.0, 10.0, 10.0, 1.0]), kinds, mass)


def test_bone_is_not_taken_from_soft_tissue_that_it_irradiates(ribbed: VoxelBody) -> None:
    """At 50 keV the rib gets 4 times of a kidney what a kidney gets of it; its reverse was taken for it."""
    none = spectrum()
    of = Emissions("made up", spectrum([0.05], [0.05]), none, none)
    work = PhotonWork(ribbed, of, wanted=Wanted(0.02, 0.0, 400_000, histories_per_batch=5_000, batches=20))
    work.run(workers=2)
    made = library(work)
    table = made.table("photon")
    assert table.method is not None and table.relative_se is not None
    rib, kidney = made.targets.index("ribs"), made.targets.index("left kidney")
    there, back = (
        table.saf_per_kg[rib, made.sources.index("left kidney"), 0],
        table.saf_per_kg[kidney, made.sources.index("ribs"), 0],
    )
    assert there / back > 2.5
    assert not (table.method[rib] == METHODS.index("reciprocity")).any()
    ratio = np.exp(np.diff(responses(work)[[kidney, rib], 0])[0])
    assert ratio == pytest.approx(there / back, rel=0.3)


def test_the_transfer_of_energy_is_that_of_the_tables(ribbed: VoxelBody) -> None:
    """NIST: mu_tr/rho of water 0.02546 cm2/g at 100 keV, 0.04223 at 50 keV; no matter the density."""
    work = PhotonWork(ribbed, None, sources=["ribs"])
    found = work.bench.walker.transfer_cm2_per_g(np.array([0.05, 0.1]))
    assert found.shape == (5, 2)
    assert (found[0] == 0.0).all()
    assert found[1].tolist() == pytest.approx([0.04223, 0.02546], rel=0.01)
    # responses: photons of more than 0.1 MeV count as after scattering, where bone still takes more
    high = responses(work)[:, -1]
    assert high[3] - high[0] == pytest.approx(np.log(found[4, 1] / found[1, 1]))
    assert high[3] - high[0] > np.log(1.1)
