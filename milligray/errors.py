"""The root of every error that milligray raises on purpose."""

from __future__ import annotations


class MilligrayError(ValueError):
    """What was asked cannot be given: the message says what is wrong, where, and what is allowed.

    ``KineticsError`` (curves and fits), ``PhantomError`` (bodies and regions) and ``DosimetryError`` (doses,
    studies, files) are of this family, so a script catches all of them by this one name.

    >>> from phantoms import load_phantom
    >>> try:
    ...     load_phantom("adult mail")
    ... except MilligrayError as error:
    ...     print(str(error)[:28])
    unknown phantom 'adult mail'
    """
