"""A picture of a compartment model: boxes, and arrows with their rates."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from kinetics.compartments.figures.arrows import PLACES, Box, label_at, overlap, paths_between
from kinetics.compartments.figures.placing import Cells, place
from kinetics.compartments.figures.ways import UNITS, Way, entries, pale, regions_of, ways
from kinetics.compartments.model import CompartmentModel
from kinetics.curves.curve import FloatArray
from milligray.figures.files import DPI
from milligray.figures.look import LEAST_PT, MM_PER_IN, WIDTH_MM, common_look
from milligray.figures.styles import STYLES
from milligray.figures.text import fonts_for, legible, one_line, room, short_names, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Least space between two boxes of a row, mm.
BETWEEN_MM = 12.0
INK, LINE, GIVEN = "#1E1E1E", "#5A5A5A", "#0A6EAA"
MARGIN_MM, LINE_MM, DIGIT_MM = 4.0, 2.9, 1.22
#: Half the width of a box, mm, and letters in a line of it: up to five columns, and in six.
WIDE, NARROW, LINES = (12.5, 16), (9.6, 12), 3


def draw_model(
    model: CompartmentModel, *, per: str = "h", rate_names: Mapping[tuple[str, str], str] | None = None
) -> Figure:
    """A picture of a compartment model.

    Parameters
    ----------
    model : the model. Compartments are boxes, coloured by region; sinks stand below with a dashed edge; what
        is put in comes in blue; what is emptied at times has a dashed arrow.
    per : "h", "d" or "min": unit of time of the rates.
    rate_names : (source, target) -> name of a rate, e.g. ``rate_names`` of a model file.

    Returns
    -------
    matplotlib Figure, 183 mm wide at most, to be saved with :func:`kinetics.save_figure`.

    Raises
    ------
    KineticsError : an unknown unit of time.

    Examples
    --------
    >>> from kinetics import read_model
    >>> given = read_model("examples/compartments/two-compartments.toml")
    >>> figure = draw_model(given.model, per=given.time_unit, rate_names=given.rate_names)
    >>> sorted(t.get_text() for t in figure.axes[0].texts if "=" in t.get_text())
    ['k10 = 0.01', 'k12 = 0.1', 'k21 = 0.1']
    """
    from matplotlib.figure import Figure

    arrows = ways(model, per, rate_names or {})
    position = {name: i for i, name in enumerate(model.states)}
    cells = place(
        len(position),
        [(position[a.source], position[a.target]) for a in arrows],
        [position[s] for s in model.sinks],
        sorted({position[e.target] for e in entries(model)}),
    )
    half_w, letters = WIDE if cells[:, 0].max() < 5 else NARROW
    short = short_names(model.states, letters * LINES - 4)
    lines = {name: _in_lines(short[name], letters) for name in model.states}
    top = 8.0 if any(cells[position[e.target], 1] == 0 for e in entries(model)) else 2.0
    longest = max((DIGIT_MM * room(a.label) for a in arrows), default=0.0)  # beside an arrow, too
    margin = max(MARGIN_MM, longest + 2.5 - half_w)
    boxes, size = _boxes(cells, (top, margin), half_w, max(text.count("\n") + 1 for text in lines.values()))
    named = dict(zip(model.states, boxes, strict=True))
    legend_columns = min(max(int(size[0] / 58), 1), 3)
    legend_rows = math.ceil(len(model.regions) / legend_columns)
    note = f"rates {UNITS[per]}" + ("; dashed: emptied at times" if any(a.emptied for a in arrows) else "")
    title = wrapped(legible(one_line(model.name)), max(int(size[0] / 1.9), 20))
    above, below = 4.0 * (title.count("\n") + 1) + 1.0, 4.5 * (legend_rows + 1)
    wide, high = size[0], size[1] + above + below
    texts = [*lines.values(), *(a.label for a in arrows), title, *model.regions]
    with common_look(fonts_for(texts)):
        figure = Figure(figsize=(wide / MM_PER_IN, high / MM_PER_IN), dpi=DPI)
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set(xlim=(0, wide), ylim=(size[1] + below, -above))
        axes.set_axis_off()
        axes.text(MARGIN_MM, -above + 1.5, title, va="top", weight="bold", fontsize=7.5)
        axes.text(MARGIN_MM, size[1] + below - 1.5, note, va="bottom", color=LINE, fontsize=6.5)
        _draw_boxes(axes, model, named, lines)
        paths = paths_between(arrows, named)
        given = _draw_entries(axes, model, named, paths, size)
        _draw_arrows(axes, arrows, paths, boxes, given, wide)
        if model.regions:
            _draw_regions(axes, model, size, legend_columns)
    return figure


def _in_lines(text: str, letters: int) -> str:
    """A name in lines of a box, broken at blanks where it can be, and within a word where it can't."""
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and room(f"{lines[-1]} {word}") > letters:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
        while room(lines[-1]) > letters:
            cut = next(n for n in range(1, len(lines[-1]) + 1) if room(lines[-1][: n + 1]) > letters)
            lines[-1:] = [lines[-1][:cut], lines[-1][cut:]]
    return "\n".join(lines)


