"""Figures of lesions: what they say, for few patients and for many."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dosimetry import FigureOptions
from lesions import (
    RESPONSE_CRITERIA,
    Lesion,
    LesionPatient,
    ReferenceScan,
    Uptake,
    best_contrasts,
    uptake_ratios,
)
from lesions.positive.concordance import Concordance
from lesions.positive.fdg_response import FdgChange
from lesions.report.figures.concordance import draw_concordance
from lesions.report.figures.contrast import draw_contrast
from lesions.report.figures.page import NEGATIVE, POSITIVE, Study
from lesions.report.figures.survival import draw_survival
from lesions.report.figures.uptake import OTHERS, draw_uptake, medians, site_lines
from lesions.report.figures.waterfall import draw_waterfall
from lesions.statistics.survival import FollowUp

STUDY = Study("A study", True, ("Pat\u00fcent 1",))
SVG = FigureOptions(formats=("svg",))


def cohort(n: int, sites: int = 2) -> list[LesionPatient]:
    found = []
    for i in range(n):
        scans = tuple(
            Uptake(time_h=t, value={"suv_max": 2.0 + i % 5 + t / 50}, background={"suv_mean": 1.0})
            for t in (24.0, 96.0)
        )
        lesions = tuple(
            Lesion(patient=f"P{i}", name=f"L{j}", site=f"site {j}", uptake=scans) for j in range(sites)
        )
        blood = tuple(
            ReferenceScan(time_h=t, region="blood pool", value={"suv_mean": 4.0}) for t in (24.0, 96.0)
        )
        found.append(LesionPatient(name=f"P{i}", lesions=lesions, references=blood))
    return found


def texts(path: Path) -> str:
    return " ".join(re.findall(r">([^<>]+)</text>", path.with_suffix(".svg").read_text(encoding="utf-8")))


def test_uptake_has_a_panel_a_site_with_medians_and_normal_tissues(tmp_path: Path) -> None:
    draw_uptake(
        tmp_path / "u", SVG, study=STUDY, patients=cohort(3), quantity="suv_max",
        reference_quantity="suv_mean", scans_h=(24.0, 96.0),
    )  # fmt: skip
    said = texts(tmp_path / "u")
    for words in ("Site 0, 3 lesions", "Site 1, 3 lesions", "median of blood pool (SUVmean)", "SIMULATED"
    " DATA",
                  "research software; not for treatment of a patient", "A study"):  # fmt: skip
        assert words in said, words


def test_many_sites_are_put_together_and_none_is_lost() -> None:
    lines = site_lines(cohort(2, 15), "suv_max")
    assert len(lines) == 12
    assert len(lines[OTHERS]) == 8
    assert sum(len(of) for of in lines.values()) == 30
    assert medians([([24.0], [1.0]), ([26.0], [5.0]), ([96.0], [7.0])], (24, 96)) == (
        [24.0, 96.0],
        [3.0, 7.0],
    )


@pytest.mark.parametrize("n", [3, 8])
def test_contrast_shows_intervals_where_there_are_any(n: int, tmp_path: Path) -> None:
    ratios = uptake_ratios(cohort(n), "suv_max", "suv_mean")
    draw_contrast(tmp_path / "c", SVG, study=STUDY, ratios=ratios, contrasts=best_contrasts(ratios))
    said = texts(tmp_path / "c")
    assert "Lesion to background" in said and "Lesion to blood pool" in said
    assert ("its interval, 95 % or more" in said) is (n == 8)
    assert "best of the times scanned" in said


def test_the_waterfall_falls_and_has_its_colours(tmp_path: Path) -> None:
    changes = [
        FdgChange(patient="P1", lesion=f"L{i}", baseline=10.0, early=e, response="stable")
        for i, e in enumerate((5.0, 12.0, 40.0))
    ]
    changes.append(
        FdgChange(patient="P1", lesion="L9", baseline=None, early=3.0, response="progression", new=True)
    )
    calls = {("P1", "L0"): True, ("P1", "L1"): False, ("P1", "L2"): None}
    draw_waterfall(
        tmp_path / "w", SVG, study=STUDY, changes=changes, calls=calls, criterion=RESPONSE_CRITERIA["CONSIST"]
    )
    said = texts(tmp_path / "w")
    assert said.index("P1 L2") < said.index("P1 L1") < said.index("P1 L0")
    assert "+300" in said  # beyond the axis
    assert "3 lesions; 1 new lesion without a bar" in said
    svg = (tmp_path / "w.svg").read_text().lower()
    assert POSITIVE.lower() in svg and NEGATIVE.lower() in svg
    for label in ("positive by the tracer", "negative", "not judged"):
        assert label in said


def test_concordance_says_each_share(tmp_path: Path) -> None:
    found = [
        Concordance(patient=f"P{i}", fdg_lesions=n, both=both, fdg_only=n - both, not_judged=0, tracer_only=0,
                    counted=n, concordant=both)
        for i, (n, both) in enumerate(((27, 2), (5, 4), (3, 3), (0, 0)))
    ]  # fmt: skip
    draw_concordance(tmp_path / "k", SVG, study=STUDY, concordances=found, patterns=())
    said = texts(tmp_path / "k")
    assert said.index("P2") < said.index("P1") < said.index("P0")
    for share in ("100 %", "80 %", "7.41 %"):
        assert share in said
    assert "P3" not in said  # without FDG lesions


def test_survival_has_numbers_at_risk_and_the_test(tmp_path: Path) -> None:
    classes = {
        "positive": FollowUp((100.0, 200.0, 400.0, 500.0), (True, False, True, False)),
        "negative": FollowUp((30.0, 60.0, 90.0), (True, True, True)),
        "nobody": FollowUp((), ()),
    }
    draw_survival(
        tmp_path / "s", SVG, study=STUDY, endpoint="overall survival", by="imaging", classes=classes,
        method="log-log", level=0.95,
    )  # fmt: skip
    said = texts(tmp_path / "s")
    assert "Overall survival by imaging; log-rank p = " in said
    assert "positive: 2 events in 4" in said and "negative: 3 events in 3" in said
    assert "nobody" not in said
    assert "at risk" in said


def test_the_band_of_a_curve_goes_on_until_it_is_0(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On the day on which all have had the event there are no limits; those before it hold until then."""
    bands = []
    monkeypatch.setattr("matplotlib.axes.Axes.fill_between", lambda self, *of, **_: bands.append(of))
    draw_survival(
        tmp_path / "s", SVG, study=STUDY, endpoint="overall survival", by="",
        classes={"all patients": FollowUp((30.0, 60.0, 90.0), (True, True, True))}, method="log-log",
        level=0.95,
    )  # fmt: skip
    ((days, low, high),) = bands
    assert len(days) == len(low) == len(high) == 4
    assert not any(v != v for v in (*low, *high))
    assert low[2] == low[1] and high[2] == high[1]


