"""Contents of a biokinetic model over time, on as many pages as the terminal is narrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from kinetics.compartments.given import ModelFile

#: More columns of contents than these are written, not printed.
MOST_COLUMNS = 20
#: Width of a column and of that of the times, in characters.
COLUMN = 12


def print_retention(console: Console, contents: pd.DataFrame, given: ModelFile) -> None:
    """A table a nuclide: whole body, regions, and compartments and excreta that are in no region.

    Parameters
    ----------
    contents : from :func:`dosimetry.retention_table`.
    given : the model that they are of.
    """
    from dosimetry.files.output import plain_table, significant
    from kinetics.curves.units import HOURS

    time_unit = given.time_unit
    hours = HOURS[time_unit]
    inside = {name for members in given.model.regions.values() for name in members}
    alone = [name for name in given.model.states if name not in inside]
    names = list(dict.fromkeys(("whole body", *given.model.regions, *alone)))
    if len(names) > MOST_COLUMNS:
        console.print(f"Of {len(names)} contents those of regions and excreta:", style="dim")
        names = ["whole body", *given.model.regions, *given.model.sinks]
    per_page = max(1, (console.width - COLUMN) // COLUMN)
    for nuclide, part in contents.groupby("nuclide", sort=False):
        shown = [name for name in names if (part[name] > 0).any()]
        for first_column in range(0, len(shown), per_page):
            page = shown[first_column : first_column + per_page]
            title = f"{nuclide}: activity per administered activity" if first_column == 0 else ""
            table = plain_table(title, {f"time / {time_unit}": "right"} | dict.fromkeys(page, "right"))
            for _, row in part.iterrows():
                table.add_row(f"{row['time_h'] / hours:.6g}", *(significant(row[name], 3) for name in page))
            console.print(table)
