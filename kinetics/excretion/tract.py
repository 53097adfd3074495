"""The alimentary tract as a chain of compartments: ICRP 30, ICRP 100; TIACs in closed form.

Contents go one way, from the mouth or the stomach to the faeces, so the TIACs of the compartments follow one
from another without solving anything: each is what comes in over all that goes out. The numbers, with their
sources, are in kinetics/excretion/tract.toml.
"""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from kinetics.curves.decay import check_lambda
from kinetics.errors import KineticsError
from milligray.errors import Complaints

STOMACH, SMALL_INTESTINE = "stomach contents", "small intestine contents"
#: Where the tract ends.
FAECES = "Faeces"
HOURS_PER_DAY = 24.0


@dataclass(frozen=True, kw_only=True)
class Tract:
    """An alimentary tract, as :func:`tract` makes it.

    name : the model and the age, e.g. "ICRP 100, adult".
    compartments : their names, in the order of flow.
    sink : where the last one empties into.
    rates_per_h : (source, target) -> 1/h; the target of absorption is no compartment of the tract.
    absorbed_into, f1 : where what is absorbed goes, and the share of what enters the small intestine that is
        absorbed there (of a stable label); None: nothing is absorbed.
    citation : where the rates come from.

    Examples
    --------
    >>> gut = tract("ICRP 30")
    >>> gut.compartments[1:3], gut.rates_per_h["small intestine contents", "upper large intestine contents"]
    (('small intestine contents', 'upper large intestine contents'), 0.25)
    """

    name: str
    compartments: tuple[str, ...]
    rates_per_h: Mapping[tuple[str, str], float]
    sink: str = FAECES
    absorbed_into: str | None = None
    f1: float | None = None
    citation: str = ""

    def after(self, compartment: str) -> tuple[str, ...]:
        """The compartments that something gets into which enters at one of them, that one first.

        Raises
        ------
        KineticsError : there is no such compartment; the message lists those there are.
        """
        if compartment not in self.compartments:
            near = difflib.get_close_matches(compartment, self.compartments, n=2, cutoff=0.5)
            hint = f"near names: {', '.join(near)}" if near else f"there are: {', '.join(self.compartments)}"
            raise KineticsError(f"the tract '{self.name}' has no compartment '{compartment}'; {hint}")
        reached = [compartment]
        for source, target in self.rates_per_h:
            if source in reached and target in self.compartments and target not in reached:
                reached.append(target)
        return tuple(reached)


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads((files("kinetics.excretion") / "tract.toml").read_text(encoding="utf-8"))


def tract(
    model: str,
    *,
    age: str = "adult",
    sex: str | None = None,
    f1: float | None = None,
    absorbed_into: str | None = None,
    from_mouth: bool = False,
    transit_h: Mapping[str, float] | None = None,
) -> Tract:
    """An alimentary tract: its compartments and their transfer rates.

    Parameters
    ----------
    model : "ICRP 30" (stomach, small intestine, upper and lower large intestine; the same rates at all ages)
        or "ICRP 100" (stomach, small intestine, right colon, left colon, rectosigmoid; total diet).
    age : "3 months", "1 year", "5 years", "10 years", "15 years" or "adult".
    sex : "male" or "female"; None: not said. The ICRP takes the adult male's rates of ICRP 100 for both sexes
        (OIR and EIR series); values of its own for the adult female are not at hand, so "female" is refused
        there unless ``transit_h`` has all colon's parts.
    f1 : share of what enters the small intestine that is absorbed there, 0 to 1: at a rate of
        f1 k/(1 - f1), k the rate into the large intestine. 1: all of it, at once, so that the stomach empties
        into ``absorbed_into`` and the tract ends there.
    absorbed_into : the compartment that it goes into; with ``f1``.
    from_mouth : whether mouth and oesophagus stand before the stomach ("ICRP 100").
    transit_h : compartment -> mean time in it, h, in place of the model's: 1/rate of the way on.

    Raises
    ------
    KineticsError : an unknown model, age, sex or compartment; f1 outside of 0 to 1, or without
        ``absorbed_into``; a time that is not above 0. All of them.

    Examples
    --------
    >>> hatm = tract("ICRP 100", age="1 year", f1=0.002, absorbed_into="Blood")
    >>> hatm.compartments[2:]
    ('right colon contents', 'left colon contents', 'rectosigmoid contents')
    >>> round(24 * hatm.rates_per_h["small intestine contents", "Blood"], 6)
    0.012024
    """
    transit = dict(transit_h or {})
    with Complaints(KineticsError) as found:
        table = _tables().get(model)
        if table is None:
            raise KineticsError(
                f"'{model}' is no model of the alimentary tract; there are: {_listed(_tables())}"
            )
        if age not in table["ages"]:
            youngest = "; the youngest is '3 months'" if "new" in str(age).lower() else ""
            found.add(KineticsError(f"age '{age}': allowed: {_listed(table['ages'])}{youngest}"))
        ways = {**(table.get("from_mouth_per_d", {}) if from_mouth else {}), **table["rates_per_d"]}
        names = list(dict.fromkeys(way.split(" -> ")[0] for way in ways))
        found_rates = _per_h(ways, table["ages"].index(age) if age in table["ages"] else 0)
        if from_mouth and "from_mouth_per_d" not in table:
            found.add(KineticsError(f"the model '{model}' begins with the stomach: it has no mouth"))
        with found.catching():
            _check_sex(
                model, sex, table["sexes"], [n for n in names if "colon" in n or "sigmoid" in n], transit
            )
        for name, hours in transit.items():
            with found.catching():
                found_rates = _with_transit(found_rates, model, name, hours)
        with found.catching():
            names = _absorbing(names, found_rates, f1, absorbed_into)
    return Tract(
        name=f"{model}, {age}" + (", own transit times" if transit else ""),
        compartments=tuple(names),
        rates_per_h=found_rates,
        absorbed_into=absorbed_into,
        f1=f1,
        citation=table["citation"],
    )


