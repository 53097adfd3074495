"""Proportions of lesions, which are not independent where they are of one patient.

The share is a ratio of two sums over patients, and its variance that of the ratio estimator (Rao & Scott,
Biometrics 1992;48:577-585): patients are the units that were drawn, whatever one's lesions have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dosimetry.errors import DosimetryError
from lesions.statistics.bootstrap import BootstrapMethod, bootstrap_interval, summed
from lesions.statistics.intervals import NO_SE, ConfidenceInterval, checked_level, no_interval
from lesions.statistics.proportions import NOBODY, Proportion

RATIO = "ratio estimator"
ALIKE = "Clopper-Pearson of patients, all lesions being alike"


@dataclass(frozen=True)
class ClusteredProportion:
    """So many lesions of so many, patient by patient.

    events, totals : one number a patient, in the same order; patients without a lesion (total 0) say nothing
        of the share and are not counted.

    Raises
    ------
    DosimetryError : counts that cannot be, or not as many of the one as of the other.

    Examples
    --------
    Lesions of a patient that are all alike are one patient's worth of knowledge, not four lesions':

    >>> found = ClusteredProportion((4, 0, 4, 4, 0, 4), (4, 4, 4, 4, 4, 4))
    >>> found.value, round(found.design_effect, 2)
    (0.6666666666666666, 4.8)
    >>> alone, together = found.as_independent.interval(), found.interval()
    >>> print(f"{alone.low:.2f} to {alone.high:.2f}; {together.low:.2f} to {together.high:.2f}")
    0.45 to 0.84; 0.15 to 0.96
    """

    events: tuple[int, ...]
    totals: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.events) != len(self.totals):
            raise DosimetryError(f"{len(self.events)} counts of {len(self.totals)} patients' totals")
        for e, n in zip(self.events, self.totals, strict=True):
            Proportion(e, n)

    @property
    def counted(self) -> tuple[np.ndarray, np.ndarray]:
        """Events and totals of the patients who have a lesion."""
        n = np.asarray(self.totals, dtype=float)
        return np.asarray(self.events, dtype=float)[n > 0], n[n > 0]

    @property
    def as_independent(self) -> Proportion:
        """The same lesions, as if none knew of another."""
        return Proportion(int(sum(self.events)), int(sum(self.totals)))

    @property
    def value(self) -> float | None:
        """The share of all lesions; None where there are none."""
        return self.as_independent.value

    @property
    def n_patients(self) -> int:
        """How many patients have a lesion."""
        return len(self.counted[0])

    @property
    def se(self) -> float | None:
        """Standard error by the ratio estimator; None for fewer than two patients."""
        x, n = self.counted
        if len(x) < 2:
            return None
        off = x - x.sum() / n.sum() * n
        return float(np.sqrt(len(x) / (len(x) - 1) * (off**2).sum()) / n.sum())

    @property
    def design_effect(self) -> float | None:
        """Variance over that of as many independent lesions; None where that is 0 or not known."""
        p, se = self.value, self.se
        if p is None or se is None or not 0.0 < p < 1.0:
            return None
        return se**2 / (p * (1 - p) / sum(self.totals))

    def interval(self, level: float = 0.95) -> ConfidenceInterval:
        """Limits by the ratio estimator: Student's t (patients - 1) on the logit scale, inside 0 to 1.

        Where all lesions are alike (0 % or 100 %) there is no variance between patients; the limits are then
        Clopper and Pearson's of as many patients, each of whom counts once: as if all lesions of one always
        were alike, which gives the widest.
        """
        from scipy.stats import t

        checked_level(level)
        p, se, m = self.value, self.se, self.n_patients
        if p is None:
            return no_interval(RATIO, level, NOBODY)
        if se is None:
            return no_interval(RATIO, level, "lesions of one patient: nothing is known of others")
        if not 0.0 < p < 1.0:
            return replace(Proportion(m if p else 0, m).interval("Clopper-Pearson", level), method=ALIKE)
        if se < NO_SE:
            return no_interval(RATIO, level, "every patient has the same share: no variance between patients")
        half = float(t.ppf((1 + level) / 2, m - 1)) * se / (p * (1 - p))
        logit = np.log(p / (1 - p))
        low, high = (float(1 / (1 + np.exp(-(logit + sign * half)))) for sign in (-1, 1))
        return ConfidenceInterval(low=low, high=high, method=RATIO, level=level)

    def bootstrap(
        self, level: float = 0.95, *, method: BootstrapMethod = "percentile", draws: int = 2000, seed: int
    ) -> ConfidenceInterval:
        """Limits by drawing patients with replacement, each with all of their lesions."""
        x, n = self.counted
        events, totals = summed(x), summed(n)
        return bootstrap_interval(
            lambda w: events(w) / totals(w), len(x), method=method, level=level, draws=draws, seed=seed
        )


def clustered(cases: Sequence[tuple[str, bool]]) -> ClusteredProportion:
    """Lesions as (patient, whether it is an event) -> their proportion by patient."""
    by: dict[str, list[bool]] = {}
    for patient, event in cases:
        by.setdefault(patient, []).append(event)
    return ClusteredProportion(tuple(map(sum, by.values())), tuple(map(len, by.values())))
