"""From the curves of patients to areas under them: by fits, or by trapezoids."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from dosimetry.errors import DosimetryError
from dosimetry.patients.curve_methods import AUTO, CurveMethod, names_region
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import ORGANS, SERUM, WHOLE_BODY, WHOLE_GUT, Measurements, Patient
from dosimetry.patients.population_method import BODY_MASS, KnownModel
from dosimetry.patients.populations.curves import converted
from dosimetry.patients.populations.shared import parts_of
from dosimetry.tiacs.tiac import Area
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics.areas.trapezoid import area
from kinetics.choice.choose import Choice, choose_models
from kinetics.curves.curve import Curve
from kinetics.errors import KineticsError
from kinetics.fitting.fit import fit_curves
from kinetics.fitting.result import FitResult
from kinetics.mixed_effects.result import IndividualFit
from kinetics.populations.averaged import individual_choice


@contextmanager
def located(measurements: Measurements, name: str, patient: str) -> Iterator[None]:
    """Tell an error of a computation with the place of the curve that it comes from."""
    try:
        yield
    except KineticsError as error:
        raise DosimetryError(f"{measurements.where(name, patient)}: {error}") from None


def used_curves(
    patients: Sequence[Patient],
    methods: Methods,
    lambda_phys_per_h: float | None,
    *,
    failed: dict[int, DosimetryError] | None = None,
    without: Collection[str] = (),
) -> list[dict[str, UsedCurve]]:
    """Every curve of every patient with its fit or its area, by "whole body", "serum" or source region.

    Curves of one kind (whole body, serum, organs) that have one model and one kind of weights are fitted
    together.

    Parameters
    ----------
    lambda_phys_per_h : physical decay constant, 1/h; None: each curve's own.
    failed : for trials of a Monte Carlo: patient's number -> the first error of it, where one is; none is
        raised then, and what only a reader of areas needs (other rules of trapezoids) is left out. None:
        errors are raised.
    without : regions whose curves are left out.

    Raises
    ------
    DosimetryError : a curve that cannot be fitted or integrated; the message says where it stands. A patient
        has a method of an organ that has no curve.
    """
    found: list[dict[str, UsedCurve]] = [{} for _ in patients]
    for kind in (WHOLE_BODY, SERUM, ORGANS):
        tasks = [
            _Task(i, patient, region, curve, _method(patient, region, methods))
            for i, patient in enumerate(patients)
            for region, curve in _measured(patient, kind).items()
            if region not in without
        ]
        tasks = [_converted(t, methods) if t.method.together else t for t in tasks]
        made = _fits([t for t in tasks if t.method.fitted], methods, lambda_phys_per_h)
        for t in tasks:
            fit = made.get((t.number, t.region))
            try:
                if fit is None:
                    used = _integrated(t, methods, lambda_phys_per_h, alternatives=failed is None)
                else:
                    used = _fitted(t, methods, fit)
            except DosimetryError as error:
                if failed is None:
                    raise
                failed.setdefault(t.number, error)
                continue
            found[t.number][t.region] = used
    for patient in patients:
        _check_all_used(patient)
    return found


class _Task(NamedTuple):
    """One curve that is to become an area, of the patient of a number."""

    number: int
    patient: Patient
    region: str
    curve: Curve
    method: CurveMethod
    notes: tuple[str, ...] = ()


def _converted(task: _Task, methods: Methods) -> _Task:
    """The curve in the unit that patients are fitted together in."""
    curve, note = converted(task.patient, task.region, task.curve, methods)
    return task._replace(curve=curve, notes=(note,)) if note else task


def _measured(patient: Patient, kind: str) -> Mapping[str, Curve]:
    """A patient's curves of one kind."""
    measured = patient.measurements
    assert measured is not None
    if kind == ORGANS:
        return measured.organs
    curve = measured.whole_body if kind == WHOLE_BODY else measured.serum
    return {} if curve is None else {kind: curve}


def _method(patient: Patient, region: str, methods: Methods) -> CurveMethod:
    assert patient.measurements is not None
    try:
        found = methods.of_curve(region, patient.curve_methods)
    except DosimetryError as error:
        raise DosimetryError(f"{patient.measurements.where(region, patient.name)}: {error}") from None
    transit = region == WHOLE_GUT and methods.gut is not None and methods.gut.tail == "transit"
    # what comes after it is a transit's, and needs the whole body's fit
    return replace(found, tail="none") if transit and not found.fitted else found


def _check_all_used(patient: Patient) -> None:
    """A method that a patient has for a curve is for one that was measured."""
    assert patient.measurements is not None
    measured = {WHOLE_BODY, ORGANS, *patient.measurements.organs}
    if patient.measurements.serum is not None:
        measured.add(SERUM)
    for name in patient.curve_methods:
        if name not in measured and not any(names_region(name, region) for region in measured):
            raise DosimetryError(
                f"patient '{patient.name}': a method is named for the curve of '{name}', but there is no"
                f" such curve; there are: {', '.join(sorted(measured - {ORGANS}))}"
            )


def area_of(used: UsedCurve) -> Area:
    """The area from 0 to infinity that a TIAC is made of, and the name of the measurement it rests on."""
    name = f"{used.region} curve" if used.of_organ else used.region
    if used.choice is not None:
        under = used.choice.averaged_area
        return Area(under.value, under.se, name)
    if used.fit is not None:
        return Area(used.fit.area, used.fit.se_area, name)
    assert used.area is not None and used.area.area is not None
    return Area(used.area.area, used.area.se_area, name)


