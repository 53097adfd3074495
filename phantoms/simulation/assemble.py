"""From the simulated units of a body to its SAF library.

Photons: the mean over batches of the better of the two estimators, over the published mass of the target.
Pairs that were hit rarely: :mod:`phantoms.simulation.reciprocity`.
Electrons and alphas: :mod:`phantoms.simulation.nonpenetrating`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phantoms.bodies.stylised.body import SKELETON, Body, catalogue
from phantoms.errors import PhantomError
from phantoms.library.conventions import SELF_PHOTON_EXPONENT
from phantoms.library.saf import SafLibrary, SafTable
from phantoms.regions.names import SOURCES, TARGETS
from phantoms.simulation.nonpenetrating import charged_tables, source_masses_kg, target_masses_kg
from phantoms.simulation.reciprocity import DERIVED, DIRECT, NO_SCORE, with_reverse
from phantoms.simulation.simulate import (
    ENERGIES_MEV,
    HISTORIES_PER_BATCH,
    IN_SKELETON,
    Simulation,
    Unit,
    mean_and_se,
    region_of,
    simulated_sources,
)
from phantoms.skeleton.marrow import (
    BONE_TARGETS,
    marrow_shares,
    part_shares,
    photon_saf_per_g,
)

#: Terms of a library: what is in it that this project did not make, and cannot license.
LICENCE = (
    "BSD-3-Clause, but for red marrow and osteogenic cells: made with absorbed fractions of ICRP Publication"
    " 133 and dose responses of ICRP Publication 116, (c) ICRP; see phantoms/data/README.md"
)
MARROW_SHARES = "active marrow by bone after Cristy 1981 and the SAFs of 1987 (docs/phantoms.md)"


def photon_table(simulation: Simulation) -> tuple[SafTable, dict[str, str]]:
    """Photon SAFs in 1/kg with their standard errors, and what reciprocity was found to be worth."""
    body = simulation.body
    regions = body.solid.regions
    rows = [*(r for r in regions if r in SOURCES or r in TARGETS), "total body"]
    mass = np.array([body.mass_g[r] * 1e-3 for r in rows])
    columns = simulated_sources()
    shape = (len(rows), len(columns), len(ENERGIES_MEV))
    saf, se = np.zeros(shape), np.zeros(shape)
    bone, bone_se = (np.zeros((len(BONE_TARGETS), *shape[1:])) for _ in range(2))
    volume = np.array([body.volumes_cm3[p] for p in SKELETON])
    shares = marrow_shares(body.name)
    for j, source in enumerate(columns):
        for k, energy in enumerate(ENERGIES_MEV):
            unit = simulation.load(source, energy)
            if unit is None:
                raise PhantomError(
                    f"'{source}' at {energy} MeV has not been simulated; run it to the end first"
                )
            saf[:, j, k], se[:, j, k] = better_estimator(unit, regions, rows, mass)
            for i, values in enumerate(_bone_rows(unit, volume, shares)):
                bone[i, j, k], se_of_mean = mean_and_se(values)
                # without any spread each batch had one and the same score: a count of as many as there are
                bone_se[i, j, k] = se_of_mean if se_of_mean > 0 else bone[i, j, k] / np.sqrt(values.size)
    mix = source_mixture(body, columns)
    saf, se, bone, bone_se = mix(saf), mix(se, errors=True), mix(bone), mix(bone_se, errors=True)
    saf, relative, method, found = _with_reciprocity(rows, list(SOURCES), saf, se)
    with np.errstate(invalid="ignore"):
        bone_relative = np.where(bone > 0, bone_se / bone, 1.0)

    def in_order(values: NDArray[Any], bones: NDArray[Any]) -> NDArray[Any]:
        by_name = {**dict(zip(rows, values, strict=True)), **dict(zip(BONE_TARGETS, bones, strict=True))}
        return np.array([by_name[t] for t in TARGETS])

    bone_method = np.where(bone > 0, DIRECT, NO_SCORE).astype(np.int8)
    table = SafTable(
        np.array(ENERGIES_MEV),
        in_order(saf, bone),
        in_order(relative, bone_relative),
        in_order(method, bone_method),
    )
    return table, found


def checked_earlier(earlier: SafLibrary, simulation: Simulation) -> SafLibrary:
    """The earlier library; PhantomError where it is of another body, geometry or cross-sections."""
    mark, name = earlier.provenance.get("fingerprint", "none"), simulation.body.name
    if (earlier.phantom, mark) != (name, simulation.fingerprint):
        raise PhantomError(
            f"the earlier library is of '{earlier.phantom}', fingerprint {mark}; this run is of '{name}',"
            f" {simulation.fingerprint}: its values cannot be kept"
        )
    return earlier


def _kept(new: SafTable, earlier: SafTable) -> SafTable:
    """The earlier table with the new one's rows of red marrow and columns of sources in the skeleton."""
    assert new.relative_se is not None and new.method is not None
    assert earlier.relative_se is not None and earlier.method is not None
    fresh = np.zeros(new.saf_per_kg.shape, dtype=bool)
    fresh[TARGETS.index("red marrow")] = True
    fresh[:, [SOURCES.index(s) for s in IN_SKELETON]] = True
    return SafTable(
        new.energy_MeV,
        np.where(fresh, new.saf_per_kg, earlier.saf_per_kg),
        np.where(fresh, new.relative_se, earlier.relative_se),
        np.where(fresh, new.method, earlier.method),
    )


