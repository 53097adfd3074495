"""The physical decay of a curve: by half-life, decay constant or nuclide, checked against each other."""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol, runtime_checkable

from kinetics.errors import KineticsError

#: Relative difference up to which two decay constants are one, written with other rounding.
SAME = 1e-9


@runtime_checkable
class HasHalfLife(Protocol):
    """What has a name and a half-life in h, such as what ``dosimetry.nuclide("Zr-89")`` gives."""

    @property
    def name(self) -> str:
        """E.g. "Zr-89"."""

    @property
    def half_life_h(self) -> float:
        """Half-life, h."""


class Decay(NamedTuple):
    """Decay constant in 1/h (0: stable), half-life in h (inf: stable), nuclide; None: not known."""

    lambda_phys_per_h: float | None
    half_life_h: float | None
    nuclide: str | None


def lambda_from_half_life(half_life_h: float) -> float:
    """Decay constant in 1/h of a half-life in h: ln 2 / T.

    Raises
    ------
    KineticsError : not a positive, finite number.

    Examples
    --------
    >>> round(lambda_from_half_life(78.41), 8)
    0.00884004
    """
    if not (half_life_h > 0 and math.isfinite(half_life_h)):
        raise KineticsError(f"half-life {half_life_h} h is not a positive number of hours")
    return math.log(2.0) / half_life_h


def check_lambda(lambda_phys_per_h: float) -> float:
    """The physical decay constant in 1/h as a float: finite and not negative; 0 means a stable label."""
    value = float(lambda_phys_per_h)
    if not (math.isfinite(value) and value >= 0):
        raise KineticsError(
            f"physical decay constant {lambda_phys_per_h} per h: it must be 0 (stable) or above"
        )
    return value


def agreed(what: str, own: float | None, given: float | None) -> float | None:
    """The decay constant of two sources, either of which may be unknown; ``given`` where both say the same.

    Raises
    ------
    KineticsError : they differ by more than rounding.
    """
    if given is None:
        return own
    given = check_lambda(given)
    if own is not None and abs(given - own) > SAME * max(given, own):
        raise KineticsError(
            f"{what}: decay constant {given:.6g} per h ({_half_life(given)}) was given, but the curve is of"
            f" {own:.6g} per h ({_half_life(own)}); leave it out, or make the curve with the right one"
        )
    return given


def known_decay(
    what: str,
    half_life_h: float | None,
    lambda_phys_per_h: float | None,
    nuclide: HasHalfLife | str | None,
) -> Decay:
    """What is known of a curve's decay from any of its three names.

    Raises
    ------
    KineticsError : a half-life that is none; two that contradict; a nuclide's name without its half-life.
    """
    name: str | None = None
    lam = None if lambda_phys_per_h is None else check_lambda(lambda_phys_per_h)
    if isinstance(nuclide, HasHalfLife):
        name, half_life = nuclide.name, float(nuclide.half_life_h)
        lam = agreed(f"{what}, {name}", lambda_from_half_life(half_life), lam)
        if half_life_h is None:
            half_life_h = half_life
    elif nuclide is not None:
        name = str(nuclide)
        if half_life_h is None and lam is None:
            raise KineticsError(
                f"{what}: nuclide '{name}' is a name only, and this package has no table of half-lives: give"
                f" half_life_h too, or nuclide=dosimetry.nuclide('{name}')"
            )
    if half_life_h is not None:
        half_life = float(half_life_h)
        lam = agreed(what, 0.0 if half_life == math.inf else lambda_from_half_life(half_life), lam)
    if lam is None:
        return Decay(None, None, name)
    if half_life_h is None:
        half_life_h = math.log(2.0) / lam if lam else math.inf
    return Decay(lam, float(half_life_h), name)


def _half_life(lambda_phys_per_h: float) -> str:
    return f"half-life {math.log(2.0) / lambda_phys_per_h:.6g} h" if lambda_phys_per_h else "stable"
