"""Tables of docs/icrp133.md, computed anew and set between their marks.

Run as ``python -m validation.pages.icrp133_tables``.

Needs the ICRP 133 supplement and the ICRP 134 values beside the repository (shared/data), which are not part
of this project; the published values that are printed are cited beside each table.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from dosimetry.svalues.folding import s_values
from phantoms.library.icrp133.libraries import libraries
from phantoms.library.importing import supplement_files
from phantoms.library.saf import SafLibrary
from phantoms.library.target_masses import with_masses
from validation.layers import zirconium
from validation.report.markdown import splice, table

ROOT = Path(__file__).parents[2]
DOC = ROOT / "docs" / "icrp133.md"
SUPPLEMENT = ROOT.parent / "shared" / "data" / "icrp133"

#: 177Lu self-S values of OpenDose, mGy/(MBq.s): www.opendose.org (Chauvin et al., J Nucl Med 2020;61:1514-9).
OPENDOSE = {
    ("male", "liver"): 1.3713e-5, ("male", "spleen"): 1.5967e-4,
    ("female", "liver"): 1.7533e-5, ("female", "spleen"): 1.8361e-4,
}  # fmt: skip

NUCLIDES = (
    "F-18", "Cu-64", "Cu-67", "Ga-67", "Ga-68", "Zr-89", "Y-90", "Tc-99m", "In-111", "I-123", "I-124",
    "I-131", "Sm-153", "Tb-161", "Ho-166", "Lu-177", "Re-188", "At-211", "Pb-212", "Ac-225",
)  # fmt: skip
PAIRS = (
    ("liver", "liver"), ("kidneys", "kidneys"), ("spleen", "spleen"), ("lungs", "Lung-Tis"),
    ("red marrow", "red marrow"), ("red marrow", "T-bone-S"), ("osteogenic cells", "T-bone-S"),
    ("red marrow", "blood"),
)  # fmt: skip


def zirconium_table(adults: dict[str, SafLibrary]) -> str:
    """ICRP 134, Table of dose coefficients for injected 89Zr, beside ours."""
    ref = zirconium.read_reference()
    tiac = zirconium.region_tiac_h(ref)
    rows, effective = zirconium.compare(ref, tiac, adults)
    published = ref.effective_mSv_per_MBq
    cells = [
        (
            r.organ,
            r.sex,
            f"{r.published:#.2g}",
            f"{r.ours:.4f}",
            f"{r.deviation:+.1%}",
            "" if r.same_digits else "yes",
        )
        for r in rows
    ]
    cells.append(("effective dose (ICRP 103)", "both", f"{published:#.2g}", f"{effective:.4f}",
                  f"{effective / published - 1:+.1%}", ""))  # fmt: skip
    worst = max(rows, key=lambda r: abs(r.deviation))
    others = [f"{r.organ.lower()} ({r.sex})" for r in rows if not r.same_digits]
    return "\n".join(
        [
            table(
                ("organ", "sex", "ICRP 134, mSv/MBq", "ours, mSv/MBq", "difference", "other last digit"),
                cells,
            ),
            "",
            f"{len(rows)} organ doses; the largest difference is {worst.deviation:+.1%}"
            f" ({worst.organ.lower()}, {worst.sex}). Rounded as printed, {len(others)} differ in the last"
            f" digit: {', '.join(others)}.",
        ]
    )


def lutetium_table(adults: dict[str, SafLibrary]) -> str:
    """177Lu self-S of OpenDose beside ours by both conventions of masses."""
    rows = []
    for (sex, organ), published in OPENDOSE.items():
        ours = {
            m: float(s_values("Lu-177", with_masses(adults[sex], m))[organ][organ])
            for m in ("ICRP 89", "ICRP 133")
        }
        rows.append(
            (f"{organ} <- {organ}", sex, f"{published:.4e}", *(f"{v:.4e}" for v in ours.values()),
             f"{ours['ICRP 89'] / published - 1:+.2%}")
        )  # fmt: skip
    return table(
        (
            "pair",
            "sex",
            "OpenDose",
            "ours, masses of ICRP 89",
            "ours, masses of ICRP 133",
            "ICRP 89 against OpenDose",
        ),
        rows,
    )


def nuclide_table(adults: dict[str, SafLibrary]) -> str:
    """S values of 20 nuclides for chosen pairs and both adults, mGy/(MBq.s)."""
    rows = []
    for name in NUCLIDES:
        for sex, library in adults.items():
            s = s_values(name, library)
            rows.append((name, sex, *(f"{float(s[source][t]):.3e}" for t, source in PAIRS)))
    return table(("nuclide", "sex", *(f"{t} <- {s}" for t, s in PAIRS)), rows)


def all_tables(adults: dict[str, SafLibrary]) -> dict[str, str]:
    """Mark in the page -> its table."""
    return {
        "zirconium": zirconium_table(adults),
        "lutetium": lutetium_table(adults),
        "nuclides": nuclide_table(adults),
    }


def main() -> None:
    """Print the tables, or write them into the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--print", action="store_true", help="print the tables and leave the page as it is")
    parser.add_argument("--release", default="revised", choices=("revised", "2016"))
    arguments = parser.parse_args()
    folder = SUPPLEMENT / arguments.release
    if not folder.is_dir():
        raise SystemExit(f"{folder}: no ICRP 133 supplement there; the page is left as it is")
    adults = libraries(supplement_files(folder), str(folder))
    tables = all_tables(adults)
    if arguments.print:
        print("\n\n".join(tables.values()))
        return
    splice(DOC, tables)
    print(f"{DOC}: {len(tables)} tables written")


if __name__ == "__main__":
    main()
