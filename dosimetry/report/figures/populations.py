"""Figures of the populations that a study's curves were fitted with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from dosimetry.patients.populations.fitting import FittedPopulation
from dosimetry.report.figures.options import FigureOptions
from dosimetry.report.figures.style import new_figure
from dosimetry.study.results import StudyResult
from kinetics.mixed_effects.figures import agreement
from kinetics.mixed_effects.figures.patients import draw_patients, height_mm, pages_of
from kinetics.mixed_effects.result import IndividualFit


def population_tasks(result: StudyResult, options: FigureOptions) -> dict[str, Callable[[Path], None]]:
    """Name of each figure -> what draws it: pages of patients, and how well a fitted population fits."""
    tasks: dict[str, Callable[[Path], None]] = {}
    for region, one in result.populations.items():
        name = f"populations/{region.replace(' ', '_')}"
        fits = _fits(result, region)
        if fits:
            for page in range(1, pages_of(len(fits), options.width) + 1):
                tasks[name if page == 1 else f"{name}_{page}"] = partial(
                    draw_population, result=result, fits=fits, page=page, options=options
                )
        if one.fit is not None:
            tasks[f"{name}_observed"] = partial(
                draw_fit, result=result, one=one, kind="observed", options=options
            )
            tasks[f"{name}_residuals"] = partial(
                draw_fit, result=result, one=one, kind="residuals", options=options
            )
    return tasks


def _fits(result: StudyResult, region: str) -> list[IndividualFit]:
    """The patients' own fits with the region's population, named by the patients."""
    population = result.populations[region].population
    return [
        replace(used.fit, curve=replace(used.fit.curve, name=used.patient), population=population)
        for used in result.of(region)
        if isinstance(used.fit, IndividualFit)
    ]


def draw_population(
    path: Path, result: StudyResult, fits: list[IndividualFit], page: int, options: FigureOptions
) -> None:
    """Each patient's curve with the population's."""
    with new_figure(path, result, height_mm(len(fits), page, options.width) + 4, options) as figure:
        draw_patients(figure, fits, page=page, width=options.width)


HEIGHTS_MM: Mapping[str, Mapping[str, float]] = {
    "observed": agreement.OBSERVED_MM, "residuals": agreement.RESIDUALS_MM,
}  # fmt: skip


def draw_fit(
    path: Path, result: StudyResult, one: FittedPopulation, kind: str, options: FigureOptions
) -> None:
    """Measured against predicted values, or normalised residuals over time."""
    assert one.fit is not None
    draw = agreement.draw_observed if kind == "observed" else agreement.draw_residuals
    with new_figure(path, result, HEIGHTS_MM[kind][options.width] + 4, options) as figure:
        draw(figure, one.fit, narrow=options.narrow)
