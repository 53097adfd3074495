"""``milligray svalues``: S values of a nuclide in a body."""

from __future__ import annotations

from typing import Annotated

import typer

from dosimetry.commands.doses.options import Convention, Csv, Daughters, Json, Masses
from dosimetry.commands.doses.report import conditions


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("svalues")(svalues)


def svalues(
    name: Annotated[str, typer.Argument(metavar="NUCLIDE", help="e.g. Zr-89")],
    phantom: Annotated[
        str,
        typer.Option(
            help="A phantom's name ('milligray phantoms list' has them), or a library's path (.h5)."
        ),
    ],
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
