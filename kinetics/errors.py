"""The error of curves, fits and compartment models."""

from __future__ import annotations

from milligray.errors import MilligrayError


class KineticsError(MilligrayError):
    """A curve, model or parameter that can't be used or given; the message says why and what to do."""
