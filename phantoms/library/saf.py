"""The SAF library: specific absorbed fractions of one body, in memory and on disk (HDF5).

A library holds a table for each kind of radiation ("photon", "electron", "alpha"): SAF in 1/kg for
every (target, source) pair on a grid of energies, with its relative standard error. The files that the
package ships are made by :mod:`phantoms.simulation.simulate`; those that a user imports use the same class.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from milligray.hdf5 import new_hdf5, open_hdf5
from phantoms.errors import PhantomError
from phantoms.library.conventions import Conventions
from phantoms.library.saf_table import FissionTable as FissionTable
from phantoms.library.saf_table import SafTable as SafTable
from phantoms.regions.names import resolve

if TYPE_CHECKING:
    import h5py

FORMAT = "milligray SAF library 1"

#: The group of a file that holds a FissionTable and no SafTable.
FISSION = "fission neutrons"

#: The group of a file that holds the body of voxels that it was made from, and no SafTable; provenance key of
#: such a library, in memory alone.
VOXELS = "voxels"

#: Provenance keys that begin so hold a sentence on values that were found to be doubtful.
WARNING = "warning"

#: Provenance keys, in memory alone: the path that a user gave in place of a phantom's name, and its hash.
FILE, FILE_HASH = "file", "file sha256"
#: Likewise: the name that the body has in the file, where it is called by its path.
NAME = "name in the file"

#: Provenance keys of a library with regions of a reference body: which target rows, which source columns.
REFERENCE_TARGETS, REFERENCE_SOURCES = "targets of the reference body", "sources of the reference body"
#: Which body that is, what stands in for the patient's regions in it, and what could not be taken.
REFERENCE_BODY = "reference body"
REFERENCE_STAND_INS, REFERENCE_LEFT_OUT = "stand-ins in the reference body", "not of the reference body"
#: What stands between regions in them; no region's name has it.
BETWEEN = "; "

#: How a value came to be, per (target, source, energy); written with the photon table.
METHODS: tuple[str, ...] = ("direct", "reciprocity", "derived", "no score", "reference body")


@dataclass(frozen=True)
class SafLibrary:
    """All SAF tables of one body, its regions and masses, and where they come from.

    phantom : its name, e.g. "adult male".
    sex : "male", "female" or "both" (a child's body).
    targets, sources : canonical region names, in the order of the tables' first two axes.
    target_mass_kg, source_mass_kg : masses by region; a region with no mass of its own is absent.
    tables : {"photon": ..., "electron": ..., "alpha": ...}.
    provenance : flat text facts: origin, licence, software, seed, histories, hashes, date.
    conventions : masses in force, combined targets, what makes the remainder (ICRP phantoms).
    fission : neutrons of spontaneous fission, where the library has them.
    spectrum : the one emission spectrum (a nuclide's name) that the SAFs are means over, weighted by energy;
        every table then has one energy, and no other spectrum can be folded with them. "": by energy.

    Examples
    --------
    >>> from phantoms import load_phantom
    >>> body = load_phantom("adult male")
    >>> t, s = body.targets.index("liver"), body.sources.index("liver")
    >>> body.table("photon").at(0.511)[t, s, 0].round(4) < 1.0 / body.target_mass_kg["liver"]
    np.True_
    """

    phantom: str
    sex: str
    targets: tuple[str, ...]
    sources: tuple[str, ...]
    target_mass_kg: Mapping[str, float]
    source_mass_kg: Mapping[str, float]
    tables: Mapping[str, SafTable]
    provenance: Mapping[str, str] = field(default_factory=dict)
    conventions: Conventions = field(default_factory=Conventions)
    fission: FissionTable | None = None
    spectrum: str = ""

    def __repr__(self) -> str:
        only = f"; for {self.spectrum} alone" if self.spectrum else ""
        return (
            f"<SafLibrary '{self.phantom}' ({self.sex}): {len(self.targets)} targets,"
            f" {len(self.sources)} sources; {', '.join(self.tables)}{only}>"
        )

    @property
    def shown(self) -> str:
        """What a message calls the library: its file's name where a user gave a file, else the phantom's."""
        return self.provenance.get(FILE) or f"phantom '{self.phantom}'"

    def table(self, radiation: str) -> SafTable:
        """The table of one kind of radiation; PhantomError where the library has none."""
        if radiation not in self.tables:
            raise PhantomError(
                f"phantom '{self.phantom}' has no SAFs for {radiation}s; it has: {', '.join(self.tables)}"
            )
        return self.tables[radiation]

    def source(self, name: str) -> str:
        """Canonical name of a source region that a user named."""
        return resolve(name, self.sources, kind="source region", where=f"phantom '{self.phantom}'")

    def target(self, name: str) -> str:
        """Canonical name of a target region that a user named."""
        return resolve(name, self.targets, kind="target region", where=f"phantom '{self.phantom}'")

    def save(self, path: Path, also: Callable[[h5py.File], None] | None = None) -> None:
        """Write the library whole, or leave what was there; ``also`` : writes more into the same file."""
        with new_hdf5(path) as f:
            f.attrs["format"] = FORMAT
            f.attrs["phantom"] = self.provenance.get(NAME, self.phantom)
            f.attrs["sex"] = self.sex
            f.attrs["conventions"] = self.conventions.to_json()
            if self.spectrum:
                f.attrs["spectrum"] = self.spectrum
            f.attrs["units"] = "SAF 1/kg; energy MeV; mass kg; relative standard error as a fraction"
            for key, text in self.provenance.items():
                if key not in (FILE, FILE_HASH, NAME, VOXELS):
                    f.attrs[f"provenance {key}"] = text
            for kind, names, masses in (
                ("target", self.targets, self.target_mass_kg),
                ("source", self.sources, self.source_mass_kg),
            ):
                f[f"{kind}s"] = np.array(names, dtype="S")
                f[f"{kind}_mass_kg"] = np.array([masses.get(n, np.nan) for n in names])
            packing = {"compression": "gzip", "shuffle": True}
            if self.fission is not None:
                g = f.create_group(FISSION)
                g["nuclides"] = np.array(self.fission.nuclides, dtype="S")
                g["radiation_weight"] = self.fission.radiation_weight
                g.create_dataset("saf_per_kg", data=self.fission.saf_per_kg, **packing)
            for name, table in self.tables.items():
                g = f.create_group(name)
                g["energy_MeV"] = table.energy_MeV
                g.create_dataset("saf_per_kg", data=table.saf_per_kg, **packing)
                if table.relative_se is not None:
                    g.create_dataset("relative_se", data=table.relative_se.astype("f4"), **packing)
                if table.method is not None:
                    g.create_dataset("method", data=table.method.astype("i1"), **packing)
                    g["method"].attrs["codes"] = ", ".join(f"{i} {m}" for i, m in enumerate(METHODS))
            if also is not None:
                also(f)

    @classmethod
    def load(cls, path: Path) -> SafLibrary:
        """Read a library; PhantomError if the file is not one, is damaged, or has links to other files."""
        import h5py

        try:
            with open_hdf5(path) as f:
                if f.attrs.get("format") != FORMAT:
                    raise PhantomError(f"not a SAF library of this program ('{FORMAT}')")
                names = {k: tuple(n.decode() for n in f[f"{k}s"][:]) for k in ("target", "source")}
                mass = {
                    k: {n: float(m) for n, m in zip(names[k], f[f"{k}_mass_kg"][:], strict=True) if m == m}
                    for k in names
                }
                tables = {
                    name: SafTable(
                        g["energy_MeV"][:].astype(float),
                        g["saf_per_kg"][:].astype(float),
                        g["relative_se"][:].astype(float) if "relative_se" in g else None,
                        g["method"][:] if "method" in g else None,
                    )
                    for name, g in f.items()
                    if isinstance(g, h5py.Group) and name not in (FISSION, VOXELS)
                }
                fission = None
                if FISSION in f:
                    g = f[FISSION]
                    fission = FissionTable(
                        tuple(n.decode() for n in g["nuclides"][:]),
                        g["radiation_weight"][:].astype(float),
                        g["saf_per_kg"][:].astype(float),
                    )
                library = cls(
                    phantom=str(f.attrs["phantom"]),
                    sex=str(f.attrs["sex"]),
                    targets=names["target"],
                    sources=names["source"],
                    target_mass_kg=mass["target"],
                    source_mass_kg=mass["source"],
                    tables=tables,
                    provenance={
                        k.removeprefix("provenance "): str(v)
                        for k, v in f.attrs.items()
                        if k.startswith("provenance ")
                    },
                    conventions=Conventions.from_json(
                        str(f.attrs.get("conventions", Conventions().to_json()))
                    ),
                    fission=fission,
                    spectrum=str(f.attrs.get("spectrum", "")),
                )
                _check(library)
                return library
        # damaged contents are anything: shapes, types, text that is no text or no JSON
        except (OSError, LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            what = str(error).removeprefix(f"{path}: ")
            raise PhantomError(f"{path}: cannot be read as a SAF library ({what})") from error


def reference_targets(library: SafLibrary) -> tuple[str, ...]:
    """The targets of a library that were taken from a reference body, by its provenance."""
    told = library.provenance.get(REFERENCE_TARGETS, "")
    return tuple(t for t in told.split(BETWEEN) if t in library.targets)


def reference_sources(library: SafLibrary) -> tuple[str, ...]:
    """The sources of a library that were taken from a reference body, by its provenance."""
    told = library.provenance.get(REFERENCE_SOURCES, "")
    return tuple(s for s in told.split(BETWEEN) if s in library.sources)


def _check(library: SafLibrary) -> None:
    """Raise where regions, masses and tables of a library that was read do not fit together."""
    if library.sex not in ("male", "female", "both"):
        raise PhantomError(f"the sex is '{library.sex}'; male, female or both is needed")
    if not {"photon", "electron"} <= set(library.tables):
        raise PhantomError(f"SAFs of photons and electrons are needed; it has: {', '.join(library.tables)}")
    for kind, names, masses in (
        ("target", library.targets, library.target_mass_kg),
        ("source", library.sources, library.source_mass_kg),
    ):
        if not names or len(set(names)) != len(names):
            raise PhantomError(f"the {kind} regions are none, or one stands twice")
        if bad := [f"{n} {m:g} kg" for n, m in masses.items() if not 0 <= m < math.inf]:
            raise PhantomError(f"{kind} masses must be finite, 0 or above: {', '.join(bad)}")
    combined = library.conventions.combined
    for name, parts in combined.items():
        plain = set(library.targets) - set(combined)
        if name not in library.targets or not parts or not set(parts) <= plain:
            raise PhantomError(f"target '{name}' is combined of regions that are none: {', '.join(parts)}")
        if not all(isinstance(w, int | float) and 0 <= w < math.inf for w in parts.values()):
            raise PhantomError(
                f"target '{name}' is combined of parts with weights that are no numbers above 0"
            )
    size = (len(library.targets), len(library.sources))
    for name, table in library.tables.items():
        shape = (*size, table.energy_MeV.size)
        for array in (table.saf_per_kg, table.relative_se, table.method):
            if array is not None and array.shape != shape:
                raise PhantomError(f"{name}: a table of shape {array.shape}, where {shape} is needed")
        if not np.all(np.isfinite(table.energy_MeV) & (table.energy_MeV >= 0)):
            raise PhantomError(f"{name}: energies must be finite, 0 or above")
        if table.method is not None and not np.all((table.method >= 0) & (table.method < len(METHODS))):
            raise PhantomError(f"{name}: a code of a method that is none of {', '.join(METHODS)}")
        if library.spectrum and table.energy_MeV.size != 1:
            raise PhantomError(
                f"{name}: {table.energy_MeV.size} energies, in a library of means over the spectrum of"
                f" {library.spectrum}: one is needed"
            )
        if library.spectrum and not table.energy_MeV[0] > 0.0:
            raise PhantomError(
                f"{name}: the mean energy of {library.spectrum} is {table.energy_MeV[0]:g} MeV; a number"
                " above 0 is needed"
            )
    if library.fission is not None and library.fission.saf_per_kg.shape[:2] != size:
        raise PhantomError(f"{FISSION}: a table of shape {library.fission.saf_per_kg.shape}")
