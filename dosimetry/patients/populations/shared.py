"""What patients share in the errors of areas that were fitted with one population."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dosimetry.errors import DosimetryError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dosimetry.tiacs.tiac import Tiac
    from kinetics.mixed_effects.result import IndividualFit


#: The part of an area's error that its curve's own calibration brings: not the population's.
SCALE = "scale"


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
        f"population of {region}, {name}": part for name, part in fit.shared_area.items() if name != SCALE
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
