"""Serum samples counted in batches: the covariance against the propagation of every single count."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kinetics import KineticsError
from kinetics.curves.gamma_counter import Standard, serum_curve

TIME = np.array([1.0, 4.0, 24.0, 72.0, 144.0])
SAMPLES = np.array([52000.0, 43000.0, 30000.0, 21000.0, 9000.0])
LIVE, VOLUME, ADMINISTERED, T_B, T_S = 60.0, 0.2, 180.0, 120.0, 90.0
#: Index of each sample's standard, and of its blank.
LAYOUTS = {
    "two batches": ([0, 0, 1, 1, 1], [0, 0, 1, 1, 1]),
    "a standard each session, one blank": ([0, 0, 1, 1, 2], [0, 0, 0, 0, 0]),
    "one standard, two blanks": ([0, 0, 0, 0, 0], [0, 1, 0, 1, 1]),
    "a standard for each sample": ([0, 1, 2, 3, 4], [0, 1, 2, 3, 4]),
    "one batch": ([0, 0, 0, 0, 0], [0, 0, 0, 0, 0]),
}
STANDARDS = np.array([20000.0, 15000.0, 11000.0, 9000.0, 7000.0])
ACTIVITY_KBQ = np.array([5.0, 5.2, 5.0, 5.1, 4.9])
BLANKS = np.array([900.0, 1300.0, 700.0, 400.0, 1000.0])


def values(counts: np.ndarray, which: list[int], blank: list[int]) -> np.ndarray:
    """%IA/L from all counts: samples, standards, blanks."""
    n, s, b = counts[:5], counts[5:10][which], counts[10:][blank] / T_B
    return 100 * (n / LIVE - b) / (s / T_S - b) * ACTIVITY_KBQ[which] / 1e6 / ADMINISTERED * 1e6 / VOLUME


def jacobian(function: Callable[[np.ndarray], np.ndarray], at: np.ndarray) -> np.ndarray:
    steps = 1e-5 * at
    rows = [
        (function(at + d) - function(at - d)) / (2 * s) for s, d in zip(steps, np.diag(steps), strict=True)
    ]
    return np.array(rows).T


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_covariance_is_that_of_poisson_counts(layout: str) -> None:
    """V = J diag(N) J^T over every count that was made once."""
    which, blank = LAYOUTS[layout]
    each = [Standard(ACTIVITY_KBQ[i] / 1000, STANDARDS[i], T_S) for i in which]
    curve = serum_curve(
        TIME, SAMPLES, sample_volume_mL=VOLUME, live_time_s=LIVE, standard=each,
        administered_MBq=ADMINISTERED, background_counts=BLANKS[blank], background_live_time_s=T_B,
        decay_corrected=True, half_life_h=78.41,
    )  # fmt: skip
    counts = np.concatenate([SAMPLES, STANDARDS, BLANKS])
    assert curve.value == pytest.approx(values(counts, which, blank), rel=1e-12)
    j = jacobian(lambda c: values(c, which, blank), counts)
    expected = j @ np.diag(counts) @ j.T
    assert curve.covariance() == pytest.approx(expected, rel=1e-6, abs=1e-9 * expected.max())
    apart = [(i, k) for i in range(5) for k in range(5) if which[i] != which[k] and blank[i] != blank[k]]
    assert all(curve.covariance()[pair] == 0.0 for pair in apart)


def test_standards_that_are_equal_are_as_one_that_is_given_once() -> None:
    one = Standard(0.005, 20000.0, T_S)
    common = {
        "sample_volume_mL": VOLUME, "live_time_s": LIVE, "administered_MBq": ADMINISTERED,
        "background_live_time_s": T_B, "decay_corrected": False, "half_life_h": 78.41,
    }  # fmt: skip
    a = serum_curve(TIME, SAMPLES, standard=one, background_counts=900.0, **common)
    b = serum_curve(TIME, SAMPLES, standard=[one] * 5, background_counts=[900.0] * 5, **common)
    assert a.scale_relative_sd == b.scale_relative_sd > 0
    for x, y in ((a.value, b.value), (a.sd, b.sd), (a.common_sd, b.common_sd)):
        assert x.tolist() == y.tolist()


def test_standards_counted_at_times_of_their_own() -> None:
    """Each sample's ratio is corrected from the time of its own standard."""
    lam = np.log(2) / 78.41
    each = [Standard(0.005, 20000.0, T_S, counted_at_h=t) for t in (10.0, 10.0, 100.0, 100.0, 150.0)]
    counted = TIME + 20.0
    curve = serum_curve(
        TIME, SAMPLES, sample_volume_mL=VOLUME, live_time_s=LIVE, standard=each, background_counts=900.0,
        administered_MBq=ADMINISTERED, background_live_time_s=T_B, decay_corrected=True, half_life_h=78.41,
        counted_at_h=counted,
    )  # fmt: skip
    ratio = (SAMPLES / LIVE - 7.5) / (20000 / T_S - 7.5)
    at = np.array([10.0, 10.0, 100.0, 100.0, 150.0])
    expected = 100 * ratio * np.exp(lam * (counted - at)) * 0.005 / ADMINISTERED / (VOLUME / 1000)
    assert curve.value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"standard": [Standard(0.005, 20000.0, T_S)] * 3}, "3 standards for 5 samples"),
        ({"standard": []}, "0 standards for 5 samples"),
        (
            {"standard": [Standard(0.005, 2e4, T_S)] * 4 + [Standard(0.005, 100.0, T_S)]},
            r"serum, standard: reading 5 has 100 counts .* not above the background",
        ),
        (
            {"standard": [Standard(0.005, 2e4, T_S)] * 4 + [Standard(0.0, 2e4, T_S)]},
            "standard's activity 0 MBq",
        ),
        (
            {"standard": [Standard(0.005, 2e4, T_S)] * 4 + [Standard(0.1, 2e4, T_S, 3.0)]},
            "counting times are",
        ),
        ({"background_counts": [900.0] * 4}, "one number, or one for each of the 5 readings"),
    ],
)
def test_nonsense_is_refused(change: dict[str, object], said: str) -> None:
    given: dict[str, object] = {
        "standard": Standard(0.005, 20000.0, T_S), "sample_volume_mL": VOLUME, "live_time_s": LIVE,
        "administered_MBq": ADMINISTERED, "background_counts": 900.0, "background_live_time_s": T_B,
        "decay_corrected": True, "half_life_h": 78.41,
    }  # fmt: skip
    with pytest.raises(KineticsError, match=said):
        serum_curve(TIME, SAMPLES, **(given | change))
