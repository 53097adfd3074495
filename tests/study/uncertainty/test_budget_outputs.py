"""What the terminal, ``check``, ``init`` and the figure say of a budget."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from dosimetry import FigureOptions, run_study
from dosimetry.commands import app as cli
from dosimetry.report.figures import uncertainty as figure_module
from dosimetry.report.figures.draw import draw_all
from dosimetry.report.figures.uncertainty import (
    MOST_LINES,
    OTHER,
    draw_uncertainty,
    tables_of_figure,
    unknown_words,
)
from dosimetry.study.results import StudyResult
from milligray.figures.look import LEAST_PT


def run(*args: object) -> int:
    with pytest.raises(SystemExit) as caught:
        cli.main([str(a) for a in args])
    return int(caught.value.code or 0)


def plain(text: str) -> str:
    return " ".join(text.split())


def test_the_terminal_says_u_and_what_makes_it(
    budget_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("run", budget_folder / "study.toml", "--out", tmp_path / "out", "--no-figures") == 0
    said = plain(capsys.readouterr().out)
    assert re.search(
        r"effective dose, ICRP 60: 0\.\d+ ± 0\.\d+ mSv/MBq \(95 %: [\d.]+ to [\d.]+, about 0\.\d+: trapezoids"
        r" are known to be off\); mean of 2",
        said,
    )
    assert re.search(
        r"u of a patient 13 % \(\S+ % without patient and phantom\); largest shares: patient and", said
    )
    assert "not known, and in no number: half-life, emitted energy" in said


def test_a_value_beside_its_own_interval_is_told(
    budget_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where little but the rules is uncertain, linear trapezoids lie above all that the area may be."""
    study = budget_folder / "study.toml"
    head = study.read_text().partition("\n[uncertainty]\n")[0]
    words = (
        *(f"{where}.time" for where in ("whole_body", "serum", "organs")),
        *("whole_body.positioning", "serum.standard", "serum.sample_volume", "organs.calibration"),
        *("activity_meter", "administered_activity", "quantification", "mass", "density", "haematocrit"),
        *("marrow_factor", "half_life", "emitted_energy", "patient_and_phantom"),
    )
    alone = "".join(f'{word} = "unknown"\n' for word in words)
    study.write_text(f'{head}\n[uncertainty]\ntrapezoids = "alternatives"\n{alone}')
    assert run("run", study, "--out", tmp_path / "out", "--no-figures") == 0
    said = plain(capsys.readouterr().out)
    found = re.search(r"uncertainty: (\d+) of (\d+) values lie beside their own intervals", said)
    assert found is not None and "by what rules of trapezoids are known to be off" in said
    written = pd.read_csv(tmp_path / "out" / "uncertainty.csv")
    beside = (written["value"] < written["low"]) | (written["value"] > written["high"])
    assert int(found[1]) == beside.sum() > 0 and int(found[2]) == written["low"].notna().sum()


