"""Contents of the gut as sources: simulated patients whose tract is known come back, with right errors."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from dosimetry import CurveMethod, DosimetryError, Measurements, Methods, Patient, nuclide, patient_tiacs
from dosimetry.bladder.method import BladderMethod
from dosimetry.gut.body_loss import left_before_decay, loss, of_chosen
from dosimetry.gut.method import GutMethod
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics import ContinuousEmptying, Curve, choose_model, entered, fit_curve, tract, tract_tiac_h
from kinetics.areas.counted import counted_curve

ZR = nuclide("Zr-89")
LAM = ZR.lambda_per_h
SMALL, UPPER = "small intestine contents", "upper large intestine contents"
LOWER = "lower large intestine contents"
PARTS = (SMALL, UPPER, LOWER)
BY_BODY = GutMethod(model="ICRP 30", contents="whole body", faeces_fraction=0.4)
BY_CURVE = GutMethod(model="ICRP 30", contents="organ curve", tail="transit")


def simulated(times: np.ndarray, f: float = 0.4, rates: tuple = ((0.7, 0.004), (0.3, 0.03))) -> dict:
    """A body that loses by two rates to urine and gut: what is in it, in the gut, and their areas."""
    of, n = tract("ICRP 30"), len(rates)

    def slope(t: float, y: np.ndarray) -> np.ndarray:
        change = -LAM * y
        for i, (_, b) in enumerate(rates):
            change[i] -= b * y[i]
            change[n + 1] += f * b * y[i]
        for (source, target), k in of.rates_per_h.items():
            change[n + of.compartments.index(source)] -= k * y[n + of.compartments.index(source)]
            if target in of.compartments:
                change[n + of.compartments.index(target)] += k * y[n + of.compartments.index(source)]
        change[n + 4 :] = y[: n + 4]
        return change

    start = np.zeros(2 * (n + 4))
    start[:n] = [a for a, _ in rates]
    span = np.append(times, 8000.0)
    y = solve_ivp(slope, (0, 8000), start, t_eval=span, method="LSODA", rtol=1e-11, atol=1e-14).y
    gut, body = y[n + 1 : n + 4, :-1].sum(0), y[: n + 4, :-1].sum(0)
    areas = y[n + 4 :, -1]
    return {"gut": gut, "body": body, "areas": areas[n + 1 : n + 4], "body_area": areas.sum()}


def curve(times: np.ndarray, value: np.ndarray, name: str, sd: float | None = 0.02) -> Curve:
    return Curve(
        time_h=times, value=100 * value, sd=None if sd is None else sd * 100 * value, unit="%IA",
        decay_corrected=False, name=name, lambda_phys_per_h=LAM,
    )  # fmt: skip


def patient(times: np.ndarray, made: dict, organs: bool = True, **more: Curve) -> Patient:
    curves = {"whole gut": curve(times, made["gut"], "whole gut")} if organs else {}
    measured = Measurements(whole_body=curve(times, made["body"], "whole body"), organs={**curves, **more})
    return Patient(name="P01", sex="male", phantom="adult male", measurements=measured)


def methods(gut: GutMethod | None, model: str = "biexponential", **more: object) -> Methods:
    said = {
        "whole_body_model": model, "whole_body_weights": "sd", "organ_trapezoids": "linear",
        "first_interval": "zero", "tail": "physical", "heart_contents": "none", "red_marrow": "none",
        "organ_masses": "reference",
    }  # fmt: skip
    return Methods(**{**said, "gut": gut, **more})


TIMES = np.array([0.5, 2, 6, 12, 24, 36, 48, 72, 96, 120, 144, 168, 216, 264])


def test_by_the_whole_bodys_loss() -> None:
    """The whole body's measurement sees the gut; its fit by two exponentials is near, not exact."""
    made = simulated(TIMES)
    found = patient_tiacs(patient(TIMES, made, organs=False), methods(BY_BODY, "triexponential"), ZR)
    assert [found[p] for p in PARTS] == pytest.approx(made["areas"].tolist(), rel=0.02)
    assert found["remainder"] == pytest.approx(made["body_area"] - made["areas"].sum(), rel=0.005)
    # not without the gut's own part in what the measurement sees: 13 % lower
    assert sum(found[p] for p in PARTS) > 1.1 * 0.4 * 0.4 * 31


def test_the_numbers_by_hand() -> None:
    """One exponential: f a b/(b + l)/(1 - f l G) times the tract's TIACs."""
    times, b = np.array([1.0, 24, 72, 144, 240]), 0.01
    body = curve(times, np.exp(-(b + LAM) * times), "whole body")
    one = Patient(name="P", sex="male", phantom="adult male", measurements=Measurements(whole_body=body))
    found = patient_tiacs(one, methods(BY_BODY, "monoexponential"), ZR)
    unit = tract_tiac_h(tract("ICRP 30"), LAM)
    entering = 0.4 * b / (b + LAM) / (1 - 0.4 * LAM * sum(unit.values()))
    for part in PARTS:
        assert found[part] == pytest.approx(entering * unit[part], rel=1e-6)
    assert found["remainder"] == pytest.approx(1 / (b + LAM) - entering * sum(unit.values()), rel=1e-6)
    assert f"{entering:.4g} of the administered activity enters" in found.of(SMALL).how


