"""One patient from pandas: the tables of a study as DataFrames, in place of files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dosimetry.errors import DosimetryError
from dosimetry.files.tables import Column, Table, frame_table
from dosimetry.nuclides.nuclide import Nuclide, nuclide
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import Patient
from dosimetry.study.input_tables.curve_rows.clock_times import in_hours, or_clocks
from dosimetry.study.input_tables.inputs import checked_measurements, checked_organs
from dosimetry.study.input_tables.patients import Tables, with_measurements
from dosimetry.study.input_tables.table_columns import MASSES, MEASURED, ORGANS
from milligray.errors import Complaints

if TYPE_CHECKING:
    import pandas as pd


def patient_from_frames(
    patient: Patient,
    methods: Methods,
    of: str | Nuclide,
    *,
    whole_body: pd.DataFrame,
    serum: pd.DataFrame | None = None,
    organs: pd.DataFrame | None = None,
    masses: pd.DataFrame | None = None,
    decay_corrected: Mapping[str, bool],
) -> Patient:
    """The patient with the measurements of DataFrames whose columns are those of a study's tables.

    Parameters
    ----------
    patient : who it is: body, administered activity, haematocrit.
    methods : by which methods measurements become TIACs; what a table must have depends on them.
    of : the nuclide, e.g. "Zr-89".
    whole_body : ``time_h`` (h after administration) with the probe's counts, or ``percent_ia`` (%IA).
    serum : ``time_h`` with counts of samples and standard, or ``percent_ia_per_L`` (%IA/L).
    organs : ``organ``, ``time_h``, ``value``, ``unit`` and optionally ``sd``.
    masses : ``organ``, ``mass_g``.
    decay_corrected : for each of "whole_body", "serum" and "organs" that is given, whether its activities
        are corrected to the time of administration. There is no default.

    All columns stand in docs/study.md; ``time`` (date and time of day) may stand in place of ``time_h`` where
    the patient has ``injected_at``. A column ``patient`` may be there, with this patient's name alone.

    Raises
    ------
    DosimetryError : a mistake in a table, with its row and column; a state of decay that is not said.
    KineticsError, PhantomError : as for a study.

    >>> import pandas as pd
    >>> who = Patient(name="P01", sex="male", phantom="adult male")
    >>> methods = Methods(
    ...     whole_body_model="monoexponential", whole_body_weights="none",
    ...     heart_contents="none", red_marrow="none", organ_masses="reference",
    ... )
    >>> probe = pd.DataFrame({"time_h": [0.1, 24.0, 96.0], "percent_ia": [100.0, 77.0, 35.0]})
    >>> state = {"whole_body": False}
    >>> p = patient_from_frames(who, methods, "Zr-89", whole_body=probe, decay_corrected=state)
    >>> p.measurements.whole_body.unit
    '%IA'
    """
    frames = {"whole_body": whole_body, "serum": serum, "organs": organs, "masses": masses}
    given = {name: frame for name, frame in frames.items() if frame is not None}
    state = _states(decay_corrected, [name for name in given if name != "masses"])
    n = nuclide(of)
    columns: dict[str, tuple[Column, ...]] = {**MEASURED, "organs": ORGANS, "masses": MASSES}
    made: dict[str, Table] = {}
    with Complaints(DosimetryError) as complaints:
        for name, frame in given.items():
            if "patient" not in frame:
                frame = frame.assign(patient=patient.name)
            with complaints.catching():
                header = [str(c) for c in frame.columns]
                table = frame_table(name, frame, or_clocks(columns[name])(header), complaints)
                for row in table.rows:
                    if row["patient"] != patient.name:
                        table.complain(row, "patient", f"'{row['patient']}' is not '{patient.name}'")
                if name in MEASURED:
                    table = checked_measurements(table, name)
                elif name == "organs":
                    table = checked_organs(table)
                if name != "masses":
                    table = in_hours(table, {patient.name: patient.injected_at}, "the Patient")
                made[name] = table
        tables = Tables(**made, decay_corrected=state)
        (found,) = with_measurements([patient], tables, methods, n.lambda_per_h)
    return found


def _states(decay_corrected: Mapping[str, bool], due: list[str]) -> dict[str, bool]:
    """Whether activities are decay-corrected, by table: said for each that is given."""
    for name in due:
        if not isinstance(decay_corrected.get(name), bool):
            raise DosimetryError(
                f"decay_corrected[{name!r}] is missing: True (corrected to the time of administration) or"
                " False (as counted)"
            )
    unknown = sorted(set(decay_corrected) - set(due))
    if unknown:
        raise DosimetryError(f"decay_corrected names '{unknown[0]}'; there are: {', '.join(due)}")
    return {name: bool(decay_corrected[name]) for name in due}
