"""Directions and scattering drawn by their formulas, without tables: of electrons and of the point source.

The photon transport in bodies draws the same distributions from tables, and faster
(:mod:`phantoms.transport.collisions`, :mod:`phantoms.transport.directions`). Here the stream of random
numbers is the one that the shipped ``spheres.csv`` was made with.
"""

from __future__ import annotations

import numpy as np

from phantoms.kernels import kernel
from phantoms.random_numbers import uniform
from phantoms.transport.materials import ELECTRON_MASS_MEV, HC_KEV_ANGSTROM, N_X

_KEV_PER_HC = 1e3 / HC_KEV_ANGSTROM
_TWO_PI = 2.0 * np.pi


@kernel()
def isotropic(state):  # type: ignore[no-untyped-def]
    """A direction, uniform over the sphere."""
    w = 2.0 * uniform(state) - 1.0
    s = np.sqrt(1.0 - w * w)
    phi = _TWO_PI * uniform(state)
    return s * np.cos(phi), s * np.sin(phi), w


@kernel()
def turn(u, v, w, mu, state):  # type: ignore[no-untyped-def]
    """A direction at the angle whose cosine is mu to (u, v, w), its azimuth uniform."""
    s = np.sqrt(max(0.0, 1.0 - mu * mu))
    phi = _TWO_PI * uniform(state)
    a, b = s * np.cos(phi), s * np.sin(phi)
    t2 = u * u + v * v
    if t2 < 1e-12:
        return a, b, mu if w > 0.0 else -mu
    t = np.sqrt(t2)
    return (
        u * mu + (a * u * w - b * v) / t,
        v * mu + (a * v * w + b * u) / t,
        w * mu - a * t,
    )


@kernel()
def compton(energy, m, xs, state):  # type: ignore[no-untyped-def]
    """Fraction of the energy that the scattered photon keeps, and the cosine of its angle."""
    a = energy / ELECTRON_MASS_MEV
    low = 1.0 / (1.0 + 2.0 * a)
    a1, a2 = -np.log(low), 0.5 * (1.0 - low * low)
    while True:
        if uniform(state) * (a1 + a2) < a1:
            keep = np.exp(-a1 * uniform(state))
        else:
            keep = np.sqrt(low * low + (1.0 - low * low) * uniform(state))
        t = (1.0 - keep) / (a * keep)
        if uniform(state) > 1.0 - keep * t * (2.0 - t) / (1.0 + keep * keep):
            continue
        x = energy * _KEV_PER_HC * np.sqrt(0.5 * t)
        i = (np.log(max(x, 1e-12)) - xs.x_log_low) * xs.x_per_step
        if i <= 0.0:
            bound = xs.scatter[m, 0]
        elif i >= N_X - 1:
            bound = 1.0
        else:
            k = int(i)
            bound = xs.scatter[m, k] + (i - k) * (xs.scatter[m, k + 1] - xs.scatter[m, k])
        if uniform(state) <= bound:
            return keep, 1.0 - t


@kernel()
def coherent_cosine(energy, m, xs, state):  # type: ignore[no-untyped-def]
    """Cosine of the angle of coherent scattering."""
    x2 = xs.x2
    top = (energy * _KEV_PER_HC) ** 2
    k = min(np.searchsorted(x2, top), N_X - 1)
    form = xs.form[m]
    if k == 0:
        area = form[0]
    else:
        area = form[k - 1] + (form[k] - form[k - 1]) * (top - x2[k - 1]) / (x2[k] - x2[k - 1])
    if area <= 0.0:
        return 2.0 * uniform(state) - 1.0
    while True:
        y = uniform(state) * area
        k = min(max(np.searchsorted(form, y), 1), N_X - 1)
        q = x2[k - 1] + (x2[k] - x2[k - 1]) * (y - form[k - 1]) / (form[k] - form[k - 1])
        mu = 1.0 - 2.0 * min(q / top, 1.0)
        if 2.0 * uniform(state) <= 1.0 + mu * mu:
            return mu
