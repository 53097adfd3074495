"""Fits of compartment models: the truth within its errors, coverage, files that cannot be."""

import math
import tomllib
from pathlib import Path

import numpy as np
import pytest

from kinetics import KineticsError
from kinetics.compartments.fit import _Fit, fit_compartments
from kinetics.compartments.model import CompartmentModel
from kinetics.curves.decay import lambda_from_half_life
from kinetics.model_files.files import parse_model, read_model

EXAMPLES = Path(__file__).parents[3] / "examples" / "compartments"

LAM = lambda_from_half_life(78.41)


def two(**change):
    given = dict(
        compartments=("c", "p"),
        sinks=("out",),
        rates_per_h={("c", "p"): 0.06, ("p", "c"): 0.045, ("c", "out"): 0.03},
        bolus={"c": 1.0},
        lambda_phys_per_h=LAM,
    )
    return CompartmentModel(**(given | change))


def example():
    return tomllib.loads((EXAMPLES / "two-compartments.toml").read_text())


def test_example_data_are_made_again():
    data = example()
    truth = dict(
        data,
        transfers={"central -> peripheral": 0.06, "peripheral -> central": 0.045, "central -> out": 0.03},
    )
    del truth["data"], truth["parameters"]
    t = np.array(data["data"][0]["time"])
    value = 100 / 3.0 * parse_model(truth).model.retention(t, "central", decay_corrected=True)
    value *= 1 + 0.03 * np.random.default_rng(89).normal(size=t.size)
    assert [float(f"{v:.4g}") for v in value] == data["data"][0]["value"]


def test_fit_finds_the_truth_within_its_errors():
    fit = fit_compartments(read_model(EXAMPLES / "two-compartments.toml"))
    for name, true in {"k10": 0.03, "k12": 0.06, "k21": 0.045, "V1": 3.0}.items():
        value, se = fit.parameters[name]
        assert abs(value - true) < 3 * se, name
    true_model = two()
    for ours, theirs in (("central", "c"), ("peripheral", "p"), ("whole body", "whole body")):
        value, se = fit.tiac_h[ours]
        assert abs(value - true_model.tiac_h()[theirs]) < 3 * se
    assert fit.rescaled


def test_fit_agrees_with_the_biexponential():
    """Two compartments seen in one of them are a biexponential: the same rss, AUC and V1."""
    from kinetics.areas.pharmacokinetics import fitted_parameters
    from kinetics.curves.curve import Curve
    from kinetics.fitting.fit import fit_curve

    data = example()["data"][0]
    c = Curve(time_h=data["time"], value=data["value"], unit="%IA/L", decay_corrected=True)
    curve_fit = fit_curve(c, "biexponential", lambda_phys_per_h=LAM, weights="relative")
    pk = fitted_parameters(curve_fit, dose=100)
    model_fit = fit_compartments(read_model(EXAMPLES / "two-compartments.toml"))
    assert model_fit.rss == pytest.approx(curve_fit.rss, rel=1e-6)
    for name in ("k10", "k12", "k21"):
        assert model_fit.parameters[name].value == pytest.approx(pk[name].value, rel=1e-3)
        assert model_fit.parameters[name].se == pytest.approx(pk[name].se, rel=2e-2)
    assert model_fit.parameters["V1"].value == pytest.approx(pk["v1"].value, rel=1e-3)
    # TIAC of the central compartment x 100/V1 = area of the concentration curve
    assert model_fit.tiac_h["central"].value * 100 / model_fit.parameters["V1"].value == pytest.approx(
        curve_fit.area, rel=1e-4
    )


def test_jacobian_is_the_derivative():
    problem = _Fit(read_model(EXAMPLES / "two-compartments.toml"))
    x = np.log([0.02, 0.05, 0.07, 3.3])
    _, jacobian = problem.evaluate(x)
    for i in range(4):
        h = np.zeros(4)
        h[i] = 1e-6
        numeric = (problem.evaluate(x + h)[0] - problem.evaluate(x - h)[0]) / 2e-6
        np.testing.assert_allclose(jacobian[:, i], numeric, rtol=1e-5, atol=1e-7)


