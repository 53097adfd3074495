"""Activity, mass and dose of an organ in an image: relative standard uncertainties by independent input."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dosimetry.errors import DosimetryError
from dosimetry.imaging.recovery import AnyRecovery, Recovery
from dosimetry.imaging.spheres import check_positive, phi, sphere_radius_mm, sphere_recovery
from dosimetry.imaging.volumes import OBSERVER, check_relative_u, volume_parts

#: How the counts in an outline go with its volume: of the sphere itself, or as Gear et al. have it.
RULES = ("sphere", "Gear")
#: A recovery that differs by more than this factor from that of the blurred sphere is told.
SAME_RECOVERY = 1.25


@dataclass(frozen=True, kw_only=True)
class ImagedOrgan:
    """What is uncertain of one organ's activity A = C/(Q R) and of its mass, by independent input.

    Parts are signed relative standard uncertainties (of ln A, of ln m), 1 for 100 %; parts by one name are of
    one source, here and in other organs. The calibration Q is not in them.

    name, volume_mL : of the organ.
    recovery : R(v); None: the counts were not corrected.
    phi : twice the blurred density at the edge, by that inside (:func:`phi`).
    counts_slope : d ln C / d ln v, of the counts in the outline by its volume.
    recovery_slope : d ln R / d ln v, of the recovery that is read off at the volume.
    ln_activity, ln_mass : parts by input: "liver: outline, voxels" ("resolution", "observer"), "recovery:
        fit, direction 1", "liver: counts", ...
    unknown : inputs whose uncertainty was not said, so that no part has it.
    notes : what a reader should know.

    Examples
    --------
    >>> found = organ_activity_u(26.52, voxel_mm=4.0, fwhm_mm=6.0, counts_relative_u=0.01, name="lesion")
    >>> round(found.u_activity, 3), round(found.u_mass, 3), round(found.correlation, 3)
    (0.171, 0.321, 0.998)
    >>> sorted(found.ln_mass) == sorted(k for k in found.ln_activity if "outline" in k)
    True
    """

    name: str
    volume_mL: float
    recovery: float | None
    phi: float
    counts_slope: float
    recovery_slope: float
    ln_activity: Mapping[str, float]
    ln_mass: Mapping[str, float]
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def u_activity(self) -> float:
        """u(A)/A."""
        return _norm(self.ln_activity)

    @property
    def u_mass(self) -> float:
        """u(m)/m = u(v)/v."""
        return _norm(self.ln_mass)

    @property
    def u_concentration(self) -> float:
        """u(A/v)/(A/v), with the correlation of both."""
        return self.u_dose(-1.0)

    @property
    def correlation(self) -> float:
        """Correlation of activity and mass by the outline; 0 where one of them has no uncertainty."""
        both = sum(part * self.ln_activity.get(name, 0.0) for name, part in self.ln_mass.items())
        size = self.u_activity * self.u_mass
        return both / size if size > 0 else 0.0

    @property
    def correlation_counts_recovery(self) -> float:
        """Correlation of the counts C and the recovery R by the volume, of which both are read off."""
        of_recovery = {k: self.recovery_slope * part for k, part in self.ln_mass.items()}
        of_counts = {k: self.counts_slope * part for k, part in self.ln_mass.items()}
        for name, part in self.ln_activity.items():
            if name not in self.ln_mass:
                (of_counts if name == _counts(self.name) else of_recovery)[name] = part
        both = self.counts_slope * self.recovery_slope * self.u_mass**2
        size = _norm(of_counts) * _norm(of_recovery)
        return both / size if size > 0 else 0.0

    def ln_dose(self, mass_exponent: float = -1.0) -> dict[str, float]:
        """Parts of ln D, with D in proportion to A m^mass_exponent: the outline's are in both.

        mass_exponent : c2 of Gear et al.'s S = c1 m^c2; -1: all that is emitted stays in the organ.

        Raises
        ------
        DosimetryError : an exponent that is not finite.

        Examples
        --------
        >>> found = organ_activity_u(10.0, voxel_mm=4.0, fwhm_mm=6.0, name="lesion")
        >>> {k: round(v, 3) for k, v in found.ln_dose().items() if v}
        {'lesion: outline, voxels': -0.083, 'lesion: outline, resolution': -0.183}
        """
        if not math.isfinite(mass_exponent):
            raise DosimetryError(f"mass_exponent is {mass_exponent:g}; a finite number is needed")
        return {
            name: part + mass_exponent * self.ln_mass.get(name, 0.0)
            for name, part in self.ln_activity.items()
        }

    def u_dose(self, mass_exponent: float = -1.0) -> float:
        """u(D)/D by the organ's counts, recovery and outline, of the dose to itself: :meth:`ln_dose`."""
        return _norm(self.ln_dose(mass_exponent))


