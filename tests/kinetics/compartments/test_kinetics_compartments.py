"""Compartment models: closed forms, ICRP's zirconium, conservation, fits, and every bad file."""

import math
import tomllib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from kinetics import KineticsError
from kinetics.compartments.files import parse_model, read_model
from kinetics.compartments.fit import _Fit, fit_compartments
from kinetics.compartments.model import CompartmentModel, Infusion
from kinetics.curves.decay import lambda_from_half_life

EXAMPLES = Path(__file__).parents[3] / "examples" / "compartments"
LAM = lambda_from_half_life(78.41)
ZR_DAYS = (0.25, 1, 2, 3, 5, 7, 10, 14, 30)


@pytest.fixture(scope="module")
def zirconium():
    return read_model(EXAMPLES / "zirconium-icrp134.toml").model


def two(**change):
    given = dict(
        compartments=("c", "p"),
        sinks=("out",),
        rates_per_h={("c", "p"): 0.06, ("p", "c"): 0.045, ("c", "out"): 0.03},
        bolus={"c": 1.0},
        lambda_phys_per_h=LAM,
    )
    return CompartmentModel(**(given | change))


def test_two_compartments_closed_form():
    """Hybrid rates a, b: sum k10+k12+k21, product k10 k21; C = ((a-k21)e^-at + (k21-b)e^-bt)/(a-b)."""
    s, p = 0.03 + 0.06 + 0.045, 0.03 * 0.045
    a, b = (0.5 * (s + r * math.sqrt(s * s - 4 * p)) for r in (1, -1))
    t = np.array([0, 0.1, 1, 10, 100, 500.0])
    c = ((a - 0.045) * np.exp(-a * t) + (0.045 - b) * np.exp(-b * t)) / (a - b)
    np.testing.assert_allclose(two().retention(t, "c", decay_corrected=True), c, rtol=1e-11)
    np.testing.assert_allclose(two().retention(t, "c"), c * np.exp(-LAM * t), rtol=1e-11)


def test_published_retention_of_zirconium(zirconium):
    """ICRP 134, injected 89Zr, whole body, not decay-corrected, to the printed digits."""
    published = (0.94, 0.79, 0.63, 0.51, 0.33, 0.21, 0.11, 0.046, 0.0015)
    ours = zirconium.retention(np.array(ZR_DAYS) * 24)
    for day, told, found in zip(ZR_DAYS, published, ours, strict=True):
        assert float(f"{found:.2g}") == told, (day, found)


def test_tiacs_are_the_integrals_of_the_contents(zirconium):
    """One linear solve against quadrature of the matrix exponential."""
    tiac = zirconium.tiac_h()
    for name in ("whole body", "Bladder contents"):
        pieces = [0, 1, 5, 24, 100, 400, 1500]
        total = sum(
            quad(lambda t, n=name: float(zirconium.retention([t], n)[0]), a, b, epsrel=1e-7)[0]
            for a, b in pairwise(pieces)
        )
        assert tiac[name] == pytest.approx(total, rel=2e-5), name
    assert sum(tiac[n] for n in zirconium.compartments) == pytest.approx(tiac["whole body"])


def test_against_an_ode_solver(zirconium):
    """A stiff solver (Radau) on the same equations."""
    k = zirconium.matrix()
    t = np.array(ZR_DAYS) * 24
    solved = solve_ivp(
        lambda _, x: k @ x, (0, t[-1]), zirconium.start(), method="Radau", t_eval=t, rtol=1e-9, atol=1e-12,
        jac=lambda _, x: k,
    )  # fmt: skip
    np.testing.assert_allclose(zirconium.contents(t, decay_corrected=True), solved.y.T, rtol=1e-6, atol=1e-9)


def test_nothing_is_lost(zirconium):
    """Body and excreta together hold the whole bolus, decay-corrected, at every time."""
    total = zirconium.contents([0, 0.3, 10, 1e3, 1e5], decay_corrected=True).sum(1)
    np.testing.assert_allclose(total, 1.0, rtol=1e-10)


def test_a_stiff_model_of_thirty_compartments():
    """Rates over nine orders of magnitude, in a chain: TIAC_i = TIAC_{i-1} k_{i-1}/(k_i + lambda)."""
    rates = np.geomspace(1e-7, 1e2, 30)
    names = tuple(f"x{i}" for i in range(30))
    ways = {(names[i], names[i + 1] if i < 29 else "out"): float(rates[i]) for i in range(30)}
    m = CompartmentModel(
        compartments=names, sinks=("out",), rates_per_h=ways, bolus={"x0": 1.0}, lambda_phys_per_h=LAM
    )
    tau = 1.0 / (rates[0] + LAM)
    found = m.tiac_h()
    for i in range(30):
        if i:
            tau *= rates[i - 1] / (rates[i] + LAM)
        assert found[names[i]] == pytest.approx(tau, rel=1e-9)
    assert np.all(m.contents([1, 100, 1e4]) >= -1e-12)


