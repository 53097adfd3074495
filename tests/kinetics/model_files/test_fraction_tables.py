"""Fraction tables, emptyings, the tract, ages and bodies of a model file: closed forms, and what is told."""

import math
from copy import deepcopy
from pathlib import Path

import pytest

from kinetics import Decay, KineticsError, open_model, parse_model, read_model

LN2 = math.log(2)
FDG = Path(__file__).parents[3] / "examples" / "models" / "fdg-icrp128.toml"
F18 = Decay({"F-18": LN2 / 1.8295})
BLADDER = "urinary bladder contents"


def told(change=None, decay=F18, **options):
    """The messages of the 18F-FDG model with some keys changed."""
    data = deepcopy(open_model(FDG).data)
    for path, value in (change or {}).items():
        *way, last = path
        table = data
        for key in way:
            table = table.setdefault(key, {})
        table[last] = value
    with pytest.raises(KineticsError) as error:
        parse_model(data, decay=decay, **options)
    return str(error.value)


def test_a_fraction_table_in_closed_form():
    """F [(1 - sum a)/l + sum a/(l + b)]; with uptake F b u/((l + u)(l + b)) of what waits for it."""
    lam = 0.3
    given = parse_model(
        {
            "time_unit": "min", "sinks": ["out"], "compartments": ["bladder"],
            "organs": {
                "liver": {"fraction": 0.4, "into": {"bladder": 0.25, "out": 0.75},
                          "leaving": [{"share": 0.5, "half_time": 30}, {"share": 0.2, "half_time": 600}]},
                "thyroid": {"fraction": 0.3, "uptake": [{"share": 0.8, "half_time": 60}],
                            "waits_in": "blood"},
            },
            "transfers": {"bladder -> out": 0.01},
        },
        decay=Decay({"X": lam}),
    )  # fmt: skip
    tiac = given.model.tiac_h()
    fast, slow, up = LN2 / 0.5, LN2 / 10.0, LN2 / 1.0
    left = 0.4 * (0.5 * fast / (lam + fast) + 0.2 * slow / (lam + slow))
    assert tiac["liver"] == pytest.approx(
        0.4 * (0.3 / lam + 0.5 / (lam + fast) + 0.2 / (lam + slow)), rel=1e-13
    )
    assert tiac["bladder"] == pytest.approx(0.25 * left / (lam + 0.6), rel=1e-13)
    assert tiac["thyroid"] == pytest.approx((0.3 * 0.2 + 0.3 * 0.8 * up / (lam + up)) / lam, rel=1e-13)
    assert tiac["thyroid, uptake"] == pytest.approx(0.3 * 0.8 / (lam + up), rel=1e-13)
    assert given.source_regions == {"thyroid, uptake": {"blood": 1.0}}


def test_what_waits_is_shared_out_between_the_components():
    """F b [a_1/(l + b_1) + a_2/(l + b_2)] u/(l + u) is in the organ, and all of it comes out at last."""
    lam, up, fast, slow = 0.1, LN2 / 0.5, LN2 / 2.0, LN2 / 20.0
    organ = {"fraction": 0.6, "uptake": [{"share": 1.0, "half_time": 0.5}], "waits_in": "remainder",
             "leaving": [{"share": 0.3, "half_time": 2}, {"share": 0.7, "half_time": 20}],
             "into": "out"}  # fmt: skip
    data = {"time_unit": "h", "sinks": ["out"], "organs": {"liver": organ}}
    tiac = parse_model(data, decay=Decay({"X": lam})).model.tiac_h()
    expected = 0.6 * up / (lam + up) * (0.3 / (lam + fast) + 0.7 / (lam + slow))
    assert tiac["liver"] == pytest.approx(expected, rel=1e-13)
    late = parse_model(data | {"stable": True}).model.contents([1e4])[0]
    assert late[-1] == pytest.approx(0.6, rel=1e-12)


@pytest.mark.parametrize(
    ("age", "printed_h"), [(None, 0.26), ("15 years", 0.26), ("5 years", 0.23), ("1 year", 0.16)]
)
def test_fdg_of_icrp_128(age, printed_h):
    """What the ICRP prints for the bladder's contents at voiding every 3.5, 3.5, 3.0 and 2.0 h."""
    there = open_model(FDG)
    given = there.build(decay=F18, age=age if age in there.ages else None)
    found = given.model.tiac_h()
    assert abs(found[BLADDER] - printed_h) <= 0.005
    for organ, hours in (("brain", 0.21), ("heart wall", 0.11), ("lungs", 0.079), ("liver", 0.13)):
        assert abs(found[organ] - hours) <= (0.0005 if hours < 0.1 else 0.005)
    assert found["remainder"] == pytest.approx(1.7, abs=0.05)


