"""A folder of datasets: XPT and Dataset-JSON files, a listing of their variables, a page on what they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dosimetry.cdisc.datasets import CdiscDatasets, cdisc_datasets
from dosimetry.cdisc.form.dataset_json import dataset_json
from dosimetry.cdisc.form.xpt import xpt_bytes
from dosimetry.cdisc.options import CdiscOptions
from dosimetry.dossier.results.reading import ARCHIVE
from dosimetry.dossier.results.results import Results
from dosimetry.errors import DosimetryError
from dosimetry.files.output import csv_text, write_text
from dosimetry.files.results_folder import MANIFEST, check_free, new_folder
from dosimetry.report.archive import made_utc, versions

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.study.results import StudyResult

FORMATS = ("xpt", "json")
VARIABLES = "variables.csv"
BY_HAND = (
    "define.xml, with the object identifiers of the Dataset-JSON files; variables.csv is a start for"
    " it, and no define.xml",
    "DM, EX, ADSL and the trial design domains; these datasets hold no dates",
    "dates and times (PCDTC, PCRFTDTC, PPRFTDTC), visits and epochs, laboratory (PCNAM), assay method and its"
    " limit of measured samples (PCLLOQ)",
    "the sponsor's identifiers: STUDYID and USUBJID must be those of the other datasets",
    "planned times, where the study's table has actual ones",
    "RELREC between PC and PP (PCGRPID, PPGRPID)",
    "protocol deviations and populations (flags of ADSL)",
    "validation of the whole package by the software that the authority names",
)


def write_cdisc(
    folder: str | Path,
    results: Results | StudyResult | str | Path,
    *,
    options: CdiscOptions | None = None,
    formats: Sequence[str] = FORMATS,
    overwrite: bool = False,
) -> Path:
    """Write a study's results as CDISC datasets into a new folder, whole or not at all.

    Parameters
    ----------
    folder : must not exist yet, or be one that this function wrote, with ``overwrite``.
    results, options : as for :func:`dosimetry.cdisc_datasets`.
    formats : "xpt" (SAS transport, version 5), "json" (Dataset-JSON 1.1).

    Returns
    -------
    The folder: ``pc.xpt``, ``pc.json`` and so on, ``variables.csv``, ``README.txt``. The time in the files is
    that of SOURCE_DATE_EPOCH where it is set, so that the same results give the same bytes.

    Raises
    ------
    DosimetryError : as :func:`dosimetry.cdisc_datasets`; an unknown format; pyreadstat is not installed; the
        folder cannot be written or is there already.

    Examples
    --------
    >>> import tempfile
    >>> from dosimetry import run_study
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     out = write_cdisc(f"{folder}/datasets", run_study("examples/zr89-huj591/study.toml"))
    ...     sorted(p.name for p in out.iterdir())
    ['README.txt', 'adrd.json', 'adrd.xpt', 'manifest.sha256', 'variables.csv']
    """
    folder = Path(folder)
    check_folder(folder, overwrite=overwrite)
    check_formats(formats)
    write_datasets(folder, cdisc_datasets(results, options), formats, overwrite=overwrite)
    return folder


def check_folder(folder: Path, *, overwrite: bool) -> None:
    """Raise where datasets cannot be put, or would take the place of a study's results.

    Raises
    ------
    DosimetryError : as :func:`dosimetry.files.results_folder.check_free`; a folder of results.
    """
    if (folder / ARCHIVE).exists():
        raise DosimetryError(
            f"{folder}: this folder has a study's results; name another one for the datasets"
        )
    check_free(folder, overwrite=overwrite)


def check_formats(formats: Sequence[str]) -> None:
    """Raise where a format is unknown, or none is asked for.

    Raises
    ------
    DosimetryError : it says which there are.
    """
    unknown = [f for f in formats if f not in FORMATS]
    if unknown or not formats:
        raise DosimetryError(
            f"unknown format '{unknown[0] if unknown else ''}' of datasets; there are: {', '.join(FORMATS)}"
        )


def write_datasets(
    folder: Path, made: CdiscDatasets, formats: Sequence[str] = FORMATS, *, overwrite: bool = False
) -> None:
    """Write datasets into a new folder.

    Raises
    ------
    DosimetryError : pyreadstat is not installed; the folder cannot be written or is there already.
    """
    now = made_utc()
    with new_folder(folder, overwrite=overwrite) as unfinished:
        for dataset in made.datasets.values():
            name = dataset.name.lower()
            if "xpt" in formats:
                content = xpt_bytes(dataset, datetime.fromisoformat(now))
                (unfinished / f"{name}.xpt").write_bytes(content)
            if "json" in formats:
                text = dataset_json(
                    dataset, study_id=made.study_id, made_utc=now, program_version=versions()["milligray"]
                )
                write_text(unfinished / f"{name}.json", text)
        write_text(unfinished / VARIABLES, csv_text(variables_table(made)))
        write_text(unfinished / "README.txt", read_me(made, now))


def variables_table(made: CdiscDatasets) -> pd.DataFrame:
    """Every variable of every dataset: label, type, length, origin and derivation, one row each."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "dataset": d.name,
                "dataset_label": d.label,
                "class": d.kind,
                "structure": d.structure,
                "order": i,
                "variable": v.name,
                "label": v.label,
                "type": v.kind,
                "length": d.length(v.name),
                "key": v.key or "",
                "codelist": v.codelist,
                "origin": v.origin,
                "derivation": v.derivation,
            }
            for d in made.datasets.values()
            for i, v in enumerate(d.variables, 1)
        ]
    )


def read_me(made: CdiscDatasets, now: str) -> str:
    """What the folder holds, where it comes from and what is still to be done, as plain text."""
    results = made.results
    title = f"Datasets of {results.name}"
    lines = [title, "=" * len(title), ""]
    lines += [f"Product: {results.product}", f"Data: {results.settings['data']}"]
    lines += [
        f"Made: {now} by milligray {versions()['milligray']}",
        f"Results (SHA-256): {results.sha256}",
        "",
    ]
    for d in made.datasets.values():
        lines.append(f"{d.name}: {d.label}; {len(d.rows)} records; {d.structure}")
    lines += [f"{name}: not made, since {why}" for name, why in made.absent.items()]
    lines += ["", f"{VARIABLES}: every variable with its label, type, origin and derivation", ""]
    for head, texts in (
        ("What to know", made.notes),
        ("Warnings of the study", results.warnings),
        ("Still to be done by hand", BY_HAND),
    ):
        if texts:
            lines += [head, *(f"- {text}" for text in texts), ""]
    return "\n".join([*lines, f"{MANIFEST}: SHA-256 of each file", ""])
