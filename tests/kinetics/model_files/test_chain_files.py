"""Decay chains in model files: who is followed, whose rates, what is told; a fit to a daughter's data."""

import math
from copy import deepcopy

import numpy as np
import pytest

from kinetics import Decay, KineticsError, fit_compartments, parse_model

LN2 = math.log(2)
LEAD = Decay(
    {"Pb-212": LN2 / 10.64, "Bi-212": LN2 / 1.009, "Po-212": LN2 / 8.3e-11, "Tl-208": LN2 / 0.0509},
    {("Pb-212", "Bi-212"): 1.0, ("Bi-212", "Po-212"): 0.6406, ("Bi-212", "Tl-208"): 0.3594},
)
BASE = {
    "time_unit": "h", "nuclide": "Pb-212", "compartments": ["blood", "kidneys", "tumour"], "sinks": ["urine"],
    "bolus": {"blood": 1.0}, "transfers": {"blood -> kidneys": 0.05, "blood -> tumour": 0.1,
                                           "kidneys -> urine": 0.02},
    "chain": {"daughters": "all", "without_own": "decay in place"},
    "daughter": {"Bi": {"transfers": {"blood -> kidneys": 2.0, "tumour -> blood": 0.3}}},
}  # fmt: skip


def changed(**tables):
    data = deepcopy(BASE)
    for key, value in tables.items():
        data[key] = value
    return data


def test_who_is_followed_and_by_which_rates():
    given = parse_model(BASE, decay=LEAD)
    assert given.chain is not None and given.chain.members == ("Pb-212", "Bi-212", "Po-212", "Tl-208")
    bismuth, polonium, _ = given.chain.daughters
    assert bismuth.rates_per_h == {("blood", "kidneys"): 2.0, ("tumour", "blood"): 0.3}
    assert polonium.rates_per_h == {}
    lam, own = LEAD.lambda_per_h["Pb-212"], LEAD.lambda_per_h["Bi-212"]
    tiac = given.chain.tiac_h()
    lead = 1 / (lam + 0.15)
    assert tiac["Pb-212"]["blood"] == pytest.approx(lead, rel=1e-12)
    in_tumour = 0.1 * lead / lam
    tumour = lam * in_tumour / (own + 0.3)  # atoms x h of bismuth
    assert tiac["Bi-212"]["tumour"] == pytest.approx(tumour * own / lam, rel=1e-12)
    assert tiac["Po-212"]["tumour"] == pytest.approx(0.6406 * tiac["Bi-212"]["tumour"], rel=1e-9)


