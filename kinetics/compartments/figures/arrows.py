"""Boxes and arrows of a picture in mm: ways round boxes, labels that cover little."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinetics.compartments.figures.ways import Way
from kinetics.curves.curve import FloatArray

#: Half the distance of two arrows to and fro, mm.
APART_MM = 1.1
#: Places of a label along its arrow, best first; bends of an arrow that would go through a box.
PLACES = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82)
BENDS = (0.0, 0.12, -0.12, 0.25, -0.25, 0.4, -0.4)
#: What an arrow keeps clear of a box that it has nothing to do with, mm.
ROUND_BOXES_MM = 0.6
#: Half the height of a label, mm.
LABEL_HIGH = 1.25


class Box(NamedTuple):
    """Centre and half sizes, mm; y downwards."""

    x: float
    y: float
    w: float
    h: float

    def holds(self, points: FloatArray, more: float = 0.0) -> NDArray[np.bool_]:
        """(P,) whether points (P, 2) lie in the box, or in one that is larger on all sides."""
        gap = np.abs(points - np.array([self.x, self.y]))
        inside = (gap[:, 0] < self.w + more) & (gap[:, 1] < self.h + more)
        return np.asarray(inside)


def paths_between(arrows: Sequence[Way], named: Mapping[str, Box]) -> list[FloatArray]:
    """(P, 2) points of each arrow, from edge to edge, bent where it would go through a box."""
    both = {(a.source, a.target) for a in arrows}
    seen: dict[tuple[str, str], int] = {}
    found = []
    for a in arrows:
        ends = (a.source, a.target)
        n = seen[ends] = seen.get(ends, 0) + 1
        apart = APART_MM * (2 * n - 1) if (a.target, a.source) in both or n > 1 else 0.0
        others = np.array([box for name, box in named.items() if name not in ends]).reshape(-1, 4)
        best, fewest = np.zeros((0, 2)), math.inf
        for bend in BENDS:
            points = _curve(named[a.source], named[a.target], bend, apart)
            gap = np.abs(points[:, None] - others[None, :, :2]) - others[None, :, 2:]
            hits = int((gap < ROUND_BOXES_MM).all(-1).sum())
            if hits < fewest:
                best, fewest = points, hits
            if not hits:
                break
        found.append(best)
    return found


def _curve(source: Box, target: Box, bend: float, apart: float) -> FloatArray:
    start, end = np.array([source.x, source.y]), np.array([target.x, target.y])
    length = math.hypot(*(end - start)) or 1.0
    side = np.array([-(end - start)[1], (end - start)[0]]) / length
    if (end - start)[0] < 0 or ((end - start)[0] == 0 and (end - start)[1] < 0):
        bend = -bend  # to and fro bend to the same side
    middle = (start + end) / 2 + side * bend * length
    t = np.linspace(0, 1, 161)[:, None]
    points = (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end + apart * side
    free = ~(source.holds(points, 0.35) | target.holds(points, 0.7))
    return np.asarray(points[free] if free.sum() > 3 else points)


def overlap(a: Box, b: Box) -> float:
    """Area in common, mm2.

    >>> overlap(Box(0.0, 0.0, 2.0, 1.0), Box(3.0, 0.0, 2.0, 1.0))
    2.0
    """
    across = min(a.x + a.w, b.x + b.w) - max(a.x - a.w, b.x - b.w)
    down = min(a.y + a.h, b.y + b.h) - max(a.y - a.h, b.y - b.h)
    return max(across, 0.0) * max(down, 0.0)


def label_at(path: FloatArray, share: float, beside: int, half: float) -> tuple[Box, float]:
    """A label's box on an arrow (0) or beside it (1 right, -1 left), and how much of the arrow it hides."""
    at = round(share * (len(path) - 1))
    way = path[min(at + 2, len(path) - 1)] - path[max(at - 2, 0)]
    side = np.array([-way[1], way[0]]) / (math.hypot(*way) or 1.0)
    x, y = path[at] + beside * side * (abs(side[0]) * half + abs(side[1]) * LABEL_HIGH + 0.35)
    text = Box(float(x), float(y), half, LABEL_HIGH)
    return text, float(text.holds(path).mean())