def test_one_patient_has_his_own_u(
    budget_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for table in budget_folder.glob("*.csv"):
        kept = [x for x in table.read_text().splitlines() if not x.startswith("P09")]
        table.write_text("\n".join(kept) + "\n")
    assert run("run", budget_folder / "study.toml", "--out", tmp_path / "out", "--no-figures") == 0
    said = plain(capsys.readouterr().out)
    assert re.search(
        r"effective dose, ICRP 60: 0\.\d+ ± 0\.\d+ mSv/MBq \(95 %: 0\.\d+ to 0\.\d+, about 0\.\d+: trapezoids"
        r" are known to be off\) u of a",
        said,
    )
    assert "spread between patients" not in said


def test_check_says_what_is_stated_and_what_is_not_known(
    budget_folder: Path, study_folder_without: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = budget_folder / "study.toml"
    assert run("check", study) == 0
    said = plain(capsys.readouterr().out)
    assert "calibration of the scanner values of organs by 5.774 B everybody %" in said  # in two lines
    assert "not known: half-life (ICRP 107 states none)" in said
    assert "uncertainty.csv, uncertainty_shares.csv, uncertainty_inputs.csv" in said
    assert run("check", study, "--json") == 0
    content = json.loads(capsys.readouterr().out)["uncertainty"]
    assert content["unknown"] == dict.fromkeys(("half-life", "emitted energy"), "ICRP 107 states none")
    assert content["level"] == 0.95
    by_name = {i["input"]: i for i in content["stated"]}
    assert by_name["haematocrit"]["one_standard_uncertainty"] == ["haematocrit by 0.017"]
    assert run("check", study_folder_without) == 0
    said = plain(capsys.readouterr().out)
    assert "no [uncertainty], so no budget" in said
    assert "uncertainty.csv" not in said


@pytest.fixture
def study_folder_without(budget_folder: Path) -> Path:
    """The same study file without [uncertainty], beside the other."""
    text = (budget_folder / "study.toml").read_text(encoding="utf-8")
    path = budget_folder / "without.toml"
    path.write_text(text[: text.index("[uncertainty]")], encoding="utf-8")
    return path


def test_mistakes_of_the_keys_end_a_run_before_anything_is_written(
    budget_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = budget_folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    text = re.sub(r"\[uncertainty.half_life\]\nunknown.*\n", "", text)
    study.write_text(text.replace("lungs = { u_percent = 15", "lngs = { u_percent = 15"), encoding="utf-8")
    assert run("run", study, "--out", tmp_path / "out") == 2
    said = capsys.readouterr().err
    assert "study.toml: uncertainty.half_life is missing" in said
    assert "study.toml: uncertainty.density.lngs: unknown source region 'lngs'" in said
    assert not (tmp_path / "out").exists()


TIACS = "patient,source,tiac_h,sd_h\nP01,whole body,90,1\nP01,liver,14,0.5\n"


@pytest.mark.parametrize("kind", ["counts", "percent-ia", "tiac"])
def test_a_new_study_states_all_that_its_tables_need(
    kind: str, budget_folder: Path, tmp_path: Path, bodies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new"
    assert run("init", folder, "--nuclide", "Zr-89", "--product", "x", "--tables", kind) == 0
    for name in ("patients", "organs", "whole_body", "serum"):
        if kind != "tiac" or name == "patients":
            (folder / f"{name}.csv").write_bytes((budget_folder / f"{name}.csv").read_bytes())
    if kind == "percent-ia":
        times = [(0.5, 99), (24, 90), (72, 70), (144, 50)]
        for name, column in (("whole_body", "percent_ia"), ("serum", "percent_ia_per_L")):
            rows = [f"P0{p},{t},{x / (1 if name == 'whole_body' else 5)},1" for p in (1, 9) for t, x in times]
            text = "\n".join([f"patient,time_h,{column},sd_{column}", *rows]) + "\n"
            (folder / f"{name}.csv").write_text(text)
        organs = [f"P0{p},liver,{t},{x / 8},0.5,%IA" for p in (1, 9) for t, x in times]
        (folder / "organs.csv").write_text("\n".join(["patient,organ,time_h,value,sd,unit", *organs]) + "\n")
    if kind == "tiac":
        (folder / "tiac.csv").write_text(TIACS + TIACS.split("\n", 1)[1].replace("P01", "P09"))
    study = folder / "study.toml"
    study.write_text(study.read_text().replace('"adult male"', '"test male"').replace('"adult f', '"test f'))
    capsys.readouterr()
    status = run("check", study, "--json")
    captured = capsys.readouterr()
    assert status == 0, captured.err
    found = json.loads(captured.out)["uncertainty"]
    assert [i["input"] for i in found["stated"]] == ["patient and phantom"]
    assert "organ mass" in found["unknown"]
    assert ("serum standard" in found["unknown"]) == (kind == "counts")


# --- the figure ------------------------------------------------------------------------------------------


def many(result: StudyResult, n: int) -> StudyResult:
    """The same with so many patients, each one of the two that there are."""
    budget = result.budget
    assert budget is not None
    tables = []
    for frame in (budget.uncertainty, budget.shares):
        each = frame[frame["statistic"] == "value"]
        names = list(dict.fromkeys(each["patient"]))
        copies = [each[each["patient"] == names[i % 2]].assign(patient=f"P{i}") for i in range(n)]
        tables.append(pd.concat(copies, ignore_index=True))
    return replace(result, budget=replace(budget, uncertainty=tables[0], shares=tables[1]))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """Figures as they are before they are written."""
    from dosimetry.report.figures import style

    kept: list[Figure] = []
    write = style.write_figure

    def keep(figure: Figure, *args: object) -> None:
        kept.append(figure)
        write(figure, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(style, "write_figure", keep)
    return kept


@pytest.mark.parametrize("width", ["one-column", "two-columns"])
@pytest.mark.parametrize("n", [1, 3, 40])
def test_the_figure_is_legible(
    n: int, width: str, budget_folder: Path, tmp_path: Path, drawn: list[Figure]
) -> None:
    result = many(run_study(budget_folder / "study.toml"), n)
    draw_uncertainty(tmp_path / "u", result, FigureOptions(width=width))  # type: ignore[arg-type]
    assert (tmp_path / "u.png").is_file()
    (figure,) = drawn
    width_px, height_px = figure.canvas.get_width_height()
    texts = [t for t in figure.findobj(Text) if isinstance(t, Text) and t.get_visible() and t.get_text()]
    boxes = [t.get_window_extent() for t in texts]
    beyond = set()  # ticks beyond an axis' end are made and not drawn
    for axes in figure.findobj(Axes):
        assert isinstance(axes, Axes)
        ticks = [t for t in axes.xaxis.get_major_ticks() if not 0 <= t.get_loc() <= axes.get_xlim()[1]]
        beyond |= {id(t.label1) for t in ticks}
    for text, box in zip(texts, boxes, strict=True):
        if id(text) in beyond:
            continue
        assert text.get_fontsize() >= LEAST_PT
        assert box.x0 >= -1 and box.x1 <= width_px + 1, text.get_text()
        assert box.y0 >= -1 and box.y1 <= height_px + 1, text.get_text()
    for axes in figure.findobj(Axes):
        assert isinstance(axes, Axes)
        labels = [t.get_window_extent() for t in axes.get_yticklabels() if t.get_visible() and t.get_text()]
        for a, b in itertools.pairwise(sorted(labels, key=lambda box: float(box.y0))):
            assert b.y0 > a.y1 - 1  # names of rows do not touch
    assert any("not known, and in no number: half-life" in t.get_text() for t in texts)


def test_the_figure_names_everything_that_is_not_known() -> None:
    """Three lines held no more: names in the middle gave way to "..."."""
    names = [*(f"quantity of a long name {i}" for i in range(15)), "organ mass: liver", "organ mass: spleen"]
    result = SimpleNamespace(budget=SimpleNamespace(unknown=dict.fromkeys(names, "")))
    (words,) = unknown_words(cast(StudyResult, result), 54)
    said = words.replace("\n", " ")
    assert "…" not in said and all(name in said for name in names[:15])
    assert "organ mass: liver, spleen" in said


def test_bars_are_shares_that_sum_to_100_of_what_is_not_apart(budget_folder: Path) -> None:
    result = run_study(budget_folder / "study.toml")
    shares, u = tables_of_figure(result)
    np.testing.assert_allclose(shares.sum(axis=1), 100.0, rtol=1e-12)
    assert "patient and phantom" not in shares
    assert len(shares.columns) <= MOST_LINES + 1
    assert shares.columns[-1] == OTHER
    assert result.budget is not None
    # the liver's, by hand from the changes of the first patient and of the second
    own = []
    for budget in result.budget.cohort.budgets:
        i = budget.of("absorbed dose", "liver")
        square = {True: 0.0, False: 0.0}
        for error, change in zip(budget.errors, budget.changes[:, i], strict=True):
            if not error.apart:
                square[error.name.startswith("organ mass")] += change**2
        own.append(100 * square[True] / (square[True] + square[False]))
    assert shares.loc[("absorbed dose", "liver"), "organ mass"] == pytest.approx(np.mean(own))
    assert set(u["patient"]) == {"P01", "P09"}


def test_it_is_one_of_a_studys_figures_in_every_format(budget_folder: Path, tmp_path: Path) -> None:
    result = run_study(budget_folder / "study.toml")
    options = FigureOptions(formats=("png", "svg", "pdf"))
    paths = draw_all(tmp_path, replace(result, curves=[]), options=options)
    assert {p.name for p in paths} >= {"uncertainty.png", "uncertainty.svg", "uncertainty.pdf"}
    assert "share of the variance" in (tmp_path / "uncertainty.svg").read_text()
    bare = draw_all(tmp_path / "bare", replace(result, curves=[], budget=None))
    assert not [p for p in bare if "uncertainty" in p.name]
    assert figure_module.unknown_words(result, 80) == [
        "not known, and in no number: half-life; emitted energy"
    ]
