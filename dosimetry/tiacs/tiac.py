"""TIACs of source regions from areas under activity curves: organs, heart contents, red marrow, remainder.

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

#: Sgouros, J Nucl Med 1993;34:689-694: extracellular fluid is 0.19 of the red marrow's volume.
MARROW_EXTRACELLULAR_FRACTION = 0.19

#: Density of red marrow and of blood, g/mL: ICRU Report 46 (1992), adult.
MARROW_DENSITY_G_PER_ML = 1.03
BLOOD_DENSITY_G_PER_ML = 1.06

#: Allowed haematocrit, a fraction: outside of it a percentage or a mistake is meant.
HAEMATOCRIT_RANGE = (0.1, 0.7)

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
    area : kBq.h/g, or kBq.h/mL with ``density_g_per_mL`` given.
    mass_kg : the organ's mass: reference, scaled or measured; ``mass_note`` says which.
    """
    _positive(mass_kg, f"mass of '{source}'", "kg")
    _positive(administered_MBq, "administered activity", "MBq")
    density = 1.0
    if density_g_per_mL is not None:
        density = _positive(density_g_per_mL, f"density of '{source}'", "g/mL")
    how = f"concentration area x mass {mass_kg:.4g} kg{f' ({mass_note})' if mass_note else ''}"
    if density_g_per_mL is not None:
        how += f" / density {density:.4g} g/mL"
    # kBq/g x g = kBq; g per kg and kBq per MBq cancel
    return scaled(source, area, mass_kg / density / administered_MBq, f"{how} / administered activity")


def from_percent_per_gram(source: str, area: Area, *, mass_kg: float, mass_note: str = "") -> Tiac:
    """TIAC of an organ from %IA/g: area in %.h/g x mass / 100."""
    _positive(mass_kg, f"mass of '{source}'", "kg")
    note = f" ({mass_note})" if mass_note else ""
    return scaled(source, area, mass_kg * 10.0, f"%IA/g area x mass {mass_kg:.4g} kg{note}")


def from_percent(source: str, area: Area) -> Tiac:
    """TIAC of a region from its share of the administered activity: area in %.h / 100."""
    return scaled(source, area, 0.01, "%IA area / 100")


def heart_contents(
    serum: Area,
    *,
    haematocrit: float,
    contents_mass_kg: float,
    blood_density_g_per_mL: float = BLOOD_DENSITY_G_PER_ML,
) -> Tiac:
    """TIAC of the heart contents from serum: blood concentration x volume of the contents.

    Parameters
    ----------
    serum : area of the serum concentration as a share of the administered activity, %IA.h/L.
    haematocrit : cell volume as a fraction; the blood holds serum x (1 - haematocrit), nothing in cells.
    contents_mass_kg : mass of blood in the heart; its volume is mass / blood density (ICRU 46: 1.06 g/mL).
    """
    plasma = 1.0 - check_haematocrit(haematocrit)
    volume_L = _positive(contents_mass_kg, "mass of the heart contents", "kg") / _positive(
        blood_density_g_per_mL, "density of blood", "g/mL"
    )
    how = f"serum area x (1 - haematocrit {haematocrit:g}) x contents' volume {volume_L * 1e3:.4g} mL"
    return scaled("heart contents", serum, 0.01 * plasma * volume_L, how)


def red_marrow(
    serum: Area,
    *,
    haematocrit: float,
    marrow_mass_kg: float,
    marrow_density_g_per_mL: float = MARROW_DENSITY_G_PER_ML,
) -> Tiac:
    """TIAC of the red marrow from serum by Sgouros' method: no specific uptake in marrow.

    Marrow concentration = 0.19/(1 - Hct) x blood concentration (Sgouros, J Nucl Med 1993;34:689-694,
    equation 8); with blood = serum x (1 - Hct) the haematocrit cancels and marrow = 0.19 x serum.

    Parameters
    ----------
    serum : area of the serum concentration as a share of the administered activity, %IA.h/L.
    haematocrit : checked and named in ``how``.
    marrow_mass_kg : mass of active marrow, reference or scaled.
    marrow_density_g_per_mL : 0.19 is a fraction of volume, which is mass / density (ICRU 46: 1.03 g/mL);
        1.0 takes a gram for a millilitre, as many papers do.
    """
    plasma = 1.0 - check_haematocrit(haematocrit)
    volume_L = _positive(marrow_mass_kg, "mass of the red marrow", "kg") / _positive(
        marrow_density_g_per_mL, "density of red marrow", "g/mL"
    )
    marrow_to_blood = MARROW_EXTRACELLULAR_FRACTION / plasma
    how = (
        f"serum area x (1 - haematocrit {haematocrit:g}) x 0.19/(1 - haematocrit) x marrow volume"
        f" {volume_L * 1e3:.4g} mL (density {marrow_density_g_per_mL:g} g/mL)"
    )
    return scaled("red marrow", serum, 0.01 * plasma * marrow_to_blood * volume_L, how)


def remainder(whole_body: Tiac, others: Sequence[Tiac]) -> Tiac:
    """TIAC of the remainder of the body: whole body less all other source regions.

    The standard error is that of the difference: parts from the same measurement are subtracted, parts
    from different ones add in quadrature. Where one is not known the remainder's is not known.

    Raises
    ------
    DosimetryError : it is negative by more than 2 standard errors, or negative with no known error. Within
        2 standard errors below 0 it is set to 0 and ``reason`` says so.
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
    """Covariance of TIACs in h2, as :func:`dosimetry.absorbed_dose` takes it; None where not known."""
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


def check_haematocrit(haematocrit: float) -> float:
    """The haematocrit, if it is a fraction that a patient can have; DosimetryError otherwise."""
    low, high = HAEMATOCRIT_RANGE
    if low < haematocrit < high:
        return haematocrit
    hint = f"; did you mean {haematocrit / 100:g}?" if low < haematocrit / 100 < high else ""
    raise DosimetryError(
        f"haematocrit is {haematocrit:g}; it must be a fraction between {low} and {high}{hint}"
    )


def _positive(value: float, what: str, unit: str) -> float:
    if not math.isfinite(value) or value <= 0.0:
        raise DosimetryError(f"{what} is {value:g} {unit}; it must be above 0")
    return value
