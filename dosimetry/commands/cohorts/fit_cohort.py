"""``milligray fit-cohort``: the curves of several patients fitted together, each patient's own area."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dosimetry.commands.curve_options import Corrected, HalfLife, Json, OfNuclide, Unit, half_life, of_file
from dosimetry.errors import DosimetryError

if TYPE_CHECKING:
    from kinetics.curves.cohort_files import CohortFile
    from kinetics.mixed_effects.population import Population
    from kinetics.mixed_effects.result import IndividualFit, PopulationChoice, PopulationFit

#: Models that are compared where none is named; those that the cohort's points cannot support are left out.
MODELS = ("monoexponential", "biexponential", "uptake")
NEEDS_SD = ("sd", "scaled-sd", "sd+proportional")


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("fit-cohort")(fit_cohort)


def fit_cohort(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="CURVES",
            help="A table with columns patient, time_h, value and optionally sd, unit, body_mass_kg; or a"
            " folder of curve files, one a patient.",
        ),
    ],
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            metavar="MODEL",
            help="A model; several: the cohort's likelihood chooses. Not said: "
            "monoexponential, biexponential, uptake.",
        ),
    ] = None,
    residual: Annotated[
        str | None,
        typer.Option(
            help="How values scatter about a patient's curve: proportional, additive, combined (estimated);"
            " sd, scaled-sd, sd+proportional (with column sd). Not said: sd+proportional with a column sd,"
            " else proportional."
        ),
    ] = None,
    covariance: Annotated[
        str, typer.Option(help="diagonal (parameters spread independently over patients) or full.")
    ] = "diagonal",
    criterion: Annotated[str, typer.Option(help="BIC or AIC, by which a model is chosen.")] = "BIC",
    body_mass: Annotated[
        list[str] | None,
        typer.Option(
            "--body-mass",
            metavar="PARAMETER",
            help="A parameter that goes with a power of body mass, which is estimated; may be repeated.",
        ),
    ] = None,
    population: Annotated[
        Path | None,
        typer.Option(
            help="A population that is given (JSON or TOML): each patient is fitted with it, also one"
            " alone, with one point or more."
        ),
    ] = None,
    save_population: Annotated[
        Path | None, typer.Option(help="Write the population, for later patients (.json).")
    ] = None,
    half_life_h: HalfLife = None,
    nuclide: OfNuclide = None,
    decay_corrected: Corrected = None,
    unit: Unit = "",
    csv: Annotated[
        Path | None, typer.Option(help="Write a table of the patients; '-' prints it in place of all else.")
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            help="Draw each patient's curve (PNG, PDF, SVG); beside it NAME_observed and NAME_residuals."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Fit the curves of several patients together: the population, and each patient's own area.

    Patients of few points take part, and take from the others what their own points do not say.
    """
    from dosimetry.commands.cohorts import report

    half_life_h = half_life(half_life_h, nuclide)
    cohort, notes = _read(path, unit, half_life_h, decay_corrected)
    if population is not None:
        _refuse_of_fit(model, covariance, criterion, body_mass, save_population)
        given, fits = _with_given(path, population, cohort, residual)
        content = report.of_given(given, fits, str(population))
        figures: Any = (None, fits)
    else:
        fit, choice = _fitted(path, cohort, model, residual, covariance, criterion, body_mass or [], notes)
        if save_population is not None:
            from kinetics.populations.files import write_population

            write_population(fit.population, save_population)
        content = report.of_fit(fit, choice)
        fits, figures = list(fit.individuals), (fit, list(fit.individuals))
    content = {"file": str(path), "decay_corrected": cohort.curves[0].decay_corrected,
               "half_life_h": half_life_h, **content, "notes": notes}  # fmt: skip
    if plot is not None:
        report.draw(plot, *figures)
    report.tell(content, csv=csv, as_json=as_json)


def _read(
    path: Path, unit: str, half_life_h: float | None, decay_corrected: bool | None
) -> tuple[CohortFile, list[str]]:
    """The curves, and what was taken for granted."""
    from dosimetry.commands.curve_options import stated_half_life
    from kinetics.curves.cohort_files import read_cohort

    stated, notes = stated_half_life(half_life_h, decay_corrected)
    cohort = read_cohort(path, unit=unit, decay_corrected=bool(decay_corrected), half_life_h=stated)
    if cohort.unread:
        notes.append(f"not read: {', '.join(cohort.unread)}")
    for name, times in cohort.blq_time_h.items():
        at = ", ".join(f"{t:g}" for t in times)
        notes.append(f"{name}: below the limit of quantification at {at} h: left out of the fit")
    return cohort, notes


