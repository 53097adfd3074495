"""Populations fitted once, over all patients, before each patient is fitted with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dosimetry.errors import DosimetryError
from dosimetry.patients.population_method import (
    BODY_MASS,
    POPULATION,
    KnownModel,
    KnownPopulation,
    PopulationMethod,
)
from dosimetry.patients.populations.curves import converted, measured_by_region
from milligray.errors import Complaints

if TYPE_CHECKING:
    from dosimetry.nuclides.nuclide import Nuclide
    from dosimetry.patients.methods import Methods
    from dosimetry.patients.patient import Patient
    from kinetics.curves.curve import Curve
    from kinetics.mixed_effects.population import Population
    from kinetics.mixed_effects.result import PopulationChoice, PopulationFit

#: Shrinkage above which patients' own values are largely the population's (Savic & Karlsson, AAPS J
#: 2009;11:558).
MUCH_SHRINKAGE = 0.3


@dataclass(frozen=True, eq=False)
class FittedPopulation:
    """The population of one region: fitted to the patients' curves, or given.

    region : "whole body", "serum" or a source region.
    patients : whose curves it was fitted to, in the order of the fit; of a given one, who is fitted with it.
    fit : None where it was given. ``choice`` : the models, where there were several.

    Examples
    --------
    >>> from kinetics import Population, Residual
    >>> stated = Population.stated(
    ...     "monoexponential", unit="%IA", median={"A1": 4.0, "lambda1": 0.0095}, sd_log={"lambda1": 0.3},
    ...     residual=Residual(kind="proportional", b=0.05), source="a paper",
    ... )
    >>> method = PopulationMethod(file="kidneys.json")
    >>> FittedPopulation("kidneys", method, ("P1",), stated).known.notes
    ('fitted with a given population (monoexponential): a paper',)
    """

    region: str
    method: PopulationMethod
    patients: tuple[str, ...]
    population: Population
    fit: PopulationFit | None = None
    choice: PopulationChoice | None = None

    @property
    def averaged(self) -> dict[str, PopulationFit]:
        """Model -> its fit, of those that areas are averaged over, the heaviest first; empty: no average."""
        if self.choice is None or not self.method.average:
            return {}
        by_model = {c.model: c.fit for c in self.choice.candidates}
        found = {name: by_model[name] for name in self.choice.averaged_over}
        return {name: fit for name, fit in found.items() if fit is not None}

    @property
    def others(self) -> dict[str, Population]:
        """Model -> its population, of the average's models but for the chosen one."""
        return {name: fit.population for name, fit in self.averaged.items() if fit is not self.fit}

    @property
    def known(self) -> KnownPopulation:
        """What travels to where patients are fitted."""
        from kinetics.populations.averaged import candidates_of

        def of(population: Population, fit: PopulationFit | None) -> KnownModel:
            own = fit.individuals if fit is not None else ()
            return KnownModel(population, dict(zip(self.patients, own, strict=True)) if own else {})

        return KnownPopulation(
            self.region, of(self.population, self.fit), tuple(dict.fromkeys(self._notes())),
            {name: of(fit.population, fit) for name, fit in self.averaged.items()},
            candidates_of(self.choice) if self.choice is not None and self.averaged else (),
        )  # fmt: skip

    def _notes(self) -> Iterator[str]:
        if self.fit is None:
            p = self.population
            n = f", {p.n_patients} patients" if p.n_patients else ""
            source = f": {p.source}" if p.source else ""
            yield f"fitted with a given population ({p.model.name}{n}){source}"
            return
        fit = self.fit
        yield f"fitted with the population of {fit.n_patients} patients' curves ({fit.population.model.name})"
        if self.averaged and self.choice is not None:
            weights = {c.model: c.weight or 0.0 for c in self.choice.candidates}
            said = ", ".join(f"{name} {100 * weights[name]:.3g} %" for name in self.averaged)
            yield f"area averaged over the cohort's models by {self.choice.criterion}: {said}"
        if much := {p: s for p, s in fit.shrinkage.items() if s is not None and s > MUCH_SHRINKAGE}:
            said = ", ".join(f"{p} {100 * s:.0f} %" for p, s in much.items())
            yield f"shrinkage: {said}; these are mostly the population's in each patient"
        yield from fit.warnings
        if self.choice is not None:
            yield from self.choice.warnings
        for name in self.others:
            told = self.averaged[name].warnings
            yield from (f"of '{name}', in the average: {warning}" for warning in told)


