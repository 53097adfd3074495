"""The volume of a lesion by a named rule, its axes, and the mass that follows."""

from __future__ import annotations

import math
from typing import NamedTuple

from dosimetry.errors import DosimetryError
from lesions.lesion import Lesion

#: A volume beyond this is no lesion's: 10 litres.
MOST_ML = 1e4


class LesionVolume(NamedTuple):
    """A lesion's volume in mL by a rule, said in words; the ratio of its largest to its smallest volume."""

    volume_mL: float
    how: str
    spread: float


def volume_of(lesion: Lesion, rule: str) -> LesionVolume:
    """The volume of a lesion by a rule: "mean", "first", "largest" (of the scans) or "fdg baseline".

    Where the rule finds no volume, the ellipsoid of the lesion's axes has it, where those were measured.

    Parameters
    ----------
    lesion : with volumes in its scans, or axes.
    rule : one of the four; the mean counts scans, whatever the time between them.

    Raises
    ------
    DosimetryError : there is no volume, or an unknown rule.

    Examples
    --------
    >>> from lesions.lesion import Uptake
    >>> scans = [Uptake(time_h=t, volume_mL=v) for t, v in ((24, 12.0), (96, 8.0))]
    >>> lesion = Lesion(patient="P01", name="L1", site="liver", uptake=tuple(scans))
    >>> volume_of(lesion, "mean").volume_mL, volume_of(lesion, "first").volume_mL
    (10.0, 12.0)
    """
    scans = [u.volume_mL for u in lesion.uptake if u.volume_mL is not None]
    baseline = [f.volume_mL for f in lesion.fdg if f.when == "baseline" and f.volume_mL is not None]
    if rule not in ("mean", "first", "largest", "fdg baseline"):
        raise DosimetryError(
            f"unknown rule '{rule}' of volumes; there are: mean, first, largest, fdg baseline"
        )
    found = baseline if rule == "fdg baseline" else scans
    if not found and lesion.axes_mm is not None:
        found = [math.pi / 6.0 * math.prod(lesion.axes_mm) / 1e3]
        return LesionVolume(_possible(found[0]), "ellipsoid of its axes", 1.0)
    if not found:
        where = "in the FDG scan at baseline" if rule == "fdg baseline" else "in any scan of the tracer"
        raise DosimetryError(f"no volume was measured {where}, so that there is no mass")
    value = {"mean": math.fsum(found) / len(found), "largest": max(found)}.get(rule, found[0])
    words = (
        "FDG scan at baseline"
        if rule == "fdg baseline"
        else f"{rule} of {len(found)} scan{'s' * (len(found) > 1)}"
    )
    return LesionVolume(_possible(value), words, max(found) / min(found))


def _possible(volume_mL: float) -> float:
    if not 0.0 < volume_mL <= MOST_ML:
        raise DosimetryError(f"a volume of {volume_mL:g} mL is no lesion's; above 0 and up to {MOST_ML:g} mL")
    return volume_mL
