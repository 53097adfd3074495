"""A budget of patients who were fitted together: what the population brings is one error of all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from population_study import STUDY, make

from dosimetry import run_study

STATED = """
[uncertainty]
{more}
emitted_energy = "unknown"
patient_and_phantom = "unknown"
[uncertainty.whole_body]
calibration = "unknown"
time = "unknown"
[uncertainty.organs]
calibration = {{ u_percent = 5, kind = "B", source = "chosen" }}
time = "unknown"
[uncertainty.quantification]
kidneys = "unknown"
[uncertainty.mass]
kidneys = "unknown"
[uncertainty.half_life]
unknown = "not stated"
"""


def test_what_patients_share_has_a_line_and_a_covariance(tmp_path: Path) -> None:
    result = run_study(make(tmp_path, study=STUDY + STATED.format(more="")))
    assert result.budget is not None
    budgets = result.budget.cohort.budgets
    parts = [
        next(t for r in result.curves if r.patient == b.patient and r.region == "kidneys" for t in [r.fit])
        for b in budgets
    ]
    for budget, fit in zip(budgets, parts, strict=True):
        i = budget.of("tiac", "kidneys")
        share = {line: float(s[i]) for line, s in budget.shares().items()}
        # the calibration moves the TIAC by just its 5 %, whatever the points and the population
        calibration = (0.05 * fit.area / 100) ** 2
        own = budget.u()[i] ** 2 - calibration
        assert own == pytest.approx((fit.se_area / 100) ** 2, rel=1e-6)
        shared = sum(v**2 for k, v in fit.shared_area.items() if k != "scale") / 1e4
        assert share["population of kidneys"] * budget.u()[i] ** 2 == pytest.approx(shared, rel=1e-6)
    one, two = (
        {e: budgets[k].changes[j, budgets[k].of("tiac", "kidneys")] for j, e in enumerate(budgets[k].errors)}
        for k in (0, 7)
    )
    both = sum(one[e] * two[e] for e in one if e in two and e.name == "population of kidneys")
    expected = sum(
        v * parts[7].shared_area[k] for k, v in parts[0].shared_area.items() if k != "scale"
    )  # fmt: skip
    assert both == pytest.approx(expected / 1e4, rel=1e-6)
