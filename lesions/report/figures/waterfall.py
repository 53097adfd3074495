"""Change of FDG uptake of every lesion, lowest last, coloured by whether the tracer shows it: a waterfall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dosimetry.report.figures.options import FigureOptions
from dosimetry.report.figures.style import legend_below, said
from lesions.positive.fdg_response import FdgChange, ResponseCriterion
from lesions.report.figures.page import NEGATIVE, POSITIVE, UNKNOWN, Study, lesion_page, title
from lesions.report.summary import words
from milligray.figures.look import FAINT
from milligray.figures.text import short_names

#: No bar is higher; a larger rise is written at its end.
HIGHEST = 150.0
#: So many bars have their names under them in two columns' width.
NAMED = 45
CALLS: Mapping[bool | None, tuple[str, str]] = {
    True: (POSITIVE, "positive by the tracer"),
    False: (NEGATIVE, "negative"),
    None: (UNKNOWN, "not judged"),
}


def draw_waterfall(
    path: Path,
    options: FigureOptions,
    *,
    study: Study,
    changes: Sequence[FdgChange],
    calls: Mapping[tuple[str, str], bool | None],
    criterion: ResponseCriterion,
) -> None:
    """One bar a lesion that both scans have, from the largest rise to the largest fall.

    calls : (patient, lesion) -> whether the tracer is positive in it; empty where the study has no rule.
    """
    known = [c for c in changes if c.lesion is not None and c.percent is not None]
    known.sort(key=lambda c: -float(c.percent or 0.0))
    new = sum(c.new for c in changes if c.lesion is not None)
    with lesion_page(path, study, 88, options) as figure:
        axes = figure.subplots()
        handles: dict[str, Any] = {}
        for i, c in enumerate(known):
            colour, label = CALLS[calls.get((c.patient, str(c.lesion)))] if calls else (UNKNOWN, "lesion")
            percent = float(c.percent or 0.0)
            (bar,) = axes.bar([i], [min(percent, HIGHEST)], width=0.86, color=colour, lw=0)
            handles.setdefault(label, bar)
            if percent > HIGHEST:
                axes.text(i, HIGHEST + 2, f"+{percent:.0f}", ha="center", va="bottom", fontsize=6)
        for cut in (-criterion.cut_percent, criterion.cut_percent):
            line = axes.axhline(cut, color="black", lw=0.8, ls=(0, (4, 2)), zorder=3)
        handles[f"{criterion.cut_percent:g} %, {criterion.name}"] = line
        axes.axhline(0, color="black", lw=0.7)
        axes.set_xlim(-0.8, len(known) - 0.2)
        axes.grid(axis="x", visible=False)
        if len(known) <= NAMED // (1 + options.narrow):
            names = short_names([f"{c.patient} {c.lesion}" for c in known], 18)
            labels = [names[f"{c.patient} {c.lesion}"] for c in known]
            axes.set_xticks(range(len(known)), labels, rotation=90, fontsize=6)
        else:
            axes.set_xticks([])
            axes.set_xlabel(f"{len(known)} lesions; lesion_response.csv has their names", color=FAINT)
        axes.set_ylabel(f"change of FDG's {words(criterion.quantity)} / %")
        more = f"; {new} new lesion{'s' * (new > 1)} without a bar" if new else ""
        text = said(f"Early change of FDG uptake by lesion ({len(known)} lesions{more})", 110)
        title(figure, text, options)
        order = [label for _, label in CALLS.values() if label in handles]
        order += [label for label in handles if label not in order]
        legend_below(figure, options, [handles[n] for n in order], order)
