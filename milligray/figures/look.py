"""One look of all figures, whatever the user's matplotlibrc says: widths in print, fonts, lines."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Widths in print, mm: one column and two columns of Nature, Elsevier's (90 and 190 mm) and JNM's fit too.
WIDTH_MM: Mapping[str, float] = {"one-column": 89.0, "two-columns": 183.0}
#: Height of a printed page less its legend, mm; no figure is higher.
PAGE_MM = 240.0
MM_PER_IN = 25.4
#: Least font size at the figure's own width, points; what journals ask for is 5 to 7.
LEAST_PT = 6.0
FAINT = "#5F5F5F"
#: Least distance of two labels one above the other, mm.
LABEL_MM = 2.7

STYLE: dict[Any, Any] = {
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans", "Arial", "Helvetica"],  # DejaVu comes with matplotlib
    "font.size": 7,
    "text.parse_math": False,  # "$" in a name is a dollar
    "figure.titlesize": 8,
    "figure.titleweight": "bold",
    "axes.titlesize": 7.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 4,
    "axes.titley": 1.0,  # nothing of ours stands above the axes; to look for it takes a tenth of the time
    "axes.labelsize": 7,
    "axes.labelpad": 2.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.5,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "legend.fontsize": 6.5,
    "legend.title_fontsize": 6.5,
    "legend.frameon": False,
    "legend.handlelength": 2.0,
    "legend.columnspacing": 1.4,
    "lines.linewidth": 1.0,
    "lines.markersize": 3.6,
    "errorbar.capsize": 1.5,
    "hatch.linewidth": 0.6,
    "savefig.dpi": 200,
    "pdf.fonttype": 42,  # TrueType: text stays text, and journals' checks take it
    "svg.fonttype": "none",  # text as text
    "svg.hashsalt": "milligray",  # the same names of parts in each run
}

_defaults: dict[str, Any] = {}


@contextmanager
def common_look(more_fonts: Sequence[str] = ()) -> Iterator[None]:
    """Within it, figures are made and written by matplotlib's own settings and :data:`STYLE`.

    more_fonts : families for characters that the first one has not
        (:func:`milligray.figures.text.fonts_for`).

    >>> import matplotlib
    >>> with matplotlib.rc_context({"font.size": 40}), common_look():
    ...     matplotlib.rcParams["font.size"]
    7.0
    """
    from matplotlib import rc_context, rcParams, rcParamsDefault

    if not _defaults:
        # what is of windows and of the user's machine stays as it is
        kept = ("backend", "figure.raise_window", "interactive", "savefig.directory", "timezone", "toolbar")
        _defaults.update({k: v for k, v in rcParamsDefault.items() if not k.startswith(kept)})
    with rc_context():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # settings that are on their way out
            settings: Any = rcParams
            settings.update(_defaults)
            settings.update(STYLE)
            if more_fonts:
                settings["font.family"] = ["sans-serif", *more_fonts]
        yield


def inches(width: str) -> float:
    """A printed width in inches.

    >>> round(inches("one-column"), 2)
    3.5
    """
    return WIDTH_MM[width] / MM_PER_IN


def plain_log(axes: Axes, room_mm: float = 40.0) -> None:
    """A logarithmic y axis with plain numbers, as many as an axis so high has room for; limits are kept.

    room_mm : the axis' height in print.
    """
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(FixedLocator(log_ticks(low, high, room_mm)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(low, high)


def log_ticks(low: float, high: float, room_mm: float) -> list[float]:
    """Round numbers between two positive ones, as close as an axis so long has room for.

    >>> log_ticks(0.9, 60, 20), log_ticks(0.9, 60, 10)
    ([1.0, 2.0, 5.0, 10.0, 20.0, 50.0], [1.0, 10.0])
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    mm = room_mm / math.log10(high / low)
    sets = [(range(1, 10), 1), ((1, 2, 3, 5), 1), ((1, 2, 5), 1), ((1, 3), 1)]
    for digits, step in [*sets, *(((1,), step) for step in (1, 2, 3, 5, 10))]:
        numbers = (float(f"{d}e{e}") for e in range(first, last + 1) if e % step == 0 for d in digits)
        found = [v for v in numbers if low <= v <= high]
        gaps = [mm * math.log10(b / a) for a, b in itertools.pairwise(found)]
        if gaps and min(gaps) >= LABEL_MM:
            return found
    numbers = (float(f"{d}e{e}") for e in range(first, last + 1) for d in (1, 2, 5))
    found = [v for v in numbers if low <= v <= high]
    if len(found) > 1 and mm * math.log10(found[-1] / found[0]) >= LABEL_MM:
        return [found[0], found[-1]]
    from matplotlib.ticker import MaxNLocator  # within two round numbers

    found = []
    for v in MaxNLocator(5).tick_values(low, high):
        if low <= v <= high and (not found or mm * math.log10(v / found[-1]) >= LABEL_MM):
            found.append(float(v))
    return found
