"""``milligray dose`` with several bodies: one table of organs by body, effective doses, averages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from dosimetry.doses.bodies.result import BodyDoses
    from dosimetry.nuclides.nuclide import Nuclide
    from phantoms.library.saf import SafLibrary


def bodies_asked_for(phantoms: Sequence[str], ages: bool, alone: Mapping[str, bool]) -> dict[str, str]:
    """Label -> name of every body that ``--phantom`` and ``--ages`` name.

    Parameters
    ----------
    alone : option that belongs to one body -> whether it was given.

    Raises
    ------
    DosimetryError : no body; both ways to say which; an option of one body with several.
    """
    from dosimetry.doses.bodies.forms import labelled
    from dosimetry.doses.bodies.in_bodies import AGES
    from dosimetry.errors import DosimetryError
    from milligray.errors import Complaints

    if not phantoms and not ages:
        raise DosimetryError(
            "which body? Say --phantom NAME (again for more bodies), or --ages; 'milligray phantoms list' has"
            " the names"
        )
    with Complaints(DosimetryError) as complaints:
        if phantoms and ages:
            named = ", ".join(sorted(set(AGES.values())))
            complaints.add(
                DosimetryError(f"--phantom and --ages exclude each other: --ages is the bodies {named}")
            )
        if len(phantoms) > 1 or ages:
            for option, given in alone.items():
                if given:
                    complaints.add(
                        DosimetryError(
                            f"{option} belongs to one body: ask for one with --phantom, not several"
                        )
                    )
    if ages:
        return dict(AGES)
    return {label: str(name) for label, name in labelled(list(phantoms)).items()}


def doses_of_table(
    tiac: Path,
    of: Nuclide,
    bodies: Mapping[str, str],
    *,
    remainder: str | None,
    per_MBq_of: str | None,
    **options: Any,
) -> BodyDoses:
    """Doses in all bodies from a table of TIACs.

    Raises
    ------
    DosimetryError, PhantomError : mistakes in the table, or in what was asked.
    """
    from dosimetry.doses.bodies.in_bodies import doses_in_bodies
    from dosimetry.errors import DosimetryError
    from dosimetry.nuclides.nuclide import nuclide as find_nuclide
    from dosimetry.study.input_tables.tiac_tables import read_tiac_of_bodies
    from dosimetry.tiacs.plausible import bound_of
    from dosimetry.tiacs.whole_body import by_rule
    from phantoms.library.installed import load_phantom

    libraries: dict[str, SafLibrary] = {label: load_phantom(name) for label, name in bodies.items()}
    bound = bound_of(of, find_nuclide(per_MBq_of) if per_MBq_of else None)
    read = read_tiac_of_bodies(tiac, libraries, bound)
    try:
        if isinstance(read, tuple):
            values, covariance, made = by_rule(*read, remainder)
            given: dict[str, Any] = {"tiac_h": values, "tiac_covariance_h2": covariance}
            said = dict.fromkeys(bodies, made)
        else:
            ruled = {label: by_rule(*each, remainder) for label, each in read.items()}
            given = {"tiac_h": {label: values for label, (values, _, _) in ruled.items()}}
            if all(covariance is not None for _, covariance, _ in ruled.values()):
                given["tiac_covariance_h2"] = {label: c for label, (_, c, _) in ruled.items()}
            said = {label: made for label, (_, _, made) in ruled.items()}
    except DosimetryError as error:
        raise DosimetryError(f"{tiac}: {error}") from None
    try:
        found = doses_in_bodies(nuclide=of, bodies=dict(bodies), per_MBq_of=per_MBq_of, **given, **options)
    except DosimetryError as error:
        lines = error.complaints
        raise DosimetryError(*(f"{tiac}: {x}" if x.startswith("body '") else x for x in lines)) from None
    return found.with_notes({label: f"{made}." for label, made in said.items() if made})


def draw(found: BodyDoses, path: Path) -> None:
    """Write a figure of doses in several bodies, and say what it cannot show.

    Raises
    ------
    DosimetryError : too many bodies, no dose above 0.
    KineticsError : a path that cannot be written, or another ending than that of a figure.
    """
    from dosimetry.report.figures.bodies import plot_doses_in_bodies
    from kinetics.plots import save_figure
    from milligray.figures.text import font_warnings

    save_figure(plot_doses_in_bodies(found), path)
    for warning in font_warnings(dict.fromkeys(found, "the body's name")):
        typer.echo(warning, err=True)


def tell(
    found: BodyDoses, *, csv: str | None, as_json: bool, activity_MBq: float | None, said: Sequence[str] = ()
) -> None:
    """Print doses in several bodies as JSON or as a table, or write them to a CSV file, with what is said."""
    from dosimetry.commands.doses.side_by_side import conditions_of, notes_of, print_bodies
    from dosimetry.files.body_doses import missing_errors, write_body_doses
    from dosimetry.files.output import json_text, write_text

    if as_json:
        write_text("-", json_text(content(found, activity_MBq)))
        return
    if csv is None:
        print_bodies(found, activity_MBq)
        return
    write_body_doses(csv, found, activity_MBq, said)
    typer.echo(conditions_of(found), err=csv == "-")
    for labels, e in found.effective_doses():
        whole = (
            ""
            if activity_MBq is None or e.lacking
            else f"; of {activity_MBq:g} MBq: {float(e) * activity_MBq:.4g} mSv"
        )
        of = "" if labels[0] in e.bodies else f"{labels[0]}: "
        typer.echo(f"{of}{e}{whole}", err=csv == "-")
    for line in (*notes_of(found), *(f"{k} not known: {v}." for k, v in missing_errors(found).items())):
        typer.echo(line, err=csv == "-")


def content(found: BodyDoses, activity_MBq: float | None) -> dict[str, Any]:
    """What JSON has: each body's doses as those of one body, and what is of several."""
    from dosimetry.commands.doses.report import effective_json
    from dosimetry.doses.effective import TISSUE_WEIGHTS

    bodies = {}
    for label, doses in found.items():
        frame = doses.to_frame()[["dose_mGy_per_MBq", "se_mGy_per_MBq"]]
        if activity_MBq is not None:
            frame = frame.join(doses.for_activity(activity_MBq)[["absorbed_dose_Gy", "se_Gy"]])
        bodies[label] = {
            "body": doses.body,
            "sex": doses.sex,
            "doses": [{"target": target, **row.to_dict()} for target, row in frame.iterrows()],
            "effective_doses": [
                effective_json(found.effective(w)[label], activity_MBq) for w in TISSUE_WEIGHTS
            ],
            "tiac_h": found.tiac_h[label],
            "provenance": doses.facts(),
        }
    return {
        "bodies": bodies,
        "sex_averaged": [
            {"bodies": list(pair), **effective_json(e, activity_MBq)}
            for pair, e in found.sex_averaged().items()
        ],
        "missing": [{"target": t, "body": label, "why": why} for (t, label), why in found.missing.items()],
        "notes": list(found.notes),
        **({} if activity_MBq is None else {"administered_MBq": activity_MBq}),
    }
