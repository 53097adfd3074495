"""Tables of a dossier by the names T1 to T12, each made by a function of a module of this folder."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from dosimetry.errors import DosimetryError

if TYPE_CHECKING:
    from dosimetry.dossier.document.options import TableOptions
    from dosimetry.dossier.document.table import Table
    from dosimetry.dossier.results.results import Results

#: Module of this folder by the table's name; its function is its file's name with ``_table``.
MODULES = {
    "T1": "subjects",
    "T2": "curves.activities",
    "T3": "curves.curve_parameters",
    "T4": "tiacs",
    "T5": "absorbed_dose",
    "T6": "absorbed_dose_by_subject",
    "T7": "labels.label",
    "T8": "labels.ages",
    "T9": "exposure_limits",
    "T10": "curves.pharmacokinetics",
    "T11": "uncertainty",
    "T12": "methods",
}

Maker = Callable[["Results", "TableOptions"], "Table | list[Table]"]


def table_maker(name: str) -> Maker:
    """The function that makes a table.

    Raises
    ------
    DosimetryError : an unknown name.

    >>> table_maker("T13")
    Traceback (most recent call last):
    dosimetry.errors.DosimetryError: unknown table 'T13'; there are: T1 to T12
    """
    if name not in MODULES:
        raise DosimetryError(f"unknown table '{name}'; there are: T1 to T{len(MODULES)}")
    module = import_module(f"dosimetry.dossier.tables.{MODULES[name]}")
    maker: Maker = getattr(module, f"{MODULES[name].rpartition('.')[2]}_table")
    return maker


def tables_of(name: str, results: Results, options: TableOptions) -> list[Table]:
    """A table as it comes: one, or several where it splits."""
    made = table_maker(name)(results, options)
    return made if isinstance(made, list) else [made]
