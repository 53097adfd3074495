"""The picture of a model: every arrow and rate is there and can be told apart; any name; Graphviz text."""

import re

import numpy as np
import pytest

from kinetics import (
    CompartmentModel,
    Emptying,
    Infusion,
    KineticsError,
    draw_model,
    model_dot,
    read_model,
    save_figure,
)
from kinetics.compartments.figures.arrows import APART_MM, Box, paths_between
from kinetics.compartments.figures.picture import _boxes
from kinetics.compartments.figures.placing import HALF_BOX, _through, place
from kinetics.compartments.figures.ways import UNITS, number, ways

ZIRCONIUM = "examples/models/zirconium-icrp134.toml"
#: A dollar, quotes, a backslash, Chinese, sixty letters with and without blanks.
ODD = [
    "$x_1$ cost $5", "肝臓", "a" * 60, "a name of sixty letters that has blanks in it for wrapping it",
    '<b>"q" \\N', "x & y",
]  # fmt: skip


def model_of(n, names=None, seed=1):
    """A tree with some ways back, as many compartments as one likes, two sinks, regions that overlap."""
    rng = np.random.default_rng(seed)
    names = names or [f"compartment {i}" for i in range(n)]
    rates = {}
    for i in range(1, len(names)):
        j = int(rng.integers(max(0, i - 12), i)) if i > 6 else 0
        rates[names[j], names[i]] = float(10 ** rng.uniform(-4, 2))
        if rng.random() < 0.6:
            rates[names[i], names[j]] = float(10 ** rng.uniform(-4, 2))
    rates |= {(names[0], "urine"): 1.0, (names[-1], "faeces"): 2.0}
    return CompartmentModel(
        compartments=tuple(names), sinks=("urine", "faeces"), rates_per_h=rates, bolus={names[0]: 1.0},
        lambda_phys_per_h=0.01, regions={"every third": tuple(names[::3]), "every second": tuple(names[::2])},
    )  # fmt: skip


def drawn(model, per="h"):
    """Boxes by name and arrows with their points, mm, as the picture has them."""
    arrows = ways(model, per, {})
    at = {name: i for i, name in enumerate(model.states)}
    cells = place(
        len(at), [(at[a.source], at[a.target]) for a in arrows], [at[s] for s in model.sinks],
        [at[name] for name in model.bolus],
    )  # fmt: skip
    boxes, size = _boxes(cells, (8.0, 4.0), 12.5, 1)
    named = dict(zip(model.states, boxes, strict=True))
    return named, dict(zip(arrows, paths_between(arrows, named), strict=True)), size


@pytest.mark.parametrize("model", [read_model(ZIRCONIUM).model, model_of(2), model_of(40)])
def test_boxes_stand_apart_sinks_last_and_every_rate_at_its_arrow(model):
    named, paths, (wide, _) = drawn(model)
    boxes = list(named.values())
    assert len({(b.x, b.y) for b in boxes}) == len(model.states) and wide <= 183
    lowest = max(named[c].y for c in model.compartments)
    assert all(named[s].y > lowest for s in model.sinks)
    for (source, target, _, _), points in paths.items():
        assert Box.holds(named[source], points[:1], 1.5).all() and not named[source].holds(points).any()
        assert Box.holds(named[target], points[-1:], 1.5).all() and not named[target].holds(points).any()
    figure = draw_model(model, per="d")
    said = [t.get_text() for t in figure.axes[0].texts]
    for rate in model.rates_per_h.values():
        said.remove(number(rate * 24))
    assert "rates per day" in said


def test_in_the_zirconium_model_no_arrow_goes_through_a_box_and_those_to_and_fro_are_apart():
    model = read_model(ZIRCONIUM).model
    named, paths, _ = drawn(model)
    for (source, target, _, _), points in paths.items():
        for name, box in named.items():
            assert name in (source, target) or not box.holds(points).any(), (source, target, name)
    ends = {(a.source, a.target): points for a, points in paths.items()}
    both = [(a, b) for a, b in ends if (b, a) in ends]
    assert len(both) == 16  # Blood1 with eight others
    for a, b in both:
        gap = np.hypot(*(ends[a, b][:, None] - ends[b, a][None]).transpose(2, 0, 1))
        assert gap.min() == pytest.approx(2 * APART_MM, rel=1e-6)  # straight, side by side


def test_a_label_stands_nearest_to_its_own_arrow():
    """In the zirconium model, where equal rates are two; those of 13 of 16 values stand alone."""
    model = read_model(ZIRCONIUM).model
    figure = draw_model(model, per="d")
    axes = figure.axes[0]
    arrows = {a.label: [] for a in ways(model, "d", {})}
    patches = [p for p in axes.patches if type(p).__name__ == "FancyArrowPatch"]
    shapes = [p._path_original.vertices for p in patches]
    for a, points in zip(ways(model, "d", {}), shapes, strict=True):
        arrows[a.label].append(points)
    for text in axes.texts:
        if text.get_text() in arrows:
            spot = np.array(text.get_position())
            own = min(np.hypot(*(p - spot).T).min() for p in arrows[text.get_text()])
            assert own < 7.0  # half the widest label
    overlaps = [t for t in axes.texts if t.get_text() in arrows]
    spots = np.array([t.get_position() for t in overlaps])
    gap = np.abs(spots[:, None] - spots[None]) + 100 * np.eye(len(spots))[..., None]
    assert not ((gap[..., 0] < 4.0) & (gap[..., 1] < 2.0)).any()  # no two upon one another


