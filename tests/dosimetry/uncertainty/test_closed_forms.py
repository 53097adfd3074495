"""Budgets with an answer in closed form, and what must not depend on how they are stated."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from a_cohort import LAMBDA, METHODS, WEIGHTS, of_exponentials, patient, stated

from dosimetry import CohortBudget, DosimetryError, Effect, Measurements, Patient, UncertaintyMethod, budgets
from dosimetry.uncertainty.budget import Budget, Error, Quantity
from kinetics import Curve

LIVER, KIDNEYS = Quantity("tiac", "liver", "h"), Quantity("tiac", "kidneys", "h")


def exact(**organs: list[tuple[float, float]]) -> Patient:
    """Curves without errors of their own; organs in %IA."""
    body = of_exponentials("%IA", [(100.0, 0.002)], sd=1e-9)
    curves = {n: of_exponentials("%IA", parts, sd=1e-9) for n, parts in organs.items()}
    return Patient(
        name="P01",
        sex="male",
        phantom="adult male",
        measurements=Measurements(whole_body=body, organs=curves),
    )


def corrected(curve: Curve) -> Curve:
    """Corrected for the decay of Zr-89, and of no nuclide."""
    return replace(curve, value=curve.value * np.exp(LAMBDA * curve.time_h), decay_corrected=True)


PLAIN = replace(
    METHODS, organ_model="monoexponential", organ_weights="sd", organ_trapezoids=None, first_interval=None,
    tail=None,
    heart_contents="none", red_marrow="none",
)  # fmt: skip


def one(who: Patient, *inputs: object, methods: object = PLAIN) -> Budget:
    made = budgets([who], methods, "Zr-89", WEIGHTS, UncertaintyMethod(inputs=inputs))  # type: ignore[arg-type]
    return made.budgets[0]


def test_one_organ_and_one_factor() -> None:
    budget = one(exact(liver=[(15.0, 0.001)]), stated("scanner", "everybody", Effect("curve", 0.03, "liver")))
    i = budget.of("tiac", "liver")
    assert budget.u()[i] == pytest.approx(0.03 * budget.value[i], rel=1e-6)
    assert budget.shares()["scanner"][i] == pytest.approx(1.0)
    low, high, said = budget.interval()
    assert (high[i] - low[i]) / 2 == pytest.approx(1.959964 * budget.u()[i], rel=1e-6)
    assert said[i] == "first order"


def test_two_organs_that_share_a_calibration_and_their_ratio() -> None:
    shared = stated("scanner", "everybody", Effect("curve", 0.03, "organs"))
    own = stated("recovery", "curve", Effect("curve", 0.04, "organs"))
    who = exact(liver=[(15.0, 0.001)], spleen=[(3.0, 0.001)])
    budget = one(who, shared, own)
    i, j = budget.of("tiac", "liver"), budget.of("tiac", "spleen")
    a, b = budget.value[i], budget.value[j]
    covariance = budget.covariance()
    assert covariance[i, j] == pytest.approx(0.03**2 * a * b, rel=1e-6)
    ratio = CohortBudget([budget]).ratio("P01", "tiac", "liver", "spleen")
    assert ratio.u / ratio.value == pytest.approx(math.sqrt(2) * 0.04, rel=1e-6)  # the calibration cancels
    assert CohortBudget([one(who, shared)]).ratio("P01", "tiac", "liver", "spleen").u == pytest.approx(
        0, abs=1e-8
    )


def test_a_remainder_with_parts_that_cancel() -> None:
    """One error of whole body and organs alike: relative, in the difference too."""
    who = exact(liver=[(15.0, 0.001)])
    both = stated("activity meter", "everybody", Effect("curve", 0.05, "all"))
    apart = [stated("probe", "everybody", Effect("curve", 0.05, "whole body")),
             stated("scanner", "everybody", Effect("curve", 0.05, "organs"))]  # fmt: skip
    budget, independent = one(who, both), one(who, *apart)
    i, body, liver = (budget.of("tiac", n) for n in ("remainder", "whole body", "liver"))
    assert budget.u()[i] == pytest.approx(0.05 * budget.value[i], rel=1e-6)
    expected = 0.05 * math.hypot(independent.value[body], independent.value[liver])
    assert independent.u()[i] == pytest.approx(expected, rel=1e-6)


def test_a_mass_cancels_in_the_electrons_self_dose() -> None:
    """A TIAC made of a concentration goes with the mass, and the S value of electrons against it."""
    liver = corrected(of_exponentials("kBq/g", [(10.0, 0.001)], sd=1e-9))
    body = corrected(of_exponentials("%IA", [(100.0, 0.002)], sd=1e-9))
    who = Patient(
        name="P01", sex="male", phantom="adult male", administered_MBq=180.0,
        measurements=Measurements(whole_body=body, organs={"liver": liver}),
    )  # fmt: skip
    mass = stated("mass", "curve", Effect("mass", 0.1, "liver"))
    budget = budgets([who], PLAIN, "Y-90", WEIGHTS, UncertaintyMethod(inputs=[mass])).budgets[0]
    row = budget.changes[[e.name for e in budget.errors].index("mass")]
    i, t = budget.of("absorbed dose", "liver"), budget.of("tiac", "liver")
    assert row[t] == pytest.approx(0.1 * budget.value[t])
    assert abs(row[i]) < 0.005 * 0.1 * budget.value[i]  # bremsstrahlung and the remainder are left
    rest = budget.of("tiac", "remainder")
    assert row[rest] == pytest.approx(-row[t])


def test_an_outline_that_is_too_large_holds_more_activity_and_more_mass() -> None:
    """Two effects of one input are fully correlated: in the concentration they subtract."""
    who = exact(liver=[(15.0, 0.001)])
    outline = stated("outline", "curve", Effect("curve", 0.04, "liver"), Effect("mass", 0.1, "liver"))
    apart = [
        stated("activity", "curve", Effect("curve", 0.04, "liver")),
        stated("mass", "curve", Effect("mass", 0.1, "liver")),
    ]
    together, independent = one(who, outline), one(who, *apart)
    i = together.of("absorbed dose", "liver")
    by = {e.name: independent.changes[j, i] for j, e in enumerate(independent.errors)}
    row = together.changes[[e.name for e in together.errors].index("outline"), i]
    assert row == pytest.approx(by["activity"] + by["mass"])
    assert by["activity"] > 0 > by["mass"] and abs(row) < math.hypot(by["activity"], by["mass"])


FOUR = (
    stated("scanner", "everybody", Effect("curve", 0.03, "organs")),
    stated("recovery", "curve", Effect("curve", 0.05, "organs")),
    stated("mass", "curve", Effect("mass", 0.1, "organs")),
    stated("noise", "point", Effect("curve", 0.04, "serum")),
)


def test_an_input_split_in_two_is_the_same_input() -> None:
    whole = one(patient(), *FOUR, methods=METHODS)
    half = [replace(x, effects=tuple(replace(e, u=e.u / math.sqrt(2)) for e in x.effects)) for x in FOUR]
    split = one(patient(), *half, *half, methods=METHODS)
    np.testing.assert_allclose(split.u(), whole.u(), rtol=1e-12)
    for name, share in whole.shares().items():
        np.testing.assert_allclose(split.shares()[name], share, rtol=1e-9, atol=1e-15)


def test_shares_sum_to_one_and_the_order_does_not_matter() -> None:
    budget, turned = one(patient(), *FOUR, methods=METHODS), one(patient(), *FOUR[::-1], methods=METHODS)
    np.testing.assert_allclose(sum(budget.shares().values()), 1.0, rtol=1e-12)
    np.testing.assert_allclose(turned.u(), budget.u(), rtol=1e-13)


def test_a_patient_is_the_same_whoever_else_is_in_the_cohort() -> None:
    method = UncertaintyMethod(inputs=FOUR)
    both = budgets([patient("P02"), patient("P01")], METHODS, "Zr-89", WEIGHTS, method)
    alone = one(patient("P01"), *FOUR, methods=METHODS)
    np.testing.assert_array_equal(both.of("P01").changes, alone.changes)
    assert both.of("P01").errors == alone.errors


def test_what_patients_share_is_one_error_and_what_they_do_not_is_two() -> None:
    method = UncertaintyMethod(inputs=FOUR)
    cohort = budgets([patient("P01"), patient("P02")], METHODS, "Zr-89", WEIGHTS, method)
    shared = set(cohort.of("P01").errors) & set(cohort.of("P02").errors)
    assert {e.name for e in shared} == {"scanner", "SAF statistics", *(
        f"rule of trapezoids: {r}" for r in ("between points", "first interval", "tail", "known offset")
    )}  # fmt: skip
    i = cohort.of("P01").of("tiac", "liver")
    found = cohort.covariance("tiac", "liver")
    by_hand = sum(
        a * b for e, a in zip(cohort.of("P01").errors, cohort.of("P01").changes[:, i], strict=True)
        for f, b in zip(cohort.of("P02").errors, cohort.of("P02").changes[:, i], strict=True) if e == f
    )  # fmt: skip
    assert found[0, 1] == pytest.approx(by_hand) and found[0, 0] == pytest.approx(
        cohort.of("P01").u()[i] ** 2
    )


def simple(name: str, value: float, own: float, shared: float) -> Budget:
    errors = (Error("counts", (name,), "A"), Error("calibration"))
    changes = np.array([[own, 0.0], [shared * value, shared * 2.0]])
    return Budget(name, (LIVER, KIDNEYS), np.array([value, 2.0]), errors, changes)


def test_the_mean_of_a_cohort_in_closed_form() -> None:
    cohort = CohortBudget(
        [simple("P01", 10.0, 0.3, 0.05), simple("P02", 12.0, 0.4, 0.05), simple("P03", 14.0, 0.5, 0.05)],
        ["male", "female", "male"],
    )
    mean = cohort.mean()[0]
    assert (mean.n, mean.value, mean.sd) == (3, 12.0, 2.0)
    assert mean.u_shared == pytest.approx(0.05 * 12.0)  # not lessened by the number of patients
    assert mean.u_measured == pytest.approx(math.sqrt((0.09 + 0.16 + 0.25) / 3))
    assert mean.u == pytest.approx(math.hypot(2.0 / math.sqrt(3), 0.6))
    freedom = 2 * (mean.u / (2.0 / math.sqrt(3))) ** 4
    from scipy.stats import t

    assert mean.high - mean.value == pytest.approx(t.ppf(0.975, freedom) * mean.u, rel=1e-6)
    assert cohort.mean("male")[0].value == 12.0 and cohort.mean("female")[0].sd is None
    one_woman = cohort.mean("female")[0]
    assert one_woman.u == pytest.approx(math.hypot(0.4, 0.6))
    with pytest.raises(DosimetryError, match="no patient is 'both'"):
        cohort.mean("both")


def test_own_errors_that_the_spread_does_not_show_come_on_top() -> None:
    """A reference mass is the same in all patients' values; what they are off from it is not in their SD."""
    cohort = CohortBudget([simple(f"P{i}", 10.0 + i, 0.6, 0.05) for i in range(4)])
    plain, more = cohort.mean()[0], cohort.mean(assumed=["counts"])[0]
    assert more.u == pytest.approx(math.hypot(plain.u, 0.6 / 2))
    assert cohort.mean(assumed=["calibration"])[0].u == plain.u  # shared: it is in it already


