"""Which voxels are inside the body: of an outline volume, of the labels, or of the CT; and where the"
" image cuts it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from phantoms.errors import PhantomError
from phantoms.voxels.images.grids import axis_names, difference, long_axis
from phantoms.voxels.images.nifti import Volume, read_label_volume
from phantoms.voxels.images.tables.labels import LabelTable

#: CT number above which a voxel can be of the body: between air and fat (about -100) or skin.
THRESHOLD_HU = -300
#: Width of the voxels on which the body is told from the couch, and the thickness of what is cut off, mm.
SEARCH_MM, THIN_MM = 3.0, 6.0
#: Other pieces than the largest are kept where so many labelled voxels are in them (an arm with its humerus).
LABELLED_VOXELS = 20
#: Of a face of the image, the share of body from which on the body is cut there.
CUT_SHARE = 0.001
NONE = (
    "where the body ends is not known, and no voxel outside of the labels would absorb anything: give an"
    " outline (a label volume that is above 0 in the body, --outline), the CT (--ct), or a label table"
    " whose labels fill the body (complete = true)"
)
_ENDS = {"L": "left", "R": "right", "P": "back", "A": "front", "I": "lower end", "S": "upper end"}


def inside_body(
    labels: Volume, table: LabelTable, ct: Volume | None, outline: str | None
) -> tuple[NDArray[np.bool_], str]:
    """Which voxels are of the body, (I, J, K), and in words where that is from.

    Raises
    ------
    PhantomError : an outline on another grid, an empty one; nothing that says where the body ends.
    """
    labelled = labels.values > 0
    if outline is not None:
        given = read_label_volume(outline)
        if differs := difference(labels, given):
            raise PhantomError(f"{given.path}: not on the grid of {labels.path}: {differs}")
        body = given.values > 0
        if not body.any():
            raise PhantomError(f"{given.path}: no voxel is above 0; the outline is above 0 in the body")
        beyond = int((labelled & ~body).sum())
        words = f"{given.path} (SHA-256 {given.sha256})"
        if beyond:
            words += f", and {beyond} labelled voxels beyond it"
        return body | labelled, words
    if table.complete:
        return labelled, "the labels, which fill the body"
    if any(label.rest for label in table.labels.values()):
        return labelled, "the labels, one of which is the rest of the body"
    if ct is None:
        raise PhantomError(f"{labels.path}: {NONE}")
    return _from_ct(ct, labelled)


def _from_ct(ct: Volume, labelled: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], str]:
    """The largest piece above the threshold on coarser voxels, holes filled; its surface by the CT itself.

    Thin things are cut off before the pieces are told apart, so that couch and body are two.
    """
    step = [max(1, round(SEARCH_MM / w)) for w in ct.width_mm]
    strides = tuple(slice(None, None, s) for s in step)
    dense = ct.values[strides] > THRESHOLD_HU
    radius = max(1, round(0.5 * THIN_MM / float(np.mean(ct.width_mm * step))))
    thick = ndimage.binary_erosion(dense, iterations=radius, border_value=1)
    pieces, count = ndimage.label(thick)
    if not count:
        raise PhantomError(f"{ct.path}: no voxel is above {THRESHOLD_HU} HU: no body is in this CT")
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    sizes[0] = 0
    kept = np.zeros(count + 1, dtype=bool)
    kept[np.argmax(sizes)] = True
    with_labels = np.bincount(pieces[labelled[strides]], minlength=count + 1)
    with_labels[0] = 0
    kept |= with_labels >= LABELLED_VOXELS
    body = ndimage.binary_dilation(kept[pieces], iterations=radius) & dense
    body |= labelled[strides]
    left_mL = float((dense & ~body).sum() * np.prod(ct.width_mm * step)) / 1000.0
    axis = long_axis(ct.affine_mm)
    for n in range(body.shape[axis]):  # slice by slice: lungs that the image cuts are holes there
        at = (slice(None),) * axis + (n,)
        body[at] = ndimage.binary_fill_holes(body[at])
    core = ndimage.binary_erosion(body, border_value=1)
    hull = ndimage.binary_dilation(body)
    inside = _refined(ct.values, core, hull, step)
    inside |= labelled
    words = (
        f"the CT above {THRESHOLD_HU} HU, the largest piece ({int(kept.sum())} in all) with its holes filled;"
        f" what else is as dense, {left_mL:.3g} mL, is left out (couch, clothes)"
    )
    return inside, words


def _refined(
    hu: NDArray[Any], core: NDArray[np.bool_], hull: NDArray[np.bool_], step: list[int]
) -> NDArray[np.bool_]:
    """Full resolution: all of the core, and of the layer between core and hull what is above the"
    " threshold."""
    i, j, k = (np.arange(n) // s for n, s in zip(hu.shape, step, strict=True))
    inside = np.empty(hu.shape, dtype=bool, order="F")
    for n in range(hu.shape[2]):
        where = np.ix_(i, j)
        inside[:, :, n] = core[:, :, k[n]][where] | (hull[:, :, k[n]][where] & (hu[:, :, n] > THRESHOLD_HU))
    return inside


class Cut(NamedTuple):
    """A face of the image that cuts the body: its name, the axis of the array, and whether it is the"
    " first slice."""

    name: str
    axis: int
    first: bool

    def slab(self, width: int) -> tuple[slice, ...]:
        """Index of so many slices from this face on."""
        part = slice(0, width) if self.first else slice(-width, None)
        return (slice(None),) * self.axis + (part,)


def cut_faces(inside: NDArray[np.bool_], labels: Volume, table: LabelTable) -> list[Cut]:
    """The faces of the image that cut the body, the upper and lower ends first.

    Where skin is labelled, a face of it is where the body ends and not where it is cut.
    """
    skin = [n for n, label in table.labels.items() if label.region.startswith("skin")]
    opposite = dict(zip("LRPAIS", "RLAPSI", strict=True))
    found = []
    for axis, name in enumerate(axis_names(labels.affine_mm)):
        for first, end in ((False, name), (True, opposite[name])):
            at = Cut("", axis, first).slab(1)
            face = inside[at] & ~np.isin(labels.values[at], skin)
            if face.mean() > CUT_SHARE:
                found.append((end, Cut(_ENDS[end], axis, first)))
    return [cut for _, cut in sorted(found, key=lambda one: "SILRPA".index(one[0]))]
