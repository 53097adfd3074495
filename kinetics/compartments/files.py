"""The text of a compartment model (TOML) -> the model, its free parameters and its data.

The file, with every key:

    name = "..."                          time_unit = "h" or "d" (of every rate and time in the file)
    half_life_h = 78.41                   or stable = true
    compartments = [...]                  sinks = [...]
    [bolus]       central = 1.0
    [[infusion]]  compartment = "central", fraction = 1.0, duration = 0.5
    [transfers]   "central -> out" = 0.3, or = "k10" (a parameter)
    [parameters]  k10 = { start = 0.3, min = 0.01, max = 5 }, or { value = 0.3 } (held)
    [regions]     blood = ["central", ...]
    [[data]]      of = "blood", unit = "%IA", decay_corrected = true, weights = "sd", divide_by = "V1",
                  time = [...], value = [...], sd = [...]   or   file = "serum.csv"
    [output]      times = [1, 3, 7]
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kinetics.compartments.keys import Keys
from kinetics.compartments.model import CompartmentModel, Infusion
from kinetics.curves.curve import Curve
from kinetics.curves.decay import lambda_from_half_life
from kinetics.curves.files import read_curve
from kinetics.curves.units import split_concentration
from kinetics.errors import KineticsError
from kinetics.weights import WEIGHTS
from milligray.errors import Complaints
from milligray.text_files import read_toml, shown, shown_path

_HOURS = {"h": 1.0, "d": 24.0, "min": 1.0 / 60.0}
_TOP = {
    "name", "time_unit", "half_life_h", "stable", "compartments", "sinks", "bolus", "infusion", "transfers",
    "parameters", "regions", "data", "output",
}  # fmt: skip
_DATA = {"of", "unit", "decay_corrected", "weights", "divide_by", "time", "value", "sd", "file", "name"}
#: More compartments than any model has; matrices of their square are made.
MOST_COMPARTMENTS = 300


@dataclass(frozen=True)
class FreeParameter:
    """A parameter of a model file; rates are in 1/h here. ``held``: its value is fixed."""

    name: str
    start: float
    minimum: float
    maximum: float
    held: bool
    is_rate: bool


@dataclass(frozen=True)
class Observation:
    """A measured curve of a compartment or region; value = ``scale`` x content / ``divide_by``."""

    curve: Curve
    of: str
    weights: str
    scale: float
    divide_by: str | None


@dataclass(frozen=True)
class ModelFile:
    """What a file of a compartment model says.

    model : the model at the start values of its parameters.
    rate_names : (source, target) -> the parameter that this transfer has.
    parameters : name -> start value, bounds and whether it is held; rates in 1/h.
    observations : measured curves, and of what.
    output_h : times in h at which contents are asked for.
    time_unit : "h", "d" or "min", as the file has times and rates.

    Examples
    --------
    >>> from kinetics import parse_model
    >>> given = parse_model({
    ...     "time_unit": "h", "half_life_h": 78.41, "compartments": ["blood"], "sinks": ["out"],
    ...     "bolus": {"blood": 1}, "transfers": {"blood -> out": 0.1},
    ... })
    >>> given.model.compartments, given.observations
    (('blood',), ())
    """

    model: CompartmentModel
    rate_names: dict[tuple[str, str], str]
    parameters: dict[str, FreeParameter]
    observations: tuple[Observation, ...]
    output_h: tuple[float, ...]
    time_unit: str


def read_model(path: str | Path) -> ModelFile:
    """Read a compartment model.

    Raises
    ------
    KineticsError : the file can't be read, isn't TOML, or holds what the model can't be; all mistakes, each
        with the path of its key.

    Examples
    --------
    >>> given = read_model("examples/compartments/two-compartments.toml")
    >>> given.model.compartments, len(given.observations)
    (('central', 'peripheral'), 1)
    """
    file = Path(path)
    _, data = read_toml(file, KineticsError)
    try:
        return parse_model(data, folder=file.parent)
    except KineticsError as error:
        raise KineticsError(*(f"{shown_path(file)}: {one}" for one in error.complaints)) from None


def parse_model(data: dict[str, Any], *, folder: Path | None = None) -> ModelFile:
    """The model of a parsed file; ``folder`` is where data files are looked for.

    Raises
    ------
    KineticsError : unknown or missing keys, values that are not allowed; all of them, each with its path.

    Examples
    --------
    >>> parse_model({
    ...     "time_unit": "d", "stable": True, "compartments": ["blood"], "sinks": ["out"],
    ...     "bolus": {"blood": 1}, "transfers": {"blood -> out": 2.4},
    ... }).model.rates_per_h
    {('blood', 'out'): 0.09999999999999999}
    """
    with Complaints(KineticsError) as found:
        top = Keys(data, found)
        top.only(_TOP)
        top.due("time_unit", "compartments")
        unit = top.text("time_unit", tuple(_HOURS)) or "h"
        hours = _HOURS[unit]
        half_life_h, stable = top.number("half_life_h", above=0), top.flag("stable")
        if top.has("half_life_h") == (stable is True):
            top.complain("give half_life_h, or stable = true, and not both")
        bolus = top.table_of("bolus")
        parameters = _parameters(top, hours)
        rates, rate_names = _rates(top, hours, parameters)
        infusions = [_infusion(one, hours) for one in top.tables("infusion")]
        regions = top.table_of("regions")
        output = top.table_of("output")
        output.only({"times"})
        described: dict[str, Any] = {
            "name": top.text("name") or "compartment model",
            "compartments": top.names("compartments"),
            "sinks": top.names("sinks"),
            "bolus": {k: bolus.number(k, least=0) for k in bolus.keys()},  # noqa: SIM118
            "regions": {k: regions.names(k) for k in regions.keys()},  # noqa: SIM118
        }
        times = tuple(t * hours for t in output.numbers("times", least=0) or [])
        if len(described["compartments"]) + len(described["sinks"]) > MOST_COMPARTMENTS:
            top.complain(f"more than {MOST_COMPARTMENTS} compartments and sinks")
        for one in top.tables("data"):
            one.only(_DATA)
            one.due("of", "unit", "decay_corrected", "weights")
    with Complaints(KineticsError) as found:
        lam = 0.0 if half_life_h is None else lambda_from_half_life(half_life_h)
        model = CompartmentModel(
            rates_per_h=rates,
            infusions=tuple(i for i in infusions if i is not None),
            lambda_phys_per_h=lam,
            **described,
        )
        observations = []
        for one in Keys(data, found).tables("data"):
            with found.catching():
                if observation := _observation(one, hours, model, parameters, folder):
                    observations.append(observation)
    divided = {o.divide_by for o in observations}
    unused = [n for n in parameters if n not in rate_names.values() and n not in divided]
    free = [p.name for p in parameters.values() if not p.held]
    with Complaints(KineticsError) as found:
        for name in unused:
            found.add(KineticsError(f"parameter '{name}' is used by no transfer and no data"))
        if free and not observations:
            found.add(
                KineticsError(f"parameter '{free[0]}' is to be fitted, but there are no data; give its value")
            )
    return ModelFile(model, rate_names, parameters, tuple(observations), times, unit)


def _infusion(given: Keys, hours: float) -> Infusion | None:
    given.only({"compartment", "fraction", "duration"})
    given.due("compartment", "duration")
    where, duration = given.text("compartment"), given.number("duration", above=0)
    fraction = given.number("fraction", least=0) if given.has("fraction") else 1.0
    if where is None or duration is None or fraction is None:
        return None
    return Infusion(compartment=where, fraction=fraction, duration_h=duration * hours)


def _parameters(top: Keys, hours: float) -> dict[str, FreeParameter]:
    transfers, tables = top.table_of("transfers"), top.table_of("parameters")
    in_transfers = {v for v in transfers.table.values() if isinstance(v, str)}
    found = {}
    for name in tables.keys():  # noqa: SIM118
        given = tables.table_of(name)
        given.only({"value", "start", "min", "max", "unit"})
        if given.has("value") == given.has("start"):
            given.complain(
                f"parameter '{name}': give {{ start = ... }} to fit it or {{ value = ... }} to hold it"
            )
            continue
        given.text("unit")
        is_rate, held = name in in_transfers, given.has("value")
        scale = 1.0 / hours if is_rate else 1.0
        start = given.number("value", least=0) if held else given.number("start", above=0)
        low = given.number("min", above=0) if given.has("min") else (start or 1.0) * 1e-4
        high = given.number("max", above=0) if given.has("max") else (start or 1.0) * 1e4
        if start is None or low is None or high is None:
            continue
        if not held and not 0 < low <= start <= high:
            given.complain(f"parameter '{name}': 0 < min <= start <= max is needed")
        found[name] = FreeParameter(name, start * scale, low * scale, high * scale, held, is_rate)
    return found


def _rates(
    top: Keys, hours: float, parameters: dict[str, FreeParameter]
) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], str]]:
    rates: dict[tuple[str, str], float] = {}
    names: dict[tuple[str, str], str] = {}
    transfers = top.table_of("transfers")
    if not top.table.get("transfers"):
        top.complain('no transfers; write [transfers] with lines such as "central -> out" = 0.3')
    for text in transfers.keys():  # noqa: SIM118
        parts = [p.strip() for p in text.split("->")]
        if len(parts) != 2 or not all(parts):
            top.complain(f'{transfers.path(text)}: write "source -> target"')
            continue
        way = (parts[0], parts[1])
        if way in rates:
            top.complain(f"{transfers.path(text)}: this transfer occurs twice")
        if isinstance(transfers.table[text], str):
            name = transfers.text(text)
            if name in parameters:
                names[way], rates[way] = name, parameters[name].start
            elif name is not None and not top.table_of("parameters").has(name):
                top.complain(f"{transfers.path(text)}: parameter '{shown(name)}' isn't among [parameters]")
        else:
            rate = transfers.number(text, least=0)
            rates[way] = 0.0 if rate is None else rate / hours
    return rates, names


def _observation(
    data: Keys,
    hours: float,
    model: CompartmentModel,
    parameters: dict[str, FreeParameter],
    folder: Path | None,
) -> Observation | None:
    """The curve of one [[data]]; None where something is wrong that was told."""
    of, unit, weights = data.text("of"), data.text("unit"), data.text("weights", tuple(WEIGHTS))
    corrected, divide_by = data.flag("decay_corrected"), data.text("divide_by")
    name, file = data.text("name") or of, data.text("file")
    time, value, sd = data.numbers("time"), data.numbers("value"), data.numbers("sd", above=0)
    if of is None or unit is None or weights is None or corrected is None:
        return None
    model.index(of)
    above, below = split_concentration(unit)
    scales = {"%IA": 100.0, "%ID": 100.0, "IA": 1.0, "ID": 1.0}
    if above not in scales or (below is None) != (divide_by is None):
        raise KineticsError(
            f"{data.at}: unit '{unit}' {'with' if divide_by else 'without'} divide_by: units don't match; a"
            " content needs 'IA' or '%IA', or 'IA/L' or '%IA/L' with divide_by = a volume's parameter"
        )
    if divide_by is not None and divide_by not in parameters:
        raise KineticsError(f"{data.at}: divide_by '{divide_by}' isn't among [parameters]")
    if data.has("file"):
        if data.has("time") or data.has("value") or data.has("sd"):
            raise KineticsError(f"{data.at}: give file, or time and value, and not both")
        if file is None:
            return None
        path = Path(file)
        curve = read_curve(
            path if path.is_absolute() or folder is None else folder / path,
            unit=unit,
            decay_corrected=corrected,
            name=name,
            lambda_phys_per_h=model.lambda_phys_per_h,
        ).curve
        return Observation(curve, of, weights, scales[above], divide_by)
    for key in ("time", "value"):
        if not data.has(key):
            raise KineticsError(f"{data.at}: '{key}' is missing (or give file)")
    if time is None or value is None or sd is None:
        return None
    try:
        curve = Curve(
            time_h=np.array(time) * hours,
            value=np.array(value),
            sd=np.array(sd) if data.has("sd") else None,
            unit=unit,
            decay_corrected=corrected,
            name=str(name),
            lambda_phys_per_h=model.lambda_phys_per_h,
        )
    except KineticsError as error:
        raise KineticsError(*(f"{data.at}: {one}" for one in error.complaints)) from None
    return Observation(curve, of, weights, scales[above], divide_by)
