"""A sphere of 2 cm in the liver of the voxelised man: transport beside what lesions/doses/around takes.

python benchmarks/lesion_in_liver.py I-131 1e6   (a minute; docs/lesion-doses.md has its numbers)
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
from scipy.ndimage import distance_transform_edt

from dosimetry.svalues.folding import KINDS, SArrays, mGy_kg_per_MBq_s_MeV, s_arrays, spectra_for
from dosimetry.svalues.voxel_bodies import patient_library
from lesions.doses.around.shared_organ import shared_organ
from phantoms.bodies.stylised.body import load_body
from phantoms.spheres.self_dose import sphere_library
from phantoms.voxels.body import Kind
from phantoms.voxels.stylised import voxelised

WIDTH_MM, RADIUS_MM = 4.0, 10.0


def pair(s: SArrays, target: str, source: str) -> dict[str, float]:
    """S value of a pair by kind."""
    at = s.library.targets.index(target), s.library.sources.index(source)
    return {kind: float(s.value[kind][at]) for kind in KINDS}


def main(nuclide: str, histories: int) -> None:
    """Print S(lesion <- healthy liver) over the formula's, for places at several depths."""
    body = voxelised(load_body("adult male"), WIDTH_MM)
    number = next(i for i, kind in enumerate(body.kinds) if kind.region == "liver")
    liver, kind = body.code == number, body.kinds[number]
    depth = distance_transform_edt(liver, sampling=WIDTH_MM)
    whole = patient_library(body, nuclide, sources=["liver"], precision=0.002, most_histories=histories)
    organ = pair(s_arrays(nuclide, whole), "liver", "liver")
    carried = spectra_for(whole, nuclide)
    rng = np.random.default_rng(1)
    deepest = float(depth.max())
    grid = np.indices(liver.shape).transpose(1, 2, 3, 0)
    for low in (RADIUS_MM, 25.0, deepest - 0.1):
        places = np.argwhere((depth >= low) & (depth <= low + 3.0))
        centre = places[rng.integers(len(places))]
        inside = (np.linalg.norm((grid - centre) * WIDTH_MM, axis=-1) <= RADIUS_MM) & liver
        mass = float(inside.sum()) * WIDTH_MM**3 * 1e-6 * kind.density_g_per_cm3
        code = body.code.copy()
        code[inside] = len(body.kinds)
        kinds = (*body.kinds, Kind("lesion", kind.tissue, kind.density_g_per_cm3))
        masses = {**body.mass_kg, "lesion": mass, "liver": body.mass_kg["liver"] - mass}
        with_lesion = replace(body, code=code, kinds=kinds, mass_kg=masses)
        made = patient_library(
            with_lesion,
            nuclide,
            sources=["liver", "lesion"],
            precision=0.004,
            most_histories=histories,
            seed=2,
        )
        s = s_arrays(nuclide, made)
        sphere, unit = sphere_library(mass, kind.density_g_per_cm3), mGy_kg_per_MBq_s_MeV()
        own = {
            k: unit
            * float(sphere.table(k).fold(carried[k].energy_MeV, carried[k].energy_per_decay_MeV)[0, 0])
            if carried[k].energy_MeV.size
            else 0.0
            for k in KINDS
        }
        emitted = {k: unit * carried[k].total_MeV for k in KINDS}
        formula = shared_organ(body.mass_kg["liver"], organ, [mass], [own], emitted)
        to_lesion, back = pair(s, "lesion", "liver"), pair(s, "liver", "lesion")
        mine, healthy = pair(s, "lesion", "lesion"), pair(s, "liver", "liver")
        for k in ("photon", "electron"):
            print(
                f"{nuclide} {k}s, {depth[tuple(centre)]:.0f} mm deep, {mass * 1e3:.2f} g: transport over"
                f" formula S(L<-H) {to_lesion[k] / formula.to_lesion[0][k]:.3f}, S(H<-L)"
                f" {back[k] / formula.to_lesion[0][k]:.3f}, S(L<-L) {mine[k] / own[k]:.3f}, S(H<-H)"
                f" {healthy[k] / formula.healthy[k]:.4f}"
            )


if __name__ == "__main__":
    main(sys.argv[1], int(float(sys.argv[2])))
