"""Compiled: collisions of photons after their first, around a point source in an endless tissue."""

from __future__ import annotations

import numpy as np

from phantoms.kernels import kernel
from phantoms.random_numbers import uniform
from phantoms.transport.by_formulas import coherent_cosine, compton, isotropic, turn
from phantoms.transport.materials import ELECTRON_MASS_MEV
from phantoms.transport.photons import CUTOFF_MEV


@kernel(inline="always")
def _between(table, k, f):  # type: ignore[no-untyped-def]
    return table[k] + f * (table[k + 1] - table[k])


@kernel(nogil=True)
def later_collisions(seed, n, lines, cumulative, density, xs, log_r_low, per_log_r, found):  # type: ignore[no-untyped-def]
    """Follow n photons, lines drawn by their share of the energy, which is stratified over the n.

    Adds to ``found``, by bins of ln r (r in g/cm2), the share of each photon's first energy that collisions
    but the first transfer to electrons. Bins begin at ``log_r_low``; nearer ones count to the first.
    """
    state = np.empty(1, np.uint64)
    state[0] = seed
    pending = np.empty((4, 7))
    far = (np.exp(log_r_low + found.size / per_log_r) + 40.0) / density
    for number in range(n):
        pick = min(np.searchsorted(cumulative, (number + uniform(state)) / n), lines.size - 1)
        energy0 = lines[pick]
        energy = energy0
        x = y = z = 0.0
        u, v, w = isotropic(state)
        waiting = 0
        first = True
        while True:
            while True:
                i = (np.log(energy) - xs.log_low) * xs.per_step
                k = min(max(int(i), 0), xs.photo.shape[1] - 2)
                f = i - k
                photo = _between(xs.photo[1], k, f)
                coherent = _between(xs.coherent[1], k, f)
                incoherent = _between(xs.incoherent[1], k, f)
                pair = _between(xs.pair[1], k, f)
                total = photo + coherent + incoherent + pair
                s = -np.log(uniform(state)) / total
                x, y, z = x + s * u, y + s * v, z + s * w
                r = np.sqrt(x * x + y * y + z * z)
                if r > far:
                    break
                j = max(int((np.log(max(r * density, 1e-30)) - log_r_low) * per_log_r), 0)
                if not first and j < found.size:
                    found[j] += energy / energy0 * _between(xs.transfer[1], k, f) / total
                first = False
                draw = uniform(state) * total
                if draw < photo:
                    break
                draw -= photo
                if draw < incoherent:
                    keep, mu = compton(energy, 1, xs, state)
                    energy *= keep
                    if energy < CUTOFF_MEV:
                        if j < found.size:
                            found[j] += energy / energy0
                        break
                    u, v, w = turn(u, v, w, mu, state)
                elif draw < incoherent + coherent:
                    u, v, w = turn(u, v, w, coherent_cosine(energy, 1, xs, state), state)
                else:
                    u, v, w = isotropic(state)
                    energy = ELECTRON_MASS_MEV
                    pending[waiting] = np.array([x, y, z, -u, -v, -w, energy])
                    waiting += 1
            if waiting == 0:
                break
            waiting -= 1
            x, y, z, u, v, w, energy = pending[waiting]
