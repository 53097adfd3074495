"""Every published case, as ``milligray validate`` runs it."""

from __future__ import annotations

import pytest

from validation.case import read_cases
from validation.outcome import FAIL, NOT_RUN, PASS, Outcome

CASES = read_cases()


@pytest.mark.parametrize("name", CASES)
def test_published_values_are_met(name: str, rows: list[Outcome]) -> None:
    rows = [r for r in rows if r.case == name]
    failed = [f"{r.check}: {r.quantity} is {r.ours}, allowed {r.allowed}" for r in rows if r.verdict == FAIL]
    assert not failed
    assert any(r.verdict == PASS for r in rows) or name == "trastuzumab_laforest_2016"  # shown only
    for r in rows:
        if r.verdict == NOT_RUN:
            assert "ICRP 133 not imported" in r.note


def test_what_the_project_asks_of_the_consistency_test() -> None:
    """At most 3 % over 20 organs or more, and the sum of TIACs within 3 %, also where it is missed."""
    case = CASES["trastuzumab_odonoghue_2018"]
    fits = [c for c in case.check if c.kind == "consistency" and not c.control_of]
    assert [c.name for c in fits if not c.missed] == ["adult male"]
    assert len(fits) == 3
    for check in fits:
        assert (check.rms_percent, check.least_organs) == (3, 20)
        assert check.sum_tolerance_percent == 3
        assert set(check.limits_h) == set(check.sources)


def test_every_value_says_where_it_is_from() -> None:
    for case in CASES.values():
        assert case.source.doi or case.source.note
        for group in case.published:
            assert group.place and group.unit
        for check in case.check:
            assert check.because


def test_p_values_are_on_the_side_that_the_paper_reports(rows: list[Outcome]) -> None:
    """Shown on the page without a verdict: it is arithmetic on printed numbers."""
    p = {r.check: r.ours for r in rows if r.quantity.startswith("P, ")}
    assert p["Welch's t-test against 89Zr-DFO-pertuzumab"] > 0.05
    assert p["Welch's t-test against 89Zr-trastuzumab"] < 0.05
