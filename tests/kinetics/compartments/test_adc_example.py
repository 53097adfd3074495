"""The worked model of an antibody-drug conjugate: its data made again, its parameters found again."""

import dataclasses

import numpy as np
import pytest
from scipy.stats import chi2

from kinetics import CompartmentModel, Curve, fit_compartments, read_model

FILE = "examples/models/adc-deconjugation.toml"
#: Per day, and L: what the file's head says.
TRUTH = {"k10": 0.086, "k12": 0.49, "k21": 2.3, "kdec": 0.13, "V1": 3.1}
NOISE, SEED = 0.04, 2014


def truth():
    rates = {}
    for form in ("conjugate", "naked"):
        rates |= {
            (form, f"{form} peripheral"): TRUTH["k12"] / 24, (f"{form} peripheral", form): TRUTH["k21"] / 24,
            (form, "eliminated"): TRUTH["k10"] / 24,
        }  # fmt: skip
    for where in ("", " peripheral"):
        rates[f"conjugate{where}", f"naked{where}"] = TRUTH["kdec"] / 24
    return CompartmentModel(
        compartments=("conjugate", "conjugate peripheral", "naked", "naked peripheral"),
        sinks=("eliminated",), rates_per_h=rates, bolus={"conjugate": 1.0}, lambda_phys_per_h=0.0,
    )  # fmt: skip


def simulated(given, seed):
    """Values of both analytes at the file's times."""
    random = np.random.default_rng(seed)
    contents = truth().contents(given.observations[0].curve.time_h)
    exact = (contents[:, 0] + contents[:, 2], contents[:, 0])
    return [100 * y / TRUTH["V1"] * (1 + NOISE * random.normal(size=y.size)) for y in exact]


def test_the_files_model_and_data_are_what_its_head_says():
    given = read_model(FILE)
    assert set(given.model.rates_per_h) == set(truth().rates_per_h)
    for o, made in zip(given.observations, simulated(given, SEED), strict=True):
        np.testing.assert_array_equal(o.curve.value, [float(f"{v:.4g}") for v in made])
    assert [o.of for o in given.observations] == ["total antibody", "conjugate"]


def test_both_analytes_together_give_the_truth_within_its_standard_errors():
    """Chi-square of 5 parameters over 12 data sets; and of the file's own."""
    given = read_model(FILE)
    total = 0.0
    for seed in range(SEED, SEED + 12):
        curves = [
            dataclasses.replace(o, curve=with_values(o.curve, made))
            for o, made in zip(given.observations, simulated(given, seed), strict=True)
        ]
        fitted = fit_compartments(dataclasses.replace(given, observations=tuple(curves)))
        gap = np.array(
            [fitted.parameters[n].value - TRUTH[n] / (1.0 if n == "V1" else 24.0) for n in fitted.free]
        )
        own = float(gap @ np.linalg.solve(fitted.covariance, gap))
        if seed == SEED:
            assert own < chi2.ppf(0.95, 5)
            for n, g in zip(fitted.free, gap, strict=True):
                assert abs(g) < 2 * fitted.parameters[n].se, n
        total += own
    assert chi2.ppf(0.005, 60) < total < chi2.ppf(0.995, 60)


def with_values(curve, value):
    return Curve(
        time_h=curve.time_h, value=value, unit=curve.unit, decay_corrected=True, name=curve.name,
        lambda_phys_per_h=0.0,
    )  # fmt: skip


def test_one_analyte_alone_knows_less_of_the_deconjugation():
    """The total knows nothing of it; both together know it to a few per cent."""
    given = read_model(FILE)
    alone = fit_compartments(dataclasses.replace(given, observations=given.observations[:1]))
    assert alone.parameters["kdec"].se is None or alone.parameters["kdec"].se > alone.parameters["kdec"].value
    both = fit_compartments(given).parameters["kdec"]
    assert both.se < 0.03 * both.value
    assert both.value == pytest.approx(TRUTH["kdec"] / 24, rel=0.05)