def with_populations(
    patients: Sequence[Patient],
    methods: Methods,
    of: str | Nuclide,
    *,
    given: Mapping[str, Population] | None = None,
) -> tuple[Methods, dict[str, FittedPopulation]]:
    """Fit the populations that the methods name, over all patients; each patient's curve is fitted later.

    Parameters
    ----------
    patients : of the whole study, with their measurements.
    methods : with model "population" for the whole body, serum, organs, or some of them.
    of : the nuclide, e.g. "Lu-177".
    given : populations by the file that the methods name.

    Returns
    -------
    The methods with ``populations``, which any patient can be computed with, and the fits by region. Methods
    that name no population come back as they are.

    Raises
    ------
    DosimetryError : one patient alone; patients' curves of one region in different units; no body mass where
        it is needed; a fit that fails; a population of another model's unit. All regions' mistakes at once.

    Examples
    --------
    >>> import numpy as np
    >>> from dosimetry import Measurements, Methods, Patient, PopulationMethod, nuclide
    >>> from kinetics import Curve
    >>> def patient(name, rate, times):
    ...     t = np.array(times)
    ...     probe = Curve(
    ...         time_h=t, value=100 * np.exp(-rate * t) * (1 + 0.03 * np.cos(t)), unit="%IA",
    ...         decay_corrected=True, nuclide=nuclide("Zr-89"),
    ...     )
    ...     body = {"sex": "male", "phantom": "adult male"}
    ...     return Patient(name=name, **body, measurements=Measurements(whole_body=probe))
    >>> rates = (0.0012, 0.0016, 0.0021, 0.0018, 0.0014, 0.0025)
    >>> cohort = [patient(f"P{i}", r, (1, 24, 72, 144)) for i, r in enumerate(rates)]
    >>> few = patient("P9", 0.0017, (96,))
    >>> methods = Methods(
    ...     whole_body_model="population",
    ...     whole_body_population=PopulationMethod(
    ...         models=("monoexponential",), residual="proportional", covariance="diagonal"
    ...     ),
    ...     heart_contents="none", red_marrow="none", organ_masses="reference",
    ... )
    >>> methods, fitted = with_populations([*cohort, few], methods, "Zr-89")
    >>> fitted["whole body"].fit.n_patients
    7
    """
    from dosimetry.nuclides.nuclide import nuclide

    n = nuclide(of)
    tasks = _tasks(patients, methods)
    if not tasks:
        return methods, {}
    found: dict[str, FittedPopulation] = {}
    with Complaints(DosimetryError) as complaints:
        for (region, method), together in tasks.items():
            with complaints.catching():
                if region in found:
                    raise DosimetryError(
                        f"{region}: patients' own methods name more than one population; one is needed"
                    )
                found[region] = _of_region(region, method, together, n.lambda_per_h, given or {})
    return replace(methods, populations={r: f.known for r, f in found.items()}), found


Together = list[tuple["Patient", "Curve"]]


def _tasks(patients: Sequence[Patient], methods: Methods) -> dict[tuple[str, PopulationMethod], Together]:
    """The curves that are fitted together, by region, sides of pairs already made one."""
    found: dict[tuple[str, PopulationMethod], Together] = {}
    for patient in patients:
        if patient.measurements is None or patient.given_tiacs is not None:
            continue
        if not _any(patient, methods):
            continue
        for region, curve in measured_by_region(patient).items():
            method = methods.of_curve(region, patient.curve_methods)
            if method.together:
                assert method.population is not None
                fit = converted(patient, region, curve, methods)[0]
                found.setdefault((region, method.population), []).append((patient, fit))
    return found


