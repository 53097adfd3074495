"""Convolutions of exponentials, exp(-k1 s) * .. * exp(-kn s), and their integrals; constants may agree.

Up to its sign, such a convolution is the divided difference of exp(-k s) over k1 .. kn. Two constants that
agree (clearance and repair, say) are no singularity of it but a derivative. It is carried in decimal numbers
of so many digits that what near constants lose by their differences (at most 31 digits a difference, with the
constants allowed) is still there, and so is what positive and negative amplitudes that nearly cancel lose.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from decimal import Context, Decimal, localcontext

#: Significant digits; four differences of the nearest constants allowed leave 25 of them.
_DIGITS = 150
Args = tuple[Decimal, ...]


def exact() -> AbstractContextManager[Context]:
    """Within it, decimal numbers have as many digits as the differences need."""
    return localcontext(Context(prec=_DIGITS))


def convolution(args: Args, s: Decimal) -> Decimal:
    """exp(-k1 s) * .. * exp(-kn s), the convolution of exponentials of all constants, at s."""
    x = sorted(args)
    # the divided difference's table, one column after the other; equal constants stand together
    column = [(-k * s).exp() for k in x]
    at = list(column)
    scale = Decimal(1)
    for width in range(1, len(x)):
        scale *= s / width  # s^width / width!
        column = [
            at[i] * scale if x[i] == x[i + width] else (column[i] - column[i + 1]) / (x[i + width] - x[i])
            for i in range(len(x) - width)
        ]
    return column[0]


def integral(args: Args, length: Decimal | None) -> Decimal:
    """The convolution's integral from 0 to a length; None: to infinity, where all constants are above 0."""
    if length is not None:
        return convolution((*args, Decimal(0)), length)
    found = Decimal(1)
    for k in args:
        found /= k
    return found
