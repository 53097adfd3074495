"""What a compartment model can't be: unknown names, negative rates, no input, what is never lost."""

from __future__ import annotations

import difflib
import math
from typing import TYPE_CHECKING

from kinetics.curves.decay import check_lambda
from kinetics.errors import KineticsError
from milligray.errors import Complaints

if TYPE_CHECKING:
    from kinetics.compartments.chain import ChainMember
    from kinetics.compartments.model import CompartmentModel

#: Inputs may sum to so much above 1: fractions that were rounded.
ROUNDING = 1e-3
#: What every model has beside its compartments and regions.
WHOLE_BODY = "whole body"


def known(model: str, name: str, allowed: tuple[str, ...], where: str) -> None:
    """Nothing, where a name is one of those allowed.

    Raises
    ------
    KineticsError : it isn't; with near names.
    """
    if name not in allowed:
        near = difflib.get_close_matches(name, allowed, n=3, cutoff=0.5)
        hint = f"near names: {', '.join(near)}" if near else f"there are: {', '.join(allowed)}"
        raise KineticsError(f"{model}: unknown compartment '{name}' in {where}; {hint}")


def check_model(model: CompartmentModel) -> None:
    """Nothing, where a model can be; KineticsError with all its mistakes otherwise."""
    check_lambda(model.lambda_phys_per_h)
    every = (*model.compartments, *model.sinks)
    with Complaints(KineticsError) as found:
        twice = sorted({n for n in every if every.count(n) > 1})
        for name in twice:
            found.add(KineticsError(f"{model.name}: '{name}' is listed twice among compartments and sinks"))
        if not model.compartments:
            found.add(KineticsError(f"{model.name}: no compartments"))
        for way, rate in model.rates_per_h.items():
            with found.catching():
                _check_rate(model, way, rate)
        with found.catching():
            _check_input(model)
        if WHOLE_BODY in (*every, *model.regions):
            found.add(
                KineticsError(f"{model.name}: '{WHOLE_BODY}' is all compartments together; take another name")
            )
        for region, members in model.regions.items():
            if region in every and tuple(members) != (region,):  # of itself alone it is the same
                found.add(KineticsError(f"{model.name}: '{region}' is a region and a compartment or sink"))
            for member in dict.fromkeys(m for m in members if members.count(m) > 1):
                found.add(KineticsError(f"{model.name}: '{member}' is twice in region '{region}'"))
            for member in members:
                with found.catching():
                    known(model.name, member, every, f"region '{region}'")
        for source, (target, _) in model.emptyings.items():
            with found.catching():
                known(model.name, source, model.compartments, f"what is emptied ('{source}')")
                known(model.name, target, every, f"emptying of '{source}'")
                if source == target:
                    raise KineticsError(f"{model.name}: '{source}' is emptied into itself")
    trapped = model.never_excreted()
    if trapped and model.lambda_phys_per_h == 0:
        raise KineticsError(
            f"{model.name}: what reaches {', '.join(trapped)} is never excreted and doesn't decay, so its"
            " time-integral is infinite; add a way to a sink, or give the half-life"
        )


def check_member(parent: CompartmentModel, member: ChainMember) -> None:
    """Nothing, where a daughter fits a model's compartments; KineticsError with all mistakes otherwise."""
    where, every = f"{parent.name}, {member.name}", (*parent.compartments, *parent.sinks)
    with Complaints(KineticsError) as found:
        if not (math.isfinite(member.lambda_per_h) and member.lambda_per_h > 0):
            found.add(
                KineticsError(f"{where}: a decay constant of {member.lambda_per_h:g}; above 0 is needed")
            )
        for way, rate in member.rates_per_h.items():
            with found.catching():
                _check_rate(parent, way, rate)
        for names, what in (
            ((*member.born, *member.born.values()), "where it is born"),
            (tuple(target for target, _ in member.emptyings.values()), "what is emptied"),
        ):
            for name in names:
                with found.catching():
                    known(where, name, every, what)
        for inside, what in ((member.bolus, "the input"), (member.emptyings, "what is emptied")):
            for name in inside:
                with found.catching():
                    known(where, name, parent.compartments, what)
        for source, (target, _) in member.emptyings.items():
            if source == target:
                found.add(KineticsError(f"{where}: '{source}' is emptied into itself"))
        for place, other in member.born.items():
            if place in parent.sinks and other in parent.compartments:
                found.add(
                    KineticsError(f"{where}: born in '{other}' of what is in '{place}'; excreta stay out")
                )
        for name, activity in member.bolus.items():
            if not (math.isfinite(activity) and activity >= 0):
                found.add(KineticsError(f"{where}: input to '{name}' is {activity:g}; 0 or above is needed"))


def _check_rate(model: CompartmentModel, way: tuple[str, str], rate: float) -> None:
    source, target = way
    for end in way:
        known(model.name, end, (*model.compartments, *model.sinks), f"transfer '{source} -> {target}'")
    if source in model.sinks:
        raise KineticsError(f"{model.name}: transfer '{source} -> {target}' leaves a sink; excreta stay out")
    if source == target:
        raise KineticsError(f"{model.name}: transfer '{source} -> {target}' goes nowhere")
    if not (math.isfinite(rate) and rate >= 0):
        raise KineticsError(f"{model.name}: rate of '{source} -> {target}' is {rate:g}; 0 or above is needed")


def _check_input(model: CompartmentModel) -> None:
    total = 0.0
    infused = ((i.compartment, i.fraction) for i in model.infusions)
    for where, fraction in (*model.bolus.items(), *infused):
        known(model.name, where, model.compartments, "the input")
        if not (math.isfinite(fraction) and fraction >= 0):
            raise KineticsError(f"{model.name}: input to '{where}' is {fraction:g}; 0 or above is needed")
        total += fraction
    if not total > 0:
        raise KineticsError(f"{model.name}: nothing is put in; give a bolus or an infusion")
    if total > 1.0 + ROUNDING:
        hundred = "; 1 is all of it, not 100" if abs(total - 100.0) < 1.0 else ""
        raise KineticsError(
            f"{model.name}: {total:g} times the administered activity is put in, bolus and infusions"
            f" together: fractions are needed, of 1 at most (per cent, or MBq?){hundred}"
        )
    for infusion in model.infusions:
        if not infusion.duration_h > 0:
            raise KineticsError(
                f"{model.name}: infusion over {infusion.duration_h:g} h; a duration above 0 is needed"
            )
        if not infusion.begin_h >= 0:
            raise KineticsError(
                f"{model.name}: infusion from {infusion.begin_h:g} h on; 0 or later is needed"
            )
