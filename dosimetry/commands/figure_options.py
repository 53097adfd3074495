"""What commands that write results with figures share: the options of figures and tables, and their check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dosimetry.report.figures.options import FigureOptions

Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace results in that folder.")]
Figures = Annotated[bool, typer.Option(help="Draw the figures.")]
Formats = Annotated[
    str | None,
    typer.Option("--format", help="Of figures: png, pdf, svg, or several with commas. [default: png]"),
]
Dpi = Annotated[int | None, typer.Option(help="Dots per inch of PNG figures, 50 to 1200. [default: 200]")]
Width = Annotated[
    str | None,
    typer.Option(
        help="Of figures in print: one-column (89 mm) or two-columns (183 mm). [default: two-columns]"
    ),
]
AllowOutside = Annotated[
    bool, typer.Option("--allow-outside", help="Read tables outside of the study file's folder too.")
]


def asked_figures(
    figures: bool, formats: str | None, dpi: int | None, width: str | None
) -> FigureOptions | None:
    """The options of figures; None where none are drawn.

    Raises
    ------
    DosimetryError : options of figures beside --no-figures, or ones that are not allowed.
    """
    from dosimetry.errors import DosimetryError
    from dosimetry.report.figures.options import figure_options

    for option, value in {"--format": formats, "--dpi": dpi, "--width": width}.items():
        if value is not None and not figures:
            raise DosimetryError(
                f"{option} is of figures, and --no-figures draws none; leave one of them out"
            )
    return figure_options(formats, dpi, width) if figures else None
