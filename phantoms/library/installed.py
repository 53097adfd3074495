"""Which bodies there are: those the package ships, those a user has imported, and a library by its path."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from milligray.hdf5 import open_hdf5
from phantoms.errors import PhantomError
from phantoms.library.saf import FILE, FILE_HASH, NAME, VOXELS, SafLibrary
from phantoms.library.saf_checks import check_library
from phantoms.library.target_masses import with_masses
from phantoms.regions.names import normal_form
from phantoms.user_folders import user_folder

SHIPPED = Path(__file__).parents[1] / "data"

#: What users and other programs call the bodies -> the file's stem.
ALIASES: dict[str, str] = {
    "adult": "adult_male", "male": "adult_male", "am": "adult_male", "ornl adult male": "adult_male",
    "female": "adult_female", "af": "adult_female", "ornl adult female": "adult_female",
    "15 year old": "adult_female", "15 year": "adult_female", "10 year": "10 year old",
    "5 year": "5 year old", "1 year": "1 year old",
    "olinda adult female": "adult_female_olinda_masses", "adult female olinda": "adult_female_olinda_masses",
}  # fmt: skip


#: Provenance key of an imported library: by which rules its files were read. A library that was imported by
#: other rules is refused, since its numbers are other numbers. 2: source "lungs" is ICRP 133's Lung-Tis.
READING, READING_NOW = "read by rules", "2"


#: What a library's file may end in; a name that does is the path of one.
SUFFIXES = (".h5", ".hdf5")


class LibraryFile(str):
    """The path of a library in the place of a phantom's name: what was written, and where the file is.

    Everywhere it is the text that was written, which tables and messages show; :func:`find` and
    :func:`load_phantom` take the file that it means, whatever the working directory is by then.

    It is made from the path as a user wrote it, and the folder at which a path begins that is not absolute.

    Examples
    --------
    >>> file = LibraryFile("bodies/P01.h5", "/data/study")
    >>> file, file.path.as_posix()
    ('bodies/P01.h5', '/data/study/bodies/P01.h5')
    """

    path: Path

    def __new__(cls, written: str, folder: str | Path = ".") -> LibraryFile:
        """The text, with the file beside it."""
        made = super().__new__(cls, written)
        made.path = (Path(folder) / Path(written).expanduser()).absolute()
        return made


def named_body(name: str, folder: str | Path = ".") -> str:
    """A phantom's name as it is, and a library's path as a :class:`LibraryFile`.

    A path ends in one of :data:`SUFFIXES`, or has a folder or an ending in it and is there.

    Parameters
    ----------
    folder : what a path that is not absolute begins at.

    >>> type(named_body("patient.h5")).__name__, type(named_body("adult male")).__name__
    ('LibraryFile', 'str')
    """
    if isinstance(name, LibraryFile):
        return name
    file = LibraryFile(name, folder)
    like_a_path = any(mark in name for mark in "/\\.")
    return file if file.path.suffix.lower() in SUFFIXES or (like_a_path and file.path.exists()) else name


@dataclass(frozen=True)
class PhantomFile:
    """A library on disk.

    name : as users write it.
    path : the file (HDF5).
    shipped : whether the package ships it; False: a user imported it, or gave its path.
    given : whether a user gave its path.

    Examples
    --------
    >>> file = next(f for f in available() if f.name == "adult male")
    >>> file.shipped, len(file.sha256)
    (True, 64)
    """

    name: str
    path: Path
    shipped: bool
    given: bool = False

    @property
    def sha256(self) -> str:
        """SHA-256 of the file, hexadecimal."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


def available() -> list[PhantomFile]:
    """All libraries, shipped ones first; the name is the file's stem with blanks for underscores.

    Examples
    --------
    >>> [f.name for f in available() if f.shipped][:3]
    ['1-year-old', '10-year-old', '5-year-old']
    """
    found = []
    for folder, shipped in ((SHIPPED, True), (user_folder(), False)):
        # imported sets of libraries are folders of their own; one with a suffix is not whole
        for pattern in ("*.h5", "*/*.h5"):
            paths = [p for p in sorted(folder.glob(pattern)) if p.parent == folder or not p.parent.suffix]
            found += [PhantomFile(p.stem.replace("_", " "), p, shipped) for p in paths]
    return found