def _boxes(
    cells: Cells, free_mm: tuple[float, float], half_w: float, most_lines: int
) -> tuple[list[Box], tuple[float, float]]:
    """Boxes in mm, and width and height of all together with what is free above and at both sides."""
    above, margin = free_mm
    columns, rows = int(cells[:, 0].max()) + 1, int(cells[:, 1].max()) + 1
    half_h = (LINE_MM * most_lines + 3.4) / 2
    # however long a label is: boxes stay apart
    widest = WIDTH_MM["two-columns"] - 2 * half_w - (columns - 1) * (2 * half_w + BETWEEN_MM)
    margin = max(min(margin, widest / 2), MARGIN_MM)
    left_over = WIDTH_MM["two-columns"] - 2 * margin - 2 * half_w
    across = min(left_over / max(columns - 1, 1), 46.0)
    down = max(0.62 * min(across, 38.0), 2 * half_h + 13.0)
    wide = max((columns - 1) * across + 2 * half_w + 2 * margin, 60.0)
    left = (wide - (columns - 1) * across) / 2
    top = above + half_h
    found = [Box(left + across * x, top + down * y, half_w, half_h) for x, y in cells.tolist()]
    return found, (wide, top + down * (rows - 1) + half_h + MARGIN_MM)


def _draw_boxes(
    axes: Axes, model: CompartmentModel, named: Mapping[str, Box], lines: Mapping[str, str]
) -> None:
    from matplotlib.patches import FancyBboxPatch, Rectangle

    colour = {region: STYLES[i % len(STYLES)] for i, region in enumerate(model.regions)}
    for name, own in regions_of(model).items():
        box, sink = named[name], name in model.sinks
        outline = FancyBboxPatch(
            (box.x - box.w + 1, box.y - box.h + 1), 2 * box.w - 2, 2 * box.h - 2,
            boxstyle="round,pad=1", facecolor="white", edgecolor=LINE if sink else INK,
            linewidth=0.8, linestyle=(0, (3, 2)) if sink else "-", zorder=4,
        )  # fmt: skip
        axes.add_patch(outline)
        for i, region in enumerate(own):  # a box in several regions has a part in each one's colour
            part = 2 * box.w / len(own)
            style = colour[region]
            stripe = Rectangle(
                (box.x - box.w + i * part, box.y - box.h), part, 2 * box.h, zorder=4.1, linewidth=0,
                facecolor=pale(style.colour), hatch=style.hatch, edgecolor=pale(style.colour, 0.6),
            )  # fmt: skip
            axes.add_patch(stripe)
            stripe.set_clip_path(outline)
        if own:
            edge = FancyBboxPatch(
                (box.x - box.w + 1, box.y - box.h + 1), 2 * box.w - 2, 2 * box.h - 2, boxstyle="round,pad=1",
                facecolor="none", edgecolor=INK, linewidth=0.8, zorder=4.2,
                linestyle=(0, (3, 2)) if sink else "-",
            )  # fmt: skip
            axes.add_patch(edge)
        axes.text(
            box.x, box.y, lines[name], ha="center", va="center", linespacing=1.15, zorder=5,
            fontsize=6.5 if box.w == WIDE[0] else LEAST_PT,
        )  # fmt: skip


