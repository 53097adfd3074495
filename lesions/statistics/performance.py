"""A test against a standard: sensitivity, specificity, predictive values, accuracy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dosimetry.errors import DosimetryError
from lesions.statistics.clustered import ClusteredProportion, clustered
from lesions.statistics.proportions import Proportion


@dataclass(frozen=True)
class JudgedCase:
    """One case (a lesion) that the test and the standard both judge.

    Examples
    --------
    >>> Performance((JudgedCase("P1", True, True), JudgedCase("P1", False, True))).share("sensitivity").value
    0.5
    """

    patient: str
    test: bool
    standard: bool


#: Measure -> which cases it is of, and which of them count.
MEASURES: dict[str, tuple[Callable[[JudgedCase], bool], Callable[[JudgedCase], bool]]] = {
    "sensitivity": (lambda c: c.standard, lambda c: c.test),
    "specificity": (lambda c: not c.standard, lambda c: not c.test),
    "positive predictive value": (lambda c: c.test, lambda c: c.standard),
    "negative predictive value": (lambda c: not c.test, lambda c: not c.standard),
    "accuracy": (lambda c: True, lambda c: c.test == c.standard),
}


@dataclass(frozen=True)
class Performance:
    """Cases that a test and a standard judge, and what follows.

    Examples
    --------
    Dehdashti et al., Breast Cancer Res Treat 2018;169:523-530 (SUVmax of 3.2 against tissue):

    >>> found = performance_of_counts(true_positive=25, false_positive=5, false_negative=8,
    ...                                    true_negative=8)
    >>> for name in ("sensitivity", "specificity"):
    ...     share = found.share(name)
    ...     limits = share.interval()
    ...     print(f"{name} {share.value:.1%} ({limits.low:.1%} to {limits.high:.1%})")
    sensitivity 75.8% (57.7% to 88.9%)
    specificity 61.5% (31.6% to 86.1%)
    """

    cases: tuple[JudgedCase, ...]

    def count(self, *, test: bool, standard: bool) -> int:
        """How many cases the two judge so."""
        return sum(c.test is test and c.standard is standard for c in self.cases)

    def by_patient(self, measure: str) -> ClusteredProportion:
        """A measure with its cases patient by patient."""
        if measure not in MEASURES:
            raise DosimetryError(f"unknown measure '{measure}'; known: {', '.join(MEASURES)}")
        among, counts = MEASURES[measure]
        return clustered([(c.patient, counts(c)) for c in self.cases if among(c)])

    def share(self, measure: str) -> Proportion:
        """A measure as if all cases were independent."""
        return self.by_patient(measure).as_independent


def performance_of_counts(
    *, true_positive: int, false_positive: int, false_negative: int, true_negative: int
) -> Performance:
    """A published table of two by two, of which no patient is known: each case its own.

    Parameters
    ----------
    true_positive, false_positive, false_negative, true_negative : numbers of cases.

    Raises
    ------
    DosimetryError : a count below 0.

    Examples
    --------
    >>> found = performance_of_counts(true_positive=25, false_positive=5, false_negative=8,
    ...                                    true_negative=8)
    >>> found.share("positive predictive value")
    Proportion(events=25, n=30)
    """
    counts = {(True, True): true_positive, (True, False): false_positive,
              (False, True): false_negative, (False, False): true_negative}  # fmt: skip
    if min(counts.values()) < 0:
        raise DosimetryError("counts of true and false results are 0 or more")
    kinds: Sequence[tuple[bool, bool]] = [kind for kind, n in counts.items() for _ in range(n)]
    return Performance(tuple(JudgedCase(str(i), *kind) for i, kind in enumerate(kinds)))
