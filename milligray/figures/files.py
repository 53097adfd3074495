"""Figures as files: PNG, PDF and SVG that are the same, bit for bit, each time."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from milligray.files import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "pdf", "svg")
#: Resolution of PNG files, dots per inch: as it is, and what is allowed.
DPI = 200
DPI_ALLOWED = (50, 1200)
#: Of PNG files: 1 is fast, 9 small; 6, matplotlib's own, takes thrice the time for an eighth less.
COMPRESSION = 2
#: Places of axes and texts are shares of the figure's size with so many decimals: 0.2 um of two columns.
DECIMALS = 6


def drawn(figure: Figure, kind: str, dpi: int = DPI) -> bytes:
    """A figure as the content of a file; within :func:`milligray.figures.look.common_look`.

    kind : "png", "pdf" or "svg"; dates are left out, so that equal figures are equal files.
    """
    out = io.BytesIO()
    if kind == "png":
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        before = figure.dpi
        figure.dpi = dpi
        canvas = FigureCanvasAgg(figure)
        canvas.print_png(out, pil_kwargs={"compress_level": COMPRESSION})  # type: ignore[no-untyped-call]
        figure.dpi = before
    else:
        dates = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}
        figure.savefig(out, format=kind, metadata=dates[kind])
    return out.getvalue()


def lay_out(figure: Figure) -> None:
    """Lay a figure out once, for all formats; within :func:`milligray.figures.look.common_look`."""
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.transforms import Bbox

    FigureCanvasAgg(figure)
    engine = figure.get_layout_engine()
    if engine is not None:  # savefig would draw everything once more to lay it out
        engine.execute(figure)
        figure.set_layout_engine("none")
        # the solver takes its variables in the order of their addresses, so the last digits of what it gives
        # differ from run to run; names of clip paths in SVG files are made of all digits
        for axes in figure.axes:
            extents = axes.get_position(original=True).extents
            axes.set_position(Bbox.from_extents(*np.round(extents, DECIMALS)), which="original")
        for text in figure.texts:
            text.set_position(tuple(np.round(text.get_position(), DECIMALS).tolist()))


def write_figure(figure: Figure, path: Path, formats: tuple[str, ...] = ("png",), dpi: int = DPI) -> None:
    """Lay a figure out once and write it in each format, as ``path`` with ``.png``, ``.pdf`` or ``.svg``.

    path : without the ending.
    """
    lay_out(figure)
    for kind in formats:
        write_whole(path.with_name(f"{path.name}.{kind}"), drawn(figure, kind, dpi))
