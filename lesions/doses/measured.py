"""One lesion from its scans to its own activity, mass and self-dose; the body around it comes later."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dosimetry.imaging.recovery import AnyRecovery
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.study.uncertainty.outlines import recovery_of
from dosimetry.tiacs.plausible import bound_of, check_tiac
from kinetics.curves.curve import Curve
from kinetics.populations.cohort import Spread
from lesions.doses.curves import Person, curve_of
from lesions.doses.self_dose import OutlineShare, SelfDose, outline_share, self_dose
from lesions.doses.settings import MEANS, DoseSettings
from lesions.doses.time_courses import TimeCourse, time_course
from lesions.doses.volumes import LesionVolume, volume_of
from lesions.lesion import Lesion

#: Volumes of one lesion that differ by more than this factor are told: its self-dose is of one volume.
SAME_VOLUME = 1.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """One lesion: its curve, TIAC, mass and self-dose, with what is uncertain of each.

    tiac_h, se_tiac_h : of the lesion; se by its curve alone.
    u_model_h : of the TIAC by what is not known of the curve's form; None: not known.
    recovery_factor : recovery at the lesion's volume, where values were divided by it here.
    missing : share -> why it is not known.
    """

    lesion: Lesion
    curve: Curve
    course: TimeCourse
    volume: LesionVolume
    density_g_per_cm3: float
    mass_kg: float
    tiac_h: float
    se_tiac_h: float | None
    u_model_h: float | None
    own: SelfDose
    outline: OutlineShare | None
    recovery_factor: float | None
    missing: dict[str, str]
    notes: tuple[str, ...]


def measured(
    lesion: Lesion,
    person: Person,
    settings: DoseSettings,
    nuclide: Nuclide,
    *,
    decay_corrected: bool | None,
    daughters: str,
) -> Measured:
    """A lesion's own activity, mass and self-dose.

    Raises
    ------
    DosimetryError : what it lacks, or why its curve has no area; the message is the reason that tables have.
    """
    volume = volume_of(lesion, settings.volume)
    recovery = _recovery(settings)
    here = recovery if settings.outline is not None and settings.outline.corrected == "here" else None
    curve, notes = curve_of(
        lesion,
        person,
        nuclide,
        quantity=settings.quantity,
        integrate=settings.integrate,
        volume=volume,
        decay_corrected=decay_corrected,
        recovery=here,
    )
    course = time_course(curve, settings.curve_method(), _spread(settings))
    density = lesion.density_g_per_cm3 or settings.density_of(lesion.site)
    mass_kg = volume.volume_mL * density * 1e-3
    factor = 0.01 * (1.0 if settings.integrate == "activity" else volume.volume_mL)
    tiac = course.area * factor
    se = None if course.se_kinetics is None else course.se_kinetics * factor
    warning = check_tiac(f"its TIAC ({lesion.name})", tiac, se, bound_of(nuclide))
    axes = lesion.axes_mm if settings.shape == "ellipsoid" else None
    own = self_dose(nuclide, mass_kg, density_g_per_cm3=density, axes=axes, daughters=daughters)
    said = [*notes, *course.warnings, *([warning] if warning else [])]
    if settings.shape == "ellipsoid" and axes is None:
        said.append("its axes were not measured: its self-dose is a sphere's")
    if volume.spread > SAME_VOLUME:
        said.append(
            f"its volumes differ by more than a factor of {SAME_VOLUME:g}; mass and S value are of one"
        )
    if settings.quantity not in MEANS:
        said.append(f"{settings.quantity} is above the mean of the lesion, and so is its dose")
    outline, missing = _outline(lesion, volume, own, settings, recovery)
    if outline is not None:
        said += outline.notes
        missing |= outline.missing
    return Measured(
        lesion=lesion,
        curve=curve,
        course=course,
        volume=volume,
        density_g_per_cm3=density,
        mass_kg=mass_kg,
        tiac_h=tiac,
        se_tiac_h=se,
        u_model_h=None if course.se_model is None else course.se_model * factor,
        own=own,
        outline=outline,
        recovery_factor=None if here is None else here.at(volume.volume_mL),
        missing={**course.missing, **missing},
        notes=tuple(dict.fromkeys(said)),
    )


def _recovery(settings: DoseSettings) -> AnyRecovery | None:
    outline = settings.outline
    if outline is None or outline.recovery is None or outline.recovery.unknown is not None:
        return None
    return recovery_of(outline.recovery)


def _spread(settings: DoseSettings) -> Spread | None:
    one = settings.single_point
    if one is None:
        return None
    rate = math.log(2.0) / one.biologic_half_life_h
    return Spread(rate_per_h=rate, sd_log=one.sd_log, n=one.lesions)


def _outline(
    lesion: Lesion,
    volume: LesionVolume,
    own: SelfDose,
    settings: DoseSettings,
    recovery: AnyRecovery | None,
) -> tuple[OutlineShare | None, dict[str, str]]:
    """What the outline makes uncertain; without [lesions.dose.outline] nothing is known."""
    said = settings.outline
    if said is None:
        why = "[lesions.dose.outline] is not stated"
        return None, {"recovery": why, "volume": why}
    if said.corrected == "no":
        why = "values are not corrected for recovery"
    elif said.recovery is not None and said.recovery.unknown is not None:
        why = f"the recovery is unknown{': ' * bool(said.recovery.unknown)}{said.recovery.unknown}"
    else:
        why = ""
    found = outline_share(
        lesion.name,
        volume.volume_mL,
        own.mass_exponent,
        voxel_mm=said.voxel_mm,
        fwhm_mm=said.fwhm_mm,
        outline_fwhm_mm=said.outline_fwhm_mm,
        observer_percent=said.observer_percent,
        recovery=recovery,
        no_recovery=why,
        mean=settings.quantity in MEANS,
    )
    return found, {}
