"""The alternating algorithm of Lindstrom & Bates (Biometrics 1990;46:673), which R's nlme uses.

In turn: the patients' deviations and the typical parameters by penalised nonlinear least squares, given
spreads and residuals; then all estimates of the linear mixed model of the tangents there. The likelihood is
that of the tangents' model. At the end it differs from FOCE in two things: the typical parameters don't move
the modes' curvature, and the residuals' variance is that at the fitted values of the turn before.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.mixed_effects.likelihood.estimates import Search
from kinetics.mixed_effects.likelihood.marginal import Data, Linear, bent, inverted, loss, modes

#: Turns at most; relative change of the estimates (in steps of 1) at which it ends.
MOST_TURNS, SMALL_CHANGE = 200, 1e-7
#: Steps of penalised least squares in a turn at most.
MOST_STEPS = 30


def alternating(
    search: Search, psi: FloatArray, b: FloatArray
) -> tuple[Search, FloatArray, FloatArray, float, bool]:
    """The tangents' search at the end, its estimates, modes, value, and whether the turns came to rest."""
    data, value = search.data, np.inf
    turned = search
    for _ in range(MOST_TURNS):
        before = psi
        psi, b = _penalised(search, psi, b)
        turned = replace(search, data=tangents(data, search, psi, b))
        psi, b, value, _ = turned.run(psi, b)
        if float(np.max(np.abs(psi - before) / search.scale)) < SMALL_CHANGE:
            return turned, psi, b, value, True
    return turned, psi, b, value, False


def tangents(data: Data, search: Search, psi: FloatArray, b: FloatArray) -> Data:
    """The data with the functions replaced by their tangents at the modes."""
    at = search.layout.at(data, psi[None])
    phi, p = at.phi(b), data.design.shape[1]
    value, gradient, _ = data.derivatives(phi, at.rows, second=False)
    common = (data.shared @ phi[:, p:, None])[..., 0]
    return replace(data, linear=Linear(phi[:, :p], value - common, gradient[..., :p]))


def _penalised(search: Search, psi: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Typical parameters and modes by penalised least squares, the variance as at the modes before."""
    data, fixed = search.data, search.layout.n_fixed
    frozen = tangents(data, search, psi, b)
    psi = psi.copy()
    at = search.layout.at(data, psi[None])
    log_ab = at.log_ab
    known = data.known + np.exp(2 * log_ab[:, :1]) * data.unit
    if frozen.linear is not None:
        known = known + np.exp(2 * log_ab[:, 1:]) * frozen.linear.value**2
    own = replace(data, known=np.where(data.there > 0, known, 0.0), unit=np.zeros_like(known))

    def of(row: FloatArray, start: FloatArray) -> tuple[float, FloatArray]:
        at = search.layout.at(own, row[None])
        at = replace(at, log_ab=np.full_like(at.log_ab, -np.inf))
        found = modes(own, at, start)
        return float(loss(own, at, found).sum()), found

    cost, b = of(psi, b)
    for _ in range(MOST_STEPS):
        at = replace(search.layout.at(own, psi[None]), log_ab=np.full((len(own), 2), -np.inf))
        f, p = bent(own, at, b), data.design.shape[1]
        back = np.swapaxes(at.root, -1, -2)
        middle = at.root @ inverted(back @ f.expected @ at.root + np.eye(at.root.shape[-1])) @ back
        information = (f.expected - f.expected @ middle @ f.expected)[:, :p, :p]
        down = np.swapaxes(data.design, -1, -2)
        normal, gradient = (down @ information @ data.design).sum(0), (down @ f.u[:, :p, None])[..., 0].sum(0)
        free = ~search.held[:fixed]
        step = np.zeros(fixed)
        step[free] = -np.linalg.pinv(normal[np.ix_(free, free)], hermitian=True) @ gradient[free]
        gain = -float(gradient @ step)
        for share in (1.0, 0.5, 0.25, 0.1, 0.01):
            trial = psi.copy()
            trial[:fixed] = np.clip(psi[:fixed] + share * step, search.lower[:fixed], search.upper[:fixed])
            new, found = of(trial, b)
            if new <= cost + 1e-12 * abs(cost):
                break
        else:
            return psi, b
        psi, b, cost = trial, found, new
        if gain < 1e-13 * (1 + abs(cost)):
            break
    return psi, b
