"""``milligray sphere``: dose of a tumour as a sphere, from its mass and the time-integrated activity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dosimetry.commands.doses.options import Daughters, Json

if TYPE_CHECKING:
    from dosimetry.doses.spheres import SphereDose


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("sphere")(sphere)


def sphere(
    nuclide: Annotated[str, typer.Option(help="e.g. Lu-177")],
    mass_g: Annotated[float, typer.Option("--mass-g", help="Mass of the sphere in g, 0.01 to 6000.")],
    density: Annotated[
        float, typer.Option("--density-g-per-cm3", help="Density of the sphere and around it, 0.2 to 2.")
    ] = 1.0,
    tiac_h: Annotated[
        float | None, typer.Option("--tiac-h", help="TIAC of the sphere in h, for the dose in mGy/MBq.")
    ] = None,
    daughters: Daughters = "none",
    per_MBq_of: Annotated[
        str | None,
        typer.Option(
            "--per-mbq-of",
            metavar="NUCLIDE",
            help="The nuclide administered, where the TIAC is that of its daughter.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Self-dose of a sphere in mGy per MBq.h; with a TIAC also in mGy per MBq administered."""
    from dosimetry.commands.curve_options import check_numbers
    from dosimetry.doses.spheres import sphere_dose
    from dosimetry.files.output import json_text, write_text

    check_numbers(mass_g=mass_g, density_g_per_cm3=density, tiac_h=tiac_h)
    d = sphere_dose(nuclide, mass_g * 1e-3, density_g_per_cm3=density, daughters=daughters)
    dose = None if tiac_h is None else d.dose_mGy_per_MBq(tiac_h, per_MBq_of=per_MBq_of)
    if not as_json:
        _print(d, tiac_h, dose)
        return
    content = {
        "nuclide": d.nuclide,
        "mass_g": mass_g,
        "density_g_per_cm3": density,
        "emitted_MeV_per_decay": dict(d.emitted_MeV),
        "absorbed_MeV_per_decay": dict(d.absorbed_MeV),
        "absorbed_fraction": d.absorbed_fraction,
        "dose_by_radiation_mGy_per_MBq_h": dict(d.dose_mGy_per_MBq_h),
        "dose_mGy_per_MBq_h": d.total_mGy_per_MBq_h,
        "se_mGy_per_MBq_h": d.se_mGy_per_MBq_h,
        "s_value_mGy_per_MBq_s": d.s_value_mGy_per_MBq_s,
        "tiac_h": tiac_h,
        "dose_mGy_per_MBq": dose,
        "provenance": dict(d.provenance),
    }
    write_text("-", json_text(content))


def per_cent(relative_se: float) -> str:
    """A statistical standard error in %; below 0.1 % the statistics are not what limits a dose.

    >>> per_cent(0.0123), per_cent(1.6e-5)
    ('1.2 %', 'below 0.1 %')
    """
    from dosimetry.files.output import significant

    return "below 0.1 %" if relative_se < 1e-3 else f"{significant(100.0 * relative_se, 2)} %"


def _print(d: SphereDose, tiac_h: float | None, dose: float | None) -> None:
    from dosimetry.files.output import plain_table, significant
    from dosimetry.files.terminal import Terminal

    console = Terminal()
    size = f"{d.mass_kg * 1e3:g} g, {d.density_g_per_cm3:g} g/cm3"
    table = plain_table(
        f"Self-dose of a sphere: {d.nuclide}, {size}, daughters: {d.provenance['daughters']}",
        {
            "radiation": "left",
            "emitted / MeV": "right",
            "absorbed / MeV": "right",
            "mGy per MBq.h": "right",
        },
        caption="energies per decay; absorbed dose, no radiation weighting",
    )
    for kind, emitted in d.emitted_MeV.items():
        if emitted:
            table.add_row(
                kind + "s",
                significant(emitted, 4),
                significant(d.absorbed_MeV[kind], 4),
                significant(d.dose_mGy_per_MBq_h[kind], 4),
            )
    table.add_row(
        "sum",
        significant(sum(d.emitted_MeV.values()), 4),
        significant(sum(d.absorbed_MeV.values()), 4),
        significant(d.total_mGy_per_MBq_h, 4),
        style="bold",
    )
    console.print(table)
    se = per_cent(d.se_mGy_per_MBq_h / d.total_mGy_per_MBq_h)
    console.print(
        f"S = {significant(d.s_value_mGy_per_MBq_s)} mGy/(MBq.s); statistical standard error {se}",
    )
    if tiac_h is not None:
        console.print(
            f"TIAC {significant(tiac_h)} h: {significant(dose, 4)} mGy per MBq administered",
            style="bold",
        )
    if d.provenance["notes"]:
        console.print(d.provenance["notes"], style="dim")
