"""Doses in files, dictionaries and pages: whole, to the last bit, or refused."""

import json
from dataclasses import fields, replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toy_body import make_library

from dosimetry import DosimetryError, absorbed_dose, read_doses, write_doses
from dosimetry.doses.result import DoseResult
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
        ("liver,6.0", "liver,7.0", "row 27, column 'dose_mGy_per_MBq': 7 is not the sum of its parts, 6"),
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
        ({"sex": None}, "'sex' is None; a text is needed"),
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
