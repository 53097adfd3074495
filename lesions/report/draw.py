"""Which figures a study's lesions have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lesions.report.figures.contrast import draw_contrast
from lesions.report.figures.page import Study
from lesions.report.figures.uptake import draw_uptake, site_lines

if TYPE_CHECKING:
    from dosimetry.report.figures.options import FigureOptions
    from lesions.part import GivenLesions, LesionResults

Draw = Callable[[Path, "FigureOptions"], None]


def figures(given: GivenLesions, results: LesionResults) -> Mapping[str, Draw]:
    """Path below ``figures/`` -> what draws it; those that have something to show."""
    s, patients = given.settings, results.patients
    texts = {x.site for p in patients for x in p.lesions} | {p.name for p in patients}
    texts |= {r.region for p in patients for r in p.references}
    study = Study(given.name, given.simulated, tuple(sorted(texts)))
    found: dict[str, Draw] = {}
    if s.quantity is not None and site_lines(patients, s.quantity):
        found["lesion_uptake"] = partial(
            draw_uptake, study=study, patients=patients, quantity=s.quantity,
            reference_quantity=s.reference_quantity, scans_h=s.scans_h,
        )  # fmt: skip
    if any(r.ratio is not None for r in results.ratios):
        found["lesion_contrast"] = partial(
            draw_contrast, study=study, ratios=results.ratios, contrasts=results.contrasts
        )
    return found
