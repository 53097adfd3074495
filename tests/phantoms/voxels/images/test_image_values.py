"""Images of a quantity: numbers of 0 and above, whatever type they are stored in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from phantoms.errors import PhantomError
from phantoms.voxels.images.values import read_values

SHAPE = (6, 5, 7)


def write(path: Path, values: Any) -> Path:
    image: Any = nib.Nifti1Image(values, np.diag([5.0, 5.0, 5.0, 1.0]))
    image.header.set_xyzt_units("mm")
    nib.save(image, path)
    return path


@pytest.mark.parametrize(
    ("kind", "read"), [("f4", "f4"), ("f8", "f8"), ("i2", "f4"), ("i4", "f8"), ("u1", "f4")]
)
def test_numbers_come_as_they_are(kind: str, read: str, tmp_path: Path) -> None:
    values = np.arange(np.prod(SHAPE)).reshape(SHAPE).astype(kind)
    found = read_values(write(tmp_path / "a.nii.gz", values))
    np.testing.assert_array_equal(found.values, values)
    assert found.values.dtype == np.dtype(read) and len(found.sha256) == 64


def test_wrong_numbers_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    values = np.ones(SHAPE, np.float32)
    values[1, 2, 5], values[3, 3, 6], values[0, 4, 6] = -0.25, np.nan, np.inf
    with pytest.raises(PhantomError, match=r"a.nii: 2 voxels are NaN or infinite and 1 voxels are negative"):
        read_values(write(tmp_path / "a.nii", values))
    values[3, 3, 6] = values[0, 4, 6] = 0.0
    with pytest.raises(
        PhantomError, match=r": 1 voxels are negative, the first at index \(1, 2, 5\): -0.25;"
    ):
        read_values(write(tmp_path / "a.nii", values))
    with pytest.raises(PhantomError, match="all voxels are 0"):
        read_values(write(tmp_path / "a.nii", np.zeros(SHAPE, np.float32)))
