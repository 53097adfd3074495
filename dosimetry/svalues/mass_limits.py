"""Masses of organs that are more likely a mistake in the unit than a patient's.

Kilograms in a column of grams are a factor of 1000, and dose goes with 1/mass: a liver of 1.8 g in place of
1.8 kg gets hundreds of times its dose. Masses are held against the reference body's, in proportion to the
patient's body where its mass is known.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from dosimetry.errors import DosimetryError
from dosimetry.svalues.patient_masses import reference_kg
from phantoms.library.locality import TOTAL_BODY, body_mass_kg
from phantoms.library.saf import SafLibrary
from phantoms.regions.sides import region_or_side

#: A mass outside of this range, as a multiple of the reference's, must be confirmed. A liver with metastases
#: or a spleen in portal hypertension comes to three or four times the usual mass, a shrunken kidney to a
#: third; goitres and filled bladders go beyond it, and are confirmed.
LOW, HIGH = 0.2, 5.0
#: Of a body whose mass is not known, no more than this many times the reference's: 220 kg in the adult.
MOST_BODIES = 3.0


def unlikely_mass(
    region: str, mass_kg: float, library: SafLibrary, body_kg: float | None = None
) -> str | None:
    """What speaks against a mass, as the end of a sentence that begins with it; None where nothing does.

    Parameters
    ----------
    region : a source region of the library; mass_kg : the patient's.
    body_kg : the patient's body mass, where it is known: the reference's mass goes in proportion to it.

    >>> from phantoms import load_phantom
    >>> unlikely_mass("liver", 0.0018, load_phantom("adult male"))[:43]
    'is 0.00094 times the 1.91 kg of the body of'
    """
    reference = reference_kg(library, region)
    scaled = ""
    if body_kg is not None:
        reference *= body_kg / body_mass_kg(library)
        scaled = f", scaled to {body_kg:g} kg of body mass"
    if reference <= 0.0 or LOW <= mass_kg / reference <= HIGH:
        return None
    ratio = mass_kg / reference
    unit = ""
    for factor, meant in ((1e3, "kilograms taken for grams"), (1e-3, "milligrams taken for grams")):
        if LOW <= ratio * factor <= HIGH:
            unit = f" (were {meant}?)"
    return (
        f"is {ratio:.2g} times the {reference:.3g} kg of the body of '{library.phantom}'{scaled};"
        f" {LOW:g} to {HIGH:g} times is expected{unit}"
    )


def check_masses(
    organ_kg: Mapping[str, float],
    library: SafLibrary,
    body_kg: float | None = None,
    *,
    confirmed: Collection[str] = (),
) -> None:
    """Refuse masses that are unlikely and not confirmed, and those that together outweigh the body.

    Parameters
    ----------
    organ_kg : masses by source region of the library.
    body_kg : the patient's body mass, where it is known.
    confirmed : source regions (or sides of them) whose masses are as given.

    Raises
    ------
    DosimetryError : with the region, the mass and the reference's.
    """
    sure = {region_or_side(str(w), library.sources, kind="source region").region for w in confirmed}
    if problem := too_heavy(organ_kg, library, body_kg):
        raise DosimetryError(problem)
    for region, mass in organ_kg.items():
        if region not in sure and (problem := unlikely_mass(region, mass, library, body_kg)):
            raise DosimetryError(f"mass of '{region}', {mass:.4g} kg, {problem}: confirm it if it is so")


def too_heavy(organ_kg: Mapping[str, float], library: SafLibrary, body_kg: float | None = None) -> str | None:
    """What is said where organs, the blood in them left out, weigh more than the body; None where not."""
    parts = {r: m for r, m in organ_kg.items() if r not in (TOTAL_BODY, "blood")}
    total = sum(parts.values())
    if not parts:
        return None
    if body_kg is not None and total > body_kg:
        return f"the masses of {', '.join(parts)} are {total:.4g} kg together, the body's is {body_kg:g} kg"
    if body_kg is None and total > MOST_BODIES * body_mass_kg(library):
        return (
            f"the masses of {', '.join(parts)} are {total:.4g} kg together; the body of"
            f" '{library.phantom}' weighs {body_mass_kg(library):.3g} kg"
        )
    return None
