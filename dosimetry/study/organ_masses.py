"""Organ masses of a patient by the study's choice, each with a word on where it comes from."""

from __future__ import annotations

from dosimetry.errors import DosimetryError
from dosimetry.files.tables import Table
from dosimetry.study.inputs import Patient, PatientTable, source_region
from phantoms.library.locality import body_mass_kg
from phantoms.library.saf import SafLibrary

REFERENCE = "reference"
SCALED = "scaled to body mass"
MEASURED = "measured"


class OrganMasses:
    """Masses of one patient's organs.

    Parameters
    ----------
    choice : "reference" (the phantom's), "scaled to body mass" (the phantom's times the ratio of the body
        masses) or "measured" (a table's, and the phantom's where it has none).
    table : rows of patient, organ, mass_g; with "measured" only.

    Attributes
    ----------
    measured : masses of the table, kg, by region.
    body_mass_kg : the patient's, where masses are scaled to it; None otherwise.
    """

    def __init__(
        self, choice: str, table: Table | None, patient: Patient, patients: PatientTable, library: SafLibrary
    ) -> None:
        self.library = library
        self.choice = choice
        self.measured: dict[str, float] = {}
        self.factor = 1.0
        self.body_mass_kg: float | None = None
        if choice == SCALED:
            mass = patients.need(patient, "body_mass_kg", "organ masses are scaled to body mass")
            self.body_mass_kg = mass
            self.factor = mass / body_mass_kg(library)
        if table is not None:
            self._read(table, patient)

    def _read(self, table: Table, patient: Patient) -> None:
        for row in table.rows:
            if row["patient"] == patient.name:
                region = source_region(table, row, "organ", self.library)
                if region in self.measured:
                    raise table.fail(row, "organ", f"'{row['organ']}' stands twice for {patient.name}")
                self.measured[region] = row["mass_g"] / 1000

    def of(self, region: str) -> tuple[float, str]:
        """Mass in kg, and where it comes from."""
        if region in self.measured:
            return self.measured[region], MEASURED
        if region not in self.library.source_mass_kg:
            raise DosimetryError(f"phantom '{self.library.phantom}' has no mass for '{region}'")
        mass = self.library.source_mass_kg[region]
        if self.choice == SCALED:
            return mass * self.factor, SCALED
        return mass, REFERENCE if self.choice == REFERENCE else f"{REFERENCE}, not measured"
