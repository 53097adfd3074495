"""Curves with their fits in results.h5: one table of curves, one of all points, one of all parameters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.errors import DosimetryError
from dosimetry.report.columns import read_column, write_columns, write_numbers
from kinetics.areas.alternatives import BETWEEN, FIRST_INTERVAL, TAIL
from milligray.hdf5 import open_hdf5

if TYPE_CHECKING:
    import h5py

    from dosimetry.tiacs.tiacs import UsedCurve

NOTE = (
    "index: a row a curve. Its points are the n_points rows of 'points' from first_point on, its fit's"
    " parameters the n_parameters rows of 'parameters' from first_parameter on. The covariance of its values"
    " is n_points x n_points numbers, by rows, of value_covariance from first_value_covariance on; that of"
    " its parameters n_parameters x n_parameters numbers of parameter_covariance from"
    " first_parameter_covariance on. -1: there is none."
    " below_limit: points below the limit of quantification, and the value that each was set to and has among"
    " the points; NaN: left out."
    " u_between_points, u_first_interval, u_tail: standard uncertainty of an area by trapezoids, in its unit,"
    " by the choice of each rule; NaN: none, or not known. other_rules: the area by each other rule, the rest"
    " held."
    " Rows count from 0. Numbers in a column of text are"
    " lines of the dataset of its name in 'texts'."
)


def write_curves(group: h5py.Group, curves: Sequence[UsedCurve]) -> None:
    """All curves of a study into one group; its attribute ``note`` says how they stand there."""
    group.attrs["note"] = NOTE
    n = np.array([len(c.curve) for c in curves])
    p = np.array([0 if c.fit is None else c.fit.n_parameters for c in curves])
    has_values = np.array([c.curve.sd is not None for c in curves])
    has_fit = np.array([c.fit is not None and c.fit.covariance is not None for c in curves])
    write_columns(
        group.create_group("index", track_order=True),
        {
            "patient": [c.patient for c in curves],
            "region": [c.region for c in curves],
            "unit": [c.curve.unit for c in curves],
            "decay_corrected": np.array([bool(c.curve.decay_corrected) for c in curves]),
            "scale_relative_sd": np.array([c.curve.scale_relative_sd for c in curves]),
            "normalised_at_h": np.array([_or_nan(c.curve.normalised_at_h) for c in curves]),
            "model": [c.fit.model if c.fit else "" for c in curves],
            "formula": [c.fit.function.formula if c.fit else "" for c in curves],
            "area_method": [c.area.method if c.area else "" for c in curves],
            "area_first_interval": [c.area.first_interval if c.area else "" for c in curves],
            "area_tail": [c.area.tail if c.area else "" for c in curves],
            **{
                f"u_{part.replace(' ', '_')}": np.array([_u_rule(c, part) for c in curves])
                for part in (BETWEEN, FIRST_INTERVAL, TAIL)
            },
            "note": ["; ".join(c.notes) for c in curves],
            "n_points": n,
            "first_point": _first(n),
            "n_parameters": p,
            "first_parameter": _first(p, p > 0),
            "first_value_covariance": _first(n**2, has_values),
            "first_parameter_covariance": _first(p**2, has_fit),
        },
    )
    points = group.create_group("points", track_order=True)
    write_numbers(points, "time_h", (c.curve.time_h for c in curves))
    write_numbers(points, "value", (c.curve.value for c in curves))
    nothing = {size: np.full(size, np.nan) for size in set(n.tolist())}
    write_numbers(points, "sd", (nothing[len(c.curve)] if c.curve.sd is None else c.curve.sd for c in curves))
    write_numbers(
        points,
        "fitted",
        (nothing[len(c.curve)] if c.fit is None else c.fit.predict(c.curve.time_h) for c in curves),
    )
    below = [(c, p) for c in curves for p in c.below_limit]
    write_columns(
        group.create_group("below_limit", track_order=True),
        {
            "patient": [c.patient for c, _ in below],
            "region": [c.region for c, _ in below],
            "time_h": np.array([p.time_h for _, p in below], dtype=float),
            "limit": np.array([_or_nan(p.limit) for _, p in below], dtype=float),
            "value": np.array([_or_nan(p.value) for _, p in below], dtype=float),
            "sd": np.array([_or_nan(p.sd) for _, p in below], dtype=float),
        },
    )
    others = [(c, *one) for c in curves if c.area is not None for one in c.area.alternatives.items()]
    write_columns(
        group.create_group("other_rules", track_order=True),
        {
            "patient": [c.patient for c, _, _ in others],
            "region": [c.region for c, _, _ in others],
            "rule": [rule for _, rule, _ in others],
            "area": np.array([value for _, _, value in others], dtype=float),
        },
    )
    fits = [c.fit for c in curves if c.fit is not None]
    write_columns(
        group.create_group("parameters", track_order=True),
        {
            "name": [name for f in fits for name in f.function.parameters],
            "value": np.concatenate([f.theta for f in fits]) if fits else np.zeros(0),
        },
    )
    covariances = (v for c in curves if (v := c.curve.covariance()) is not None)
    write_numbers(group, "value_covariance", covariances)
    write_numbers(group, "parameter_covariance", (f.covariance for f in fits if f.covariance is not None))


def read_curve(path: Path, patient: str, region: str) -> dict[str, Any]:
    """One curve of an archive: a row of the index, with its arrays.

    Returns
    -------
    The index's columns by name; ``time_h``, ``value``, ``sd``, ``fitted`` (N,), ``value_covariance`` (N, N),
    ``parameters`` (name -> value) and ``parameter_covariance`` (P, P); None where there is none.
    ``other_rules``: rule of trapezoids -> area by it.

    Raises
    ------
    DosimetryError : the archive has no such curve.
    """
    with open_hdf5(path) as f:
        curves = f["curves"]
        index = curves["index"]
        is_it = (read_column(index, "patient") == patient) & (read_column(index, "region") == region)
        if not is_it.any():
            raise DosimetryError(f"{path}: no curve of '{region}' of patient '{patient}'")
        i = int(np.flatnonzero(is_it)[0])
        found: dict[str, Any] = {c: read_column(index, c, [i])[0] for c in index.attrs["columns"]}
        n, p = int(found["n_points"]), int(found["n_parameters"])
        at = int(found["first_point"])
        for column in curves["points"]:
            values = curves["points"][column][at : at + n]
            found[column] = None if np.isnan(values).all() else values
        first = int(found["first_parameter"])
        rows = slice(first, first + p) if first >= 0 else slice(0, 0)
        names, values = (read_column(curves["parameters"], c, rows) for c in ("name", "value"))
        found["parameters"] = dict(zip(names.tolist(), values.tolist(), strict=True))
        for name, size in (("value_covariance", n), ("parameter_covariance", p)):
            start = int(found[f"first_{name}"])
            numbers = curves[name][start : start + size**2] if start >= 0 else None
            found[name] = None if numbers is None else numbers.reshape(size, size)
        others = curves["other_rules"]
        rows_of = (read_column(others, "patient") == patient) & (read_column(others, "region") == region)
        names, values = (read_column(others, c)[rows_of] for c in ("rule", "area"))
        found["other_rules"] = dict(zip(names.tolist(), values.tolist(), strict=True))
        return found


def _first(sizes: np.ndarray, there: np.ndarray | None = None) -> np.ndarray:
    """Where each of some blocks begins that stand end to end; -1 for one that is not there."""
    there = np.ones(sizes.shape, dtype=bool) if there is None else there
    taken = np.where(there, sizes, 0)
    return np.where(there, np.cumsum(taken) - taken, -1)


def _u_rule(curve: UsedCurve, part: str) -> float:
    return _or_nan(None if curve.area is None else curve.area.u_rules.get(part))


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else float(value)
