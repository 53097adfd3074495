"""Absorbed fractions of a body's library over all of its regions, and what leaves: all that is emitted."""

from __future__ import annotations

import numpy as np
import pytest

from phantoms.library.conventions import SELF_PHOTON_EXPONENT
from phantoms.library.saf import SafLibrary
from phantoms.voxels.body import VoxelBody
from phantoms.voxels.kernels.point import electron_kernel
from phantoms.voxels.saf.emissions import Emissions, spectrum
from phantoms.voxels.saf.make import library
from phantoms.voxels.saf.precision import Wanted
from phantoms.voxels.saf.regions import Regions
from phantoms.voxels.saf.tasks import Block
from phantoms.voxels.saf.work import PhotonWork

LINES = Emissions(
    "made up", spectrum([0.02, 0.14, 0.511], [0.01, 0.1, 0.3]), spectrum([0.1, 1.0], [0.02, 0.4]),
    spectrum([5.0], [1.0]),
)  # fmt: skip
#: Surrounded by more tissue than electrons of 1 MeV cross (0.44 cm).
INSIDE = ("liver", "left kidney", "right kidney", "spine")


@pytest.fixture(scope="module")
def work(small: VoxelBody) -> PhotonWork:
    done = PhotonWork(small, LINES, wanted=Wanted(0.05, 30.0, 100_000, histories_per_batch=500, batches=20))
    done.run(workers=2)
    return done


@pytest.fixture(scope="module")
def made(work: PhotonWork) -> SafLibrary:
    return library(work)


def absorbed(of: SafLibrary, regions: Regions, radiation: str, source: str) -> tuple[float, float]:
    """Sum of the absorbed fractions by the masses of voxels, and that of the whole body at once."""
    table, j = of.table(radiation).saf_per_kg, of.sources.index(source)
    exponent = SELF_PHOTON_EXPONENT if radiation == "photon" else 1.0
    total = 0.0
    for region in regions.body.regions:
        voxels_kg = regions.body.mass_of(region) * regions.over_segmented[region]
        own = regions.own(region, exponent) if region == source else 1.0
        total += voxels_kg * float(table[of.targets.index(region), j, 0]) / own
    whole = float(table[of.targets.index("total body"), j, 0]) * regions.body.mass_of("total body")
    return total, whole


def test_photons_are_absorbed_or_escape(work: PhotonWork, made: SafLibrary) -> None:
    relative = made.table("photon").relative_se
    assert relative is not None
    for source in work.regions.body.regions:
        regions, whole = absorbed(made, work.regions, "photon", source)
        error = whole * float(relative[made.targets.index("total body"), made.sources.index(source), 0])
        # escapes of other photons: of another seed, all lines in one run
        walked = work.bench.run(Block(source, LINES.photon, 99, (0,), 0, 20, 2000))
        kept = walked[:, made.targets.index("total body")] * work.regions.body.mass_of("total body")
        escaped = walked[:, -1] - kept  # the last is absorbed and escaped together
        both = np.hypot(error, escaped.std(ddof=1) / np.sqrt(escaped.size))
        assert abs(whole + escaped.mean() - 1.0) < 4.0 * both, source
        assert 0.05 < escaped.mean() < 0.95
        # pairs from their reverse and the mended wall have errors of their own
        assert regions == pytest.approx(whole, abs=6.0 * error + 0.002), source


@pytest.mark.parametrize("source", INSIDE)
def test_electrons_are_absorbed_but_for_bremsstrahlung(
    work: PhotonWork, made: SafLibrary, source: str
) -> None:
    left = electron_kernel(*LINES.electron).outside
    assert 0.0 < left < 0.01
    regions, whole = absorbed(made, work.regions, "electron", source)
    assert regions == pytest.approx(1.0 - left, rel=1e-4)
    assert whole == pytest.approx(1.0 - left, rel=1e-4) or source == "right kidney"  # segmented as 0.8


@pytest.mark.parametrize("source", INSIDE)
def test_alphas_are_absorbed_where_they_start(work: PhotonWork, made: SafLibrary, source: str) -> None:
    regions, _ = absorbed(made, work.regions, "alpha", source)
    assert regions == pytest.approx(1.0, rel=1e-12)
    own = made.table("alpha").saf_per_kg[made.targets.index(source), made.sources.index(source), 0]
    assert own * work.regions.body.mass_of(source) == pytest.approx(1.0, rel=1e-12)
