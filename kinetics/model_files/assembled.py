"""What a model file's tables make together: compartments, rates, the decay constant, and what must hold."""

from __future__ import annotations

import math

from kinetics.compartments.given import Decay, FreeParameter, Observation, Way
from kinetics.compartments.model import CompartmentModel
from kinetics.curves.decay import lambda_from_half_life
from kinetics.errors import KineticsError
from kinetics.model_files.chain_keys import Followed
from kinetics.model_files.keys import Keys
from kinetics.model_files.parts import Parts, add_organs, add_tract, read_source_regions
from kinetics.model_files.transfers import read_transfers
from milligray.errors import Complaints
from milligray.text_files import shown

#: Half-lives of a file and of its nuclide may differ by so much, as printed ones do.
SAME_HALF_LIFE = 0.01


def decay_constant(top: Keys, decay: Decay | None) -> float | None:
    """The decay constant: of a nuclide whose decay is given, of the file's half-life; None: stable."""
    half_life_h, stable, nuclide = top.number("half_life_h", above=0), top.flag("stable"), top.text("nuclide")
    given = None if half_life_h is None else lambda_from_half_life(half_life_h)
    if decay is not None:
        known = decay.lambda_per_h[decay.nuclide]
        if stable:
            top.complain(f"stable = true, but a dose of {decay.nuclide} is asked for")
        if given is not None and abs(given / known - 1) > SAME_HALF_LIFE:
            top.complain(
                f"half_life_h is {half_life_h:g}, but {decay.nuclide} has {math.log(2.0) / known:.5g} h"
            )
        return known
    if nuclide is not None and not top.has("half_life_h") and stable is not True:
        top.complain(
            f"nuclide is '{shown(nuclide)}', whose half-life isn't known here: give decay=, or half_life_h"
        )
    elif top.has("half_life_h") == (stable is True):
        top.complain("give half_life_h, or stable = true, or a nuclide")
    return given


def gathered(top: Keys, hours: float, parameters: dict[str, FreeParameter]) -> tuple[Parts, dict[Way, str]]:
    """Compartments, rates and inputs of all tables of the file."""
    bolus, regions = top.table_of("bolus"), top.table_of("regions")
    parts = Parts(list(top.names("compartments")), list(top.names("sinks")))
    needed = not top.has("organs") and not top.has("tract")
    parts.rates, rate_names = read_transfers(top, hours, parameters, needed=needed)
    parts.bolus = {k: v for k in bolus.keys() if (v := bolus.number(k, least=0)) is not None}  # noqa: SIM118
    parts.regions = {k: regions.names(k) for k in regions.keys()}  # noqa: SIM118
    add_organs(top.table_of("organs"), hours, parts)
    add_tract(top.table_of("tract"), parts)
    own = read_source_regions(top.table_of("source_regions"), parts.regions)
    parts.source_regions = {**parts.source_regions, **own}
    return parts, rate_names


def check_entered(top: Keys, model: CompartmentModel, chain: Followed, parts: Parts) -> None:
    """Complain of compartments that nothing enters, but for those of the tract before where it is entered."""
    entered = {*model.bolus, *(i.compartment for i in model.infusions), *parts.of_tract}
    rates = [model.rates_per_h]
    emptied = [model.emptyings]
    for daughter in () if chain.chain is None else chain.chain.daughters:
        entered |= {*daughter.bolus, *daughter.born.values()}
        rates.append(daughter.rates_per_h)
        emptied.append(daughter.emptyings)
    for one in rates:
        entered |= {target for _, target in one}
    for each in emptied:
        entered |= {target for target, _ in each.values()}
    for name in model.compartments:
        if name not in entered:
            top.complain(f"compartment '{name}': no transfer, bolus, infusion or emptying leads into it")


def check_parameters(
    parameters: dict[str, FreeParameter],
    rate_names: dict[Way, str],
    chain: Followed,
    observations: list[Observation],
) -> None:
    """Each parameter is used, and what is to be fitted has data; KineticsError otherwise."""
    used = {o.divide_by for o in observations} | set(rate_names.values())
    for names in chain.rate_names.values():
        used |= set(names.values())
    free = [p.name for p in parameters.values() if not p.held]
    with Complaints(KineticsError) as found:
        for name in (n for n in parameters if n not in used):
            found.add(KineticsError(f"parameter '{name}' is used by no transfer and no data"))
        if free and not observations:
            found.add(
                KineticsError(f"parameter '{free[0]}' is to be fitted, but there are no data; give its value")
            )
