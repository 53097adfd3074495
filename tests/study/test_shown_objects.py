"""What people see of an object at a prompt or in a notebook: short, with its number, and valid HTML."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

import milligray as mg

EXAMPLE = Path(__file__).parents[2] / "examples" / "zr89-trastuzumab" / "study.toml"


@pytest.fixture(scope="module")
def result() -> mg.StudyResult:
    return mg.run_study(EXAMPLE)


def test_objects_show_themselves_in_a_line(result: mg.StudyResult) -> None:
    patient, fitted, integrated = result.patients[0], result.curves[0], result.curves[2]
    serum = patient.measurements.serum
    choice = mg.choose_model(serum)
    shown = [
        (result, ["10 patients", "simulated", "organ_doses"]),
        (patient, ["P01", "male", "178.4 MBq", "serum (8 points)"]),
        (fitted, ["P01", "whole body", "monoexponential"]),
        (fitted.fit, [f"{fitted.fit.area:.4g} +- {fitted.fit.se_area:.2g} %IA x h", "6 points"]),
        (integrated, ["liver", f"{integrated.area.area:.4g}", "kBq/mL x h", "linear trapezoids"]),
        (choice, [choice.chosen.model, f"{choice.averaged_area.value:.4g}"]),
        (mg.nca(serum, dose=100), ["bolus", "parameters: c0", "c_max"]),
        (mg.load_phantom("adult male"), ["'adult male' (male)", "25 targets", "32 sources", "photon"]),
        (mg.nuclide("Zr-89"), ["Zr-89", "78.41 h", "beta+"]),
    ]
    for thing, parts in shown:
        text = repr(thing)
        assert "\n" not in text and len(text) < 420, text
        for part in parts:
            assert part in text, (part, text)


class Balanced(HTMLParser):
    """Tags that are open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.cells.append(data)


def test_a_study_in_a_notebook_shows_the_cohort(result: mg.StudyResult) -> None:
    page = Balanced()
    page.feed(result._repr_html_())
    assert not page.open
    liver = result.organ_doses.query("patient == 'cohort' and target == 'liver' and statistic == 'mean'")
    assert f"{liver['dose_mGy_per_MBq'].item():.4g}" in page.cells
    assert {"mean", "sd", "ICRP 103", "effective_dose_mSv_per_MBq"} <= set(page.cells)
