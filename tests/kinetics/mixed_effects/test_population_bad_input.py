"""What a population fit can't be made of: a clear line each, all at once."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kinetics import (
    Curve,
    KineticsError,
    MassEffect,
    Population,
    Residual,
    fit_population,
    fit_population_models,
    fit_with_population,
)
from kinetics.mixed_effects.residuals import root_of_sum
from tests.kinetics.mixed_effects.cohorts import simulated

CURVES, _ = simulated("monoexponential", (10, 0.01), 0.3, 6, 0.05, 1, times=(4, 24, 96))
ONE = CURVES[0]


def fitted(curves: list[Any] | None = None, model: Any = "monoexponential", **more: Any) -> Any:
    return fit_population(
        CURVES if curves is None else curves, model, **({"residual": "proportional"} | more)
    )


def changed(**more: Any) -> list[Curve]:
    return [replace(ONE, **more), *CURVES[1:]]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: fitted([ONE]), "1 curve: a population fit needs two patients or more; a single"),
        (lambda: fitted([]), "0 curves: a population fit needs two patients or more"),
        (lambda: fitted([*CURVES, None]), "patient 7: None is no Curve"),
        (lambda: fitted(changed(value=[1.0, -2.0, 3.0])), "P01: value -2 at 24 h is negative"),
        (lambda: fitted(changed(value=[1.0, 0.0, 3.0])), "P01: value 0 at 24 h is zero"),
        (lambda: fitted(changed(unit="kBq/mL")), r"curves of 2 units: 'kBq/mL' \(P01\), '%IA' \(P02\)"),
        (lambda: fitted(residual="relative"), "unknown residual model 'relative'; there are: sd, scaled-sd"),
        (lambda: fitted(covariance="block"), "unknown covariance 'block'; there are: diagonal, full"),
        (lambda: fitted(method="SAEM"), "unknown method 'SAEM'; there are: FOCE, Laplace, NLME"),
        (lambda: fitted(model="monoexponentiel"), "unknown model 'monoexponentiel'"),
        (lambda: fitted(residual="sd"), "P01: residual 'sd' needs standard deviations; there are none"),
        (lambda: fitted(random=["lambda2"]), "random: 'lambda2' is no parameter of 'monoexponential'"),
        (lambda: fitted(normal=["B1"]), "normal: 'B1' is no parameter of 'monoexponential'; there are: A1"),
        (lambda: fitted(covariates={"A1": ["mass_kg"]}), "'mass_kg' of 'A1' isn't among the patients'"),
        (lambda: fitted(patients={"mass_kg": [70.0] * 5}), "5 numbers of 'mass_kg' for 6 curves"),
        (lambda: fitted(patients={"mass_kg": [70, 80, math.nan, 0, 75, 60]}), "of patient 3 is nan"),
        (lambda: fitted(patients={"mass_kg": ["heavy"] * 6}), "'mass_kg' holds something that is no number"),
        (lambda: fitted(start={"A1": 10.0}), "start of 'monoexponential': lambda1 missing"),
        (lambda: fitted(start={"A1": 10.0, "lambda1": -1.0}), "start of 'lambda1' is -1"),
        (lambda: fitted([c.subset([0]) for c in CURVES[:4]]), "4 points of 4 patients for 5 estimates"),
        (lambda: fitted([ONE.corrected(), *CURVES[1:]], residual="additive"), "a constant error means two"),
        (lambda: fitted([Curve(time_h=[0.0], value=[3.0 + i], unit="%IA", decay_corrected=True, half_life_h=9)
                         for i in range(6)]), "all points are at time 0"),
        (lambda: fitted(model="plateau", curves=[replace(c, half_life_h=None, lambda_phys_per_h=None)
                                                 for c in CURVES]), "the half-life is not known"),
        (lambda: fit_population_models(CURVES, residual="proportional", criterion="DIC"), "criterion"),
        (lambda: fit_population_models(CURVES, residual="proportional", models=[]), "no models to choose"),
        (lambda: fit_population_models([ONE], residual="proportional"), "needs two patients or more"),
        (lambda: Residual(kind="proportional"), "residual 'proportional': b is None; a number above 0"),
        (lambda: Residual(kind="sd", a=1.0), "residual 'sd' has no a; 1.0 was given"),
        (lambda: MassEffect(parameter="A1", covariate="mass_kg", exponent=1.0, centre=0.0), "A1 by mass_kg"),
    ],
)  # fmt: skip
def test_a_clear_line(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(KineticsError, match=said):
        call()


def test_all_that_is_wrong_is_told_at_once() -> None:
    bad = [
        replace(ONE, value=[1.0, -2.0, 3.0]),
        replace(CURVES[1], unit="MBq"),
        replace(CURVES[2], value=[0, 1, 1]),
    ]
    with pytest.raises(KineticsError) as caught:
        fitted([*bad, *CURVES[3:]])
    assert len(caught.value.complaints) == 3
    with pytest.raises(KineticsError) as caught:
        fitted(residual="x", covariance="y", random=["z"], covariates={"A1": ["w"]})
    assert len(caught.value.complaints) == 4


def test_curves_of_two_nuclides_are_one_population_of_biologic_rates() -> None:
    other = [
        replace(c, lambda_phys_per_h=None, half_life_h=20.0) for c in (CURVES[i].corrected() for i in (0, 1))
    ]
    fit = fitted([*other, *CURVES[2:]])
    assert any("2 different half-lives" in w for w in fit.warnings)
    assert fit.individuals[0].lambda_phys_per_h == pytest.approx(math.log(2) / 20)
    same = fitted([c.corrected() for c in CURVES])
    assert fit.population.mean == pytest.approx(same.population.mean, rel=1e-6)


def test_a_zero_at_time_0_has_no_weight_where_the_model_starts_at_0() -> None:
    curves, _ = simulated("uptake", (10, 0.01, 0.1), 0.2, 8, 0.05, 2)
    zeros = [replace(c, time_h=[0, *c.time_h], value=[0, *c.value]) for c in curves]
    fit = fitted(zeros, "uptake")
    assert fit.population.mean == pytest.approx(fitted(curves, "uptake").population.mean, rel=1e-9)
    assert any(w.startswith("points at time 0 are left out") for w in fit.warnings)
    with pytest.raises(KineticsError, match="a value of 0 at 0 h has no weight"):
        fitted(zeros, "monoexponential")


def test_two_patients_and_a_full_covariance_end_in_words() -> None:
    fit = fitted(CURVES[:2])
    assert any("2 patients: how parameters spread is hardly known" in w for w in fit.warnings)
    full = fitted(CURVES[:3], covariance="full")
    assert any("3 patients for 3 elements of a full covariance" in w for w in full.warnings)
    assert all(np.isfinite(f.area) and (f.se_area or 0) > 0 for f in (*fit.individuals, *full.individuals))


STATED = Population.stated(
    "monoexponential", unit="%IA", median={"A1": 10.0, "lambda1": 0.01}, sd_log={"A1": 0.3, "lambda1": 0.3},
    residual=Residual(kind="proportional", b=0.05), source="a test",
)  # fmt: skip


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"median": {"A1": 1.0}}, "median of 'lambda1' is missing"),
        ({"median": {"A1": 0.0, "lambda1": 0.01}}, "median of 'A1' is 0.0; a number above 0"),
        ({"median": {"A1": 1.0, "lambda1": 0.01, "A7": 1.0}}, "median: 'A7' is no parameter"),
        ({"sd_log": {"A1": -0.1}}, "sd_log of 'A1' is -0.1; 0 or above"),
        (
            {"correlation": {("A1", "lambda1"): 1.5}},
            "correlation of 'A1' and 'lambda1' is 1.5; between -1 and 1",
        ),
        ({"model": "bi-monoexponential"}, "unknown model"),
    ],
)
def test_a_population_that_can_t_be_stated(more: dict[str, Any], said: str) -> None:
    given: dict[str, Any] = {
        "model": "monoexponential", "unit": "%IA", "median": {"A1": 10.0, "lambda1": 0.01},
        "sd_log": {"A1": 0.3, "lambda1": 0.3}, "residual": Residual(kind="proportional", b=0.05),
        "source": "a test",
    }  # fmt: skip
    given |= more
    with pytest.raises(KineticsError, match=said):
        Population.stated(given.pop("model"), **given)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"covariance": [[1.0, 2.0], [2.0, 1.0]]}, "covariance is no covariance"),
        ({"covariance": [[1.0]]}, "covariance must be 2 x 2 numbers"),
        ({"mean": ["a", "b"]}, "'mean' holds something that is no number"),
        ({"format": "else"}, "format is 'else'"),
        ({"spread": 1}, "unknown key 'spread'"),
        ({"model": "biexponential"}, "the model 'biexponential' has A1, A2, lambda1, lambda2"),
        ({"residual": {"kind": "proportional", "c": 1.0}}, "'residual' isn't as it should be"),
        ({"residual": {"kind": "proportional", "b": -1.0}}, "b is -1.0; a number above 0"),
        ({"free": ["lambda9"]}, "free: 'lambda9' is no parameter"),
    ],
)
def test_a_file_that_is_no_population(change: dict[str, Any], said: str) -> None:
    with pytest.raises(KineticsError, match=said):
        Population.from_dict(json.loads(json.dumps(STATED.as_dict() | change)))


def test_a_population_with_keys_missing() -> None:
    with pytest.raises(KineticsError) as caught:
        Population.from_dict({"model": "monoexponential"})
    assert [line for line in caught.value.complaints if "is missing" in line and "'mean'" in line]
    assert len(caught.value.complaints) == 6


def test_a_patient_who_is_not_of_that_population() -> None:
    heavy = replace(
        STATED, effects=(MassEffect(parameter="A1", covariate="mass_kg", exponent=1.0, centre=70.0),)
    )
    with pytest.raises(KineticsError) as caught:
        fit_with_population(replace(ONE, unit="MBq"), heavy, patient={"height_m": 1.7})
    assert (
        len(caught.value.complaints) == 3
    )  # the unit, the mass that is missing, the height that isn't asked
    with pytest.raises(KineticsError, match="needs standard deviations"):
        fit_with_population(ONE, STATED, residual="sd")
    with pytest.raises(KineticsError, match="residual 'additive': 'sd'"):
        fit_with_population(ONE, STATED, residual="additive")
    with pytest.raises(KineticsError, match="nothing is known of the spread of A1"):
        replace(STATED, free=("A1",)).predict([1.0], quantile=0.5)


def test_a_model_that_vanishes_where_something_was_measured() -> None:
    """A half-life of an hour in place of three days: fitted values of 0, and standard deviations of 0."""
    patients = {"P01": (3.796, 2.629, 1.257, 0.2347), "P02": (3.028, 1.95, 0.797, 0.1143),
                "P03": (4.486, 3.161, 1.382, 0.2399)}  # fmt: skip
    curves = [
        Curve(time_h=[4, 24, 72, 168], value=v, unit="%IA", decay_corrected=False, half_life_h=1, name=name)
        for name, v in patients.items()
    ]
    with pytest.raises(KineticsError, match=r"P0\d: 'monoexponential' is 0 at .* check half-life and decay"):
        fit_population(curves, "monoexponential", residual="proportional", covariance="full")


def test_the_root_of_a_sum_is_its_cholesky_factor_and_is_there_however_large() -> None:
    part = np.random.default_rng(3).normal(size=(5, 2))
    expected = np.linalg.cholesky(np.eye(5) + part @ part.T)
    assert root_of_sum(part) == pytest.approx(expected, rel=1e-12, abs=1e-14)
    large = root_of_sum(1e12 * part)
    assert np.all(np.diag(large) > 0) and np.all(np.isfinite(large))
    with pytest.raises(np.linalg.LinAlgError):
        np.linalg.cholesky(np.eye(5) + 1e24 * part @ part.T)
