"""The simulated cohort: its truth is what was asked for, and comes back through the pipeline."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad

from validation.case import read_cases
from validation.checks import Cohort
from validation.layers.cohort import simulate, truth_of
from validation.layers.simulated import organ_content, spread, write_tables

CASE = read_cases()["trastuzumab_odonoghue_2018"]
CHECK = next(c for c in CASE.check if isinstance(c, Cohort))


def test_content_has_the_tiac_that_was_asked_for() -> None:
    area, _ = quad(lambda t: float(organ_content(12.5, 0.00884, np.array([t]))[0]), 0, 4000, limit=200)
    assert area == pytest.approx(12.5, rel=1e-8)


def test_spread_has_the_published_minimum_median_and_maximum() -> None:
    values = spread(np.random.default_rng(0), 257, 370, 578, 40, 10)
    assert (values.min(), np.median(values), values.max()) == pytest.approx((257, 370, 578), rel=0.04)


def test_the_same_seed_gives_the_same_tables(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_tables(tmp_path / name, truth_of(CASE, CHECK), 2, 1, 7)
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()
        assert file.read_text(encoding="utf-8").startswith("# SIMULATED")


def test_the_truth_comes_back() -> None:
    found, truth = simulate(CASE, CHECK), truth_of(CASE, CHECK)
    n = CHECK.men + CHECK.women
    for organ, tiac in truth.organ_tiac_h.items():
        row = found[f"TIAC, {organ}"]
        # sampling of the patients, and 2 % for trapezoids between four scans
        assert abs(row.mean - tiac) < 3 * row.sd / np.sqrt(n) + 0.02 * tiac
