"""Curves as they are fitted together: sides of pairs made one, concentrations per administered activity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from dosimetry.errors import DosimetryError
from dosimetry.patients.patient import SERUM, WHOLE_BODY, Patient
from dosimetry.patients.sides import by_region
from dosimetry.svalues.folding import library_of

if TYPE_CHECKING:
    from dosimetry.patients.methods import Methods
    from kinetics.curves.curve import Curve


def measured_by_region(patient: Patient) -> Mapping[str, Curve]:
    """All curves of a patient, one a region of the patient's body.

    Raises
    ------
    DosimetryError : as :func:`dosimetry.patients.sides.by_region`.
    """
    measured = by_region(patient, library_of(patient.phantom))
    found = {WHOLE_BODY: measured.whole_body}
    if measured.serum is not None:
        found[SERUM] = measured.serum
    return {**found, **measured.organs}


def converted(patient: Patient, region: str, curve: Curve, methods: Methods) -> tuple[Curve, str]:
    """A curve in a unit that patients have in common, and what was done: concentrations become %IA/g.

    What was administered differs between patients, and is no part of how their organs take it up.

    Raises
    ------
    DosimetryError : the administered activity, or the density of kBq/mL, is not known.
    """
    if curve.unit not in ("kBq/g", "kBq/mL"):
        return curve, ""
    administered = patient.need("administered_MBq", f"organ curves in {curve.unit} need it")
    density, how = 1.0, f"administered {administered:g} MBq"
    if curve.unit == "kBq/mL":
        density = density_of(patient, region, methods)
        how += f", {density:g} g/mL"
    factor = 0.1 / density / administered  # kBq/g over MBq is 1e-3/g; in %
    changed = replace(
        curve,
        value=curve.value * factor,
        sd=None if curve.sd is None else curve.sd * factor,
        common_sd=None if curve.common_sd is None else curve.common_sd * factor,
        unit="%IA/g",
    )
    return changed, f"fitted in %IA/g, made of {curve.unit} ({how})"


def density_of(patient: Patient, region: str, methods: Methods) -> float:
    """Density of a region whose curve is in kBq/mL, g/mL.

    Raises
    ------
    DosimetryError : none is named.
    """
    density = methods.density_g_per_mL(region)
    if density is None:
        assert patient.measurements is not None
        raise DosimetryError(
            f"{patient.measurements.where(region, patient.name)}: 'kBq/mL' needs a density: name"
            f" '{region}' or 'other' in tissue_density_g_per_mL"
        )
    return density
