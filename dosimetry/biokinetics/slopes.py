"""Derivatives of TIACs and doses by the rates of a biokinetic model, for a budget of uncertainty."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from dosimetry.doses.cohort import Given, absorbed_doses
from dosimetry.doses.effective import TISSUE_WEIGHTS, weight_set
from dosimetry.doses.effective_result import weighted_changes
from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import nuclide as find_nuclide
from dosimetry.tiacs.plausible import bound_of
from kinetics.compartments.chain import ChainModel
from kinetics.compartments.given import ModelFile, Way
from kinetics.compartments.gradient import STEP
from kinetics.compartments.model import CompartmentModel
from kinetics.curves.curve import FloatArray

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.biokinetics.model_doses import ModelDoses


@dataclass(frozen=True)
class Rate:
    """A transfer rate of a model: of one nuclide, or of all that go the parent's ways.

    nuclides : whose it is. way : (source, target). value_per_h : 1/h.
    """

    nuclides: tuple[str, ...]
    way: Way
    value_per_h: float

    def __str__(self) -> str:
        return f"{self.way[0]} -> {self.way[1]}"


def tiac_matrix(model: CompartmentModel | ChainModel, until_h: float) -> FloatArray:
    """(M, n) TIACs in h by nuclide and compartment."""
    if isinstance(model, ChainModel):
        return model.tiac_array(until_h)
    return model.tiac_array(until_h)[None, :]


#: A factor of a rate -> the model with it.
Changed: TypeAlias = "Callable[[float], CompartmentModel | ChainModel]"


def rates_of(given: ModelFile, nuclide: str) -> list[tuple[Rate, Changed]]:
    """Every rate above 0 of a model or a chain, and the model with that rate times a factor.

    >>> from kinetics import parse_model
    >>> given = parse_model({
    ...     "time_unit": "h", "half_life_h": 6.0, "compartments": ["blood"], "sinks": ["out"],
    ...     "bolus": {"blood": 1}, "transfers": {"blood -> out": 0.1},
    ... })
    >>> [(str(rate), change(2.0).rates_per_h) for rate, change in rates_of(given, "Tc-99m")]
    [('blood -> out', {('blood', 'out'): 0.2})]
    """
    found: list[tuple[Rate, Changed]] = []
    model, chain = given.model, given.chain
    if chain is None:
        for way, rate in model.rates_per_h.items():
            found.append((Rate((nuclide,), way, rate), _changed(model, way)))
        return [one for one in found if one[0].value_per_h > 0]
    along = [d.name for d in chain.daughters if d.rates_per_h and d.rates_per_h == model.rates_per_h]
    groups = [((chain.nuclide, *along), model.rates_per_h)]
    groups += [((d.name,), d.rates_per_h) for d in chain.daughters if d.name not in along]
    for members, rates in groups:
        for way, rate in rates.items():
            found.append((Rate(members, way, rate), _changed_in_chain(chain, members, way)))
    return [one for one in found if one[0].value_per_h > 0]


def _changed(model: CompartmentModel, way: Way) -> Callable[[float], CompartmentModel]:
    return lambda factor: model.with_rates({**model.rates_per_h, way: model.rates_per_h[way] * factor})


def _changed_in_chain(chain: ChainModel, members: Sequence[str], way: Way) -> Callable[[float], ChainModel]:
    def change(factor: float) -> ChainModel:
        found = chain
        for member in members:
            own = next((d.rates_per_h for d in chain.daughters if d.name == member), chain.parent.rates_per_h)
            found = found.with_rates({**own, way: own[way] * factor}, member)
        return found

    return change


def tiac_slopes(given: ModelFile, nuclide: str, until_h: float) -> tuple[list[Rate], FloatArray]:
    """Rates, and (R, M, n) d TIAC/d ln(rate) in h by nuclide and compartment, by central differences.

    The TIACs are right to rounding however stiff the model is, so the differences are right to some 8 figures
    of their scale.
    """
    every = rates_of(given, nuclide)
    slopes = []
    for _, change in every:
        up, down = (tiac_matrix(change(math.exp(sign * STEP)), until_h) for sign in (1.0, -1.0))
        slopes.append((up - down) / (2 * STEP))
    members = 1 if given.chain is None else len(given.chain.members)
    shape = (len(every), members, len(given.model.compartments))
    return [rate for rate, _ in every], np.array(slopes).reshape(shape)


def in_sources(
    slopes: FloatArray,
    member: int,
    compartments: Sequence[str],
    shares: Mapping[str, Mapping[str, float]],
    sources: Sequence[str],
) -> FloatArray:
    """(R, sources) slopes of one nuclide's TIACs by source region."""
    matrix = np.zeros((len(compartments), len(sources)))
    for i, compartment in enumerate(compartments):
        for source, share in shares[compartment].items():
            if source in sources:
                matrix[i, sources.index(source)] += share
    return np.asarray(slopes[:, member] @ matrix)


