"""One human body under one scaling, while it is made: curves, TIACs, and whether activity is conserved."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from dosimetry.projection.animal import ROUNDING_PERCENT
from dosimetry.projection.human_curves import HumanCurve, Rules, tiac_of
from dosimetry.svalues.remainder import remainder_of
from dosimetry.tiacs.tiac import Tiac
from phantoms.library.locality import body_mass_kg
from phantoms.library.saf import SafLibrary

#: Shares of a TIAC after the last point from which on it is told.
MOST_EXTRAPOLATED = 0.5
#: A remainder whose concentration is so many times the body's mean is told.
CONCENTRATED = 1.5


@dataclass(eq=False)
class Human:
    """One body under one scaling, while it is made."""

    time_factor: float
    curves: list[HumanCurve] = field(default_factory=list)
    tiacs: list[Tiac] = field(default_factory=list)
    extrapolated: dict[str, float | None] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def add(self, curve: HumanCurve, half_life_h: float, rules: Rules) -> None:
        """One more organ."""
        tiac, share = tiac_of(curve, half_life_h, rules)
        self.curves.append(curve)
        self.tiacs.append(tiac)
        self.extrapolated[curve.region] = share

    def check_tails(self, label: str) -> None:
        """Tell which TIACs lie for the most part where nothing was measured."""
        far = {r: s for r, s in self.extrapolated.items() if s is not None and s > MOST_EXTRAPOLATED}
        if far:
            listed = ", ".join(f"{region} {100 * share:.0f} %" for region, share in far.items())
            self.warnings.append(f"{label}: of these TIACs most lies after the last point: {listed}")

    def check_remainder(self, label: str, library: SafLibrary, whole: Tiac) -> None:
        """Tell where much activity is left for little mass, as where muscle is named that holds little."""
        rest, named = self.tiacs[-1], [t.source for t in self.tiacs[:-1]]
        mass = remainder_of(library, named).mass_kg
        times = rest.value_h / whole.value_h / (mass / body_mass_kg(library))
        if times > CONCENTRATED:
            share = 100.0 * rest.value_h / whole.value_h
            self.warnings.append(
                f"{label}: the remainder has {share:.0f} % of the body's activity in {mass:.3g} kg,"
                f" {times:.2g} times the body's mean concentration: is a heavy organ (muscle, skin) named"
                " that holds little? Leave it in the remainder, or measure what holds the rest"
            )

    def check_sum(self, body: HumanCurve | None) -> None:
        """Tell where organs hold more than was administered, or more than is still in the body."""
        if not self.curves:
            return
        times = set.intersection(*(set(c.time_h.tolist()) for c in self.curves))
        worst: tuple[float, str] | None = None
        for t in sorted(times):
            held = math.fsum(float(c.percent[c.time_h == t][0]) for c in self.curves)
            limit, words = 100.0, "were administered"
            if body is not None and t in body.time_h:
                limit, words = float(body.percent[body.time_h == t][0]), "are still in the body"
            over = held - limit
            if over > ROUNDING_PERCENT and (worst is None or over > worst[0]):
                worst = over, f"organs hold {held:.4g} %IA at {t:.4g} h, but {limit:.4g} %IA {words}"
        if worst is not None:
            self.warnings.append(f"{worst[1]}: activity is not conserved by this scaling")