def _listed(words: Any) -> str:
    return ", ".join(f"'{w}'" for w in words)


def _per_h(ways: Mapping[str, float | list[float]], column: int) -> dict[tuple[str, str], float]:
    """(source, target) -> rate in 1/h, at one of the ages."""
    found = {}
    for way, per_d in ways.items():
        source, target = way.split(" -> ")
        found[source, target] = (per_d[column] if isinstance(per_d, list) else per_d) / HOURS_PER_DAY
    return found


def _check_sex(
    model: str, sex: str | None, known: list[str], colon: list[str], transit: Mapping[str, float]
) -> None:
    if sex not in (None, "male", "female"):
        raise KineticsError(f"sex '{sex}': allowed: 'male', 'female'")
    if sex is not None and sex not in known and not set(colon) <= set(transit):
        raise KineticsError(
            f"the model '{model}' has no rates of its own for sex '{sex}' here: leave the sex out for those"
            f" that the ICRP takes for both (the adult male's), or give transit_h of {_listed(colon)}"
        )


def _with_transit(
    rates: Mapping[tuple[str, str], float], model: str, name: str, hours: float
) -> dict[tuple[str, str], float]:
    """The rates with the mean time in one compartment as it was given; its ways out keep their shares."""
    out = {way: rate for way, rate in rates.items() if way[0] == name}
    if not out:
        names = list(dict.fromkeys(source for source, _ in rates))
        raise KineticsError(
            f"transit_h: '{name}' is no compartment of the model '{model}'; there are: {_listed(names)}"
        )
    if not (math.isfinite(hours) and hours > 0):
        raise KineticsError(f"transit_h of '{name}' is {hours:g} h; above 0 is needed")
    total = sum(out.values())
    return {way: rate / total / hours if way in out else rate for way, rate in rates.items()}


def _absorbing(
    names: list[str], rates: dict[tuple[str, str], float], f1: float | None, into: str | None
) -> list[str]:
    """Put absorption among the rates; the compartments that there are with it."""
    if (f1 is None) != (into is None):
        lacking = "absorbed_into (where what is absorbed goes)" if into is None else "f1 (the share absorbed)"
        raise KineticsError(
            f"absorption from the small intestine needs f1 and absorbed_into: {lacking} is missing"
        )
    if f1 is None or into is None:
        return names
    if not 0.0 <= f1 <= 1.0:
        raise KineticsError(f"f1 is {f1:g}; 0 to 1 is allowed: a share of what enters the small intestine")
    if into in (*names, FAECES):
        raise KineticsError(
            f"absorbed_into is '{into}', which is of the tract itself; blood is meant, or plasma"
        )
    onward = next(way for way in rates if way[0] == SMALL_INTESTINE)
    if f1 < 1.0:
        if f1 > 0.0:
            rates[SMALL_INTESTINE, into] = f1 * rates[onward] / (1.0 - f1)
        return names
    into_it = (STOMACH, SMALL_INTESTINE)
    before = names[: names.index(SMALL_INTESTINE)]
    rates[STOMACH, into] = rates[into_it]
    for way in [w for w in rates if w[0] not in before or w == into_it]:
        del rates[way]
    return before


def tract_tiac_h(of: Tract, lambda_phys_per_h: float, *, enters: str = SMALL_INTESTINE) -> dict[str, float]:
    """TIAC in h of every compartment per unit of activity that enters one of them at time 0.

    For activity that enters at any rate over time, times its Laplace transform at the decay constant, e.g.
    :func:`kinetics.entered`: MBq that enter per MBq administered, less what decays before. The chain
    is linear, so the ratios of the TIACs are the same however the activity comes in.

    Parameters
    ----------
    of : the tract.
    lambda_phys_per_h : physical decay constant, 1/h; 0: stable.
    enters : the compartment.

    Raises
    ------
    KineticsError : the tract has no such compartment; a decay constant below 0.

    Examples
    --------
    Fluorine-18 that enters the small intestine, by the rates of ICRP 30:

    >>> tiac = tract_tiac_h(tract("ICRP 30"), 0.378953)
    >>> [round(h, 3) for h in tiac.values()]
    [0.0, 1.59, 0.876, 0.156]
    """
    lam = check_lambda(lambda_phys_per_h)
    reached = of.after(enters)
    entering = dict.fromkeys(of.compartments, 0.0)
    entering[enters] = 1.0
    tiac = {}
    for name in of.compartments:  # in the order of flow: all that comes into one is known before it
        ways = {target: rate for (source, target), rate in of.rates_per_h.items() if source == name}
        tiac[name] = entering[name] / (lam + sum(ways.values())) if name in reached else 0.0
        for target, rate in ways.items():
            if target in entering:
                entering[target] += rate * tiac[name]
    return tiac
