"""Figures of a projection: doses by nuclide, activities for limits, what lies beyond the points."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.report.figures.options import FigureOptions
from dosimetry.report.figures.style import legend_below, new_figure, said
from dosimetry.study.results import EACH
from milligray.figures.look import FAINT, PAGE_MM
from milligray.figures.styles import STYLES, Style
from therapy.exchange.project import RESEARCH, Theranostic

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Regions that are no organs, or of all organs.
NOT_ORGANS = ("total body",)
DARK = "#1E1E1E"


def draw_all(
    folder: Path, found: Theranostic, tables: dict[str, pd.DataFrame], options: FigureOptions
) -> None:
    """All figures into a folder."""
    folder.mkdir(exist_ok=True)
    draw_doses(folder / "theranostic_doses", found, tables["theranostic_doses"], options)
    draw_limits(folder / "theranostic_limits", found, tables["theranostic_limits"], options)
    draw_beyond(folder / "theranostic_beyond_the_points", found, tables["theranostic_tiac"], options)


def _styles(found: Theranostic) -> dict[str, Style]:
    return {one.name: STYLES[i % len(STYLES)] for i, one in enumerate(found.nuclides)}


def _plain_log(axes: Axes) -> None:
    """A logarithmic x axis with plain numbers."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def draw_doses(path: Path, found: Theranostic, doses: pd.DataFrame, options: FigureOptions) -> None:
    """Mean dose of each target by nuclide with its SD, on a logarithmic axis; RBE-weighted ones hollow."""
    each = doses[(doses["statistic"] == EACH) & (doses["n"] > 0) & ~doses["target"].isin(NOT_ORGANS)]
    measured = each[each["nuclide"] == found.measured.name].groupby("target")["dose_mGy_per_MBq"].mean()
    targets = list(measured.sort_values().index)
    place = {t: i for i, t in enumerate(targets)}
    height = min(PAGE_MM, 34 + 4.6 * len(targets))
    with new_figure(path, found.study, height, options) as figure:
        axes = figure.subplots()
        styles = _styles(found)
        offsets = np.linspace(0.26, -0.26, len(found.nuclides)) if len(found.nuclides) > 1 else [0.0]
        for one, offset in zip(found.nuclides, offsets, strict=True):
            rows = each[each["nuclide"] == one.name].groupby("target")
            style = styles[one.name]
            _points(axes, rows["dose_mGy_per_MBq"], place, offset, style, one.name)
            if one.has_alphas:
                hollow = style._replace(hollow=True)
                label = f"{one.name}, RBE-weighted (alphas x {_rbe(each, one.name):g})"
                _points(axes, rows["rbe_weighted_dose_mGy_per_MBq"], place, offset, hollow, label)
        _plain_log(axes)
        axes.set_yticks(range(len(targets)), targets)
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(-0.7, len(targets) - 0.3)
        n = len(found.study.patients)
        fewer = n > 1 and each.groupby("target")["patient"].nunique().min() < n  # organs of one sex
        whom = f", mean of {'up to ' * bool(fewer)}{n} patients ± SD" if n > 1 else ""
        axes.set_xlabel(f"dose / (mGy/MBq){whom}")
        axes.set_title(f"Projected doses, {said(found.study.settings.product, 20 if options.narrow else 60)}")
        handles, labels = axes.get_legend_handles_labels()
        legend_below(figure, options, handles, labels, title=RESEARCH)


def _rbe(frame: pd.DataFrame, nuclide: str) -> float:
    return float(frame[frame["nuclide"] == nuclide]["rbe_alpha"].dropna().iloc[0])


def _points(axes: Axes, group: Any, place: dict[str, int], offset: float, style: Style, label: str) -> None:
    mean, sd = group.mean(), group.std().fillna(0.0)
    y = np.array([place[t] for t in mean.index]) + offset
    keep = mean.to_numpy() > 0.0
    # on a logarithmic axis an SD as large as the mean has no lower end
    low = np.minimum(sd.to_numpy(), 0.95 * mean.to_numpy())
    axes.errorbar(
        mean.to_numpy()[keep], y[keep], xerr=np.stack([low, sd.to_numpy()])[:, keep], elinewidth=0.6,
        capsize=0, label=label, **{**style.points(), "markersize": 3.0},
    )  # fmt: skip