def test_a_curve_of_the_whole_gut_is_divided_exactly() -> None:
    """Many points, so that the trapezoids are near: each part has its own area, whatever the body does."""
    times = np.concatenate([np.linspace(0.25, 60, 240), np.linspace(62, 264, 102)])
    for f, rates in ((0.4, ((0.7, 0.004), (0.3, 0.03))), (0.9, ((1.0, 0.2),))):
        made = simulated(times, f, rates)
        found = patient_tiacs(patient(times, made), methods(BY_CURVE, "triexponential"), ZR)
        whole = sum(found[p] for p in PARTS)
        shares = made["areas"] / made["areas"].sum()
        assert [found[p] / whole for p in PARTS] == pytest.approx(shares.tolist(), rel=1e-7)
        assert whole == pytest.approx(made["areas"].sum(), rel=0.005)  # as near as trapezoids are
        assert "whole gut" not in found


def test_the_tail_is_a_transit_and_not_physical_decay_alone() -> None:
    times = TIMES[TIMES <= 96]
    made = simulated(TIMES)
    short = {"gut": made["gut"][: times.size], "body": made["body"]}
    body = curve(TIMES, short["body"], "whole body")
    gut = curve(times, short["gut"], "whole gut")
    one = Patient(
        name="P01", sex="male", phantom="adult male",
        measurements=Measurements(whole_body=body, organs={"whole gut": gut}),
    )  # fmt: skip
    whole = made["areas"].sum()
    found = patient_tiacs(one, methods(BY_CURVE), ZR)
    physical = patient_tiacs(one, methods(replace(BY_CURVE, tail="as organs")), ZR)
    # trapezoids between 0.5 and 96 h are 0.7 % off; the tail is 56 % of the area
    assert sum(found[p] for p in PARTS) == pytest.approx(whole, rel=0.02)
    assert sum(physical[p] for p in PARTS) > 1.10 * whole
    used = next(c for c in found.curves if c.region == "whole gut")
    assert used.area is not None and used.area.area == pytest.approx(100 * sum(found[p] for p in PARTS))
    assert "transit of what is there and what still enters" in used.area.tail
    drawn = counted_curve(used.curve, used.area, [96.0, 96.0 + 1e-6, 200.0])
    assert drawn[1] == pytest.approx(drawn[0], rel=1e-6) and drawn[2] < drawn[1]
    assert found.extrapolated[UPPER] == used.area.extrapolated_fraction


def test_standard_errors_go_with_the_area() -> None:
    made = simulated(TIMES)
    one = patient(TIMES, made)
    found = patient_tiacs(one, methods(BY_CURVE), ZR)
    covariance = found.covariance_h2()
    assert covariance is not None
    se = np.sqrt(np.diag(covariance.loc[list(PARTS), list(PARTS)]))
    correlation = covariance.loc[list(PARTS), list(PARTS)] / np.outer(se, se)
    assert correlation.to_numpy() == pytest.approx(np.ones((3, 3)), abs=1e-12)
    used = next(c for c in found.curves if c.region == "whole gut")
    assert used.area is not None and used.area.se_area is not None
    parts = found.of(SMALL).se_parts_h
    assert parts is not None
    share = found[SMALL] / sum(found[p] for p in PARTS)
    assert parts["whole gut curve"] == pytest.approx(share * used.area.se_area / 100)
    # the remainder is the whole body less the parts, with what they share
    rest = found.of("remainder").se_parts_h
    assert rest is not None
    assert rest["whole gut curve"] == pytest.approx(-used.area.se_area / 100)


