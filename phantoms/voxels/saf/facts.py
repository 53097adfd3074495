"""What a body's library says of itself: how it was made, how well pairs are known, which conventions hold."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from phantoms.library.locality import MARROW_IN
from phantoms.library.saf import BETWEEN, WARNING
from phantoms.simulation.assemble import LICENCE
from phantoms.simulation.nonpenetrating import SHARE_OF_WALL
from phantoms.voxels.body import VoxelBody
from phantoms.voxels.saf.charged import holds_enough, thickness_voxels, thin_walls, walls_of
from phantoms.voxels.saf.photons import Photons
from phantoms.voxels.saf.precision import NEGLIGIBLE, asked
from phantoms.voxels.saf.work import PhotonWork
from phantoms.voxels.walk.sources import SOFT_MEV

#: So many pairs are named where the precision was not reached.
NAMED = 12
#: Voxels whose mass is off by more than this from the mass as segmented are warned of.
FAR_MASS = 0.2


def facts(work: PhotonWork, photons: Photons, bremsstrahlung: float) -> dict[str, str]:
    """The provenance of a library; what is doubtful stands under keys that begin with "warning"."""
    body, wanted = work.body, work.wanted
    found = dict(body.facts)
    if "origin" in found:
        found["body"] = found.pop("origin")
    size = " x ".join(map(str, body.code.shape))
    width = " x ".join(f"{10.0 * w:.4g}" for w in body.width_cm)
    found |= {
        "origin": f"made by milligray: photon transport from voxel to voxel in the body '{body.name}'",
        "licence": LICENCE,
        "voxels": f"{size} of {width} mm",
        "fingerprint": work.fingerprint,
        "seed": str(work.seed),
        "photons": _followed(work, photons),
        "precision asked": f"standard error of photon SAFs {wanted.relative_se * 100:g} % for targets within"
        f" {wanted.within_cm:g} cm of the source (nearest voxels), red marrow and the total body, as far as"
        f" they get {NEGLIGIBLE:g} of the body's mean dose; at most {wanted.most_histories} photons a source"
        f"{'' if work.emissions else ' and energy'}",
        **_precision(work),
        **_masses(work),
        "electrons": "point kernels folded over voxels, by the density of the source voxel; red marrow and"
        " endosteum from tissues of the skeleton by absorbed fractions of ICRP 133",
        "alphas": "absorbed where they are emitted; in the skeleton by absorbed fractions of ICRP 133",
        "marrow": "photons: dose per fluence of ICRP 116, Annex D, in the regions that hold it",
        "walls": walls_fact(work.body),
        **{f"reciprocity at {k}": v for k, v in photons.reciprocity.items()},
    }
    if work.emissions is not None:
        name = work.emissions.name
        found["bremsstrahlung"] = (
            f"{bremsstrahlung * 100:.3g} % of the energy of the electrons of {name} leaves as bremsstrahlung,"
            " and is not in the SAFs"
        )
    if "red marrow" in work.regions.skeletal:
        found[MARROW_IN] = BETWEEN.join(body.spread["red marrow"])
    for tissue in work.regions.skeletal:
        if (share := sum(body.spread[tissue].values())) < 0.999:
            found[f"{tissue} in the image"] = (
                f"{share * 100:.3g} % of it; as target and source it is that part"
            )
    return found


def _followed(work: PhotonWork, photons: Photons) -> str:
    if not work.columns:
        return f"{work.emissions.name if work.emissions else ''} emits none"
    each = work.wanted.histories_per_batch
    least, most = photons.histories.min(axis=1), photons.histories.max(axis=1)
    of = [
        f"{source} {a}" if a == b else f"{source} {a} to {b}"
        for source, a, b in zip(work.regions.simulated, least, most, strict=True)
    ]
    if work.emissions is None:
        how = f"by energy, {len(work.columns)} energies, photons followed at each"
    else:
        apart = f", those below {SOFT_MEV * 1e3:g} keV in a run of their own"
        how = f"of {work.emissions.name}{apart if len(work.columns[0].bands) > 1 else ''}, photons followed"
    return f"{how} in batches of {each}: {', '.join(of)}"


def _precision(work: PhotonWork) -> dict[str, str]:
    """How well the pairs are known that a precision was wanted for, and which are not."""
    if not work.columns:
        return {"precision reached": "no photons, no statistics"}
    pairs = 0
    short: list[tuple[float, str]] = []
    late: set[str] = set()
    worst = 0.0
    for cell in work.cells:
        found = cell.estimate()
        must = asked(found, cell.near, cell.total_body)
        relative = found.se[must] / found.saf[must]
        pairs += int(must.sum())
        worst = max(worst, float(relative.max(initial=0.0)))
        at = f" at {cell.cell.column.energy_MeV * 1e3:g} keV" if work.emissions is None else ""
        for i, r in zip(np.flatnonzero(must), relative, strict=True):
            if r > work.wanted.relative_se:
                short.append((float(r), f"{work.regions.targets[i]} <- {cell.cell.source}{at}"))
                if not cell.finished:
                    late.add(cell.cell.source)
    if not short:
        return {"precision reached": f"{worst * 100:.2g} % or better for all {pairs} pairs"}
    short.sort(key=lambda s: (-s[0], s[1]))
    named = ", ".join(f"{pair} {r * 100:.2g} %" for r, pair in short[:NAMED])
    more = f", and {len(short) - NAMED} more" if len(short) > NAMED else ""
    why = "the time was up" if late else "the largest number of photons was reached"
    text = f"{work.wanted.relative_se * 100:g} % for {pairs - len(short)} of {pairs} pairs"
    return {
        "precision reached": f"{text}; {worst * 100:.2g} % for the worst",
        f"{WARNING} precision": f"the wanted precision was reached for {text}, since {why}; not for {named}"
        f"{more}. Each pair's own standard error is in the library; more photons or time, or a lower"
        " precision, would be honest ways on",
    }


def _masses(work: PhotonWork) -> dict[str, str]:
    """How the masses of voxels compare with those as segmented."""
    ratio = work.regions.over_segmented
    least, most = min(ratio, key=lambda r: ratio[r]), max(ratio, key=lambda r: ratio[r])
    found = {
        "masses": "as segmented; doses from elsewhere are those of the voxels, whose mass over that as"
        f" segmented is {ratio[least]:.3f} ({least}) to {ratio[most]:.3f} ({most}); from activity in the"
        " region itself they are taken to the mass as segmented: charged particles by its inverse, photons by"
        " the power 2/3 of that"
    }
    if far := [f"{r} {f:.2f}" for r, f in ratio.items() if abs(f - 1.0) > FAR_MASS]:
        found[f"{WARNING} masses"] = (
            f"the mass of the voxels is off by more than {FAR_MASS * 100:g} % from that as segmented for"
            f" {', '.join(far)} (voxels over segmented): the voxels are too wide for these regions, or their"
            " densities differ; smaller voxels (--voxel-mm) show them better"
        )
    return found


def walls_fact(body: VoxelBody) -> str:
    """Which walls of contents go by convention, in words."""
    thin = thin_walls(body)
    electron, alpha = (f"{SHARE_OF_WALL[r]:g}" for r in ("electron", "alpha"))
    alphas = f"alphas from contents give their walls {alpha} of the dose of the contents (ICRP 30)"
    if not thin:
        return f"none is thinner than two voxels; {alphas}"
    named = ", ".join(f"{w} ({thickness_voxels(body, w):.2g} voxels)" for w in thin)
    pairs = [(c, w) for c, walls in walls_of(body).items() for w in walls if w in thin]
    heavy = [f"{w} from {c}" for c, w in pairs if not holds_enough(body, c, w)]
    but = f" (by their voxels, since the wall is heavier: {', '.join(heavy)})" if heavy else ""
    return (
        f"thinner than two voxels, so by the convention of ICRP 30: {named}: its own electrons stay in it,"
        f" and those from its contents give it {electron} of the dose of the contents{but}; {alphas}"
    )


def warnings(provenance: Mapping[str, str]) -> list[str]:
    """The sentences of a provenance that begin as warnings, to be told.

    >>> warnings({"seed": "1", "warning legs": "the legs are not in the image"})
    ['the legs are not in the image']
    """
    return [text for key, text in provenance.items() if key.startswith(WARNING)]
