"""When a source has been followed long enough, and how many photons it takes until then.

The rule reads whole rounds of batches in their order and nothing else - no clock, no number of threads -
so whoever runs the same batches stops at the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError

#: A target that gets less than this of the body's mean dose need not be known to the wanted precision.
NEGLIGIBLE = 1e-3
#: A target that nothing has reached is waited for until so many photons were followed.
ENOUGH_FOR_NOTHING = 1_000_000
#: How much a round adds at most and at least, over what is there: standard errors of few batches are vague.
MOST_GROWTH, LEAST_GROWTH = 4.0, 1.25


class Wanted(NamedTuple):
    """What precision is wanted.

    relative_se : relative standard error of the photon SAF, e.g. 0.01.
    within_cm : for targets whose nearest voxel is so near to the source's, and for red marrow.
    most_histories : photons of a source, and an energy, at most.
    histories_per_batch, batches : photons of a batch, and batches of the first round.
    """

    relative_se: float = 0.01
    within_cm: float = 10.0
    most_histories: int = 20_000_000
    histories_per_batch: int = 10_000
    batches: int = 20

    def check(self) -> None:
        """PhantomError where a number cannot be meant; all of them."""
        wrong = []
        if not 1e-5 <= self.relative_se <= 0.5:
            wrong.append(f"precision {self.relative_se * 100:g} %: allowed are 0.001 to 50 %")
        if not 0.0 <= self.within_cm < np.inf:
            wrong.append(f"a distance of {self.within_cm:g} cm: 0 or above is needed")
        if self.histories_per_batch < 1 or self.batches < 2:
            wrong.append("a first round has two batches at least, of one photon at least")
        elif self.most_histories < 2 * self.histories_per_batch * self.batches:
            wrong.append(
                f"at most {self.most_histories} photons: the first round alone needs"
                f" {2 * self.histories_per_batch * self.batches}, since it has two runs of {self.batches}"
                f" batches of {self.histories_per_batch}"
            )
        if wrong:
            raise PhantomError(*wrong)


class Estimate(NamedTuple):
    """SAF (1/kg) of each target, (T,), and its standard error; photons that it took, by run."""

    saf: NDArray[np.float64]
    se: NDArray[np.float64]
    histories: tuple[int, ...]


class Moments:
    """Mean and spread of a run's batches, added in their order.

    share : of the energy of the spectrum that the run carries.
    batches : how many were added.
    """

    def __init__(self, share: float, targets: int) -> None:
        self.share, self.batches = share, 0
        self._first, self._sum, self._squares = (np.zeros(targets) for _ in range(3))

    def add(self, saf: NDArray[np.float64]) -> None:
        """Add a batch: SAF (1/kg) of each target, (T,)."""
        if not self.batches:
            self._first = saf.copy()
        off = saf - self._first  # small against the value, so that its square loses nothing
        self._sum = self._sum + off
        self._squares = self._squares + off * off
        self.batches += 1

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean of the batches, (T,)."""
        return self._first + self._sum / self.batches

    @property
    def sd(self) -> NDArray[np.float64]:
        """Standard deviation between batches, (T,)."""
        n = self.batches
        return np.sqrt(np.maximum(self._squares - self._sum * self._sum / n, 0.0) / (n - 1))

    def snapshot(self) -> Moments:
        """The same, which stays as it is when batches are added to this one."""
        other = Moments(self.share, 0)
        other.batches = self.batches
        other._first, other._sum, other._squares = self._first, self._sum, self._squares
        return other


def estimate(runs: Sequence[Moments], histories_per_batch: int) -> Estimate:
    """Runs added up by their shares of the energy; their errors are independent.

    A score without any spread between batches is known to one history of all.
    """
    saf, variance = (np.zeros(runs[0].mean.size) for _ in range(2))
    counts = []
    for run in runs:
        n = run.batches * histories_per_batch
        saf += run.share * run.mean
        variance += np.square(run.share * np.maximum(run.sd / np.sqrt(run.batches), run.mean / n))
        counts.append(n)
    return Estimate(saf, np.sqrt(variance), tuple(counts))


def asked(found: Estimate, near: NDArray[np.bool_], total_body: int) -> NDArray[np.bool_]:
    """Which targets must be known: those that are near and get a dose that matters, (T,)."""
    floor = NEGLIGIBLE * found.saf[total_body]
    there: NDArray[np.bool_] = near & (found.saf + 2.0 * found.se >= floor) & (found.saf > 0.0)
    return there


def shortfall(found: Estimate, near: NDArray[np.bool_], total_body: int, wanted: Wanted) -> float:
    """The largest relative standard error of those that must be known, over the wanted one; 0 of none."""
    must = asked(found, near, total_body)
    if not must.any():
        return 0.0
    return float((found.se[must] / found.saf[must]).max()) / wanted.relative_se


def next_batches(
    runs: Sequence[Moments], near: NDArray[np.bool_], total_body: int, wanted: Wanted
) -> tuple[int, ...] | None:
    """Batches that each run should have after the next round; None where this source is done.

    Parameters
    ----------
    near : (T,) targets that the precision is wanted for, as far as they get a dose that matters.
    total_body : place of the total body among the targets.
    """
    found = estimate(runs, wanted.histories_per_batch)
    have = np.array([r.batches for r in runs], dtype=float)
    most = wanted.most_histories // wanted.histories_per_batch
    silent = near & (found.saf == 0.0)
    short = shortfall(found, near, total_body, wanted)
    waiting = bool(silent.any()) and have.sum() * wanted.histories_per_batch < ENOUGH_FOR_NOTHING
    if (short <= 1.0 and not waiting) or have.sum() >= most:
        return None
    # runs share the photons by what they add to the error of the target that is known worst
    add = np.ones(len(runs))
    if short > 1.0:
        must = asked(found, near, total_body)
        worst = int(np.argmax(np.where(must, found.se / np.where(must, found.saf, 1.0), -1.0)))
        spread = np.array([r.share * r.sd[worst] for r in runs])
        if spread.any():
            add = spread
    total = have.sum() * (min(max(short**2, LEAST_GROWTH), MOST_GROWTH) if short > 1.0 else 2.0)
    return _shared(have, add / add.sum(), min(round(float(total)), most))


def _shared(have: NDArray[np.float64], share: NDArray[np.float64], total: int) -> tuple[int, ...]:
    """Batches in all, none fewer than there are, the new ones where the shares fall short most."""
    short = np.maximum(0.0, share * total - have)
    new = (total - have.sum()) * (short / short.sum() if short.any() else share)
    want = have + np.floor(new + 1e-9)
    if (want == have).all():
        want[int(np.argmax(new))] += 1.0
    return tuple(int(n) for n in want)


def expected_batches(
    runs: Sequence[Moments], near: NDArray[np.bool_], total_body: int, wanted: Wanted
) -> int:
    """About how many batches a source will have in the end, since errors fall as one over their root."""
    short = shortfall(estimate(runs, wanted.histories_per_batch), near, total_body, wanted)
    have = sum(r.batches for r in runs)
    most = max(wanted.most_histories // wanted.histories_per_batch, have)
    return round(min(max(have * short**2, have), most))
