"""Voided contents: against 80 digits, against their differential equations, published TIACs, bad input."""

from __future__ import annotations

import itertools
import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from kinetics import Contents, ContinuousEmptying, Emptying, Inflow, KineticsError
from kinetics.excretion.integrals import filling, mean, moment

FDG = Inflow.of_half_lives([0.06, 0.18], [0.20, 1.5])
F18 = math.log(2.0) / 1.8295
EMPTYINGS = {
    "regular": Emptying(every_h=3.5),
    "first": Emptying(every_h=3.5, first_h=0.75),
    "residual": Emptying(every_h=2.0, first_h=1.0, residual=0.2),
    "listed": Emptying(times_h=(0.5, 2.25, 4.0), every_h=3.0, residual=0.1),
    "never again": Emptying(times_h=(1.0, 2.5), residual=0.3),
}
#: Rates and decay constants, 1/h: tiny ones, equal ones, fast ones.
RATES = (1e-9, 1e-4, 0.1, 0.37887, 3.0, 50.0)
DECAY = (1e-9, 1e-4, 0.1, 0.37887, 3.0)


def exact(emptying: Emptying, b: float | Decimal, lam: float) -> Decimal:
    """The TIAC for one rate and a share of 1 by naive formulas in 80 digits.

    Regular intervals by the general solution c_m = x r^m + y q^m of c_m+1 = r (c_m + A q^m (1 - q)), which is
    another way than the module's.
    """
    with localcontext() as context:
        context.prec = 80
        one, rate, decay, r = Decimal(1), Decimal(b), Decimal(lam), Decimal(emptying.residual)

        def parts(length: Decimal) -> tuple[Decimal, Decimal]:
            alone = (one - (-decay * length).exp()) / decay
            return alone, alone - (one - (-(decay + rate) * length).exp()) / (decay + rate)

        start, left, total = Decimal(0), Decimal(0), Decimal(0)
        for t in map(Decimal, emptying.listed_h):
            alone, fill = parts(t - start)
            total += (-decay * start).exp() * (left * alone + (-rate * start).exp() * fill)
            left = r * (left + (-rate * start).exp() - (-rate * t).exp())
            start = t
        a, p0 = (-rate * start).exp(), (-decay * start).exp()
        if emptying.every_h is None:
            return total + p0 * (left / decay + a * (one / decay - one / (decay + rate)))
        length = Decimal(emptying.every_h)
        p, q = (-decay * length).exp(), (-rate * length).exp()
        alone, fill = parts(length)
        y = r * a * (one - q) / (q - r)
        s = (left - y) / (one - p * r) + y / (one - p * q)
        return total + p0 * (s * alone + a * fill / (one - p * q))


def one(b: float, emptying: Emptying | ContinuousEmptying, lam: float) -> Contents:
    return Contents(Inflow(np.array([1.0]), np.array([b])), emptying, lam)


@pytest.mark.parametrize("kind", EMPTYINGS)
def test_closed_forms_against_eighty_digits(kind: str) -> None:
    for b, lam in itertools.product(RATES, DECAY):
        found = one(b, EMPTYINGS[kind], lam).tiac_h
        assert found == pytest.approx(float(exact(EMPTYINGS[kind], b, lam)), rel=1e-12), (b, lam)


@pytest.mark.parametrize("kind", EMPTYINGS)
def test_the_derivative_by_the_rate_against_eighty_digits(kind: str) -> None:
    emptying = EMPTYINGS[kind]
    for b, lam in itertools.product(RATES, DECAY):
        with localcontext() as context:
            context.prec = 80
            step = Decimal(b) * Decimal("1e-20")
            ends = [exact(emptying, Decimal(b) + sign * step, lam) for sign in (1, -1)]
            slope = float((ends[0] - ends[1]) / (2 * step))
        found = one(b, emptying, lam).gradient[1]
        scale = one(b, emptying, lam).tiac_h / b  # of a slope; where it passes 0 no figures are asked for
        assert found == pytest.approx(slope, rel=1e-9, abs=1e-12 * scale), (b, lam)


