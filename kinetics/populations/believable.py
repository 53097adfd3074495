"""Population fits whose areas would rest on what the cohort's points do not give."""

from __future__ import annotations

from kinetics.errors import KineticsError
from kinetics.mixed_effects.result import PopulationFit
from kinetics.models import Model
from kinetics.populations.rising import refuse_rising

#: Curves that lose less than this share by the last point, whatever the draw, don't fall.
FALL = 0.05


def refuse_unbelievable(fit: PopulationFit) -> None:
    """A population whose curves don't fall, or whose draws of areas haven't settled, isn't given.

    Where the points don't determine the population's estimates, areas' intervals hold all sets that fit
    alike, and the fit says so. That a fit is refused is left for typical rates of 0 (half-life or decay state
    are wrong then, mostly), for draws that differ by where they began, and for estimates at the edge of what
    times and values could show where there are no such draws.

    Raises
    ------
    KineticsError : that, with the parameter and what may be the cause.
    """
    refuse_rising(fit)
    model = fit.population.model
    rates = model.rates if isinstance(model, Model) else ()
    last = max(float(f.curve.time_h[-1]) for f in fit.individuals)
    flat = [r for r in rates if "lowest" in fit.held.get(f"mean {r}", "")]
    if fit.posterior is not None:
        flat = [r for r in rates if fit.posterior.typical[r].high * last < FALL]
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
    if fit.posterior is not None and not fit.posterior.settled:
        raise KineticsError(
            f"the patients' points don't determine a population of '{model.name}': draws of the areas differ"
            f" by where they began (R-hat {fit.posterior.disagreement:.2f}); take a model of fewer"
            " parameters, or more points, at times that differ between patients"
        )


def _word(name: str) -> str:
    """An estimate's name as a reader knows it: 'mean A1' is a typical value, 'root A1 A1' a spread."""
    kind, *of = name.split()
    return f"the typical {of[0]}" if kind == "mean" else f"the spread of {' with '.join(dict.fromkeys(of))}"
