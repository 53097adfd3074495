"""What the distribution of active marrow does to marrow dose: by age, as in the adult, and by volume of bone.

Run: python -m validation.marrow_shares [--write]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from phantoms.simulate import HISTORIES_PER_BATCH, Simulation
from phantoms.skeleton import marrow_shares, photon_saf_per_g
from phantoms.stylised.body import SKELETON, load_body, names
from validation.page import splice, table

PAGE = Path(__file__).resolve().parents[1] / "docs/phantoms.md"
ENERGY_MEV = 0.5
SOURCES = ("liver", "brain", "total body")


def main() -> None:
    """Print the table, or write it into docs/phantoms.md."""
    rows = []
    for name in names():
        body = load_body(name)
        volume = np.array([body.volumes_cm3[p] for p in SKELETON])
        kinds = {
            "own": marrow_shares(name),
            "adult": marrow_shares("adult male"),
            "volume": dict(zip(SKELETON, volume / volume.sum(), strict=True)),
        }
        cells = [name]
        with tempfile.TemporaryDirectory() as folder:
            run = Simulation(body, 2 * HISTORIES_PER_BATCH, 1, Path(folder))
            for source in SOURCES:
                run.run_unit(source, ENERGY_MEV, 2)
                unit = run.load(source, ENERGY_MEV)
                assert unit is not None
                saf = {
                    kind: photon_saf_per_g(
                        unit.track_cm, unit.track_cm_MeV, volume, SKELETON, shares, ENERGY_MEV
                    )["red marrow"].mean()
                    for kind, shares in kinds.items()
                }
                cells += [f"{saf[k] / saf['own'] - 1.0:+.0%}" for k in ("adult", "volume")]
        rows.append(cells)
    header = ["body", *(f"red marrow <- {s}, {k}" for s in SOURCES for k in ("adult shares", "by volume"))]
    content = table(header, rows)
    if "--write" in sys.argv:
        splice(PAGE, {"marrow-shares": content})
    else:
        print(content)


if __name__ == "__main__":
    main()
