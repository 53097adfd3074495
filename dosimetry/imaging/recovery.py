"""Recovery coefficients by volume: the curve of phantom measurements, and the sphere in a Gaussian blur."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from dosimetry.errors import DosimetryError
from dosimetry.imaging.spheres import check_positive, not_positive, phi, sphere_radius_mm, sphere_recovery

FloatArray = NDArray[np.float64]

#: A measured recovery above this is a mistake: overshoot at edges (Gibbs) stays below it.
MOST_RECOVERY = 1.2


@dataclass(frozen=True, kw_only=True, eq=False)
class Recovery:
    """Recovery coefficient by volume, R(v) = 1 - 1/(1 + (v/b1)^b2), with the covariance of its parameters.

    The form is that of Gear et al., Eur J Nucl Med Mol Imaging 2018;45:2456, for phantom inserts without
    background.

    Parameters
    ----------
    b1_mL : volume of which half is recovered, mL.
    b2 : steepness, without unit.
    covariance : (2, 2) of b1 (mL) and b2; None: not known.
    name : of the scanner and its reconstruction: organs that are corrected by the recovery of one name share
        its uncertainty.
    notes : what a reader should know of how it was found.

    Raises
    ------
    DosimetryError : a parameter that is not above 0; a covariance that is none (not symmetric, or with a
        variance below 0 in some direction).

    Examples
    --------
    >>> spect = Recovery(b1_mL=5.0, b2=0.9, covariance=[[0.25, 0.005], [0.005, 0.0025]])
    >>> round(spect.at(20.0), 4), round(spect.u(20.0), 4), round(spect.per_mL(20.0), 5)
    (0.7769, 0.0177, 0.0078)
    """

    b1_mL: float
    b2: float
    covariance: ArrayLike | None = None
    name: str = "recovery"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if wrong := not_positive(b1_mL=self.b1_mL, b2=self.b2):
            raise DosimetryError(*(f"{self.name}: {line}" for line in wrong))
        if self.covariance is not None:
            found = checked_covariance(self.covariance, 2, f"{self.name}: covariance of b1 and b2")
            found.setflags(write=False)
            object.__setattr__(self, "covariance", found)

    @classmethod
    def from_standard_errors(
        cls,
        *,
        b1_mL: float,
        u_b1_mL: float,
        b2: float,
        u_b2: float,
        correlation: float,
        name: str = "recovery",
    ) -> Recovery:
        """As a publication prints it: parameters, their standard uncertainties, the correlation of the two.

        Raises
        ------
        DosimetryError : a standard uncertainty below 0, a correlation outside of -1 to 1.

        Examples
        --------
        >>> found = Recovery.from_standard_errors(b1_mL=5, u_b1_mL=0.5, b2=0.9, u_b2=0.05, correlation=0.2)
        >>> round(found.u(20.0), 4)
        0.0177
        """
        wrong = [
            f"{name}: {key} is {u:g}; a standard uncertainty of 0 or above is needed"
            for key, u in (("u_b1_mL", u_b1_mL), ("u_b2", u_b2))
            if not (math.isfinite(u) and u >= 0)
        ]
        if not -1.0 <= correlation <= 1.0:
            wrong.append(f"{name}: the correlation of b1 and b2 is {correlation:g}; it lies from -1 to 1")
        if wrong:
            raise DosimetryError(*wrong)
        both = correlation * u_b1_mL * u_b2
        return cls(b1_mL=b1_mL, b2=b2, covariance=[[u_b1_mL**2, both], [both, u_b2**2]], name=name)

    def at(self, volume_mL: float) -> float:
        """R(v), from 0 to 1."""
        check_positive(volume_mL=volume_mL)
        return float(expit(self.b2 * math.log(volume_mL / self.b1_mL)))

    def log_slope(self, volume_mL: float) -> float:
        """d ln R / d ln v = b2 (1 - R)."""
        return self.b2 * (1.0 - self.at(volume_mL))

    def per_mL(self, volume_mL: float) -> float:
        """dR/dv, 1/mL."""
        return self.at(volume_mL) * self.log_slope(volume_mL) / volume_mL

    def jacobian(self, volume_mL: float) -> FloatArray:
        """(2,) dR/db1 (1/mL) and dR/db2."""
        found = self.at(volume_mL)
        return found * (1.0 - found) * np.array([-self.b2 / self.b1_mL, math.log(volume_mL / self.b1_mL)])

    def u(self, volume_mL: float) -> float:
        """Standard uncertainty of R(v) by its parameters; the volume's own is not in it.

        Raises
        ------
        DosimetryError : the covariance is not known.
        """
        parts = self.relative_parts(volume_mL).values()
        return self.at(volume_mL) * math.sqrt(sum(u * u for u in parts))

    def relative_parts(self, volume_mL: float) -> dict[str, float]:
        """Signed relative standard uncertainties of R(v) by two independent inputs, by name.

        The inputs are the principal directions of the covariance of (ln b1, ln b2): the same for every
        volume, so that the parts of several organs by one name are of one source.

        Raises
        ------
        DosimetryError : the covariance is not known.
        """
        scale = np.array([self.b1_mL, self.b2])
        found = (self.jacobian(volume_mL) * scale / self.at(volume_mL)) @ self._directions()
        return {self._direction(k): float(part) for k, part in enumerate(found)}

    def moved(self, volume_mL: FloatArray, errors: Mapping[str, FloatArray]) -> FloatArray:
        """(K,) R(v) at K volumes with b1 and b2 moved by K standardised errors of each direction.

        b1 and b2 are log-normal: neither comes below 0. An error that is not named is 0.

        Examples
        --------
        >>> spect = Recovery(b1_mL=5.0, b2=0.9, covariance=[[0.25, 0.005], [0.005, 0.0025]])
        >>> one_sd = {"recovery: fit, direction 1": np.array([0.0, 1.0])}
        >>> spect.moved(np.array([20.0, 20.0]), one_sd).round(4).tolist()
        [0.7769, 0.7643]
        """
        log_b1, log_b2 = math.log(self.b1_mL), math.log(self.b2)
        given = {k: errors[self._direction(k)] for k in (0, 1) if self._direction(k) in errors}
        directions = self._directions() if given else None
        move: list[FloatArray | float] = [0.0, 0.0]
        for k, z in given.items():
            assert directions is not None
            move = [m + directions[i, k] * z for i, m in enumerate(move)]
        return np.asarray(expit(np.exp(log_b2 + move[1]) * (np.log(volume_mL) - log_b1 - move[0])))

    def _direction(self, k: int) -> str:
        return f"{self.name}: fit, direction {k + 1}"

    def _directions(self) -> FloatArray:
        """(2, 2) what one standard uncertainty of each direction changes in ln b1 and ln b2."""
        if self.covariance is None:
            raise DosimetryError(
                f"{self.name}: the covariance of b1 and b2 is not known; fit_recovery finds it"
            )
        scale = np.array([self.b1_mL, self.b2])
        size, direction = np.linalg.eigh(np.asarray(self.covariance) / np.outer(scale, scale))
        direction = direction * np.sqrt(np.maximum(size, 0.0))
        # the direction of largest variance first, its largest entry positive: nothing depends on the library
        direction = direction[:, ::-1]
        largest = np.abs(direction).argmax(axis=0)
        return np.asarray(direction * np.where(direction[largest, [0, 1]] < 0, -1.0, 1.0))


@dataclass(frozen=True, kw_only=True)
class SphereRecovery:
    """Recovery of uniform spheres by the width of a Gaussian blur: where no phantom was measured.

    Parameters
    ----------
    fwhm_mm, u_fwhm_mm : full width at half maximum in the image, and its standard uncertainty, mm.
    name : as of :class:`Recovery`.

    Raises
    ------
    DosimetryError : a width that is not above 0, an uncertainty below 0.

    Examples
    --------
    >>> pet = SphereRecovery(fwhm_mm=6.0, u_fwhm_mm=0.5)
    >>> round(pet.at(26.52), 3), round(pet.u(26.52), 3), round(pet.log_slope(26.52), 3)
    (0.836, 0.013, 0.064)
    """

    fwhm_mm: float
    u_fwhm_mm: float = 0.0
    name: str = "recovery"

    def __post_init__(self) -> None:
        wrong = not_positive(fwhm_mm=self.fwhm_mm)
        if not (math.isfinite(self.u_fwhm_mm) and self.u_fwhm_mm >= 0):
            wrong.append(f"u_fwhm_mm is {self.u_fwhm_mm:g}; a standard uncertainty of 0 or above is needed")
        if wrong:
            raise DosimetryError(*(f"{self.name}: {line}" for line in wrong))

    def at(self, volume_mL: float) -> float:
        """R(v), from 0 to 1: :func:`sphere_recovery`."""
        return sphere_recovery(sphere_radius_mm(volume_mL), self.fwhm_mm)

    def log_slope(self, volume_mL: float) -> float:
        """d ln R / d ln v = phi/R - 1."""
        return phi(sphere_radius_mm(volume_mL), self.fwhm_mm) / self.at(volume_mL) - 1.0

    def u(self, volume_mL: float) -> float:
        """Standard uncertainty of R(v) by the width of the blur."""
        return self.at(volume_mL) * abs(sum(self.relative_parts(volume_mL).values()))

    def relative_parts(self, volume_mL: float) -> dict[str, float]:
        """Signed relative standard uncertainty of R(v) by the width: R is a function of r/FWHM."""
        by_width = -3.0 * self.log_slope(volume_mL)
        return {self._width: by_width * self.u_fwhm_mm / self.fwhm_mm}

    def moved(self, volume_mL: FloatArray, errors: Mapping[str, FloatArray]) -> FloatArray:
        """(K,) R(v) at K volumes with the width moved by K standardised errors; the width is log-normal.

        Examples
        --------
        >>> pet = SphereRecovery(fwhm_mm=6.0, u_fwhm_mm=0.5)
        >>> one_sd = {"recovery: resolution": np.array([0.0, 1.0])}
        >>> pet.moved(np.array([26.52, 26.52]), one_sd).round(3).tolist()
        [0.836, 0.822]
        """
        z = np.asarray(errors.get(self._width, 0.0))
        width = self.fwhm_mm * np.exp(z * self.u_fwhm_mm / self.fwhm_mm) * np.ones(len(volume_mL))
        pairs = zip(volume_mL.tolist(), width.tolist(), strict=True)
        return np.array([sphere_recovery(sphere_radius_mm(v), w) for v, w in pairs])

    @property
    def _width(self) -> str:
        return f"{self.name}: resolution"


def checked_covariance(given: ArrayLike, size: int, what: str) -> FloatArray:
    """A covariance matrix; DosimetryError : it is none, with the reason."""
    try:
        found = np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise DosimetryError(f"{what}: {size} rows of {size} numbers are needed") from None
    if found.shape != (size, size) or not np.isfinite(found).all():
        raise DosimetryError(f"{what}: {size} rows of {size} finite numbers are needed")
    variance = found.diagonal()
    if np.any(variance < 0):
        raise DosimetryError(f"{what}: a variance is {variance.min():g}; it is 0 or above")
    limit = np.sqrt(np.outer(variance, variance))
    if np.any(np.abs(found - found.T) > 1e-9 * np.maximum(limit, np.finfo(float).tiny)):
        raise DosimetryError(f"{what}: it is not symmetric")
    if np.any(np.abs(found) > limit * (1.0 + 1e-9)):
        raise DosimetryError(f"{what}: it has a correlation outside of -1 to 1")
    scale = np.where(variance > 0, np.sqrt(variance), 1.0)
    if np.linalg.eigvalsh(found / np.outer(scale, scale)).min() < -1e-9:
        raise DosimetryError(f"{what}: it is none: some sum of the quantities has a variance below 0")
    return 0.5 * (found + found.T)


AnyRecovery = Recovery | SphereRecovery
Parts = Mapping[str, float]
