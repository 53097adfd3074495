"""ROC curves: the area as a share of pairs, its variance for independent cases and for others."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from dosimetry.errors import DosimetryError
from lesions import Roc
from lesions.statistics.roc import DELONG, OBUCHOWSKI

VALUE = (1.2, 2.1, 3.0, 2.5, 4.1, 6.0, 3.0, 2.2, 5.5, 1.9)
POSITIVE = (False, False, False, True, True, True, True, False, True, False)


def each_alone(value: tuple[float, ...] = VALUE, positive: tuple[bool, ...] = POSITIVE) -> Roc:
    return Roc(value, positive, tuple(map(str, range(len(value)))))


def test_the_area_is_mann_and_whitneys() -> None:
    value, positive = np.array(VALUE), np.array(POSITIVE)
    u = mannwhitneyu(value[positive], value[~positive]).statistic
    assert each_alone().area == pytest.approx(u / (positive.sum() * (~positive).sum()), rel=1e-12)


def test_the_area_is_that_under_the_curve() -> None:
    at, sensitivity, specificity = each_alone().curve
    assert np.isinf(at[0]) and (sensitivity[0], specificity[0]) == (0.0, 1.0)
    assert (sensitivity[-1], specificity[-1]) == (1.0, 0.0)
    assert np.trapezoid(sensitivity, 1 - specificity) == pytest.approx(each_alone().area, rel=1e-12)


def test_delongs_variance_is_that_of_placements() -> None:
    """Pair by pair, as DeLong et al. (1988) write it."""
    x = [v for v, p in zip(VALUE, POSITIVE, strict=True) if p]
    y = [v for v, p in zip(VALUE, POSITIVE, strict=True) if not p]

    def above(a: float, b: float) -> float:
        return 1.0 if a > b else 0.5 if a == b else 0.0

    area = sum(above(a, b) for a in x for b in y) / len(x) / len(y)
    v10 = sum((sum(above(a, b) for b in y) / len(y) - area) ** 2 for a in x) / (len(x) - 1)
    v01 = sum((sum(above(a, b) for a in x) / len(x) - area) ** 2 for b in y) / (len(y) - 1)
    roc = each_alone()
    assert roc.area == pytest.approx(area, rel=1e-12)
    assert roc.se() == pytest.approx(np.sqrt(v10 / len(x) + v01 / len(y)), rel=1e-12)


def test_with_one_case_a_patient_the_clustered_variance_is_delongs() -> None:
    assert each_alone().se(OBUCHOWSKI) == pytest.approx(each_alone().se(DELONG), rel=1e-12)


def simulated(random: np.random.Generator, patients: int = 40) -> Roc:
    """1 to 6 lesions a patient, of both kinds, that share a deviation of their patient."""
    value, positive, whose = [], [], []
    for i in range(patients):
        own, mostly = random.normal(), random.random()
        for _ in range(random.integers(1, 7)):
            is_positive = bool(random.random() < mostly)
            value.append(own + random.normal() + 1.2 * is_positive)
            positive.append(is_positive)
            whose.append(str(i))
    return Roc(tuple(value), tuple(positive), tuple(whose))


def test_the_clustered_standard_error_is_the_scatter_of_simulated_areas() -> None:
    """500 cohorts: SD of the areas beside the root mean square of the errors stated, within 4 errors.

    DeLong's, which takes the lesions as independent, is not within them.
    """
    random, cohorts = np.random.default_rng(11), 500
    rocs = [simulated(random) for _ in range(cohorts)]
    scatter = np.std([roc.area for roc in rocs], ddof=1)
    stated, plain = (np.sqrt(np.mean([roc.se(m) ** 2 for roc in rocs])) for m in (OBUCHOWSKI, DELONG))  # type: ignore[operator]
    error = scatter / np.sqrt(2 * (cohorts - 1))
    assert abs(stated - scatter) < 4 * error
    assert abs(plain - scatter) > 4 * error


def test_the_bootstrap_draws_patients() -> None:
    """Its width agrees with the clustered standard error to some percent, not with that of plain cases."""
    roc = simulated(np.random.default_rng(2), 150)
    found = roc.bootstrap(draws=4000, seed=1)
    half = (found.high - found.low) / 2 / 1.96  # type: ignore[operator]
    assert half == pytest.approx(roc.se(OBUCHOWSKI), rel=0.1)
    # a cohort of pairs of the same patient twice: the area of a draw is what its cases give
    again = Roc(roc.value * 2, roc.positive * 2, roc.patient * 2)
    assert again.area == pytest.approx(roc.area, rel=1e-12)
    assert again.bootstrap(draws=200, seed=1).low == pytest.approx(
        roc.bootstrap(draws=200, seed=1).low, rel=1e-12
    )


def test_no_overlap_has_no_variance() -> None:
    roc = each_alone((1.0, 2.0, 3.0, 4.0), (False, False, True, True))
    assert roc.area == 1.0 and roc.interval().low is None and "no variance" in roc.interval().reason
    few = each_alone((1.0, 2.0, 3.0), (False, False, True))
    assert "fewer than two" in few.interval().reason and "fewer than two" in few.interval(OBUCHOWSKI).reason


def test_what_is_no_curve() -> None:
    with pytest.raises(DosimetryError, match="all cases alike"):
        each_alone((1.0, 2.0), (True, True))
    with pytest.raises(DosimetryError, match="finite"):
        each_alone((1.0, float("nan")), (True, False))
    with pytest.raises(DosimetryError, match="as many values"):
        Roc((1.0,), (True, False), ("a", "b"))
