"""Rarely hit pairs of regions, from the reverse pair.

SAF(A <- B) is nearly SAF(B <- A). Where a pair was hit so rarely that the reverse knows it better, the
reverse is taken; the error that reciprocity itself brings is measured on the pairs that both directions
know well, and added.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from phantoms.library.saf import METHODS

WELL_KNOWN = 0.01  #: relative standard error under which both directions of a pair test reciprocity
DIRECT, RECIPROCITY, DERIVED, NO_SCORE = map(METHODS.index, ("direct", "reciprocity", "derived", "no score"))


def with_reverse(
    saf: NDArray[np.float64],
    relative: NDArray[np.float64],
    reverse: NDArray[np.float64],
    reverse_relative: NDArray[np.float64],
    energies: Sequence[str],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int8], dict[str, str]]:
    """SAFs with rarely hit pairs replaced by their reverse.

    Parameters
    ----------
    saf, relative : (T, S, E) SAF and its relative standard error, infinite where nothing was scored.
    reverse, reverse_relative : the same of each pair's reverse; 0 and infinite where there is none.
    energies : E words for the findings.

    Returns
    -------
    SAF, relative standard error (1 where nothing was scored), method (index into METHODS), and by energy what
    reciprocity was found to be worth.
    """
    out, out_se = saf.copy(), relative.copy()
    method = np.full(saf.shape, DIRECT, dtype=np.int8)
    found: dict[str, str] = {}
    for k, energy in enumerate(energies):
        both = (relative[:, :, k] < WELL_KNOWN) & (reverse_relative[:, :, k] < WELL_KNOWN)
        log_ratio = np.log(saf[:, :, k][both] / reverse[:, :, k][both])
        statistics = relative[:, :, k][both] ** 2 + reverse_relative[:, :, k][both] ** 2
        excess = float(np.mean(log_ratio**2 - statistics)) if both.any() else 0.1**2
        own = max(float(np.sqrt(max(excess, 0.0))), 0.02)
        total = np.sqrt(reverse_relative[:, :, k] ** 2 + own**2)
        better = total < relative[:, :, k]
        out[:, :, k] = np.where(better, reverse[:, :, k], out[:, :, k])
        out_se[:, :, k] = np.where(better, total, out_se[:, :, k])
        method[:, :, k][better] = RECIPROCITY
        found[energy] = f"{own * 100:.1f} % on {int(both.sum()) // 2} pairs, used for {int(better.sum())}"
    silent = out == 0
    method[silent] = NO_SCORE
    out_se[silent] = 1.0
    return out, out_se, method, found
