"""How wide the columns of a table are on paper, before anything is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dosimetry.dossier.document.table import Table, groups
from dosimetry.dossier.writers.typeset import set_rows

#: Widths of characters in shares of the font's size, as of Arial and its metric likes.
_NARROW, _WIDE = set("iljtfrI.,:;|!'()[]/ -"), set("mwMW@%×")
#: Inner margins of a cell, cm, both together; no column wants to be wider than this, cm.
MARGINS_CM, WRAP_CM = 0.32, 16.0
#: Between groups of columns, in shares of the font's size.
GAP = 1.5
CM_PER_POINT = 2.54 / 72


def text_width(text: str) -> float:
    """About how wide a text is, in shares of the font's size.

    >>> round(text_width("0.123"), 2)
    2.53
    """
    return sum(
        0.30 if c in _NARROW else 0.87 if c in _WIDE else 0.70 if c.isupper() else 0.5575 for c in text
    )


@dataclass(frozen=True)
class Widths:
    """Widths of a table's columns.

    least_cm : of each column where no word is broken.
    best_cm : of each column where nothing wraps that need not.
    """

    least_cm: tuple[float, ...]
    best_cm: tuple[float, ...]

    def fitted(self, available_cm: float) -> tuple[float, ...]:
        """Widths of the columns on a page: what is best, or what fits; wider where there is room.

        >>> [round(w, 3) for w in Widths((1.0, 1.0, 0.5), (9.0, 2.0, 0.5)).fitted(6.0)]
        [3.5, 2.0, 0.5]
        """
        best, least = sum(self.best_cm), sum(self.least_cm)
        if best <= available_cm:
            share = min(available_cm, max(1.25 * best, 0.6 * available_cm)) / best
            return tuple(share * w for w in self.best_cm)
        if least >= available_cm:
            return tuple(w * available_cm / least for w in self.least_cm)
        low, high = 0.0, max(self.best_cm)
        for _ in range(60):  # the widest column that fits: narrow ones get all they want
            level = (low + high) / 2
            low, high = (low, level) if sum(self._at_most(level)) > available_cm else (level, high)
        return self._at_most(low)

    def _at_most(self, level_cm: float) -> tuple[float, ...]:
        return tuple(max(a, min(b, level_cm)) for a, b in zip(self.least_cm, self.best_cm, strict=True))


def widths(table: Table, points: float) -> Widths:
    """Widths that a table's columns need in a font of so many points."""
    rows = [cells for row, cells in set_rows(table) if row.kind != "heading"]
    least, best = [], []
    for i, column in enumerate(table.columns):
        whole = [c[i].text + c[i].letter + c[i].padding for c in rows]
        numbers = [text for c, text in zip(rows, whole, strict=True) if c[i].number or c[i].letter]
        words = [w for c, text in zip(rows, whole, strict=True) if not c[i].number for w in text.split()]
        head = [*column.head.split(), f"({column.unit})" if column.unit else ""]
        # heads are bold: a tenth wider
        narrow = max([1.1 * _longest(head), _longest(numbers), _longest(words)])
        wide = max([narrow, min(_longest(whole), WRAP_CM / (points * CM_PER_POINT))])
        least.append(narrow)
        best.append(max(wide, min(1.1 * text_width(column.head), 1.3 * wide)))
    at = 0
    for name, n in groups(table.columns):
        if name and at:
            least[at], best[at] = least[at] + GAP, best[at] + GAP
        if name and n == 1:  # a group over several columns wraps in their width
            best[at] = max(best[at], min(1.1 * text_width(name), 1.5 * best[at]))
            least[at] = max(least[at], 1.1 * _longest(name.split()))
        at += n
    scale = points * CM_PER_POINT
    return Widths(tuple(w * scale + MARGINS_CM for w in least), tuple(w * scale + MARGINS_CM for w in best))


def _longest(texts: Sequence[str]) -> float:
    return max(map(text_width, texts), default=0.0)
