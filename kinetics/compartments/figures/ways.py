"""What a picture of a compartment model says: arrows with their rates, inputs, regions; also for Graphviz."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kinetics.compartments.model import CompartmentModel
from kinetics.curves.units import HOURS
from kinetics.errors import KineticsError
from kinetics.excretion.emptying import Emptying
from milligray.figures.styles import STYLES
from milligray.figures.text import one_line

#: Unit of time -> its hours, and how a rate in it is called.
UNITS = {"h": "per hour", "d": "per day", "min": "per minute"}


class Way(NamedTuple):
    """An arrow: from, to, what stands at it, and whether it is an emptying at times."""

    source: str
    target: str
    label: str
    emptied: bool = False


class Entry(NamedTuple):
    """What is put in: where, and how much."""

    target: str
    label: str


def number(value: float) -> str:
    """A rate as a picture has it, five digits at most.

    >>> number(0.012024048), number(12343.0), number(8.21e-05), number(24.000000000000004)
    ('0.012024', '12343', '8.21e-5', '24')
    """
    text = f"{value:.5g}"
    digits, _, power = text.partition("e")
    return f"{digits}e{int(power)}" if power else digits


def ways(model: CompartmentModel, per: str, names: Mapping[tuple[str, str], str]) -> list[Way]:
    """The arrows of a model: transfers, then emptyings.

    Raises
    ------
    KineticsError : an unknown unit of time.
    """
    if per not in UNITS:
        raise KineticsError(f"rates per '{per}'; one of these is needed: {', '.join(UNITS)}")
    hours = HOURS[per]
    found = []
    for (source, target), rate in model.rates_per_h.items():
        value = number(rate * hours)
        name = names.get((source, target))
        found.append(Way(source, target, f"{one_line(name)} = {value}" if name else value))
    return found + [Way(a, b, emptied(e), emptied=True) for a, (b, e) in model.emptyings.items()]


def emptied(emptying: Emptying) -> str:
    """When something is emptied, in words.

    >>> emptied(Emptying(every_h=3.5)), emptied(Emptying(times_h=(1, 3), every_h=4, residual=0.1))
    ('emptied every 3.5 h', 'emptied at 1, 3 h, then every 4 h; 10 % stays')
    >>> emptied(Emptying(times_h=tuple(range(1, 9))))
    'emptied 8 times until 8 h'
    """
    listed, every = emptying.listed_h, emptying.every_h
    if listed == (every,):
        text = f"every {every:g} h"
    elif len(listed) > 4:
        text = f"{len(listed)} times until {listed[-1]:g} h"
    else:
        text = f"at {', '.join(f'{t:g}' for t in listed)} h"
    if every is not None and listed != (every,):
        text += f", then every {every:g} h"
    stays = f"; {100 * emptying.residual:g} % stays" if emptying.residual else ""
    return f"emptied {text}{stays}"


def entries(model: CompartmentModel) -> list[Entry]:
    """The inputs of a model, shares of what is administered."""
    found = [Entry(where, f"{share:.4g} at once") for where, share in model.bolus.items() if share > 0]
    for one in model.infusions:
        after = f" from {one.begin_h:.4g} h" if one.begin_h else ""
        found.append(Entry(one.compartment, f"{one.fraction:.4g} over {one.duration_h:.4g} h{after}"))
    return found


def regions_of(model: CompartmentModel) -> dict[str, list[str]]:
    """Compartment or sink -> the regions that it is in."""
    return {name: [r for r, members in model.regions.items() if name in members] for name in model.states}


def pale(colour: str, share: float = 0.28) -> str:
    """A colour mixed with white, so that black letters stand on it.

    >>> pale("#000000", 0.2)
    '#cccccc'
    """
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - share * (255 - part)):02x}" for part in parts)


def model_dot(
    model: CompartmentModel, *, per: str = "h", rate_names: Mapping[tuple[str, str], str] | None = None
) -> str:
    """A compartment model as Graphviz text: ``dot -Tsvg model.dot``.

    Parameters
    ----------
    model : the model; compartments are boxes, coloured by region, sinks have a dashed edge.
    per : "h", "d" or "min": unit of time of the rates.
    rate_names : (source, target) -> name of a rate, e.g. ``rate_names`` of a model file.

    Raises
    ------
    KineticsError : an unknown unit of time.

    Examples
    --------
    >>> from kinetics import CompartmentModel
    >>> model = CompartmentModel(
    ...     compartments=("blood",), sinks=("urine",), bolus={"blood": 1.0}, lambda_phys_per_h=0.01,
    ...     rates_per_h={("blood", "urine"): 0.25},
    ... )
    >>> print(model_dot(model, per="d").splitlines()[-2].strip())
    n0 -> n1 [label="6"];
    """
    node = {name: f"n{i}" for i, name in enumerate(model.states)}
    colour = {region: STYLES[i % len(STYLES)].colour for i, region in enumerate(model.regions)}
    inside = regions_of(model)
    title = f"{model.name} (rates {UNITS.get(per, per)})"
    lines = [
        "digraph model {",
        f"  label={_quoted(title)}; labelloc=t; fontname=Helvetica;",
        '  node [shape=box, style="rounded,filled", fillcolor=white, fontname=Helvetica];',
        "  edge [fontname=Helvetica, fontsize=10];",
    ]
    for name in model.states:
        own = inside[name]
        what = [f"label={_quoted(name)}"]
        if own:
            what.append(f'fillcolor="{":".join(dict.fromkeys(pale(colour[r]) for r in own))}"')
            what.append(f"tooltip={_quoted('region ' + ', '.join(own))}")
        if name in model.sinks:
            what.append('style="dashed,filled"')
        lines.append(f"  {node[name]} [{', '.join(what)}];")
    if model.sinks:
        lines.append(f"  {{ rank=sink; {' '.join(f'{node[s]};' for s in model.sinks)} }}")
    for i, entry in enumerate(entries(model)):
        lines.append(f"  in{i} [shape=plaintext, style=solid, label={_quoted(entry.label)}];")
        lines.append(f"  in{i} -> {node[entry.target]};")
    for way in ways(model, per, rate_names or {}):
        dashed = ", style=dashed" if way.emptied else ""
        lines.append(f"  {node[way.source]} -> {node[way.target]} [label={_quoted(way.label)}{dashed}];")
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    r"""A string of the DOT language: quotes escaped, and backslashes (\N would be the node's name).

    >>> _quoted('a "b" \\N')
    '"a \\"b\\" \\\\N"'
    """
    escaped = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
