"""``milligray dose``: doses of one body or of several from a table of TIACs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dosimetry.commands.doses.bodies import bodies_asked_for, doses_of_table, draw, tell
from dosimetry.commands.doses.options import Convention, Csv, Daughters, Json, Masses
from dosimetry.commands.doses.report import absolute, conditions, effective_json, print_doses

#: Columns of doses in JSON.
SHOWN = ("dose_mGy_per_MBq", "se_mGy_per_MBq", "absorbed_dose_Gy", "se_Gy")


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("dose")(dose)


def dose(
    nuclide: Annotated[str, typer.Option(help="e.g. Zr-89")],
    tiac: Annotated[
        Path,
        typer.Option(
            help="CSV table with columns source, tiac_h and, if known, sd_h; body, if each has its own TIACs."
        ),
    ],
    phantom: Annotated[
        list[str] | None,
        typer.Option(
            help="A phantom's name; 'milligray phantoms list' has them. May be repeated: a column a body."
        ),
    ] = None,
    ages: Annotated[
        bool, typer.Option("--ages", help="The stylised bodies of newborn, 1, 5, 10, 15 years and adult.")
    ] = False,
    csv: Csv = None,
    as_json: Json = False,
    masses: Masses = None,
    convention: Convention = None,
    daughters: Daughters = "none",
    body_mass: Annotated[
        float | None,
        typer.Option(
            "--body-mass-kg",
            metavar="KG",
            help="Scale to a patient of so many kg, organs in proportion. Default: the phantom's masses.",
        ),
    ] = None,
    activity: Annotated[
        float | None,
        typer.Option("--activity-MBq", metavar="MBQ", help="Administered: gives doses in Gy and mSv too."),
    ] = None,
    organ_masses: Annotated[
        Path | None,
        typer.Option(
            "--organ-masses",
            metavar="FILE",
            help="CSV table of the patient's masses with columns organ, mass_g (and confirmed: yes or no).",
        ),
    ] = None,
    confirm_masses: Annotated[
        bool,
        typer.Option("--confirm-masses", help="The masses are as given, however far from the reference's."),
    ] = False,
    absent: Annotated[
        list[str] | None,
        typer.Option(
            "--absent", metavar="SIDE", help="What the patient lacks: 'left kidney' (may be repeated)."
        ),
    ] = None,
    remainder: Annotated[
        str | None,
        typer.Option(
            metavar="RULE",
            help="Where the table has the whole body: 'whole body minus sources' or 'as given'.",
        ),
    ] = None,
    per_MBq_of: Annotated[
        str | None,
        typer.Option(
            "--per-mbq-of",
            metavar="NUCLIDE",
            help="The nuclide administered, where the TIACs are those of its daughter.",
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw the doses of several bodies or of all ages (PNG, PDF, SVG)."),
    ] = None,
) -> None:
    """Organ doses in mGy/MBq and effective dose in mSv/MBq from a table of TIACs."""
    from dataclasses import replace

    from dosimetry.commands.curve_options import check_numbers
    from dosimetry.doses.absolute import checked_MBq
    from dosimetry.doses.absorbed import absorbed_dose
    from dosimetry.doses.effective import TISSUE_WEIGHTS, effective_or_why
    from dosimetry.errors import DosimetryError
    from dosimetry.files.doses import write_doses
    from dosimetry.files.output import json_text, write_text
    from dosimetry.nuclides.nuclide import nuclide as find_nuclide
    from dosimetry.study.input_tables.given import read_masses
    from dosimetry.study.input_tables.tiac_tables import read_tiac
    from dosimetry.tiacs.plausible import bound_of
    from dosimetry.tiacs.regions import absent_of
    from dosimetry.tiacs.whole_body import by_rule
    from phantoms.library.installed import load_phantom

    check_numbers(body_mass_kg=body_mass)
    if activity is not None:
        checked_MBq(activity)
    of_one = {
        "--organ-masses": organ_masses is not None,
        "--confirm-masses": confirm_masses,
        "--body-mass-kg": body_mass is not None,
        "--absent": bool(absent),
    }
    asked = bodies_asked_for(phantom or (), ages, of_one)
    if plot is not None and len(asked) < 2:
        raise DosimetryError(
            f"--plot {plot}: the figure shows several bodies side by side; add a --phantom, or say --ages"
        )
    if len(asked) > 1:
        several = doses_of_table(
            tiac, find_nuclide(nuclide), asked, remainder=remainder, per_MBq_of=per_MBq_of,
            daughters=daughters, masses=masses, convention=convention,
        )  # fmt: skip
        if plot is not None:
            draw(several, plot)
        tell(several, csv=csv, as_json=as_json, activity_MBq=activity)
        return
    body = next(iter(asked.values()))
    library = load_phantom(body)
    lacking = absent_of(absent or (), library)
    of = find_nuclide(nuclide)
    bound = bound_of(of, find_nuclide(per_MBq_of) if per_MBq_of else None)
    values, sd = read_tiac(tiac, library, lacking, bound)
    try:
        values, covariance, made = by_rule(values, sd, remainder)
    except DosimetryError as error:
        raise DosimetryError(f"{tiac}: {error}") from None
    organ_kg: dict[str, float] = {}
    sure: tuple[str, ...] = ()
    if organ_masses is not None:
        organ_kg, sure = read_masses(
            organ_masses, library, absent=lacking, body_kg=body_mass, confirmed=confirm_masses
        )
    doses = absorbed_dose(
        values, of, body,
        organ_mass_kg=organ_kg, body_mass_kg=body_mass,
        tiac_se_h=None if made else sd, tiac_covariance_h2=covariance if made else None,
        daughters=daughters, masses=masses, convention=convention,
        absent=sorted(lacking), confirmed_masses=sure, per_MBq_of=per_MBq_of,
    )  # fmt: skip
    if made:
        doses = replace(doses, notes=(*doses.notes, f"{made}."))
    frame = doses.to_frame()
    if activity is not None:
        frame = frame.join(doses.for_activity(activity)[["absorbed_dose_Gy", "se_Gy"]])
    facts, effective = doses.facts(), [effective_or_why(doses, w) for w in TISSUE_WEIGHTS]
    if as_json:
        content = {
            "doses": [
                {
                    "target": target,
                    **row.to_dict(),
                    **(
                        {"of_reference_body": doses.reference_body}
                        if target in doses.reference_targets
                        else {}
                    ),
                }
                for target, row in frame[[c for c in SHOWN if c in frame]].iterrows()
            ],
            "effective_doses": [effective_json(e, activity) for e in effective],
            "tiac_h": values,
            **({} if activity is None else {"administered_MBq": activity}),
            "provenance": facts,
        }
        write_text("-", json_text(content))
        return
    if csv is not None:
        write_doses(csv, doses, administered_MBq=activity)
        typer.echo(conditions(facts), err=csv == "-")
        for e in effective:
            mSv = absolute(e, activity).get("effective_dose_mSv")
            whole = "" if mSv is None or e.lacking else f"; of {activity:g} MBq: {mSv:.4g} mSv"
            typer.echo(f"{e}{whole}", err=csv == "-")
        for note in doses.notes:
            typer.echo(note, err=csv == "-")
        return
    print_doses(frame, facts, effective, values, activity, doses.reference_targets)
