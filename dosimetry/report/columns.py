"""Columns of tables in HDF5: numbers as they are, text once for each that is different."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import h5py

#: Attribute of a group: names of its columns, in their order. Subgroup: the texts of the columns of text.
COLUMNS, TEXTS = "columns", "texts"
PACKING = {"compression": "gzip", "compression_opts": 1, "shuffle": True}


def write_columns(group: h5py.Group, columns: Mapping[str, Iterable[Any]]) -> None:
    """Columns of one length into a group, a dataset each.

    A column of text is a dataset of numbers: which line of the dataset of its name in the subgroup
    ``texts`` stands there. "" is a missing text.
    """
    import h5py

    group.attrs[COLUMNS] = list(columns)
    for name, values in columns.items():
        array = np.asarray(values) if isinstance(values, np.ndarray) else None
        if array is not None and array.dtype.kind in "fiub":
            _write(group, name, array)
            continue
        lines: dict[str, int] = {}
        codes = [lines.setdefault("" if v is None or v != v else str(v), len(lines)) for v in values]
        _write(group, name, np.array(codes, dtype=np.int32))
        text = np.array(list(lines), dtype=object)
        group.require_group(TEXTS).create_dataset(name, data=text, dtype=h5py.string_dtype())


def write_numbers(group: h5py.Group, name: str, parts: Iterable[np.ndarray]) -> None:
    """One dataset of arrays end to end, each by rows."""
    flat = [np.ravel(p) for p in parts]
    _write(group, name, np.concatenate(flat) if flat else np.zeros(0))


def _write(group: h5py.Group, name: str, array: np.ndarray) -> None:
    group.create_dataset(name, data=array, **(PACKING if array.size else {}))


def read_columns(group: h5py.Group) -> dict[str, np.ndarray]:
    """What :func:`write_columns` wrote; a missing text is None."""
    return {name: read_column(group, name) for name in group.attrs[COLUMNS]}


def read_column(group: h5py.Group, name: str, rows: slice | Sequence[int] = slice(None)) -> np.ndarray:
    """One column of a group, or some rows of it."""
    values = group[name][rows]
    if TEXTS in group and name in group[TEXTS]:
        lines = [line.decode() or None for line in group[TEXTS][name][()]]
        return np.array(lines, dtype=object)[values]
    return np.asarray(values)