def test_infusion_is_a_bolus_spread_out():
    """Convolution of the bolus answer; TIAC by quadrature over the infusion."""
    bolus = two()
    infused = two(bolus={}, infusions=(Infusion(compartment="c", fraction=1.0, duration_h=4.0),))
    for t in (1.0, 4.0, 30.0):
        spread = (
            quad(
                lambda s, t=t: float(bolus.retention([t - s], "c", decay_corrected=True)[0]), 0, min(t, 4.0)
            )[0]
            / 4
        )
        assert float(infused.retention([t], "c", decay_corrected=True)[0]) == pytest.approx(spread, rel=1e-8)
    share = -math.expm1(-LAM * 4) / (LAM * 4)
    assert infused.tiac_h()["c"] == pytest.approx(bolus.tiac_h()["c"] * share, rel=1e-12)
    stable = two(bolus={}, infusions=infused.infusions, lambda_phys_per_h=0.0)
    assert stable.tiac_h()["c"] == pytest.approx(1 / 0.03, rel=1e-12)


def test_retention_that_never_leaves_is_allowed_with_decay_and_named():
    m = two(rates_per_h={("c", "p"): 0.06, ("c", "out"): 0.03})
    assert m.never_excreted() == ["p"]
    assert m.tiac_h()["p"] == pytest.approx(0.06 / (0.09 + LAM) / LAM)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"rates_per_h": {("c", "p"): -0.1}}, "rate of 'c -> p' is -0.1; 0 or above"),
        ({"rates_per_h": {("c", "q"): 0.1}}, "unknown compartment 'q' in transfer 'c -> q'"),
        ({"rates_per_h": {("c", "c"): 0.1}}, "goes nowhere"),
        ({"rates_per_h": {("out", "c"): 0.1}}, "leaves a sink"),
        ({"bolus": {}}, "nothing is put in"),
        ({"bolus": {"x": 1.0}}, "unknown compartment 'x' in the input"),
        ({"bolus": {"c": -1.0}}, "input to 'c' is -1"),
        ({"lambda_phys_per_h": 0.0, "rates_per_h": {("c", "p"): 1.0, ("p", "c"): 1.0}}, "never excreted"),
        ({"compartments": ("c", "p", "c")}, "'c' is listed twice"),
        ({"regions": {"r": ("zz",)}}, "unknown compartment 'zz' in region 'r'"),
    ],
)
def test_models_that_can_t_be(change, says):
    with pytest.raises(KineticsError, match=says):
        two(**change)
    with pytest.raises(KineticsError, match="times of 0 h or later"):
        two().contents([-1.0])


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
    """Eigenvectors against the derivative of the squarings, and where there are no eigenvectors."""
    from kinetics.compartments.propagation import _by_eigenvectors, _by_squaring

    m = two()
    k, t = m.matrix(), np.array([0.0, 0.5, 3, 40, 200])
    d = [np.array([[-1.0, 0, 0], [1, 0, 0], [0, 0, 0]]), np.array([[-1.0, 0, 0], [0, 0, 0], [1, 0, 0]])]
    a = _by_eigenvectors(k, m.start(), t, d)
    b = _by_squaring(k, m.start(), (), t, d)
    np.testing.assert_allclose(a[0], b[0], atol=1e-12)
    for x, y in zip(a[1], b[1], strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-11)
    chain = two(rates_per_h={("c", "p"): 0.1, ("p", "out"): 0.1})  # equal rates: a defective matrix
    assert _by_eigenvectors(chain.matrix(), chain.start(), t, d) is None


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
        ({"time_unit": "y"}, "time_unit is 'y'; 'h', 'd' or 'min'"),
        ({"half_life_h": 0}, "half-life"),
        ({"stable": True}, "give half_life_h, or stable = true"),
        ({"colour": 1}, "unknown key 'colour' in the model"),
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
        ({"bolus": {"central": "all"}}, "bolus of 'central' is 'all'; a number"),
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
        ({"weights": "x"}, "unknown weights 'x'"),
        ({"divide_by": "V9"}, "'V9' isn't among"),
        ({"value": [1.0]}, "11 times but 1 entries"),
        ({"decay_corrected": "no"}, "True or False must be said"),
        ({"extra": 1}, "unknown key 'extra' in data 1"),
    ],
)
def test_data_that_can_t_be(change, says):
    data = example()
    data["data"][0] |= change
    with pytest.raises(KineticsError, match=says):
        fit_compartments(parse_model(data))
    data = example()
    del data["data"][0]["unit"]
    with pytest.raises(KineticsError, match="data 1: 'unit' is missing"):
        parse_model(data)


def test_more_parameters_than_points():
    data = example()
    data["data"][0] |= {"time": [1, 2, 3], "value": [3, 2, 1]}
    with pytest.raises(KineticsError, match="3 points for 4 free parameters"):
        fit_compartments(parse_model(data))


def test_files_on_disk(tmp_path):
    with pytest.raises(KineticsError, match=r"none.toml: can't be read"):
        read_model(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("a = = 1")
    with pytest.raises(KineticsError, match=r"bad.toml: not TOML"):
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
