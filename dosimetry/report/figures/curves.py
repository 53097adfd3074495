"""Curves with their fits, residuals and tails: the cohort's, and each patient's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.files.output import significant
from dosimetry.report.figures.style import COLOURS, FAINT, decay_words, hours, look_of, new_figure, plain_log
from dosimetry.study.results import COHORT, StudyResult
from dosimetry.tiacs.tiacs import UsedCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from dosimetry.patients.patient import Patient

TITLES = {"whole body": "Whole-body retention", "serum": "Serum concentration"}
#: A curve with points this early gets a second panel that shows them.
EARLY_H = 3.0
MANY_PATIENTS = 24


def _grid(last_h: float) -> np.ndarray:
    return np.unique(np.concatenate([np.linspace(0, min(last_h, 6), 80), np.linspace(0, last_h, 300)]))


def _residual_percent(used: UsedCurve) -> tuple[np.ndarray, np.ndarray | None]:
    assert used.fit is not None
    fitted = used.fit.predict(used.curve.time_h)
    sd = None if used.curve.sd is None else 100 * used.curve.sd / fitted
    return 100 * used.fit.residuals / fitted, sd


def draw_clearance(path: Path, result: StudyResult, region: str) -> None:
    """All patients' curves of the whole body or serum with fits, over the residuals of the fits.

    Where there are early points a first panel shows them; else the first panel is the curve as measured and
    the second the biologic one.
    """
    used = result.of(region)
    last_h = 1.05 * max(float(u.curve.time_h[-1]) for u in used)
    early = sum(bool((u.curve.time_h < EARLY_H).sum() >= 3) for u in used) > len(used) / 2
    state = used[0].curve.decay_corrected
    views = [(EARLY_H, state), (last_h, state)] if early else [(last_h, False), (last_h, True)]
    with new_figure(path, result, 8.4 if early else 9.4, 4.7) as figure:
        panels = figure.subplots(
            2, 2, sharex="col", sharey="row" if early else False, width_ratios=[1, 2.4] if early else [1, 1],
            height_ratios=[3, 1],
        )  # fmt: skip
        for (top, bottom), (end, corrected) in zip(panels.T, views, strict=True):
            for u in used:
                _draw_among(top, bottom, u, result, end, corrected)
            plain_log(top)
            bottom.axhline(0, color="black", linewidth=0.8)
            hours(bottom, end)
            if top is panels[0, 0] or not early:
                top.set_ylabel(f"{_unit(used[0].curve.unit)} ({decay_words(corrected)})")
        panels[1, 0].set_ylabel("residual / %")
        title = f"{TITLES[region]}: {_fit_words(used)}"
        figure.suptitle(title, fontsize=10, weight="bold", x=0.01, ha="left")
        if len(used) <= MANY_PATIENTS:
            handles, labels = panels[0, -1].get_legend_handles_labels()
            legend = "biologic half-life / h"
            figure.legend(handles, labels, loc="outside right upper", title=legend, alignment="left")
        place: dict[str, Any] = (
            {"xy": (0.98, 0.97), "ha": "right"} if early else {"xy": (0.02, 0.03), "ha": "left"}
        )
        panels[0, -1].annotate(
            _cohort_line(result, region), xycoords="axes fraction", va="top" if early else "bottom",
            fontsize=7.5, color=FAINT, **place,
        )  # fmt: skip


def _draw_among(
    top: Axes, bottom: Axes, used: UsedCurve, result: StudyResult, end_h: float, corrected: bool
) -> None:
    """One patient's points, fit and residuals among the others'."""
    assert used.fit is not None
    lam = np.log(2) / result.half_life_h
    curve = used.curve.corrected(lam) if corrected else used.curve.uncorrected(lam)
    style = look_of(result.patients)[used.patient]
    seen = curve.time_h <= end_h
    points: dict[str, Any] = {
        "linestyle": "none",
        "markeredgecolor": "white",
        "markeredgewidth": 0.4,
        **style,
    }
    grid = _grid(end_h)
    top.plot(grid, used.fit.predict(grid, decay_corrected=corrected), color=style["color"], alpha=0.9)
    sd = None if curve.sd is None else curve.sd[seen]
    label = f"{used.patient}  {_half_lives(used)}"
    top.errorbar(curve.time_h[seen], curve.value[seen], sd, label=label, elinewidth=0.8, **points)
    residual, residual_sd = _residual_percent(used)
    bars = None if residual_sd is None else residual_sd[seen]
    bottom.errorbar(curve.time_h[seen], residual[seen], bars, elinewidth=0.6, capsize=0, **points)


def _fit_words(used: list[UsedCurve]) -> str:
    """The models and the weights of curves; those of single patients stand in kinetics.csv."""
    fits = [u.fit for u in used if u.fit is not None]
    models, weights = dict.fromkeys(f.model for f in fits), dict.fromkeys(f.weights for f in fits)
    return f"{', '.join(models)} fits, weights {', '.join(repr(w) for w in weights)}"


def _unit(unit: str) -> str:
    return {"%IA": "% of injected activity", "%IA/L": "% of injected activity per L"}.get(unit, unit)


def _half_lives(used: UsedCurve) -> str:
    assert used.fit is not None
    return " / ".join(f"{h.value:.3g}" for h in used.fit.biologic_half_lives_h.values())


def _cohort_line(result: StudyResult, region: str) -> str:
    """Median and range of the slowest biologic half-life over the cohort."""
    k = result.kinetics
    k = k[
        (k["curve"] == region) & (k["patient"] == COHORT) & k["quantity"].str.startswith("biologic half-life")
    ]
    if not len(k):
        return ""
    values = k.pivot_table(index="quantity", columns="statistic", values="value")
    slowest = values.sort_values("median").iloc[-1]
    return (
        f"biologic half-life, median {slowest['median']:.0f} h"
        f" (range {slowest['minimum']:.0f} to {slowest['maximum']:.0f} h)"
    )


def _drawn_area(
    result: StudyResult, used: UsedCurve, end_h: float
) -> list[tuple[np.ndarray, np.ndarray, bool]]:
    """Pieces (time, value, measured) of an organ's curve as its area counts them, not decay-corrected."""
    lam = np.log(2) / result.half_life_h
    curve = used.curve.uncorrected(lam)
    t, v = curve.time_h, curve.value
    pieces = []
    if used.fit is not None:
        for start, end, measured in ((0, t[0], False), (t[0], t[-1], True), (t[-1], end_h, False)):
            time = np.linspace(start, end, 150)
            pieces.append((time, used.fit.predict(time, decay_corrected=False), measured))
        return pieces
    chosen, area = used.method, used.area
    assert chosen is not None and area is not None
    if t[0] > 0:
        before = np.linspace(0, t[0], 30)
        if chosen.first_interval == "zero":
            first = v[0] * before / t[0]
        else:
            rate = lam if chosen.first_interval == "constant" else np.log(v[0] / v[1]) / (t[1] - t[0])
            first = v[0] * np.exp(-rate * (before - t[0]))
        pieces.append((before, first, False))
    between = np.linspace(t[0], t[-1], 300)
    log = chosen.method != "linear" and bool(np.all(v > 0))
    inside = np.exp(np.interp(between, t, np.log(v))) if log else np.interp(between, t, v)
    pieces.append((between, inside, True))
    rate = lam if chosen.tail == "physical" else area.slope.lambda_z_per_h if area.slope else None
    if rate is not None and chosen.tail != "none":
        after = np.linspace(t[-1], end_h, 60)
        pieces.append((after, v[-1] * np.exp(-rate * (after - t[-1])), False))
    return pieces