@pytest.mark.parametrize("kind", EMPTYINGS)
@pytest.mark.parametrize(("b", "lam"), [(0.2, 0.37887), (0.37887, 0.37887), (3.0, 0.1)])
def test_against_the_differential_equations(kind: str, b: float, lam: float) -> None:
    emptying = EMPTYINGS[kind]

    def change(_: float, y: np.ndarray) -> list[float]:
        inside, bladder, _area = y
        return [-(b + lam) * inside, b * inside - lam * bladder, bladder]

    state, start = np.array([1.0, 0.0, 0.0]), 0.0
    contents = one(b, emptying, lam)
    end = 33.0 / lam
    emptied = emptying.until(end).tolist()
    for time in sorted({*emptied, *np.arange(5.0, end, 5.0), end}):
        steps = {"rtol": 1e-12, "atol": 1e-16, "method": "DOP853"}
        state = solve_ivp(change, (start, time), state, **steps).y[:, -1]
        state[state < 1e-100] = 0.0  # else a solver's error is 0/0
        if time < 10.0 and time in emptied:
            assert contents.at([time], before=True)[0] == pytest.approx(state[1], rel=1e-9)
            assert contents.at([time])[0] == pytest.approx(emptying.residual * state[1], rel=1e-9, abs=1e-15)
        state[1] *= emptying.residual if time in emptied else 1.0
        start = time
    assert contents.tiac_h == pytest.approx(state[2], rel=1e-10)


@pytest.mark.parametrize("lam", [1e-9, 0.1, 0.5])
@pytest.mark.parametrize("b", [1e-9, 0.1, 0.5, 20.0])
def test_continuous_emptying(b: float, lam: float) -> None:
    """b = k and b = lambda are no special cases; the contents against their differential equation."""
    contents = one(b, ContinuousEmptying(0.5), lam)
    assert contents.tiac_h == pytest.approx(b / ((lam + b) * (lam + 0.5)), rel=1e-14)
    assert contents.gradient[1] == pytest.approx(lam / (lam + b) ** 2 / (lam + 0.5), rel=1e-14)
    y = solve_ivp(
        lambda t, y: [b * math.exp(-(b + lam) * t) - (0.5 + lam) * y[0]], (0.0, 6.0), [0.0],
        rtol=1e-12, atol=1e-20, method="DOP853", t_eval=[0.01, 1.0, 6.0],
    )  # fmt: skip
    assert contents.at([0.01, 1.0, 6.0]) == pytest.approx(y.y[0], rel=1e-9)


def test_without_decay_the_contents_are_still_finite() -> None:
    contents = one(0.3, Emptying(every_h=2.0, residual=0.25), 0.0)
    assert contents.tiac_h == pytest.approx(
        one(0.3, Emptying(every_h=2.0, residual=0.25), 1e-13).tiac_h, rel=1e-11
    )
    with pytest.raises(KineticsError, match="infinite TIAC"):
        one(0.3, Emptying(times_h=(2.0,)), 0.0)
    with pytest.raises(KineticsError, match="rate of 0 is not defined"):
        one(0.0, Emptying(every_h=2.0), 0.0)


def test_a_rate_of_zero_brings_nothing() -> None:
    assert one(0.0, Emptying(every_h=2.0), 0.1).tiac_h == 0.0


@pytest.mark.parametrize(("every_h", "published_h"), [(3.5, 0.26), (3.0, 0.23), (2.0, 0.16)])
def test_fdg_of_icrp_128(every_h: float, published_h: float) -> None:
    """Adult, 15 and 10 years; 5 years; 1 year: as printed, half a unit of the last place."""
    found = Contents(FDG, Emptying(every_h=every_h), F18).tiac_h
    assert abs(found - published_h) <= 0.005


