"""NIfTI files in: header and voxels read with care, slice by slice, and what is odd about them said."""

from __future__ import annotations

import hashlib
import logging
import math
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milligray.text_files import opened, shown_path
from phantoms.errors import PhantomError
from phantoms.voxels.images.header import affine_of

#: Most voxels that are read: a whole body at 0.5 mm has so many.
MOST_VOXELS = 2_000_000_000
#: Voxels that are converted at a time.
CHUNK = 8_000_000
LARGEST_LABEL = 65535
_NAMED_LABEL = re.compile(r'<Label Key="(\d{1,9})"[^>]*><!\[CDATA\[(.*?)\]\]></Label>')


@dataclass(frozen=True)
class Volume:
    """Voxels of one image, with where they are.

    values : (I, J, K), in the file's order of memory (the first axis fastest).
    affine_mm : (4, 4), from indices to mm in the patient (RAS+).
    said : what a reader of the result should know about the file.
    names : what the program that wrote the labels calls them, by number, where the header has it.
    """

    path: str
    values: NDArray[Any]
    affine_mm: NDArray[np.float64]
    sha256: str
    said: tuple[str, ...] = field(default=())
    names: Mapping[int, str] = field(default_factory=dict)

    @property
    def width_mm(self) -> NDArray[np.float64]:
        """Width of a voxel along each axis of the array, mm."""
        widths: NDArray[np.float64] = np.linalg.norm(self.affine_mm[:3, :3], axis=0)
        return widths


def read_label_volume(path: str | Path) -> Volume:
    """A label volume: whole numbers from 0 to 65535, as uint8 where they allow it, otherwise uint16.

    Raises
    ------
    PhantomError : no file, not a NIfTI, no volume of three axes, an affine that none can have, NaN, numbers
        that are not whole, below 0 or too large; the message says how many.
    """
    raw = open_raw(path)
    values: NDArray[Any] = np.zeros(raw.shape, dtype=np.uint8, order="F")
    nan, broken, outside, example = 0, 0, 0, 0.0
    for at, part in raw.slices():
        if part.dtype.kind == "f":
            bad = ~np.isfinite(part)
            nan += int(bad.sum())
            part = np.where(bad, 0, part)
            whole = np.rint(part)
            off = np.abs(part - whole) > 1e-3
            if off.any():
                broken, example = broken + int(off.sum()), float(part[off].flat[0])
            part = whole
        low, high = part.min(initial=0), part.max(initial=0)
        if low < 0 or high > LARGEST_LABEL:
            outside += int(((part < 0) | (part > LARGEST_LABEL)).sum())
            example = float(low if low < 0 else high)
            continue
        if high > 255 and values.dtype == np.uint8:
            values = values.astype(np.uint16, order="F")
        values[:, :, at] = part
    where = raw.where
    if nan:
        raise PhantomError(f"{where}: {nan} voxels are NaN or infinite; labels are whole numbers, 0 for none")
    if broken:
        raise PhantomError(
            f"{where}: {broken} voxels hold no whole number, e.g. {example:g}; was the label volume"
            " resampled with interpolation? Labels take the nearest neighbour"
        )
    if outside:
        raise PhantomError(
            f"{where}: {outside} voxels are below 0 or above {LARGEST_LABEL}, e.g. {example:g}; is this a"
            " label volume?"
        )
    return Volume(where, values, raw.affine_mm, raw.sha256, raw.said, raw.names)


def read_ct(path: str | Path) -> Volume:
    """A CT as int16 in Hounsfield units, rounded.

    Raises
    ------
    PhantomError : as :func:`read_label_volume`; values that are no CT numbers.
    """
    raw = open_raw(path)
    values = np.zeros(raw.shape, dtype=np.int16, order="F")
    nan, low, high = 0, math.inf, -math.inf
    for at, part in raw.slices():
        if part.dtype.kind == "f":
            bad = ~np.isfinite(part)
            nan += int(bad.sum())
            part = np.rint(np.where(bad, 0, part))
        low, high = min(low, float(part.min(initial=0))), max(high, float(part.max(initial=0)))
        values[:, :, at] = np.clip(part, -32768, 32767)
    if nan:
        raise PhantomError(
            f"{raw.where}: {nan} voxels are NaN or infinite; set what lies outside of the scan to -1024 HU"
        )
    if high - low < 200 or low < -32768 or high > 65535:
        raise PhantomError(
            f"{raw.where}: its values run from {low:g} to {high:g}; a CT in Hounsfield units is needed (air"
            " near -1000, water 0)"
        )
    return Volume(raw.where, values, raw.affine_mm, raw.sha256, raw.said)


