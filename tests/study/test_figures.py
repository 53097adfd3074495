"""Figures of a study: formats, sizes in print, what is seen of many patients, organs and odd names."""

from __future__ import annotations

import csv
import itertools
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from dosimetry import FigureOptions, run_study, write_results
from dosimetry.commands import app as cli
from dosimetry.errors import DosimetryError
from dosimetry.report.figures import draw, parts, style
from dosimetry.report.figures.draw import draw_all
from dosimetry.report.figures.options import figure_options
from dosimetry.report.figures.organs import organ_pages
from dosimetry.study.results import StudyResult
from kinetics import fit_curve
from milligray.figures.look import LEAST_PT, WIDTH_MM, common_look

EXAMPLE = Path(__file__).parents[2] / "examples" / "zr89-trastuzumab"
ODD_NAMES = ["$x_{$", "Anna Maria Wilhelmina van der Berg-Oosterhuizen, born 1950", "患者 王小明", r"a\b^2_c"]
MORE_ORGANS = (
    "adrenals", "brain", "pancreas", "thymus", "thyroid", "stomach contents", "small intestine contents",
    "upper large intestine contents", "gallbladder contents", "muscle",
)  # fmt: skip
ALL = FigureOptions(formats=("png", "pdf", "svg"))


def rewrite(path: Path, change: Callable[[list[list[str]]], list[list[str]]]) -> None:
    """Change a table's rows; its comments go."""
    lines = [x for x in path.read_text(encoding="utf-8").splitlines() if not x.startswith("#")]
    header, *rows = csv.reader(lines)
    with path.open("w", newline="", encoding="utf-8") as f:
        csv.writer(f, lineterminator="\n").writerows([header, *change(rows)])


def study_of(folder: Path, names: list[str], organs: int = 4) -> Path:
    """The example with so many of its patients, again and again under these names, and more organs."""
    for name in ("study.toml", "published.csv", "patients.csv", "whole_body.csv", "serum.csv", "organs.csv"):
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes((EXAMPLE / name).read_bytes())
    for table in ("patients", "whole_body", "serum", "organs"):

        def named(rows: list[list[str]], table: str = table) -> list[list[str]]:
            found = []
            for i, name in enumerate(names):
                own = [r for r in rows if r[0] == f"P{i % 10 + 1:02d}"]
                if table == "organs":
                    times = [float(r[2]) for r in own if r[1] == "liver"]
                    for k, organ in enumerate(MORE_ORGANS[: organs - 4]):
                        share = [0.3 * np.exp2(-t / (20 + 9 * k) - t / 78.41) for t in times]
                        own += [
                            ["", organ, f"{t:g}", f"{v:.5g}", f"{v / 20:.3g}", "%IA"]
                            for t, v in zip(times, share, strict=True)
                        ]
                found += [[name, *r[1:]] for r in own]
            return found

        rewrite(folder / f"{table}.csv", named)
    return folder / "study.toml"


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    """Four patients with odd names and fourteen organs."""
    return run_study(study_of(tmp_path_factory.mktemp("odd"), ODD_NAMES, organs=14))


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    """Twelve patients: more than have a colour each."""
    return run_study(study_of(tmp_path_factory.mktemp("twelve"), [f"P{i:02d}" for i in range(12)]))


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Figure]]:
    """Each figure as it is laid out, by name, in place of its files."""
    from milligray.figures.files import lay_out

    found: dict[str, Figure] = {}

    def keep(figure: Figure, path: Path, formats: tuple[str, ...], dpi: int) -> None:
        lay_out(figure)
        figure.draw_without_rendering()
        found[path.name] = figure

    monkeypatch.setattr(style, "write_figure", keep)
    yield found


def texts(figure: Figure) -> list[Text]:
    def shown(artist: Text) -> bool:
        axes = artist.axes
        return artist.get_visible() and (axes is None or axes.get_visible())

    drawn = [t for t in figure.findobj(Text) if isinstance(t, Text) and t.get_text().strip() and shown(t)]
    ticks = {
        id(tick.label1)
        for axes in figure.findobj(lambda a: hasattr(a, "get_xaxis"))
        for axis in (axes.xaxis, axes.yaxis)  # type: ignore[attr-defined]
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
        if not axis.get_view_interval()[0] <= tick.get_loc() <= axis.get_view_interval()[1]
        or not tick.label1.get_visible()
    }
    return [t for t in drawn if id(t) not in ticks]


