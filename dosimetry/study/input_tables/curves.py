"""From the rows of a study's tables to the curves of one patient."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dosimetry.files.tables import Row, Table, in_time
from dosimetry.patients.patient import ORGAN_UNITS, Patient
from dosimetry.study.input_tables.curve_rows.batches import check_batches, standards
from kinetics.curves.curve import Curve
from kinetics.curves.gamma_counter import serum_curve
from kinetics.curves.probe import whole_body_curve


def _column(rows: Sequence[Row], name: str) -> NDArray[np.float64]:
    return np.array([row[name] for row in rows], dtype=float)


def _as_given(
    table: Table,
    rows: Sequence[Row],
    column: str,
    unit: str,
    name: str,
    decay_corrected: bool,
    lambda_phys_per_h: float,
) -> Curve:
    """A curve whose values stand in a column, with the SDs of the column ``sd_...`` where there is one."""
    return Curve(
        time_h=_column(rows, "time_h"),
        value=_column(rows, column),
        sd=_column(rows, f"sd_{column}") if f"sd_{column}" in table.columns else None,
        unit=unit,
        decay_corrected=decay_corrected,
        name=name,
        lambda_phys_per_h=lambda_phys_per_h,
    )


def whole_body(
    table: Table, rows: Sequence[Row], patient: Patient, *, decay_corrected: bool, lambda_phys_per_h: float
) -> Curve:
    """Retention in %IA from the probe's counts, or as the table gives it."""
    rows = in_time(table, rows, patient.name)
    time = _column(rows, "time_h")
    if "percent_ia" in table.columns:
        return _as_given(table, rows, "percent_ia", "%IA", "whole body", decay_corrected, lambda_phys_per_h)
    posterior = _column(rows, "posterior_counts") if "posterior_counts" in table.columns else None
    return whole_body_curve(
        time,
        _column(rows, "anterior_counts"),
        posterior,
        live_time_s=_column(rows, "live_time_s"),
        background_counts=_column(rows, "background_counts"),
        background_live_time_s=_column(rows, "background_live_time_s"),
        decay_corrected=decay_corrected,
        lambda_phys_per_h=lambda_phys_per_h,
    )


def serum(
    table: Table,
    rows: Sequence[Row],
    patient: Patient,
    *,
    decay_corrected: bool,
    lambda_phys_per_h: float,
) -> Curve:
    """Serum concentration in %IA/L from counts with a standard, or as the table gives it."""
    rows = in_time(table, rows, patient.name)
    time = _column(rows, "time_h")
    if "percent_ia_per_L" in table.columns:
        return _as_given(
            table, rows, "percent_ia_per_L", "%IA/L", "serum", decay_corrected, lambda_phys_per_h
        )
    administered = patient.need("administered_MBq", "serum counts need it")
    check_batches(table, rows)
    each = standards(rows)
    return serum_curve(
        time,
        _column(rows, "sample_counts"),
        sample_volume_mL=_column(rows, "sample_volume_mL"),
        live_time_s=_column(rows, "live_time_s"),
        standard=each if len(set(each)) > 1 else each[0],
        administered_MBq=administered,
        background_counts=_column(rows, "background_counts"),
        background_live_time_s=_column(rows, "background_live_time_s"),
        decay_corrected=decay_corrected,
        lambda_phys_per_h=lambda_phys_per_h,
        counted_at_h=_column(rows, "counted_at_h") if "counted_at_h" in table.columns else None,
    )


def organ(
    table: Table,
    rows: Sequence[Row],
    patient: Patient,
    region: str,
    *,
    decay_corrected: bool,
    lambda_phys_per_h: float,
) -> Curve:
    """An organ's curve in the unit of its rows."""
    rows = in_time(table, rows, f"{patient.name}, {region}")
    given = [row for row in rows if row["sd"] is not None]
    if given and len(given) < len(rows):
        lacking = next(row for row in rows if row["sd"] is None)
        raise table.fail(
            lacking, "sd", f"missing, but row {given[0].number} of the curve has it; all or none is needed"
        )
    unit = next(u for u in ORGAN_UNITS if u.lower() == rows[0]["unit"].lower())
    return Curve(
        time_h=_column(rows, "time_h"),
        value=_column(rows, "value"),
        sd=_column(rows, "sd") if given else None,
        unit=unit,
        decay_corrected=decay_corrected,
        name=region,
        lambda_phys_per_h=lambda_phys_per_h,
    )
