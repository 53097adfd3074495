"""Standardised uptake values: activity concentration over administered activity per body mass."""

from __future__ import annotations

from kinetics.curves.body_size import lean_body_mass_kg, size
from kinetics.errors import KineticsError


def suv(concentration_kBq_per_mL: float, administered_MBq: float, mass_kg: float) -> float:
    """Standardised uptake value in g/mL: concentration / (administered activity / body mass).

    Concentration and administered activity refer to one time. With 1 g/mL of tissue the value is
    dimensionless. (kBq/mL) / (MBq/kg) = g/mL.

    Parameters
    ----------
    concentration_kBq_per_mL : 0 or above.
    administered_MBq : above 0.
    mass_kg : body mass, 1 to 400 kg.

    Raises
    ------
    KineticsError : administered activity or body mass that cannot be, a concentration below 0.

    Examples
    --------
    >>> suv(5.0, administered_MBq=350.0, mass_kg=70.0)  # 5 kBq/mL where 5 MBq/kg were given
    1.0
    """
    if not administered_MBq > 0:
        raise KineticsError(f"administered activity is {administered_MBq:g} MBq; a number above 0 is needed")
    if concentration_kBq_per_mL < 0:
        raise KineticsError(f"concentration is {concentration_kBq_per_mL:g} kBq/mL; 0 or above is needed")
    return concentration_kBq_per_mL * size(1.0, mass_kg)[1] / administered_MBq


def sul(
    concentration_kBq_per_mL: float,
    administered_MBq: float,
    sex: str,
    height_m: float,
    mass_kg: float,
    formula: str = "Janmahasatian",
) -> float:
    """SUV by lean body mass in g/mL (SUL); "James" is that of PERCIST 1.0 (Wahl, J Nucl Med 2009;50:122S).

    Raises
    ------
    KineticsError : as :func:`suv` and :func:`lean_body_mass_kg`.

    Examples
    --------
    >>> round(sul(5.0, 350.0, "male", 1.75, 70.0), 3)
    0.798
    """
    lean = lean_body_mass_kg(sex, height_m, mass_kg, formula)
    return suv(concentration_kBq_per_mL, administered_MBq, mass_kg) * lean / mass_kg
