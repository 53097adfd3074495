"""The same TIACs in several bodies: who takes which, what is missing, averages over the sexes, errors."""

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dosimetry import (
    AGES,
    BodyDoses,
    DosimetryError,
    absorbed_dose,
    absorbed_dose_of_both,
    absorbed_dose_of_chain,
    doses_in_bodies,
    effective_dose,
)
from phantoms import PhantomError, load_phantom

TIAC = {"liver": 0.13, "brain": 0.21, "urinary bladder contents": 0.26, "remainder": 1.7}
ADULTS = ("adult male", "adult female")


def test_each_body_has_the_doses_that_it_has_alone() -> None:
    found = doses_in_bodies(TIAC, "F-18", AGES)
    assert list(found) == ["newborn", "1 year", "5 years", "10 years", "15 years", "adult"]
    for age, body in AGES.items():
        alone = absorbed_dose(TIAC, "F-18", body)
        assert dict(found[age]) == dict(alone), age
        assert found.effective("ICRP 103")[age] == alone.effective("ICRP 103")
    # a lighter body has the higher doses, as every published table has it
    assert np.all(np.diff([float(e) for e in found.effective("ICRP 60").values()]) < 0)


def test_a_label_table_has_organs_as_rows_and_ages_as_columns() -> None:
    found = doses_in_bodies(TIAC, "F-18", AGES)
    table = found.label_table()
    assert list(table.columns) == list(AGES)
    assert list(table.index) == [*found.targets, "effective dose (ICRP 60), mSv/MBq"]
    for age in AGES:
        assert table.loc["liver", age] == float(f"{found[age]['liver']:.1e}")
        assert table[age].iloc[-1] == float(f"{float(found[age].effective('ICRP 60')):.1e}")
    assert found.label_table("ICRP 103", None).loc["liver", "adult"] == found["adult"]["liver"]


def test_organs_of_one_sex_go_to_that_sex_as_in_the_function_for_both() -> None:
    given = TIAC | {"Ovary": 0.03, "uterus": 0.02, "testis": 0.01}
    found, both = doses_in_bodies(given, "F-18", ADULTS), absorbed_dose_of_both(given, "F-18", ADULTS)
    assert dict(found["adult male"]) == dict(both.male)
    assert dict(found["adult female"]) == dict(both.female)
    assert found.pairs == (ADULTS,)
    assert float(found.sex_averaged()[ADULTS]) == float(both.effective("ICRP 103"))
    assert sorted(found.tiac_h["adult male"]["F-18"]) == sorted([*TIAC, "testis"])
    said = [n.split(";")[0] for n in found.notes if n.split(": ")[1].startswith("TIAC")]
    assert said == [
        "adult male: TIAC of ovaries (0.03 h): not in 'adult male', which is male",
        "adult male: TIAC of uterus (0.02 h): not in 'adult male', which is male",
        "adult female: TIAC of testes (0.01 h): not in 'adult female', which is female",
    ]


def test_bodies_of_ages_stand_for_both_sexes() -> None:
    given = TIAC | {"ovaries": 0.03, "testes": 0.01}
    found = doses_in_bodies(given, "F-18", AGES)
    for age, body in AGES.items():
        assert dict(found[age]) == dict(absorbed_dose(given, "F-18", body)), age
    assert found.pairs == ()  # a man and a girl of 15 years
    assert found.sex_averaged() == {}


def test_one_body_alone_takes_what_it_takes_alone() -> None:
    given = TIAC | {"ovaries": 0.03}
    found = doses_in_bodies(given, "F-18", "adult male")
    assert dict(found["adult male"]) == dict(absorbed_dose(given, "F-18", "adult male"))


def test_a_child_beside_adults_takes_the_organs_of_both_sexes() -> None:
    given = TIAC | {"ovaries": 0.03, "testes": 0.01}
    found = doses_in_bodies(given, "F-18", [*ADULTS, "5-year-old"])
    assert dict(found["5-year-old"]) == dict(absorbed_dose(given, "F-18", "5-year-old"))
    assert "ovaries" not in found.tiac_h["adult male"]["F-18"]


