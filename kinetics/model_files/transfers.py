"""[transfers] and [parameters] of a model file: rates, and the parameters that some of them have."""

from __future__ import annotations

from collections.abc import Mapping

from kinetics.compartments.given import FreeParameter, Way
from kinetics.model_files.keys import Keys
from milligray.text_files import shown


def read_parameters(top: Keys, hours: float) -> dict[str, FreeParameter]:
    """[parameters]: what is fitted, with start and bounds, and what is held."""
    tables = top.table_of("parameters")
    transfers = [top.table_of("transfers")]
    daughters = top.table_of("daughter")
    transfers += [daughters.table_of(name).table_of("transfers") for name in _tables(daughters)]
    in_transfers = {v for one in transfers for v in one.table.values() if isinstance(v, str)}
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


def _tables(daughters: Keys) -> list[str]:
    """Daughters whose own transfers are a table."""
    return [
        name
        for name, own in daughters.table.items()
        if isinstance(own, dict) and isinstance(own.get("transfers"), dict)
    ]


def read_transfers(
    given: Keys, hours: float, parameters: Mapping[str, FreeParameter], *, needed: bool
) -> tuple[dict[Way, float], dict[Way, str]]:
    """[transfers] of a table: rates in 1/h, and the names of those that have one."""
    rates: dict[Way, float] = {}
    names: dict[Way, str] = {}
    transfers = given.table_of("transfers")
    if needed and not given.table.get("transfers"):
        given.complain(
            'no transfers; write [transfers] with lines such as "central -> out" = 0.3; or, for what stays'
            " where it is, [organs.liver] with fraction = 1.0 in place of a compartment and its bolus"
        )
    for text in transfers.keys():  # noqa: SIM118
        parts = [p.strip() for p in text.split("->")]
        if len(parts) != 2 or not all(parts):
            given.complain(f'{transfers.path(text)}: write "source -> target"')
            continue
        way = (parts[0], parts[1])
        if way in rates:
            given.complain(f"{transfers.path(text)}: this transfer occurs twice")
        if isinstance(transfers.table[text], str):
            name = transfers.text(text) or ""
            if name in parameters:
                names[way], rates[way] = name, parameters[name].start
            elif name and not _parameter_is_told(given, name):
                given.complain(f"{transfers.path(text)}: parameter '{shown(name)}' isn't among [parameters]")
        else:
            rate = transfers.number(text, least=0)
            rates[way] = 0.0 if rate is None else rate / hours
    return rates, names


def _parameter_is_told(given: Keys, name: str) -> bool:
    """Whether a parameter stands in the file, so that what is wrong with it was told."""
    return given.table_of("parameters").has(name)
