"""``milligray nuclide``: half-life, energies and main lines of a nuclide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dosimetry.commands.doses.options import Json

if TYPE_CHECKING:
    from dosimetry.nuclides.nuclide import Nuclide

#: The short list has lines with at least this share of the energy of their kind (photons, electrons,
#: alphas), and photons above 1 keV with at least this yield.
MAIN_LINE_SHARE = 0.01


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("nuclide")(show_nuclide)


def show_nuclide(
    name: Annotated[str, typer.Argument(metavar="NUCLIDE", help="e.g. Zr-89, 89Zr, Tc-99m")],
    as_json: Json = False,
) -> None:
    """Half-life, energy per decay by type of radiation, and main lines of a nuclide (ICRP 107)."""
    from dosimetry.files.output import json_text, plain_table, significant, write_text
    from dosimetry.nuclides.nuclide import KIND, LABEL, data_version, nuclide

    n = nuclide(name)
    lines = main_lines(n)
    if as_json:
        content = {
            "nuclide": n.name,
            "half_life_h": n.half_life_h,
            "energy_per_decay_MeV": {t: n.energy_MeV(t) for t in n.emissions},
            "energy_per_decay_by_kind_MeV": n.energy_per_decay_MeV,
            "main_lines": [
                {"type": t, "energy_MeV": e, "yield_per_decay": y, "mean_of_spectrum": s}
                for t, e, y, s in lines
            ],
            "source": data_version(),
        }
        write_text("-", json_text(content))
        return
    from dosimetry.files.terminal import Terminal

    console = Terminal()
    energies = plain_table(
        f"{n.name}: half-life {readable_half_life(n.half_life_s)} ({data_version()})",
        {"radiation": "left", "energy per decay / MeV": "right", "carried by": "left"},
    )
    for t in n.emissions:
        energies.add_row(LABEL[t], significant(n.energy_MeV(t), 4), KIND[t] + "s")
    for kind, energy in n.energy_per_decay_MeV.items():
        if energy:
            energies.add_row(f"sum of {kind}s", significant(energy, 4), "", style="bold")
    console.print(energies)
    table = plain_table(
        "Main lines",
        {"radiation": "left", "energy / keV": "right", "yield / %": "right"},
        caption=f"at least {MAIN_LINE_SHARE:.0%} of their kind's energy, or of photons above 1 keV per decay",
    )
    for t, energy, per_decay, spectrum in lines:
        mean = "mean of spectrum " if spectrum else ""
        table.add_row(LABEL[t], mean + significant(1000 * energy, 4), significant(100 * per_decay, 4))
    console.print(table)


def main_lines(n: Nuclide) -> list[tuple[str, float, float, bool]]:
    """Type, energy in MeV, yield per decay, and whether it is a spectrum's mean, of the lines that matter."""
    from dosimetry.nuclides.nuclide import BETAS, KIND

    found = []
    for t, lines in n.emissions.items():
        total = n.energy_per_decay_MeV[KIND[t]]
        for energy, per_decay in lines[lines[:, 0].argsort()]:
            seen = KIND[t] == "photon" and per_decay >= MAIN_LINE_SHARE and energy >= 0.001
            if seen or energy * per_decay >= MAIN_LINE_SHARE * total > 0:
                found.append((t, float(energy), float(per_decay), t in BETAS))
    return found


def readable_half_life(seconds: float) -> str:
    """A half-life in h, and in the unit that is usual for its size.

    >>> readable_half_life(78.41 * 3600)
    '78.41 h (3.267 d)'
    """
    units = (
        ("y", 365.2422 * 86400),
        ("d", 86400),
        ("h", 3600),
        ("min", 60),
        ("s", 1),
        ("ms", 1e-3),
        ("µs", 1e-6),
    )
    unit, size = next(((u, s) for u, s in units if seconds >= s), units[-1])
    usual = f"{seconds / size:.4g} {unit}"
    return usual if unit == "h" else f"{seconds / 3600:.4g} h ({usual})"
