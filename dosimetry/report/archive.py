"""results.h5: every result with its inputs, hashes, versions and settings, so that a number can be traced."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.errors import DosimetryError
from dosimetry.files.results_folder import sha256
from dosimetry.report.columns import read_columns, write_columns
from dosimetry.report.curve_archive import write_curves
from kinetics.populations.files import population_text
from milligray.hdf5 import new_hdf5, open_hdf5

if TYPE_CHECKING:
    import h5py
    import pandas as pd

    from dosimetry.study.results import StudyResult

FORMAT = "milligray results 2"

#: Packages whose version can change a number.
PACKAGES = (
    *("milligray", "numpy", "scipy", "pandas", "h5py", "lmfit", "icrp107-database"),
    *("numba", "xraylib"),
)


@lru_cache(maxsize=1)
def versions() -> Mapping[str, str]:
    """Versions of Python and of the packages that numbers depend on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def made_utc() -> str:
    """The date and time of now, or those of SOURCE_DATE_EPOCH (reproducible-builds.org) where it is set.

    They stand in the archive's attribute and in README.txt and nowhere else, so that tables and figures of
    the same study are the same, bit for bit.

    Raises
    ------
    DosimetryError : SOURCE_DATE_EPOCH is set to something that is no time in whole seconds since 1970.
    """
    said = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        when = datetime.now(UTC) if said is None else datetime.fromtimestamp(int(said), UTC)
    except (ValueError, OverflowError, OSError):
        raise DosimetryError(
            f"SOURCE_DATE_EPOCH is '{said}'; whole seconds since 1970 are needed, or leave it unset"
        ) from None
    return when.isoformat(timespec="seconds")


#: Stands for "/" in the name of a group, which HDF5 would take for a group within another.
SLASH = "\N{DIVISION SLASH}"


def write_archive(path: Path, result: StudyResult) -> None:
    """Write ``results.h5``.

    Groups: ``inputs`` (each input file byte for byte, with SHA-256 and name), ``settings`` (the study's
    keys), ``provenance`` (phantoms, decay data, versions, time), ``tables`` (each result table, one
    dataset a column, rows in the CSV files' order), ``populations`` (each population that curves were fitted
    with, as JSON, by region, those of an average's other models by "region, model"; where there is one),
    ``curves`` (each curve as it was used, and its fit, as :mod:`dosimetry.report.curve_archive` has it).
    Text is kept once (:mod:`dosimetry.report.columns`).
    """
    import h5py

    with new_hdf5(path, track_order=True) as f:
        f.attrs["format"] = FORMAT
        f.attrs["made_utc"] = made_utc()
        f.attrs["data"] = result.settings.data
        f.attrs["note"] = result.settings.note
        f.attrs.create("warnings", result.warnings, dtype=h5py.string_dtype())
        for name, text in versions().items():
            f.require_group("provenance/versions").attrs[name] = text
        for about, facts in result.provenance.items():
            group = f.require_group(f"provenance/{about.replace('/', SLASH)}")
            _attributes(group, facts)
        for section, file in result.inputs.items():
            data = f.require_group("inputs").create_dataset(
                section, data=np.frombuffer(file.read_bytes(), np.uint8)
            )
            data.attrs["file"] = file.name
            data.attrs["sha256"] = sha256(file)
        _attributes(f.create_group("settings"), result.all_settings())
        for name, frame in result.tables().items():
            group = f.require_group("tables").create_group(name, track_order=True)
            write_columns(group, {str(c): _values(frame[c]) for c in frame})
        for region, one in result.populations.items():
            f.require_group("populations").attrs[region] = population_text(one.population)
            for model, population in one.others.items():
                f["populations"].attrs[f"{region}, {model}"] = population_text(population)
        write_curves(f.create_group("curves"), result.curves)


def read_table(path: Path, name: str) -> pd.DataFrame:
    """One result table of an archive, as the CSV file has it."""
    import pandas as pd

    with open_hdf5(path) as f:
        return pd.DataFrame(read_columns(f[f"tables/{name}"]))


def _values(column: pd.Series) -> Iterable[Any]:
    return column.to_numpy() if column.dtype.kind in "fiub" else column.tolist()


def flat(facts: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested facts as flat ones, as the archive holds them; what is None is left out, lists become text.

    >>> flat({"organs": {"method": "linear", "tail": None}, "weights": ["ICRP 60", "ICRP 103"]})
    {'organs.method': 'linear', 'weights': 'ICRP 60, ICRP 103'}
    """
    found: dict[str, Any] = {}
    for key, value in facts.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{key}.")
        elif value is not None:
            found[prefix + key] = ", ".join(map(str, value)) if isinstance(value, list) else value
    return found


def _attributes(group: h5py.Group, facts: Mapping[str, Any]) -> None:
    for key, value in flat(facts).items():
        group.attrs[key] = value
