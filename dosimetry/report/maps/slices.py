"""The picture of a dose map: a coronal, a sagittal and an axial slice, the dose over the densities."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from dosimetry.maps.dose_map import DoseMap
from milligray.figures.files import drawn, lay_out
from milligray.figures.look import MM_PER_IN, common_look, inches
from milligray.figures.text import legible, one_line, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Resolution of the picture.
PICTURE_DPI = 250
#: Heights of the slices in print, mm.
LEAST_MM, MOST_MM = 60.0, 140.0
#: Width of the picture, what of it labels and gaps take, and the height of titles and labels, mm.
WIDTH_MM, AROUND_MM, HEAD_MM = 183.0, 48.0, 26.0
#: Doses from the highest down to this share of it have colours.
DECADES = 2.0
#: Share of the voxels that may be above the highest colour: single voxels of much noise.
ABOVE_PERCENT = 0.1
#: Density that is white, g/cm3.
WHITE_G_PER_CM3 = 1.8
COLOURS = "inferno"


class Upright(NamedTuple):
    """A body and its dose with axes to the right, the front and the head, cut to the box of the body.

    first_mm : middle of the first voxel along each axis, in the patient; width_mm : of voxels.
    """

    density: NDArray[np.float32]
    dose: NDArray[np.float32]
    first_mm: NDArray[np.float64]
    width_mm: NDArray[np.float64]

    def edges(self, axis: int) -> tuple[float, float]:
        """Where the box begins and ends along an axis, mm."""
        low = float(self.first_mm[axis] - 0.5 * self.width_mm[axis])
        return low, low + float(self.width_mm[axis]) * self.dose.shape[axis]


def upright(result: DoseMap) -> Upright:
    """The arrays of a map's body, with axes exchanged and reversed as its affine says.

    The axes of an oblique image are taken for those of the patient that they are nearest to.
    """
    body = result.body
    turn = body.affine_mm[:3, :3] / np.linalg.norm(body.affine_mm[:3, :3], axis=0)
    order: list[int] = []
    for world in range(3):
        left = [a for a in range(3) if a not in order]
        order.append(max(left, key=lambda a: abs(turn[world, a])))
    density = body.density_by_code.astype(np.float32)[body.code].transpose(order)
    dose = result.body_dose.transpose(order)
    flips = tuple(np.s_[::-1] if turn[world, a] < 0.0 else np.s_[:] for world, a in enumerate(order))
    density, dose = density[flips], dose[flips]
    corner = np.array([0.0 if turn[w, a] >= 0.0 else body.code.shape[a] - 1.0 for w, a in enumerate(order)])
    index = np.zeros(3)
    index[order] = corner
    first = body.affine_mm[:3, :3] @ index + body.affine_mm[:3, 3]
    width = 10.0 * np.array(body.width_cm)[order]
    inside = density > 0.0
    box = []
    for axis in range(3):
        there = np.flatnonzero(inside.any(axis=tuple({0, 1, 2} - {axis})))
        if not there.size:
            raise DosimetryError(f"the body '{body.name}' has no voxel to draw")
        box.append(slice(int(there[0]), int(there[-1]) + 1))
    first = first + np.array([b.start for b in box]) * width
    return Upright(density[tuple(box)], dose[tuple(box)], first, width)


def planes(of: Upright) -> tuple[int, int, int]:
    """The planes to be shown, left-right, back-front and feet-head: those that absorb the most energy."""
    energy = np.nan_to_num(of.dose) * of.density
    i, j, k = (int(np.argmax(energy.sum(axis=tuple({0, 1, 2} - {axis})))) for axis in range(3))
    return i, j, k


def slices_png(result: DoseMap) -> bytes:
    """Three slices of a map as a PNG file, the patient's right on the left as radiologists have it.

    Raises
    ------
    DosimetryError : no dose above 0.
    """
    of = upright(result)
    known = of.dose[np.isfinite(of.dose)]
    top = float(np.percentile(known, 100.0 - ABOVE_PERCENT)) if known.size else 0.0
    if not top > 0.0:
        top = float(known.max(initial=0.0))
    if not top > 0.0:
        raise DosimetryError("no dose is above 0: there is nothing to draw")
    i, j, k = planes(of)
    from matplotlib.colors import LogNorm
    from matplotlib.figure import Figure

    lowest = top * 10.0**-DECADES
    norm = LogNorm(lowest, top)
    x, y, z = (b - a for a, b in map(of.edges, range(3)))
    # heights and widths in print, mm: the axial slice gets the width that the others leave
    height = min(max(z * (WIDTH_MM - AROUND_MM) / (2.0 * x + y), LEAST_MM), MOST_MM)
    wide = max(WIDTH_MM - AROUND_MM - (x + y) * height / z, 0.25 * WIDTH_MM)
    low = max(height - wide * y / x, 0.2 * height)
    with common_look():
        figure = Figure(figsize=(inches("two-columns"), (height + HEAD_MM) / MM_PER_IN), layout="constrained")
        grid = figure.add_gridspec(
            2, 3, width_ratios=(x * height / z, y * height / z, wide), height_ratios=(height - low, low)
        )
        places = (grid[:, 0], grid[:, 1], grid[0, 2])
        cuts: tuple[tuple[str, tuple[int, int], Any], ...] = (
            (f"coronal, {_at(of, 1, j)}", (0, 2), np.s_[:, j, :]),
            (f"sagittal, {_at(of, 0, i)}", (1, 2), np.s_[i, :, :]),
            (f"axial, {_at(of, 2, k)}", (0, 1), np.s_[:, :, k]),
        )
        for place, (title, shown, cut) in zip(places, cuts, strict=True):
            axes = figure.add_subplot(place)
            picture = _show(axes, of, shown, of.dose[cut], of.density[cut], norm, title)
        unit = result.unit if "/" not in result.unit else f"({result.unit})"
        under = figure.add_subplot(grid[1, 2])
        under.axis("off")
        bar = figure.colorbar(
            picture,
            cax=under.inset_axes((0.05, 1.0 - 8.0 / low, 0.9, 3.0 / low)),
            orientation="horizontal",
            extend="max",
        )
        bar.set_label(f"absorbed dose / {unit}")
        bar.ax.xaxis.set_major_formatter(lambda v, _: f"{v:g}")
        under.text(0.05, 1.0 - 20.0 / low, _legend(result, lowest), va="top", transform=under.transAxes)
        mark = "PREVIEW, no result. " if result.preview else ""
        name = shortened(legible(one_line(result.body.name)), 40)
        figure.suptitle(f"{mark}{result.provenance['nuclide']} in {name}: dose by voxel")
        lay_out(figure)
        return drawn(figure, "png", PICTURE_DPI)


def _legend(result: DoseMap, lowest: float) -> str:
    """What the picture says beside its slices."""
    lines = [
        f"grey: density, white from {WHITE_G_PER_CM3:g} g/cm3 up",
        f"no colour: under {lowest:.2g} {result.unit}",
    ]
    if result.preview:
        lines.append("PREVIEW: photons by a kernel of endless tissue")
    found = result.absorbed.photons
    if found is not None and not math.isnan(found.reached):
        lines.append(f"standard error of a voxel where\nthe activity is: {100.0 * found.reached:.2g} % (rms)")
    return "\n".join(lines)


def _at(of: Upright, axis: int, index: int) -> str:
    """Where a plane lies, in words."""
    mm = float(of.first_mm[axis] + index * of.width_mm[axis])
    return f"{'xyz'[axis]} = {mm:.0f} mm"


def _show(
    axes: Axes, of: Upright, shown: tuple[int, int], dose: NDArray[np.float32], density: NDArray[np.float32],
    norm: Any, title: str,
) -> Any:  # fmt: skip
    """One slice; ``shown`` are the axes that lie flat and upright in it."""
    flat, up = shown
    extent = (*of.edges(flat), *of.edges(up))
    axes.imshow(
        density.T, origin="lower", extent=extent, cmap="gray", vmin=0.0, vmax=WHITE_G_PER_CM3, aspect="equal",
        interpolation="nearest",
    )  # fmt: skip
    coloured = np.ma.masked_invalid(np.where(np.less(dose.T, norm.vmin), np.nan, dose.T))
    picture = axes.imshow(
        coloured, origin="lower", extent=extent, cmap=COLOURS, norm=norm, aspect="equal", alpha=0.85,
        interpolation="nearest",
    )  # fmt: skip
    axes.set_title(title)
    axes.grid(False)
    axes.invert_xaxis()  # right on the left; in a sagittal slice the front on the left
    axes.locator_params(axis="x", nbins=4)
    axes.set_xlabel(f"{'xyz'[flat]} / mm")
    axes.set_ylabel(f"{'xyz'[up]} / mm")
    for place, letter, ha in ((0.02, "RA"[flat], "left"), (0.98, "LP"[flat], "right")):
        axes.text(place, 0.985, letter, transform=axes.transAxes, ha=ha, va="top", color="white")
    return picture
