"""A whole body that is counted with the contents of its bladder, and one without: the numbers of the page."""

from __future__ import annotations

import numpy as np
import pytest

from dosimetry.bladder.filling import from_whole_body
from dosimetry.bladder.method import BladderMethod
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics import Contents, Curve, Emptying, Inflow, fit_curve

TIMES = np.array([0.5, 1, 2, 3.4, 5, 7.1, 10, 14.1, 20, 24, 48, 72, 96, 144])
EVERY = Emptying(every_h=3.5)


@pytest.mark.parametrize(
    ("rate", "decay", "points", "low", "high"),
    [(0.002, 0.00884, 14, 0.0, 0.05), (0.05, 0.0358, 14, 0.02, 0.06), (0.35, 0.379, 9, -0.17, -0.11)],
)
@pytest.mark.parametrize("counted", ["after voiding", "with contents"])
def test_counts_with_and_without_contents(
    counted: str, rate: float, decay: float, points: int, low: float, high: float
) -> None:
    """Half of the activity leaves by urine and half stays; the curve is fitted without noise."""
    truth = Contents(Inflow(np.array([0.5]), np.array([rate])), EVERY, decay)
    t = TIMES[:points]
    retained = 0.5 + 0.5 * np.exp(-rate * t)
    if counted == "with contents":
        retained += truth.at(t) * np.exp(decay * t)
    curve = Curve(time_h=t, value=100 * retained, unit="%IA", decay_corrected=True, lambda_phys_per_h=decay)
    fit = fit_curve(curve, "exponential-plateau", weights="none")
    method = BladderMethod(urine_fraction=1.0, emptied=EVERY, whole_body_counted=counted)
    found = from_whole_body(method, UsedCurve("P01", "whole body", curve, fit=fit), decay)
    off = found.tiac.value_h / truth.tiac_h - 1.0
    if counted == "after voiding":
        assert off == pytest.approx(0.0, abs=1e-4)
        assert not found.warnings
    else:
        assert low < off < high
        assert any("apart: a whole body" in w for w in found.warnings) == (rate > 0.1)
