"""Sublethal damage of two cycles that meets before it is repaired: double integrals, in closed form.

M_cd = integral over t and w of R_c(t) R_d(w) phi(|t - w|), with phi(u) = sum of share_m exp(-mu_m u): what
is left of a lesion after u hours of repair. The sum of all M_cd is G D^2, G the Lea-Catcheside factor [1-3].

Between two times at which anything starts or ends, each dose rate is a sum of c s^p exp(-k s) with p of 0 or
1, so every integral is one of convolutions of exponentials: :mod:`therapy.biology.convolutions`.

[1] Lea DE, Catcheside DG. J Genet 1942;44:216-245.  [2] Dale RG. Br J Radiol 1985;58:515-528.
[3] Wessels BW et al. MIRD Pamphlet No. 20. J Nucl Med 2008;49:1884-1899.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from therapy.biology.convolutions import Args, convolution, exact, integral
from therapy.biology.dose_rate import AnyDoseRate, FloatArray, Piece

_ZERO = Decimal(0)


def interaction(
    cycles: Sequence[tuple[float, AnyDoseRate]], repair: Sequence[tuple[float, float]]
) -> FloatArray:
    """(n, n) M_cd in Gy^2 of n cycles; see this module.

    Parameters
    ----------
    cycles : start in h and dose rate of each.
    repair : share and constant in 1/h of each phase of repair; the shares add up to 1.
    """
    with exact():
        return _interaction(cycles, [(Decimal(s), Decimal(mu)) for s, mu in repair])


def _interaction(
    cycles: Sequence[tuple[float, AnyDoseRate]], repair: Sequence[tuple[Decimal, Decimal]]
) -> FloatArray:
    n = len(cycles)
    pieces = [(c, Decimal(start), piece) for c, (start, rate) in enumerate(cycles) for piece in rate.pieces()]
    bounds = sorted(
        {start + Decimal(at) for _, start, p in pieces for at in (p.start_h, p.end_h) if at != math.inf}
    )
    found = [[_ZERO] * n for _ in range(n)]
    open_end = any(p.end_h == math.inf for _, _, p in pieces)
    damage = [[_ZERO] * n for _ in repair]
    for i, t in enumerate(bounds):
        end = bounds[i + 1] if i + 1 < len(bounds) else None
        if end is None and not open_end:
            break
        length = None if end is None else end - t
        terms = _terms(pieces, t, end, n)
        for m, (share, mu) in enumerate(repair):
            _add(found, terms, damage[m], share, mu, length)
            if length is not None:
                damage[m] = _damage(terms, damage[m], mu, length)
    half = np.array([[float(x) for x in row] for row in found])
    both: FloatArray = half + half.T
    return both


Terms = dict[tuple[int, Decimal], list[Decimal]]


def _terms(pieces: Sequence[tuple[int, Decimal, Piece]], t: Decimal, end: Decimal | None, n: int) -> Terms:
    """(power, constant) -> each cycle's coefficient between two times, counted from the first of them."""
    found: Terms = {}
    for c, start, piece in pieces:
        begins = start + Decimal(piece.start_h)
        if begins > t or (piece.end_h != math.inf and start + Decimal(piece.end_h) <= t):
            continue
        late = t - begins
        for (power, k), value in piece.terms.items():
            left = value * (-k * late).exp() if late else value
            found.setdefault((power, k), [_ZERO] * n)[c] += left
            if power and late:  # (s + late) = s + late
                found.setdefault((0, k), [_ZERO] * n)[c] += left * late
    return found


def _add(
    found: list[list[Decimal]],
    terms: Terms,
    damage: Sequence[Decimal],
    share: Decimal,
    mu: Decimal,
    length: Decimal | None,
) -> None:
    """Integral of each dose rate times each cycle's damage that is not yet repaired, between two times."""
    n = range(len(damage))
    for (power, k), each in terms.items():
        if any(damage):
            left = _weighted((mu,), power, k, length)
            for c in n:
                for d in n:
                    if each[c] and damage[d]:
                        found[c][d] += share * each[c] * damage[d] * left
        for (other, q), those in terms.items():
            by = share * _weighted(((q,) * (other + 1)) + (mu,), power, k, length)
            for c in n:
                for d in n:
                    if each[c] and those[d]:
                        found[c][d] += each[c] * those[d] * by


def _weighted(args: Args, power: int, k: Decimal, length: Decimal | None) -> Decimal:
    """Integral of s^power exp(-k s) times the convolution of all ``args``."""
    shifted = tuple(a + k for a in args)
    if not power:
        return integral(shifted, length)
    return sum((integral((*shifted, again), length) for again in shifted), _ZERO)


def _damage(terms: Terms, damage: Sequence[Decimal], mu: Decimal, length: Decimal) -> list[Decimal]:
    """Damage of each cycle that is not repaired at the end of an interval."""
    left = (-mu * length).exp()
    found = [x * left for x in damage]
    for (power, k), each in terms.items():
        by = convolution(((k,) * (power + 1)) + (mu,), length)
        found = [x + a * by if a else x for x, a in zip(found, each, strict=True)]
    return found
