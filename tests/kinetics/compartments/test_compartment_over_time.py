"""Contents, data, residuals and excretion in one figure: what is drawn is what the model and the file say."""

import math

import numpy as np
import pytest

from dosimetry import decay_of
from kinetics import (
    Decay,
    KineticsError,
    fit_compartments,
    parse_model,
    plot_compartments,
    read_model,
    save_figure,
)

LAM = math.log(2) / 10.0
TIME = [1.0, 4.0, 9.0]


def file_of(**more):
    """One compartment that leaves at 0.2/h, half-life 10 h: exp(-0.2 t), times exp(-lam t) as activity."""
    return {
        "time_unit": "h", "half_life_h": 10.0, "compartments": ["blood"], "sinks": ["urine"],
        "bolus": {"blood": 1.0}, "transfers": {"blood -> urine": 0.2},
    } | more  # fmt: skip


def lines(axes):
    """Curves by their order; points are lines of a marker."""
    curves = [line for line in axes.lines if line.get_linestyle() != "None"]
    points = [line for line in axes.lines if line.get_linestyle() == "None" and line.get_marker() != "_"]
    return curves, points


@pytest.mark.parametrize("corrected", [True, False])
def test_curves_and_data_stand_in_the_panels_decay_state(corrected):
    """Exact data in %IA, as measured, and in IA, corrected, lie on the curve in either state of the panel."""
    t = np.array(TIME)
    given = parse_model(
        file_of(
            data=[
                {"of": "blood", "unit": "%IA", "decay_corrected": False, "weights": "sd", "time": TIME,
                 "value": (100 * np.exp(-(0.2 + LAM) * t)).tolist(), "sd": [1.0, 1.0, 1.0]},
                {"of": "blood", "unit": "IA", "decay_corrected": True, "weights": "sd", "time": TIME,
                 "value": np.exp(-0.2 * t).tolist(), "sd": [0.01, 0.01, 0.01]},
            ]
        )
    )  # fmt: skip
    figure = plot_compartments(given, decay_corrected=corrected)
    top, below, aside = figure.axes
    (blood, whole), points = lines(top)
    x, y = np.asarray(blood.get_xdata()), np.asarray(blood.get_ydata())
    rate = 0.2 if corrected else 0.2 + LAM
    np.testing.assert_allclose(y, np.exp(-rate * x), rtol=1e-10)
    np.testing.assert_allclose(whole.get_ydata(), y, rtol=1e-12)
    for one in points:
        np.testing.assert_allclose(one.get_ydata(), np.exp(-rate * t), rtol=1e-10)
    assert ("not decay" in top.get_ylabel()) is not corrected
    bars = [c for c in top.containers if c.has_yerr]
    half = np.array([[seg[1, 1] - seg[0, 1] for seg in c[2][0].get_segments()] for c in bars]) / 2
    state = np.exp(-LAM * t * (not corrected))
    np.testing.assert_allclose(half, [0.01 * state * np.exp(LAM * t), 0.01 * state], rtol=1e-9)
    for one in lines(below)[1]:
        np.testing.assert_allclose(one.get_ydata(), 0.0, atol=1e-9)
    np.testing.assert_allclose(lines(aside)[0][0].get_ydata(), 1 - np.exp(-0.2 * x), rtol=1e-9, atol=1e-12)


def test_residuals_are_over_their_standard_deviations_or_scaled_where_these_are_known_up_to_a_factor():
    value = [0.8, 0.5, 0.2]
    data = {"of": "blood", "unit": "IA", "decay_corrected": True, "time": TIME, "value": value}
    gap = np.array(value) - np.exp(-0.2 * np.array(TIME))
    known = plot_compartments(parse_model(file_of(data=[data | {"weights": "sd", "sd": [0.1, 0.2, 0.4]}])))
    (points,) = lines(known.axes[1])[1]
    np.testing.assert_allclose(points.get_ydata(), gap / [0.1, 0.2, 0.4], rtol=1e-10)
    free = plot_compartments(parse_model(file_of(data=[data | {"weights": "none"}])))
    (points,) = lines(free.axes[1])[1]
    np.testing.assert_allclose(points.get_ydata(), gap / math.sqrt((gap**2).mean()), rtol=1e-10)


