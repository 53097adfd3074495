"""Whether a serum curve can be: its activity in the patient's plasma against 100 %, the whole body, and time.

Concentration times plasma volume is a share of what was administered. The volume is expected, not measured:
98 % of men and 99 % of women lie within 25 % of what is expected from height and mass (ICSH: Pearson et al.,
Br J Haematol 1995;89:748). Someone with a quarter less shows 133 %, and 147 % with 10 % of calibration on
top: so 150 % is a warning, and 200 %, which only half the expected plasma would explain, an error. Tracers
leave the plasma as fast as they like: low values are never an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dosimetry.errors import DosimetryError
from dosimetry.patients.patient import SERUM, Measurements, Patient
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics.curves.body_size import BODY_TO_VENOUS_HAEMATOCRIT, nadler_blood_volume_L
from kinetics.curves.curve import Curve, FloatArray
from phantoms.library.locality import body_mass_kg
from phantoms.library.saf import SafLibrary

#: Blood of the reference adults per body mass, mL/kg, and the share of plasma in it (ICRP Publication 89,
#: 2002: 5300 mL in 73 kg, 3900 mL in 60 kg; plasma 3000 and 2400 mL).
BLOOD_ML_PER_KG = {"male": 5300 / 73, "female": 3900 / 60}
PLASMA_SHARE = {"male": 3000 / 5300, "female": 2400 / 3900}
#: Heights that Nadler's formula is used for: it was made with adults.
NADLER_CM = (140.0, 220.0)

#: Plasma above this share of what was administered, %: said; refused.
UNLIKELY_PERCENT, IMPOSSIBLE_PERCENT = 150.0, 200.0
#: Plasma above this multiple of what the whole body retains at that time: said; refused.
UNLIKELY_OF_BODY, IMPOSSIBLE_OF_BODY = 1.5, 3.0
#: Beyond this many times the last reading of the whole body its fit is extrapolated too far to refuse by.
BODY_REACHES = 2.0
#: Neither a sample nor the fit at time 0 has as much as this in plasma, %: said.
LOW_PERCENT = 1.0
#: Serum this many times as long as any scan: said; refused where times fit the scans' in another unit.
TOO_LONG = 10.0
#: Other units of time -> hours in one.
OTHER_UNITS = {"days": 24.0, "minutes": 1.0 / 60.0, "seconds": 1.0 / 3600.0}
#: A sample belongs to a scan where their times differ by less than this share.
SAME_TIME = 0.1
#: So many scans' times must be met in another unit.
SCANS_MET = 3

CAUSES = (
    "are sample volume (mL), administered_MBq, the standard's activity (kBq) and all times (h) in these"
    " units, and"
    " is the decay state the right one?"
)


@dataclass(frozen=True)
class PlasmaVolume:
    """A patient's expected plasma volume.

    litres : L.
    how : by what it was found.
    """

    litres: float
    how: str


def plasma_volume(patient: Patient, library: SafLibrary) -> PlasmaVolume:
    """The expected plasma volume: blood volume times (1 - body haematocrit).

    Blood: Nadler, Hidalgo and Bloch (Surgery 1962;51:224) from height, mass and sex where height (1.40 to
    2.20 m) and mass are known; else the reference adult's in proportion to the body mass, the phantom's
    where the patient's is not known. Body haematocrit: 0.91 times the patient's; the reference adult's where
    not known.

    >>> from phantoms import load_phantom
    >>> man = Patient(name="P01", sex="male", phantom="adult male", body_mass_kg=73.0)
    >>> round(plasma_volume(man, load_phantom("adult male")).litres, 3)
    3.0
    """
    sex, height, mass = patient.sex, patient.height_cm, patient.body_mass_kg
    if height is not None and mass is not None and NADLER_CM[0] <= height <= NADLER_CM[1]:
        blood = nadler_blood_volume_L(sex, height / 100.0, mass)
        how = f"Nadler's blood volume, {blood:.3g} L"
    else:
        whose = f"{mass:g} kg" if mass is not None else f"the {body_mass_kg(library):.3g} kg of the phantom"
        blood = BLOOD_ML_PER_KG[sex] * (mass if mass is not None else body_mass_kg(library)) / 1000.0
        how = f"the reference adult's blood in {whose}, {blood:.3g} L"
    if patient.haematocrit is None:
        return PlasmaVolume(blood * PLASMA_SHARE[sex], f"{how}, x the reference's share of plasma")
    share = 1.0 - BODY_TO_VENOUS_HAEMATOCRIT * patient.haematocrit
    return PlasmaVolume(blood * share, f"{how}, x (1 - 0.91 x haematocrit)")


def check_serum(
    patient: Patient, serum: UsedCurve, whole_body: UsedCurve, library: SafLibrary, lambda_phys_per_h: float
) -> list[str]:
    """Warnings on a serum curve.

    Parameters
    ----------
    patient : with measurements.
    serum, whole_body : the curves with their fits.
    library : the patient's body.
    lambda_phys_per_h : the physical decay constant, 1/h.

    Raises
    ------
    DosimetryError : a sample that would put twice the administered activity into the plasma, or three times
        what the whole body retains; times that fit the scans' in another unit and outlast them tenfold.
    """
    measured = patient.measurements
    assert measured is not None
    volume = plasma_volume(patient, library)
    curve = serum.curve.corrected(lambda_phys_per_h)
    percent = curve.value * volume.litres
    low = percent if curve.sd is None else percent - 3.0 * curve.sd * volume.litres
    said = _check_share(patient, measured, serum, curve, percent, low, volume)
    said += _check_body(patient, measured, curve, percent, low, whole_body, volume)
    said += _check_times(patient, measured, curve)
    return said


def _place(measured: Measurements, patient: Patient, point: int) -> str:
    place = measured.places.get(SERUM)
    if place is None or not place.numbers:
        return measured.where(SERUM, patient.name)
    return f"{place.file}: {place.row(point)}, {patient.name}, serum"


def _check_share(
    patient: Patient,
    measured: Measurements,
    serum: UsedCurve,
    curve: Curve,
    percent: FloatArray,
    low: FloatArray,
    volume: PlasmaVolume,
) -> list[str]:
    """The plasma's content against what was administered."""
    at = int(percent.argmax())
    in_plasma = f"in {volume.litres:.3g} L of plasma ({volume.how})"
    said = (
        f"{curve.value[at]:.4g} %IA/L at {curve.time_h[at]:g} h, corrected for decay, are {percent[at]:.3g} %"
    )
    sentence = f"{said} of the administered activity {in_plasma}"
    if low[at] > IMPOSSIBLE_PERCENT:
        raise DosimetryError(f"{_place(measured, patient, at)}: {sentence}: {CAUSES}")
    if percent[at] > UNLIKELY_PERCENT:
        return [f"{sentence}: {CAUSES}"]
    start = 0.0
    if serum.fit is not None:
        start = float(serum.fit.predict(0.0, decay_corrected=True)[0]) * volume.litres
        if start > UNLIKELY_PERCENT:
            return [f"the fit at time 0 is {start:.3g} % of the administered activity {in_plasma}: {CAUSES}"]
    highest = max(start, float(percent[at]))
    if highest < LOW_PERCENT:
        return [
            f"no more than {highest:.2g} % of the administered activity {in_plasma}, at no time: usual only"
            " for"
            f" what leaves the blood at once; {CAUSES}"
        ]
    return []


