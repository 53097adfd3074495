"""Collisions of photons from tables: which kind, and how a scattered photon goes on.

The tables only save time: what is drawn has the distributions of
:class:`phantoms.transport.materials.CrossSections`. A scattered photon's energy is drawn from a staircase
that stands above Klein and Nishina times the scattering function, one for each few steps of energy and each
material; where the stair's width is filled (under the ``sure`` share of its height, some 9 of 10 draws)
nothing else is asked, elsewhere the formula decides.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phantoms.kernels import kernel
from phantoms.random_numbers import uniform
from phantoms.transport.materials import ELECTRON_MASS_MEV, HC_KEV_ANGSTROM, N_ENERGY, N_X, CrossSections

STAIRS = 32  #: of equal width in the energy that the photon keeps
KNOTS_PER_STAIRCASE = 4
GUIDES = 1024  #: starts of the search in the integral of the form factor
_KEV_PER_HC = 1e3 / HC_KEV_ANGSTROM
_SHARE, _OTHER, _HEIGHT, _SURE = range(4)


class Collisions(NamedTuple):
    """Tables of M materials at N energies; see CrossSections for the grids and for index 0, outside.

    sigma: largest attenuation of any material from one knot to the next, 1/cm, (N,). rows: transfer; and
    incoherent, then with photoelectric, then with coherent, 1/cm, (M, N, 4). total: with pair production,
    (M, N). stairs: (M, N/4, 32, 4) share of draws that stay on this stair, where the others go, height, and
    the share of the height under which every point belongs to the distribution. guide: (M, 1024) first knot
    of ``form`` at or above each of so many equal steps.
    """

    log_low: float
    per_step: float
    sigma: NDArray[np.float64]
    rows: NDArray[np.float64]
    total: NDArray[np.float64]
    stairs: NDArray[np.float64]
    x_log_low: float
    x_per_step: float
    scatter: NDArray[np.float64]
    x2: NDArray[np.float64]
    form: NDArray[np.float64]
    guide: NDArray[np.int64]


_made: dict[tuple[int, ...], tuple[CrossSections, Collisions]] = {}


def collisions(xs: CrossSections) -> Collisions:
    """The tables for these cross-sections; made once for the same arrays, which must not change in place."""
    key = tuple(id(table) for table in xs)
    found = _made.get(key)
    if found is None:
        for old in list(_made)[:-7]:  # threads may be here at once
            _made.pop(old, None)
        found = _made[key] = (xs, _tables(xs))  # with xs, so that no id is given away again
    return found[1]


def _tables(xs: CrossSections) -> Collisions:
    sums = np.cumsum([xs.incoherent, xs.photo, xs.coherent, xs.pair], axis=0)
    stairs = np.zeros((len(xs.scatter), -(-N_ENERGY // KNOTS_PER_STAIRCASE), STAIRS, 4))
    for m in range(1, len(xs.scatter)):
        rising = np.maximum.accumulate(xs.scatter[m])
        lowest = np.minimum.accumulate(xs.scatter[m][::-1])[::-1].copy()
        _staircases(rising, lowest, xs.x_log_low, xs.x_per_step, xs.log_low, xs.per_step, stairs[m])
    steps = np.arange(GUIDES) / GUIDES
    guide = np.array([np.searchsorted(form, steps * form[-1]) for form in xs.form])
    return Collisions(
        xs.log_low, xs.per_step,
        np.maximum(xs.majorant, np.append(xs.majorant[1:], 0.0)),
        np.ascontiguousarray(np.stack([xs.transfer, *sums[:3]], axis=-1)), sums[3], stairs,
        xs.x_log_low, xs.x_per_step, xs.scatter, xs.x2, xs.form, guide,
    )  # fmt: skip


@kernel(inline="always")
def _scattering(scatter, x, x_log_low, x_per_step):  # type: ignore[no-untyped-def]
    """The scattering function over Z at x (1/Angstrom), from its values at the knots."""
    i = (np.log(max(x, 1e-12)) - x_log_low) * x_per_step
    if i <= 0.0:
        return scatter[0]
    if i >= N_X - 1:
        return 1.0
    k = int(i)
    return scatter[k] + (i - k) * (scatter[k + 1] - scatter[k])


@kernel()
def _staircases(rising, lowest, x_log_low, x_per_step, log_low, per_step, stairs):  # type: ignore[no-untyped-def]
    """Staircases of one material: bounds of the density over each stair and each span of energies.

    With the photon at a electron masses and the scattered one at the share 1 - z 2a/(1 + 2a) of its energy,
    z is in (0, 1), t = 1 - cos(angle) = 2z / (1 + 2a (1 - z)), and the density in z is
    (1/share + share - t (2 - t)) S(x). The share falls with a and z; t rises with z and falls with a.
    """
    p = np.empty(STAIRS)
    waiting, giving = np.empty(STAIRS, np.int64), np.empty(STAIRS, np.int64)
    for j in range(stairs.shape[0]):
        a1 = np.exp(log_low + j * KNOTS_PER_STAIRCASE / per_step) / ELECTRON_MASS_MEV * (1.0 - 1e-9)
        a2 = np.exp(log_low + (j + 1) * KNOTS_PER_STAIRCASE / per_step) / ELECTRON_MASS_MEV * (1.0 + 1e-9)
        for b in range(STAIRS):
            z1, z2 = b / STAIRS, (b + 1) / STAIRS
            most, least = 1.0 - z1 * 2.0 * a1 / (1.0 + 2.0 * a1), 1.0 - z2 * 2.0 * a2 / (1.0 + 2.0 * a2)
            t1, t2 = 2.0 * z1 / (1.0 + 2.0 * a2 * (1.0 - z1)), 2.0 * z2 / (1.0 + 2.0 * a1 * (1.0 - z2))
            sin1, sin2 = t1 * (2.0 - t1), t2 * (2.0 - t2)
            widest = 1.0 if t1 <= 1.0 <= t2 else max(sin1, sin2)
            x = ELECTRON_MASS_MEV * _KEV_PER_HC
            s1 = _scattering(lowest, x * a1 * np.sqrt(0.5 * t1), x_log_low, x_per_step)
            s2 = _scattering(rising, x * a2 * np.sqrt(0.5 * t2), x_log_low, x_per_step)
            height = (1.0 / least + least - min(sin1, sin2)) * s2 * (1.0 + 1e-9)
            sure = (1.0 / most + most - widest) * s1 * (1.0 - 1e-9)
            stairs[j, b, _HEIGHT] = height
            stairs[j, b, _SURE] = max(0.0, sure) / height if height > 0.0 else 0.0
            p[b] = height
        # Walker's alias method (1977), as Vose (1991) sets it up
        p *= STAIRS / p.sum()
        n_waiting, n_giving = 0, 0
        for b in range(STAIRS):
            stairs[j, b, _SHARE], stairs[j, b, _OTHER] = 1.0, b
            if p[b] < 1.0:
                waiting[n_waiting] = b
                n_waiting += 1
            else:
                giving[n_giving] = b
                n_giving += 1
        while n_waiting > 0 and n_giving > 0:
            n_waiting -= 1
            b, other = waiting[n_waiting], giving[n_giving - 1]
            stairs[j, b, _SHARE], stairs[j, b, _OTHER] = p[b], other
            p[other] -= 1.0 - p[b]
            if p[other] < 1.0:
                n_giving -= 1
                waiting[n_waiting] = other
                n_waiting += 1


@kernel(inline="always")
def incoherent(energy, k, m, c, state):  # type: ignore[no-untyped-def]
    """Share of the energy (MeV, from knot k to k + 1) that the scattered photon keeps, and the cosine."""
    a = energy * (1.0 / ELECTRON_MASS_MEV)
    j = k // KNOTS_PER_STAIRCASE
    while True:
        p = uniform(state) * STAIRS
        b = np.int64(p)
        if p - b >= c.stairs[m, j, b, _SHARE]:
            b = np.int64(c.stairs[m, j, b, _OTHER])
        z = (b + uniform(state)) * (1.0 / STAIRS)
        t = 2.0 * z / (1.0 + 2.0 * a * (1.0 - z))
        keep = 1.0 / (1.0 + a * t)
        q = uniform(state)
        if q >= c.stairs[m, j, b, _SURE]:
            free = 1.0 / keep + keep - t * (2.0 - t)
            q *= c.stairs[m, j, b, _HEIGHT]
            if q > free:
                continue
            x = energy * _KEV_PER_HC * np.sqrt(0.5 * t)
            if q > free * _scattering(c.scatter[m], x, c.x_log_low, c.x_per_step):
                continue
        return keep, 1.0 - t


@kernel(inline="always")
def coherent(energy, m, x2, form, guide, state):  # type: ignore[no-untyped-def]
    """Cosine of the angle of coherent scattering."""
    top = (energy * _KEV_PER_HC) ** 2
    k = min(np.searchsorted(x2, top), N_X - 1)
    if k == 0:
        area = form[m, 0]
    else:
        area = form[m, k - 1] + (form[m, k] - form[m, k - 1]) * (top - x2[k - 1]) / (x2[k] - x2[k - 1])
    if area <= 0.0:
        return 2.0 * uniform(state) - 1.0
    per_guide = GUIDES / form[m, N_X - 1]
    while True:
        y = uniform(state) * area
        k = guide[m, min(np.int64(y * per_guide), GUIDES - 1)]
        while k > 1 and form[m, k - 1] >= y:
            k -= 1
        k = max(k, 1)
        while k < N_X - 1 and form[m, k] < y:
            k += 1
        q = x2[k - 1] + (x2[k] - x2[k - 1]) * (y - form[m, k - 1]) / (form[m, k] - form[m, k - 1])
        mu = 1.0 - 2.0 * min(q / top, 1.0)
        if 2.0 * uniform(state) <= 1.0 + mu * mu:
            return mu
