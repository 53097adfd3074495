"""A folder of results: it is there whole or not at all, and a new one replaces what this program wrote only.

``manifest.sha256`` names each file that was written, with its SHA-256, as ``sha256sum --check`` reads it.
What it does not name is the user's and stays where it is; what it names and the user has changed since is
not overwritten.

While a folder ``out`` is made, its parts lie beside it in ``.out.XXXXXXXX.part``, whose file ``lock`` the
process holds. The system frees it when the process ends in whatever way, so that the next run knows a dead
one's leavings from a living one's work.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from dosimetry.errors import DosimetryError

MANIFEST = "manifest.sha256"
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
#: Inside the folder of parts: who works there, the new results, the old ones while they are exchanged.
_LOCK, _NEW, _OLD = "lock", "new", "old"
#: Names in a message; there may be hundreds.
_NAMED = 5


def sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


@contextlib.contextmanager
def new_folder(path: Path, *, overwrite: bool) -> Iterator[Path]:
    """A folder that is there whole or not at all: work in the given one; it takes the place of ``path``.

    On any error it is removed, and what was there stays. What an overwritten folder held beside this
    program's own files is kept.

    Raises
    ------
    DosimetryError : as :func:`check_free`; a new file has the name of one of the user's; or the folder cannot
        be written.
    """
    check_free(path, overwrite=overwrite)
    path = path.resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        tidy_up(path)
        part, lock = _work_place(path)
    except OSError as error:
        raise DosimetryError(f"{path}: cannot be written ({error.strerror})") from None
    try:
        new = part / _NEW
        new.mkdir()
        yield new
        names = _files(new)
        (new / MANIFEST).write_text("".join(f"{sha256(new / n)}  {n}\n" for n in names), encoding="utf-8")
        check_free(path, overwrite=overwrite)
        if path.exists() and any(path.iterdir()):
            _refuse_collisions(path, [*names, MANIFEST])
            os.replace(path, part / _OLD)
        elif path.exists():
            path.rmdir()
        os.replace(new, path)
        _carry_over(part / _OLD, path)
    except BaseException:
        with contextlib.suppress(OSError, DosimetryError):
            _restore(part, path)
        raise
    finally:
        lock.close()
        if not (part / _OLD).exists():
            shutil.rmtree(part, ignore_errors=True)


def check_free(path: Path, *, overwrite: bool) -> None:
    """Raise where a folder of results cannot be put, or what is there may not be replaced.

    Raises
    ------
    DosimetryError : the path is no folder; a folder that is there without ``overwrite``, that the program
        works in, that holds other things than results, or whose results were changed since.
    """
    if path.is_dir():
        if Path.cwd().is_relative_to(path.resolve()):
            raise DosimetryError(f"{path}: this is the folder you work in; name another one for the results")
        if os.path.ismount(path):
            raise DosimetryError(f"{path}: this is a disk of its own; name a folder in it for the results")
        if not any(path.iterdir()):
            return
        if not overwrite:
            raise DosimetryError(f"{path}: the folder exists; name a new one, or --overwrite to replace it")
        listed = read_manifest(path)
        changed = [n for n, digest in listed.items() if not _as_written(path, n, digest)]
        if changed:
            raise DosimetryError(
                f"{path}: changed since milligray wrote them, and so not overwritten: {_some(changed)}; move"
                " them away, delete them, or name a new folder"
            )
    elif path.exists() or path.is_symlink():
        raise DosimetryError(f"{path}: this is not a folder; name a folder for the results")


def read_manifest(folder: Path) -> dict[str, str]:
    """Files that milligray wrote into a folder of results, by name with "/", and their SHA-256.

    Raises
    ------
    DosimetryError : there is none, or it holds a line that is not of this form.
    """
    try:
        lines = (folder / MANIFEST).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise DosimetryError(
            f"{folder}: holds no results of milligray with their '{MANIFEST}', so nothing in it is"
            " overwritten; name a new folder"
        ) from None
    found = {}
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        name = PurePosixPath(match[2]) if match else PurePosixPath("/")
        if match is None or name.is_absolute() or ".." in name.parts or not name.parts or "\\" in match[2]:
            raise DosimetryError(
                f"{folder / MANIFEST}: line {number} is not 'SHA-256  file in this folder'; the list is"
                " damaged, so nothing is overwritten: name a new folder"
            )
        found[name.as_posix()] = match[1]
    return found


def tidy_up(path: Path) -> None:
    """Finish or remove what processes left beside a results folder that died while they made it."""
    its_own = re.compile(rf"\.{re.escape(path.name)}\.[a-z0-9_]{{8}}\.part")
    for part in path.parent.iterdir():
        if not its_own.fullmatch(part.name) or part.is_symlink() or not (part / _LOCK).is_file():
            continue
        try:
            lock = (part / _LOCK).open("r+b")
        except OSError:  # another user's, or gone meanwhile
            continue
        with lock:
            if not _hold(lock):
                continue
            _restore(part, path)
            if (part / _OLD).exists():
                continue
            shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(part, ignore_errors=True)  # where an open file cannot be removed


def _work_place(path: Path) -> tuple[Path, IO[bytes]]:
    """A new folder of parts beside ``path``, and its lock, held."""
    while True:
        part = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent))
        lock = (part / _LOCK).open("w+b")
        if _hold(lock):
            return part, lock
        lock.close()  # somebody who tidies up was faster, and removes it


def _hold(lock: IO[bytes]) -> bool:
    """Whether this process has the lock now; False where another, living one has."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _restore(part: Path, path: Path) -> None:
    """After an exchange that was broken off: the old folder back, or the user's files into the new one."""
    old = part / _OLD
    if old.exists():
        if not path.exists():
            os.replace(old, path)
        elif not (part / _NEW).exists():
            _carry_over(old, path)