def test_a_title_of_one_column_is_not_cut(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """'log-rank p = 0.017' ended at the page's edge as 'log-rank p = 0.01'."""
    titles = []
    monkeypatch.setattr("matplotlib.figure.SubFigure.suptitle", lambda self, text, **_: titles.append(text))
    draw_survival(
        tmp_path / "s", FigureOptions(formats=("svg",), width="one-column"), study=STUDY,
        endpoint="time to treatment failure", by="imaging", method="log-log", level=0.95,
        classes={"positive": FollowUp((100.0, 200.0), (True, True)), "negative": FollowUp((30.0,), (True,))},
    )  # fmt: skip
    (title,) = titles
    assert "log-rank" in title and max(map(len, title.splitlines())) <= 89 / 1.75


def test_names_of_many_patients_are_whole_where_there_is_room(tmp_path: Path) -> None:
    found = [
        Concordance(patient=f"Centre-{i:02d} A", fdg_lesions=2, both=1, fdg_only=1, not_judged=0,
                    tracer_only=0, counted=2, concordant=1)
        for i in range(40)
    ]  # fmt: skip
    for n in (3, 40):
        draw_concordance(tmp_path / f"k{n}", SVG, study=STUDY, concordances=found[:n], patterns=())
        assert "Centre-02 A" in texts(tmp_path / f"k{n}")


def test_a_figure_is_the_same_bit_for_bit(tmp_path: Path) -> None:
    for name in ("a", "b"):
        draw_uptake(
            tmp_path / name, FigureOptions(formats=("png",), dpi=60, width="one-column"), study=STUDY,
            patients=cohort(2), quantity="suv_max", reference_quantity=None, scans_h=(),
        )  # fmt: skip
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
