"""What curves of a patient cannot be: more activity in an organ, or in all organs, than was administered.

A little above 100 % is what calibration does; far above is a mistake in a unit, in times or in the decay
state. Serum has a module of its own (:mod:`dosimetry.patients.serum_limits`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dosimetry.errors import DosimetryError
from dosimetry.patients.patient import WHOLE_BODY, Measurements, Patient
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics.curves.curve import FloatArray

#: A content above 100 % of what was administered is refused where it is above by more than this many
#: percentage points and by more than three of its standard deviations. PET and SPECT are calibrated to within
#: 10 %; a probe that sees activity move within the body reads up to 20 % more than at first.
ORGAN_MARGIN, WHOLE_BODY_MARGIN, STANDARD_DEVIATIONS = 10.0, 20.0, 3.0
#: Above it a content is refused whatever its standard deviation says.
MOST_PERCENT = 150.0
#: A whole body that never holds as much as this is likely a fraction, not a percentage.
FRACTION_PERCENT = 2.0


class Content(NamedTuple):
    """One measured content, corrected for decay to the time of administration, %IA."""

    percent: float
    sd: float | None
    row: str

    def impossible(self, margin: float) -> bool:
        """Whether it is above 100 % beyond all error of measurement."""
        if self.percent <= 100.0 + margin:
            return False
        sure = self.percent - STANDARD_DEVIATIONS * (self.sd or 0.0) > 100.0
        return sure or self.percent > MOST_PERCENT


def check_contents(
    patient: Patient, used: Mapping[str, UsedCurve], lambda_phys_per_h: float
) -> dict[str, list[str]]:
    """Warnings on the contents that the curves say, by curve.

    Parameters
    ----------
    patient : with measurements.
    used : "whole body" or source region -> its curve, with the factor from its unit to %IA.
    lambda_phys_per_h : the physical decay constant, 1/h.

    Raises
    ------
    DosimetryError : more than 100 % of the administered activity in the whole body, in an organ, or in all
        organs at one time, beyond errors of measurement; with the row where it is known.
    """
    measured = patient.measurements
    assert measured is not None
    warnings: dict[str, list[str]] = {}
    together: dict[float, dict[str, Content]] = {}
    for name, curve in used.items():
        if not (curve.of_organ or name == WHOLE_BODY):
            continue
        contents = _contents(curve, measured, lambda_phys_per_h)
        margin = ORGAN_MARGIN if curve.of_organ else WHOLE_BODY_MARGIN
        worst = max(contents.values(), key=lambda c: c.percent)
        time_h = next(t for t, c in contents.items() if c is worst)
        said = f"{worst.percent:.4g} % of the administered activity at {time_h:g} h"
        if worst.impossible(margin):
            raise DosimetryError(
                f"{_where(measured, name, patient, worst)}: {said}, corrected for decay: {_causes(curve)}"
            )
        if worst.percent > 100.0 + margin / 2.0:
            warnings.setdefault(name, []).append(f"{said}, corrected for decay; look at the calibration")
        if name == WHOLE_BODY and worst.percent < FRACTION_PERCENT:
            warnings.setdefault(name, []).append(
                f"never above {worst.percent:.3g} %IA: were fractions given where per cent are needed?"
            )
        if curve.of_organ:
            for t, content in contents.items():
                together.setdefault(t, {})[name] = content
    for time_h, parts in together.items():
        if len(parts) > 1:
            _check_sum(time_h, parts, patient, measured, [used[n] for n in parts], warnings)
    return warnings


def _contents(used: UsedCurve, measured: Measurements, lambda_phys_per_h: float) -> dict[float, Content]:
    """Time -> content in %IA with its standard deviation and its row."""
    corrected = used.curve.corrected(lambda_phys_per_h)
    place = measured.places.get(used.region)
    sd: FloatArray | list[None] = [None] * len(corrected) if corrected.sd is None else corrected.sd
    return {
        float(t): Content(
            float(v) * used.to_percent,
            None if s is None else float(s) * used.to_percent,
            place.row(i) if place else "",
        )
        for i, (t, v, s) in enumerate(zip(corrected.time_h, corrected.value, sd, strict=True))
    }


def _check_sum(
    time_h: float,
    parts: Mapping[str, Content],
    patient: Patient,
    measured: Measurements,
    used: Sequence[UsedCurve],
    warnings: dict[str, list[str]],
) -> None:
    """All organs at one time hold no more than was administered."""
    total = math.fsum(c.percent for c in parts.values())
    content = Content(total, math.hypot(*(c.sd or 0.0 for c in parts.values())), "")
    listed = ", ".join(f"{name} {c.percent:.3g} %" for name, c in parts.items())
    said = f"{total:.4g} % of the administered activity in all organs at {time_h:g} h ({listed})"
    if content.impossible(ORGAN_MARGIN):
        where = measured.table(*parts, patient=patient.name)
        raise DosimetryError(f"{where}: {said}, corrected for decay: {_causes(used[0])}")
    if total > 100.0 + ORGAN_MARGIN / 2.0:
        first = next(iter(parts))
        warnings.setdefault(first, []).append(f"{said}, corrected for decay; look at the calibration")


def _where(measured: Measurements, name: str, patient: Patient, content: Content) -> str:
    place = measured.places.get(name)
    if place is None or not place.numbers:
        return measured.where(name, patient.name)
    return f"{place.file}: {content.row}, {patient.name}, {name}"


def _causes(used: UsedCurve) -> str:
    """What is likely to be wrong."""
    found = ["are times in hours (not minutes or days)?"]
    if used.curve.decay_corrected:
        found.append(
            "were values as measured said to be decay-corrected, in another unit, or not in per cent?"
        )
    else:
        found.append(
            "are the values corrected for decay already (decay_corrected = false), or not in this unit?"
        )
    if used.curve.unit.startswith("kBq"):
        found.append("is administered_MBq right, and the organ's mass?")
    elif used.curve.unit == "%IA/g":
        found.append("is the organ's mass right?")
    return " ".join(found)
