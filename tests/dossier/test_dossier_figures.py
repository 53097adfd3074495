"""Figures of a dossier: one column wide, letters of 7 points, nothing cut, the numbers of the tables."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.text import Text
from typer.testing import CliRunner

from dosimetry import DosimetryError, run_study
from dosimetry.commands.app import app
from dosimetry.dossier.cohorts.cohort import Cohort, Measured, cohort_of
from dosimetry.dossier.cohorts.welch import Sample
from dosimetry.dossier.document.numbers import dose_units
from dosimetry.dossier.figures import page
from dosimetry.dossier.figures.clearance import draw_mean_clearance, patient_looks
from dosimetry.dossier.figures.cohorts import FILLS, draw_cohorts
from dosimetry.dossier.figures.curves import biologic, mean_line
from dosimetry.dossier.figures.doses import draw_organ_doses
from dosimetry.dossier.figures.draw import draw_dossier_figures
from dosimetry.dossier.results.reading import results_of
from dosimetry.dossier.results.results import Results
from milligray.figures.files import lay_out

EXAMPLES = Path(__file__).parents[2] / "examples"
Drawn = dict[str, Figure]
MM = 25.4
#: Texts of drawn figures that are seen, with their boxes in mm.
TEXTS: WeakKeyDictionary[Figure, list[tuple[Text, Any]]] = WeakKeyDictionary()


@pytest.fixture(scope="module")
def pertuzumab() -> Results:
    return results_of(run_study(EXAMPLES / "zr89-pertuzumab" / "study.toml"))


@pytest.fixture(scope="module")
def given() -> Results:
    """A study of published TIACs: one subject, no curves, no SE."""
    return results_of(run_study(EXAMPLES / "zr89-huj591" / "study.toml"))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """The figures that are drawn, laid out, in place of their files."""
    found: Drawn = {}

    def keep(figure: Figure, path: Path, formats: tuple[str, ...], dpi: int) -> None:
        lay_out(figure)
        figure.dpi = 80  # where letters that are fitted to dots would be widest
        FigureCanvasAgg(figure).draw()
        TEXTS[figure] = visible_texts(figure)  # by the settings that it is drawn with
        found[path.name] = figure

    monkeypatch.setattr(page, "write_figure", keep)
    return found


def with_patients(results: Results, names: dict[str, list[str]]) -> Results:
    """The same with each patient under other names, as often as there are names; the others left out."""

    def frame(table: pd.DataFrame) -> pd.DataFrame:
        if "patient" not in table:
            return table
        own = [table[table["patient"] == p].assign(patient=n) for p, ns in names.items() for n in ns]
        return pd.concat([*own, table[table["patient"] == "cohort"]], ignore_index=True)

    curves = tuple(replace(c, patient=n) for c in results.curves for n in names.get(c.patient, []))
    return replace(results, curves=curves, tables={k: frame(t) for k, t in results.tables.items()})


def of_three(results: Results) -> Results:
    odd = ["Zoë Müller-Lüdenscheidt, geboren 1950, des zweiten Zentrums <&>", "=cmd", "$x_1^2$"]
    return with_patients(results, {p: [n] for p, n in zip(results.patients, odd, strict=False)})


def of_forty(results: Results) -> Results:
    return with_patients(results, {p: [f"{p}-{i}" for i in range(4)] for p in results.patients})


def many_organs(results: Results) -> Results:
    doses = results.tables["organ_doses"]
    more = [doses.assign(target=doses["target"] + end) for end in ("", " of the left", " of the right")]
    return replace(results, tables={**results.tables, "organ_doses": pd.concat(more, ignore_index=True)})


def visible_texts(figure: Figure) -> list[tuple[Text, Any]]:
    """Texts that are seen, with their boxes in mm; tick labels beyond an axis' limits are not drawn."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    beyond = set()
    for axes in figure.axes:
        for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            places = [*axis.get_majorticklocs(), *axis.get_minorticklocs()]
            edge = 1e-9 * abs(high - low)
            for tick, at in zip(ticks, places, strict=False):
                if not min(low, high) - edge <= at <= max(low, high) + edge:
                    beyond |= {tick.label1, tick.label2}
    found = []
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        if text.get_text().strip() and text.get_visible() and text not in beyond:
            box = text.get_window_extent(renderer)
            if box.width > 0:
                found.append((text, box.extents * MM / figure.dpi))
    return found


