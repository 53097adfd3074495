"""Names of the files of a dose map."""

from __future__ import annotations

from pathlib import Path

from dosimetry.errors import DosimetryError

ENDINGS = (".nii.gz", ".nii")
#: What stands in the name of every file of a preview.
PREVIEW = "preview"


def map_files(path: str | Path, *, preview: bool) -> dict[str, Path]:
    """What is written, by what it is; a preview's names say that it is one.

    Raises
    ------
    DosimetryError : the name does not end as a NIfTI file's.

    >>> {what: p.name for what, p in map_files("out/dose.nii.gz", preview=False).items()}
    {'dose': 'dose.nii.gz', 'relative_se': 'dose_relative_se.nii.gz', 'provenance': 'dose.json',
     'regions': 'dose_regions.csv', 'dvh': 'dose_dvh.csv', 'dvh figure': 'dose_dvh.png',
     'slices figure': 'dose_slices.png'}
    >>> map_files("dose.nii", preview=True)["dose"].name
    'dose_preview.nii'
    """
    path = Path(path)
    ending = next((e for e in ENDINGS if path.name.lower().endswith(e)), None)
    if ending is None or len(path.name) == len(ending):
        raise DosimetryError(
            f"{path}: the map is written as NIfTI; a name that ends in .nii.gz or .nii is needed"
        )
    base, ending = path.name[: -len(ending)], path.name[-len(ending) :]
    if preview and PREVIEW not in base.lower():
        base += f"_{PREVIEW}"
    names = {
        "dose": f"{base}{ending}",
        "relative_se": f"{base}_relative_se{ending}",
        "provenance": f"{base}.json",
        "regions": f"{base}_regions.csv",
        "dvh": f"{base}_dvh.csv",
        "dvh figure": f"{base}_dvh.png",
        "slices figure": f"{base}_slices.png",
    }
    if preview:  # it has no statistics
        del names["relative_se"]
    return {what: path.with_name(name) for what, name in names.items()}
