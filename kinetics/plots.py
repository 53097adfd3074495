"""Figures: one curve with its candidates, fit, residuals and tail; the clearance of a cohort."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kinetics.choice.choose import Choice
from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError
from kinetics.fitting.result import FitResult
from milligray.figures.files import DPI, DPI_ALLOWED, FORMATS, drawn, lay_out
from milligray.figures.look import MM_PER_IN, WIDTH_MM, common_look, inches, plain_log
from milligray.figures.text import fonts_for, legible, one_line, shortened, wrapped
from milligray.files import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, GREY, ORANGE = "#0A6EAA", "#8A8A8A", "#D25A00"
#: Least weight of a candidate that a figure shows.
SHOWN = 0.01
#: The tail is drawn until the curve has fallen to this fraction of its value at the last point; then four
#: fifths of the area of a monoexponential tail are in sight, and the data fill most of their panel's height.
TAIL_TO = 0.2
#: Room letters of the legend have at the full width.
LETTERS = 60


def save_figure(figure: Figure, path: str | Path, *, dpi: int = DPI) -> None:
    """Write a figure as PNG, PDF or SVG; equal figures are equal files, whatever your matplotlibrc says.

    path : of the file, whose ending is the format.
    dpi : dots per inch of PNG, 50 to 1200.

    Raises
    ------
    KineticsError : another ending, a folder that isn't there, a resolution out of these limits.

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
    kind = file.suffix.lower().lstrip(".")
    if kind not in FORMATS:
        raise KineticsError(f"{file}: figures are written as {', '.join('.' + f for f in FORMATS)}")
    low, high = DPI_ALLOWED
    if not low <= dpi <= high:
        raise KineticsError(f"dpi of a figure is {dpi}; {low} to {high} is allowed")
    if not file.parent.is_dir():
        raise KineticsError(f"{file}: there is no folder {file.parent}")
    with common_look():
        lay_out(figure)
        content = drawn(figure, kind, dpi)
    write_whole(file, content)


def log_band(
    fit: FitResult, time_h: FloatArray, *, level: float = 0.95
) -> tuple[FloatArray, FloatArray] | None:
    """(N,) lower and upper confidence limits for a log axis; None where undefined.

    They are those of the logarithm by the delta method, value x exp(-+ half width / value): above 0 for all
    times, where the limits of the value itself may reach 0, which a log axis does not have.

    Examples
    --------
    >>> import numpy as np
    >>> from kinetics import Curve, choose_model
    >>> t = np.array([1.0, 24.0, 72.0, 168.0])
    >>> value = 100 * 0.98**t * np.array([1.02, 0.98, 1.01, 0.97])
    >>> curve = Curve(time_h=t, value=value, unit="%IA", decay_corrected=True, half_life_h=78.41)
    >>> fit = choose_model(curve, force="mono").chosen
    >>> low, high = log_band(fit, np.array([500.0]))
    >>> bool(0 < low[0] < fit.predict([500.0])[0] < high[0])
    True
    """
    band = fit.band(time_h, level=level)
    if band is None:
        return None
    value = np.asarray(fit.predict(time_h))
    known = value > 0
    half = np.divide(0.5 * (band[1] - band[0]), value, out=np.full(value.shape, math.nan), where=known)
    with np.errstate(over="ignore"):
        return value * np.exp(-half), value * np.exp(half)


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