@pytest.mark.parametrize("gut", [BY_BODY, BY_CURVE], ids=["whole body", "whole gut"])
def test_standard_errors_against_differences(gut: GutMethod) -> None:
    """Each point of the whole body moved by its error: what that does to the gut, the body and the remainder.

    The points lie on two exponentials, so that the fit's covariance is that of the points to first order.
    """
    made, sd = simulated(TIMES), 0.01
    body = (0.7 * np.exp(-0.004 * TIMES) + 0.3 * np.exp(-0.03 * TIMES)) * np.exp(-LAM * TIMES)
    organs = {} if gut is BY_BODY else {"whole gut": curve(TIMES, made["gut"], "whole gut")}
    measured = Measurements(whole_body=curve(TIMES, body, "whole body", sd), organs=organs)
    one = Patient(name="P01", sex="male", phantom="adult male", measurements=measured)

    def numbers(value: np.ndarray) -> np.ndarray:
        moved = replace(measured, whole_body=replace(measured.whole_body, value=100 * value))
        tiacs = patient_tiacs(replace(one, measurements=moved), methods(gut), ZR)
        assert tiacs.whole_body is not None
        return np.array([sum(tiacs[p] for p in PARTS), tiacs.whole_body.value_h, tiacs["remainder"]])

    step = 0.02
    change = []
    for i in range(TIMES.size):
        move = np.zeros(TIMES.size)
        move[i] = step * sd * body[i]
        change.append((numbers(body + move) - numbers(body - move)) / (2 * step))
    expected = np.array(change).T @ np.array(change)
    found = patient_tiacs(one, methods(gut), ZR)
    assert found.whole_body is not None
    parts = [dict.fromkeys(("whole body", "whole body, beside its area"), 0.0) for _ in range(3)]
    of = [[found.of(p) for p in PARTS], [found.whole_body], [found.of("remainder")]]
    for total, tiacs in zip(parts, of, strict=True):
        for name in total:
            total[name] = sum((t.se_parts_h or {}).get(name, 0.0) for t in tiacs)
    matrix = np.array([list(p.values()) for p in parts])
    assert matrix @ matrix.T == pytest.approx(expected, rel=5e-3, abs=5e-4 * expected[0, 0])


def test_what_leaves_averaged_over_models() -> None:
    made = simulated(TIMES)
    body = curve(TIMES, made["body"], "whole body")
    choice = choose_model(body, weights="sd")
    used = UsedCurve("P", "whole body", body, fit=choice.chosen, choice=choice)
    found = left_before_decay(used, LAM)
    by_hand = [
        (c.weight, (float(c.fit.function.value([0.0], c.fit.theta)[0]) - LAM * c.fit.area) / 100)
        for c in choice.candidates
        if c.fit is not None and c.weight and not c.model.startswith("uptake")  # those rise at first
    ]
    assert len(by_hand) < sum(1 for c in choice.candidates if c.weight)
    weight = sum(w for w, _ in by_hand)
    assert found.value == pytest.approx(sum(w * v for w, v in by_hand) / weight, rel=1e-9)
    assert found.se_parts is not None


def test_gradients_against_differences() -> None:
    made = simulated(TIMES)
    fit = fit_curve(curve(TIMES, made["body"], "whole body"), "biexponential", weights="sd")
    used = UsedCurve("P", "whole body", fit.curve, fit=fit)
    found = left_before_decay(used, LAM)
    assert fit.covariance is not None and found.se_parts is not None
    gradient = []
    for i, value in enumerate(fit.theta):
        ends = []
        for sign in (1, -1):
            theta = fit.theta.copy()
            theta[i] = value * (1 + sign * 1e-5)
            inflow = loss(fit, theta)
            total = theta[:2].sum() / 100
            ends.append(total * entered(inflow, LAM))
        gradient.append((ends[0] - ends[1]) / (2e-5 * value))
    variance = float(np.array(gradient) @ fit.covariance @ np.array(gradient))
    assert math.hypot(*found.se_parts.values()) == pytest.approx(math.sqrt(variance), rel=1e-6)
    same = of_chosen(used, LAM, lambda inflow: entered(inflow, LAM))
    assert same.se_parts is not None
    assert same.value == pytest.approx(entered(loss(fit, fit.theta), LAM))


def test_in_other_bodies_and_by_other_tracts() -> None:
    made = simulated(TIMES)
    hatm = GutMethod(model="ICRP 100", contents="whole body", faeces_fraction=0.4)
    found = patient_tiacs(patient(TIMES, made, organs=False), methods(hatm), ZR)
    unit = tract_tiac_h(tract("ICRP 100"), LAM)
    assert found[UPPER] / found[LOWER] == pytest.approx(
        (unit["right colon contents"] + 0.38 * unit["left colon contents"])
        / (0.62 * unit["left colon contents"] + unit["rectosigmoid contents"])
    )


