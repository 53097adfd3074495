"""By which method a population is fitted to the patients' curves of one region, or which one is given."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

from dosimetry.errors import DosimetryError

if TYPE_CHECKING:
    from kinetics.choice.candidates import Candidate
    from kinetics.curves.curve import Curve, FloatArray
    from kinetics.mixed_effects.population import Population
    from kinetics.mixed_effects.result import IndividualFit

#: In place of a model's name: the patients' curves are fitted together.
POPULATION = "population"

#: Covariate of body mass.
BODY_MASS = "body_mass_kg"

PopulationResidual = Literal["sd", "scaled-sd", "additive", "proportional", "combined", "sd+proportional"]
PopulationCovariance = Literal["diagonal", "full"]
PopulationCriterion = Literal["BIC", "AIC"]

_ALLOWED = {
    "residual": PopulationResidual, "covariance": PopulationCovariance, "criterion": PopulationCriterion,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class PopulationMethod:
    """How the patients' curves of one region are fitted together: FOCE with interaction, by REML.

    Parameters
    ----------
    models : models of :mod:`kinetics`; of several the cohort's likelihood chooses one, or weighs them.
    residual : how values scatter about a patient's own curve, a key of
        :data:`kinetics.mixed_effects.likelihood.scatter.RESIDUALS`.
    covariance : "diagonal" (parameters spread independently over patients) or "full".
    criterion : "BIC" or "AIC", by which one of several models is chosen, and all are weighed.
    average : of several models: True, areas are averaged over them by their weights, as with "auto"; False,
        they are the chosen model's.
    body_mass : parameters that go with a power of body mass, which is estimated.
    file : a population that is given, in place of models and covariance: then nothing is fitted but each
        patient. ``residual`` "sd" takes the curves' own standard deviations; None: the population's.

    Raises
    ------
    DosimetryError : a word that is not allowed; something is missing, or plays no part.

    Examples
    --------
    >>> method = PopulationMethod(models=("mono",), residual="proportional", covariance="diagonal")
    >>> method.models, method.words()
    (('monoexponential',), "population (monoexponential), residual 'proportional'")
    """

    models: tuple[str, ...] = ()
    residual: str | None = None
    covariance: str | None = None
    criterion: str | None = None
    average: bool | None = None
    body_mass: tuple[str, ...] = ()
    file: str | None = None

    def __post_init__(self) -> None:
        for name, kind in _ALLOWED.items():
            value, allowed = getattr(self, name), get_args(kind)
            if value is not None and value not in allowed:
                raise DosimetryError(f"{name} is {value!r}; allowed: {', '.join(allowed)}")
        object.__setattr__(self, "models", tuple(_known(m) for m in self.models))
        object.__setattr__(self, "body_mass", tuple(self.body_mass))
        wrong = self._given() if self.file is not None else self._fitted()
        if wrong:
            raise DosimetryError(*wrong)

    def _given(self) -> list[str]:
        """What is wrong with the method of a population that is given."""
        said = [n for n in ("models", "covariance", "criterion", "body_mass") if getattr(self, n)]
        said += ["average"] if self.average is not None else []
        wrong = [f"'{n}' is of a population that is fitted, but 'file' gives one; take it out" for n in said]
        if self.residual not in (None, "sd"):
            wrong.append(
                f"residual is '{self.residual}', but the population of 'file' has its own; leave it out, or"
                " say 'sd' for the curves' own standard deviations"
            )
        return wrong

    def _fitted(self) -> list[str]:
        """What is wrong with the method of a population that is fitted."""
        wrong = [
            f"{name} is missing ({what}), or 'file' with a population that is given"
            for name, what in (
                ("models", 'e.g. ["monoexponential", "biexponential"]'),
                ("residual", f"one of {', '.join(get_args(PopulationResidual))}"),
                ("covariance", f"one of {', '.join(get_args(PopulationCovariance))}"),
            )
            if not getattr(self, name)
        ]
        if twice := {m for m in self.models if self.models.count(m) > 1}:
            wrong.append(f"models: '{min(twice)}' stands twice")
        if len(self.models) > 1 and self.criterion is None:
            wrong.append("criterion is missing: 'BIC' or 'AIC', by which one of the models is chosen")
        if len(self.models) > 1 and self.average is None:
            wrong.append(
                "average is missing: true (areas averaged over the models by their weights, as 'auto' does)"
                " or false (areas of the chosen model alone)"
            )
        if len(self.models) == 1 and self.criterion is not None:
            wrong.append("criterion chooses among several models, but there is one; take it out")
        if len(self.models) == 1 and self.average is not None:
            wrong.append("average is over several models, but there is one; take it out")
        return wrong + self._of_body_mass()

    def _of_body_mass(self) -> list[str]:
        from kinetics.models import MODELS

        known = [MODELS[m].parameters for m in self.models]
        wrong = [
            f"body_mass: '{p}' is no parameter of {m}; there are: {', '.join(names)}"
            for p in self.body_mass
            for m, names in zip(self.models, known, strict=True)
            if p not in names
        ]
        if len(set(self.body_mass)) < len(self.body_mass):
            wrong.append("body_mass: a parameter stands twice")
        return wrong

    def words(self) -> str:
        """The method in a few words."""
        if self.file is not None:
            own = "; the curves' own SDs" if self.residual else ""
            return f"given population ({self.file}){own}"
        mass = f", {' and '.join(self.body_mass)} by body mass" if self.body_mass else ""
        how = "averaged by" if self.average else "by"
        chosen = f" {how} {self.criterion}" if self.criterion else ""
        return f"population ({', '.join(self.models)}{chosen}), residual '{self.residual}'{mass}"


def _known(name: str) -> str:
    """A model's canonical name."""
    from kinetics.models import MODELS, model_by_name

    try:
        return model_by_name(name).name
    except ValueError:
        near = difflib.get_close_matches(str(name), list(MODELS), n=2, cutoff=0.5)
        hint = f"near names: {', '.join(near)}" if near else f"allowed: {', '.join(MODELS)}"
        raise DosimetryError(f"models: '{name}' is not a model; {hint}") from None


