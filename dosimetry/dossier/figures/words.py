"""Words of captions: numbers of patients, their sexes, that data are simulated."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dosimetry.dossier.results.results import Results


def count(n: int, what: str) -> str:
    """A number with its noun.

    >>> count(1, "patient"), count(6, "patient")
    ('1 patient', '6 patients')
    """
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def caption(results: Results, text: str) -> str:
    """A text about these results; it says that they are of simulated data where they are."""
    return f"{text} SIMULATED DATA." if results.simulated else text
