"""Doses of lesions from scans to self and cross parts, against closed forms and the organs' own doses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from patient_body import LESION, LESION_KG, patient_library
from scipy.constants import electron_volt

from dosimetry import DosimetryError, Methods, Patient, absorbed_dose, ellipsoid_dose, nuclide, sphere_dose
from dosimetry.patients.results import PatientResult, results_of
from dosimetry.tiacs.tiac import Tiac
from dosimetry.tiacs.tiacs import Tiacs
from lesions.doses.around.surroundings import place_spread, surroundings
from lesions.doses.compute import LesionDoses, doses_of_lesions
from lesions.doses.lesion_dose import CROSS, KINDS
from lesions.doses.settings import DoseSettings
from lesions.doses.tables import dose_tables
from lesions.lesion import Lesion, LesionPatient, Uptake

LU = nuclide("Lu-177")
LAM = math.log(2) / LU.half_life_h
METHODS = Methods(heart_contents="none", red_marrow="none", organ_masses="reference")
TIACS = {"liver": (12.0, 0.6), "kidneys": (4.0, 0.3), "remainder": (30.0, 2.0)}
WITH = {"activity": "with lesions", "mass": "with lesions"}


def settings(**more: Any) -> DoseSettings:
    said: dict[str, Any] = {
        "quantity": "activity", "integrate": "activity", "volume": "mean", "shape": "sphere",
        "density_g_per_cm3": 1.04, "cross_dose": "organ", "outside": "total body", "organs": WITH,
        "model": "monoexponential", "weights": "sd",
    }  # fmt: skip
    return DoseSettings(**said | more)


def lesion(name: str, tiac_h: float, mass_g: float, organ: str | None, **more: Any) -> Lesion:
    """A lesion with one exponential, biologic half-life 200 h, so that its TIAC is as told, at 1.04 g/mL."""
    k = LAM + math.log(2) / 200.0
    scans = tuple(
        Uptake(
            time_h=t, activity_MBq=7400.0 * tiac_h * k * math.exp(-k * t), volume_mL=mass_g / 1.04,
            sd_activity_MBq=0.05 * 7400.0 * tiac_h * k * math.exp(-k * t),
        )
        for t in (4.0, 24.0, 96.0, 168.0)
    )  # fmt: skip
    return Lesion(patient="P01", name=name, site=organ or "elsewhere", organ=organ, uptake=scans, **more)


def result(tiacs: Mapping[str, tuple[float, float]] = TIACS, **more: Any) -> PatientResult:
    given = Tiacs(tuple(Tiac(name, v, {name: se}) for name, (v, se) in tiacs.items()))
    patient = Patient(**{"name": "P01", "sex": "male", "phantom": "adult male", "given_tiacs": given} | more)
    return results_of([patient], METHODS, LU, ["ICRP 103"])[0]


def doses(*lesions: Lesion, organs: PatientResult | None = None, **more: Any) -> LesionDoses:
    patient = LesionPatient(name="P01", lesions=lesions, administered_MBq=7400.0, body_mass_kg=80.0)
    results = [] if organs is None else [organs]
    return doses_of_lesions(
        [patient], settings(**more), LU, methods=METHODS, results=results, decay_corrected=False
    )


@pytest.fixture(scope="module")
def around() -> PatientResult:
    return result()


def test_self_dose_is_energy_by_mass() -> None:
    """A~ E/m, of which electrons of Lu-177 (147 keV a decay) leave 1 to 2 % of a lesion of 20 g."""
    found = doses(lesion("L1", 0.2, 20.0, None), cross_dose="left out").doses[0]
    all_of_it = 0.2 * 3600.0 * 1e6 * LU.electron.total_MeV * electron_volt * 1e6 / 0.020 * 1e3  # mGy/MBq
    assert 0.98 < found.self_mGy_per_MBq["electron"] / all_of_it < 0.99
    by_hand = sphere_dose("Lu-177", 0.020, density_g_per_cm3=1.04).dose_mGy_per_MBq(0.2)
    assert found.dose_mGy_per_MBq == pytest.approx(by_hand, rel=1e-6)
    assert found.tiac_h == pytest.approx(0.2, rel=1e-6)
    assert found.cross_mGy_per_MBq is None
    assert found.missing[CROSS] == "cross_dose = 'left out'"
    assert found.rate.at(24.0) / found.rate.at(0.0) == pytest.approx(
        math.exp(-24.0 * (LAM + math.log(2) / 200.0)), rel=1e-6
    )


def test_a_lesion_as_active_as_its_organ_has_the_organs_dose(around: PatientResult) -> None:
    """Whatever its size: self and cross part add to the liver's own dose, and so does the healthy tissue."""
    liver_kg = 1.91  # of the stylised man; read from the table below
    for mass_g in (2.0, 60.0):
        first = doses(lesion("L1", 0.01, mass_g, "liver"), organs=around)
        (row,) = [o for o in first.organs["P01"] if o.organ == "liver"]
        assert row.mass_kg == pytest.approx(liver_kg, rel=0.01)
        share = mass_g / 1e3 / row.mass_kg
        found = doses(lesion("L1", 12.0 * share, mass_g, "liver"), organs=around)
        (row,) = [o for o in found.organs["P01"] if o.organ == "liver"]
        organ = around.doses["liver"]
        assert row.dose_mGy_per_MBq == pytest.approx(organ, rel=1e-12)
        assert row.healthy_mGy_per_MBq == pytest.approx(organ, rel=1e-6)
        # photons below 10 keV are followed in the sphere, and stay where they are made in the body: 1e-3
        assert found.doses[0].dose_mGy_per_MBq == pytest.approx(organ, rel=2e-3)
        assert row.healthy_tiac_h == pytest.approx(12.0 * (1.0 - share), rel=1e-6)


