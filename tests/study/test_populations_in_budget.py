"""A budget of patients who were fitted together: what the population brings is one error of all of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from population_study import STUDY, make

from dosimetry import DosimetryError, run_study
from kinetics import Curve, Population, Residual, fit_with_population
from kinetics.populations.gain import gain_with_population

STATED = """
[uncertainty]
{more}
emitted_energy = "unknown"
patient_and_phantom = "unknown"
[uncertainty.whole_body]
calibration = "unknown"
time = "unknown"
[uncertainty.organs]
noise = "unknown"
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


def test_there_are_no_trials(tmp_path: Path) -> None:
    path = make(tmp_path, study=STUDY + STATED.format(more="monte_carlo = 250\nseed = 1"))
    with pytest.raises(DosimetryError, match="curves of kidneys are fitted with a population"):
        run_study(path)


@pytest.mark.parametrize("times", [(96.0,), (24.0, 120.0), (4.0, 48.0, 168.0)])
def test_the_gain_has_the_direction_of_refitted_curves(times: tuple[float, ...]) -> None:
    population = Population.stated(
        "monoexponential", unit="%IA", median={"A1": 4.0, "lambda1": 0.0095},
        sd_log={"A1": 0.3, "lambda1": 0.25}, correlation={("A1", "lambda1"): 0.4},
        residual=Residual(kind="sd"), source="made up",
    )  # fmt: skip
    t = np.array(times)
    value = 4.3 * np.exp(-(0.0095 + 0.00434) * t)  # near the median, so that residuals are small
    curve = Curve(
        time_h=t, value=value, sd=0.05 * value, unit="%IA", decay_corrected=False, half_life_h=159.528
    )
    fit = fit_with_population(curve, population)
    step = 1e-3
    refitted = np.array(
        [
            (
                fit_with_population(replace(curve, value=value * (1 + step * e)), population).area
                - fit_with_population(replace(curve, value=value * (1 - step * e)), population).area
            )
            / (2 * step)
            for e in np.eye(t.size)
        ]
    )
    by_area = fit.function.area_and_gradient(fit.theta, fit.lambda_phys_per_h)[1]
    found = by_area @ gain_with_population(fit) * value
    # an error that all values have in common moves the area by just that
    assert found.sum() == pytest.approx(fit.area, rel=1e-9)
    # of Gauss-Newton against the mode itself: residuals of a few SDs bend it by a few per cent
    np.testing.assert_allclose(found / found.sum(), refitted / refitted.sum(), atol=0.03)
