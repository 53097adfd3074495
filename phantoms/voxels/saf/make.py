"""From a body of voxels to its SAF library, in one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path

import numpy as np

from phantoms.errors import PhantomError
from phantoms.library.conventions import Conventions
from phantoms.library.saf import SafLibrary, SafTable
from phantoms.voxels.body import VoxelBody
from phantoms.voxels.saf.charged import alpha_table, electron_table
from phantoms.voxels.saf.emissions import Emissions, charged_columns
from phantoms.voxels.saf.facts import facts
from phantoms.voxels.saf.photons import photon_table
from phantoms.voxels.saf.precision import Wanted
from phantoms.voxels.saf.work import PhotonWork, Told


def voxel_library(
    body: VoxelBody,
    emissions: Emissions | None = None,
    *,
    sources: Sequence[str] | None = None,
    precision: float = 0.01,
    within_cm: float = 10.0,
    most_histories: int = Wanted().most_histories,
    seconds: float | None = None,
    seed: int = 1,
    units: str | Path | None = None,
    workers: int = 1,
    executor: Executor | None = None,
    tell: Callable[[Told], None] | None = None,
    provenance: Mapping[str, str] | None = None,
) -> SafLibrary:
    """The SAF library of a body of voxels, by transport in it.

    Parameters
    ----------
    body : the body, e.g. a patient's.
    emissions : of one nuclide (:func:`dosimetry.svalues.voxel_bodies.emissions_of`): the library then holds
        for it alone, and takes a small part of the time. None: by energy, for all nuclides.
    sources : source regions that are wanted, and "total body" with them; None: all that the body has.
    precision : wanted relative standard error of photon SAFs, for targets within ``within_cm`` of the source
        (nearest voxels), for red marrow and for the total body; where it is not reached, the provenance
        says so.
    most_histories : photons of a source, and an energy, at most.
    seconds : no photons are begun after this time, s; None: no limit. With a limit the numbers depend on how
        fast the machine is; without one, on the arguments above and ``seed`` alone, bit for bit.
    units : folder of finished batches, from which the same call goes on; None: they are not kept.
    workers : threads of this process.
    executor : runs the batches instead of threads; anything with the interface of
        :mod:`concurrent.futures`, a Dask client's ``get_executor()`` among them.
    tell : called with :class:`phantoms.voxels.saf.work.Told` while photons are followed.
    provenance : more facts for the library, e.g. versions.

    Returns
    -------
    SafLibrary; :func:`phantoms.voxels.storing.save_voxel_library` writes it with the body.

    Raises
    ------
    PhantomError : sources that the body has not; numbers that cannot be meant; numba or xraylib is not
        installed (extra ``simulate``); the time was up before each source had its first round.

    Examples
    --------
    >>> from phantoms.bodies.stylised.body import load_body
    >>> from phantoms.voxels.stylised import voxelised
    >>> from phantoms.voxels.saf.emissions import Emissions, spectrum
    >>> none = spectrum()
    >>> gamma = Emissions("gamma", spectrum([0.14], [0.12]), spectrum([0.1], [0.01]), none)
    >>> body = voxelised(load_body("newborn"), 4.0)
    >>> library = voxel_library(body, gamma, sources=["liver"], precision=0.2, most_histories=400_000)
    >>> library.sources, library.spectrum
    (('liver', 'total body'), 'gamma')
    """
    wanted = Wanted(precision, within_cm, most_histories)
    work = PhotonWork(
        body,
        emissions,
        sources=sources,
        wanted=wanted,
        seed=seed,
        units=None if units is None else Path(units),
    )
    work.run(workers=workers, executor=executor, seconds=seconds, tell=tell)
    return library(work, provenance, unfinished=seconds is not None)


def library(
    work: PhotonWork,
    provenance: Mapping[str, str] | None = None,
    *,
    unfinished: bool = False,
    tell: Callable[[str], None] | None = None,
) -> SafLibrary:
    """The library from work that was done.

    Parameters
    ----------
    unfinished : take sources whose precision is not reached yet as far as they are; else they are refused.
    tell : called with each source before its electrons are done.

    Raises
    ------
    PhantomError : work that is missing; it says of which sources.
    """
    if not unfinished and (missing := missing_work(work)):
        raise PhantomError(f"no library is made, for want of {missing}")
    photons = photon_table(work)
    electrons, bremsstrahlung = electron_table(work.regions, work.emissions, tell)
    alphas = alpha_table(work.regions, work.emissions)
    tables = {"photon": photons.table, "electron": electrons, "alpha": alphas}
    return _of(work, tables, {**facts(work, photons, bremsstrahlung), **(provenance or {})})


def empty_library(work: PhotonWork) -> SafLibrary:
    """A library with the regions, masses and energies that the work will give, and SAFs of 0.

    What is to be done with the library can be tried with it before the work is done.
    """
    regions, emissions = work.regions, work.emissions
    shape = (len(regions.targets), len(regions.sources))
    energies = {"photon": [c.energy_MeV for c in work.columns]}
    energies |= {kind: [e for e, _ in charged_columns(kind, emissions)] for kind in ("electron", "alpha")}
    tables = {
        kind: SafTable(np.array(e or [1.0]), np.zeros((*shape, max(1, len(e)))))
        for kind, e in energies.items()
    }
    return _of(work, tables, {})


def _of(work: PhotonWork, tables: Mapping[str, SafTable], provenance: Mapping[str, str]) -> SafLibrary:
    regions = work.regions
    return SafLibrary(
        phantom=work.body.name,
        sex=work.body.sex,
        targets=regions.targets,
        sources=regions.sources,
        target_mass_kg={t: regions.mass_kg(t) for t in regions.targets},
        source_mass_kg={s: regions.mass_kg(s) for s in regions.sources},
        tables=tables,
        provenance=provenance,
        conventions=Conventions(combined=regions.combined),
        spectrum=work.emissions.name if work.emissions else "",
    )


def missing_work(work: PhotonWork, most: int = 6) -> str:
    """Which sources are not done, in words; "" where all are."""
    left = [c for c in work.cells if not c.finished]
    words = [
        f"{c.cell.source}"
        + ("" if work.emissions else f" at {c.cell.column.energy_MeV * 1e3:g} keV")
        + f" ({c.done_batches} of {sum(c.goal)} batches)"
        for c in left[:most]
    ]
    if len(left) > most:
        words.append(f"and {len(left) - most} more")
    return f"{len(left)} of {len(work.cells)} units: {'; '.join(words)}" if left else ""