def source_mixture(body: Body, simulated: Sequence[str]) -> Callable[..., NDArray[np.float64]]:
    """A function that turns arrays over simulated sources, (T, simulated, E), into arrays over SOURCES.

    Marrow and both kinds of bone are mixtures of parts (:func:`phantoms.skeleton.marrow.part_shares`);
    with ``errors=True`` the values are standard errors, added as such, since the parts are independent.
    """
    weight = np.zeros((len(SOURCES), len(simulated)))
    volume = {part: body.volumes_cm3[part] for part in SKELETON}
    for i, source in enumerate(SOURCES):
        parts = part_shares(source, body.name, volume) if source in IN_SKELETON else {source: 1.0}
        for name, share in parts.items():
            weight[i, simulated.index(name)] = share

    def mix(values: NDArray[np.float64], *, errors: bool = False) -> NDArray[np.float64]:
        if errors:
            return np.sqrt(np.einsum("sp,tpe->tse", weight**2, values**2))
        return np.einsum("sp,tpe->tse", weight, values)

    return mix


def better_estimator(
    unit: Unit, regions: tuple[str, ...], rows: list[str], mass_kg: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """SAF of each row (1/kg) and its standard error by the estimator whose standard error is smaller.

    The kerma estimator wins nearly everywhere; the analog one where almost all energy stays in one region. A
    score without any spread (no photon left the body) is known to one history of all.
    """
    histories = HISTORIES_PER_BATCH * unit.kerma.shape[0]
    found = []
    for absorbed in (unit.kerma, unit.analog):
        columns = [absorbed[:, regions.index(r)] for r in rows[:-1]]
        mean, se = mean_and_se(np.column_stack([*columns, absorbed.sum(axis=1)]) / mass_kg)
        found.append((mean, np.maximum(se, mean / histories)))
    (kerma, kerma_se), (analog, analog_se) = found
    # an analog score of nothing has no spread and is no better knowledge
    choose_analog = (analog > 0) & (analog_se < kerma_se)
    return np.where(choose_analog, analog, kerma), np.where(choose_analog, analog_se, kerma_se)


def _bone_rows(
    unit: Unit, volume: NDArray[np.float64], shares: Mapping[str, float]
) -> list[NDArray[np.float64]]:
    rows = photon_saf_per_g(unit.track_cm, unit.track_cm_MeV, volume, SKELETON, shares, unit.energy_MeV)
    return [rows[t] * 1e3 for t in BONE_TARGETS]


def _with_reciprocity(
    rows: list[str], columns: list[str], saf: NDArray[np.float64], se: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int8], dict[str, str]]:
    """Replace rarely hit pairs by their reverse; returns SAF, relative standard error, method, findings."""
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.where(saf > 0, se / saf, np.inf)
    reverse, reverse_se = np.zeros_like(saf), np.full_like(saf, np.inf)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            if (back := region_of(column)) in rows:
                source = "small intestine contents" if row == "small intestine" else row
                if source in columns and row != back:
                    a, b = rows.index(back), columns.index(source)
                    reverse[i, j], reverse_se[i, j] = saf[a, b], relative[a, b]
    return with_reverse(saf, relative, reverse, reverse_se, [f"{e * 1e3:g} keV" for e in ENERGIES_MEV])


