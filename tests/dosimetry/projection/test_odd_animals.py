"""Animals' data that are odd, and data that cannot be: what comes out, and what is said."""

from __future__ import annotations

from typing import Any

import pytest

from dosimetry import Animals, DosimetryError, Limit, animal_curve, largest_activities, project_to_humans
from dosimetry.projection.scaling import SCALINGS
from phantoms import load_phantom
from phantoms.library.locality import body_mass_kg

MALE = "adult male"
PLAIN: dict[str, Any] = {"first": "constant", "tail": "physical"}


def test_an_organ_without_uptake_is_a_zero_and_no_reason_to_stop() -> None:
    liver = animal_curve("liver", [2, 24], [9.0, 6.0], "%IA/g", sd=[1, 1], n=[4, 4], mass_g=1.3)
    brain = animal_curve("brain", [2, 24], [0.0, 0.0], "%IA/g", sd=[0, 0], n=[4, 4], mass_g=0.4)
    both, alone = (
        project_to_humans(Animals("mouse", 25.0, curves), "Zr-89", remainder="as given", **PLAIN)
        for curves in ([liver, brain], [liver])
    )
    for scaling in SCALINGS:
        doses = [found[scaling].doses for found in (both, alone)]
        assert doses[0] is not None and doses[1] is not None
        assert dict(doses[0][MALE]) == pytest.approx(dict(doses[1][MALE]))
        tiac = both[scaling].tiacs[MALE][1]
        assert (tiac.source, tiac.value_h, tiac.se_h, tiac.how) == ("brain", 0.0, 0.0, "every value is 0")


def test_what_has_left_does_not_come_back_in_silence() -> None:
    liver = animal_curve("liver", [4, 24], [8.0, 6.0], "%IA", mass_g=1.3)
    chosen: dict[str, Any] = {"remainder": "whole body minus sources", "scalings": ["none"], **PLAIN}
    for name, values, words in (
        ("urine", [40.0, 15.0], "urine: 15 %IA have left by 24 h, but 40 %IA by 4 h"),
        ("feces", [30.0, 20.0], "faeces: 20 %IA have left by 24 h"),
        ("whole body", [50.0, 80.0], "whole body: it has 80 %IA at 24 h, but 50 %IA at 4 h"),
    ):
        other = animal_curve(name, [4, 24], values, "%IA")
        found = project_to_humans(Animals("mouse", 25.0, [liver, other]), "Zr-89", **chosen)
        assert any(w.startswith(words) for w in found.warnings), name
    for name, values in (("urine", [40.0, 39.5]), ("whole body", [95.0, 95.5]), ("urine", [15.0, 40.0])):
        other = animal_curve(name, [4, 24], values, "%IA")  # the spread of means, or as it should be
        assert Animals("mouse", 25.0, [liver, other]).turned_back == ()


def test_organs_are_lighter_than_the_animal() -> None:
    liver, spleen = (
        animal_curve(o, [4, 24], [0.008, 0.006], "%IA/g", mass_g=m)
        for o, m in (("liver", 1300.0), ("spleen", 90.0))
    )
    with pytest.raises(DosimetryError, match=r"1390 g in all, but the mouse has 25 g \(liver: 1300 g\)"):
        Animals("mouse", 25.0, [liver, spleen])


def test_no_largest_activity_of_a_dose_of_zero() -> None:
    liver = animal_curve("liver", [2, 24], [0.0, 0.0], "%IA", mass_g=1.3)
    found = project_to_humans(
        Animals("mouse", 25.0, [liver]), "Zr-89", remainder="as given", scalings=["none"], **PLAIN
    )
    for quantity in ("any organ", "effective dose"):
        (largest,) = largest_activities(found, [Limit(quantity, 10.0)])
        assert (largest.mSv_per_MBq, largest.activity_MBq, largest.reason) == (0.0, None, "the dose is 0")


def test_a_whole_body_that_was_measured_too_short_is_told() -> None:
    """Its tail is the remainder's, and had no warning where the organs were measured long enough."""
    liver = animal_curve("liver", [2, 24, 168], [12.0, 10.0, 2.0], "%IA")
    short, long = (
        project_to_humans(
            Animals("mouse", 25.0, [liver, animal_curve("whole body", times, values, "%IA")]),
            "Zr-89", remainder="whole body minus sources", scalings=["none"], **PLAIN,
        )
        for times, values in (([2, 24], [98, 90]), ([2, 24, 168], [98, 90, 60]))
    )  # fmt: skip
    told = f"{MALE}: of these TIACs most lies after the last point: whole body 80 %"
    assert any(told in w for w in short.warnings) and not long.warnings


def test_blood_is_a_source_of_the_icrp_bodies() -> None:
    blood = animal_curve("blood", [2, 24], [20.0, 8.0], "%IA/g", mass_g=2.0)
    mice = Animals("mouse", 25.0, [blood])
    found = project_to_humans(mice, "Zr-89", ["icrp adult male"], remainder="no excretion", **PLAIN)
    doses = found["mass"].doses
    assert doses is not None and doses["ICRP adult male"]["red marrow"] > 0.0
    library = load_phantom("icrp adult male")
    percent = found["mass"].curves["ICRP adult male"][0].percent[0]
    expected = 20.0 * 25.0 * library.source_mass_kg["blood"] / body_mass_kg(library)
    assert percent == pytest.approx(expected, rel=1e-12)
    with pytest.raises(DosimetryError, match="give its %IA/g as 'heart contents'"):
        project_to_humans(mice, "Zr-89", remainder="no excretion", **PLAIN)
