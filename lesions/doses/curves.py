"""From what was measured of a lesion to a time-activity curve, per administered activity."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from dosimetry.errors import DosimetryError
from dosimetry.imaging.recovery import AnyRecovery
from dosimetry.nuclides.nuclide import Nuclide
from kinetics.curves.curve import Curve
from lesions.doses.volumes import LesionVolume
from lesions.lesion import Lesion, Uptake

#: Units of curves: share of the administered activity in the lesion, or in a mL of it.
PERCENT, PERCENT_PER_ML = "%IA", "%IA/mL"


class Person(NamedTuple):
    """What of a patient values are divided by: administered activity, body mass; None: not known."""

    name: str
    administered_MBq: float | None
    body_mass_kg: float | None


class LesionCurve(NamedTuple):
    """A curve, what it is, and what a reader should know of how it was made."""

    curve: Curve
    notes: tuple[str, ...]


def curve_of(
    lesion: Lesion,
    person: Person,
    nuclide: Nuclide,
    *,
    quantity: str,
    integrate: str,
    volume: LesionVolume,
    decay_corrected: bool | None,
    recovery: AnyRecovery | None = None,
) -> LesionCurve:
    """The curve of a lesion in %IA ("activity") or %IA/mL ("concentration").

    Parameters
    ----------
    quantity : what is taken of the table: "activity", "concentration", "suv_mean", "suv_peak", "suv_max". An
        SUV is decay-corrected to the administration, and is the concentration times body mass (in g) over
        the administered activity.
    integrate : what the curve is of, "activity" or "concentration". Of the other the volume of the same scan
        makes it, or, where that scan has none, the lesion's.
    volume : the lesion's by a rule, for scans without one.
    decay_corrected : of activities and concentrations; None: not said.
    recovery : values are divided by it at the scan's volume; None: they are taken as they are.

    Raises
    ------
    DosimetryError : no scan has the quantity; decay_corrected is not said, or against the definition of SUV;
        the administered activity or the body mass is missing.

    Examples
    --------
    >>> from dosimetry import nuclide
    >>> from lesions.doses.volumes import volume_of
    >>> scan = Uptake(time_h=24.0, value={"suv_mean": 7.0}, volume_mL=10.0)
    >>> lesion = Lesion(patient="P01", name="L1", site="liver", uptake=(scan,))
    >>> made = curve_of(
    ...     lesion, Person("P01", 74.0, 70.0), nuclide("Zr-89"), quantity="suv_mean", integrate="activity",
    ...     volume=volume_of(lesion, "mean"), decay_corrected=None,
    ... )
    >>> made.curve.value.round(6).tolist(), made.curve.unit  # 7 x 10 mL / 70 000 g
    ([0.1], '%IA')
    """
    corrected = _decay_state(quantity, decay_corrected)
    taken = [(u, *found) for u in lesion.uptake if (found := measured_value(u, quantity)) is not None]
    if not taken:
        raise DosimetryError(f"no scan has {_column(quantity)}")
    factor = _factor(quantity, person)
    time, value, sd, notes = [], [], [], []
    without_volume = 0
    for u, v, s in taken:
        of_scan = u.volume_mL if u.volume_mL is not None else volume.volume_mL
        without_volume += u.volume_mL is None
        scale = factor / (recovery.at(of_scan) if recovery is not None else 1.0)
        if (quantity == "activity") != (integrate == "activity"):
            scale *= 1.0 / of_scan if quantity == "activity" else of_scan
        time.append(u.time_h)
        value.append(v * scale)
        sd.append(None if s is None else s * scale)
    needs_volume = recovery is not None or (quantity == "activity") != (integrate == "activity")
    if without_volume and needs_volume:
        notes.append(
            f"{without_volume} of {len(taken)} scans without a volume take the lesion's ({volume.how})"
        )
    if len(taken) < len(lesion.uptake):
        notes.append(
            f"{len(lesion.uptake) - len(taken)} scans without {_column(quantity)} are not in the curve"
        )
    known = [s for s in sd if s is not None]
    if known and len(known) < len(sd):
        notes.append(f"{len(sd) - len(known)} of {len(sd)} scans have no SD, so that the curve has none")
    curve = Curve(
        time_h=np.array(time),
        value=np.array(value),
        sd=np.array(known) if len(known) == len(sd) else None,
        unit=PERCENT if integrate == "activity" else PERCENT_PER_ML,
        decay_corrected=corrected,
        name=f"lesion '{lesion.name}'",
        nuclide=nuclide,
    )
    return LesionCurve(curve, tuple(notes))


def _decay_state(quantity: str, said: bool | None) -> bool:
    if quantity.startswith("suv"):
        return True  # by definition, whatever the state of the activities in the same table
    if said is None:
        raise DosimetryError(
            "lesions.decay_corrected is missing: say whether activities of lesions are corrected to the time"
            " of administration (true) or as at the scan (false)"
        )
    return said


def _column(quantity: str) -> str:
    return {"activity": "activity_MBq", "concentration": "concentration_kBq_per_mL"}.get(quantity, quantity)


#: Quantity -> its value and SD in one scan.
_OF: dict[str, Callable[[Uptake], tuple[float | None, float | None]]] = {
    "activity": lambda u: (u.activity_MBq, u.sd_activity_MBq),
    "concentration": lambda u: (u.concentration_kBq_per_mL, u.sd_concentration_kBq_per_mL),
}


def measured_value(u: Uptake, quantity: str) -> tuple[float, float | None] | None:
    """A quantity of one scan and its SD; None: it was not measured."""
    value, sd = _OF[quantity](u) if quantity in _OF else (u.value.get(quantity), u.sd.get(quantity))
    return None if value is None else (value, sd)


def _factor(quantity: str, person: Person) -> float:
    """From the quantity's unit to %IA, or to %IA/mL."""
    needed = person.body_mass_kg if quantity.startswith("suv") else person.administered_MBq
    if needed is None:
        name = "body_mass_kg" if quantity.startswith("suv") else "administered_MBq"
        raise DosimetryError(f"{name} of patient '{person.name}' is missing, which {quantity} is turned by")
    per_mL_of_kBq = 1e-3  # MBq
    return 100.0 / needed * (1.0 if quantity == "activity" else per_mL_of_kBq)
