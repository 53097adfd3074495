"""Curves that nobody would measure: each gives a finite answer or a reason, never a traceback."""

import math

import numpy as np
import pytest

from kinetics import KineticsError
from kinetics.areas.nca import nca
from kinetics.areas.segments import AREA_METHODS
from kinetics.areas.trapezoid import FIRST, TAILS, area
from kinetics.choice.choose import choose_model
from kinetics.curves.curve import Curve
from kinetics.fitting.fit import fit_curve
from kinetics.models import MODELS
from kinetics.summary import choice_summary
from kinetics.weights import WEIGHTS


def odd_curve(rng):
    """Times over seven decades, values over 24: noise, exponentials, constants, rises, uptake, log-noise."""
    time = np.unique(10 ** rng.uniform(-3, 4, rng.integers(1, 14)))
    if rng.random() < 0.3:
        time[0] = 0.0
    if time.max() == 0:
        time += 1
    n, last = time.size, time.max()
    value = [
        rng.uniform(0, 1, n),
        np.exp(-time / last * rng.uniform(0, 20)),
        np.ones(n),
        time / last + 0.01,
        time * np.exp(-5 * time / last) + 1e-9,
        10 ** rng.uniform(-8, 3, n),
    ][rng.integers(6)] * 10 ** rng.uniform(-12, 12)
    if rng.random() < 0.7:
        value = value * (1 + 0.05 * rng.normal(size=n))
    return Curve(
        time_h=time,
        value=value,
        sd=None if rng.random() < 0.4 else 0.05 * np.abs(value) + 1e-30,
        unit="u",
        decay_corrected=bool(rng.random() < 0.5),
        scale_relative_sd=float(rng.choice([0, 0.05])),
    )


@pytest.mark.parametrize("seed", range(40))
def test_a_finite_answer_or_a_reason(seed):
    rng = np.random.default_rng(seed)
    c, lam = odd_curve(rng), float(rng.choice([0.0, 0.00884, 0.1]))
    weights, model = str(rng.choice(list(WEIGHTS))), str(rng.choice(list(MODELS)))
    tail, first = str(rng.choice(list(TAILS))), str(rng.choice(list(FIRST)))
    method = str(rng.choice(AREA_METHODS))

    def answered(call):
        try:
            return call()
        except KineticsError as reason:
            assert len(str(reason)) > 20
            return None

    choice = answered(lambda: choose_model(c, lambda_phys_per_h=lam, weights=weights))
    if choice is not None:
        assert math.isfinite(choice.chosen.area)
        assert choice.chosen.area > 0
        assert choice_summary(choice)["model"] == choice.chosen.model
    fit = answered(lambda: fit_curve(c, model, lambda_phys_per_h=lam, weights=weights))
    if fit is not None:
        assert math.isfinite(fit.area)
        assert fit.se_area is None or math.isfinite(fit.se_area)
        assert (fit.se_area is None) == (fit.reason is not None)
    a = answered(lambda: area(c, lambda_phys_per_h=lam, tail=tail, first=first, method=method))
    if a is not None:
        assert (a.area is None) == (a.reason is not None)
        assert a.area is None or math.isfinite(a.area)
    r = answered(lambda: nca(c, dose=1, lambda_phys_per_h=lam, route="extravascular"))
    if r is not None:
        for p in r.parameters.values():
            assert (p.value is None) == (p.reason is not None)
            assert p.value is None or math.isfinite(p.value)
