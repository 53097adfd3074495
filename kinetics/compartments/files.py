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

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kinetics.compartments.model import CompartmentModel, Infusion
from kinetics.curves.curve import Curve
from kinetics.curves.decay import lambda_from_half_life
from kinetics.curves.units import split_concentration
from kinetics.errors import KineticsError

_HOURS = {"h": 1.0, "d": 24.0, "min": 1.0 / 60.0}
_TOP = {
    "name", "time_unit", "half_life_h", "stable", "compartments", "sinks", "bolus", "infusion", "transfers",
    "parameters", "regions", "data", "output",
}  # fmt: skip
_DATA = {"of", "unit", "decay_corrected", "weights", "divide_by", "time", "value", "sd", "file", "name"}


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
    KineticsError : the file can't be read, isn't TOML, or holds what the model can't be; the message names
        it.

    Examples
    --------
    >>> given = read_model("examples/compartments/two-compartments.toml")
    >>> given.model.compartments, len(given.observations)
    (('central', 'peripheral'), 1)
    """
    import tomllib

    file = Path(path)
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise KineticsError(f"{file}: can't be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KineticsError(f"{file}: not TOML: {error}") from None
    try:
        return parse_model(data, folder=file.parent)
    except KineticsError as error:
        raise KineticsError(f"{file}: {error}") from None


def parse_model(data: dict[str, Any], *, folder: Path | None = None) -> ModelFile:
    """The model of a parsed file; ``folder`` is where data files are looked for.

    Raises
    ------
    KineticsError : an unknown or missing key, a value that is not allowed; the message names it.

    Examples
    --------
    >>> parse_model({
    ...     "time_unit": "d", "stable": True, "compartments": ["blood"], "sinks": ["out"],
    ...     "bolus": {"blood": 1}, "transfers": {"blood -> out": 2.4},
    ... }).model.rates_per_h
    {('blood', 'out'): 0.09999999999999999}
    """
    _only(data, _TOP, "the model")
    unit = data.get("time_unit")
    if unit not in _HOURS:
        raise KineticsError(f"time_unit is {unit!r}; 'h', 'd' or 'min' is needed")
    hours = _HOURS[unit]
    if ("half_life_h" in data) == bool(data.get("stable", False)):
        raise KineticsError("give half_life_h, or stable = true")
    lam = 0.0 if data.get("stable") else lambda_from_half_life(_number(data["half_life_h"], "half_life_h"))
    parameters = _parameters(data, hours)
    rates, rate_names = _rates(data, hours, parameters)
    model = CompartmentModel(
        name=str(data.get("name", "compartment model")),
        compartments=_names(data, "compartments"),
        sinks=_names(data, "sinks"),
        rates_per_h=rates,
        bolus={k: _number(v, f"bolus of '{k}'") for k, v in data.get("bolus", {}).items()},
        infusions=tuple(
            Infusion(
                compartment=str(i.get("compartment")),
                fraction=_number(i.get("fraction", 1.0), "infusion: fraction"),
                duration_h=_number(i.get("duration"), "infusion: duration") * hours,
            )
            for i in data.get("infusion", [])
        ),
        regions={k: tuple(v) for k, v in data.get("regions", {}).items()},
        lambda_phys_per_h=lam,
    )
    observations = tuple(
        _observation(d, i, hours, model, parameters, folder) for i, d in enumerate(data.get("data", []), 1)
    )
    divided = {o.divide_by for o in observations}
    unused = [n for n in parameters if n not in rate_names.values() and n not in divided]
    if unused:
        raise KineticsError(f"parameter '{unused[0]}' is used by no transfer and no data")
    if any(not p.held for p in parameters.values()) and not observations:
        free = next(p.name for p in parameters.values() if not p.held)
        raise KineticsError(f"parameter '{free}' is to be fitted, but there are no data; give its value")
    times = tuple(_number(t, "output: times") * hours for t in data.get("output", {}).get("times", []))
    return ModelFile(model, rate_names, parameters, observations, times, unit)


def _only(data: dict[str, Any], allowed: set[str], where: str) -> None:
    unknown = [k for k in data if k not in allowed]
    if unknown:
        raise KineticsError(f"unknown key '{unknown[0]}' in {where}; allowed: {', '.join(sorted(allowed))}")


def _number(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise KineticsError(f"{what} is {value!r}; a number is needed")
    return float(value)


def _names(data: dict[str, Any], key: str) -> tuple[str, ...]:
    names = data.get(key, [])
    if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
        raise KineticsError(f"'{key}' must be a list of names")
    return tuple(names)


def _parameters(data: dict[str, Any], hours: float) -> dict[str, FreeParameter]:
    in_transfers = {v for v in data.get("transfers", {}).values() if isinstance(v, str)}
    found = {}
    for name, given in data.get("parameters", {}).items():
        if not isinstance(given, dict) or ("value" in given) == ("start" in given):
            raise KineticsError(
                f"parameter '{name}': give {{ start = ... }} to fit it or {{ value = ... }} to hold it"
            )
        _only(given, {"value", "start", "min", "max", "unit"}, f"parameter '{name}'")
        is_rate = name in in_transfers
        scale = 1.0 / hours if is_rate else 1.0
        start = _number(given.get("value", given.get("start")), f"parameter '{name}'") * scale
        low = _number(given.get("min", start / scale * 1e-4), f"parameter '{name}': min") * scale
        high = _number(given.get("max", start / scale * 1e4), f"parameter '{name}': max") * scale
        if "value" not in given and not 0 < low <= start <= high:
            raise KineticsError(f"parameter '{name}': 0 < min <= start <= max is needed")
        if start < 0:
            raise KineticsError(f"parameter '{name}' is {start:g}; 0 or above is needed")
        found[name] = FreeParameter(name, start, low, high, "value" in given, is_rate)
    return found


def _rates(
    data: dict[str, Any], hours: float, parameters: dict[str, FreeParameter]
) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], str]]:
    rates: dict[tuple[str, str], float] = {}
    names: dict[tuple[str, str], str] = {}
    transfers = data.get("transfers", {})
    if not transfers:
        raise KineticsError('no transfers; write [transfers] with lines such as "central -> out" = 0.3')
    for text, value in transfers.items():
        parts = [p.strip() for p in text.split("->")]
        if len(parts) != 2 or not all(parts):
            raise KineticsError(f"transfer '{text}': write \"source -> target\"")
        way = (parts[0], parts[1])
        if way in rates:
            raise KineticsError(f"transfer '{text}' occurs twice")
        if isinstance(value, str):
            if value not in parameters:
                raise KineticsError(f"transfer '{text}': parameter '{value}' isn't among [parameters]")
            names[way] = value
            rates[way] = parameters[value].start
        else:
            rates[way] = _number(value, f"rate of '{text}'") / hours
    return rates, names


def _observation(
    data: dict[str, Any],
    number: int,
    hours: float,
    model: CompartmentModel,
    parameters: dict[str, FreeParameter],
    folder: Path | None,
) -> Observation:
    where = f"data {number}"
    _only(data, _DATA, where)
    for key in ("of", "unit", "decay_corrected", "weights"):
        if key not in data:
            raise KineticsError(f"{where}: '{key}' is missing")
    of, unit, divide_by = str(data["of"]), str(data["unit"]), data.get("divide_by")
    model.index(of)
    above, below = split_concentration(unit)
    scales = {"%IA": 100.0, "%ID": 100.0, "IA": 1.0, "ID": 1.0}
    if above not in scales or (below is None) != (divide_by is None):
        raise KineticsError(
            f"{where}: unit '{unit}' {'with' if divide_by else 'without'} divide_by: units don't match; 'IA'"
            " or '%IA' is needed for a content, and 'IA/L' or '%IA/L' with divide_by = a volume's parameter"
        )
    if divide_by is not None and divide_by not in parameters:
        raise KineticsError(f"{where}: divide_by '{divide_by}' isn't among [parameters]")
    name = str(data.get("name", of))
    if "file" in data:
        from kinetics.curves.files import read_curve

        path = Path(data["file"])
        curve = read_curve(
            path if path.is_absolute() or folder is None else folder / path,
            unit=unit,
            decay_corrected=data["decay_corrected"],
            name=name,
            lambda_phys_per_h=model.lambda_phys_per_h,
        ).curve
    else:
        for key in ("time", "value"):
            if key not in data:
                raise KineticsError(f"{where}: '{key}' is missing (or give file)")
        curve = Curve(
            time_h=np.array([_number(t, f"{where}: time") * hours for t in data["time"]]),
            value=data["value"],
            sd=data.get("sd"),
            unit=unit,
            decay_corrected=data["decay_corrected"],
            name=name,
            lambda_phys_per_h=model.lambda_phys_per_h,
        )
    return Observation(curve, of, str(data["weights"]), scales[above], divide_by)