def _organ_lines(
    axes: Axes, result: StudyResult, used: UsedCurve, end_h: float, style: dict[str, Any], label: str
) -> None:
    for time, value, measured in _drawn_area(result, used, end_h):
        line: dict[str, Any] = {"linestyle": "-", "linewidth": 1.1}
        if not measured:
            line = {"linestyle": (0, (3, 2)), "linewidth": 0.9}
        axes.plot(time, value * used.to_percent, color=style["color"], **line)
    curve = used.curve.uncorrected(np.log(2) / result.half_life_h)
    sd = None if curve.sd is None else curve.sd * used.to_percent
    points: dict[str, Any] = {
        "linestyle": "none",
        "markeredgecolor": "white",
        "markeredgewidth": 0.4,
        **style,
    }
    axes.errorbar(curve.time_h, curve.value * used.to_percent, sd, elinewidth=0.8, label=label, **points)


def _area_words(used: list[UsedCurve]) -> str:
    """How organ curves become areas, where it is one way for all; dashed is what was not measured."""
    methods = {u.method for u in used}
    (one,) = methods if len(methods) == 1 else (None,)
    said = one.words() if one is not None else "by organ or patient, see kinetics.csv"
    return f"lines: {said}; dashed: not measured"


def draw_organs(path: Path, result: StudyResult) -> None:
    """Activity in each organ, all patients, with the parts of the area that are not measured dashed."""
    used_of_organs = [c for c in result.curves if c.of_organ]
    regions = list(dict.fromkeys(c.region for c in used_of_organs))
    look = look_of(result.patients)
    end = 1.35 * max(float(c.curve.time_h[-1]) for c in used_of_organs)
    columns = min(len(regions), 2)
    rows = -(-len(regions) // columns)
    with new_figure(path, result, 7.6, 0.6 + 2.5 * rows) as figure:
        panels = figure.subplots(rows, columns, sharex=True, squeeze=False)
        for axes, region in zip(panels.flat, regions, strict=False):
            for used in result.of(region):
                _organ_lines(axes, result, used, end, look[used.patient], used.patient)
            plain_log(axes)
            axes.set_title(region.capitalize())
        for axes in panels.flat[len(regions) :]:
            axes.set_visible(False)
        for axes in panels[-1]:
            hours(axes, end)
        figure.supylabel("activity in the organ / % of injected activity (not decay-corrected)", fontsize=9)
        if len(result.patients) <= MANY_PATIENTS:
            handles, labels = panels[0, 0].get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside right upper", title="patient", alignment="left")
        figure.suptitle(f"Organs; {_area_words(used_of_organs)}", fontsize=8, x=0.01, ha="left", color=FAINT)


def draw_patient(path: Path, result: StudyResult, patient: Patient) -> None:
    """One patient: fits with 95 % bands and residuals, organ curves."""
    mine = [c for c in result.curves if c.patient == patient.name]
    fits = [c for c in mine if not c.of_organ]
    organs = [c for c in mine if c.of_organ]
    n = len(fits) + bool(organs)
    with new_figure(path, result, 3.4 * n + 0.4, 3.9) as figure:
        panels = figure.subplots(2, n, squeeze=False, height_ratios=[3, 1])
        for used, (top, bottom) in zip(fits, panels.T, strict=False):
            _draw_fit(top, bottom, used, result.settings.data)
        if organs:
            for axes in panels[:, -1]:
                axes.remove()
            axes = figure.add_subplot(panels[0, -1].get_gridspec()[:, -1])
            end = 1.35 * max(float(c.curve.time_h[-1]) for c in organs)
            for i, used in enumerate(organs):
                style: dict[str, Any] = {"color": COLOURS[i % len(COLOURS)], "marker": "o"}
                _organ_lines(axes, result, used, end, style, used.region)
            plain_log(axes)
            hours(axes, end)
            axes.set_title("Organs")
            axes.set_ylabel("% of injected activity (not decay-corrected)")
            axes.legend(loc="best", ncols=2)
        sex = {"male": "man", "female": "woman"}[patient.sex]
        facts = [f"{patient.name} ({sex}), {patient.phantom}"]
        if patient.body_mass_kg is not None:
            facts.append(f"{patient.body_mass_kg:g} kg")
        if patient.administered_MBq is not None:
            facts.append(f"{patient.administered_MBq:g} MBq {result.settings.product}")
        figure.suptitle(", ".join(facts), fontsize=10, x=0.01, ha="left")


def _draw_fit(top: Axes, bottom: Axes, used: UsedCurve, data: str) -> None:
    """Points, fit and band over residuals; ``data`` is what the points are called."""
    assert used.fit is not None
    curve, fit = used.curve, used.fit
    end = 1.08 * float(curve.time_h[-1])
    grid = _grid(end)
    colour = "#0072B2"
    band = fit.band(grid)
    if band is not None:
        top.fill_between(grid, *band, color=colour, alpha=0.2, linewidth=0, label="95 % band")
    top.plot(grid, fit.predict(grid), color=colour, label=fit.model)
    points: dict[str, Any] = {"linestyle": "none", "marker": "o", "color": "black", "elinewidth": 0.8}
    top.errorbar(curve.time_h, curve.value, curve.sd, label=data, **points)
    plain_log(top)
    top.tick_params(labelbottom=False)
    top.set_xlim(-0.02 * end, 1.02 * end)
    top.set_ylabel(f"{_unit(curve.unit)}\n({decay_words(curve.decay_corrected)})")
    top.set_title(TITLES[used.region])
    lines = []
    for value, se in fit.biologic_half_lives_h.values():
        error = "" if se is None else f" ± {significant(se, 2)}"
        lines.append(f"biologic half-life {significant(value)}{error} h")
    under, se = (fit.area, fit.se_area) if used.choice is None else used.choice.averaged_area
    error = "" if se is None else f" ± {significant(se, 2)}"
    over = "" if used.choice is None else ", averaged over models"
    lines.append(f"AUC {significant(under, 4)}{error} {curve.unit} h{over}")
    lines.append(f"extrapolated {100 * fit.extrapolated_fraction:.0f} %")
    top.annotate("\n".join(lines), (0.98, 0.97), xycoords="axes fraction", ha="right", va="top", fontsize=7)
    top.legend(loc="lower left")
    residual, sd = _residual_percent(used)
    bottom.errorbar(curve.time_h, residual, sd, **points)
    bottom.axhline(0, color=colour, linewidth=0.9)
    bottom.set_ylabel("residual / %")
    hours(bottom, end)
