"""The error of curves, fits and compartment models."""

from __future__ import annotations

from milligray.errors import MilligrayError


class KineticsError(MilligrayError):
    """A curve, model or parameter that can't be used or given; the message says why and what to do.

    Examples
    --------
    >>> from kinetics import lambda_from_half_life
    >>> try:
    ...     lambda_from_half_life(-1.0)
    ... except KineticsError as error:
    ...     print(error)
    half-life -1.0 h is not a positive number of hours
    """
