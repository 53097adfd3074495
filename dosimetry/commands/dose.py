"""``milligray nuclide``, ``svalues`` and ``dose``: the physicist's questions at a prompt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dosimetry.commands.dose_report import absolute, conditions, print_doses

if TYPE_CHECKING:
    from dosimetry.nuclides.nuclide import Nuclide

#: The short list has lines with at least this share of the energy of their kind (photons, electrons,
#: alphas), and photons above 1 keV with at least this yield.
MAIN_LINE_SHARE = 0.01

#: Columns of doses in JSON.
SHOWN = ("dose_mGy_per_MBq", "se_mGy_per_MBq", "absorbed_dose_Gy", "se_Gy")

Csv = Annotated[str | None, typer.Option("--csv", metavar="FILE", help="Write a CSV table; '-' prints it.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Masses = Annotated[
    str | None,
    typer.Option(
        help="Target masses of an ICRP phantom: 'ICRP 133' (with blood, default) or 'ICRP 89' (without)."
    ),
]
Convention = Annotated[
    str | None,
    typer.Option(
        help="Osteogenic cells and small intestine, stylised bodies: 'ICRP 116' (default), 'OLINDA/EXM 1.x'."
    ),
]
Daughters = Annotated[
    str,
    typer.Option(help="'none': decays of the nuclide alone; 'equilibrium': with shorter-lived daughters."),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("nuclide")(show_nuclide)
    app.command("svalues")(svalues)
    app.command("dose")(dose)


def show_nuclide(
    name: Annotated[str, typer.Argument(metavar="NUCLIDE", help="e.g. Zr-89, 89Zr, Tc-99m")],
    as_json: Json = False,
) -> None:
    """Half-life, energy per decay by type of radiation, and main lines of a nuclide (ICRP 107)."""
    from dosimetry.files.output import json_text, plain_table, significant, write_text
    from dosimetry.nuclides.nuclide import KIND, LABEL, data_version, nuclide

    n = nuclide(name)
    lines = main_lines(n)
    if as_json:
        content = {
            "nuclide": n.name,
            "half_life_h": n.half_life_h,
            "energy_per_decay_MeV": {t: n.energy_MeV(t) for t in n.emissions},
            "energy_per_decay_by_kind_MeV": n.energy_per_decay_MeV,
            "main_lines": [
                {"type": t, "energy_MeV": e, "yield_per_decay": y, "mean_of_spectrum": s}
                for t, e, y, s in lines
            ],
            "source": data_version(),
        }
        write_text("-", json_text(content))
        return
    from dosimetry.files.terminal import Terminal

    console = Terminal()
    energies = plain_table(
        f"{n.name}: half-life {readable_half_life(n.half_life_s)} ({data_version()})",
        {"radiation": "left", "energy per decay / MeV": "right", "carried by": "left"},
    )
    for t in n.emissions:
        energies.add_row(LABEL[t], significant(n.energy_MeV(t), 4), KIND[t] + "s")
    for kind, energy in n.energy_per_decay_MeV.items():
        if energy:
            energies.add_row(f"sum of {kind}s", significant(energy, 4), "", style="bold")
    console.print(energies)
    table = plain_table(
        "Main lines",
        {"radiation": "left", "energy / keV": "right", "yield / %": "right"},
        caption=f"at least {MAIN_LINE_SHARE:.0%} of their kind's energy, or of photons above 1 keV per decay",
    )
    for t, energy, per_decay, spectrum in lines:
        mean = "mean of spectrum " if spectrum else ""
        table.add_row(LABEL[t], mean + significant(1000 * energy, 4), significant(100 * per_decay, 4))
    console.print(table)


def main_lines(n: Nuclide) -> list[tuple[str, float, float, bool]]:
    """Type, energy in MeV, yield per decay, and whether it is a spectrum's mean, of the lines that matter."""
    from dosimetry.nuclides.nuclide import BETAS, KIND

    found = []
    for t, lines in n.emissions.items():
        total = n.energy_per_decay_MeV[KIND[t]]
        for energy, per_decay in lines[lines[:, 0].argsort()]:
            seen = KIND[t] == "photon" and per_decay >= MAIN_LINE_SHARE and energy >= 0.001
            if seen or energy * per_decay >= MAIN_LINE_SHARE * total > 0:
                found.append((t, float(energy), float(per_decay), t in BETAS))
    return found


def readable_half_life(seconds: float) -> str:
    """A half-life in h, and in the unit that is usual for its size.

    >>> readable_half_life(78.41 * 3600)
    '78.41 h (3.267 d)'
    """
    units = (
        ("y", 365.2422 * 86400),
        ("d", 86400),
        ("h", 3600),
        ("min", 60),
        ("s", 1),
        ("ms", 1e-3),
        ("µs", 1e-6),
    )
    unit, size = next(((u, s) for u, s in units if seconds >= s), units[-1])
    usual = f"{seconds / size:.4g} {unit}"
    return usual if unit == "h" else f"{seconds / 3600:.4g} h ({usual})"


