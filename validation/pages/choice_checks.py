"""How good the automatic area is: simulated curves of few points, beside the plain fit of the true model."""

from __future__ import annotations

import math
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product

import numpy as np

from kinetics.choice.choose import choose_model
from kinetics.curves.curve import Curve, FloatArray
from kinetics.curves.decay import lambda_from_half_life
from kinetics.errors import KineticsError
from kinetics.fitting.fit import fit_curve
from kinetics.models import MODELS
from validation.report.markdown import table

#: 177Lu: so long-lived that what is extrapolated counts.
LAM = lambda_from_half_life(159.5)
#: Model -> parameters: a whole body (80 h), a serum (7 and 62 h), an organ (uptake 5 h, clearance 90 h).
TRUTHS = {
    "monoexponential": np.array([100.0, math.log(2) / 80]),
    "biexponential": np.array([14.0, 18.0, math.log(2) / 7, math.log(2) / 62]),
    "uptake": np.array([12.0, math.log(2) / 90, math.log(2) / 5]),
}
#: Points -> hours after administration.
TIMES_H = {
    3: (1.0, 24.0, 120.0),
    4: (1.0, 6.0, 48.0, 144.0),
    5: (0.5, 4.0, 24.0, 72.0, 168.0),
    6: (0.25, 2.0, 8.0, 24.0, 72.0, 168.0),
    8: (5 / 60, 0.5, 2.0, 6.0, 24.0, 48.0, 96.0, 168.0),
    12: (5 / 60, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 24.0, 48.0, 72.0, 120.0, 168.0),
}
NOISES = (0.03, 0.05, 0.10, 0.15)
#: An area off by more than this is wrong.
WRONG = 0.10


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What became of the simulated curves of one kind.

    ``errors`` : relative errors of the averaged areas that were given; ``covered`` of their 95 % intervals
    hold the truth. ``plain_errors``, ``plain_covered`` : the same of the true model's plain fit.
    """

    model: str
    points: int
    noise: float
    with_sd: bool
    curves: int
    errors: FloatArray
    covered: int
    plain_errors: FloatArray
    plain_covered: int

    @property
    def refused(self) -> int:
        """Curves without an area."""
        return self.curves - self.errors.size

    @property
    def wrong(self) -> int:
        """Curves without an area, or with one that is off by more than :data:`WRONG`."""
        return self.refused + int((np.abs(self.errors) > WRONG).sum())

    @property
    def plain_wrong(self) -> int:
        """The same for the plain fit of the true model."""
        return self.curves - int((np.abs(self.plain_errors) <= WRONG).sum())

    @property
    def determinable(self) -> bool:
        """Whether there are as many points as the true model has parameters."""
        return self.points >= MODELS[self.model].n_parameters

    @property
    def words(self) -> str:
        """Refused / bias / refused or off by more than 10 % (plain fit) / coverage (plain fit), in %."""
        n = self.curves
        bias = f"{100 * float(self.errors.mean()):+.1f}" if self.errors.size else "-"
        plain = f"{100 * self.plain_wrong / n:.0f}" if self.determinable else "-"
        held = f"{100 * self.covered / self.errors.size:.0f}" if self.errors.size else "-"
        plain_held = f"{100 * self.plain_covered / n:.0f}" if self.determinable else "-"
        wrong = f"{100 * self.wrong / n:.0f}"
        return f"{100 * self.refused / n:.0f} / {bias} / {wrong} ({plain}) / {held} ({plain_held})"


def simulate(model: str, points: int, noise: float, *, with_sd: bool, curves: int) -> Cell:
    """Simulated decay-corrected curves with normal errors in proportion to the true values.

    The seed of a curve is (points, noise in %, number of the curve, number of the model): the same errors
    with and without standard deviations. The choice is made with its defaults; the plain fit has weights "sd"
    or, without standard deviations, "relative". A value that came out at 0 or below is drawn again.
    """
    time, theta = np.array(TIMES_H[points]), TRUTHS[model]
    value = MODELS[model].value(time, theta)
    true = float(MODELS[model].area(theta, LAM))
    errors, plain_errors, covered, plain_covered = [], [], 0, 0
    for i in range(curves):
        rng = np.random.default_rng([points, round(100 * noise), i, list(TRUTHS).index(model)])
        measured = -value
        while np.any(measured <= 0):
            measured = value * (1 + noise * rng.normal(size=time.size))
        curve = Curve(
            time_h=time,
            value=measured,
            sd=noise * value if with_sd else None,
            unit="%IA",
            decay_corrected=True,
            name=f"{model} {i}",
        )
        try:
            choice = choose_model(curve, lambda_phys_per_h=LAM)
        except KineticsError:
            pass
        else:
            errors.append(choice.averaged_area.value / true - 1)
            covered += _holds(choice.area_interval(), true)
        try:
            plain = fit_curve(curve, model, lambda_phys_per_h=LAM, weights="sd" if with_sd else "relative")
        except KineticsError:
            continue
        plain_errors.append(plain.area / true - 1)
        plain_covered += _holds(plain.interval(), true)
    return Cell(
        model=model,
        points=points,
        noise=noise,
        with_sd=with_sd,
        curves=curves,
        errors=np.array(errors),
        covered=covered,
        plain_errors=np.array(plain_errors),
        plain_covered=plain_covered,
    )


def _holds(interval: tuple[float, float] | None, true: float) -> bool:
    return interval is not None and interval[0] <= true <= interval[1]


def _simulated(given: tuple[str, int, float, bool, int]) -> Cell:
    model, points, noise, with_sd, curves = given
    return simulate(model, points, noise, with_sd=with_sd, curves=curves)


def all_cells(curves: int = 100, workers: int = 2) -> list[Cell]:
    """Every model, number of points, noise, with and without standard deviations."""
    kinds = [(m, n, s, sd, curves) for m, n, sd, s in product(TRUTHS, TIMES_H, (False, True), NOISES)]
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(_simulated, kinds, chunksize=4))


def cells_table(cells: Iterable[Cell]) -> str:
    """One row for each model, number of points, and presence of standard deviations."""
    rows: dict[tuple[str, int, bool], list[str]] = {}
    for c in cells:
        rows.setdefault((c.model, c.points, c.with_sd), []).append(c.words)
    return table(
        ("made by", "points", "SDs", *(f"noise {100 * s:.0f} %" for s in NOISES)),
        [(f"`{m}`", str(n), "yes" if sd else "no", *found) for (m, n, sd), found in rows.items()],
    )


def verdict(cells: Iterable[Cell]) -> str:
    """The counts against the aim: at most 1.5 times as many as the plain fit, at most 6 % at 3 to 5 %."""
    rows = []
    for low, high in ((0.03, 0.05), (0.10, 0.15)):
        for with_sd in (False, True):
            group = [c for c in cells if low <= c.noise <= high and c.with_sd == with_sd and c.determinable]
            n, wrong, plain = (sum(getattr(c, k) for c in group) for k in ("curves", "wrong", "plain_wrong"))
            given = sum(c.errors.size for c in group)
            worst = max(group, key=lambda c: c.wrong / c.curves)
            above = [c for c in group if c.wrong > 1.5 * c.plain_wrong and c.wrong > 0.06 * c.curves]
            rows.append(
                (
                    f"{100 * low:.0f} to {100 * high:.0f} %", "yes" if with_sd else "no", str(n),
                    f"{100 * sum(c.refused for c in group) / n:.2f} %", f"{100 * wrong / n:.1f} %",
                    f"{100 * plain / n:.1f} %",
                    f"{100 * worst.wrong / worst.curves:.0f} % ({worst.model}, {worst.points} points,"
                    f" {100 * worst.noise:.0f} %; plain {100 * worst.plain_wrong / worst.curves:.0f} %)",
                    f"{len(above)} of {len(group)}",
                    f"{100 * sum(c.covered for c in group) / given:.1f} %",
                    f"{100 * sum(c.plain_covered for c in group) / n:.1f} %",
                )
            )  # fmt: skip
    return table(
        (
            "noise", "SDs", "curves", "refused", "refused or off > 10 %", "plain fit", "worst kind",
            "kinds over 1.5 times the plain fit and over 6 %", "coverage", "plain fit",
        ),
        rows,
    )  # fmt: skip