def test_without_a_spread_the_mean_has_what_is_shared() -> None:
    """Equal values: SD 0, and the interval is the normal one of the calibration."""
    cohort = CohortBudget([simple(f"P{i}", 10.0, 0.0, 0.05) for i in range(5)])
    mean = cohort.mean()[0]
    assert mean.sd == 0.0 and mean.u == pytest.approx(0.5)
    assert mean.high == pytest.approx(10.0 + 1.959964 * 0.5, rel=1e-6)


def test_a_difference_of_two_patients() -> None:
    cohort = CohortBudget([simple("P01", 10.0, 0.3, 0.05), simple("P02", 12.0, 0.4, 0.05)])
    found = cohort.difference("P02", "P01", "tiac", "liver")
    assert found.value == 2.0 and found.u == pytest.approx(math.sqrt(0.3**2 + 0.4**2 + 0.1**2))
    with pytest.raises(KeyError, match="no budget of patient 'P09'"):
        cohort.difference("P02", "P09", "tiac", "liver")
    with pytest.raises(KeyError, match="no tiac of 'spleen'"):
        cohort.difference("P02", "P01", "tiac", "spleen")


def test_intervals_of_large_uncertainty_are_log_normal_but_of_a_remainder() -> None:
    rest = Quantity("tiac", "remainder", "h")
    budget = Budget("P01", (LIVER, rest), np.array([10.0, 1.0]), (Error("a"),), np.array([[4.0, 2.0]]))
    low, high, said = budget.interval()
    s = math.sqrt(math.log1p(0.16))
    assert low[0] == pytest.approx(10 * math.exp(-1.959964 * s), rel=1e-6)
    assert high[0] == pytest.approx(10 * math.exp(1.959964 * s), rel=1e-6)
    assert said == ("first order, log-normal", "first order")
    assert low[1] == 0.0 and high[1] == pytest.approx(1 + 1.959964 * 2)


