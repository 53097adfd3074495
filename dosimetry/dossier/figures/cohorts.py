"""Tracers or cohorts side by side: a bar each with SD, organ by organ, as Yeh et al. (2024) draw theirs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.dossier.cohorts.cohort import Cohort, key_of
from dosimetry.dossier.document.document import FigureFile
from dosimetry.dossier.document.numbers import UNITS, DoseUnits
from dosimetry.dossier.figures.page import MOST_MM, column_figure, legend_below, legend_mm, said
from dosimetry.errors import DosimetryError
from milligray.figures.files import DPI
from milligray.figures.look import FAINT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

#: Fill, hatch of each cohort: each two differ by 20 in L*, which is what grey shows, or by hatch.
FILLS = (
    ("#2B5C8A", None), ("#F2C46D", None), ("#FFFFFF", "/////"), ("#88929C", None), ("#CFE3F2", "....."),
    ("#111111", None), ("#FFFFFF", "xxxxx"), ("#D9D9D9", "\\\\\\\\\\"),
)  # fmt: skip
MOST_COHORTS = len(FILLS)
DARK = "#1E1E1E"
#: Height of a bar, mm: as it is, and the least; room between two groups of bars, in bars.
BAR_MM, LEAST_BAR_MM, GAP = 2.6, 1.2, 0.8
#: Least height of a group, mm, at which names of 7 points stand apart; what a figure needs beside bars.
GROUP_MM, BESIDE_MM = 3.0, 34.0
TITLES = {"mGy/MBq": "Absorbed dose", "mSv/MBq": "Effective dose"}


def draw_cohorts(
    folder: str | Path,
    cohorts: Sequence[Cohort],
    formats: Sequence[str] = ("png",),
    dpi: int = DPI,
    *,
    quantities: Collection[str] | None = None,
    units: DoseUnits = UNITS["mGy/MBq"],
) -> list[FigureFile]:
    """Doses of two to eight cohorts side by side, as ``cohorts.png`` and so on; many organs on several pages.

    Parameters
    ----------
    folder : must be there.
    cohorts : of results (:func:`dosimetry.dossier.cohorts.cohort.cohort_of`) or published.
    formats : of "png", "pdf" and "svg"; PNG is always written.
    dpi : dots per inch of PNG files.
    quantities : organs and effective doses by name, in any usual spelling; None: all that two cohorts have.
    units : of the doses, which cohorts have in mGy/MBq and mSv/MBq.

    Raises
    ------
    DosimetryError : one cohort, or more than eight; a quantity that none has; none that two have.
    """
    if not 2 <= len(cohorts) <= MOST_COHORTS:
        raise DosimetryError(f"{len(cohorts)} cohorts; a figure of them side by side has 2 to {MOST_COHORTS}")
    shown = _shown(cohorts, quantities)
    names = [_label(c) for c in cohorts]
    legend = legend_mm(names)
    group_mm = max(LEAST_BAR_MM * (len(cohorts) + GAP), GROUP_MM)
    rest = [k for k in shown if _unit(cohorts, k) != "mGy/MBq"]
    organs = [k for k in shown if k not in rest]
    most = max(int((MOST_MM - BESIDE_MM - legend) / group_mm) - len(rest), 1)
    pages = [organs[i : i + most] for i in range(0, len(organs), most)] or [[]]
    simulated = any(c.simulated for c in cohorts)
    kinds, found = tuple(dict.fromkeys(("png", *formats))), []
    for i, page in enumerate(pages, 1):
        panels = [keys for keys in (page, rest if i == len(pages) else []) if keys]
        path = Path(folder) / ("cohorts" if i == 1 else f"cohorts_{i}")
        n = sum(map(len, panels))
        own_mm = max(BAR_MM * (len(cohorts) + GAP), GROUP_MM)
        height = BESIDE_MM + legend + n * min(own_mm, (MOST_MM - BESIDE_MM - legend) / n)
        more: dict[str, Any] = {"formats": kinds, "dpi": dpi, "simulated": simulated, "texts": names}
        with column_figure(path, height, **more) as figure:
            _draw(figure, panels, cohorts, names, units)
        part = f" (page {i} of {len(pages)})" if len(pages) > 1 else ""
        found.append(FigureFile("", path.with_suffix(".png"), *_words(cohorts, panels, part, units)))
    return found


def _shown(cohorts: Sequence[Cohort], quantities: Collection[str] | None) -> list[str]:
    """Keys of what is drawn: organs, the first cohort's largest first, then effective doses as they come."""
    keys = list(dict.fromkeys(k for c in cohorts for k in c.values))
    if quantities is None:
        keys = [k for k in keys if sum(k in c.values for c in cohorts) > 1]
        if not keys:
            raise DosimetryError("no quantity that two of the cohorts have; give cohorts with common organs")
    else:
        asked = {key_of(q): q for q in quantities}
        unknown = [q for k, q in asked.items() if k not in keys]
        if unknown:
            raise DosimetryError(f"no cohort has {', '.join(unknown)}; there are: {', '.join(sorted(keys))}")
        keys = [k for k in keys if k in asked]
    effective = [k for k in keys if _unit(cohorts, k) != "mGy/MBq"]
    organs = [k for k in keys if k not in effective]

    def size(key: str) -> float:
        return next((c.values[key].sample.mean for c in cohorts if key in c.values), 0.0)

    return [*sorted(organs, key=size, reverse=True), *effective]


