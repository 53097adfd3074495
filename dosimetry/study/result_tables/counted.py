"""Who counts in a cohort's statistics: who has the organ, and in whom it was measured.

An organ that was measured in some patients takes, in the others, its dose from the remainder: that of average
tissue, not its own. A stylised body has the gonads of both sexes; a patient has one's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from dosimetry.patients.own_organs import of_other_sex
from dosimetry.svalues.folding import library_of
from phantoms.library.locality import EVERYWHERE, near_targets, parts_of
from phantoms.regions.names import REMAINDER

if TYPE_CHECKING:
    from dosimetry.patients.results import PatientResult


def not_measured(results: Sequence[PatientResult]) -> list[tuple[str, ...]]:
    """For each patient the source regions that others of the study have of their own and this one has not.

    Only regions that the patient's body has count, and none of the other sex. Their activity is in the
    patient's remainder.
    """
    others = dict.fromkeys(s for r in results for s in r.sources if s not in (REMAINDER, *EVERYWHERE))
    found = []
    for r in results:
        own = set(r.sources)
        lacking = [s for s in others if s not in own and s not in of_other_sex(r.patient)]
        if lacking:
            library = library_of(r.patient.phantom)
            # kidneys are measured where left and right were, each as a region of its own
            within = frozenset[str]().union(*(parts_of(library, s) for s in own))
            lacking = [
                s for s in lacking if s in library.source_mass_kg and not parts_of(library, s) <= within
            ]
        found.append(tuple(lacking))
    return found


def left_out(results: Sequence[PatientResult]) -> list[dict[str, str]]:
    """For each patient, target region -> why its dose does not count among those of the cohort."""
    found = []
    for r, lacking in zip(results, not_measured(results), strict=True):
        whys = {t: f"no organ of a {r.patient.sex} patient" for t in of_other_sex(r.patient)}
        own = {t for s in r.sources for t in targets_near(r.patient.phantom, s)} if lacking else set()
        for source in lacking:
            for target in targets_near(r.patient.phantom, source):
                if target not in own:
                    whys.setdefault(target, from_remainder(source))
        found.append(whys)
    return found


def from_remainder(source: str) -> str:
    """In words: a region without a TIAC of its own."""
    return f"{source}: not measured, its activity is in the rest of the body; not in the cohort's statistics"


def warnings(results: Sequence[PatientResult]) -> list[str]:
    """What a reader of a cohort's means must know, each once, with whom it concerns."""
    whose: dict[str, list[str]] = {}
    for r, lacking in zip(results, not_measured(results), strict=True):
        for source in lacking:
            whose.setdefault(source, []).append(r.patient.name)
    return [f"{', '.join(names)}: {from_remainder(source)}" for source, names in whose.items()]


@lru_cache(maxsize=1024)
def targets_near(phantom: str, source: str) -> tuple[str, ...]:
    """Targets in a source or at it, those that are combined of them too; none of what is everywhere."""
    if source in (REMAINDER, *EVERYWHERE):
        return ()
    library = library_of(phantom)
    near = near_targets(library, source)
    combined = [t for t, parts in library.conventions.combined.items() if any(p in near for p in parts)]
    return (*near, *combined)
