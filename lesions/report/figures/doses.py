"""Doses of lesions: every lesion with its standard uncertainty, by patient, sites in colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dosimetry.report.figures.options import FigureOptions
from dosimetry.report.figures.style import legend_below
from lesions.doses.lesion_dose import LesionDose
from lesions.report.figures.page import Study, lesion_page, title
from milligray.figures.styles import STYLES
from milligray.figures.text import legible, one_line, short_names, shortened, wrapped

#: More patients than these have upright names.
NAMED = 24
#: Sites with a colour of their own; the others share one.
MOST_SITES = 7
OTHER_SITES, OTHER_COLOUR = "other sites", "#8C8C8C"
#: Doses that span more than this factor are on a logarithmic axis.
LINEAR = 20.0
#: Width that a patient's lesions fill of the patient's place.
FILLED = 0.7


def draw_lesion_doses(
    path: Path, options: FigureOptions, *, study: Study, doses: Sequence[LesionDose]
) -> None:
    """A place a patient, in it each lesion's dose per administered activity, the highest first.

    Bars are one standard uncertainty; a lesion without one has an open marker. A short line is the mean by
    mass.
    """
    from matplotlib.ticker import FuncFormatter, NullFormatter

    patients = list(dict.fromkeys(d.patient for d in doses))
    few = len(patients) <= NAMED // (1 + options.narrow)
    look = site_colours(doses)
    with lesion_page(path, study, 92, options) as figure:
        axes = figure.subplots()
        handles: dict[str, Any] = {}
        values = [d.dose_mGy_per_MBq for d in doses]
        logarithmic = max(values) > LINEAR * min(values) > 0.0
        size = 4.5 if len(doses) <= 40 else 3.0 if len(doses) <= 150 else 2.2
        for i, patient in enumerate(patients):
            mine = sorted((d for d in doses if d.patient == patient), key=lambda d: -d.dose_mGy_per_MBq)
            for k, d in enumerate(mine):
                x = i + FILLED * ((k + 0.5) / len(mine) - 0.5)
                site, u = d.site if d.site in look else OTHER_SITES, d.u_mGy_per_MBq
                colour, marker = look[site]
                low = u or 0.0
                if logarithmic:  # what goes to 0 ends where the axis does
                    low = min(low, 0.95 * d.dose_mGy_per_MBq)
                handles[site] = axes.errorbar(
                    x, d.dose_mGy_per_MBq, yerr=None if u is None else [[low], [u]], fmt=marker, ms=size,
                    color=colour, mfc="white" if u is None else colour, lw=0.8, capsize=0,
                )  # fmt: skip
            mass = [d.mass_kg for d in mine]
            mean = math.fsum(m * d.dose_mGy_per_MBq for m, d in zip(mass, mine, strict=True)) / math.fsum(
                mass
            )
            line = axes.hlines(mean, i - 0.42, i + 0.42, color="#1E1E1E", lw=1.1, zorder=1)
            handles["mean by mass"] = line
        if logarithmic:
            axes.set_yscale("log")
            axes.set_ylim(min(values) / 2.5, 2.5 * max(values))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
            axes.yaxis.set_minor_formatter(NullFormatter())
        else:
            axes.set_ylim(bottom=0.0)
        names = short_names(patients, 10 if few else 6)
        turned: dict[str, Any] = {} if few else {"rotation": 90, "fontsize": 6}
        axes.set_xticks(range(len(patients)), [names[p] for p in patients], **turned)
        axes.set_xlim(-0.6, len(patients) - 0.4)
        axes.grid(axis="x", visible=False)
        for i in range(1, len(patients)):
            axes.axvline(i - 0.5, color="#E4E4E4", lw=0.5, zorder=0)
        axes.set_ylabel("absorbed dose / (mGy/MBq)")
        more = "bars: one standard uncertainty by what is known; open: none is known"
        alone = sum(d.cross_mGy_per_MBq is None for d in doses)
        if alone:
            more += f"; {alone} of {len(doses)} lesions without dose from other regions"
        nuclide = ", ".join(dict.fromkeys(d.nuclide for d in doses))
        axes.set_xlabel(wrapped(more, int(options.width_mm / 1.45)), fontsize=6.5)
        title(figure, f"Doses of {len(doses)} lesions, {nuclide}", options)
        labels = [s for s in (*look, "mean by mass") if s in handles]
        shown = [s if s == OTHER_SITES else shortened(legible(one_line(s)), 24) for s in labels]
        legend_below(figure, options, [handles[s] for s in labels], shown)


def site_colours(doses: Sequence[LesionDose]) -> dict[str, tuple[str, str]]:
    """Colour and marker of each site, the most frequent first; of the others one."""
    count: dict[str, int] = {}
    for d in doses:
        count[d.site] = count.get(d.site, 0) + 1
    sites = sorted(count, key=lambda s: (-count[s], s))
    few = sites if len(sites) <= MOST_SITES + 1 else sites[:MOST_SITES]
    look = {s: (STYLES[i].colour, STYLES[i].marker) for i, s in enumerate(few)}
    return look if len(few) == len(sites) else {**look, OTHER_SITES: (OTHER_COLOUR, "x")}
