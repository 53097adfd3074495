"""Why SAFs at 30 keV differ from those of 1987: the same transport with the physics of the time.

Run: python -m validation.safs_of_1987.adult_male_30keV [PATH of adult_male_photon_saf_per_g.csv]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from phantoms.bodies.stylised.body import load_body
from phantoms.simulation.simulate import Simulation, emission
from phantoms.transport.materials import CrossSections
from phantoms.transport.photons import batch_seed, empty_tally, make_source, run_batch
from validation.report.markdown import table
from validation.safs_of_1987.adult_male import DEFAULT, LARGE_PER_G, read_published

ENERGY_MEV = 0.03
HISTORIES = 400_000


def altered(xs: CrossSections, coherent: bool, bound: bool, photoelectric: float) -> CrossSections:
    """Cross-sections without coherent scattering, with free electrons, or other photoelectric ones."""
    photo = xs.photo * photoelectric
    new = xs._replace(
        coherent=xs.coherent if coherent else np.zeros_like(xs.coherent),
        scatter=xs.scatter if bound else np.ones_like(xs.scatter),
        photo=photo,
        transfer=xs.transfer - xs.photo + photo,
    )
    total = new.photo + new.coherent + new.incoherent + new.pair
    return new._replace(majorant=total.max(axis=0))


def main() -> None:
    """Print the median ratio, ours over published, of self- and cross-SAFs for each variant."""
    published = read_published(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
    body = load_body("adult male")
    regions = body.solid.regions
    with tempfile.TemporaryDirectory() as folder:
        run = Simulation(body, 200_000, 1, Path(folder))
    chosen = published[
        np.isclose(published.energy_MeV, ENERGY_MEV)
        & (published.published > LARGE_PER_G * 1e3)
        & published.target.isin(regions)
        & (published.source != "total body")
    ]
    rows = []
    for words, coherent, bound, photoelectric in (
        ("as shipped", True, True, 1.0),
        ("no coherent scattering", False, True, 1.0),
        ("and electrons free", False, False, 1.0),
        ("no coherent scattering, photoelectric 5 % lower", False, True, 0.95),
        ("no coherent scattering, photoelectric 10 % lower", False, True, 0.90),
    ):
        xs = altered(run.xs, coherent, bound, photoelectric)
        ratio = []
        for source, pairs in chosen.groupby("source"):
            tally = empty_tally(len(regions), int(run.region_bone.max()) + 1)
            emitter = make_source(body.solid, emission(body, str(source)))
            run_batch(
                batch_seed(1, 0), HISTORIES, ENERGY_MEV, emitter, body.solid.geometry,
                run.region_material, run.region_bone, xs, tally,
            )  # fmt: skip
            absorbed = tally.kerma / (HISTORIES * ENERGY_MEV)
            for target, value in zip(pairs.target, pairs.published.astype(float), strict=True):
                saf = absorbed[regions.index(target)] / (body.mass_g[target] * 1e-3)
                ratio.append((target == source, saf / value))
        found = pd.DataFrame(ratio, columns=["own", "ratio"])
        own, cross = found[found.own].ratio.median(), found[~found.own].ratio.median()
        rows.append((words, f"{own:.3f}", f"{cross:.3f}"))
    print(table(("physics", "self-SAFs, median", "cross-SAFs, median"), rows))


if __name__ == "__main__":
    main()
