"""The time of best contrast: of the times that were scanned, the one with the highest ratio."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from dosimetry.errors import DosimetryError
from lesions.uptake.ratios import UptakeRatio

LEVEL = 0.95
ONE_TIME = "scanned at one time only, so there is none to choose"


@dataclass(frozen=True, kw_only=True)
class ContrastAt:
    """The ratio at one time: a lesion's, or a median with its interval.

    low, high : of a median, by order statistics; None where it has none, and ``reason`` says why.

    >>> ContrastAt(time_h=96.0, ratio=5.0, low=3.1, high=7.2).ratio
    5.0
    """

    time_h: float
    ratio: float
    low: float | None = None
    high: float | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class BestContrast:
    """Contrast over time and its best time, of a lesion, of a patient or of the cohort.

    patient, lesion : "" where all are meant.
    beside : what the lesions are divided by.
    at : contrast at each time.
    n_lesions, n_patients : in it; those lack that were not measured at every time, so that each time has the
        same lesions.
    left_out : how many lesions (of a patient's) or patients (of the cohort's) lack for that.
    best_h : time of the highest ratio, the earliest of equals; None: ``reason`` says why.

    >>> at = (ContrastAt(time_h=24.0, ratio=2.0), ContrastAt(time_h=96.0, ratio=5.0))
    >>> BestContrast(patient="P1", lesion="L1", beside="liver", at=at, n_lesions=1, n_patients=1).best_h
    96.0
    """

    patient: str
    lesion: str
    beside: str
    at: tuple[ContrastAt, ...] = ()
    n_lesions: int = 0
    n_patients: int = 0
    left_out: int = 0
    reason: str = ""
    best_h: float | None = field(init=False)

    def __post_init__(self) -> None:
        best = max(self.at, key=lambda a: (a.ratio, -a.time_h)).time_h if len(self.at) > 1 else None
        object.__setattr__(self, "best_h", best)


def median_interval(values: Sequence[float], level: float = LEVEL) -> tuple[float, float] | None:
    """Interval of a median that assumes no distribution, between two order statistics.

    The j-th lowest and the j-th highest of n values hold the median with probability
    1 - 2 B(j - 1; n, 1/2), B the binomial distribution function; j is the largest for which that is ``level``
    or more (Hahn & Meeker, Statistical Intervals, Wiley 1991, chapter 5). None where even the lowest and the
    highest do not reach it: of fewer than 6 values for 95 %.

    Parameters
    ----------
    values : independent of each other.
    level : above 0 and below 1.

    Raises
    ------
    DosimetryError : a level that there cannot be.

    Examples
    --------
    >>> median_interval([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0])
    (2.0, 9.0)
    """
    if not 0.0 < level < 1.0:
        raise DosimetryError(f"level is {level!r}; a number above 0 and below 1 is needed")
    n, ordered = len(values), sorted(values)
    below, j = 0.0, 0
    while j < (n + 1) // 2:
        more = below + math.comb(n, j) / 2.0**n
        if 1.0 - 2.0 * more < level:
            break
        below, j = more, j + 1
    return (ordered[j - 1], ordered[n - j]) if j else None


def best_contrasts(ratios: Sequence[UptakeRatio], *, level: float = LEVEL) -> list[BestContrast]:
    """Time of best contrast of each lesion, of each patient and of the cohort, beside each other tissue.

    A lesion's best time has its highest ratio; a patient's has the highest median over the lesions that were
    measured at all of the patient's times; the cohort's has the highest median over patients of these
    medians, of the patients who were scanned at all of the cohort's times. A time at which fewer than half
    of a patient's lesions, or of the patients, were measured is none of these times. Lesions of
    one patient are not independent, so that the cohort's interval is over patients, and one patient's holds
    for that patient. The best of several times is the best of those scanned, and the higher of chance too:
    look at the intervals.

    Parameters
    ----------
    ratios : from :func:`uptake_ratios`, with their planned times.
    level : of the medians' intervals (:func:`median_interval`).

    Raises
    ------
    DosimetryError : a level that there cannot be; a lesion that has two ratios at one planned time.

    Examples
    --------
    >>> from lesions import UptakeRatio
    >>> of = dict(patient="P1", lesion="L1", site="bone", quantity="suv_max", reference_quantity="suv_mean")
    >>> early, late = (
    ...     UptakeRatio(**of, time_h=t, planned_h=t, beside="liver", ratio=r)
    ...     for t, r in ((24.0, 1.1), (96.0, 1.9))
    ... )
    >>> lesion, patient, cohort = best_contrasts([early, late])
    >>> lesion.best_h, cohort.at[1].ratio, cohort.at[1].reason
    (96.0, 1.9, 'no interval: fewer than 6 patients')
    """
    found = []
    for beside in dict.fromkeys(r.beside for r in ratios):
        series: dict[str, dict[str, dict[float, float | None]]] = {}
        for r in ratios:
            if r.beside == beside:
                one = series.setdefault(r.patient, {}).setdefault(r.lesion, {})
                if r.planned_h in one:
                    raise DosimetryError(
                        f"patient '{r.patient}', lesion '{r.lesion}': two scans count as the one at"
                        f" {r.planned_h:g} h"
                    )
                one[r.planned_h] = r.ratio
        medians: dict[str, dict[float, float]] = {}
        counted: dict[str, int] = {}
        for patient, lesions in series.items():
            found += [_of_lesion(patient, name, beside, of) for name, of in lesions.items()]
            whole = _of_patient(patient, beside, lesions, level)
            found.append(whole)
            medians[patient] = {a.time_h: a.ratio for a in whole.at}
            counted[patient] = whole.n_lesions
        found.append(_of_cohort(beside, medians, counted, level))
    return found


def _of_lesion(patient: str, lesion: str, beside: str, of: dict[float, float | None]) -> BestContrast:
    known = {t: r for t, r in sorted(of.items()) if r is not None}
    reason = "no ratio is known" if not known else ONE_TIME if len(known) == 1 else ""
    at = tuple(ContrastAt(time_h=t, ratio=r) for t, r in known.items())
    return BestContrast(
        patient=patient, lesion=lesion, beside=beside, at=at, n_lesions=1, n_patients=1, reason=reason
    )


def _of_patient(
    patient: str, beside: str, lesions: dict[str, dict[float, float | None]], level: float
) -> BestContrast:
    """Medians over a patient's lesions; times at which none was measured are none of the patient's."""
    known = [{t: r for t, r in of.items() if r is not None} for of in lesions.values()]
    times, rare = _times_of_most(known)
    whole = [of for of in known if times and all(t in of for t in times)]
    at = tuple(_median_at(t, [of[t] for of in whole], level, "lesions") for t in times if whole)
    reason = _why_none(times, rare, whole, "lesion")
    return BestContrast(
        patient=patient, lesion="", beside=beside, at=at, n_lesions=len(whole), n_patients=1,
        left_out=len(lesions) - len(whole), reason=reason,
    )  # fmt: skip


def _of_cohort(
    beside: str, medians: dict[str, dict[float, float]], counted: dict[str, int], level: float
) -> BestContrast:
    times, rare = _times_of_most(list(medians.values()))
    whole = {p: of for p, of in medians.items() if times and all(t in of for t in times)}
    at = tuple(_median_at(t, [of[t] for of in whole.values()], level, "patients") for t in times if whole)
    return BestContrast(
        patient="", lesion="", beside=beside, at=at, n_lesions=sum(counted[p] for p in whole),
        n_patients=len(whole), left_out=len(medians) - len(whole),
        reason=_why_none(times, rare, list(whole), "patient"),
    )  # fmt: skip


def _times_of_most(measured: Sequence[Mapping[float, float]]) -> tuple[list[float], list[float]]:
    """Times at which at least half of those that were measured at all were measured, and the others."""
    of = [m for m in measured if m]
    counted: dict[float, int] = {}
    for m in of:
        for t in m:
            counted[t] = counted.get(t, 0) + 1
    most = sorted(t for t, n in counted.items() if 2 * n >= len(of))
    return most, sorted(set(counted) - set(most))


def _why_none(times: Sequence[float], rare: Sequence[float], whole: Sequence[object], what: str) -> str:
    said = ", ".join(f"{t:g}" for t in rare)
    left = f"; left out: {said} h, when fewer than half of the {what}s were measured" if rare else ""
    if not times:
        return "no ratio is known" + left
    if not whole:
        return f"no {what} was measured at all of the times ({', '.join(f'{t:g}' for t in times)} h)" + left
    return ((ONE_TIME if len(times) == 1 else "") + left).removeprefix("; ")


def _median_at(time_h: float, values: Sequence[float], level: float, what: str) -> ContrastAt:
    interval = median_interval(values, level)
    if interval is None:
        least = next(n for n in range(2, 100) if 1.0 - 2.0 * 0.5**n >= level)
        return ContrastAt(
            time_h=time_h, ratio=median(values), reason=f"no interval: fewer than {least} {what}"
        )
    return ContrastAt(time_h=time_h, ratio=median(values), low=interval[0], high=interval[1])
