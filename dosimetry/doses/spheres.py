"""Absorbed dose of a tumour or organ as a sphere or an ellipsoid: S value from mass and density, and dose.

It is a body of one region (:mod:`phantoms.spheres.self_dose`, :mod:`phantoms.spheres.ellipsoids`); spectra,
daughters and units are those of :mod:`dosimetry.svalues.folding`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.doses.cohort import SECONDS_PER_HOUR
from dosimetry.errors import DosimetryError
from dosimetry.nuclides.left_out import left_out_note
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.nuclides.nuclide import nuclide as find_nuclide
from dosimetry.svalues.folding import KINDS, mGy_kg_per_MBq_s_MeV, s_arrays, spectra
from dosimetry.tiacs.plausible import bound_of, check_tiac

if TYPE_CHECKING:
    import pandas as pd

    from phantoms.library.saf import SafLibrary


@dataclass(frozen=True)
class SphereDose:
    """Self-dose of one sphere, or one ellipsoid.

    mass_kg, density_g_per_cm3 : of it.
    emitted_MeV, absorbed_MeV : energy per decay (daughters included, where asked) by kind of radiation.
    dose_mGy_per_MBq_h : by kind; absorbed dose, no radiation weighting in it.
    se_mGy_per_MBq_h : statistical standard error of the sum, from the transport's counting statistics.
    provenance : flat text facts.

    Examples
    --------
    >>> dose = sphere_dose("Lu-177", 0.010)
    >>> round(dose.dose_mGy_per_MBq(20.0) / dose.total_mGy_per_MBq_h, 6)
    20.0
    """

    nuclide: str
    mass_kg: float
    density_g_per_cm3: float
    emitted_MeV: Mapping[str, float]
    absorbed_MeV: Mapping[str, float]
    dose_mGy_per_MBq_h: Mapping[str, float]
    se_mGy_per_MBq_h: float
    provenance: Mapping[str, str]

    @property
    def total_mGy_per_MBq_h(self) -> float:
        """Absorbed dose per time-integrated activity, mGy/(MBq.h)."""
        return sum(self.dose_mGy_per_MBq_h.values())

    @property
    def s_value_mGy_per_MBq_s(self) -> float:
        """S value, mGy/(MBq.s)."""
        return self.total_mGy_per_MBq_h / SECONDS_PER_HOUR

    @property
    def absorbed_fraction(self) -> float:
        """Energy absorbed over energy emitted, all radiations together."""
        return sum(self.absorbed_MeV.values()) / sum(self.emitted_MeV.values())

    def dose_mGy_per_MBq(self, tiac_h: float, *, per_MBq_of: str | Nuclide | None = None) -> float:
        """Absorbed dose per administered activity, mGy/MBq, of a TIAC in h.

        Parameters
        ----------
        tiac_h : TIAC of the sphere, h.
        per_MBq_of : the nuclide that was administered, where the TIAC is a daughter's.

        Raises
        ------
        DosimetryError : the TIAC is negative, not a number, or above half-life/ln 2
            (:mod:`dosimetry.tiacs.plausible`).
        """
        if not (math.isfinite(tiac_h) and tiac_h >= 0.0):
            raise DosimetryError(f"a TIAC of {tiac_h:g} h is not possible; give 0 h or more")
        parent = None if per_MBq_of is None else find_nuclide(per_MBq_of)
        check_tiac("TIAC of the sphere", tiac_h, None, bound_of(find_nuclide(self.nuclide), parent))
        return tiac_h * self.total_mGy_per_MBq_h


def sphere_dose(
    nuclide: str | Nuclide,
    mass_kg: float,
    *,
    density_g_per_cm3: float = 1.0,
    daughters: str = "none",
) -> SphereDose:
    """Self-dose of a sphere with the activity uniform in it, surrounded by its own material.

    Parameters
    ----------
    nuclide : e.g. "Lu-177".
    mass_kg : 1e-5 to 6 (0.01 g to 6 kg).
    density_g_per_cm3 : 0.2 to 2.
    daughters : "none" or "equilibrium", as in :func:`dosimetry.s_values`.

    Raises
    ------
    DosimetryError : unknown nuclide, or one with spontaneous fission or without emissions.
    PhantomError : mass or density out of range.

    Examples
    --------
    >>> dose = sphere_dose("Lu-177", 0.010)
    >>> round(dose.total_mGy_per_MBq_h, 2), round(dose.absorbed_fraction, 2)
    (8.48, 0.8)
    """
    from phantoms.spheres.self_dose import sphere_library

    return dose_in_itself(
        nuclide, sphere_library(mass_kg, density_g_per_cm3), mass_kg, density_g_per_cm3, daughters
    )


def ellipsoid_dose(
    nuclide: str | Nuclide,
    mass_kg: float,
    axes: Sequence[float],
    *,
    density_g_per_cm3: float = 1.0,
    daughters: str = "none",
) -> SphereDose:
    """Self-dose of an ellipsoid with the activity uniform in it, surrounded by its own material.

    Absorbed fractions are those of spheres, averaged over the ellipsoid's directions, which is exact
    (:mod:`phantoms.spheres.ellipsoids`).

    Parameters
    ----------
    axes : three lengths, of which the proportion counts; the longest at most 10 times the shortest.
    nuclide, mass_kg, density_g_per_cm3, daughters : as of :func:`sphere_dose`.

    Raises
    ------
    DosimetryError, PhantomError : as :func:`sphere_dose`; axes that are none, semi-axes outside of the
        tables.

    Examples
    --------
    >>> round_one = ellipsoid_dose("Y-90", 0.010, (1, 1, 1)).total_mGy_per_MBq_h
    >>> long_one = ellipsoid_dose("Y-90", 0.010, (1, 2, 4)).total_mGy_per_MBq_h
    >>> round(round_one, 1), round(long_one / round_one, 2)
    (45.6, 0.96)
    """
    from phantoms.spheres.ellipsoids import ellipsoid_library

    a, b, c = (float(x) for x in axes) if len(axes) == 3 else (math.nan,) * 3
    library = ellipsoid_library(mass_kg, (a, b, c), density_g_per_cm3)
    return dose_in_itself(nuclide, library, mass_kg, density_g_per_cm3, daughters)


def dose_in_itself(
    nuclide: str | Nuclide, library: SafLibrary, mass_kg: float, density_g_per_cm3: float, daughters: str
) -> SphereDose:
    """The self-dose of a body of one region."""
    s = s_arrays(nuclide, library, daughters=daughters)
    emitted = {k: v.total_MeV for k, v in spectra(s.nuclide, daughters).items()}
    if sum(emitted.values()) == 0.0:
        raise DosimetryError(f"{s.nuclide.name} emits no photons, electrons or alphas: there is no self-dose")
    per_s = {k: float(s.value[k][0, 0]) for k in KINDS}
    variance = 0.0 if s.variance is None else sum(float(v[0, 0]) for v in s.variance.values())
    facts = s.provenance()
    facts["notes"] = " ".join(filter(None, (facts["notes"], left_out_note(s.nuclide, daughters))))
    return SphereDose(
        s.nuclide.name,
        mass_kg,
        density_g_per_cm3,
        emitted,
        {k: v * mass_kg / mGy_kg_per_MBq_s_MeV() for k, v in per_s.items()},
        {k: v * SECONDS_PER_HOUR for k, v in per_s.items()},
        math.sqrt(variance) * SECONDS_PER_HOUR,
        facts,
    )


def sphere_table(
    nuclides: list[str],
    mass_kg: list[float],
    *,
    density_g_per_cm3: float = 1.0,
    daughters: str = "none",
) -> pd.DataFrame:
    """Self-dose in mGy/(MBq.h) by mass (rows, g) and nuclide (columns); arguments as :func:`sphere_dose`.

    Raises
    ------
    DosimetryError, PhantomError : as :func:`sphere_dose`.

    Examples
    --------
    >>> sphere_table(["Lu-177", "Y-90"], [0.001, 0.01]).round(1)
              Lu-177   Y-90
    mass_g
    1.0         83.1  370.0
    10.0         8.5   45.6
    """
    import pandas as pd

    def column(name: str) -> list[float]:
        return [
            sphere_dose(name, m, density_g_per_cm3=density_g_per_cm3, daughters=daughters).total_mGy_per_MBq_h
            for m in mass_kg
        ]

    index = pd.Index([1e3 * m for m in mass_kg], name="mass_g")
    return pd.DataFrame({name: column(name) for name in nuclides}, index=index)