def dose_slopes(found: ModelDoses) -> pd.DataFrame:
    """What each rate of a model does to each dose: d dose/d ln(rate), in each body.

    A relative change of a rate by 1 % changes the dose by 0.01 times this, to first order; the variance of a
    dose is the sum over rates of (slope x relative standard error)^2 where the rates are independent.

    Parameters
    ----------
    found : from :func:`dosimetry.model_doses`.

    Returns
    -------
    A row a body, rate and quantity: ``body``, ``nuclides``, ``transfer``, ``rate_per_h``, ``quantity`` (a
    target region, or "effective dose, ICRP 103"), ``unit`` ("mGy/MBq" or "mSv/MBq"), ``value`` and
    ``slope_per_relative_change``, both in that unit.

    Raises
    ------
    DosimetryError : as :func:`dosimetry.absorbed_dose`.

    Examples
    --------
    >>> from dosimetry import model_doses
    >>> table = dose_slopes(model_doses("examples/models/fdg-icrp128.toml", bodies=["adult male"]))
    >>> wall = table[table.quantity == "urinary bladder wall"]
    >>> bool((wall.slope_per_relative_change > 0).all())  # what leaves sooner is longer in the bladder
    True
    """
    import pandas as pd

    rows: list[tuple[object, ...]] = []
    for label, doses in found.doses.items():
        given = found.given[label]
        nuclides = list(found.tiac_h[label])
        rates, slopes = tiac_slopes(given, nuclides[0], found.until_h)
        if not rates:
            continue
        changes = _dose_changes(found, label, slopes)
        total = changes.sum(1)
        by_target = {t: (doses[t], total[:, i], "mGy/MBq") for i, t in enumerate(doses.targets)}
        for weights in TISSUE_WEIGHTS:
            e = doses.effective(weights)
            per_target = np.zeros(len(doses.targets))
            for tissue in e.tissues:
                for region, part in tissue.regions.items():
                    per_target[doses.targets.index(region)] += tissue.weight * part
            w_alpha = float(weight_set(weights)["radiation_weight_alpha"])
            change = weighted_changes(changes, per_target, w_alpha)
            by_target[f"{e.quantity}, {weights}"] = (float(e), change, "mSv/MBq")
        for r, rate in enumerate(rates):
            for quantity, (value, slope, unit) in by_target.items():
                name = ", ".join(rate.nuclides)
                rows.append(
                    (label, name, str(rate), rate.value_per_h, quantity, unit, value, float(slope[r]))
                )
    columns = ["body", "nuclides", "transfer", "rate_per_h", "quantity", "unit", "value"]
    return pd.DataFrame(rows, columns=[*columns, "slope_per_relative_change"])


def _dose_changes(found: ModelDoses, label: str, slopes: FloatArray) -> FloatArray:
    """(R, 3, T) d dose/d ln(rate) in mGy/MBq by kind of radiation and target."""
    given, tables = found.given[label], found.tiac_h[label]
    parent = find_nuclide(next(iter(tables)))
    total: FloatArray | None = None
    for m, (name, tiac) in enumerate(found.doses.tiac_h[label].items()):
        sources = list(tiac)
        of_sources = in_sources(slopes, m, given.model.compartments, found.sources[label][name], sources)
        own = find_nuclide(name)
        one = Given(tiac, of_sources.T)
        (doses,) = absorbed_doses([one], own, found.libraries[label], bound=bound_of(own, parent))
        if doses.tiac_error_mGy_per_MBq is None:
            raise DosimetryError(f"{label}: the doses of {name} have no slopes")
        total = doses.tiac_error_mGy_per_MBq + (0.0 if total is None else total)
    assert total is not None
    return total
