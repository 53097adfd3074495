"""TIACs of source regions from areas under activity curves: organs, and the remainder of the body.

A TIAC carries its standard error as signed parts, one for each independent measurement it rests on (the
serum curve, the whole-body curve, one organ's curve). Two TIACs that rest on the same measurement are
correlated by exactly that part, so a remainder made by subtraction, and a dose summed over sources, get the
right uncertainty; see :func:`covariance_h2`. Parts are first order in the measurements.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dosimetry.errors import DosimetryError
from phantoms.regions.names import REMAINDER

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

#: A remainder below 0 by more than this many standard errors is an error in the data.
NEGATIVE_REMAINDER_SE = 2.0


@dataclass(frozen=True)
class Tiac:
    """Time-integrated activity coefficient of one source region.

    source : the region's name.
    value_h : MBq.h per MBq administered, h.
    se_parts_h : independent measurement -> signed standard error in h that it brings; None: not known.
    how : how the value was obtained, one sentence.
    reason : why the standard error is not known, or why the value was set; "" otherwise.

    Examples
    --------
    >>> liver = Tiac("liver", 11.0, {"liver curve": 0.8, "calibration": 0.6})
    >>> round(liver.se_h, 6)
    1.0
    """

    source: str
    value_h: float
    se_parts_h: Mapping[str, float] | None = field(default_factory=dict)
    how: str = ""
    reason: str = ""

    @property
    def se_h(self) -> float | None:
        """Standard error, h; None where it is not known."""
        return None if self.se_parts_h is None else math.hypot(*self.se_parts_h.values())


@dataclass(frozen=True)
class Area:
    """Area under an activity curve from time 0 to infinity, not decay-corrected.

    value : in its unit times h, e.g. kBq.h/mL.
    se : standard error, same unit; None where it is not known.
    name : the measurement it comes from, e.g. "serum"; equal names mean the same measurement.

    Raises
    ------
    DosimetryError : a value or a standard error below 0 or not finite.

    Examples
    --------
    >>> Area(693.5, 21.0, "serum").name
    'serum'
    """

    value: float
    se: float | None
    name: str

    def __post_init__(self) -> None:
        if not math.isfinite(self.value) or self.value < 0.0:
            raise DosimetryError(
                f"area under the curve of '{self.name}' is {self.value:g}; it must be 0 or more"
            )
        if self.se is not None and not (math.isfinite(self.se) and self.se >= 0.0):
            raise DosimetryError(
                f"standard error of the area of '{self.name}' is {self.se:g}; it must be 0 or more"
            )


def scaled(source: str, area: Area, factor: float, how: str) -> Tiac:
    """TIAC = area x factor, with the area's standard error as its only part."""
    if area.se is None:
        return Tiac(source, area.value * factor, None, how, f"no standard error of the area of '{area.name}'")
    return Tiac(source, area.value * factor, {area.name: area.se * factor}, how)


def from_concentration(
    source: str,
    area: Area,
    *,
    mass_kg: float,
    administered_MBq: float,
    density_g_per_mL: float | None = None,
    mass_note: str = "",
) -> Tiac:
    """TIAC of an organ from its activity concentration: area x mass / administered activity.

    Parameters
    ----------
    source : source region.
    area : kBq.h/g, or kBq.h/mL with ``density_g_per_mL`` given.
    mass_kg : the organ's mass: reference, scaled or measured; ``mass_note`` says which.
    administered_MBq : activity at the time that the area's time 0 is.

    Raises
    ------
    DosimetryError : a mass, activity or density that is not above 0.

    Examples
    --------
    >>> tiac = from_concentration("liver", Area(500.0, 25.0, "liver"), mass_kg=1.8, administered_MBq=74.0)
    >>> round(tiac.value_h, 2), round(tiac.se_h, 2)  # 500 kBq.h/g x 1800 g / 74 MBq
    (12.16, 0.61)
    """
    positive(mass_kg, f"mass of '{source}'", "kg")
    positive(administered_MBq, "administered activity", "MBq")
    density = 1.0
    if density_g_per_mL is not None:
        density = positive(density_g_per_mL, f"density of '{source}'", "g/mL")
    how = f"concentration area x mass {mass_kg:.4g} kg{f' ({mass_note})' if mass_note else ''}"
    if density_g_per_mL is not None:
        how += f" / density {density:.4g} g/mL"
    # kBq/g x g = kBq; g per kg and kBq per MBq cancel
    return scaled(source, area, mass_kg / density / administered_MBq, f"{how} / administered activity")


def from_percent_per_gram(source: str, area: Area, *, mass_kg: float, mass_note: str = "") -> Tiac:
    """TIAC of an organ from %IA/g: area in %.h/g x mass / 100.

    Parameters
    ----------
    source : source region.
    area : %IA.h/g.
    mass_kg : the organ's mass: reference, scaled or measured; ``mass_note`` says which.

    Raises
    ------
    DosimetryError : a mass that is not above 0.

    Examples
    --------
    >>> round(from_percent_per_gram("liver", Area(0.6, 0.03, "liver"), mass_kg=1.8).value_h, 3)
    10.8
    """
    positive(mass_kg, f"mass of '{source}'", "kg")
    note = f" ({mass_note})" if mass_note else ""
    return scaled(source, area, mass_kg * 10.0, f"%IA/g area x mass {mass_kg:.4g} kg{note}")


