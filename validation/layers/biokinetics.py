"""TIACs of the biokinetic models of ICRP 53, 106 and 128: fractions, half-times, a voided bladder.

A region holds a fraction F of the administered activity from time zero. Shares a of it leave with biologic
rates b, the rest stays, and what leaves enters the urinary bladder, which is emptied every T hours. With the
decay constant l a region's TIAC is F [ (1 - sum a) / l + sum a / (l + b) ]; that of the bladder is made by
:mod:`kinetics.excretion.voided`. The model is that of ICRP Publication 53, Ann ICRP 1988;18(1-4).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kinetics import Contents, Emptying, Inflow

if TYPE_CHECKING:
    from validation.case import Held

BLADDER = "urinary bladder contents"


def held_h(held: Held, lambda_per_h: float) -> float:
    """TIAC of one region, h."""
    parts = [(part.share, math.log(2.0) / part.half_life_h) for part in held.leaving]
    stays = 1.0 - math.fsum(share for share, _ in parts)
    area = stays / lambda_per_h + math.fsum(share / (lambda_per_h + rate) for share, rate in parts)
    return held.fraction * area


def excreted(model: Sequence[Held], lambda_per_h: float) -> float:
    """Share of the administered nuclei that leave all regions before they decay."""
    return math.fsum(fraction * rate / (rate + lambda_per_h) for fraction, rate in leaving(model))


def leaving(model: Sequence[Held]) -> list[tuple[float, float]]:
    """What leaves all regions: fraction of the administered activity, and biologic rate, 1/h."""
    return [(held.fraction * p.share, math.log(2.0) / p.half_life_h) for held in model for p in held.leaving]


def tiac_h(model: Sequence[Held], lambda_per_h: float, void_every_h: float) -> dict[str, float]:
    """TIACs of all regions of a model, h; the urinary bladder contents where something leaves.

    >>> from validation.case import Held
    >>> brain = Held(region="brain", fraction=0.08)
    >>> {k: round(v, 3) for k, v in tiac_h([brain], 0.3787, 3.5).items()}
    {'brain': 0.211}
    """
    found = {held.region: held_h(held, lambda_per_h) for held in model}
    parts = leaving(model)
    if parts:
        share, rate = np.array(parts).T
        inflow = Inflow(share, rate)
        found[BLADDER] = Contents(inflow, Emptying(every_h=void_every_h), lambda_per_h).tiac_h
    return found
