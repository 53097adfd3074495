"""The error of bodies, regions and SAF libraries."""

from __future__ import annotations

from milligray.errors import MilligrayError


class PhantomError(MilligrayError):
    """A phantom, region or SAF library that was asked for cannot be given; the message says what can.

    Examples
    --------
    >>> from phantoms import load_phantom
    >>> try:
    ...     load_phantom("adult mail")
    ... except PhantomError as error:
    ...     print(str(error)[:28])
    unknown phantom 'adult mail'
    """
