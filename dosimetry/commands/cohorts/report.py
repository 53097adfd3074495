"""What ``milligray fit-cohort`` prints, writes and draws."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kinetics.mixed_effects.population import Population
    from kinetics.mixed_effects.result import IndividualFit, PopulationChoice, PopulationFit


def of_fit(fit: PopulationFit, choice: PopulationChoice | None) -> dict[str, Any]:
    """The content of a fitted population."""
    from kinetics.populations.tables import candidate_rows, individual_rows, population_rows, residual_rows

    averaged = None if choice is None else choice.areas
    warnings = [*fit.warnings, *(choice.warnings if choice else ())]
    return {
        "model": fit.population.model.name,
        "unit": fit.population.unit,
        "method": f"{fit.method}{', REML' if fit.reml else ', ML'}",
        "residual": fit.population.residual.kind,
        "patients": fit.n_patients,
        "points": fit.n_points,
        "converged": fit.converged,
        "population": [row._asdict() for row in population_rows(fit)],
        "candidates": None if choice is None else candidate_rows(choice),
        "criterion": None if choice is None else choice.criterion,
        "averaged_over": None if choice is None else list(choice.averaged_over),
        "individuals": individual_rows(fit.individuals, averaged),
        "residuals": residual_rows(fit),
        "warnings": list(dict.fromkeys(warnings)),
    }


def of_given(population: Population, fits: Sequence[IndividualFit], file: str) -> dict[str, Any]:
    """The content of patients that were fitted with a population that is given."""
    from kinetics.populations.tables import given_rows, individual_rows

    return {
        "model": population.model.name,
        "unit": population.unit,
        "method": f"given population ({file})",
        "residual": population.residual.kind,
        "source": population.source,
        "patients": len(fits),
        "points": sum(len(f.curve) for f in fits),
        "population": [row._asdict() for row in given_rows(population)],
        "candidates": None,
        "individuals": individual_rows(fits),
        "warnings": [],
    }  # fmt: skip


def tell(content: dict[str, Any], *, csv: Path | None, as_json: bool) -> None:
    """Print and write a content."""
    from dosimetry.files.output import csv_text, json_text, write_text

    if csv is not None:
        import pandas as pd

        write_text(str(csv), csv_text(pd.DataFrame(content["individuals"])))
        if str(csv) == "-":
            return
    if as_json:
        write_text("-", json_text(content))
        return
    _print(content)


def _print(content: dict[str, Any]) -> None:
    from dosimetry.commands.curve_options import print_notes
    from dosimetry.files.output import plain_table, significant
    from dosimetry.files.terminal import Terminal

    console = Terminal()
    title = f"{content['model']}: {content['patients']} patients, {content['points']} points;" \
            f" {content['method']}"  # fmt: skip
    table = plain_table(title, {"": "left", "value": "right", "SE": "right", "unit": "left"})
    for row in content["population"]:
        value = f"{row['value']:.0f}" if "number" in row["quantity"] else significant(row["value"], 4)
        table.add_row(
            row["quantity"], value, significant(row["se"], 2), "" if row["unit"] == "1" else row["unit"]
        )
    console.print(table)
    if content["candidates"]:
        models = plain_table(
            "Models",
            {"model": "left", content["criterion"]: "right", "weight": "right", "why not": "left"},
        )
        for c in content["candidates"]:
            models.add_row(
                c["model"], significant(c["criterion"], 5), significant(c["weight"], 3),
                "chosen" if c["chosen"] else c["why_not_chosen"], style="bold" if c["chosen"] else None,
            )  # fmt: skip
        console.print(models)
    unit = f", areas in {content['unit']} x h" if content["unit"] else ""
    averaged = len(content.get("averaged_over") or ()) > 1
    columns = {"patient": "left", "points": "right", "area": "right", "SE": "right"}
    columns |= {"95 % interval": "left", "after / %": "right"}
    if averaged:
        columns |= {"averaged": "right"}
    caption = "after: share of the area after the last point"
    if averaged:
        caption += f"; averaged: over {' and '.join(content['averaged_over'])}"
    patients = plain_table(f"Patients{unit}", columns, caption=caption)
    for row in content["individuals"]:
        known = row["low_area"] is not None
        low_high = (
            f"{significant(row['low_area'], 4)} to {significant(row['high_area'], 4)}" if known else "–"
        )
        cells = [row["patient"], str(row["points"]), significant(row["area"], 4)]
        cells += [significant(row["se_area"], 2), low_high, f"{100 * row['extrapolated_fraction']:.0f}"]
        if averaged:
            error = significant(row["se_averaged_area"], 2)
            cells.append(f"{significant(row['averaged_area'], 4)} ± {error}")
        patients.add_row(*cells)
    console.print(patients)
    of_all = {"; ".join(f"population: {w}" for w in content["warnings"])}  # told above, once
    own: dict[str, list[str]] = {}
    for row in content["individuals"]:
        if row["note"] and row["note"] not in of_all:
            own.setdefault(row["note"], []).append(row["patient"])
    told = [f"{', '.join(names)}: {note}" for note, names in own.items()]
    print_notes(console, [*content["warnings"], *told, *content["notes"]])


def draw(path: Path, fit: PopulationFit | None, fits: Sequence[IndividualFit]) -> None:
    """Write the figures: the patients at ``path``; of a fitted population two more beside it."""
    from kinetics.mixed_effects.figures.agreement import plot_observed, plot_residuals
    from kinetics.mixed_effects.figures.patients import pages_of, plot_patients
    from kinetics.plots import save_figure

    save_figure(plot_patients(fits), path)
    for page in range(2, pages_of(len(fits)) + 1):
        save_figure(plot_patients(fits, page=page), path.with_stem(f"{path.stem}_{page}"))
    if fit is not None:
        save_figure(plot_observed(fit), path.with_stem(f"{path.stem}_observed"))
        save_figure(plot_residuals(fit), path.with_stem(f"{path.stem}_residuals"))
