"""What each method makes of the same simulated patients: population fits, single fits, single time points."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from kinetics.choice.choose import choose_models
from kinetics.curves.curve import Curve
from kinetics.errors import KineticsError
from kinetics.fitting.fit import fit_curves
from kinetics.mixed_effects.fit import fit_population
from kinetics.mixed_effects.patient import fit_with_population
from kinetics.populations.believable import refuse_unbelievable
from kinetics.populations.cohort import Spread
from kinetics.populations.single_point import haenscheid, madsen
from validation.few_points.cohorts import Cohort, Kind, cohort

#: An area off by more than this is wrong.
WRONG = 0.10
POPULATION, SINGLE, OWN_MODEL, HAENSCHEID, MADSEN = (
    "population fit", "single fit, model chosen", "single fit, true model", "Haenscheid", "Madsen",
)  # fmt: skip
#: Points of those patients of a cohort whose course is known well, where the others have one or two.
WELL = 4


@dataclass
class Score:
    """Areas of one method: relative errors of those that it gave, and how many intervals held the truth.

    asked : how many areas were asked for.
    """

    asked: int = 0
    errors: list[float] = field(default_factory=list)
    intervals: int = 0
    held: int = 0

    def add(self, area: float | None, true: float, interval: tuple[float, float] | None = None) -> None:
        """Count one area; None: the method gave none."""
        self.asked += 1
        if area is None:
            return
        self.errors.append(area / true - 1.0)
        if interval is not None:
            self.intervals += 1
            self.held += interval[0] <= true <= interval[1]

    def join(self, other: Score) -> Score:
        """Both together."""
        return Score(self.asked + other.asked, self.errors + other.errors,
                     self.intervals + other.intervals, self.held + other.held)  # fmt: skip

    @property
    def wrong(self) -> float:
        """Share without an area, or with one that is off by more than :data:`WRONG`."""
        bad = sum(abs(e) > WRONG for e in self.errors)
        return (self.asked - len(self.errors) + bad) / self.asked

    @property
    def bias(self) -> float:
        """Mean relative error."""
        return float(np.mean(self.errors)) if self.errors else math.nan

    @property
    def rmse(self) -> float:
        """Root of the mean square of relative errors."""
        return float(np.sqrt(np.mean(np.square(self.errors)))) if self.errors else math.nan

    @property
    def coverage(self) -> float:
        """Share of the 95 % intervals that hold the true area."""
        return self.held / self.intervals if self.intervals else math.nan

    @property
    def refused(self) -> float:
        """Share without an area."""
        return 1.0 - len(self.errors) / self.asked

    def words(self) -> str:
        """Bias / RMSE / off by more than 10 % / coverage, in %."""
        if not self.errors:
            return "-"
        held = f"{100 * self.coverage:.0f}" if self.intervals else "-"
        refused = f" ({100 * self.refused:.0f} refused)" if self.refused > 0.005 else ""
        return f"{100 * self.bias:+.1f} / {100 * self.rmse:.1f} / {100 * self.wrong:.0f} / {held}{refused}"


def points_of_each(patients: int, points: int) -> list[int]:
    """Points of each patient: all the same from three on; of fewer, half of the patients have four."""
    if points >= 3:
        return [points] * patients
    return [WELL] * (patients - patients // 2) + [points] * (patients // 2)


def scores(drawn: Cohort, judged: Sequence[int]) -> dict[str, Score]:
    """Every method's score over some patients of a cohort; population fits see all of it.

    Curves with SDs are fitted with them, by every method; of others the scatter is estimated.
    """
    residual, weights = ("proportional", "relative") if drawn.curves[0].sd is None else ("sd", "sd")
    kind, lam = drawn.kind, drawn.kind.lambda_phys_per_h
    true = drawn.area
    found = {name: Score() for name in (POPULATION, SINGLE, OWN_MODEL)}
    try:
        fit = fit_population(drawn.curves, kind.model, residual=residual, covariance="diagonal")
        refuse_unbelievable(fit)  # as the command and studies do
        for i in judged:
            own = fit.individuals[i]
            found[POPULATION].add(own.area, true[i], own.area_interval())
    except KineticsError:
        for i in judged:
            found[POPULATION].add(None, true[i])
    curves = drawn.of(judged)
    for i, choice in zip(judged, choose_models(curves, lambda_phys_per_h=lam), strict=True):
        if isinstance(choice, KineticsError):
            found[SINGLE].add(None, true[i])
        else:
            found[SINGLE].add(choice.averaged_area.value, true[i], choice.area_interval())
    for i, own_fit in zip(judged, fit_curves(curves, kind.model, weights=weights), strict=True):
        if isinstance(own_fit, KineticsError):
            found[OWN_MODEL].add(None, true[i])
        else:
            found[OWN_MODEL].add(own_fit.area, true[i], own_fit.interval())
    if all(len(c) == 1 for c in curves) and len(kind.function.exchange) == 0:
        found |= _single_points(drawn, judged, kind)
    return found


def _single_points(drawn: Cohort, judged: Sequence[int], kind: Kind) -> dict[str, Score]:
    """Haenscheid's and Madsen's areas; Madsen's rate is the mean over the patients of several points."""
    found = {HAENSCHEID: Score(), MADSEN: Score()}
    others = [c for c in drawn.curves if len(c) >= WELL]
    spread = _spread(others, kind)
    for i in judged:
        one, true = drawn.curves[i], float(drawn.area[i])
        x = float(one.time_h[0])
        try:
            # any range of half-lives: its area is the same, the range is for the warning
            physical = math.log(2) / kind.lambda_phys_per_h
            found[HAENSCHEID].add(
                haenscheid(one, effective_half_life_h=(x / 2.5, min(x, physical))).area, true
            )
        except KineticsError:
            found[HAENSCHEID].add(None, true)
        found[MADSEN].add(None if spread is None else madsen(one, spread).area, true)
    return found


