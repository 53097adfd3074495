"""Random numbers for compiled code: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), one word of state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phantoms.kernels import kernel

_LAYERS = 256
_TAIL = 7.69711747013104972  # where the lowest of 256 layers of equal area under exp(-x) ends


def _layers() -> NDArray[np.float64]:
    """Right ends of the layers under exp(-x), from the lowest up; the first as wide as its tail makes it."""
    area = (_TAIL + 1.0) * np.exp(-_TAIL)
    x = [area * np.exp(_TAIL), _TAIL]
    while len(x) < _LAYERS:
        x.append(-np.log(np.exp(-x[-1]) + area / x[-1]))
    return np.array([*x, 0.0])


_X = _layers()
_Y = np.exp(-_X)


@kernel(inline="always")
def word(state):  # type: ignore[no-untyped-def]
    """The next 64 bits of the stream whose state is ``state[0]`` (uint64)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@kernel(inline="always")
def uniform(state):  # type: ignore[no-untyped-def]
    """The next number of the stream whose state is ``state[0]`` (uint64), in (0, 1)."""
    return (float(word(state) >> np.uint64(11)) + 0.5) * (1.0 / 9007199254740992.0)


@kernel()
def exponential(state):  # type: ignore[no-untyped-def]
    """A number of the density exp(-x), by the ziggurat of Marsaglia and Tsang (J Stat Softw 2000;5(8)).

    The lowest eight bits choose the layer, the highest 53 the place in it.
    """
    beyond = 0.0
    while True:
        z = word(state)
        i = np.int64(z & np.uint64(_LAYERS - 1))
        x = (float(z >> np.uint64(11)) + 0.5) * (1.0 / 9007199254740992.0) * _X[i]
        if x < _X[i + 1]:
            return beyond + x
        if i == 0:
            beyond += _TAIL  # the tail has the shape of the whole
        elif _Y[i] + uniform(state) * (_Y[i + 1] - _Y[i]) < np.exp(-x):
            return beyond + x
