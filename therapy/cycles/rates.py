"""Dose rates of a body's targets in each cycle, and their biologically effective doses over a course.

The dose rate of a target is the sum over all sources of S times what is in the source at that time: every
source by its own curve, the remainder by the whole body's less those of the sources.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dosimetry.errors import DosimetryError
from dosimetry.patients.patient import WHOLE_BODY
from dosimetry.svalues.folding import KINDS
from phantoms.regions.names import REMAINDER
from therapy.biology.bed import Bed, bed
from therapy.biology.dose_rate import AnyDoseRate, DoseRate, FloatArray, PiecewiseDoseRate, SummedDoseRate
from therapy.biology.rbe import rbe_max_of
from therapy.biology.uncertainty import bed_uncertainty
from therapy.cycles.carried import CycleTiacs
from therapy.cycles.doses import MGY_PER_GY, CourseDoses, index_of
from therapy.cycles.time_course import Exponentials, TimeCourse, added
from therapy.limits.table import TissueConstants


@dataclass(frozen=True)
class TargetRate:
    """The dose rate of one target in one cycle.

    rate : Gy/h; its integral is the target's dose in the cycle.
    notes : what stands for a source that has no curve of its own.
    """

    rate: AnyDoseRate
    notes: tuple[str, ...] = ()


def target_rate(doses: CourseDoses, number: int, target: str) -> TargetRate:
    """The dose rate of a target in one cycle.

    Raises
    ------
    DosimetryError : no such target; a source of its dose has no curve, nor has the whole body; a dose rate
        that falls below 0 at some time.
    """
    t, cycle = index_of(doses.targets, target), doses.cycles[number - 1]
    activity = doses.course.cycle(number).administered_MBq
    parts: list[tuple[float, TimeCourse]] = []
    notes: list[str] = []
    per_h = doses.per_tiac_mGy_per_MBq_h[:, :, t].sum(axis=1)
    whole = float(doses.dose_Gy[number - 1, t])
    for s, source in enumerate(doses.sources):
        dose = float(per_h[s]) * cycle.value_h(source) * activity / MGY_PER_GY
        if dose <= 0.0:
            continue
        course, note = _course(cycle, source)
        if note:
            notes.append(f"{note} ({100 * dose / whole:.2g} % of the dose)")
        parts.append((dose, course))
    if not parts:
        raise DosimetryError(f"'{target}' has no dose in cycle {number}")
    smooth = [(dose, course) for dose, course in parts if isinstance(course, Exponentials)]
    rates = [as_dose_rate(added(smooth), sum(dose for dose, _ in smooth))] if smooth else []
    rates += [as_dose_rate(course, dose) for dose, course in parts if not isinstance(course, Exponentials)]
    return TargetRate(rates[0] if len(rates) == 1 else SummedDoseRate(tuple(rates)), tuple(notes))


def _course(cycle: CycleTiacs, source: str) -> tuple[TimeCourse, str]:
    """A source's time course, and what stands for it where it has none."""
    course = cycle.courses[source]
    if not isinstance(course, str):
        return course, f"{source} in time: {cycle.of_rest}" if source == REMAINDER and cycle.of_rest else ""
    whole = cycle.courses.get(WHOLE_BODY, "there is none")
    if isinstance(whole, str):
        raise DosimetryError(f"'{source}' has no course in time: {course}; the whole body: {whole}")
    return whole, f"{source} in time as the whole body, since {course}"


def as_dose_rate(course: TimeCourse, dose_Gy: float) -> DoseRate | PiecewiseDoseRate:
    """A time course as the dose rate of a dose.

    Raises
    ------
    DosimetryError : it is below 0 at some time.
    """
    factor = dose_Gy / course.tiac_h
    if isinstance(course, Exponentials):
        return DoseRate(course.amplitude * factor, course.rate_per_h)
    return PiecewiseDoseRate(
        course.time_h,
        np.maximum(course.value, 0.0) * factor,
        course.tail_per_h if course.tail > 0 else None,
        between=course.between,
        tail_Gy_per_h=course.tail * factor if course.tail > 0 else None,
        decay_per_h=course.decay_per_h,
    )


@dataclass(frozen=True)
class CourseBed:
    """The biologically effective dose of one target, or lesion, over a course; or why there is none.

    tissue : the constants.
    bed : of the course, with repair between the cycles; None: ``reason`` says why.
    u_bed_Gy : standard uncertainty by the doses' and by those of the constants that are stated, the course in
        time held; NaN: not known.
    rates : dose rate of each cycle.
    """

    tissue: TissueConstants
    bed: Bed | None
    u_bed_Gy: float
    rates: tuple[AnyDoseRate, ...] = ()
    reason: str = ""
    notes: tuple[str, ...] = ()


def course_bed(
    starts_h: tuple[float, ...],
    rates: tuple[AnyDoseRate, ...],
    tissue: TissueConstants,
    covariance_Gy2: FloatArray | None,
    *,
    rbe_max: float = 1.0,
    notes: tuple[str, ...] = (),
) -> CourseBed:
    """The BED of dose rates that begin at these times.

    covariance_Gy2 : (C, C) of the cycles' doses; None: not known.
    """
    course = list(zip(starts_h, rates, strict=True))
    found = bed(course, tissue.alpha_beta_Gy, tissue.repair_half_time_h, rbe_max=rbe_max)
    u = float("nan")
    if covariance_Gy2 is not None:
        sd = np.sqrt(np.diag(covariance_Gy2))
        safe = np.where(sd > 0.0, sd, 1.0)
        correlation = covariance_Gy2 / np.outer(safe, safe)
        np.fill_diagonal(correlation, 1.0)
        u = bed_uncertainty(
            found,
            course,
            u_dose_relative=sd / found.dose_by_cycle_Gy,
            correlation=correlation,
            u_alpha_beta_Gy=tissue.u_alpha_beta_Gy,
            u_repair_relative=tissue.u_repair_relative,
        ).u_bed_Gy
    return CourseBed(tissue, found, u, rates, "", notes)


def organ_bed(doses: CourseDoses, target: str, tissue: TissueConstants, rbe_alpha: float | None) -> CourseBed:
    """The BED of a target over the whole course.

    rbe_alpha : factor of alphas' dose in the linear term; needed where alphas have a dose.
    """
    numbers = [c.number for c in doses.course.cycles]
    try:
        made = [target_rate(doses, number, target) for number in numbers]
        part = doses.part_Gy[:, :, index_of(doses.targets, target)].sum(axis=0)
        return course_bed(
            tuple(doses.course.start_h(number) for number in numbers),
            tuple(m.rate for m in made),
            tissue,
            doses.covariance_Gy2(target),
            rbe_max=linear_factor(part, rbe_alpha),
            notes=tuple(dict.fromkeys(note for m in made for note in m.notes)),
        )
    except DosimetryError as error:
        return CourseBed(tissue, None, float("nan"), (), f"no BED: {error}")


def linear_factor(part_Gy: FloatArray, rbe_alpha: float | None) -> float:
    """Factor of a BED's linear term: the mean RBE of the doses by photons, electrons and alphas, (3,).

    Raises
    ------
    DosimetryError : alphas have a dose, and their RBE is not stated.
    """
    by_radiation = dict(zip(KINDS, part_Gy.tolist(), strict=True))
    if by_radiation["alpha"] <= 0.0:
        return 1.0
    if rbe_alpha is None:
        raise DosimetryError("alphas have a dose, and their RBE is not stated (therapy.rbe_alpha)")
    return rbe_max_of(by_radiation, {"alpha": rbe_alpha})