def _spread(curves: Sequence[Curve], kind: Kind) -> Spread | None:
    """Mean and SD of the logarithm of the clearance rate over single fits of the true model."""
    fits = [f for f in fit_curves(curves, kind.model, weights="relative") if not isinstance(f, KineticsError)]
    logs = np.log([f.parameters["lambda1"].value for f in fits if "lambda1" not in f.bounds_reached])
    if logs.size < 3:
        return None
    return Spread(float(np.exp(logs.mean())), float(logs.std(ddof=1)), int(logs.size))


def of_cohorts(
    kind: Kind, patients: int, points: int, noise: float, cohorts: Iterable[int], *, with_sd: bool
) -> dict[str, Score]:
    """Scores over several cohorts, whose seeds are (number, patients, points, 1000 x noise)."""
    total: dict[str, Score] = {}
    each = points_of_each(patients, points)
    judged = [i for i, n in enumerate(each) if n == points]
    for number in cohorts:
        seed = [number, patients, points, round(1000 * noise)]
        drawn = cohort(kind, patients, each, noise, seed, with_sd=with_sd)
        for name, score in scores(drawn, judged).items():
            total[name] = total.get(name, Score()).join(score)
    return total


def one_point_of_new_patients(
    kind: Kind, patients: int, noise: float, cohorts: Iterable[int]
) -> dict[str, Score]:
    """A cohort of complete patients, and as many new ones with one point: the design of Devasia et al. 2021.

    The new patient's one point takes no part in the population, which is that of the others.
    """
    total: dict[str, Score] = {POPULATION: Score(), HAENSCHEID: Score(), MADSEN: Score()}
    for number in cohorts:
        seed = [number, patients, round(1000 * noise)]
        known = cohort(kind, patients, WELL, noise, [*seed, 0], with_sd=True)
        new = cohort(kind, patients, 1, noise, [*seed, 1], with_sd=True)
        fit = fit_population(known.curves, kind.model, residual="sd", covariance="diagonal")
        for curve, true in zip(new.curves, new.area, strict=True):
            own = fit_with_population(curve, fit.population)
            total[POPULATION].add(own.area, float(true), own.area_interval())
        both = Cohort(kind, [*known.curves, *new.curves], new.theta, np.tile(new.area, 2), noise)
        judged = range(patients, 2 * patients)
        for name, score in _single_points(both, judged, kind).items():
            total[name] = total[name].join(score)
    return total


def best_possible(kind: Kind, noise: float, patients: int = 200_000, bins: int = 400) -> float:
    """Share off by more than 10 % of the best estimate from one point, by one who knows the population.

    The estimate is the mean logarithm of the areas of simulated patients who have such a value.
    """
    rng = np.random.default_rng([0, patients, bins])
    spread = rng.normal(size=(patients, len(kind.median)))
    theta = np.exp(kind.mean_log + spread @ np.linalg.cholesky(kind.covariance_log).T)
    value = kind.function.value(np.array(kind.times_h[1]), theta)[:, 0]
    value *= 1.0 + noise * rng.normal(size=patients)
    logs = np.log(kind.function.area(theta, kind.lambda_phys_per_h))[np.argsort(value)].reshape(bins, -1)
    return float((np.abs(np.exp(logs.mean(1, keepdims=True) - logs) - 1.0) > WRONG).mean())
