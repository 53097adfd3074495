"""By which method one curve becomes an area: a fit, or trapezoids with a first interval and a tail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Literal, get_args

from dosimetry.errors import DosimetryError
from dosimetry.patients.population_method import POPULATION, PopulationMethod
from phantoms.errors import PhantomError
from phantoms.regions.names import MOST_KEPT, resolve
from phantoms.regions.sides import region_or_side

Weights = Literal["auto", "none", "relative", "sd", "poisson"]
Trapezoids = Literal["linear", "log", "linear-up/log-down", "linear-decay-corrected"]
FirstInterval = Literal["zero", "constant", "extrapolate"]
Tail = Literal["physical", "effective", "predicted", "fitted", "none"]
#: What becomes of values below the limit of quantification (kinetics.BLQ_METHODS); fits take no zeros.
Blq = Literal["M1", "M5", "M6", "M7", "PKNCA"]
FittedBlq = Literal["M1", "M5", "M6"]

#: In place of a model's name: the area is averaged over all candidates by their support.
AUTO = "auto"
#: Keys of a fit, and keys of trapezoids, each with the words that are allowed (None: a model's name).
FIT: Mapping[str, object] = {"model": None, "weights": Weights}
TRAPEZOIDS: Mapping[str, object] = {"method": Trapezoids, "first_interval": FirstInterval, "tail": Tail}
#: What is of a fit; of weights and population one.
OF_FIT = (*FIT, POPULATION)


@dataclass(frozen=True, kw_only=True)
class CurveMethod:
    """How one curve, or every curve of a kind, becomes an area; what is None is as for the others.

    Parameters
    ----------
    model, weights : of a fit: a model of :mod:`kinetics` or "auto", and "auto", "none", "relative", "sd" or
        "poisson"; or
    model, population : "population", and how all patients' curves of the region are fitted together; or
    method, first_interval, tail : of trapezoids: "linear", "log", "linear-up/log-down" or
        "linear-decay-corrected"; "zero", "constant" or "extrapolate"; "physical", "effective", "predicted",
        "fitted" or "none".

    Raises
    ------
    DosimetryError : a word that is not allowed; keys of a fit beside keys of trapezoids.

    Examples
    --------
    >>> fitted = CurveMethod(model="uptake", weights="sd")
    >>> CurveMethod(weights="relative").over(fitted).model
    'uptake'
    >>> CurveMethod(tail="effective").over(fitted).lacking()
    ('method', 'first_interval')
    """

    model: str | None = None
    weights: str | None = None
    method: str | None = None
    first_interval: str | None = None
    tail: str | None = None
    population: PopulationMethod | None = None

    def __post_init__(self) -> None:
        for name, kind in (*FIT.items(), *TRAPEZOIDS.items()):
            value = getattr(self, name)
            if value is None:
                continue
            if kind is None:
                object.__setattr__(self, name, known_model(value))
            elif value not in get_args(kind):
                raise DosimetryError(f"{name} is {value!r}; allowed: {', '.join(get_args(kind))}")
        given = self.given()
        fit, trapezoids = ([n for n in given if n in kind] for kind in (OF_FIT, TRAPEZOIDS))
        if fit and trapezoids:
            raise DosimetryError(
                f"'{fit[0]}' is of a fit, '{trapezoids[0]}' of trapezoids: give {' and '.join(FIT)}, or"
                f" {', '.join(TRAPEZOIDS)}"
            )
        if self.model == POPULATION and self.weights is not None:
            raise DosimetryError(
                f"weights is '{self.weights}', but with model = '{POPULATION}' population.residual says how"
                " values scatter; take it out"
            )
        if self.population is not None and self.model not in (None, POPULATION):
            raise DosimetryError(
                f"population is of model = '{POPULATION}', but model is '{self.model}'; take one of them out"
            )

    def given(self) -> list[str]:
        """Names of what is said."""
        return [f.name for f in fields(self) if getattr(self, f.name) is not None]

    @property
    def fitted(self) -> bool:
        """Whether the curve is fitted."""
        return any(getattr(self, n) is not None for n in OF_FIT)

    @property
    def together(self) -> bool:
        """Whether the curve is fitted together with those of the other patients."""
        return self.model == POPULATION

    def over(self, general: CurveMethod) -> CurveMethod:
        """This method, with what it leaves open from a more general one of the same kind."""
        mine = self.given()
        if not mine:
            return general
        kind = OF_FIT if self.fitted else tuple(TRAPEZOIDS)
        made = {n: getattr(self if n in mine else general, n) for n in kind}
        other = "weights" if made.get("model") == POPULATION else "population"
        if other in made and other not in mine:  # of the other way to fit
            made[other] = None
        return CurveMethod(**made)

    def lacking(self) -> tuple[str, ...]:
        """Names of what is still to be said before a curve can be integrated."""
        needed = TRAPEZOIDS if not self.fitted else ("model", POPULATION) if self.together else FIT
        return tuple(n for n in needed if getattr(self, n) is None)

    def words(self) -> str:
        """The method in a few words, for figures.

        >>> CurveMethod(model="auto", weights="sd").words()
        "model averaged ('auto'), weights 'sd'"
        """
        if self.population is not None:
            return self.population.words()
        if self.fitted:
            model = f"model averaged ('{AUTO}')" if self.model == AUTO else str(self.model)
            return f"{model}, weights '{self.weights}'"
        return f"{self.method} trapezoids, first interval '{self.first_interval}', tail '{self.tail}'"


#: Says nothing: everything as for the others.
NOTHING = CurveMethod()


def of_region(methods: Mapping[str, CurveMethod], region: str) -> CurveMethod:
    """The method that names a source region, by any of its names; :data:`NOTHING` where none does."""
    if region in methods:
        return methods[region]
    return next((m for name, m in methods.items() if names_region(name, region)), NOTHING)


@lru_cache(maxsize=MOST_KEPT)  # a name that is none is costly: near names are looked for
def names_region(name: str, region: str) -> bool:
    """Whether a word is a name of a source region.

    >>> names_region("kidney", "kidneys"), names_region("liver", "kidneys")
    (True, False)
    """
    try:
        return resolve(name, (region,), kind="source region") == region
    except PhantomError:
        return False


def names_region_or_side(name: str, region: str) -> bool:
    """Whether a word is a name of a source region, or of one side of it.

    >>> names_region_or_side("Kidney, left", "kidneys"), names_region_or_side("left lung", "kidneys")
    (True, False)
    """
    try:
        return region_or_side(name, (region,), kind="source region").region == region
    except PhantomError:
        return False


def known_model(name: str) -> str:
    """A model's canonical name, "auto", or "population".

    Raises
    ------
    DosimetryError : there is no such model; the message has near names.
    """
    import difflib

    from kinetics.models import MODELS, model_by_name

    if name.strip().lower() in (AUTO, POPULATION):
        return name.strip().lower()
    try:
        return model_by_name(name).name
    except ValueError:
        near = difflib.get_close_matches(name, [AUTO, POPULATION, *MODELS], n=2, cutoff=0.5)
        hint = (
            f"near names: {', '.join(near)}"
            if near
            else f"allowed: {AUTO}, {POPULATION}, {', '.join(MODELS)}"
        )
        raise DosimetryError(f"'{name}' is not a model; {hint}") from None