def test_a_bladder_beside_the_gut() -> None:
    """What goes by urine is a share of what leaves the rest of the body: all of it, with that of the gut.

    A bladder that is emptied continuously with a rate k has what enters over k + lambda, whatever the course.
    """
    made, k = simulated(TIMES), 0.5
    outside = 1.0 - LAM * (
        made["body_area"] - made["areas"].sum()
    )  # leaves the rest of the body, gut and urine
    bladder = BladderMethod(
        urine_fraction=0.6, emptied=ContinuousEmptying(k), whole_body_counted="after voiding"
    )
    whole = curve(TIMES, made["body"], "whole body")
    one = Patient(name="P", sex="male", phantom="adult male", measurements=Measurements(whole_body=whole))
    alone = patient_tiacs(one, methods(None, bladder=bladder), ZR)["urinary bladder contents"]
    for gut, who in ((BY_BODY, one), (BY_CURVE, patient(TIMES, made))):
        found = patient_tiacs(who, methods(gut, bladder=bladder), ZR)
        tiac = found.of("urinary bladder contents")
        assert tiac.value_h == pytest.approx(0.6 * outside / (k + LAM), rel=0.02)  # as near as the fit is
        assert tiac.value_h > 1.08 * alone
        assert "what decays in the gut" in tiac.how
        unscaled = patient_tiacs(one, methods(None, bladder=bladder), ZR).of("urinary bladder contents")
        assert tiac.se_h is not None and unscaled.se_h is not None and tiac.se_h > unscaled.se_h
    assert alone == pytest.approx(0.6 * (1 - LAM * made["body_area"]) / (k + LAM), rel=0.03)


def told(gut: GutMethod | None, one: Patient, **more: object) -> list[str]:
    with pytest.raises(DosimetryError) as error:
        patient_tiacs(one, methods(gut, **more), ZR)
    return list(error.value.complaints)


def test_clear_errors() -> None:
    made = simulated(TIMES)
    with_gut, without = patient(TIMES, made), patient(TIMES, made, organs=False)
    assert "no method divides it" in told(None, with_gut)[0]
    assert "no method divides it" in told(BY_BODY, with_gut)[0]
    assert "has no curve of 'whole gut'" in told(BY_CURVE, without)[0]
    clash = patient(TIMES, made, **{UPPER: curve(TIMES, made["gut"], UPPER)})
    assert f"a curve of '{UPPER}', which [gut] gives too" in told(BY_CURVE, clash)[0]
    stomach = patient(
        TIMES, made, **{"stomach contents": curve(TIMES, 0.1 * made["gut"], "stomach contents")}
    )
    assert "stomach contents" in patient_tiacs(
        stomach, methods(BY_CURVE), ZR
    )  # nothing of it is in the tract
    fitted = {"by_organ": {"whole gut": CurveMethod(model="uptake", weights="sd")}}
    assert "this curve is fitted" in told(BY_CURVE, with_gut, **fitted)[0]
    assert with_gut.measurements is not None
    per_g = replace(with_gut.measurements.organs["whole gut"], unit="%IA/g")
    other = replace(with_gut, measurements=replace(with_gut.measurements, organs={"whole gut": per_g}))
    assert "in %IA, is needed" in told(BY_CURVE, other)[0]
    flat = Measurements(
        whole_body=curve(TIMES, np.exp(-LAM * TIMES), "whole body"), organs=with_gut.measurements.organs
    )
    assert (
        "gut.tail = 'transit' goes by what leaves"
        in told(BY_CURVE, replace(with_gut, measurements=flat), whole_body_model="plateau")[0]
    )


def test_more_cannot_enter_than_was_administered() -> None:
    """99mTc that leaves the body within hours cannot have passed the gut in that time."""
    tc, times = nuclide("Tc-99m"), np.array([0.5, 1, 2, 4, 8, 16, 24.0])
    body = Curve(
        time_h=times, value=100 * np.exp(-0.1 * times), sd=np.exp(-0.1 * times), unit="%IA",
        decay_corrected=True, lambda_phys_per_h=tc.lambda_per_h, name="whole body",
    )  # fmt: skip
    one = Patient(name="P", sex="male", phantom="adult male", measurements=Measurements(whole_body=body))
    with pytest.raises(DosimetryError, match=r"would have to enter the gut: .*give a smaller"):
        patient_tiacs(one, methods(replace(BY_BODY, faeces_fraction=1.0), "monoexponential"), tc)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"contents": "liver"}, "contents is 'liver'; allowed: whole body, organ curve"),
        ({"contents": "whole body"}, "faeces_fraction is missing"),
        ({"contents": "whole body", "faeces_fraction": 30.0}, "did you mean 0.3"),
        ({"contents": "whole body", "faeces_fraction": 0.0}, "a share above 0"),
        ({"contents": "whole body", "faeces_fraction": 0.3, "tail": "transit"}, "tail goes with"),
        ({"contents": "organ curve"}, "tail is missing"),
        ({"contents": "organ curve", "tail": "physical"}, "tail is 'physical'"),
        ({"contents": "organ curve", "tail": "transit", "faeces_fraction": 0.3}, "faeces_fraction goes with"),
        (
            {"contents": "organ curve", "tail": "transit", "model": "ICRP 66"},
            "no model of the alimentary tract",
        ),
        ({"contents": "organ curve", "tail": "transit", "age": "old"}, "age 'old'"),
    ],
)
def test_keys(keys: dict, said: str) -> None:
    with pytest.raises(DosimetryError, match=said):
        GutMethod(**{"model": "ICRP 30", **keys})