def test_a_hot_lesion_takes_its_energy_out_of_the_liver(around: PatientResult) -> None:
    """The energy that the organ's TIAC has in the liver is in lesion and healthy tissue together."""
    found = doses(lesion("L1", 5.0, 30.0, "liver"), organs=around)
    (row,) = [o for o in found.organs["P01"] if o.organ == "liver"]
    dose = found.doses[0]
    assert row.mass_kg is not None and row.healthy_mass_kg == pytest.approx(row.mass_kg - 0.030, rel=1e-9)
    assert row.healthy_tiac_h == pytest.approx(7.0, rel=1e-6)
    assert row.healthy_mGy_per_MBq < 0.63 * row.dose_mGy_per_MBq  # 7/12 of the activity, and photons
    assert (
        dose.dose_mGy_per_MBq > 40.0 * row.healthy_mGy_per_MBq
    )  # 5 h in 30 g beside 7 h in 1.9 kg: 45 times
    whole = absorbed_dose(
        dict.fromkeys(TIACS, 0.0) | {k: v for k, (v, _) in TIACS.items()}, "Lu-177", "adult male"
    )
    energy = 0.030 * dose.dose_mGy_per_MBq + row.healthy_mass_kg * row.healthy_mGy_per_MBq
    # a lesion has fewer of its photons in the liver than the mean of the liver: at most 5/12 of the photons
    photons = whole.part_mGy_per_MBq["photon"][whole.targets.index("liver")]
    assert energy == pytest.approx(whole["liver"] * row.mass_kg, abs=5.0 / 12.0 * photons * row.mass_kg)


def test_photons_from_other_organs_are_those_of_the_organ(around: PatientResult) -> None:
    """Kidneys' and remainder's photons at the liver, by the S values of the body."""
    only = result({"liver": (1e-9, 1e-12), "kidneys": (4.0, 0.3), "remainder": (30.0, 2.0)})
    found = doses(lesion("L1", 1e-10, 5.0, "liver"), organs=only).doses[0]
    photons = absorbed_dose({"kidneys": 4.0, "liver": 1e-9, "remainder": 30.0}, "Lu-177", "adult male")
    expected = photons.part_mGy_per_MBq["photon"][photons.targets.index("liver")]
    assert found.cross_mGy_per_MBq is not None
    assert found.cross_mGy_per_MBq["photon"] == pytest.approx(expected, rel=1e-6)
    # its error by the TIACs: kidneys and remainder, independent
    parts = [
        absorbed_dose({n: TIACS[n][1] if n == m else 0.0 for n in TIACS}, "Lu-177", "adult male")
        .part_mGy_per_MBq["photon"][photons.targets.index("liver")]
        for m in ("kidneys", "remainder")
    ]  # fmt: skip
    made = found.u_parts_mGy_per_MBq["kinetics"]
    assert made == pytest.approx(math.hypot(*parts), rel=0.02)


