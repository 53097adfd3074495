"""What patients share in the errors of areas that were fitted with one population, or averaged over models.

An average over models is a mixture, and which model is right is one unknown of all patients. So the
covariance of two patients' areas is (law of total covariance, m the models, w their weights) sum_m w_m C_m,
C_m what the estimates of model m bring, plus sum_m w_m (A_m - A)(B_m - B), A and B the two averages. Parts
whose products sum to it: those of each model times the root of its weight, and sqrt(w_m) (A_m - A), signed.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from dosimetry.errors import DosimetryError
from kinetics.mixed_effects.result import IndividualFit
from kinetics.populations.averaged import IndividualChoice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dosimetry.tiacs.tiac import Tiac
    from dosimetry.tiacs.tiacs import UsedCurve

#: The part of an area's error that its curve's own calibration brings: not the population's.
SCALE = "scale"
#: How parts begin that all patients share who were fitted together: by the estimates of the population, and
#: by the disagreement of the cohort's models where areas are averaged over them.
OF_ESTIMATES, OF_MODELS = "population of ", "the cohort's model of "


def parts_of(used: UsedCurve, own: str) -> dict[str, float]:
    """Signed parts of the standard error of a used curve's area, as :func:`parts_of_area` and
    :func:`parts_of_average`; empty where it was not fitted with others, or has no standard error."""
    if isinstance(used.choice, IndividualChoice):
        return parts_of_average(used.choice, own, used.region)
    if isinstance(used.fit, IndividualFit) and used.fit.se_area is not None:
        return parts_of_area(used.fit, own, used.region)
    return {}


def parts_of_average(choice: IndividualChoice, own: str, region: str) -> dict[str, float]:
    """Signed parts of the standard error of an area that is averaged over models; {} where one has none.

    Returns
    -------
    As :func:`parts_of_area`: ``own`` -> within the models, the patient's own; "population of REGION, MODEL,
    ..." -> what the estimates of each model bring; "the cohort's model of REGION, MODEL" -> between the
    models. The sum of their squares is that of the standard error.
    """
    if any(fit.se_area is None for fit, _ in choice.fits):
        return {}
    mean, squares = choice.averaged_area.value, 0.0
    found: dict[str, float] = {}
    for fit, weight in choice.fits:
        root = math.sqrt(weight)
        parts = parts_of_area(fit, own, region if len(choice.fits) == 1 else f"{region}, {fit.model}")
        squares += weight * parts.pop(own) ** 2
        found |= {name: root * part for name, part in parts.items()}
        if len(choice.fits) > 1:
            found[f"{OF_MODELS}{region}, {fit.model}"] = root * (fit.area - mean)
    return {own: math.sqrt(squares), **found}


def parts_of_area(fit: IndividualFit, own: str, region: str) -> dict[str, float]:
    """Signed parts of an area's standard error: the patient's own, and what all patients share.

    Returns
    -------
    ``own`` -> the part of the patient's own points and of how patients differ; "population of REGION, ..." ->
    parts that the estimates of the population bring, equal names in all patients of a study. The sum of
    their squares is that of the standard error.

    Raises
    ------
    DosimetryError : the fit's parts don't fit its standard error: a mistake of the program.
    """
    assert fit.se_area is not None
    shared = {
        f"{OF_ESTIMATES}{region}, {name}": part for name, part in fit.shared_area.items() if name != SCALE
    }
    left = fit.se_area**2 - sum(part**2 for part in shared.values())
    if left < -1e-6 * fit.se_area**2:
        raise DosimetryError(f"{region}: parts that patients share are larger than the standard error")
    return {own: max(left, 0.0) ** 0.5, **shared}


def expanded(tiac: Tiac, parts: Mapping[str, Mapping[str, float]]) -> Tiac:
    """A TIAC whose parts by a curve are those of what the curve's area rests on.

    parts : measurement -> signed parts of its area's standard error, in any unit; only their shares count.

    >>> from dosimetry.tiacs.tiac import Tiac
    >>> marrow = Tiac("red marrow", 2.0, {"serum": -0.5})
    >>> expanded(marrow, {"serum": {"serum": 30.0, "population of serum, 1": 40.0}}).se_parts_h
    {'serum': -0.3, 'population of serum, 1': -0.4}
    """
    if tiac.se_parts_h is None or not set(parts) & set(tiac.se_parts_h):
        return tiac
    found: dict[str, float] = {}
    for name, se in tiac.se_parts_h.items():
        of = parts.get(name, {name: 1.0})
        whole = sum(part**2 for part in of.values()) ** 0.5
        for key, part in of.items():
            found[key] = found.get(key, 0.0) + (se * part / whole if whole > 0.0 else 0.0)
    return replace(tiac, se_parts_h=found)


def expanded_all(tiacs: Sequence[Tiac], parts: Mapping[str, Mapping[str, float]]) -> list[Tiac]:
    """Every one of some TIACs, as :func:`expanded`."""
    return [expanded(t, parts) for t in tiacs]
