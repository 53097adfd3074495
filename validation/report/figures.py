"""The figures of the validation page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from milligray.figures.files import DPI, write_figure
from milligray.figures.look import FAINT, common_look
from milligray.figures.styles import COLOURS
from validation.layers.consistency import Fit
from validation.outcome import FAIL, FORWARD, MISSED, PASS, SHOWN, Outcome
from validation.report.tracers import Tracer

MARKERS = ("o", "s", "D", "^")

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@contextmanager
def drawn(path: Path, width_in: float, height_in: float) -> Iterator[Axes]:
    """Axes of one figure, written to ``path`` when the block ends."""
    from matplotlib.figure import Figure

    with common_look():
        figure = Figure(figsize=(width_in, height_in), dpi=DPI, layout="constrained")
        yield figure.subplots()
        write_figure(figure, path.with_suffix(""))


def draw_forward(path: Path, rows: Sequence[Outcome]) -> None:
    """Differences of the independent forward comparisons, one line a check; hollow marks are not judged."""
    shown = [r for r in rows if r.strength == FORWARD and r.difference_percent is not None]
    groups = list(dict.fromkeys((r.case, r.check) for r in shown))
    colour = {PASS: COLOURS[0], MISSED: COLOURS[1], FAIL: COLOURS[1], SHOWN: FAINT}
    rng = np.random.default_rng(1)
    with drawn(path, 7.2, 5.6) as axes:
        axes.axvspan(-10, 10, color="#F4F6F8", zorder=0)
        axes.axvspan(-5, 5, color="#E4EDF4", zorder=0)
        axes.axvline(0, color=FAINT, linewidth=0.8)
        for place, group in enumerate(reversed(groups)):
            own = [r for r in shown if (r.case, r.check) == group]
            high = rng.uniform(-0.28, 0.28, len(own)) if len(own) > 4 else np.zeros(len(own))
            for row, dy in zip(own, high, strict=True):
                weighted = ", ICRP" in row.quantity
                face = "white" if row.verdict == SHOWN else colour[row.verdict]
                axes.plot(
                    [row.difference_percent or 0.0],
                    [place + (0.0 if weighted else dy)],
                    "D" if weighted else "o",
                    color=colour[row.verdict],
                    markerfacecolor=face,
                    markersize=6 if weighted else 4,
                    zorder=4 if weighted else 3,
                )
        for mark, words, face in (
            ("o", "met", COLOURS[0]),
            ("D", "met, effective dose", COLOURS[0]),
            ("o", "missed", COLOURS[1]),
            ("o", "not judged (cause in the table)", "white"),
        ):
            edge = FAINT if face == "white" else face
            axes.plot([], [], mark, color=edge, markerfacecolor=face, label=words)
        axes.set_yticks(range(len(groups)), [_group(shown, *g) for g in reversed(groups)])
        axes.set_ylim(-0.6, len(groups) - 0.4)
        axes.grid(False, axis="y")
        axes.set_xlabel("ours against published / %   (shaded: 5 and 10 %)")
        axes.set_title("Published input, published result")
        figure = axes.get_figure()
        assert figure is not None
        figure.legend(loc="outside lower center", ncols=4)  # type: ignore[call-arg]


def _group(rows: Sequence[Outcome], case: str, check: str) -> str:
    """A line's label: case and check, or what is compared where that is one value."""
    own = [r.quantity for r in rows if (r.case, r.check) == (case, check)]
    words = own[0] if len(own) == 1 else check if len(check) < 30 else check.partition(",")[0]
    return f"{case.split('_')[0]}: {words}"