def test_the_place_in_an_organ_makes_its_photons_uncertain() -> None:
    """Where little is absorbed, the dose at a sphere's surface is 2/3 of its mean (mean ways out of it)."""
    organs = result({"kidneys": (4.0, 0.3), "remainder": (30.0, 2.0)})
    around = surroundings(organs, METHODS, nuclide("Lu-177"))
    for mass_kg in (0.02, 0.15, 1.9):
        assert place_spread(around, mass_kg) == pytest.approx(1.0 / 3.0 / math.sqrt(3.0), rel=0.06)
    how: dict[str, Any] = {
        "model": None, "weights": None, "method": "linear", "first_interval": "zero", "tail": "physical",
    }  # fmt: skip
    found = doses(lesion("L1", 0.1, 5.0, "kidneys"), organs=organs, **how).doses[0]
    alone = doses(lesion("L1", 0.1, 5.0, "kidneys"), **how).doses[0]
    more = found.u_parts_mGy_per_MBq["model"] ** 2 - alone.u_parts_mGy_per_MBq["model"] ** 2
    assert found.cross_mGy_per_MBq is not None
    # of the photons of the kidneys, which are most of what the kidneys' lesion gets
    assert 0.15 < math.sqrt(more) / found.cross_mGy_per_MBq["photon"] < 0.2


def test_curves_and_masses_without_lesions(around: PatientResult) -> None:
    """The liver's curve is of healthy tissue: its TIAC stays, and the remainder gives the lesion's away."""
    apart = {"activity": "without lesions", "mass": "without lesions"}
    found = doses(lesion("L1", 2.0, 30.0, "liver"), organs=around)
    patient = LesionPatient(name="P01", lesions=(lesion("L1", 2.0, 30.0, "liver"),), administered_MBq=7400.0)
    made = doses_of_lesions(
        [patient], settings(organs=apart), LU, methods=METHODS, results=[around], decay_corrected=False
    )
    rows = {o.organ: o for o in made.organs["P01"]}
    liver = rows["liver"]
    assert liver.healthy_tiac_h == pytest.approx(12.0, rel=1e-12)
    assert liver.mass_kg is not None and liver.healthy_mass_kg == pytest.approx(liver.mass_kg, rel=1e-12)
    assert liver.healthy_mGy_per_MBq > liver.dose_mGy_per_MBq  # photons of the lesion come on top
    # 2 h less of the remainder's electrons in the spleen, 2 h more of the liver's photons
    by_hand = absorbed_dose({"liver": 12.0, "kidneys": 4.0, "remainder": 28.0}, "Lu-177", "adult male")[
        "spleen"
    ]
    more = absorbed_dose({"liver": 2.0}, "Lu-177", "adult male")
    by_hand += more.part_mGy_per_MBq["photon"][more.targets.index("spleen")]
    assert rows["spleen"].healthy_mGy_per_MBq == pytest.approx(by_hand, rel=1e-9)
    assert not rows["spleen"].lesions
    assert "spleen" not in {o.organ for o in found.organs["P01"]}  # with lesions nothing else changes


def test_a_lesion_in_no_organ_is_in_the_remainder(around: PatientResult) -> None:
    found = doses(lesion("L1", 3.0, 10.0, None), organs=around)
    dose = found.doses[0]
    assert dose.cross_mGy_per_MBq is not None
    assert "mean place in the body" in dose.cross_method
    rows = {o.organ: o for o in found.organs["P01"]}
    liver = absorbed_dose({"liver": 12.0, "kidneys": 4.0, "remainder": 30.0}, "Lu-177", "adult male")["liver"]
    assert "liver" not in rows  # the remainder's electrons are none of the liver's, its photons stay
    assert liver == pytest.approx(around.doses["liver"], rel=1e-12)
    muscle = rows["muscle"]
    electrons = absorbed_dose({"liver": 0.0, "kidneys": 0.0, "remainder": 3.0}, "Lu-177", "adult male")
    at = electrons.targets.index("muscle")
    less = muscle.dose_mGy_per_MBq - muscle.healthy_mGy_per_MBq
    assert less == pytest.approx(electrons.part_mGy_per_MBq["electron"][at], rel=1e-9)
    left_out = doses(lesion("L1", 3.0, 10.0, None), organs=around, outside="left out")
    assert left_out.doses[0].cross_mGy_per_MBq is None
    assert not left_out.organs


