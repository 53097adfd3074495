"""Body size: surface area, lean mass, blood and plasma volume.

Heights are in m and masses in kg everywhere; sex is "male" or "female". Body mass index is kg/m2: where a
manual prints another unit for the lean-mass formulas, the formula and not the manual is followed.
"""

from __future__ import annotations

import math

from kinetics.errors import KineticsError

#: Body haematocrit / venous haematocrit ("f-cell ratio"; Chaplin, Mollison & Vetter, J Clin Invest
#: 1953;32:1309).
BODY_TO_VENOUS_HAEMATOCRIT = 0.91


def _sex(sex: str) -> str:
    key = sex.strip().lower()
    if key not in ("male", "female", "m", "f"):
        raise KineticsError(f"sex is '{sex}'; 'male' or 'female' is needed")
    return {"m": "male", "f": "female"}.get(key, key)


def size(height_m: float, mass_kg: float) -> tuple[float, float]:
    """Height and mass, if a person can have them; KineticsError otherwise."""
    if not 0.3 <= height_m <= 2.5:
        raise KineticsError(f"height is {height_m:g} m; 0.3 to 2.5 m is allowed (175 cm is 1.75)")
    if not 1.0 <= mass_kg <= 400.0:
        raise KineticsError(f"body mass is {mass_kg:g} kg; 1 to 400 kg is allowed")
    return height_m, mass_kg


def _haematocrit(haematocrit: float) -> float:
    if not 0.1 <= haematocrit <= 0.7:
        raise KineticsError(
            f"haematocrit is {haematocrit:g}; a fraction of 0.1 to 0.7 is allowed (45 % is 0.45)"
        )
    return haematocrit


def body_mass_index(height_m: float, mass_kg: float) -> float:
    """Body mass index in kg/m2: mass / height^2 (Quetelet).

    Raises
    ------
    KineticsError : a height or mass that a person cannot have.

    Examples
    --------
    >>> round(body_mass_index(1.75, 70.0), 2)
    22.86
    """
    h, m = size(height_m, mass_kg)
    return m / h**2


def surface_area_m2(height_m: float, mass_kg: float, formula: str = "Du Bois") -> float:
    """Body surface area in m2.

    "Du Bois": 0.007184 W^0.425 H^0.725 (Du Bois & Du Bois, Arch Intern Med 1916;17:863); "Mosteller":
    sqrt(H W/3600) (N Engl J Med 1987;317:1098); "Haycock": 0.024265 W^0.5378 H^0.3964 (J Pediatr 1978;93:62).
    W in kg, H in cm.

    Parameters
    ----------
    height_m : 0.3 to 2.5 m.
    mass_kg : body mass, 1 to 400 kg.
    formula : "Du Bois", "Mosteller" or "Haycock".

    Raises
    ------
    KineticsError : a height or mass that a person cannot have; an unknown formula.

    Examples
    --------
    >>> round(surface_area_m2(1.75, 70.0), 2), round(surface_area_m2(1.75, 70.0, "Mosteller"), 2)
    (1.85, 1.84)
    """
    h, m = size(height_m, mass_kg)
    cm = 100.0 * h
    formulas: dict[str, float] = {
        "du bois": 0.007184 * m**0.425 * cm**0.725,
        "mosteller": math.sqrt(cm * m / 3600.0),
        "haycock": 0.024265 * m**0.5378 * cm**0.3964,
    }
    if formula.lower() not in formulas:
        raise KineticsError(f"unknown formula '{formula}'; there are: Du Bois, Mosteller, Haycock")
    return formulas[formula.lower()]


def lean_body_mass_kg(sex: str, height_m: float, mass_kg: float, formula: str = "Janmahasatian") -> float:
    """Lean body mass in kg.

    "Janmahasatian": 9270 W/(6680 + 216 BMI) in men, 9270 W/(8780 + 244 BMI) in women (Clin Pharmacokinet
    2005;44:1051). "James": 1.10 W - 128 (W/H)^2 in men, 1.07 W - 148 (W/H)^2 in women, H in cm (James,
    Research on Obesity, HMSO 1976; Morgan & Bray, Arch Intern Med 1994;154:750).

    Parameters
    ----------
    sex : "male" or "female".
    height_m : 0.3 to 2.5 m.
    mass_kg : body mass, 1 to 400 kg.
    formula : "Janmahasatian" or "James".

    Raises
    ------
    KineticsError : the James formula beyond the BMI at which it begins to fall with mass (43 in men, 36 in
        women), where it is known to be wrong.

    Examples
    --------
    >>> round(lean_body_mass_kg("male", 1.75, 70.0), 1)
    55.9
    """
    h, m = size(height_m, mass_kg)
    male, bmi = _sex(sex) == "male", m / h**2
    if formula.lower() == "janmahasatian":
        return 9270.0 * m / (6680.0 + 216.0 * bmi) if male else 9270.0 * m / (8780.0 + 244.0 * bmi)
    if formula.lower() != "james":
        raise KineticsError(f"unknown formula '{formula}'; there are: Janmahasatian, James")
    a, b = (1.10, 128.0) if male else (1.07, 148.0)
    highest = a / (2 * b) * 1e4
    if bmi > highest:
        raise KineticsError(
            f"the James formula falls with mass above a BMI of {highest:.0f} kg/m2 ({sex}); it is {bmi:.1f}"
            " here: take Janmahasatian"
        )
    return a * m - b * (m / (100.0 * h)) ** 2