@pytest.mark.parametrize("width", WIDTH_MM)
@pytest.mark.parametrize("study", ["odd", "twelve"])
def test_all_text_is_on_the_page_large_enough_and_on_nothing_else(
    study: str,
    width: str,
    seen: dict[str, Figure],
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = request.getfixturevalue(study)
    if study == "twelve":
        monkeypatch.setattr(draw, "_pages", lambda *_: {})
    draw_all(tmp_path, result, options=FigureOptions(width=width))  # type: ignore[arg-type]
    assert {"whole_body", "serum", "organs", "tiac", "organ_doses"} <= set(seen)
    for name, figure in seen.items():
        assert figure.get_figwidth() == pytest.approx(WIDTH_MM[width] / 25.4), name
        boxes = []
        for text in texts(figure):
            assert text.get_fontsize() >= LEAST_PT, (name, text)
            box = text.get_window_extent()
            assert box.x0 > -1 and box.y0 > -1, (name, text)
            assert box.x1 < figure.bbox.x1 + 1 and box.y1 < figure.bbox.y1 + 1, (name, text)
            boxes.append((text.get_text(), box))
        for (a, one), (b, two) in itertools.combinations(boxes, 2):
            across = min(one.x1, two.x1) - max(one.x0, two.x0)
            down = min(one.y1, two.y1) - max(one.y0, two.y0)
            assert min(across, down) < 4, (name, a, b)  # dots; a box is larger than its letters
        bodies = [figure, *figure.findobj(lambda a: type(a).__name__ == "SubFigure")]
        legends = [legend for body in bodies for legend in body.legends]  # type: ignore[attr-defined]
        assert legends, name
        for axes in figure.findobj(lambda a: hasattr(a, "get_xaxis")):
            assert axes.get_legend() is None  # type: ignore[attr-defined]
            for legend in legends:
                assert not axes.get_window_extent().overlaps(legend.get_window_extent()), name


def test_names_are_drawn_as_they_are(odd: StudyResult, tmp_path: Path) -> None:
    draw_all(tmp_path, odd, options=FigureOptions(formats=("svg",)))
    drawn = unescape((tmp_path / "tiac.svg").read_text(encoding="utf-8"))
    assert ">$x_{$<" in drawn and r">a\b^2_c<" in drawn and ">Anna Maria Wilhelm…, born 1950<" in drawn
    pages = [unescape(p.read_text(encoding="utf-8")) for p in (tmp_path / "patients").iterdir()]
    assert sum(">$x_{$ (man), adult male" in page for page in pages) == 1


def test_files_are_of_the_width_and_the_same_whatever_matplotlibrc_says(
    study_folder: Path, data_home: Path, tmp_path: Path
) -> None:
    """Twice in fresh processes, with other hash seeds and a user's settings that change everything."""
    (tmp_path / "rc").mkdir()
    (tmp_path / "rc" / "matplotlibrc").write_text(
        "font.size: 30\nfont.family: serif\nlines.linewidth: 9\naxes.facecolor: black\nsavefig.bbox: tight\n"
        "savefig.transparent: True\nsvg.fonttype: path\npdf.fonttype: 3\npdf.compression: 0\n"
        "axes.prop_cycle: cycler(color=['r'])\nxtick.direction: in\nfigure.constrained_layout.h_pad: 1\n"
        "legend.loc: center\naxes.formatter.limits: -1, 1\npath.sketch: 5, 100, 2\nlegend.frameon: True\n"
        "savefig.facecolor: red\naxes.unicode_minus: False\ntext.color: green\ngrid.linestyle: :\n"
        "errorbar.capsize: 9\nsavefig.dpi: 33\nfigure.dpi: 55\nhatch.color: red\npatch.edgecolor: red\n",
        encoding="utf-8",
    )
    (tmp_path / "serum.csv").write_text(
        "time_h,value,sd\n1,30,1\n4,25,1\n24,15,.7\n72,9,.5\n168,4,.3\n", encoding="utf-8"
    )
    script = (
        "import sys; from dosimetry.commands.app import app\n"
        "study, out, serum = sys.argv[1:]\n"
        "given = ['--format', 'png,pdf,svg', '--workers', '1']\n"
        "app(['run', study, '--out', out, *given], standalone_mode=False)\n"
        "for kind in ('png', 'pdf', 'svg'):\n"
        "    given = ['--half-life-h', '78', '--decay-corrected', '--unit', '%IA']\n"
        "    app(['fit', serum, *given, '--plot', f'{out}/fit.{kind}'], standalone_mode=False)\n"
    )
    for name, more in (("plain", {"PYTHONHASHSEED": "1"}), ("hostile", {"PYTHONHASHSEED": "2"})):
        rc = {"MATPLOTLIBRC": str(tmp_path / "rc")} if name == "hostile" else {"MATPLOTLIBRC": os.devnull}
        subprocess.run(
            [sys.executable, "-c", script, study_folder / "study.toml", tmp_path / name,
             tmp_path / "serum.csv"],
            check=True, env={**os.environ, "XDG_DATA_HOME": str(data_home), **more, **rc},
            capture_output=True,
        )  # fmt: skip
    files = [p for p in (tmp_path / "plain").rglob("*") if p.suffix in (".png", ".pdf", ".svg")]
    assert len(files) == 3 * 8
    for path in files:
        other = tmp_path / "hostile" / path.relative_to(tmp_path / "plain")
        assert path.read_bytes() == other.read_bytes(), path.name
        if path.suffix == ".pdf":
            content = path.read_bytes()
            assert b"CreationDate" not in content and b"/CIDFontType2" in content and b"/Type3" not in content
            box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ", content)
            assert box is not None and float(box[1]) == pytest.approx(183 / 25.4 * 72, abs=0.1)
        if path.suffix == ".svg":
            content_ = path.read_text(encoding="utf-8")
            assert "<text" in content_ and "<dc:date>" not in content_
            sizes = [float(s) for s in re.findall(r"font-size: ([\d.]+)px", content_)]
            assert sizes and min(sizes) >= LEAST_PT


def test_many_patients_have_no_colours_of_their_own(
    twelve: StudyResult, seen: dict[str, Figure], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draw, "_pages", lambda *_: {})
    draw_all(tmp_path, twelve)
    for name in ("serum", "organs", "whole_body"):
        lines = [line for axes in seen[name].axes for line in axes.lines]
        lines += [
            line
            for part in seen[name].findobj(lambda a: type(a).__name__ == "SubFigure")
            for axes in part.axes  # type: ignore[attr-defined]
            for line in axes.lines
        ]
        colours = {line.get_color() for line in lines} - {"black"}
        assert colours == {s.colour for s in style.SEXES.values()}, name
        handles = [t.get_text() for t in texts(seen[name]) if "median" in t.get_text()]
        assert any(t.startswith("10 men: median and quartiles") for t in handles), name
        assert any(t.startswith("2 women: median of") for t in handles), name  # two have no quartiles


def test_medians_and_quartiles_are_those_of_the_lines() -> None:
    time = np.linspace(0, 10, 5)
    lines = {f"{i}": np.exp(-0.1 * (i + 1) * time) * (i + 1) for i in range(7)}
    lines["3"] = np.where(time > 8, np.nan, lines["3"])
    with common_look():
        axes = Figure().subplots()
        parts.medians(axes, lines, time, {name: "male" for name in lines})
    *thin, median = axes.lines
    assert len(thin) == 7 and max(line.get_linewidth() for line in thin) < median.get_linewidth() / 2
    own = np.array(list(lines.values()))[:, :4]  # nothing where one is not known
    np.testing.assert_allclose(median.get_ydata(), np.median(own, axis=0))
    low, high = np.quantile(own, (0.25, 0.75), axis=0)
    band = axes.collections[0].get_paths()[0].vertices
    for x, a, b in zip(time, low, high, strict=False):
        at = band[np.isclose(band[:, 0], x), 1]
        assert at.min() == pytest.approx(a) and at.max() == pytest.approx(b)


def test_a_point_of_0_is_seen_on_a_log_axis() -> None:
    with common_look():
        axes = Figure().subplots()
        at, value = np.array([1.0, 2.0, 3.0]), np.array([5.0, 0.0, 2.0])
        parts.points(axes, at, value, None, style.STYLES[0])
        parts.log_limits(axes, value)
    below = axes.lines[-1]
    assert below.get_marker() == "v" and list(below.get_xdata()) == [2.0]
    assert 0 < below.get_ydata()[0] < 0.1 and below.get_transform() != axes.transData  # a part of the height
    low, high = axes.get_ylim()
    assert 1.5 < low < 2 and 5 < high < 6


def test_an_organ_that_was_fitted_is_drawn_as_its_fit(twelve: StudyResult) -> None:
    used = next(c for c in twelve.curves if c.region == "liver")
    fit = fit_curve(used.curve, "monoexponential", weights="relative")
    time = np.array([0.0, 30.0, 300.0])
    drawn = parts.line_of(replace(used, fit=fit, area=None), twelve.half_life_h, time, False)
    np.testing.assert_allclose(drawn, fit.predict(time, decay_corrected=False))
    by_trapezoids = parts.line_of(used, twelve.half_life_h, used.curve.time_h, False)
    np.testing.assert_allclose(by_trapezoids, used.curve.value)


def test_organs_go_on_a_second_page(odd: StudyResult) -> None:
    assert [len(p) for p in organ_pages(odd, FigureOptions())] == [14]
    assert [len(p) for p in organ_pages(odd, FigureOptions(width="one-column"))] == [7, 7]
    many = [replace(c, region=f"{c.region} {i}") for c in odd.curves if c.of_organ for i in (1, 2)]
    assert [len(p) for p in organ_pages(replace(odd, curves=many), FigureOptions())] == [14, 14]


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main([str(a) for a in arguments])
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--format", "png,bmp"], "unknown format of figures 'bmp'; there are: png, pdf, svg"),
        (["--format", ""], "unknown format of figures ''; there are: png, pdf, svg"),
        (["--dpi", "5"], "dpi of figures is 5; 50 to 1200, a whole number, is allowed"),
        (["--dpi", "100000"], "dpi of figures is 100000; 50 to 1200"),
        (["--width", "A4"], "unknown width of figures 'A4'; there are: one-column, two-columns"),
        (["--format", "pdf", "--dpi", "300"], "--dpi is of PNG, and --format is pdf"),
        (["--no-figures", "--format", "pdf"], "--format is of figures, and --no-figures draws none"),
        (["--no-figures", "--width", "one-column"], "--width is of figures, and --no-figures draws none"),
    ],
)
def test_options_that_cannot_be(
    options: list[str], says: str, study_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("run", study_folder / "study.toml", "--out", tmp_path / "out", *options) == 2
    assert says in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()


def test_options_in_python(study_folder: Path, tmp_path: Path) -> None:
    result = run_study(study_folder / "study.toml")
    options = FigureOptions(formats=("svg", "pdf"), width="one-column")
    folder = write_results(tmp_path / "results", result, figures=options)
    assert sorted(p.name for p in (folder / "figures").glob("tiac*")) == ["tiac.pdf", "tiac.svg"]
    assert figure_options(None, None, None) == FigureOptions()
    with pytest.raises(DosimetryError, match=r"formats is 'png'; give a tuple of png, pdf, svg"):
        FigureOptions(formats="png")  # type: ignore[arg-type]


def test_names_that_no_font_has_are_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from matplotlib import font_manager

    from milligray.figures import text

    own = [e for e in font_manager.fontManager.ttflist if "mpl-data" in e.fname]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)
    text._fonts.cache_clear()
    study = study_of(tmp_path / "study", ["患者", "[/x]", "$x_{$"])
    assert run("run", study, "--out", tmp_path / "out", "--workers", "1") == 0
    text._fonts.cache_clear()
    said = " ".join(capsys.readouterr().out.split())
    assert said.count("no installed font has 患 者") == 1
    assert "no installed font has 患 者" in (tmp_path / "out" / "README.txt").read_text(encoding="utf-8")
