"""A projection from animals as tables, files and on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from dosimetry.projection.limits import LargestActivity
    from dosimetry.projection.result import Projection

#: What each file of the folder is, for the page beside them.
CONTENTS = {
    "projected_tiac": "TIAC in h of each source region by scaling and body; standard error by the animals;"
    " share after the last point in %; by how much biologic times are longer than in the animal",
    "projected_curves": "the animals' curves in human time and human amounts, %IA, corrected for decay",
    "projected_doses": "absorbed dose in mGy/MBq of each target region by scaling and body",
    "projected_effective_dose": "effective dose in mSv/MBq by scaling, weight set and body; of two bodies:"
    " averaged over the sexes",
    "largest_activity": "largest activity in MBq under each limit, and with the coefficient at the upper 95 %"
    " bound of the animals' errors",
}
#: Rows of doses that the terminal shows: the largest of each scaling.
SHOWN = 8


def content(projection: Projection, activities: Sequence[LargestActivity]) -> dict[str, pd.DataFrame]:
    """All tables by the names of their files."""
    import pandas as pd

    curves = [
        {
            "scaling": s.scaling,
            "body": body,
            "source": curve.region,
            "time_h": t,
            "percent_IA": v,
        }
        for s in projection.values()
        for body, of_body in s.curves.items()
        for curve in of_body
        for t, v in zip(curve.time_h.tolist(), curve.percent.tolist(), strict=True)
    ]
    found = {
        "projected_tiac": projection.tiac_frame(),
        "projected_curves": pd.DataFrame(curves),
        "projected_doses": projection.dose_frame(),
        "projected_effective_dose": projection.effective_frame(),
    }
    if activities:
        nan = float("nan")
        found["largest_activity"] = pd.DataFrame(
            {
                "limit_of": a.limit.quantity,
                "limit_mSv": a.limit.mSv,
                "scaling": a.scaling,
                "decided_by": a.quantity,
                "body": a.body,
                "coefficient_mSv_per_MBq": nan if a.mSv_per_MBq is None else a.mSv_per_MBq,
                "se_mSv_per_MBq": nan if a.se_mSv_per_MBq is None else a.se_mSv_per_MBq,
                "largest_activity_MBq": nan if a.activity_MBq is None else a.activity_MBq,
                "at_upper_95_percent_MBq": nan if a.cautious_MBq is None else a.cautious_MBq,
                "reason": a.reason,
            }
            for a in activities
        )
    if projection.animals.simulated:
        for frame in found.values():
            frame.insert(0, "data", "simulated")
    return found


def facts(projection: Projection) -> list[str]:
    """What was projected from what, and how."""
    a, r = projection.animals, projection.rules
    factors = {
        f"{body}: {factor:.4g}"
        for s in projection.values()
        for body, factor in s.time_factor.items()
        if factor != 1.0
    }
    return [
        f"{a.species}, {a.body_mass_g:g} g: {', '.join(c.organ for c in a.curves)}; doses of"
        f" {projection.nuclide}",
        f"areas in human time: up to the first point '{r.first}', between points '{r.method}', after the last"
        f" '{r.tail}'",
        f"biologic times longer by (human/animal body mass)^{projection.time_exponent:g}"
        + (f" ({', '.join(sorted(factors))})" if factors else ""),
    ]


def write(
    out: Path,
    projection: Projection,
    tables: Mapping[str, pd.DataFrame],
    source: Path,
    command: str,
    *,
    overwrite: bool,
) -> None:
    """The tables as CSV, the animals' table, and a page on them, whole or not at all."""
    from dosimetry.files.output import csv_text, write_text
    from dosimetry.files.results_folder import new_folder, sha256
    from dosimetry.projection.scaling import SCALINGS
    from dosimetry.report.archive import made_utc, versions

    lines = ["Doses projected from animals to humans", "======================================", ""]
    if projection.animals.simulated:
        lines += ["THE DATA ARE SIMULATED: no animal was measured.", ""]
    lines += [f"Made {made_utc()} by milligray {versions()['milligray']}:", f"    {command}", ""]
    lines += [*facts(projection), "", "Scalings", "--------"]
    lines += [f"{name}: {SCALINGS[name]}" for name in projection]
    lines += ["", "Files", "-----", *(f"{name}.csv: {CONTENTS[name]}" for name in tables)]
    lines += [f"{source.name}: the animals' table as it was read, SHA-256 {sha256(source)}", ""]
    lines += ["An empty cell is a value that is missing; the column reason says why.", ""]
    lines += ["Notes", "-----", *projection.notes, *_of_doses(projection)]
    if projection.warnings:
        lines += ["", "Warnings", "--------", *projection.warnings]
    with new_folder(out, overwrite=overwrite) as folder:
        for name, frame in tables.items():
            write_text(folder / f"{name}.csv", csv_text(frame))
        (folder / source.name).write_bytes(source.read_bytes())
        write_text(folder / "README.txt", "\n".join(lines) + "\n")


