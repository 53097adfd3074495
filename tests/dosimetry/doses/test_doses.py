"""The typed result: alphas and sex stay with the doses through arithmetic, copies and files."""

import copy
import json
import pickle
from dataclasses import fields, replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toy_body import make_library

from dosimetry import DosimetryError, absorbed_dose, effective_dose, read_doses, write_doses
from dosimetry.doses.effective import TISSUE_WEIGHTS
from dosimetry.doses.result import DoseResult
from dosimetry.study.statistics import mean_doses
from phantoms.library.installed import load_phantom
from phantoms.regions.names import TARGETS

TEXTS = ("provenance", "notes", "missing")
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


@pytest.mark.parametrize("with_errors", [True, False])
def test_a_file_gives_back_every_number(tmp_path, with_errors):
    se = dict.fromkeys(TIAC, 1.0) if with_errors else None
    body = make_library(relative_se=0.02 if with_errors else None)
    doses = absorbed_dose(TIAC, "Ac-225", body, tiac_se_h=se, organ_mass_kg={"liver": 2.0})
    write_doses(tmp_path / "doses.csv", doses)
    back = read_doses(tmp_path / "doses.csv")
    for name in (
        "targets",
        "nuclides",
        "body",
        "sex",
        "masses",
        "organ_mass_kg",
        "provenance",
        "notes",
        "missing",
    ):
        assert getattr(back, name) == getattr(doses, name), name
    pd.testing.assert_frame_equal(back.to_frame(), doses.to_frame(), check_exact=True)
    if with_errors:
        np.testing.assert_array_equal(back.tiac_error_mGy_per_MBq, doses.tiac_error_mGy_per_MBq)
    # and any other program can read it
    frame = pd.read_csv(tmp_path / "doses.csv", comment="#", index_col="target")
    assert frame.loc["liver", "dose_mGy_per_MBq"] == pytest.approx(doses["liver"], rel=1e-15)


def test_the_effective_dose_survives_a_file(tmp_path, actinium):
    write_doses(tmp_path / "doses.csv", actinium)
    assert float(read_doses(tmp_path / "doses.csv").effective()) == float(actinium.effective())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("# milligray doses 2\n", "", "no table of doses of this program"),
        ('# sex: "male"\n', "", "'# sex: ...' is missing"),
        ('# sex: "male"\n', "# sex: male\n", "line 5: sex is 'male', not JSON"),
        ("alpha_part_mGy_per_MBq", "alpha", "column 'alpha_part_mGy_per_MBq' is missing"),
        ("liver,6.0", "liver,7.0", "row 23, column 'dose_mGy_per_MBq': 7 is not the sum of its parts, 6"),
        ("liver,6.0,,,,1.0", "liver,6.0,,,,-1.0", "column 'photon_part_mGy_per_MBq': -1.0 is not allowed"),
    ],
)
def test_a_changed_file_is_refused(tmp_path, old, new, message):
    path = tmp_path / "doses.csv"
    write_doses(path, by_hand(missing={"se_from_tiac": "made up", "se_from_saf": "made up"}))
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DosimetryError, match=message):
        read_doses(path)


def test_no_file(tmp_path):
    with pytest.raises(DosimetryError, match="no such file"):
        read_doses(tmp_path / "doses.csv")


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


