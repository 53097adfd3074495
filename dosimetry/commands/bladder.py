"""``milligray bladder``: TIAC of a voided bladder's contents, and the dose of its wall while it fills."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dosimetry.commands.curve_options import half_life
from dosimetry.commands.doses.options import Daughters
from dosimetry.errors import DosimetryError
from milligray.text_files import NUMBER, number, shown

if TYPE_CHECKING:
    from dosimetry.bladder.volume import BladderVolume
    from dosimetry.bladder.wall import WallDose
    from kinetics.excretion.emptying import Emptying
    from kinetics.excretion.inflow import Inflow
    from kinetics.excretion.voided import Contents, ContinuousEmptying

#: Shares may sum to more than 1 by this, as their decimals do.
ROUNDING = 1e-9
EXAMPLE = "a share and a half-time, e.g. 0.18:1.5h (min, h or d), or a share and a rate, e.g. 0.18:0.46/h"


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("bladder")(bladder)


def bladder(
    enters: Annotated[
        list[str],
        typer.Option(help=f"What enters, corrected for decay: {EXAMPLE}. Several times for several parts."),
    ],
    nuclide: Annotated[str | None, typer.Option(help="e.g. F-18")] = None,
    half_life_h: Annotated[
        float | None, typer.Option("--half-life-h", help="In place of the nuclide.")
    ] = None,
    every: Annotated[str | None, typer.Option(help="Interval between voids in h.")] = None,
    first: Annotated[str | None, typer.Option(help="Time of the first void in h.")] = None,
    times: Annotated[
        str | None,
        typer.Option(help="Times of the first voids in h, e.g. 1,2.5,4; then --every, if it is given."),
    ] = None,
    residual: Annotated[str | None, typer.Option(help="Share that stays at each void, e.g. 0.1.")] = None,
    continuous: Annotated[
        str | None, typer.Option(help="A rate in 1/h in place of voids, e.g. 0.5 (ICRP 130: 12 per day).")
    ] = None,
    body: Annotated[
        str | None, typer.Option(help="A body, for the dose of the wall from contents that grow.")
    ] = None,
    volume_mL: Annotated[
        float | None, typer.Option("--volume-mL", help="Volume after each void in mL.")
    ] = None,
    flow_mL_per_h: Annotated[
        float | None, typer.Option("--flow-mL-per-h", help="Flow of urine in mL/h.")
    ] = None,
    start_volume_mL: Annotated[
        float | None,
        typer.Option("--start-volume-mL", help="Volume at the administration; not said: as after a void."),
    ] = None,
    night: Annotated[
        str | None,
        typer.Option(
            metavar="START:HOURS:FLOW",
            help="A night: its begin (h after administration), its hours, its flow in mL/h; e.g. 12:8:30.",
        ),
    ] = None,
    daughters: Daughters = "none",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """TIAC of urinary bladder contents that are voided; with --body the dose of the wall while they grow."""
    from dosimetry.bladder.method import emptied_words
    from dosimetry.nuclides.nuclide import nuclide as find
    from kinetics.excretion.voided import Contents

    if nuclide is None and half_life_h is None:
        raise DosimetryError("--nuclide (or --half-life-h) is needed: decay is in the TIAC")
    hours = half_life(half_life_h, nuclide)
    assert hours is not None
    if not (math.isfinite(hours) and hours > 0.0):
        raise DosimetryError(f"--half-life-h is {hours:g}; a number above 0 is needed")
    lam = find(nuclide).lambda_per_h if nuclide else math.log(2.0) / hours
    inflow = _inflow(enters)
    emptied = _emptied(every, first, times, residual, continuous)
    contents = Contents(inflow, emptied, lam)
    if daughters != "none" and body is None:
        raise DosimetryError("--daughters is of the wall's dose, which needs --body")
    volume = _volume(body, nuclide, volume_mL, flow_mL_per_h, start_volume_mL, night)
    wall = None
    if volume is not None and body is not None and nuclide is not None:
        from dosimetry.bladder.wall import wall_dose

        wall = wall_dose(contents, volume, nuclide, body, daughters=daughters)
    if as_json:
        from dosimetry.files.output import json_text, write_text

        write_text("-", json_text(_content(contents, nuclide, hours, emptied_words(emptied), wall)))
    else:
        _print(contents, nuclide, hours, emptied_words(emptied), wall)


def _number(option: str, text: str) -> float:
    """The number of an option.

    Raises
    ------
    DosimetryError : it is none.
    """
    try:
        return number(text)
    except ValueError as problem:
        raise DosimetryError(f"{option}: {problem}; a number is needed") from None


def _inflow(parts: list[str]) -> Inflow:
    """Shares and rates as they are written.

    >>> _inflow(["0.06:12min", "0.18:0.46/h"]).rate_per_h.round(3).tolist()
    [3.466, 0.46]
    """
    import numpy as np

    from kinetics.curves.units import HOURS
    from kinetics.excretion.inflow import Inflow

    share, rate, wrong = [], [], []
    for text in parts:
        found = re.fullmatch(r"\s*([^:]+):\s*([^:/a-z]+?)\s*(/?)\s*(min|h|d)\s*", text)
        if not found or not (NUMBER.fullmatch(found[1].strip()) and NUMBER.fullmatch(found[2].strip())):
            wrong.append(f"--enters '{shown(text)}': {EXAMPLE} is needed")
            continue
        time = float(found[2])
        if not (math.isfinite(time) and time > 0.0):
            wrong.append(
                f"--enters '{shown(text)}': {'a rate' if found[3] else 'a half-time'} above 0 is needed"
            )
            continue
        share.append(float(found[1]))
        unit = HOURS[found[4]]
        rate.append(time / unit if found[3] else math.log(2.0) / (time * unit))
    if wrong:
        raise DosimetryError(*wrong)
    inflow = Inflow(np.array(share), np.array(rate))
    if inflow.total > 1.0 + ROUNDING:  # no calibration that a little more could come from
        raise DosimetryError(
            f"--enters: {inflow.total:g} of the administered activity in all; at most 1 can enter"
        )
    return inflow


def _emptied(
    every: str | None, first: str | None, times: str | None, residual: str | None, continuous: str | None
) -> Emptying | ContinuousEmptying:
    """When it is emptied, by the options.

    Raises
    ------
    DosimetryError, KineticsError : options that do not go together, numbers that are not allowed.
    """
    from kinetics.excretion.emptying import Emptying
    from kinetics.excretion.voided import ContinuousEmptying

    voids = {"--every": every, "--first": first, "--times": times, "--residual": residual}
    given = [name for name, value in voids.items() if value is not None]
    if continuous is not None:
        if given:
            raise DosimetryError(f"{given[0]} does not go with --continuous; take one of them out")
        return ContinuousEmptying(_number("--continuous", continuous))
    if every is None and first is None and times is None:
        raise DosimetryError("when is it emptied? Give --every, --first, --times, or --continuous")
    return Emptying(
        every_h=None if every is None else _number("--every", every),
        first_h=None if first is None else _number("--first", first),
        times_h=() if times is None else tuple(_number("--times", t.strip()) for t in times.split(",")),
        residual=0.0 if residual is None else _number("--residual", residual),
    )


def _volume(
    body: str | None,
    nuclide: str | None,
    volume_mL: float | None,
    flow_mL_per_h: float | None,
    start_volume_mL: float | None,
    night: str | None,
) -> BladderVolume | None:
    """The volume of the contents, where a body is given.

    Raises
    ------
    DosimetryError : a part of what the wall's dose needs is missing, or is given without a body.
    """
    from dosimetry.bladder.volume import BladderVolume

    given = {
        "--volume-mL": volume_mL, "--flow-mL-per-h": flow_mL_per_h, "--start-volume-mL": start_volume_mL,
        "--night": night,
    }  # fmt: skip
    there = [name for name, value in given.items() if value is not None]
    if body is None:
        if there:
            raise DosimetryError(f"{there[0]} is of the wall's dose, which needs --body")
        return None
    needed = {"--nuclide": nuclide, "--volume-mL": volume_mL, "--flow-mL-per-h": flow_mL_per_h}
    if lacking := [name for name, value in needed.items() if value is None]:
        raise DosimetryError(*(f"{name} is missing; the wall's dose (--body) needs it" for name in lacking))
    assert volume_mL is not None and flow_mL_per_h is not None
    parts = [None, None, None] if night is None else [_number("--night", p) for p in night.split(":")]
    if len(parts) != 3:
        raise DosimetryError(f"--night is '{shown(str(night))}'; START:HOURS:FLOW, e.g. 12:8:30, is needed")
    return BladderVolume(
        after_void_mL=volume_mL,
        flow_mL_per_h=flow_mL_per_h,
        at_start_mL=start_volume_mL,
        night_starts_h=parts[0],
        night_lasts_h=parts[1],
        night_flow_mL_per_h=parts[2],
    )


def _content(
    contents: Contents, nuclide: str | None, half_life_h: float, emptied: str, wall: WallDose | None
) -> dict[str, Any]:
    shares = zip(contents.inflow.share.tolist(), contents.inflow.rate_per_h.tolist(), strict=True)
    found: dict[str, Any] = {
        "nuclide": nuclide,
        "half_life_h": half_life_h,
        "enters": [{"share": a, "rate_per_h": b} for a, b in shares],
        "emptied": emptied,
        "tiac_h": contents.tiac_h,
        "wall": None,
    }
    if wall is not None:
        found["wall"] = {
            "body": wall.body,
            "reference_mL": wall.reference_mL,
            "smallest_mL": wall.smallest_mL,
            "largest_mL": wall.largest_mL,
            "dynamic_by_radiation_mGy_per_MBq": dict(wall.dynamic_mGy_per_MBq),
            "static_by_radiation_mGy_per_MBq": dict(wall.static_mGy_per_MBq),
            "dynamic_mGy_per_MBq": wall.dynamic_total_mGy_per_MBq,
            "static_mGy_per_MBq": wall.static_total_mGy_per_MBq,
            "dynamic_over_static": wall.ratio,
            "notes": list(wall.notes),
        }
    return found


def _print(
    contents: Contents, nuclide: str | None, half_life_h: float, emptied: str, wall: WallDose | None
) -> None:
    from dosimetry.files.output import plain_table, significant
    from dosimetry.files.terminal import Terminal

    console = Terminal()
    what = f"{nuclide}, half-life {half_life_h:g} h" if nuclide else f"half-life {half_life_h:g} h"
    console.print(f"urinary bladder contents: {what}; {emptied}")
    console.print(
        f"{100 * contents.inflow.total:.4g} % of the administered activity enters, corrected for decay"
    )
    console.print(f"TIAC {significant(contents.tiac_h, 4)} h", style="bold")
    if wall is None:
        return
    title = (
        f"Dose of the {wall.body}'s bladder wall from the contents, mGy/MBq: volume {wall.smallest_mL:.3g} to"
        f" {wall.largest_mL:.3g} mL, and the body's own {wall.reference_mL:.3g} mL"
    )
    console.print()
    table = plain_table(
        title,
        {"radiation": "left", "volume that grows": "right", "own volume": "right"},
        caption="from the contents alone; absorbed dose, no radiation weighting",
    )
    for kind, value in wall.dynamic_mGy_per_MBq.items():
        if wall.static_mGy_per_MBq[kind] or value:
            table.add_row(f"{kind}s", significant(value, 3), significant(wall.static_mGy_per_MBq[kind], 3))
    table.add_row(
        "sum",
        significant(wall.dynamic_total_mGy_per_MBq, 3),
        significant(wall.static_total_mGy_per_MBq, 3),
        style="bold",
    )
    console.print(table)
    for note in wall.notes:
        console.print(f"note: {note}", style="yellow")