def test_few_degrees_of_freedom_widen_the_interval() -> None:
    """GUM G.4.1: nu_eff = u^4/sum(u_i^4/nu_i)."""
    a, b = Error("fit"), Error("calibration")
    budget = Budget(
        "P01", (LIVER,), np.array([10.0]), (a, b), np.array([[0.3], [0.4]]), degrees_of_freedom={a: 2.0}
    )
    assert budget.effective_degrees_of_freedom()[0] == pytest.approx(0.5**4 / (0.3**4 / 2))
    from scipy.stats import t

    assert budget.interval().high[0] == pytest.approx(
        10 + 0.5 * t.ppf(0.975, 0.5**4 / (0.3**4 / 2)), rel=1e-9
    )
    plain = replace(budget, degrees_of_freedom={})
    assert plain.interval().high[0] == pytest.approx(10 + 0.5 * 1.959964, rel=1e-6)


def test_a_fit_with_an_unknown_scale_has_its_degrees_of_freedom() -> None:
    who = patient()
    budget = one(who, methods=replace(METHODS, whole_body_weights="relative"))
    by = {e.name: v for e, v in budget.degrees_of_freedom.items()}
    assert by == {"counts and fit: whole body": 3.0}  # five points, two parameters
    assert one(who, methods=METHODS).degrees_of_freedom == {}


