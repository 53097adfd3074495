"""A patient's area averaged over the models of a cohort: each counts by the cohort's weight of it.

As for one curve (:mod:`kinetics.choice.choose`) the area is the mean by weight, and its variance is that of
the mixture: within the models, and between them. The weights are the cohort's, so that the model is one
unknown of all patients: what it changes in one patient's area it changes in the others' at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kinetics.choice.candidates import Candidate
from kinetics.choice.choose import Choice
from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError
from kinetics.mixed_effects.mixture import mixed_area, mixed_draws, mixed_interval
from kinetics.mixed_effects.result import IndividualFit, PopulationChoice
from kinetics.populations.believable import refuse_unbelievable


@dataclass(frozen=True, kw_only=True, repr=False)
class IndividualChoice(Choice):
    """One patient's :class:`kinetics.Choice` among the models of a cohort.

    ``candidates`` have the patient's own fits; ``weight`` of one is the cohort's, the same for all patients.
    The interval of the area is that of the mixture of the models' draws.
    """

    @property
    def fits(self) -> list[tuple[IndividualFit, float]]:
        """The fits that are averaged, with their weights, which sum to 1; in the candidates' order."""
        return [(c.fit, c.weight) for c in self.candidates if isinstance(c.fit, IndividualFit) and c.weight]

    def draws(self) -> tuple[FloatArray, FloatArray] | None:
        """Logarithms of areas of all averaged models, and weights that sum to 1; None: one has none."""
        return mixed_draws(self.fits)

    def area_interval(self, level: float = 0.95) -> tuple[float, float] | None:
        """Interval of the averaged area by the quantiles of the mixture's draws; it holds the area."""
        return mixed_interval(self.fits, level)


def candidates_of(choice: PopulationChoice) -> tuple[Candidate, ...]:
    """The models of a cohort's choice with their weights and reasons, as those of one curve, without fits."""
    return tuple(
        Candidate(
            model=c.model, criterion=c.criterion, weight=c.weight, reason=c.reason, usable=bool(c.weight)
        )
        for c in choice.candidates
    )


def individual_choice(candidates: Sequence[Candidate], fits: Mapping[str, IndividualFit]) -> IndividualChoice:
    """One patient's averaged area.

    Parameters
    ----------
    candidates : of the cohort (:func:`candidates_of`).
    fits : model -> the patient's own fit, of every model that has a weight.
    """
    found = [replace(c, fit=fits[c.model]) if c.weight else c for c in candidates]
    pool = sorted((c for c in found if c.weight), key=lambda c: -(c.weight or 0.0))
    chosen = fits[pool[0].model]
    return IndividualChoice(
        chosen=chosen,
        runner_up=fits[pool[1].model] if len(pool) > 1 else None,
        averaged_area=mixed_area([(fits[c.model], c.weight or 0.0) for c in pool]),
        averaged_over=tuple(c.model for c in pool),
        candidates=tuple(found),
        forced=False,
        warnings=(),
    )


def believed(choice: PopulationChoice) -> PopulationChoice:
    """The choice without models whose population isn't believed: on its edge it is a smaller one in disguise.

    As for one curve such a model doesn't count in the average; the weights of the others sum to 1 again, and
    a warning says so.

    Raises
    ------
    KineticsError : the chosen model's is such a population (:func:`refuse_unbelievable`).
    """
    refuse_unbelievable(choice.chosen)
    why: dict[str, str] = {}
    for c in choice.candidates:
        if c.fit is not None and c.weight:
            try:
                refuse_unbelievable(c.fit)
            except KineticsError as error:
                why[c.model] = str(error)
    if not why:
        return choice
    left = math.fsum(c.weight for c in choice.candidates if c.weight and c.model not in why)
    candidates = tuple(
        replace(c, weight=None, reason=why[c.model])
        if c.model in why
        else replace(c, weight=c.weight / left if c.weight else c.weight)
        for c in choice.candidates
    )
    changed = replace(
        choice,
        candidates=candidates,
        averaged_over=tuple(name for name in choice.averaged_over if name not in why),
        warnings=(
            *choice.warnings,
            *(f"'{name}' is left out of the average over models: {words}" for name, words in why.items()),
        ),
    )
    each = individual_choices(changed)
    return replace(
        changed,
        areas=tuple(c.averaged_area for c in each),
        intervals=tuple(c.area_interval() for c in each),
    )


def individual_choices(choice: PopulationChoice) -> tuple[IndividualChoice, ...]:
    """Every patient's own, in the order of the curves."""
    candidates = candidates_of(choice)
    fits = {c.model: c.fit for c in choice.candidates if c.fit is not None and c.weight}
    return tuple(
        individual_choice(candidates, {name: fit.individuals[i] for name, fit in fits.items()})
        for i in range(choice.chosen.n_patients)
    )
