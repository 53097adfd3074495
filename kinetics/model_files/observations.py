"""[[data]] of a model file: measured curves, and of what."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from kinetics.compartments.chain import ChainModel
from kinetics.compartments.given import FreeParameter, Observation
from kinetics.compartments.model import CompartmentModel
from kinetics.curves.curve import Curve
from kinetics.curves.files import read_curve
from kinetics.curves.units import split_concentration
from kinetics.errors import KineticsError
from kinetics.model_files.keys import Keys
from kinetics.weights import WEIGHTS

DATA = {
    "of", "unit", "decay_corrected", "weights", "divide_by", "time", "value", "sd", "file", "name", "nuclide",
}  # fmt: skip


def check_keys(data: Keys) -> None:
    """Complain of unknown and missing keys of one [[data]]."""
    data.only(DATA)
    data.due("of", "unit", "decay_corrected", "weights")


def observation(
    data: Keys,
    hours: float,
    model: CompartmentModel,
    chain: ChainModel | None,
    parameters: Mapping[str, FreeParameter],
    folder: Path | None,
) -> Observation | None:
    """The curve of one [[data]]; None where something is wrong that was told."""
    of, unit, weights = data.text("of"), data.text("unit"), data.text("weights", tuple(WEIGHTS))
    corrected, divide_by = data.flag("decay_corrected"), data.text("divide_by")
    name, file, nuclide = data.text("name") or of, data.text("file"), data.text("nuclide")
    time, value, sd = data.numbers("time"), data.numbers("value"), data.numbers("sd", above=0)
    if of is None or unit is None or weights is None or corrected is None:
        return None
    model.index(of)
    _check_nuclide(data, chain, nuclide, corrected)
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
        return Observation(curve, of, weights, scales[above], divide_by, nuclide)
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
    return Observation(curve, of, weights, scales[above], divide_by, nuclide)


def _check_nuclide(data: Keys, chain: ChainModel | None, nuclide: str | None, corrected: bool) -> None:
    members = () if chain is None else chain.members
    if nuclide is not None and nuclide not in members:
        there = f"there are: {', '.join(members)}" if members else "the file follows no chain"
        raise KineticsError(f"{data.at}.nuclide: '{nuclide}' isn't in the chain; {there}")
    if nuclide is not None and nuclide != members[0] and corrected:
        raise KineticsError(
            f"{data.at}: a daughter's activity can't be decay-corrected: it is made as it decays; give it as"
            " measured"
        )
