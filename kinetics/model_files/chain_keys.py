"""[chain] and [daughter.X] of a model file: which daughters are followed, and by which rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kinetics.compartments.chain import ChainMember, ChainModel
from kinetics.compartments.given import Decay, FreeParameter, Shares, Way
from kinetics.compartments.model import CompartmentModel
from kinetics.errors import KineticsError
from kinetics.model_files.keys import Keys
from kinetics.model_files.parts import emptyings, read_source_regions
from kinetics.model_files.transfers import read_transfers
from milligray.text_files import shown

#: What a daughter without a table of its own does.
IN_PLACE, AS_PARENT = "decay in place", "as the parent"
#: Words of ``chain.daughters`` beside a list.
NONE, ALL = "none", "all"
#: What a daughter's remainder is without: its own named regions, or its parent's.
REMAINDERS = ("own", "parent")
_OWN = {"transfers", "emptying", "born", "bolus", "source_regions"}


@dataclass(frozen=True)
class Followed:
    """The chain of a file, with what belongs to its daughters alone."""

    chain: ChainModel | None = None
    rate_names: Mapping[str, Mapping[Way, str]] = field(default_factory=dict)
    regions: Mapping[str, Mapping[str, Shares]] = field(default_factory=dict)
    shared_remainder: bool = False


def followed(
    top: Keys,
    hours: float,
    model: CompartmentModel,
    rate_names: Mapping[Way, str],
    parameters: Mapping[str, FreeParameter],
    decay: Decay | None,
) -> Followed:
    """The chain that a file asks for; nothing where it asks for none."""
    chain, tables = top.table_of("chain"), top.table_of("daughter")
    chain.only({"daughters", "without_own", "remainder"})
    wanted = _wanted(chain)
    remainder = chain.text("remainder", REMAINDERS) or "own"
    if wanted == NONE:
        if tables.table:
            top.complain('[daughter] without [chain] daughters = "all", or a list of them')
        return Followed()
    if decay is None:
        top.complain(
            "[chain] needs a nuclide: give its name in the file or at the prompt, or decay= in Python"
        )
        return Followed()
    names = decay.daughters if wanted == ALL else tuple(wanted)
    for name in (n for n in names if n not in decay.daughters):
        there = ", ".join(decay.daughters) or "none"
        chain.complain(f"chain.daughters: {decay.nuclide} has no daughter '{shown(name)}'; it has: {there}")
    ordered = tuple(n for n in decay.daughters if n in names)
    own = {name: key for name in ordered if (key := _own_table(tables, name)) is not None}
    for key in tables.keys():  # noqa: SIM118
        if key not in own.values():
            among = f"there are: {', '.join(ordered) or 'none'}"
            tables.complain(f"{tables.path(key)}: no such daughter is followed; {among}")
    bare = [n for n in ordered if n not in own]
    rule = chain.text("without_own", (IN_PLACE, AS_PARENT))
    if bare and rule is None and not chain.has("without_own"):
        chain.complain(
            f"chain.without_own is missing: do {', '.join(bare)}, which have no [daughter] table,"
            f" '{IN_PLACE}' or go '{AS_PARENT}'?"
        )
    found, names_of, regions_of = [], {}, {}
    for name in ordered:
        if name in own:
            given = tables.table_of(own[name])
            given.only(_OWN)
            if given.table.get("transfers") == AS_PARENT:
                rates, used = dict(model.rates_per_h), dict(rate_names)
            else:
                rates, used = read_transfers(given, hours, parameters, needed=False)
            born, bolus = given.table_of("born"), given.table_of("bolus")
            pairs = {k: born.text(k) for k in born.keys()}  # noqa: SIM118
            amounts = {k: bolus.number(k, least=0) for k in bolus.keys()}  # noqa: SIM118
            emptied = emptyings(given.table_of("emptying"), hours)
            member = ChainMember(
                name=name, lambda_per_h=decay.lambda_per_h[name], rates_per_h=rates,
                emptyings=emptied if given.has("emptying") else model.emptyings,
                born={k: v for k, v in pairs.items() if v is not None},
                bolus={k: v for k, v in amounts.items() if v is not None},
            )  # fmt: skip
            regions_of[name] = read_source_regions(given.table_of("source_regions"), model.regions)
            for where in regions_of[name]:
                if where not in model.compartments:
                    at = given.table_of("source_regions").at
                    given.complain(f"{at}: '{shown(where)}' is neither a compartment nor a region")
            for where in given.table_of("emptying").keys():  # noqa: SIM118
                if {"volume_mL", "flow_mL_per_h"} & set(given.table_of("emptying").table_of(where).table):
                    given.complain(
                        f"{given.at}.emptying.{where}: the volume of contents is the parent's alone"
                    )
            names_of[name] = used
        else:
            moves = rule == AS_PARENT
            member = ChainMember(
                name=name, lambda_per_h=decay.lambda_per_h[name], emptyings=model.emptyings,
                rates_per_h=dict(model.rates_per_h) if moves else {},
            )  # fmt: skip
            names_of[name] = dict(rate_names) if moves else {}
        found.append(member)
    if top.complaints:
        return Followed()
    within = (decay.nuclide, *ordered)
    branching = {
        way: share for way, share in decay.branching.items() if way[0] in within and way[1] in within
    }
    lost = [n for n in ordered if n not in {b for _, b in branching}]
    if lost:
        sources = [a for (a, b) in decay.branching if b == lost[0]]
        raise KineticsError(
            f"chain.daughters: {lost[0]} comes from {', '.join(sources)}, which isn't among them"
        )
    made = ChainModel(parent=model, nuclide=decay.nuclide, daughters=tuple(found), branching=branching)
    return Followed(made, names_of, regions_of, remainder == "parent")


def _wanted(chain: Keys) -> str | tuple[str, ...]:
    value = chain.table.get("daughters", NONE)
    if isinstance(value, str):
        return chain.text("daughters", (NONE, ALL)) or NONE
    return chain.names("daughters") or NONE


def _own_table(tables: Keys, nuclide: str) -> str | None:
    """The key of a daughter's table: its name, or its element's."""
    return next((k for k in (nuclide, nuclide.split("-")[0]) if tables.has(k)), None)
