"""What [lesions.dose] needs of the tables, told before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence

from dosimetry.errors import DosimetryError
from lesions.doses.curves import measured_value
from lesions.doses.settings import DoseSettings
from lesions.lesion import LesionPatient
from milligray.errors import Complaints

#: Quantity -> column of the table of lesions; SUVs have their own names.
COLUMN = {"activity": "activity_MBq", "concentration": "concentration_kBq_per_mL"}


def check_doses(
    settings: DoseSettings, patients: Sequence[LesionPatient], table: str, found: Complaints
) -> None:
    """A quantity that some row has, and what values of each patient are divided by.

    Parameters
    ----------
    table : path of the table of lesions, for messages.
    found : what gathers the mistakes.
    """
    column = COLUMN.get(settings.quantity, settings.quantity)
    having = [
        p for p in patients if any(measured_value(u, settings.quantity) for x in p.lesions for u in x.uptake)
    ]
    if not having:
        found.add(
            DosimetryError(
                f"{table}: lesions.dose.quantity = '{settings.quantity}', and no row has '{column}'"
            )
        )
    needed = "body_mass_kg" if settings.quantity.startswith("suv") else "administered_MBq"
    for patient in having:
        if getattr(patient, needed) is None:
            found.add(
                DosimetryError(
                    f"patient '{patient.name}': '{needed}' is missing in the table of patients, by which"
                    f" lesions.dose.quantity = '{settings.quantity}' becomes a share of what was administered"
                )
            )
    if settings.shape == "ellipsoid" and not any(x.axes_mm for p in patients for x in p.lesions):
        found.add(
            DosimetryError(
                f"{table}: lesions.dose.shape = 'ellipsoid', and no lesion has axis_1_mm, axis_2_mm and"
                " axis_3_mm"
            )
        )
