"""Agreement of two judges beyond chance: Cohen's kappa, plain and weighted, with its interval.

The variance is that of Fleiss, Cohen & Everitt (Psychol Bull 1969;72:323-327), not the one of the hypothesis
that kappa is 0. Weighted kappa: Cohen (Psychol Bull 1968;70:213-220).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dosimetry.errors import DosimetryError
from lesions.statistics.bootstrap import BootstrapMethod, bootstrap_interval
from lesions.statistics.intervals import NO_SE, ConfidenceInterval, checked_level, no_interval

Weighting = Literal["unweighted", "linear", "quadratic"]
#: A kappa of 1 but for rounding is 1, and its variance 0.
ROUNDING = 1e-12
FLEISS = "Fleiss, Cohen & Everitt"
Floats = NDArray[np.float64]


def agreement_weights(weighting: Weighting, classes: int) -> Floats:
    """How far two classes agree: 1 for the same, 0 for those farthest apart (unweighted: any two others)."""
    apart = np.abs(np.subtract.outer(np.arange(classes), np.arange(classes))) / max(classes - 1, 1)
    if weighting == "unweighted":
        return np.asarray(apart == 0, dtype=np.float64)
    if weighting not in ("linear", "quadratic"):
        raise DosimetryError(f"unknown weighting '{weighting}'; known: unweighted, linear, quadratic")
    return np.asarray(1 - apart ** (1 if weighting == "linear" else 2), dtype=np.float64)


def _kappa(table: Floats, weights: Floats) -> Floats:
    """Kappa of tables (..., k, k); NaN where chance alone agrees fully."""
    n = table.sum(axis=(-2, -1))
    with np.errstate(invalid="ignore", divide="ignore"):
        p = table / n[..., None, None]
        chance = p.sum(axis=-1)[..., :, None] * p.sum(axis=-2)[..., None, :]
        observed, expected = ((weights * q).sum(axis=(-2, -1)) for q in (p, chance))
        return np.asarray(np.where(expected < 1 - 1e-12, (observed - expected) / (1 - expected), np.nan))


@dataclass(frozen=True)
class Agreement:
    """Two judges' classes of the same cases.

    first, second : the class that each gives, one entry a case.
    classes : all classes, in their order.
    patient : whose case it is; None: each case its own patient.

    Raises
    ------
    DosimetryError : not as many cases of the one as of the other, a class that is not named, fewer than
        two classes.

    Examples
    --------
    >>> found = Agreement(("+", "+", "-", "-", "+"), ("+", "-", "-", "-", "+"), ("-", "+"))
    >>> round(found.kappa(), 4), found.observed
    (0.6154, 0.8)
    """

    first: tuple[Hashable, ...]
    second: tuple[Hashable, ...]
    classes: tuple[Hashable, ...]
    patient: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        who = self.first if self.patient is None else self.patient
        if not len(self.first) == len(self.second) == len(who):
            raise DosimetryError("both judges, and patients, need as many cases")
        if len(set(self.classes)) != len(self.classes) or len(self.classes) < 2:
            raise DosimetryError("two or more different classes are needed")
        if other := (set(self.first) | set(self.second)) - set(self.classes):
            raise DosimetryError(
                f"{', '.join(map(repr, other))} is none of {', '.join(map(repr, self.classes))}"
            )

    @property
    def table(self) -> Floats:
        """Cases by the first judge's class (rows) and the second's."""
        return np.asarray(self._tables.sum(axis=0))

    @property
    def _tables(self) -> Floats:
        """A table a patient."""
        index = {c: i for i, c in enumerate(self.classes)}
        who = self.patient if self.patient is not None else tuple(map(str, range(len(self.first))))
        order = {name: i for i, name in enumerate(dict.fromkeys(who))}
        found = np.zeros((len(order), len(index), len(index)))
        for name, a, b in zip(who, self.first, self.second, strict=True):
            found[order[name], index[a], index[b]] += 1
        return found

    @property
    def observed(self) -> float | None:
        """Share of cases in which both give the same class; None of no cases."""
        return float(np.trace(self.table) / self.table.sum()) if self.first else None

    def kappa(self, weighting: Weighting = "unweighted") -> float | None:
        """Agreement beyond chance; None where there are no cases, or both give all of them one class."""
        if not self.first:
            return None
        found = float(_kappa(self.table, agreement_weights(weighting, len(self.classes))))
        return found if np.isfinite(found) else None

    def interval(self, weighting: Weighting = "unweighted", level: float = 0.95) -> ConfidenceInterval:
        """Limits of kappa as if all cases were independent: normal, cut off at -1 and 1."""
        from scipy.special import ndtri

        checked_level(level)
        value = self.kappa(weighting)
        if value is None:
            return no_interval(FLEISS, level, self.why_none())
        se = kappa_se(self.table, agreement_weights(weighting, len(self.classes)))
        if se < NO_SE or value > 1 - ROUNDING:
            return no_interval(FLEISS, level, "no variance: the table leaves no room for another kappa")
        half = float(ndtri((1 + level) / 2)) * se
        return ConfidenceInterval(
            low=max(value - half, -1.0), high=min(value + half, 1.0), method=FLEISS, level=level
        )

    def why_none(self) -> str:
        """Why there is no kappa."""
        return "both give every case the same class: chance alone agrees fully" if self.first else "no cases"

    def bootstrap(
        self,
        weighting: Weighting = "unweighted",
        level: float = 0.95,
        *,
        method: BootstrapMethod = "percentile",
        draws: int = 2000,
        seed: int,
    ) -> ConfidenceInterval:
        """Limits of kappa by drawing patients with replacement, each with all of their cases."""
        tables, weights = self._tables, agreement_weights(weighting, len(self.classes))

        def of(drawn: Floats) -> Floats:
            return _kappa(np.tensordot(drawn, tables, axes=1), weights)

        return bootstrap_interval(of, len(tables), method=method, level=level, draws=draws, seed=seed)


def kappa_se(table: ArrayLike, weights: ArrayLike) -> float:
    """Large-sample standard error of kappa (Fleiss, Cohen & Everitt 1969) of a table of counts."""
    counts, w = np.asarray(table, dtype=float), np.asarray(weights, dtype=float)
    n = counts.sum()
    p = counts / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, expected = (w * p).sum(), (w * np.outer(rows, columns)).sum()
    means = (w @ columns)[:, None] + (rows @ w)[None, :]
    terms = (p * (w * (1 - expected) - means * (1 - observed)) ** 2).sum()
    variance = (terms - (observed * expected - 2 * expected + observed) ** 2) / (n * (1 - expected) ** 4)
    return float(np.sqrt(max(variance, 0.0)))


def agreement_of_table(table: Sequence[Sequence[int]]) -> Agreement:
    """A published table of counts (rows: the first judge), each case its own patient.

    Raises
    ------
    DosimetryError : a table that is not square, or a count below 0.

    Examples
    --------
    Cohen, Psychol Bull 1968;70:213-220, Table 1: kappa 0.492.

    >>> found = agreement_of_table([[88, 10, 2], [14, 40, 6], [18, 10, 12]])
    >>> limits = found.interval()
    >>> print(f"{found.kappa():.3f} ({limits.low:.3f} to {limits.high:.3f})")
    0.492 (0.392 to 0.591)
    """
    k = len(table)
    if any(len(row) != k for row in table) or any(n < 0 for row in table for n in row):
        raise DosimetryError("a table of agreement has as many rows as columns, and counts from 0 up")
    cells = [(i, j) for i in range(k) for j in range(k) for _ in range(table[i][j])]
    return Agreement(tuple(i for i, _ in cells), tuple(j for _, j in cells), tuple(range(k)))
