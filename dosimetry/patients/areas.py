"""From the curves of patients to areas under them: fits of whole body and serum, trapezoids of organs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from dosimetry.errors import DosimetryError
from dosimetry.patients.methods import AUTO, Methods
from dosimetry.patients.patient import SERUM, WHOLE_BODY, Measurements, Patient
from dosimetry.tiacs.tiac import Area
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics.areas.trapezoid import area
from kinetics.choice.choose import Choice, choose_models
from kinetics.curves.curve import Curve
from kinetics.errors import KineticsError
from kinetics.fitting.fit import fit_curves
from kinetics.fitting.result import FitResult


@contextmanager
def located(measurements: Measurements, name: str, patient: str) -> Iterator[None]:
    """Tell an error of a computation with the place of the curve that it comes from."""
    try:
        yield
    except KineticsError as error:
        raise DosimetryError(f"{measurements.where(name, patient)}: {error}") from None


def used_curves(
    patients: Sequence[Patient], methods: Methods, lambda_phys_per_h: float
) -> list[dict[str, UsedCurve]]:
    """Every curve of every patient with its fit or its area, by "whole body", "serum" or source region.

    Raises
    ------
    DosimetryError : a curve that cannot be fitted or integrated; the message says where it stands.
    """
    found: list[dict[str, UsedCurve]] = [{} for _ in patients]
    for name in (WHOLE_BODY, SERUM):
        curves = {i: c for i, p in enumerate(patients) if (c := _measured(p, name)) is not None}
        whose = [patients[i] for i in curves]
        fitted = _fitted(whose, name, list(curves.values()), methods, lambda_phys_per_h)
        for i, fit in zip(curves, fitted, strict=True):
            found[i][name] = fit
    for patient, used in zip(patients, found, strict=True):
        assert patient.measurements is not None
        for region, curve in patient.measurements.organs.items():
            used[region] = _integrated(patient, region, curve, methods, lambda_phys_per_h)
    return found


def _measured(patient: Patient, name: str) -> Curve | None:
    assert patient.measurements is not None
    return patient.measurements.whole_body if name == WHOLE_BODY else patient.measurements.serum


def area_of(used: UsedCurve) -> Area:
    """The area from 0 to infinity that a TIAC is made of, and the name of the measurement it rests on."""
    if used.choice is not None:
        under = used.choice.averaged_area
        return Area(under.value, under.se, used.curve.name)
    if used.fit is not None:
        return Area(used.fit.area, used.fit.se_area, used.curve.name)
    assert used.area is not None and used.area.area is not None
    return Area(used.area.area, used.area.se_area, f"{used.region} curve")


def _fitted(
    patients: Sequence[Patient],
    name: str,
    curves: Sequence[Curve],
    methods: Methods,
    lambda_phys_per_h: float,
) -> list[UsedCurve]:
    """The fits of the model that the methods name, or of the one chosen among all for each curve."""
    if not curves:
        return []
    key = name.replace(" ", "_")
    model, weights = (methods.of(f"{key}_{m}", f"the curve of {name}") for m in ("model", "weights"))
    made: Sequence[FitResult | Choice | KineticsError]
    if model == AUTO:
        made = choose_models(curves, lambda_phys_per_h=lambda_phys_per_h, weights=weights)
    else:
        made = fit_curves(curves, model, lambda_phys_per_h=lambda_phys_per_h, weights=weights)
    found = []
    for patient, curve, fit in zip(patients, curves, made, strict=True):
        measured = patient.measurements
        assert measured is not None
        with located(measured, name, patient.name):
            if isinstance(fit, KineticsError):
                raise fit
        if isinstance(fit, Choice):
            found.append(UsedCurve(patient.name, name, curve, fit=fit.chosen, choice=fit))
        else:
            found.append(UsedCurve(patient.name, name, curve, fit=fit))
    return found


def _integrated(
    patient: Patient, region: str, curve: Curve, methods: Methods, lambda_phys_per_h: float
) -> UsedCurve:
    """The area by trapezoids."""
    what, measured = f"the curve of {region}", patient.measurements
    assert measured is not None
    with located(measured, region, patient.name):
        under = area(
            curve,
            lambda_phys_per_h=lambda_phys_per_h,
            tail=methods.of("tail", what),
            first=methods.of("first_interval", what),
            method=methods.of("organ_trapezoids", what),
        )
        if under.area is None:
            raise KineticsError(f"{under.reason}; choose another tail of the organs' curves (organs.tail)")
    return UsedCurve(patient.name, region, curve, area=under)
