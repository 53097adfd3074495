"""The SAF library: specific absorbed fractions of one body, in memory and on disk (HDF5).

A library holds a table for each kind of radiation ("photon", "electron", "alpha"): SAF in 1/kg for
every (target, source) pair on a grid of energies, with its relative standard error. The files that the
package ships are made by :mod:`phantoms.simulation.simulate`; those that a user imports use the same class.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from milligray.hdf5 import new_hdf5, open_hdf5
from phantoms.errors import PhantomError
from phantoms.library.conventions import Conventions
from phantoms.regions.names import resolve

if TYPE_CHECKING:
    import h5py

FORMAT = "milligray SAF library 1"

#: The group of a file that holds a FissionTable and no SafTable.
FISSION = "fission neutrons"

#: The group of a file that holds the body of voxels that it was made from, and no SafTable.
VOXELS = "voxels"

#: Provenance keys that begin so hold a sentence on values that were found to be doubtful.
WARNING = "warning"

#: Provenance keys, in memory alone: the path that a user gave in place of a phantom's name, and its hash.
FILE, FILE_HASH = "file", "file sha256"

#: Provenance keys of a library with regions of a reference body: which target rows, which source columns.
REFERENCE_TARGETS, REFERENCE_SOURCES = "targets of the reference body", "sources of the reference body"
#: What stands between regions in them; no region's name has it.
BETWEEN = "; "

#: How a value came to be, per (target, source, energy); written with the photon table.
METHODS: tuple[str, ...] = ("direct", "reciprocity", "derived", "no score", "reference body")


@dataclass(frozen=True)
class SafTable:
    """SAF of one kind of radiation.

    energy_MeV : (E,), ascending. One energy means: the same at all energies.
    saf_per_kg : (T, S, E), 1/kg. Every pair has a value.
    relative_se : (T, S, E) relative standard error (fraction of the value), or None where none is known.
    method : (T, S, E) index into METHODS, or None.

    Raises
    ------
    PhantomError : shapes that do not fit, energies that do not ascend, values below 0 or not finite.

    Examples
    --------
    >>> table = SafTable(np.array([0.1, 1.0]), np.array([[[0.5, 0.4]]]))
    >>> table.at([0.1, 1.0]).shape, float(table.at(0.1)[0, 0, 0])
    ((1, 1, 2), 0.5)
    """

    energy_MeV: NDArray[np.float64]
    saf_per_kg: NDArray[np.float64]
    relative_se: NDArray[np.float64] | None = None
    method: NDArray[np.int8] | None = None

    def __post_init__(self) -> None:
        if self.saf_per_kg.ndim != 3 or self.saf_per_kg.shape[2] != self.energy_MeV.size:
            raise PhantomError(
                f"SAF table of shape {self.saf_per_kg.shape} does not fit {self.energy_MeV.size} energies"
            )
        if np.any(np.diff(self.energy_MeV) <= 0):
            raise PhantomError("the energy grid of a SAF table must ascend")
        if not np.all(np.isfinite(self.saf_per_kg)) or np.any(self.saf_per_kg < 0):
            raise PhantomError("a SAF table holds a value that is negative or not finite")

    @cached_property
    def _pchip(self) -> NDArray[np.float64]:
        """Coefficients (4, E-1, T*S) of the monotone cubic through the values, highest power first."""
        from scipy.interpolate import PchipInterpolator

        flat = self.saf_per_kg.reshape(-1, self.energy_MeV.size).T
        return np.asarray(PchipInterpolator(self.energy_MeV, flat, axis=0).c)

    def at(self, energy_MeV: ArrayLike) -> NDArray[np.float64]:
        """SAF in 1/kg at n energies, shape (T, S, n), by monotone cubics (PCHIP, as ICRP 133 prescribes).

        Outside the grid the value at its nearest end holds; who folds a spectrum decides whether that is
        meant (see :func:`dosimetry.svalues.folding`).
        """
        e = np.atleast_1d(np.asarray(energy_MeV, dtype=float))
        return self.fold_each(e, np.ones_like(e))

    def fold_each(self, energy_MeV: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
        """SAF times weight at each of n energies, shape (T, S, n)."""
        t, s, _ = self.saf_per_kg.shape
        if self.energy_MeV.size == 1:
            return self.saf_per_kg * weight
        e = np.clip(energy_MeV, self.energy_MeV[0], self.energy_MeV[-1])
        k = np.clip(np.searchsorted(self.energy_MeV, e, side="right") - 1, 0, self.energy_MeV.size - 2)
        d = e - self.energy_MeV[k]
        c = self._pchip[:, k, :]
        value = ((c[0] * d[:, None] + c[1]) * d[:, None] + c[2]) * d[:, None] + c[3]
        found: NDArray[np.float64] = (value * weight[:, None]).T.reshape(t, s, e.size)
        return found

    def fold(self, energy_MeV: ArrayLike, weight: ArrayLike) -> NDArray[np.float64]:
        """Sum over i of weight_i x SAF(energy_i), shape (T, S); weight e.g. MeV emitted per decay.

        The spectrum is first gathered into moments of each grid interval, so the cost for the pairs does
        not depend on the number of lines.
        """
        e = np.atleast_1d(np.asarray(energy_MeV, dtype=float))
        w = np.atleast_1d(np.asarray(weight, dtype=float))
        t, s, n = self.saf_per_kg.shape
        if n == 1:
            only: NDArray[np.float64] = self.saf_per_kg[:, :, 0] * w.sum()
            return only
        e = np.clip(e, self.energy_MeV[0], self.energy_MeV[-1])
        k = np.clip(np.searchsorted(self.energy_MeV, e, side="right") - 1, 0, n - 2)
        d = e - self.energy_MeV[k]
        moments = np.stack([np.bincount(k, weights=w * d**p, minlength=n - 1) for p in (3, 2, 1, 0)])
        return np.tensordot(moments, self._pchip, axes=([0, 1], [0, 1])).reshape(t, s)


@dataclass(frozen=True)
class FissionTable:
    """SAF of the neutrons of spontaneous fission, by nuclide and not by energy.

    nuclides : N names as ICRP 107 writes them.
    radiation_weight : (N,) w_R of each nuclide's neutrons, for weighted quantities only.
    saf_per_kg : (T, S, N), 1/kg of the neutron energy that a decay emits.
    """

    nuclides: tuple[str, ...]
    radiation_weight: NDArray[np.float64]
    saf_per_kg: NDArray[np.float64]


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
            f.attrs["phantom"] = self.phantom
            f.attrs["sex"] = self.sex
            f.attrs["conventions"] = self.conventions.to_json()
            if self.spectrum:
                f.attrs["spectrum"] = self.spectrum
            f.attrs["units"] = "SAF 1/kg; energy MeV; mass kg; relative standard error as a fraction"
            for key, text in self.provenance.items():
                if key not in (FILE, FILE_HASH):
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
