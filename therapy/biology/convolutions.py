"""Convolutions of exponentials, exp(-k1 s) * .. * exp(-kn s), and their integrals; constants may agree.

Up to its sign, such a convolution is the divided difference of exp(-k s) over k1 .. kn. Two constants that
agree (clearance and repair, say) are no singularity of it but a derivative. It is carried in decimal numbers
of so many digits that what near constants lose by their differences is still there, and so is what positive
and negative amplitudes that nearly cancel lose.
"""

from __future__ import annotations

import math
from contextlib import AbstractContextManager
from decimal import Context, Decimal, getcontext, localcontext
from functools import lru_cache
from itertools import pairwise

#: Digits of what is added up, and of one convolution: amplitudes of both signs, with constants that agree to
#: all 16 digits of a float, lose twice 16 of them.
_DIGITS, _OF_ONE = 150, 70
#: Exponentials that are kept: the same stand in many convolutions.
_MOST_KEPT = 20000

Args = tuple[Decimal, ...]


def exact() -> AbstractContextManager[Context]:
    """Within it, decimal numbers have as many digits as the differences need."""
    return localcontext(Context(prec=_DIGITS))


@lru_cache(maxsize=4096)
def convolution(args: Args, s: Decimal) -> Decimal:
    """exp(-k1 s) * .. * exp(-kn s), the convolution of exponentials of all constants, at s above 0."""
    x = sorted(args)
    gaps = [b - a for a, b in pairwise(x) if b != a]
    lost = max(0.0, -math.log10(float(min(gaps) * s))) if gaps else 0.0
    with localcontext(Context(prec=_OF_ONE + math.ceil(lost * (len(x) - 1)))):
        # the divided difference's table, one column after the other; equal constants stand together
        column = at = [_falling(k, s) for k in x]
        scale = Decimal(1)
        for width in range(1, len(x)):
            scale *= s / width  # s^width / width!
            column = [
                at[i] * scale if x[i] == x[i + width] else (column[i] - column[i + 1]) / (x[i + width] - x[i])
                for i in range(len(x) - width)
            ]
    return column[0]


_kept: dict[tuple[Decimal, Decimal], tuple[int, Decimal]] = {}


def _falling(k: Decimal, s: Decimal) -> Decimal:
    """exp(-k s), as many digits as are asked for."""
    digits = getcontext().prec
    found = _kept.get((k, s))
    if found is None or found[0] < digits:
        if len(_kept) > _MOST_KEPT:
            _kept.clear()
        found = _kept[k, s] = digits, (-k * s).exp()
    return found[1]


def integral(args: Args, length: Decimal | None) -> Decimal:
    """The convolution's integral from 0 to a length; None: to infinity, where all constants are above 0."""
    if length is not None:
        return convolution((*args, Decimal(0)), length)
    found = Decimal(1)
    for k in args:
        found /= k
    return found
