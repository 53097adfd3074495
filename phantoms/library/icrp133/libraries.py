"""The ICRP reference adults as SAF libraries, from the files of ICRP Publication 133, checked across files.

Two releases of the supplement are in circulation under the same names; they differ in pairs of the bronchi
and are told apart by hash. Target masses of ICRP 133 include the region's blood; the masses of the list of
sources do not (ICRP Publication 89); both conventions are kept
(:func:`phantoms.with_masses`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError
from phantoms.library.conventions import Conventions, combination_matrix
from phantoms.library.icrp133.files import (
    FEMALE,
    FIRST_PAIR,
    GRIDS,
    KINDS,
    LETTERS,
    MALE,
    PHANTOMS,
    RegionList,
    SafFile,
    needed,
    read_regions,
    read_saf,
)
from phantoms.library.icrp133.limits import limit_warnings
from phantoms.library.installed import READING, READING_NOW
from phantoms.library.saf import WARNING, FissionTable, SafLibrary, SafTable
from phantoms.library.saf_checks import check_file
from phantoms.regions import icrp_names

#: Names of the two conventions of target masses: with the region's blood, and without.
WITH_BLOOD, WITHOUT_BLOOD = "ICRP 133", "ICRP 89"

LICENCE = "(c) ICRP; read from the user's own copy, not to be passed on with this program"

#: First 16 digits of a file's SHA-256 -> release, for the files in which the releases differ.
RELEASES: dict[str, str] = {
    "13eab7a9302a51b2": "2016", "cb6161247e9be8a7": "2016", "3e5e698e4f4ae784": "2016",
    "61c688356b072d7d": "2016", "6810fbea8739d4e1": "2016", "faf5e307d95cb22a": "2016",
    "a814b0edcc12b503": "2016", "187eb7b964c05477": "2016",
    "14dd778c0bfe40fb": "revised", "ea3fdbf6c0c62509": "revised", "bd1125eb9bacd05c": "revised",
    "4927b2e086c3fe0c": "revised", "43e4cf7c4ad2cc03": "revised", "88cfbe8bd252fd40": "revised",
    "6e6c616256fb1232": "revised", "0e8a76343da4676f": "revised",
}  # fmt: skip

#: Solid organs whose photon SAFs must be symmetric, SAF(a<-b) = SAF(b<-a).
SYMMETRIC = (
    "Liver",
    "Kidneys",
    "Spleen",
    "Pancreas",
    "Adrenals",
    "Ht-wall",
    "Brain",
    "Thyroid",
    "Thymus",
    "Muscle",
)
#: Allowed deviation of a pair's ratio from 1 at 0.5 MeV, and of the median; smaller SAFs are not looked at.
PAIR_LIMIT, MEDIAN_LIMIT, FAR_PER_KG = 0.15, 0.02, 1e-3
#: Allowed deviation from 1 of the self-absorbed fraction (mass times SAF) of the softest electrons.
SELF_LIMIT = 0.005


def _release(digests: Mapping[str, str], where: str) -> str:
    """Which release the SAF files are of; an error if they are of two."""
    found = {key: RELEASES.get(digest[:16], "unknown") for key, digest in digests.items() if " " in key}
    kinds = sorted(set(found.values()))
    if kinds == ["2016", "revised"]:
        first = next(k for k, r in found.items() if r == "2016")
        second = next(k for k, r in found.items() if r == "revised")
        raise PhantomError(
            f"{where}: the files are of two releases ({first}: 2016, {second}: revised);"
            " import the files of one release"
        )
    return kinds[0] if len(kinds) == 1 else "unknown"


def _unknown_files(sex: str, names: Mapping[str, str], digests: Mapping[str, str]) -> list[str]:
    """A sentence on files that are of no release that is known: they may have been changed."""
    keys = [kind for kind in KINDS if digests[f"{sex} {kind}"][:16] not in RELEASES]
    if not keys:
        return []
    listed = ", ".join(names[kind] for kind in keys)
    return [f"{listed}: no file of a release that is known; values were checked by physics, one by one, only"]


def _check_sex(
    sex: str, files: Mapping[str, SafFile], names: Mapping[str, str], targets: RegionList, sources: RegionList
) -> None:
    """Checks across files: target masses against self-absorption, symmetry of photon SAFs, absent organs."""
    mass = targets.mass_kg[sex]
    electron, photon = files["electron"].saf_per_kg, files["photon"].saf_per_kg
    place = {n: (targets.names.index(n), sources.names.index(n)) for n in SYMMETRIC}
    for region in SYMMETRIC:
        value = electron[(*place[region], 1)] * mass[region]  # 1 keV
        if abs(value - 1.0) > SELF_LIMIT:
            raise PhantomError(
                f"{names['electron']}: self-absorbed fraction of {region} at 1 keV is {value:.4f} with the"
                f" mass {mass[region]:g} kg of {names['targets']}; 1 is expected: file and list do not match"
            )
    k = GRIDS["photon"].index(0.5)
    ratios = []
    for i, a in enumerate(SYMMETRIC):
        for b in SYMMETRIC[:i]:
            there, back = photon[place[a][0], place[b][1], k], photon[place[b][0], place[a][1], k]
            if max(there, back) < FAR_PER_KG:
                continue
            ratios.append(there / back if back > 0 else np.inf)
            if not abs(ratios[-1] - 1.0) <= PAIR_LIMIT:
                raise PhantomError(
                    f"{names['photon']}: SAF({a}<-{b}) at 0.5 MeV is {ratios[-1]:.3f} times SAF({b}<-{a});"
                    f" 1 within {PAIR_LIMIT:.0%} is expected"
                )
    median = float(np.median(ratios))
    if abs(median - 1.0) > MEDIAN_LIMIT:
        raise PhantomError(f"{names['photon']}: SAFs of turned pairs differ by {median - 1.0:+.1%} (median)")


def _with_combined(
    saf: NDArray[np.float64], t_matrix: NDArray[np.float64], s_matrix: NDArray[np.float64]
) -> NDArray[np.float64]:
    """SAF (T, S, n) with the combined sources' columns and then the combined targets' rows added."""
    wide = np.concatenate([saf, np.einsum("tsn,cs->tcn", saf, s_matrix)], axis=1)
    return np.concatenate([wide, np.tensordot(t_matrix, wide, axes=1)], axis=0)


def _library(
    sex: str, files: Mapping[str, SafFile], targets: RegionList, sources: RegionList, facts: Mapping[str, str]
) -> SafLibrary:
    other = FEMALE if sex == MALE else MALE
    t_mass, s_mass = targets.mass_kg[sex], sources.mass_kg[sex]
    keep_t = [i for i, n in enumerate(targets.names) if t_mass[n] > 0]
    keep_s = [
        i
        for i, n in enumerate(sources.names)
        if n not in icrp_names.LEFT_OUT and (s_mass[n] > 0 or sources.mass_kg[other][n] == 0)
    ]
    icrp_t, icrp_s = [targets.names[i] for i in keep_t], [sources.names[i] for i in keep_s]
    t_names = tuple(map(icrp_names.target_name, icrp_t))
    s_names = tuple(map(icrp_names.source_name, icrp_s))
    combined = {
        name: {icrp_names.target_name(part): w for part, w in parts.items()}
        for name, parts in icrp_names.COMBINED_TARGETS.items()
    }
    t_matrix = combination_matrix(t_names, combined)
    shares = {
        name: {icrp_names.source_name(p): s_mass[p] / sum(s_mass[q] for q in parts) for p in parts}
        for name, parts in icrp_names.COMBINED_SOURCES.items()
    }
    s_matrix = combination_matrix(s_names, shares)

    def table(kind: str) -> NDArray[np.float64]:
        return _with_combined(files[kind].saf_per_kg[np.ix_(keep_t, keep_s)], t_matrix, s_matrix)

    weight = files["neutron"].radiation_weight
    assert weight is not None
    flagged = sources.in_remainder[sex]
    covers = {
        **{
            icrp_names.source_name(k): tuple(map(icrp_names.source_name, v))
            for k, v in icrp_names.COVERS.items()
        },
        **{
            name: tuple(icrp_names.source_name(p) for p in parts if p in flagged)
            for name, parts in icrp_names.COMBINED_SOURCES.items()
        },
    }
    with_blood = {name: t_mass[icrp] for name, icrp in zip(t_names, icrp_t, strict=True)}
    without = {
        name: s_mass.get(icrp, 0.0) or t_mass[icrp] for name, icrp in zip(t_names, icrp_t, strict=True)
    }
    s_all = {name: s_mass[icrp] for name, icrp in zip(s_names, icrp_s, strict=True) if s_mass[icrp] > 0}
    s_all.update({n: sum(s_mass[p] for p in parts) for n, parts in icrp_names.COMBINED_SOURCES.items()})
    s_all.update({name: s_mass[icrp] for name, icrp in icrp_names.SOURCE_MASSES.items()})
    return SafLibrary(
        phantom=PHANTOMS[sex],
        sex=sex,
        targets=(*t_names, *combined),
        sources=(*s_names, *shares),
        target_mass_kg=with_blood,
        source_mass_kg=s_all,
        tables={k: SafTable(np.array(GRIDS[k]), table(k)) for k in GRIDS},
        provenance=dict(facts),
        conventions=Conventions(
            masses=WITH_BLOOD,
            mass_sets={WITH_BLOOD: with_blood, WITHOUT_BLOOD: without},
            combined=combined,
            remainder_sources=tuple(icrp_names.source_name(n) for n in flagged if n in icrp_s),
            covers=covers,
        ),
        fission=FissionTable(files["neutron"].columns, weight, table("neutron")),
    )


def libraries(files: Mapping[str, tuple[str, bytes]], where: str) -> dict[str, SafLibrary]:
    """The libraries of both adults from the supplement's files.

    Parameters
    ----------
    files : key of each file (see :func:`phantoms.library.icrp133.files.needed`) -> its name and its bytes;
        all are needed.
    where : the folder or zip they come from, for messages and provenance.

    Returns
    -------
    {"male": ..., "female": ...}: SAF in 1/kg on energies in MeV, masses of ICRP 133 in force.

    Raises
    ------
    PhantomError : a file is missing, damaged, reordered or belongs to another release or list; the message
        names file, line, value and what is expected.
    """
    missing = [pattern for key, pattern in needed().items() if key not in files]
    if missing:
        raise PhantomError(f"{where}: missing {', '.join(missing)}; all {len(needed())} files are needed")
    digests = {key: hashlib.sha256(content).hexdigest() for key, (_, content) in files.items()}
    release = _release(digests, where)
    targets, sources = read_regions(*files["targets"]), read_regions(*files["sources"])
    expected = {part for parts in icrp_names.COMBINED_TARGETS.values() for part in parts} | set(SYMMETRIC)
    if lost := expected - set(targets.names):
        raise PhantomError(f"{files['targets'][0]}: no target region {', '.join(sorted(lost))}")
    wanted = {p for parts in icrp_names.COMBINED_SOURCES.values() for p in parts}
    if lost := (wanted | set(icrp_names.SOURCE_MASSES.values())) - set(sources.names):
        raise PhantomError(f"{files['sources'][0]}: no source region {', '.join(sorted(lost))}")
    if not any(sources.in_remainder.values()):
        raise PhantomError(f"{files['sources'][0]}: no region is flagged for the remainder (column ID)")
    made = {}
    for sex in LETTERS:
        keys = {**{kind: f"{sex} {kind}" for kind in KINDS}, "targets": "targets", "sources": "sources"}
        names = {kind: files[key][0] for kind, key in keys.items()}
        read = {kind: read_saf(*files[keys[kind]], kind, targets, sources) for kind in KINDS}
        _check_sex(sex, read, names, targets, sources)
        for kind in GRIDS:
            check_file(
                names[kind],
                read[kind].saf_per_kg,
                (targets.names, sources.names),
                (targets.mass_kg[sex], sources.mass_kg[sex]),
                read[kind].columns,
                FIRST_PAIR,
            )
        warnings = limit_warnings(sex, read, targets, sources)
        warnings += _unknown_files(sex, names, digests)
        facts = {
            "origin": "ICRP Publication 133 (Ann ICRP 2016;45(2)), electronic supplement",
            "release": release,
            "licence": LICENCE,
            "masses": WITH_BLOOD,
            READING: READING_NOW,
            **{f"{WARNING} {i}": text for i, text in enumerate(warnings, start=1)},
            **{f"sha256 {names[kind]}": digests[key] for kind, key in keys.items()},
        }
        made[sex] = _library(sex, read, targets, sources, facts)
    return made
