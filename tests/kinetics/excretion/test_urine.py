"""Measured urine: the bladder between voids, simulated data recovered, what cannot be."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from kinetics import Contents, Emptying, Inflow, KineticsError, MeasuredContents, Urine, fit_urine

LAM = math.log(2.0) / 1.8295
END = np.array([0.8, 2.0, 3.5, 5.0, 7.0, 9.5, 13.0, 18.0, 24.0])
START = np.append(0.0, END[:-1])
TRUE = np.array([25.0, 40.0, 0.9, 0.12])  # %IA and 1/h


def amounts(theta: np.ndarray) -> np.ndarray:
    k = theta.size // 2
    a, b = theta[:k], theta[k:]
    return (np.exp(-np.outer(START, b)) - np.exp(-np.outer(END, b))) @ a


def urine(percent_ia: Any, **more: Any) -> Urine:
    given = {"end_h": END, "decay_corrected": True, "complete": True, "lambda_phys_per_h": LAM}
    return Urine(percent_ia=percent_ia, **(given | more))


def held(time_h: float, contents: MeasuredContents) -> float:
    return float(contents.at([time_h])[0])


def test_the_bladder_between_voids_is_the_integral_of_what_it_held() -> None:
    voids = urine(amounts(TRUE), sd_percent_ia=0.1 * amounts(TRUE))
    for residual in (0.0, 0.1):
        contents = MeasuredContents(voids, residual)
        ends = [0.0, *END]
        area = sum(quad(held, a, b - 1e-13, (contents,))[0] for a, b in itertools.pairwise(ends))
        area += quad(held, END[-1], np.inf, (contents,))[0]
        assert contents.tiac_h == pytest.approx(area, rel=1e-9)
        step = 1e-3 * np.eye(END.size)
        slopes = [MeasuredContents(urine(amounts(TRUE) + s), residual).tiac_h - contents.tiac_h for s in step]
        assert contents.se_h == pytest.approx(
            np.linalg.norm(np.array(slopes) * 100 * amounts(TRUE)), rel=1e-6
        )
    assert contents.at([END[0] - 1e-12])[0] * math.exp(LAM * END[0]) == pytest.approx(
        amounts(TRUE)[0] / 100 / 0.9
    )
    # what stays after a void is r of what there was before it
    assert contents.at([END[0]])[0] == pytest.approx(0.1 * contents.at([END[0] - 1e-12])[0], rel=1e-9)


def test_voids_of_a_filled_bladder_give_its_tiac_back() -> None:
    """Half-minute voids of exponential filling: even growth between them is then no approximation."""
    end = np.arange(1, 3000) / 120.0
    a, b = 60.0, 0.3
    amount = a * (np.exp(-b * np.append(0.0, end[:-1])) - np.exp(-b * end))
    short = Urine(end_h=end, percent_ia=amount, decay_corrected=True, complete=True, lambda_phys_per_h=LAM)
    inflow = fit_urine(short, 1).inflow
    often = Contents(inflow, Emptying(every_h=1 / 120), LAM).tiac_h
    assert MeasuredContents(short).tiac_h == pytest.approx(often, rel=1e-3)


def test_decay_is_put_back_by_the_time_of_the_void_or_of_the_measurement() -> None:
    held = amounts(TRUE)
    at_void = urine(held * np.exp(-LAM * END), decay_corrected=False)
    later = urine(held * np.exp(-LAM * (END + 2.0)), decay_corrected=False, measured_at_h=END + 2.0)
    assert at_void.corrected == pytest.approx(held, rel=1e-12)
    assert later.corrected == pytest.approx(held, rel=1e-12)
    assert at_void.cumulative()[-1] == pytest.approx(held.sum())


def test_concentrations_times_volumes() -> None:
    volume = np.linspace(100, 400, END.size)
    made = Urine.from_concentration(
        end_h=END, kBq_per_mL=amounts(TRUE) * 1.85e3 / volume, sd_kBq_per_mL=1.85e3 / volume,
        volume_mL=volume, administered_MBq=185.0, decay_corrected=True, complete=True, lambda_phys_per_h=LAM,
    )  # fmt: skip
    assert made.percent_ia == pytest.approx(amounts(TRUE))
    assert made.sd_percent_ia == pytest.approx(np.ones(END.size))


@pytest.mark.parametrize("k", [1, 2])
def test_exact_amounts_are_recovered_and_the_number_is_chosen(k: int) -> None:
    truth = TRUE if k == 2 else TRUE[[1, 3]]
    exact = amounts(truth)
    fit = fit_urine(urine(exact, sd_percent_ia=0.03 * exact))
    assert fit.exponentials == k
    found = [e.value for e in (*fit.percent_ia, *fit.rate_per_h)]
    assert found == pytest.approx(truth.tolist(), rel=1e-6)
    assert fit.cumulative_percent_ia == pytest.approx(np.cumsum(exact), rel=1e-6)
    gaps = urine(exact[[0, 2, 3, 5, 6, 8]], end_h=END[[0, 2, 3, 5, 6, 8]], start_h=START[[0, 2, 3, 5, 6, 8]],
                 complete=False)  # fmt: skip
    again = fit_urine(gaps, k)
    assert [e.value for e in (*again.percent_ia, *again.rate_per_h)] == pytest.approx(
        truth.tolist(), rel=1e-5
    )


def test_pulls_of_simulated_urine() -> None:
    """300 data sets with 4 % errors: pulls of parameters and of the bladder's TIAC have mean 0 and SD 1.

    The standard error of a mean of 300 is 0.058, that of an SD 0.041; limits are 3.5 of them, and for SDs of
    nonlinear parameters 10 % more.
    """
    rng, exact = np.random.default_rng(20), amounts(TRUE)
    emptied = Emptying(every_h=3.0, first_h=1.0)
    pulls = []
    for _ in range(300):
        sd = 0.04 * exact
        fit = fit_urine(urine(exact + sd * rng.standard_normal(END.size), sd_percent_ia=sd), 2, weights="sd")
        assert not fit.warnings or "lack of fit" in fit.warnings[0]
        contents, truth = Contents(fit.inflow, emptied, LAM), Inflow(TRUE[:2] / 100, TRUE[2:])
        off = [(e.value - t, e.se) for e, t in zip((*fit.percent_ia, *fit.rate_per_h), TRUE, strict=True)]
        off.append((contents.tiac_h - Contents(truth, emptied, LAM).tiac_h, contents.se_h))
        pulls.append([d / se for d, se in off if se])
    assert np.abs(np.mean(pulls, axis=0)).max() < 3.5 * 0.058
    assert np.abs(np.std(pulls, axis=0) - 1).max() < 3.5 * 0.041 + 0.1


@pytest.mark.parametrize("seed", range(8))
def test_without_standard_deviations_the_residuals_give_the_errors(seed: int) -> None:
    rng, exact = np.random.default_rng(seed), amounts(TRUE[[1, 3]])
    noisy = exact * (1 + 0.05 * rng.standard_normal(END.size))
    for weights in ("auto", "relative", "none"):
        fit = fit_urine(urine(noisy), 1, weights=weights)
        for e, t in zip((*fit.percent_ia, *fit.rate_per_h), TRUE[[1, 3]], strict=True):
            assert e.se
            assert abs(e.value - t) < 4 * e.se


def test_weights_that_the_voids_have_not() -> None:
    two = Urine(
        end_h=[1.0, 3.0], percent_ia=[9.0, 11.0], decay_corrected=True, complete=True, lambda_phys_per_h=0.1
    )
    with pytest.raises(KineticsError, match=r"need the standard deviations of the voids \(sd_percent_ia"):
        fit_urine(two, 1, weights="sd")


def test_a_second_exponential_that_is_not_there_is_not_chosen() -> None:
    """By the criterion one exponential too many is taken in at most P(chi2_2 > 4) = 14 % of the cases."""
    rng, exact = np.random.default_rng(5), amounts(TRUE[[1, 3]])
    chosen = [
        fit_urine(
            urine(exact * (1 + 0.05 * rng.standard_normal(END.size)), sd_percent_ia=0.05 * exact)
        ).exponentials
        for _ in range(60)
    ]
    assert np.mean(np.array(chosen) == 1) > 0.8


def test_too_few_voids_for_two() -> None:
    few = urine([10.0, 12.0, 9.0], end_h=END[:3], sd_percent_ia=[0.5, 0.5, 0.5])
    fit = fit_urine(few)
    assert fit.exponentials == 1
    assert fit.criteria[2] == "3 voids for the 4 parameters of 2 exponential(s)"
    with pytest.raises(KineticsError, match="3 voids for the 4 parameters"):
        fit_urine(few, 2)
    with pytest.raises(KineticsError, match="3 exponentials; 1, 2 or None"):
        fit_urine(few, 3)


def test_urine_that_flows_on_is_on_a_bound_and_taken_where_one_exponential_fails() -> None:
    truth = np.array([6.0, 100.0, 0.8, 0.001])
    exact = amounts(truth)
    fit = fit_urine(urine(exact, sd_percent_ia=0.03 * exact))
    assert fit.exponentials == 2
    assert isinstance(fit.criteria[2], str)
    assert fit.criteria[2].startswith("bound reached: a2")
    assert fit.criteria[2] in fit.warnings
    assert fit.rate_per_h[1].value == pytest.approx(0.001, rel=1e-3)
    assert fit.percent_ia[1].se is None


def test_urine_that_does_not_slow_down_is_said() -> None:
    fit = fit_urine(urine(0.5 * np.diff(np.append(0.0, END))), 1)
    assert any("% of what leaves by the fit leaves after the last void" in w for w in fit.warnings)


GOOD = {"end_h": [1.0, 2.0], "percent_ia": [5.0, 6.0]}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"end_h": [2.0, 1.0]}, "void 2 is at 1 h; a time after 2 h is needed: voids in order"),
        ({"end_h": [0.0, 1.0]}, "void 1 is at 0 h; a time after 0 h"),
        ({"percent_ia": [5.0]}, "2 times of voids and 1 of percent_ia"),
        ({"percent_ia": [5.0, -1.0]}, "void 2 holds -1 %IA; 0 or more"),
        ({"percent_ia": [50.0, 70.0]}, "all voids hold 120 % of the administered"),
        ({"sd_percent_ia": [1.0, 0.0]}, "standard deviation of void 2 is 0 %IA; above 0"),
        ({"complete": False}, r"not complete needs the start of each void's interval \(start_h\)"),
        ({"start_h": [0.0, 1.5]}, "starts at 1.5 h, but the one before ends at 1 h: a collection with a gap"),
        ({"start_h": [0.0, 0.5], "complete": False}, "void 2 starts at 0.5 h; the one before ends at 1 h"),
        ({"measured_at_h": [2.0, 3.0]}, "these are decay-corrected"),
        ({"measured_at_h": [0.5, 3.0], "decay_corrected": False}, "void 1, at 1 h, was measured at 0.5 h"),
        ({"lambda_phys_per_h": -1.0}, "decay constant is -1 1/h"),
    ],
)  # fmt: skip
def test_urine_that_cannot_be(given: dict[str, Any], said: str) -> None:
    with pytest.raises(KineticsError, match=said):
        urine(**(GOOD | given))


def test_other_things_that_cannot_be() -> None:
    gap = urine([5.0], end_h=[2.0], start_h=[1.0], complete=False)
    with pytest.raises(KineticsError, match="not complete: what was excreted"):
        gap.cumulative()
    with pytest.raises(KineticsError, match="not complete, so what the bladder held"):
        MeasuredContents(gap)
    with pytest.raises(KineticsError, match="void 2, at 2 h, holds less than the void before it left"):
        MeasuredContents(urine([9.0, 1.0], end_h=[1.0, 2.0]), 0.5)
    with pytest.raises(KineticsError, match="share of 1 stays"):
        MeasuredContents(urine(**GOOD), 1.0)
    with pytest.raises(KineticsError, match="every void holds 0"):
        fit_urine(urine([0.0, 0.0], end_h=[1.0, 2.0]))
    with pytest.raises(KineticsError, match="volume of void 1 is 0 mL"):
        Urine.from_concentration(
            end_h=[1.0], kBq_per_mL=[1.0], volume_mL=[0.0], administered_MBq=1.0, decay_corrected=True,
            complete=True, lambda_phys_per_h=LAM,
        )  # fmt: skip
    assert MeasuredContents(urine(**GOOD)).warnings[0].startswith("the last void, at 2 h, brought 55 %")