def test_a_body_without_any_of_the_tiacs_has_doses_of_0_and_says_why() -> None:
    found = doses_in_bodies({"ovaries": 0.3}, "F-18", ADULTS, tiac_se_h={"ovaries": 0.1})
    assert found["adult male"]["liver"] == 0.0
    assert "TIAC of ovaries (0.3 h): not in 'adult male'" in found["adult male"].notes[0]
    assert float(found.sex_averaged()[ADULTS]) > 0.0


@pytest.mark.parametrize("name", ["adult female", "adult female olinda masses"])
def test_sex_averaged_effective_dose_has_the_standard_error_of_what_both_share(name: str) -> None:
    """E is linear in the TIACs by ICRP 103: its SE is that of sum over TIACs of (E of 1 h) x SE."""
    given, se = (
        {"liver": 0.3, "kidneys": 0.2, "ovaries": 0.1},
        {"liver": 0.05, "kidneys": 0.03, "Ovary": 0.04},
    )
    bodies = ("adult male", name)
    e = doses_in_bodies(given, "F-18", bodies, tiac_se_h=se).sex_averaged()[bodies]

    def of_1_h(source: str) -> float:
        woman = absorbed_dose({source: 1.0}, "F-18", name)
        man = absorbed_dose({source: 0.0 if source == "ovaries" else 1.0}, "F-18", "adult male")
        return float(effective_dose((man, woman), "ICRP 103"))

    expected = math.hypot(of_1_h("liver") * 0.05, of_1_h("kidneys") * 0.03, of_1_h("ovaries") * 0.04)
    assert e.se_from_tiac_mSv_per_MBq == pytest.approx(expected, rel=1e-12)
    assert e.missing == ""
    assert e.bodies == bodies


def test_covariance_of_the_tiacs_by_any_words_and_in_any_order() -> None:
    given = {"Liver": 0.3, "kidneys": 0.2}
    names = ["kidneys", "liver"]
    covariance = pd.DataFrame([[0.0009, -0.0012], [-0.0012, 0.0025]], index=names, columns=names)
    found = doses_in_bodies(given, "F-18", ADULTS, tiac_covariance_h2=covariance)
    for body in ADULTS:
        alone = absorbed_dose(given, "F-18", body, tiac_covariance_h2=covariance)
        np.testing.assert_allclose(
            found[body].se_from_tiac_mGy_per_MBq, alone.se_from_tiac_mGy_per_MBq, rtol=1e-12
        )
    g = [float(doses_in_bodies({s: 1.0}, "F-18", ADULTS).sex_averaged()[ADULTS]) for s in names]
    expected = math.sqrt(np.array(g) @ covariance.to_numpy() @ np.array(g))
    assert found.sex_averaged()[ADULTS].se_from_tiac_mSv_per_MBq == pytest.approx(expected, rel=1e-12)


def test_a_chain_in_both_bodies_is_the_sum_of_its_nuclides_with_joint_errors() -> None:
    chain = {"212Pb": {"liver": 5.0}, "Bi-212": {"liver": 4.0, "kidneys": 1.0}}
    keys = pd.MultiIndex.from_tuples([("Pb-212", "liver"), ("Bi-212", "liver"), ("Bi-212", "kidneys")])
    whole = pd.DataFrame(np.full((3, 3), 0.04), index=keys, columns=keys)  # one error, shared by all three
    found = doses_in_bodies(chain, "Pb-212", ADULTS, tiac_covariance_h2=whole)
    for body in ADULTS:
        alone = absorbed_dose_of_chain(chain, body)
        assert dict(found[body]) == dict(alone)
        assert found[body].provenance["daughters"] == "each nuclide with its own TIACs"
        parts = absorbed_dose_of_chain(
            {"Pb-212": {"liver": 1.0}, "Bi-212": {"liver": 1.0, "kidneys": 1.0}}, body
        )
        np.testing.assert_allclose(  # all TIACs change by 0.2 h together
            found[body].se_from_tiac_mGy_per_MBq, 0.2 * parts.total_mGy_per_MBq, rtol=1e-9
        )
    assert found.nuclides == ("Pb-212", "Bi-212")


