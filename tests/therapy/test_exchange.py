"""From one label of a carrier to another: curves, TIACs, doses, limits."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from dosimetry import absorbed_dose, load_study, nuclide, run_study, sphere_dose
from dosimetry.errors import DosimetryError
from dosimetry.patients.results import results_of
from dosimetry.study.parts import PartResult
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics import Contents, Curve, Emptying, Urine, area, choose_model, fit_curve, fit_urine
from kinetics.areas.segments import AREA_METHODS
from kinetics.errors import KineticsError
from lesions.doses.lesion_dose import SHARES, ExponentialRate, LesionDose, PiecewiseRate
from lesions.lesion import Lesion, LesionPatient, Uptake
from therapy.biology.bed import bed
from therapy.biology.curve_rate import dose_rate_of_curve
from therapy.exchange import project
from therapy.exchange.curves import exchanged, exchanged_curve
from therapy.exchange.lesions import after_last, exchanged_rate, lesion_frame
from therapy.exchange.limit_rows import limit_frame
from therapy.exchange.nuclides import daughters_of, said_of_daughters, therapeutic_nuclides
from therapy.exchange.project import theranostic, with_nuclide
from therapy.exchange.tables import dose_frame, tables_of
from therapy.limits.table import DoseLimit, LimitTable, load_limits

ZR, LU, AC = nuclide("Zr-89"), nuclide("Lu-177"), nuclide("Ac-225")
STUDY = "examples/zr89-trastuzumab/study.toml"
TIME = np.array([2.0, 24.0, 72.0, 144.0])
NOISE = np.array([1.03, 0.96, 1.02, 0.99])


def curve(value, *, decay_corrected=False, sd=None, unit="%IA", time=TIME):
    made = Curve(time_h=time, value=value, sd=sd, unit=unit, decay_corrected=True, nuclide=ZR)
    return made if decay_corrected else made.uncorrected()


def used(one, **how):
    return UsedCurve("P01", "liver", one, area=area(one, **how))


@pytest.fixture(scope="module")
def study():
    """The example of ten patients, without its budget of uncertainties, which takes most of the time."""
    given = load_study(STUDY)
    given.settings = given.settings.model_copy(update={"uncertainty": None})
    return run_study(given)


@pytest.fixture(scope="module")
def found(study):
    return theranostic(study, ["Lu-177", "Ac-225"], weights=["ICRP 103"])


@pytest.mark.parametrize("corrected", [True, False])
def test_a_curve_decays_by_the_other_label(corrected):
    biologic = 20 * np.exp(-0.01 * TIME)
    made = exchanged_curve(curve(biologic, decay_corrected=corrected, sd=0.1 * biologic), ZR, LU)
    decay = 1.0 if corrected else np.exp(-LU.lambda_per_h * TIME)
    assert made.decay_corrected is corrected and made.nuclide == "Lu-177"
    np.testing.assert_allclose(made.value, biologic * decay, rtol=1e-14)
    np.testing.assert_allclose(made.sd, 0.1 * biologic * decay, rtol=1e-14)


def test_a_reference_time_other_than_the_administration():
    one = Curve(
        time_h=TIME, value=[9.0, 8, 7, 6], unit="%IA", decay_corrected=True, nuclide=ZR, reference_h=30.0
    )
    made = exchanged_curve(one, ZR, LU)
    np.testing.assert_allclose(made.value, one.value * math.exp(ZR.lambda_per_h * 30.0), rtol=1e-14)
    assert made.reference_h == 0.0


def test_a_fit_keeps_its_biology_and_its_area_is_the_closed_form():
    one = curve(20 * np.exp(-0.01 * TIME) * NOISE)
    before = UsedCurve("P01", "liver", one, fit=fit_curve(one, "monoexponential", weights="none"))
    made = exchanged(before, ZR, LU)
    fit = made.used.fit
    np.testing.assert_array_equal(
        fit.theta, before.fit.theta
    )  # not fitted again, though decay weighs otherwise
    a, k = fit.theta
    effective = k + LU.lambda_per_h
    assert fit.area == pytest.approx(a / effective, rel=1e-14)
    gradient = np.array([1 / effective, -a / effective**2])
    assert fit.se_area == pytest.approx(math.sqrt(gradient @ before.fit.covariance @ gradient), rel=1e-13)
    assert made.after == pytest.approx(math.exp(-effective * 144), rel=1e-13)
    assert made.before == pytest.approx(1 - math.exp(-effective * 2), rel=1e-12)
    assert fit.effective_half_lives_h["lambda1"].value == pytest.approx(math.log(2) / effective, rel=1e-14)


def test_the_same_label_changes_nothing():
    one = curve(20 * np.exp(-0.01 * TIME) * NOISE, sd=0.5 * np.ones(4))
    fit = fit_curve(one, "monoexponential", weights="sd")
    same = exchanged(UsedCurve("P01", "liver", one, fit=fit), ZR, ZR).used.fit
    assert (same.area, same.se_area) == (fit.area, pytest.approx(fit.se_area, rel=1e-14))
    assert same.warnings == fit.warnings


def test_an_average_keeps_its_weights():
    time = np.array([1.0, 5, 24, 48, 96, 144])
    one = curve(30 * np.exp(-0.02 * time) * np.array([1.02, 0.98, 1.01, 0.97, 1.05, 0.96]), time=time)
    choice = choose_model(one)
    before = UsedCurve("P01", "liver", one, fit=choice.chosen, choice=choice)
    same, made = (exchanged(before, ZR, n).used.choice for n in (ZR, LU))
    assert same.averaged_area.value == pytest.approx(choice.averaged_area.value, rel=1e-14)
    assert same.averaged_area.se == pytest.approx(choice.averaged_area.se, rel=1e-12)
    weights = {c.model: c.weight for c in choice.candidates if c.weight}
    areas = {c.model: c.fit.area for c in made.candidates if c.weight}
    assert weights == {c.model: c.weight for c in made.candidates if c.weight}
    mean = sum(weights[m] * areas[m] for m in weights)
    assert made.averaged_area.value == pytest.approx(mean, rel=1e-13)


def test_trapezoids_of_a_retained_activity_are_exact():
    one = curve(np.full(4, 12.0))
    made = exchanged(used(one, tail="physical", first="constant", method="linear-decay-corrected"), ZR, AC)
    assert made.used.area.area == pytest.approx(12.0 / AC.lambda_per_h, rel=1e-12)
    assert made.after == pytest.approx(math.exp(-AC.lambda_per_h * 144), rel=1e-12)
    assert made.before == pytest.approx(1 - math.exp(-AC.lambda_per_h * 2), rel=1e-12)


def test_a_terminal_slope_is_of_the_same_points():
    time = np.array([2.0, 24, 72, 120, 168])
    # with these, the best adjusted R^2 would take 4 points with 89Zr and 3 with 177Lu
    one = curve(20 * np.exp(-0.005 * time) * np.array([0.97, 0.91, 1.14, 0.96, 1.03]), time=time)
    before = used(one, tail="effective", first="zero", method="linear")
    assert before.area.slope.n_points == 4
    made = exchanged(before, ZR, LU).used.area
    assert made.slope.n_points == before.area.slope.n_points
    change = LU.lambda_per_h - ZR.lambda_per_h  # of a regression of logarithms, exactly
    assert made.slope.lambda_z_per_h == pytest.approx(before.area.slope.lambda_z_per_h + change, rel=1e-11)


def test_a_fit_that_is_no_sum_of_exponentials_is_refused():
    one = curve(20 * np.exp(-0.01 * TIME))
    fit = fit_curve(one, "monoexponential", weights="none")
    with pytest.raises(DosimetryError, match="no sum of exponentials"):
        exchanged(UsedCurve("P01", "liver", one, fit=replace(fit, function=object())), ZR, LU)


@pytest.mark.parametrize("first", ["zero", "constant", "extrapolate"])
@pytest.mark.parametrize("tail", ["physical", "effective", "predicted", "fitted", "none"])
@pytest.mark.parametrize("method", AREA_METHODS)
def test_a_dose_rate_has_the_area_and_the_points_of_its_curve(method, tail, first):
    time = np.array([2.0, 24, 72, 120, 168])
    value = 20 * np.exp(-0.01 * time) * np.array([1.0, 0.97, 1.02, 0.99, 1.01])
    one = used(curve(value, time=time), tail=tail, first=first, method=method)
    rate = dose_rate_of_curve(one, one.area.area, ZR.lambda_per_h)
    assert rate.dose_Gy == pytest.approx(one.area.area, rel=1e-12)
    measured = one.curve.uncorrected().value
    np.testing.assert_allclose(rate.at(time - 1e-9 * time), measured, rtol=1e-8)
    pieces = dose_rate_of_curve(one, 1.0, ZR.lambda_per_h)
    assert pieces.dose_Gy == pytest.approx(1.0, rel=1e-12)


def test_a_dose_rate_of_a_fit_is_the_fit():
    one = curve(20 * np.exp(-0.01 * TIME) * NOISE)
    fit = fit_curve(one, "monoexponential", weights="none")
    rate = dose_rate_of_curve(UsedCurve("P01", "liver", one, fit=fit), fit.area, ZR.lambda_per_h)
    np.testing.assert_allclose(rate.at(TIME), fit.predict(TIME, decay_corrected=False), rtol=1e-12)


def test_the_measured_nuclide_gives_the_studys_own_numbers(study):
    again = with_nuclide(study, ZR, ["ICRP 103"])
    for own, made in zip(study.results, again.results, strict=True):
        assert list(made.sources) == list(own.sources)
        for source in own.sources:
            assert made.sources[source] == pytest.approx(own.sources[source], rel=1e-13)
            assert made.sources.se_h(source) == pytest.approx(own.sources.se_h(source), rel=1e-11)
        np.testing.assert_allclose(made.doses.total_mGy_per_MBq, own.doses.total_mGy_per_MBq, rtol=1e-13)
        np.testing.assert_allclose(made.doses.se_mGy_per_MBq, own.doses.se_mGy_per_MBq, rtol=1e-11)
        assert made.effective["ICRP 103"][0] == pytest.approx(own.effective["ICRP 103"][0], rel=1e-13)


def test_blood_marrow_and_remainder_are_made_anew(found, study):
    for own, made in zip(study.results, found.nuclides[1].results, strict=True):
        before, after = ({c.region: c for c in r.sources.curves} for r in (own, made))
        whole = before["whole body"].fit
        a, k = whole.theta
        assert made.sources.whole_body.value_h == pytest.approx(0.01 * a / (k + LU.lambda_per_h), rel=1e-13)
        a1, a2, k1, k2 = before["serum"].fit.theta
        lam, zr = LU.lambda_per_h, ZR.lambda_per_h
        ratio = (a1 / (k1 + lam) + a2 / (k2 + lam)) / (a1 / (k1 + zr) + a2 / (k2 + zr))
        for region in ("heart contents", "red marrow"):
            assert made.sources[region] / own.sources[region] == pytest.approx(ratio, rel=1e-12)
        parts = sum(made.sources[s] for s in made.sources)
        assert parts == pytest.approx(made.sources.whole_body.value_h, rel=1e-12)
        alone = absorbed_dose(dict(made.sources), "Lu-177", own.patient.phantom)
        np.testing.assert_allclose(made.doses.total_mGy_per_MBq, alone.total_mGy_per_MBq, rtol=1e-12)
        assert after["liver"].curve.nuclide == "Lu-177"


def test_a_chain_is_counted_and_what_that_assumes_is_said(found):
    ac = found.nuclides[2]
    assert (ac.daughters, ac.has_alphas, found.measured.has_alphas) == ("equilibrium", True, False)
    (said,) = [w for w in found.warnings if "equilibrium" in w]
    assert "Bi-213" in said and "kidneys" in said and "Po-213 lives" not in said
    assert daughters_of(LU) == "none" and said_of_daughters(LU) == ""
    assert any(
        w.startswith("Ac-225: 60 of 60 curves were measured for less than one half-life")
        for w in found.warnings
    )
    assert not any(w.startswith("Zr-89: ") for w in found.warnings)


def test_tables_tell_absorbed_and_weighted_doses_apart(found):
    frame = dose_frame(found, {"alpha": 3.0})
    of = frame[(frame["nuclide"] == "Ac-225") & (frame["target"] == "kidneys")].iloc[0]
    parts = [of[f"{k}_part_mGy_per_MBq"] for k in ("photon", "electron", "alpha")]
    assert of["dose_mGy_per_MBq"] == pytest.approx(sum(parts), rel=1e-12)
    assert of["rbe_weighted_dose_mGy_per_MBq"] == pytest.approx(parts[0] + parts[1] + 3 * parts[2], rel=1e-12)
    assert of["rbe_alpha"] == 3.0
    # nearly all of it is of alphas, and so is its error
    assert of["se_rbe_weighted_mGy_per_MBq"] / of["se_mGy_per_MBq"] == pytest.approx(3.0, rel=0.1)
    lu = frame[(frame["nuclide"] == "Lu-177") & (frame["target"] == "kidneys")].iloc[0]
    assert lu["rbe_weighted_dose_mGy_per_MBq"] == pytest.approx(lu["dose_mGy_per_MBq"], rel=1e-13)
    assert lu["rbe_alpha"] != lu["rbe_alpha"]
    zr = frame[(frame["nuclide"] == "Zr-89") & (frame["target"] == "kidneys")].iloc[0]
    assert lu["ratio_to_measured_nuclide"] == pytest.approx(
        lu["dose_mGy_per_MBq"] / zr["dose_mGy_per_MBq"], rel=1e-13
    )
    ovaries = frame[(frame["sex"] == "male") & (frame["target"] == "ovaries")]
    assert ovaries["rbe_weighted_dose_mGy_per_MBq"].isna().all() and ovaries["dose_mGy_per_MBq"].isna().all()


def test_what_lies_beyond_the_points_is_a_column(found):
    tiac = tables_of(found, load_limits())["theranostic_tiac"]
    rows = tiac[(tiac["patient"] == "P01") & (tiac["source"] == "red marrow")].set_index("nuclide")
    assert rows["extrapolated_fraction"]["Ac-225"] > rows["extrapolated_fraction"]["Lu-177"].max()
    serum = found.nuclides[2].curves["P01"]["serum"]
    assert rows["extrapolated_fraction"]["Ac-225"] == pytest.approx(serum.after, rel=1e-14)
    assert rows["before_first_fraction"]["Ac-225"] == pytest.approx(serum.before, rel=1e-14)
    assert rows["last_measured_h"]["Ac-225"] == serum.last_h


def test_the_activity_of_a_limit_reaches_it(found):
    table = load_limits()
    frame = limit_frame(found, table)
    absorbed = frame[frame["quantity"].str.contains("dose")]
    np.testing.assert_allclose(
        1e-3 * absorbed["activity_MBq"] * absorbed["dose_mGy_per_MBq"], absorbed["limit_Gy"], rtol=1e-13
    )
    alphas = frame["nuclide"] == "Ac-225"
    assert set(frame[alphas]["quantity"]) == {"RBE-weighted dose", "BED, RBE-weighted"}
    assert set(frame[~alphas]["quantity"]) == {"absorbed dose", "BED"}
    lu = found.nuclides[1]
    row = frame[(frame["nuclide"] == "Lu-177") & (frame["quantity"] == "BED")].iloc[0]
    kidneys = lu.curves[row["patient"]]["kidneys"].used
    given = dose_rate_of_curve(kidneys, 1e-3 * row["dose_mGy_per_MBq"] * row["activity_MBq"], LU.lambda_per_h)
    assert bed([(0.0, given)], 2.6, 2.8).bed_Gy == pytest.approx(40.0, rel=1e-10)
    ac = found.nuclides[2]
    row = frame[(frame["nuclide"] == "Ac-225") & (frame["limit"] == "kidneys 40 Gy BED")].iloc[0]
    doses = next(r.doses for r in ac.results if r.patient.name == row["patient"])
    absorbed = 1e-3 * doses["kidneys"] * row["activity_MBq"]
    given = dose_rate_of_curve(ac.curves[row["patient"]]["kidneys"].used, absorbed, AC.lambda_per_h)
    mean = row["dose_mGy_per_MBq"] / doses["kidneys"]  # RBE-weighted over absorbed
    assert 4.5 < mean < 5.0
    assert bed([(0.0, given)], 2.6, 2.8, rbe_max=mean).bed_Gy == pytest.approx(40.0, rel=1e-10)
    assert frame.groupby(["patient", "nuclide"])["reached_first"].sum().eq(1).all()
    assert (frame["lower_activity_MBq"] < frame["activity_MBq"]).all()


def test_a_limit_without_a_curve_or_an_organ_has_a_reason(found):
    table = load_limits()
    tissues = {**table.tissues, "pancreas": table.tissues["kidneys"]}
    limits = (
        DoseLimit(name="p", organ="pancreas", quantity="BED", value_Gy=30.0, source="test"),
        DoseLimit(name="e", organ="eye lenses", quantity="absorbed dose", value_Gy=2.0, source="test"),
    )
    frame = limit_frame(found, LimitTable(limits=limits, tissues=tissues))
    assert frame["activity_MBq"].isna().all() and not frame["reached_first"].any()
    assert (
        "no curve of its own" in frame["reason"].iloc[0] and "has no 'eye lenses'" in frame["reason"].iloc[1]
    )


def test_an_organ_that_was_not_measured_is_told(found, study):
    """One patient's kidneys are in the rest of the body, and the pancreas is in everybody's."""
    first = study.results[0]
    organs = {r: c for r, c in first.patient.measurements.organs.items() if r != "kidneys"}
    patient = replace(first.patient, measurements=replace(first.patient.measurements, organs=organs))
    changed = replace(study, results=[*results_of([patient], study.methods, ZR, []), *study.results[1:]])
    made = theranostic(changed, ["Lu-177"])
    limits = (
        DoseLimit(name="k", organ="kidneys", quantity="absorbed dose", value_Gy=23.0, source="test"),
        DoseLimit(name="p", organ="pancreas", quantity="absorbed dose", value_Gy=23.0, source="test"),
    )
    frame = limit_frame(made, LimitTable(limits=limits, tissues={}))
    own = frame[frame["patient"] == patient.name].set_index(["nuclide", "limit"])
    others = frame[frame["patient"] != patient.name]
    assert math.isnan(own["activity_MBq"]["Lu-177", "k"]) and "kidneys" in own["reason"]["Lu-177", "k"]
    assert others["activity_MBq"].notna().all()
    assert set(others[others["limit"] == "p"]["note"]) == {
        "no activity of its own was measured: its dose is that of other regions and of the rest of the body"
    }
    assert set(others[others["limit"] == "k"]["note"]) == {""}


def test_nuclides_that_cannot_be_used_are_told_together():
    with pytest.raises(DosimetryError) as told:
        therapeutic_nuclides(["Lu-177", "Y-89", "Cf-252", "Po-213", "Xx-1", "177Lu"])
    said = "\n".join(told.value.complaints)
    assert len(told.value.complaints) == 5
    for words in (
        "unknown nuclide 'Y-89'",
        "stable nuclides",
        "fissions spontaneously",
        "half-life of",
        "named twice",
    ):
        assert words in said
    with pytest.raises(DosimetryError, match="no nuclide is named"):
        therapeutic_nuclides([])


def test_a_label_that_is_gone_before_the_last_scan_is_refused(study):
    with pytest.raises(DosimetryError, match=r"Bi-213.*half-lives after"):
        theranostic(study, ["Bi-213"])


def test_the_measured_nuclide_is_there_anyway(study):
    with pytest.raises(DosimetryError, match="is the one that was measured"):
        theranostic(study, ["Lu-177", "89Zr"])


def test_a_study_of_given_tiacs_is_refused():
    given = run_study("examples/zr89-huj591/study.toml")
    with pytest.raises(DosimetryError, match=r"in place of curves .* give the curves"):
        theranostic(given, ["Lu-177"])


def lesion(rate, shape="sphere", mass_kg=0.012):
    of = sphere_dose("Zr-89", mass_kg, density_g_per_cm3=1.04)
    total = rate.dose_mGy_per_MBq
    parts = {k: v * total / of.total_mGy_per_MBq_h for k, v in of.dose_mGy_per_MBq_h.items()}
    return LesionDose(
        patient="P01", lesion="L1", site="liver", nuclide="Zr-89", tiac_h=total / of.total_mGy_per_MBq_h,
        se_tiac_h=None, mass_kg=mass_kg, u_mass_kg=None, density_g_per_cm3=1.04, shape=shape,
        self_mGy_per_MBq=parts, cross_mGy_per_MBq=None, cross_method="left out", u_parts_mGy_per_MBq={},
        rate=rate, missing={"cross_mGy_per_MBq": "test", **dict.fromkeys(SHARES, "test")},
    )  # fmt: skip


def with_lesions(found, *doses):
    patient = LesionPatient(
        name="P01",
        lesions=(Lesion(patient="P01", name="L1", site="liver", uptake=(Uptake(time_h=144.0),)),),
    )
    part = PartResult(settings=None, result=SimpleNamespace(doses=doses, patients=(patient,)))
    return replace(found, study=replace(found.study, parts={"lesions": part}))


def test_a_lesions_fit_is_projected_in_closed_form(found):
    amplitude, biologic = (0.5, -0.4), (0.004, 0.1)
    rate = ExponentialRate(
        amplitude_mGy_per_h_MBq=amplitude, rate_per_h=tuple(k + ZR.lambda_per_h for k in biologic)
    )
    frame = lesion_frame(with_lesions(found, lesion(rate))).set_index("nuclide")
    area = {
        n.name: sum(a / (k + n.lambda_per_h) for a, k in zip(amplitude, biologic, strict=True))
        for n in (ZR, LU, AC)
    }
    assert frame["self_dose_mGy_per_MBq"]["Zr-89"] == pytest.approx(rate.dose_mGy_per_MBq, rel=1e-13)
    tiac = frame["tiac_h"]
    assert tiac["Lu-177"] / tiac["Zr-89"] == pytest.approx(area["Lu-177"] / area["Zr-89"], rel=1e-12)
    for name, daughters in (("Lu-177", "none"), ("Ac-225", "equilibrium")):
        alone = sphere_dose(name, 0.012, density_g_per_cm3=1.04, daughters=daughters)
        made = tiac[name] * alone.total_mGy_per_MBq_h
        assert frame["self_dose_mGy_per_MBq"][name] == pytest.approx(made, rel=1e-12)
    late = sum(
        a / (k + LU.lambda_per_h) * math.exp(-(k + LU.lambda_per_h) * 144)
        for a, k in zip(amplitude, biologic, strict=True)
    )
    assert frame["extrapolated_fraction"]["Lu-177"] == pytest.approx(late / area["Lu-177"], rel=1e-12)
    kidneys = found.nuclides[1].results[0].doses["kidneys"]
    ratio = frame["ratio_to_kidneys"]["Lu-177"]
    assert ratio == pytest.approx(frame["self_dose_mGy_per_MBq"]["Lu-177"] / kidneys, rel=1e-12)
    assert "not projected" in frame["reason"]["Lu-177"]


@pytest.mark.parametrize("method", AREA_METHODS)
def test_a_lesions_trapezoids_are_those_of_its_exchanged_points(method, found):
    one = used(curve(np.array([4.0, 9.0, 8.0, 5.0])), tail="physical", first="constant", method=method)
    shape = dose_rate_of_curve(one, 1.0, ZR.lambda_per_h)
    rate = PiecewiseRate(
        time_h=tuple(shape.time_h), value_mGy_per_h_MBq=tuple(shape.rate_Gy_per_h), between=shape.between,
        decay_per_h=shape.decay_per_h, tail_mGy_per_h_MBq=float(shape.rate_Gy_per_h[-1]),
        tail_per_h=ZR.lambda_per_h,
    )  # fmt: skip
    made = exchanged_rate(rate, ZR, LU)
    again = exchanged(one, ZR, LU)
    assert made.dose_mGy_per_MBq / rate.dose_mGy_per_MBq == pytest.approx(
        again.used.area.area / one.area.area, rel=1e-11
    )
    assert after_last(made, None) == pytest.approx(again.after, rel=1e-11)


def test_a_lesion_of_another_shape_is_said_to_be_scaled(found):
    rate = ExponentialRate(amplitude_mGy_per_h_MBq=(0.5,), rate_per_h=(0.02,))
    frame = lesion_frame(with_lesions(found, lesion(rate, "ellipsoid 1 : 1 : 2")))
    assert frame["reason"].str.startswith("scaled by spheres; the lesion is: ellipsoid").all()
    assert "theranostic_lesions" in tables_of(with_lesions(found, lesion(rate)), load_limits())
    assert "theranostic_lesions" not in tables_of(found, load_limits())


def test_a_lesion_that_rises_against_its_label_has_a_reason(found):
    slow = PiecewiseRate(
        time_h=(0.0, 100.0), value_mGy_per_h_MBq=(1.0, 0.9), tail_mGy_per_h_MBq=0.9, tail_per_h=0.001
    )
    frame = lesion_frame(with_lesions(found, lesion(slow))).set_index("nuclide")
    assert frame["self_dose_mGy_per_MBq"].isna().to_dict() == {"Zr-89": False, "Lu-177": True, "Ac-225": True}
    assert "tail of a dose rate" in frame["reason"]["Lu-177"]


def test_a_start_that_rises_with_the_other_label_is_extrapolated_as_before():
    """The exponential through two points is the same biology, falling with 89Zr and rising with 225Ac."""
    biologic = 10 * np.exp(0.004 * TIME)
    one = used(curve(biologic), tail="physical", first="extrapolate", method="log")
    made = exchanged(one, ZR, AC).used.area
    rate = 0.004 - AC.lambda_per_h
    assert rate > 0
    assert made.area_first == pytest.approx(10 * math.expm1(rate * 2.0) / rate, rel=1e-10)
    assert made.area_observed == pytest.approx(10 * math.expm1(rate * 144.0) / rate, rel=1e-10)
    rising = Curve(time_h=TIME, value=biologic, unit="%IA", decay_corrected=False, half_life_h=240.0)
    with pytest.raises(KineticsError, match="that fall"):  # one that was measured so is still refused
        area(rising, tail="physical", first="extrapolate", method="log")


def test_a_tail_that_falls_more_slowly_than_the_label_is_told(found):
    time = np.array([2.0, 24, 72, 120, 168])
    one = used(curve(10 * np.exp(0.002 * time), time=time), tail="effective", first="zero", method="linear")
    made = exchanged(one, ZR, AC)
    curves = {"P01": {"liver": made}}
    said = project._warnings(AC, "none", curves, found.study.methods)
    slower = AC.lambda_per_h / (AC.lambda_per_h - 0.002)
    assert any(f"the most, {slower:.3g} times that of physical decay alone, in P01, liver" in w for w in said)
    falling = exchanged(
        used(curve(10 * np.exp(-0.002 * time), time=time), tail="effective", first="zero"), ZR, AC
    )
    said = project._warnings(AC, "none", {"P01": {"liver": falling}}, found.study.methods)
    assert not any("more slowly" in w for w in said)


URINE = (
    '\n[bladder]\nfile = "urine.csv"\ndecay_corrected = false\ncollection = "complete"\n'
    'whole_body_counted = "with contents"\nmodel = "one exponential"\nweights = "sd"\n'
    "every_h = 4.0\nfirst_h = 1.5\n"
)


def test_urine_decays_by_the_other_label_too(tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(Path(STUDY).parent, folder)
    text = (folder / "study.toml").read_text(encoding="utf-8").partition("[comparison]")[0]
    (folder / "study.toml").write_text(text + URINE, encoding="utf-8")
    voids = [(2.0, 1.5), (5.0, 2.0), (9.0, 2.1), (24.0, 5.0)]
    rows = [f"P{i:02d},{t},{x},{0.05 * x}" for i in range(1, 11) for t, x in voids]
    (folder / "urine.csv").write_text("\n".join(["patient,time_h,percent_ia,sd_percent_ia", *rows, ""]))
    study = run_study(folder / "study.toml")
    same, made = with_nuclide(study, ZR).results[0], with_nuclide(study, LU).results[0]
    region = "urinary bladder contents"
    assert same.sources[region] == pytest.approx(study.results[0].sources[region], rel=1e-12)
    end, percent = np.array(voids).T
    corrected = percent * np.exp(ZR.lambda_per_h * end)
    urine = Urine(
        end_h=end, percent_ia=corrected, sd_percent_ia=0.05 * corrected, decay_corrected=True, complete=True,
        lambda_phys_per_h=LU.lambda_per_h,
    )  # fmt: skip
    expected = Contents(fit_urine(urine, 1).inflow, Emptying(every_h=4.0, first_h=1.5), LU.lambda_per_h)
    assert made.sources[region] == pytest.approx(expected.tiac_h, rel=1e-9)


def test_a_gut_that_is_divided_is_divided_anew():
    study = run_study("examples/zr89-pertuzumab/study.toml")
    same = with_nuclide(study, ZR)
    for own, made in zip(study.results, same.results, strict=True):
        np.testing.assert_allclose(made.doses.total_mGy_per_MBq, own.doses.total_mGy_per_MBq, rtol=1e-12)
    at = next(i for i, r in enumerate(study.results) if "small intestine contents" in r.sources)
    zr, lu = study.results[at].sources, with_nuclide(study, LU).results[at].sources
    gut = [source for source in zr if "intestine" in source]
    # the slower the label decays, the more of what enters reaches the end of the tract
    ratio = [lu[source] / zr[source] for source in gut]
    assert len(gut) == 3 and ratio == sorted(ratio) and ratio[0] > 1.0


def test_a_fitted_tail_keeps_the_biology_that_was_fitted():
    """With 225Ac these points peak at 72 h: a tail fitted anew would take half of them."""
    points = np.array([10.0, 9.5, 9.8, 7.0, 6.0])
    time = np.array([2.0, 24, 72, 144, 168])
    sd = 0.05 * points
    for corrected in (True, False):
        measured = curve(points * np.exp(0.002 * time), sd=sd, time=time, decay_corrected=corrected)
        one = used(measured, tail="fitted", first="constant", method="linear")
        late = fit_curve(measured, "monoexponential", weights="none")
        (amplitude,), _, (biologic,) = late.function.split(late.theta)
        made = exchanged(one, ZR, AC).used.area
        rate = biologic + AC.lambda_per_h
        assert made.area_tail == pytest.approx(amplitude * math.exp(-rate * 168) / rate, rel=1e-9)
        same = exchanged(one, ZR, ZR).used.area
        assert same.area == pytest.approx(one.area.area, rel=1e-12)
        if not corrected:
            assert same.se_area == pytest.approx(one.area.se_area, rel=1e-6)
        assert same.extrapolated_fraction == pytest.approx(one.area.extrapolated_fraction, rel=1e-12)
        assert made.se_area > same.se_area


def test_what_cannot_be_with_another_label_names_it(study):
    """TIACs of retained organs grow with the half-life, beyond the whole body's that was fitted."""
    with pytest.raises(DosimetryError) as error:
        theranostic(study, ["Lu-177", "Cs-137"])
    assert error.value.complaints and all("Cs-137" in line for line in error.value.complaints)


def test_a_start_that_rises_has_alternatives_too():
    rising = Curve(
        time_h=TIME, value=[4.0, 9.0, 8.0, 6.0], unit="%IA", decay_corrected=False, half_life_h=240.0
    )
    made = area(rising, tail="physical", first="extrapolate", rising=True)
    assert made.alternatives["first interval: extrapolate"] == pytest.approx(made.area, rel=1e-12)


def test_a_lesions_last_point_is_of_its_curve(found):
    """A later scan in which its activity was not measured is none of the curve's points."""
    rate = ExponentialRate(amplitude_mGy_per_h_MBq=(0.5,), rate_per_h=(0.004 + ZR.lambda_per_h,))
    made = with_lesions(found, lesion(rate))
    part = made.study.parts["lesions"]
    own = SimpleNamespace(lesion=part.result.patients[0].lesions[0], curve=curve(np.ones(3), time=TIME[:3]))
    part.result.dosimetry = SimpleNamespace(measured=(own,))
    share = lesion_frame(made).set_index("nuclide")["extrapolated_fraction"]["Zr-89"]
    assert share == pytest.approx(math.exp(-(0.004 + ZR.lambda_per_h) * 72), rel=1e-12)
