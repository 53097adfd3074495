"""``milligray check``: what a study would do, without doses; ``init``: a new study to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dosimetry.commands.curve_options import Json

if TYPE_CHECKING:
    from dosimetry.files.terminal import Terminal
    from dosimetry.study.check import StudyCheck


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("init")(init)
    app.command("check")(check)


def init(
    folder: Annotated[Path, typer.Argument(help="Folder of the new study; its files must not exist yet.")],
    nuclide: Annotated[str, typer.Option(help="e.g. Zr-89")],
    product: Annotated[str, typer.Option(help="The radiopharmaceutical, e.g. 89Zr-trastuzumab.")],
    tables: Annotated[
        str,
        typer.Option(help="What the tables have: counts, percent-ia (measured values in %IA), or tiac."),
    ] = "counts",
) -> None:
    """Write a study to fill in: study.toml with every choice explained, and tables with their headers."""
    from dosimetry.nuclides.nuclide import nuclide as find_nuclide
    from dosimetry.study.keys.new_study import write_new_study

    for path in write_new_study(folder, find_nuclide(nuclide).name, product, tables):
        typer.echo(str(path))
    typer.echo(f"Fill in the tables and the choices of study.toml, then: milligray check {folder}/study.toml")


def check(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="The study file; see docs/study.md.")],
    allow_outside: Annotated[
        bool, typer.Option("--allow-outside", help="Read tables outside of the study file's folder too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say what 'milligray run' would do: read and fit everything, and compute no doses."""
    from dosimetry.files.output import json_text, write_text
    from dosimetry.study.check import check_study
    from dosimetry.study.study_file import load_study

    found = check_study(load_study(study, allow_outside=allow_outside))
    if as_json:
        write_text("-", json_text(_content(found)))
    else:
        _print(found)


def _content(found: StudyCheck) -> dict[str, Any]:
    s = found.settings
    return {
        "name": s.name,
        "data": s.data,
        "nuclide": found.nuclide.name,
        "half_life_h": found.nuclide.half_life_h,
        "product": s.product,
        "inputs": {name: str(path) for name, path in found.inputs.items()},
        "effective_dose": list(s.effective_dose),
        "bladder": s.bladder.method().words() if s.bladder is not None else None,
        "patients": [
            {
                "patient": p.name,
                "sex": p.sex,
                "phantom": p.phantom,
                "measured_organ_mass_kg": dict(p.organ_mass_kg),
                "sources": list(sources),
            }
            for p, sources in zip(found.patients, found.sources, strict=True)
        ],
        "curves": found.curves(),
        "uncertainty": _uncertainty(found),
        "warnings": found.warnings,
        "outputs": found.outputs(),
    }


def _uncertainty(found: StudyCheck) -> dict[str, Any] | None:
    """What [uncertainty] states, and what it says is not known."""
    if found.stated is None:
        return None
    from dosimetry.study.uncertainty.tables import effect_words

    method = found.stated.method
    return {
        "stated": [
            {
                "input": i.name,
                "one_standard_uncertainty": [effect_words(e) for e in i.effects],
                "kind": i.kind,
                "distribution": i.distribution,
                "shared_by": i.shared_by,
                "source": i.source,
            }
            for i in method.inputs
        ],
        "unknown": {u.name: u.why for u in method.unknown},
        "level": method.level,
        "monte_carlo": method.monte_carlo,
    }


def _print(found: StudyCheck) -> None:
    from dosimetry.files.output import plain_table
    from dosimetry.files.terminal import Terminal

    console, s = Terminal(), found.settings
    console.print(s.name, style="bold")
    console.print(
        f"{s.product}; {found.nuclide.name}, half-life {found.nuclide.half_life_h:g} h; data {s.data}"
    )
    masses = s.masses.organs if s.masses else "reference"
    if s.bladder is not None:
        console.print(f"urinary bladder contents: {s.bladder.method().words()}")
    console.print(f"masses of organs: {masses}; effective dose: {', '.join(s.effective_dose)}\n")
    table = plain_table(
        "Patients",
        {"patient": "left", "sex": "left", "body": "left", "measured masses": "right", "sources": "left"},
    )
    same: dict[tuple[str, ...], str] = {}
    for p, sources in zip(found.patients, found.sources, strict=True):
        letter = same.setdefault(tuple(sources), f"({len(same) + 1})")
        table.add_row(p.name, p.sex, p.phantom, str(len(p.organ_mass_kg)), letter)
    console.print(table)
    for names, letter in same.items():
        console.print(f"sources {letter}: {', '.join(names)}")
    console.print()
    kinds: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in found.curves():
        kinds.setdefault((row["curve"], row["method"]), []).append(row)
    if kinds:
        table = plain_table(
            "Curves",
            {
                "curve": "left",
                "n": "right",
                "points": "right",
                "last / h": "right",
                "extrapolated / %": "right",
                "method": "left",
            },
            caption="n: patients; extrapolated: share of the area after the last point",
        )
        for (curve, method), rows in kinds.items():
            shares = [
                100 * r["extrapolated_fraction"] for r in rows if r["extrapolated_fraction"] is not None
            ]
            table.add_row(
                curve,
                str(len(rows)),
                _range([r["points"] for r in rows]),
                _range([r["last_h"] for r in rows]),
                _range([round(share) for share in shares]) if shares else "–",
                method,
            )
        console.print(table)
    _print_uncertainty(console, found)
    for warning in found.warnings:
        console.print(f"warning: {warning}", style="yellow")
    console.print(f"A run would write: {', '.join(found.outputs())}")


def _print_uncertainty(console: Terminal, found: StudyCheck) -> None:
    """The inputs of the budget, and what is not known."""
    from dosimetry.files.output import plain_table
    from dosimetry.study.uncertainty.tables import effect_words

    if found.stated is None:
        console.print(
            "uncertainty: no [uncertainty], so no budget: standard errors of measurement and SAFs only\n"
        )
        return
    method = found.stated.method
    trials = f"; Monte Carlo of {method.monte_carlo} trials" if method.monte_carlo else ""
    table = plain_table(
        f"Uncertainty, intervals of {100 * method.level:g} %{trials}",
        {"input": "left", "one standard uncertainty": "left", "kind": "left", "the same for": "left"},
    )
    for i in method.inputs:
        changes = "; ".join(map(effect_words, i.effects))
        table.add_row(i.name, changes, i.kind, i.shared_by)
    console.print(table)
    for u in method.unknown:
        console.print(f"not known: {u.name}" + (f" ({u.why})" if u.why else ""), style="yellow")
    console.print()


def _range(values: list[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