def nadler_blood_volume_L(sex: str, height_m: float, mass_kg: float) -> float:
    """Blood volume in L: 0.3669 H^3 + 0.03219 W + 0.6041 (men), 0.3561 H^3 + 0.03308 W + 0.1833 (women).

    Nadler, Hidalgo & Bloch, Surgery 1962;51:224; H in m, W in kg.

    Parameters
    ----------
    sex : "male" or "female".
    height_m : 0.3 to 2.5 m.
    mass_kg : body mass, 1 to 400 kg.

    Raises
    ------
    KineticsError : a height or mass that a person cannot have, or an unknown sex.

    Examples
    --------
    >>> round(nadler_blood_volume_L("female", 1.65, 60.0), 2)
    3.77
    """
    h, m = size(height_m, mass_kg)
    if _sex(sex) == "male":
        return 0.3669 * h**3 + 0.03219 * m + 0.6041
    return 0.3561 * h**3 + 0.03308 * m + 0.1833


def nadler_plasma_volume_L(
    sex: str,
    height_m: float,
    mass_kg: float,
    haematocrit: float,
    body_to_venous: float = BODY_TO_VENOUS_HAEMATOCRIT,
) -> float:
    """Plasma volume in L: Nadler's blood volume x (1 - body haematocrit).

    The body haematocrit is the venous one x ``body_to_venous``; 1 takes the venous one as it is.

    Parameters
    ----------
    sex : "male" or "female".
    height_m : 0.3 to 2.5 m.
    mass_kg : body mass, 1 to 400 kg.
    haematocrit : of venous blood, a fraction of 0.1 to 0.7.
    body_to_venous : body haematocrit over venous haematocrit, 0.5 to 1.

    Raises
    ------
    KineticsError : a height or mass that a person cannot have, an unknown sex, a haematocrit that is no
        fraction of 0.1 to 0.7.

    Examples
    --------
    >>> round(nadler_plasma_volume_L("male", 1.75, 70.0, 0.45), 2)
    2.85
    """
    if not 0.5 <= body_to_venous <= 1.0:
        raise KineticsError(f"body_to_venous is {body_to_venous:g}; 0.5 to 1 is allowed")
    return nadler_blood_volume_L(sex, height_m, mass_kg) * (1.0 - body_to_venous * _haematocrit(haematocrit))


def icsh_plasma_volume_L(sex: str, height_m: float, mass_kg: float) -> float:
    """Mean normal plasma volume in L: 1.578 S (men), 1.395 S (women), S the Du Bois surface area in m2.

    International Council for Standardization in Haematology, Pearson et al., Br J Haematol 1995;89:748; 98 %
    (men) and 99 % (women) of the reference population lie within 25 % of it.

    Parameters
    ----------
    sex : "male" or "female".
    height_m : 0.3 to 2.5 m.
    mass_kg : body mass, 1 to 400 kg.

    Raises
    ------
    KineticsError : a height or mass that a person cannot have, or an unknown sex.

    Examples
    --------
    >>> round(icsh_plasma_volume_L("male", 1.75, 70.0), 2)
    2.92
    """
    return (1.578 if _sex(sex) == "male" else 1.395) * surface_area_m2(height_m, mass_kg)


def icsh_red_cell_volume_L(sex: str, height_m: float, mass_kg: float, age_y: float | None = None) -> float:
    """Mean normal red cell volume in L: 1.486 S - 0.825 (men), 0.00106 age + 0.822 S (women).

    Source as for :func:`icsh_plasma_volume_L`. Women need ``age_y``.

    Parameters
    ----------
    sex : "male" or "female".
    height_m : 0.3 to 2.5 m.
    mass_kg : body mass, 1 to 400 kg.
    age_y : years; women only.

    Raises
    ------
    KineticsError : a height or mass that a person cannot have, an unknown sex, or a woman without her age.

    Examples
    --------
    >>> round(icsh_red_cell_volume_L("female", 1.65, 60.0, age_y=50), 2)
    1.42
    """
    s = surface_area_m2(height_m, mass_kg)
    if _sex(sex) == "male":
        return 1.486 * s - 0.825
    if age_y is None or not 0 < age_y < 120:
        raise KineticsError(f"age is {age_y}; the ICSH red cell volume of a woman needs her age in years")
    return 0.00106 * age_y + 0.822 * s


def retzlaff_plasma_volume_L(sex: str, height_m: float, mass_kg: float) -> float:
    """Not available: the coefficients of the nomogram could not be sourced.

    Retzlaff, Tauxe, Kiely & Stroebel, Erythrocyte volume, plasma volume, and lean body mass in adult men and
    women, Blood 1969;33:649, prints a nomogram. What is missing: its regression coefficients of plasma volume
    on height and mass, men and women, as printed. Read the volume off the nomogram and give the study that
    number.

    Parameters
    ----------
    sex, height_m, mass_kg : as for :func:`nadler_blood_volume_L`.

    Raises
    ------
    KineticsError : always.

    Examples
    --------
    >>> try:
    ...     retzlaff_plasma_volume_L("male", 1.75, 70.0)
    ... except KineticsError as error:
    ...     print(str(error)[-32:])
    a number, or take Nadler or ICSH
    """
    raise KineticsError(
        "the Retzlaff (1969) nomogram's coefficients could not be sourced: read the plasma volume off the"
        " nomogram and give it as a number, or take Nadler or ICSH"
    )