def test_a_budget_whose_arrays_do_not_fit_is_refused() -> None:
    with pytest.raises(DosimetryError, match="changes"):
        Budget("P01", (LIVER,), np.array([1.0]), (Error("a"),), np.zeros((2, 1)))
    with pytest.raises(DosimetryError, match="2 sexes of 1"):
        CohortBudget([simple("P01", 1.0, 0.1, 0.1)], ["male", "female"])
    with pytest.raises(DosimetryError, match="different levels"):
        CohortBudget([simple("P01", 1.0, 0.1, 0.1), replace(simple("P02", 1.0, 0.1, 0.1), level=0.9)])
    with pytest.raises(DosimetryError, match="1 results of 2 patients"):
        budgets(
            [patient("P01"), patient("P02")],
            METHODS,
            "Zr-89",
            WEIGHTS,
            UncertaintyMethod(inputs=()),
            results=[None],
        )  # type: ignore[list-item]


def test_an_offset_moves_intervals_and_is_a_part_of_u() -> None:
    """10 h that is known to be 2 h too much, +- 0.5 h: 8 h -+ 1.96 x 0.5 h; off by hypot(2, 0.5) h."""
    offset = Error("rule", offset=True)
    first, second = (
        Budget(
            name, (LIVER,), np.array([value]), (Error("counts", (name,), "A"), offset),
            np.array([[0.5], [change]]),
        )
        for name, value, change in (("P01", 10.0, -2.0), ("P02", 12.0, -1.0))
    )  # fmt: skip
    half = 1.959964 * 0.5
    low, high, said = first.interval()
    assert (low[0], high[0]) == pytest.approx((8.0 - half, 8.0 + half), rel=1e-6) and said == ("first order",)
    assert first.u()[0] == pytest.approx(np.hypot(2.0, 0.5)) and first.u(offset=False)[0] == 0.5
    assert first.offset()[0] == -2.0
    both = CohortBudget([first, second])
    apart = both.difference("P02", "P01", "tiac", "liver")  # 2 h, of which 1 h is the rule's
    assert (apart.value, apart.u) == pytest.approx((2.0, np.hypot(1.0, np.hypot(0.5, 0.5))))
    half = 1.959964 * np.hypot(0.5, 0.5)
    assert (apart.low, apart.high) == pytest.approx((3.0 - half, 3.0 + half), rel=1e-6)
    mean = both.mean()[0]
    assert (mean.value, mean.offset, mean.u_shared) == pytest.approx((11.0, -1.5, 1.5))
    assert 0.5 * (mean.low + mean.high) == pytest.approx(9.5)
    of_sample = np.sqrt(2.0) / np.sqrt(2.0)  # SD of 10 and 12 h, by the root of two patients
    assert mean.u == pytest.approx(np.hypot(of_sample, 1.5))
    half = 12.706205 * 1.5  # Student's t of one degree; what is corrected, 8 and 11 h, has a SD of 3/√2 h
    assert mean.high - mean.low == pytest.approx(2 * half, rel=1e-6)


def test_a_remainder_smaller_than_its_offset_has_an_interval_that_ends_at_0() -> None:
    """0.1 h that is known to be 1 h too much, +- 0.2 h: nothing is left, and low is not above high."""
    remainder = Quantity("tiac", "remainder", "h")
    budget = Budget(
        "P01", (remainder, remainder), np.array([0.1, 0.8]),
        (Error("counts", ("P01",), "A"), Error("rule", offset=True)), np.array([[0.2, 0.2], [-1.0, -1.0]]),
    )  # fmt: skip
    low, high, _ = budget.interval()
    assert low.tolist() == [0.0, 0.0]
    assert high == pytest.approx([0.0, -0.2 + 1.959964 * 0.2], rel=1e-6)