def test_each_body_can_have_its_own_tiacs() -> None:
    own = {"adult": {"urinary bladder contents": 0.26}, "1-year-old": {"urinary bladder contents": 0.16}}
    some = {"1 year": "1-year-old", "adult": "adult male"}
    found = doses_in_bodies(own, "F-18", some, tiac_se_h={k: {s: 0.01 for s in t} for k, t in own.items()})
    assert list(found) == ["1 year", "adult"]
    for label, key in (("1 year", "1-year-old"), ("adult", "adult")):
        assert dict(found[label]) == dict(absorbed_dose(own[key], "F-18", some[label]))
    by_sex = {"adult male": {"liver": 0.3}, "adult female": {"liver": 0.4, "ovaries": 0.1}}
    pair = doses_in_bodies(by_sex, "F-18", ADULTS, tiac_se_h=by_sex)
    e = pair.sex_averaged()[ADULTS]
    # whether errors of two sets of TIACs are the same is not known
    assert e.se_from_tiac_mSv_per_MBq is None
    assert "not known" in e.missing
    chains = {b: {"Pb-212": {"liver": 1.0}} for b in ADULTS}
    assert dict(doses_in_bodies(chains, "Pb-212", ADULTS)["adult male"]) == dict(
        absorbed_dose({"liver": 1.0}, "Pb-212", "adult male")
    )


def other_body(sex: str, without: str) -> Any:
    """A stylised body that lacks a target, as the bodies of ICRP 133 lack the organs of the other sex."""
    from dataclasses import replace

    from phantoms.library.saf import SafTable

    body = load_phantom("adult male")
    keep = [i for i, t in enumerate(body.targets) if t != without]
    tables = {
        k: SafTable(t.energy_MeV, t.saf_per_kg[keep], None if t.relative_se is None else t.relative_se[keep])
        for k, t in body.tables.items()
    }
    targets = tuple(body.targets[i] for i in keep)
    return replace(body, phantom=f"other {sex}", sex=sex, targets=targets, tables=tables)


def test_a_target_that_a_body_lacks_is_missing_with_a_reason_and_never_0() -> None:
    found = doses_in_bodies(TIAC, "F-18", [other_body("male", "uterus"), "adult female"])
    assert found.missing == {("uterus", "other male"): "the body 'other male' has no target region 'uterus'"}
    frame = found.to_frame().set_index(["target", "body"])
    row = frame.loc[("uterus", "other male")]
    assert math.isnan(row["dose_mGy_per_MBq"])
    assert math.isnan(row["se_mGy_per_MBq"])
    assert row["missing"] == "the body 'other male' has no target region 'uterus'"
    assert frame.loc[("uterus", "adult female"), "dose_mGy_per_MBq"] == found["adult female"]["uterus"]
    assert math.isnan(found.label_table().loc["uterus", "other male"])
    assert found.pairs == ()  # of two kinds


def test_frames_and_json_have_all_of_it() -> None:
    found = doses_in_bodies(TIAC, "F-18", ADULTS, tiac_se_h=dict.fromkeys(TIAC, 0.01))
    back = BodyDoses.from_dict(json.loads(json.dumps(found.to_dict())))
    pd.testing.assert_frame_equal(back.to_frame(), found.to_frame(), check_exact=True)
    pd.testing.assert_frame_equal(back.effective_frame(), found.effective_frame(), check_exact=True)
    assert back.notes == found.notes
    frame = found.effective_frame().set_index(["weights", "body"])
    averaged = frame.loc[("ICRP 103", "adult male and adult female")]
    assert averaged["note"] == "sex-averaged"
    assert averaged["effective_dose_mSv_per_MBq"] == float(found.sex_averaged()[ADULTS])
    assert frame.loc[("ICRP 103", "adult male"), "note"] == "not sex-averaged"
    # by ICRP 60 nothing is averaged
    assert ("ICRP 60", "adult male and adult female") not in frame.index
    with pytest.raises(DosimetryError, match="format"):
        BodyDoses.from_dict({"format": "another"})
    for wrong in ([["adult male"]], [["adult male", "Joe"]], [3], ["ab"]):
        with pytest.raises(DosimetryError, match="'pairs' has"):
            BodyDoses.from_dict(found.to_dict() | {"pairs": wrong})
    for wrong in ([], {"adult male": {}}):
        with pytest.raises(DosimetryError, match="doses"):
            BodyDoses.from_dict(found.to_dict() | {"bodies": wrong})