def _any(patient: Patient, methods: Methods) -> bool:
    """Whether any curve of a patient may be fitted together with others."""
    own = [m.model for m in (*patient.curve_methods.values(), *methods.by_organ.values())]
    return POPULATION in (methods.whole_body_model, methods.serum_model, methods.organ_model, *own)


def _of_region(
    region: str,
    method: PopulationMethod,
    together: Together,
    lambda_phys_per_h: float,
    given: Mapping[str, Population],
) -> FittedPopulation:
    """The population of one region."""
    from kinetics.errors import KineticsError
    from kinetics.mixed_effects.choice import fit_population_models
    from kinetics.mixed_effects.fit import fit_population
    from kinetics.populations.averaged import believed
    from kinetics.populations.believable import refuse_unbelievable

    names = tuple(p.name for p, _ in together)
    _one_unit(region, together)
    if method.file is not None:
        population = given[method.file]
        unit = together[0][1].unit
        if population.unit != unit:
            raise DosimetryError(
                f"{region}: the population of {method.file} is in '{population.unit}', the curves are in"
                f" '{unit}'; one unit is needed"
            )
        return FittedPopulation(region, method, names, population)
    if len(together) < 2:
        raise DosimetryError(
            f"{_where(region, *together[0])}: model = 'population' needs two patients or more with a curve of"
            f" {region}, and this is the only one; choose another model, or give a population (file)"
        )
    how: dict[str, Any] = {"covariance": method.covariance, "residual": method.residual}
    if method.residual in ("sd", "scaled-sd", "sd+proportional"):
        for patient, curve in together:
            if curve.sd is None:
                raise DosimetryError(
                    f"{_where(region, patient, curve)}: no standard deviations, which residual ="
                    f" '{method.residual}' needs; add sd, or choose 'proportional'"
                )
    if method.body_mass:
        how["covariates"] = {p: [BODY_MASS] for p in method.body_mass}
        why = f"population.body_mass of {region} needs it"
        how["patients"] = {BODY_MASS: [p.need(BODY_MASS, why) for p, _ in together]}
    curves = [replace(curve, name=patient.name) for patient, curve in together]
    try:
        if len(method.models) == 1:
            fit, choice = (
                fit_population(curves, method.models[0], lambda_phys_per_h=lambda_phys_per_h, **how),
                None,
            )
        else:
            choice = fit_population_models(
                curves, models=method.models, lambda_phys_per_h=lambda_phys_per_h,
                criterion=method.criterion or "BIC", **how,
            )  # fmt: skip
            choice = believed(choice) if method.average else choice
            fit = choice.chosen
        refuse_unbelievable(fit)
    except KineticsError as error:
        raise DosimetryError(*(f"population of {region}: {line}" for line in error.complaints)) from None
    return FittedPopulation(region, method, names, fit.population, fit, choice)


def _where(region: str, patient: Patient, curve: Curve) -> str:
    assert patient.measurements is not None
    return patient.measurements.where(region, patient.name)


def _one_unit(region: str, together: Together) -> None:
    """All patients' curves of one region are in one unit."""
    by_unit: dict[str, list[str]] = {}
    for patient, curve in together:
        by_unit.setdefault(curve.unit, []).append(patient.name)
    if len(by_unit) > 1:
        said = ", ".join(f"'{u}' ({', '.join(names[:3])}{', ...' * (len(names) > 3)})"
                         for u, names in by_unit.items())  # fmt: skip
        raise DosimetryError(
            f"{_where(region, *together[0])}: curves of {region} that are fitted together are in {said}; one"
            " unit is needed"
        )
