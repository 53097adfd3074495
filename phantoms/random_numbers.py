"""Random numbers for compiled code: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), one word of state."""

from __future__ import annotations

import numpy as np

from phantoms.kernels import kernel


@kernel(inline="always")
def uniform(state):  # type: ignore[no-untyped-def]
    """The next number of the stream whose state is ``state[0]`` (uint64), in (0, 1)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (float(z >> np.uint64(11)) + 0.5) * (1.0 / 9007199254740992.0)
