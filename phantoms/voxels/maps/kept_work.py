"""What a run has done so far, in a file: written whole, and read again where a run goes on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError


def keep(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays to a file that is there whole, or as it was before.

    Raises
    ------
    PhantomError : it cannot be written.
    """
    part = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as f:
            np.savez(f, **arrays)  # type: ignore[arg-type]
        os.replace(part, path)
    except OSError as error:
        raise PhantomError(f"{path}: what is done cannot be kept ({error.strerror or error})") from None
    finally:
        part.unlink(missing_ok=True)


def kept(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays that were kept; none where there is no file.

    Raises
    ------
    PhantomError : the file is damaged.
    """
    if not path.is_file():
        return {}
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as f:
            return {name: f[name] for name in f.files}
    except (OSError, ValueError, KeyError, EOFError, AttributeError, BadZipFile) as error:
        raise PhantomError(
            f"{path}: damaged, so the map cannot go on from it ({error}); delete it to begin anew"
        ) from None
