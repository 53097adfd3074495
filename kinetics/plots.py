"""Figures: one curve with its candidates, fit, residuals and tail; the clearance of a cohort."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kinetics.choice.choose import Choice
from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError
from kinetics.fitting.result import FitResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, GREY, ORANGE = "#1f5fa8", "#9a9a9a", "#d9822b"
#: Least weight of a candidate that a figure shows.
SHOWN = 0.01
#: The tail is drawn until the curve has fallen to this fraction of its value at the last point.
TAIL_TO = 0.02
FORMATS = (".png", ".pdf", ".svg")


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write a figure as PNG, PDF or SVG.

    Raises
    ------
    KineticsError : another ending, or a folder that isn't there.

    Examples
    --------
    >>> import numpy as np
    >>> from kinetics import Curve, choose_model
    >>> t = np.array([1.0, 24.0, 72.0, 168.0])
    >>> curve = Curve(time_h=t, value=100 * 0.98**t, unit="%IA", decay_corrected=True, half_life_h=78.41)
    >>> choice = choose_model(curve)
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_figure(plot_choice(choice), f"{folder}/serum.svg")
    ...     (Path(folder) / "serum.svg").exists()
    True
    """
    file = Path(path)
    if file.suffix.lower() not in FORMATS:
        raise KineticsError(f"{file}: figures are written as {', '.join(FORMATS)}")
    if not file.parent.is_dir():
        raise KineticsError(f"{file}: there is no folder {file.parent}")
    figure.savefig(file, dpi=150)


def _tail_end(fit: FitResult) -> float:
    """Time in h at which the curve with physical decay is down to TAIL_TO of its value at the last point."""
    last = float(fit.curve.time_h[-1])
    start = float(fit.predict([last], decay_corrected=False)[0])
    end = last
    for _ in range(60):
        end *= 1.15
        if float(fit.predict([end], decay_corrected=False)[0]) < TAIL_TO * start:
            break
    return min(end, 6.0 * last)


def _grid(last: float, end: float) -> FloatArray:
    return np.unique(np.concatenate([np.linspace(0, last, 300), np.linspace(last, end, 200)]))


