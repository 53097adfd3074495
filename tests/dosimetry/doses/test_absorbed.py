"""Absorbed dose: the sum over sources, the remainder, masses, uncertainties, and bad input."""

import numpy as np
import pandas as pd
import pytest
from toy_body import MASS_KG, MEV_TO_MGY, lines, make_library, rest_saf

from dosimetry import DosimetryError, absorbed_dose, s_values
from dosimetry.svalues.remainder import remainder_of
from phantoms.errors import PhantomError


def test_dose_is_tiac_times_s(toy):
    tiac = {"liver": 11.0, "kidneys": 0.5}
    s = s_values("Zr-89", toy)
    dose = absorbed_dose(tiac, "Zr-89", toy)
    expected = 3600.0 * (11.0 * s["liver"] + 0.5 * s["kidneys"])
    np.testing.assert_allclose(dose, expected, rtol=1e-12)
    assert dose.facts()["unit"] == "mGy/MBq"


def test_a_series_and_aliases_give_the_same(toy):
    a = absorbed_dose({"liver": 11.0, "kidneys": 0.5}, "Zr-89", toy)
    b = absorbed_dose(pd.Series({"Liver": 11.0, "Kidney": 0.5}), "89Zr", toy)
    np.testing.assert_array_equal(a, b)


def test_remainder_by_subtraction_gives_back_what_the_body_was_made_of(toy):
    named = ["kidneys", "liver", "stomach contents", "stomach wall"]
    tiac = dict.fromkeys(named, 0.0) | {"remainder": 10.0}
    dose = absorbed_dose(tiac, lines(gamma=(0.5, 1.0)), toy)
    expected = [10.0 * 3600.0 * MEV_TO_MGY * 0.5 * rest_saf(i) for i in range(4)]
    np.testing.assert_allclose(dose, expected, rtol=1e-9)


def test_remainder_with_all_others_by_mass_is_the_total_body(toy):
    """Uniform activity: TIACs by mass, remainder included, give the doses of the source 'total body'."""
    rest = remainder_of(toy, ["liver", "kidneys"])
    tiac = {"liver": MASS_KG["liver"], "kidneys": MASS_KG["kidneys"], "remainder": rest.mass_kg}
    whole = absorbed_dose({"total body": MASS_KG["total body"]}, "Zr-89", toy)
    np.testing.assert_allclose(absorbed_dose(tiac, "Zr-89", toy), whole, rtol=1e-12)


def test_errors_of_tiacs_propagate_by_the_linear_law(toy):
    tiac, se = {"liver": 11.0, "kidneys": 0.5}, {"liver": 1.0, "kidneys": 0.1}
    table = absorbed_dose(tiac, "Zr-89", toy, tiac_se_h=se).to_frame()
    s = 3600.0 * s_values("Zr-89", toy)
    np.testing.assert_allclose(
        table["se_from_tiac_mGy_per_MBq"], np.hypot(s["liver"] * 1.0, s["kidneys"] * 0.1), rtol=1e-12
    )
    np.testing.assert_allclose(
        table["se_mGy_per_MBq"],
        np.hypot(table["se_from_tiac_mGy_per_MBq"], table["se_from_saf_mGy_per_MBq"]),
        rtol=1e-12,
    )


def test_a_remainder_that_is_a_difference_is_anticorrelated(toy):
    """With whole body fixed, liver + remainder is constant: the covariance carries it."""
    names = ["remainder", "liver"]  # not the order of the TIACs
    cov = pd.DataFrame([[4.0, -4.0], [-4.0, 4.0]], index=names, columns=names)
    table = absorbed_dose({"liver": 10.0, "remainder": 60.0}, "Zr-89", toy, tiac_covariance_h2=cov).to_frame()
    up = absorbed_dose({"liver": 12.0, "remainder": 58.0}, "Zr-89", toy)
    np.testing.assert_allclose(
        table["se_from_tiac_mGy_per_MBq"], abs(up - table["dose_mGy_per_MBq"]), rtol=1e-9
    )


