"""Pictures of a stylised body: frontal, sagittal and transverse slices, one colour a region."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from milligray.figures.files import FORMATS, drawn, lay_out
from milligray.figures.look import common_look, inches
from milligray.files import write_whole
from phantoms.bodies.stylised.body import SKELETON, Body
from phantoms.errors import PhantomError
from phantoms.geometry.solids import locate
from phantoms.kernels import kernel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS: dict[str, str] = {
    "outside": "#ffffff", "muscle": "#f3d9c9", "skin": "#c98f6b", "breasts": "#f7b6c2", "brain": "#d9c7e8",
    "lungs": "#9fd3e6", "liver": "#8c3b2a", "heart wall": "#b3202c", "heart contents": "#e8616b",
    "kidneys": "#6d8f3a", "spleen": "#6a3d7c", "pancreas": "#e0a526", "adrenals": "#f2e03d",
    "stomach wall": "#d97b3f", "stomach contents": "#f2c08a", "small intestine": "#e7a8a0",
    "upper large intestine wall": "#4d9078", "upper large intestine contents": "#a5d4c0",
    "lower large intestine wall": "#2f6690", "lower large intestine contents": "#93bfdc",
    "gallbladder wall": "#1f6b2e", "gallbladder contents": "#7cc36a", "thyroid": "#3a5fcd",
    "thymus": "#7fb2ff", "urinary bladder wall": "#b8860b", "urinary bladder contents": "#ffe680",
    "uterus": "#c2559d", "ovaries": "#8a2be2", "testes": "#5c4033",
}  # fmt: skip
BONE = "#8d8d84"
#: Height in print, inches, and resolution of a picture of slices.
PICTURE_IN, PICTURE_DPI = 6.4, 250


@kernel()
def _slice(g, a, b, fixed, axis):  # type: ignore[no-untyped-def]
    image = np.zeros((b.size, a.size), np.int64)
    for i in range(b.size):
        for j in range(a.size):
            if axis == 0:
                image[i, j] = locate(g, fixed, a[j], b[i])
            elif axis == 1:
                image[i, j] = locate(g, a[j], fixed, b[i])
            else:
                image[i, j] = locate(g, a[j], b[i], fixed)
    return image


def region_slice(
    body: Body, axis: str, at_cm: float, step_cm: float
) -> tuple[NDArray[np.int64], tuple[float, float, float, float]]:
    """Region indices on a plane x, y or z = ``at_cm``, and the extent (left, right, bottom, top) in cm."""
    g = body.solid.geometry
    low, high = g.low, g.low + g.shape * g.cell
    first, second = {"x": (1, 2), "y": (0, 2), "z": (0, 1)}[axis]
    a = np.arange(low[first], high[first], step_cm)
    b = np.arange(low[second], high[second], step_cm)
    image = _slice(g, a, b, at_cm, {"x": 0, "y": 1, "z": 2}[axis])
    return image, (a[0], a[-1], b[0], b[-1])


def levels_cm(body: Body) -> dict[str, float]:
    """Heights z of transverse slices, by the regions that each is there for, from the top.

    >>> from phantoms.bodies.stylised.body import load_body
    >>> list(levels_cm(load_body("adult male")))[4:6]
    ['kidneys', 'intestines']
    """
    c = body.constants
    height = c["trunk"]["C"]
    return {
        "brain": height + c["head"]["C1"],
        "thyroid": height + 0.5 * c["thyroid"]["c"],
        "heart": c["heart"]["z0"],
        "liver, stomach, spleen": c["spleen"]["z0"],
        "kidneys": c["kidneys"]["z0"],
        "intestines": 0.5 * (c["small_intestine"]["z1"] + c["small_intestine"]["z2"]),
        "ovaries, uterus": 0.5 * (c["ovaries"]["z0"] + c["uterus"]["z0"]),
        "urinary bladder": c["urinary_bladder"]["z0"],
    }


def draw_slices(body: Body, path: Path) -> None:
    """Frontal and sagittal slices, and transverse ones at the heights of organs, as one picture 183 mm wide.

    path : of a PNG, PDF or SVG file.

    Raises
    ------
    PhantomError : another ending.
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in FORMATS:
        raise PhantomError(f"{path}: pictures are written as {', '.join('.' + f for f in FORMATS)}")
    from matplotlib.colors import ListedColormap
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    colours = [BONE if r in SKELETON else COLOURS[r] for r in body.solid.regions]
    cmap = ListedColormap(colours)
    c = body.constants
    step = c["trunk"]["C"] / 350.0

    def show(axes: Axes, axis: str, at: float, title: str) -> None:
        image, extent = region_slice(body, axis, at, step)
        axes.imshow(
            image, origin="lower", extent=extent, cmap=cmap, vmin=-0.5, vmax=len(colours) - 0.5,
            interpolation="nearest", aspect="equal",
        )  # fmt: skip
        axes.set_title(title, fontsize=6)
        axes.grid(False)
        if axis == "z":
            axes.invert_yaxis()  # the front is up
        names = {"x": ("y", "z"), "y": ("x", "z"), "z": ("x", "y")}[axis]
        axes.set_xlabel(f"{names[0]} / cm")
        axes.set_ylabel(f"{names[1]} / cm")

    with common_look():
        figure = Figure(figsize=(inches("two-columns"), PICTURE_IN), dpi=PICTURE_DPI, layout="constrained")
        grid = figure.add_gridspec(4, 5, width_ratios=(1.2, 1.2, 0.85, 1.35, 1.35))
        show(figure.add_subplot(grid[:, 0]), "y", 0.0, "frontal, y = 0")
        kidney = c["kidneys"]["y0"]
        show(figure.add_subplot(grid[:, 1]), "y", kidney, f"frontal (kidneys),\ny = {kidney:g} cm")
        show(figure.add_subplot(grid[:, 2]), "x", 0.0, "sagittal,\nx = 0")
        for n, (what, z) in enumerate(levels_cm(body).items()):
            axes = figure.add_subplot(grid[n // 2, 3 + n % 2])
            show(axes, "z", z, f"{what},\nz = {z:.1f} cm")
            axes.set_xlabel("x / cm" if n >= 6 else "")
            axes.set_ylabel("y / cm" if n % 2 == 0 else "")
        handles = [Patch(color=BONE, label="skeleton")] + [
            Patch(facecolor=COLOURS[r], edgecolor="0.6", label=r)
            for r in body.solid.regions
            if r in COLOURS and r != "outside"
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=5, fontsize=6)
        figure.suptitle(f"{body.name}: {body.source}")
        lay_out(figure)
        content = drawn(figure, kind, PICTURE_DPI)
    write_whole(path, content)
