"""Kappa: published worked examples, its variance, and what has none."""

from __future__ import annotations

import numpy as np
import pytest

from dosimetry.errors import DosimetryError
from lesions import Agreement, agreement_of_table
from lesions.statistics.kappa import agreement_weights, kappa_se

#: Cohen, Psychol Bull 1968;70:213-220, Table 1, and his weights of disagreement.
COHEN = [[88, 10, 2], [14, 40, 6], [18, 10, 12]]
DISAGREEMENT = np.array([[0, 1, 3], [1, 0, 6], [3, 6, 0]])
#: SAS/STAT, PROC FREQ, skin conditions: as statsmodels' tests quote it.
SAS = [[0, 4, 1], [0, 8, 0], [0, 1, 5]]


def test_cohens_example() -> None:
    found = agreement_of_table(COHEN)
    limits = found.interval()
    assert [round(x, 3) for x in (found.kappa(), limits.low, limits.high)] == [0.492, 0.392, 0.591]  # type: ignore[arg-type]
    # weighted: 0.348, with the standard error of Fleiss, Cohen & Everitt 0.0755
    weights = 1 - DISAGREEMENT / DISAGREEMENT.max()
    assert round(kappa_se(found.table, weights), 4) == 0.0755
    assert found.kappa("quadratic") == pytest.approx(0.4545455, abs=1e-7)


def test_weighted_kappa_of_cohens_own_weights() -> None:
    p = np.array(COHEN) / 200
    chance = np.outer(p.sum(1), p.sum(0))
    assert round(1 - (DISAGREEMENT * p).sum() / (DISAGREEMENT * chance).sum(), 3) == 0.348


@pytest.mark.parametrize(
    ("weighting", "printed"),
    [("unweighted", (0.4842, 0.1380, 0.2137, 0.7547)), ("linear", (0.4701, 0.1457, 0.1845, 0.7558))],
)
def test_what_sas_prints(weighting: str, printed: tuple[float, ...]) -> None:
    found = agreement_of_table(SAS)
    limits = found.interval(weighting)  # type: ignore[arg-type]
    se = kappa_se(found.table, agreement_weights(weighting, 3))  # type: ignore[arg-type]
    assert (round(found.kappa(weighting), 4), round(se, 4)) == printed[:2]  # type: ignore[arg-type]
    assert (round(limits.low, 4), round(limits.high, 4)) == printed[2:]  # type: ignore[arg-type]


def test_of_two_classes_weights_change_nothing() -> None:
    found = agreement_of_table([[20, 5], [3, 12]])
    assert found.kappa("linear") == found.kappa("quadratic") == found.kappa()


def test_the_variance_is_the_scatter_of_simulated_kappas() -> None:
    p = np.array([[0.3, 0.08, 0.02], [0.1, 0.2, 0.05], [0.03, 0.07, 0.15]])
    random, n, trials = np.random.default_rng(4), 400, 1500
    found = [agreement_of_counts(random.multinomial(n, p.ravel()).reshape(3, 3)) for _ in range(trials)]
    scatter = np.std([k for k, _ in found], ddof=1)
    stated = np.sqrt(np.mean([se**2 for _, se in found]))
    assert abs(stated - scatter) < 4 * scatter / np.sqrt(2 * trials)


def agreement_of_counts(counts: np.ndarray) -> tuple[float, float]:
    weights = agreement_weights("linear", 3)
    p = counts / counts.sum()
    chance = (weights * np.outer(p.sum(1), p.sum(0))).sum()
    return float(((weights * p).sum() - chance) / (1 - chance)), kappa_se(counts, weights)


def test_the_bootstrap_draws_patients_not_cases() -> None:
    """Four equal cases of each patient: as wide as with one, while plain limits are half as wide."""
    first, second = ("+", "-", "+", "-", "+", "-") * 4, ("+", "-", "-", "-", "+", "+") * 4
    who = tuple(f"P{i}" for i in range(24))
    one = Agreement(first, second, ("-", "+"), who)
    four = Agreement(first * 4, second * 4, ("-", "+"), who * 4)
    assert four.kappa() == pytest.approx(one.kappa())
    assert four.bootstrap(seed=1).low == pytest.approx(one.bootstrap(seed=1).low)
    wide, narrow = (x.interval() for x in (one, four))
    assert (narrow.high - narrow.low) == pytest.approx((wide.high - wide.low) / 2)  # type: ignore[operator]


def test_where_there_is_no_kappa() -> None:
    alike = Agreement(("+",) * 4, ("+",) * 4, ("-", "+"))
    assert alike.kappa() is None and "same class" in alike.interval().reason
    nobody = Agreement((), (), ("-", "+"))
    assert nobody.kappa() is None and nobody.observed is None and nobody.interval().reason == "no cases"
    full = agreement_of_table([[4, 0], [0, 6]])
    assert full.kappa() == 1.0 and "no variance" in full.interval().reason


def test_cases_that_do_not_fit() -> None:
    with pytest.raises(DosimetryError, match="'low' is none of"):
        Agreement(("low",), ("+",), ("-", "+"))
    with pytest.raises(DosimetryError, match="as many cases"):
        Agreement(("+",), ("+", "-"), ("-", "+"))
    with pytest.raises(DosimetryError, match="as many rows as columns"):
        agreement_of_table([[1, 2], [3]])
    with pytest.raises(DosimetryError, match="unknown weighting"):
        agreement_weights("cubic", 3)  # type: ignore[arg-type]