def _unit(cohorts: Sequence[Cohort], key: str) -> str:
    return next(c.values[key].unit for c in cohorts if key in c.values)


def _label(cohort: Cohort) -> str:
    """A cohort in the legend: its name, the largest n of its values, and what it is."""
    of = [m.sample.n for m in cohort.values.values() if m.sample.n is not None]
    n = f"n = {max(of)}" if of else ""
    kind = "published" if cohort.published else "simulated" if cohort.simulated else ""
    note = ", ".join(word for word in (n, kind) if word)
    return said(cohort.name, 38) + (f" ({note})" if note else "")


def _draw(
    figure: SubFigure,
    panels: list[list[str]],
    cohorts: Sequence[Cohort],
    names: list[str],
    units: DoseUnits,
) -> None:
    heights = [len(keys) + 0.6 for keys in panels]
    all_axes = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, keys in zip(all_axes, panels, strict=True):
        _bars(axes, keys, cohorts, names, units.factor)
        unit = _unit(cohorts, keys[0])
        axes.set_title(TITLES[unit])
        axes.set_xlabel(_printed(unit, units))
    handles, labels = all_axes[0].get_legend_handles_labels()
    legend_below(figure, handles, labels)


def _printed(unit: str, units: DoseUnits) -> str:
    return units.absorbed if unit == "mGy/MBq" else units.effective


def _bars(axes: Axes, keys: list[str], cohorts: Sequence[Cohort], names: list[str], factor: float) -> None:
    """A group of bars a quantity, the first cohort's on top."""
    place = np.arange(len(keys), dtype=float)[::-1]
    thick = 1.0 / (len(cohorts) + GAP)
    shown = [next(c.values[k].name for c in cohorts if k in c.values) for k in keys]
    for i, (cohort, label) in enumerate(zip(cohorts, names, strict=True)):
        y = place + thick * ((len(cohorts) - 1) / 2 - i)
        mean, sd = factor * np.array([_of(cohort, k) for k in keys]).T
        colour, hatch = FILLS[i]
        axes.barh(y, mean, thick * 0.92, color=colour, hatch=hatch, edgecolor=DARK, lw=0.5, label=label)
        for line, width in (("white", 2.0), (DARK, 0.8)):  # on dark bars too
            look: dict[str, Any] = {"linestyle": "none", "color": line, "elinewidth": width, "capsize": 0}
            axes.errorbar(mean, y, xerr=np.where(np.isfinite(sd), sd, np.nan), **look)
        for at, value in zip(y, mean, strict=True):
            if not np.isfinite(value):
                axes.annotate("–", (0, at), (2, 0), textcoords="offset points", va="center", color=FAINT)
    axes.set_yticks(place, [name.replace(", ", ",\n") if len(name) > 25 else name for name in shown])
    axes.set_ylim(-0.55, len(keys) - 0.45)
    axes.tick_params(axis="y", length=0)
    axes.grid(False, axis="y")
    axes.set_xlim(left=0)


def _of(cohort: Cohort, key: str) -> tuple[float, float]:
    """Mean and SD; NaN for what is not known."""
    if key not in cohort.values:
        return np.nan, np.nan
    sample = cohort.values[key].sample
    return sample.mean, np.nan if sample.sd is None else sample.sd


def _fewer(cohort: Cohort, keys: Sequence[str]) -> list[tuple[str, int]]:
    """Quantities that fewer subjects count for than for others, with how many."""
    n = {k: m.sample.n for k, m in cohort.values.items() if m.sample.n is not None}
    most = max(n.values(), default=0)
    return [(cohort.values[k].name, n[k]) for k in keys if k in n and n[k] < most]


def _words(
    cohorts: Sequence[Cohort], panels: list[list[str]], part: str, units: DoseUnits
) -> tuple[str, str]:
    names = "; ".join(_label(c) for c in cohorts)
    text = f"Doses per administered activity{part}: {names}. Bars: mean; lines: SD between subjects."
    keys = [k for panel in panels for k in panel]
    if any(k not in c.values for c in cohorts for k in keys):
        text += " –: no value."
    fewer = [f"{c.name} in {name} {n}" for c in cohorts for name, n in _fewer(c, keys)]
    if fewer:
        text += f" Fewer subjects: {', '.join(fewer)}."
    bare = [c.name for c in cohorts if any(k in c.values and c.values[k].sample.sd is None for k in keys)]
    if bare:
        text += f" Without a line there is no SD ({', '.join(bare)})."
    if any(c.simulated for c in cohorts):
        text += f" SIMULATED DATA: {', '.join(c.name for c in cohorts if c.simulated)}."
    told = []
    for key in keys[:4]:
        each = [
            f"{c.name} {units.factor * c.values[key].sample.mean:.3g}" for c in cohorts if key in c.values
        ]
        name = next(c.values[key].name for c in cohorts if key in c.values)
        told.append(f"{name}: {', '.join(each)} {_printed(_unit(cohorts, key), units)}.")
    return text, " ".join([text, *told])
