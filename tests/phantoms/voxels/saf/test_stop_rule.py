"""The rule that says when a source has been followed long enough: statistics in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from phantoms.errors import PhantomError
from phantoms.simulation.simulate import mean_and_se
from phantoms.voxels.saf.precision import (
    ENOUGH_FOR_NOTHING,
    Moments,
    Wanted,
    asked,
    estimate,
    expected_batches,
    next_batches,
    shortfall,
)

RNG = np.random.default_rng(5)
WANTED = Wanted(0.01, most_histories=10_000_000, histories_per_batch=10_000, batches=20)


def moments(batches: NDArray[np.float64], share: float = 1.0) -> Moments:
    made = Moments(share, batches.shape[1])
    for row in batches:
        made.add(row)
    return made


def run_of(relative_se: float, mean: float = 1.0, n: int = 20, share: float = 1.0) -> Moments:
    """Batches of one target, and of a total body that is known well, with exactly this standard error."""
    x = np.tile([-1.0, 1.0], n // 2)
    x *= relative_se * mean * np.sqrt(n) / x.std(ddof=1)
    return moments(np.column_stack([mean + x, np.ones(n)]), share)


NEAR = np.array([True, True])


def test_mean_and_standard_error_are_those_of_all_batches_together() -> None:
    batches = RNG.lognormal(0.0, 1e-3, (50, 7)) * 1e-4
    found = moments(batches)
    mean, se = mean_and_se(batches)
    assert found.mean == pytest.approx(mean, rel=1e-14)
    assert found.sd / np.sqrt(50) == pytest.approx(se, rel=1e-9)


def test_a_snapshot_stays_as_it_is() -> None:
    batches = RNG.normal(1.0, 0.1, (6, 2))
    run = moments(batches[:4])
    then = run.snapshot()
    for row in batches[4:]:
        run.add(row)
    assert then.batches == 4 and then.mean == pytest.approx(batches[:4].mean(axis=0))
    assert run.mean == pytest.approx(batches.mean(axis=0))


def test_bands_add_up_by_their_share_of_the_energy_with_independent_errors() -> None:
    found = estimate([run_of(0.02, 3.0, share=0.75), run_of(0.5, 1.0, 10, share=0.25)], 100)
    assert found.saf[0] == pytest.approx(0.75 * 3.0 + 0.25)
    assert found.se[0] == pytest.approx(np.hypot(0.75 * 0.06, 0.25 * 0.5))
    assert found.histories == (2000, 1000)


def test_a_score_without_spread_is_known_to_one_history_of_all() -> None:
    found = estimate([moments(np.full((20, 1), 0.7))], 1000)
    assert found.se[0] == pytest.approx(0.7 / 20_000)


@pytest.mark.parametrize(("relative", "done"), [(0.0099, True), (0.0101, False)])
def test_it_stops_where_the_wanted_precision_is_reached(relative: float, done: bool) -> None:
    assert (next_batches([run_of(relative)], NEAR, 1, WANTED) is None) == done


def test_the_next_round_goes_as_the_square_of_the_shortfall_and_no_further_than_four_times() -> None:
    assert next_batches([run_of(0.015)], NEAR, 1, WANTED) == (round(20 * 1.5**2),)
    assert next_batches([run_of(0.5)], NEAR, 1, WANTED) == (80,)
    assert next_batches([run_of(0.0101)], NEAR, 1, WANTED) == (25,)  # a quarter more at the least
    assert expected_batches([run_of(0.05)], NEAR, 1, WANTED) == 20 * 25
    assert expected_batches([run_of(0.5)], NEAR, 1, WANTED) == 1000  # all that may be spent


def test_no_more_photons_than_allowed_and_then_it_stops() -> None:
    little = Wanted(0.01, most_histories=400_000, histories_per_batch=10_000, batches=20)
    assert next_batches([run_of(0.5)], NEAR, 1, little) == (40,)
    assert next_batches([run_of(0.5, n=40)], NEAR, 1, little) is None


def test_runs_share_the_photons_by_what_they_add_to_the_error() -> None:
    # spread between batches times share: 3 to 1, so 160 batches in all are 120 and 40
    hard, soft = run_of(0.3, 1.0, share=0.5), run_of(0.1, 1.0, share=0.5)
    assert next_batches([hard, soft], NEAR, 1, WANTED) == (120, 40)
    # a run that adds nothing gets none
    silent = moments(np.column_stack([np.zeros(20), np.ones(20)]), 0.5)
    assert next_batches([run_of(0.1, share=0.5), silent], NEAR, 1, WANTED) == (140, 20)


def test_targets_far_away_or_that_get_next_to_nothing_are_not_asked_for() -> None:
    noisy = run_of(0.3)
    assert next_batches([noisy], np.array([False, True]), 1, WANTED) is None
    faint = run_of(0.3, 1e-4)  # a ten-thousandth of the body's mean dose
    assert next_batches([faint], NEAR, 1, WANTED) is None
    # but a value whose error reaches what matters is not known to be next to nothing
    unsure = run_of(0.9, 4e-4)
    assert asked(estimate([unsure], 10_000), NEAR, 1).tolist() == [True, True]
    assert next_batches([unsure], NEAR, 1, WANTED) == (80,)


def test_a_target_that_nothing_has_reached_is_waited_for_and_then_given_up() -> None:
    def silent(n: int) -> Moments:
        return moments(np.column_stack([np.zeros(n), np.ones(n)]))

    assert next_batches([silent(20)], NEAR, 1, WANTED) == (40,)
    assert next_batches([silent(ENOUGH_FOR_NOTHING // 10_000)], NEAR, 1, WANTED) is None
    assert shortfall(estimate([silent(20)], 10_000), NEAR, 1, WANTED) < 1.0


def test_numbers_that_cannot_be_meant_are_told_together() -> None:
    bad: dict[str, Any] = {"relative_se": 1.0, "within_cm": -1.0, "most_histories": 1000}
    with pytest.raises(PhantomError) as raised:
        Wanted(**bad).check()
    assert len(raised.value.complaints) == 3
    assert "precision 100 %" in str(raised.value) and "the first round alone needs 400000" in str(
        raised.value
    )
    Wanted().check()
