"""A slice holds the regions that it is called after, in every body."""

from __future__ import annotations

import numpy as np
import pytest

from phantoms.bodies.pictures import levels_cm, region_slice
from phantoms.bodies.stylised.body import load_body

HELD = {
    "brain": {"brain"},
    "thyroid": {"thyroid"},
    "heart": {"heart wall", "heart contents"},
    "liver, stomach, spleen": {"liver", "stomach wall", "spleen"},
    "kidneys": {"kidneys"},
    "intestines": {"small intestine", "upper large intestine wall", "lower large intestine wall"},
    "ovaries, uterus": {"ovaries", "uterus"},
    "urinary bladder": {"urinary bladder wall", "urinary bladder contents"},
}


@pytest.mark.parametrize("name", ["adult male", "adult female", "5-year-old", "newborn"])
def test_a_slice_holds_what_it_is_called(name: str) -> None:
    body = load_body(name)
    levels = levels_cm(body)
    assert set(levels) == set(HELD)
    for what, z in levels.items():
        image, _ = region_slice(body, "z", z, 0.1)
        found = {body.solid.regions[i] for i in np.unique(image)}
        assert HELD[what] <= found, (what, z)
