"""Write bone_surface.csv: photon dose to bone surface (ICRP 30) over that to endosteum (ICRP 116).

    pip install 'milligray[simulate]'
    python phantoms/skeleton/make_bone_surface.py      # about a minute on one core

Both doses are of one fluence in the skeleton, by source and energy. Their ratio hardly varies from history to
history, so that few are enough.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from phantoms.bodies.stylised.body import SKELETON, load_body, names
from phantoms.regions.names import SOURCES
from phantoms.simulation.assemble import derived_bodies
from phantoms.simulation.simulate import ENERGIES_MEV, HISTORIES_PER_BATCH, Simulation, emission
from phantoms.skeleton.bone_surface import over_endosteum
from phantoms.skeleton.marrow import marrow_shares
from phantoms.transport.photons import Source, batch_seed, empty_tally, make_source, run_batch

SEED, BATCHES, HISTORIES = 20261121, 4, 500
HEADER = """\
# Photon dose to the 10 um of bone surface (absorbed fractions of ICRP 30) over that to 50 um of endosteum
# (ICRP 116) in the same fluence, by body, source and photon energy (MeV, in the columns' names).
# Made by milligray's own transport, {histories} histories each, seed {seed}; written by make_bone_surface.py.
# Relative standard error: median {median:.1e}, largest {largest:.1e}. Licence: BSD-3-Clause.
"""


def shares(simulation: Simulation, source: str) -> dict[str, float]:
    """Share of a source's activity by region; marrow and trabecular bone as the marrow is spread."""
    if source in ("red marrow", "trabecular bone"):
        return dict(marrow_shares(simulation.body.name))
    if source == "cortical bone":
        return {part: simulation.body.volumes_cm3[part] for part in SKELETON}
    return emission(simulation.body, source)


def ratio(simulation: Simulation, emitter: Source, energy_MeV: float, stream: int) -> NDArray[np.float64]:
    """The ratio in each batch; ``stream`` numbers its random numbers."""
    body = simulation.body
    tallies = []
    for batch in range(BATCHES):
        tally = empty_tally(len(body.solid.regions), len(SKELETON))
        run_batch(
            batch_seed(SEED, stream, ENERGIES_MEV.index(energy_MeV), batch), HISTORIES, energy_MeV, emitter,
            body.solid.geometry, simulation.region_material, simulation.region_bone, simulation.xs, tally,
        )  # fmt: skip
        tallies.append(tally)
    track = np.array([t.track_cm for t in tallies])
    return over_endosteum(track, np.array([t.track_cm_MeV for t in tallies]), energy_MeV)


def main() -> None:
    """Write the table beside this file, or to the path given."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("bone_surface.csv")
    rows, errors = [], []
    for name in names():
        with tempfile.TemporaryDirectory() as work:
            simulation = Simulation(load_body(name), 2 * HISTORIES_PER_BATCH, SEED, Path(work))
        for stream, source in enumerate(SOURCES):
            emitter = make_source(simulation.body.solid, shares(simulation, source))
            batches = np.array([ratio(simulation, emitter, e, stream) for e in ENERGIES_MEV])
            mean = batches.mean(axis=1)
            errors.append(batches.std(axis=1, ddof=1) / np.sqrt(BATCHES) / mean)
            for body in (name, *(d["name"] for d in derived_bodies(name))):
                rows.append(",".join([body, source, *(f"{v:.4g}" for v in mean)]))
        print(name, flush=True)
    found = np.concatenate(errors)
    header = HEADER.format(
        histories=BATCHES * HISTORIES, seed=SEED, median=np.median(found), largest=found.max()
    )
    columns = ",".join(["body", "source", *(f"{e:g}" for e in ENERGIES_MEV)])
    path.write_text(header + "\n".join([columns, *rows]) + "\n")


if __name__ == "__main__":
    main()
