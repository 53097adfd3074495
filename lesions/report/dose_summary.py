"""What the terminal says of the doses of lesions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.files.output import plain_table, significant
from lesions.doses.tables import summary_frame

if TYPE_CHECKING:
    from dosimetry.files.terminal import Terminal
    from lesions.doses.compute import LesionDoses

#: More patients than these are told as one line.
MOST_PATIENTS = 12


def show_doses(console: Terminal, found: LesionDoses) -> None:
    """Print doses by patient, and how many lesions have none."""
    frame = summary_frame(found.doses)
    if len(frame):
        rows = frame if len(frame) <= MOST_PATIENTS + 1 else frame.tail(1)
        table = plain_table(
            "Lesion doses / (mGy/MBq)",
            {
                "patient": "left",
                "lesions": "right",
                "mean": "right",
                "u": "right",
                "min": "right",
                "max": "right",
                "by mass": "right",
                "largest lesion": "left",
                "its dose": "right",
            },
            caption="mean: each lesion once; by mass: all lesions as one; u: by what is known",
        )
        for r in rows.to_dict("records"):
            u = r["u_mean_mGy_per_MBq"]
            table.add_row(
                str(r["patient"]),
                str(r["lesions"]),
                significant(r["mean_mGy_per_MBq"]),
                "–" if u != u else significant(u, 2),
                significant(r["min_mGy_per_MBq"]),
                significant(r["max_mGy_per_MBq"]),
                significant(r["mean_by_mass_mGy_per_MBq"]),
                f"{r['largest_lesion']} ({significant(r['largest_mass_g'])} g)",
                significant(r["largest_mGy_per_MBq"]),
            )
        console.print(table)
    if found.without:
        n = len(found.without)
        console.print(
            f"{n} lesion{'s have' if n > 1 else ' has'} no dose: lesion_doses.csv says why", style="dim"
        )
    console.print()
