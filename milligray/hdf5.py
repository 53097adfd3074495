"""HDF5 files: written in memory first, then whole; read only where nothing in them leads out of the file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from milligray.errors import MilligrayError
from milligray.files import write_whole

if TYPE_CHECKING:
    import h5py


@contextmanager
def new_hdf5(path: str | Path, *, track_order: bool = False) -> Iterator[h5py.File]:
    """An HDF5 file that is made in memory, and written whole when the block ends without an error.

    The HDF5 library ends the process where a disk is full while it has a file open; here it never has.

    Raises
    ------
    MilligrayError : the path cannot be written; as :func:`milligray.files.write_whole`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with new_hdf5(f"{folder}/a.h5") as f:
    ...         f["mass_kg"] = 1.91
    ...     with open_hdf5(f"{folder}/a.h5") as f:
    ...         float(f["mass_kg"][()])
    1.91
    """
    import h5py

    content = io.BytesIO()
    with h5py.File(content, "w", track_order=track_order) as f:
        yield f
    write_whole(path, content.getvalue())


@contextmanager
def open_hdf5(path: str | Path) -> Iterator[h5py.File]:
    """An HDF5 file for reading, in which no link and no dataset leads elsewhere.

    Soft and external links, virtual datasets and datasets in other files are refused: whoever gives a file
    could have any other file of the reader's machine read through them. This program writes none.

    Raises
    ------
    MilligrayError : there is no such file, it is no HDF5 file, or it holds such a link; it says which.

    Examples
    --------
    >>> try:
    ...     with open_hdf5("no such file.h5"):
    ...         pass
    ... except MilligrayError as error:
    ...     print(error)
    no such file.h5: there is no such file
    """
    import h5py

    path = Path(path)
    if not path.is_file():
        raise MilligrayError(f"{path}: there is no such file")
    try:
        opened = h5py.File(path, "r")
    except OSError as error:
        raise MilligrayError(f"{path}: cannot be read as HDF5 ({error})") from None
    with opened as f:
        try:
            found = _way_out(f)
        except (OSError, RuntimeError, KeyError, SystemError) as error:  # the last from within h5py
            raise MilligrayError(f"{path}: damaged HDF5 file ({error})") from None
        if found:
            raise MilligrayError(f"{path}: {found}; such files are refused: have the data itself")
        yield f


def _way_out(f: h5py.File) -> str | None:
    """The first link, or dataset, that leads elsewhere, in words."""
    import h5py

    def look(name: str, link: object) -> str | None:
        if not isinstance(link, h5py.HardLink):
            to = getattr(link, "filename", "") or getattr(link, "path", "an unknown place")
            return f"'{name}' is a link to '{to}'"
        thing = f[name]
        if isinstance(thing, h5py.Dataset) and (thing.is_virtual or thing.external):
            return f"the data of '{name}' lie in another place"
        return None

    found: str | None = f.visititems_links(look)
    return found