def from_percent(source: str, area: Area) -> Tiac:
    """TIAC of a region from its share of the administered activity: area in %.h / 100.

    Examples
    --------
    >>> tiac = from_percent("liver", Area(1100.0, 80.0, "liver curve"))
    >>> tiac.value_h, tiac.se_parts_h
    (11.0, {'liver curve': 0.8})
    """
    return scaled(source, area, 0.01, "%IA area / 100")


def remainder(whole_body: Tiac, others: Sequence[Tiac], *, at_least_0: bool = False) -> Tiac:
    """TIAC of the remainder of the body: whole body less all other source regions.

    The standard error is that of the difference: parts from the same measurement are subtracted, parts
    from different ones add in quadrature. Where one is not known the remainder's is not known.

    whole_body, others : the whole body's TIAC, and those of all source regions.
    at_least_0 : one below 0 is set to 0 by however much it is below, as in the trials of a Monte Carlo.

    Raises
    ------
    DosimetryError : it is negative by more than 2 standard errors, or negative with no known error. Within
        2 standard errors below 0 it is set to 0 and ``reason`` says so.

    Examples
    --------
    >>> whole_body = Tiac("whole body", 80.0, {"probe": 2.0})
    >>> rest = remainder(whole_body, [Tiac("liver", 11.0, {"liver curve": 0.5})])
    >>> rest.value_h, rest.se_parts_h
    (69.0, {'probe': 2.0, 'liver curve': -0.5})
    """
    names = [t.source for t in others]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise DosimetryError(f"source region given twice: {', '.join(twice)}")
    value = whole_body.value_h - math.fsum(t.value_h for t in others)
    how = f"whole body {whole_body.value_h:.4g} h - {', '.join(names) or 'nothing'}"
    unknown = [t.source for t in (whole_body, *others) if t.se_parts_h is None]
    parts: dict[str, float] | None = None
    reason = f"no standard error of {', '.join(unknown)}" if unknown else ""
    if not unknown:
        parts = dict(whole_body.se_parts_h or {})
        for t in others:
            for name, part in (t.se_parts_h or {}).items():
                parts[name] = parts.get(name, 0.0) - part
    if value >= 0.0:
        return Tiac(REMAINDER, value, parts, how, reason)
    listed = ", ".join(f"{t.source} {t.value_h:.4g} h" for t in others)
    sums = f"whole body {whole_body.value_h:.4g} h - ({listed}) = {value:.4g} h"
    if at_least_0:
        return Tiac(REMAINDER, 0.0, parts, how, f"{sums}: set to 0")
    if parts is None:
        raise DosimetryError(
            f"negative remainder: {sums}, with no known uncertainty; check curves and masses"
        )
    se = math.hypot(*parts.values())
    if value < -NEGATIVE_REMAINDER_SE * se:
        raise DosimetryError(
            f"negative remainder: {sums}, more than {NEGATIVE_REMAINDER_SE:g} standard errors ({se:.3g} h)"
            " below 0; check curves, masses and calibration"
        )
    reason = (
        f"{value:.3g} +- {se:.2g} h is below 0 within {NEGATIVE_REMAINDER_SE:g} standard errors: set to 0"
    )
    return Tiac(REMAINDER, 0.0, parts, how, reason)


def covariance_h2(tiacs: Sequence[Tiac]) -> pd.DataFrame | None:
    """Covariance of TIACs in h2, as :func:`dosimetry.absorbed_dose` takes it; None where not known.

    Examples
    --------
    >>> covariance_h2([Tiac("heart contents", 2.7, {"serum": 0.1}), Tiac("red marrow", 1.7, {"serum": 0.05})])
                    heart contents  red marrow
    heart contents           0.010      0.0050
    red marrow               0.005      0.0025
    """
    import pandas as pd

    parts = errors_h(tiacs)
    if parts is None:
        return None
    sources = [t.source for t in tiacs]
    return pd.DataFrame(parts @ parts.T, index=sources, columns=sources)


def errors_h(tiacs: Sequence[Tiac]) -> NDArray[np.float64] | None:
    """(n, M) of n TIACs, h: what one standard error of each of M measurements changes; None: not known."""
    import numpy as np

    if any(t.se_parts_h is None for t in tiacs):
        return None
    names = {n: i for i, n in enumerate(dict.fromkeys(n for t in tiacs for n in (t.se_parts_h or {})))}
    parts = np.zeros((len(tiacs), len(names)))
    for row, t in zip(parts, tiacs, strict=True):
        for name, part in (t.se_parts_h or {}).items():
            row[names[name]] = part
    return parts


def positive(value: float, what: str, unit: str) -> float:
    """The value, if it is finite and above 0; DosimetryError otherwise."""
    if not math.isfinite(value) or value <= 0.0:
        raise DosimetryError(f"{what} is {value:g} {unit}; it must be above 0")
    return value