def shared_parts(used: Mapping[str, UsedCurve]) -> dict[str, dict[str, float]]:
    """Measurement -> signed parts of its area's standard error, of curves that were fitted together.

    The measurement is named as :func:`area_of` names it; the parts as
    :func:`dosimetry.patients.populations.shared.parts_of` does.
    """
    found = {area_of(u).name: parts_of(u, area_of(u).name) for u in used.values()}
    return {name: parts for name, parts in found.items() if parts}


Made = FitResult | Choice | KineticsError


def _fits(
    tasks: Sequence[_Task], methods: Methods, lambda_phys_per_h: float | None
) -> dict[tuple[int, str], Made]:
    """The fits of the models that the methods name, or of those chosen among all: one batch a method."""
    by_method: dict[CurveMethod, list[_Task]] = {}
    for t in tasks:
        by_method.setdefault(t.method, []).append(t)
    found: dict[tuple[int, str], Made] = {}
    for method, together in by_method.items():
        if method.together:
            for t in together:
                found[(t.number, t.region)] = _with_population(t, methods, lambda_phys_per_h)
            continue
        curves = [t.curve for t in together]
        assert method.model is not None and method.weights is not None
        made: Sequence[Made]
        if method.model == AUTO:
            made = choose_models(curves, lambda_phys_per_h=lambda_phys_per_h, weights=method.weights)
        else:
            made = fit_curves(
                curves, method.model, lambda_phys_per_h=lambda_phys_per_h, weights=method.weights
            )
        found.update({(t.number, t.region): fit for t, fit in zip(together, made, strict=True)})
    return found


def _with_population(task: _Task, methods: Methods, lambda_phys_per_h: float | None) -> Made:
    """The patient's own fit, or the average over the cohort's models."""
    known = methods.populations.get(task.region)
    measured = task.patient.measurements
    assert measured is not None
    if known is None:
        raise DosimetryError(
            f"{measured.where(task.region, task.patient.name)}: model is 'population', but none was fitted;"
            " dosimetry.with_populations(patients, methods, nuclide) gives methods that have it"
        )
    own = {}
    if known.needs_body_mass:
        why = f"the population of {task.region} goes with it"
        own = {BODY_MASS: task.patient.need(BODY_MASS, why)}
    try:
        if not known.averaged:
            return _of_model(task, known.chosen, own, lambda_phys_per_h)
        fits = {name: _of_model(task, of, own, lambda_phys_per_h) for name, of in known.averaged.items()}
    except KineticsError as error:
        return error
    return individual_choice(known.candidates, fits)


def _of_model(
    task: _Task, known: KnownModel, own: Mapping[str, float], lambda_phys_per_h: float | None
) -> IndividualFit:
    """The patient's fit by one model: of one who took part in its population, else given that population.

    Raises
    ------
    KineticsError : as :func:`kinetics.fit_with_population`.
    """
    from kinetics.mixed_effects.patient import fit_with_population

    if (took_part := known.own_fit(task.patient.name, task.curve)) is not None:
        return took_part
    method, needed = task.method.population, {e.covariate for e in known.population.effects}
    return fit_with_population(
        task.curve,
        known.population,
        lambda_phys_per_h=lambda_phys_per_h,
        patient={name: value for name, value in own.items() if name in needed},
        residual=method.residual if method is not None and method.file else None,
    )


def _fitted(task: _Task, methods: Methods, fit: Made) -> UsedCurve:
    """The curve with its fit, or the error of the fit told with its place."""
    patient, measured = task.patient, task.patient.measurements
    assert measured is not None
    with located(measured, task.region, patient.name):
        if isinstance(fit, KineticsError):
            raise fit
    chosen, choice = (fit.chosen, fit) if isinstance(fit, Choice) else (fit, None)
    return replace(_used(task, methods), fit=chosen, choice=choice)


def _integrated(
    task: _Task, methods: Methods, lambda_phys_per_h: float | None, *, alternatives: bool
) -> UsedCurve:
    """The area by trapezoids."""
    patient, measured, method = task.patient, task.patient.measurements, task.method
    assert measured is not None
    assert method.method is not None and method.first_interval is not None and method.tail is not None
    with located(measured, task.region, patient.name):
        under = area(
            task.curve,
            lambda_phys_per_h=lambda_phys_per_h,
            tail=method.tail,
            first=method.first_interval,
            method=method.method,
            alternatives=alternatives,
        )
        if under.area is None:
            raise KineticsError(f"{under.reason}; choose another tail of the organs' curves (organs.tail)")
    return replace(_used(task, methods), area=under)


def _used(task: _Task, methods: Methods) -> UsedCurve:
    """The curve with what is known of it before it has a fit or an area."""
    measured = task.patient.measurements
    assert measured is not None
    known = methods.populations.get(task.region) if task.method.together else None
    return UsedCurve(
        task.patient.name,
        task.region,
        task.curve,
        method=task.method,
        below_limit=tuple(measured.below_limit.get(task.region, ())),
        notes=(*measured.notes.get(task.region, ()), *task.notes, *(known.notes if known else ())),
    )
