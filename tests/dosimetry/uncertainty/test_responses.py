"""Effects that are far from linear, of which a Monte Carlo takes the whole: the outline of a small organ."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from a_cohort import METHODS, patient, stated
from scipy.integrate import trapezoid
from scipy.special import erf

from dosimetry import (
    Budget,
    DosimetryError,
    Effect,
    Input,
    Recovery,
    UncertaintyMethod,
    budgets,
    correlated_inputs,
    organ_activity_u,
    sphere_recovery,
)
from dosimetry.imaging.outline_errors import OutlineErrors

TRIALS = 2000
VOLUME_ML, FWHM_MM, VOXEL_MM = 2.0, 6.0, 4.0
RECOVERY = Recovery(b1_mL=2.5, b2=0.7, covariance=[[0.09, 0.003], [0.003, 0.0016]])


def inputs(region: str) -> list[Input]:
    """An outline of 2 mL, of a concentration and of the mass."""
    made = organ_activity_u(
        VOLUME_ML, voxel_mm=VOXEL_MM, fwhm_mm=FWHM_MM, recovery=RECOVERY, name="o", observer_relative_u=0.1
    )
    of_curve = OutlineErrors(
        quantity="concentration", volume_mL=VOLUME_ML, fwhm_mm=FWHM_MM,
        u_volume=tuple(made.ln_mass.items()), recovery=RECOVERY,
    )  # fmt: skip
    of_mass = replace(of_curve, quantity="mass", recovery=None)
    found = []
    for name, part in made.ln_activity.items():
        v = made.ln_mass.get(name, 0.0)
        effects = [Effect("curve", part - v, region, of_curve, name)]
        effects += [Effect("mass", v, region, of_mass, name)] if v else []
        found.append(stated(name, "patient", *effects, distribution="log-normal"))
    return found


@cache
def made() -> Budget:
    method = UncertaintyMethod(inputs=inputs("liver"), rules=False, monte_carlo=TRIALS, seed=4)
    measured = replace(METHODS, organ_masses="measured")
    one = patient(organ_mass_kg={"liver": 1.8, "kidneys": 0.31, "lungs": 1.2})
    return budgets([one], measured, "Lu-177", ["ICRP 103"], method).budgets[0]


def drawn(n: int = 200_000) -> tuple[np.ndarray, np.ndarray]:
    """(n,) activities and volumes that the organ may have, from the equations."""
    rng = np.random.default_rng(11)
    radius = (0.75 * VOLUME_ML * 1000.0 / math.pi) ** (1 / 3)
    parts = [
        3 * VOXEL_MM / math.sqrt(6) / (2 * radius),
        3 * FWHM_MM / (2 * math.sqrt(math.log(2))) / (2 * radius),
        0.1,
    ]  # fmt: skip
    ratio = np.ones(n)
    for u in parts:
        ratio *= rng.lognormal(-0.5 * math.log1p(u * u), math.sqrt(math.log1p(u * u)), n)
    # counts in the outline, of spheres of other volumes, by the equation of the blurred density
    sigma = FWHM_MM / 2.3548200450309493
    s = np.linspace(0.0, radius, 2001)[1:]
    radii = radius * np.geomspace(0.05, 8.0, 400)
    near, far = (radii[:, None] - s) / sigma, (radii[:, None] + s) / sigma
    density = 0.5 * (erf(far / 2**0.5) + erf(near / 2**0.5))
    density -= sigma / (s * math.sqrt(2 * math.pi)) * (np.exp(-0.5 * near**2) - np.exp(-0.5 * far**2))
    share = 3.0 / radii**3 * trapezoid(density * s * s, s, axis=1)
    own = np.array([sphere_recovery(r, FWHM_MM) for r in radii])
    covariance = np.asarray(RECOVERY.covariance) / np.outer([2.5, 0.7], [2.5, 0.7])
    logs = rng.multivariate_normal([math.log(2.5), math.log(0.7)], covariance, n)
    b1, b2 = np.exp(logs[:, 0]), np.exp(logs[:, 1])
    volume = VOLUME_ML * ratio
    right = np.interp(radius * ratio ** (1 / 3), radii, own / share)
    corrected = (1 - 1 / (1 + (VOLUME_ML / 2.5) ** 0.7)) / (1 - 1 / (1 + (volume / b1) ** b2))
    return right * corrected, ratio


def test_trials_of_a_small_outline_are_those_of_its_equations() -> None:
    """TIAC in proportion to A, dose to the organ itself nearly to A/m: intervals by an own Monte Carlo."""
    budget = made()
    activity, ratio = drawn()
    trials = budget.monte_carlo
    assert trials is not None and trials.se_of_ends is not None and not trials.failed
    i = budget.of("tiac", "liver")
    # counts of the points are 2 % of each of 5
    for found, p, se in (
        (trials.low[i], 0.025, trials.se_of_ends[0, i]),
        (trials.high[i], 0.975, trials.se_of_ends[1, i]),
    ):
        expected = budget.value[i] * np.quantile(activity, p)
        assert found == pytest.approx(expected, abs=4.0 * se + 0.003 * budget.value[i])
    assert trials.u[i] / budget.value[i] == pytest.approx(activity.std(), rel=0.08)
    j = budget.of("absorbed dose", "liver")
    ends = np.quantile(activity / ratio, [0.025, 0.975])
    assert trials.high[j] / trials.low[j] == pytest.approx(ends[1] / ends[0], rel=0.12)


def test_where_it_is_far_from_linear_the_interval_is_that_of_the_trials() -> None:
    """Much may have been missed by too small an outline, little can have been added by too large a one."""
    budget = made()
    i = budget.of("tiac", "liver")
    interval = budget.interval()
    assert interval.method[i] == "Monte Carlo"
    assert interval.high[i] - budget.value[i] > 2.0 * (budget.value[i] - interval.low[i])


def test_first_order_is_its_slope_and_sign() -> None:
    """A larger outline: less activity by volume, more of it in all, in one line."""
    budget = made()
    tiac, dose = budget.of("tiac", "liver"), budget.of("absorbed dose", "liver")
    rows = [i for i, e in enumerate(budget.errors) if e.name.startswith("o: outline")]
    assert len(rows) == 3
    assert np.all(budget.changes[rows, tiac] > 0.0) and np.all(budget.changes[rows, dose] < 0.0)


def test_bad_responses() -> None:
    (one, *_) = inputs("liver")
    effect = one.effects[0]
    with pytest.raises(DosimetryError, match="a response is of curve or mass"):
        Effect("energy", 0.1, "", effect.response, "o")
    with pytest.raises(DosimetryError, match="with the name of its error"):
        Effect("curve", 0.1, "liver", effect.response)
    with pytest.raises(DosimetryError, match="no quantity of single points"):
        replace(one, effects=(effect,), shared_by="point")
    with pytest.raises(DosimetryError, match="not in proportion to their errors"):
        correlated_inputs(
            "two", [effect, effect], [[1, 0.5], [0.5, 1]], kind="A", shared_by="patient", source="x"
        )