def svalues(
    name: Annotated[str, typer.Argument(metavar="NUCLIDE", help="e.g. Zr-89")],
    phantom: Annotated[str, typer.Option(help="A phantom's name; 'milligray phantoms list' has them.")],
    csv: Csv = None,
    as_json: Json = False,
    source: Annotated[
        list[str] | None, typer.Option(help="Only this source region (may be repeated).")
    ] = None,
    masses: Masses = None,
    convention: Convention = None,
    daughters: Daughters = "none",
) -> None:
    """S values in mGy/(MBq.s): targets as rows, sources as columns."""
    from dosimetry.files.output import csv_text, json_text, plain_table, significant, write_text
    from dosimetry.svalues.folding import s_values
    from phantoms.regions.names import resolve

    frame = s_values(name, phantom, daughters=daughters, masses=masses, convention=convention)
    if source:
        where = f"phantom '{phantom}'"
        chosen = [resolve(s, frame.columns, kind="source region", where=where) for s in source]
        frame = frame[list(dict.fromkeys(chosen))]
    if csv is not None:
        write_text(csv, csv_text(frame, index=True))
        size = f"{len(frame)} targets x {len(frame.columns)} sources"
        what = f"S values of {frame.attrs['nuclide']} in mGy/(MBq.s), {size}, {conditions(frame.attrs)}"
        typer.echo(f"{csv}: {what}" if csv != "-" else what, err=csv == "-")
        return
    if as_json:
        s = {column: frame[column].to_dict() for column in frame}
        write_text("-", json_text({**frame.attrs, "s_mGy_per_MBq_s": s}))
        return
    from dosimetry.files.terminal import Terminal

    console = Terminal()
    columns = list(frame.columns)
    per_page = max(1, (console.width - 28) // 13)
    for first in range(0, len(columns), per_page):
        page = columns[first : first + per_page]
        of = f"{frame.attrs['nuclide']}, {frame.attrs['phantom']}"
        title = f"{of}: S in mGy/(MBq.s), {conditions(frame.attrs)}" if first == 0 else ""
        table = plain_table(title, {"target \\ source": "left", **dict.fromkeys(page, "right")})
        for target, row in frame[page].iterrows():
            table.add_row(str(target), *(significant(v) for v in row))
        console.print(table)


def dose(
    nuclide: Annotated[str, typer.Option(help="e.g. Zr-89")],
    phantom: Annotated[str, typer.Option(help="A phantom's name; 'milligray phantoms list' has them.")],
    tiac: Annotated[Path, typer.Option(help="CSV table with columns source, tiac_h and, if known, sd_h.")],
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
) -> None:
    """Organ doses in mGy/MBq and effective dose in mSv/MBq from a table of TIACs."""
    from dataclasses import replace

    from dosimetry.commands.curve_options import check_numbers
    from dosimetry.doses.absolute import checked_MBq
    from dosimetry.doses.absorbed import absorbed_dose
    from dosimetry.doses.effective import TISSUE_WEIGHTS
    from dosimetry.errors import DosimetryError
    from dosimetry.files.doses import write_doses
    from dosimetry.files.output import json_text, write_text
    from dosimetry.nuclides.nuclide import nuclide as find_nuclide
    from dosimetry.study.input_tables.given import read_masses, read_tiac
    from dosimetry.tiacs.plausible import bound_of
    from dosimetry.tiacs.regions import absent_of
    from dosimetry.tiacs.whole_body import by_rule
    from phantoms.library.installed import load_phantom

    check_numbers(body_mass_kg=body_mass)
    if activity is not None:
        checked_MBq(activity)
    library = load_phantom(phantom)
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
        values, of, phantom,
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
    facts, effective = doses.facts(), [doses.effective(w) for w in TISSUE_WEIGHTS]
    if as_json:
        content = {
            "doses": [
                {"target": target, **row.to_dict()}
                for target, row in frame[[c for c in SHOWN if c in frame]].iterrows()
            ],
            "effective_doses": [
                {
                    "quantity": e.quantity,
                    "weights": e.weights,
                    "effective_dose_mSv_per_MBq": e.value_mSv_per_MBq,
                    "se_from_tiac_mSv_per_MBq": e.se_from_tiac_mSv_per_MBq,
                    "se_missing": e.missing,
                    "note": e.note,
                    **absolute(e, activity),
                }
                for e in effective
            ],
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
            whole = "" if mSv is None else f"; of {activity:g} MBq: {mSv:.4g} mSv"
            typer.echo(f"{e}{whole}", err=csv == "-")
        for note in doses.notes:
            typer.echo(note, err=csv == "-")
        return
    print_doses(frame, facts, effective, values, activity)