class Checked(HTMLParser):
    """Every tag is closed, in order; the text, and the cells by row."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.words = ""

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1].append(data)


def test_what_people_see(actinium):
    text, line = str(actinium), repr(actinium)
    assert "Ac-225 in 'adult male'" in text and "alpha" in text
    assert f"{actinium['liver']:.4g}" in text
    top = max(actinium, key=actinium.get)
    assert "\n" not in line and len(line) < 200
    assert f"{len(actinium)} targets; highest: {top} {actinium[top]:.3g}" in line
    assert not actinium.total.attrs and not actinium.to_frame().attrs


@pytest.mark.parametrize("with_errors", [True, False])
def test_html_is_whole_and_escaped(with_errors):
    se = dict.fromkeys(TIAC, 1.0) if with_errors else None
    doses = absorbed_dose(
        TIAC, "Ac-225", make_library(relative_se=0.02 if with_errors else None), tiac_se_h=se
    )
    doses = replace(doses, body="<b>man & woman</b>", notes=("a < b",))
    page = Checked()
    page.feed(doses._repr_html_())
    page.close()
    assert not page.open
    assert "<b>man & woman</b>" in page.words and "a < b" in page.words
    assert ("SE" in page.rows[0]) is with_errors
    assert ("No standard error from TIACs" in page.words) is not with_errors
    assert {len(row) for row in page.rows} == {len(page.rows[0])}
    assert [row[0] for row in page.rows[1:]] == list(doses.targets)
    for row in page.rows[1:]:
        assert float(row[1]) == pytest.approx(doses[row[0]], rel=1e-3)


def test_every_column_has_its_unit_and_the_parts_sum_to_the_dose(actinium):
    frame = actinium.to_frame()
    assert all(column.endswith("_mGy_per_MBq") for column in frame)
    parts = frame[[f"{k}_part_mGy_per_MBq" for k in ("photon", "electron", "alpha")]].sum(axis=1)
    np.testing.assert_allclose(parts, frame["dose_mGy_per_MBq"], rtol=1e-12)


numbers = st.floats(min_value=0.0, max_value=1e100)


@st.composite
def results(draw) -> DoseResult:
    """Any result that can be, with any doubles in it."""
    n, m = draw(st.integers(1, 3)), draw(st.none() | st.integers(0, 3))
    row = st.lists(numbers, min_size=n, max_size=n)
    any_row = st.lists(st.floats(min_value=-1e100, max_value=1e100), min_size=n, max_size=n)
    words = st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=2)
    errors = None if m is None else np.array([[draw(any_row) for _ in range(3)] for _ in range(m)])
    return DoseResult(
        TARGETS[:n],
        {k: np.array(draw(row)) for k in ("photon", "electron", "alpha")},
        ("Lu-177", "Ac-225")[: draw(st.integers(1, 2))],
        draw(st.text(max_size=9)),
        draw(st.sampled_from(["male", "female", "both"])),
        draw(st.text(max_size=9)),
        body_mass_kg=draw(st.none() | numbers),
        organ_mass_kg=draw(st.dictionaries(st.sampled_from(TARGETS), numbers, max_size=2)),
        tiac_error_mGy_per_MBq=None if errors is None else errors.reshape(m, 3, n),
        se_from_saf_mGy_per_MBq=draw(st.none() | row.map(np.array)),
        missing=draw(words),
        provenance=draw(words),
        notes=tuple(draw(st.lists(st.text(max_size=9), max_size=2))),
    )


def same_bits(a, b) -> bool:
    if a is None or b is None:
        return a is b
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


@given(results())
def test_a_dictionary_and_json_give_back_every_bit(doses):
    plain = doses.to_dict()
    for back in (DoseResult.from_dict(plain), DoseResult.from_dict(json.loads(json.dumps(plain)))):
        for one in fields(DoseResult):
            here, there = getattr(doses, one.name), getattr(back, one.name)
            if one.name == "part_mGy_per_MBq":
                assert all(same_bits(here[k], there[k]) for k in ("photon", "electron", "alpha"))
            elif one.name.endswith("_mGy_per_MBq"):
                assert same_bits(here, there), one.name
            else:
                assert there == here and type(there) is type(here), one.name
        assert back.to_dict() == plain


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(results())
def test_a_file_gives_back_every_bit(tmp_path, doses):
    write_doses(tmp_path / "doses.csv", doses)
    assert read_doses(tmp_path / "doses.csv").to_dict() == doses.to_dict()


def test_what_is_not_known_always_has_a_reason():
    assert by_hand().missing == {"se_from_tiac": "not given", "se_from_saf": "not given"}
    known = by_hand(
        se_from_saf_mGy_per_MBq=np.ones(len(TARGETS)),
        missing={"se_from_saf": "why", "se_from_tiac": "no curve", "x": "y"},
    )
    assert known.missing == {"se_from_tiac": "no curve", "x": "y"}


def test_a_sum_survives_the_dictionary(actinium, lutetium):
    both = actinium + 2 * lutetium
    back = DoseResult.from_dict(json.loads(json.dumps(both.to_dict())))
    assert back.effective("ICRP 103") == both.effective("ICRP 103")
    assert (back + back).nuclides == ("Ac-225", "Lu-177")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"format": "milligray doses 1"},
            "doses of format 'milligray doses 1'; 'milligray doses 2' is needed",
        ),
        ({"sex": None}, "sex 'None' is unknown"),
        ({"colour": "red"}, "'colour' is unknown; the keys are"),
        ({"part_mGy_per_MBq": {"photon": ["x"]}}, "not the numbers of 35 targets"),
        ({"part_mGy_per_MBq": {"photon": [1.0]}}, "each with 35 targets"),
        ({"tiac_error_mGy_per_MBq": [[[1.0]]]}, "not the numbers of 35 targets"),
        ({"se_from_saf_mGy_per_MBq": [1.0]}, "standard errors from SAFs: 1 for 35 targets"),
        ({"targets": None}, "'targets' is None; a list is needed"),
        ({"notes": "a word"}, "'notes' is 'a word'; a list is needed"),
    ],
)
def test_a_changed_dictionary_is_refused(change, message):
    plain = by_hand().to_dict()
    message = message.replace(" 35 ", f" {len(TARGETS)} ")
    with pytest.raises(DosimetryError, match=message):
        DoseResult.from_dict(plain | change)
    with pytest.raises(DosimetryError, match="'sex' is missing"):
        DoseResult.from_dict({k: v for k, v in plain.items() if k != "sex"})


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
