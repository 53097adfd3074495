"""The gut with the body that it is part of: what enters by what leaves, and what comes after a last look.

A whole-body measurement sees the contents of the gut. So what leaves it is urine, and faeces that entered the
gut some days before. With R what the body holds but for the gut, a share f of all that leaves R going into
the gut at any time, e the rate of that, and G(l) the sum of the tract's TIACs per unit that enters, the
Laplace transforms at the decay constant l of W = R + gut and of e are

    e = f (R(0) - l R),     W = R + e G,     so     e = f (W(0) - l W) / (1 - f l G).

W(0) - l W is what leaves the measured body before it decays: of a curve sum_i a_i exp(-b_i t), corrected for
decay, sum_i a_i b_i/(b_i + l). Nothing is assumed of the shape of R or W. The denominator is for what the gut
still holds.
"""

from __future__ import annotations

import numpy as np

from kinetics.compartments.model import CompartmentModel
from kinetics.errors import KineticsError
from kinetics.excretion.inflow import Inflow
from kinetics.excretion.tract import SMALL_INTESTINE, Tract, tract_tiac_h


def entered_gut(
    left: float, faeces_fraction: float, of: Tract, lambda_phys_per_h: float, *, enters: str = SMALL_INTESTINE
) -> float:
    """Activity that enters the gut in all, per unit administered, by what leaves the whole body.

    Parameters
    ----------
    left : what leaves the whole body before it decays, the gut's contents being part of it, per unit
        administered: :func:`kinetics.entered` of its exponentials.
    faeces_fraction : share of what leaves the rest of the body that goes into the gut, corrected for decay,
        0 to 1.
    of, lambda_phys_per_h, enters : as for :func:`kinetics.tract_tiac_h`.

    Raises
    ------
    KineticsError : a share outside of 0 to 1; something that is absorbed, so that it goes round.

    Examples
    --------
    >>> from kinetics import tract
    >>> round(entered_gut(0.36, 0.3, tract("ICRP 30"), 0.00884), 4)  # 0.3 x 0.36/(1 - 0.3 x 0.2872)
    0.1182
    """
    if not 0.0 <= faeces_fraction <= 1.0:
        raise KineticsError(f"the share that leaves by the gut is {faeces_fraction:g}; 0 to 1 is allowed")
    if of.f1:
        raise KineticsError(
            f"a share of {of.f1:g} is absorbed from the tract: it enters the body again, and the whole body's"
            " curve alone does not say how often"
        )
    held = lambda_phys_per_h * sum(tract_tiac_h(of, lambda_phys_per_h, enters=enters).values())
    return faeces_fraction * left / (1.0 - faeces_fraction * held)


def transit_tail_h(
    of: Tract, inflow: Inflow, lambda_phys_per_h: float, time_h: float, *, enters: str = SMALL_INTESTINE
) -> float:
    """The area under the whole tract's contents after a time, over the contents at that time, h.

    What is there goes on through the tract, and what still enters comes after it. The number does not depend
    on how much enters, only on how it goes over time.

    Parameters
    ----------
    inflow : what enters; by its shape alone.
    time_h : the time, above 0.
    of, lambda_phys_per_h, enters : as for :func:`kinetics.tract_tiac_h`.

    Raises
    ------
    KineticsError : a time that is not above 0; an inflow that has a share below 0, or nothing that moves.

    Examples
    --------
    >>> import numpy as np
    >>> from kinetics import Inflow, tract
    >>> slow = Inflow(np.array([1.0]), np.array([0.001]))
    >>> round(transit_tail_h(tract("ICRP 30"), slow, 0.00884, 500.0), 1)  # near 1/(0.001 + 0.00884)
    101.6
    """
    share, rate = inflow.share, inflow.rate_per_h
    moves = (share != 0.0) & (rate > 0.0)
    if not time_h > 0.0:
        raise KineticsError(f"what comes after {time_h:g} h: a time above 0 is needed")
    if not moves.any() or (share[moves] < 0.0).any():
        raise KineticsError(
            "what enters must be a sum of exponentials that fall, with shares above 0, to say what comes"
            " after the last measurement"
        )
    share, rate = share[moves] / share[moves].sum(), rate[moves]
    waiting = tuple(f"still to enter {i}" for i in range(share.size))
    model = CompartmentModel(
        name=of.name,
        compartments=(*waiting, *of.compartments),
        sinks=tuple(dict.fromkeys([of.sink, *([of.absorbed_into] if of.absorbed_into else [])])),
        rates_per_h={**{(w, enters): float(b) for w, b in zip(waiting, rate, strict=True)}, **of.rates_per_h},
        bolus=dict(zip(waiting, share.tolist(), strict=True)),
        lambda_phys_per_h=lambda_phys_per_h,
    )
    held = model.contents([time_h])[0]
    n, lam = share.size, lambda_phys_per_h
    inside = held[n : n + len(of.compartments)]
    whole = {c: sum(tract_tiac_h(of, lam, enters=c).values()) for c in of.after(enters)}
    there = sum(float(x) * whole.get(c, 0.0) for c, x in zip(of.compartments, inside, strict=True))
    still = float(held[:n] @ (rate / (rate + lam))) * whole[enters]
    return float((there + still) / np.sum(inside))
