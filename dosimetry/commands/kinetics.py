"""``milligray fit``, ``nca`` and ``compartments``: curves and compartment models at a prompt."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from kinetics.curves.files import CurveFile

File = Annotated[
    Path,
    typer.Argument(
        metavar="CURVE.csv", help="Columns time_h, value and optionally sd; '<0.1' or BLQ allowed."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
HalfLife = Annotated[
    float | None,
    typer.Option("--half-life-h", help="Physical half-life in h; without it the label is stable."),
]
Corrected = Annotated[
    bool | None,
    typer.Option(
        "--decay-corrected/--not-decay-corrected",
        help="Whether the values are corrected for physical decay to time 0. Not said: as measured.",
    ),
]
Unit = Annotated[str, typer.Option(help="Unit of the values, e.g. %IA, %IA/L, mg/L.")]
Weights = Annotated[
    str | None,
    typer.Option(
        help="auto, none, relative, sd or poisson; not said: auto (column sd, or else relative errors).",
        metavar="WEIGHTS",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("fit")(fit)
    app.command("nca")(nca)
    app.command("compartments")(compartments)


def _read(
    file: Path, unit: str, half_life_h: float | None, decay_corrected: bool | None
) -> tuple[CurveFile, list[str]]:
    """The file's curve, and what was taken for granted."""
    from kinetics.curves.files import read_curve

    notes = []
    if half_life_h is None:
        notes.append("no half-life given: no physical decay is held apart")
    elif decay_corrected is None:
        notes.append("taken as measured, not decay-corrected; if it is corrected, say --decay-corrected")
    stated = math.inf if half_life_h is None else half_life_h
    read = read_curve(file, unit=unit, decay_corrected=bool(decay_corrected), half_life_h=stated)
    return read, notes


