"""SAFs from and to marrow and bone in the shipped libraries, against those published in 1987 for four bodies.

Run: python -m validation.safs_of_1987.marrow_agreement [--folder ../shared/data/ornl1987/bodies] [--write]
The shares of marrow were inferred from the rows "red marrow as source" at 0.1 to 1 MeV
(:mod:`validation.safs_of_1987.marrow_inference`); the other energies and all rows with marrow as target were
not used.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from phantoms import load_phantom
from validation.report.markdown import splice, table
from validation.safs_of_1987.marrow_inference import BONE, ENERGIES_MEV, PAGE, agreement
from validation.safs_of_1987.reading import BODIES, FOLDER, published_safs, ratios

OTHER_ENERGIES_MEV = (0.05, 1.5, 2.0, 4.0)
OUTSIDE = ("liver", "kidneys", "total body")  #: sources that are published for all four bodies


def rows(folder: Path) -> list[list[str]]:
    """One row a body and a kind of pair."""
    out = []
    for name in BODIES:
        published = published_safs(name, folder)
        library = load_phantom(name)
        organs = [t for t in library.targets if t not in BONE]
        kinds = {
            "organs <- red marrow, energies of the inference": ("red marrow", organs, ENERGIES_MEV),
            "organs <- red marrow, other energies": ("red marrow", organs, OTHER_ENERGIES_MEV),
            "organs <- trabecular bone": ("trabecular bone", organs, (*ENERGIES_MEV, *OTHER_ENERGIES_MEV)),
            "organs <- cortical bone": ("cortical bone", organs, (*ENERGIES_MEV, *OTHER_ENERGIES_MEV)),
        }
        for label, (source, targets, energies) in kinds.items():
            found = ratios(library, published, [(source, t) for t in targets], energies)
            out.append([name, label, str(found.size), *agreement(found)])
        into = [(source, "red marrow") for source in OUTSIDE]
        for label, energies in (
            ("0.05 to 0.5 MeV", (0.05, 0.1, 0.2, 0.5)),
            ("1 to 4 MeV", (1.0, 1.5, 2.0, 4.0)),
        ):
            found = ratios(library, published, into, energies)
            what = f"red marrow <- {', '.join(OUTSIDE)}, {label}"
            out.append([name, what, str(found.size), *agreement(found)])
    return out


def main() -> None:
    """Print the table, or write it into docs/phantoms.md."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, help="folder of the published SAFs")
    parser.add_argument("--write", action="store_true", help=f"write into {PAGE.name}")
    options = parser.parse_args()
    if not options.folder.is_dir():
        parser.error(f"{options.folder} is not there: the published SAFs are not part of this project")
    header = [
        "body",
        "pairs",
        "values",
        "median ours/published",
        "median off by",
        "within 5 %",
        "within 10 %",
    ]
    content = table(header, rows(options.folder))
    if options.write:
        splice(PAGE, {"marrow-found": content})
    else:
        print(content)


if __name__ == "__main__":
    main()