@dataclass(frozen=True, eq=False)
class KnownModel:
    """The population of one model, and the own fits of those who took part in it, by patient."""

    population: Population
    individuals: Mapping[str, IndividualFit] = field(default_factory=dict)

    def of(self, patients: Collection[str]) -> KnownModel:
        """The same with the own fits of some patients alone."""
        own = {name: fit for name, fit in self.individuals.items() if name in patients}
        return replace(self, individuals=own)

    def own_fit(self, patient: str, curve: Curve) -> IndividualFit | None:
        """The fit of a patient who took part with just this curve; None where there is none."""
        fit = self.individuals.get(patient)
        return fit if fit is not None and same_curve(fit.curve, curve) else None


@dataclass(frozen=True, eq=False)
class KnownPopulation:
    """A population that patients' curves of one region are fitted with, and what a reader should know of it.

    region : "whole body", "serum" or a source region.
    chosen : the population of the chosen model, of the one model, or the one that is given.
    notes : one line each; they stand with every patient's curve.
    averaged : where areas are averaged over models, each of these by its name, the heaviest first.
    candidates : then every model that was compared, with its weight, and without a fit: that is a patient's.
    """

    region: str
    chosen: KnownModel
    notes: tuple[str, ...] = ()
    averaged: Mapping[str, KnownModel] = field(default_factory=dict)
    candidates: tuple[Candidate, ...] = ()

    def of(self, patients: Collection[str]) -> KnownPopulation:
        """The same with the own fits of some patients alone."""
        averaged = {name: known.of(patients) for name, known in self.averaged.items()}
        return replace(self, chosen=self.chosen.of(patients), averaged=averaged)

    @property
    def needs_body_mass(self) -> bool:
        """Whether a patient's body mass plays a part."""
        models = (self.chosen, *self.averaged.values())
        return any(e.covariate == BODY_MASS for m in models for e in m.population.effects)


def same_curve(one: Curve, two: Curve) -> bool:
    """Whether two curves have the same points, errors, unit and state, whatever their names.

    >>> from kinetics import Curve
    >>> curve = Curve(time_h=[1, 24], value=[9, 5], unit="%IA", decay_corrected=True, name="liver")
    >>> same_curve(curve, replace(curve, name="P01")), same_curve(curve, replace(curve, unit="%IA/g"))
    (True, False)
    """
    arrays = ("time_h", "value", "sd", "common_sd")
    alike = all(_bytes(getattr(one, name)) == _bytes(getattr(two, name)) for name in arrays)
    facts = ("unit", "decay_corrected", "reference_h", "scale_relative_sd", "normalised_at_h")
    return alike and all(getattr(one, name) == getattr(two, name) for name in facts)


def _bytes(array: FloatArray | None) -> bytes | None:
    return None if array is None else array.tobytes()
