"""Options that commands of doses share."""

from __future__ import annotations

from typing import Annotated

import typer

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