def marked(figure: Figure) -> bool:
    """Whether a figure says that its data are simulated."""
    return "SIMULATED DATA" in [t.get_text() for t in figure.texts]


def check(figure: Figure) -> None:
    width, height = (v * MM for v in figure.get_size_inches())
    assert width == pytest.approx(89.0)
    assert height <= 240.0
    texts = TEXTS[figure]
    assert len(texts) > 5
    for text, (x0, y0, x1, y1) in texts:
        assert text.get_fontsize() >= 7.0, text
        assert min(x0, y0, width - x1, height - y1) >= 0.0, (text, x0, y0, x1, y1)
    for axes in figure.axes:  # names of rows stand apart
        boxes = sorted(
            (b[1], b[3]) for t, b in texts if t in axes.get_yticklabels() and not t.get_text().isdigit()
        )
        assert all(b[0] >= a[1] - 0.35 for a, b in itertools.pairwise(boxes)), axes.get_title("left")


@pytest.mark.parametrize("case", ["three", "ten", "forty", "one without curves"])
def test_no_letter_is_smaller_than_seven_points_and_none_is_cut(
    case: str, pertuzumab: Results, trastuzumab: Results, given: Results, drawn: Drawn, tmp_path: Path
) -> None:
    results = {
        "three": lambda: of_three(pertuzumab),
        "ten": lambda: trastuzumab,
        "forty": lambda: of_forty(trastuzumab),
        "one without curves": lambda: many_organs(given),
    }[case]()
    found = draw_dossier_figures(results, tmp_path)
    assert [f.path.stem for f in found] == list(drawn)
    clearance = ["clearance_mean", "patients_clearance"]
    one = case == "one without curves"
    assert list(drawn) == (["tiacs", "doses", "doses_2"] if one else [*clearance, "tiacs", "doses"])
    for figure in drawn.values():
        check(figure)
        assert marked(figure) == results.simulated
    for f in found:
        assert ("SIMULATED DATA" in f.caption) == ("SIMULATED DATA" in f.alternative) == results.simulated
        assert results.product in f.caption and f.alternative != f.caption