def plot_choice(choice: Choice, *, log: bool = True, width: str = "two-columns") -> Figure:
    """A curve, the candidates in its average, the chosen fit with its 95 % band, the tail, the residuals.

    The tail has a panel of its own with its own scale of time, so that the data fill theirs. On a log axis
    the band is that of the logarithm (:func:`log_band`).

    Parameters
    ----------
    choice : from :func:`kinetics.choose_model`.
    log : logarithmic axis of values.
    width : "two-columns" (183 mm) or "one-column" (89 mm) in print.

    Returns
    -------
    matplotlib Figure, to be saved with :func:`save_figure`.

    Raises
    ------
    KineticsError : an unknown width.

    Examples
    --------
    >>> import numpy as np
    >>> from kinetics import Curve, choose_model
    >>> t = np.array([1.0, 24.0, 72.0, 168.0])
    >>> curve = Curve(time_h=t, value=100 * 0.98**t, unit="%IA", decay_corrected=True, half_life_h=78.41)
    >>> choice = choose_model(curve)
    >>> len(plot_choice(choice).axes)  # the curve, its tail, and the residuals below
    3
    """
    fit = choice.chosen
    curve = fit.curve
    if width not in WIDTH_MM:
        raise KineticsError(f"unknown width of a figure '{width}'; there are: {', '.join(WIDTH_MM)}")
    narrow = width == "one-column"
    letters = LETTERS // 2 if narrow else LETTERS
    with _new_figure(width, 110.0, curve.name, curve.unit) as figure:
        grid = figure.add_gridspec(2, 2, height_ratios=[3, 1], width_ratios=[2.6 if narrow else 3.4, 1])
        top = figure.add_subplot(grid[0, 0])
        tail = figure.add_subplot(grid[0, 1], sharey=top)
        bottom = figure.add_subplot(grid[1, 0], sharex=top)
        last, end = float(curve.time_h[-1]), _tail_end(fit)
        times = {top: np.linspace(0, last, 400), tail: np.linspace(last, end, 100)}
        for axes, time in times.items():
            _draw_candidates(axes, choice, time)
        _draw_chosen(top, tail, choice, times[top], times[tail], log=log)
        name = shortened(legible(one_line(curve.name)), letters)
        top.errorbar(
            curve.time_h, curve.value, yerr=curve.sd, fmt="o", color="black", elinewidth=0.7, label="data"
        )
        shown = [curve.value, fit.predict(times[top]), fit.predict(times[tail])[-1:]]
        if log:
            _log_axis(top, curve.value, np.concatenate(shown))
        else:
            top.set_ylim(bottom=0)
        state = "decay-corrected" if curve.decay_corrected else "not decay-corrected"
        unit = f" / {legible(one_line(curve.unit))}" if curve.unit else ""
        top.set_ylabel(f"{shortened(name, 30)}{unit}\n({state})")
        top.set_title(wrapped(f"{name}: {fit.model}, {fit.function.formula}", letters, 3))
        top.tick_params(labelbottom=False)
        tail.set_title(f"tail: {100 * fit.extrapolated_fraction:.1f} %\nof the area")
        tail.spines["left"].set_linestyle((0, (2, 2)))
        tail.tick_params(labelleft=False)
        tail.tick_params(axis="y", which="both", length=0)
        tail.set_xlim(last, end)
        tail.locator_params(axis="x", nbins=3)
        scale = math.sqrt(fit.variance_factor or 1.0)
        residual = fit.residuals / (fit.errors.sd * scale)
        bottom.axhline(0, color=GREY, lw=0.8)
        bottom.plot(curve.time_h, residual, "o", color="black")
        largest = max(float(np.abs(residual).max()), 2.0)
        bottom.set_ylim(-1.25 * largest, 1.25 * largest)
        bottom.set_ylabel("residual / SD")
        bottom.set_xlabel("time after administration / h")
        bottom.set_xlim(-0.02 * last, 1.02 * last)
        handles, labels = top.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=1 if narrow else 2)
    return figure


@contextmanager
def _new_figure(width: str, height_mm: float, *texts: str) -> Iterator[Figure]:
    """A figure of a printed width in the common look, with fonts for these texts."""
    from matplotlib.figure import Figure

    with common_look(fonts_for(texts)):
        yield Figure(figsize=(inches(width), height_mm / MM_PER_IN), dpi=DPI, layout="constrained")