def _draw_entries(
    axes: Axes,
    model: CompartmentModel,
    named: Mapping[str, Box],
    paths: list[FloatArray],
    size: tuple[float, float],
) -> list[Box]:
    """Short blue arrows into boxes, where there is room; the boxes of their texts."""
    lines = np.concatenate(paths) if paths else np.zeros((0, 2))
    taken: list[Box] = []
    for entry in entries(model):
        box = named[entry.target]
        half = DIGIT_MM * len(entry.label) / 2
        options: list[tuple[float, int, FloatArray, FloatArray, Box]] = []
        for dx, dy in itertools.product((-0.62, 0.0, 0.62, -1.0, 1.0), (-1.0, 1.0, 0.0)):
            if (abs(dx) == 1.0) != (dy == 0.0):
                continue
            tip = np.array([box.x + dx * box.w, box.y + dy * box.h])
            away = np.array([dx if dy == 0.0 else 0.0, dy])
            tail = tip + 4.2 * away
            text = Box(tail[0] + away[0] * (half + 0.6), tail[1] + away[1] * 1.6, half, 1.4)
            x, y = (tip + tail) / 2
            shaft = Box(float(x), float(y), 0.7 + abs(away[0]) * 2, 0.7 + abs(away[1]) * 2)
            bad = 2.0 * float(shaft.holds(lines).sum() + text.holds(lines).sum())
            bad += 40.0 * sum(overlap(text, other) for other in [*named.values(), *taken])
            bad += 40.0 * max(text.w - text.x, text.x + text.w - size[0], text.h - text.y - 3.0, 0.0)
            options.append((bad, len(options), tip, tail, text))
        _, _, tip, tail, text = min(options, key=lambda o: o[:2])
        axes.annotate(
            "", tuple(tip), tuple(tail), zorder=3,
            arrowprops={"arrowstyle": "-|>", "color": GIVEN, "lw": 1.1, "shrinkA": 0, "shrinkB": 0.6,
                        "mutation_scale": 7},
        )  # fmt: skip
        axes.text(
            text.x, text.y, entry.label, ha="center", va="center", fontsize=LEAST_PT, color=GIVEN, zorder=6
        )
        taken.append(text)
    return taken


def _draw_arrows(
    axes: Axes, arrows: list[Way], paths: list[FloatArray], boxes: list[Box], given: list[Box], wide: float
) -> None:
    """Arrows, and their labels where they cover least."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    for a, points in zip(arrows, paths, strict=True):
        arrow = FancyArrowPatch(
            path=Path(points), arrowstyle="-|>", mutation_scale=6.5, linewidth=0.75, color=LINE, zorder=2,
            linestyle=(0, (3, 2)) if a.emptied else "-", shrinkA=0, shrinkB=0, joinstyle="miter",
        )  # fmt: skip
        axes.add_patch(arrow)
    taken: list[Box] = []
    every = np.concatenate(paths) if paths else np.zeros((0, 2))
    owner = np.repeat(np.arange(len(paths)), [len(p) for p in paths])
    for i in sorted(range(len(arrows)), key=lambda i: len(paths[i])):
        half = DIGIT_MM * room(arrows[i].label) / 2 + 0.3
        low, high = paths[i].min(0) - 2.5 * half, paths[i].max(0) + 2.5 * half
        others = every[(owner != i) & (every > low).all(1) & (every < high).all(1)]
        near = Box(*((low + high) / 2), *((high - low) / 2))
        near_boxes = [box for box in boxes if overlap(box, near)]
        near_labels = [box for box in (*taken, *given) if overlap(box, near)]
        options = []
        for rank, (share, beside) in enumerate(itertools.product(PLACES, (0, 1, -1))):
            text, hidden = label_at(paths[i], share, beside, half)
            bad = 6.0 * sum(overlap(text, box) for box in near_boxes)
            bad += 12.0 * sum(overlap(text, box) for box in near_labels)
            bad += 20.0 * max(half - text.x, text.x + half - wide, 0.0)
            bad += 0.35 * float(text.holds(others).sum()) + 0.1 * rank + 12.0 * max(hidden - 0.3, 0.0)
            options.append((bad, rank, text))
        text = min(options)[2]
        taken.append(text)
        axes.text(
            text.x, text.y, legible(arrows[i].label), ha="center", va="center", fontsize=LEAST_PT, color=INK,
            zorder=6, bbox={"boxstyle": "square,pad=0.12", "facecolor": "white", "edgecolor": "none"},
        )  # fmt: skip


def _draw_regions(axes: Axes, model: CompartmentModel, size: tuple[float, float], columns: int) -> None:
    from matplotlib.patches import Patch

    short = short_names(tuple(model.regions), max(int(size[0] / columns / 1.35) - 8, 8))
    handles = [
        Patch(
            facecolor=pale(STYLES[i % len(STYLES)].colour), edgecolor=INK, linewidth=0.6, label=short[region],
            hatch=STYLES[i % len(STYLES)].hatch,
        )
        for i, region in enumerate(model.regions)
    ]  # fmt: skip
    axes.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(MARGIN_MM - 1.5, size[1] - 1.0), ncols=columns,
        bbox_transform=axes.transData, borderaxespad=0.0, handlelength=1.6, handleheight=0.9,
    )  # fmt: skip