def test_files_are_the_same_each_time_and_have_their_sizes_in_the_file(
    pertuzumab: Results, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    draw_dossier_figures(pertuzumab, tmp_path / "a", ("svg", "pdf"), 60)
    draw_mean_clearance(tmp_path / "b", pertuzumab, ("png", "pdf", "svg"), 60)
    draw_organ_doses(tmp_path / "b", pertuzumab, ("png", "svg"), 60)
    files = sorted(p.name for p in (tmp_path / "a").iterdir())
    names = ("clearance_mean", "doses", "patients_clearance", "tiacs")
    assert files == sorted(f"{n}.{kind}" for n in names for kind in ("pdf", "png", "svg"))
    again = sorted(p.name for p in (tmp_path / "b").iterdir())
    assert len(again) == 5
    for file in again:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file
    for name in names:
        svg = (tmp_path / "a" / f"{name}.svg").read_text(encoding="utf-8")
        assert float(re.findall(r'<svg [^>]*width="([\d.]+)pt"', svg)[0]) * MM / 72 == pytest.approx(89.0)
        sizes = [float(s) for s in re.findall(r"font(?:-size)?: ?(?:bold |\d+ )?([\d.]+)px", svg)]
        assert len(sizes) > 5 and min(sizes) >= 7.0
        assert b"CreationDate" not in (tmp_path / "a" / f"{name}.pdf").read_bytes()


def test_a_line_is_the_fit(trastuzumab: Results, pertuzumab: Results) -> None:
    """At the points, with decay put back where the curve has it: the fitted values of the results."""
    for results in (trastuzumab, pertuzumab):
        lam = np.log(2) / results.half_life_h
        for region in ("whole body", "serum"):
            for b in biologic(results, region):
                decay = 1.0 if b.curve.decay_corrected else np.exp(-lam * b.time_h)
                assert b.curve.fitted is not None
                np.testing.assert_allclose(b.line(b.time_h) * decay, b.curve.fitted, rtol=2e-6)
                np.testing.assert_allclose(b.value * decay, b.curve.value, rtol=1e-12)


def test_mean_and_its_standard_error(trastuzumab: Results) -> None:
    curves = biologic(trastuzumab, "whole body")
    time = np.array([0.0, 50.0, 150.0])
    each = [
        b.curve.parameters["A1"] * np.exp(-b.curve.parameters["lambda1"] * time) for b in curves
    ]  # monoexponential
    mean = mean_line(curves, time)
    total = np.add.reduce(each) / 10
    variance = np.add.reduce([(line - total) ** 2 for line in each]) / 9
    np.testing.assert_allclose(mean.value, total, rtol=1e-12)
    assert mean.se is not None
    np.testing.assert_allclose(mean.se, np.sqrt(variance / 10), rtol=1e-9)
    assert mean.shared_h == min(b.time_h[-1] for b in curves)
    assert mean_line(curves[:1], time).se is None


def test_the_band_is_one_standard_error_about_the_mean(
    pertuzumab: Results, drawn: Drawn, tmp_path: Path
) -> None:
    draw_mean_clearance(tmp_path, pertuzumab, ("png",), 100)
    for axes, region in zip(drawn["clearance_mean"].axes, ("whole body", "serum"), strict=True):
        (band,) = [c for c in axes.collections if isinstance(c, PolyCollection)]
        corners = band.get_paths()[0].vertices
        for time in (0.0, 6.0):  # the grid of lines has these
            mean = mean_line(biologic(pertuzumab, region), np.array([time]))
            assert mean.se is not None
            at = np.unique(np.asarray(corners)[np.isclose(np.asarray(corners)[:, 0], time), 1])
            assert [at.min(), at.max()] == pytest.approx(
                [mean.value[0] - mean.se[0], mean.value[0] + mean.se[0]], rel=1e-9
            )


def test_a_curve_without_a_fit_has_lines_between_its_points(trastuzumab: Results) -> None:
    b = biologic(trastuzumab, "serum")[0]
    bare = replace(b, curve=replace(b.curve, model="", parameters={}))
    middle = (b.time_h[3] + b.time_h[4]) / 2
    np.testing.assert_allclose(bare.line(np.array([middle])), (b.value[3] + b.value[4]) / 2)
    assert np.isnan(bare.line(np.array([b.time_h[-1] + 1.0]))).all()


def bars(axes: Any) -> dict[str, float]:
    """Name of a row -> length of its first bar."""
    names = {round(t.get_position()[1], 3): t.get_text() for t in axes.get_yticklabels()}
    return {names[round(p.get_y() + p.get_height() / 2, 3)]: p.get_width() for p in axes.patches}


def test_doses_are_those_of_the_tables(pertuzumab: Results, drawn: Drawn, tmp_path: Path) -> None:
    doses = pertuzumab.tables["organ_doses"].copy()
    most = doses["target"] == "ovaries"  # the longest bar is one of fewer patients
    doses.loc[most, "dose_mGy_per_MBq"] *= 8.0
    draw_dossier_figures(replace(pertuzumab, tables={**pertuzumab.tables, "organ_doses": doses}), tmp_path)
    top, bottom = drawn["doses"].axes
    mean = doses[(doses["patient"] == "cohort") & (doses["statistic"] == "mean")].set_index("target")
    found = bars(top)
    assert found == pytest.approx(mean["dose_mGy_per_MBq"].to_dict())
    assert list(found)[:2] == ["ovaries", "kidneys"] and list(found.values()) == sorted(
        found.values(), reverse=True
    )
    row = {t.get_text(): t.get_position()[1] for t in top.get_yticklabels()}["lower large intestine wall"]
    points = [xy for line in top.lines for xy in line.get_xydata() if line.get_marker() in "os"]
    assert sum(abs(y - row) < 0.4 for _, y in points) == 2  # of six patients who have a dose there
    texts = [t.get_text() for t in top.texts]
    assert texts.count("n = 2") == 3 and texts.count("n = 1") == 1 and texts.count("n = 5") == 2
    e = pertuzumab.tables["effective_dose"]
    e = e[(e["patient"] == "cohort") & (e["statistic"] == "mean")]
    assert list(bars(bottom).values()) == pytest.approx(e["effective_dose_mSv_per_MBq"].tolist())
    # an n at the right end covers no value of its row
    inverse = top.transData.inverted()
    for text in top.texts:
        box = next(b for t, b in TEXTS[drawn["doses"]] if t is text)
        left = inverse.transform((box[0] * drawn["doses"].dpi / MM, 0))[0]
        target = {round(t.get_position()[1]): t.get_text() for t in top.get_yticklabels()}[
            round(text.get_position()[1])
        ]
        own = doses[(doses["target"] == target) & (doses["statistic"] == "value") & (doses["n"] > 0)]
        assert own["dose_mGy_per_MBq"].max() < left


def test_a_mean_that_is_not_there_says_so(given: Results, drawn: Drawn, tmp_path: Path) -> None:
    (tiacs, doses) = draw_dossier_figures(given, tmp_path)
    texts = [t.get_text() for t in drawn["doses"].axes[0].texts]
    assert texts == ["no value; the table has the reason"] * 2  # ovaries and uterus of a man
    assert "SD between" not in doses.caption and "1 patient" in tiacs.caption


def test_ten_patients_are_told_apart_without_colour() -> None:
    looks = patient_looks([f"P{i}" for i in range(10)])
    assert len({(s.marker, s.hollow, str(s.line)) for s in looks.values()}) == 10
    assert len({s.marker for s in looks.values()}) == 10


def test_cohorts_are_told_apart_in_grey() -> None:
    """Each pair differs in hatch, or by 20 in L* of CIELAB, which is what grey shows."""

    def lightness(colour: str) -> float:
        rgb = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in rgb]
        y = float(np.dot(linear, (0.2126, 0.7152, 0.0722)))
        return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y

    for i, (a, hatch_a) in enumerate(FILLS):
        for b, hatch_b in FILLS[:i]:
            assert hatch_a != hatch_b or abs(lightness(a) - lightness(b)) >= 20, (a, b)