def test_statistics_of_the_safs_against_simulated_safs(toy):
    """The standard error from the SAFs' statistics, against the spread over 400 perturbed libraries."""
    from dataclasses import replace

    from phantoms.library.saf import SafTable

    rng = np.random.default_rng(20240501)
    tiac = {"liver": 10.0, "kidneys": 1.0, "remainder": 60.0}
    table = toy.tables["photon"]
    doses = []
    for _ in range(400):
        noisy = table.saf_per_kg * (1.0 + table.relative_se * rng.standard_normal(table.saf_per_kg.shape))
        body = replace(toy, tables={**toy.tables, "photon": SafTable(table.energy_MeV, noisy)})
        doses.append(np.asarray(absorbed_dose(tiac, "Zr-89", body)))
    stated = absorbed_dose(tiac, "Zr-89", toy).to_frame()["se_from_saf_mGy_per_MBq"].to_numpy()
    np.testing.assert_allclose(np.std(doses, axis=0, ddof=1), stated, rtol=0.15)


def test_unknown_errors_have_a_reason():
    doses = absorbed_dose({"liver": 1.0}, "Zr-89", make_library(relative_se=None))
    errors = doses.to_frame()[["se_mGy_per_MBq", "se_from_tiac_mGy_per_MBq", "se_from_saf_mGy_per_MBq"]]
    assert errors.isna().to_numpy().all()
    assert "no standard errors" in doses.facts()["se_from_tiac missing"]
    assert "without uncertainties" in doses.facts()["se_from_saf missing"]


@pytest.mark.parametrize(
    ("tiac", "message"),
    [
        ({"liver": -1.0}, "'liver' is -1 h"),
        ({"liver": float("nan")}, "'liver' is nan h"),
        ({"liver": "much"}, "a number in h is needed"),
        ({"liver": 1.0, "Liver": 2.0}, "given twice"),
        ({}, "at least one source region"),
        ({"liver": 1.0, "total body": 70.0}, "would count twice"),
    ],
)
def test_bad_tiacs_are_refused(toy, tiac, message):
    with pytest.raises(DosimetryError, match=message):
        absorbed_dose(tiac, "Zr-89", toy)


def test_left_and_right_are_added(toy):
    both = {"left kidney": 0.3, "Right Kidney": 0.2, "liver": 1.0}
    dose = absorbed_dose(both, "Zr-89", toy)
    np.testing.assert_allclose(dose, absorbed_dose({"kidneys": 0.5, "liver": 1.0}, "Zr-89", toy), rtol=1e-12)
    one = absorbed_dose(
        both, "Zr-89", toy, tiac_se_h={"left kidney": 0.03, "right kidney": 0.04, "liver": 0.0}
    ).to_frame()
    two = absorbed_dose(
        {"kidneys": 0.5, "liver": 1.0}, "Zr-89", toy, tiac_se_h={"kidneys": 0.05, "liver": 0.0}
    ).to_frame()
    np.testing.assert_allclose(one["se_from_tiac_mGy_per_MBq"], two["se_from_tiac_mGy_per_MBq"], rtol=1e-12)


def test_the_same_side_twice_is_refused(toy):
    with pytest.raises(DosimetryError, match="given twice"):
        absorbed_dose({"left kidney": 0.3, "Left Kidney ": 0.2}, "Zr-89", toy)


def test_an_unknown_region_gets_near_names(toy):
    with pytest.raises(PhantomError, match=r"near names: .*liver"):
        absorbed_dose({"livr": 1.0}, "Zr-89", toy)


def test_errors_must_be_given_for_every_source(toy):
    with pytest.raises(DosimetryError, match="no standard error of the TIAC of kidneys"):
        absorbed_dose({"liver": 1.0, "kidneys": 1.0}, "Zr-89", toy, tiac_se_h={"liver": 0.1}).to_frame()
