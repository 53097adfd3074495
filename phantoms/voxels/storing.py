"""A body of voxels on disk, beside its SAF library: one HDF5 file that holds both, whole or not at all.

The file is an ordinary SAF library with one group more, "voxels": the codes, the affine, and a description
in JSON. A checksum of all of it tells damage from data.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from milligray.hdf5 import open_hdf5
from phantoms.errors import PhantomError
from phantoms.library.saf import SafLibrary
from phantoms.transport.materials import Tissue
from phantoms.voxels.body import Kind, VoxelBody

if TYPE_CHECKING:
    import h5py

GROUP = "voxels"
FORMAT = "milligray body of voxels 1"


def save_voxel_library(library: SafLibrary, body: VoxelBody, path: str | Path) -> None:
    """Write a SAF library and the body that it was made from into one file, whole or not at all.

    Raises
    ------
    MilligrayError : the path cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from phantoms import load_phantom
    >>> from phantoms.transport.materials import Tissue
    >>> kinds = (Kind("outside", None, 0.0), Kind("liver", Tissue("water", 1.0, {1: 0.11, 8: 0.89}), 1.0))
    >>> code = np.ones((2, 2, 2), dtype=np.uint8)
    >>> body = VoxelBody("cube", "male", code, np.diag([5.0, 5.0, 5.0, 1.0]), kinds, {"liver": 0.001})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_voxel_library(load_phantom("adult male"), body, f"{folder}/patient.h5")
    ...     load_voxel_body(f"{folder}/patient.h5").regions
    ('liver',)
    """
    library.save(Path(path), lambda f: write_body(f, body))


def write_body(f: h5py.File, body: VoxelBody) -> None:
    """Put a body into an open HDF5 file, as the group "voxels"."""
    kept: dict[str, Tissue] = {}
    kinds: list[list[Any]] = []
    for kind in body.kinds:
        name = None
        if (t := kind.tissue) is not None:
            name = t.name
            while kept.setdefault(name, t) != t:  # another tissue that is called the same
                name += "'"
        kinds.append([kind.region, name, kind.density_g_per_cm3])
    description = {
        "name": body.name,
        "sex": body.sex,
        "kinds": kinds,
        "tissues": {
            name: [t.name, t.density_g_per_cm3, sorted(t.fractions.items())] for name, t in kept.items()
        },
        "mass_kg": dict(body.mass_kg),
        "sums": {k: list(v) for k, v in body.sums.items()},
        "spread": {k: dict(v) for k, v in body.spread.items()},
        "cranial": sorted(body.cranial),
        "facts": dict(body.facts),
    }
    text = json.dumps(description).encode()
    g = f.create_group(GROUP)
    g.attrs["format"] = FORMAT
    g.attrs["units"] = "affine mm; mass kg; density g/cm3; mass fractions by atomic number"
    g.create_dataset("code", data=body.code, compression="gzip", shuffle=True)
    g["affine_mm"] = np.asarray(body.affine_mm, dtype=float)
    g["description"] = np.frombuffer(text, dtype=np.uint8)
    g.attrs["sha256"] = _digest(body.code, np.asarray(body.affine_mm, dtype=float), text)


def load_voxel_body(path: str | Path) -> VoxelBody:
    """The body of voxels in a file of ``milligray phantoms voxels``.

    Raises
    ------
    MilligrayError : no such file, or no HDF5 file.
    PhantomError : the file holds no body of voxels, or it is damaged.

    Examples
    --------
    >>> from phantoms import available
    >>> from phantoms.errors import PhantomError
    >>> shipped = next(f.path for f in available() if f.name == "adult male")
    >>> try:
    ...     load_voxel_body(shipped)
    ... except PhantomError as error:
    ...     print(str(error)[-60:])
    it; a file that 'milligray phantoms voxels' wrote is needed)
    """
    path = Path(path)
    try:
        with open_hdf5(path) as f:
            if GROUP not in f:
                raise PhantomError(
                    "no body of voxels is in it; a file that 'milligray phantoms voxels' wrote is needed"
                )
            g = f[GROUP]
            if (found := g.attrs.get("format")) != FORMAT:
                raise PhantomError(f"not a body of voxels of this program ('{FORMAT}'), but '{found}'")
            code = np.ascontiguousarray(g["code"][:])
            affine = g["affine_mm"][:].astype(float)
            text = g["description"][:].tobytes()
            if g.attrs.get("sha256") != _digest(code, affine, text):
                raise PhantomError("its voxels are not those that were written: the file is damaged")
        return _body(code, affine, json.loads(text))
    # damaged contents are anything: shapes, types, text that is no text or no JSON
    except (OSError, LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        what = str(error).removeprefix(f"{path}: ")
        raise PhantomError(f"{path}: cannot be read as a body of voxels ({what})") from error


def _body(code: NDArray[Any], affine_mm: NDArray[np.float64], d: dict[str, Any]) -> VoxelBody:
    if affine_mm.shape != (4, 4) or not np.all(np.isfinite(affine_mm)):
        raise PhantomError("the affine is no matrix of 4 x 4 finite numbers")
    tissues = {
        key: Tissue(name, density, {int(z): float(w) for z, w in fractions})
        for key, (name, density, fractions) in d["tissues"].items()
    }
    return VoxelBody(
        str(d["name"]), str(d["sex"]), code, affine_mm,
        tuple(Kind(r, None if t is None else tissues[t], float(rho)) for r, t, rho in d["kinds"]),
        {k: float(v) for k, v in d["mass_kg"].items()},
        {k: tuple(v) for k, v in d["sums"].items()},
        {k: {r: float(s) for r, s in v.items()} for k, v in d["spread"].items()},
        frozenset(d["cranial"]), {k: str(v) for k, v in d["facts"].items()},
    )  # fmt: skip


def _digest(code: NDArray[Any], affine_mm: NDArray[np.float64], text: bytes) -> str:
    made = hashlib.sha256(f"{code.shape} {code.dtype.newbyteorder('<').str}".encode())
    made.update(np.ascontiguousarray(code, dtype=code.dtype.newbyteorder("<")).tobytes())
    made.update(np.ascontiguousarray(affine_mm, dtype="<f8").tobytes())
    made.update(text)
    return made.hexdigest()