@pytest.fixture
def cohorts(pertuzumab: Results, trastuzumab: Results) -> list[Cohort]:
    published = {
        "liver": Measured("liver", "mGy/MBq", Sample(1.54, None, 12)),
        "effective dose icrp 60": Measured("effective dose, ICRP 60", "mSv/MBq", Sample(0.47, None, 12)),
    }
    paper = Cohort("Laforest 2016", published, published=True)
    return [cohort_of(pertuzumab), cohort_of(trastuzumab), paper]


def means_of(cohort: Cohort) -> dict[str, float]:
    values = cohort.values  # noqa: PD011 - a mapping
    return {key: measured.sample.mean for key, measured in values.items()}


def test_cohorts_side_by_side(cohorts: list[Cohort], drawn: Drawn, tmp_path: Path) -> None:
    (figure,) = draw_cohorts(tmp_path, cohorts)
    check(drawn["cohorts"])
    assert marked(drawn["cohorts"])
    top = drawn["cohorts"].axes[0]
    rows = {round(t.get_position()[1]): t.get_text() for t in top.get_yticklabels()}
    for cohort, container in zip(cohorts, top.containers[::3], strict=True):
        means = means_of(cohort)
        for patch in container:
            name = rows[round(patch.get_y() + patch.get_height() / 2)]
            np.testing.assert_equal(patch.get_width(), means.get(name, np.nan))
    assert sum(t.get_text() == "–" for t in top.texts) == 24
    assert "Without a line there is no SD" in figure.caption and "Laforest 2016" in figure.caption
    assert "89Zr-ss-pertuzumab in lower large intestine wall 2" in figure.caption
    assert "in liver 6" not in figure.caption
    assert "SIMULATED DATA: 89Zr-ss-pertuzumab, 89Zr-DFO-trastuzumab" in figure.caption
    assert (
        "liver: 89Zr-ss-pertuzumab 1.67, 89Zr-DFO-trastuzumab 1.34, Laforest 2016 1.54" in figure.alternative
    )
    assert any("Laforest 2016 (n = 12, published)" in t.get_text() for t in drawn["cohorts"].findobj(Text))


