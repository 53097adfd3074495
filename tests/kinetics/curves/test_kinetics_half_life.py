"""A curve knows its half-life: the same numbers as with a decay constant by hand, and no contradiction."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinetics import (
    Curve,
    KineticsError,
    Standard,
    area,
    bootstrap,
    choose_model,
    cohort_spread,
    fit_curve,
    fit_shared,
    fit_with_cohort,
    haenscheid,
    lambda_from_half_life,
    madsen,
    nca,
    profile,
    read_curve,
    serum_curve,
    whole_body_curve,
)

HALF_LIFE_H = 78.41
LAM = lambda_from_half_life(HALF_LIFE_H)
TIME = np.array([0.5, 4.0, 24.0, 72.0, 120.0, 168.0])


class Label:
    """What a table of nuclides gives."""

    name = "Zr-89"
    half_life_h = HALF_LIFE_H


def curve(n: int = 6, seed: int = 1, **decay: object) -> Curve:
    """Two exponentials with 3 % scatter, as measured."""
    t = TIME[-n:]
    scatter = 1.0 + 0.03 * np.random.default_rng(seed).standard_normal(n)
    value = (12 * np.exp(-t / 20) + 25 * np.exp(-t / 170)) * np.exp(-LAM * t) * scatter
    facts = {"unit": "%IA/L", "decay_corrected": False, "name": "serum", **decay}
    return Curve(time_h=t, value=value, sd=0.03 * value, **facts)


KNOWN = [{"half_life_h": HALF_LIFE_H}, {"lambda_phys_per_h": LAM}, {"nuclide": Label()}]


def spread_of(**given: object) -> object:
    fits = [fit_curve(curve(6, s), "monoexponential", lambda_phys_per_h=LAM, weights="sd") for s in (1, 2, 3)]
    return cohort_spread(fits)["lambda1"]


#: Each takes a curve (of six points, or of the last one) and perhaps a decay constant, and gives numbers.
WAYS: dict[str, Callable[..., object]] = {
    "fit": lambda c, **k: fit_curve(c, "biexponential", weights="sd", **k).covariance,
    "choice": lambda c, **k: choose_model(c, **k).averaged_area,
    "forced": lambda c, **k: choose_model(c, force="monoexponential", **k).averaged_area,
    "area": lambda c, **k: (a := area(c, tail="effective", first="zero", **k), a.area, a.se_area)[1:],
    "fitted tail": lambda c, **k: area(c, tail="fitted", first="constant", **k).area,
    "nca": lambda c, **k: [p.value for p in nca(c, dose=100, **k).parameters.values()],
    "bootstrap": lambda c, **k: (
        bootstrap(fit_curve(c, "monoexponential", weights="sd", **k), seed=3, replicas=50).area
    ),
    "profile": lambda c, **k: profile(fit_curve(c, "monoexponential", weights="sd", **k)).lower,
    "shared": lambda c, **k: (
        fit_shared([c, c], "monoexponential", shared=("lambda1",), weights="sd", **k).fits[1].area
    ),
    "with cohort": lambda c, **k: (
        fit_with_cohort(c, "monoexponential", {"lambda1": spread_of()}, weights="sd", **k).se_area
    ),
    "corrected": lambda c, **k: c.corrected(*k.values()).value,
    "uncorrected": lambda c, **k: c.corrected(LAM).uncorrected(*k.values()).value,
    "decay factor": lambda c, **k: c.decay_factor(*k.values()),
    "haenscheid": lambda c, **k: haenscheid(c.subset([5]), effective_half_life_h=(60, 78), **k).area,
    "madsen": lambda c, **k: madsen(c.subset([5]), spread_of(), **k).se_area,
}


@pytest.mark.parametrize("known", KNOWN, ids=["half-life", "constant", "nuclide"])
@pytest.mark.parametrize("way", WAYS)
def test_the_same_numbers_to_the_last_bit(way: str, known: dict[str, object]) -> None:
    by_hand = WAYS[way](curve(), lambda_phys_per_h=LAM)
    for c in (curve(**known), curve(**known).subset(slice(None))):
        np.testing.assert_array_equal(np.asarray(WAYS[way](c), float), np.asarray(by_hand, float))
        both = WAYS[way](c, lambda_phys_per_h=LAM)
        np.testing.assert_array_equal(np.asarray(both, float), np.asarray(by_hand, float))


@pytest.mark.parametrize("way", [w for w in WAYS if w != "uncorrected"])
def test_two_half_lives_that_contradict_are_refused(way: str) -> None:
    with pytest.raises(KineticsError, match=r"serum: decay constant .* was given, but the curve is of"):
        WAYS[way](curve(half_life_h=HALF_LIFE_H), lambda_phys_per_h=1.01 * LAM)
    with pytest.raises(KineticsError, match=r"\(stable\) was given, but"):
        WAYS[way](curve(half_life_h=HALF_LIFE_H), lambda_phys_per_h=0.0)


@pytest.mark.parametrize("way", [w for w in WAYS if w != "uncorrected"])
def test_without_any_half_life_the_message_says_what_to_do(way: str) -> None:
    with pytest.raises(KineticsError, match=r"half-life is not known; make the curve with half_life_h="):
        WAYS[way](curve())


def test_a_corrected_curve_needs_no_half_life_where_none_comes_in() -> None:
    c = curve(decay_corrected=True)
    assert c.corrected() is c
    stable = nca(c, dose=100, lambda_phys_per_h=0.0)["auc_inf_obs"]
    assert nca(c, dose=100)["auc_inf_obs"] == stable
    with pytest.raises(KineticsError, match="half-life is not known"):
        replace(c, reference_h=2.0).corrected()
    with pytest.raises(KineticsError, match="half-life is not known"):
        c.uncorrected()


def test_a_stable_label_is_said_by_an_infinite_half_life() -> None:
    drug = curve(half_life_h=math.inf)
    assert (drug.lambda_phys_per_h, drug.half_life_h) == (0.0, math.inf)
    assert drug.corrected().value.tolist() == drug.value.tolist()
    assert curve(lambda_phys_per_h=0.0).half_life_h == math.inf
    assert "stable label" in repr(drug)


TRANSFORMATIONS: dict[str, Callable[[Curve], Curve]] = {
    "subset": lambda c: c.subset(c.time_h > 10),
    "corrected": lambda c: c.corrected(),
    "and back": lambda c: c.corrected().uncorrected(),
    "replace": lambda c: replace(c, name="other", value=2 * c.value, sd=None),
    "copy": copy.deepcopy,
    "pickle": lambda c: pickle.loads(pickle.dumps(c)),
}


@pytest.mark.parametrize("known", KNOWN, ids=["half-life", "constant", "nuclide"])
@pytest.mark.parametrize("change", TRANSFORMATIONS.values(), ids=list(TRANSFORMATIONS))
def test_it_survives_every_change(change: Callable[[Curve], Curve], known: dict[str, object]) -> None:
    changed = change(curve(**known))
    assert changed.lambda_phys_per_h == LAM
    assert changed.half_life_h == pytest.approx(HALF_LIFE_H, rel=1e-15)
    assert changed.nuclide == ("Zr-89" if "nuclide" in known else None)


def test_a_result_hands_it_on() -> None:
    fit = choose_model(curve(nuclide=Label())).chosen
    assert fit.curve.nuclide == "Zr-89"
    assert fit.lambda_phys_per_h == fit.curve.lambda_phys_per_h == LAM


@pytest.mark.parametrize("known", KNOWN, ids=["half-life", "constant", "nuclide"])
@pytest.mark.parametrize("corrected", [True, False])
def test_makers_of_curves_hand_it_on(known: dict[str, object], corrected: bool, tmp_path: Path) -> None:
    def body(**decay: object) -> Curve:
        return whole_body_curve(
            [0.5, 24, 72], [90000, 60000, 26000], live_time_s=60, background_counts=120,
            background_live_time_s=60, decay_corrected=corrected, **decay,
        )  # fmt: skip

    def serum(**decay: object) -> Curve:
        return serum_curve(
            [0.5, 24, 72], [40000, 22000, 9000], sample_volume_mL=1.0, live_time_s=60,
            standard=Standard(0.002, 50000, 60, counted_at_h=80), counted_at_h=[80, 81, 82],
            administered_MBq=70, background_counts=60, background_live_time_s=60,
            decay_corrected=corrected, **decay,
        )  # fmt: skip

    file = tmp_path / "serum.csv"
    file.write_text("time_h,value\n1,30\n24,20\n72,BLQ\n")
    read = read_curve(file, unit="%IA/L", decay_corrected=corrected, **known)
    for made in (body(**known), serum(**known), read.curve, read.with_blq):
        assert made.lambda_phys_per_h == LAM
        assert made.half_life_h == pytest.approx(HALF_LIFE_H, rel=1e-15)
    for make in (body, serum):
        np.testing.assert_array_equal(make(**known).value, make(lambda_phys_per_h=LAM).value)
        with pytest.raises(KineticsError, match="half-life is not known; give half_life_h="):
            make()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"half_life_h": 78.41, "lambda_phys_per_h": 0.01}, "0.01 per h .* but the curve is of 0.0088400"),
        ({"nuclide": Label(), "half_life_h": 110.0}, r"half-life 78.41 h\) was given, but .*half-life 110 h"),
        ({"nuclide": "Zr-89"}, r"a name only.*nuclide=dosimetry.nuclide\('Zr-89'\)"),
        ({"half_life_h": 0.0}, "half-life 0.0 h is not a positive number"),
        ({"half_life_h": math.nan}, "half-life nan h is not a positive number"),
        ({"lambda_phys_per_h": -1.0}, "must be 0 .stable. or above"),
    ],
)
def test_what_makes_no_half_life_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(KineticsError, match=message):
        curve(**given)


def test_two_labels_of_one_substance_share_its_biologic_rate() -> None:
    """One biologic rate seen through 89Zr and through 111In: exact curves give it back, each with its own."""
    t = np.array([1.0, 24.0, 72.0, 144.0])
    curves = [
        Curve(
            time_h=t, value=a * np.exp(-(0.01 + lambda_from_half_life(h)) * t), unit="%IA",
            decay_corrected=False, half_life_h=h, name=name,
        )
        for a, h, name in ((100.0, 78.41, "Zr-89"), (90.0, 67.3, "In-111"))
    ]  # fmt: skip
    shared = fit_shared(curves, "monoexponential", shared=("lambda1",), weights="relative")
    assert shared.shared["lambda1"].value == pytest.approx(0.01, rel=1e-6)
    expected = [a / (0.01 + lambda_from_half_life(h)) for a, h in ((100.0, 78.41), (90.0, 67.3))]
    assert [f.area for f in shared.fits] == pytest.approx(expected, rel=1e-6)
    with pytest.raises(KineticsError, match="In-111: decay constant"):
        fit_shared(curves, "monoexponential", shared=("lambda1",), weights="relative", lambda_phys_per_h=LAM)
