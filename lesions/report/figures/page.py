"""What all figures of lesions share: the page with its foot, styles of sites and of normal tissues."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dosimetry.report.figures.options import FigureOptions
from dosimetry.report.figures.style import new_page
from milligray.figures.look import FAINT
from milligray.figures.styles import COLOURS, STYLES, Style
from milligray.figures.text import wrapped

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure

#: Positive and negative lesions or patients, and those of which it is not known; in every figure.
POSITIVE, NEGATIVE, UNKNOWN = COLOURS[1], COLOURS[0], "#B4B4B4"
#: Normal tissues that most studies have; others take what is left.
_OF_TISSUES = {"blood pool": STYLES[1], "liver": STYLES[7], "spleen": STYLES[6], "background": STYLES[8]}
_LEFT = (STYLES[3], STYLES[4], STYLES[5], STYLES[9])


@dataclass(frozen=True)
class Study:
    """What a figure says of its study.

    texts : of the user's that figures show: names of patients, sites, regions.
    """

    name: str
    simulated: bool
    texts: tuple[str, ...] = ()


@contextmanager
def lesion_page(path: Path, study: Study, height_mm: float, options: FigureOptions) -> Iterator[SubFigure]:
    """A figure in the common look, with what it must not be used for in its foot."""
    note = "research software" + ("" if options.narrow else "; not for treatment of a patient")
    texts = (study.name, *study.texts)
    with new_page(
        path, height_mm, options, name=study.name, texts=texts, simulated=study.simulated, note=note
    ) as body:
        yield body


def title(figure: SubFigure, words: str, options: FigureOptions, more: str = "") -> None:
    """The figure's title; ``more``, in plain letters, says how to read it."""
    letters = int(options.width_mm / 1.3)
    head = wrapped(words, int(options.width_mm / 1.75), 3)
    figure.suptitle(
        head if not more else f"{head}\n{wrapped(more, letters, 4)}", x=0.005, ha="left",
        **({"fontsize": 6.5, "weight": "normal", "color": FAINT} if more and not words else {}),
    )  # fmt: skip


def tissue_styles(names: Sequence[str]) -> dict[str, Style]:
    """Style of each normal tissue, the same in every figure."""
    others = [n for n in names if n not in _OF_TISSUES]
    return {n: _OF_TISSUES[n] if n in _OF_TISSUES else _LEFT[others.index(n) % len(_LEFT)] for n in names}
