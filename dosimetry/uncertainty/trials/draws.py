"""Random numbers of a Monte Carlo: one stream for each error and block of trials, whoever asks for them."""

from __future__ import annotations

import hashlib
import math

import numpy as np
from numpy.typing import NDArray

from dosimetry.uncertainty.inputs import Distribution

Array = NDArray[np.float64]


class Draws:
    """Draws of errors for the trials of one block.

    The stream of an error follows from the seed, the block and the error's name and owner alone, so that
    numbers are the same whatever else is drawn, in whatever order, by however many workers; patients who
    share an error draw the same of it in the same trial.

    Parameters
    ----------
    seed : of all of it.
    block : number of the block.
    size : K, trials in it.
    """

    def __init__(self, seed: int, block: int, size: int) -> None:
        self.seed, self.block, self.size = seed, block, size
        self._drawn: dict[tuple[object, ...], Array] = {}

    def generator(self, *key: object) -> np.random.Generator:
        """The generator of a key."""
        digest = hashlib.sha256(repr(key).encode()).digest()
        words = np.frombuffer(digest[:16], dtype=np.uint32).tolist()
        return np.random.default_rng(np.random.SeedSequence([self.seed, self.block, *words]))

    def of(
        self, name: str, whose: tuple[str, ...], distribution: Distribution = "normal", n: int = 1
    ) -> Array:
        """(K, n) draws of mean 0 and standard deviation 1; of a log-normal one the normal ones behind it."""
        key = (name, whose, distribution, n)
        if key not in self._drawn:
            generator, shape = self.generator(*key), (self.size, n)
            if distribution == "rectangular":
                made = generator.uniform(-math.sqrt(3.0), math.sqrt(3.0), shape)
            elif distribution == "triangular":
                made = generator.triangular(-math.sqrt(6.0), 0.0, math.sqrt(6.0), shape)
            else:
                made = generator.standard_normal(shape)
            self._drawn[key] = made
        return self._drawn[key]


def change(u: float, distribution: Distribution, drawn: Array) -> Array:
    """What draws change, relative or in the effect's unit: mean 0, standard deviation ``u``.

    Log-normal: exp(s z - s^2/2) - 1 with s^2 = ln(1 + u^2), so that the factor's mean is 1.

    Examples
    --------
    >>> change(0.1, "normal", np.array([-1.0, 2.0])).tolist()
    [-0.1, 0.2]
    """
    if distribution != "log-normal":
        return np.asarray(u * drawn)
    s = math.copysign(math.sqrt(math.log1p(u * u)), u)
    return np.asarray(np.expm1(s * drawn - 0.5 * s * s))
