"""A study of lesions as a folder: tables, figures, and a page that says what they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dosimetry.files.output import csv_text, write_text
from dosimetry.files.results_folder import MANIFEST, new_folder, sha256
from lesions.report.summary import RESEARCH

if TYPE_CHECKING:
    from dosimetry.report.figures.options import FigureOptions
    from lesions.study import LesionStudyResult


def write_lesions(
    folder: str | Path,
    result: LesionStudyResult,
    *,
    figures: bool | FigureOptions = True,
    overwrite: bool = False,
    command: str = "lesions.write_lesions",
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write the results of a study of lesions into a new folder, whole or not at all.

    Parameters
    ----------
    folder : must not exist yet, or be an earlier folder of results with ``overwrite``.
    result : from :func:`run_lesions`.
    figures : whether figures are drawn; a :class:`dosimetry.FigureOptions` says how.
    command : the command line or function that was called, for README.txt.
    progress : called after each figure with how many are done, of how many.

    Returns
    -------
    The folder: the CSV tables, ``README.txt``, ``figures/`` and ``manifest.sha256``.

    Raises
    ------
    DosimetryError : the folder is there already (without ``overwrite``), is a file, or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from lesions import run_lesions
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     result = run_lesions("examples/her2-lesions/study.toml")
    ...     written = write_lesions(f"{folder}/results", result, figures=False)
    ...     (written / "lesion_uptake.csv").exists()
    True
    """
    from dosimetry.report.figures.options import FigureOptions

    folder = Path(folder)
    with new_folder(folder, overwrite=overwrite) as unfinished:
        for name, frame in result.tables.items():
            write_text(unfinished / f"{name}.csv", csv_text(frame))
        drawn = result.part.figures if figures is not False else {}
        write_text(unfinished / "README.txt", read_me(result, command, bool(drawn)))
        options = figures if isinstance(figures, FigureOptions) else FigureOptions()
        for i, (name, draw) in enumerate(drawn.items(), 1):
            path = unfinished / "figures" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            draw(path, options)
            if progress is not None:
                progress(i, len(drawn))
    return folder


def read_me(result: LesionStudyResult, command: str, figures: bool) -> str:
    """What the folder holds, when and how it was made and where it comes from, as plain text."""
    from dosimetry.report.archive import made_utc, versions

    s = result.study.settings
    lines = [s.name, "=" * len(s.name), "", f"{RESEARCH.capitalize()}.", ""]
    if s.data == "simulated":
        lines += ["THE DATA ARE SIMULATED: no result here was measured in a patient.", ""]
    if s.note:
        lines += [s.note, ""]
    lines += [
        f"{s.product}, {result.nuclide.name} (half-life {result.nuclide.half_life_h:g} h),"
        f" patients: {len(result.lesions.patients)}",
        "",
        f"Made {made_utc()} by milligray {versions()['milligray']}:",
        f"    {command}",
        "",
        "Files",
        "-----",
        *(f"{name}.csv: {result.part.contents[name]}" for name in result.tables),
        *(["figures/: the figures"] if figures else []),
        f"{MANIFEST}: SHA-256 of every file here that milligray wrote (sha256sum --check {MANIFEST})",
        "",
        "An empty cell is a value that is missing; the column reason says why. Text that begins with = + - @"
        " has an apostrophe before it in the CSV tables, so that no spreadsheet runs it.",
        "",
        "Inputs (SHA-256)",
        "----------------",
        *(f"{sha256(path)}  {path.name}" for path in result.study.input_files().values()),
        "",
        "Settings",
        "--------",
        *_settings(s.model_dump()),
        "",
        "Provenance",
        "----------",
        *(f"{about}: {k}: {v}" for about, facts in result.part.provenance.items() for k, v in facts.items()),
        *(f"version: {name} {number}" for name, number in versions().items()),
    ]
    if result.part.warnings:
        lines += ["", "Warnings", "--------", *result.part.warnings]
    return "\n".join(lines) + "\n"


def _settings(part: dict[str, Any], prefix: str = "") -> list[str]:
    lines = []
    for key, value in part.items():
        if isinstance(value, dict):
            lines += _settings(value, f"{prefix}{key}.")
        elif value is not None and value != []:
            lines.append(f"{prefix}{key} = {str(value).lower() if isinstance(value, bool) else repr(value)}")
    return lines
