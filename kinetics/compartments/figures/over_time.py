"""A figure of a compartment model over time: contents with the data beside them, residuals, excretion."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kinetics.compartments.chain import ChainModel
from kinetics.compartments.figures.data import (
    Series,
    activities,
    measured,
    named,
    panel,
    predicted,
    values_of,
)
from kinetics.compartments.fit import CompartmentFit
from kinetics.compartments.given import ModelFile, Observation
from kinetics.compartments.model import CompartmentModel
from kinetics.curves.curve import FloatArray
from kinetics.curves.units import HOURS
from kinetics.errors import KineticsError
from milligray.figures.files import DPI
from milligray.figures.look import MM_PER_IN, WIDTH_MM, common_look, inches, plain_log
from milligray.figures.styles import STYLES, Style
from milligray.figures.text import fonts_for, legible, one_line, short_names, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: The whole body is black and thick, and nothing else is black.
WHOLE_BODY = Style("#1E1E1E", "o")
LINES = tuple(style for style in STYLES if style.colour != WHOLE_BODY.colour)
#: Curves of one panel at most: as many as there are styles.
MOST_CURVES = len(LINES) + 1
#: A log axis reaches so far below its largest value, or to the least data point.
DEPTH = 1e-4
#: Without data and output times a figure ends after so many mean residence times of the whole body.
RESIDENCES = 4.0
#: Emptyings of a compartment that are drawn as steps; later ones are drawn between the other times.
MOST_EVENTS = 200
GREY = "#8A8A8A"


def plot_compartments(
    given: ModelFile,
    fitted: CompartmentFit | None = None,
    *,
    names: Sequence[str] | None = None,
    decay_corrected: bool = False,
    end_h: float | None = None,
    width: str = "two-columns",
) -> Figure:
    """Contents of a model over time, with the data of its file, residuals and cumulative excretion.

    Contents are fractions of the administered activity on a log axis. Data in IA or %IA stand in the same
    panel, brought to its decay state; those in a concentration (``divide_by``) have one of their own, in
    their unit and decay state. Excretion is cumulative and decay-corrected. Times are in the file's unit.

    Parameters
    ----------
    given : from :func:`kinetics.read_model`.
    fitted : its fit; None: the model at the values of the file.
    names : compartments, regions or "whole body" to draw; None: the regions, what is in none of them, the
        whole body, and that of a chain's daughters; of more than 19 those with the largest TIAC, which the
        legend says.
    decay_corrected : contents corrected for physical decay.
    end_h : last time, h; None: that of data or output, or 4 mean residence times of the whole body.
    width : "two-columns" (183 mm) or "one-column" (89 mm) in print.

    Returns
    -------
    matplotlib Figure, to be saved with :func:`kinetics.save_figure`.

    Raises
    ------
    KineticsError : an unknown name or width, an end that is not above 0.

    Examples
    --------
    >>> from kinetics import fit_compartments, read_model
    >>> given = read_model("examples/compartments/two-compartments.toml")
    >>> figure = plot_compartments(given, fit_compartments(given))
    >>> [axes.get_ylabel().splitlines()[0] for axes in figure.axes]
    ['fraction of the administered activity', '%IA/L', 'residual / SD', 'cumulative excretion']
    """
    from matplotlib.figure import Figure

    if width not in WIDTH_MM:
        raise KineticsError(f"unknown width of a figure '{width}'; there are: {', '.join(WIDTH_MM)}")
    model = given.model if fitted is None else fitted.model
    chain = given.chain if fitted is None else fitted.chain
    end = _end(given, model) if end_h is None else end_h
    if not (math.isfinite(end) and end > 0):
        raise KineticsError(f"a figure of contents until {end:g} h; a time above 0 is needed")
    shown, left_out = _shown(given, model, chain, names)
    every = list(dict.fromkeys([*shown, *(named(o) for o in given.observations)]))
    lines = iter(itertools.cycle(LINES))
    styles = {name: WHOLE_BODY if name == "whole body" else next(lines) for name in every}
    series = measured(given, model, chain, fitted, decay_corrected=decay_corrected)
    contents_data = [s for o, s in zip(given.observations, series, strict=True) if o.divide_by is None]
    units = list(dict.fromkeys(panel(o) for o in given.observations if o.divide_by is not None))
    narrow = width == "one-column"
    aside = bool(model.sinks) and not narrow
    heights = [
        3.0,
        *(2.4 for _ in units),
        *([1.2] if series else []),
        *([2.0] if model.sinks and narrow else []),
    ]
    texts = [*styles, model.name, *model.sinks, *(u for u, _ in units)]
    with common_look(fonts_for(texts)):
        # mm: some 22 to a unit of height, and the legend's lines
        legend_mm = 4.0 * math.ceil((len(styles) + 1) / (2 if narrow else 4)) + 14.0
        figure = Figure(
            figsize=(inches(width), (22.0 * sum(heights) + legend_mm) / MM_PER_IN), dpi=DPI,
            layout="constrained",
        )  # fmt: skip
        outer = figure.add_gridspec(1, 2 if aside else 1, width_ratios=[2.3, 1] if aside else None)
        grid = outer[0, 0].subgridspec(len(heights), 1, height_ratios=heights)
        hours = HOURS[given.time_unit]
        time = _times(model, end)
        top = figure.add_subplot(grid[0, 0])
        curves = activities(model, chain, shown, time, decay_corrected)
        _draw_contents(top, time / hours, curves, styles, contents_data, hours)
        state = "decay-corrected" if decay_corrected else "not decay-corrected"
        stable = model.lambda_phys_per_h == 0
        top.set_ylabel(
            "fraction of the amount administered"
            if stable
            else f"fraction of the administered activity\n({state})"
        )
        top.set_title(wrapped(legible(one_line(model.name)), 44 if narrow else 70))
        row = 1
        for unit in units:
            axes = figure.add_subplot(grid[row, 0], sharex=top)
            chosen = [(o, s) for o, s in zip(given.observations, series, strict=True) if panel(o) == unit]
            values = values_of(given, fitted)
            drawn = [predicted(model, chain, o, values, time) for o, _ in chosen]
            _draw_concentration(axes, time / hours, drawn, chosen, styles, hours, stable=stable)
            row += 1
        if series:
            _draw_residuals(figure.add_subplot(grid[row, 0], sharex=top), series, styles, hours)
            row += 1
        for axes in figure.axes[:-1]:
            axes.tick_params(labelbottom=False)
        unit_name = {"h": "h", "d": "d", "min": "min"}[given.time_unit]
        figure.axes[-1].set_xlabel(f"time after administration / {unit_name}")
        top.set_xlim(-0.02 * end / hours, 1.02 * end / hours)
        if model.sinks:
            where = (
                grid[row, 0] if narrow else outer[0, 1].subgridspec(2, 1, height_ratios=_beside(heights))[0]
            )
            _draw_excretion(figure.add_subplot(where), model, time, hours, unit_name)
        _draw_legend(figure, styles, series, left_out, 2 if narrow else 4)
    return figure


def _beside(heights: Sequence[float]) -> list[float]:
    """Heights of excretion beside the first panel, and of what is left empty below it."""
    return [heights[0], max(sum(heights[1:]), 1e-3)]


def _end(given: ModelFile, model: CompartmentModel) -> float:
    last = [float(o.curve.time_h[-1]) for o in given.observations] + list(given.output_h)
    if last and max(last) > 0:
        return max(last)
    entered = sum(model.bolus.values()) + sum(i.fraction for i in model.infusions)
    return RESIDENCES * model.tiac_h()["whole body"] / entered


def _shown(
    given: ModelFile, model: CompartmentModel, chain: ChainModel | None, names: Sequence[str] | None
) -> tuple[list[str], list[str]]:
    """Names of the curves to draw, and of those that there are too many of."""
    if names is not None:
        for name in names:
            model.index(name)
        return list(dict.fromkeys(names)), []
    measured_of = {named(o): None for o in given.observations if o.divide_by is None}
    daughters = [f"{d.name}: whole body" for d in chain.daughters] if chain is not None else []
    last = ["whole body", *dict.fromkeys([*daughters, *(n for n in measured_of if ": " in n)])]
    inside = {member for members in model.regions.values() for member in members}
    kept = [r for r, members in model.regions.items() if not set(members) <= set(model.sinks)]
    tiac = model.tiac_h()
    found = [*kept, *(c for c in model.compartments if c not in inside)]
    found = [name for name in found if tiac[name] > 0 or name in measured_of]  # a chain's daughters have more
    room_left = max(MOST_CURVES - len(last), 1)
    if len(found) <= room_left:
        return [*found, *last], []
    first = sorted(found, key=lambda n: (n not in measured_of, -tiac[n]))[:room_left]
    return [*(n for n in found if n in first), *last], [n for n in found if n not in first]


def _times(model: CompartmentModel, end_h: float) -> FloatArray:
    """Times of the curves: even and logarithmic steps, and both sides of every emptying."""
    at = [np.linspace(0.0, end_h, 161), np.geomspace(end_h * 1e-4, end_h, 60)]
    for _, emptying in model.emptyings.values():
        events = emptying.until(end_h)[:MOST_EVENTS]
        at += [events, events * (1 - 1e-6)]
    for one in model.infusions:
        at.append(np.array([t for t in (one.begin_h, one.begin_h + one.duration_h) if t <= end_h]))
    return np.unique(np.concatenate(at))


def _draw_points(axes: Axes, one: Series, style: Style, hours: float) -> None:
    axes.errorbar(one.time_h / hours, one.value, yerr=one.sd, elinewidth=0.7, zorder=4, **style.points())


def _log_axis(axes: Axes, values: FloatArray, data: FloatArray, room_mm: float) -> None:
    positive = values[values > 0]
    if positive.size == 0:
        return
    low = max(float(positive.min()), DEPTH * float(positive.max()))
    if np.any(data > 0):
        low = min(low, float(data[data > 0].min()))
    axes.set_ylim(0.7 * low, 1.6 * float(max(positive.max(), data.max(initial=0.0))))
    plain_log(axes, room_mm)


def _draw_contents(
    axes: Axes, x: FloatArray, curves: dict[str, FloatArray], styles: dict[str, Style],
    data: Sequence[Series], hours: float,
) -> None:  # fmt: skip
    for name, y in curves.items():
        axes.plot(
            x, np.where(y > 0, y, np.nan), lw=1.6 if name == "whole body" else 1.1,
            color=styles[name].colour, ls=styles[name].line, zorder=3,
        )  # fmt: skip
    for one in data:
        _draw_points(axes, one, styles[one.of], hours)
    every = np.concatenate(list(curves.values()))
    _log_axis(axes, every, np.concatenate([d.value for d in data] or [np.zeros(0)]), 55.0)


def _draw_concentration(
    axes: Axes, x: FloatArray, lines: Sequence[FloatArray], chosen: Sequence[tuple[Observation, Series]],
    styles: dict[str, Style], hours: float, *, stable: bool,
) -> None:  # fmt: skip
    for y, (_, one) in zip(lines, chosen, strict=True):
        style = styles[one.of]
        axes.plot(x, np.where(y > 0, y, np.nan), lw=1.2, color=style.colour, ls=style.line)
        _draw_points(axes, one, style, hours)
    _log_axis(axes, np.concatenate(lines), np.concatenate([s.value for _, s in chosen]), 45.0)
    curve = chosen[0][0].curve
    state = "decay-corrected" if curve.decay_corrected else "not decay-corrected"
    unit = legible(one_line(curve.unit))
    axes.set_ylabel(unit if stable else f"{unit}\n({state})")


def _draw_residuals(axes: Axes, series: Sequence[Series], styles: dict[str, Style], hours: float) -> None:
    axes.axhline(0, color=GREY, lw=0.8)
    for one in series:
        axes.plot(one.time_h / hours, one.residual, **styles[one.of].points())
    largest = max(2.0, *(float(np.abs(s.residual).max()) for s in series))
    axes.set_ylim(-1.25 * largest, 1.25 * largest)
    axes.set_ylabel("residual / SD")


def _draw_excretion(axes: Axes, model: CompartmentModel, time_h: FloatArray, hours: float, unit: str) -> None:
    contents = model.contents(time_h, decay_corrected=True)
    short = short_names(model.sinks, 22)
    total = np.zeros(time_h.size)
    for i, sink in enumerate(model.sinks):
        y = contents[:, model.index(sink)].sum(1)
        total = total + y
        style = LINES[i % len(LINES)]
        dash = ("-", "--", ":", "-.")[i % 4]
        axes.plot(time_h / hours, y, color=style.colour, ls=dash, lw=1.2, label=short[sink])
    if len(model.sinks) > 1:
        axes.plot(time_h / hours, total, color=GREY, lw=1.6, label="together")
    axes.set_ylim(bottom=0.0)
    axes.set_xlim(-0.02 * time_h[-1] / hours, 1.02 * time_h[-1] / hours)
    stable = model.lambda_phys_per_h == 0
    axes.set_ylabel(f"cumulative excretion\n(fraction{'' if stable else ', decay-corrected'})")
    axes.set_xlabel(f"time after administration / {unit}")
    axes.legend(loc="best")


def _draw_legend(
    figure: Figure, styles: dict[str, Style], series: Sequence[Series], left_out: Sequence[str], columns: int
) -> None:
    from matplotlib.lines import Line2D

    short = short_names(tuple(styles), 26)
    with_data = {s.of for s in series}
    handles = []
    for name, style in styles.items():
        points = style.points() if name in with_data else {"color": style.colour}
        handles.append(
            Line2D([], [], **(points | {"linestyle": style.line, "lw": 1.2, "label": short[name]}))
        )
    title = None
    if left_out:
        title = f"{len(left_out)} more with smaller time-integrated activity are not drawn"
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, title=title)
