"""Compiled functions, kept on disk between runs under a digest of every file that goes into them.

Numba's own cache looks at the file of the function alone: a function that calls another file's keeps that
one's old code when it changes, and so its old physics. Here the folder of the cache is named by the text of
all modules of this package, whose functions and constants are compiled into each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba as nb

from phantoms.user_folders import user_cache


@cache
def cache_folder() -> Path | None:
    """Folder of the compiled code for this text of the package; None where it cannot be made."""
    digest = hashlib.sha256(nb.__version__.encode())
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(
            path.relative_to(Path(__file__).parent).as_posix().encode() + b"\0" + path.read_bytes() + b"\0"
        )
    folder = user_cache() / "compiled" / digest.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder


def kernel(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Decorator: ``numba.njit`` with these options, its compiled code kept in :func:`cache_folder`.

    >>> @kernel()
    ... def twice(x):
    ...     return 2.0 * x
    >>> twice(1.5)
    3.0
    """
    folder = cache_folder()

    def compiled(function: Callable[..., Any]) -> Any:
        if folder is None or not Path(function.__code__.co_filename).is_file():
            return nb.njit(**options)(function)
        config: Any = nb.config
        before = config.CACHE_DIR  # read when a function is decorated, and at no other time
        config.CACHE_DIR = str(folder)
        try:
            return nb.njit(cache=True, **options)(function)
        finally:
            config.CACHE_DIR = before

    return compiled
