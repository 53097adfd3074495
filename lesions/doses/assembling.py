"""The parts of one lesion's dose put together, with its uncertainty by source and its dose rate."""

from __future__ import annotations

import math
from dataclasses import replace

from dosimetry.nuclides.nuclide import Nuclide
from lesions.doses.around.crossing import CrossDose
from lesions.doses.around.own_body import OwnLesion
from lesions.doses.lesion_dose import CROSS, DoseRate, ExponentialRate, LesionDose, PiecewiseRate
from lesions.doses.measured import Measured
from lesions.doses.settings import DoseSettings

#: Masses of a lesion by its volume and by its region that differ by more than this share are told.
SAME_MASS = 0.2


def assembled(
    m: Measured, cross: CrossDose, own: OwnLesion | None, settings: DoseSettings, nuclide: Nuclide
) -> LesionDose:
    """One lesion's dose of its parts, with its uncertainty by source."""
    lesion, notes, missing = m.lesion, list(m.notes), dict(m.missing)
    shape, mass_kg = m.own.shape, m.mass_kg
    if own is None:
        by_kind = {kind: s * m.tiac_h for kind, s in m.own.dose_mGy_per_MBq_h.items()}
    else:
        by_kind, shape, mass_kg = (
            dict(own.self_mGy_per_MBq),
            f"the patient's own region '{own.region}'",
            own.mass_kg,
        )
        if abs(own.mass_kg / m.mass_kg - 1.0) > SAME_MASS:
            notes.append(
                f"its region in the patient's body weighs {own.mass_kg * 1e3:.3g} g, its volume says"
                f" {m.mass_kg * 1e3:.3g} g; the self-dose is of the region"
            )
    mine = math.fsum(by_kind.values())
    parts: dict[str, float] = {}
    of_self = {"kinetics": m.se_tiac_h, "model": m.u_model_h}
    for share, u in of_self.items():
        if u is not None:
            parts[share] = u / m.tiac_h * mine
    if settings.calibration_percent is not None:
        parts["calibration"] = settings.calibration_percent / 100.0 * mine
    outline = m.outline
    if outline is not None:
        if outline.volume is not None:
            parts["volume"] = outline.volume * mine
        if outline.recovery is not None:
            parts["recovery"] = outline.recovery * mine
    if cross.by_kind is None:
        missing[CROSS] = cross.how
    else:
        notes.extend(cross.notes)
        if cross.u_kinetics is None:
            notes.append("the standard errors of the TIACs around it are not known, and in no number")
        elif "kinetics" in parts:
            parts["kinetics"] = math.hypot(parts["kinetics"], cross.u_kinetics)
        if cross.u_place and "model" in parts:
            parts["model"] = math.hypot(parts["model"], cross.u_place)
        elif cross.u_place:
            missing["model"] += f"; the place in its organ alone makes {cross.u_place:.3g} mGy/MBq"
    return LesionDose(
        patient=lesion.patient,
        lesion=lesion.name,
        site=lesion.site,
        organ=lesion.organ,
        nuclide=nuclide.name,
        tiac_h=m.tiac_h,
        se_tiac_h=m.se_tiac_h,
        mass_kg=mass_kg,
        u_mass_kg=None if outline is None or outline.mass is None else outline.mass * mass_kg,
        density_g_per_cm3=m.density_g_per_cm3,
        shape=shape,
        self_mGy_per_MBq=by_kind,
        cross_mGy_per_MBq=cross.by_kind,
        cross_method=cross.how,
        u_parts_mGy_per_MBq=parts,
        rate=_times(m.course.course, mine),
        missing=missing,
        provenance={
            **{k: v for k, v in m.own.sphere.provenance.items() if k != "notes"},
            "curve": m.course.how,
            "volume": f"{m.volume.volume_mL:.4g} mL: {m.volume.how}",
            "quantity": settings.quantity,
        },
        notes=tuple(dict.fromkeys(notes)),
        curve_volume_mL=m.volume.volume_mL,
        recovery=m.recovery_factor,
    )


def _times(rate: DoseRate, dose: float) -> DoseRate:
    """A course of integral 1 as a dose rate."""
    if isinstance(rate, ExponentialRate):
        return replace(rate, amplitude_mGy_per_h_MBq=tuple(a * dose for a in rate.amplitude_mGy_per_h_MBq))
    assert isinstance(rate, PiecewiseRate)
    tail = rate.tail_mGy_per_h_MBq
    return replace(
        rate,
        value_mGy_per_h_MBq=tuple(v * dose for v in rate.value_mGy_per_h_MBq),
        tail_mGy_per_h_MBq=None if tail is None else tail * dose,
    )
