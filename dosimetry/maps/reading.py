"""Activity by voxel from a NIfTI file."""

from __future__ import annotations

from pathlib import Path

from dosimetry.errors import DosimetryError
from dosimetry.maps.activity import ActivityImage
from dosimetry.maps.quantities import quantity
from phantoms.errors import PhantomError
from phantoms.voxels.images.values import read_values


def read_activity(path: str | Path, what: str = "tiac_h") -> ActivityImage:
    """An image of activity that is integrated over time, from a NIfTI file.

    Parameters
    ----------
    path : ``*.nii`` or ``*.nii.gz``, three axes, in the patient's coordinates.
    what : what its values are: "tiac_h" (time-integrated activity coefficient of each voxel, h),
        "tiac_h_per_mL", "MBq_h", "MBq_h_per_mL", "MBq_s", "Bq_s" or "Bq_s_per_mL".

    Raises
    ------
    DosimetryError : an unknown quantity; no NIfTI file of three axes with an affine that an image of a
        patient can have; NaN, negative values, no activity.

    Examples
    --------
    >>> try:
    ...     read_activity("no such file.nii.gz")
    ... except DosimetryError as error:
    ...     print(error)
    no such file.nii.gz: there is no such file
    """
    quantity(what)
    try:
        found = read_values(path)
    except PhantomError as error:
        raise DosimetryError(*error.complaints) from None
    facts = {"activity image": found.path, "activity image sha256": found.sha256}
    if found.said:
        facts["activity image, said of it"] = " ".join(found.said)
    return ActivityImage(found.values, found.affine_mm, what, facts)
