"""Uptake of lesions over that of other tissues in the same scan, with its standard deviation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dosimetry.errors import DosimetryError
from lesions.lesion import QUANTITIES, Lesion, LesionPatient, ReferenceScan, Uptake

#: What a lesion's own surroundings are called beside the names of normal tissues.
BACKGROUND = "background"
#: A scan is one of the plan's if it is no farther from its time, as a part of that time.
FARTHEST = 0.25
#: h: a normal tissue that was measured farther from the lesion than this is of another scan.
SAME_SCAN_H = 2.0
ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class UptakeRatio:
    """One lesion in one scan over one other tissue.

    time_h : of the scan; ``planned_h`` of the plan, the same where there is no plan.
    beside : "background" (the tissue around the lesion) or a normal tissue's name.
    value, reference : ``quantity`` of the lesion, ``reference_quantity`` of the tissue; None: not measured.
    ratio, sd_ratio : None where they are not known; ``reason`` says why.

    >>> UptakeRatio(patient="P1", lesion="L1", site="bone", time_h=24.0, planned_h=24.0, quantity="suv_max",
    ...             reference_quantity="suv_mean", beside="liver", value=8.0, reference=4.0, ratio=2.0).ratio
    2.0
    """

    patient: str
    lesion: str
    site: str
    time_h: float
    planned_h: float
    quantity: str
    reference_quantity: str
    beside: str
    value: float | None = None
    sd_value: float | None = None
    reference: float | None = None
    sd_reference: float | None = None
    ratio: float | None = None
    sd_ratio: float | None = None
    reason: str = ""


def planned(time_h: float, scans_h: Sequence[float]) -> float:
    """The time of the plan that a scan counts as: the nearest; the scan's own where there is no plan.

    Raises
    ------
    DosimetryError : the nearest is farther away than a quarter of its time.

    >>> planned(92.5, (24, 96, 144)), planned(92.5, ())
    (96.0, 92.5)
    """
    if not scans_h:
        return time_h
    nearest = min(scans_h, key=lambda t: abs(t - time_h))
    if abs(nearest - time_h) > FARTHEST * nearest:
        raise DosimetryError(
            f"{time_h:g} h is farther from the nearest of lesions.scans_h, {nearest:g} h, than a quarter"
            " of it"
            f" ({', '.join(f'{t:g}' for t in scans_h)}); add its time there, or correct it"
        )
    return float(nearest)


def ratio_with_sd(
    value: float, sd_value: float | None, reference: float, sd_reference: float | None
) -> tuple[float, float | None]:
    """A ratio and its standard deviation, first order, errors of both independent.

    (s_r/r)^2 = (s_a/a)^2 + (s_b/b)^2 (JCGM 100:2008, 5.1.6); None where an SD is not known.

    >>> ratio_with_sd(8.0, 0.8, 4.0, 0.3)
    (2.0, 0.25)
    """
    ratio = value / reference
    if sd_value is None or sd_reference is None:
        return ratio, None
    return ratio, ratio * math.hypot(sd_value / value, sd_reference / reference)


def uptake_ratios(
    patients: Sequence[LesionPatient],
    quantity: str,
    reference_quantity: str,
    *,
    scans_h: Sequence[float] = (),
) -> list[UptakeRatio]:
    """Every lesion in every scan over its background and over each normal tissue that the cohort has.

    The tissue is that of the same scan of the same patient: both count as one time of the plan, and are at
    most 2 h apart. The SD of a ratio takes the two errors as independent; an error that both share, such as
    that of the scanner's calibration, cancels and belongs to neither SD.

    Parameters
    ----------
    patients : their lesions, with uptake.
    quantity : of the lesion, e.g. "suv_max".
    reference_quantity : of the tissue that it is divided by, e.g. "suv_mean".
    scans_h : times of the plan; scans count as the nearest, so that patients can be put together.

    Raises
    ------
    DosimetryError : a quantity that there is not, or SUV over SUL; a scan far from all times of the plan.

    Examples
    --------
    >>> from lesions import Lesion, LesionPatient, ReferenceScan, Uptake
    >>> scan = Uptake(time_h=96.0, value={"suv_max": 9.0}, sd={"suv_max": 0.9})
    >>> lesion = Lesion(patient="P1", name="L1", site="bone", uptake=(scan,))
    >>> blood = ReferenceScan(time_h=96.0, region="blood pool", value={"suv_mean": 3.0}, sd={"suv_mean": 0.3})
    >>> one = LesionPatient(name="P1", lesions=(lesion,), references=(blood,))
    >>> found = uptake_ratios([one], "suv_max", "suv_mean")[0]
    >>> found.beside, found.ratio, round(found.sd_ratio, 4)
    ('blood pool', 3.0, 0.4243)
    """
    for name in (quantity, reference_quantity):
        if name not in QUANTITIES:
            raise DosimetryError(f"unknown quantity '{name}'; there are: {', '.join(QUANTITIES)}")
    if quantity[:3] != reference_quantity[:3]:
        raise DosimetryError(
            f"{quantity} over {reference_quantity}: one is by body mass, the other by lean body mass"
        )
    beside = beside_what(patients)
    found = []
    for patient in patients:
        tissues = {(r.region, planned(r.time_h, scans_h)): r for r in patient.references}
        for lesion in patient.lesions:
            for scan in lesion.uptake:
                at = planned(scan.time_h, scans_h)
                for name in beside:
                    if name == BACKGROUND:
                        tissue, off = _of(scan.background, scan.sd_background, reference_quantity), ""
                    else:
                        tissue, off = _in_scan(tissues.get((name, at)), scan.time_h, reference_quantity)
                    found.append(_one(lesion, scan, at, quantity, reference_quantity, name, off, *tissue))
    return found


def beside_what(patients: Sequence[LesionPatient]) -> list[str]:
    """The background first, where any lesion has one, then the normal tissues of the cohort."""
    has = any(u.background for p in patients for lesion in p.lesions for u in lesion.uptake)
    return [*([BACKGROUND] if has else []), *sorted({r.region for p in patients for r in p.references})]


def _of(
    values: Mapping[str, float], sds: Mapping[str, float], quantity: str
) -> tuple[float | None, float | None]:
    return values.get(quantity), sds.get(quantity)


def _in_scan(
    tissue: ReferenceScan | None, time_h: float, quantity: str
) -> tuple[tuple[float | None, float | None], str]:
    """A normal tissue's uptake with its SD in the scan of this time; else of which other scan it is."""
    if tissue is None:
        return (None, None), ""
    if abs(tissue.time_h - time_h) > SAME_SCAN_H + ROUNDING:
        return (None, None), f"; it was measured at {tissue.time_h:g} h, more than {SAME_SCAN_H:g} h off"
    return _of(tissue.value, tissue.sd, quantity), ""