def test_two_ways_to_the_slopes():
    """Eigenvectors against the derivative of the doublings, and where there are no eigenvectors."""
    from kinetics.linear_systems.integrals import _by_course
    from kinetics.linear_systems.propagation import by_eigenvectors

    m = two()
    k, t = m.matrix(), np.array([0.0, 0.5, 3, 40, 200])
    d = [np.array([[-1.0, 0, 0], [1, 0, 0], [0, 0, 0]]), np.array([[-1.0, 0, 0], [0, 0, 0], [1, 0, 0]])]
    a = by_eigenvectors(k, m.start(), t, d)
    b = _by_course(m.system(decaying=False), t, d)
    np.testing.assert_allclose(a[0], b[0], atol=1e-12)
    for x, y in zip(a[1], b[1], strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-11)
    chain = two(rates_per_h={("c", "p"): 0.1, ("p", "out"): 0.1})  # equal rates: a defective matrix
    assert by_eigenvectors(chain.matrix(), chain.start(), t, d) is None


def test_several_compartments_at_once_with_shared_and_held_rates():
    """Blood and urine, not decay-corrected, an infusion; two transfers share a rate, one is held."""
    truth = {
        "time_unit": "d", "half_life_h": 78.41, "compartments": ["blood", "a", "b", "bladder"],
        "sinks": ["urine"], "infusion": [{"compartment": "blood", "duration": 0.05}],
        "transfers": {
            "blood -> a": 1.2, "a -> blood": 0.5, "blood -> b": 1.2,
            "b -> blood": 0.1, "blood -> bladder": 0.4, "bladder -> urine": 12.0,
        },
    }  # fmt: skip
    model = parse_model(truth).model
    t = np.array([0.1, 0.5, 1, 2, 4, 7])
    rng = np.random.default_rng(3)
    data = []
    for of in ("blood", "a", "urine", "whole body"):
        value = 100 * model.retention(t * 24, of)
        data.append(
            {"of": of, "unit": "%IA", "decay_corrected": False, "weights": "sd", "time": t.tolist(),
             "value": (value * (1 + 0.02 * rng.normal(size=6))).tolist(), "sd": (0.02 * value).tolist()}
        )  # fmt: skip
    to_fit = truth | {
        "transfers": truth["transfers"]
        | {
            "blood -> a": "k", "blood -> b": "k", "a -> blood": "ka", "b -> blood": "kb",
            "blood -> bladder": "ku", "bladder -> urine": "held",
        },
        "parameters": {
            "k": {"start": 3.0}, "ka": {"start": 1.0}, "kb": {"start": 0.05}, "ku": {"start": 1.0},
            "held": {"value": 12.0},
        },
        "data": data,
    }  # fmt: skip
    fit = fit_compartments(parse_model(to_fit))
    for name, true in {"k": 1.2, "ka": 0.5, "kb": 0.1, "ku": 0.4}.items():
        value, se = fit.parameters[name]
        assert abs(value * 24 - true) < 3.5 * se * 24, name
    assert fit.parameters["held"].value == pytest.approx(0.5)
    assert fit.parameters["held"].se is None
    assert not fit.rescaled
    assert fit.rss < 24 + 3 * math.sqrt(48)
    value, se = fit.tiac_h["whole body"]
    assert abs(value - model.tiac_h()["whole body"]) < 3.5 * se


def test_coverage_of_the_tiac():
    held, rates = 0, {"k10": 0.03, "k12": 0.06, "k21": 0.045}
    data = example()
    t = np.array(data["data"][0]["time"])
    value = 100 / 3.0 * two().retention(t, "c", decay_corrected=True)
    true = two().tiac_h()["whole body"]
    data["data"][0] |= {"weights": "sd", "sd": (0.02 * value).tolist()}
    data["parameters"] = {n: {"start": v} for n, v in rates.items()} | {"V1": {"start": 3.0}}
    rng = np.random.default_rng(8)
    for _ in range(40):
        data["data"][0]["value"] = (value * (1 + 0.02 * rng.normal(size=t.size))).tolist()
        found, se = fit_compartments(parse_model(data)).tiac_h["whole body"]
        held += abs(found - true) < 1.96 * se
    assert 33 <= held <= 40, held