def test_eight_cohorts_take_several_pages(cohorts: list[Cohort], drawn: Drawn, tmp_path: Path) -> None:
    eight = [replace(cohorts[0], name=f"a tracer with a long name, number {i}") for i in range(8)]
    found = draw_cohorts(tmp_path, eight)
    assert [f.path.name for f in found] == ["cohorts.png", "cohorts_2.png", "cohorts_3.png"]
    assert "(page 2 of 3)" in found[1].caption
    for figure in drawn.values():
        check(figure)


def test_chosen_quantities_and_mistakes(cohorts: list[Cohort], drawn: Drawn, tmp_path: Path) -> None:
    draw_cohorts(tmp_path, cohorts[:2], quantities=["Kidney", "liver"])
    (axes,) = drawn["cohorts"].axes
    assert [t.get_text() for t in axes.get_yticklabels()] == ["kidneys", "liver"]
    mistakes: list[tuple[Callable[[], object], str]] = [
        (lambda: draw_cohorts(tmp_path, cohorts[:1]), "1 cohorts; .* has 2 to 8"),
        (lambda: draw_cohorts(tmp_path, cohorts * 3), "9 cohorts"),
        (
            lambda: draw_cohorts(tmp_path, cohorts, quantities=["toe"]),
            "no cohort has toe; there are: .*liver",
        ),
        (
            lambda: draw_cohorts(tmp_path, [cohorts[0], Cohort("x", {})]),
            "no quantity that two of the cohorts",
        ),
    ]
    for call, message in mistakes:
        with pytest.raises(DosimetryError, match=message):
            call()


def test_other_units(cohorts: list[Cohort], drawn: Drawn, tmp_path: Path) -> None:
    (figure,) = draw_cohorts(tmp_path, cohorts[:2], quantities=["liver"], units=dose_units("rad/mCi"))
    (axes,) = drawn["cohorts"].axes
    assert [p.get_width() for p in axes.patches] == pytest.approx(
        [3.7 * means_of(c)["liver"] for c in cohorts[:2]]
    )
    assert axes.get_xlabel() == "rad/mCi" and figure.alternative.endswith("rad/mCi.")


def test_the_command_compare_draws_it(trastuzumab_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "paper.csv").write_text("cohort,target,mean,sd,n,unit\na paper,liver,1.5,0.2,6,mGy/MBq\n"
                                        "a paper,kidneys,1.1,0.2,6,mGy/MBq\n")  # fmt: skip
    words = ["compare", str(trastuzumab_folder), "--published", str(tmp_path / "paper.csv")]
    said = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "out"), "--figure-format", "svg"])
    assert said.exit_code == 0, said.output
    assert sorted(p.name for p in (tmp_path / "out" / "figures").iterdir()) == ["cohorts.png", "cohorts.svg"]
    assert "figures/cohorts: Doses per" in (tmp_path / "out" / "README.txt").read_text(encoding="utf-8")
    assert "figures/cohorts.svg" in (tmp_path / "out" / "manifest.sha256").read_text(encoding="utf-8")
    for more, why in (
        (["--figure-format", "svg"], "--figure-format is of the folder that --out names"),
        (["--figure-format", "gif", "--out", str(tmp_path / "no")], "unknown format of figures 'gif'"),
    ):
        said = CliRunner().invoke(app, [*words, *more])
        assert isinstance(said.exception, DosimetryError) and why in str(said.exception)
        assert not (tmp_path / "no").exists()
