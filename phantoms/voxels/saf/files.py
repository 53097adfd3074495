"""Finished batches on disk: files that are whole or not there, named by all that their numbers depend on."""

from __future__ import annotations

import hashlib
import re
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from milligray.files import write_whole
from phantoms.errors import PhantomError

_RANGE = re.compile(r"(.+)-(\d{6,})-(\d{6,})\.batches")
#: A file is the checksum of what follows, so long, and the scores, compressed.
_DIGEST = 32


class BatchFiles:
    """The files of a folder: scores of consecutive batches of one run each.

    folder : where they are; it is made where it is not there. Several machines can write into it, or files
        of several folders be copied into one.

    Raises
    ------
    PhantomError : the folder cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            names = sorted(p.name for p in folder.iterdir())
        except OSError as error:
            raise PhantomError(
                f"{folder}: no folder for units of work ({error.strerror or error}); name another by --units"
            ) from None
        self._of: dict[str, list[tuple[int, int]]] = {}
        for name in names:
            if found := _RANGE.fullmatch(name):
                self._of.setdefault(found[1], []).append((int(found[2]), int(found[3])))

    def read(self, run: str, targets: int) -> NDArray[np.float64]:
        """The batches of a run from its first one on, as far as they are there without a gap, (B, targets).

        Raises
        ------
        PhantomError : a file is damaged.
        """
        rows: list[NDArray[np.float64]] = []
        have = 0
        for first, end in sorted(self._of.get(run, []), key=lambda r: (r[0], -r[1])):
            if first <= have < end:
                rows.append(self._one(run, first, end, targets)[have - first :])
                have = end
        return np.concatenate(rows) if rows else np.zeros((0, targets))

    def write(self, run: str, first: int, rows: NDArray[np.float64]) -> None:
        """Keep some consecutive batches; ``first`` is the number of the first."""
        content = zlib.compress(np.ascontiguousarray(rows, dtype="<f8").tobytes())
        end = first + len(rows)
        write_whole(self._path(run, first, end), hashlib.sha256(content).digest() + content)
        self._of.setdefault(run, []).append((first, end))

    def _path(self, run: str, first: int, end: int) -> Path:
        return self.folder / f"{run}-{first:06d}-{end:06d}.batches"

    def _one(self, run: str, first: int, end: int, targets: int) -> NDArray[np.float64]:
        path = self._path(run, first, end)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise PhantomError(f"{path}: cannot be read ({error.strerror or error})") from None
        digest, content = content[:_DIGEST], content[_DIGEST:]
        if hashlib.sha256(content).digest() != digest:
            raise PhantomError(f"{path}: a damaged unit of work; delete it, and it is done again")
        return np.frombuffer(zlib.decompress(content), dtype="<f8").reshape(end - first, targets)
