"""``milligray nca``: non-compartmental analysis of a curve, beside a fitted model."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dosimetry.commands.curve_options import (
    Corrected,
    File,
    HalfLife,
    Json,
    OfNuclide,
    Unit,
    Weights,
    check_numbers,
    half_life,
    of_file,
    print_notes,
)
from dosimetry.commands.curve_options import read as read_input


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("nca")(nca)


def nca(
    file: File,
    dose: Annotated[float, typer.Option(help="Administered dose; 100 for a curve in %IA/L.")],
    dose_unit: Annotated[str | None, typer.Option(help="Unit of the dose; not said: the curve's.")] = None,
    unit: Unit = "",
    route: Annotated[str, typer.Option(help="bolus, infusion or extravascular.")] = "bolus",
    infusion_h: Annotated[
        float | None, typer.Option("--infusion-h", help="Duration of the infusion in h.")
    ] = None,
    method: Annotated[str, typer.Option(help="linear, log or linear-up/log-down.")] = "linear-up/log-down",
    slope_points: Annotated[
        int | None, typer.Option(help="Last points for lambda_z; not said: best adjusted R2.")
    ] = None,
    half_life_h: HalfLife = None,
    nuclide: OfNuclide = None,
    decay_corrected: Corrected = None,
    model: Annotated[
        str | None, typer.Option(help="Also from a fitted sum of exponentials, side by side.")
    ] = None,
    weights: Weights = None,
    plasma_volume_L: Annotated[
        float | None,
        typer.Option("--plasma-volume-L", help="For the per cent initially in plasma (%IA/L curves)."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Non-compartmental analysis: C0, AUC, MRT, CL, V, half-life; beside those of a fitted model."""
    from dosimetry.files.output import json_text, write_text
    from kinetics.areas.nca import nca as analyse
    from kinetics.areas.pharmacokinetics import fitted_parameters, initially_in_plasma
    from kinetics.fitting.fit import fit_curve
    from kinetics.summary import nca_summary, parameters_summary

    half_life_h = half_life(half_life_h, nuclide)
    check_numbers(dose=dose, infusion_h=infusion_h, plasma_volume_L=plasma_volume_L)
    read, notes = read_input(file, unit, half_life_h, decay_corrected)
    with of_file(file):
        result = analyse(
            read.with_blq,
            dose=dose,
            dose_unit=dose_unit,
            route=route,
            infusion_h=infusion_h,
            method=method,
            slope_points=slope_points,
        )
    content: dict[str, Any] = {
        "file": str(file),
        "decay_corrected": bool(decay_corrected),
        "half_life_h": half_life_h,
    }
    content |= nca_summary(result)
    content["notes"] = [*content["notes"], *notes]
    content["fitted"] = None
    if model is not None:
        with of_file(file):
            fitted = fit_curve(read.curve, model, weights=weights or "auto")
        own = fitted_parameters(fitted, dose=dose, dose_unit=dose_unit, infusion_h=infusion_h)
        if plasma_volume_L is not None:
            own["initially_in_plasma"] = initially_in_plasma(own["c0"], plasma_volume_L)
        content["fitted"] = {
            "model": fitted.model,
            "weights": fitted.weights,
            "parameters": parameters_summary(own),
            "warnings": list(fitted.warnings),
        }
    if plasma_volume_L is not None and result["c0"].value is not None:
        plasma = initially_in_plasma(result["c0"], plasma_volume_L)
        content["parameters"] |= parameters_summary({"initially_in_plasma": plasma})
    if as_json:
        write_text("-", json_text(content))
        return
    from dosimetry.files.output import plain_table, significant
    from dosimetry.files.terminal import Terminal

    console = Terminal()
    headers = {"": "left", "value": "right", "SE": "right", "unit": "left"}
    table = plain_table(f"{file.name}: {result.route}, {result.method}", headers | {"why not": "left"})
    for name, p in content["parameters"].items():
        table.add_row(name, significant(p["value"], 6), significant(p["se"], 3), p["unit"], p["reason"] or "")
    console.print(table)
    if content["fitted"] is not None:
        table = plain_table(f"from the fit: {content['fitted']['model']}", headers)
        for name, p in content["fitted"]["parameters"].items():
            table.add_row(name, significant(p["value"], 6), significant(p["se"], 3), p["unit"])
        console.print(table)
    print_notes(console, content["notes"])
