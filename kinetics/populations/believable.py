"""Population fits whose areas would rest on what the cohort's points do not give."""

from __future__ import annotations

from kinetics.errors import KineticsError
from kinetics.mixed_effects.result import PopulationFit
from kinetics.models import Model


def refuse_unbelievable(fit: PopulationFit) -> None:
    """A population that runs to the edge of what times and values could show isn't given.

    Areas with a typical rate of 0 would be of no loss; where any other typical value or spread ends at its
    bound, the points don't tell the model's parameters apart, and intervals of areas are too narrow.

    Raises
    ------
    KineticsError : that, with the parameter and what may be the cause.
    """
    model = fit.population.model
    rates = model.rates if isinstance(model, Model) else ()
    flat = [r for r in rates if "lowest" in fit.held.get(f"mean {r}", "")]
    if flat:
        corrected = fit.individuals[0].curve.decay_corrected
        state = "" if corrected else " once corrected for decay (if they are already, say so)"
        raise KineticsError(
            f"the patients' curves don't fall with '{model.name}'{state}: {', '.join(flat)} goes to 0; check"
            " half-life and decay state, or choose a model with a plateau"
        )
    edge = [name for name, words in fit.held.items() if words.startswith("at the ")]
    if edge:
        words = ", ".join(map(_word, edge))
        raise KineticsError(
            f"the patients' points don't determine a population of '{model.name}': {words}"
            " ends at the edge of what times and values could show; take a model of fewer parameters, or more"
            " points, at times that differ between patients"
        )


def _word(name: str) -> str:
    """An estimate's name as a reader knows it: 'mean A1' is a typical value, 'root A1 A1' a spread."""
    kind, *of = name.split()
    return f"the typical {of[0]}" if kind == "mean" else f"the spread of {' with '.join(dict.fromkeys(of))}"
