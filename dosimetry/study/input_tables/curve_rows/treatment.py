"""What is done with the rows of a curve before they are one, and what is to be said of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dosimetry.files.tables import Row, Table
from dosimetry.patients.curve_methods import CurveMethod
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import Patient
from dosimetry.study.input_tables.curve_rows import below_limit
from dosimetry.study.input_tables.curve_rows.batches import batches_note
from dosimetry.study.input_tables.curve_rows.clock_times import NAIVE, ClockTable
from kinetics.curves.blq import BlqPoint
from kinetics.curves.curve import Curve


class Treatment:
    """The curves of one patient from rows, and what was done to them.

    below_limit, notes : as :class:`dosimetry.Measurements` has them.
    used : curve's key -> its table and the rows that are its points, where some were left out or set.
    """

    def __init__(self, patient: Patient, methods: Methods) -> None:
        self.patient, self.methods = patient, methods
        self.below_limit: dict[str, tuple[BlqPoint, ...]] = {}
        self.notes: dict[str, list[str]] = {}
        self.used: dict[str, tuple[Table, list[Row]]] = {}

    def curve(
        self,
        make: Callable[..., Curve],
        table: Table,
        rows: Sequence[Row],
        name: str,
        region: str,
        word: str = "",
        **state: Any,
    ) -> Curve:
        """The curve of some rows.

        Parameters
        ----------
        make : of a table, rows and a patient, one of :mod:`dosimetry.study.input_tables.curves`.
        name, region : of the table ("organs") and of the curve ("liver").
        word : the region's side ("left kidney"), where the curve is of that alone.
        """
        word = word or region
        blq = getattr(self.methods, "organ_blq" if name == "organs" else f"{name}_blq")
        method = self.methods.of_curve(region, self.patient.curve_methods)
        whose = self.patient.name if name != "organs" else f"{self.patient.name}, {word}"
        notes = []
        if isinstance(table, ClockTable) and self.patient.name in table.naive:
            notes.append(NAIVE)
        used, points = below_limit.treated(table, rows, name, whose, blq, method)
        if points:
            self.below_limit[word] = points
            self.used[word] = (table, used)
            notes.append(below_limit.note(points, blq))
        if name == "serum" and "sample_counts" in table.columns and (batches := batches_note(used)):
            notes.append(batches)
        if notes:
            self.notes[word] = notes
        check_logarithms(table, used, method)
        return make(table, used, self.patient, **state)


def check_logarithms(table: Table, rows: Sequence[Row], method: CurveMethod) -> None:
    """The values of a curve suit the trapezoids by which its area is made."""
    for row in rows if "log" in (method.method or "") else ():
        if row["value"] <= 0:
            table.complain(
                row,
                "value",
                f"{row['value']:g} has no logarithm; a value greater than 0 is needed for {method.method}"
                " areas",
            )
