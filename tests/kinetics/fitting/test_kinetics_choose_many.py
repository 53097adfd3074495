"""Choices of many curves at once: the same bits as one by one, and errors in their place."""

import numpy as np
import pytest

import kinetics.fitting.candidates as candidates_module
from kinetics import KineticsError
from kinetics.curves.curve import Curve
from kinetics.fitting.choose import Choice, choose_model, choose_models
from kinetics.fitting.models import MODELS

LAM = 0.00884
TIME = np.array([0.5, 2.0, 8.0, 24.0, 72.0, 120.0, 168.0])


def simulated(n, *, with_sd, seed=3):
    """Curves of 4 to 7 points of three models, some with standard deviations that are too small."""
    rng, curves = np.random.default_rng(seed), []
    for i in range(n):
        time = TIME[-(4 + i % 4) :]
        name, theta = (
            ("monoexponential", [50.0, 0.01]),
            ("biexponential", [30.0, 20.0, 0.1, 0.006]),
            ("uptake", [40.0, 0.008, 0.3]),
        )[i % 3]
        value = (
            MODELS[name].value(time, theta) * np.exp(-LAM * time) * (1 + 0.05 * rng.normal(size=time.size))
        )
        sd = (0.05 if i % 2 else 0.01) * value if with_sd else None
        curves.append(Curve(time_h=time, value=value, sd=sd, unit="%IA", decay_corrected=False, name=f"c{i}"))
    return curves


def same_bits(a, b):
    if isinstance(a, KineticsError):
        return str(a) == str(b)
    assert isinstance(a, Choice)
    return (
        a.averaged_area == b.averaged_area
        and (a.averaged_over, a.warnings, a.forced) == (b.averaged_over, b.warnings, b.forced)
        and np.array_equal(a.chosen.theta, b.chosen.theta)
        and [(c.model, c.weight, c.criterion, c.reason) for c in a.candidates]
        == [(c.model, c.weight, c.criterion, c.reason) for c in b.candidates]
    )


@pytest.mark.parametrize("with_sd", [True, False])
@pytest.mark.parametrize("force", [None, "biexponential"])
def test_many_choices_have_the_bits_of_one_by_one(with_sd, force, monkeypatch):
    curves = simulated(9, with_sd=with_sd)
    curves.insert(
        3, Curve(time_h=[1.0, 9.0], value=[2.0, 0.0], unit="%IA", decay_corrected=False, name="zero")
    )
    options = {"lambda_phys_per_h": LAM, "force": force}
    many = choose_models(curves, **options)
    assert sum(isinstance(m, Choice) for m in many) >= 9
    assert isinstance(many[3], KineticsError) and "zero: value 0 at 9 h is zero" in str(many[3])
    for curve, found in zip(curves, many, strict=True):
        try:
            assert same_bits(choose_model(curve, **options), found)
        except KineticsError as error:
            assert str(error) == str(found)
    monkeypatch.setattr(candidates_module, "STACKED", 7)
    monkeypatch.setattr(candidates_module, "STARTED_POINTS", 1)
    assert all(map(same_bits, many, choose_models(curves, **options)))
