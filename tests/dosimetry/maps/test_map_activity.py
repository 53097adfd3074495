"""Activity by voxel: units, how it comes to lie in a body, and every image that is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from map_bodies import box_body, uniform_in

from dosimetry.errors import DosimetryError
from dosimetry.maps.activity import ActivityImage, placed
from dosimetry.maps.quantities import QUANTITIES
from phantoms.voxels.body import VoxelBody

BODY = box_body()


def image(values: Any, affine: Any = None, quantity: str = "tiac_h", **facts: str) -> ActivityImage:
    return ActivityImage(values, BODY.affine_mm if affine is None else affine, quantity, facts)


@pytest.mark.parametrize(
    ("quantity", "MBq_s", "unit"),
    [
        ("tiac_h", 3600.0, "mGy/MBq"),
        ("tiac_h_per_mL", 3600.0 * 0.024, "mGy/MBq"),
        ("MBq_h", 3600.0, "Gy"),
        ("MBq_h_per_mL", 3600.0 * 0.024, "Gy"),
        ("MBq_s", 1.0, "Gy"),
        ("Bq_s", 1e-6, "Gy"),
        ("Bq_s_per_mL", 1e-6 * 0.024, "Gy"),
    ],
)
def test_units_by_voxel_and_by_volume(quantity: str, MBq_s: float, unit: str) -> None:
    one = image(np.ones((2, 2, 2)), np.diag([2.0, -3.0, 4.0, 1.0]), quantity)
    np.testing.assert_allclose(one.by_voxel_MBq_s, MBq_s, rtol=1e-12)
    assert one.what.dose_unit == unit
    assert one.total == pytest.approx(8.0 * MBq_s / 3600.0)
    assert set(QUANTITIES) >= {quantity}


@pytest.mark.parametrize(
    ("values", "affine", "quantity", "words"),
    [
        (np.ones((2, 2, 2, 3)), np.eye(4), "tiac_h", "4 axes"),
        (np.zeros((2, 2, 2)), np.eye(4), "tiac_h", "all voxels are 0"),
        (
            np.array([[[1.0, np.nan], [np.inf, 2.0]]]),
            np.eye(4),
            "tiac_h",
            r"2 of 4 .*not finite.*\(0, 0, 1\): nan",
        ),
        (np.array([[[1.0, -2.5]]]), np.eye(4), "tiac_h", r"1 of 2 voxels are negative.*\(0, 0, 1\): -2.5"),
        (np.ones((2, 2, 2), dtype=complex), np.eye(4), "tiac_h", "complex"),
        (np.ones((2, 2, 2)), np.zeros((4, 4)), "tiac_h", "affine"),
        (np.ones((2, 2, 2)), np.eye(4), "Bq", "'Bq' is unknown; there are: tiac_h: .*; Bq_s_per_mL"),
    ],
)
def test_what_is_no_image_of_activity_is_refused(values: Any, affine: Any, quantity: str, words: str) -> None:
    with pytest.raises(DosimetryError, match=words):
        ActivityImage(values, affine, quantity)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(DosimetryError) as told:
        ActivityImage(np.full((2, 2), -1.0), np.eye(3), "none")
    assert len(told.value.complaints) == 4


def test_flipped_and_exchanged_axes_put_each_voxels_activity_in_its_place() -> None:
    values = uniform_in(BODY, "left kidney") + 0.3 * uniform_in(BODY, "soft tissue")
    flip = np.diag([-1.0, 1.0, 1.0, 1.0])
    flip[0, 3] = values.shape[0] - 1
    swap = np.eye(4)[[2, 1, 0, 3]]
    at = placed(image(values[::-1].transpose(2, 1, 0), BODY.affine_mm @ flip @ swap), BODY)
    np.testing.assert_allclose(at.MBq_s, 3600.0 * values, rtol=1e-12)
    assert not at.resampled and at.warnings == () and at.covered_percent == pytest.approx(100.0)


def test_a_wrong_affine_puts_activity_outside_and_is_refused() -> None:
    """The same array with the first axis reversed in the affine alone, about the origin of the scanner."""
    values = uniform_in(BODY, "left kidney")
    shifted = VoxelBody(**{**vars_of(BODY), "affine_mm": BODY.affine_mm + _move(400.0)})
    mirrored = np.diag([-1.0, 1.0, 1.0, 1.0]) @ shifted.affine_mm
    with pytest.raises(DosimetryError, match=r"act.nii: it does not lie where the body 'box' is"):
        placed(image(values, mirrored, **{"activity image": "act.nii"}), shifted)


def vars_of(body: VoxelBody) -> dict[str, Any]:
    return {name: getattr(body, name) for name in body.__dataclass_fields__}


def _move(x: float) -> np.ndarray:
    found = np.zeros((4, 4))
    found[0, 3] = x
    return found


def test_other_voxels_are_refused_with_both_grids_and_resampled_on_demand() -> None:
    affine = np.diag([7.0, 7.0, 7.0, 1.0])
    affine[:3, 3] = (-20.0, -28.0, -20.0)
    other = image(np.full((6, 6, 6), 1e-3), affine)
    with pytest.raises(
        DosimetryError, match=r"6 x 6 x 6 voxels of 7 x 7 x 7 mm.*9 x 7 x 11 voxels of 10 x 10.*--resample"
    ):
        placed(other, BODY)
    at = placed(other, BODY, resample=True)
    assert at.resampled and at.MBq_s.sum() == pytest.approx(3600.0 * 0.216, rel=1e-12)
    assert any("by overlap: sum 0.216 h before" in w for w in at.warnings)


def test_activity_outside_and_in_air_is_named_left_out_and_limited() -> None:
    values = uniform_in(BODY, "left kidney", total=0.985)
    values[0, 0, 0], values[4, 3, 8] = 0.009, 0.006
    with pytest.raises(
        DosimetryError,
        match=r"0.9 % of the activity lies outside of the body 'box' and 0.6 % in voxels of air",
    ):
        placed(image(values), BODY)
    at = placed(image(values), BODY, most_outside_percent=2.0)
    assert at.outside_percent == pytest.approx(0.9) and at.air_percent == pytest.approx(0.6)
    assert at.MBq_s.sum() == pytest.approx(3600.0 * 0.985)
    assert at.MBq_s[0, 0, 0] == at.MBq_s[4, 3, 8] == 0.0
    assert len(at.warnings) == 1 and "its energy is not in the map" in at.warnings[0]


def test_nothing_in_the_body_is_refused_whatever_the_limit() -> None:
    values = np.zeros(BODY.code.shape)
    values[0, 0, 0] = 1.0
    with pytest.raises(DosimetryError, match="100 % of the activity lies outside"):
        placed(image(values), BODY, most_outside_percent=99.0)


def test_an_image_of_a_part_of_the_body_says_so() -> None:
    part = BODY.affine_mm.copy()
    part[2, 3] += 20.0
    at = placed(image(uniform_in(BODY, "left kidney")[:, :, 2:8], part), BODY)
    assert at.covered_percent == pytest.approx(100.0 * 6.0 / 9.0)
    assert "covers 66.7 % of the body's volume" in at.warnings[0]
    assert at.MBq_s.sum() == pytest.approx(3600.0)
