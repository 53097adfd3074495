"""A theranostic projection as a folder: tables, figures, a page that says what they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dosimetry.files.output import csv_text, plain_table, significant, write_text
from dosimetry.files.results_folder import MANIFEST, new_folder, sha256
from dosimetry.nuclides.chains import describe
from dosimetry.report.archive import made_utc, versions
from dosimetry.study.results import COHORT
from therapy.biology.rbe import checked_rbe
from therapy.exchange.limit_rows import limits_said
from therapy.exchange.project import RESEARCH, Theranostic
from therapy.exchange.tables import CONTENTS, tables_of
from therapy.limits.table import LimitTable, load_limits

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.files.terminal import Terminal
    from dosimetry.report.figures.options import FigureOptions

#: Targets that the terminal shows, where a body has them.
SHOWN = ("kidneys", "liver", "spleen", "lungs", "red marrow", "heart wall", "total body")


def write_theranostic(
    folder: str | Path,
    found: Theranostic,
    *,
    limits: LimitTable | None = None,
    rbe: Mapping[str, float] | None = None,
    figures: FigureOptions | None = None,
    overwrite: bool = False,
    command: str = "therapy.write_theranostic",
) -> dict[str, pd.DataFrame]:
    """Write the tables, figures and README.txt of a projection into a new folder, whole or not at all.

    Parameters
    ----------
    folder : must not exist yet, or be an earlier folder of results with ``overwrite``.
    found : from :func:`therapy.theranostic`.
    limits : of organs; None: milligray's.
    rbe : radiation -> RBE; None: 5 for alphas.
    figures : how they are written; None: none are.
    command : what was called, for README.txt.

    Returns
    -------
    The tables by name.

    Raises
    ------
    DosimetryError : the folder is there already (without ``overwrite``) or cannot be written; an RBE that is
        none.

    Examples
    --------
    >>> import tempfile
    >>> from dosimetry import run_study
    >>> from therapy import theranostic
    >>> found = theranostic(run_study("examples/zr89-trastuzumab/study.toml"), ["Lu-177"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tables = write_theranostic(f"{folder}/lu177", found)
    >>> list(tables)[:2]
    ['theranostic_doses', 'theranostic_side_by_side']
    """
    table = load_limits() if limits is None else limits
    made = tables_of(found, table, rbe)
    with new_folder(Path(folder), overwrite=overwrite) as unfinished:
        for name, frame in made.items():
            write_text(unfinished / f"{name}.csv", csv_text(frame))
        write_text(unfinished / "README.txt", _read_me(found, made, table, rbe, figures is not None, command))
        if figures is not None:
            from therapy.exchange.figures import draw_all

            draw_all(unfinished / "figures", found, made, figures)
    return made


def _read_me(
    found: Theranostic,
    made: Mapping[str, pd.DataFrame],
    limits: LimitTable,
    rbe: Mapping[str, float] | None,
    figures: bool,
    command: str,
) -> str:
    """What the folder holds, how it was made, what it assumes, as plain text."""
    s = found.study.settings
    title = f"{s.name}: projection to {', '.join(one.name for one in found.nuclides[1:])}"
    lines = [title, "=" * len(title), "", RESEARCH, ""]
    if found.study.simulated:
        lines += ["THE DATA ARE SIMULATED: no result here was measured in a patient.", ""]
    lines += [
        f"Made {made_utc()} by milligray {versions()['milligray']}:",
        f"    {command}",
        "",
        "Files",
        "-----",
    ]
    lines += [f"{name}.csv: {CONTENTS[name]}" for name in made]
    lines += ["figures/: the figures"] if figures else []
    lines += [f"{MANIFEST}: SHA-256 of every file here that milligray wrote", ""]
    lines += ["How", "---", *METHOD, ""]
    lines += ["Nuclides", "--------"]
    lines += [
        f"{one.name}: half-life {one.nuclide.half_life_h:g} h; daughters:"
        f" {describe(one.nuclide, one.daughters)}"
        for one in found.nuclides
    ]
    weights = checked_rbe(rbe)
    lines += [
        "",
        "RBE-weighted dose: absorbed dose of photons and electrons x"
        f" {weights['electron']:g}, of alphas x {weights['alpha']:g} (MIRD Pamphlet No. 22, J Nucl Med"
        " 2010;51:311-328, takes 5 for deterministic effects); it is neither absorbed nor effective dose.",
        "",
        f"Limits ({limits.path})",
        "------",
        *limits_said(limits),
        "",
        "Inputs (SHA-256)",
        "----------------",
        *(f"{sha256(path)}  {path.name}" for path in found.study.inputs.values()),
        "",
        "Provenance",
        "----------",
    ]
    for about, facts in found.study.provenance.items():
        lines += [f"{about}: {key}: {value}" for key, value in facts.items()]
    lines += [f"version: {name} {number}" for name, number in versions().items()]
    lines += ["", "Warnings", "--------", *found.warnings]
    of_study = [f"of the study: {w}" for w in found.study.warnings]
    return "\n".join([*lines, *of_study]) + "\n"


#: How the numbers are made, for README.txt.
METHOD = (
    "Each curve was decay-corrected by the measured nuclide and decays anew by the other. Fits keep their"
    " biologic amplitudes, rates and covariance, and their areas are taken anew; trapezoids are taken anew"
    " over the points by the study's own rules. Heart contents, red marrow, bladder, gut and remainder are"
    " made anew by the study's methods; doses by the other nuclide's S values in the same bodies.",
    "Uncertainties are those of the curves' points (and of SAFs); the exchange itself adds none, and what it"
    " assumes is in no number.",
    "Activities for limits are those of one administration with nothing before it. Alphas count by their RBE."
    " The dose rate of a BED has the shape of the organ's own curve (of serum's, for marrow from serum),"
    " which holds where most of its dose is its own.",
)


def show(console: Terminal, found: Theranostic, made: Mapping[str, pd.DataFrame]) -> None:
    """The summary in the terminal: doses side by side, the limit that is reached first, warnings."""
    s = found.study.settings
    console.rule(f"{s.name}: projection")
    if found.study.simulated:
        console.print("SIMULATED DATA: no result here was measured in a patient.", style="bold yellow")
    console.print(RESEARCH, style="dim")
    console.print()
    wide = made["theranostic_side_by_side"].set_index("target")
    headers: dict[str, str] = {"target": "left"}
    columns: list[str] = []
    for one in found.nuclides:
        headers[one.name] = "right"
        columns.append(f"{one.name} mean_mGy_per_MBq")
        if one.has_alphas:
            headers[f"{one.name}\nRBE-weighted"] = "right"
            columns.append(f"{one.name} mean_rbe_weighted_mGy_per_MBq")
    table = plain_table("Mean dose / (mGy/MBq)", headers)
    for target in (t for t in SHOWN if t in wide.index):
        table.add_row(target, *(significant(float(wide[c][target])) for c in columns))
    console.print(table)
    limits = made["theranostic_limits"]
    cohort = limits[(limits["patient"] == COHORT) & (limits["statistic"] == "median")]
    reached = plain_table(
        "Activity that reaches a limit, one administration / MBq",
        {"nuclide": "left", "limit": "left", "median": "right", "reached": "left"},
    )
    shown = cohort[cohort["nuclide"] != found.measured.name]
    for nuclide, limit, activity, first in zip(
        *(shown[c] for c in ("nuclide", "limit", "activity_MBq", "reached_first")), strict=True
    ):
        reached.add_row(str(nuclide), str(limit), significant(float(activity)), str(first))
    console.print(reached)
    for warning in found.warnings:
        console.print(f"warning: {warning}")
