"""One look for all figures of a study."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from dosimetry.patients.patient import Patient
    from dosimetry.study.results import StudyResult

#: Colours that stay apart for colour-blind readers, for up to ten patients; more start over.
COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00",
    "#56B4E9", "#7A5195", "#8C564B", "#4D4D4D", "#A3B300",
)  # fmt: skip
MARKERS = {"male": "o", "female": "s"}
SIMULATED_COLOUR = "#B2182B"
FAINT = "#6B6B6B"

#: Of PNG files: 1 is fast, 9 small; 6, the default, takes thrice the time for an eighth less.
COMPRESSION = 2

STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titley": 1.0,  # nothing of ours stands above the axes; to look for it takes a tenth of the time
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.6,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.3,
    "lines.markersize": 4.5,
    "errorbar.capsize": 2,
    "savefig.dpi": 200,
}


@contextmanager
def new_figure(path: Path, result: StudyResult, width_in: float, height_in: float) -> Iterator[Figure]:
    """A figure in the common look; it is written when the block ends, with a line on what its data are."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with rc_context(STYLE):
        foot = 0.22 / height_in
        size = (width_in, height_in)
        figure = Figure(figsize=size, dpi=STYLE["savefig.dpi"], layout="constrained")
        canvas = FigureCanvasAgg(figure)
        engine = figure.get_layout_engine()
        engine.set(rect=(0.0, foot, 1.0, 1.0 - foot))  # type: ignore[call-arg,union-attr]
        yield figure
        s = result.settings
        figure.text(
            0.008, 0.3 * foot, f"{s.name}  ·  milligray {version('milligray')}", fontsize=6.5, color=FAINT
        )
        if result.simulated:
            figure.text(
                0.992,
                0.3 * foot,
                "SIMULATED DATA",
                ha="right",
                fontsize=7.5,
                weight="bold",
                color=SIMULATED_COLOUR,
            )
        for axes in figure.axes:
            if not axes.get_title(loc="left"):
                axes.set_title("")  # of style "axes.titley" too
        # savefig would draw everything once more to lay it out
        engine.execute(figure)  # type: ignore[union-attr]
        figure.set_layout_engine("none")
        canvas.print_png(path, pil_kwargs={"compress_level": COMPRESSION})  # type: ignore[no-untyped-call]


def look_of(patients: Sequence[Patient]) -> dict[str, dict[str, Any]]:
    """Colour and marker of each patient, the same in every figure."""
    return {
        p.name: {"color": COLOURS[i % len(COLOURS)], "marker": MARKERS[p.sex]} for i, p in enumerate(patients)
    }


def hours(axes: Axes, last_h: float) -> None:
    """A time axis in h with ticks at whole days where it is that long."""
    from matplotlib.ticker import MultipleLocator

    axes.set_xlim(-0.02 * last_h, 1.02 * last_h)
    if last_h > 48:
        axes.xaxis.set_major_locator(MultipleLocator(24 if last_h <= 240 else 48 if last_h <= 480 else 168))
    axes.set_xlabel("time after administration / h")


def plain_log(axes: Axes) -> None:
    """A logarithmic y axis with plain numbers, the more of them the shorter it is."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.set_yscale("log")
    low, high = axes.get_ylim()
    labelled = ((8, range(1, 10)), (30, (1, 2, 3, 5)), (300, (1, 2, 5)))
    subs = next((s for longest, s in labelled if high / low < longest), (1,))
    axes.yaxis.set_major_locator(LogLocator(10, subs=tuple(subs)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def decay_words(decay_corrected: bool) -> str:
    """How an axis names the decay state."""
    return "decay-corrected" if decay_corrected else "not decay-corrected"
