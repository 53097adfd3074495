"""Population fits whose areas would rest on what the cohort's points do not give."""

from __future__ import annotations

from kinetics.errors import KineticsError
from kinetics.mixed_effects.result import PopulationFit
from kinetics.models import Model


def refuse_unbelievable(fit: PopulationFit) -> None:
    """A population whose typical rate lies on its lowest bound isn't given: its areas would be of no loss.

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
