"""What stands in the provenance of a dose map."""

from __future__ import annotations

from collections.abc import Sequence

from dosimetry.maps.activity import ActivityImage, Placed
from dosimetry.nuclides.chains import describe
from dosimetry.nuclides.nuclide import Nuclide, data_version
from phantoms.voxels.body import VoxelBody
from phantoms.voxels.maps.absorbed import AIR_BELOW_G_PER_CM3, Absorbed
from phantoms.voxels.maps.strata import LOCAL_BELOW_MEV

#: What the precision of a map is.
PRECISION = (
    "relative standard error of the dose by voxel, root mean square weighted with the voxels' activity"
)


def map_facts(
    activity: ActivityImage, body: VoxelBody, nuclide: Nuclide, daughters: str, at: Placed, found: Absorbed,
    warnings: Sequence[str],
) -> dict[str, str]:  # fmt: skip
    """Flat facts of a map, in the order in which a reader wants them."""
    b = found.balance
    what, unit = activity.what, activity.what.sum_unit

    def of_all(energy_MeV: float) -> str:
        return f"{energy_MeV:.6g} MeV per decay, {100.0 * energy_MeV / b.emitted:.3g} %"

    facts = {
        "result": "absorbed dose by voxel"
        if found.photons is not None
        else "PREVIEW of absorbed dose by voxel",
        "unit": what.dose_unit,
        "nuclide": nuclide.name,
        "daughters": describe(nuclide, daughters),
        "decay data": data_version(),
        "quantity of the activity": f"{what.name}: {what.meaning}",
        "activity in the image": f"{activity.total:.8g} {unit}",
        "activity in the body": f"{float(at.MBq_s.sum()) / 3600.0:.8g} {unit}",
        "activity outside of the body": f"{at.outside_percent:.4g} %, left out",
        "activity in air": f"{at.air_percent:.4g} %, left out (voxels under {AIR_BELOW_G_PER_CM3:g} g/cm3)",
        "body in the image": f"{at.covered_percent:.4g} % of its volume",
        "resampled": "yes" if at.resampled else "no",
        "image grid": str(activity.grid),
        **{name: text for name, text in activity.facts.items()},
        "body": body.name,
        "energy emitted": of_all(b.emitted),
        "energy of photons followed": of_all(b.photons_emitted),
        "energy of photons absorbed": of_all(b.photons_absorbed),
        "energy of photons that leaves the body": of_all(b.photons_left),
        "energy of electrons": of_all(b.electrons_emitted),
        "energy of electrons that leaves the tissue": of_all(b.electrons_left),
        "bremsstrahlung": f"{of_all(b.bremsstrahlung)}, among the photons, from where its electrons start",
        "energy absorbed where it starts": f"{of_all(b.local + b.alphas)}: alphas, photons under"
        f" {LOCAL_BELOW_MEV * 1e3:g} keV",
    }
    if found.photons is None:
        facts["photons"] = "by a kernel of endless soft tissue: a preview, without statistics"
    elif not found.photons.strata:
        facts["photons"] = "none to be followed: no statistical error"
    else:
        facts["photons"] = "followed from voxel to voxel, scored by track length"
        for s, n in zip(found.photons.strata, found.photons.histories, strict=True):
            facts[f"histories of photons of {s.name}"] = str(n)
        facts["histories in a batch"] = str(found.photons.histories_per_batch)
        facts["precision reached"] = f"{100.0 * found.photons.reached:.4g} %"
        facts["what precision is"] = PRECISION
    for number, text in enumerate(warnings, 1):
        facts[f"warning {number}"] = text
    facts |= {f"body {name}": text for name, text in body.facts.items()}
    return facts
