"""Cohorts compared by quantity: ratio of means with its interval, Welch's t-test, Holm's correction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dosimetry.dossier.cohorts.cohort import Cohort, Measured
from dosimetry.dossier.cohorts.welch import Interval, Welch, holm, ratio_interval, welch
from dosimetry.errors import DosimetryError
from milligray.errors import Complaints


@dataclass(frozen=True)
class Compared:
    """One quantity of two cohorts.

    ratio : of the means; None where one has none.
    test : Welch's; None where there is none.
    holm_p : its P with Holm's correction over all tests of the comparison.
    reason : why there is no ratio or no test.
    """

    quantity: str
    unit: str
    ratio: float | None
    interval: Interval
    test: Welch | None
    holm_p: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Pair:
    """Two cohorts by their places, what was compared of them, and quantities that only one of them has."""

    first: int
    second: int
    rows: tuple[Compared, ...]
    of_one: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """Two or more cohorts and all tests between them."""

    cohorts: tuple[Cohort, ...]
    pairs: tuple[Pair, ...]
    level: float

    @property
    def quantities(self) -> dict[str, Measured]:
        """Every quantity that any cohort has, in their order, with its name and unit."""
        found: dict[str, Measured] = {}
        for cohort in self.cohorts:
            for key, value in cohort.values.items():
                found.setdefault(key, value)
        doses = {k: v for k, v in found.items() if v.unit == "mGy/MBq"}
        return doses | found  # effective doses last

    @property
    def tests(self) -> int:
        """How many tests were made in all."""
        return sum(row.test is not None for pair in self.pairs for row in pair.rows)

    @property
    def simulated(self) -> bool:
        """Whether any cohort's data were simulated."""
        return any(c.simulated for c in self.cohorts)


def compare_cohorts(cohorts: Sequence[Cohort], *, level: float = 0.95, all_pairs: bool = False) -> Comparison:
    """Compare the first cohort with each other one, or every two.

    Parameters
    ----------
    cohorts : two or more, of different names, each of other subjects than the others.
    level : of the intervals of the ratios.
    all_pairs : True: every two cohorts.

    Raises
    ------
    DosimetryError : fewer than two cohorts, two of one name, a level that is not between 0.5 and 0.999; or
        two cohorts that have no quantity in common.
    """
    names = [c.name for c in cohorts]
    with Complaints(DosimetryError) as found:
        if len(names) < 2:
            found.add(DosimetryError(f"a comparison needs two or more cohorts; there is {len(names)}"))
        for name in dict.fromkeys(n for n in names if names.count(n) > 1):
            where = dict.fromkeys(c.where or "in memory" for c in cohorts if c.name == name)
            found.add(
                DosimetryError(
                    f"two cohorts are called '{name}' ({' and '.join(where)}); give each its own (--name)"
                )
            )
        if not 0.5 <= level <= 0.999:
            found.add(DosimetryError(f"the level is {level:g}; a number from 0.5 to 0.999 is needed"))
    at = range(len(cohorts))
    places = [(i, j) for i in at for j in at if i < j and (all_pairs or i == 0)]
    whole = Comparison(tuple(cohorts), (), level)
    pairs = [_pair(whole, i, j) for i, j in places]
    for pair in pairs:
        if not pair.rows:
            raise DosimetryError(
                f"{cohorts[pair.first].shown} and {cohorts[pair.second].shown} have no quantity in common;"
                " effective doses by different tissue weights are not compared"
            )
    tested = [row.test.p for pair in pairs for row in pair.rows if row.test is not None]
    corrected = iter(holm(tested))
    pairs = [
        replace(
            pair,
            rows=tuple(
                row if row.test is None else replace(row, holm_p=next(corrected)) for row in pair.rows
            ),
        )
        for pair in pairs
    ]
    return replace(whole, pairs=tuple(pairs))


def _pair(whole: Comparison, first: int, second: int) -> Pair:
    a, b = whole.cohorts[first], whole.cohorts[second]
    rows, of_one = [], []
    for key, named in whole.quantities.items():
        if key not in a.values or key not in b.values:
            of_one += [named.name] if key in a.values or key in b.values else []
            continue
        x, y = a.values[key].sample, b.values[key].sample
        test, interval = welch(x, y), ratio_interval(x, y, whole.level)
        found = Compared(
            named.name,
            named.unit,
            x.mean / y.mean if y.mean > 0.0 else None,
            replace(interval, reason=_named(interval.reason, a, b)),
            test if isinstance(test, Welch) else None,
            reason=_named(test, a, b) if isinstance(test, str) else "",
        )
        rows.append(found if y.mean > 0.0 else replace(found, reason=f"{b.name}: a mean of 0 has no ratio"))
    return Pair(first, second, tuple(rows), tuple(of_one))


def _named(why: str, first: Cohort, second: Cohort) -> str:
    """A reason with the cohorts' names in place of "the first" and "the second"."""
    return why.replace("the first:", f"{first.name}:").replace("the second:", f"{second.name}:")
