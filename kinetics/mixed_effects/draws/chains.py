"""Many chains at once through estimates and deviations of a cohort: steps that leave the posterior as it is.

A sweep has, for every chain:

- two steps of Metropolis for each patient's deviations, in these and in the parameters themselves, along the
  difference of two earlier draws of the same patient (differential evolution from an archive: ter Braak &
  Vrugt, Stat Comput 2008;18:435), which finds length and direction by itself;
- typical parameters, then spreads, drawn given the patients' parameters (Gibbs' step, where normal and
  inverse gamma distributions are exact but for the prior's part, which is a step of Metropolis);
- two steps for the estimates with the deviations as they are, so that parameters follow their spreads: one
  parameter's estimates, and all (centred and non-centred steps in turn mix whether points say much or
  little: Yu & Meng, J Comput Graph Stat 2011;20:531);
- one for a and b.

The archive stays as it is while draws are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.mixed_effects.draws.target import Target

#: Share of steps along a difference at its full length, from place to place, and of short ones.
FULL, SHORT = 0.1, 0.3
#: Shortest steps of the estimates, as a share of the usual length: of one parameter's, and of all.
SHORTEST_OF_ONE, SHORTEST_OF_ALL = 0.1, 0.05
#: SD of what is added to every step of logarithms, so that all places can be reached.
JITTER = 1e-5


@dataclass(frozen=True)
class Archive:
    """Earlier draws: estimates ``x`` (A, E), deviations ``b`` and what they are of parameters (A, n, D)."""

    x: FloatArray
    b: FloatArray
    moved: FloatArray


@dataclass
class State:
    """Where the chains are: psi (C, E), b (C, n, D), and by these fitted (C, n, N) and loss (C, n)."""

    psi: FloatArray
    b: FloatArray
    fitted: FloatArray
    loss: FloatArray


class Chains:
    """Steps of C chains through a target."""

    def __init__(self, target: Target, psi: FloatArray, b: FloatArray, rng: np.random.Generator) -> None:
        self.target, self.rng = target, rng
        fitted = target.fitted(target.phi(psi, b), b)
        self.state = State(psi, b, fitted, target.loss(fitted, psi))

    @cached_property
    def _groups(self) -> np.ndarray:
        """(G, E) what moves together: each parameter's estimates, and a and b."""
        layout, design = self.target.layout, self.target.data.design
        groups = []
        for p in range(len(layout.parameters)):
            own = np.zeros(len(layout.names), dtype=bool)
            own[: layout.n_fixed] = design[:, p].any(0)
            own[layout.row_of(p)] = True
            groups.append(own)
        if self.target.logs:
            own = np.zeros(len(layout.names), dtype=bool)
            own[self.target.logs] = True
            groups.append(own)
        return np.array(groups)

    @cached_property
    def _linear(self) -> tuple[list[int], FloatArray, FloatArray]:
        """Fixed effects of what spreads, their design (n, D, A), and its products (D, A, D, A) summed."""
        layout = self.target.layout
        x = self.target.data.design[:, list(layout.random)]
        effects = [f for f in range(layout.n_fixed) if x[:, :, f].any()]
        x = x[:, :, effects]
        return effects, x, np.einsum("nka,nlb->kalb", x, x)

    def archive(self, states: list[tuple[FloatArray, FloatArray]]) -> Archive:
        """Of some draws (psi, b)."""
        psi, b = (np.concatenate(x) for x in zip(*states, strict=True))
        moved, random = b.copy(), list(self.target.layout.random)
        moved[..., : len(random)] = self.target.phi(psi, b)[..., random]
        return Archive(self.target.up(psi), b, moved)

    @np.errstate(invalid="ignore")
    def sweep(self, archive: Archive) -> None:
        """One step of every kind; from where there is no density to where there is none none is taken."""
        if self.state.b.shape[-1]:
            self._individuals(archive, centred=False)
            self._individuals(archive, centred=True)
        if self.target.layout.random:
            self._typical()
            self._spreads()
        size = self.state.psi.shape
        one = self._groups[self.rng.integers(len(self._groups), size=size[0])]
        self._estimates(archive, one, SHORTEST_OF_ONE)
        self._estimates(archive, np.ones(size, dtype=bool), SHORTEST_OF_ALL)
        if self.target.logs:
            self._scatter(archive)

    def _two(self, of: int, *size: int) -> tuple[np.ndarray, np.ndarray]:
        """Two different places in an archive."""
        one = self.rng.integers(of, size=size)
        return one, (one + 1 + self.rng.integers(of - 1, size=size)) % of

    def _root(self, psi: FloatArray) -> FloatArray:
        """(C, D, D) root of what spreads."""
        return self.target.layout.root(psi)[:, list(self.target.layout.random)]

    def _individuals(self, archive: Archive, *, centred: bool) -> None:
        s, rng = self.state, self.rng
        c, n, d = s.b.shape
        one, two = self._two(len(archive.b), c, n)
        usual = 2.38 / np.sqrt(2 * d) * np.where(rng.random((c, n, 1)) < SHORT, 0.3, 1.0)
        length = np.where(rng.random((c, n, 1)) < FULL, 1.0, usual)
        of, i = archive.moved if centred else archive.b, np.arange(n)
        step = length * (of[one, i] - of[two, i]) + JITTER * rng.normal(size=s.b.shape)
        spread = len(self.target.layout.random)
        if centred and spread:
            inverse = np.linalg.inv(self._root(s.psi))
            step[..., :spread] = np.einsum("cde,cne->cnd", inverse, step[..., :spread])
        b = s.b + step
        fitted = self.target.fitted(self.target.phi(s.psi, b), b)
        loss = self.target.loss(fitted, s.psi)
        gain = s.loss - loss + 0.5 * ((s.b**2).sum(-1) - (b**2).sum(-1))
        taken = np.log(rng.random((c, n))) < gain
        s.b = np.where(taken[..., None], b, s.b)
        s.fitted, s.loss = np.where(taken[..., None], fitted, s.fitted), np.where(taken, loss, s.loss)

    def _by_prior(self, trial: FloatArray) -> None:
        """Take estimates that were drawn without the prior's part; parameters stay, deviations follow."""
        s, random = self.state, list(self.target.layout.random)
        phi = self.target.phi(s.psi, s.b)[..., random]
        gain = self.target.prior(trial) - self.target.prior(s.psi)
        taken = np.log(self.rng.random(len(gain))) < gain
        s.psi = np.where(taken[:, None], trial, s.psi)
        center = np.einsum("npf,cf->cnp", self.target.data.design, s.psi[:, : self.target.layout.n_fixed])
        inverse = np.linalg.inv(self._root(s.psi))
        deviation = np.einsum("cde,cne->cnd", inverse, phi - center[..., random])
        s.b = np.concatenate([deviation, s.b[..., len(random) :]], axis=-1)

    def _typical(self) -> None:
        """Fixed effects of what spreads, given the patients' parameters: normal."""
        s = self.state
        effects, x, products = self._linear
        phi = self.target.phi(s.psi, s.b)[..., list(self.target.layout.random)]
        inverse = np.linalg.inv(self._root(s.psi))
        precision = np.swapaxes(inverse, -1, -2) @ inverse
        information = np.einsum("ckl,kalb->cab", precision, products)
        right = np.einsum("ckl,nka,cnl->ca", precision, x, phi, optimize=True)
        back = np.swapaxes(np.linalg.cholesky(information), -1, -2)
        mean = np.linalg.solve(information, right[..., None])
        moved = np.linalg.solve(back, self.rng.normal(size=mean.shape))
        trial = s.psi.copy()
        trial[:, effects] = (mean + moved)[..., 0]
        self._by_prior(trial)

    def _spreads(self) -> None:
        """The root of the covariance, given the patients' parameters.

        Each parameter's deviations are regressed on those before it: flat in the root is flat in the
        coefficients times a power of the residual SDs, and the conditional distributions are normal and
        inverse gamma.
        """
        s, layout = self.state, self.target.layout
        c, n, _ = s.b.shape
        d = len(layout.random)
        if n <= (d if layout.full else 1):
            return
        e = np.einsum("cde,cne->cnd", self._root(s.psi), s.b[..., :d])
        trial, root = s.psi.copy(), np.zeros((c, d, d))
        for k in range(d):
            left, before = e[..., k], e[..., : k if layout.full else 0]
            if before.shape[-1]:
                back = np.swapaxes(before, -1, -2)
                products = back @ before
                line = np.linalg.solve(products, back @ left[..., None])
                left = left - (before @ line)[..., 0]
            shape = 0.5 * (n - (d if layout.full else 1))
            root[:, k, k] = np.sqrt(0.5 * (left**2).sum(1) / self.rng.gamma(shape, size=c))
            if before.shape[-1]:
                turned = np.swapaxes(np.linalg.cholesky(products), -1, -2)
                moved = np.linalg.solve(turned, self.rng.normal(size=line.shape))
                line = line + root[:, k, k, None, None] * moved
                root[:, k, :k] = (np.swapaxes(line, -1, -2) @ root[:, :k, :k])[:, 0]
        for i, (p, column) in enumerate(layout.elements):
            trial[:, layout.n_fixed + i] = root[:, layout.random.index(p), column]
        self._by_prior(trial)

    def _estimates(self, archive: Archive, group: np.ndarray, shortest: float) -> None:
        """Estimates of a group, with the deviations as they are."""
        s, rng, target = self.state, self.rng, self.target
        one, two = self._two(len(archive.x), len(s.psi))
        size = group.sum(1, keepdims=True)
        length = 2.38 / np.sqrt(2 * size) * shortest ** rng.random(size.shape)
        length = np.where(rng.random(size.shape) < FULL, 1.0, length)
        x = target.up(s.psi)
        step = length * (archive.x[one] - archive.x[two]) + JITTER * rng.normal(size=x.shape)
        psi = np.where(group, target.down(x + step), s.psi)
        fitted = target.fitted(target.phi(psi, s.b), s.b)
        loss = target.loss(fitted, psi)
        gain = (s.loss - loss).sum(1) + target.by_step(psi) - target.by_step(s.psi)
        self._take(np.log(rng.random(len(gain))) < gain, psi, fitted, loss)

    def _scatter(self, archive: Archive) -> None:
        """ln a and ln b, given the curves."""
        s, target = self.state, self.target
        one, two = self._two(len(archive.x), len(s.psi))
        psi = s.psi.copy()
        psi[:, target.logs] += 2.38 / np.sqrt(2) * (archive.x[one] - archive.x[two])[:, target.logs]
        loss = target.loss(s.fitted, psi)
        gain = (s.loss - loss).sum(1) + target.prior(psi) - target.prior(s.psi)
        self._take(np.log(self.rng.random(len(gain))) < gain, psi, s.fitted, loss)

    def _take(self, taken: np.ndarray, psi: FloatArray, fitted: FloatArray, loss: FloatArray) -> None:
        s = self.state
        s.psi, s.loss = np.where(taken[:, None], psi, s.psi), np.where(taken[:, None], loss, s.loss)
        s.fitted = np.where(taken[:, None, None], fitted, s.fitted)