def test_rates_that_the_data_don_t_separate_are_said():
    data = example()
    data["transfers"] |= {"peripheral -> out": "k20"}
    data["parameters"]["k20"] = {"start": 0.01}
    fit = fit_compartments(parse_model(data))
    assert fit.covariance is None or any(
        e.se is None or e.se > 0.3 * e.value for e in fit.parameters.values()
    )
    assert fit.reason is None or "separately" in fit.reason


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"time_unit": "y"}, "time_unit is 'y'; one of these is needed: h, d, min"),
        ({"half_life_h": 0}, "half_life_h is 0; a number above 0"),
        ({"stable": True}, "give half_life_h, or stable = true"),
        ({"colour": 1}, "unknown key 'colour'; allowed: ages, bodies, bolus"),
        ({"transfers": {}}, "no transfers"),
        ({"transfers": {"central to out": 1.0}}, 'write "source -> target"'),
        ({"transfers": {"central -> out": "kx"}}, "parameter 'kx' isn't among"),
        (
            {"transfers": {"central -> out": "k10", "centrl -> out": 1.0}},
            "unknown compartment 'centrl'.*near names: central",
        ),
        ({"transfers": {"central -> out": -1.0}}, "is -1"),
        ({"parameters": {"k10": {"start": 1, "value": 1}}}, "to fit it or"),
        (
            {"data": [], "parameters": {n: {"start": 1.0} for n in ("k10", "k12", "k21")}},
            "but there are no data",
        ),
        ({"bolus": {"central": "all"}}, "bolus.central is a text, 'all'; a number of 0 or above"),
    ],
)
def test_files_that_can_t_be(change, says):
    data = example()
    if change.get("transfers"):
        data["parameters"] = {"k10": {"start": 0.1}, "V1": {"start": 3}}
    with pytest.raises(KineticsError, match=says):
        parse_model(data | change)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"unit": "mg/L"}, "units don't match"),
        ({"unit": "%IA"}, "units don't match"),
        ({"of": "brain"}, "unknown compartment 'brain'"),
        ({"weights": "x"}, "data 1.weights is 'x'; one of these is needed: auto"),
        ({"divide_by": "V9"}, "'V9' isn't among"),
        ({"value": [1.0]}, "11 times but 1 entries"),
        ({"decay_corrected": "no"}, "data 1.decay_corrected is a text, 'no'; true or false"),
        ({"extra": 1}, "unknown key 'data 1.extra'"),
    ],
)
def test_data_that_can_t_be(change, says):
    data = example()
    data["data"][0] |= change
    with pytest.raises(KineticsError, match=says):
        fit_compartments(parse_model(data))
    data = example()
    del data["data"][0]["unit"]
    with pytest.raises(KineticsError, match=r"'data 1\.unit' is missing"):
        parse_model(data)


def test_more_parameters_than_points():
    data = example()
    data["data"][0] |= {"time": [1, 2, 3], "value": [3, 2, 1]}
    with pytest.raises(KineticsError, match="3 points for 4 free parameters"):
        fit_compartments(parse_model(data))


def test_files_on_disk(tmp_path):
    with pytest.raises(KineticsError, match=r"none.toml: there is no such file"):
        read_model(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("a = = 1")
    with pytest.raises(KineticsError, match=r"bad.toml: this is not valid TOML"):
        read_model(tmp_path / "bad.toml")
    text = (EXAMPLES / "two-compartments.toml").read_text()
    cut = text[: text.index("time = [")] + 'file = "serum.csv"\n'
    (tmp_path / "m.toml").write_text(cut)
    (tmp_path / "serum.csv").write_text(
        "time_h,value\n"
        + "\n".join(
            f"{t},{v}" for t, v in zip(*(example()["data"][0][k] for k in ("time", "value")), strict=True)
        )
    )
    fit = fit_compartments(read_model(tmp_path / "m.toml"))
    assert fit.parameters["V1"].value == pytest.approx(3.0, rel=0.05)
