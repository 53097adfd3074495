"""Typed doses: alphas and bodies stay with a dose through sums, copies and means; standard errors."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from toy_body import make_library

from dosimetry import DosimetryError, absorbed_dose, effective_dose
from dosimetry.doses.effective import TISSUE_WEIGHTS
from dosimetry.doses.result import DoseResult
from dosimetry.study.result_tables.statistics import mean_doses
from phantoms.library.installed import load_phantom
from phantoms.regions.names import TARGETS

TIAC = {"liver": 20.0, "kidneys": 3.0, "remainder": 60.0}


def by_hand(photon=1.0, electron=2.0, alpha=3.0, sex="male", body="made up", **more) -> DoseResult:
    """The same dose in all targets."""
    part = {"photon": photon, "electron": electron, "alpha": alpha}
    full = {k: np.full(len(TARGETS), v) for k, v in part.items()}
    return DoseResult(TARGETS, full, ("Xx-1",), body, sex, **more)


@pytest.fixture(scope="module")
def actinium():
    return absorbed_dose(TIAC, "Ac-225", "adult male", daughters="equilibrium")


@pytest.fixture(scope="module")
def lutetium():
    return absorbed_dose(TIAC, "Lu-177", "adult male")


@pytest.mark.parametrize("weights", TISSUE_WEIGHTS)
def test_alphas_are_weighted_by_20(weights):
    assert float(effective_dose(by_hand(), weights)) == pytest.approx(1.0 + 2.0 + 20.0 * 3.0)
    assert float(by_hand().effective(weights)) == pytest.approx(63.0)
    assert by_hand()["liver"] == pytest.approx(6.0)


@pytest.mark.parametrize("weights", TISSUE_WEIGHTS)
def test_the_effective_dose_of_a_sum_is_the_sum_of_the_radiations(weights):
    """Same dose everywhere: E of 177Lu-like plus 225Ac-like, in both orders, twice, and by number."""
    beta, alpha = by_hand(1.0, 2.0, 0.0), by_hand(0.5, 0.25, 3.0)
    expected = 3.0 + 0.75 + 60.0
    assert float((beta + alpha).effective(weights)) == pytest.approx(expected)
    assert float((alpha + beta).effective(weights)) == pytest.approx(expected)
    assert float((2 * alpha).effective(weights)) == pytest.approx(float((alpha + alpha).effective(weights)))
    assert float((alpha * 2.0).effective(weights)) == pytest.approx(2 * 60.75)


def test_the_sum_of_a_beta_and_an_alpha_emitter_does_not_depend_on_the_order(actinium, lutetium):
    one, other = float((actinium + lutetium).effective()), float((lutetium + actinium).effective())
    assert one == pytest.approx(other, rel=1e-12)
    # alphas bring 9 of 10 parts, times 20
    assert one > float(actinium.effective()) > 15 * actinium.total.mean()
    assert (actinium + lutetium).nuclides == ("Ac-225", "Lu-177")
    assert float((lutetium + actinium)["liver"]) == pytest.approx(lutetium["liver"] + actinium["liver"])


def test_cycles_of_a_course_are_summed(actinium, lutetium):
    course = sum([lutetium, 0.8 * lutetium, actinium])
    assert course["liver"] == pytest.approx(1.8 * lutetium["liver"] + actinium["liver"], rel=1e-12)
    assert course.nuclides == ("Lu-177", "Ac-225")
    with pytest.raises(TypeError):
        1 + lutetium


@pytest.mark.parametrize("way", [copy.deepcopy, lambda d: pickle.loads(pickle.dumps(d))])
def test_a_copy_keeps_the_alphas(actinium, way):
    assert float(way(actinium).effective()) == float(actinium.effective())


@pytest.mark.parametrize(
    "way",
    [
        dict,
        pd.Series,
        lambda d: d.total,
        lambda d: d.total * 1.0,
        lambda d: d.to_frame()["dose_mGy_per_MBq"],
        lambda d: {k: float(v) for k, v in d.items()},
    ],
)
def test_bare_numbers_are_refused(actinium, way):
    with pytest.raises(DosimetryError, match="do not say how much of them alphas bring"):
        effective_dose(way(actinium))
    with pytest.raises(DosimetryError, match="do not say"):
        effective_dose((way(actinium), way(actinium)), "ICRP 103")


def test_bare_numbers_are_taken_where_they_are_said_to_be_free_of_alphas(lutetium):
    assert float(effective_dose(dict(lutetium), without_alphas=True)) == pytest.approx(
        float(lutetium.effective())
    )


def test_a_false_statement_is_refused(actinium, lutetium):
    with pytest.raises(DosimetryError, match="a part of the doses is by alphas"):
        effective_dose(actinium, without_alphas=True)
    assert float(effective_dose(lutetium, without_alphas=True)) == float(lutetium.effective())


def test_another_body_is_not_added(lutetium):
    woman = absorbed_dose(TIAC, "Lu-177", "adult female")
    with pytest.raises(DosimetryError, match="'adult male' and of 'adult female' cannot be added"):
        lutetium + woman
    with pytest.raises(TypeError):
        lutetium + 1.0
    with pytest.raises(TypeError):
        lutetium * -1.0


def test_other_masses_are_not_added():
    a = absorbed_dose({"liver": 1.0}, "Lu-177", make_library(), organ_mass_kg={"liver": 2.0})
    b = absorbed_dose({"liver": 1.0}, "Lu-177", make_library(), organ_mass_kg={"liver": 2.5})
    with pytest.raises(DosimetryError, match="other masses of liver"):
        a + b


def test_the_sex_is_the_bodys():
    female = by_hand(sex="female")
    with pytest.raises(DosimetryError, match="the male's doses are of a female"):
        effective_dose((female, female), "ICRP 103")
    with pytest.raises(DosimetryError, match="for the doses of a female"):
        effective_dose(female, "ICRP 103", sex="male")
    assert float(effective_dose((by_hand(sex="both"), female), "ICRP 103")) == pytest.approx(63.0)
    part = {k: np.ones(len(TARGETS)) for k in ("photon", "electron", "alpha")}
    part["electron"] = part["electron"] + 3.0 * (np.array(TARGETS) == "ovaries")
    woman = DoseResult(TARGETS, part, ("Xx-1",), "made up", "female")
    man = DoseResult(TARGETS, part, ("Xx-1",), "made up", "male")
    assert float(woman.effective("ICRP 103")) == pytest.approx(22.0 + 0.08 * 3.0)
    assert float(man.effective("ICRP 103")) == pytest.approx(22.0)


def test_standard_error_of_the_effective_dose_is_that_of_the_linear_law():
    """Two independent TIACs: E is linear in each, so its error is the hypotenuse of E x relative errors."""
    liver = absorbed_dose({"liver": 20.0, "kidneys": 0.0}, "Ac-225", "adult male")
    kidneys = absorbed_dose({"liver": 0.0, "kidneys": 3.0}, "Ac-225", "adult male")
    both = absorbed_dose(
        {"liver": 20.0, "kidneys": 3.0}, "Ac-225", "adult male", tiac_se_h={"liver": 2.0, "kidneys": 0.9}
    )
    for weights in ("ICRP 103",):  # no tissue overtakes another: E of the sum is the sum of E
        parts = float(liver.effective(weights)), float(kidneys.effective(weights))
        assert float(both.effective(weights)) == pytest.approx(sum(parts), rel=1e-9)
        expected = np.hypot(0.1 * parts[0], 0.3 * parts[1])
        assert both.effective(weights).se_from_tiac_mSv_per_MBq == pytest.approx(expected, rel=1e-9)
    assert liver.effective().se_from_tiac_mSv_per_MBq is None
    twice_se = (both + both).effective("ICRP 103").se_from_tiac_mSv_per_MBq  # as independent
    assert twice_se == pytest.approx(np.sqrt(2) * both.effective("ICRP 103").se_from_tiac_mSv_per_MBq)


def test_covariance_of_the_doses(toy):
    """Remainder = whole body - liver, whole body exact: 100 % anticorrelated TIACs."""
    names = ["liver", "remainder"]
    covariance = pd.DataFrame([[4.0, -4.0], [-4.0, 4.0]], index=names, columns=names)
    doses = absorbed_dose({"liver": 10.0, "remainder": 60.0}, "Zr-89", toy, tiac_covariance_h2=covariance)
    up = absorbed_dose({"liver": 12.0, "remainder": 58.0}, "Zr-89", toy)
    change = np.asarray(up) - np.asarray(doses)
    np.testing.assert_allclose(doses.covariance_mGy2_per_MBq2, np.outer(change, change), rtol=1e-9)
    assert absorbed_dose({"liver": 10.0}, "Zr-89", toy).covariance_mGy2_per_MBq2 is None


def test_a_matrix_that_is_no_covariance_is_refused(toy):
    names = ["liver", "remainder"]
    wrong = pd.DataFrame([[1.0, 2.0], [2.0, 1.0]], index=names, columns=names)
    with pytest.raises(DosimetryError, match="a direction of variance -1 h2"):
        absorbed_dose({"liver": 10.0, "remainder": 60.0}, "Zr-89", toy, tiac_covariance_h2=wrong)


def test_mean_over_patients_keeps_the_radiations():
    mean = mean_doses([by_hand(1.0, 2.0, 0.0), by_hand(3.0, 2.0, 4.0, body="another")])
    assert float(mean.effective()) == pytest.approx(2.0 + 2.0 + 20.0 * 2.0)
    assert (mean.body, mean.sex) == ("made up, another", "male")
    with pytest.raises(DosimetryError, match="men and women"):
        mean_doses([by_hand(), by_hand(sex="female")])
    with pytest.raises(DosimetryError, match="at least one"):
        mean_doses([])


def test_as_a_mapping_by_name_and_alias(lutetium):
    assert lutetium["LLI Wall"] == lutetium["lower large intestine wall"]
    assert list(lutetium) == list(load_phantom("adult male").targets)
    assert "liver" in lutetium and "spline" not in lutetium
    with pytest.raises(KeyError, match=r"near names: .*spleen"):
        lutetium["spline"]
    assert lutetium != lutetium + 0 * lutetium  # identity: equal totals may hide other radiations


def test_an_effective_dose_says_what_it_is(actinium, lutetium):
    known = absorbed_dose(
        TIAC, "Lu-177", "adult male", tiac_se_h={"liver": 2.0, "kidneys": 0.3, "remainder": 6.0}
    )
    e = known.effective("icrp103")
    assert (e.weights, e.quantity, e.bodies, e.missing) == ("ICRP 103", "effective dose", ("adult male",), "")
    assert f"{e:.3g}" == f"{float(e):.3g}" and str(e).endswith("mSv/MBq") and " ± " in str(e)
    assert e.to_frame()["contribution_mSv_per_MBq"].sum() == pytest.approx(float(e), rel=1e-12)
    bare = lutetium.effective("ICRP 26")
    assert bare.quantity == "effective dose equivalent" and " ± " not in str(bare)
    assert "no standard error: no standard errors of the TIACs were given" in repr(bare)
    pair = effective_dose((known, absorbed_dose(TIAC, "Lu-177", "adult female")), "ICRP 103")
    assert pair.bodies == ("adult male", "adult female") and pair.se_from_tiac_mSv_per_MBq is None
    assert "two bodies" in pair.missing
    plain = effective_dose(dict(lutetium), "ICRP 103", without_alphas=True)
    assert plain.bodies == () and "plain numbers" in plain.missing
    assert pickle.loads(pickle.dumps(e)) == e


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"photon": -1.0}, "dose of 'adrenals' by photons is -1"),
        ({"alpha": np.nan}, "by alphas is nan"),
        ({"sex": "m"}, "allowed: male, female, both"),
    ],
)
def test_impossible_doses_are_refused(change, message):
    with pytest.raises(DosimetryError, match=message):
        by_hand(**change)
