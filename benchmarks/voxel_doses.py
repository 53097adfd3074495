"""How long a patient's S values and dose map take, what memory, and what a kernel instead of a walk gives.

Run: python benchmarks/voxel_doses.py [width_mm] [workers] [precision_percent]

The adult male of the equations in voxels, Zr-89. S values: ten sources, photons to 1 % for every target
within 10 cm of a source and for red marrow. Map: activity in liver, kidneys, spleen and the rest of the body as
after an antibody, to 1 %. The named alternative, in the same run: the map by a photon kernel of endless soft
tissue (``preview``), as the ratio of times and of the dose of each region.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from dosimetry.maps.activity import ActivityImage
from dosimetry.maps.making import MapOptions, dose_map
from dosimetry.svalues.voxel_bodies import patient_library
from phantoms.bodies.stylised.body import load_body
from phantoms.voxels.stylised import voxelised

SOURCES = (
    "liver", "spleen", "kidneys", "lungs", "heart contents", "red marrow", "pancreas", "thyroid",
    "urinary bladder contents",
)  # fmt: skip
TIAC_H = {"liver": 15.0, "kidneys": 1.5, "spleen": 1.5}
REST_H = 60.0
T = TypeVar("T")


def timed(what: str, run: Callable[[], T]) -> tuple[T, float]:
    """What a call gives, and the seconds it took, which are printed."""
    start, cpu = time.perf_counter(), time.process_time()
    found = run()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(
        f"{what}: {seconds:.0f} s ({time.process_time() - cpu:.0f} s of CPU), peak {peak:.2f} GiB", flush=True
    )
    return found, seconds


def main() -> None:
    width = float(sys.argv[1]) if len(sys.argv) > 1 else 4.0
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    precision = float(sys.argv[3]) if len(sys.argv) > 3 else 1.0
    body = voxelised(load_body("adult male"), width)
    patient_library(body, "Zr-89", sources=["liver"], precision=0.2, most_histories=400_000)  # compiles
    print(f"adult male in voxels of {width:g} mm ({body.code.size:,}), Zr-89, {workers} workers")
    library, _ = timed(
        f"S values of {len(SOURCES) + 1} sources (with the total body) to {precision:g} %",
        lambda: patient_library(body, "Zr-89", sources=SOURCES, precision=precision / 100.0, workers=workers),
    )
    print(f"  {library.provenance['precision reached']}")
    tiac_h = np.zeros(body.code.shape)
    for region, hours in TIAC_H.items():
        inside = body.codes_of([region])[body.code]
        tiac_h[inside] = hours / np.count_nonzero(inside)
    rest = (body.code > 0) & (tiac_h == 0.0)
    tiac_h[rest] = REST_H / np.count_nonzero(rest)
    image = ActivityImage(tiac_h, body.affine_mm, "tiac_h")
    walked, seconds = timed(
        f"dose map to {precision:g} %",
        lambda: dose_map(image, body, "Zr-89", options=MapOptions(precision, workers=workers)),
    )
    for region in TIAC_H:
        inside = body.codes_of([region])[body.code]
        error = np.median(walked.relative_se[inside])
        print(
            f"  {region}: {walked.mean(region)[0]:.3f} mGy/MBq, median error of a voxel {100 * error:.2f} %"
        )
    quick, seconds_quick = timed(
        "the same by a photon kernel",
        lambda: dose_map(image, body, "Zr-89", options=MapOptions(preview=True)),
    )
    off = {r: 100.0 * (quick.mean(r)[0] / walked.mean(r)[0] - 1.0) for r in body.regions}
    least, most = min(off, key=lambda r: off[r]), max(off, key=lambda r: off[r])
    print(f"  time of the walk over that of the kernel: {seconds / seconds_quick:.0f}")
    print(f"  dose by the kernel: {off[least]:+.0f} % ({least}) to {off[most]:+.0f} % ({most})")


if __name__ == "__main__":
    main()
