"""``milligray phantoms``: which bodies there are, what is in one, and import of the ICRP reference adults."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from phantoms.library.saf import SafLibrary

phantoms = typer.Typer(
    help="Bodies with their specific absorbed fractions (SAF): list, show, import.", no_args_is_help=True
)
importing = typer.Typer(help="Bring in SAFs that are other people's.", no_args_is_help=True)
phantoms.add_typer(importing, name="import")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

#: Digits of a SHA-256 in the list; --json and 'show' give all.
SHORT = 12


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(phantoms, name="phantoms")


@phantoms.command("list")
def list_phantoms(as_json: Json = False) -> None:
    """All bodies at hand, with origin, licence and hash of each."""
    from dosimetry.files.output import json_text, plain_table, write_text
    from phantoms.errors import PhantomError
    from phantoms.library.installed import available
    from phantoms.library.saf import SafLibrary
    from phantoms.user_folders import user_folder

    rows: list[dict[str, Any]] = []
    damaged: dict[str, str] = {}
    for file in available():
        try:
            library, sha256 = SafLibrary.load(file.path), file.sha256
        except (PhantomError, OSError) as error:
            damaged[file.name] = str(error)
            continue
        facts = library.provenance
        rows.append(
            {
                "phantom": library.phantom,
                "sex": library.sex,
                "targets": len(library.targets),
                "sources": len(library.sources),
                "origin": facts.get("origin", "not stated"),
                "release": facts.get("release", ""),
                "masses": library.conventions.masses,
                "licence": facts.get("licence", "not stated"),
                "shipped": file.shipped,
                "file": str(file.path),
                "sha256": sha256,
            }
        )
    for name, problem in damaged.items():
        typer.echo(f"warning: phantom '{name}' cannot be used: {problem}", err=True)
    if as_json:
        damage = [{"phantom": name, "damaged": problem} for name, problem in damaged.items()]
        write_text("-", json_text([*rows, *damage]))
        return
    from dosimetry.files.terminal import Terminal

    table = plain_table(
        "Phantoms",
        {"phantom": "left", "sex": "left", "T x S": "right", "from": "left", "sha256": "left"},
        caption="T x S: target and source regions",
    )
    same: dict[str, list[str]] = {}
    for r in rows:
        size, whose = f"{r['targets']} x {r['sources']}", "shipped" if r["shipped"] else "imported"
        table.add_row(r["phantom"], r["sex"], size, whose, r["sha256"][:SHORT])
        release = f" ({r['release']} release)" if r["release"] else ""
        same.setdefault(f"{r['origin']}{release}. Licence: {r['licence']}", []).append(r["phantom"])
    console = Terminal()
    console.print(table)
    for origin, names in same.items():
        console.print(f"{', '.join(names)}: {origin}\n")
    console.print(f"Imported phantoms are kept in {user_folder()}", soft_wrap=True)


@phantoms.command("show")
def show_phantom(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="e.g. 'adult male', or the path of a library (.h5)")
    ],
    masses: Annotated[
        str | None,
        typer.Option(help="Convention of target masses, where there are two: 'ICRP 133', 'ICRP 89'."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Regions, masses, energies and provenance of one body."""
    from dosimetry.files.output import json_text, write_text
    from phantoms.library.installed import find, load_phantom

    file, library = find(name), load_phantom(name, masses)
    if as_json:
        write_text("-", json_text(_as_dict(library, str(file.path), file.sha256)))
        return
    _print(library, str(file.path), file.sha256)


def _as_dict(library: SafLibrary, path: str, sha256: str) -> dict[str, object]:
    have = library.conventions
    return {
        "phantom": library.phantom,
        "sex": library.sex,
        "masses": have.masses,
        "mass_conventions": list(have.mass_sets),
        "target_mass_kg": {t: library.target_mass_kg.get(t) for t in library.targets},
        "source_mass_kg": {s: library.source_mass_kg.get(s) for s in library.sources},
        "combined_targets": have.combined,
        "remainder_sources": list(have.remainder_sources),
        "energies_MeV": {kind: table.energy_MeV.tolist() for kind, table in library.tables.items()},
        "spectrum": library.spectrum,
        "fission_neutrons_of": list(library.fission.nuclides) if library.fission else [],
        "provenance": dict(library.provenance),
        "file": path,
        "sha256": sha256,
    }


def _print(library: SafLibrary, path: str, sha256: str) -> None:
    from dosimetry.files.output import plain_table, significant
    from dosimetry.files.terminal import Terminal
    from phantoms.library.saf import FILE, FILE_HASH

    def kg(mass: float | None) -> str:
        return "" if mass is None else significant(mass, 4)

    console, have = Terminal(), library.conventions
    title = f"{library.phantom} ({library.sex})" + (f", masses of {have.masses}" if have.masses else "")
    table = plain_table(
        title, {"region": "left", "as target / kg": "right", "as source / kg": "right", "": "left"}
    )
    for region in dict.fromkeys((*library.targets, *library.sources)):
        parts = " + ".join(f"{w:.4g} {part}" for part, w in have.combined.get(region, {}).items())
        as_target = kg(library.target_mass_kg.get(region)) or "yes" if region in library.targets else ""
        as_source = kg(library.source_mass_kg.get(region)) or "yes" if region in library.sources else ""
        table.add_row(region, as_target, as_source, parts and f"target: {parts}")
    console.print(table)
    facts = plain_table("Contents and provenance", {"fact": "left", "value": "left"})
    for kind, t in library.tables.items():
        grid = f"{t.energy_MeV.size} energies, {t.energy_MeV[0]:g} to {t.energy_MeV[-1]:g} MeV"
        if t.energy_MeV.size == 1:
            grid = f"mean over {library.spectrum}" if library.spectrum else "at all energies"
        statistics = "" if t.relative_se is None else "; with statistical uncertainty"
        facts.add_row(f"{kind} SAF", grid + statistics)
    if library.spectrum:
        facts.add_row("made for", f"{library.spectrum} alone; any other nuclide is refused")
    if library.fission:
        facts.add_row("fission neutrons", f"{len(library.fission.nuclides)} nuclides")
    if have.remainder_sources:
        facts.add_row(
            "remainder", "mean by mass of the sources not named, of: " + ", ".join(have.remainder_sources)
        )
    for key, text in sorted(library.provenance.items()):
        if key not in (FILE, FILE_HASH):  # they stand below, whole
            facts.add_row(key, text)
    facts.add_row("file", path)
    facts.add_row("sha256", sha256)
    console.print(facts)


@importing.command("icrp133")
def import_icrp133(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The supplement: its folder or its zip.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace phantoms imported from other files.")
    ] = False,
) -> None:
    """Import the ICRP reference adults from the electronic supplement of ICRP Publication 133.

    The files are checked (regions, order of pairs, energies, zeros, cut-offs, masses, symmetry), and both
    adults are kept in the user's data folder with the hash of each file: all of it, or nothing.
    """
    from phantoms.library.importing import import_icrp133 as bring_in

    done = bring_in(path, overwrite=overwrite)
    release = (
        f"{done.release} release" if done.release != "unknown" else "of a release not known to this program"
    )
    if done.unchanged:
        typer.echo(f"ICRP 133 ({release}) was imported before from the same files; nothing changed.")
    else:
        typer.echo(f"ICRP 133 ({release}) imported: phantoms 'ICRP adult male' and 'ICRP adult female'.")
    for file in done.files:
        typer.echo(f"  {file}")
    for text in done.warnings:
        typer.echo(f"warning: {text}", err=True)
