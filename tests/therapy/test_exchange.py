"""From one label of a carrier to another: curves, TIACs, doses, limits."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from dosimetry import absorbed_dose, load_study, nuclide, run_study
from dosimetry.errors import DosimetryError
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics import Curve, area, choose_model, fit_curve
from kinetics.areas.segments import AREA_METHODS
from therapy.biology.bed import bed
from therapy.biology.curve_rate import dose_rate_of_curve
from therapy.exchange.curves import exchanged, exchanged_curve
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
    one = curve(20 * np.exp(-0.01 * time) * np.array([1.0, 1.02, 0.99, 1.02, 0.97]), time=time)
    before = used(one, tail="effective", first="zero", method="linear")
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
