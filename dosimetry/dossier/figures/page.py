"""What the figures of a dossier share: one column's width, no letter under 7 points, a foot, a legend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from milligray.figures.files import DPI, write_figure
from milligray.figures.look import FAINT, MM_PER_IN, WIDTH_MM, common_look
from milligray.figures.text import fonts_for, legible, one_line, room, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

COLUMN_MM = WIDTH_MM["one-column"]
#: Least size of a letter at that width, points.
LEAST_PT = 7.0
#: A figure is no higher, with its legend under it; journals' pages have 235 to 245 mm.
MOST_MM = 225.0
SIMULATED_COLOUR = "#A01020"
#: About what a letter of 7 points takes, mm; the handle of a legend and its gaps.
LETTER_MM, HANDLE_MM = 1.3, 10.0
FOOT_MM = 4.2
#: What differs from the figures of a study: letters, heavier lines.
STYLE: dict[Any, Any] = {
    "font.size": LEAST_PT,
    "figure.titlesize": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 7.5,
    "xtick.labelsize": LEAST_PT,
    "ytick.labelsize": LEAST_PT,
    "legend.fontsize": LEAST_PT,
    "legend.title_fontsize": LEAST_PT,
    "axes.linewidth": 0.7,
    "text.hinting": "none",  # else letters are wider at few dots per inch, and names are cut
}


@contextmanager
def column_figure(
    path: Path,
    height_mm: float,
    *,
    formats: Sequence[str] = ("png",),
    dpi: int = DPI,
    simulated: bool = False,
    texts: Iterable[str] = (),
) -> Iterator[SubFigure]:
    """A figure of one column's width; it is written when the block ends.

    path : without the ending, which each format adds.
    simulated : whether its foot says so.
    texts : of users, for whose characters fonts are looked for.
    """
    from matplotlib import rcParams
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    with common_look(fonts_for(texts)):
        settings: Any = rcParams
        settings.update(STYLE)
        foot = FOOT_MM / height_mm
        size = (COLUMN_MM / MM_PER_IN, height_mm / MM_PER_IN)
        figure = Figure(figsize=size, dpi=200, layout="constrained")
        engine: Any = figure.get_layout_engine()
        engine.set(rect=(0.0, foot, 1.0, 1.0 - foot), w_pad=0.045, h_pad=0.03)
        body: Any = figure.subfigures()
        yield body
        _foot(figure, foot, simulated=simulated)
        for axes in figure.findobj(Axes):
            assert isinstance(axes, Axes)
            if not axes.get_title(loc="left"):
                axes.set_title("")  # of style "axes.titley" too
        write_figure(figure, path, tuple(formats), dpi)


def _foot(figure: Figure, foot: float, *, simulated: bool) -> None:
    """The program's version, and that data are simulated where they are."""
    margin = 1.0 / COLUMN_MM
    program = f"milligray {version('milligray').partition('+')[0]}"
    figure.text(margin, 0.3 * foot, program, fontsize=LEAST_PT, color=FAINT)
    if simulated:
        mark: dict[str, Any] = {"ha": "right", "weight": "bold", "color": SIMULATED_COLOUR}
        figure.text(1.0 - margin, 0.3 * foot, "SIMULATED DATA", fontsize=LEAST_PT, **mark)


def said(text: str, most: int) -> str:
    """A text of the user's: in one line, with room for at most so many letters."""
    return shortened(legible(one_line(text)), most)


def legend_rows(labels: Sequence[str]) -> int:
    """Rows of a legend under a figure, about equally long."""
    widest = max(map(room, labels)) * LETTER_MM + HANDLE_MM
    columns = max(1, min(len(labels), int((COLUMN_MM - 4.0) // widest)))
    return -(-len(labels) // columns)


def legend_mm(labels: Sequence[str]) -> float:
    """Height of a legend under a figure, mm."""
    return 3.7 * legend_rows(labels) + 3.0


def legend_below(figure: SubFigure, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """A legend under all panels, in as many columns as there is room for."""
    from matplotlib.container import ErrorbarContainer

    if not labels:
        return
    shown = [h[0] if isinstance(h, ErrorbarContainer) else h for h in handles]
    columns = -(-len(labels) // legend_rows(labels))
    figure.legend(shown, labels, loc="outside lower center", ncols=columns, columnspacing=1.2)


def hours(axes: Axes, last_h: float, *, label: bool = True) -> None:
    """A time axis in h with ticks at whole days where it is that long."""
    from matplotlib.ticker import MultipleLocator

    axes.set_xlim(-0.02 * last_h, 1.02 * last_h)
    if last_h > 48:
        steps = (24, 48, 72, 96, 168, 336, 672, 1344)
        axes.xaxis.set_major_locator(MultipleLocator(next((s for s in steps if last_h / s <= 9), 2688)))
    if label:
        axes.set_xlabel("Time after administration / h")
    else:
        axes.tick_params(labelbottom=False)
