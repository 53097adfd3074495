"""A dossier as a folder: Word, Excel, HTML, the tables as CSV, the figures; whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dosimetry.dossier.document.document import Document, FigureFile
from dosimetry.dossier.options import DossierOptions
from dosimetry.dossier.results.reading import read_results, results_of
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.shells.assemble import assemble
from dosimetry.dossier.shells.reading import shell
from dosimetry.dossier.writers.csv_files import csv_name, table_csv
from dosimetry.errors import DosimetryError
from dosimetry.files.output import write_text
from dosimetry.files.results_folder import new_folder
from milligray.files import write_whole

if TYPE_CHECKING:
    from dosimetry.study.results import StudyResult

#: Names of its files.
WORD, EXCEL, HTML, TABLES, FIGURES = "dossier.docx", "dossier.xlsx", "dossier.html", "tables", "figures"


def write_dossier(
    results: str | Path | Results | StudyResult,
    folder: str | Path,
    options: DossierOptions | None = None,
    *,
    overwrite: bool = False,
) -> Path:
    """Write the tables and figures that regulators and journals take, as ``milligray report`` does.

    Parameters
    ----------
    results : a folder of results that ``milligray run`` wrote, or a study's result in memory.
    folder : must not exist yet, or be an earlier dossier with ``overwrite``.
    options : formats, shell, units and the like; None: all as it is by default.

    Returns
    -------
    The folder: ``dossier.docx``, ``dossier.xlsx``, ``dossier.html``, ``tables/``, ``figures/``.

    Raises
    ------
    DosimetryError : the results cannot be read or were changed; the folder is there already (without
        ``overwrite``) or cannot be written; the study has no effective dose or region that was asked for; a
        template that is no Word document; a package that is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from dosimetry import DossierOptions, run_study
    >>> asked = DossierOptions(formats=("html",), shell="journal", figures=False)
    >>> with tempfile.TemporaryDirectory() as home:
    ...     out = write_dossier(run_study("examples/zr89-huj591/study.toml"), f"{home}/dossier", asked)
    ...     sorted(p.name for p in out.iterdir())
    ['dossier.html', 'manifest.sha256', 'tables']
    """
    folder = Path(folder)
    asked = options or DossierOptions()
    found = read(results)
    with new_folder(folder, overwrite=overwrite) as unfinished:
        write_files(unfinished, found, asked)
    return folder


def read(results: str | Path | Results | StudyResult) -> Results:
    """Results from wherever they are.

    Raises
    ------
    DosimetryError : as :func:`read_results` and :func:`results_of`.
    """
    if isinstance(results, str | Path):
        return read_results(results)
    return results if isinstance(results, Results) else results_of(results)


def write_files(folder: Path, results: Results, asked: DossierOptions) -> Document:
    """Write a dossier's files into a folder that is there; what was written."""
    check(results, asked)
    template = None if asked.template is None else Path(asked.template)
    if template is not None:
        from dosimetry.dossier.writers.word.document import opened

        opened(template)  # before the figures are drawn for nothing
    plan = shell(asked.shell)
    figures = _drawn(results, folder / FIGURES, asked) if any(p.figures for p in plan.parts) else []
    document = assemble(results, asked.tables, plan, figures, made_utc=asked.made_utc)
    (folder / TABLES).mkdir()
    for numbered in document.tables:
        write_text(folder / TABLES / csv_name(numbered), table_csv(numbered.table))
    if "word" in asked.formats:
        from dosimetry.dossier.writers.word.document import word_bytes

        write_whole(folder / WORD, word_bytes(document, template=template, paper=plan.paper))
    if "excel" in asked.formats:
        from dosimetry.dossier.writers.excel import excel_bytes

        write_whole(folder / EXCEL, excel_bytes(document, plan.paper))
    if "html" in asked.formats:
        from dosimetry.dossier.writers.html import html_text

        write_whole(folder / HTML, html_text(document, plan.paper))
    return document


def check(results: Results, asked: DossierOptions) -> None:
    """Raise where something is asked for that these results do not have."""
    doses, effective = results.table("organ_doses"), results.table("effective_dose")
    there = {
        "effective dose": (asked.effective_dose, list(dict.fromkeys(effective.get("weights", [])))),
        "target region": (asked.target_regions, list(dict.fromkeys(doses.get("target", [])))),
    }
    wrong = [
        f"{results.where or results.name}: no {what} '{name}' in these results; there are: {', '.join(known)}"
        for what, (wanted, known) in there.items()
        for name in wanted
        if name not in known
    ]
    if wrong:
        raise DosimetryError(*wrong)


def _drawn(results: Results, folder: Path, asked: DossierOptions) -> list[FigureFile]:
    """The figures, in their folder."""
    if not asked.figures:
        return []
    from dosimetry.dossier.figures.draw import draw_dossier_figures

    folder.mkdir()
    return draw_dossier_figures(results, folder, asked.figure_formats, asked.dpi)
