"""Numbers, limits and durations as the datasets write them."""

from __future__ import annotations

from decimal import Decimal

from dosimetry.dossier.results.results import CSV_FORMAT


def number_text(value: float) -> str:
    """A number as text without an exponent, which readers of datasets don't all know.

    >>> number_text(1.5e-7), number_text(93.5), number_text(0.0)
    ('0.00000015', '93.5', '0')
    """
    return f"{Decimal(CSV_FORMAT.format(value)):f}"


def duration(time_h: float) -> str:
    """Hours as an ISO 8601 duration.

    >>> duration(0.083), duration(24)
    ('PT0.083H', 'PT24H')
    """
    return f"PT{number_text(time_h)}H"


def text_of(value: float | None, limit: float | None) -> str:
    """A value, or what stands where it is below the limit of quantification."""
    if value is not None:
        return number_text(value)
    return "BLQ" if limit is None else f"<{number_text(limit)}"
