"""Batches of photons summed until a precision is met: on made-up batches, whose variance is known."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phantoms.errors import PhantomError
from phantoms.voxels.maps.grids import Grid, overlap
from phantoms.voxels.maps.photon_maps import FIRST, Run
from phantoms.voxels.maps.photon_result import PhotonMap, Target
from phantoms.voxels.maps.strata import needed, strata
from phantoms.voxels.maps.sums import Moments
from phantoms.voxels.walk.photons import Tally
from phantoms.voxels.walk.sources import Starts

SHAPE = (4, 3, 5)
ENERGY = np.array([0.5, 0.02])
PER_DECAY = np.array([0.4, 0.1])
#: Relative SD of a voxel in one batch, by stratum.
SPREAD = (0.1, 0.4)
MEAN = 0.01


class FakeWalker:
    """Batches with a known mean and SD; errors of voxels are independent, those of the codes their sums."""

    fingerprint = "fake"

    def __init__(self, stop_after: int | None = None, lost: float = 0.0) -> None:
        self.lost = lost
        self.done: list[tuple[int, ...]] = []
        self.stop_after = stop_after

    def batch(
        self, seed: int, place: tuple[int, ...], histories: int, emitted: Any, source: Any, *,
        by_voxel: bool = False,
    ) -> Tally:  # fmt: skip
        if self.stop_after is not None and len(self.done) >= self.stop_after:
            raise KeyboardInterrupt
        self.done.append(place)
        draw = np.random.default_rng([seed, *place]).normal(1.0, SPREAD[place[0]], SHAPE)
        voxels = (MEAN * draw).astype(np.float32)
        codes = np.array([0.0, voxels[:2].sum(), voxels[2:].sum()])
        return Tally(codes, np.zeros(3), np.zeros(3), voxels, 1.0 - self.lost - float(codes.sum()))


def run(**changes: Any) -> Run:
    n = int(np.prod(SHAPE))
    given: dict[str, Any] = {
        "walker": FakeWalker(),
        "strata": strata(ENERGY, PER_DECAY).followed,
        "starts": Starts(np.arange(n), np.arange(1, n + 1) / n),
        "inside": np.arange(n),
        "histories_per_batch": 10,
    }
    return Run(**{**given, **changes})


def target(precision: float, **changes: Any) -> Target:
    n = int(np.prod(SHAPE))
    return Target(precision, **{"weight": np.full(n, 1.0 / n), "other_MeV": np.zeros(n), **changes})


def same(one: PhotonMap, other: PhotonMap) -> bool:
    pairs = zip(one.sums, other.sums, strict=True)
    return one.histories == other.histories and all(
        np.array_equal(a.voxels.total, b.voxels.total)
        and np.array_equal(a.voxels.squares, b.voxels.squares)
        and np.array_equal(a.by_code(), b.by_code())
        for a, b in pairs
    )


def test_photons_are_sorted_into_strata_and_all_energy_is_in_one_of_them() -> None:
    found = strata(np.array([0.001, 0.0049, 0.005, 0.0299, 0.03, 1.0]), np.array([1, 2, 4, 8, 16, 32.0]))
    assert [(s.name, s.total_MeV) for s in found.followed] == [
        ("30 keV and more", 48.0),
        ("under 30 keV", 12.0),
    ]
    assert found.local_MeV == 3.0
    assert strata(np.array([0.5]), np.array([0.0])).followed == ()


def test_the_precision_is_met_and_is_that_of_the_known_variance() -> None:
    precision = 0.01
    found = run().until(target(precision), 1)
    assert found.reached <= precision
    batches = [s.batches for s in found.sums]
    dose = PER_DECAY * MEAN
    known = (
        math.sqrt(sum((d * s) ** 2 / n for d, s, n in zip(dose, SPREAD, batches, strict=True))) / dose.sum()
    )
    # 60 voxels and B batches tell the variance to sqrt(2 / (60 B))
    assert found.reached == pytest.approx(known, rel=4.0 * math.sqrt(2.0 / (60 * min(batches))) / 2.0)
    mean, variance = found.voxels_MeV(60)
    sigma = known * dose.sum()
    assert abs(mean.mean() - dose.sum()) < 4.0 * sigma / math.sqrt(60)
    assert np.abs(mean - dose.sum()).max() < 5.0 * sigma
    assert math.sqrt(variance.mean()) == pytest.approx(sigma, rel=0.1)


def test_the_histories_are_not_many_more_than_the_precision_needs() -> None:
    found = run().until(target(0.005), 1)
    variance = [(e * s) ** 2 / PER_DECAY.sum() ** 2 for e, s in zip(PER_DECAY, SPREAD, strict=True)]
    cost = [s.cost for s in found.strata]
    best = needed(variance, cost, (FIRST, FIRST), 0.005**2)
    for got, want in zip((s.batches for s in found.sums), best, strict=True):
        assert 0.75 * want <= got <= 1.25 * want + 1


def test_the_split_is_the_cheapest_one() -> None:
    variance, cost, limit = (0.04, 0.03), (1.0, 0.35), 1e-4
    a, b = needed(variance, cost, (1, 1), limit)
    assert variance[0] / a + variance[1] / b <= limit

    def price(x: float) -> float:
        return cost[0] * x + cost[1] * variance[1] / (limit - variance[0] / x)

    others = np.linspace(variance[0] / limit * 1.01, 20 * variance[0] / limit, 20_000)
    assert cost[0] * a + cost[1] * b == pytest.approx(min(map(price, others)), abs=sum(cost))


def test_other_radiation_makes_the_aim_easier_and_voxels_without_activity_do_not_count() -> None:
    n = int(np.prod(SHAPE))
    plain = run().until(target(0.01), 1)
    eased = run().until(target(0.01, other_MeV=np.full(n, 3.0 * MEAN * PER_DECAY.sum())), 1)
    assert sum(eased.histories) < sum(plain.histories) / 8
    weight = np.zeros(n)
    weight[:3] = 1 / 3
    assert run().until(target(0.01, weight=weight), 1).reached <= 0.01


def test_bits_are_the_same_for_any_number_of_threads_and_another_seed_gives_others() -> None:
    one = run().until(target(0.02), 1)
    assert same(one, run().until(target(0.02), 4))
    assert not same(one, run(seed=2).until(target(0.02), 1))


@pytest.mark.parametrize("after", [3, 2 * FIRST + 5])
def test_a_stopped_run_goes_on_with_the_same_bits(after: int, tmp_path: Path) -> None:
    whole = run().until(target(0.01), 1)
    with pytest.raises(KeyboardInterrupt):
        run(walker=FakeWalker(after), work=tmp_path).until(target(0.01), 1)
    second = FakeWalker()
    assert same(whole, run(walker=second, work=tmp_path).until(target(0.01), 2))
    # what waited for its turn when the run stopped is done again, at most the threads and one more
    assert len(second.done) <= sum(whole.histories) / 10 - after + 3
    again = FakeWalker()
    assert same(whole, run(walker=again, work=tmp_path).until(target(0.01), 1))
    assert not again.done
    finer = FakeWalker()
    found = run(walker=finer, work=tmp_path).until(target(0.008), 1)
    assert found.reached <= 0.008 and 0 < len(finer.done) < sum(found.histories) / 10


def test_a_stop_within_a_sum_keeps_nothing_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from phantoms.voxels.maps import sums

    whole = run().until(target(0.02), 1)
    stopped = run(work=tmp_path)
    monkeypatch.setattr(sums.np, "square", _stop)
    with pytest.raises(KeyboardInterrupt):
        stopped.until(target(0.02), 1)
    monkeypatch.undo()
    assert not list(tmp_path.iterdir())
    assert same(whole, run(work=tmp_path).until(target(0.02), 1))


def _stop(*_: Any) -> None:
    raise KeyboardInterrupt


def test_work_of_another_seed_source_or_spectrum_is_another_file(tmp_path: Path) -> None:
    n = int(np.prod(SHAPE))
    keys = {
        run(work=tmp_path, **change).key
        for change in (
            {},
            {"seed": 2},
            {"histories_per_batch": 11},
            {"starts": Starts(np.arange(n), np.sqrt(np.arange(1, n + 1) / n))},
            {"strata": strata(ENERGY * 1.01, PER_DECAY).followed},
            {"to_other": overlap(Grid(SHAPE, np.eye(4)), Grid((2, 3, 5), np.diag([2.0, 1, 1, 1])))},
        )
    }
    assert len(keys) == 6
    assert run(work=tmp_path).key in keys


def test_damaged_work_is_said_and_not_used(tmp_path: Path) -> None:
    one = run(work=tmp_path)
    one.until(target(0.05), 1)
    assert one.path is not None
    one.path.write_bytes(one.path.read_bytes()[:-200])
    with pytest.raises(PhantomError, match=r"map-.*npz: damaged.*delete it"):
        run(work=tmp_path).until(target(0.05), 1)


def test_the_run_ends_with_the_histories_that_are_allowed() -> None:
    found = run().until(target(0.001, most_histories=375), 3)
    assert found.histories == (190, 180) and found.reached > 0.001
    with pytest.raises(PhantomError, match="at most 30 histories are too few"):
        run().until(target(0.001, most_histories=30), 1)


def test_a_second_grid_has_the_errors_of_sums_of_voxels() -> None:
    """Two voxels of independent errors in one: half the variance of the mean, relatively."""
    coarse = Grid((2, 3, 5), np.diag([2.0, 1.0, 1.0, 1.0]) @ _shift(0.25))
    to_other = overlap(Grid(SHAPE, np.eye(4)), coarse)
    found = run(to_other=to_other).until(target(0.005), 2)
    fine, fine_variance = found.voxels_MeV(60)
    mean, variance = found.others_MeV(30)
    np.testing.assert_allclose(mean.reshape(2, 3, 5), fine.reshape(2, 2, 3, 5).sum(axis=1), rtol=1e-6)
    assert variance.mean() == pytest.approx(2.0 * fine_variance.mean(), rel=0.1)


def _shift(x: float) -> np.ndarray:
    found = np.eye(4)
    found[0, 3] = x
    return found


def test_regions_have_the_error_of_their_sums_batch_by_batch() -> None:
    found = run().until(target(0.01), 1)
    mean, se = found.codes_MeV(np.array([False, True, True]))
    total, _ = found.voxels_MeV(60)
    assert mean == pytest.approx(total.sum(), rel=1e-5)
    relative = (
        math.sqrt(
            sum((e * s) ** 2 / b.batches for e, s, b in zip(PER_DECAY, SPREAD, found.sums, strict=True)) / 60
        )
        / PER_DECAY.sum()
    )
    batches = min(s.batches for s in found.sums)
    assert se / mean == pytest.approx(relative, rel=4.0 / math.sqrt(2.0 * (batches - 1)))


def test_energy_that_is_lost_on_the_way_is_an_error() -> None:
    run(walker=FakeWalker(lost=0.0029)).until(target(0.05), 1)
    with pytest.raises(
        PhantomError, match=r"photons of 30 keV and more: absorbed and escaped energy are 0\.9960"
    ):
        run(walker=FakeWalker(lost=0.004)).until(target(0.05), 1)


def test_means_and_variances_of_batches() -> None:
    draws = np.random.default_rng(5).normal(3.0, 1e-3, (5, 7))
    found = Moments.zeros(7)
    for one in draws:
        found.add(one)
    np.testing.assert_allclose(found.mean(5), draws.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(found.variance(5), draws.var(axis=0, ddof=1), rtol=1e-6)


def test_progress_ends_with_all_work_done() -> None:
    said: list[tuple[float, float]] = []
    run().until(target(0.01), 2, lambda done, all_of_it: said.append((done, all_of_it)))
    assert said[-1][0] == said[-1][1]
    assert all(a <= b for a, b in said) and all(x[0] < y[0] for x, y in pairwise(said))
