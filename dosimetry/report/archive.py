"""results.h5: every result with its inputs, hashes, versions and settings, so that a number can be traced."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import h5py
    import pandas as pd

    from dosimetry.study.results import StudyResult
    from dosimetry.tiacs.tiacs import UsedCurve

FORMAT = "milligray results 1"

#: Packages whose version can change a number.
PACKAGES = (
    *("milligray", "numpy", "scipy", "pandas", "h5py", "lmfit", "icrp107-database"),
    *("numba", "xraylib"),
)


def sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that numbers depend on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def write_archive(path: Path, result: StudyResult) -> None:
    """Write ``results.h5``.

    Groups: ``inputs`` (each input file byte for byte, with SHA-256 and name), ``settings`` (the study's
    keys), ``provenance`` (phantoms, decay data, versions, time), ``tables`` (each result table, one
    dataset a column, rows in the CSV files' order), ``curves`` (each curve as it was used, and its fit).
    """
    import h5py

    with h5py.File(path, "w", track_order=True) as f:
        f.attrs["format"] = FORMAT
        f.attrs["made_utc"] = datetime.now(UTC).isoformat(timespec="seconds")
        f.attrs["data"] = result.settings.data
        f.attrs["note"] = result.settings.note
        for name, text in versions().items():
            f.require_group("provenance/versions").attrs[name] = text
        for phantom, facts in result.provenance.items():
            _attributes(f.require_group(f"provenance/{phantom}"), facts)
        for section, file in result.inputs.items():
            data = f.require_group("inputs").create_dataset(
                section, data=np.frombuffer(file.read_bytes(), np.uint8)
            )
            data.attrs["file"] = file.name
            data.attrs["sha256"] = sha256(file)
        _attributes(f.create_group("settings"), result.settings.model_dump())
        for name, frame in result.tables().items():
            _table(f.require_group("tables").create_group(name, track_order=True), frame)
        for curve in result.curves:
            _curve(f.require_group(f"curves/{curve.patient.replace('/', '_')}/{curve.region}"), curve)


def read_table(path: Path, name: str) -> pd.DataFrame:
    """One result table of an archive, as the CSV file has it."""
    import h5py
    import pandas as pd

    with h5py.File(path, "r") as f:
        group = f[f"tables/{name}"]
        columns = {}
        for column, data in group.items():
            values = data[()]
            if values.dtype.kind == "O":
                values = [v.decode() if v else None for v in values]
            columns[column] = values
        return pd.DataFrame(columns)[list(group.attrs["columns"])]


def _attributes(group: h5py.Group, facts: Mapping[str, Any], prefix: str = "") -> None:
    for key, value in facts.items():
        if isinstance(value, Mapping):
            _attributes(group, value, f"{prefix}{key}.")
        elif value is not None:
            group.attrs[prefix + key] = ", ".join(map(str, value)) if isinstance(value, list) else value


def _table(group: h5py.Group, frame: pd.DataFrame) -> None:
    import h5py

    group.attrs["columns"] = list(frame.columns)
    for column in frame:
        values = frame[column]
        if values.dtype.kind in "fiu":
            group.create_dataset(column, data=values.to_numpy())
        else:
            text = ["" if v is None or v != v else str(v) for v in values]
            group.create_dataset(column, data=np.array(text, dtype=object), dtype=h5py.string_dtype())


def _curve(group: h5py.Group, used: UsedCurve) -> None:
    curve, fit, area = used.curve, used.fit, used.area
    group.attrs["patient"] = used.patient
    group.attrs["unit"] = curve.unit
    group.attrs["decay_corrected"] = curve.decay_corrected
    group.attrs["scale_relative_sd"] = curve.scale_relative_sd
    group["time_h"] = curve.time_h
    group["value"] = curve.value
    if curve.sd is not None:
        group["sd"] = curve.sd
        group["value_covariance"] = curve.covariance()
    if curve.normalised_at_h is not None:
        group.attrs["normalised_at_h"] = curve.normalised_at_h
    if fit is not None:
        group["fitted"] = fit.predict(curve.time_h)
        group["fitted"].attrs["model"] = fit.model
        group["fitted"].attrs["formula"] = fit.function.formula
        group["parameters"] = fit.theta
        group["parameters"].attrs["names"] = list(fit.function.parameters)
        if fit.covariance is not None:
            group["covariance"] = fit.covariance
    if area is not None:
        group.attrs["area_method"] = area.method
        group.attrs["area_first_interval"] = area.first_interval
        group.attrs["area_tail"] = area.tail
