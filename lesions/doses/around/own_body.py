"""Lesions that are regions of the patient's own body of voxels, whose S values have shape and place."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from dosimetry.patients.patient import Patient
from dosimetry.svalues.folding import KINDS
from lesions.doses.around.crossing import SAME, CrossDose
from lesions.doses.around.in_body import InBody, OrganWithout
from lesions.doses.around.surroundings import OwnRegion, Surroundings
from phantoms.library.locality import TOTAL_BODY
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import REMAINDER, normal_form


class OwnLesion(NamedTuple):
    """Dose of a lesion by its own region: self part by kind, cross part, the region's mass."""

    region: str
    self_mGy_per_MBq: Mapping[str, float]
    cross: CrossDose
    mass_kg: float


def own_regions(patient: Patient, library: SafLibrary, lesions: Mapping[str, str | None]) -> dict[str, str]:
    """Lesions that are regions of the patient's own body, by their names.

    Parameters
    ----------
    lesions : name -> the organ that it lies in, which is not the lesion itself.

    Returns
    -------
    Lesion's name -> region, of those that are source and target of a body made of the patient's own images.
    """
    if not patient.own_body:
        return {}
    both = {normal_form(r): r for r in library.targets if r in library.sources}
    found = {name: both[normal_form(name)] for name in lesions if normal_form(name) in both}
    return {name: region for name, region in found.items() if region != lesions[name]}


def as_sources(
    lesions: Sequence[InBody], regions: Mapping[str, str], sources: Sequence[str], *, activity_with: bool
) -> list[OwnRegion]:
    """Lesions as sources, each with the source whose TIAC holds its activity: its organ, or the remainder."""
    found = []
    for lesion in lesions:
        if lesion.name not in regions:
            continue
        organ = next(
            (s for s in sources if lesion.organ and normal_form(s) == normal_form(lesion.organ)), None
        )
        rest = REMAINDER if REMAINDER in sources else None
        held = organ if organ is not None and activity_with else rest
        found.append(OwnRegion(regions[lesion.name], lesion.tiac_h, lesion.se_tiac_h, held))
    return found


def own_lesion(around: Surroundings, region: str) -> OwnLesion:
    """The dose of a lesion in the patient's own body, whose surroundings have it as a source."""
    target, own = around.library.targets.index(region), around.index(region)
    each = around.tiac_h[:, None] * around.per_h[:, :, target]
    mine = dict(zip(KINDS, each[own].tolist(), strict=True))
    others = each.sum(axis=0) - each[own]
    u = None
    if around.error_h is not None:
        by_source = around.per_h[:, :, target].sum(axis=1)
        by_source[own] = 0.0
        u = float(((by_source @ around.error_h) ** 2).sum() ** 0.5)
    cross = CrossDose(
        by_kind=dict(zip(KINDS, others.clip(min=0.0).tolist(), strict=True)),
        u_kinetics=u,
        u_place=0.0,
        how=f"S values of the patient's own body, in which it is the region '{region}'",
    )
    return OwnLesion(region, mine, cross, around.library.target_mass_kg[region])


def changed_organs(
    before: Surroundings,
    after: Surroundings,
    lesions: Sequence[InBody],
    regions: Mapping[str, str],
    other_sex: Collection[str] = (),
) -> list[OrganWithout]:
    """Organs whose dose changes where lesions become sources of their own.

    other_sex : organs that the body may have and the patient has not.
    """
    without = {TOTAL_BODY, *other_sex}
    found = []
    theirs = set(regions.values())
    for t, target in enumerate(after.library.targets):
        if target in theirs or target in without:
            continue
        was = float((before.tiac_h @ before.per_h[:, :, t]).sum())
        each = after.tiac_h * after.per_h[:, :, t].sum(axis=1)
        now = float(each.sum())
        if abs(now - was) <= SAME * was:
            continue
        inside = tuple(
            x.name for x in lesions if x.name in regions and normal_form(x.organ or "") == normal_form(target)
        )
        known = target in before.sources and target in after.sources
        mass = before.library.source_mass_kg.get(target)
        errors = after.error_h
        se = None
        if errors is not None:
            se = float(((after.per_h[:, :, t].sum(axis=1) @ errors) ** 2).sum() ** 0.5)
        found.append(
            OrganWithout(
                organ=target,
                lesions=inside,
                dose_mGy_per_MBq=was,
                healthy_mGy_per_MBq=now,
                se_healthy_mGy_per_MBq=se,
                from_lesions_mGy_per_MBq=float(sum(each[after.index(r)] for r in theirs)),
                tiac_h=before.tiac(target) if known else None,
                healthy_tiac_h=after.tiac(target) if known else None,
                mass_kg=mass if known else None,
                healthy_mass_kg=mass if known else None,  # its voxels are without the lesions already
            )
        )
    return found
