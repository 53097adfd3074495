"""Files of compartment models: every key with every wrong kind of value; all mistakes at once, by path."""

from __future__ import annotations

import copy
import datetime
import math
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kinetics import fit_compartments, parse_model
from kinetics.errors import KineticsError
from kinetics.model_files.files import MOST_COMPARTMENTS
from kinetics.summary import compartments_summary

EXAMPLES = Path(__file__).parents[3] / "examples" / "compartments"
WRONG: list[Any] = [
    None, "", "text", "[/x]", "a\0b", "x" * 5000, True, False, 0, -1, 1, 3.5, -0.0, 1e308, 5e-324, 10**5000,
    math.inf, math.nan, [], {}, [[]], [{}], {"a": 1}, [None], ["a", "a"], [1, "a"], datetime.date(2026, 1, 1),
]  # fmt: skip


def example(name: str) -> dict[str, Any]:
    with (EXAMPLES / name).open("rb") as f:
        return tomllib.load(f)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every key and entry of a parsed file."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield (*path, key)
        yield from places(one, (*path, key))


def full() -> dict[str, Any]:
    """The example with every key that a file may have."""
    data = example("two-compartments.toml")
    data["bolus"]["central"] = 0.5
    data["infusion"] = [{"compartment": "central", "fraction": 0.5, "duration": 0.5}]
    data["regions"] = {"all": ["central", "peripheral"]}
    data["parameters"]["k12"] |= {"min": 1e-3, "max": 10.0}
    del data["parameters"]["k21"]["start"]
    data["parameters"]["k21"]["value"] = 0.05
    data["data"][0]["sd"] = [1.0] * len(data["data"][0]["time"])
    return data


@pytest.mark.parametrize("path", list(places(full())), ids=str)
def test_a_wrong_value_anywhere_is_a_result_or_a_complaint(path: tuple[Any, ...]) -> None:
    for wrong in WRONG:
        data = full()
        at: Any = data
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = copy.deepcopy(wrong)
        try:
            given = parse_model(data)
        except KineticsError as error:
            for complaint in error.complaints:
                assert 0 < len(complaint) < 1500 and complaint.isprintable(), complaint
            continue
        summary = compartments_summary(given, None)
        assert math.isfinite(summary["tiac_h"]["whole body"]["value"])


def test_a_whole_model_in_another_key() -> None:
    for wrong in WRONG:
        with pytest.raises(KineticsError):
            parse_model(wrong)


def test_all_mistakes_are_told_with_their_paths() -> None:
    data = full()
    data["colour"] = 1
    data["sinks"] = "out"
    data["transfers"]["central -> out"] = True
    data["transfers"]["peripheral -> central"] = -0.5
    data["parameters"]["k12"]["min"] = "low"
    data["data"][0]["time"][3] = "1 h"
    data["data"][0]["weights"] = "heavy"
    data["infusion"][0]["duration"] = 0
    data["output"]["times"] = [1, -2]
    with pytest.raises(KineticsError) as error:
        parse_model(data)
    told = error.value.complaints
    for expected in (
        "unknown key 'colour'; allowed:",
        "sinks is a text, 'out'; a list of names is needed",
        'transfers."central -> out" is true or false; a number of 0 or above is needed',
        'transfers."peripheral -> central" is -0.5; a number of 0 or above is needed',
        "parameters.k12.min is a text, 'low'; a number above 0 is needed",
        "infusion 1.duration is 0; a number above 0 is needed",
        "output.times: entry 2 is -2; a number of 0 or above is needed",
    ):
        assert any(line.startswith(expected) for line in told), (expected, told)
    data = full()
    data["data"][0]["time"][3] = "1 h"
    data["data"][0]["weights"] = "heavy"
    with pytest.raises(KineticsError) as error:
        parse_model(data)
    assert error.value.complaints == (
        "data 1.weights is 'heavy'; one of these is needed: auto, none, sd, relative, poisson",
        "data 1.time: entry 4 is a text, '1 h'; a number is needed",
    )


def test_a_model_larger_than_any_is_refused() -> None:
    names = [f"c{i}" for i in range(MOST_COMPARTMENTS)]
    with pytest.raises(KineticsError, match=f"more than {MOST_COMPARTMENTS} compartments"):
        parse_model({
            "time_unit": "h", "stable": True, "compartments": names, "sinks": ["out"], "bolus": {"c0": 1},
            "transfers": {"c0 -> out": 1},
        })  # fmt: skip


def test_the_full_example_is_read() -> None:
    given = parse_model(full())
    assert given.model.infusions[0].duration_h == 0.5
    assert given.parameters["k21"].held and not given.parameters["k12"].held
    assert fit_compartments(given).parameters["V1"].value > 0


def test_inputs_are_fractions() -> None:
    """A bolus of 100 (per cent, or MBq) would give TIACs a hundred times too long."""
    from kinetics import KineticsError, parse_model

    given = {
        "time_unit": "h", "half_life_h": 78.41, "compartments": ["blood", "gut"], "sinks": ["out"],
        "transfers": {"blood -> out": 0.1, "gut -> out": 0.1},
    }  # fmt: skip
    for bolus in ({"blood": 100}, {"blood": 0.6, "gut": 0.5}):
        with pytest.raises(KineticsError, match="times the administered activity is put in"):
            parse_model({**given, "bolus": bolus})
    infusion = [{"compartment": "gut", "fraction": 0.5, "duration": 1}]
    with pytest.raises(KineticsError, match=r"1\.5 times the administered activity"):
        parse_model({**given, "bolus": {"blood": 1.0}, "infusion": infusion})
    assert parse_model({**given, "bolus": {"blood": 0.5}, "infusion": infusion}).model.bolus == {"blood": 0.5}
