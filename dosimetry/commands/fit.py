"""``milligray fit``: a time-activity curve, every candidate model, the area."""

from __future__ import annotations

from pathlib import Path
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
    app.command("fit")(fit)


def fit(
    file: File,
    model: Annotated[
        str, typer.Option(help="auto, or a model: monoexponential, biexponential, ...")
    ] = "auto",
    weights: Weights = None,
    half_life_h: HalfLife = None,
    nuclide: OfNuclide = None,
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
    from kinetics.choice.choose import choose_model
    from kinetics.fitting.uncertainty import bootstrap
    from kinetics.summary import choice_summary, interval_summary

    if interval not in ("delta", "profile", "bootstrap"):
        raise DosimetryError(f"--interval is '{interval}'; delta, profile or bootstrap is needed")
    half_life_h = half_life(half_life_h, nuclide)
    check_numbers(fractional_sd=fractional_sd)
    read, notes = read_input(file, unit, half_life_h, decay_corrected)
    curve = read.curve
    if read.blq_time_h:
        at = ", ".join(f"{t:g}" for t in read.blq_time_h)
        notes.append(f"below the limit of quantification at {at} h: left out of the fit")
    if weights not in (None, "auto", "sd") and curve.sd is not None:
        notes.append(f"column 'sd' isn't used with --weights {weights}")
    with of_file(file):
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
    from dosimetry.files.output import plain_table, significant
    from dosimetry.files.terminal import Terminal

    console = Terminal()
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
            "chosen" if c["chosen"] else c["why_not_chosen"],
            style="bold" if c["chosen"] else None,
        )
    console.print(candidates)
    print_notes(console, [*content["warnings"], *content["notes"]], content["se_reason"])