def test_they_show_themselves() -> None:
    found = doses_in_bodies(
        {"liver": 1.0, "ovaries": 0.1}, "F-18", [other_body("male", "uterus"), "adult female"]
    )
    lines = str(found).splitlines()
    assert lines[0] == "Absorbed dose of F-18, mGy/MBq"
    assert next(line for line in lines if line.startswith("uterus")).split()[1] == "–"
    page = found._repr_html_()
    assert "<td>–</td>" in page
    assert "TIAC of ovaries" in page
    assert repr(found).startswith("<BodyDoses: F-18 in other male, adult female; ")


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((TIAC, "F-18", []), {}, "no body is given"),
        ((TIAC, "F-18", ["adult male", "male"]), {}, "body 'adult male' is given twice"),
        (({}, "F-18", ADULTS), {}, "TIACs: none were given"),
        ((3.0, "F-18", ADULTS), {}, "TIACs: 3.0 is no table"),
        (({"liver": 1.0, "Pb-212": {"liver": 1.0}}, "F-18", ADULTS), {}, "numbers and tables are mixed"),
        (({"F-18": {"liver": 1.0}}, "Pb-212", ADULTS), {}, "TIACs of F-18, which Pb-212 does not decay to"),
        (({"adult male": TIAC}, "F-18", ADULTS), {}, "TIACs: none for adult female"),
        (({"adult male": TIAC, "Joe": TIAC}, "F-18", ADULTS), {}, "'Joe' is none of the bodies"),
        (({"Joe": TIAC}, "F-18", ADULTS), {}, "'Joe' is none of the bodies .* and no nuclide"),
        (({"liver": 30.0}, "F-18", ADULTS), {}, "body 'adult female': TIAC of 'liver' is 30 h"),
        (
            ({"livr": 1.0, "lunks": 1.0}, "F-18", ADULTS),
            {},
            "^unknown source region 'livr'.*\nunknown source",
        ),
        (
            ({"Pb-212": {"liver": 1.0}, "Bi-212": {"liver": 1.0}}, "Pb-212", ADULTS),
            {"daughters": "equilibrium"},
            "Bi-212 has TIACs of its own and is counted with Pb-212 too",
        ),
        (({"liver": 1.0}, "F-18", ADULTS), {"tiac_se_h": {"kidneys": 1.0}}, "no standard error .* of liver"),
        (
            ({"liver": 1.0}, "F-18", ADULTS),
            {"tiac_se_h": {"liver": 1.0, "kidneys": 1.0}},
            "standard error of kidneys, of which there is no TIAC",
        ),
        (({"liver": 1.0}, "F-18", ADULTS), {"tiac_se_h": {"liver": -1.0}}, "liver is -1.0; a number of 0"),
        (
            ({"liver": 1.0}, "F-18", ADULTS),
            {"tiac_covariance_h2": pd.DataFrame([[1.0]], ["lungs"], ["lungs"])},
            "must have each of these once as row and as column: liver",
        ),
        (
            ({"Pb-212": {"liver": 1.0}}, "Pb-212", ADULTS),
            {"per_MBq_of": "Ra-224"},
            "the TIACs of a chain are per MBq of its nuclide, Pb-212",
        ),
    ],
)
def test_bad_input(arguments: Any, options: Any, message: str) -> None:
    with pytest.raises(DosimetryError, match=message):
        doses_in_bodies(*arguments, **options)


def test_a_region_that_one_body_lacks_is_told_with_the_body() -> None:
    body = other_body("male", "uterus")
    from dataclasses import replace

    keep = [i for i, s in enumerate(body.sources) if s != "thyroid"]
    tables = {k: replace(t, saf_per_kg=t.saf_per_kg[:, keep], relative_se=None, method=None)
              for k, t in body.tables.items()}  # fmt: skip
    body = replace(body, sources=tuple(body.sources[i] for i in keep), tables=tables)
    with pytest.raises(DosimetryError, match=r"^body 'other male': unknown source region 'thyroid'"):
        doses_in_bodies({"thyroid": 1.0}, "F-18", [body, "adult female"])
    with pytest.raises(PhantomError, match="unknown phantom 'adult mail'"):
        doses_in_bodies(TIAC, "F-18", ["adult mail"])
