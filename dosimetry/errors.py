"""The error of nuclides, doses, studies and files."""

from __future__ import annotations

from milligray.errors import MilligrayError


class DosimetryError(MilligrayError):
    """What was asked cannot be computed or written; the message says what is wrong and what is allowed.

    Examples
    --------
    >>> from dosimetry import nuclide
    >>> try:
    ...     nuclide("Zr-890")
    ... except DosimetryError as error:
    ...     print(str(error)[:24])
    unknown nuclide 'Zr-890'
    """
