"""Footnotes say what the settings and the provenance of the results say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables import footnotes
from dosimetry.dossier.tables.absorbed_dose import absorbed_dose_table
from dosimetry.dossier.tables.tiacs import tiacs_table
from kinetics.areas.trapezoid import TAILS

OPTIONS = TableOptions()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "are no source region of their own; no voiding was modelled"),
        (
            {"bladder.urine_fraction": 0.75, "bladder.every_h": 3.5, "bladder.residual": 0.1},
            "from 75 % of what leaves the whole body; voiding every 3.5 h, 10 % stay at a void.",
        ),
        (
            {"bladder.file": "urine.csv", "bladder.times_h": "1.0, 2.5"},
            "from measured urine; voiding at 1.0, 2.5 h.",
        ),
        ({"bladder.file": "urine.csv", "bladder.continuous_per_h": 0.5}, "voiding continuously, 0.5 per h."),
    ],
)
def test_the_voiding_interval_is_said(trastuzumab: Results, settings: dict[str, Any], words: str) -> None:
    results = Results(**{**vars(trastuzumab), "settings": {**trastuzumab.settings, **settings}})
    assert words in footnotes.bladder(results)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, ""),
        (
            {"gut.tract": "ICRP 30", "gut.contents": "whole body", "gut.faeces_fraction": 0.3},
            "Contents of the gut: 30 % of what leaves the rest of the body, through the tract of ICRP 30.",
        ),
        (
            {"gut.tract": "ICRP 100", "gut.contents": "organ curve", "gut.tail": "transit"},
            "divided by the tract of ICRP 100; after its last point by transit.",
        ),
        (
            {"gut.tract": "ICRP 30", "gut.tail": "as organs", "gut.without_curve": "remainder"},
            "by the rule for organs; of subjects without such a curve they are in the remainder.",
        ),
    ],
)
def test_the_gut_is_said(trastuzumab: Results, settings: dict[str, Any], words: str) -> None:
    results = Results(**{**vars(trastuzumab), "settings": {**trastuzumab.settings, **settings}})
    notes = footnotes.gut(results)
    assert len(notes) == bool(words) and all(words in n for n in notes)
    for table in (tiacs_table(results, OPTIONS)[0], absorbed_dose_table(results, OPTIONS)[0]):
        assert set(notes) <= set(table.footnotes)


def test_bodies_are_named_with_masses_only_if_they_are_the_same(trastuzumab: Results) -> None:
    said = footnotes.bodies(trastuzumab)
    assert "adult male (73.7 kg; made by milligray" in said and "half-life 78.41 h" in said
    other = {k: {**v, "sha256": "0"} for k, v in trastuzumab.provenance.items()}
    said = footnotes.bodies(Results(**{**vars(trastuzumab), "provenance": other}))
    assert "adult male (made by milligray" in said and "73.7" not in said


def test_settings_make_the_footnotes(trastuzumab: Results) -> None:
    changed = {
        "masses.organs": "measured", "blood.red_marrow": "organ curve",
        "bladder.whole_body_counted": "after voiding", "bladder.file": "u.csv",
    }  # fmt: skip
    results = Results(**{**vars(trastuzumab), "settings": {**trastuzumab.settings, **changed}})
    notes = " ".join(footnotes.of_doses(results))
    for words in (
        "Organ masses: measured in each subject",
        "Red marrow: from images",
        "whole body less all source regions but the bladder contents",
        "Whole body: monoexponential fit; errors of the points: the curve's own absolute standard",
    ):
        assert words in notes, words


def test_the_rules_are_those_of_the_curves_as_they_were_used(trastuzumab: Results) -> None:
    """An organ with a method of its own, and a subject's organ with another tail, are named."""
    usual = footnotes.curves(trastuzumab)
    assert [n.partition(":")[0] for n in usual] == ["Whole body", "Serum", "Organs"]
    assert "linear trapezoids; before the first point: the first point's decay-corrected value" in usual[2]
    assert usual[2].endswith("after the last: physical decay only, from the last point.")
    changed = []
    for c in trastuzumab.curves:
        if c.region == "kidneys":
            c = replace(c, model="uptake", area_method="", first_interval="", tail="")
        if (c.patient, c.region) == ("P02", "liver"):
            c = replace(c, tail=f"after 130.8 h: {TAILS['effective']} (3 points from 26.2 h, half-life 60 h)")
        if (c.patient, c.region) == ("P03", "lungs"):
            c = replace(c, tail="after 186.1 h: transit: the last value for 80 h")
        changed.append(c)
    results = Results(**{**vars(trastuzumab), "curves": tuple(changed)})
    notes = {n.partition(":")[0]: n for n in footnotes.curves(results)}
    assert set(notes) == {
        "Whole body",
        "Serum",
        "Lungs of P03",
        "Spleen; liver but of P02; lungs but of P03",
        "Kidneys",
        "Liver of P02",
    }
    assert notes["Kidneys"].startswith("Kidneys: uptake fit; ")
    assert notes["Liver of P02"].endswith(f"after the last: {TAILS['effective']}.")
    assert notes["Lungs of P03"].endswith("after the last: transit: the last value for 80 h.")
    together = {**trastuzumab.settings, "organs.kidneys.model": "population"}
    fitted = footnotes.curves(Results(**{**vars(results), "settings": together}))
    assert any(n.startswith("Kidneys: fitted in all subjects together") for n in fitted)


def test_a_chosen_model_is_said_to_be_averaged(trastuzumab: Results) -> None:
    kinetics = trastuzumab.tables["kinetics"].copy()
    kinetics.loc[kinetics["curve"] == "serum", "quantity"] = "Akaike weight of biexponential"
    results = Results(**{**vars(trastuzumab), "tables": {**trastuzumab.tables, "kinetics": kinetics}})
    assert any(n.startswith("Serum: sums of exponentials averaged") for n in footnotes.curves(results))
