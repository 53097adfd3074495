"""What drawn inputs make of a patient: factors of curves, times, masses, constants, for a block of trials."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dosimetry.patients.patient import SERUM
from dosimetry.uncertainty.inputs import Effect, Input, Response
from dosimetry.uncertainty.propagation.chain import ABSOLUTE, Chain
from dosimetry.uncertainty.propagation.effects import HEART, MARROW, uses_density
from dosimetry.uncertainty.propagation.matching import (
    URINE,
    curves_of,
    in_body,
    sources_of,
    targets_of,
    whose,
)
from dosimetry.uncertainty.propagation.responses import BODY
from dosimetry.uncertainty.trials.draws import Draws, change

Array = NDArray[np.float64]

#: The earliest time that a point is moved to, h: none is before the administration.
EARLIEST_H = 1e-6


class DrawnInputs:
    """Changes of one patient's inputs in K trials.

    factor : curve's region -> (K, N) factors of its values.
    shift_h : curve's region -> (K, N) shifts of its times, h.
    mass : source region or "body" -> (K,) factors of masses.
    density : source region -> (K,) factors.
    haematocrit : (K,) shifts; urine, marrow_factor, half_life : (K,) factors.
    dose : (K, T) factors of the doses.
    """

    def __init__(self, chain: Chain, inputs: Sequence[tuple[Input, str]], draws: Draws) -> None:
        self.chain, self.draws = chain, draws
        k, curves = draws.size, chain.curves
        self.factor = {r: np.ones((k, len(c.curve))) for r, c in curves.items()}
        self.shift_h = {r: np.zeros((k, len(c.curve))) for r, c in curves.items()}
        self.mass: dict[str, Array] = {}
        self.density: dict[str, Array] = {}
        self.haematocrit = np.zeros(k)
        self.urine, self.marrow_factor, self.half_life = np.ones(k), np.ones(k), np.ones(k)
        self.dose = np.ones((k, len(chain.result.doses.targets)))
        # what responds together -> the errors that it responds to, by name
        responding: dict[tuple[str, str, Response], dict[str, Array]] = {}
        for an, mark in inputs:
            for effect in an.effects:
                if effect.response is None:
                    self._take(an, effect, mark)
                else:
                    self._gather(an, effect, mark, responding)
        self._respond(responding)
        for region, used in curves.items():
            at = used.curve.normalised_at_h
            if at is not None:
                i = int(np.flatnonzero(used.curve.time_h == at)[0])
                self.factor[region] = self.factor[region] / self.factor[region][:, i, None]

    def times(self, region: str) -> Array:
        """(K, N) times of a curve's points, h; at time 0 is at the administration."""
        time = self.chain.curves[region].curve.time_h
        moved = np.maximum(time + self.shift_h[region], EARLIEST_H)
        return np.where(time > 0.0, moved, 0.0)

    def _gather(
        self,
        an: Input,
        effect: Effect,
        mark: str,
        responding: dict[tuple[str, str, Response], dict[str, Array]],
    ) -> None:
        """Standardised errors of an effect that is no change in proportion."""
        assert effect.response is not None
        regions = (curves_of if effect.what == "curve" else sources_of)(effect, self.chain)
        for region in regions:
            key = whose(an.shared_by, self.chain.name, region, mark)
            drawn = self.draws.of(an.name, key, an.distribution)[:, 0]
            errors = responding.setdefault((effect.what, region, effect.response), {})
            errors[effect.error] = errors.get(effect.error, 0.0) + drawn

    def _respond(self, responding: dict[tuple[str, str, Response], dict[str, Array]]) -> None:
        """Each response once, to all its errors."""
        for (what, region, response), errors in responding.items():
            factor = response(errors)
            if what == "curve":
                self.factor[region] = self.factor[region] * factor[:, None]
            else:
                self.mass[region] = self.mass.get(region, np.ones(self.draws.size)) * factor

    def _take(self, an: Input, effect: Effect, mark: str) -> None:
        chain, what = self.chain, effect.what

        def drawn(region: str, n: int = 1) -> Array:
            key = whose(an.shared_by, chain.name, region, mark)
            return change(effect.u, an.distribution, self.draws.of(an.name, key, an.distribution, n))

        def factor(region: str) -> Array:
            return np.asarray(1.0 + drawn(region)[:, 0])

        def into(found: dict[str, Array], region: str) -> None:
            found[region] = found.get(region, np.ones(self.draws.size)) * factor(region)

        if what in ("curve", "time"):
            for region in curves_of(effect, chain):
                n = len(chain.curves[region].curve) if an.shared_by == "point" else 1
                if what == "curve":
                    self.factor[region] = self.factor[region] * (1.0 + drawn(region, n))
                else:
                    self.shift_h[region] = self.shift_h[region] + drawn(region, n)
            if what == "curve" and effect.region in (URINE, "", "all") and an.shared_by != "point":
                self.urine = self.urine * factor(URINE)
        elif what == "administered activity":
            for region in curves_of(effect, chain):
                unit = chain.measured_unit(region)
                if effect.region not in ("", "all", "organs") or unit in ABSOLUTE:
                    self.factor[region] = self.factor[region] / (1.0 + drawn(region))
        elif what == "mass" and in_body(effect, chain):
            for region in [BODY] if effect.region == BODY else sources_of(effect, chain):
                into(self.mass, region)
        elif what == "density":
            for region in sources_of(effect, chain):
                if uses_density(chain, region):
                    into(self.density, region)
        elif what == "haematocrit" and chain.made_of.get(HEART) == SERUM:
            self.haematocrit = self.haematocrit + drawn("")[:, 0]
        elif what == "marrow factor" and chain.made_of.get(MARROW) == SERUM:
            self.marrow_factor = self.marrow_factor * factor("")
        elif what == "half-life":
            self.half_life = self.half_life * factor("")
        elif what == "energy":
            self.dose = self.dose * factor("")[:, None]
        elif what == "dose":
            targets = chain.result.doses.targets
            for target in targets_of(effect, chain, apart=an.apart):
                self.dose[:, targets.index(target)] *= factor(target)
