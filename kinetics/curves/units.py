"""The few units of doses and concentrations, so that a dose and a curve can be divided; of times."""

from __future__ import annotations

from kinetics.errors import KineticsError

#: Unit of time -> hours.
HOURS = {"h": 1.0, "d": 24.0, "min": 1.0 / 60.0}
#: unit -> (family, size in the family's base unit)
_SIZES: dict[str, tuple[str, float]] = {
    "kg": ("mass", 1e3), "g": ("mass", 1.0), "mg": ("mass", 1e-3), "ug": ("mass", 1e-6), "ng": ("mass", 1e-9),
    "GBq": ("activity", 1e9), "MBq": ("activity", 1e6), "kBq": ("activity", 1e3), "Bq": ("activity", 1.0),
    "%IA": ("fraction of the injected activity", 0.01), "IA": ("fraction of the injected activity", 1.0),
    "%ID": ("fraction of the injected activity", 0.01), "ID": ("fraction of the injected activity", 1.0),
    "mol": ("amount", 1.0), "mmol": ("amount", 1e-3), "umol": ("amount", 1e-6), "nmol": ("amount", 1e-9),
}  # fmt: skip
_SPELLINGS = {
    "µg": "ug",
    "μg": "ug",
    "mcg": "ug",
    "µmol": "umol",
    "l": "L",
    "ml": "mL",
    "cm3": "mL",
    "cc": "mL",
}


def _plain(unit: str) -> str:
    return _SPELLINGS.get(unit.strip(), unit.strip())


def split_concentration(unit: str) -> tuple[str, str | None]:
    """Numerator and denominator of a unit such as ``"%IA/L"``; the denominator is None without a slash.

    >>> split_concentration("µg/ml")
    ('ug', 'mL')
    """
    above, slash, below = unit.partition("/")
    return _plain(above), (_plain(below) if slash else None)


def dose_in_unit_of(curve_unit: str, dose: float, dose_unit: str | None) -> float:
    """A dose in the numerator unit of a curve's unit.

    Parameters
    ----------
    curve_unit : e.g. ``"mg/L"``.
    dose, dose_unit : e.g. 25 and ``"mg"``; None: the dose is in the curve's own numerator unit.

    Raises
    ------
    KineticsError : the dose isn't above 0, or its unit is of another kind.
    """
    if not dose > 0:
        raise KineticsError(f"dose is {dose:g}; a number above 0 is needed")
    if dose_unit is None:
        return dose
    above, _ = split_concentration(curve_unit)
    given = _plain(dose_unit)
    if given == above:
        return dose
    wanted, have = _SIZES.get(above), _SIZES.get(given)
    if wanted is None or have is None or wanted[0] != have[0]:
        raise KineticsError(
            f"the dose is in '{dose_unit}' and the curve in '{curve_unit}': units don't match; give the dose"
            f" in '{above}' or another unit of the same kind"
        )
    return dose * have[1] / wanted[1]


def clearance_unit(curve_unit: str) -> tuple[str, str]:
    """Units of a volume (dose / concentration) and of a clearance, for a curve's unit.

    >>> clearance_unit("%IA/L")
    ('L', 'L/h')
    """
    above, below = split_concentration(curve_unit)
    volume = below or f"dose/{above or 'value'}"
    return volume, f"{volume}/h"
