"""Marrow by reference shares, in bones that are too light for it."""

from __future__ import annotations

import pytest

from phantoms.voxels.images.skeleton import skeleton_of
from phantoms.voxels.images.tables.label_tables import read_label_table


@pytest.mark.parametrize(
    ("kg", "marrow_kg", "warned"), [(0.3, None, False), (0.05, None, True), (0.05, 0.2, False)]
)
def test_a_bone_that_would_hold_more_marrow_than_it_weighs_is_warned_of(
    kg: float, marrow_kg: float | None, warned: bool
) -> None:
    """A tip of a hip bone got all of the bone's marrow, 102 g, without a word."""
    table = read_label_table("totalsegmentator")
    hip = next(n for n, label in table.labels.items() if label.region == "left hip bone")
    made = skeleton_of(table, {hip: kg}, "male", marrow_kg)
    assert made.spread["red marrow"]["left hip bone"] == pytest.approx(0.0876, abs=2e-4)
    assert ("warning marrow" in made.facts) == warned
    if warned:
        assert "left hip bone (102 of 50 g)" in made.facts["warning marrow"]
