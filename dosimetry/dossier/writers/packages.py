"""What several writers share: packages that may be missing, zip archives that are the same each time."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from importlib.util import find_spec

from dosimetry.errors import DosimetryError

#: Zip files know no time before this.
_FIRST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def needed(module: str, package: str, what: str) -> None:
    """Raise where a package of the extra ``report`` is not installed.

    >>> needed("no_such_module", "its-package", "PDF")
    Traceback (most recent call last):
    dosimetry.errors.DosimetryError: writing PDF needs its-package: pip install 'milligray[report]'
    """
    if find_spec(module) is None:
        raise DosimetryError(f"writing {what} needs {package}: pip install 'milligray[report]'")


def dated_zip(content: bytes, made_utc: str) -> bytes:
    """A zip archive (.docx) whose files all bear one date, so that equal contents are equal bytes."""
    made = datetime.fromisoformat(made_utc)
    when = max(_FIRST_ZIP_TIME, (made.year, made.month, made.day, made.hour, made.minute, made.second))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            info = zipfile.ZipInfo(name, when)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3  # the same on every system
            new.writestr(info, old.read(name))
    return out.getvalue()
