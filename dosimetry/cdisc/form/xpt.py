"""Datasets as SAS transport files (XPT), version 5, by pyreadstat; the same bytes for the same time.

Numbers: XPT has IBM's base-16 floating point of 56 bits, at least 53 of them significant, so that every IEEE
double from 8.7e-78 to 4.5e74 in size is held to its last bit. Numbers outside of that are refused. (pandas
reads a 0 of these files as 5.4e-79; SAS, pyreadstat and others read 0.)
"""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

from dosimetry.cdisc.form.dataset import CdiscDataset
from dosimetry.errors import DosimetryError

INSTALL = "writing XPT needs pyreadstat: pip install 'milligray[report]'"
#: Within what IBM's floating point holds (16**-65 to 16**63), where all writers and readers agree.
SMALLEST, LARGEST = 16.0**-64, 16.0**62
RECORD = 80
#: Where pyreadstat writes the time of now: library header (created, modified), member header (the same).
_STAMPS = (RECORD + 64, 2 * RECORD, 5 * RECORD + 64, 6 * RECORD)
_STAMP_LENGTH = 16
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]


def xpt_bytes(dataset: CdiscDataset, made: datetime) -> bytes:
    """The dataset as a SAS transport file of version 5.

    Parameters
    ----------
    made : the time that stands in the file.

    Raises
    ------
    DosimetryError : pyreadstat is not installed, or a number outside of what XPT holds.
    """
    try:
        import pyreadstat
    except ImportError:
        raise DosimetryError(INSTALL) from None
    for variable in dataset.variables:
        if variable.kind == "text":
            continue
        for value in dataset.column(variable.name):
            if isinstance(value, int | float) and value and not SMALLEST <= abs(value) <= LARGEST:
                raise DosimetryError(
                    f"{dataset.name}.{variable.name}: {value:g} is outside of what XPT holds (8.7e-78 to"
                    " 4.5e74, and 0)"
                )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dataset.xpt"
        pyreadstat.write_xport(
            dataset.frame(),
            str(path),
            file_format_version=5,
            table_name=dataset.name,
            file_label=dataset.label,
            column_labels=[v.label for v in dataset.variables],
        )
        content = bytearray(path.read_bytes())
    stamp = f"{made.day:02d}{_MONTHS[made.month - 1]}{made:%y:%H:%M:%S}".encode()
    now = bytes(content[_STAMPS[0] : _STAMPS[0] + _STAMP_LENGTH])
    for at in _STAMPS:
        if bytes(content[at : at + _STAMP_LENGTH]) != now or now[2:5].decode() not in _MONTHS:
            raise DosimetryError(
                f"pyreadstat wrote {dataset.name} with another header than is known here; use a version that"
                " pyproject.toml names"
            )
        content[at : at + _STAMP_LENGTH] = stamp
    return bytes(content)
