"""Uncertainty of the biologically effective dose by Monte Carlo and exact answers; RBE-weighted doses."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dosimetry.errors import DosimetryError
from therapy.biology.bed import bed
from therapy.biology.dose_rate import DoseRate
from therapy.biology.rbe import rbe_max_of, rbe_weighted
from therapy.biology.uncertainty import bed_uncertainty

ONE = DoseRate([0.3, -0.2], [0.02, 0.4])
COURSE = [(0.0, ONE), (48.0, ONE.times(1.5))]


def test_first_order_is_the_spread_of_trials():
    n, u = 4000, 0.03  # small: what first order leaves out is of the order of u^2
    found = bed_uncertainty(
        bed(COURSE, 3.0, 2.0), COURSE,
        u_dose_relative=[u, 2 * u], correlation=0.3, u_alpha_beta_Gy=0.1, u_repair_relative=u,
    )  # fmt: skip
    rng = np.random.default_rng(4)
    doses = 1 + rng.multivariate_normal([0, 0], [[u * u, 0.6 * u * u], [0.6 * u * u, 4 * u * u]], n)
    ratio, repair = rng.normal(3.0, 0.1, n), 2.0 * (1 + rng.normal(0, u, n))
    base = {}
    drawn = []
    for (a, b), ab, half in zip(doses, ratio, repair, strict=True):
        key = round(half, 2)  # M is smooth in the half-time: interpolated between two grid points
        for at in (key - 0.01, key + 0.01):
            at = round(at, 2)
            if at not in base:
                base[at] = bed(COURSE, 3.0, at).interaction_Gy2
        low, high = base[round(key - 0.01, 2)], base[round(key + 0.01, 2)]
        matrix = low + (high - low) * (half - key + 0.01) / 0.02
        factors = np.array([a, b])
        drawn.append(factors @ np.array([r.dose_Gy for _, r in COURSE]) + factors @ matrix @ factors / ab)
    # 4 standard errors of a standard deviation, and what second order adds
    assert found.u_bed_Gy == pytest.approx(np.std(drawn), rel=4 / math.sqrt(2 * n) + 4 * u**2)


def test_parts_by_their_exact_answers():
    rate = DoseRate([0.08], [0.0139])
    one, dose, k, mu = [(0.0, rate)], 0.08 / 0.0139, 0.0139, math.log(2) / 2.8
    found = bed_uncertainty(
        bed(one, 2.6, 2.8), one, u_dose_relative=0.1, u_alpha_beta_Gy=0.5, u_repair_relative=0.2
    )
    quadratic = dose**2 * k / (k + mu) / 2.6
    assert found.by["dose"] == pytest.approx(0.1 * (dose + 2 * quadratic), rel=1e-12)
    assert found.by["alpha/beta"] == pytest.approx(0.5 * quadratic / 2.6, rel=1e-12)
    assert found.by["repair half-time"] == pytest.approx(0.2 * quadratic * mu / (k + mu), rel=1e-7)
    assert found.u_bed_Gy == pytest.approx(math.hypot(*found.by.values()), rel=1e-14)
    assert bed_uncertainty(bed(one, 2.6, 2.8), one).u_bed_Gy == 0.0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"u_dose_relative": -0.1}, "0 or above"),
        ({"u_dose_relative": 0.1, "correlation": -1.5}, "is none"),
        ({"u_dose_relative": 0.1, "correlation": np.eye(3)}, "symmetric"),
        ({"u_alpha_beta_Gy": math.nan}, "of alpha/beta"),
    ],
)
def test_bad_uncertainties(given, said):
    with pytest.raises(DosimetryError, match=said):
        bed_uncertainty(bed(COURSE, 3.0, 2.0), COURSE, **given)


def test_rbe_weighted_dose():
    parts = {"photon": 0.2, "electron": 0.8, "alpha": 3.0}
    assert rbe_weighted(parts) == pytest.approx(16.0, rel=1e-15)
    assert rbe_weighted(parts, {"alpha": 3.0}) == pytest.approx(10.0, rel=1e-15)
    assert rbe_max_of(parts) == pytest.approx(4.0, rel=1e-15)
    with pytest.raises(DosimetryError, match="unknown radiation"):
        rbe_weighted(parts, {"alphas": 5.0})
    with pytest.raises(DosimetryError, match="above 0"):
        rbe_weighted(parts, {"alpha": 0.0})
    with pytest.raises(DosimetryError, match="no RBE"):
        rbe_weighted({"neutron": 1.0})
