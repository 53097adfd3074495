"""Budgets of a cohort: means, with the spread between patients apart from what they share; differences."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from dosimetry.uncertainty.budget import LARGE, Budget, Error, Quantity
from phantoms.regions.names import REMAINDER

Array = NDArray[np.float64]


@dataclass(frozen=True)
class CohortMean:
    """The mean of a quantity over patients.

    n : patients that have it.
    value : mean.
    sd : standard deviation between the patients; their own errors of measurement are in it. None with one.
    u_measured : root mean square of the patients' own standard uncertainties of measurement: of the errors
        that belong to one patient.
    u_shared : what the errors that patients share (a calibration) bring to the mean. More patients do not
        lessen it.
    u : of the mean as that of all such patients: of sd/sqrt(n), of ``u_shared``, and of own errors that the
        spread does not show; with one patient, that patient's.
    low, high : coverage interval about value + ``offset``, by Student's t of the Welch-Satterthwaite degrees
        of freedom: the patients, each with his own offset added, are taken as a random sample of a normal
        distribution.
    offset : what would correct the mean for errors that are known with their sign (rules of trapezoids); it
        is in ``u`` and ``u_shared``, and widens no interval.

    Examples
    --------
    >>> CohortMean(Quantity("tiac", "liver", "h"), 2, 11.0, 1.4, 0.3, 0.5, 1.1, 3.0, 19.0).n
    2
    """

    quantity: Quantity
    n: int
    value: float
    sd: float | None
    u_measured: float
    u_shared: float
    u: float
    low: float
    high: float
    offset: float = 0.0


@dataclass(frozen=True)
class Combined:
    """A difference or ratio of two quantities, with its standard uncertainty and interval.

    The interval is as of single quantities: about the value with its offset added, by Student's t where u
    rests on few values, log-normal where that of a ratio is above 30 %.

    Examples
    --------
    >>> Combined(value=1.7, u=0.1, low=1.5, high=1.9).u
    0.1
    """

    value: float
    u: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class CohortBudget:
    """Budgets of all patients, and the cohort's means: spread between patients apart from what all share.

    budgets : of the patients, in their order.
    sexes : of the patients, for means over one sex.

    Raises
    ------
    DosimetryError : levels of intervals that differ; other sexes than patients.

    Examples
    --------
    >>> liver, calibration = Quantity("tiac", "liver", "h"), Error("calibration")
    >>> two = CohortBudget([
    ...     Budget(name, (liver,), np.array([value]), (calibration,), np.array([[0.03 * value]]))
    ...     for name, value in (("P01", 10.0), ("P02", 12.0))
    ... ])
    >>> mean = two.mean()[0]
    >>> mean.value, round(mean.u_shared, 2), round(mean.sd, 3)
    (11.0, 0.33, 1.414)
    >>> round(two.difference("P02", "P01", "tiac", "liver").u, 2)  # the calibration cancels but for 2 h
    0.06
    """

    budgets: Sequence[Budget]
    sexes: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.sexes and len(self.sexes) != len(self.budgets):
            raise DosimetryError(
                f"{len(self.sexes)} sexes of {len(self.budgets)} patients; one of each is needed"
            )
        if len({b.level for b in self.budgets}) > 1:
            raise DosimetryError("budgets with intervals of different levels are no cohort")

    def __len__(self) -> int:
        return len(self.budgets)

    def of(self, patient: str) -> Budget:
        """The budget of one patient.

        Raises
        ------
        KeyError : there is none of that name.
        """
        for budget in self.budgets:
            if budget.patient == patient:
                return budget
        raise KeyError(f"no budget of patient '{patient}'")

    def quantities(self, sex: str | None = None) -> tuple[Quantity, ...]:
        """All quantities that a patient has, in the order of the first that has them."""
        return tuple(dict.fromkeys(q for b in self._some(sex) for q in b.quantities))

    def mean(self, sex: str | None = None, *, assumed: Collection[str] = ()) -> list[CohortMean]:
        """The mean of every quantity over the patients that have it.

        Assumed: the patients are a random sample, their values normal; errors of two patients with one name
        and one owner are one error, all others are independent. What they share moves the mean as a whole and
        is not seen in the spread. A patient's own errors are seen in it, but for those of values that were
        taken for everybody (a reference mass): they come on top, by sqrt(n).

        Parameters
        ----------
        sex : over the patients of one sex; None: over all.
        assumed : names of inputs whose value was taken for everybody.

        Raises
        ------
        DosimetryError : no patient is of that sex.
        """
        some = self._some(sex)
        owners = Counter(e for b in self.budgets for e in b.errors)
        quantities = self.quantities(sex)
        place = {q: i for i, q in enumerate(quantities)}
        sums = _Sums(len(quantities), frozenset(assumed))
        for budget in some:
            sums.add(budget, [place[q] for q in budget.quantities], owners)
        level = some[0].level if some else 0.95
        return [sums.mean(q, i, level) for i, q in enumerate(quantities)]

    def difference(self, first: str, second: str, kind: str, of: str) -> Combined:
        """The first patient's quantity less the second's; errors that both share are subtracted.

        Raises
        ------
        KeyError : a patient or a quantity that is not there.
        """
        a, b = self.of(first), self.of(second)
        change = _changes(a, a.of(kind, of))
        for error, c in _changes(b, b.of(kind, of)).items():
            change[error] = change.get(error, 0.0) - c
        value = a.value[a.of(kind, of)] - b.value[b.of(kind, of)]
        return _combined(float(value), change, a.level, {**a.degrees_of_freedom, **b.degrees_of_freedom})

    def ratio(self, patient: str, kind: str, of: str, per: str) -> Combined:
        """The ratio of a patient's quantity of one region to that of another; what is in both cancels.

        Raises
        ------
        KeyError : a patient or a quantity that is not there.
        DosimetryError : the second is 0.
        """
        budget = self.of(patient)
        i, j = budget.of(kind, of), budget.of(kind, per)
        above, below = float(budget.value[i]), float(budget.value[j])
        if below == 0.0:
            raise DosimetryError(f"{patient}: the {kind} of '{per}' is 0, so there is no ratio to it")
        by_error = (budget.changes[:, i] - above / below * budget.changes[:, j]) / below
        change = dict(zip(budget.errors, by_error.tolist(), strict=True))
        product = REMAINDER not in (of, per) or kind != "tiac"
        return _combined(above / below, change, budget.level, budget.degrees_of_freedom, product=product)

    def covariance(self, kind: str, of: str) -> Array:
        """(B, B) covariance of one quantity between the patients.

        Raises
        ------
        KeyError : a patient has no such quantity.
        """
        columns = [_changes(b, b.of(kind, of)) for b in self.budgets]
        errors = {e: i for i, e in enumerate(dict.fromkeys(e for c in columns for e in c))}
        matrix = np.zeros((len(errors), len(columns)))
        for j, column in enumerate(columns):
            for error, change in column.items():
                matrix[errors[error], j] = change
        return np.asarray(matrix.T @ matrix)

    def _some(self, sex: str | None) -> list[Budget]:
        if sex is None:
            return list(self.budgets)
        if sex not in self.sexes:
            raise DosimetryError(f"no patient is '{sex}'; there are: {', '.join(dict.fromkeys(self.sexes))}")
        return [b for b, s in zip(self.budgets, self.sexes, strict=True) if s == sex]


def _changes(budget: Budget, column: int) -> dict[Error, float]:
    return dict(zip(budget.errors, budget.changes[:, column].tolist(), strict=True))


def _combined(
    value: float,
    change: dict[Error, float],
    level: float,
    freedom: Mapping[Error, float],
    *,
    product: bool = False,
) -> Combined:
    """Value, u and interval as of a single budget: by Student's t, log-normal of a product that is wide."""
    from scipy.special import ndtri, stdtrit

    offset, p = math.fsum(c for e, c in change.items() if e.offset), 0.5 + 0.5 * level
    u = math.hypot(*(c for e, c in change.items() if not e.offset))
    whole, about = math.hypot(u, offset), value + offset
    below = sum(change[e] ** 4 / nu for e, nu in freedom.items() if e in change)
    k = float(stdtrit(u**4 / below, p)) if below > 0.0 else float(ndtri(p))
    if product and about > 0.0 and u > LARGE * about:
        spread = math.exp(k * math.sqrt(math.log1p((u / about) ** 2)))
        return Combined(value, whole, about / spread, about * spread)
    return Combined(value, whole, about - k * u, about + k * u)


