"""Parts of a model file that become compartments and rates: fraction tables, emptyings, the tract."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from kinetics.compartments.given import Shares, Way
from kinetics.compartments.model import Infusion
from kinetics.errors import KineticsError
from kinetics.excretion.emptying import Emptying
from kinetics.excretion.tract import tract
from kinetics.model_files.keys import Keys

#: Fractions that were rounded may sum to so much above 1.
ROUNDING = 1e-3


@dataclass
class Parts:
    """Compartments, rates in 1/h and inputs, as they are gathered from a file's tables."""

    compartments: list[str] = field(default_factory=list)
    sinks: list[str] = field(default_factory=list)
    rates: dict[Way, float] = field(default_factory=dict)
    bolus: dict[str, float] = field(default_factory=dict)
    regions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    source_regions: dict[str, Shares] = field(default_factory=dict)
    of_tract: tuple[str, ...] = ()


def infusion(given: Keys, hours: float) -> Infusion | None:
    """An [[infusion]]; None where something is wrong that was told."""
    given.only({"compartment", "fraction", "duration", "start"})
    given.due("compartment", "duration")
    where, duration = given.text("compartment"), given.number("duration", above=0)
    fraction = given.number("fraction", least=0) if given.has("fraction") else 1.0
    begin = given.number("start", least=0) if given.has("start") else 0.0
    if where is None or duration is None or fraction is None or begin is None:
        return None
    return Infusion(compartment=where, fraction=fraction, duration_h=duration * hours, begin_h=begin * hours)


def volumes(tables: Keys) -> dict[str, tuple[float, float]]:
    """[emptying."compartment"]: mL after each emptying and mL/h of what flows in, where the file has them."""
    found = {}
    for name in tables.keys():  # noqa: SIM118
        given = tables.table_of(name)
        if given.has("volume_mL") != given.has("flow_mL_per_h"):
            given.complain(f"{given.at}: volume_mL, after each emptying, and flow_mL_per_h go together")
        volume, flow = given.number("volume_mL", above=0), given.number("flow_mL_per_h", least=0)
        if volume is not None and flow is not None:
            found[name] = (volume, flow)
    return found


def emptyings(tables: Keys, hours: float) -> dict[str, tuple[str, Emptying]]:
    """[emptying."compartment"]: where its contents go, and when."""
    found = {}
    for name in tables.keys():  # noqa: SIM118
        given = tables.table_of(name)
        given.only({"into", "every", "first", "times", "residual", "volume_mL", "flow_mL_per_h"})
        given.due("into")
        into, times = given.text("into"), given.numbers("times")
        every, first = given.number("every"), given.number("first")
        residual = given.number("residual") if given.has("residual") else 0.0
        wrong = (given.has(k) and v is None for k, v in (("every", every), ("first", first)))
        if into is None or times is None or residual is None or any(wrong):
            continue
        try:
            when = Emptying(
                every_h=None if every is None else every * hours,
                first_h=None if first is None else first * hours,
                times_h=tuple(t * hours for t in times),
                residual=residual,
            )
        except KineticsError as error:
            for one in error.complaints:
                given.complain(f"{given.at}: {one}")
            continue
        found[name] = (into, when)
    return found


def add_organs(tables: Keys, hours: float, parts: Parts) -> None:
    """[organs.x]: a fraction, half-times of uptake and of leaving with their shares, as the ICRP prints them.

    An organ that holds F from the start, and of it a_i with the biologic half-time T_i and the rest for good,
    is a compartment for each a_i and one for the rest. With uptake, F b_j waits for it with a half-time of
    its own (ICRP Publication 53, Ann ICRP 1988;18(1-4), section on biokinetic models).
    """
    for name in tables.keys():  # noqa: SIM118
        given = tables.table_of(name)
        given.only({"fraction", "uptake", "leaving", "into", "waits_in"})
        given.due("fraction")
        fraction = given.number("fraction", least=0)
        leaving, uptake = _half_times(given, "leaving", hours), _half_times(given, "uptake", hours)
        into = {} if leaving is None else _into(given, bool(leaving))
        waits_in = shares(given, "waits_in")
        if fraction is None or leaving is None or uptake is None or into is None or waits_in is None:
            continue
        if uptake and not given.has("waits_in"):
            given.complain(
                f"{given.at}: with uptake, waits_in says which source region holds what waits for it"
            )
            continue
        if fraction > 1:
            given.complain(
                f"{given.at}.fraction is {fraction:g}; 1 at most, all that is administered, is possible"
            )
        stays = 1.0 - math.fsum(share for share, _ in leaving)
        held = [(share, math.log(2.0) / t) for share, t in leaving]
        if stays > 1e-9:
            held.append((stays, 0.0))
        names = [name] if len(held) == 1 else [f"{name} {i}" for i in range(1, len(held) + 1)]
        at_once = 1.0 - math.fsum(share for share, _ in uptake)
        for own, (share, rate) in zip(names, held, strict=True):
            _compartment(given, parts, own)
            if at_once > 1e-9:
                parts.bolus[own] = fraction * share * at_once
            for target, part in into.items():
                if rate > 0 and part > 0:
                    parts.rates[own, target] = rate * part
        for number, (share, half_time_h) in enumerate(uptake, 1):
            waiting = f"{name}, uptake" if len(uptake) == 1 else f"{name}, uptake {number}"
            _compartment(given, parts, waiting)
            parts.bolus[waiting] = fraction * share
            parts.source_regions[waiting] = waits_in
            for own, (part, _) in zip(names, held, strict=True):
                parts.rates[waiting, own] = math.log(2.0) / half_time_h * part
        if len(names) > 1:
            parts.regions[name] = tuple(names)


