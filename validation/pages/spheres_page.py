"""Writes the tables and the figure of docs/spheres.md from a run.

python -m validation.pages.spheres_page
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dosimetry.doses.spheres import sphere_dose
from dosimetry.files.output import significant
from milligray.figures.files import DPI, write_figure
from milligray.figures.look import common_look
from milligray.figures.styles import STYLES
from phantoms.spheres.self_dose import absorbed_fraction
from phantoms.transport.stopping_powers import collision_stopping_power, csda_range
from validation.report.markdown import splice, table

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "spheres.md"
FIGURE = ROOT / "docs" / "figures" / "spheres.png"

#: 152Tb, mGy per MBq.h by mass in g: OLINDA 2 and the ellipsoidal model (Geant4), EJNMMI Res 2019;9:53,
#: Table 3.
TB_152 = {
    0.1: (678.0, 752.0), 0.5: (184.0, 204.0), 1.0: (111.0, 114.0), 2.0: (60.9, 62.5), 4.0: (33.0, 34.0),
    6.0: (23.0, 23.7), 8.0: (17.8, 18.4), 10.0: (14.6, 15.1),
}  # fmt: skip
#: 90Y, absorbed fraction by mass in g: Akabani et al. and Amato et al. as quoted in
#: doi 10.22038/AOJNMB.2018.11610.
Y_90 = {0.065: ("Akabani", 0.39), 4.0: ("Akabani", 0.80), 10.0: ("Amato", 0.85), 20.0: ("Amato", 0.88),
        100.0: ("Amato", 0.93)}  # fmt: skip
#: Water: energy in MeV, collision stopping power in MeV cm2/g and CSDA range in g/cm2, NBSIR 82-2550.
WATER = ((0.01, 22.56, 2.515e-4), (0.1, 4.115, 1.431e-2), (1.0, 1.849, 0.4367), (4.0, 1.870, 2.037))

SHOWN = (("F-18", "none"), ("Zr-89", "none"), ("Y-90", "none"), ("I-131", "none"), ("Lu-177", "none"),
         ("Ac-225", "equilibrium"))  # fmt: skip
MASSES_G = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0, 6000.0)


def terbium_table() -> str:
    """Small spheres of 152Tb beside two programs."""
    rows = []
    for mass_g, (olinda, geant4) in TB_152.items():
        d = sphere_dose("Tb-152", mass_g * 1e-3).total_mGy_per_MBq_h
        both = (f"{olinda:g}", f"{d / olinda - 1:+.1%}", f"{geant4:g}", f"{d / geant4 - 1:+.1%}")
        rows.append((f"{mass_g:g}", significant(d), *both))
    return table(("mass / g", "ours", "OLINDA 2", "difference", "ellipsoidal model", "difference"), rows)


def yttrium_table() -> str:
    """Absorbed fraction of 90Y's betas beside two Monte Carlo codes."""
    rows = []
    for mass_g, (who, published) in Y_90.items():
        ours = sphere_dose("Y-90", mass_g * 1e-3).absorbed_fraction
        rows.append((f"{mass_g:g}", f"{ours:.3f}", f"{published:g} ({who})", f"{ours - published:+.3f}"))
    return table(("mass / g", "ours", "published", "difference"), rows)


def water_table() -> str:
    """Stopping power and range of electrons beside NIST's."""
    rows = []
    for energy, stopping, csda in WATER:
        s, r = float(collision_stopping_power(energy)), csda_range(energy)
        off = (f"{s / stopping - 1:+.2%}", f"{r / csda - 1:+.2%}")
        rows.append((f"{energy:g}", f"{s:.4g}", off[0], f"{r:.4g}", off[1]))
    head = ("collision stopping power / MeV cm2/g", "difference", "CSDA range / g/cm2", "difference")
    return table(("energy / MeV", *head), rows)


def dose_table() -> str:
    """Self-dose by mass and nuclide."""
    rows = []
    for mass_g in MASSES_G:
        doses = (sphere_dose(n, mass_g * 1e-3, daughters=d).total_mGy_per_MBq_h for n, d in SHOWN)
        rows.append((f"{mass_g:g}", *(significant(d) if d < 1e4 else f"{d:.2e}" for d in doses)))
    names = [n + (" with daughters" if d == "equilibrium" else "") for n, d in SHOWN]
    return table(("mass / g", *names), rows)


def fraction_table() -> str:
    """Absorbed fractions at single energies."""
    rows = []
    for mass_g in MASSES_G:
        photons = absorbed_fraction("photon", [0.03, 0.14, 0.511, 1.0], mass_g * 1e-3)
        betas = absorbed_fraction("electron", [0.1, 0.5, 1.0, 2.0], mass_g * 1e-3)
        rows.append((f"{mass_g:g}", *(f"{v:.4f}" for v in photons), *(f"{v:.3f}" for v in betas)))
    head = [f"photon {e}" for e in ("30 keV", "140 keV", "511 keV", "1 MeV")]
    head += [f"electron {e}" for e in ("100 keV", "500 keV", "1 MeV", "2 MeV")]
    return table(("mass / g", *head), rows)


def contents() -> dict[str, str]:
    """All tables of the page by the name of their marks."""
    return {
        "terbium": terbium_table(),
        "yttrium": yttrium_table(),
        "water": water_table(),
        "doses": dose_table(),
        "fractions": fraction_table(),
    }


def draw(path: Path = FIGURE) -> None:
    """Self-dose and the share of the emitted energy that stays, by mass."""
    from matplotlib.figure import Figure

    masses_g = np.geomspace(0.01, 6000.0, 60)
    with common_look():
        figure = Figure(figsize=(7.2, 3.3), dpi=DPI, layout="constrained")
        dose, kept = figure.subplots(1, 2)
        for (name, daughters), style in zip(SHOWN, STYLES, strict=False):
            found = [sphere_dose(name, m * 1e-3, daughters=daughters) for m in masses_g]
            label = name + (" + daughters" if daughters == "equilibrium" else "")
            dose.loglog(masses_g, [d.total_mGy_per_MBq_h for d in found], color=style.colour, label=label)
            kept.semilogx(masses_g, [100 * d.absorbed_fraction for d in found], color=style.colour)
        dose.set(title="Self-dose", xlabel="mass of the sphere / g", ylabel="mGy per MBq.h")
        title = "Emitted energy that stays"
        kept.set(title=title, xlabel="mass of the sphere / g", ylabel="%", ylim=(0, 101))
        dose.legend(loc="lower left", handlelength=1.4)
        for axis in (dose.xaxis, dose.yaxis, kept.xaxis):
            axis.set_major_formatter(lambda v, _: f"{v:g}")
        write_figure(figure, path.with_suffix(""))


def main() -> None:
    """Write the page and its figure."""
    splice(PAGE, contents())
    draw()


if __name__ == "__main__":
    main()
