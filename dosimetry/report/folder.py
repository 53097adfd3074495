"""A study's results as files: the CSV tables, a page that says what they are, and the archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dosimetry.files.output import csv_text, write_text
from dosimetry.files.results_folder import MANIFEST, new_folder, sha256
from dosimetry.report.archive import made_utc, versions, write_archive
from kinetics.populations.files import population_text

if TYPE_CHECKING:
    from dosimetry.report.figures.options import FigureOptions
    from dosimetry.study.results import StudyResult

#: Folder of a dossier within a folder of results.
DOSSIER = "dossier"
#: What each file holds, for the page that lies beside them.
CONTENTS = {
    "subjects": "the patients: sex, age, body, what was administered, the phantom that stands for each",
    "activities": "every measured point of every curve: activity or concentration with its SD, its decay"
    " state, the mass or volume that makes it the activity of a region",
    "kinetics": "fitted parameters with standard errors, half-lives, areas under curves; cohort statistics",
    "populations": "populations that the patients' curves were fitted with: medians, spread between patients,"
    " shrinkage, models",
    "tiac": "TIAC in h of each source region, how it was obtained, its standard error; cohort statistics",
    "organ_doses": "absorbed dose in mGy/MBq of each target region; cohort statistics; in Gy of what each"
    " patient was administered, where that is known",
    "effective_dose": "effective dose in mSv/MBq by each weight set; cohort statistics",
    "comparison": "published values beside this cohort's",
    "uncertainty": "value, standard uncertainty u and interval of each TIAC, dose and effective dose, with"
    " and without the difference between patient and phantom; cohort means, their spread, what all share;"
    " u holds what is known to be off (offset), low and high are about value + offset, and the value may lie"
    " beside them",
    "uncertainty_shares": "shares of the variance u^2 by line of the budget in %, which sum to 100",
    "uncertainty_inputs": "what was stated of each input, what the data bring, and what is not known",
}


def write_results(
    folder: str | Path,
    result: StudyResult,
    *,
    figures: bool | FigureOptions = True,
    overwrite: bool = False,
) -> Path:
    """Write all results of a study into a new folder, whole or not at all, as ``milligray run`` does.

    Parameters
    ----------
    folder : must not exist yet, or be an earlier folder of results with ``overwrite``.
    result : from :func:`dosimetry.run_study`.
    figures : whether figures are drawn, which takes most of the time; a :class:`dosimetry.FigureOptions` says
        in which formats, how finely and how wide.

    Returns
    -------
    The folder: the CSV tables, ``README.txt``, ``results.h5`` and ``figures/``.

    Raises
    ------
    DosimetryError : the folder is there already (without ``overwrite``), is a file, cannot be written, or is
        the one that the program works in.

    Examples
    --------
    >>> import tempfile
    >>> from dosimetry import run_study
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_results(
    ...         f"{folder}/results", run_study("examples/zr89-huj591/study.toml"), figures=False
    ...     )
    ...     sorted(p.name for p in written.iterdir())[:3]
    ['README.txt', 'comparison.csv', 'effective_dose.csv']
    """
    folder = Path(folder)
    with new_folder(folder, overwrite=overwrite) as unfinished:
        if figures is False:
            write_tables(unfinished, result, figures=False)
        else:
            from dosimetry.report.figures.draw import draw_all

            result = with_figure_warnings(result)
            write_tables(unfinished, result)
            draw_all(unfinished / "figures", result, options=None if figures is True else figures)
    return folder


def with_figure_warnings(result: StudyResult) -> StudyResult:
    """The result with a warning more where figures cannot show a name as it is written."""
    from dataclasses import replace

    from dosimetry.report.figures.style import figure_warnings

    return replace(result, warnings=[*result.warnings, *figure_warnings(result)])


def write_tables(
    folder: Path,
    result: StudyResult,
    *,
    figures: bool = True,
    dossier: bool = False,
    command: str = "dosimetry.write_results",
) -> None:
    """Write the CSV tables, ``README.txt`` and ``results.h5`` into a folder.

    figures, dossier : whether figures, a dossier come into the folder too.
    command : the command line or function that was called.
    """
    for name, frame in result.tables().items():
        write_text(folder / f"{name}.csv", csv_text(frame))
    for region, one in result.populations.items():
        write_text(folder / population_file(region), population_text(one.population))
        for model, population in one.others.items():
            write_text(folder / population_file(region, model), population_text(population))
    about = read_me(result, figures=figures, dossier=dossier, command=command)
    write_text(folder / "README.txt", about)
    write_archive(folder / "results.h5", result)


def population_file(region: str, model: str = "") -> str:
    """Name of the file that holds the population of a region; of another model of an average with its name.

    >>> population_file("whole body"), population_file("liver", "uptake")
    ('population_whole_body.json', 'population_liver_uptake.json')
    """
    return f"population_{region.replace(' ', '_')}{f'_{model}' if model else ''}.json"


def read_me(result: StudyResult, *, figures: bool, command: str, dossier: bool = False) -> str:
    """What the folder holds, when and how it was made and where it comes from, as plain text."""
    s = result.settings
    lines = [s.name, "=" * len(s.name), ""]
    if result.simulated:
        lines += ["THE DATA ARE SIMULATED: no result here was measured in a patient.", ""]
    if s.note:
        lines += [s.note, ""]
    lines += [
        f"{s.product}, {s.nuclide} (half-life {result.half_life_h:g} h), patients: {len(result.patients)}",
        "",
    ]
    lines += [f"Made {made_utc()} by milligray {versions()['milligray']}:", f"    {command}", ""]
    lines += ["Files", "-----"]
    of_parts = (part.contents for part in result.parts.values())
    contents = CONTENTS | {name: text for one in of_parts for name, text in one.items()}
    lines += [f"{name}.csv: {contents[name]}" for name in result.tables()]
    lines += [
        f"{population_file(region)}: the population of {region}, for a study's key population.file and"
        " milligray fit-cohort --population"
        for region in result.populations
    ]
    lines += [
        f"{population_file(region, model)}: that of '{model}', over which areas of {region} are averaged too"
        for region, one in result.populations.items()
        for model in one.others
    ]
    lines += [
        "results.h5: all of it, with the input files, settings, versions and fits",
        *(["figures/: the figures"] if figures else []),
        *([f"{DOSSIER}/: tables and figures for regulators and journals"] if dossier else []),
        f"{MANIFEST}: SHA-256 of every file here that milligray wrote (sha256sum --check {MANIFEST}); a file"
        " that was changed since, and your own, are not overwritten",
        "",
    ]
    lines += [
        "Rows of patients have statistic = value; rows of the cohort have patient = cohort and statistic ="
        " mean, sd, median, minimum or maximum, with n patients.",
        "An empty cell is a value that is missing; the column reason says why. Text that begins with = + - @"
        " has an apostrophe before it in the CSV tables, so that no spreadsheet runs it.",
        "",
        "Inputs (SHA-256)",
        "----------------",
    ]
    lines += [f"{sha256(path)}  {path.name}" for path in result.inputs.values()]
    lines += ["", "Settings", "--------", *_settings(result.all_settings())]
    lines += ["", "Provenance", "----------"]
    for about, facts in result.provenance.items():
        lines += [f"{about}: {key}: {value}" for key, value in facts.items()]
    lines += [f"version: {name} {number}" for name, number in versions().items()]
    if result.warnings:
        lines += ["", "Warnings", "--------", *result.warnings]
    return "\n".join(lines) + "\n"


def _settings(part: dict[str, Any], prefix: str = "") -> list[str]:
    lines = []
    for key, value in part.items():
        if value is None:
            continue
        if isinstance(value, dict):
            lines += _settings(value, f"{prefix}{key}.")
        else:
            lines.append(
                f"{prefix}{key} = {value!r}"
                if not isinstance(value, bool)
                else f"{prefix}{key} = {str(value).lower()}"
            )
    return lines
