"""Bladder and gut of one body: a compartment model of the same physics comes back, with right errors."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from dosimetry import DosimetryError, Measurements, Methods, Patient, Tiacs, nuclide, patient_tiacs
from dosimetry.bladder.method import BladderMethod
from dosimetry.gut.method import GutMethod
from kinetics import Curve, Emptying, read_model

BLADDER = "urinary bladder contents"
GUT = ("small intestine contents", "upper large intestine contents", "lower large intestine contents")
TIMES = np.array([0.1, 0.5, 1, 2, 4, 6, 8, 12, 18, 24, 36, 48, 72, 96, 120, 144, 168, 216, 264])
MODEL = """name = "bladder and gut"
half_life_h = {half_life}
time_unit = "h"
compartments = ["Fast", "Slow", "urinary bladder contents"]
sinks = ["Urine", "Faeces"]
bolus = {{ Fast = {fast}, Slow = {slow} }}
tract = {{ model = "ICRP 30" }}
emptying."urinary bladder contents" = {{ into = "Urine", every = 3.5 }}
[transfers]
"Fast -> urinary bladder contents" = {fast_urine}
"Slow -> urinary bladder contents" = {slow_urine}
"Fast -> small intestine contents" = {fast_gut}
"Slow -> small intestine contents" = {slow_gut}
"""


def tiacs_of(
    of: str, times: np.ndarray, value: np.ndarray, model: str, faeces: float, counted: str, sd: float = 0.01
) -> Tiacs:
    """By a whole body with values (fractions) at times, urine being the rest of what leaves."""
    whole = Curve(
        time_h=times, value=100 * value, sd=sd * 100 * value, unit="%IA", decay_corrected=False,
        name="whole body", lambda_phys_per_h=nuclide(of).lambda_per_h,
    )  # fmt: skip
    methods = Methods(
        whole_body_model=model, whole_body_weights="sd", heart_contents="none", red_marrow="none",
        organ_masses="reference",
        gut=GutMethod(model="ICRP 30", contents="whole body", faeces_fraction=faeces),
        bladder=BladderMethod(
            urine_fraction=1 - faeces, emptied=Emptying(every_h=3.5), whole_body_counted=counted
        ),
    )  # fmt: skip
    one = Patient(name="P", sex="male", phantom="adult male", measurements=Measurements(whole_body=whole))
    return patient_tiacs(one, methods, of)


@pytest.mark.parametrize(
    ("of", "parts", "faeces", "model", "near"),
    [
        ("Zr-89", ((0.3, 0.03), (0.7, 0.004)), 0.4, "triexponential", 0.005),
        ("Zr-89", ((0.3, 0.3), (0.7, 0.004)), 0.2, "triexponential", 0.01),
        ("In-111", ((0.3, 0.06), (0.7, 0.004)), 0.3, "triexponential", 0.005),
        ("F-18", ((0.25, 0.5), (0.75, 0.01)), 0.1, "biexponential", 0.003),
    ],
)
def test_a_model_file_comes_back(
    of: str, parts: tuple, faeces: float, model: str, near: float, tmp_path: Path
) -> None:
    (fast, fast_rate), (slow, slow_rate) = parts
    lam, file = nuclide(of).lambda_per_h, tmp_path / "model.toml"
    text = MODEL.format(
        half_life=math.log(2) / lam, fast=fast, slow=slow,
        fast_urine=(1 - faeces) * fast_rate, slow_urine=(1 - faeces) * slow_rate,
        fast_gut=faeces * fast_rate, slow_gut=faeces * slow_rate,
    )  # fmt: skip
    file.write_text(text, encoding="utf-8")
    truth = read_model(file).model
    times = TIMES[8 / lam > TIMES]
    after_voiding = truth.retention(times) - truth.retention(times, BLADDER)
    found = tiacs_of(of, times, after_voiding, model, faeces, "after voiding", sd=1e-3)
    hours = truth.tiac_h()
    assert {s: found[s] for s in (BLADDER, *GUT)} == pytest.approx(
        {s: hours[s] for s in (BLADDER, *GUT)}, rel=near
    )
    assert found["remainder"] == pytest.approx(hours["Fast"] + hours["Slow"], rel=0.001)
    assert not found.warnings


@pytest.mark.parametrize("counted", ["after voiding", "with contents"])
@pytest.mark.parametrize(
    ("of", "parts", "model"),
    [
        ("Zr-89", ((0.95, 0.006),), "monoexponential"),
        ("Zr-89", ((0.7, 0.004), (0.3, 0.05)), "biexponential"),
        ("Tc-99m", ((0.7, 0.02), (0.3, 0.3)), "biexponential"),
    ],
)
def test_covariances_against_differences(of: str, parts: tuple, model: str, counted: str) -> None:
    """Each point moved by its error. Bladder and gut rest on one fit, and were hardly correlated by it."""
    lam, sd, step = nuclide(of).lambda_per_h, 0.01, 0.02
    times = TIMES[(TIMES > 0.2) & (8 / lam > TIMES)]
    value = sum(a * np.exp(-(b + lam) * times) for a, b in parts)
    found = tiacs_of(of, times, value, model, 0.4, counted)
    covariance = found.covariance_h2()
    assert covariance is not None
    change = []
    for i in range(times.size):
        move = np.where(np.arange(times.size) == i, step * sd * value, 0.0)
        # standard deviations stay, so that the fits are those of the same problem
        ends = [_moved(of, times, value, sign * move, model, counted) for sign in (1, -1)]
        change.append([(ends[0][s] - ends[1][s]) / (2 * step) for s in covariance.index])
    expected = np.array(change).T @ np.array(change)
    se = np.sqrt(np.diag(expected))
    assert np.sqrt(np.diag(covariance)) == pytest.approx(se, rel=2e-3)
    assert covariance.to_numpy() / np.outer(se, se) == pytest.approx(expected / np.outer(se, se), abs=5e-3)
    assert covariance.loc[BLADDER, GUT[2]] > 0.99 * math.sqrt(
        covariance.loc[BLADDER, BLADDER] * covariance.loc[GUT[2], GUT[2]]
    )


def _moved(of: str, times: np.ndarray, value: np.ndarray, by: np.ndarray, model: str, counted: str) -> Tiacs:
    return tiacs_of(of, times, value + by, model, 0.4, counted, sd=0.01 * value / (value + by))


def test_a_curve_that_is_no_sum_of_falling_exponentials_is_said() -> None:
    """One rate, 40 % by the gut: the whole body has a shoulder, the fit begins above 100 %; 17 % too much."""
    times, lam, b = np.array([0.5, 24, 72, 144, 264.0]), nuclide("Zr-89").lambda_per_h, 0.01
    k = np.array([b, 0.25, 0.075, 1 / 24])
    # Bateman: contents of the chain that begins with what enters at the rate 0.4 b
    gut = sum(
        0.4 * np.prod(k[:i]) * sum(
            np.exp(-k[j] * times) / np.prod([k[m] - k[j] for m in range(i + 1) if m != j])
            for j in range(i + 1)
        )
        for i in (1, 2, 3)
    )  # fmt: skip
    value = (np.exp(-b * times) + gut) * np.exp(-lam * times)
    found = tiacs_of("Zr-89", times, value, "monoexponential", 0.4, "after voiding")
    assert found["remainder"] < 0.97 / (b + lam)
    (said,) = found.warnings["whole body"]
    assert "the fit begins with 10" in said and "gut and bladder rests on the former" in said


def test_a_whole_body_with_a_full_bladder_beside_the_gut_is_said() -> None:
    lam, times = nuclide("Tc-99m").lambda_per_h, TIMES[TIMES < 48]
    value = np.exp(-(0.02 + lam) * times)
    said = tiacs_of("Tc-99m", times, value, "monoexponential", 0.3, "with contents").warnings[BLADDER]
    assert any("what enters the gut is off by up to some" in line for line in said)
    assert not tiacs_of("Tc-99m", times, value, "monoexponential", 0.3, "after voiding").warnings


def test_a_fit_that_begins_with_far_too_much_is_named() -> None:
    """It was told as a fraction that is no per cent."""
    lam, times = nuclide("Zr-89").lambda_per_h, np.array([24, 48, 72, 96.0])
    value = 1.3 * np.exp(-(0.01 + lam) * times)
    with pytest.raises(DosimetryError, match=r"'monoexponential' of the whole body begins with 130 %IA, and"):
        tiacs_of("Zr-89", times, value, "monoexponential", 0.1, "after voiding")