class _Sums:
    """What means of ``n`` quantities are made of, gathered patient by patient."""

    def __init__(self, n: int, assumed: frozenset[str]) -> None:
        self.values: list[list[float]] = [[] for _ in range(n)]
        self.corrected: list[list[float]] = [[] for _ in range(n)]
        self.own, self.unseen, self.assumed = np.zeros(n), np.zeros(n), assumed
        self.shared: dict[Error, Array] = {}

    def add(self, budget: Budget, places: list[int], owners: Counter[Error]) -> None:
        """One patient's; ``places`` of the budget's quantities; ``owners``: patients that have an error."""
        corrected = budget.value + budget.offset()
        for place, value, better in zip(places, budget.value.tolist(), corrected.tolist(), strict=True):
            self.values[place].append(value)
            self.corrected[place].append(better)
        for error, row in zip(budget.errors, budget.changes, strict=True):
            # what is everybody's is shared where one patient alone is averaged, too
            if owners[error] == 1 and error.whose[:1] == (budget.patient,):
                self.own[places] += row**2
                if error.name in self.assumed:
                    self.unseen[places] += row**2
            else:
                if error not in self.shared:
                    self.shared[error] = np.zeros(len(self.own))
                self.shared[error][places] += row

    def mean(self, quantity: Quantity, i: int, level: float) -> CohortMean:
        """The mean of one quantity."""
        from scipy.special import ndtri, stdtrit

        values = np.array(self.values[i])
        n = len(values)
        u_measured = math.sqrt(float(self.own[i]) / n)
        shared = {e: float(row[i]) / n for e, row in self.shared.items()}
        u_shared, offset = math.hypot(*shared.values()), math.fsum(c for e, c in shared.items() if e.offset)
        u_open, p = math.hypot(*(c for e, c in shared.items() if not e.offset)), 0.5 + 0.5 * level
        if n == 1:
            u, k, sd = math.hypot(u_measured, u_open), float(ndtri(p)), None
            whole = u
        else:
            sd = float(values.std(ddof=1))
            of_sample = float(np.std(self.corrected[i], ddof=1)) / math.sqrt(n)
            beside = math.hypot(u_open, math.sqrt(float(self.unseen[i])) / n)
            u, whole = math.hypot(of_sample, beside), math.hypot(sd / math.sqrt(n), beside)
            freedom = (n - 1) * (u / of_sample) ** 4 if of_sample > 0.0 else math.inf
            k = float(stdtrit(freedom, p)) if freedom < 1e6 else float(ndtri(p))
        mean = float(values.mean())
        about = mean + offset
        return CohortMean(
            quantity,
            n,
            mean,
            sd,
            u_measured,
            u_shared,
            math.hypot(whole, offset),
            about - k * u,
            about + k * u,
            offset,
        )
