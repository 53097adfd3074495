"""From scans of a lesion to its area: units, decay states, the course that belongs to every rule."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from dosimetry import DosimetryError, SphereRecovery, nuclide
from dosimetry.patients.curve_methods import CurveMethod
from kinetics import Curve, area, choose_model
from kinetics.populations.cohort import Spread
from lesions.doses.curves import Person, curve_of
from lesions.doses.time_courses import time_course
from lesions.doses.volumes import LesionVolume, volume_of
from lesions.lesion import FdgScan, Lesion, Uptake

LU = nuclide("Lu-177")
PERSON = Person("P01", 7400.0, 80.0)


def lesion(*scans: Uptake, **more: object) -> Lesion:
    return Lesion(patient="P01", name="L1", site="liver", uptake=scans, **more)  # type: ignore[arg-type]


def made(of: Lesion, quantity: str, integrate: str, corrected: bool | None = False, **more: object) -> Curve:
    volume = volume_of(of, "mean")
    return curve_of(
        of, PERSON, LU, quantity=quantity, integrate=integrate, volume=volume, decay_corrected=corrected,
        **more,  # type: ignore[arg-type]
    ).curve  # fmt: skip


def test_activity_concentration_and_suv_of_one_truth_are_one_curve() -> None:
    """5 MBq in 20 mL: 250 kBq/mL, and an SUV that is corrected for decay."""
    decay = math.exp(-math.log(2) * 24.0 / LU.half_life_h)
    suv = 250.0 / decay / (7400e3 / 80e3)
    scan = Uptake(
        time_h=24.0, activity_MBq=5.0, sd_activity_MBq=0.5, concentration_kBq_per_mL=250.0,
        sd_concentration_kBq_per_mL=25.0, volume_mL=20.0, value={"suv_mean": suv}, sd={"suv_mean": 0.1 * suv},
    )  # fmt: skip
    curves = [made(lesion(scan), q, "activity") for q in ("activity", "concentration", "suv_mean")]
    for curve in curves:
        measured = curve.uncorrected()
        assert measured.value[0] == pytest.approx(100.0 * 5.0 / 7400.0, rel=1e-12)
        assert measured.sd is not None
        assert measured.sd[0] == pytest.approx(10.0 * 5.0 / 7400.0, rel=1e-12)
    assert [c.decay_corrected for c in curves] == [False, False, True]
    per_mL = made(lesion(scan), "activity", "concentration")
    assert per_mL.unit == "%IA/mL"
    assert per_mL.value[0] == pytest.approx(curves[0].value[0] / 20.0, rel=1e-12)


def test_each_scan_has_its_own_volume_and_its_own_recovery() -> None:
    blur = SphereRecovery(fwhm_mm=6.0, u_fwhm_mm=0.5)
    of = lesion(
        Uptake(time_h=24.0, activity_MBq=5.0, volume_mL=20.0),
        Uptake(time_h=96.0, activity_MBq=2.0, volume_mL=5.0),
    )
    curve = made(of, "activity", "concentration", recovery=blur)
    expected = [5.0 / 20.0 / blur.at(20.0), 2.0 / 5.0 / blur.at(5.0)]
    assert curve.value == pytest.approx(np.array(expected) * 100.0 / 7400.0, rel=1e-12)


def test_what_a_curve_cannot_be_made_without() -> None:
    scan = Uptake(time_h=24.0, value={"suv_max": 8.0}, volume_mL=3.0)
    with pytest.raises(DosimetryError, match="no scan has activity_MBq"):
        made(lesion(scan), "activity", "activity")
    with pytest.raises(DosimetryError, match="body_mass_kg of patient 'P01' is missing"):
        curve_of(
            lesion(scan), Person("P01", 74.0, None), LU, quantity="suv_max", integrate="activity",
            volume=LesionVolume(3.0, "x", 1.0), decay_corrected=None,
        )  # fmt: skip
    active = lesion(Uptake(time_h=24.0, activity_MBq=1.0, volume_mL=3.0))
    with pytest.raises(DosimetryError, match=r"lesions\.decay_corrected is missing"):
        made(active, "activity", "activity", None)
    with pytest.raises(DosimetryError, match="no volume was measured in any scan"):
        volume_of(lesion(Uptake(time_h=24.0, activity_MBq=1.0)), "mean")


def test_volumes_by_each_rule() -> None:
    of = lesion(
        *(Uptake(time_h=t, volume_mL=v) for t, v in ((24.0, 8.0), (96.0, 12.0), (168.0, 4.0))),
        fdg=(FdgScan(when="baseline", volume_mL=9.0),), axes_mm=(10.0, 20.0, 30.0),
    )  # fmt: skip
    by_rule = {"mean": 8.0, "first": 8.0, "largest": 12.0, "fdg baseline": 9.0}
    assert {rule: volume_of(of, rule).volume_mL for rule in by_rule} == by_rule
    assert volume_of(of, "mean").spread == 3.0
    axes = lesion(Uptake(time_h=1.0, activity_MBq=1.0), axes_mm=(10.0, 20.0, 30.0))
    assert volume_of(axes, "mean").volume_mL == pytest.approx(math.pi, rel=1e-12)
    with pytest.raises(DosimetryError, match="unknown rule 'last'"):
        volume_of(of, "last")


TRAPEZOIDS = [
    ("linear", "zero", "physical"), ("log", "constant", "effective"),
    ("linear-up/log-down", "zero", "predicted"),
    ("linear-decay-corrected", "zero", "fitted"), ("linear-decay-corrected", "constant", "physical"),
    ("linear", "constant", "none"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "first", "tail"), TRAPEZOIDS)
@pytest.mark.parametrize("corrected", [True, False])
def test_trapezoids_have_the_area_of_kinetics_and_a_course_with_integral_1(
    method: str, first: str, tail: str, corrected: bool
) -> None:
    time, value = [4.0, 24.0, 72.0, 120.0, 168.0], np.array([2.0, 5.0, 4.0, 2.5, 1.6])
    if corrected:
        value = value * np.exp(math.log(2) / LU.half_life_h * np.array(time))
    curve = Curve(time_h=time, value=value, sd=0.1 * value, unit="%IA", decay_corrected=corrected, nuclide=LU)
    found = time_course(curve, CurveMethod(method=method, first_interval=first, tail=tail))
    expected = area(curve, tail=tail, first=first, method=method)
    assert found.area == expected.area
    assert found.se_kinetics == expected.se_area
    course = found.course
    assert course.dose_mGy_per_MBq == pytest.approx(1.0, rel=1e-9)
    ends = (0.0, *time, 400.0, 1000.0, 20_000.0)
    # the pieces' integrals, of the function itself; after the last point 1e-9 inside, where it may jump
    pieces = [quad(course.at, a + 1e-9, b, epsabs=1e-14, epsrel=1e-10)[0] for a, b in pairwise(ends)]
    assert math.fsum(pieces) == pytest.approx(1.0, rel=1e-6)
    for t, v in zip(time[:-1], curve.uncorrected().value, strict=False):
        assert course.at(t) * found.area == pytest.approx(v, rel=1e-9)


@pytest.mark.parametrize("model", ["monoexponential", "uptake", "auto"])
def test_a_fit_has_its_own_course(model: str) -> None:
    t = np.array([2.0, 24.0, 72.0, 120.0, 168.0, 240.0])
    value = 6.0 * (np.exp(-0.004 * t) - (0.0 if model == "monoexponential" else 1.0) * np.exp(-0.15 * t))
    curve = Curve(time_h=t, value=value, sd=0.03 * value, unit="%IA", decay_corrected=True, nuclide=LU)
    found = time_course(curve, CurveMethod(model=model, weights="sd"))
    assert found.course.dose_mGy_per_MBq == pytest.approx(1.0, rel=1e-9)
    lam = math.log(2) / LU.half_life_h
    truth = 6.0 / (0.004 + lam) - (0.0 if model == "monoexponential" else 6.0 / (0.15 + lam))
    # noiseless values: the named model has the truth, the average the truth within its own error
    if model == "auto":
        assert found.se_kinetics is not None and found.se_model is not None
        assert abs(found.area - truth) < math.hypot(found.se_kinetics, found.se_model)
    else:
        assert found.area == pytest.approx(truth, rel=1e-6)
        assert found.course.at(72.0) * found.area == pytest.approx(curve.uncorrected().value[2], rel=1e-6)


def test_models_that_are_averaged_have_the_averaged_course() -> None:
    """Four points support several models; the course is the mean of theirs, by their weights."""
    t, value = [4.0, 24.0, 96.0, 168.0], np.array([3.1, 4.0, 2.1, 1.3])
    curve = Curve(time_h=t, value=value, sd=0.15 * value, unit="%IA", decay_corrected=False, nuclide=LU)
    choice = choose_model(curve, weights="sd")
    assert len(choice.averaged_over) > 1
    found = time_course(curve, CurveMethod(model="auto", weights="sd"))
    assert found.area == choice.averaged_area.value
    assert found.se_kinetics is not None and found.se_model is not None and found.se_model > 0.0
    assert math.hypot(found.se_kinetics, found.se_model) == pytest.approx(choice.averaged_area.se, rel=1e-9)
    assert found.course.dose_mGy_per_MBq == pytest.approx(1.0, rel=1e-9)
    parts = [(c.weight, c.fit) for c in choice.candidates if c.weight and c.fit is not None]
    mean = math.fsum(w * float(fit.predict(50.0)[0]) for w, fit in parts)
    assert found.course.at(50.0) * found.area == pytest.approx(mean, rel=1e-9)


def test_one_point_needs_a_rule_and_has_the_error_of_it() -> None:
    lam = math.log(2) / LU.half_life_h
    curve = Curve(time_h=[72.0], value=[3.0], sd=[0.3], unit="%IA", decay_corrected=False, nuclide=LU)
    with pytest.raises(DosimetryError, match=r"\[lesions\.dose\.single_point\]"):
        time_course(curve, CurveMethod(model="monoexponential", weights="sd"))
    rate = 0.006
    found = time_course(
        curve, CurveMethod(model="auto", weights="sd"), Spread(rate_per_h=rate, sd_log=0.3, n=20)
    )
    k = rate + lam
    assert found.area == pytest.approx(3.0 * math.exp(k * 72.0) / k, rel=1e-12)
    assert found.se_kinetics == pytest.approx(0.1 * found.area, rel=1e-9)
    # by quadrature over the log-normal rate: root mean square of true over estimated, less 1
    z, w = np.polynomial.hermite_e.hermegauss(80)
    own = rate * np.exp(0.3 * z) + lam
    true = 3.0 * np.exp(own * 72.0) / own / found.area
    assert found.se_model == pytest.approx(found.area * math.sqrt(w @ (true - 1.0) ** 2 / w.sum()), rel=0.02)
    assert found.course.at(72.0) * found.area == pytest.approx(3.0, rel=1e-12)
