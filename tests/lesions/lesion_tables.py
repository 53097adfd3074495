"""Small tables on lesions, written and read; each test changes what it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import nuclide
from dosimetry.study.input_tables.inputs import read_patients
from lesions.part import GivenLesions, given_lesions
from lesions.tables.settings import Lesions
from milligray.errors import Complaints

Rows = Sequence[Mapping[str, object]]

PATIENTS: Rows = (
    {"patient": "P1", "sex": "female", "body_mass_kg": 70, "height_cm": 165, "administered_MBq": 37},
    {"patient": "P2", "sex": "male", "body_mass_kg": 80, "height_cm": 180, "administered_MBq": 37},
)
LESIONS: Rows = tuple(
    {"patient": p, "lesion": "L1", "site": "bone", "time_h": t, "suv_max": v, "sd_suv_max": 0.1 * v,
     "background_suv_mean": 1.0, "sd_background_suv_mean": 0.1, "visual_class": 3}
    for p in ("P1", "P2")
    for t, v in ((24, 4.0), (96, 8.0))
)  # fmt: skip
FDG: Rows = tuple(
    {"patient": p, "lesion": "L1", "scan": scan, "day": day, "suv_max": v, "volume_mL": 5.0}
    for p in ("P1", "P2")
    for scan, day, v in (("baseline", -7, 10.0), ("early", 14, 6.0))
)
TISSUE: Rows = ({"patient": "P1", "lesion": "L1", "ihc": 3, "fish_ratio": 4.0, "status": "positive"},)
OUTCOMES: Rows = (
    {"patient": "P1", "survival_day": 400, "died": "yes", "progression_day": 200, "progressed": "yes",
     "treatment_failure_day": 200, "treatment_failed": "yes", "best_response": "PR", "response_day": 42,
     "blood_status": "positive"},
)  # fmt: skip
REFERENCES: Rows = tuple(
    {"patient": p, "region": "blood pool", "time_h": t, "suv_mean": v, "sd_suv_mean": 0.05 * v}
    for p in ("P1", "P2")
    for t, v in ((24, 4.0), (96, 2.0))
)
FILES: Mapping[str, Rows] = {
    "patients": PATIENTS, "lesions": LESIONS, "fdg": FDG, "tissue": TISSUE, "outcomes": OUTCOMES,
    "references": REFERENCES,
}  # fmt: skip


class Files:
    """Where the tables of a test lie."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "study.toml"

    def file(self, name: str) -> Path:
        return self.path.parent / name


def changed(rows: Rows, at: int, **cells: object) -> list[dict[str, object]]:
    """The rows with other cells in one of them; None takes a cell out."""
    found = [dict(row) for row in rows]
    found[at] |= cells
    return found


def write(folder: Path, **tables: Rows) -> None:
    """All tables as CSV files, with these in place of the usual ones."""
    for name, rows in {**FILES, **tables}.items():
        columns = list(dict.fromkeys(key for row in rows for key in row))
        lines = [",".join(columns)]
        for row in rows:
            lines.append(",".join("" if row.get(c) is None else str(row[c]) for c in columns))
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def settings(**keys: Any) -> Lesions:
    """The section with all tables."""
    more = {name: {"file": f"{name}.csv"} for name in ("fdg", "tissue", "outcomes", "references")}
    said = {"file": "lesions.csv", "quantity": "suv_max", "reference_quantity": "suv_mean", **more, **keys}
    return Lesions.model_validate({key: value for key, value in said.items() if value is not None})


def read(folder: Path, keys: Lesions | None = None, **tables: Rows) -> GivenLesions:
    """The tables, written and read as a study reads them."""
    write(folder, **tables)
    files = Files(folder)
    with Complaints(DosimetryError) as found:
        known = read_patients(files.file("patients.csv"), "adult male", "adult female", found).patients
        given = given_lesions(
            keys or settings(), files, known, nuclide("Zr-89"), found, name="a test", simulated=True
        )
    return given