def _check_body(
    patient: Patient,
    measured: Measurements,
    curve: Curve,
    percent: FloatArray,
    low: FloatArray,
    whole_body: UsedCurve,
    volume: PlasmaVolume,
) -> list[str]:
    """The plasma's content against what the whole body retains at the same time."""
    if whole_body.fit is None:
        return []
    fit = whole_body.fit
    body = fit.predict(curve.time_h, decay_corrected=True)
    reaches = curve.time_h <= BODY_REACHES * whole_body.curve.time_h[-1]
    ratio = percent / np.maximum(body, 1e-300)

    def sentence(at: int) -> str:
        return (
            f"{percent[at]:.3g} % of the administered activity in {volume.litres:.3g} L of plasma at"
            f" {curve.time_h[at]:g} h, but {body[at]:.3g} % in the whole body, both corrected for decay:"
            f" {CAUSES}"
        )

    wrong = np.flatnonzero(reaches & (low > IMPOSSIBLE_OF_BODY * body))
    if wrong.size:
        at = int(wrong[ratio[wrong].argmax()])
        raise DosimetryError(f"{_place(measured, patient, at)}: {sentence(at)}")
    at = int(ratio.argmax())
    return [sentence(at)] if low[at] > UNLIKELY_OF_BODY * body[at] else []


def _check_times(patient: Patient, measured: Measurements, curve: Curve) -> list[str]:
    """The samples' times against the scans'."""
    scans = np.unique(np.concatenate([c.time_h for c in (measured.whole_body, *measured.organs.values())]))
    unit = other_unit(curve.time_h, scans)
    last, longest = float(curve.time_h[-1]), float(scans[-1])
    long = f"the last sample is at {last:g} h, the last scan at {longest:g} h"
    if unit and last > TOO_LONG * longest:
        raise DosimetryError(
            f"{_place(measured, patient, len(curve) - 1)}: {long}, and the samples' times would be the scans'"
            f" if they were {unit}: all times are hours after administration"
        )
    if unit:
        return [
            f"the samples' times would be the scans' if they were {unit}; all times are hours: look at them"
        ]
    return [f"{long}: are both in hours?"] if last > TOO_LONG * longest else []


def other_unit(time_h: Sequence[float] | FloatArray, scans_h: Sequence[float] | FloatArray) -> str | None:
    """The unit in which samples' times are those of scans, where they are not so in hours; else None.

    A sample's time is a scan's where they differ by less than 10 %. Of another unit at least three scans
    must be met, more than half of all, and twice as many as in hours.

    >>> other_unit([0.04, 1.0, 3.0, 7.0], [1.0, 24.0, 72.0, 168.0])
    'days'
    >>> other_unit([0.1, 1.0, 25.0, 70.0, 165.0], [1.0, 24.0, 72.0, 168.0]) is None
    True
    """
    times = np.asarray(time_h, dtype=float)
    scans = np.asarray(scans_h, dtype=float)
    scans = scans[scans > 0.0]

    def met(hours: float) -> int:
        off = np.abs(times[None, :] * hours - scans[:, None])
        return int(np.count_nonzero((off <= SAME_TIME * scans[:, None]).any(axis=1)))

    in_hours = met(1.0)
    found = {unit: met(hours) for unit, hours in OTHER_UNITS.items()}
    best = max(found, key=lambda unit: found[unit])
    enough = found[best] >= max(SCANS_MET, 2 * in_hours) and 2 * found[best] > len(scans)
    return best if enough else None
