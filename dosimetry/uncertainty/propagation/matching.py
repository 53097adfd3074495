"""What an effect acts on in a patient: curves, sources and targets that its region names; whose it is."""

from __future__ import annotations

from collections.abc import Sequence

from dosimetry.patients.curve_methods import names_region
from dosimetry.patients.patient import SERUM, WHOLE_BODY
from dosimetry.uncertainty.inputs import ALL, ALL_ORGANS, Effect, Input, Shared
from dosimetry.uncertainty.propagation.chain import Chain
from phantoms.errors import PhantomError
from phantoms.library.saf import reference_targets
from phantoms.regions.names import REMAINDER, resolve

#: Measured urine in place of a curve.
URINE = "urine"
#: Words of regions that stand for many, or for what not every patient has.
GENERIC = ("", ALL, ALL_ORGANS, WHOLE_BODY, SERUM, URINE, "body")


def curves_of(effect: Effect, chain: Chain) -> list[str]:
    """Regions of the patient's curves that an effect names."""
    word = effect.region
    if word in ("", ALL):
        return list(chain.curves)
    if word == ALL_ORGANS:
        return [r for r, c in chain.curves.items() if c.of_organ]
    return [r for r in chain.curves if _is(word, r)]


def sources_of(effect: Effect, chain: Chain) -> list[str]:
    """Source regions of the patient that an effect names; the remainder is none."""
    if not in_body(effect, chain):
        return []
    word = effect.region
    named = [s for s in chain.sources if s != REMAINDER]
    if word in ("", ALL):
        return named
    if word == ALL_ORGANS:
        return [s for s in named if chain.made_of.get(s) == s]
    return [s for s in named if _is(word, s)]


def in_body(effect: Effect, chain: Chain) -> bool:
    """Whether an effect is of bodies like the patient's: made of own images, or not."""
    return effect.bodies == "all" or (effect.bodies == "own") == chain.patient.own_body


def targets_of(effect: Effect, chain: Chain, *, apart: bool = False) -> list[str]:
    """Target regions of the patient's body that an effect names.

    apart : of the input that is the difference between patient and phantom: there is none in a body that is
        the patient's own, but for the regions that were taken from a reference body.
    """
    targets: Sequence[str] = chain.result.doses.targets
    if apart and chain.patient.own_body:
        targets = [t for t in targets if t in reference_targets(chain.library)]
    if effect.region in ("", ALL):
        return list(targets)
    if effect.region in targets:
        return [effect.region]
    try:
        return [resolve(effect.region, targets, kind="target region")]
    except PhantomError:
        return []


def has_urine(chain: Chain) -> bool:
    """Whether the bladder's contents are made of measured urine."""
    bladder = chain.methods.bladder
    return chain.patient.urine is not None and bladder is not None and bladder.urine_fraction is None


def whose(shared_by: Shared, patient: str, region: str, mark: str = "") -> tuple[str, ...]:
    """Whose error it is: equal keys are the same error.

    mark : sets inputs of one name apart.

    Examples
    --------
    >>> whose("curve", "P01", "liver"), whose("organ", "P01", "liver"), whose("everybody", "P01", "liver")
    (('P01', 'liver'), ('liver',), ())
    """
    place = (region,) if region else ()
    key: Sequence[str] = {
        "point": (patient, *place),
        "curve": (patient, *place),
        "organ": place,
        "patient": (patient,),
        "everybody": (),
    }[shared_by]
    return (*key, mark) if mark else tuple(key)


def marked(inputs: Sequence[Input]) -> list[tuple[Input, str]]:
    """Inputs, each with a mark that sets those of one name apart: "" for the first."""
    seen: dict[str, int] = {}
    found = []
    for an in inputs:
        seen[an.name] = seen.get(an.name, 0) + 1
        found.append((an, "" if seen[an.name] == 1 else f"#{seen[an.name]}"))
    return found


def _is(word: str, region: str) -> bool:
    return word == region or (region not in (WHOLE_BODY, SERUM) and names_region(word, region))