def draw_residuals(path: Path, fits: Mapping[str, Fit], order: Sequence[str], allowed_percent: float) -> None:
    """Residuals of layer b by organ; hollow marks are organs that a fit left out and only predicts."""
    place = {t: i for i, t in enumerate(reversed(order))}
    published = next(iter(fits.values())).published
    with drawn(path, 7.2, 7.2) as axes:
        axes.axvspan(-allowed_percent, allowed_percent, color="#EAF2F8", zorder=0)
        axes.axvline(0, color=FAINT, linewidth=0.8)
        width = np.array([100.0 * 0.01 / published[t] for t in place])
        axes.barh(range(len(place)), width, left=-width / 2, height=0.8, color="#D0D0D0", zorder=1)
        shift = np.linspace(0.27, -0.27, len(fits))
        for (name, found), colour, marker, dy in zip(fits.items(), COLOURS, MARKERS, shift, strict=False):
            for targets, face in (
                (set(found.used), colour),
                (set(found.predicted) - set(found.used), "white"),
            ):
                shown = [t for t in place if t in targets]
                axes.plot(
                    [found.residual_percent[t] for t in shown],
                    [place[t] + dy for t in shown],
                    marker,
                    color=colour,
                    markerfacecolor=face,
                    markersize=4.5,
                    zorder=3,
                )
            axes.plot([], [], marker, color=colour, label=_label(name, found))
        axes.plot([], [], "o", color=FAINT, markerfacecolor="white", label="left out of the fit, predicted")
        axes.plot([], [], "s", color="#D0D0D0", markersize=9, label="rounding of the published value")
        axes.set_yticks(range(len(place)), list(place))
        axes.set_ylim(-0.7, len(place) - 0.3)
        axes.grid(False, axis="y")
        axes.set_xlabel("ours against published / %")
        axes.set_title("89Zr-trastuzumab: organ doses from seven source regions")
        figure = axes.get_figure()
        assert figure is not None
        figure.legend(loc="outside lower center", ncols=2)  # type: ignore[call-arg]


def _label(name: str, found: Fit) -> str:
    return f"{name}: rms {found.rms_percent:.1f} %, {len(found.used)} organs"


def draw_tracers(path: Path, tracers: Sequence[Tracer], targets: Sequence[str]) -> None:
    """Organ doses of the tracers side by side: published mean with SD as bars, ours as marks.

    Where two bodies bracket the patients, ours is a line between two marks.
    """
    place = np.arange(len(targets))
    width = 0.8 / len(tracers)
    none = (np.nan, np.nan)
    with drawn(path, 7.2, 4.6) as axes:
        for i, (tracer, colour) in enumerate(zip(tracers, COLOURS, strict=False)):
            x = place + (i - (len(tracers) - 1) / 2) * width
            mean, sd = np.array([tracer.published.get(t, none) for t in targets]).T
            axes.bar(x, mean, width * 0.9, color=colour, alpha=0.5, label=_published(tracer))
            axes.errorbar(x - 0.06, mean, yerr=sd, fmt="none", ecolor="#303030", elinewidth=1.0)
            for j, target in enumerate(targets):
                face = "white" if target in tracer.solved else "black"
                axes.plot(
                    [x[j] + 0.06] * 2,
                    tracer.ours[target],
                    "D-",
                    color="black",
                    markerfacecolor=face,
                    markersize=4,
                    linewidth=1.0,
                )
        axes.plot([], [], "D-", color="black", markersize=4, label="ours, predicted (range: two bodies)")
        axes.plot(
            [], [], "D", color="black", markerfacecolor="white", markersize=4,
            label="ours, fixed by or fitted to the published dose",
        )  # fmt: skip
        axes.set_xticks(place, list(targets), rotation=35, ha="right", rotation_mode="anchor")
        axes.set_ylabel("mGy/MBq; effective dose mSv/MBq")
        axes.set_ylim(0, None)
        axes.grid(False, axis="x")
        axes.set_title("Three 89Zr antibodies: published (bars, SD) and this program (diamonds)")
        axes.legend(loc="upper right")


def _published(tracer: Tracer) -> str:
    return f"{tracer.product}, published, n = {tracer.n}"


def draw_cohort(
    path: Path,
    simulated: Mapping[str, tuple[float, float]],
    published: Mapping[str, tuple[float, float]],
) -> None:
    """Mean and SD of the simulated cohort beside the published, by organ."""
    targets = sorted(published, key=lambda t: published[t][0])
    place = np.arange(len(targets))
    with drawn(path, 7.2, 6.4) as axes:
        for dy, colour, marker, label, values in (
            (0.17, "#1E1E1E", "o", "published, n = 10", published),
            (-0.17, COLOURS[0], "s", "simulated patients", simulated),
        ):
            mean, sd = np.array([values[t] for t in targets]).T
            axes.errorbar(mean, place + dy, xerr=sd, fmt=marker, color=colour, markersize=4, label=label)
        axes.set_yticks(place, targets)
        axes.set_xlim(0, None)
        axes.grid(False, axis="y")
        axes.set_xlabel("mGy/MBq (effective doses mSv/MBq), mean ± SD")
        axes.set_title("89Zr-trastuzumab: simulated patients, from counts to doses")
        axes.legend(loc="lower right")