def test_two_lesions_of_one_organ_give_photons_to_each_other(around: PatientResult) -> None:
    one = doses(lesion("L1", 1.0, 20.0, "liver"), organs=around).doses[0]
    both = doses(lesion("L1", 1.0, 20.0, "liver"), lesion("L2", 3.0, 20.0, "liver"), organs=around)
    first = both.doses[0]
    assert one.cross_mGy_per_MBq is not None and first.cross_mGy_per_MBq is not None
    # 3 h are electrons of a lesion, no longer of the tissue around: 8 of 11 are left
    assert first.cross_mGy_per_MBq["electron"] / one.cross_mGy_per_MBq["electron"] == pytest.approx(
        8.0 / 11.0, rel=0.02
    )
    # another lesion gives the liver's mean; the tissue around gives less what would be the lesion's own
    before, after = one.cross_mGy_per_MBq["photon"], first.cross_mGy_per_MBq["photon"]
    assert before < after < 1.1 * before


def test_lesions_with_more_activity_than_their_organ_are_an_error(around: PatientResult) -> None:
    with pytest.raises(DosimetryError) as error:
        doses(lesion("L1", 9.0, 10.0, "liver"), lesion("L2", 4.0, 10.0, "liver"), organs=around)
    for part in (
        "patient 'P01'",
        "'liver'",
        "13 h",
        "'L1' 9 h, 'L2' 4 h",
        "12 h",
        "lesions.dose.organs.activity",
    ):
        assert part in str(error.value)
    with pytest.raises(DosimetryError, match=r"patient 'P01': 'kidneys': its lesions weigh 500 g"):
        doses(lesion("L1", 0.1, 500.0, "kidneys"), organs=around)
    with pytest.raises(DosimetryError, match=r"patient 'P01', lesion 'L1': organ: .*livr.*near names: liver"):
        doses(lesion("L1", 0.1, 5.0, "livr"), organs=around)


def test_lesions_in_bone_or_contents_have_no_cross_dose_and_say_so(around: PatientResult) -> None:
    found = doses(lesion("L1", 0.1, 5.0, "red marrow"), organs=around)
    assert found.doses[0].cross_mGy_per_MBq is None
    assert "not one medium" in found.doses[0].missing[CROSS]
    assert not found.organs


def test_a_lesion_that_is_a_region_of_the_patients_own_body_has_its_s_values(tmp_path: Path) -> None:
    library = patient_library()
    library.save(tmp_path / "patient.h5")
    given = Tiacs(tuple(Tiac(n, v, {n: se}) for n, (v, se) in TIACS.items()))
    patient = Patient(
        name="P01", sex="male", phantom=str(tmp_path / "patient.h5"), given_tiacs=given, own_body=True
    )
    organs = results_of([patient], METHODS, LU, ["ICRP 103"])[0]
    found = doses(lesion(LESION, 2.0, 30.0, "liver"), organs=organs)
    dose = found.doses[0]
    expected = absorbed_dose(
        {"liver": 10.0, "kidneys": 4.0, LESION: 2.0, "remainder": 30.0}, "Lu-177", library
    )
    assert dose.dose_mGy_per_MBq == pytest.approx(expected[LESION], rel=1e-6)
    own = absorbed_dose({LESION: 2.0}, "Lu-177", library)[LESION]
    assert dose.self_dose_mGy_per_MBq == pytest.approx(own, rel=1e-6)
    assert dose.mass_kg == LESION_KG
    assert any("weighs 20 g, its volume says 30 g" in note for note in dose.notes)
    rows = {o.organ: o for o in found.organs["P01"]}
    assert rows["liver"].healthy_mGy_per_MBq == pytest.approx(expected["liver"], rel=1e-6)
    assert rows["liver"].lesions == (LESION,)


