"""The methods by which a patient's measurements become TIACs and doses; each is named, none is assumed."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from dosimetry.bladder.method import BladderMethod
from dosimetry.errors import DosimetryError
from dosimetry.gut.method import GutMethod
from dosimetry.patients.curve_methods import (
    NOTHING,
    OF_FIT,
    Blq,
    CurveMethod,
    FirstInterval,
    FittedBlq,
    Tail,
    Trapezoids,
    Weights,
    known_model,
    names_region,
    of_region,
)
from dosimetry.patients.patient import ORGANS, SERUM, WHOLE_BODY
from dosimetry.patients.population_method import KnownPopulation, PopulationMethod
from dosimetry.tiacs.blood import STANDARD, BloodConstants
from phantoms.regions.names import normal_form

#: In place of an organ's name: all that are not named.
OTHER = "other"

BloodSource = Literal["serum", "organ curve", "none"]
OrganMasses = Literal["reference", "scaled to body mass", "measured"]
TargetMasses = Literal["ICRP 133", "ICRP 89"]
Convention = Literal["ICRP 116", "OLINDA/EXM 1.x"]
Daughters = Literal["none", "equilibrium"]

_ALLOWED = {
    "whole_body_weights": Weights, "serum_weights": Weights, "organ_weights": Weights,
    "organ_trapezoids": Trapezoids, "whole_body_blq": FittedBlq, "serum_blq": FittedBlq, "organ_blq": Blq,
    "first_interval": FirstInterval, "tail": Tail, "heart_contents": BloodSource, "red_marrow": BloodSource,
    "organ_masses": OrganMasses, "target_masses": TargetMasses, "convention": Convention,
    "daughters": Daughters,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Methods:
    """How curves become areas, areas TIACs, and TIACs doses.

    Parameters
    ----------
    whole_body_model, serum_model, organ_model : a model of :mod:`kinetics`, e.g. "uptake", or "auto".
    whole_body_weights, serum_weights, organ_weights : "auto", "none", "relative", "sd" or "poisson".
    organ_trapezoids : "linear", "log", "linear-up/log-down" or "linear-decay-corrected"; in place of a
        fit of the organs' curves.
    first_interval : from time 0 to an organ's first point: "zero", "constant" or "extrapolate".
    tail : after an organ's last point: "physical", "effective", "predicted", "fitted" or "none".
    by_organ : source region -> what is done in another way there than with the other organs' curves; for one
        patient alone, see ``Patient.curve_methods``.
    whole_body_blq, serum_blq, organ_blq : what becomes of values below the limit of quantification when
        tables are read: a key of :data:`kinetics.BLQ_METHODS`; None: there must be none.
    tissue_density_g_per_mL : source region (or "other") -> density, for organ curves in kBq/mL.
    heart_contents, red_marrow : from "serum", from an "organ curve", or "none".
    organ_masses : "reference", "scaled to body mass" or "measured".
    target_masses : "ICRP 133" or "ICRP 89", of phantoms that have both; None: the phantom's own.
    convention : of osteogenic cells and small intestine in stylised bodies; None: the phantom's own.
    bladder : what fills the urinary bladder, and when it is emptied; None: its contents are no source but by
        a curve of their own.
    daughters : "none" or "equilibrium", as in :func:`dosimetry.absorbed_dose`.
    gut : how activity in the contents of the gut is found; None: it is in the remainder.
    blood : constants by which serum becomes heart contents and red marrow.
    whole_body_population, serum_population, organ_population : where the model is "population", how the
        patients' curves are fitted together.
    populations : "whole body", "serum" or source region -> the population, from
        :func:`dosimetry.with_populations`, that each patient's curve is fitted with.

    Methods of curves that a patient does not have may stay None.

    Raises
    ------
    DosimetryError : a word that is not allowed; the message lists those that are. A fit and trapezoids of
        the same curves.

    >>> Methods(
    ...     whole_body_model="monoexponential", whole_body_weights="sd",
    ...     heart_contents="none", red_marrow="none", organ_masses="reference",
    ... ).tail is None
    True
    """

    whole_body_model: str | None = None
    whole_body_weights: str | None = None
    serum_model: str | None = None
    serum_weights: str | None = None
    organ_model: str | None = None
    organ_weights: str | None = None
    organ_trapezoids: str | None = None
    first_interval: str | None = None
    tail: str | None = None
    by_organ: Mapping[str, CurveMethod] = field(default_factory=dict)
    whole_body_blq: str | None = None
    serum_blq: str | None = None
    organ_blq: str | None = None
    tissue_density_g_per_mL: Mapping[str, float] = field(default_factory=dict)
    heart_contents: str
    red_marrow: str
    organ_masses: str
    target_masses: str | None = None
    convention: str | None = None
    bladder: BladderMethod | None = None
    daughters: str = "none"
    gut: GutMethod | None = None
    blood: BloodConstants = STANDARD
    whole_body_population: PopulationMethod | None = None
    serum_population: PopulationMethod | None = None
    organ_population: PopulationMethod | None = None
    populations: Mapping[str, KnownPopulation] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, kind in _ALLOWED.items():
            value, allowed = getattr(self, name), get_args(kind)
            if value is not None and value not in allowed:
                raise DosimetryError(f"{name} is {value!r}; allowed: {', '.join(allowed)}")
        for name in ("whole_body_model", "serum_model", "organ_model"):
            if (value := getattr(self, name)) is not None:
                try:
                    object.__setattr__(self, name, known_model(value))
                except DosimetryError as error:
                    raise DosimetryError(f"{name}: {error}") from None
        for section in (WHOLE_BODY, SERUM, ORGANS):
            try:
                self._general(section)
            except DosimetryError as error:
                raise DosimetryError(f"{section}: {error}") from None
        for region, density in self.tissue_density_g_per_mL.items():
            if not (math.isfinite(density) and 0.0 < density < 25.0):
                raise DosimetryError(
                    f"density of '{region}' is {density:g} g/mL; above 0 and below 25 is allowed"
                )

    def density_g_per_mL(self, region: str) -> float | None:
        """Density of a source region by any of its names, or that of "other"; None where neither is named."""
        given = self.tissue_density_g_per_mL
        own = next((v for k, v in given.items() if k == region or names_region(k, region)), None)
        other = next((v for k, v in given.items() if normal_form(k) == OTHER), None)
        return other if own is None else own

    def of_curve(self, region: str, own: Mapping[str, CurveMethod] | None = None) -> CurveMethod:
        """The method by which a curve becomes an area.

        Parameters
        ----------
        region : "whole body", "serum" or a source region.
        own : what one patient has in another way, as ``Patient.curve_methods``. What names an organ goes
            before what is said of all, and of either the patient's before the study's.

        Raises
        ------
        DosimetryError : it was not named, or not all of it.

        >>> methods = Methods(
        ...     organ_model="auto", organ_weights="sd", by_organ={"kidney": CurveMethod(model="uptake")},
        ...     heart_contents="none", red_marrow="none", organ_masses="reference",
        ... )
        >>> methods.of_curve("kidneys").words()
        "uptake, weights 'sd'"
        """
        found = self.said_of(region, own or {})
        if lacking := found.lacking():
            raise DosimetryError(
                f"the curve of {region} needs the method '{self._key(region, lacking[0])}', which is not"
                " named"
            )
        return found

    def said_of(self, what: str, own: Mapping[str, CurveMethod]) -> CurveMethod:
        """What is said of a curve, or of "organs", by these methods and a patient's own; perhaps not all."""
        if what in (WHOLE_BODY, SERUM, ORGANS):
            return own.get(what, NOTHING).over(self._general(what))
        return of_region(own, what).over(of_region(self.by_organ, what)).over(self.said_of(ORGANS, own))

    def for_patients(self, patients: Collection[str]) -> Methods:
        """The same methods, with what populations know of these patients alone."""
        if not self.populations:
            return self
        return replace(self, populations={r: known.of(patients) for r, known in self.populations.items()})

    def _general(self, kind: str) -> CurveMethod:
        """What is said of the whole body, of serum, or of all organs."""
        if kind == ORGANS:
            return CurveMethod(
                model=self.organ_model,
                weights=self.organ_weights,
                method=self.organ_trapezoids,
                first_interval=self.first_interval,
                tail=self.tail,
                population=self.organ_population,
            )
        key = kind.replace(" ", "_")
        return CurveMethod(**{k: getattr(self, f"{key}_{k}") for k in OF_FIT})

    @staticmethod
    def _key(region: str, part: str) -> str:
        """The name of the field that says a part of a curve's method."""
        if region in (WHOLE_BODY, SERUM):
            return f"{region.replace(' ', '_')}_{part}"
        return {"first_interval": part, "tail": part, "method": "organ_trapezoids"}.get(part, f"organ_{part}")
