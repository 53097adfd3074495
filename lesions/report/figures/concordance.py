"""Which of each patient's FDG lesions the tracer shows too: stacked bars, largest share first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dosimetry.report.figures.options import FigureOptions
from dosimetry.report.figures.style import legend_below
from lesions.positive.concordance import Concordance
from lesions.positive.patterns import PatientPattern
from lesions.report.figures.page import NEGATIVE, POSITIVE, UNKNOWN, Study, lesion_page
from milligray.figures.text import short_names

#: More patients than these have no numbers above their bars.
NUMBERED = 24


def draw_concordance(
    path: Path,
    options: FigureOptions,
    *,
    study: Study,
    concordances: Sequence[Concordance],
    patterns: Sequence[PatientPattern],
) -> None:
    """A bar a patient with FDG lesions; above it the share that is concordant, under it the pattern."""
    known = [c for c in concordances if c.fdg_lesions]
    known.sort(key=lambda c: (-(c.share if c.share is not None else -1.0), -c.fdg_lesions, c.patient))
    pattern = {p.patient: p.pattern for p in patterns}
    few = len(known) <= NUMBERED // (1 + options.narrow)
    from matplotlib.ticker import MaxNLocator

    with lesion_page(path, study, 88, options) as figure:
        axes = figure.subplots()
        at = range(len(known))
        parts = (
            ("positive by the tracer too", [c.both for c in known], POSITIVE),
            ("FDG only", [c.fdg_only for c in known], NEGATIVE),
            ("not judged", [c.not_judged for c in known], UNKNOWN),
        )
        below = [0.0] * len(known)
        handles: dict[str, Any] = {}
        for label, numbers, colour in parts:
            if any(numbers):
                handles[label] = axes.bar(at, numbers, bottom=below, color=colour, width=0.78, lw=0)
                below = [b + n for b, n in zip(below, numbers, strict=True)]
        highest = max(below)
        for i, c in enumerate(known):
            if few:
                share = "–" if c.share is None else f"{100 * c.share:.3g} %"
                axes.text(i, below[i] + 0.012 * highest, share, ha="center", va="bottom", fontsize=6)
        # beside each other names have a bar's width, upright the room under the axis
        room = max(8, int((options.width_mm - 12) / (1.7 * len(known)))) if few else 18
        names = short_names([c.patient for c in known], room)
        letters = [pattern.get(c.patient) or "" for c in known]
        shown = [
            f"{names[c.patient]}\n{letter}" if few and letter else names[c.patient]
            for c, letter in zip(known, letters, strict=True)
        ]
        turned: dict[str, Any] = {} if few else {"rotation": 90, "fontsize": 6}
        axes.set_xticks(list(at), shown, **turned)
        axes.set_xlim(-0.7, len(known) - 0.3)
        axes.set_ylim(0, 1.1 * highest)
        axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.grid(axis="x", visible=False)
        axes.set_ylabel("FDG lesions")
        said = "; under the patient the pattern (A all, B dominant part, C minor part, D none)"
        title = (
            f"Lesions that FDG shows, by patient{said if few and any(letters) and not options.narrow else ''}"
        )
        figure.suptitle(title, x=0.005, ha="left")
        legend_below(figure, options, list(handles.values()), list(handles))