def _of_doses(projection: Projection) -> list[str]:
    """Notes of the doses, each once."""
    return list(dict.fromkeys(n for s in projection.values() if s.doses is not None for n in s.doses.notes))


def show(console: Console, projection: Projection, activities: Sequence[LargestActivity]) -> None:
    """Effective doses, the largest organ doses and activities on the terminal, with what is to be said."""
    from dosimetry.files.output import plain_table, significant

    if projection.animals.simulated:
        console.print("THE DATA ARE SIMULATED: no animal was measured", style="bold red")
    for line in facts(projection):
        console.print(line, markup=False)
    heads = {"": "left"} | {s.scaling: "right" for s in projection.values()}
    doses = projection.dose_frame()
    effective = projection.effective_frame()
    bodies = [b for b in dict.fromkeys(doses["body"]) if b]
    for body in bodies:
        own = doses[doses["body"] == body]
        largest = own.groupby("target", sort=False)["dose_mGy_per_MBq"].max().nlargest(SHOWN).index
        caption = f"the {SHOWN} largest; all are in the tables of --out"
        table = plain_table(f"{body}: mGy/MBq ± SE in % by scaling", heads, caption)
        for target in largest:
            rows = own[own["target"] == target].set_index("scaling")
            table.add_row(
                target,
                *(
                    _pm(rows, s, "dose_mGy_per_MBq", "se_mGy_per_MBq") if s in rows.index else "–"
                    for s in projection
                ),
            )
        console.print(table)
    table = plain_table("Effective dose, mSv/MBq ± SE in % by scaling", heads)
    known = effective[effective["body"] != ""]
    for (weights, body), rows in known.groupby(["weights", "body"], sort=False):
        rows = rows.set_index("scaling")
        cells = [
            _pm(rows, s, "effective_dose_mSv_per_MBq", "se_from_tiac_mSv_per_MBq") if s in rows.index else "–"
            for s in projection
        ]
        table.add_row(f"{weights}, {body}", *cells)
    console.print(table)
    if activities:
        table = plain_table(
            "Largest activity",
            {"limit": "left", "scaling": "left", "by": "left", "MBq": "right", "at upper 95 %": "right"},
            "at upper 95 %: with the coefficient at the upper bound of the animals' errors",
        )
        for a in activities:
            by = f"{a.quantity} ({a.body})" if a.activity_MBq is not None else a.reason
            limit = f"{a.limit.quantity} {a.limit.mSv:g} mSv"
            numbers = (significant(a.activity_MBq), significant(a.cautious_MBq))
            table.add_row(limit, a.scaling, by, *numbers)
        console.print(table)
        for asked in dict.fromkeys(a.limit for a in activities):
            those = [a for a in activities if a.limit == asked and a.activity_MBq is not None]
            if not those:
                continue
            least = min(those, key=lambda a: a.activity_MBq or 0.0)
            console.print(
                f"{asked.quantity} {asked.mSv:g} mSv: {significant(least.activity_MBq)} MBq is the smallest"
                f" of the scalings ('{least.scaling}')",
                markup=False,
            )
    for note in projection.notes:
        console.print(note, style="dim", markup=False)
    for warning in projection.warnings:
        console.print(f"warning: {warning}", style="yellow", markup=False)


def _pm(rows: pd.DataFrame, scaling: str, value: str, se: str) -> str:
    from dosimetry.files.output import significant

    number, error = (float(rows[column].to_dict()[scaling]) for column in (value, se))
    known = error == error and number > 0.0
    return f"{significant(number)} ±{100 * error / number:.2g} %" if known else significant(number)
