"""Decay chains of all nuclides of ICRP 107 can be followed, also where fractions sum to more than 1."""

from __future__ import annotations

import math

import pytest

from dosimetry.biokinetics.decay import decay_of
from dosimetry.nuclides.chains import branchings
from kinetics.model_files.files import parse_model


@pytest.mark.parametrize("name", ["I-123", "Zr-95", "Ra-226", "Ac-227", "U-238", "Rb-81"])
def test_fractions_that_were_rounded_are_followed(name: str) -> None:
    given = parse_model(
        {
            "time_unit": "h", "compartments": ["liver"], "sinks": ["out"], "bolus": {"liver": 1},
            "transfers": {"liver -> out": 0.1},
            "chain": {"daughters": "all", "without_own": "decay in place"},
        },
        decay=decay_of(name),
    )  # fmt: skip
    assert given.chain is not None
    system = given.chain.system()
    assert system.rates_per_h.min() >= 0


def test_no_nuclide_has_fractions_above_one() -> None:
    for name, rows in branchings().items():
        printed = math.fsum(f for _, f in rows)
        assert printed < 1 + 1.1e-4
        own = decay_of(name).branching
        assert math.fsum(f for (a, _), f in own.items() if a == name) <= 1 + 1e-12
