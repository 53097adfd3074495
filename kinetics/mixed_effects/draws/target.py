"""What is drawn from: the density of a cohort's values, of patients' deviations, and of the estimates.

Priors of the estimates, weak and proper wherever the bounds are finite:

- typical logarithms are flat between the bounds of the search. Those of rates are so between physical decay
  and the first interval between samples, and fall off beyond, as lambda/(lambda + lambda_phys) and
  1/(1 + lambda interval): how slow a loss is that decay hides, or how fast one that is over before there is
  a sample, no points can tell, and a flat logarithm would put most of the prior there;
- SDs of logarithms over patients: half a Student t of 4 degrees of freedom and scale 0.5, whose median is
  0.37 and which is above 1.4 in 1 of 20 (Gelman, Bayesian Anal 2006;1:515 on half-t priors of spreads); a
  spread of what is normal, flat;
- elements of the root beside its diagonal, exponents, and a and b themselves, flat.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.mixed_effects.likelihood.estimates import Layout
from kinetics.mixed_effects.likelihood.marginal import Data
from kinetics.mixed_effects.likelihood.response import LARGEST_LOG
from kinetics.models import Model

#: Prior of SDs of logarithms: degrees of freedom and scale of half a Student t.
FREEDOM, SCALE = 4.0, 0.5
#: Places at which the prior of a rate is taken to draw from it.
GRID = 1000


@dataclass(frozen=True)
class Target:
    """The joint density of estimates and deviations.

    Arrays: psi (C, E) estimates; b (C, n, D) deviations, standard normal beforehand; phi (C, n, P); fitted
    (C, n, N) means of the values. ``lower``, ``upper`` (E,) bounds of psi; ``decay_per_h`` physical decay and
    ``interval_h`` the shortest between samples, between which a rate's prior is flat.
    """

    data: Data
    model: Model
    layout: Layout
    lower: FloatArray
    upper: FloatArray
    decay_per_h: float
    interval_h: float

    @cached_property
    def roots(self) -> list[int]:
        """Places of the spreads."""
        return self.layout.spreads()[0]

    @cached_property
    def logs(self) -> list[int]:
        """Places of ln a and ln b."""
        return self.layout.spreads()[1]

    @cached_property
    def rates(self) -> list[int]:
        """Places of typical logarithms of rates."""
        q = len(self.model.amplitudes)
        normal = self.data.function.normal
        return [k for k in range(q, len(self.layout.parameters)) if not normal[k]]

    @cached_property
    def log_spreads(self) -> list[int]:
        """Places of SDs of logarithms."""
        normal = self.data.function.normal
        return [k for k, p in zip(self.roots, self.layout.random, strict=True) if not normal[p]]

    @property
    def n_deviations(self) -> int:
        """Deviations of a patient: of what spreads, and errors common to several values."""
        return len(self.layout.random) + int(self.data.shared.shape[2])

    @property
    def bounded(self) -> bool:
        """Whether the prior is a proper one, so that it can be drawn from."""
        return bool(np.isfinite(self.lower).all() and np.isfinite(self.upper).all())

    def phi(self, psi: FloatArray, b: FloatArray) -> FloatArray:
        """(C, n, P) patients' parameters."""
        center = np.einsum("npf,cf->cnp", self.data.design, psi[:, : self.layout.n_fixed])
        d = len(self.layout.random)
        return np.asarray(center + np.einsum("cpd,cnd->cnp", self.layout.root(psi), b[..., :d]))

    def fitted(self, phi: FloatArray, b: FloatArray) -> FloatArray:
        """(C, n, N) means of the values."""
        data, model = self.data, self.model
        theta = np.where(data.function.normal, phi, np.exp(np.clip(phi, -LARGEST_LOG, LARGEST_LOG)))
        amplitudes, _, mu = model.split(theta)
        weight = amplitudes @ model.coefficients.T
        value = np.zeros((*phi.shape[:2], data.time_h.shape[1]))
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            for k in range(mu.shape[-1]):
                value += weight[..., k, None] * np.exp(-mu[..., k, None] * data.time_h)
            value *= data.decay
        if data.shared.shape[2]:
            value += np.einsum("nmk,cnk->cnm", data.shared, b[..., len(self.layout.random) :])
        return value

    def loss(self, fitted: FloatArray, psi: FloatArray) -> FloatArray:
        """(C, n) -log density of the values, without ln 2 pi."""
        data = self.data
        log_ab = self.layout.log_ab(psi)[:, None]
        v = data.known
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            if self.layout.has_a:
                v = v + np.exp(2 * log_ab[..., :1]) * data.unit
            if self.layout.has_b:
                v = v + np.exp(2 * log_ab[..., 1:]) * fitted**2
            v = np.where(data.there > 0, v, 1.0)
            found = 0.5 * (data.there * ((data.value - fitted) ** 2 / v + np.log(v))).sum(-1)
        return np.where(np.isfinite(found), found, np.inf)

    def prior(self, psi: FloatArray) -> FloatArray:
        """(C,) log density of the estimates but for a constant, -inf beyond the bounds."""
        outside = ((psi < self.lower) | (psi > self.upper)).any(-1) | (psi[:, self.roots] <= 0).any(-1)
        log = psi[:, self.logs].sum(-1) + self._of_rates(psi[:, self.rates]).sum(-1)
        log -= 0.5 * (FREEDOM + 1) * np.log1p((psi[:, self.log_spreads] / SCALE) ** 2 / FREEDOM).sum(-1)
        return np.where(outside, -np.inf, log)

    def _of_rates(self, log: FloatArray) -> FloatArray:
        """Log prior density of rates' logarithms."""
        rate = np.exp(np.clip(log, -LARGEST_LOG, LARGEST_LOG))
        return -np.log1p(self.decay_per_h / rate) - np.log1p(rate * self.interval_h)

    def prior_draws(self, n: int, rng: np.random.Generator) -> FloatArray:
        """(n, E) estimates drawn from the prior."""
        lower, upper = self.lower, self.upper
        psi = rng.uniform(lower, upper, size=(n, len(lower)))
        for k in self.rates:
            grid = np.linspace(lower[k], upper[k], GRID)
            share = np.cumsum(np.exp(self._of_rates(grid)))
            psi[:, k] = np.interp(rng.random(n), share / share[-1], grid)
        for k in self.log_spreads:
            psi[:, k] = np.minimum(np.abs(SCALE * rng.standard_t(FREEDOM, size=n)), upper[k])
        for k in self.logs:
            psi[:, k] = np.log(rng.uniform(np.exp(lower[k]), np.exp(upper[k]), size=n))
        return psi

    def up(self, psi: FloatArray) -> FloatArray:
        """(C, E) the same with spreads by their logarithms, in which steps are taken."""
        x = psi.copy()
        x[:, self.roots] = np.log(psi[:, self.roots])
        return x

    def down(self, x: FloatArray) -> FloatArray:
        """The way back from :meth:`up`."""
        psi = x.copy()
        psi[:, self.roots] = np.exp(np.minimum(x[:, self.roots], LARGEST_LOG))
        return psi

    def by_step(self, psi: FloatArray) -> FloatArray:
        """(C,) log density of the estimates as :meth:`up` has them."""
        with np.errstate(divide="ignore", invalid="ignore"):
            log = self.prior(psi) + np.log(psi[:, self.roots]).sum(-1)
        return np.where(np.isfinite(log), log, -np.inf)
