"""Receiver operating characteristic of a measured uptake: curve, area, its interval.

The area is Mann and Whitney's share of pairs (positive, negative) in which the positive has the higher value,
ties counted half. Its variance is DeLong's (Biometrics 1988;44:837-845) where cases are independent, and
Obuchowski's (Biometrics 1997;53:567-578) where several are of one patient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from lesions.statistics.bootstrap import BootstrapMethod, bootstrap_interval, summed
from lesions.statistics.intervals import NO_SE, ConfidenceInterval, checked_level, no_interval

DELONG, OBUCHOWSKI = "DeLong", "Obuchowski"


@dataclass(frozen=True)
class Roc:
    """Values of cases that a standard calls positive or negative; higher values speak for positive.

    value, positive, patient : one entry a case, in the same order.

    Raises
    ------
    DosimetryError : not as many of the one as of the other, a value that is no number, a standard that
        calls all cases positive or all negative.

    Examples
    --------
    >>> roc = Roc((1.2, 2.1, 3.0, 2.5, 4.1, 6.0), (False, False, False, True, True, True), tuple("abcdef"))
    >>> round(roc.area, 4), [round(float(v), 2) for v in roc.best()]
    (0.8889, [2.5, 1.0, 0.67])
    """

    value: tuple[float, ...]
    positive: tuple[bool, ...]
    patient: tuple[str, ...]

    def __post_init__(self) -> None:
        if not len(self.value) == len(self.positive) == len(self.patient):
            raise DosimetryError("as many values as classes and patients are needed")
        if not np.isfinite(np.asarray(self.value, dtype=float)).all():
            raise DosimetryError("every case needs a finite value")
        if not any(self.positive) or all(self.positive):
            raise DosimetryError("the standard calls all cases alike: there is no curve")

    @cached_property
    def _pairs(self) -> NDArray[np.float64]:
        """1 where the positive (row) is above the negative (column), 1/2 for ties."""
        value, positive = np.asarray(self.value, dtype=float), np.asarray(self.positive)
        return np.asarray((np.sign(value[positive][:, None] - value[~positive]) + 1) / 2)

    @property
    def area(self) -> float:
        """Area under the curve."""
        return float(self._pairs.mean())

    @cached_property
    def curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Thresholds (positive from this value up), descending, with sensitivity and specificity of each.

        The first threshold is infinite: nothing is positive.
        """
        value, positive = np.asarray(self.value, dtype=float), np.asarray(self.positive)
        at = np.append(np.inf, np.unique(value)[::-1])
        called = value >= at[:, None]
        return at, called[:, positive].mean(axis=1), 1 - called[:, ~positive].mean(axis=1)

    def best(self) -> tuple[float, float, float]:
        """Threshold with the largest sensitivity + specificity (Youden), and both; lowest of ties."""
        at, sensitivity, specificity = self.curve
        total = sensitivity + specificity
        i = int(np.flatnonzero(total >= total.max() - 1e-12)[-1])
        return float(at[i]), float(sensitivity[i]), float(specificity[i])

    def se(self, method: str = DELONG) -> float | None:
        """Standard error of the area; None for too few cases or patients."""
        pairs, area = self._pairs, self.area
        if method == DELONG:
            if min(pairs.shape) < 2:
                return None
            of_positives, of_negatives = pairs.mean(axis=1), pairs.mean(axis=0)
            return float(np.sqrt(sum(v.var(ddof=1) / len(v) for v in (of_positives, of_negatives))))
        if method != OBUCHOWSKI:
            raise DosimetryError(f"unknown variance '{method}'; known: {DELONG}, {OBUCHOWSKI}")
        inside, m, n = self._by_patient
        i10, i01, both = int((m > 0).sum()), int((n > 0).sum()), len(m)
        if min(i10, i01) < 2:
            return None
        off_x, off_y = inside.sum(axis=1) / n.sum() - m * area, inside.sum(axis=0) / m.sum() - n * area
        s10 = i10 / ((i10 - 1) * m.sum()) * (off_x**2).sum()
        s01 = i01 / ((i01 - 1) * n.sum()) * (off_y**2).sum()
        s11 = both / (both - 1) * (off_x * off_y).sum()
        variance = s10 / m.sum() + s01 / n.sum() + 2 * s11 / (m.sum() * n.sum())
        return float(np.sqrt(max(variance, 0.0)))

    @cached_property
    def _by_patient(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Pairs summed over the cases of two patients, and positive and negative cases by patient."""
        names, index = np.unique(np.asarray(self.patient), return_inverse=True)
        positive = np.asarray(self.positive)
        rows, columns = (np.eye(len(names))[index[kind]] for kind in (positive, ~positive))
        return rows.T @ self._pairs @ columns, rows.sum(axis=0), columns.sum(axis=0)

    def interval(self, method: str = DELONG, level: float = 0.95) -> ConfidenceInterval:
        """Limits of the area: normal, cut off at 0 and 1."""
        from scipy.special import ndtri

        checked_level(level)
        se = self.se(method)
        if se is None:
            return no_interval(method, level, "fewer than two positive or two negative cases or patients")
        if se < NO_SE:
            return no_interval(method, level, "no variance: every pair is ordered alike")
        half = float(ndtri((1 + level) / 2)) * se
        return ConfidenceInterval(
            low=max(self.area - half, 0.0), high=min(self.area + half, 1.0), method=method, level=level
        )

    def bootstrap(
        self, level: float = 0.95, *, method: BootstrapMethod = "percentile", draws: int = 2000, seed: int
    ) -> ConfidenceInterval:
        """Limits of the area by drawing patients with replacement, each with all of their lesions."""
        inside, m, n = self._by_patient
        positives, negatives = summed(m), summed(n)

        def areas(drawn: NDArray[np.float64]) -> NDArray[np.float64]:
            pairs = positives(drawn) * negatives(drawn)
            with np.errstate(invalid="ignore", divide="ignore"):
                return np.asarray(np.where(pairs > 0, ((drawn @ inside) * drawn).sum(axis=1) / pairs, np.nan))

        return bootstrap_interval(areas, len(m), method=method, level=level, draws=draws, seed=seed)


def roc_of(cases: Sequence[tuple[str, float, bool]]) -> Roc:
    """Cases as (patient, value, positive by the standard)."""
    return Roc(tuple(v for _, v, _ in cases), tuple(p for *_, p in cases), tuple(who for who, *_ in cases))
