"""Write spheres.csv: absorbed fractions of photons and electrons in spheres of water.

    pip install 'milligray[simulate]'
    python phantoms/spheres/make_spheres.py        # about 5 minutes on one core

The numbers are bit for bit the same for the same seed, numbers of histories and versions of the libraries.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

SEED, BATCHES = 20261121, 20
PHOTON_HISTORIES = 400_000
RADII = np.geomspace(0.04, 20.0, 40).round(6)
PHOTON_MEV = (
    0.002, 0.003, 0.004, 0.005, 0.006, 0.008, 0.01, 0.0125, 0.015, 0.0175, 0.02, 0.025, 0.03, 0.035, 0.04,
    0.05, 0.06, 0.07, 0.08, 0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5,
    3.0, 4.0, 5.0, 6.0, 8.0, 10.0,
)  # fmt: skip
ELECTRON_MEV = (
    0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0, 1.25, 1.5, 1.75, 2.0,
    2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0, 10.0,
)  # fmt: skip
HEADER = """\
# Absorbed fractions of photons and electrons, activity uniform in a sphere of water within endless water.
# Columns from the fourth: density times radius of the sphere, g/cm2. Energy in MeV; se: standard error.
# Made by milligray's own transport (phantoms/spheres/point_source.py), seed {seed}; written by
# make_spheres.py.
# Photons: {photons} histories an energy; electrons of first collisions are followed, those of later ones
# stop where they are made. Electrons: {electrons} an energy; bremsstrahlung leaves the sphere.
# Licence: BSD-3-Clause.
"""


def electron_histories(energy_MeV: float) -> int:
    """Fewer where each takes longer."""
    return 5000 if energy_MeV <= 2.0 else 2000


def rows(radiation: str, energy_MeV: float, scale: float = 1.0) -> list[str]:
    """The two lines of one radiation and energy; ``scale`` times the usual number of histories."""
    from phantoms.spheres.point_source import electron_fractions, photon_fractions
    from phantoms.transport.materials import cross_sections

    if radiation == "photon":
        xs = cross_sections(("water",))
        number = round(PHOTON_HISTORIES * scale)
        fraction, error = photon_fractions(energy_MeV, RADII, xs, number, BATCHES, SEED)
    else:
        number = round(electron_histories(energy_MeV) * scale)
        fraction, error = electron_fractions(energy_MeV, RADII, number, BATCHES, SEED)
    if not np.isfinite([fraction, error]).all():
        raise ValueError(f"{radiation}s of {energy_MeV:g} MeV: not all fractions are numbers")
    return [
        f"{radiation},fraction,{energy_MeV:g}," + ",".join(f"{v:.5g}" for v in fraction),
        f"{radiation},se,{energy_MeV:g}," + ",".join(f"{v:.2g}" for v in error),
    ]


def text() -> str:
    """The file's whole text."""
    lines = ["radiation,quantity,energy_MeV," + ",".join(f"{r:g}" for r in RADII)]
    for radiation, energies in (("photon", PHOTON_MEV), ("electron", ELECTRON_MEV)):
        for energy in energies:
            lines += rows(radiation, energy)
            print(radiation, energy, file=sys.stderr)
    head = HEADER.format(seed=SEED, photons=PHOTON_HISTORIES, electrons="5000 (above 2 MeV: 2000)")
    return head + "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("spheres.csv").write_text(text(), encoding="utf-8")
