"""Curves of organs by the regions of a body: names made canonical, left and right of a pair made one curve.

Activities (%IA) are added; concentrations are averaged with the masses of the sides as weights. Standard
deviations of the two are independent but for what they say is common.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from dosimetry.errors import DosimetryError
from dosimetry.patients.patient import WHOLE_GUT, Measurements, Patient, Place
from dosimetry.tiacs.regions import absent_of, check_absent, is_rest, one_sided, source_values
from kinetics.curves.curve import Curve
from phantoms.errors import PhantomError
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import REMAINDER
from phantoms.regions.sides import ALIKE, Named, region_or_side


def by_region(patient: Patient, library: SafLibrary) -> Measurements:
    """The patient's measurements with one curve for each source region of the body.

    Raises
    ------
    DosimetryError : an unknown region; the remainder or the whole body as an organ; a region given twice; one
        side of a pair without the other, which is not absent; sides whose times, units or states differ, or
        whose masses are needed; a single kidney without its mass.
    """
    measured = patient.measurements
    assert measured is not None
    absent = absent_of(patient.absent, library)
    found: dict[str, dict[str, str]] = {}
    for word in measured.organs:
        named = _named(measured, word, patient, library)
        before = found.setdefault(named.region, {})
        if before and (named.side in before or "" in (named.side, *before)):
            raise DosimetryError(
                f"{measured.where(word, patient.name)}: the curve of '{named.region}' is given twice, also as"
                f" '{next(iter(before.values()))}'"
            )
        before[named.side] = word
    for region, words in found.items():
        first = next(iter(words.values()))
        if problem := one_sided(region, words, library, absent):
            raise DosimetryError(f"{measured.where(first, patient.name)}: the curve of '{first}' {problem}")
    check_mass_of_half(patient, absent, found, library)
    organs, places = {}, dict(measured.places)
    for region, words in found.items():
        both = [measured.organs[word] for word in words.values()]
        stand = [places.pop(word, None) for word in words.values()]
        if len(both) == 2:
            curve = _both(region, words, patient, measured, library)
        else:
            curve = both[0] if both[0].name == region else replace(both[0], name=region)
        organs[region] = curve
        if all(stand):
            places[region] = _joined([p for p in stand if p is not None])
    below_limit = {k: v for k, v in measured.below_limit.items() if k not in measured.organs}
    notes = {k: v for k, v in measured.notes.items() if k not in measured.organs}
    for region, words in found.items():
        if len(words) == 1:
            (word,) = words.values()
            below_limit[region] = measured.below_limit.get(word, ())
            notes[region] = measured.notes.get(word, ())
        else:  # the limit of one side is none of both together: the notes say what was done
            notes[region] = [f"{w}: {note}" for w in words.values() for note in measured.notes.get(w, ())]
    return replace(measured, organs=organs, places=places, below_limit=below_limit, notes=notes)


def check_mass_of_half(
    patient: Patient, absent: Collection[str], named: Collection[str], library: SafLibrary
) -> None:
    """A single kidney among the sources has its measured mass.

    absent, named : as in :func:`dosimetry.tiacs.regions.check_absent`.

    Raises
    ------
    DosimetryError : it has not; the message has the patient's row where there is one.
    """
    masses = source_values(patient.organ_mass_kg, library, what="measured mass", unit="kg", absent=absent)
    try:
        check_absent(absent, named, masses, library)
    except DosimetryError as error:
        where = f"{patient.place}, column 'absent'" if patient.place else f"patient '{patient.name}'"
        raise DosimetryError(f"{where}: {error}") from None


def _named(measured: Measurements, word: str, patient: Patient, library: SafLibrary) -> Named:
    where = f"phantom '{library.phantom}'"
    try:
        allowed = (*library.sources, REMAINDER, WHOLE_GUT)
        named = region_or_side(word, allowed, kind="source region", where=where)
    except PhantomError as error:
        raise DosimetryError(f"{measured.where(word, patient.name)}: {error}") from None
    if is_rest(named.region):
        raise DosimetryError(
            f"{measured.where(word, patient.name)}: '{word}' is not an organ: the remainder is made of the"
            " whole body's curve less all organs"
        )
    return named


def _joined(places: list[Place]) -> Place:
    if len(places) == 1:
        return places[0]
    return Place(places[0].file, " and ".join(p.rows for p in places), places[0].numbers)


def _both(
    region: str, words: Mapping[str, str], patient: Patient, measured: Measurements, library: SafLibrary
) -> Curve:
    """One curve of both sides."""
    left, right = (measured.organs[words[side]] for side in ("left", "right"))
    _check_alike(words, patient, measured)
    weight = (1.0, 1.0)
    if left.unit != "%IA":
        weight = _shares(region, words, patient, measured)
    value = weight[0] * left.value + weight[1] * right.value
    sd = common = None
    if left.sd is not None and right.sd is not None:
        sd = np.hypot(weight[0] * left.sd, weight[1] * right.sd)
        parts = [
            w * c.common_sd for w, c in zip(weight, (left, right), strict=True) if c.common_sd is not None
        ]
        common = np.concatenate(parts) if parts else None
    return replace(left, value=value, sd=sd, common_sd=common, name=region)


def _check_alike(words: Mapping[str, str], patient: Patient, measured: Measurements) -> None:
    """Both sides were measured at the same times, in one unit and state, both with errors or none."""
    curves = [measured.organs[words[side]] for side in ("left", "right")]
    places = [measured.places.get(words[side]) for side in ("left", "right")]
    left, right = curves

    def fail(problem: str, points: tuple[int | None, int | None] = (0, 0)) -> DosimetryError:
        rows = [
            f"'{words[side]}'" + (f" ({p.row(i) if i is not None else p.rows})" if p else "")
            for side, p, i in zip(("left", "right"), places, points, strict=True)
        ]
        where = f"{places[0].file}, {patient.name}" if places[0] else f"patient '{patient.name}'"
        return DosimetryError(f"{where}: {rows[0]} and {rows[1]} cannot be made one curve: {problem}")

    if left.unit != right.unit:
        raise fail(f"'{left.unit}' and '{right.unit}'; one unit is needed")
    for i in range(max(len(left), len(right))):
        times = [float(c.time_h[i]) if i < len(c) else None for c in curves]
        if times[0] != times[1]:
            at = [f"{t:g} h" if t is not None else "no further time" for t in times]
            points = tuple(i if t is not None else None for t in times)
            raise fail(f"{at[0]} and {at[1]}; both sides are needed at each time", (points[0], points[1]))
    if (left.decay_corrected, left.reference_h) != (right.decay_corrected, right.reference_h):
        raise fail("one is decay-corrected and the other is not, or to another time")
    if (left.sd is None) != (right.sd is None):
        raise fail(f"'{words['right' if right.sd is None else 'left']}' has no sd; both or none is needed")
    if (
        left.lambda_phys_per_h != right.lambda_phys_per_h
        or left.scale_relative_sd != right.scale_relative_sd
        or left.normalised_at_h is not None
        or right.normalised_at_h is not None
    ):
        raise fail("half-lives, common calibration or normalisation differ; add them before")


def _shares(
    region: str, words: Mapping[str, str], patient: Patient, measured: Measurements
) -> tuple[float, float]:
    """The shares of the left and the right side in the organ's mass."""
    masses: dict[str, float] = {}
    for word, mass in patient.organ_mass_kg.items():
        with contextlib.suppress(PhantomError):  # another region's
            masses[region_or_side(word, [region]).side] = mass
    if {"left", "right"} <= set(masses):
        total = masses["left"] + masses["right"]
        return masses["left"] / total, masses["right"] / total
    if region in ALIKE:
        return 0.5, 0.5
    raise DosimetryError(
        f"{measured.where(words['left'], patient.name)}: concentrations of '{words['left']}' and"
        f" '{words['right']}' are averaged by their masses, and the two are not alike: the measured mass of"
        " each is needed (table of masses), or give their contents in %IA"
    )
