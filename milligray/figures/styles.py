"""Twenty styles that can be told apart, also by colour-blind readers; men and women; no colour stands twice.

The ten colours are those of Okabe and Ito (jfly.uni-koeln.de/color) and four darker or paler ones, moved as
little as gives each pair a distance of :data:`LEAST_DISTANCE` in CIELAB (1976) as normal eyes, protanopes,
deuteranopes and tritanopes see them (Machado, Oliveira & Fernandes, IEEE Trans Vis Comput Graph
2009;15:1291-1298, severity 1). The second ten styles have the same colours, and differ from the first in the
marker's shape, in its being hollow, in the line and in the hatching.
"""

from __future__ import annotations

from typing import Any, NamedTuple

#: Least distance of two of the colours, CIELAB 1976; two patches that touch are told apart at some 2 to 3.
LEAST_DISTANCE = 18.0

COLOURS = (
    "#0A6EAA", "#D25A00", "#00A078", "#C878AA", "#E6A000",
    "#5ABEFA", "#501E78", "#783C00", "#1E1E1E", "#BEC86E",
)  # fmt: skip
_MARKERS = "osD^vPX<>p"
_HOLLOW = "Dvo<sX^>pP"
_DASHES = (0, (5, 1.2))
#: Of areas; none in the first ten.
_HATCH = "//////"


class Style(NamedTuple):
    """How one curve or bar is drawn.

    >>> STYLES[10].colour == STYLES[0].colour, STYLES[10].marker == STYLES[0].marker
    (True, False)
    """

    colour: str
    marker: str
    hollow: bool = False
    line: Any = "-"
    hatch: str | None = None

    def points(self) -> dict[str, Any]:
        """Arguments of ``plot`` and ``errorbar`` for points alone."""
        face = "white" if self.hollow else self.colour
        edge = self.colour if self.hollow else "white"
        width = 0.8 if self.hollow else 0.3
        return {
            "linestyle": "none", "color": self.colour, "marker": self.marker, "markerfacecolor": face,
            "markeredgecolor": edge, "markeredgewidth": width,
        }  # fmt: skip


STYLES = (
    *(Style(c, m) for c, m in zip(COLOURS, _MARKERS, strict=True)),
    *(Style(c, m, True, _DASHES, _HATCH) for c, m in zip(COLOURS, _HOLLOW, strict=True)),
)
#: Men and women, in every figure that tells them apart.
SEXES = {
    "male": Style(COLOURS[0], "o"),
    "female": Style(COLOURS[1], "s", line=(0, (4, 1.2))),
}
SEX_WORDS = {"male": ("man", "men"), "female": ("woman", "women")}
