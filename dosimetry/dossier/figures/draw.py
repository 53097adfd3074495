"""Which figures a dossier has, and drawing them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dosimetry.dossier.document.document import FigureFile
from dosimetry.dossier.figures.clearance import draw_mean_clearance, draw_patients_clearance
from dosimetry.dossier.figures.doses import draw_organ_doses
from dosimetry.dossier.figures.tiacs import draw_tiacs
from milligray.figures.files import DPI

if TYPE_CHECKING:
    from dosimetry.dossier.results.results import Results


def draw_dossier_figures(
    results: Results, folder: str | Path, formats: Sequence[str] = ("png",), dpi: int = DPI
) -> list[FigureFile]:
    """Draw a dossier's figures into a folder: mean clearance, patients' clearance, TIACs, organ doses.

    Parameters
    ----------
    results : of a study; without curves of the whole body and serum there are no figures of clearance.
    folder : must be there.
    formats : of "png", "pdf" and "svg"; PNG is always written, because documents show it.
    dpi : dots per inch of PNG files.

    Returns
    -------
    A figure each with the path of its PNG (``clearance_mean.png``, ``patients_clearance.png``, ``tiacs.png``,
    ``doses.png``, ``doses_2.png`` where there are many organs), caption and alternative text; no numbers yet.
    """
    folder = Path(folder)
    kinds = tuple(dict.fromkeys(("png", *formats)))
    found = [draw(folder, results, kinds, dpi) for draw in (draw_mean_clearance, draw_patients_clearance)]
    found.append(draw_tiacs(folder, results, kinds, dpi))
    return [*(f for f in found if f is not None), *draw_organ_doses(folder, results, kinds, dpi)]