def plot_choice(choice: Choice, *, log: bool = True) -> Figure:
    """A curve, the candidates in its average, the chosen fit with its 95 % band, the tail, the residuals.

    Parameters
    ----------
    choice : from :func:`kinetics.choose_model`.
    log : logarithmic axis of values.

    Returns
    -------
    matplotlib Figure, to be saved with :func:`save_figure`.

    Examples
    --------
    >>> import numpy as np
    >>> from kinetics import Curve, choose_model
    >>> t = np.array([1.0, 24.0, 72.0, 168.0])
    >>> curve = Curve(time_h=t, value=100 * 0.98**t, unit="%IA", decay_corrected=True, half_life_h=78.41)
    >>> choice = choose_model(curve)
    >>> len(plot_choice(choice).axes)  # the curve, and the residuals below it
    2
    """
    from matplotlib.figure import Figure

    fit = choice.chosen
    curve = fit.curve
    figure = Figure(figsize=(7.5, 6.5), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    last, end = float(curve.time_h[-1]), _tail_end(fit)
    grid = _grid(last, end)
    for candidate in choice.candidates:
        weight = candidate.weight or 0.0
        if weight >= SHOWN and candidate.fit is not None and candidate.model != fit.model:
            line = candidate.fit.predict(grid)
            label = f"{candidate.model} (weight {weight:.2g}, area {candidate.fit.area:.4g})"
            top.plot(grid, line, color=GREY, lw=0.9, ls="--", label=label)
    value, tail = fit.predict(grid), grid >= last
    own = next((c.weight for c in choice.candidates if c.model == fit.model), None)
    score = "" if own is None else f"weight {own:.2g}, "
    se = "" if fit.se_area is None else f" ± {fit.se_area:.2g}"
    chosen = f"{fit.model} ({score}area {fit.area:.4g}{se})"
    top.plot(grid[~tail], value[~tail], color=BLUE, lw=1.8, label=chosen)
    top.plot(grid[tail], value[tail], color=ORANGE, lw=1.8, label="extrapolated")
    percent = 100 * fit.extrapolated_fraction
    top.fill_between(
        grid[tail], 0, value[tail], color=ORANGE, alpha=0.15, lw=0, label=f"tail: {percent:.1f} % of the area"
    )
    band = fit.band(grid)
    if band is not None:
        top.fill_between(grid, band[0], band[1], color=BLUE, alpha=0.15, lw=0, label="95 % band")
    top.errorbar(
        curve.time_h,
        curve.value,
        yerr=curve.sd,
        fmt="o",
        color="black",
        ms=4.5,
        lw=1,
        capsize=2,
        label="measured",
    )
    if log:
        _log_axis(top, curve.value, value)
    else:
        top.set_ylim(bottom=0)
    state = "decay-corrected" if curve.decay_corrected else "as measured"
    top.set_ylabel(f"{curve.name}" + (f" / {curve.unit}" if curve.unit else "") + f" ({state})")
    top.set_title(f"{curve.name}: {fit.model}, {fit.function.formula}", fontsize=10, loc="left")
    top.legend(fontsize=7.5, frameon=False)
    scale = math.sqrt(fit.variance_factor or 1.0)
    bottom.axhline(0, color=GREY, lw=0.8)
    bottom.plot(curve.time_h, fit.residuals / (fit.errors.sd * scale), "o", color="black", ms=4.5)
    largest = float(np.abs(fit.residuals / (fit.errors.sd * scale)).max())
    bottom.set_ylim(-1.25 * max(largest, 2.0), 1.25 * max(largest, 2.0))
    bottom.set_ylabel("residual / SD")
    bottom.set_xlabel("time after administration / h")
    bottom.set_xlim(0, end)
    return figure


def _log_axis(axes: Axes, measured: FloatArray, fitted: FloatArray) -> None:
    axes.set_yscale("log")
    positive = np.concatenate([measured[measured > 0], fitted[fitted > 0]])
    low = max(float(positive.min()), 1e-3 * float(positive.max()))
    axes.set_ylim(0.6 * low, 1.8 * float(positive.max()))
    from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter

    narrow = float(positive.max()) < 100 * low
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if narrow else (1.0,)))
    axes.yaxis.set_major_formatter(FormatStrFormatter("%g"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def plot_cohort(fits: Sequence[FitResult], *, end_h: float | None = None, title: str = "") -> Figure:
    """The clearance of a cohort: every point, the mean of the fits and its standard error, log axis.

    Parameters
    ----------
    fits : one a patient, of curves in one unit and decay state.
    end_h : last time drawn; None: the last measured one.
    title : above the figure.

    Raises
    ------
    KineticsError : fewer than two fits, or curves in different units or decay states.

    Examples
    --------
    >>> import numpy as np
    >>> from kinetics import Curve, choose_model
    >>> t = np.array([1.0, 24.0, 72.0, 168.0])
    >>> curve = Curve(time_h=t, value=100 * 0.98**t, unit="%IA", decay_corrected=True, half_life_h=78.41)
    >>> choice = choose_model(curve)
    >>> plot_cohort([choice.chosen, choice.chosen], title="twice the same").axes[0].get_xlabel()
    'time after administration / h'
    """
    from matplotlib.figure import Figure

    if len(fits) < 2:
        raise KineticsError(f"{len(fits)} curve: a cohort has two or more")
    kinds = {(f.curve.unit, f.curve.decay_corrected) for f in fits}
    if len(kinds) > 1:
        raise KineticsError("the curves of the cohort differ in unit or decay state; bring them to one first")
    unit, corrected = kinds.pop()
    end = end_h if end_h is not None else max(float(f.curve.time_h[-1]) for f in fits)
    grid = np.linspace(0, end, 300)
    lines = np.array([f.predict(grid) for f in fits])
    mean, sem = lines.mean(0), lines.std(0, ddof=1) / math.sqrt(len(fits))
    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.subplots()
    for i, (f, line) in enumerate(zip(fits, lines, strict=True)):
        axes.plot(grid, line, color=GREY, lw=0.6, alpha=0.7)
        label = "measured" if i == 0 else None
        axes.plot(f.curve.time_h, f.curve.value, "o", color=GREY, ms=3.5, alpha=0.8, label=label)
    axes.plot(grid, mean, color=BLUE, lw=2, label=f"mean of {len(fits)} fits")
    axes.fill_between(
        grid, mean - sem, mean + sem, color=BLUE, alpha=0.25, lw=0, label="± standard error of the mean"
    )
    _log_axis(axes, np.concatenate([f.curve.value for f in fits]), lines.ravel())
    state = "decay-corrected" if corrected else "as measured"
    axes.set_xlabel("time after administration / h")
    axes.set_ylabel(f"{unit or 'value'} ({state})")
    axes.set_xlim(0, 1.02 * end)
    axes.set_title(title, fontsize=10, loc="left")
    axes.legend(fontsize=8, frameon=False)
    return figure
