"""The figure of dose-volume histograms: a curve a region."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dosimetry.errors import DosimetryError
from dosimetry.maps.dose_map import DoseMap
from milligray.figures.files import DPI, drawn, lay_out
from milligray.figures.look import FAINT, MM_PER_IN, common_look, inches
from milligray.figures.styles import STYLES
from milligray.figures.text import fonts_for, legible, one_line, shortened
from phantoms.voxels.body import VoxelBody
from phantoms.voxels.maps.absorbed import in_tissue

#: Curves where no regions are named.
CURVES = 10
HEIGHT_MM = 92.0
LETTERS = 30
#: Where median doses differ by more, the axis of the dose is logarithmic.
WIDE = 15.0
POINTS = 600


def check_regions(body: VoxelBody, regions: Sequence[str]) -> None:
    """Nothing, where one figure can show the histograms of these regions; to be asked before a long run.

    Raises
    ------
    DosimetryError, PhantomError : more regions than there are styles; one that the body has not, or that
        holds gas alone.
    """
    shown = list(dict.fromkeys(regions))
    if len(shown) > len(STYLES):
        raise DosimetryError(f"{len(shown)} regions in one figure; at most {len(STYLES)} can be told apart")
    tissue = np.bincount(body.code.ravel()[in_tissue(body).ravel()], minlength=len(body.kinds)) > 0
    for name in shown:
        if not (body.codes_of(body.parts(name)) & tissue).any():
            raise DosimetryError(f"'{name}' has no voxel with a dose: it holds gas alone, or nothing")


def histograms_png(result: DoseMap, regions: Sequence[str] = ()) -> bytes:
    """Dose-volume histograms of some regions, or of those with the highest mean doses, as a PNG file.

    Raises
    ------
    DosimetryError, PhantomError : more regions than there are styles; one that the body has not.
    """
    check_regions(result.body, regions)
    shown = list(dict.fromkeys(regions)) or _highest(result)
    histograms = [result.dvh(r) for r in shown]
    names = [shortened(legible(one_line(r)), LETTERS) for r in shown]
    medians = [float(h.dose_to(50.0)) for h in histograms]
    logarithmic = min(medians) > 0.0 and max(medians) / min(medians) > WIDE
    from matplotlib.figure import Figure

    with common_look(fonts_for(names)):
        figure = Figure(figsize=(inches("two-columns"), HEIGHT_MM / MM_PER_IN), layout="constrained")
        axes = figure.subplots()
        high = max(float(h.dose_to(0.5)) for h in histograms) * 1.1
        low = min(float(h.dose_to(99.5)) for h in histograms) * 0.8 if logarithmic else 0.0
        low = max(low, high * 1e-4) if logarithmic else 0.0
        grid = np.geomspace(low, high, POINTS) if logarithmic else np.linspace(0.0, high, POINTS)
        for h, name, style in zip(histograms, names, STYLES, strict=False):
            axes.plot(grid, h.share_above(grid), color=style.colour, ls=style.line, label=name)
        if logarithmic:
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(lambda v, _: f"{v:g}")
        axes.set_xlim(low, high)
        axes.set_ylim(0.0, 101.0)
        axes.set_xlabel(f"absorbed dose / {result.unit if '/' not in result.unit else f'({result.unit})'}")
        axes.set_ylabel("volume that gets at least so much / %")
        mark = "PREVIEW, no result. " if result.preview else ""
        axes.set_title(f"{mark}{result.provenance['nuclide']}: dose-volume histograms by voxel")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
        if result.preview:
            axes.text(0.5, 0.5, "PREVIEW", transform=axes.transAxes, ha="center", va="center", fontsize=40,
                      color=FAINT, alpha=0.25, rotation=20)  # fmt: skip
        lay_out(figure)
        return drawn(figure, "png", DPI)


def _highest(result: DoseMap) -> list[str]:
    """Regions of voxels with the highest mean doses."""
    alone = [r for r in result.regions if r in result.body.regions]
    return sorted(alone, key=lambda r: -result.mean(r)[0])[:CURVES]
