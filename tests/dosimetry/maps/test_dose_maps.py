"""Dose maps: closed forms, the organ route, histograms, statistics, provenance."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from map_bodies import box_body, uniform_in
from scipy.constants import electron_volt

from dosimetry.errors import DosimetryError
from dosimetry.maps.activity import ActivityImage
from dosimetry.maps.dose_map import DoseMap
from dosimetry.maps.histograms import DoseVolumeHistogram
from dosimetry.maps.making import MapOptions, dose_map
from dosimetry.nuclides.nuclide import nuclide
from phantoms.voxels.kernels.convolve import absorbed_by_code
from phantoms.voxels.kernels.point import electron_kernel
from phantoms.voxels.walk.photons import Walker, lines
from phantoms.voxels.walk.sources import starts

sys.path.insert(0, str(Path(__file__).parents[1]))
from toy_body import lines as made_up

#: mGy for 1 MeV absorbed in 1 kg, a million times.
UNIT = electron_volt * 1e6 * 1e6 * 1e3
BODY = box_body()
QUICK = MapOptions(precision_percent=5.0, histories_per_batch=4000, workers=1)


def image(values: Any, quantity: str = "tiac_h", affine: Any = None) -> ActivityImage:
    return ActivityImage(values, BODY.affine_mm if affine is None else affine, quantity)


def made(values: Any, name: Any = "Zr-89", quantity: str = "tiac_h", **changes: Any) -> DoseMap:
    return dose_map(image(values, quantity), BODY, name, **{"options": QUICK, **changes})


@pytest.fixture(scope="module")
def left() -> DoseMap:
    return made(uniform_in(BODY, "left kidney", total=2.0))


def test_alphas_stay_in_their_voxel_and_their_dose_is_energy_over_mass() -> None:
    values = uniform_in(BODY, "left kidney", total=2.0) + uniform_in(BODY, "soft tissue", total=0.5)
    found = made(values, made_up(alpha=[(5.0, 0.9)]))
    kg = BODY.density_by_code[BODY.code] * 1e-3
    expected = values * 3600.0 * 4.5 * UNIT / np.where(kg > 0.0, kg, np.nan)
    expected[BODY.code == 4] = np.nan  # gas
    np.testing.assert_allclose(found.dose, expected, rtol=1e-6)
    assert found.unit == "mGy/MBq" and not np.nansum(found.relative_se)
    mean, se = found.mean("left kidney")
    assert mean == pytest.approx(2.0 * 3600.0 * 4.5 * UNIT / BODY.mass_kg["left kidney"]) and se == 0.0
    assert found.mean("right kidney") == (0.0, 0.0)
    assert "precision reached" not in found.provenance
    assert "no statistical error" in found.provenance["photons"]
    assert found.mean("kidneys")[0] == pytest.approx(mean / 2.0)


@pytest.mark.parametrize(
    ("quantity", "factor"), [("MBq_h", 1e-3), ("MBq_s", 1e-3 / 3600.0), ("Bq_s", 1e-9 / 3600.0)]
)
def test_absolute_doses_are_in_gray(quantity: str, factor: float) -> None:
    values = uniform_in(BODY, "left kidney", total=2.0)
    alpha = made_up(alpha=[(5.0, 0.9)])
    found = made(values, alpha, quantity)
    assert found.unit == "Gy"
    assert found.mean("left kidney")[0] == pytest.approx(factor * made(values, alpha).mean("left kidney")[0])


def test_regions_are_those_of_the_organ_route(left: DoseMap) -> None:
    """S(T <- left kidney) of Zr-89 by sources and targets, with histories of its own."""
    n = nuclide("Zr-89")
    photon, electron = n.photon.between(0.005), n.electron
    walker, source = Walker(BODY), starts(BODY, "left kidney")
    kept = [
        walker.batch(77, (b,), 20_000, lines(photon.energy_MeV, photon.energy_per_decay_MeV), source).absorbed
        for b in range(20)
    ]
    share, se = np.mean(kept, axis=0), np.std(kept, axis=0, ddof=1) / math.sqrt(len(kept))
    near = absorbed_by_code(BODY, source, electron_kernel(electron.energy_MeV, electron.energy_per_decay_MeV))
    soft = n.photon.between(0.0, 0.005).total_MeV
    for code, region in enumerate(("soft tissue", "left kidney", "right kidney"), 1):
        energy = photon.total_MeV * share[code] + electron.total_MeV * near[code] + soft * (code == 2)
        factor = 2.0 * 3600.0 * UNIT / BODY.mass_kg[region]
        mean, se_mean = left.mean(region)
        both = math.hypot(se_mean, factor * photon.total_MeV * se[code])
        # the map has the bremsstrahlung as well: 0.2 % of the electrons' energy
        slack = factor * left.balance.bremsstrahlung
        assert abs(mean - factor * energy) < 4.0 * both + slack
        assert both / mean < 0.02


def test_region_means_are_means_of_voxels_by_mass(left: DoseMap) -> None:
    dose = np.nan_to_num(left.body_dose.astype(float)) * BODY.density_by_code[BODY.code]
    for region in ("left kidney", "kidneys", "total body"):
        codes = BODY.codes_of(BODY.parts(region)) & (BODY.density_by_code > 0.02)
        inside = codes[BODY.code]
        mean = dose[inside].sum() / BODY.density_by_code[BODY.code][inside].sum()
        assert left.mean(region)[0] == pytest.approx(mean, rel=1e-5)


def test_means_are_over_the_mass_of_the_voxels_and_the_segmented_one_stands_beside_it() -> None:
    values = uniform_in(BODY, "left kidney", total=2.0)
    larger = box_body(mass_kg={**BODY.mass_kg, "left kidney": 1.25 * BODY.mass_kg["left kidney"]})
    alpha = made_up(alpha=[(5.0, 0.9)])
    row = dose_map(image(values), larger, alpha, options=QUICK).by_region().loc["left kidney"]
    assert row["mean_mGy_per_MBq"] == pytest.approx(made(values, alpha).mean("left kidney")[0])
    assert row["mass_kg"] == pytest.approx(BODY.mass_kg["left kidney"])
    assert row["segmented_mass_kg"] == pytest.approx(1.25 * BODY.mass_kg["left kidney"])


def test_standard_errors_of_regions_count_correlation_and_voxels_have_their_own(left: DoseMap) -> None:
    frame = left.by_region()
    assert list(frame.index) == ["soft tissue", "left kidney", "right kidney", "kidneys", "total body"]
    row = frame.loc["left kidney"]
    assert (
        0.0 < row["se_mean_mGy_per_MBq"] / row["mean_mGy_per_MBq"] < 0.01 * row["median_relative_se_percent"]
    )
    assert left.relative_se is not None and np.isnan(left.relative_se[BODY.code == 4]).all()
    assert np.isnan(left.dose[0, 0, 0]) and np.isnan(left.relative_se[0, 0, 0])
    assert float(left.provenance["precision reached"].removesuffix(" %")) <= 5.0


def test_doses_scale_with_the_activity_and_not_with_its_order(left: DoseMap) -> None:
    values = uniform_in(BODY, "left kidney", total=2.0)
    np.testing.assert_allclose(made(3.5 * values).dose, 3.5 * left.dose, rtol=2e-6)
    flip = np.diag([1.0, -1.0, 1.0, 1.0])
    flip[1, 3] = values.shape[1] - 1
    other = dose_map(image(values[:, ::-1], affine=BODY.affine_mm @ flip), BODY, "Zr-89", options=QUICK)
    np.testing.assert_array_equal(other.dose, left.dose[:, ::-1])
    np.testing.assert_array_equal(other.body_dose, left.body_dose)
    assert other.relative_se is not None and left.relative_se is not None
    np.testing.assert_array_equal(other.relative_se, left.relative_se[:, ::-1])


def test_a_map_on_a_coarser_grid_is_energy_over_mass_there(left: DoseMap) -> None:
    affine = np.diag([20.0, 20.0, 20.0, 1.0])
    affine[:3, 3] = -35.0  # middles of pairs of voxels
    values = np.zeros((4, 3, 5))
    fine = uniform_in(BODY, "left kidney", total=2.0)[:8, :6, :10]
    values += fine.reshape(4, 2, 3, 2, 5, 2).sum(axis=(1, 3, 5))
    options = MapOptions(**{**vars(QUICK), "resample": True})
    found = dose_map(image(values, affine=affine), BODY, "Zr-89", options=options)
    kg = np.where(BODY.density_by_code > 0.02, BODY.density_by_code, 0.0)[BODY.code][:8, :6, :10]
    energy = np.nan_to_num(found.body_dose[:8, :6, :10].astype(float)) * kg
    sums = [x.reshape(4, 2, 3, 2, 5, 2).sum(axis=(1, 3, 5)) for x in (energy, kg)]
    np.testing.assert_allclose(found.dose, sums[0] / sums[1], rtol=1e-5)
    assert found.relative_se is not None and found.body_relative_se is not None
    assert np.median(found.relative_se) < np.nanmedian(found.body_relative_se)
    assert "resampled" in " ".join(found.warnings)


def test_histograms_of_a_linear_gradient_are_linear() -> None:
    h = DoseVolumeHistogram("slab", (np.arange(1000) + 0.5) / 1000.0, "Gy", 10.0)
    for share in (2.0, 50.0, 90.0, 98.0, 33.3):
        assert float(h.dose_to(share)) == pytest.approx(1.0 - share / 100.0, abs=1e-12)
    for dose in (0.25, 0.9):
        assert float(h.share_above(dose)) == pytest.approx(100.0 * (1.0 - dose), abs=1e-9)
    doses, shares = h.curve(11)
    assert doses[0] == 0.0 and shares[0] == 100.0 and np.all(np.diff(shares) <= 0.0)
    # the area under the curve is the mean
    doses, shares = h.curve(20_001)
    assert np.trapezoid(shares, doses) / 100.0 == pytest.approx(0.5, rel=1e-3)
    assert float(h.share_above(0.0)) == 100.0 and float(h.share_above(1.0)) == 0.0
    with pytest.raises(DosimetryError, match="0 to 100 %"):
        h.dose_to(101.0)


def test_histograms_of_a_map_are_of_the_regions_voxels(left: DoseMap) -> None:
    h = left.dvh("kidneys")
    voxels = np.sort(left.body_dose[(BODY.code == 2) | (BODY.code == 3)])
    np.testing.assert_array_equal(h.dose, voxels)
    assert h.volume_mL == pytest.approx(voxels.size * 1.0) and h.unit == "mGy/MBq"
    row = left.by_region((50.0, 75.0), (float(h.dose_to(75.0)),)).loc["kidneys"]
    assert row["D75_mGy_per_MBq"] == pytest.approx(float(np.quantile(voxels, 0.25, method="hazen")))
    (v,) = [c for c in row.index if c.startswith("V")]
    assert row[v] == pytest.approx(75.0, abs=100.0 / voxels.size)
    assert row["max_mGy_per_MBq"] == voxels[-1] and row["min_mGy_per_MBq"] == voxels[0]


def test_a_preview_says_so_and_has_no_statistics() -> None:
    options = MapOptions(**{**vars(QUICK), "preview": True})
    found = made(uniform_in(BODY, "left kidney", total=2.0), options=options)
    assert found.preview and found.relative_se is None and found.body_relative_se is None
    assert found.warnings[0].startswith("this is a preview") and found.provenance["result"].startswith(
        "PREVIEW"
    )
    assert "seed" not in found.provenance and math.isnan(found.mean("left kidney")[1])
    assert "median_relative_se_percent" not in found.by_region()


def test_a_tiac_that_cannot_be_is_refused() -> None:
    with pytest.raises(
        DosimetryError, match=r"sum of the TIACs of all voxels is 300 h, but all decays of Zr-89"
    ):
        made(uniform_in(BODY, "left kidney", total=300.0))
    with pytest.raises(DosimetryError, match="fission"):
        made(uniform_in(BODY, "left kidney"), "Cf-252")


def test_what_the_run_leaves_out_or_lacks_is_a_warning() -> None:
    options = MapOptions(**{**vars(QUICK), "precision_percent": 0.01, "most_histories": 24_000})
    found = made(uniform_in(BODY, "left kidney"), "Pb-212", options=options)
    told = " ".join(found.warnings)
    assert "daughters left out (Bi-212, Po-212, Tl-208)" in told
    assert "not 0.01 %: the run was to end after 24000 histories" in told
    assert found.provenance["warning 1"] in found.warnings


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("precision_percent", 0.0, "precision_percent is 0; 0.01 to 50 %"),
        ("most_outside_percent", 100.0, "most_outside_percent is 100"),
        ("seed", -1, "seed is -1"),
        ("workers", 0, "workers is 0"),
    ],
)
def test_options_that_cannot_be_are_refused(option: str, value: Any, words: str) -> None:
    with pytest.raises(DosimetryError, match=words):
        MapOptions(**{option: value})