def fit(
    file: File,
    model: Annotated[
        str, typer.Option(help="auto, or a model: monoexponential, biexponential, ...")
    ] = "auto",
    weights: Weights = None,
    half_life_h: HalfLife = None,
    decay_corrected: Corrected = None,
    fractional_sd: Annotated[
        float | None,
        typer.Option("--fractional-sd", help="With relative weights: the known fraction, e.g. 0.05."),
    ] = None,
    unit: Unit = "",
    interval: Annotated[
        str, typer.Option(help="Of area and half-lives: delta, profile or bootstrap.")
    ] = "delta",
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.")] = 1,
    plot: Annotated[
        Path | None, typer.Option(help="Draw curve, candidates, fit, residuals and tail (PNG, PDF).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Fit a time-activity curve: the best supported model, the area averaged over models, every candidate."""
    from dosimetry.errors import DosimetryError
    from dosimetry.files.output import json_text, write_text
    from kinetics.fitting.choose import choose_model
    from kinetics.fitting.uncertainty import bootstrap
    from kinetics.summary import choice_summary, interval_summary

    if interval not in ("delta", "profile", "bootstrap"):
        raise DosimetryError(f"--interval is '{interval}'; delta, profile or bootstrap is due")
    read, notes = _read(file, unit, half_life_h, decay_corrected)
    curve = read.curve
    if read.blq_time_h:
        at = ", ".join(f"{t:g}" for t in read.blq_time_h)
        notes.append(f"below the limit of quantification at {at} h: left out of the fit")
    if weights not in (None, "auto", "sd") and curve.sd is not None:
        notes.append(f"column 'sd' isn't used with --weights {weights}")
    choice = choose_model(
        curve,
        weights=weights or "auto",
        fractional_sd=fractional_sd,
        force=None if model == "auto" else model,
    )
    content = {"file": str(file), "decay_corrected": curve.decay_corrected, "half_life_h": half_life_h}
    content |= choice_summary(choice)
    chosen = choice.chosen
    replicas = (
        bootstrap(chosen, seed=seed) if interval == "bootstrap" and chosen.covariance is not None else None
    )
    content["area_interval"] = interval_summary(chosen, interval, replicas=replicas)
    content["half_life_intervals_h"] = {
        rate: interval_summary(chosen, interval, f"half_life_{rate}", replicas=replicas)
        for rate in chosen.function.rates
    }
    content["notes"] = notes
    if plot is not None:
        from kinetics.plots import plot_choice, save_figure

        save_figure(plot_choice(choice), plot)
    if as_json:
        write_text("-", json_text(content))
        return
    _print_fit(content)


def _print_fit(content: dict[str, Any]) -> None:
    from rich.console import Console

    from dosimetry.files.output import plain_table, significant

    console = Console()
    columns = {"": "left", "value": "right", "SE": "right", "unit": "left"}
    table = plain_table(f"{content['model']}: {content['formula']} ({content['n_points']} points)", columns)

    def row(name: str, e: dict[str, Any], unit: str) -> None:
        table.add_row(name, significant(e["value"], 5), significant(e["se"], 3), unit)

    for name, e in content["parameters"].items():
        row(name, e, e["unit"])
    for key, label in (("half_lives_h", "half-life, biologic"), ("effective_half_lives_h", "effective")):
        for name, e in content[key].items():
            row(f"{label} ({name})", e, "h")
    row("area, 0 to infinity", {"value": content["area"], "se": content["se_area"]}, content["area_unit"])
    average = content["averaged_area"]
    intervals = {"area": content["area_interval"]}
    if not content["forced"]:
        row("area, averaged over models", average, content["area_unit"])
        table.add_row(
            "area, averaged, 95 % interval",
            f"{significant(average['lower'], 4)} to {significant(average['upper'], 4)}",
            "",
            content["area_unit"],
        )
    intervals |= {f"half-life ({k})": v for k, v in content["half_life_intervals_h"].items()}
    for name, limits in intervals.items():
        table.add_row(
            f"{name}, {100 * limits['level']:.0f} % interval ({limits['method']})",
            f"{significant(limits['lower'], 4)} to {significant(limits['upper'], 4)}",
            "",
            content["area_unit"] if name == "area" else "h",
        )
    table.add_row("extrapolated", f"{100 * content['extrapolated_fraction']:.1f}", "", "%")
    console.print(table)
    candidates = plain_table(
        "Candidates",
        {
            "model": "left",
            "criterion": "right",
            "weight": "right",
            "area": "right",
            "SE": "right",
            "why not": "left",
        },
    )
    for c in content["candidates"]:
        candidates.add_row(
            c["model"],
            significant(c["criterion"], 4),
            significant(c["weight"], 3),
            significant(c["area"], 5),
            significant(c["se_area"], 3),
            "[bold]chosen[/bold]" if c["chosen"] else c["why_not_chosen"],
        )
    console.print(candidates)
    _print_notes(console, [*content["warnings"], *content["notes"]], content["se_reason"])


def _print_notes(console: Any, notes: list[str], reason: str | None = None) -> None:
    if reason:
        console.print(f"Standard errors: {reason}.", highlight=False)
    for note in notes:
        console.print(f"Note: {note}.", highlight=False)


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

    read, notes = _read(file, unit, half_life_h, decay_corrected)
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
    from rich.console import Console

    from dosimetry.files.output import plain_table, significant

    console = Console()
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
    _print_notes(console, content["notes"])


def compartments(
    file: Annotated[
        Path, typer.Argument(metavar="MODEL.toml", help="A compartment model; see docs/kinetics.md.")
    ],
    as_json: Json = False,
) -> None:
    """Solve a linear compartment model: TIACs, contents over time; fit its rates where the file has data."""
    from dosimetry.files.output import json_text, write_text
    from kinetics.compartments.files import read_model
    from kinetics.compartments.fit import fit_compartments
    from kinetics.errors import KineticsError
    from kinetics.summary import compartments_summary

    given = read_model(file)
    try:
        fits = given.observations and any(not p.held for p in given.parameters.values())
        content = compartments_summary(given, fit_compartments(given) if fits else None)
    except KineticsError as error:
        raise KineticsError(f"{file}: {error}") from None
    content = {"file": str(file)} | content
    if as_json:
        write_text("-", json_text(content))
        return
    from rich.console import Console

    from dosimetry.files.output import plain_table, significant

    console = Console()
    table = plain_table(f"{content['model']}: TIAC", {"": "left", "TIAC / h": "right", "SE": "right"})
    for name, e in content["tiac_h"].items():
        table.add_row(name, significant(e["value"], 4), significant(e["se"], 3))
    console.print(table)
    if "parameters" in content:
        table = plain_table("Parameters", {"": "left", "value": "right", "SE": "right", "unit": "left"})
        for name, e in content["parameters"].items():
            table.add_row(
                name, significant(e["value"], 4), significant(e["se"], 3), "held" if e["held"] else e["unit"]
            )
        console.print(table)
    if "time_h" in content:
        names = (
            ["whole body", *given.model.regions]
            if given.model.regions
            else [*given.model.states, "whole body"]
        )
        table = plain_table(
            "Fraction of the administered activity", {"time / h": "right"} | dict.fromkeys(names, "right")
        )
        for i, t in enumerate(content["time_h"]):
            table.add_row(f"{t:g}", *(significant(content["activity_fraction"][n][i], 3) for n in names))
        console.print(table)
    _print_notes(console, content["warnings"], content.get("se_reason"))
