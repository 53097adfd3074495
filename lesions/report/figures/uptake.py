"""Uptake over time by site: each lesion thin, the median bold, blood pool and other normal tissues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from dosimetry.report.figures.options import FigureOptions
from dosimetry.report.figures.style import hours, legend_below, said
from lesions.lesion import LesionPatient
from lesions.report.figures.page import Study, lesion_page, tissue_styles
from lesions.report.summary import words
from lesions.uptake.ratios import planned
from milligray.figures.look import FAINT, PAGE_MM
from milligray.figures.text import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OTHERS = "other sites"
#: More sites than these are put together, those of the fewest lesions first.
MOST_SITES = 12
LESION = "#6E8CA0"
Lines = list[tuple[list[float], list[float]]]


def site_lines(patients: Sequence[LesionPatient], quantity: str, most: int = MOST_SITES) -> dict[str, Lines]:
    """Site -> times and values of each of its lesions, sites of most lesions first."""
    found: dict[str, Lines] = {}
    for patient in patients:
        for lesion in patient.lesions:
            known = [(u.time_h, u.value[quantity]) for u in lesion.uptake if quantity in u.value]
            if known:
                times, values = zip(*known, strict=True)
                found.setdefault(lesion.site.casefold(), []).append((list(times), list(values)))
    ordered = sorted(found, key=lambda site: -len(found[site]))
    if len(ordered) > most:
        rest = [line for site in ordered[most - 1 :] for line in found[site]]
        return {site: found[site] for site in ordered[: most - 1]} | {OTHERS: rest}
    return {site: found[site] for site in ordered}


def medians(lines: Lines, scans_h: Sequence[float]) -> tuple[list[float], list[float]]:
    """Times of the plan, and the median over what was measured at each."""
    at: dict[float, list[float]] = {}
    for times, values in lines:
        for t, v in zip(times, values, strict=True):
            at.setdefault(planned(t, scans_h), []).append(v)
    return sorted(at), [median(at[t]) for t in sorted(at)]


def tissue_lines(patients: Sequence[LesionPatient], quantity: str) -> dict[str, Lines]:
    """Normal tissue -> times and values of each patient's."""
    found: dict[str, Lines] = {}
    for patient in patients:
        for region in dict.fromkeys(r.region for r in patient.references):
            known = [
                (r.time_h, r.value[quantity])
                for r in patient.references
                if r.region == region and quantity in r.value
            ]
            if known:
                times, values = zip(*known, strict=True)
                found.setdefault(region, []).append((list(times), list(values)))
    return found


def draw_uptake(
    path: Path,
    options: FigureOptions,
    *,
    study: Study,
    patients: Sequence[LesionPatient],
    quantity: str,
    reference_quantity: str | None,
    scans_h: Sequence[float],
) -> None:
    """A panel a site; a median is over the lesions that were measured at that time of the plan."""
    sites = site_lines(patients, quantity)
    tissues = tissue_lines(patients, reference_quantity) if reference_quantity else {}
    columns = min(len(sites), 2 if options.narrow else 3)
    rows = -(-len(sites) // columns)
    row_mm = min(46.0, (PAGE_MM - 35) / rows)
    last = max(t for lines in (*sites.values(), *tissues.values()) for times, _ in lines for t in times)
    with lesion_page(path, study, 26 + row_mm * rows, options) as figure:
        panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        handles: dict[str, Any] = {}
        for i, (site, lines) in enumerate(sites.items()):
            axes = panels.flat[i]
            handles |= _panel(axes, lines, tissues, scans_h, quantity, reference_quantity)
            letters = int((options.width_mm / columns - 9) / 1.6)
            n = f"{len(lines)} lesion{'s' * (len(lines) > 1)}"
            name = wrapped(said(site.capitalize(), 40), max(letters - len(n) - 2, 8), 2)
            axes.set_title(f"{name}, {n}")
            hours(axes, 1.03 * last, options, columns)
            axes.set_xlabel("time / h" if i + columns >= len(sites) else "")
            axes.tick_params(labelbottom=i + columns >= len(sites))
        for axes in panels.flat[len(sites) :]:
            axes.remove()
        panels.flat[0].set_ylim(bottom=0)
        figure.supylabel(words(quantity), fontsize=7)
        figure.suptitle("Uptake of the lesions over time, by site", x=0.005, ha="left")
        legend_below(figure, options, list(handles.values()), list(handles))


def _panel(
    axes: Axes,
    lines: Lines,
    tissues: Mapping[str, Lines],
    scans_h: Sequence[float],
    quantity: str,
    reference_quantity: str | None,
) -> dict[str, Any]:
    """One site; handles of the legend by their labels."""
    alpha = 0.75 if len(lines) <= 12 else 0.4 if len(lines) <= 40 else 0.2
    handles: dict[str, Any] = {}
    for times, values in lines:
        (thin,) = axes.plot(times, values, "-o", color=LESION, lw=0.5, ms=1.6, mew=0, alpha=alpha, zorder=2)
        handles["lesion"] = thin
    times, values = medians(lines, scans_h)
    (bold,) = axes.plot(times, values, "-o", color="black", lw=1.7, ms=3.2, zorder=4)
    handles[f"median of lesions ({words(quantity)})"] = bold
    for name, style in tissue_styles(list(tissues)).items():
        times, values = medians(tissues[name], scans_h)
        look = {**style.points(), "linestyle": (0, (4, 1.4)), "lw": 1.1, "ms": 3.0, "zorder": 3}
        (line,) = axes.plot(times, values, **look)
        handles[f"median of {said(name, 24)} ({words(reference_quantity or '')})"] = line
    axes.margins(y=0.06)
    axes.tick_params(labelcolor=FAINT)
    return handles
