"""From a folder of results, or from a study's result in memory, to :class:`Results`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.dossier.results.results import ResultCurve, Results, as_written
from dosimetry.errors import DosimetryError
from dosimetry.files.results_folder import MANIFEST, read_manifest, sha256
from dosimetry.report.archive import FORMAT, SLASH, flat, versions
from dosimetry.report.columns import read_columns
from milligray.hdf5 import open_hdf5

if TYPE_CHECKING:
    import h5py

    from dosimetry.study.results import StudyResult
    from dosimetry.tiacs.tiacs import UsedCurve

ARCHIVE = "results.h5"


def read_results(folder: str | Path) -> Results:
    """The results in a folder that ``milligray run`` wrote, if nothing in its tables was changed since.

    Parameters
    ----------
    folder : with ``results.h5``, the CSV tables and the manifest.

    Raises
    ------
    DosimetryError : it is no folder of results; a table or the archive is missing or was changed since it was
        written; the archive is of another format.

    Examples
    --------
    >>> import tempfile
    >>> from dosimetry import run_study, write_results
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     out = write_results(
    ...         f"{folder}/results", run_study("examples/zr89-huj591/study.toml"), figures=False
    ...     )
    ...     read_results(out).patients
    ['mean of 10']
    """
    folder = Path(folder)
    if not (folder / ARCHIVE).is_file():
        raise DosimetryError(
            f"{folder}: there is no {ARCHIVE} in it; give a folder of results that milligray run wrote"
        )
    _check_unchanged(folder)
    with open_hdf5(folder / ARCHIVE) as f:
        if f.attrs.get("format") != FORMAT:
            raise DosimetryError(
                f"{folder / ARCHIVE}: format '{f.attrs.get('format')}', but '{FORMAT}' is needed; run the"
                " study again with this version"
            )
        return Results(
            tables={name: _frame(group) for name, group in f["tables"].items()},
            curves=tuple(_curves(f["curves"])),
            settings=_plain(f["settings"].attrs),
            provenance={
                about.replace(SLASH, "/"): {k: str(v) for k, v in _plain(group.attrs).items()}
                for about, group in f["provenance"].items()
                if about != "versions"
            },
            versions={k: str(v) for k, v in _plain(f["provenance/versions"].attrs).items()},
            inputs={
                section: (str(d.attrs["file"]), str(d.attrs["sha256"])) for section, d in f["inputs"].items()
            },
            warnings=tuple(map(str, f.attrs["warnings"])),
            where=str(folder),
        )


def results_of(result: StudyResult) -> Results:
    """The same of a result in memory, as if it had been written and read.

    Raises
    ------
    DosimetryError : an input file of the study is not there any more.

    Examples
    --------
    >>> from dosimetry import run_study
    >>> results_of(run_study("examples/zr89-huj591/study.toml")).product
    '89Zr-DFO-huJ591'
    """
    for path in result.inputs.values():
        if not path.is_file():
            raise DosimetryError(f"{path}: this file of the study is not there any more; run it again")
    return Results(
        tables={name: as_written(frame) for name, frame in result.tables().items()},
        curves=tuple(map(_used, result.curves)),
        settings=flat(result.all_settings()),
        provenance={about: {k: str(v) for k, v in flat(f).items()} for about, f in result.provenance.items()},
        versions=versions(),
        inputs={section: (path.name, sha256(path)) for section, path in result.inputs.items()},
        warnings=tuple(result.warnings),
    )


def _check_unchanged(folder: Path) -> None:
    """What the tables of a dossier are made of is as it was written."""
    needed = {
        name: digest
        for name, digest in read_manifest(folder).items()
        if name == ARCHIVE or (name.endswith(".csv") and "/" not in name)
    }
    if ARCHIVE not in needed:
        raise DosimetryError(f"{folder / MANIFEST}: it does not name {ARCHIVE}; run the study again")
    bad = []
    for name, digest in needed.items():
        if not (folder / name).is_file():
            bad.append(f"{folder / name}: missing; run the study again")
        elif sha256(folder / name) != digest:
            bad.append(f"{folder / name}: changed since milligray wrote it; run the study again")
    if bad:
        raise DosimetryError(*bad)


def _frame(group: h5py.Group) -> Any:
    import pandas as pd

    return as_written(pd.DataFrame(read_columns(group)))


def _plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes as Python's own values."""
    return {k: v.item() if hasattr(v, "item") else v for k, v in attributes.items()}


def _curves(group: h5py.Group) -> Iterator[ResultCurve]:
    index = read_columns(group["index"])
    points = {name: group["points"][name][()] for name in ("time_h", "value", "sd", "fitted")}
    parameters = read_columns(group["parameters"])
    covariance = group["parameter_covariance"][()]
    for i in range(len(index["patient"])):
        row = {name: values[i] for name, values in index.items()}
        at = slice(int(row["first_point"]), int(row["first_point"]) + int(row["n_points"]))
        first, p = int(row["first_parameter"]), int(row["n_parameters"])
        of = slice(first, first + p) if first >= 0 else slice(0, 0)
        start = int(row["first_parameter_covariance"])
        yield ResultCurve(
            patient=row["patient"],
            region=row["region"],
            unit=row["unit"],
            decay_corrected=bool(row["decay_corrected"]),
            time_h=points["time_h"][at],
            value=points["value"][at],
            sd=_or_none(points["sd"][at]),
            fitted=_or_none(points["fitted"][at]),
            parameters=dict(zip(parameters["name"][of], parameters["value"][of].tolist(), strict=True)),
            parameter_covariance=covariance[start : start + p * p].reshape(p, p) if start >= 0 else None,
            first_interval=row["area_first_interval"] or "",
            tail=row["area_tail"] or "",
            **{name: row[name] or "" for name in ("model", "formula", "area_method", "note")},
        )


def _used(used: UsedCurve) -> ResultCurve:
    fit, area, curve = used.fit, used.area, used.curve
    return ResultCurve(
        patient=used.patient,
        region=used.region,
        unit=curve.unit,
        decay_corrected=bool(curve.decay_corrected),
        time_h=curve.time_h,
        value=curve.value,
        sd=curve.sd,
        fitted=None if fit is None else fit.predict(curve.time_h),
        model="" if fit is None else fit.model,
        formula="" if fit is None else fit.function.formula,
        parameters={} if fit is None else dict(zip(fit.function.parameters, fit.theta.tolist(), strict=True)),
        parameter_covariance=None if fit is None else fit.covariance,
        area_method="" if area is None else area.method,
        first_interval="" if area is None else area.first_interval,
        tail="" if area is None else area.tail,
        note="; ".join(used.notes),
    )


def _or_none(values: Iterable[float]) -> np.ndarray | None:
    array = np.asarray(values)
    return None if np.isnan(array).all() else array