def draw_limits(path: Path, found: Theranostic, limits: pd.DataFrame, options: FigureOptions) -> None:
    """Activity of each patient that reaches each limit, a panel a nuclide; filled: reached first."""
    from matplotlib.ticker import MaxNLocator

    each = limits[(limits["statistic"] == EACH) & limits["activity_MBq"].notna()]
    each = each[each["nuclide"] != found.measured.name] if len(found.nuclides) > 1 else each
    names = list(dict.fromkeys(each["limit"]))[::-1]
    nuclides = list(dict.fromkeys(each["nuclide"]))
    if not names:
        return
    columns = min(len(nuclides), 1 if options.narrow else 3)
    lines = -(-len(nuclides) // columns)
    height = min(PAGE_MM, 24 + lines * (17 + 6.5 * len(names)))
    with new_figure(path, found.study, height, options) as figure:
        panels = np.atleast_1d(figure.subplots(lines, columns, sharey=True, squeeze=False)).ravel()
        styles = _styles(found)
        for nuclide, axes in zip(nuclides, panels, strict=False):
            mine = each[each["nuclide"] == nuclide]
            style = styles[nuclide]
            unit, per_unit = ("GBq", 1e-3) if mine["activity_MBq"].max() >= 1000.0 else ("MBq", 1.0)
            for y, name in enumerate(names):
                _activities(axes, mine[mine["limit"] == name], y, style, per_unit)
            axes.set_yticks(range(len(names)), [said(name, 40) for name in names])
            axes.set_ylim(-0.6, len(names) - 0.4)
            axes.tick_params(axis="y", length=0)
            axes.grid(False, axis="y")
            axes.set_xlim(left=0.0)
            weighted = ", RBE-weighted" if mine["quantity"].str.contains("RBE").any() else ""
            axes.set_title(f"{nuclide}{weighted}")
            axes.xaxis.set_major_locator(MaxNLocator(5))
            axes.set_xlabel(f"activity that reaches the limit / {unit}")
        for axes in panels[len(nuclides) :]:
            axes.set_visible(False)
        handles, labels = _meanings()
        legend_below(figure, options, handles, labels, title=f"In one administration. {RESEARCH}")


def _activities(axes: Axes, rows: pd.DataFrame, y: float, style: Style, per_unit: float) -> None:
    """One limit's row: a point a patient, a bar at the median."""
    if not len(rows):
        return
    spread = y - 0.24 + 0.48 * ((0.5 + 0.618034 * np.arange(len(rows))) % 1.0)
    first = (rows["reached_first"] == "yes").to_numpy()
    x = per_unit * rows["activity_MBq"].to_numpy()
    hollow = style._replace(hollow=True)
    axes.plot(x[first], spread[first], **{**style.points(), "markersize": 3.4})
    axes.plot(x[~first], spread[~first], **{**hollow.points(), "markersize": 3.0})
    axes.plot([np.median(x)] * 2, [y - 0.36, y + 0.36], color=DARK, lw=1.2)


def _meanings() -> tuple[list[Any], list[str]]:
    """Legend of the points and the bar."""
    from matplotlib.lines import Line2D

    grey = Style(FAINT, "o")
    points = [Line2D([], [], **s.points(), markersize=3.4) for s in (grey, grey._replace(hollow=True))]
    bar = Line2D([], [], color=DARK, lw=1.2)
    return [*points, bar], ["reached first in this patient", "other limits", "median"]


def draw_beyond(path: Path, found: Theranostic, tiac: pd.DataFrame, options: FigureOptions) -> None:
    """Shares of the TIACs before the first point, between the points, and after the last, by nuclide."""
    each = tiac[(tiac["statistic"] == EACH) & tiac["last_measured_h"].notna() & (tiac["n"] > 0)]
    sources = list(dict.fromkeys(each["source"]))[::-1]
    if not sources:
        return
    nuclides = [one.name for one in found.nuclides]
    columns = min(len(nuclides), 2 if options.narrow else 4)
    lines = -(-len(nuclides) // columns)
    height = min(PAGE_MM, 26 + lines * (14 + 5.2 * len(sources)))
    with new_figure(path, found.study, height, options) as figure:
        panels = np.atleast_1d(
            figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
        ).ravel()
        for one, axes in zip(found.nuclides, panels, strict=False):
            rows = each[each["nuclide"] == one.name].groupby("source", sort=False)
            mean = rows[["before_first_fraction", "extrapolated_fraction"]].mean().reindex(sources)
            before, after = (100.0 * mean[c].to_numpy() for c in mean.columns)
            place = np.arange(len(sources))
            parts = (
                ("before the first point", before, 0.0 * before, "#E6A000"),
                ("between the points", 100.0 - before - after, before, "#D3D8DE"),
                ("after the last point", after, 100.0 - after, "#0A6EAA"),
            )
            for label, width, left, colour in parts:
                axes.barh(place, width, left=left, height=0.74, color=colour, label=label)
            axes.set_yticks(place, sources)
            axes.tick_params(axis="y", length=0)
            axes.grid(False, axis="y")
            axes.set_xlim(0, 100)
            axes.set_title(f"{one.name} ({_half_life(one.nuclide.half_life_h)})")
        for axes in panels[len(nuclides) :]:
            axes.set_visible(False)
        for axes in panels[max(0, len(nuclides) - columns) : len(nuclides)]:
            axes.set_xlabel("share of the TIAC / %")
        handles, labels = panels[0].get_legend_handles_labels()
        legend_below(figure, options, handles, labels, title=RESEARCH)


def _half_life(hours: float) -> str:
    return f"{hours:.3g} h" if hours < 100 else f"{hours / 24:.3g} d"
