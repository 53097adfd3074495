"""What is to be thought of one input of a budget: whether it is known, doubtful, or of an assumed value."""

from __future__ import annotations

from collections.abc import Iterator

from dosimetry.study.keys.stated import Hours, Stated
from dosimetry.study.keys.uncertainty_settings import Targets
from dosimetry.study.uncertainty.facts import Facts
from dosimetry.uncertainty.inputs import Effect, Input

#: A percentage below this looks like a fraction, but for quantities that are known so well.
LOOKS_LIKE_FRACTION = 0.1
WELL_KNOWN = ("half_life", "emitted_energy")
BODY = "body"
#: What one value is taken of for all patients, but for masses that were measured.
ASSUMED = ("dose", "mass", "marrow factor", "density")


def known(said: Stated) -> bool:
    """Whether a number was stated."""
    return said.unknown is None and not (isinstance(said, Targets) and said.default)


def is_assumed(an: Input, facts: Facts) -> bool:
    """Whether an input is of a value that was taken for every patient."""
    return all(_is_taken(effect, facts) for effect in an.effects)


def _is_taken(effect: Effect, facts: Facts) -> bool:
    if effect.what == "mass":
        organ = facts.organs.get(effect.region)
        measured = effect.region == BODY or (organ is not None and organ.measured_mass)
        return effect.bodies != "own" and not measured  # own: as segmented in each patient
    return effect.what in ASSUMED


def doubts(path: str, said: Stated) -> Iterator[str]:
    """A note where a percentage looks like a fraction, and where a time is off by days."""
    (key,) = said.given()
    value = getattr(said, key)
    if key.endswith("percent") and value < LOOKS_LIKE_FRACTION and path not in WELL_KNOWN:
        yield (
            f"uncertainty.{path}: {key} = {value:g} looks like a fraction; {100 * value:g} % is written"
            f" {key} = {100 * value:g}"
        )
    if isinstance(said, Hours) and value > 24.0:
        yield f"uncertainty.{path}: {key} = {value:g} h is more than a day; are these minutes?"