def test_uncertainty_is_of_curve_outline_recovery_and_calibration(around: PatientResult) -> None:
    """Gear et al.: ln D = ln A + c2 ln m, the outline in both; by hand from dosimetry.organ_activity_u."""
    from dosimetry import SphereRecovery, organ_activity_u

    outline = {
        "voxel_mm": 4.0, "fwhm_mm": 6.0, "observer_percent": 5.0, "corrected": "in the table",
        "source": "test", "recovery": {"fwhm_mm": 6.0, "u_fwhm_mm": 0.5, "source": "test"},
    }  # fmt: skip
    found = doses(
        lesion("L1", 0.2, 10.4, None), cross_dose="left out", outline=outline, calibration_percent=3.0
    )
    dose = found.doses[0]
    made = organ_activity_u(
        10.0, voxel_mm=4.0, fwhm_mm=6.0, observer_relative_u=0.05, counts_relative_u=0.0,
        recovery=SphereRecovery(fwhm_mm=6.0, u_fwhm_mm=0.5),
    )  # fmt: skip
    s = [sphere_dose("Lu-177", m, density_g_per_cm3=1.04).total_mGy_per_MBq_h for m in (0.0103, 0.0105)]
    c2 = math.log(s[1] / s[0]) / math.log(105 / 103)
    by_volume_and_recovery = made.u_dose(c2)
    parts = dose.u_parts_mGy_per_MBq
    both = math.hypot(parts["volume"], parts["recovery"]) / dose.dose_mGy_per_MBq
    assert both == pytest.approx(by_volume_and_recovery, rel=1e-3)
    assert parts["calibration"] == pytest.approx(0.03 * dose.dose_mGy_per_MBq, rel=1e-9)
    assert dose.u_mass_kg == pytest.approx(made.u_mass * dose.mass_kg, rel=1e-9)
    assert dose.se_tiac_h is not None and dose.tiac_h is not None
    assert parts["kinetics"] / dose.dose_mGy_per_MBq == pytest.approx(dose.se_tiac_h / dose.tiac_h, rel=1e-9)
    assert dose.missing["model"].startswith("one model was named")


def test_correcting_here_is_dividing_the_table() -> None:
    recovery = {"fwhm_mm": 6.0, "u_fwhm_mm": 0.5, "source": "test"}
    outline = {"voxel_mm": 4.0, "fwhm_mm": 6.0, "observer": "unknown", "recovery": recovery, "source": "test"}
    here, before = (
        doses(lesion("L1", 0.2, 5.0, None), cross_dose="left out", outline={**outline, "corrected": c}).doses[
            0
        ]
        for c in ("here", "in the table")
    )
    from dosimetry import SphereRecovery

    r = SphereRecovery(fwhm_mm=6.0).at(5.0 / 1.04)
    assert here.dose_mGy_per_MBq == pytest.approx(before.dose_mGy_per_MBq / r, rel=1e-9)
    assert any("observer's part of the outline is not known" in note for note in here.notes)


def test_concentration_makes_the_dose_of_a_lesion_that_shrinks() -> None:
    """Dose rate by the mass of the day: with all absorbed, D = E times the area of the concentration."""
    k = LAM + math.log(2) / 200.0
    scans = tuple(
        Uptake(time_h=t, activity_MBq=100.0 * math.exp(-k * t), sd_activity_MBq=1.0, volume_mL=v)
        for t, v in ((4.0, 40.0), (24.0, 40.0), (96.0, 20.0), (168.0, 10.0))
    )
    of = Lesion(patient="P01", name="L1", site="liver", uptake=scans)
    how: dict[str, Any] = {
        "cross_dose": "left out", "model": None, "weights": None, "method": "linear",
        "first_interval": "zero", "tail": "physical",
    }  # fmt: skip
    by_activity = doses(of, **how).doses[0]
    by_concentration = doses(of, integrate="concentration", **how).doses[0]
    assert by_concentration.dose_mGy_per_MBq > 1.2 * by_activity.dose_mGy_per_MBq
    other = doses(of, integrate="concentration", volume="largest", **how).doses[0]
    # the mass cancels but for what leaves a smaller sphere: 27.5 mL and 40 mL
    assert other.self_mGy_per_MBq["electron"] == pytest.approx(
        by_concentration.self_mGy_per_MBq["electron"], rel=0.005
    )
    assert any("volumes differ by more than a factor of 1.5" in note for note in other.notes)


