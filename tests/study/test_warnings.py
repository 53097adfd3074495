"""Warnings of several patients and curves: each text once, with whom and what it concerns."""

from __future__ import annotations

from dosimetry import Tiac, Tiacs
from dosimetry.study.pipeline import warnings_of


def tiacs(**said: tuple[str, ...]) -> Tiacs:
    return Tiacs((Tiac("remainder", 60.0),), warnings=said)


def test_equal_words_are_said_once() -> None:
    three = [
        ("P1", tiacs(liver=("late",), spleen=("late",))),
        ("P2", tiacs(liver=("late", "few"))),
        ("P3", tiacs(liver=("late",), spleen=("late",))),
    ]
    assert warnings_of(three) == ["P1, P3: liver, spleen: late", "P2: liver: late", "P2: liver: few"]


def test_a_remainder_that_was_set_to_0_is_said() -> None:
    tiac = Tiac("remainder", 0.0, reason="below 0 within two standard errors; set to 0")
    assert warnings_of([("P1", Tiacs((tiac,)))]) == [f"P1: remainder: {tiac.reason}"]
