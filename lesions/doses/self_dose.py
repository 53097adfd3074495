"""What a lesion gives to itself, and how uncertain its outline and its recovery make that."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dosimetry.doses.spheres import SphereDose, ellipsoid_dose, sphere_dose
from dosimetry.errors import DosimetryError
from dosimetry.imaging.activity import SAME_RECOVERY, ImagedOrgan, organ_activity_u
from dosimetry.imaging.recovery import AnyRecovery
from dosimetry.imaging.spheres import sphere_radius_mm, sphere_recovery
from dosimetry.nuclides.nuclide import Nuclide
from phantoms.errors import PhantomError
from phantoms.library.saf import SafLibrary

#: Half of the relative step of the mass, by which its exponent is found.
_STEP = 0.02
#: u(v)/v to which parts of first order hold (docs/imaging.md).
FIRST_ORDER = 0.3


@dataclass(frozen=True, kw_only=True)
class SelfDose:
    """Self-dose of a lesion per time-integrated activity.

    dose_mGy_per_MBq_h : by kind of radiation.
    mass_exponent : d ln S / d ln m, the c2 of Gear et al. (2018).
    shape : in words.
    sphere : the result of the sphere or ellipsoid, with its facts.
    library : its absorbed fractions, as a body of one region.
    """

    dose_mGy_per_MBq_h: Mapping[str, float]
    mass_exponent: float
    shape: str
    sphere: SphereDose
    library: SafLibrary

    @property
    def total_mGy_per_MBq_h(self) -> float:
        """All radiations together."""
        return math.fsum(self.dose_mGy_per_MBq_h.values())


def self_dose(
    nuclide: str | Nuclide,
    mass_kg: float,
    *,
    density_g_per_cm3: float,
    axes: Sequence[float] | None = None,
    daughters: str = "none",
) -> SelfDose:
    """Self-dose of a lesion as a sphere, or as an ellipsoid with axes in a proportion.

    Parameters
    ----------
    mass_kg, density_g_per_cm3 : of the lesion, as :func:`dosimetry.sphere_dose` takes them.
    axes : three lengths, of which the proportion counts; None: a sphere.
    daughters : "none" or "equilibrium".

    Raises
    ------
    DosimetryError : a mass, a density or axes that the tables do not hold; else as
        :func:`dosimetry.sphere_dose`.

    Examples
    --------
    >>> found = self_dose("Y-90", 0.010, density_g_per_cm3=1.04)
    >>> round(found.total_mGy_per_MBq_h, 1), round(found.mass_exponent, 2)
    (45.8, -0.94)
    """

    def of(mass: float) -> SphereDose:
        if axes is None:
            return sphere_dose(nuclide, mass, density_g_per_cm3=density_g_per_cm3, daughters=daughters)
        return ellipsoid_dose(nuclide, mass, axes, density_g_per_cm3=density_g_per_cm3, daughters=daughters)

    try:
        found = of(mass_kg)
        library = _library(mass_kg, density_g_per_cm3, axes)
        near = [(m, of(m).total_mGy_per_MBq_h) for m in _beside(mass_kg)]
    except PhantomError as error:
        raise DosimetryError(str(error)) from None
    (low, first), (high, last) = near
    shape = "sphere"
    if axes is not None:
        shape = "ellipsoid, axes " + " : ".join(f"{a / min(axes):.3g}" for a in axes)
    return SelfDose(
        dose_mGy_per_MBq_h=dict(found.dose_mGy_per_MBq_h),
        mass_exponent=math.log(last / first) / math.log(high / low),
        shape=shape,
        sphere=found,
        library=library,
    )


def _library(mass_kg: float, density: float, axes: Sequence[float] | None) -> SafLibrary:
    from phantoms.spheres.ellipsoids import ellipsoid_library
    from phantoms.spheres.self_dose import sphere_library

    if axes is None:
        return sphere_library(mass_kg, density)
    a, b, c = (float(x) for x in axes)
    return ellipsoid_library(mass_kg, (a, b, c), density)


def _beside(mass_kg: float) -> tuple[float, float]:
    """Two masses about one, both in the tables."""
    from phantoms.spheres.self_dose import MASS_LIMITS_KG

    low, high = MASS_LIMITS_KG
    return max(mass_kg / (1.0 + _STEP), low), min(mass_kg * (1.0 + _STEP), high)


@dataclass(frozen=True, kw_only=True)
class OutlineShare:
    """Relative standard uncertainties of a lesion's self-dose by its outline and its recovery.

    volume, recovery : of the dose; None: not known (``missing`` says why).
    mass : of the mass.
    """

    volume: float | None
    recovery: float | None
    mass: float | None
    missing: Mapping[str, str]
    notes: tuple[str, ...] = ()


def outline_share(
    name: str,
    volume_mL: float,
    mass_exponent: float,
    *,
    voxel_mm: float,
    fwhm_mm: float,
    outline_fwhm_mm: float | None = None,
    observer_percent: float | None = None,
    recovery: AnyRecovery | None = None,
    no_recovery: str = "",
    mean: bool = True,
) -> OutlineShare:
    """What outline and recovery make uncertain of a self-dose (Gear et al. 2018; :mod:`dosimetry.imaging`).

    ln D = ln A + c2 ln m, and the outline is in A (counts and recovery) and in m at once.

    Parameters
    ----------
    name : of the lesion.
    mass_exponent : c2.
    voxel_mm, fwhm_mm, outline_fwhm_mm, recovery : as of :func:`dosimetry.organ_activity_u`.
    observer_percent : SD of the volume between observers; None: not known, and not in the sum.
    no_recovery : why there is no recovery, or none whose uncertainty is known.
    mean : whether values are means over the outline; else (a peak, a maximum) the outline acts on the mass
        alone: ln D = (1 + c2) ln m.

    Raises
    ------
    DosimetryError : as :func:`dosimetry.organ_activity_u`.

    Examples
    --------
    >>> found = outline_share("L1", 26.52, -1.0, voxel_mm=4.0, fwhm_mm=6.0, no_recovery="not corrected")
    >>> round(found.volume, 3), round(found.mass, 3), found.recovery
    (0.15, 0.321, None)
    """
    made = organ_activity_u(
        volume_mL,
        voxel_mm=voxel_mm,
        fwhm_mm=fwhm_mm,
        outline_fwhm_mm=outline_fwhm_mm,
        recovery=recovery,
        counts_relative_u=0.0,
        observer_relative_u=(observer_percent or 0.0) / 100.0,
        name=name,
    )
    missing: dict[str, str] = {}
    of_dose = made.ln_dose(mass_exponent)
    if not mean:
        of_dose = {k: (1.0 + mass_exponent) * part for k, part in made.ln_mass.items()}
    volume = math.hypot(*(of_dose.get(k, 0.0) for k in made.ln_mass))
    by_recovery = [part for k, part in of_dose.items() if k not in made.ln_mass]
    known = recovery is not None and mean and f"{recovery.name}: fit" not in made.unknown
    if not known:
        reason = no_recovery if mean else "a peak or a maximum is not divided by the recovery of a mean"
        missing["recovery"] = reason or "the covariance of the recovery is not known"
    notes = _notes(made, fwhm_mm)
    if observer_percent is None:
        notes.append("the observer's part of the outline is not known, and in no number")
    return OutlineShare(
        volume=volume,
        recovery=math.hypot(*by_recovery) if known else None,
        mass=made.u_mass,
        missing=missing,
        notes=tuple(notes),
    )


def _notes(made: ImagedOrgan, fwhm_mm: float) -> list[str]:
    """What a reader should know of an outline, in words that are the same for every lesion."""
    of_sphere = sphere_recovery(sphere_radius_mm(made.volume_mL), fwhm_mm)
    found = []
    if made.recovery is None and of_sphere < 1.0 / SAME_RECOVERY:
        found.append(
            f"its values are not corrected for recovery, which for a sphere of its volume is below"
            f" {1.0 / SAME_RECOVERY:g}"
        )
    if made.recovery is not None and not 1.0 / SAME_RECOVERY < made.recovery / of_sphere < SAME_RECOVERY:
        found.append(
            f"the recovery differs by more than a factor of {SAME_RECOVERY:g} from that of a sphere of its"
            " volume, blurred by fwhm_mm: do the curve and the width belong to one image?"
        )
    if made.u_mass > FIRST_ORDER:
        found.append(
            f"u of its volume is above {100 * FIRST_ORDER:g} %, to where parts of first order hold: its u is"
            " an indication"
        )
    return found