def test_equal_models_have_equal_pictures(tmp_path):
    model = model_of(12)
    for name in ("a.svg", "b.svg"):
        save_figure(draw_model(model), tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_any_name_can_be_drawn(tmp_path, kind):
    save_figure(draw_model(model_of(6, ODD)), tmp_path / f"odd.{kind}")
    assert (tmp_path / f"odd.{kind}").stat().st_size > 5000
    if kind == "svg":
        text = (tmp_path / "odd.svg").read_text(encoding="utf-8")
        assert "$x_1$ cost $5" in text and "x &amp; y" in text


def test_one_compartment_alone_and_a_hundred_and_fifty():
    one = CompartmentModel(
        compartments=("blood",), rates_per_h={}, bolus={"blood": 0.4}, lambda_phys_per_h=0.1
    )
    assert "0.4 at once" in [t.get_text() for t in draw_model(one).axes[0].texts]
    assert len(draw_model(model_of(150)).axes[0].texts) > 300


def test_units_of_rates_and_names_of_parameters():
    model = CompartmentModel(
        compartments=("a",), sinks=("out",), rates_per_h={("a", "out"): 0.25}, bolus={"a": 1.0},
        lambda_phys_per_h=0.0,
    )  # fmt: skip
    for per, value in (("h", "0.25"), ("d", "6"), ("min", "0.0041667")):
        (way,) = ways(model, per, {("a", "out"): "k10"})
        assert way.label == f"k10 = {value}" and UNITS[per][1] in model_dot(model, per=per)
    for draw in (draw_model, model_dot):
        with pytest.raises(KineticsError, match="rates per 's'; one of these is needed: h, d, min"):
            draw(model, per="s")


def test_graphviz_text_quotes_any_name():
    model = model_of(6, ODD)
    text = model_dot(model)
    labels = re.findall(r'^  n\d+ \[label="((?:[^"\\]|\\.)*)"', text, re.MULTILINE)
    assert [re.sub(r"\\(.)", r"\1", label) for label in labels] == [*ODD, "urine", "faeces"]
    assert len(re.findall(r"^  n\d+ -> n\d+ \[label", text, re.MULTILINE)) == len(model.rates_per_h)
    assert text.count("{") == text.count("}") and 'style="dashed,filled"' in text
    assert re.search(r"in0 -> n0;", text)


def test_the_table_of_lines_through_cells_knows_which_they_meet():
    """A knight's move passes two cells, a straight line of three the middle one, a diagonal of one none."""
    xy = np.array([[0, 0], [1, 0], [2, 0], [0, 0.62], [1, 0.62], [2, 0.62]])
    met = _through(xy[[0, 0, 0]], xy[[2, 5, 4]], xy)
    assert np.flatnonzero(met[0]).tolist() == [0, 1, 2]
    assert np.flatnonzero(met[2]).tolist() == [0, 4]
    assert HALF_BOX.max() < 0.5


def test_what_is_emptied_at_times_has_a_dashed_arrow_and_what_is_infused_its_times():
    model = CompartmentModel(
        compartments=("blood", "bladder"), sinks=("urine",), lambda_phys_per_h=0.1,
        rates_per_h={("blood", "bladder"): 0.5}, emptyings={"bladder": ("urine", Emptying(every_h=3.5))},
        infusions=(Infusion(compartment="blood", fraction=0.75, duration_h=0.5, begin_h=2.0),),
        bolus={"blood": 0.25},
    )  # fmt: skip
    axes = draw_model(model).axes[0]
    said = [t.get_text() for t in axes.texts]
    assert {"emptied every 3.5 h", "0.25 at once", "0.75 over 0.5 h from 2 h"} <= set(said)
    assert "rates per hour; dashed: emptied at times" in said
    arrows = [p for p in axes.patches if type(p).__name__ == "FancyArrowPatch"]
    assert [p.get_linestyle() != "-" for p in arrows] == [False, True]
    dot = model_dot(model)
    assert 'n1 -> n2 [label="emptied every 3.5 h", style=dashed];' in dot
    assert 'in1 [shape=plaintext, style=solid, label="0.75 over 0.5 h from 2 h"];' in dot


def test_a_long_label_pushes_no_box_over_another():
    """The times of an emptying are some 50 mm long, and were kept free at both sides at the boxes' cost."""
    cells = place(8, [(i, i + 1) for i in range(7)], [7], [0])
    for columns, half_w in ((cells, 12.5), (np.array([[i, 0] for i in range(6)]), 9.6)):
        boxes, (wide, _) = _boxes(columns, (8.0, 60.0), half_w, 1)
        across = sorted({b.x for b in boxes})
        assert min(np.diff(across)) > 2 * half_w + 8.0 and wide <= 183.0
