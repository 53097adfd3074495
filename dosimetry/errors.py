"""The error of nuclides, doses, studies and files."""

from __future__ import annotations

from milligray.errors import MilligrayError


class DosimetryError(MilligrayError):
    """What was asked cannot be computed or written; the message says what is wrong and what is allowed."""