def test_a_fit_has_its_concentration_in_a_panel_of_its_own_and_the_residuals_of_the_fit():
    given = read_model("examples/compartments/two-compartments.toml")
    fitted = fit_compartments(given)
    contents, serum, residual, _ = plot_compartments(given, fitted).axes
    (curve,), (points,) = lines(serum)
    x, y = np.asarray(curve.get_xdata()), np.asarray(curve.get_ydata())
    content = fitted.model.contents(x, decay_corrected=True)[:, 0]
    np.testing.assert_allclose(y, 100 * content / fitted.parameters["V1"].value, rtol=1e-12)
    np.testing.assert_allclose(points.get_ydata(), given.observations[0].curve.value)
    scaled = np.asarray(lines(residual)[1][0].get_ydata())
    n, p = fitted.n_points, len(fitted.free)
    assert (scaled @ scaled) == pytest.approx(n - p, rel=1e-9)  # scaled by the residual variance
    np.testing.assert_array_equal(np.sign(scaled), np.sign(fitted.residuals[0]))
    assert serum.get_ylabel() == "%IA/L\n(decay-corrected)" and len(lines(contents)[1]) == 0


def test_times_are_in_the_files_unit_and_end_with_data_output_or_four_residence_times():
    day = plot_compartments(parse_model(file_of(time_unit="d", output={"times": [1, 20]})))
    assert day.axes[0].get_xlabel().endswith("/ d")
    assert lines(day.axes[0])[0][0].get_xdata()[-1] == pytest.approx(20)
    bare = plot_compartments(parse_model(file_of()))
    assert lines(bare.axes[0])[0][0].get_xdata()[-1] == pytest.approx(4 / (0.2 + LAM))
    cut = plot_compartments(parse_model(file_of()), end_h=3.0)
    assert lines(cut.axes[0])[0][0].get_xdata()[-1] == pytest.approx(3.0)
    for wrong, message in (
        ({"end_h": 0.0}, "until 0 h"), ({"width": "wide"}, "unknown width"), ({"names": ["blut"]}, "blut"),
    ):  # fmt: skip
        with pytest.raises(KineticsError, match=message):
            plot_compartments(parse_model(file_of()), **wrong)


def test_regions_stand_for_their_compartments_and_of_too_many_curves_the_largest_are_drawn(tmp_path):
    given = read_model("examples/models/zirconium-icrp134.toml")
    figure = plot_compartments(given)
    named = [t.get_text() for t in figure.legends[0].get_texts()]
    assert named[:4] == ["blood", "liver", "other", "skeleton"] and named[-1] == "whole body"
    assert "Blood1" not in named and "Kidneys" in named and "Urine" not in named
    names = [f"c{i}" for i in range(40)]
    many = file_of(
        compartments=names, bolus=dict.fromkeys(names, 0.025),
        transfers={f"{n} -> urine": 0.01 * (i + 1) for i, n in enumerate(names)},
    )  # fmt: skip
    figure = plot_compartments(parse_model(many))
    shown = [t.get_text() for t in figure.legends[0].get_texts()]
    assert shown == [*names[:18], "whole body"]
    assert figure.legends[0].get_title().get_text().startswith("22 more with smaller")
    for width in ("one-column", "two-columns"):
        save_figure(plot_compartments(parse_model(many), width=width), tmp_path / f"{width}.pdf")


