"""TIACs that follow from serum: heart contents, and red marrow without specific uptake."""

from __future__ import annotations

from dataclasses import dataclass

from dosimetry.errors import DosimetryError
from dosimetry.tiacs.tiac import Area, Tiac, positive, scaled

#: Sgouros, J Nucl Med 1993;34:689-694: extracellular fluid is 0.19 of the red marrow's volume.
MARROW_EXTRACELLULAR_FRACTION = 0.19

#: Density of red marrow and of blood, g/mL: ICRU Report 46 (1992), adult.
MARROW_DENSITY_G_PER_ML = 1.03
BLOOD_DENSITY_G_PER_ML = 1.06

#: Allowed haematocrit, a fraction: outside of it a percentage or a mistake is meant.
HAEMATOCRIT_RANGE = (0.1, 0.7)


@dataclass(frozen=True)
class BloodConstants:
    """Constants by which serum becomes heart contents and red marrow.

    extracellular_fraction : of the red marrow's volume (Sgouros 1993).
    marrow_density_g_per_mL, blood_density_g_per_mL : ICRU Report 46.

    Raises
    ------
    DosimetryError : one that is not above 0.

    Examples
    --------
    >>> BloodConstants(extracellular_fraction=0.2).marrow_density_g_per_mL
    1.03
    """

    extracellular_fraction: float = MARROW_EXTRACELLULAR_FRACTION
    marrow_density_g_per_mL: float = MARROW_DENSITY_G_PER_ML
    blood_density_g_per_mL: float = BLOOD_DENSITY_G_PER_ML

    def __post_init__(self) -> None:
        positive(self.extracellular_fraction, "extracellular fraction of the marrow", "")
        positive(self.marrow_density_g_per_mL, "density of red marrow", "g/mL")
        positive(self.blood_density_g_per_mL, "density of blood", "g/mL")


STANDARD = BloodConstants()


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
    contents_mass_kg : mass of blood in the heart; its volume is mass / ``blood_density_g_per_mL`` (ICRU 46:
        1.06 g/mL).

    Raises
    ------
    DosimetryError : a haematocrit that is no fraction of 0.1 to 0.7, a mass or density that is not above 0.

    Examples
    --------
    >>> tiac = heart_contents(Area(900.0, 30.0, "serum"), haematocrit=0.4, contents_mass_kg=0.53)
    >>> round(tiac.value_h, 3)  # 9 h/L x 0.6 x 0.5 L
    2.7
    """
    plasma = 1.0 - check_haematocrit(haematocrit)
    volume_L = positive(contents_mass_kg, "mass of the heart contents", "kg") / positive(
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
    extracellular_fraction: float = MARROW_EXTRACELLULAR_FRACTION,
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
    extracellular_fraction : share of the marrow's volume that the serum's activity is in.

    Raises
    ------
    DosimetryError : as :func:`heart_contents`.

    Examples
    --------
    >>> tiac = red_marrow(Area(900.0, 30.0, "serum"), haematocrit=0.4, marrow_mass_kg=1.03)
    >>> round(tiac.value_h, 3)  # 9 h/L x 0.19 x 1 L
    1.71
    """
    plasma = 1.0 - check_haematocrit(haematocrit)
    volume_L = positive(marrow_mass_kg, "mass of the red marrow", "kg") / positive(
        marrow_density_g_per_mL, "density of red marrow", "g/mL"
    )
    marrow_to_blood = positive(extracellular_fraction, "extracellular fraction of the marrow", "") / plasma
    how = (
        f"serum area x (1 - haematocrit {haematocrit:g}) x {extracellular_fraction:g}/(1 - haematocrit)"
        f" x marrow volume {volume_L * 1e3:.4g} mL (density {marrow_density_g_per_mL:g} g/mL)"
    )
    return scaled("red marrow", serum, 0.01 * plasma * marrow_to_blood * volume_L, how)


def check_haematocrit(haematocrit: float) -> float:
    """The haematocrit, if it is a fraction that a patient can have; DosimetryError otherwise."""
    low, high = HAEMATOCRIT_RANGE
    if low < haematocrit < high:
        return haematocrit
    hint = f"; did you mean {haematocrit / 100:g}?" if low < haematocrit / 100 < high else ""
    raise DosimetryError(
        f"haematocrit is {haematocrit:g}; it must be a fraction between {low} and {high}{hint}"
    )
