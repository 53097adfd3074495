"""Masses of a patient's organs by a named choice, each with a word on where it comes from."""

from __future__ import annotations

from dosimetry.errors import DosimetryError
from dosimetry.patients.patient import Patient
from dosimetry.tiacs.regions import absent_of, source_values
from phantoms.library.locality import body_mass_kg
from phantoms.library.saf import SafLibrary

REFERENCE = "reference"
SCALED = "scaled to body mass"
MEASURED = "measured"
#: Of a patient whose body was made of the patient's own images, whatever is chosen for the others.
OWN = "the patient's own body"


class OrganMasses:
    """Masses of one patient's organs.

    Parameters
    ----------
    choice : "reference" (the phantom's), "scaled to body mass" (the phantom's times the ratio of the body
        masses) or "measured" (the patient's, and the phantom's where there is none). A patient whose body is
        the patient's own has the masses of that body by any choice.

    Attributes
    ----------
    measured : the patient's own masses that are used, kg, by region; left and right added.
    body_mass_kg : the patient's, where masses are scaled to it; None otherwise.

    Raises
    ------
    DosimetryError : masses are to be scaled and the body mass is not known; masses were measured and the
        choice does not use them.
    """

    def __init__(self, choice: str, patient: Patient, library: SafLibrary) -> None:
        if patient.own_body:
            if patient.organ_mass_kg:
                raise DosimetryError(own_masses(patient))
            choice = OWN
        self.library = library
        self.choice = choice
        self.factor = 1.0
        self.body_mass_kg: float | None = None
        if patient.organ_mass_kg and choice != MEASURED:
            raise DosimetryError(
                f"patient '{patient.name}' has measured organ masses, but organ masses are '{choice}':"
                f" choose '{MEASURED}' or leave them out"
            )
        absent = absent_of(patient.absent, library)
        self.measured = source_values(
            patient.organ_mass_kg, library, what="measured mass", unit="kg", absent=absent
        )
        if choice == SCALED:
            self.body_mass_kg = patient.need("body_mass_kg", "organ masses are scaled to body mass")
            self.factor = self.body_mass_kg / body_mass_kg(library)

    def of(self, region: str) -> tuple[float, str]:
        """Mass in kg, and where it comes from."""
        if region in self.measured:
            return self.measured[region], MEASURED
        if region not in self.library.source_mass_kg:
            raise DosimetryError(f"phantom '{self.library.phantom}' has no mass for '{region}'")
        mass = self.library.source_mass_kg[region]
        if self.choice == SCALED:
            return mass * self.factor, SCALED
        return mass, self.choice if self.choice in (REFERENCE, OWN) else f"{REFERENCE}, not measured"


def own_masses(patient: Patient) -> str:
    """What is said of measured masses for a body that has the patient's already."""
    return (
        f"patient '{patient.name}' has measured organ masses, but '{patient.phantom}' is the patient's own"
        " body, whose masses are those of its images: leave them out"
    )