def _draw_candidates(axes: Axes, choice: Choice, time: FloatArray) -> None:
    """The lines of the models that count beside the chosen one."""
    dashes = ((0, (4, 1.5)), (0, (1, 1.2)), (0, (4, 1.2, 1, 1.2)), (0, (7, 2)))
    others = [c for c in choice.candidates if (c.weight or 0.0) >= SHOWN and c.model != choice.chosen.model]
    for i, candidate in enumerate(c for c in others if c.fit is not None):
        assert candidate.fit is not None
        label = f"{candidate.model} (weight {candidate.weight:.2g}, area {candidate.fit.area:.4g})"
        axes.plot(time, candidate.fit.predict(time), color=GREY, lw=0.8, ls=dashes[i % 4], label=label)


def _draw_chosen(
    top: Axes, tail: Axes, choice: Choice, within: FloatArray, beyond: FloatArray, *, log: bool
) -> None:
    """The chosen fit within the data and beyond them, with its band."""
    fit = choice.chosen
    own = next((c.weight for c in choice.candidates if c.model == fit.model), None)
    score = "" if own is None else f"weight {own:.2g}, "
    se = "" if fit.se_area is None else f" ± {fit.se_area:.2g}"
    chosen = f"{fit.model} ({score}area {fit.area:.4g}{se})"
    for axes, time, colour in ((top, within, BLUE), (tail, beyond, ORANGE)):
        axes.plot(time, fit.predict(time), color=colour, lw=1.5, label=chosen if axes is top else None)
        band = log_band(fit, time) if log else fit.band(time)
        if band is not None:
            axes.fill_between(
                time, *band, color=colour, alpha=0.18, lw=0, label="95 % band" if axes is top else None
            )
    if not log:
        tail.fill_between(beyond, 0, fit.predict(beyond), color=ORANGE, alpha=0.12, lw=0)


def _log_axis(axes: Axes, measured: FloatArray, fitted: FloatArray) -> None:
    positive = np.concatenate([measured[measured > 0], fitted[fitted > 0]])
    low = max(float(positive.min()), 1e-4 * float(positive.max()))
    if np.any(measured > 0):
        low = min(low, float(measured[measured > 0].min()))
    axes.set_ylim(0.7 * low, 1.5 * float(positive.max()))
    plain_log(axes)


def plot_cohort(
    fits: Sequence[FitResult], *, end_h: float | None = None, title: str = "", width: str = "two-columns"
) -> Figure:
    """The clearance of a cohort: every point, the mean of the fits and its standard error, log axis.

    Parameters
    ----------
    fits : one a patient, of curves in one unit and decay state.
    end_h : last time drawn; None: the last measured one.
    title : above the figure.
    width : "two-columns" (183 mm) or "one-column" (89 mm) in print.

    Raises
    ------
    KineticsError : an unknown width, fewer than two fits, or curves in different units or decay states.

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
    if width not in WIDTH_MM:
        raise KineticsError(f"unknown width of a figure '{width}'; there are: {', '.join(WIDTH_MM)}")
    narrow = width == "one-column"
    with _new_figure(width, 70.0 if narrow else 95.0, title, unit) as figure:
        axes = figure.subplots()
        for i, (f, line) in enumerate(zip(fits, lines, strict=True)):
            axes.plot(grid, line, color=GREY, lw=0.5, alpha=0.7, label=None if i else "fits")
            label = "data" if i == 0 else None
            axes.plot(f.curve.time_h, f.curve.value, "o", color=GREY, ms=2.6, alpha=0.8, label=label)
        axes.plot(grid, mean, color=BLUE, lw=1.6, label=f"mean of {len(fits)} fits")
        band = (mean - sem, mean + sem)
        axes.fill_between(grid, *band, color=BLUE, alpha=0.25, lw=0, label="± standard error of the mean")
        _log_axis(axes, np.concatenate([f.curve.value for f in fits]), lines.ravel())
        state = "decay-corrected" if corrected else "not decay-corrected"
        axes.set_xlabel("time after administration / h")
        axes.set_ylabel(f"{legible(one_line(unit)) or 'value'} ({state})")
        axes.set_xlim(-0.02 * end, 1.02 * end)
        axes.set_title(wrapped(legible(one_line(title)), LETTERS // 2 if narrow else LETTERS))
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2 if narrow else 4)
    return figure