def find(name: str) -> PhantomFile:
    """The library of a phantom that a user named, by name, alias or path.

    Raises
    ------
    PhantomError : there is none; the message lists what there is.
    """
    body = named_body(name)
    if isinstance(body, LibraryFile):
        if body.path.is_dir():
            raise PhantomError(f"{body}: a folder, where the file of a library (.h5) is needed")
        if not body.path.is_file():
            raise PhantomError(
                f"{body}: there is no such file{_nearby(body)}; a phantom is a name of 'milligray phantoms"
                " list', or the path of a library (.h5)"
            )
        return PhantomFile(str(body), body.path, shipped=False, given=True)
    files = available()
    key = normal_form(name)
    key = ALIASES.get(key, key).replace("_", " ")
    for f in files:
        if normal_form(f.name) == key:
            return f
    listed = ", ".join(f.name for f in files) or "none"
    hint = ""
    if "icrp" in key:
        hint = (
            "; ICRP reference phantoms are not shipped: download the electronic supplement of ICRP"
            " Publication 133 from the publisher, then 'milligray phantoms import icrp133 PATH'"
        )
    if Path(name + SUFFIXES[0]).is_file():
        hint += f"; there is a file '{name}{SUFFIXES[0]}': give its path with the ending"
    raise PhantomError(f"unknown phantom '{name}'; available: {listed}, or the path of a library (.h5){hint}")


def _nearby(body: LibraryFile) -> str:
    """Where a file that is not there was looked for, and libraries that are there."""
    folder = body.path.parent
    try:
        there = sorted(p.name for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)
    except OSError:
        return f" ({folder} is no folder that can be read)"
    near = difflib.get_close_matches(body.path.name, there, n=3, cutoff=0.5)
    return f" in {folder}" + (f" (there: {', '.join(near)})" if near else "")


@lru_cache(maxsize=64)
def _load(path: Path, stamp: int, masses: str, given: str) -> SafLibrary:
    library = SafLibrary.load(path)
    if given:
        # two patients' bodies may have one name, their files have not
        facts = {
            FILE: given,
            FILE_HASH: PhantomFile(given, path, shipped=False).sha256,
            NAME: library.phantom,
        }
        with open_hdf5(path) as f:
            if VOXELS in f:
                facts[VOXELS] = "in the file"
        library = replace(library, phantom=given, provenance={**library.provenance, **facts})
    imported = library.provenance.get("origin", "").startswith("ICRP Publication 133")
    if imported and library.provenance.get(READING) != READING_NOW:
        raise PhantomError(
            f"{path}: imported by an earlier version, which took the source 'lungs' to be a region without"
            " alphas; run 'milligray phantoms import icrp133 PATH' again"
        )
    if imported:
        check_library(library, str(path))
    return with_masses(library, masses) if masses else library


def load_phantom(name: str, masses: str | None = None) -> SafLibrary:
    """The SAF library of a phantom by name, e.g. ``"adult male"`` or ``"ICRP adult female"``, or by its path.

    Parameters
    ----------
    name : the phantom's name or an alias; or the path of a library, e.g. ``"patient.h5"``, whose name and
        SHA-256 are then in its provenance ("file", "file sha256"), and which is what the phantom is called.
    masses : convention of target masses, where a library has more than one: "ICRP 133" (with the region's
        blood, the default of the ICRP phantoms) or "ICRP 89" (without). None: the library's own.

    Raises
    ------
    PhantomError : there is no such phantom, file or convention, or the file is damaged or no library.

    Examples
    --------
    >>> body = load_phantom("adult male")
    >>> body.sex, len(body.targets), round(body.target_mass_kg["liver"], 2)
    ('male', 25, 1.91)
    """
    file = find(name)
    return _load(file.path, file.path.stat().st_mtime_ns, masses or "", file.name if file.given else "")
