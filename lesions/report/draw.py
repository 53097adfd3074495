"""Which figures a study's lesions have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lesions.report.figures.concordance import draw_concordance
from lesions.report.figures.contrast import draw_contrast
from lesions.report.figures.doses import draw_lesion_doses
from lesions.report.figures.page import Study
from lesions.report.figures.survival import draw_survival
from lesions.report.figures.uptake import draw_uptake, site_lines
from lesions.report.figures.waterfall import draw_waterfall

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
    statistics = results.statistics
    calls = {(j.patient, j.lesion): j.positive for j in statistics.judgements if j.decides}
    if s.response is not None and any(c.lesion and c.percent is not None for c in statistics.changes):
        found["lesion_response"] = partial(
            draw_waterfall, study=study, changes=statistics.changes, calls=calls,
            criterion=s.response.response_criterion(),
        )  # fmt: skip
    if any(c.fdg_lesions for c in statistics.concordances):
        found["lesion_concordance"] = partial(
            draw_concordance, study=study, concordances=statistics.concordances, patterns=statistics.patterns
        )
    if results.doses:
        found["lesion_doses"] = partial(draw_lesion_doses, study=study, doses=results.doses)
    if s.survival is not None:
        for (endpoint, by), classes in statistics.survival.items():
            name = "_".join(f"survival {endpoint} {by}".replace("-", " ").split())
            found[name] = partial(
                draw_survival, study=study, endpoint=endpoint, by=by, classes=classes,
                method=s.survival.interval, level=s.survival.confidence,
            )  # fmt: skip
    return found
