"""How often intervals of a population fit hold the true area, cohort by cohort, and what is refused.

Areas of one cohort share their estimates: the standard error of a coverage is over cohorts, not over areas.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from kinetics.errors import KineticsError
from kinetics.mixed_effects.fit import fit_population
from kinetics.populations.believable import refuse_unbelievable
from validation.few_points.cohorts import Kind, cohort
from validation.few_points.compare import points_of_each


@dataclass(frozen=True)
class Judged:
    """One cohort: areas that were asked for and given, intervals that held the truth.

    determined : whether the points determined the population's estimates.
    errors : sum of the relative errors' squares.
    """

    asked: int
    given: int
    held: int
    determined: bool
    errors: float


def judged(kind: Kind, patients: int, points: int, noise: float, number: int, *, with_sd: bool) -> Judged:
    """The fit of one cohort, seed (number, patients, points, 1000 x noise), as the command does it."""
    each = points_of_each(patients, points)
    asked = [i for i, n in enumerate(each) if n == points]
    seed = [number, patients, points, round(1000 * noise)]
    drawn = cohort(kind, patients, each, noise, seed, with_sd=with_sd)
    residual = "sd" if with_sd else "proportional"
    try:
        fit = fit_population(drawn.curves, kind.model, residual=residual, covariance="diagonal")
        refuse_unbelievable(fit)
    except KineticsError:
        return Judged(len(asked), 0, 0, False, 0.0)
    held, errors = 0, 0.0
    for i in asked:
        own, true = fit.individuals[i], float(drawn.area[i])
        low, high = own.area_interval() or (math.nan, math.nan)
        held += low <= true <= high
        errors += (own.area / true - 1.0) ** 2
    determined = fit.posterior is not None and fit.posterior.determined
    return Judged(len(asked), len(asked), held, determined, errors)


@dataclass(frozen=True)
class Coverage:
    """Of many cohorts: share of the given areas whose interval holds, its standard error over cohorts."""

    share: float
    se: float
    areas: int
    cohorts: int
    refused: float
    undetermined: float
    rmse: float

    @classmethod
    def of(cls, cohorts: Iterable[Judged]) -> Coverage:
        """The share is held over given; its error that of a ratio of sums over cohorts (Cochran 1977).

        >>> one, other = Judged(10, 10, 10, True, 0.1), Judged(10, 10, 9, True, 0.1)
        >>> Coverage.of([one, other]).share, round(Coverage.of([one, other]).se, 3)
        (0.95, 0.05)
        """
        every = list(cohorts)
        asked, given = sum(c.asked for c in every), sum(c.given for c in every)
        fitted = [c for c in every if c.given]
        if not fitted:
            return cls(math.nan, math.nan, 0, len(every), 1.0, 1.0, math.nan)
        share, n = sum(c.held for c in fitted) / given, len(fitted)
        left = np.array([c.held - share * c.given for c in fitted])
        se = math.sqrt(n / (n - 1) * float((left**2).sum())) / given if n > 1 else math.nan
        open_ = sum(c.given for c in fitted if not c.determined) / given
        return cls(share, se, given, len(every), 1 - given / asked, open_,
                   math.sqrt(sum(c.errors for c in fitted) / given))  # fmt: skip

    def words(self) -> str:
        """Coverage +- standard error, in %; areas; refused, where some are."""
        refused = f", {100 * self.refused:.0f} refused" if self.refused > 0.005 else ""
        error = "" if math.isnan(self.se) else f" ± {100 * self.se:.1f}"
        return f"{100 * self.share:.1f}{error} ({self.areas}{refused})"