def _compartment(given: Keys, parts: Parts, name: str) -> None:
    if name in (*parts.compartments, *parts.sinks, *parts.regions):
        given.complain(f"{given.at}: there is a compartment, sink or region '{name}' already")
        return
    parts.compartments.append(name)


def _half_times(given: Keys, key: str, hours: float) -> list[tuple[float, float]] | None:
    """(share, half-time in h) of each entry; None where something is wrong that was told."""
    found = []
    for one in given.tables(key):
        one.only({"share", "half_time"})
        one.due("share", "half_time")
        found.append((one.number("share", above=0), one.number("half_time", above=0)))
    right = [(share, t * hours) for share, t in found if share is not None and t is not None]
    if len(right) < len(found):
        return None
    total = math.fsum(share for share, _ in right)
    if total > 1 + ROUNDING:
        given.complain(f"{given.at}.{key}: shares sum to {total:g}; 1 at most is possible")
        return None
    return [(share / max(total, 1.0), t) for share, t in right]


def _into(given: Keys, leaves: bool) -> Shares | None:
    if not leaves:
        if given.has("into"):
            given.complain(
                f"{given.at}.into: nothing leaves; give leaving = [{{ share = ..., half_time = ... }}]"
            )
        return {}
    if not given.has("into"):
        given.complain(f"{given.at}.into is missing: where does what leaves go?")
        return None
    return shares(given, "into")


def shares(given: Keys, key: str) -> Shares | None:
    """A name, or names with shares that sum to 1; empty where the key is missing, None where it is wrong."""
    value = given.table.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        name = given.text(key)
        return None if name is None else {name: 1.0}
    table = given.table_of(key)
    found = {name: table.number(name, least=0) for name in table.keys()}  # noqa: SIM118
    right = {name: share for name, share in found.items() if share is not None}
    if len(right) < len(value):
        return None
    total = math.fsum(right.values())
    if abs(total - 1) > ROUNDING:
        given.complain(f"{table.at}: shares sum to {total:g}; 1 is needed")
        return None
    return {name: share / total for name, share in right.items()}


def add_tract(given: Keys, parts: Parts) -> None:
    """[tract]: compartments and rates of the alimentary tract."""
    if not given.table:
        return
    given.only({"model", "age", "sex", "f1", "absorbed_into", "transit_h"})
    given.due("model")
    model, age, sex = given.text("model"), given.text("age"), given.text("sex")
    f1, into, own = given.number("f1", least=0), given.text("absorbed_into"), given.table_of("transit_h")
    transit = {k: v for k in own.keys() if (v := own.number(k, above=0)) is not None}  # noqa: SIM118
    if model == "ICRP 100" and not given.has("age"):
        given.complain(f"{given.at}.age is missing; the rates of 'ICRP 100' differ by age: say e.g. 'adult'")
        return
    if model is None or any(given.has(k) and v is None for k, v in (("age", age), ("sex", sex), ("f1", f1))):
        return
    try:
        found = tract(
            model, age=age or "adult", sex=sex, f1=f1, absorbed_into=into, transit_h=transit or None
        )
    except KineticsError as error:
        for one in error.complaints:
            given.complain(f"{given.at}: {one}")
        return
    for name in found.compartments:
        if name not in parts.compartments:
            _compartment(given, parts, name)
    parts.of_tract = found.compartments
    if found.sink not in parts.sinks:
        parts.sinks.append(found.sink)
    for way, rate in found.rates_per_h.items():
        if way in parts.rates:
            given.complain(f"{given.at}: the tract has a rate of its own for '{way[0]} -> {way[1]}'")
        parts.rates[way] = rate


def read_source_regions(given: Keys, regions: Mapping[str, tuple[str, ...]]) -> dict[str, Shares]:
    """[source_regions]: a compartment, or all of a region -> source regions with shares."""
    found: dict[str, Shares] = {}
    for name in given.keys():  # noqa: SIM118
        value = shares(given, name)
        if value is None:
            continue
        for compartment in regions.get(name, (name,)):
            if compartment in found:
                given.complain(f"{given.path(name)}: '{compartment}' has a source region already")
            found[compartment] = value
    return found
