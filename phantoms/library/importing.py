"""Import of other people's SAFs into the user's data folder: whole or not at all, one at a time."""

from __future__ import annotations

import contextlib
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from phantoms.errors import PhantomError
from phantoms.library.installed import READING, READING_NOW
from phantoms.user_folders import user_folder

if TYPE_CHECKING:
    from phantoms.library.saf import SafLibrary

#: The folder of the imported libraries inside the user's data folder.
FOLDER = "icrp133"
#: Files larger than this are no SAF files; nothing of the supplement passes 2 MB.
LARGEST_BYTES = 20_000_000


@dataclass(frozen=True)
class Imported:
    """What an import left.

    files : the libraries of both adults.
    release : which of the publisher's releases was read.
    unchanged : whether the same files had been imported before.
    warnings : values that were found to be doubtful, one sentence each.

    Examples
    --------
    >>> Imported(files=(Path("am.h5"),), release="2016", unchanged=True).warnings
    ()
    """

    files: tuple[Path, ...]
    release: str
    unchanged: bool
    warnings: tuple[str, ...] = ()


def supplement_files(path: Path) -> dict[str, tuple[str, bytes]]:
    """The files of the ICRP 133 supplement in a folder (with folders below) or a zip.

    Returns
    -------
    key of each file (see :func:`phantoms.library.icrp133.files.needed`) -> (name, bytes).

    Raises
    ------
    PhantomError : the path is neither, cannot be read, or holds a file twice (two releases side by side).
    """
    from phantoms.library.icrp133.files import WHERE, file_key

    found: dict[str, tuple[str, bytes]] = {}
    where: dict[str, str] = {}

    def take(name: str, content: bytes) -> None:
        key = file_key(name)
        assert key is not None
        if key in found:
            raise PhantomError(f"{path}: holds both {where[key]} and {name}; give the folder of one release")
        found[key] = (name.rpartition("/")[2], content)
        where[key] = name

    if not path.exists():
        raise PhantomError(f"{path}: no such folder or zip; {WHERE}")
    try:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                name = file.relative_to(path).as_posix()
                if file.is_file() and file_key(name) and not _hidden(name):
                    take(name, file.read_bytes())
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for member in archive.infolist():
                    if member.is_dir() or not file_key(member.filename) or _hidden(member.filename):
                        continue
                    if member.file_size > LARGEST_BYTES:
                        raise PhantomError(
                            f"{path}: {member.filename} has {member.file_size} bytes; no SAF file"
                        )
                    take(member.filename, archive.read(member))
        else:
            raise PhantomError(f"{path}: neither a folder nor a zip that can be read; {WHERE}")
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:  # encrypted: RuntimeError
        raise PhantomError(f"{path}: damaged zip ({error})") from error
    except OSError as error:
        raise PhantomError(f"{error.filename or path}: {error.strerror or error}") from error
    return found


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in name.split("/"))


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Hold the folder against other imports; the system frees it when a process ends in whatever way."""
    with open(folder / ".import.lock", "a+b") as handle:
        try:
            if os.name == "nt":
                import msvcrt

                msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
            else:
                import fcntl

                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise PhantomError(
                f"{folder}: another import is writing there; wait until it has ended"
            ) from error
        yield


def import_icrp133(path: Path, *, overwrite: bool = False) -> Imported:
    """Read the ICRP 133 supplement and keep both adults as libraries in the user's data folder.

    The libraries are written to a folder of another name and renamed when they are whole, so an interrupted
    import leaves nothing. The same files again change nothing.

    Parameters
    ----------
    path : folder or zip, as downloaded from the publisher.
    overwrite : replace libraries that were imported from other files.

    Raises
    ------
    PhantomError : bad or missing files, a folder that cannot be written, another import at the same time, or
        other files imported before without ``overwrite``.

    Examples
    --------
    >>> try:
    ...     import_icrp133(Path("no such folder"))
    ... except PhantomError as error:
    ...     print(str(error)[:15])
    no such folder:
    """
    from phantoms.library.icrp133.libraries import libraries

    made = libraries(supplement_files(path), str(path))
    folder = user_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _lock(folder):
            return _keep(made, folder, overwrite)
    except OSError as error:
        raise PhantomError(
            f"{error.filename or folder}: cannot be written ({error.strerror or error});"
            " the data folder is set by XDG_DATA_HOME (Linux) or APPDATA (Windows)"
        ) from error


def _hashes(library: SafLibrary) -> dict[str, str]:
    return {k: v for k, v in library.provenance.items() if k.startswith("sha256 ")}


def _warnings(made: dict[str, SafLibrary]) -> tuple[str, ...]:
    from phantoms.library.saf import WARNING

    return tuple(v for m in made.values() for k, v in m.provenance.items() if k.startswith(WARNING))


def _keep(made: dict[str, SafLibrary], folder: Path, overwrite: bool) -> Imported:
    from importlib.metadata import version

    from phantoms.library.saf import SafLibrary

    home, part, old = folder / FOLDER, folder / f"{FOLDER}.part", folder / f"{FOLDER}.old"
    if old.exists() and not home.exists():  # an import was killed between its two renames
        os.rename(old, home)
    for stale in (part, old):
        if stale.exists():
            shutil.rmtree(stale)
    paths = {sex: home / f"icrp_adult_{sex}.h5" for sex in made}
    release = next(iter(made.values())).provenance["release"]
    if home.exists():
        try:
            there = {sex: SafLibrary.load(p) for sex, p in paths.items()}
            same = all(_hashes(there[sex]) == _hashes(made[sex]) for sex in made)
            current = all(one.provenance.get(READING) == READING_NOW for one in there.values())
        except PhantomError:
            same = current = False
        if same and current:
            return Imported(tuple(paths.values()), release, True, _warnings(made))
        if not (same or overwrite):
            raise PhantomError(
                f"{home}: ICRP 133 was imported before from other files; add --overwrite to replace them"
            )
    facts = {
        "imported": datetime.now(UTC).date().isoformat(),
        "software": f"milligray {version('milligray')}",
    }
    part.mkdir()
    try:
        for sex, library in made.items():
            _stamped(library, facts).save(part / paths[sex].name)
        if home.exists():
            os.rename(home, old)
        os.rename(part, home)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        if old.exists() and not home.exists():
            os.rename(old, home)
        raise
    shutil.rmtree(old, ignore_errors=True)
    return Imported(tuple(paths.values()), release, False, _warnings(made))


def _stamped(library: SafLibrary, facts: dict[str, str]) -> SafLibrary:
    from dataclasses import replace

    from phantoms.library.saf_checks import DIGEST, digest

    return replace(library, provenance={**library.provenance, **facts, DIGEST: digest(library)})