def _one(
    lesion: Lesion,
    scan: Uptake,
    at: float,
    quantity: str,
    reference_quantity: str,
    beside: str,
    off: str,
    reference: float | None,
    sd_reference: float | None,
) -> UptakeRatio:
    value, sd_value = _of(scan.value, scan.sd, quantity)
    ratio: float | None = None
    sd: float | None = None
    reason = ""
    if value is None:
        reason = f"no {quantity} of the lesion in this scan"
    elif reference is None:
        where = "around the lesion" if beside == BACKGROUND else f"of {beside}"
        reason = f"no {reference_quantity} {where} in this scan{off}"
    else:
        ratio, sd = ratio_with_sd(value, sd_value, reference, sd_reference)
        lacking = "the lesion" if sd_value is None else beside if sd_reference is None else ""
        reason = f"no SD of the ratio: that of {lacking} is not known" if lacking else ""
    return UptakeRatio(
        patient=lesion.patient, lesion=lesion.name, site=lesion.site, time_h=scan.time_h, planned_h=at,
        quantity=quantity, reference_quantity=reference_quantity, beside=beside, value=value,
        sd_value=sd_value, reference=reference, sd_reference=sd_reference, ratio=ratio, sd_ratio=sd,
        reason=reason,
    )  # fmt: skip