def test_ages_and_bodies_are_merged_key_by_key():
    data = deepcopy(open_model(FDG).data)
    data["bodies"] = {"stylised": {"organs": {"brain": {"fraction": 0.07}}}}
    base = parse_model(data, decay=F18)
    small = parse_model(data, decay=F18, age="5 years", bodies=("stylised", "5-year-old"))
    assert base.model.emptyings[BLADDER][1].every_h == 3.5
    assert small.model.emptyings[BLADDER] == ("urine", type(base.model.emptyings[BLADDER][1])(every_h=3.0))
    assert (base.model.bolus["brain"], small.model.bolus["brain"]) == (0.08, 0.07)
    assert small.model.bolus["lungs"] == 0.03


def test_the_tract_and_what_is_absorbed():
    """ICRP 30's rates: what f1 takes leaves the small intestine at f1 6/(1 - f1) per day."""
    given = parse_model(
        {
            "time_unit": "d", "half_life_h": 6.015, "compartments": ["blood"], "sinks": ["urine"],
            "bolus": {"stomach contents": 1.0}, "transfers": {"blood -> urine": 1.0},
            "tract": {"model": "ICRP 30", "f1": 0.8, "absorbed_into": "blood"},
        }
    )  # fmt: skip
    assert given.model.rates_per_h["small intestine contents", "blood"] == pytest.approx(24 / 24, rel=1e-12)
    lam = LN2 / 6.015
    entering = 1.0 / (1.0 + lam)
    assert given.model.tiac_h()["small intestine contents"] == pytest.approx(
        entering / (lam + 1.0 + 0.25), rel=1e-12
    )
    assert given.model.sinks == ("urine", "Faeces")
    slow = {"model": "ICRP 30", "transit_h": {"lower large intestine contents": 48.0}}
    data = {"time_unit": "h", "half_life_h": 6.0, "bolus": {"stomach contents": 1.0}, "tract": slow}
    rates = parse_model(data).model.rates_per_h
    assert rates["lower large intestine contents", "Faeces"] == pytest.approx(1 / 48, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({("emptying", BLADDER, "every"): 0}, "an interval between emptyings is 0 h; above 0 is needed"),
        ({("emptying", BLADDER, "times"): [3, 2]}, "time 2 of emptying is 2 h; above the one before it, 3 h"),
        ({("emptying", BLADDER, "residual"): 1.0}, "a share of 1 stays at an emptying; 0 to below 1"),
        ({("emptying", BLADDER, "every"): "3 h"}, "every is a text, '3 h'; a number is needed"),
        ({("emptying", "blader"): {"into": "urine", "every": 3}}, "unknown compartment 'blader'"),
        ({("organs", "brain", "fraction"): 1.4}, "organs.brain.fraction is 1.4; 1 at most"),
        ({("organs", "brain", "fraction"): 0.5}, "1.42 times the administered activity is put in"),
        ({("organs", "brain", "leaving"): [{"share": 1, "half_time": 2}]}, "organs.brain.into is missing"),
        ({("organs", "brain", "into"): "urine"}, "organs.brain.into: nothing leaves"),
        ({("organs", "liver", "leaving"): [{"share": 0.7, "half_time": 2}, {"share": 0.7, "half_time": 1}],
          ("organs", "liver", "into"): "urine"}, "shares sum to 1.4; 1 at most"),
        ({("organs", "remainder", "into"): {"urine": 0.5}}, "shares sum to 0.5; 1 is needed"),
        ({("organs", "remainder", "into"): "urin"}, "unknown compartment 'urin'"),
        ({("organs", "lungs", "uptake"): [{"share": 1, "half_time": 1}]}, "waits_in says which"),
        ({("organs", BLADDER): {"fraction": 0.1}}, f"sink or region '{BLADDER}' already"),
        ({("compartments",): [BLADDER, "spare"]}, "compartment 'spare': no transfer, bolus, infusion"),
        ({("source_regions",): {"liverr": "liver"}}, "'liverr' is neither a compartment nor a region"),
        ({("source_regions",): {"liver": {"liver": 0.5}}}, "source_regions.liver: shares sum to 0.5"),
        ({("tract",): {"model": "ICRP 66"}}, "'ICRP 66' is no model of the alimentary tract"),
        ({("tract",): {"model": "ICRP 100", "age": "6 years"}}, "age '6 years'"),
        ({("tract",): {"model": "ICRP 30", "transit_h": {"colon": 8}}}, "tract: "),
        ({("tract",): {"model": "ICRP 100"}}, "tract.age is missing; the rates of 'ICRP 100' differ by age"),
        ({("tract",): {"model": "ICRP 30", "transit_h": {"stomach contents": 0}}}, "is 0; a number above 0"),
        ({("chain",): {"daughters": ["Bi-299"]}}, "F-18 has no daughter 'Bi-299'; it has: none"),
        ({("chain",): {"daughters": "some"}}, "chain.daughters is 'some'"),
        ({("daughter",): {"Bi": {}}}, "[daughter] without [chain]"),
        ({("half_life_h",): 110.0}, "half_life_h is 110, but F-18 has 1.8295 h"),
        ({("stable",): True}, "stable = true, but a dose of F-18"),
        ({("ages", "1 year"): 3}, "isn't a table of what differs there"),
        ({("ages", "1 year", "name"): "x"}, "this is one for the whole file"),
        ({("infusion",): [{"compartment": "liver", "duration": 1, "start": -1}]}, "start is -1"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told(change, says):
    assert says in told(change)


def test_an_age_that_the_file_lacks_and_a_nuclide_that_is_not_known():
    assert "age '2 years' isn't among [ages] of the file; near: 5 years, 1 year" in told(age="2 years")
    with pytest.raises(KineticsError, match="whose half-life isn't known here"):
        read_model(FDG)
    assert open_model(FDG).nuclide == "F-18" and open_model(FDG).ages == ("5 years", "1 year")


@pytest.mark.parametrize(("unit", "of_an_hour"), [("min", 60.0), ("d", 1 / 24)])
def test_every_time_and_rate_is_in_the_files_unit(unit, of_an_hour):
    """The same model in another unit, number by number: TIACs in h and contents are the same."""
    f = of_an_hour
    two = [
        {
            "time_unit": name, "compartments": ["blood", "bladder"], "sinks": ["urine"],
            "bolus": {"blood": 0.5},
            "infusion": [{"compartment": "blood", "fraction": 0.2, "duration": 2.0 * x, "start": 1.5 * x}],
            "transfers": {"blood -> bladder": 0.4 / x}, "parameters": {},
            "organs": {"liver": {"fraction": 0.2, "leaving": [{"share": 0.5, "half_time": 3.0 * x}],
                                 "uptake": [{"share": 0.9, "half_time": 0.5 * x}], "into": "bladder",
                                 "waits_in": "blood"}},
            "emptying": {"bladder": {"into": "urine", "times": [1.0 * x, 2.5 * x], "every": 4.0 * x}},
            "output": {"times": [3.0 * x]},
        }
        for name, x in (("h", 1.0), (unit, f))
    ]  # fmt: skip
    hours, other = (parse_model(data, decay=F18) for data in two)
    for name, value in hours.model.tiac_h().items():
        assert other.model.tiac_h()[name] == pytest.approx(value, rel=1e-9), name
    assert other.output_h == pytest.approx(hours.output_h, rel=1e-12)
    there = hours.model.contents([0.7, 6.0, 30.0])
    assert other.model.contents([0.7, 6.0, 30.0]).ravel() == pytest.approx(there.ravel(), rel=1e-8, abs=1e-15)
    first = {"into": "urine", "first": 1.25 * f, "every": 4.0 * f}
    when = parse_model(two[1] | {"emptying": {"bladder": first}}, decay=F18).model.emptyings["bladder"][1]
    assert (when.first_h, when.every_h) == pytest.approx((1.25, 4.0), rel=1e-12)


def test_a_mistake_is_told_once():
    shares = [{"share": 0.7, "half_time": 2}, {"share": 0.7, "half_time": 1}]
    assert (
        len(told({("organs", "brain"): {"fraction": 0.08, "leaving": shares, "into": "urine"}}).splitlines())
        == 1
    )
    assert len(told({("organs", BLADDER): {"fraction": 0.0}}).splitlines()) == 1


def test_all_mistakes_are_told_at_once():
    said = told({("emptying", BLADDER, "every"): -1, ("organs", "brain", "fraction"): "much", ("colour",): 1})
    assert len(said.splitlines()) == 3
