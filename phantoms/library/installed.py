"""Which bodies there are: those the package ships and those a user has imported."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from phantoms.errors import PhantomError
from phantoms.library.saf import SafLibrary
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


@dataclass(frozen=True)
class PhantomFile:
    """A library on disk.

    name : as users write it.
    path : the file (HDF5).
    shipped : whether the package ships it; False: a user imported it.

    Examples
    --------
    >>> file = next(f for f in available() if f.name == "adult male")
    >>> file.shipped, len(file.sha256)
    (True, 64)
    """

    name: str
    path: Path
    shipped: bool

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
    """The library of a phantom that a user named, by name or alias; PhantomError lists what there is."""
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
    raise PhantomError(f"unknown phantom '{name}'; available: {listed}{hint}")


@lru_cache(maxsize=16)
def _load(path: Path, stamp: int, masses: str) -> SafLibrary:
    library = SafLibrary.load(path)
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
    """The SAF library of a phantom by name, e.g. ``"adult male"`` or ``"ICRP adult female"``.

    Parameters
    ----------
    name : the phantom's name or an alias.
    masses : convention of target masses, where a library has more than one: "ICRP 133" (with the region's
        blood, the default of the ICRP phantoms) or "ICRP 89" (without). None: the library's own.

    Raises
    ------
    PhantomError : there is no such phantom or convention, or its file is damaged.

    Examples
    --------
    >>> body = load_phantom("adult male")
    >>> body.sex, len(body.targets), round(body.target_mass_kg["liver"], 2)
    ('male', 25, 1.91)
    """
    path = find(name).path
    return _load(path, path.stat().st_mtime_ns, masses or "")
