"""Every patient's curve with the population's, in small panels with one pair of axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError
from kinetics.mixed_effects.result import IndividualFit
from milligray.figures.files import DPI
from milligray.figures.look import MM_PER_IN, WIDTH_MM, common_look, inches, plain_log
from milligray.figures.text import fonts_for, legible, one_line, short_names, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, FigureBase

BLUE, GREY, ORANGE = "#0A6EAA", "#8A8A8A", "#D25A00"
#: Panels of one page, and of one row of it, at most: in print and at half of its width.
MOST, ACROSS = 40, {"two-columns": 6, "one-column": 3}
#: Height of a row of panels, of what stands around them, and of all rows at least, mm.
ROW_MM, AROUND_MM, LEAST_MM = 28.0, 24.0, 55.0
MIDDLE = "middle 90 % of patients"
#: Points of a drawn line.
POINTS = 160
#: Axes of values reach so far below the largest one at most.
DEPTH = 1e-4


def pages_of(patients: int, width: str = "two-columns") -> int:
    """How many pages :func:`plot_patients` has for so many patients.

    >>> pages_of(40), pages_of(41)
    (1, 2)
    """
    return max(1, math.ceil(patients / _most(width)))


def _most(width: str) -> int:
    return MOST if width == "two-columns" else MOST // 2 + 1


def plot_patients(
    fits: Sequence[IndividualFit], *, page: int = 1, log: bool = True, width: str = "two-columns"
) -> Figure:
    """Each patient's points and own curve beside the median of the population and its middle 90 %.

    All panels have the same axes. A panel's title has the patient, the number of points if there are fewer
    than four, and the area. The population's lines are those of its median covariates.

    Parameters
    ----------
    fits : ``PopulationFit.individuals``, or of :func:`kinetics.fit_with_population`; of one population.
    page : of 40 patients each, from 1 on (21 in one column).
    log : logarithmic axis of values.
    width : "two-columns" (183 mm) or "one-column" (89 mm) in print.

    Returns
    -------
    matplotlib Figure, to be saved with :func:`kinetics.save_figure`.

    Raises
    ------
    KineticsError : no fits, of different populations or units, a page that isn't there, an unknown width.

    Examples
    --------
    >>> from kinetics import Curve, Population, Residual, fit_with_population
    >>> kidneys = Population.stated(
    ...     "monoexponential", unit="%IA", median={"A1": 4.0, "lambda1": 0.0095},
    ...     sd_log={"A1": 0.3, "lambda1": 0.25}, source="made up",
    ...     residual=Residual(kind="proportional", b=0.05),
    ... )
    >>> one = Curve(time_h=[96], value=[1.2], unit="%IA", decay_corrected=False, half_life_h=159.5)
    >>> len(plot_patients([fit_with_population(one, kidneys)]).axes)
    1
    """
    _check(fits, page, width)
    names = [legible(one_line(f.curve.name)) for f in fits]
    with common_look(fonts_for([legible(one_line(fits[0].curve.unit)), *names])):
        from matplotlib.figure import Figure

        size = (inches(width), height_mm(len(fits), page, width) / MM_PER_IN)
        figure = Figure(figsize=size, dpi=DPI, layout="constrained")
        draw_patients(figure, fits, page=page, log=log, width=width)
    return figure


def _grid(patients: int, width: str) -> tuple[int, int]:
    """Rows and columns of so many panels."""
    across = 4 if width == "two-columns" and patients in (7, 8) else min(patients, ACROSS[width])
    return math.ceil(patients / across), across


def height_mm(patients: int, page: int = 1, width: str = "two-columns") -> float:
    """Height of a page of :func:`plot_patients`, mm."""
    most = _most(width)
    down, _ = _grid(min(most, patients - (page - 1) * most), width)
    return AROUND_MM + _row_mm(down) * down


def _row_mm(down: int) -> float:
    return max(ROW_MM, LEAST_MM / down)


def draw_patients(
    figure: FigureBase,
    fits: Sequence[IndividualFit],
    *,
    page: int = 1,
    log: bool = True,
    width: str = "two-columns",
) -> None:
    """Draw a page of :func:`plot_patients` into a figure that is there, in the look that is set."""
    _check(fits, page, width)
    narrow, most = width == "one-column", _most(width)
    shown = fits[(page - 1) * most : page * most]
    population, corrected = fits[0].population, fits[0].curve.decay_corrected
    down, across = _grid(len(shown), width)
    names = short_names([f.curve.name for f in fits], 26 if narrow else 20)
    end = max(float(f.curve.time_h[-1]) for f in fits)
    time = np.linspace(0.0, 1.05 * end, POINTS)
    factor = np.ones(POINTS) if corrected else np.exp(-fits[0].lambda_phys_per_h * time)
    middle = factor * population.predict(time)
    band = None
    if not population.free:  # else nothing is known of how patients spread
        band = tuple(factor * population.predict(time, quantile=q) for q in (0.05, 0.95))
    low, high = _limits(fits, middle, log=log)
    unit = legible(one_line(population.unit))
    grid = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    for i, axes in enumerate(grid.ravel()):
        if i >= len(shown):
            axes.set_axis_off()
            continue
        if band is not None:
            axes.fill_between(time, *band, color=ORANGE, alpha=0.13, lw=0, label=MIDDLE)
        axes.plot(time, middle, color=ORANGE, lw=0.9, ls=(0, (4, 1.5)), label="median of the population")
        _draw(axes, shown[i], time, names[shown[i].curve.name])
        axes.set_ylim(low, high)
        axes.set_xlim(-0.03 * end, 1.05 * end)
        axes.locator_params(axis="x", nbins=4)
        if log:
            plain_log(axes, _row_mm(down) - 8.0)
        below = i + across >= len(shown)
        axes.tick_params(labelbottom=below, labelleft=i % across == 0)
        if below:
            axes.set_xlabel("time / h")
    state = "decay-corrected" if corrected else "not decay-corrected"
    figure.supylabel(f"{unit or 'value'} ({state})", fontsize=7)
    pages = pages_of(len(fits), width)
    of = f" (page {page} of {pages})" if pages > 1 else ""
    plural = "s" * (len(fits) > 1)
    area = f"{unit} x h" if unit else "unit x h"
    title = f"{population.model.name}: {len(fits)} patient{plural}, area in {area}{of}"
    figure.suptitle(wrapped(title, 40 if narrow else 90), x=0.01, ha="left")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2 if narrow else 4)


def _check(fits: Sequence[IndividualFit], page: int, width: str) -> None:
    if width not in WIDTH_MM:
        raise KineticsError(f"unknown width of a figure '{width}'; there are: {', '.join(WIDTH_MM)}")
    if not fits:
        raise KineticsError("no patients to draw")
    if len({(f.curve.unit, f.curve.decay_corrected) for f in fits}) > 1:
        raise KineticsError("the patients' curves differ in unit or decay state; bring them to one first")
    if any(f.population is not fits[0].population for f in fits):
        raise KineticsError("the patients were fitted with different populations; draw those of one")
    if not 1 <= page <= pages_of(len(fits), width):
        raise KineticsError(f"page {page} of {pages_of(len(fits), width)} pages")


def _limits(fits: Sequence[IndividualFit], middle: FloatArray, *, log: bool) -> tuple[float, float]:
    """Least and largest value of all panels."""
    tops = [float(f.curve.value.max()) for f in fits] + [float(middle.max())]
    high = max(tops)
    if not log:
        return 0.0, 1.1 * high
    values = np.concatenate([f.curve.value for f in fits])
    low = float(values[values > 0].min()) if np.any(values > 0) else DEPTH * high
    return 0.6 * max(min(low, float(middle[-1])), DEPTH * high), 1.6 * high


def _draw(axes: Axes, fit: IndividualFit, time: FloatArray, name: str) -> None:
    """One patient's points and curve."""
    curve = fit.curve
    last = float(curve.time_h[-1])
    within = time <= last
    axes.plot(time[within], fit.predict(time[within]), color=BLUE, lw=1.2, label="the patient's own curve")
    axes.plot(time[~within], fit.predict(time[~within]), color=BLUE, lw=0.8, ls=(0, (1, 1)))
    axes.errorbar(curve.time_h, curve.value, yerr=curve.sd, fmt="o", ms=3.0, color="black", elinewidth=0.6,
                  label="measured")  # fmt: skip
    n = len(curve)
    few = f", {n} point{'s' * (n > 1)}" if n < 4 else ""
    error = "" if fit.se_area is None else f" ± {fit.se_area:.2g}"
    axes.set_title(f"{name}{few}\n{fit.area:.3g}{error}", fontsize=6.0, fontweight="normal")
