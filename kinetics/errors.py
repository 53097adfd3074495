"""The one error of this room."""

from __future__ import annotations


class KineticsError(ValueError):
    """A curve, model or parameter that can't be used or given; the message says why and what to do."""
