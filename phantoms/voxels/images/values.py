"""Images of a quantity, such as activity by voxel, read from NIfTI files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError
from phantoms.voxels.images.nifti import Volume, _open


def read_values(path: str | Path) -> Volume:
    """An image of a quantity that is 0 or above, as decimal numbers.

    Raises
    ------
    PhantomError : no file, not a NIfTI, no volume of three axes, an affine that none can have, numbers that
        are NaN, infinite or negative, nothing above 0; the message says how many, and where the first is.
    """
    raw = _open(path)
    values: NDArray[Any] | None = None
    wrong: dict[str, int] = {}
    example: tuple[tuple[int, ...], float] | None = None
    for at, part in raw.slices():
        if values is None:  # float32 holds numbers of 16 bits, and wider ones need more
            values = np.zeros(raw.shape, dtype=np.result_type(part.dtype, np.float32), order="F")
        for bad, what in ((~np.isfinite(part), "NaN or infinite"), (part < 0, "negative")):
            if n := int(np.count_nonzero(bad)):
                wrong[what] = wrong.get(what, 0) + n
                if example is None:
                    i, j, k = (int(index[0]) for index in np.nonzero(bad))
                    example = (i, j, k + int(at.start)), float(part[i, j, k])
        values[:, :, at] = part
    assert values is not None  # an image has a slice
    if example is not None:
        counts = " and ".join(f"{n} voxels are {what}" for what, n in wrong.items())
        raise PhantomError(
            f"{raw.where}: {counts}, the first at index {example[0]}: {example[1]:g}; numbers of 0 and above"
            " are needed (NaN outside of the field of view, and what noise or filters made negative, are"
            " yours to set to 0)"
        )
    if not values.any():
        raise PhantomError(f"{raw.where}: all voxels are 0")
    return Volume(raw.where, values, raw.affine_mm, raw.sha256, raw.said)
