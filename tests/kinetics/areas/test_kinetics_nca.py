"""Non-compartmental analysis against WinNonlin's published output, closed forms, and repetition."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from kinetics import KineticsError
from kinetics.areas.nca import nca
from kinetics.areas.pharmacokinetics import fitted_parameters, initially_in_plasma, side_by_side
from kinetics.areas.segments import moment_areas
from kinetics.curves.blq import apply_blq
from kinetics.curves.body_size import nadler_blood_volume_L
from kinetics.curves.curve import Curve
from kinetics.curves.decay import lambda_from_half_life
from kinetics.fitting.fit import fit_curve

DATA = Path(__file__).parents[1] / "data"


def read(name):
    with (DATA / name).open() as f:
        return list(csv.DictReader(f))


def curves(name):
    rows = read(f"{name}.csv")
    for subject in sorted({int(r["subject"]) for r in rows}):
        own = [r for r in rows if int(r["subject"]) == subject]
        yield (
            subject,
            Curve(
                time_h=[float(r["time_h"]) for r in own],
                value=[float(r["value"]) for r in own],
                unit="mg/L",
                decay_corrected=True,
                name=f"{name} {subject}",
            ),
        )


CURVES = {(name, s): c for name in ("theoph", "indometh") for s, c in curves(name)}
REFERENCE = read("winnonlin.csv")


def analysed(dataset, subject, rule):
    given = {"theoph": (320.0, "extravascular"), "indometh": (25.0, "bolus")}[dataset]
    return nca(
        CURVES[dataset, subject],
        dose=given[0],
        route=given[1],
        lambda_phys_per_h=0.0,
        method="linear" if rule == "linear" else "linear-up/log-down",
    )


@pytest.mark.parametrize("dataset", ["theoph", "indometh"])
@pytest.mark.parametrize("rule", ["linear", "log"])
def test_winnonlin_to_all_printed_digits(dataset, rule):
    """Every published number of 18 subjects, by both rules, to one unit of its last printed digit.

    7 decimals, or 10 significant digits, are printed; the last one differs where WinNonlin rounds otherwise.
    """
    rows = [r for r in REFERENCE if r["dataset"] == dataset and r["rule"] == rule]
    assert len(rows) > 70
    results = {s: analysed(dataset, s, rule) for s in {int(r["subject"]) for r in rows}}
    for r in rows:
        published = float(r["value"])
        ours = results[int(r["subject"])][r["parameter"]].value
        digits = len(r["value"].partition(".")[2])
        unit = 10.0**-digits if published < 1000 else 1e-6
        assert abs(ours - published) <= 1.01 * unit, (r, ours)


def test_reference_file_has_every_subject_once():
    keys = [(r["dataset"], r["rule"], r["subject"], r["parameter"]) for r in REFERENCE]
    assert len(keys) == len(set(keys)) == 444


def test_closed_form_of_a_bolus():
    time = np.array([0.1, 1, 2, 5, 9, 20.0])
    c = Curve(time_h=time, value=4 * np.exp(-0.2 * time), unit="mg/L", decay_corrected=True)
    r = nca(c, dose=100, lambda_phys_per_h=0.0)
    for name, value in {
        "c0": 4, "v1": 25, "auc_inf_obs": 20, "aumc_inf_obs": 100, "mrt_inf_obs": 5,
        "cl": 5, "vss": 25, "vz": 25,
        "half_life": math.log(2) / 0.2,
    }.items():  # fmt: skip
        assert r[name].value == pytest.approx(value, rel=1e-10), name
    assert r["cl"].unit == "L/h"
    assert r["auc_inf_obs"].unit == "mg/L h"


def test_decay_is_taken_out_first():
    lam = lambda_from_half_life(78.41)
    time = np.array([0.1, 1, 24, 72, 144.0])
    value = 30 * np.exp(-0.01 * time)
    raw = Curve(time_h=time, value=value * np.exp(-lam * time), unit="%IA/L", decay_corrected=False)
    clean = Curve(time_h=time, value=value, unit="%IA/L", decay_corrected=True)
    a, b = (nca(c, dose=100, lambda_phys_per_h=lam) for c in (raw, clean))
    assert a["cl"].value == pytest.approx(b["cl"].value, rel=1e-12)
    assert any("corrected for physical decay" in n for n in a.notes)


def test_infusion_shifts_the_mean_residence_time_by_half_its_duration():
    c = CURVES["indometh", 1]
    plain = nca(c, dose=25, lambda_phys_per_h=0, route="extravascular")
    infused = nca(c, dose=25, lambda_phys_per_h=0, route="infusion", infusion_h=0.25)
    assert infused["mrt_inf_obs"].value == pytest.approx(plain["mrt_inf_obs"].value - 0.125)
    assert plain["vss"].reason == "needs an intravenous dose"
    assert plain["c0"].reason.startswith("no C0")


def test_errors_are_what_repetition_shows():
    rng = np.random.default_rng(5)
    time = np.array([0.1, 1, 4, 24, 48, 96, 144.0])
    value = 20 * np.exp(-0.3 * time) + 15 * np.exp(-0.01 * time)
    sd = 0.03 * value
    c = Curve(time_h=time, value=value, sd=sd, unit="%IA/L", decay_corrected=True)
    told = nca(c, dose=100, lambda_phys_per_h=0, slope_points=3)
    names = ("c0", "auc_inf_obs", "cl", "vss", "half_life", "mrt_inf_obs")
    found = {n: [] for n in names}
    for _ in range(1500):
        noisy = Curve(time_h=time, value=value + sd * rng.normal(size=7), unit="%IA/L", decay_corrected=True)
        r = nca(noisy, dose=100, lambda_phys_per_h=0, slope_points=3)
        for n in names:
            found[n].append(r[n].value)
    for n in names:
        assert np.std(found[n]) == pytest.approx(told[n].se, rel=0.08), n
    without = nca(
        Curve(time_h=time, value=value, unit="%IA/L", decay_corrected=True), dose=100, lambda_phys_per_h=0
    )
    assert without["cl"].se is None
    assert without["cl"].se_reason == "no standard deviations were given"
    assert without["half_life"].se is not None


def test_blq_rules():
    c = Curve(
        time_h=[0, 1, 2, 4, 8, 12, 24, 36], value=[0, 3, 0, 5, 3, 1, 0, 0], unit="mg/L", decay_corrected=True
    )
    clean, notes = apply_blq(c)
    assert clean.time_h.tolist() == [0, 1, 4, 8, 12, 24, 36]
    assert len(notes) == 3
    assert "2 h (middle): left out" in notes[1]
    r = nca(c, dose=1, lambda_phys_per_h=0, route="extravascular", slope_points=3)
    assert r["t_last"].value == 12
    kept, _ = apply_blq(c, {"middle": "keep", "last": "drop"})
    assert kept.time_h.tolist() == [0, 1, 2, 4, 8, 12]
    with pytest.raises(KineticsError, match="BLQ rule 'end: keep'"):
        apply_blq(c, {"end": "keep"})


def test_moment_of_an_exponential_is_exact():
    t = np.array([0.0, 1, 3, 8])
    k, c = 0.4, 7 * np.exp(-0.4 * t)
    exact = 7 * ((1 + k * t) * np.exp(-k * t) / k**2)
    np.testing.assert_allclose(moment_areas(t, c, "log"), exact[:-1] - exact[1:], rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"dose": 0}, "dose is 0"),
        ({"route": "nose"}, "unknown route 'nose'"),
        ({"route": "infusion"}, "an infusion, and only it"),
        ({"dose_unit": "MBq"}, "units don't match"),
        ({"method": "x"}, "unknown trapezoid method"),
    ],
)
def test_bad_input(change, says):
    with pytest.raises(KineticsError, match=says):
        nca(CURVES["indometh", 1], **({"dose": 25, "lambda_phys_per_h": 0} | change))


def test_what_can_t_be_given_has_a_reason():
    rising = Curve(time_h=[0, 1, 2, 4], value=[0, 1, 2, 3], unit="mg/L", decay_corrected=True)
    r = nca(rising, dose=1, lambda_phys_per_h=0, route="extravascular")
    assert r["auc_last"].value == 7.0
    for name in ("cl", "auc_inf_obs", "vz", "mrt_inf_obs", "lambda_z"):
        assert r[name].value is None
        assert "0 points after the peak" in r[name].reason
    with pytest.raises(KineticsError, match="value -1 at 2 h is negative"):
        nca(
            Curve(time_h=[1, 2], value=[1, -1], unit="mg/L", decay_corrected=True),
            dose=1,
            lambda_phys_per_h=0,
        )
    with pytest.raises(KineticsError, match="two are needed"):
        nca(Curve(time_h=[1], value=[1], unit="mg/L", decay_corrected=True), dose=1, lambda_phys_per_h=0)


def test_dose_in_another_unit_of_the_same_kind():
    c = CURVES["indometh", 1]
    a = nca(c, dose=25, lambda_phys_per_h=0)
    b = nca(c, dose=0.025, dose_unit="g", lambda_phys_per_h=0)
    assert a["cl"].value == pytest.approx(b["cl"].value, rel=1e-14)


def test_model_and_non_compartmental_agree_on_exact_data():
    """A biexponential bolus, sampled densely: closed forms, the fit and the trapezoids are one."""
    time = np.geomspace(0.02, 150, 60)
    value = 20 * np.exp(-0.5 * time) + 12 * np.exp(-0.02 * time)
    c = Curve(time_h=time, value=value, unit="%IA/L", decay_corrected=True)
    fit = fit_curve(c, "biexponential", lambda_phys_per_h=0.0, weights="relative")
    model = fitted_parameters(fit, dose=100)
    auc, aumc = 20 / 0.5 + 12 / 0.02, 20 / 0.25 + 12 / 0.0004
    expected = {
        "c0": 32, "v1": 100 / 32, "auc_inf": auc, "mrt_inf": aumc / auc, "cl": 100 / auc,
        "vss": 100 * aumc / auc**2, "alpha_half_life": math.log(2) / 0.5,
        "beta_half_life": math.log(2) / 0.02,
    }  # fmt: skip
    for name, value_ in expected.items():
        assert model[name].value == pytest.approx(value_, rel=1e-6), name
    k = {n: model[n].value for n in ("k10", "k12", "k21")}
    assert k["k10"] * model["v1"].value == pytest.approx(model["cl"].value)
    assert model["v1"].value * (1 + k["k12"] / k["k21"]) == pytest.approx(model["vss"].value)
    rows = side_by_side(nca(c, dose=100, lambda_phys_per_h=0), model)
    for what, free, own in rows:
        assert free.value == pytest.approx(own.value, rel=0.02), what


def test_infusion_amplitudes_are_turned_back_to_a_bolus():
    """C(t) after a 2 h infusion, from the convolution integral."""
    b, k, T = np.array([20.0, 12.0]), np.array([0.5, 0.02]), 2.0
    time = np.array([2.1, 3, 5, 8, 24, 48, 96, 144])
    value = (b * np.expm1(k * T) / (k * T) * np.exp(-k * time[:, None])).sum(1)
    fit = fit_curve(
        Curve(time_h=time, value=value, unit="%IA/L", decay_corrected=True),
        "biexponential", lambda_phys_per_h=0.0, weights="relative",
    )  # fmt: skip
    model = fitted_parameters(fit, dose=100, infusion_h=T)
    assert model["c0"].value == pytest.approx(32, rel=1e-6)
    assert model["cl"].value == pytest.approx(100 / (b / k).sum(), rel=1e-6)
    with pytest.raises(KineticsError, match="points after its end"):
        fitted_parameters(fit, dose=100, infusion_h=3.0)


def test_errors_of_the_model_s_parameters():
    rng = np.random.default_rng(9)
    time = np.array([0.1, 0.5, 1, 2, 4, 24, 72, 144.0])
    value = 15 * np.exp(-0.1 * time) + 18 * np.exp(-0.011 * time)
    sd = 0.02 * value
    found, told = [], None
    for i in range(400):
        c = Curve(
            time_h=time, value=value + (sd * rng.normal(size=8) if i else 0), sd=sd, unit="%IA/L",
            decay_corrected=True,
        )  # fmt: skip
        model = fitted_parameters(fit_curve(c, "biexponential", lambda_phys_per_h=0, weights="sd"), dose=100)
        if i:
            found.append([model[n].value for n in ("c0", "cl", "vss")])
        else:
            told = [model[n].se for n in ("c0", "cl", "vss")]
    np.testing.assert_allclose(np.std(found, axis=0), told, rtol=0.12)


def test_initially_in_plasma():
    fit = fit_curve(
        Curve(time_h=[0.1, 1, 4, 24], value=[33, 32.5, 31, 22], unit="%IA/L", decay_corrected=True),
        "monoexponential", lambda_phys_per_h=0, weights="relative",
    )  # fmt: skip
    c0 = fitted_parameters(fit, dose=100)["c0"]
    plasma = nadler_blood_volume_L("male", 1.75, 70) * (1 - 0.45)
    p = initially_in_plasma(c0, plasma, 0.1)
    assert p.value == pytest.approx(c0.value * plasma)
    assert p.se == pytest.approx(math.hypot(c0.se * plasma, c0.value * 0.1))
    with pytest.raises(KineticsError, match="plasma volume is 0"):
        initially_in_plasma(c0, 0)
    uptake = fit_curve(
        Curve(time_h=[1, 2, 4, 9, 24], value=[3, 5, 6, 5, 2], unit="%IA", decay_corrected=True),
        "uptake", lambda_phys_per_h=0, weights="none",
    )  # fmt: skip
    with pytest.raises(KineticsError, match="need a sum of exponentials"):
        fitted_parameters(uptake, dose=100)


def test_a_first_value_of_zero_after_a_bolus_leaves_no_volume() -> None:
    curve = Curve(
        time_h=np.array([0.1, 4.0, 24.0, 72.0]), value=np.array([0.0, 20.0, 10.0, 2.0]), unit="mg/L",
        decay_corrected=False, half_life_h=math.inf,
    )  # fmt: skip
    found = nca(curve, dose=100.0, dose_unit="mg")
    assert found["c0"].value == 0.0
    assert found["v1"].value is None
    assert "C0 is 0" in str(found["v1"].reason)