def _refuse_of_fit(
    model: Sequence[str] | None,
    covariance: str,
    criterion: str,
    body_mass: Sequence[str] | None,
    save: Path | None,
) -> None:
    """Options of a population that is fitted play no part with one that is given."""
    said = {
        "--model": bool(model), "--covariance": covariance != "diagonal", "--criterion": criterion != "BIC",
        "--body-mass": bool(body_mass), "--save-population": save is not None,
    }  # fmt: skip
    wrong = [f"{option} is of a population that is fitted, but --population gives one" for option in said
             if said[option]]  # fmt: skip
    if wrong:
        raise DosimetryError(*wrong)


def _masses(path: Path, cohort: CohortFile, why: str) -> list[float]:
    """Every patient's body mass."""
    if not cohort.body_mass_kg:
        raise DosimetryError(f"{path}: column 'body_mass_kg' is missing; {why}")
    return [cohort.body_mass_kg[c.name] for c in cohort.curves]


def _with_given(
    path: Path, file: Path, cohort: CohortFile, residual: str | None
) -> tuple[Population, list[IndividualFit]]:
    """Every patient's fit with a population that is given."""
    from kinetics.errors import KineticsError
    from kinetics.mixed_effects.patient import fit_with_population
    from kinetics.populations.files import read_population
    from milligray.errors import Complaints

    population = read_population(file)
    if residual not in (None, "sd"):
        raise DosimetryError(f"--residual is '{residual}', but the population of {file} has its own; say 'sd'"
                             " for the curves' own standard deviations, or leave it out")  # fmt: skip
    if residual == "sd" and cohort.curves[0].sd is None:
        raise DosimetryError(f"{path}: no column 'sd', which --residual sd needs")
    if cohort.curves[0].unit != population.unit:
        raise DosimetryError(
            f"{path}: the values are in '{cohort.curves[0].unit}', the population of {file} in"
            f" '{population.unit}'; say --unit, or convert them"
        )
    own: list[dict[str, float]] = [{} for _ in cohort.curves]
    names = sorted({e.covariate for e in population.effects})
    if names:
        if names != ["body_mass_kg"]:
            said = ", ".join(names)
            raise DosimetryError(f"{file}: the population goes with {said}; a table has body_mass_kg at most")
        masses = _masses(path, cohort, f"the population of {file} goes with it")
        own = [{"body_mass_kg": mass} for mass in masses]
    fits = []
    with Complaints(KineticsError) as found:
        for curve, patient in zip(cohort.curves, own, strict=True):
            with found.catching(), of_file(path):
                fits.append(fit_with_population(curve, population, patient=patient, residual=residual))
    return population, fits


def _fitted(
    path: Path,
    cohort: CohortFile,
    model: Sequence[str] | None,
    residual: str | None,
    covariance: str,
    criterion: str,
    body_mass: list[str],
    notes: list[str],
) -> tuple[PopulationFit, PopulationChoice | None]:
    """The population that the curves give; of several models the one that is chosen."""
    from dosimetry.patients.population_method import PopulationMethod
    from kinetics.mixed_effects.choice import fit_population_models
    from kinetics.mixed_effects.fit import fit_population
    from kinetics.populations.averaged import believed
    from kinetics.populations.believable import refuse_unbelievable

    with_sd = cohort.curves[0].sd is not None
    if residual is None:
        residual = "sd+proportional" if with_sd else "proportional"
        notes.append(f"residual '{residual}': it was not said how values scatter")
    models = tuple(model or MODELS)
    PopulationMethod(  # its complaints are those of the options
        models=models, residual=residual, covariance=covariance, body_mass=tuple(body_mass),
        criterion=criterion if len(models) > 1 else None, average=True if len(models) > 1 else None,
    )  # fmt: skip
    if residual in NEEDS_SD and not with_sd:
        raise DosimetryError(f"{path}: no column 'sd', which --residual {residual} needs")
    if len(cohort.curves) < 2:
        raise DosimetryError(
            f"{path}: one patient is no population; two or more are needed, or a population that is given"
            " (--population)"
        )
    how: dict[str, Any] = {"residual": residual, "covariance": covariance}
    if body_mass:
        how["covariates"] = {p: ["body_mass_kg"] for p in body_mass}
        how["patients"] = {"body_mass_kg": _masses(path, cohort, "--body-mass needs it")}
    choice = None
    with of_file(path):
        if len(models) == 1:
            fit = fit_population(cohort.curves, models[0], **how)
        else:
            found = fit_population_models(cohort.curves, models=models, criterion=criterion, **how)
            choice = believed(found)
            fit = choice.chosen
        refuse_unbelievable(fit)
    return fit, choice
