"""Curves of many points: memory grows with their number and not with its square; there are limits."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from kinetics import Curve, choose_model, fit_curve
from kinetics.curves import files
from kinetics.errors import KineticsError
from kinetics.fitting import uncertainty
from kinetics.least_squares import thinned

N = 20_000


def long_curve(noise: float) -> Curve:
    time = np.linspace(0.1, 200.0, N)
    value = 60.0 * np.exp(-0.2 * time) + 40.0 * np.exp(-0.01 * time)
    value *= 1.0 + noise * np.random.default_rng(7).normal(size=N)
    return Curve(time_h=time, value=value, unit="%IA", decay_corrected=True, half_life_h=np.inf)


def test_exact_data_give_back_their_parameters() -> None:
    fit = fit_curve(long_curve(0.0), "biexponential", weights="none")
    found = [fit.parameters[name].value for name in ("A1", "A2", "lambda1", "lambda2")]
    assert sorted(found) == pytest.approx([0.01, 0.2, 40.0, 60.0], rel=1e-9)
    assert fit.area == pytest.approx(60.0 / 0.2 + 40.0 / 0.01, rel=1e-9)


def test_a_choice_takes_less_than_300_MB() -> None:
    curve = long_curve(0.03)
    tracemalloc.start()
    choice = choose_model(curve, weights="relative")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert choice.chosen.model == "biexponential"
    assert peak < 300e6  # one (N, N) array would be 3.2 GB


def test_the_minimum_is_that_of_all_points() -> None:
    """Not that of the points on which the start was found: the gradient there is 0 within rounding."""
    fit = fit_curve(long_curve(0.03), "biexponential", weights="none")
    p = {n: e.value for n, e in fit.parameters.items()}
    t, y = fit.curve.time_h, fit.curve.value
    parts = np.stack([np.exp(-p["lambda1"] * t), np.exp(-p["lambda2"] * t)])
    amplitudes = np.array([p["A1"], p["A2"]])
    residual = y - amplitudes @ parts
    gradient = np.concatenate([parts @ residual, amplitudes * ((parts * t) @ residual)])
    size = np.concatenate([np.abs(parts) @ np.abs(residual), amplitudes * ((parts * t) @ np.abs(residual))])
    assert np.all(np.abs(gradient) < 1e-8 * size)


@pytest.mark.parametrize("normalised", [None, 3.0])
def test_errors_are_carried_as_by_all_their_factors(normalised: float | None) -> None:
    rng = np.random.default_rng(3)
    time, sd = np.arange(1.0, 9.0), rng.uniform(2.0, 3.0, 8)
    curve = Curve(
        time_h=time, value=rng.uniform(20.0, 90.0, 8), sd=sd, unit="%IA", decay_corrected=True,
        common_sd=rng.uniform(-1.0, 1.0, (2, 8)), scale_relative_sd=0.03, normalised_at_h=normalised,
    )  # fmt: skip
    weights = rng.normal(size=(3, 8))
    for scale in (True, False):
        expected = weights @ curve.error_factors(sd**2, scale=scale)
        found = curve.carried(weights, sd**2, scale=scale)
        np.testing.assert_allclose(found @ found.T, expected @ expected.T, rtol=1e-12)


def test_points_kept_are_spread_from_end_to_end() -> None:
    at = thinned.points_kept(N)
    assert (at.size, at[0], at[-1]) == (thinned.MANY, 0, N - 1)
    assert set(np.diff(at)) <= {20, 21}
    assert thinned.points_kept(7).tolist() == list(range(7))


def test_files_of_more_rows_than_any_curve_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text("time_h,value\n" + "".join(f"{i},1\n" for i in range(files.MOST_POINTS + 1)))
    with pytest.raises(KineticsError, match=r"c.csv: more than 100000 rows"):
        files.read_curve(file, unit="", decay_corrected=True)


def test_a_bootstrap_that_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    time = np.array([1.0, 24.0, 72.0, 144.0])
    value = 20 * np.exp(-0.02 * time) * np.array([1.02, 0.99, 1.01, 0.98])
    curve = Curve(time_h=time, value=value, unit="%IA", decay_corrected=True, half_life_h=78.41)
    monkeypatch.setattr(uncertainty, "MOST_SIMULATED", 100)
    with pytest.raises(KineticsError, match=r"26 replicas of 4 points would fill the memory; at most 100"):
        uncertainty.bootstrap(fit_curve(curve, "monoexponential", weights="none"), replicas=26, seed=1)