class _Raw:
    """An opened NIfTI: what the header says, and the voxels in slices along the last axis."""

    def __init__(self, path: str | Path, image: Any) -> None:
        self.where = shown_path(path)
        header = image.header
        shape = tuple(int(n) for n in image.shape)
        while len(shape) > 3 and shape[-1] == 1:
            shape = shape[:-1]
        if len(shape) != 3:
            sizes = " x ".join(map(str, shape))
            raise PhantomError(
                f"{self.where}: this image has {len(shape)} axes ({sizes}); one volume of three axes is"
                " needed: take the one that is meant out of the series"
            )
        if min(shape) < 1 or math.prod(shape) > MOST_VOXELS:
            sizes = " x ".join(map(str, shape))
            raise PhantomError(f"{self.where}: {sizes} voxels; from 1 to {MOST_VOXELS:.0e} are read")
        self.shape: tuple[int, int, int] = (shape[0], shape[1], shape[2])
        self.dtype = header.get_data_dtype()
        if self.dtype.kind not in "uif":
            raise PhantomError(
                f"{self.where}: voxels of type {self.dtype}; whole or decimal numbers are needed"
            )
        proxy = image.dataobj
        self.slope, self.inter = float(proxy.slope), float(proxy.inter)
        self._file, self._offset = proxy.file_like, int(proxy.offset)
        self.affine_mm, said = affine_of(self.where, header, image.affine)
        self.said = tuple(said)
        self.names = _label_names(header)
        self.sha256 = _sha256(path)

    def slices(self) -> Iterator[tuple[slice, NDArray[Any]]]:
        """Slices along the last axis, some at a time, with the header's slope and intercept applied."""
        from nibabel.openers import Opener

        plane = self.shape[0] * self.shape[1]
        step = max(1, CHUNK // plane)
        try:
            with Opener(self._file) as stream:
                stream.seek(self._offset)
                for first in range(0, self.shape[2], step):
                    last = min(first + step, self.shape[2])
                    size = plane * (last - first) * self.dtype.itemsize
                    data = stream.read(size)
                    if len(data) < size:
                        raise EOFError(
                            f"it ends in slice {first + len(data) // (plane * self.dtype.itemsize) + 1}"
                        )
                    part = np.frombuffer(data, dtype=self.dtype).reshape(
                        (self.shape[0], self.shape[1], last - first), order="F"
                    )
                    if (self.slope, self.inter) != (1.0, 0.0):
                        part = part * self.slope + self.inter
                    yield slice(first, last), part
        except (OSError, EOFError, ValueError, OverflowError, zlib.error) as error:
            raise PhantomError(
                f"{self.where}: the file is damaged or cut short ({error}); copy it again"
            ) from None


def _nibabel() -> Any:
    try:
        import nibabel
    except ImportError as error:  # pragma: no cover - depends on the installation
        raise PhantomError(
            "images are read with nibabel; install it with: pip install 'milligray[images]'"
        ) from error
    return nibabel


def open_raw(path: str | Path) -> _Raw:
    """A NIfTI file, its header looked at; nothing of a file that is none but its first bytes is read."""
    nibabel, where = _nibabel(), shown_path(path)
    with opened(path, PhantomError, needed="a NIfTI file is needed (from DICOM: dcm2niix)") as (file, _):
        if not file.read(1):
            raise PhantomError(f"{where}: the file is empty")
    logger = logging.getLogger("nibabel.global")
    level = logger.level
    try:
        logger.setLevel(logging.CRITICAL)  # its remarks on odd headers; what matters of them is said here
        image = nibabel.load(os.fspath(path))
    except Exception as error:  # what it raises for a file that is none has many classes
        raise PhantomError(
            f"{where}: this is not a NIfTI file, or its header is damaged ({_first_line(error)})"
        ) from None
    finally:
        logger.setLevel(level)
    if not isinstance(image, nibabel.Nifti1Pair):
        raise PhantomError(f"{where}: this is an image, but not a NIfTI; convert it (.nii or .nii.gz)")
    try:
        return _Raw(path, image)
    except PhantomError:
        raise
    except (ValueError, TypeError, KeyError, nibabel.spatialimages.HeaderDataError) as error:
        raise PhantomError(f"{where}: the header is damaged ({_first_line(error)})") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


def _label_names(header: Any) -> dict[int, str]:
    """Names of labels in a header's extension, as Connectome Workbench and TotalSegmentator write them."""
    found: dict[int, str] = {}
    for extension in header.extensions:
        content = extension.get_content()
        text = content.decode("utf-8", "replace") if isinstance(content, bytes) else str(content)
        if "<CaretExtension" in text:
            found |= {int(number): name.strip() for number, name in _NAMED_LABEL.findall(text)}
    return found


def _sha256(path: str | Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
