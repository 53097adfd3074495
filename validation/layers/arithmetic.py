"""Layer a, arithmetic: what follows from a paper's printed numbers alone (the total body takes one S value).

Effective dose from the printed organ doses; the whole body's TIAC from the printed clearance, and the total
body's dose from that; Welch's t-test from printed means and SDs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from dosimetry.doses.effective import effective_dose
from dosimetry.nuclides.nuclide import nuclide
from validation.case import Case
from validation.checks import EffectiveDose, Welch, WholeBody
from validation.layers.bodies import dose_per_h, weighted
from validation.outcome import FORWARD, Outcome, around

LAYER = "a. arithmetic"


def whole_body_tiac_h(biologic_half_life_h: float, nuclide_name: str) -> float:
    """TIAC of monoexponential whole-body retention from 100 %: 1/(lambda_biol + lambda_phys), h."""
    return 1.0 / (math.log(2.0) / biologic_half_life_h + nuclide(nuclide_name).lambda_per_h)


def effective_dose_outcome(case: Case, check: EffectiveDose) -> Outcome:
    """The printed effective dose against the one from the printed organ doses; the higher gonads count."""
    published, sd, unit = case.in_unit(check.of)
    return Outcome(
        case.name,
        LAYER,
        "from the published organ doses",
        quantity=check.of,
        unit=unit,
        published=published,
        published_sd=sd,
        ours=float(effective_dose(case.organ_doses(), check.weights, without_alphas=True)),
        limits=around(published, check.tolerance_mSv_per_MBq),
        because=check.because,
        strength=FORWARD,
    )


def clearance_outcome(case: Case, check: WholeBody) -> Outcome:
    """A published whole-body TIAC or total-body dose against the one from the published half-life."""
    half_life, _, _ = case.value(check.half_life)
    published, sd, unit = case.in_unit(check.of)
    per_h = 1.0
    if check.phantoms:
        bodies = {p: dose_per_h(case.nuclide, p, ("total body",)) for p in check.phantoms}
        per_h = float(weighted(bodies, check.phantoms)["total body"].to_dict()[check.of])

    return Outcome(
        case.name,
        LAYER,
        f"from {check.half_life}, {half_life.centre:g} h",
        quantity=check.of,
        unit=unit,
        published=published,
        published_sd=sd,
        ours=per_h * whole_body_tiac_h(half_life.centre, case.nuclide),
        limits=around(published, published * check.tolerance_percent / 100.0),
        because=check.because,
        strength=FORWARD,
        known=check.missed,
    )


def welch_p(mean: tuple[float, float], sd: tuple[float, float], n: tuple[int, int]) -> float:
    """Two-sided P of Welch's t-test from means, SDs and numbers of patients."""
    from scipy.stats import ttest_ind_from_stats

    return float(ttest_ind_from_stats(mean[0], sd[0], n[0], mean[1], sd[1], n[1], equal_var=False).pvalue)


def welch_outcome(case: Case, check: Welch, cases: Mapping[str, Case]) -> Outcome:
    """P of Welch's t-test between two papers' cohorts, beside what the later paper states of it."""
    other = cases[check.other]
    (a, sd_a, _), (b, sd_b, _) = case.in_unit(check.of), other.in_unit(check.of)
    assert sd_a is not None and sd_b is not None
    return Outcome(
        case.name,
        LAYER,
        f"Welch's t-test against {other.product}",
        quantity=f"P, {check.of}",
        ours=welch_p((a, b), (sd_a, sd_b), (case.n, other.n)),
        because=check.because,
    )
