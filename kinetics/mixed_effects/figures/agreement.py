"""Observed against predicted values, and normalised residuals over time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from kinetics.errors import KineticsError
from kinetics.mixed_effects.result import PopulationFit
from milligray.figures.files import DPI
from milligray.figures.look import MM_PER_IN, WIDTH_MM, common_look, inches, plain_log
from milligray.figures.text import fonts_for, legible, one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, FigureBase

    from kinetics.curves.curve import FloatArray

BLUE, GREY, ORANGE = "#0A6EAA", "#8A8A8A", "#D25A00"
#: Heights of figures by their width, mm.
OBSERVED_MM = {"two-columns": 70.0, "one-column": 130.0}
RESIDUALS_MM = {"two-columns": 60.0, "one-column": 110.0}
#: Residuals beyond this many SDs are named by their patient.
NAMED = 3.0


def plot_observed(fit: PopulationFit, *, log: bool = True, width: str = "two-columns") -> Figure:
    """Measured values against those predicted: for the population's median patient, and for each patient.

    Parameters
    ----------
    fit : from :func:`kinetics.fit_population`.
    log : logarithmic axes; values at 0 or below are then left out.
    width : "two-columns" (183 mm) or "one-column" (89 mm) in print.

    Raises
    ------
    KineticsError : an unknown width.

    Examples
    --------
    >>> import numpy as np
    >>> from kinetics import Curve, fit_population
    >>> t = np.array([1.0, 24.0, 72.0])
    >>> facts = {"unit": "%IA", "decay_corrected": True, "half_life_h": 159.5}
    >>> noise = np.array([1.03, 0.98, 1.01])
    >>> curves = [
    ...     Curve(time_h=t, value=4 * np.exp(-r * t) * np.roll(noise, i), name=f"P{i}", **facts)
    ...     for i, r in enumerate((0.008, 0.011, 0.009, 0.014, 0.012))
    ... ]
    >>> fit = fit_population(curves, "monoexponential", residual="proportional")
    >>> [axes.get_title(loc="left") for axes in plot_observed(fit).axes]
    ['population', 'individual']
    """
    unit = legible(one_line(fit.population.unit)) or "value"
    with _figure(width, OBSERVED_MM, unit) as figure:
        draw_observed(figure, fit, log=log, narrow=width == "one-column")
    return figure


def draw_observed(figure: FigureBase, fit: PopulationFit, *, log: bool = True, narrow: bool = False) -> None:
    """Draw :func:`plot_observed` into a figure that is there, in the look that is set."""
    r = fit.residuals
    both = {"population": r.population, "individual": r.individual}
    shown = (r.value > 0) & (r.population > 0) & (r.individual > 0) if log else np.ones(r.value.shape, bool)
    if not shown.any():
        raise KineticsError("no value above 0 to draw on a logarithmic axis")
    values = np.concatenate([r.value[shown], *(p[shown] for p in both.values())])
    low, high = (0.8 * values.min(), 1.25 * values.max()) if log else (0.0, 1.05 * values.max())
    unit = legible(one_line(fit.population.unit)) or "value"
    grid = figure.subplots(2 if narrow else 1, 1 if narrow else 2, squeeze=False)
    for axes, (title, predicted) in zip(grid.ravel(), both.items(), strict=True):
        axes.plot([low, high], [low, high], color=GREY, lw=0.8)
        axes.plot(predicted[shown], r.value[shown], "o", color=BLUE, ms=2.8, alpha=0.75, mew=0)
        axes.set_xlim(low, high)
        axes.set_ylim(low, high)
        if log:
            axes.set_xscale("log")
            plain_log(axes)
            axes.xaxis.set_major_locator(axes.yaxis.get_major_locator())
            axes.xaxis.set_major_formatter(axes.yaxis.get_major_formatter())
            axes.xaxis.set_minor_formatter(axes.yaxis.get_minor_formatter())
            axes.set_xlim(low, high)
        axes.set_aspect("equal")
        axes.set_title(title)
        axes.set_xlabel(f"predicted / {unit}")
        axes.set_ylabel(f"measured / {unit}")


def plot_residuals(fit: PopulationFit, *, width: str = "two-columns") -> Figure:
    """Normalised residuals over time: of the population, and of each patient's own curve.

    Those of the population are decorrelated by how patients differ; if the model holds, both scatter about 0
    with an SD of 1, with no course over time. Points beyond 3 have their patient's name.

    Parameters
    ----------
    fit : from :func:`kinetics.fit_population`.
    width : "two-columns" (183 mm) or "one-column" (89 mm) in print.

    Raises
    ------
    KineticsError : an unknown width.

    Examples
    --------
    >>> import numpy as np
    >>> from kinetics import Curve, fit_population
    >>> t = np.array([1.0, 24.0, 72.0])
    >>> facts = {"unit": "%IA", "decay_corrected": True, "half_life_h": 159.5}
    >>> noise = np.array([1.03, 0.98, 1.01])
    >>> curves = [
    ...     Curve(time_h=t, value=4 * np.exp(-r * t) * np.roll(noise, i), name=f"P{i}", **facts)
    ...     for i, r in enumerate((0.008, 0.011, 0.009, 0.014, 0.012))
    ... ]
    >>> fit = fit_population(curves, "monoexponential", residual="proportional")
    >>> plot_residuals(fit).axes[0].get_ylabel()
    'residual / SD'
    """
    with _figure(width, RESIDUALS_MM, *(i.curve.name for i in fit.individuals)) as figure:
        draw_residuals(figure, fit, narrow=width == "one-column")
    return figure


def draw_residuals(figure: FigureBase, fit: PopulationFit, *, narrow: bool = False) -> None:
    """Draw :func:`plot_residuals` into a figure that is there, in the look that is set."""
    r = fit.residuals
    both = {"population": r.population_weighted, "individual": r.weighted}
    names = [i.curve.name for i in fit.individuals]
    grid = figure.subplots(2 if narrow else 1, 1 if narrow else 2, sharey=True, squeeze=False)
    for axes, (title, residual) in zip(grid.ravel(), both.items(), strict=True):
        _residuals(axes, r.time_h, residual, [names[int(i)] for i in r.curve])
        axes.set_title(title)
        axes.set_xlabel("time after administration / h")
    for axes in grid[:, 0]:
        axes.set_ylabel("residual / SD")
    largest = max(4.0, *(float(np.nanmax(np.abs(x))) for x in both.values()))
    grid[0, 0].set_ylim(-1.15 * largest, 1.15 * largest)


def _residuals(axes: Axes, time_h: FloatArray, residual: FloatArray, names: list[str]) -> None:
    """One panel of residuals, with the band that holds 95 % of normal ones."""
    axes.axhspan(-1.96, 1.96, color=GREY, alpha=0.12, lw=0)
    axes.axhline(0, color=GREY, lw=0.8)
    axes.plot(time_h, residual, "o", color=BLUE, ms=2.8, alpha=0.75, mew=0)
    times = np.unique(time_h)
    if 1 < times.size <= 12:
        median = [float(np.median(residual[time_h == t])) for t in times]
        axes.plot(times, median, color=ORANGE, lw=1.0, ls=(0, (4, 1.5)))
    for i in np.flatnonzero(np.abs(residual) > NAMED):
        axes.annotate(
            legible(one_line(names[i])), (time_h[i], residual[i]), xytext=(3, 0),
            textcoords="offset points", fontsize=6, va="center",
        )  # fmt: skip


@contextmanager
def _figure(width: str, heights_mm: Mapping[str, float], *texts: str) -> Iterator[Figure]:
    """A figure in the common look."""
    from matplotlib.figure import Figure

    if width not in WIDTH_MM:
        raise KineticsError(f"unknown width of a figure '{width}'; there are: {', '.join(WIDTH_MM)}")
    with common_look(fonts_for(texts)):
        size = (inches(width), heights_mm[width] / MM_PER_IN)
        yield Figure(figsize=size, dpi=DPI, layout="constrained")
