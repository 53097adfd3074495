"""Write kernels.csv: energy around a point source of electrons of one energy in water, by scaled distance.

    pip install 'milligray[simulate]'
    python phantoms/voxels/kernels/make_kernels.py        # about 4 minutes on one core

The numbers are bit for bit the same for the same seed, numbers of histories and versions of the libraries.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

SEED, BATCHES = 20261122, 20
ELECTRON_MEV = (
    0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.55, 0.75, 1.0, 1.4, 2.0, 2.8, 4.0, 5.5,
    7.5, 10.0,
)  # fmt: skip
#: Distance over the range in the continuous-slowing-down approximation.
SCALED = np.concatenate([[0.0, 0.0025, 0.005], np.linspace(0.01, 1.2, 120)]).round(6)
HEADER = """\
# Energy absorbed around a point source of electrons of one energy in endless water.
# Rows "within": share of the absorbed energy that is absorbed within the distance; "se": its standard error.
# Columns: energy in MeV; range in the continuous-slowing-down approximation (CSDA), g/cm2; share of the
# energy that leaves as bremsstrahlung; then, from the fifth, by distance over CSDA range.
# Made by milligray's own transport (phantoms/transport/electrons.py), seed {seed}; written by
# make_kernels.py. Electrons: {electrons} an energy.
# Licence: BSD-3-Clause.
"""


def histories(energy_MeV: float) -> int:
    """Fewer where each takes longer."""
    return 20_000 if energy_MeV <= 2.0 else 5000


def rows(energy_MeV: float) -> list[str]:
    """The two lines of one energy."""
    from phantoms.transport.electrons import (
        KNOCK_ON_MEV,
        KNOCK_ON_SHARE,
        STOP_MEV,
        STOP_SHARE,
        medium,
        run_electrons,
    )
    from phantoms.transport.photons import batch_seed
    from phantoms.transport.stopping_powers import csda_range

    reach = csda_range(energy_MeV)
    low, high, per_bin = 1e-4, 2.0, 1000  # bins of ln(r / range); finer than the columns
    per_log_r = per_bin / np.log(high / low)
    edges = low * np.exp(np.arange(1, per_bin + 1) / per_log_r)  # upper ends
    tables = medium(max(KNOCK_ON_MEV, KNOCK_ON_SHARE * energy_MeV))
    stop, number = max(STOP_MEV, STOP_SHARE * energy_MeV), histories(energy_MeV) // BATCHES
    found, total = np.empty((BATCHES, SCALED.size)), np.empty(BATCHES)
    for batch in range(BATCHES):
        deposit = np.zeros(per_bin)
        seed = batch_seed(SEED, round(energy_MeV * 1e6), batch)
        run_electrons(seed, number, energy_MeV, stop, tables, np.log(low * reach), per_log_r, deposit)
        total[batch] = deposit.sum()
        found[batch] = np.interp(SCALED, edges, np.cumsum(deposit) / total[batch], left=0.0)
    share = found.mean(axis=0)
    error = found.std(axis=0, ddof=1) / np.sqrt(BATCHES)
    lost = 1.0 - total.mean() / (number * energy_MeV)
    head = f"{energy_MeV:g},{reach:.6g},{lost:.4g},"
    return [
        f"within,{head}" + ",".join(f"{v:.6f}".rstrip("0").rstrip(".") for v in share),
        f"se,{head}" + ",".join(f"{v:.1g}" for v in error),
    ]


def text() -> str:
    """The file's whole text."""
    lines = ["quantity,energy_MeV,csda_range_g_per_cm2,bremsstrahlung," + ",".join(f"{x:g}" for x in SCALED)]
    for energy in ELECTRON_MEV:
        lines += rows(energy)
        print(energy, file=sys.stderr)
    return HEADER.format(seed=SEED, electrons="20000 (above 2 MeV: 5000)") + "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("kernels.csv").write_text(text(), encoding="utf-8")