def test_an_ellipsoid_has_less_than_a_sphere_and_one_without_axes_is_told() -> None:
    long = doses(
        lesion("L1", 0.2, 1.0, None, axes_mm=(5.0, 10.0, 20.0)), cross_dose="left out", shape="ellipsoid"
    )
    round_one = doses(lesion("L1", 0.2, 1.0, None), cross_dose="left out", shape="ellipsoid").doses[0]
    # by the two absorbed fractions alone
    axes = (5.0, 10.0, 20.0)
    shapes = (
        ellipsoid_dose("Lu-177", 0.001, axes, density_g_per_cm3=1.04),
        sphere_dose("Lu-177", 0.001, density_g_per_cm3=1.04),
    )
    ratio = shapes[0].total_mGy_per_MBq_h / shapes[1].total_mGy_per_MBq_h
    assert ratio < 0.995
    assert long.doses[0].dose_mGy_per_MBq / round_one.dose_mGy_per_MBq == pytest.approx(ratio, rel=1e-9)
    assert long.doses[0].shape == "ellipsoid, axes 1 : 2 : 4"
    assert any("axes were not measured" in note for note in round_one.notes)


def test_tables_have_every_lesion_and_the_reason_of_those_without_a_dose(around: PatientResult) -> None:
    bare = Lesion(patient="P01", name="L3", site="bone", uptake=(Uptake(time_h=24.0, activity_MBq=1.0),))
    found = doses(lesion("L1", 1.0, 20.0, "liver"), lesion("L2", 0.5, 2.0, None), bare, organs=around)
    tables = dose_tables(found)
    rows = tables["lesion_doses"].set_index("lesion")
    assert list(rows.index) == ["L1", "L2", "L3"]
    assert math.isnan(rows.loc["L3", "dose_mGy_per_MBq"])
    assert "no volume was measured" in rows.loc["L3", "reason"]
    parts = rows.loc["L1", [f"{kind}_part_mGy_per_MBq" for kind in KINDS]].sum()
    assert parts == pytest.approx(rows.loc["L1", "dose_mGy_per_MBq"], rel=1e-9)
    assert any("no dose of P01 L3" in line for line in found.warnings)
    summary = tables["lesion_dose_summary"].iloc[0]
    values = rows["dose_mGy_per_MBq"].dropna()
    assert summary["lesions"] == 2
    assert summary["mean_mGy_per_MBq"] == pytest.approx(values.mean(), rel=1e-12)
    assert (summary["min_mGy_per_MBq"], summary["max_mGy_per_MBq"]) == (values.min(), values.max())
    assert summary["largest_lesion"] == "L1"
    by_mass = np.average(values, weights=rows["mass_g"].dropna())
    assert summary["mean_by_mass_mGy_per_MBq"] == pytest.approx(by_mass, rel=1e-12)
    healthy = tables["organ_doses_without_lesions"]
    assert set(healthy[healthy["lesions"] != ""]["target"]) == {"liver"}


def test_a_patient_without_organ_doses_has_self_doses_and_the_reason() -> None:
    found = doses(lesion("L1", 1.0, 20.0, "liver")).doses[0]
    assert found.missing[CROSS] == "the patient has no organ doses"
    assert replace(found).dose_mGy_per_MBq == found.self_dose_mGy_per_MBq


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"weights": None}, "weights is missing"),
        ({"model": None, "weights": None}, "by which method do curves become areas"),
        ({"model": "population", "weights": None}, "lesions are fitted one by one"),
        ({"density_g_per_cm3": {"bone": 1.3}}, "no 'other'"),
        ({"density_g_per_cm3": 7.0}, "less than or equal to 2"),
        ({"organs": None}, "organs is missing"),
        ({"volume": "last"}, "'mean', 'first', 'largest' or 'fdg baseline'"),
        ({"quantity": "suv_max", "outline": {
            "voxel_mm": 4.0, "fwhm_mm": 6.0, "observer": "unknown", "corrected": "here", "source": "x",
            "recovery": {"fwhm_mm": 6.0, "u_fwhm_mm": 0.5, "source": "x"}}}, "recovery is of the mean"),
        ({"outline": {"voxel_mm": 4.0, "fwhm_mm": 6.0, "corrected": "here", "source": "x"}},
         "recovery is missing"),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit_are_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        settings(**more)


def test_a_lesion_that_is_too_large_for_its_organ_as_a_sphere_is_told(around: PatientResult) -> None:
    """Two kidneys keep fewer photons than one sphere of 200 g does."""
    small, large = (doses(lesion("K", 2.0, g, "kidneys"), organs=around) for g in (50.0, 200.0))
    assert not any("cannot lie in it" in w for w in small.warnings)
    assert any("P01 K" in w and "cannot lie in it" in w for w in large.warnings)
