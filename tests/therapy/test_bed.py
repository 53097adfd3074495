"""Biologically effective dose: closed forms, quadrature, limits."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from dosimetry.errors import DosimetryError
from lesions.doses.lesion_dose import ExponentialRate, PiecewiseRate
from therapy.biology.bed import Repopulation, bed, eqd2, lea_catcheside
from therapy.biology.dose_rate import DoseRate, PiecewiseDoseRate, SummedDoseRate
from therapy.biology.lesion_rate import dose_rate_of_lesion

MU = math.log(2) / 2.8


def by_quadrature(cycles, phases, knots):
    """G D^2 of a course: 2 x integral of R(t) h(t), h(t) = integral up to t of R(w) phi(t - w).

    Gauss-Legendre in panels of 2 h at most between all starts and ends; nothing of the closed form is in it.
    """
    x, w = np.polynomial.legendre.leggauss(16)
    x, w = (x + 1) / 2, w / 2
    edges = sorted(knots)
    panels = [np.linspace(a, b, 1 + max(2, math.ceil((b - a) / 2.0))) for a, b in pairwise(edges)]
    fine = np.unique(np.concatenate(panels))
    rate = lambda t: sum(r.at(t - start) for start, r in cycles)  # noqa: E731
    total, damage = 0.0, [0.0] * len(phases)
    for a, b in pairwise(fine):
        t, length = a + (b - a) * x, b - a
        value, since = rate(t), t - a
        before = rate(a + np.outer(since, x))  # (node, node within 0 to that node)
        for m, (share, mu) in enumerate(phases):
            inner = damage[m] * np.exp(-mu * since) + since * (
                before * w * np.exp(-mu * np.outer(since, 1 - x))
            ).sum(1)
            total += share * float((w * value * inner).sum()) * length
            left = float((w * value * np.exp(-mu * length * (1 - x))).sum()) * length
            damage[m] = damage[m] * math.exp(-mu * length) + left
    return 2 * total


def test_one_exponential_is_dales_form():
    for k in (1e-5, 0.0139, MU, 3.0, 1e5):
        rate = DoseRate([0.08], [k])
        assert lea_catcheside(rate, MU) == pytest.approx(k / (k + MU), rel=1e-14)
        found = bed([(0.0, rate)], 2.6, 2.8)
        dose = 0.08 / k
        assert found.bed_Gy == pytest.approx(dose * (1 + dose * k / ((k + MU) * 2.6)), rel=1e-14)
        assert found.independent_Gy == found.bed_Gy


def test_uptake_and_clearance_against_quadrature():
    rate = DoseRate([0.05, -0.02, -0.03], [0.0135, 0.3, 1.1])
    inner = lambda t: quad(lambda w: rate.at(w) * math.exp(-MU * (t - w)), 0, t, epsrel=1e-12, limit=400)[0]  # noqa: E731
    outer, _ = quad(lambda t: rate.at(t) * inner(t), 0, 60, epsrel=1e-11, limit=400)
    a, k, mu = rate.amplitude_Gy_per_h, rate.rate_per_h, MU
    late = DoseRate(a * np.exp(-k * 60), k)  # what comes after 60 h, its damage from before beside it
    after = lea_catcheside(late, mu) * late.dose_Gy**2 / 2 + inner(60.0) * float(
        (a * np.exp(-k * 60) / (k + mu)).sum()
    )
    assert lea_catcheside(rate, mu) * rate.dose_Gy**2 == pytest.approx(2 * (outer + after), rel=1e-10)


def test_cycles_that_overlap_against_quadrature():
    one, two = DoseRate([0.05, -0.03], [0.0435, 0.5]), DoseRate([0.2, 0.06], [0.9, 0.02])
    course = [(0.0, one), (30.0, two), (37.5, one)]
    phases = [(0.6, math.log(2) / 0.5), (0.4, math.log(2) / 12.0)]
    expected = by_quadrature(course, phases, [0, 30, 37.5, 1900])
    found = bed(course, 2.6, [(0.6, 0.5), (0.4, 12.0)])
    assert found.g * found.dose_Gy**2 == pytest.approx(expected, rel=1e-10)
    assert found.bed_Gy > found.independent_Gy


def test_pieces_against_quadrature():
    shape = PiecewiseDoseRate(
        [0, 3, 24, 72],
        [0.0, 0.4, 0.3, 0.1],
        0.04,
        between=["linear", "exponential", "linear"],
        decay_per_h=0.0088,
    )
    rate = DoseRate([0.1], [0.02])
    course = [(0.0, shape), (50.0, rate), (60.0, shape)]
    knots = [0, 3, 24, 50, 60, 63, 72, 84, 132, 1900]
    found = bed(course, 2.6, 2.8)
    assert found.g * found.dose_Gy**2 == pytest.approx(by_quadrature(course, [(1.0, MU)], knots), rel=1e-10)
    assert shape.dose_Gy == pytest.approx(
        sum(quad(shape.at, a, b, epsrel=1e-12)[0] for a, b in ((0, 3), (3, 24), (24, 72), (72, 1000))),
        rel=1e-10,
    )


def test_pieces_of_an_exponential_are_the_exponential():
    t = np.array([0.0, 5.0, 40.0])
    shape = PiecewiseDoseRate(t, 0.3 * np.exp(-0.03 * t), 0.03, between="exponential")
    assert shape.dose_Gy == pytest.approx(10.0, rel=1e-14)
    assert lea_catcheside(shape, MU) == pytest.approx(0.03 / (0.03 + MU), rel=1e-13)
    flat = PiecewiseDoseRate(
        t, 0.3 * np.exp(-0.03 * t), 0.03, decay_per_h=0.03
    )  # a line of no slope, decaying
    assert lea_catcheside(flat, MU) == pytest.approx(0.03 / (0.03 + MU), rel=1e-13)


def test_a_constant_rate_is_the_published_form():
    hours, mu = 24.0, 0.4  # Dale 1985: G = 2/(mu T) (1 - (1 - exp(-mu T))/(mu T))
    rate = PiecewiseDoseRate([0.0, hours], [0.5, 0.5])
    x = mu * hours
    assert lea_catcheside(rate, mu) == pytest.approx(2 / x * (1 - (1 - math.exp(-x)) / x), rel=1e-14)


@pytest.mark.parametrize("gap", [0.0, 1e-15, 1e-12, 1e-6, 1e-3])
def test_near_constants_lose_no_digits(gap):
    k = 0.1
    near = k * (1 + gap)
    one = DoseRate([1.0], [near])
    # the damage that one cycle leaves to the next has 1/(mu - k) in it
    course = [(0.0, one), (7.0, one)]
    cross = bed(course, 10.0, math.log(2) / k).interaction_Gy2[0, 1]
    mu = math.log(2) / (math.log(2) / k)
    x = (mu - near) * 7.0
    left = 7.0 * math.exp(-mu * 7.0) * (math.expm1(x) / x if x else 1.0)
    expected = left / (near + mu) + math.exp(-near * 7.0) / (near * (near + mu))
    assert cross == pytest.approx(expected, rel=1e-13)


def test_uptake_that_is_nearly_as_slow_as_clearance():
    k, gap, mu = 0.1, 2.0**-40, 0.25  # (exp(-k t) - exp(-(k + gap) t))/gap is t exp(-k t) to 1e-12
    rate = DoseRate([1.0, -1.0], [k, k + gap])
    # G of t exp(-k t): 2 k^4 x integral of t exp(-k t) (t exp(-k t) * exp(-mu t))
    b = k + mu
    expected = 2 * k**4 * (2 / ((2 * k) ** 3 * b) + 1 / ((2 * k) ** 2 * b**2))
    assert lea_catcheside(rate, mu) == pytest.approx(expected, rel=1e-10)


def test_limits_of_g():
    acute = DoseRate([2e8], [1e8])
    assert lea_catcheside(acute, MU) == pytest.approx(1.0, abs=1e-8)
    assert lea_catcheside(DoseRate([1e-9], [1e-8]), MU) < 1e-7
    assert bed([(0.0, DoseRate([0.1], [0.01]))], 3.0, math.inf).g == pytest.approx(1.0, rel=1e-14)
    # acute fractions, repaired between them: n d (1 + d/(a/b)); unrepaired: one acute dose
    four = [(1000.0 * i, acute) for i in range(4)]
    assert bed(four, 3.0, 2.8).bed_Gy == pytest.approx(4 * 2 * (1 + 2 / 3), rel=1e-7)
    assert bed(four, 3.0, 2.8).eqd2_Gy == pytest.approx(8.0, rel=1e-7)
    assert bed(four, 3.0, math.inf).bed_Gy == pytest.approx(8 * (1 + 8 / 3), rel=1e-7)


def test_two_cycles_at_once_are_one_of_twice_the_rate():
    rate = DoseRate([0.05, -0.03], [0.0135, 0.5])
    both = bed([(0.0, rate), (0.0, rate)], 2.6, 2.8)
    assert both.bed_Gy == pytest.approx(bed([(5.0, rate.times(2.0))], 2.6, 2.8).bed_Gy, rel=1e-14)
    assert both.independent_Gy == pytest.approx(2 * bed([(0.0, rate)], 2.6, 2.8).bed_Gy, rel=1e-14)


def test_linear_term_and_growth():
    rate = DoseRate([0.08], [0.0139])
    plain, high = bed([(0.0, rate)], 10.0, 1.5), bed([(0.0, rate)], 10.0, 1.5, rbe_max=5.0)
    assert high.bed_Gy - plain.bed_Gy == pytest.approx(4 * rate.dose_Gy, rel=1e-13)
    assert high.g == plain.g
    growth = Repopulation(doubling_time_h=240.0, alpha_per_Gy=0.3, until_h=500.0, start_h=20.0)
    grown = bed([(0.0, rate)], 10.0, 1.5, repopulation=growth)
    assert plain.bed_Gy - grown.bed_Gy == pytest.approx(math.log(2) * 480 / (0.3 * 240), rel=1e-12)
    assert eqd2(30.0, 10.0) == 25.0


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: DoseRate([0.1, -0.2], [0.1, 0.5]), "below 0 at 0 h"),
        (lambda: DoseRate([0.2, -0.1], [0.5, 0.1]), "below 0 at"),
        (lambda: DoseRate([1.0, -4.0, 3.5], [1.0, 2.0, 3.0]), "below 0 at 0.[4-9]"),
        (lambda: DoseRate([0.1], [0.1, 0.2]), "1 amplitudes and 2 rates"),
        (lambda: DoseRate([0.1], [0.0]), "is 0/h"),
        (lambda: DoseRate([math.nan], [0.1]), "finite numbers"),
        (lambda: DoseRate([0.0], [0.1]), "above 0 is needed"),
        (lambda: PiecewiseDoseRate([1, 2], [1, 1]), "ascend from 0"),
        (lambda: PiecewiseDoseRate([0, 2], [1, -1]), "cannot be below 0"),
        (lambda: PiecewiseDoseRate([0, 2], [1, 1], between="log"), "linear or exponential"),
        (lambda: PiecewiseDoseRate([0, 2], [0, 0]), "every value"),
        (lambda: PiecewiseDoseRate([0, 2], [1, 1], tail_rate_per_h=-0.1), "rate of the tail"),
        (lambda: DoseRate([1.0], [0.1]).times(0.0), "above 0"),
        (lambda: bed([], 2.6, 2.8), "no cycle"),
        (lambda: bed([(5.0, DoseRate([1.0], [0.1])), (0.0, DoseRate([1.0], [0.1]))], 2.6, 2.8), "in order"),
        (lambda: bed([(0.0, DoseRate([1.0], [0.1]))], 0.0, 2.8), "alpha/beta"),
        (lambda: bed([(0.0, DoseRate([1.0], [0.1]))], 2.6, -1.0), "half-time of repair"),
        (lambda: bed([(0.0, DoseRate([1.0], [0.1]))], 2.6, [(0.5, 1.0), (0.4, 3.0)]), "add up to 1"),
        (lambda: Repopulation(doubling_time_h=1.0, alpha_per_Gy=0.3, until_h=1.0, start_h=2.0), "end after"),
    ],
)
def test_bad_input(make, said):
    with pytest.raises(DosimetryError, match=said):
        make()


def test_a_tail_of_its_own_height():
    rate = PiecewiseDoseRate([0.0, 10.0], [0.2, 0.1], 0.05, tail_Gy_per_h=0.08)
    assert rate.times(2.0).dose_Gy == pytest.approx(2 * (1.5 + 1.6), rel=1e-14)
    assert float(rate.at(10.0)) == pytest.approx(0.08, rel=1e-14)


def test_the_dose_rate_of_a_lesion():
    fit = ExponentialRate(amplitude_mGy_per_h_MBq=(0.02, -0.01), rate_per_h=(0.01, 0.3))
    made = dose_rate_of_lesion(fit, 7400.0)
    assert made.dose_Gy == pytest.approx(7.4 * fit.dose_mGy_per_MBq, rel=1e-14)
    pieces = PiecewiseRate(
        between=("linear", "exponential"),
        decay_per_h=0.05,
        time_h=(0.0, 10.0, 30.0),
        value_mGy_per_h_MBq=(0.02, 0.01, 0.006),
        tail_mGy_per_h_MBq=0.012,
        tail_per_h=0.1,
    )
    assert dose_rate_of_lesion(pieces, 500.0).dose_Gy == pytest.approx(
        0.5 * pieces.dose_mGy_per_MBq, rel=1e-14
    )
    with pytest.raises(DosimetryError, match="above 0"):
        dose_rate_of_lesion(fit, 0.0)


def test_a_sum_of_dose_rates():
    fit, lines = DoseRate([0.05, -0.03], [0.0135, 0.5]), PiecewiseDoseRate([0, 24, 72], [0.1, 0.3, 0.1], 0.04)
    both = SummedDoseRate((fit, lines))
    course = [(0.0, both), (100.0, both.times(0.5))]
    expected = by_quadrature(course, [(1.0, MU)], [0, 24, 72, 100, 124, 172, 2000])
    found = bed(course, 2.6, 2.8)
    assert found.g * found.dose_Gy**2 == pytest.approx(expected, rel=1e-10)
    assert found.dose_Gy == pytest.approx(1.5 * (fit.dose_Gy + lines.dose_Gy), rel=1e-14)


def test_near_constants_and_amplitudes_of_both_signs_in_cycles_that_overlap():
    """(exp(-k t) - exp(-(k + gap) t))/gap is t exp(-k t), whose meeting with itself T later is known."""
    k, gap, mu, later = 0.1, 2.0**-40, 0.25, 9.0
    rate = DoseRate([1.0 / gap, -1.0 / gap], [k, k + gap])
    b, d, two = k + mu, mu - k, 2 * k
    damage = math.exp(-mu * later) * (later * math.exp(d * later) / d - math.expm1(d * later) / d**2)
    meeting = later * (2 / (two**2 * b) + 1 / (two * b**2)) + 2 * (2 / (two**3 * b) + 1 / (two**2 * b**2))
    expected = damage / b**2 + math.exp(-k * later) * meeting
    found = bed([(0.0, rate), (later, rate)], 10.0, math.log(2) / mu).interaction_Gy2[0, 1]
    assert found == pytest.approx(expected, rel=1e-10)


def test_each_cycles_own_bed():
    rate = DoseRate([0.08], [0.0139])
    course = bed([(0.0, rate), (500.0, rate.times(2.0))], 10.0, 1.5, rbe_max=2.0)
    for own, factor in zip(course.bed_by_cycle_Gy, (1.0, 2.0), strict=True):
        assert own == pytest.approx(
            bed([(0.0, rate.times(factor))], 10.0, 1.5, rbe_max=2.0).bed_Gy, rel=1e-13
        )
    assert course.independent_Gy == pytest.approx(course.bed_by_cycle_Gy.sum(), rel=1e-14)