def _carry_over(old: Path, path: Path) -> None:
    """Move what is the user's from the old folder to the new one, and remove the rest; may be done again."""
    if not old.exists():
        return
    ours = read_manifest(old)
    for name in _files(old):
        if name in ours or name == MANIFEST:
            continue
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            if os.path.lexists(target):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            os.replace(old / name, target)
        except OSError as error:
            raise DosimetryError(
                f"{target}: your file could not be moved back ({error.strerror}); it is kept in {old}"
            ) from None
    for folder in sorted(p for p in old.rglob("*") if p.is_dir() and not p.is_symlink()):
        name = folder.relative_to(old).as_posix()
        if not any(n.startswith(f"{name}/") for n in ours):  # also an empty folder of the user's
            (path / name).mkdir(parents=True, exist_ok=True)
    shutil.rmtree(old)


def _refuse_collisions(path: Path, names: list[str]) -> None:
    """Raise where a new file would take the place of something that is not this program's."""
    ours = {*read_manifest(path), MANIFEST}
    there = set(_files(path))
    taken = sorted(
        name
        for name in names
        if (name in there and name not in ours)
        or (path / name).is_dir()
        or any(p.as_posix() in there for p in PurePosixPath(name).parents)
    )
    if taken:
        raise DosimetryError(
            f"{path}: files of yours have names that the new results need: {_some(taken)}; move them away, or"
            " name a new folder"
        )


def _as_written(folder: Path, name: str, digest: str) -> bool:
    """Whether a file of the manifest is as it was written, or no longer there."""
    file = folder / name
    ways = [folder / p for p in PurePosixPath(name).parents if p.name]
    if any(way.is_symlink() for way in (file, *ways)):
        return False
    if not file.exists():
        return True
    return file.is_file() and sha256(file) == digest


def _files(folder: Path) -> list[str]:
    """Names of all files below a folder, with "/", sorted; links are files, whatever they lead to."""
    found = []
    for home, folders, files in os.walk(folder):
        here = Path(home)
        found += [here / f for f in files] + [here / d for d in folders if (here / d).is_symlink()]
    return sorted(p.relative_to(folder).as_posix() for p in found)


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
