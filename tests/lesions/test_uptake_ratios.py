"""Ratios of uptake with their SDs, and scans that count as one of the plan's."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dosimetry.errors import DosimetryError
from lesions import Lesion, LesionPatient, ReferenceScan, Uptake, uptake_ratios
from lesions.uptake.ratios import planned, ratio_with_sd


def patient(name: str, *scans: Uptake, references: tuple[ReferenceScan, ...] = ()) -> LesionPatient:
    lesion = Lesion(patient=name, name="L1", site="bone", uptake=scans)
    return LesionPatient(name=name, lesions=(lesion,), references=references)


def blood(time_h: float, value: float, sd: float | None = None) -> ReferenceScan:
    known = {} if sd is None else {"suv_mean": sd}
    return ReferenceScan(time_h=time_h, region="blood pool", value={"suv_mean": value}, sd=known)


def test_the_sd_of_a_ratio_is_that_of_drawn_ones() -> None:
    """First order, beside 400 000 draws: their SD's own error is some 0.1 %, the second order 0.05^2."""
    rng = np.random.default_rng(5)
    n = 400_000
    drawn = rng.normal(8.0, 0.24, n) / rng.normal(4.0, 0.2, n)
    ratio, sd = ratio_with_sd(8.0, 0.24, 4.0, 0.2)
    assert sd is not None
    assert ratio == 2.0
    assert sd == pytest.approx(2.0 * math.hypot(0.03, 0.05), rel=1e-12)
    assert sd == pytest.approx(float(drawn.std()), rel=4 / math.sqrt(2 * n) + 3 * 0.05**2)


def test_a_ratio_is_to_the_same_patients_tissue_in_the_same_scan() -> None:
    scans = [
        Uptake(time_h=t, value={"suv_max": v}, sd={"suv_max": 0.1}) for t, v in ((24.0, 4.0), (96.0, 9.0))
    ]
    one = patient("P1", *scans, references=(blood(24.0, 2.0, 0.1), blood(96.0, 3.0)))
    other = patient("P2", scans[0], references=(blood(24.0, 8.0, 0.1),))
    found = uptake_ratios([one, other], "suv_max", "suv_mean")
    assert [(r.patient, r.time_h, r.ratio) for r in found] == [
        ("P1", 24.0, 2.0),
        ("P1", 96.0, 3.0),
        ("P2", 24.0, 0.5),
    ]
    assert found[0].sd_ratio is not None
    assert (found[1].sd_ratio, found[1].reason) == (
        None,
        "no SD of the ratio: that of blood pool is not known",
    )


def test_what_lacks_has_a_reason_and_is_never_0() -> None:
    scans = (Uptake(time_h=24.0, value={"suv_max": 4.0}), Uptake(time_h=96.0, visual_class=1))
    found = uptake_ratios([patient("P1", *scans, references=(blood(96.0, 3.0),))], "suv_max", "suv_mean")
    assert [r.ratio for r in found] == [None, None]
    assert [r.reason for r in found] == [
        "no suv_mean of blood pool in this scan",
        "no suv_max of the lesion in this scan",
    ]


def test_the_background_is_the_lesions_own() -> None:
    scan = Uptake(
        time_h=24.0, value={"suv_max": 4.0}, background={"suv_mean": 0.5}, sd={"suv_max": 0.4},
        sd_background={"suv_mean": 0.05},
    )  # fmt: skip
    bare = Uptake(time_h=24.0, value={"suv_max": 4.0})
    found = uptake_ratios([patient("P1", scan), patient("P2", bare)], "suv_max", "suv_mean")
    assert [(r.beside, r.ratio) for r in found] == [("background", 8.0), ("background", None)]
    assert found[0].sd_ratio == pytest.approx(8.0 * math.hypot(0.1, 0.1), rel=1e-12)


def test_scans_of_the_plan_are_matched_by_it() -> None:
    one = patient("P1", Uptake(time_h=92.5, value={"suv_max": 6.0}), references=(blood(93.5, 3.0),))
    assert uptake_ratios([one], "suv_max", "suv_mean")[0].ratio is None
    (found,) = uptake_ratios([one], "suv_max", "suv_mean", scans_h=(24, 96))
    assert (found.ratio, found.planned_h, found.time_h) == (2.0, 96.0, 92.5)


@pytest.mark.parametrize(("time_h", "found"), [(18.0, 24.0), (30.0, 24.0), (72.0, 96.0), (120.0, 96.0)])
def test_a_scan_may_be_a_quarter_off_the_plan(time_h: float, found: float) -> None:
    assert planned(time_h, (24, 96)) == found


@pytest.mark.parametrize("time_h", [17.9, 30.1, 71.9, 120.1])
def test_and_no_more(time_h: float) -> None:
    with pytest.raises(DosimetryError, match="farther from the nearest"):
        planned(time_h, (24, 96))


def test_suv_over_sul_is_refused() -> None:
    with pytest.raises(DosimetryError, match="one is by body mass"):
        uptake_ratios([], "suv_max", "sul_mean")
    with pytest.raises(DosimetryError, match="unknown quantity 'suv'"):
        uptake_ratios([], "suv", "suv_mean")