def test_uptake_forms_are_negative_amplitudes() -> None:
    """An organ that fills with 2/h and empties into the bladder with 0.5/h: the same by quadrature."""
    inflow = Inflow([4 / 3 * 0.4, -1 / 3 * 0.4], [0.5, 2.0])
    contents = Contents(inflow, Emptying(every_h=1.5, residual=0.1), 0.2)
    ends = [0.0, *contents.emptied.until(150.0)]  # type: ignore[union-attr]
    area = sum(
        quad(lambda t: contents.at([t], before=True)[0], a + 1e-12, b, epsabs=1e-13)[0]
        for a, b in itertools.pairwise(ends)
    )
    assert contents.tiac_h == pytest.approx(area, rel=1e-8)
    assert inflow.total == pytest.approx(0.4)


def test_the_standard_error_is_that_of_many_draws() -> None:
    covariance = np.diag([0.01, 0.02, 0.3, 0.05]) ** 2
    covariance[0, 2] = covariance[2, 0] = -0.5 * 0.01 * 0.3
    inflow = Inflow([0.06, 0.18], [3.5, 0.46], covariance)
    emptied = Emptying(every_h=3.5, first_h=1.0, residual=0.1)
    contents = Contents(inflow, emptied, F18)
    draws = np.random.default_rng(7).multivariate_normal([0.06, 0.18, 3.5, 0.46], covariance, 4000)
    found = [Contents(Inflow(d[:2], d[2:]), emptied, F18).tiac_h for d in draws]
    assert contents.se_h == pytest.approx(np.std(found), rel=0.05)  # 4000 draws give it to 1.1 %
    assert Contents(FDG, emptied, F18).se_h is None


def test_integrals_keep_their_figures() -> None:
    for x, y in itertools.product((0.0, 1e-12, 1e-3, 0.999, 1.0, 1.001, 30.0, 800.0), repeat=2):
        with localcontext() as context:
            context.prec = 150
            a, b = Decimal(x), Decimal(y)

            def of(z: Decimal) -> Decimal:
                return (1 - (-z).exp()) / z if z else Decimal(1)

            expected = float(of(a) - of(a + b))
            second = float((1 - (-a).exp() * (1 + a)) / a**2) if a else 0.5
        assert float(filling(x, y)) == pytest.approx(expected, rel=2e-14, abs=0.0)
        assert float(moment(x)) == pytest.approx(second, rel=2e-14)
        assert float(mean(x)) == pytest.approx(float(of(a)), rel=1e-15)


@pytest.mark.parametrize(
    ("share", "rate", "said"),
    [
        ([0.5], [0.1, 0.2], "1 shares and 2 rates"),
        ([math.nan], [0.1], "share 1 of an inflow is nan"),
        ([0.5], [-0.1], "rate 1 of an inflow is -0.1 1/h; 0 or above is needed"),
        ([24.0], [0.1], "24 of the administered activity enters.*not per cent"),
        ([1.0, -1.0], [0.1, 2.0], "what enters is below 0 at 0 h: the curve rises there"),
    ],
)
def test_inflows_that_cannot_be(share: list[float], rate: list[float], said: str) -> None:
    with pytest.raises(KineticsError, match=said):
        Inflow(share, rate)


def test_other_input_that_cannot_be() -> None:
    with pytest.raises(KineticsError, match=r"shape \(2, 2\)"):
        Inflow([0.1, 0.2], [0.1, 0.2], np.eye(2))
    with pytest.raises(KineticsError, match="half-life 2 of an inflow is 0 h"):
        Inflow.of_half_lives([0.1, 0.2], [1.0, 0.0])
    with pytest.raises(KineticsError, match="rate of emptying is 0 1/h"):
        ContinuousEmptying(0.0)
    with pytest.raises(KineticsError, match="decay constant is -1"):
        Contents(FDG, Emptying(every_h=1.0), -1.0)
    with pytest.raises(KineticsError, match=r"emptyings is 1e\+308 h; 1e-06 to 1e\+09 h is allowed"):
        Contents(FDG, Emptying(every_h=1e308, first_h=1.0), 0.1)
    with pytest.raises(KineticsError, match="rate of what enters is 1e-300 1/h; 0, or 1e-15"):
        one(1e-300, Emptying(every_h=1.0), 0.1)
    with pytest.raises(KineticsError, match="below 0 or not finite"):
        Contents(FDG, Emptying(every_h=1.0), 0.1).at([-1.0])