def library(
    simulation: Simulation, provenance: Mapping[str, str], earlier: SafLibrary | None = None
) -> SafLibrary:
    """The SAF library of a simulated body.

    Parameters
    ----------
    earlier : a library of the same body, geometry and cross-sections with more histories. Its values are kept
        where marrow has no part in them: for sources outside the skeleton and targets but red marrow.

    Raises
    ------
    PhantomError : a unit is missing; the earlier library is of another transport.
    """
    body = simulation.body
    photons, found = photon_table(simulation)
    histories = f"{simulation.histories} histories per source and energy, seed {simulation.seed}"
    if earlier is not None:
        photons = _kept(photons, checked_earlier(earlier, simulation).table("photon"))
        mark = "reciprocity at "
        found = {k.removeprefix(mark): v for k, v in earlier.provenance.items() if k.startswith(mark)}
        histories = f"{earlier.provenance['photons']}; red marrow and sources in the skeleton: {histories}"
    facts = {
        "origin": f"made by milligray: photon transport in the body of {body.source}",
        "licence": LICENCE,
        "photons": histories,
        "electrons and alphas": "non-penetrating; marrow and bone by absorbed fractions of ICRP 133",
        "marrow": f"dose per fluence of ICRP 116, Annex D; {MARROW_SHARES}",
        "fingerprint": simulation.fingerprint,
        **{f"reciprocity at {k}": v for k, v in found.items()},
        **provenance,
    }
    return SafLibrary(
        body.name, body.sex, TARGETS, SOURCES,
        target_masses_kg(body.mass_g, body.bone_tissue_g), source_masses_kg(body.mass_g, body.bone_tissue_g),
        {"photon": photons, **charged_tables(body.mass_g, body.bone_tissue_g)}, facts,
    )  # fmt: skip


def derived_bodies(based_on: str) -> list[dict[str, Any]]:
    """Constants of the bodies that take another body's transport with masses of their own."""
    return [data for data in catalogue().values() if data.get("based_on") == based_on]


def derived_library(library: SafLibrary, data: Mapping[str, Any], mass_g: Mapping[str, float]) -> SafLibrary:
    """A body with other organ masses on the same transport.

    Photon self-SAFs by (m/m')^(2/3), cross-SAFs unchanged, electrons by 1/m; a region whose mass is not
    given keeps its own (``mass_g``). Marrow and bone are reached through fluence, which mass leaves alone.
    """
    masses = {**mass_g, **data["mass_g"]}
    bone = data["bone_tissue_g"]
    photons = library.table("photon")
    saf = photons.saf_per_kg.copy()
    assert photons.method is not None
    method = photons.method.copy()
    for organ in set(TARGETS) & set(SOURCES) - {"red marrow", "total body"}:
        i, j = TARGETS.index(organ), SOURCES.index(organ)
        saf[i, j] *= (library.target_mass_kg[organ] * 1e3 / masses[organ]) ** SELF_PHOTON_EXPONENT
        method[i, j] = DERIVED
    facts = {
        **library.provenance,
        "origin": f"derived from '{library.phantom}': {data['source']}",
        "approximation": "photon self-SAFs scaled by (m/m')^(2/3), cross-SAFs unchanged, electrons by 1/m",
    }
    return SafLibrary(
        data["name"], data["sex"], TARGETS, SOURCES,
        target_masses_kg(masses, bone), source_masses_kg(masses, bone),
        {"photon": replace(photons, saf_per_kg=saf, method=method), **charged_tables(masses, bone)},
        facts,
    )  # fmt: skip
