"""Doses in several bodies: a row an organ, a point a body or an age, on a logarithmic axis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.doses.bodies.result import BodyDoses
from dosimetry.doses.bodies.rows import ABSORBED, DoseRow, dose_rows
from dosimetry.errors import DosimetryError
from milligray.figures.look import FAINT, MM_PER_IN, PAGE_MM, WIDTH_MM, common_look, inches, log_ticks
from milligray.figures.styles import STYLES
from milligray.figures.text import fonts_for, legible, one_line, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Height of a row, mm, at most; title, axes and legend beside them.
ROW_MM, AROUND_MM = 5.2, 38.0
#: Points of a row that would lie within so many mm, or have bars, are set apart by so much of a row in all.
NEAR_MM, SPREAD = 2.2, 0.44
LINE = "#D3D8DE"
#: Room of a letter of the legend, mm; letters of a body's name there.
LETTER_MM, LETTERS = 1.35, 34


def plot_doses_in_bodies(
    doses: BodyDoses, *, weights: tuple[str, ...] = ("ICRP 60", "ICRP 103"), width: str = "two-columns"
) -> Figure:
    """Organ doses and effective doses in several bodies, or at all ages: a row an organ, a point a body.

    Rows are ordered by the highest dose; lines join the least and the highest dose of an organ; bars are
    standard errors where they are known. What a body lacks has no point. A sex-averaged effective dose is a
    line across its row. Axes are logarithmic.

    Parameters
    ----------
    doses : from :func:`dosimetry.doses_in_bodies`; up to 20 bodies.
    weights : sets of tissue weights of the effective doses.
    width : "two-columns" (183 mm) or "one-column" (89 mm) in print.

    Returns
    -------
    matplotlib Figure, to be saved with :func:`kinetics.save_figure`.

    Raises
    ------
    DosimetryError : more bodies than there are styles, an unknown width, no dose above 0.

    Examples
    --------
    >>> from dosimetry import AGES, doses_in_bodies
    >>> tiac = {"liver": 0.13, "urinary bladder contents": 0.26, "remainder": 1.7}
    >>> figure = plot_doses_in_bodies(doses_in_bodies(tiac, "F-18", AGES))
    >>> [axes.get_xlabel() for axes in figure.axes]
    ['absorbed dose / (mGy/MBq)', 'effective dose / (mSv/MBq)']
    """
    from matplotlib.figure import Figure

    if width not in WIDTH_MM:
        raise DosimetryError(f"unknown width of a figure '{width}'; there are: {', '.join(WIDTH_MM)}")
    if len(doses) > len(STYLES):
        raise DosimetryError(f"{len(doses)} bodies in one figure; at most {len(STYLES)} can be told apart")
    rows = dose_rows(doses)
    organs = sorted((r for r in rows if r.quantity == ABSORBED), key=_highest)
    effective = [r for r in rows if r.quantity != ABSORBED and r.of in weights][::-1]
    if not any(_highest(r) > 0 for r in organs):
        raise DosimetryError("no dose is above 0: there is nothing to draw on a logarithmic axis")
    main = [r for r in effective if not r.pair]
    row_mm = min(ROW_MM, (PAGE_MM - AROUND_MM) / (len(organs) + len(main)))
    labels = [shortened(legible(one_line(label)), LETTERS) for label in doses]
    columns = max(1, min(len(labels), int(WIDTH_MM[width] / LETTER_MM / (max(map(len, labels)) + 7))))
    height_mm = row_mm * (len(organs) + len(main)) + AROUND_MM + 3.2 * math.ceil(len(labels) / columns)
    with common_look(fonts_for(labels)):
        figure = Figure(figsize=(inches(width), height_mm / MM_PER_IN), layout="constrained")
        top, bottom = figure.subplots(2, 1, height_ratios=[len(organs), len(main) + 0.4])
        room_mm = WIDTH_MM[width] - 42.0
        _draw(top, organs, labels, room_mm)
        nuclides = ", ".join(doses.nuclides)
        top.set_title(f"{shortened(nuclides, 40)}: doses by {'age' if _are_ages(doses) else 'body'}")
        top.set_xlabel("absorbed dose / (mGy/MBq)")
        _draw(bottom, main, labels, room_mm)
        for row in effective:
            if row.pair:
                y = next(i for i, one in enumerate(main) if one.of == row.of)
                value = next(v for v in row.values if not math.isnan(v))
                bottom.plot([value] * 2, [y - 0.42, y + 0.42], color="#1E1E1E", lw=1.4, ls=(0, (1, 0.6)),
                            label="sex-averaged")  # fmt: skip
        bottom.set_xlabel("effective dose / (mSv/MBq)")
        handles, names = bottom.get_legend_handles_labels()
        found = dict(zip(names, map(_point, handles), strict=True))
        found = {label: found.pop(label) for label in labels} | found
        figure.legend(list(found.values()), list(found), loc="outside lower center", ncols=columns)
    return figure


def _are_ages(doses: BodyDoses) -> bool:
    from dosimetry.doses.bodies.in_bodies import AGES

    return set(doses) <= set(AGES)


def _highest(row: DoseRow) -> float:
    return max((v for v in row.values if not math.isnan(v)), default=0.0)


def _point(handle: Any) -> Any:
    """Points of the legend without their error bars."""
    from matplotlib.container import ErrorbarContainer

    return handle[0] if isinstance(handle, ErrorbarContainer) else handle


def _draw(axes: Axes, rows: list[DoseRow], labels: list[str], room_mm: float) -> None:
    """A row a dose and a point a body; what is 0 has no place on the axis, and says so."""
    values = np.array([r.values for r in rows], dtype=float)
    se = np.array([r.se for r in rows], dtype=float)
    drawn = np.where(values > 0.0, values, np.nan)
    place = np.arange(len(rows), dtype=float)
    known = drawn[np.isfinite(drawn)]
    low_end, high_end = (float(known.min()) / 1.25, float(known.max()) * 1.25) if known.size else (0.1, 1.0)
    mm = room_mm / math.log10(high_end / low_end)
    apart = np.array([_near(row, mm) for row in drawn]) | np.isfinite(se).any(axis=1)
    step = SPREAD / max(1, len(labels) - 1)
    for y, row in zip(place, drawn, strict=True):
        there = row[np.isfinite(row)]
        if there.size:
            axes.plot(
                [there.min(), there.max()], [y, y], color=LINE, lw=2.2, solid_capstyle="round", zorder=1
            )
        else:
            axes.annotate("0 in all bodies", (0.0, y), (3, 0), xycoords=("axes fraction", "data"),
                          textcoords="offset points", va="center", fontsize=6, color=FAINT)  # fmt: skip
    for i, label in enumerate(labels):
        style = STYLES[i]
        shift = np.where(apart, SPREAD / 2 - i * step, 0.0) if len(labels) > 1 else 0.0
        # a bar that would reach to 0 or below ends within the axis
        low = np.where(np.isfinite(se[:, i]), np.minimum(se[:, i], 0.9 * drawn[:, i]), 0.0)
        high = np.where(np.isfinite(se[:, i]), se[:, i], 0.0)
        axes.errorbar(
            drawn[:, i], place + shift, xerr=np.vstack([low, high]), label=label, elinewidth=0.6,
            markersize=3.4, ecolor=style.colour, zorder=3, **style.points(),
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xlim(low_end, high_end)
    _plain_ticks(axes, low_end, high_end, room_mm)
    axes.set_yticks(place, [legible(_name(row)) for row in rows])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.grid(False, axis="y")


def _near(row: np.ndarray, mm: float) -> bool:
    """Whether two points of a row lie closer than :data:`NEAR_MM`, where a decade takes ``mm``."""
    x = np.sort(np.log10(row[np.isfinite(row)])) * mm
    return bool(np.any(np.diff(x) < NEAR_MM))


def _name(row: DoseRow) -> str:
    name = row.of if row.quantity == ABSORBED else f"{row.quantity}, {row.of}"
    return f"{name},\n{row.note}" if row.note else name


def _plain_ticks(axes: Axes, low: float, high: float, room_mm: float) -> None:
    """Plain numbers on the logarithmic x axis, as many as it has room for beside each other."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

    axes.xaxis.set_major_locator(FixedLocator(log_ticks(low, high, room_mm / 3.0)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