def organ_activity_u(
    volume_mL: float,
    *,
    voxel_mm: float | Sequence[float],
    fwhm_mm: float,
    recovery: AnyRecovery | None = None,
    counts_relative_u: float | None = None,
    observer_relative_u: float | None = None,
    outline_fwhm_mm: float | None = None,
    rule: str = "sphere",
    name: str = "organ",
) -> ImagedOrgan:
    """Uncertainty of an organ's activity and mass in an image, as parts by independent input.

    A = C/(Q R(v)) and m in proportion to v. A too large outline holds more counts, d ln C / d ln v, and has a
    larger recovery, d ln R / d ln v, so that

        part of ln A = (d ln C / d ln v - d ln R / d ln v) u(v)/v,    part of ln m = u(v)/v

    by the outline, which gives the covariances of C and R and of A and m of Gear et al., Eur J Nucl Med Mol
    Imaging 2018;45:2456.

    Parameters
    ----------
    volume_mL : volume of the outline, mL.
    voxel_mm, observer_relative_u : as of :func:`volume_relative_u`.
    fwhm_mm : full width at half maximum of the emission image, mm.
    recovery : what the counts were divided by, as a curve by volume; None: they were not.
    counts_relative_u : relative standard uncertainty of the counts by their statistics. What is None, here or
        of the observer or a recovery's covariance, is named in ``unknown`` and no part has it.
    outline_fwhm_mm : resolution of the image that the outline is drawn in (CT), mm; None: the emission's.
    rule : "sphere": d ln C / d ln v = (phi/2)/R, exact for a uniform sphere in a Gaussian blur without
        background; "Gear": phi/2, their equation, which takes the counts for those that were emitted. They
        differ by the recovery, so for small regions.
    name : of the organ, for the names of its inputs.

    Raises
    ------
    DosimetryError : a number that cannot be, a volume below one voxel, an unknown rule.

    Examples
    --------
    >>> from dosimetry import Recovery
    >>> spect = Recovery(b1_mL=2.5, b2=0.7, covariance=[[0.09, 0.003], [0.003, 0.0016]], name="SPECT")
    >>> found = organ_activity_u(150, voxel_mm=4, fwhm_mm=12, recovery=spect, counts_relative_u=0.02)
    >>> for name, part in found.ln_activity.items():
    ...     print(f"{name}: {part:.4f}")
    organ: outline, voxels: 0.0371
    organ: outline, resolution: 0.1637
    SPECT: fit, direction 1: 0.0017
    SPECT: fit, direction 2: -0.0087
    organ: counts: 0.0200
    >>> found.unknown
    ('organ: outline, observer',)
    """
    check_positive(volume_mL=volume_mL, fwhm_mm=fwhm_mm)
    if rule not in RULES:
        raise DosimetryError(f"unknown rule '{rule}' of counts in an outline; there are: {', '.join(RULES)}")
    check_relative_u("counts_relative_u", counts_relative_u)
    outline = volume_parts(
        volume_mL,
        voxel_mm=voxel_mm,
        fwhm_mm=fwhm_mm if outline_fwhm_mm is None else outline_fwhm_mm,
        observer_relative_u=observer_relative_u,
    )
    radius_mm = sphere_radius_mm(volume_mL)
    edge, of_sphere = phi(radius_mm, fwhm_mm), sphere_recovery(radius_mm, fwhm_mm)
    counts_slope = 0.5 * edge / (of_sphere if rule == "sphere" else 1.0)
    value = None if recovery is None else recovery.at(volume_mL)
    recovery_slope = 0.0 if recovery is None else recovery.log_slope(volume_mL)
    ln_mass = {f"{name}: outline, {key}": u for key, u in outline.items()}
    ln_activity = {key: (counts_slope - recovery_slope) * u for key, u in ln_mass.items()}
    unknown = [] if OBSERVER in outline else [f"{name}: outline, {OBSERVER}"]
    if isinstance(recovery, Recovery) and recovery.covariance is None:
        unknown.append(f"{recovery.name}: fit")
    elif recovery is not None:
        ln_activity |= {key: -u for key, u in recovery.relative_parts(volume_mL).items()}
    if counts_relative_u is None:
        unknown.append(_counts(name))
    else:
        ln_activity[_counts(name)] = counts_relative_u
    return ImagedOrgan(
        name=name,
        volume_mL=volume_mL,
        recovery=value,
        phi=edge,
        counts_slope=counts_slope,
        recovery_slope=recovery_slope,
        ln_activity=ln_activity,
        ln_mass=ln_mass,
        unknown=tuple(unknown),
        notes=_notes(name, value, of_sphere, _norm(ln_mass)),
    )


def _notes(name: str, recovery: float | None, of_sphere: float, u_volume: float) -> tuple[str, ...]:
    found = []
    if recovery is None and of_sphere < 1.0 / SAME_RECOVERY:
        found.append(
            f"{name}: the counts are not corrected for recovery, of which a sphere of this volume has"
            f" {of_sphere:.2g}"
        )
    if recovery is not None and not 1.0 / SAME_RECOVERY < recovery / of_sphere < SAME_RECOVERY:
        found.append(
            f"{name}: the recovery is {recovery:.2g}, that of a sphere blurred by fwhm_mm {of_sphere:.2g}: do"
            " the curve and the width belong to one image? The outline's part rests on both"
        )
    if u_volume > 0.3:
        found.append(
            f"{name}: u(v)/v is {100 * u_volume:.0f} %: parts of first order hold to about 30 %; take a Monte"
            " Carlo interval"
        )
    return tuple(found)


def _counts(name: str) -> str:
    return f"{name}: counts"


def _norm(parts: Mapping[str, float]) -> float:
    return math.sqrt(sum(u * u for u in parts.values()))