def test_as_the_parent_is_the_parent():
    own = changed(chain={"daughters": ["Bi-212"], "without_own": "as the parent"}, daughter={})
    table = changed(chain={"daughters": ["Bi-212"]}, daughter={"Bi-212": {"transfers": "as the parent"}})
    one, other = (parse_model(data, decay=LEAD).chain for data in (own, table))
    assert one is not None and one == other
    assert one.daughters[0].rates_per_h == one.parent.rates_per_h


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ({"chain": {"daughters": "all"}}, "chain.without_own is missing: do Po-212, Tl-208, which have no"),
        ({"chain": {"daughters": ["Po-212"], "without_own": "decay in place"}, "daughter": {}},
         "Po-212 comes from Bi-212, which isn't among them"),
        ({"chain": {"daughters": ["Ra-224"], "without_own": "decay in place"}, "daughter": {}},
         "Pb-212 has no daughter 'Ra-224'; it has: Bi-212, Po-212, Tl-208"),
        ({"daughter": {"Tl-209": {}}}, "daughter.Tl-209: no such daughter is followed"),
        ({"daughter": {"Bi": {"transfers": {"blood -> brain": 1.0}}}}, "unknown compartment 'brain'"),
        ({"daughter": {"Bi": {"transfers": {"blood -> kidneys": -1.0}}}}, "-1; a number of 0 or above"),
        ({"daughter": {"Bi": {"rates": {}}}}, "unknown key 'daughter.Bi.rates'"),
        ({"daughter": {"Bi": {"born": {"tumour": "lymph"}}}}, "unknown compartment 'lymph' in where it"),
        ({"chain": {"daughters": "all", "without_own": "stay"}}, "chain.without_own is 'stay'"),
        ({"chain": {"daughters": "all", "remainder": "no"}}, "chain.remainder is 'no'"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told(tables, says):
    with pytest.raises(KineticsError) as error:
        parse_model(changed(**tables), decay=LEAD)
    assert says in str(error.value)


def test_a_chain_needs_its_decay():
    data = changed(half_life_h=10.64)
    del data["nuclide"]
    with pytest.raises(KineticsError, match=r"\[chain\] needs a nuclide"):
        parse_model(data)


def test_rates_of_parent_and_daughter_fitted_to_both():
    """Lead in blood and bismuth in kidneys, exact data: the rates that made them; TIACs of both nuclides."""
    truth = parse_model(BASE, decay=LEAD).chain
    assert truth is not None
    time = np.array([0.5, 1, 2, 4, 8, 16, 30])
    lead = 100 * truth.retention(time, "blood") * np.exp(LEAD.lambda_per_h["Pb-212"] * time)
    bismuth = 100 * truth.retention(time, "kidneys", "Bi-212")
    data = [
        {"of": "blood", "unit": "%IA", "decay_corrected": True, "weights": "relative", "time": time.tolist(),
         "value": lead.tolist()},
        {"of": "kidneys", "nuclide": "Bi-212", "unit": "%IA", "decay_corrected": False, "weights": "relative",
         "time": time.tolist(), "value": bismuth.tolist()},
    ]  # fmt: skip
    free = changed(
        transfers={"blood -> kidneys": "a", "blood -> tumour": 0.1, "kidneys -> urine": "b"},
        daughter={"Bi": {"transfers": {"blood -> kidneys": "c", "tumour -> blood": 0.3}}},
        parameters={"a": {"start": 0.02}, "b": {"start": 0.05}, "c": {"start": 1.0}},
        data=data,
    )
    fitted = fit_compartments(parse_model(free, decay=LEAD))
    for name, value in (("a", 0.05), ("b", 0.02), ("c", 2.0)):
        assert fitted.parameters[name].value == pytest.approx(value, rel=1e-6)
    assert fitted.tiac_h["Bi-212: kidneys"].value == pytest.approx(
        truth.tiac_h()["Bi-212"]["kidneys"], rel=1e-6
    )
    assert fitted.chain is not None and fitted.chain.members == truth.members


def test_a_summary_has_every_nuclide():
    from kinetics.summary import compartments_summary

    given = parse_model(changed(output={"times": [2.0, 9.0]}), decay=LEAD)
    assert given.chain is not None
    found = compartments_summary(given, None)
    tiac = given.chain.tiac_h()
    assert found["tiac_h"]["Bi-212: kidneys"]["value"] == tiac["Bi-212"]["kidneys"]
    assert found["tiac_h"]["Pb-212: whole body"]["value"] == tiac["Pb-212"]["whole body"]
    kidneys = given.chain.retention([2.0, 9.0], "kidneys", "Bi-212")
    assert found["activity_fraction"]["Bi-212: kidneys"] == pytest.approx(kidneys.tolist(), rel=1e-12)
    lead = given.model.retention([2.0, 9.0], "kidneys")
    assert found["activity_fraction"]["kidneys"] == pytest.approx(lead.tolist(), rel=1e-12)


def test_a_daughter_is_given_as_measured():
    data = {"of": "blood", "nuclide": "Bi-212", "unit": "%IA", "decay_corrected": True, "weights": "relative",
            "time": [1, 2], "value": [1, 2]}  # fmt: skip
    with pytest.raises(KineticsError, match="a daughter's activity can't be decay-corrected"):
        parse_model(changed(data=[data]), decay=LEAD)
    with pytest.raises(KineticsError, match="'Tl-209' isn't in the chain; there are: Pb-212"):
        parse_model(changed(data=[data | {"nuclide": "Tl-209"}]), decay=LEAD)


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"source_regions": {"kidny": "kidneys"}}, "daughter.Bi.source_regions: 'kidny' is neither a comp"),
        ({"bolus": {"urine": 0.1}}, "Bi-212: unknown compartment 'urine' in the input"),
        ({"born": {"urine": "blood"}}, "born in 'blood' of what is in 'urine'; excreta stay out"),
        (
            {"emptying": {"urine": {"into": "blood", "every": 3}}},
            "unknown compartment 'urine' in what is emp",
        ),
        ({"emptying": {"kidneys": {"into": "kidneys", "every": 3}}}, "'kidneys' is emptied into itself"),
        (
            {"emptying": {"kidneys": {"into": "urine", "every": 3, "volume_mL": 9, "flow_mL_per_h": 60}}},
            "daughter.Bi.emptying.kidneys: the volume of contents is the parent's alone",
        ),
    ],
)
def test_what_a_daughter_cannot_have(own, told):
    with pytest.raises(KineticsError) as error:
        parse_model(changed(daughter={"Bi": own}), decay=LEAD)
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("regions", "told"),
    [
        ({"blood": ["kidneys"]}, "'blood' is a region and a compartment or sink"),
        ({"organs": ["kidneys", "kidneys"]}, "'kidneys' is twice in region 'organs'"),
        ({"whole body": ["kidneys"]}, "'whole body' is all compartments together"),
    ],
)
def test_what_a_region_cannot_be(regions, told):
    with pytest.raises(KineticsError) as error:
        parse_model(changed(regions=regions), decay=LEAD)
    assert told in str(error.value)
