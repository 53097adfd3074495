"""Files are written whole or not at all, to whatever the path is: a file, a link to one, a device, a pipe."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from milligray.errors import MilligrayError

#: An open file of this process by its number, as shells write ``>(...)`` and ``/dev/stdout`` resolves to.
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d+)")


def is_standard_output(path: str | Path) -> bool:
    """Whether a path is where standard output goes: ``-``, ``/dev/stdout``, or the file it was sent to.

    >>> is_standard_output("-"), is_standard_output("doses.csv")
    (True, False)
    """
    return str(path) == "-" or _is_open_as(path, 1)


def write_whole(path: str | Path, content: str | bytes) -> None:
    """Write a file whole (first beside it, then renamed), or leave what was there as it was.

    A link stays a link: its target is written. Devices, pipes and this process' own open files are written
    to and never replaced; ``-`` is standard output. A file that is there keeps its permissions.

    Parameters
    ----------
    content : text (UTF-8) or bytes.

    Raises
    ------
    MilligrayError : a folder, no such folder, a path that cannot be written (read-only, disk full); it says
        which.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(f"{folder}/doses.csv", "target,dose")
    ...     Path(f"{folder}/doses.csv").read_text()
    'target,dose'
    """
    data = content.encode() if isinstance(content, str) else content
    if is_standard_output(path):
        _to_standard_output(data)
        return
    try:
        _write(Path(path), data)
    except BrokenPipeError:
        raise
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a circle of links; ValueError: NUL
        if isinstance(error, MilligrayError):
            raise
        _refuse(path, error)


def check_places(paths: Mapping[str, str | Path | None]) -> None:
    """Nothing, where files can be written to all paths, each to its own; before any of them is.

    Parameters
    ----------
    paths : option -> path; None: not asked for. "-" is standard output.

    Raises
    ------
    MilligrayError : a folder, no such folder, a file that is read-only, one file twice; all of them.

    Examples
    --------
    >>> check_places({"--csv": "doses.csv", "--tiac": None, "--plot": "-"})
    """
    wrong: list[str] = []
    taken: dict[Path, str] = {}
    for option, path in paths.items():
        if path is None:
            continue
        if is_standard_output(path):
            if (other := taken.setdefault(Path("-"), option)) != option:
                wrong.append(f"{option} {path}: {other} is written to standard output already; name a file")
            continue
        place = Path(path)
        try:
            target = place.resolve()
            there = target.exists()
            if target.is_dir():
                wrong.append(f"{option} {path}: this is a folder; give the name of a file")
            elif not target.parent.is_dir():
                wrong.append(f"{option} {path}: there is no such folder to write in")
            elif not os.access(target if there else target.parent, os.W_OK):
                wrong.append(f"{option} {path}: cannot be written")
            elif (not there or target.is_file()) and (other := taken.setdefault(target, option)) != option:
                wrong.append(f"{option} {path}: {other} writes this file already; give each its own")
        except (
            OSError,
            RuntimeError,
            ValueError,
        ) as error:  # a circle of links, a name that is too long, NUL
            wrong.append(f"{option} {path}: cannot be written ({getattr(error, 'strerror', None) or error})")
    if wrong:
        raise MilligrayError(*wrong)


def _refuse(path: str | Path, error: Exception) -> NoReturn:
    raise MilligrayError(f"{path}: cannot be written ({getattr(error, 'strerror', None) or error})") from None


def _to_standard_output(data: bytes) -> None:
    if sys.stdout is None:
        raise MilligrayError("standard output is closed; name a file to write")
    if hasattr(sys.stdout, "buffer"):
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:  # somebody's own stream of text
        sys.stdout.write(data.decode())


def _is_open_as(path: str | Path, descriptor: int) -> bool:
    """Whether a path is the file that this process has open as ``descriptor``."""
    try:
        there, mine = os.stat(path), os.fstat(descriptor)
    except (OSError, ValueError):
        return False
    # a terminal or /dev/null may be open under many names, and writing to it by name does the same
    return os.path.samestat(there, mine) and not stat.S_ISCHR(mine.st_mode)


def _write(path: Path, data: bytes) -> None:
    own = _DESCRIPTOR.fullmatch(str(path))
    if own or _is_open_as(path, 2):
        with open(os.dup(int(own[1]) if own else 2), "wb") as stream:
            stream.write(data)
        return
    target = path
    with contextlib.suppress(FileNotFoundError):
        kind = os.stat(path).st_mode
        if stat.S_ISCHR(kind) or stat.S_ISFIFO(kind):
            with open(path, "wb", buffering=0) as stream:
                view = memoryview(data)
                while view:
                    view = view[stream.write(view) :]
            return
        if stat.S_ISDIR(kind):
            raise MilligrayError(f"{path}: this is a folder; give the name of a file")
        if not stat.S_ISREG(kind):
            raise MilligrayError(f"{path}: this is neither a file nor a device that takes text; name a file")
        if not os.access(path, os.W_OK):
            raise MilligrayError(f"{path}: cannot be written (the file is read-only)")
    if path.is_symlink():
        target = path.resolve()
    if not target.parent.is_dir():
        raise MilligrayError(f"{target.parent}: there is no such folder to write in")
    _replace(target, data)


def _replace(path: Path, data: bytes) -> None:
    """A neighbour of another name is written whole, and takes the place of ``path``."""
    part = path.with_name(f".{path.name[:200]}.{os.getpid()}.part")
    try:
        with open(part, "wb") as stream:
            stream.write(data)
        with contextlib.suppress(FileNotFoundError):
            part.chmod(stat.S_IMODE(path.stat().st_mode))
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