def test_an_emptied_bladder_falls_at_its_time_and_what_it_held_is_excreted():
    """Filled by 0.2/h from 1 in blood: 1 - exp(-0.2 t) until 3 h, less what it was then after that."""
    given = file_of(
        compartments=["blood", "bladder"], transfers={"blood -> bladder": 0.2}, output={"times": [5.0]},
        emptying={"bladder": {"into": "urine", "times": [3.0]}},
    )  # fmt: skip
    top, aside = plot_compartments(parse_model(given), decay_corrected=True).axes
    bladder = lines(top)[0][1]
    x, y = np.asarray(bladder.get_xdata()), np.asarray(bladder.get_ydata())
    left = 1 - np.exp(-0.2 * x) - (x >= 3) * (1 - math.exp(-0.6))
    there = np.isfinite(y)
    assert np.array_equal(there, left > 1e-12)  # none where nothing is in it
    np.testing.assert_allclose(y[there], left[there], rtol=1e-9)
    assert np.sum((x > 2.99) & (x < 3.0)) >= 1 and 3.0 in x  # both sides of the step
    urine = np.asarray(lines(aside)[0][0].get_ydata())
    np.testing.assert_allclose(urine, (x >= 3) * (1 - math.exp(-0.6)), rtol=1e-9, atol=1e-12)


def test_a_chains_daughters_have_their_curves_and_their_data():
    decay = Decay({"Pb-212": 0.06515, "Bi-212": 0.6869}, {("Pb-212", "Bi-212"): 1.0})
    given = {
        "time_unit": "h", "compartments": ["blood"], "sinks": ["urine"], "bolus": {"blood": 1.0},
        "transfers": {"blood -> urine": 0.2}, "chain": {"daughters": "all", "without_own": "decay in place"},
        "output": {"times": [10.0]},
        "data": [{"of": "blood", "nuclide": "Bi-212", "unit": "%IA", "decay_corrected": False,
                  "weights": "sd", "time": [1.0, 5.0], "value": [30.0, 20.0], "sd": [1.0, 2.0]}],
    }  # fmt: skip
    model = parse_model(given, decay=decay)
    top, residual, _ = plot_compartments(model).axes
    curves, points = lines(top)
    x = np.asarray(curves[0].get_xdata())
    k, b = 0.06515 + 0.2, 0.6869  # Bateman: the daughter decays where it is born, and stays
    bismuth = b / (b - k) * (np.exp(-k * x) - np.exp(-b * x))
    named_so = [t.get_text() for t in plot_compartments(model).legends[0].get_texts()]
    assert named_so == ["blood", "whole body", "Bi-212: whole body", "Bi-212: blood"]
    for curve in curves[2:4]:
        np.testing.assert_allclose(curve.get_ydata()[1:], bismuth[1:], rtol=1e-7)  # none at time 0
    np.testing.assert_allclose(points[0].get_ydata(), [0.30, 0.20], rtol=1e-12)
    exact = b / (b - k) * (np.exp(-k * np.array([1.0, 5.0])) - np.exp(-b * np.array([1.0, 5.0])))
    np.testing.assert_allclose(
        lines(residual)[1][0].get_ydata(), ([0.30, 0.20] - exact) * 100 / [1.0, 2.0], rtol=1e-7
    )


def test_a_chain_is_followed_once_for_all_its_curves(monkeypatch):
    """Once for each of nine daughters took a minute with forty compartments."""
    from kinetics.compartments.chain import ChainModel
    from kinetics.compartments.figures.data import activities, activity

    lead = read_model("examples/models/lead-icrp137.toml", decay=decay_of("Pb-212"))
    model, chain, time = lead.model, lead.chain, np.array([0.0, 1.0, 30.0])
    names = ["whole body", "Bi-212: kidneys", "Tl-208: whole body"]
    one_by_one = {name: activity(model, chain, name, time, True) for name in names}
    count = []
    asked = ChainModel.contents
    monkeypatch.setattr(ChainModel, "contents", lambda self, t: count.append(1) or asked(self, t))
    found = activities(model, chain, names, time, True)
    assert len(count) == 1
    for name in names:
        np.testing.assert_array_equal(found[name], one_by_one[name])
