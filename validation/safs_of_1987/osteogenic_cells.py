"""Osteogenic cells by ICRP 116 and by OLINDA/EXM 1.x against doses that OLINDA/EXM 1.x printed.

Run: python -m validation.safs_of_1987.osteogenic_cells [--write]

Three tables: the 25 organs of 89Zr-trastuzumab as a few TIACs, with osteogenic cells among them; osteogenic
cells of other tracers; and, where the SAFs of 1987 are at hand, the photon row against them.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phantoms import load_phantom
from phantoms.library.olinda import BONE_SURFACE, OLINDA, OWN, with_convention
from validation.case import read_cases
from validation.layers.bodies import dose_per_h, weighted
from validation.layers.consistency import Fit, check_of, fit
from validation.report.markdown import splice, table
from validation.safs_of_1987.reading import BODIES, FOLDER, published_safs, ratios

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/dosimetry.md"
YARDSTICK = "trastuzumab_odonoghue_2018"
INTESTINE = "lower large intestine wall"


def trastuzumab(check: str, convention: str) -> Fit:
    """TIACs that give the 25 organ doses of 89Zr-trastuzumab but the lower large intestine, by a convention.

    Parameters
    ----------
    check : name of the case's consistency check, e.g. "adult male" or "8:2".
    """
    case = read_cases()[YARDSTICK]
    how = check_of(case, check)
    bodies = {p: dose_per_h(case.nuclide, p, tuple(how.sources), convention=convention) for p in how.phantoms}
    return fit(case.organ_doses(), weighted(bodies, how.phantoms, how.only), [INTESTINE])


def trastuzumab_rows() -> list[list[str]]:
    """Check, convention, organs, rms, osteogenic cells, small intestine, largest residual."""
    rows = []
    for check in ("adult male", "8:2", "8:2, OLINDA masses"):
        for convention in (OWN, OLINDA):
            found = trastuzumab(check, convention)
            off = {t: found.residual_percent[t] for t in found.used}
            worst = max(off, key=lambda t: abs(off[t]))
            rows.append(
                [
                    check, convention, str(len(found.used)), f"{found.rms_percent:.2f} %",
                    f"{found.predicted[BONE_SURFACE]:.3f} ({off[BONE_SURFACE]:+.1f} %)",
                    f"{off['small intestine']:+.1f} %", f"{worst} {off[worst]:+.1f} %",
                ]
            )  # fmt: skip
    return rows


@cache
def published() -> list[dict[str, Any]]:
    """The published doses of osteogenic_cells.toml."""
    text = (Path(__file__).parent / "osteogenic_cells.toml").read_text()
    return list(tomllib.loads(text)["published"])


def predicted(entry: Mapping[str, Any], convention: str) -> tuple[float, float]:
    """Dose to osteogenic cells, mGy/MBq, and rms of the other organs' relative residuals, per cent."""
    tiac = entry.get("tiac_h")
    sources = tuple(tiac or entry["sources"])
    matrix = dose_per_h(entry["nuclide"], entry["phantom"], sources, convention=convention)
    doses = {t: d for t, d in entry["dose"].items() if t in matrix.index}
    left_out = {BONE_SURFACE, "red marrow"} if tiac else {BONE_SURFACE, *entry["left_out"]}
    if tiac is None:
        found = fit(doses, matrix, left_out)
        return found.predicted[BONE_SURFACE], found.rms_percent
    ours = matrix @ pd.Series(tiac)
    off = np.array([ours[t] / d - 1.0 for t, d in doses.items() if t not in left_out])
    return float(ours[BONE_SURFACE]), float(100.0 * np.sqrt(np.mean(off**2)))


def tracer_rows() -> list[list[str]]:
    """Tracer, TIACs, rms of the other organs, published, by both conventions, ratios."""
    rows = []
    for entry in published():
        theirs = entry["dose"][BONE_SURFACE]
        (own, rms), (olinda, _) = (predicted(entry, c) for c in (OWN, OLINDA))
        rows.append(
            [
                entry["name"], "the paper's" if "tiac_h" in entry else "fitted",
                f"{rms:.1f} %", f"{theirs:.3g}",
                f"{own:.3g} ({own / theirs:.2f})", f"{olinda:.3g} ({olinda / theirs:.2f})",
            ]
        )  # fmt: skip
    return rows


def saf_ratios(folder: Path = FOLDER, convention: str = OLINDA) -> pd.DataFrame:
    """Our photon SAFs over the published of 1987, to osteogenic cells and from contents to small intestine.

    Returns
    -------
    DataFrame with columns body, source, target, keV, ratio; pairs that were not scored are left out.
    """
    rows = []
    for body in BODIES:
        library, published = with_convention(load_phantom(body), convention), published_safs(body, folder)
        for source, target in published:
            if target == BONE_SURFACE:
                rows += [
                    {"body": body, "source": source, "target": target, "keV": energy * 1e3, "ratio": ratio}
                    for energy in published[source, target]
                    for ratio in ratios(library, published, [(source, target)], [energy])
                ]
    return pd.DataFrame(rows)


def saf_rows(folder: Path = FOLDER) -> list[list[str]]:
    """keV, number of pairs, median ratio and 16 to 84 % by OLINDA's convention, median by ICRP 116."""
    theirs, own = (saf_ratios(folder, c) for c in (OLINDA, OWN))
    rows = []
    for keV, group in theirs.groupby("keV"):
        ratio, plain = group.ratio, own[own.keV == keV].ratio
        spread = f"{ratio.quantile(0.16):.2f} to {ratio.quantile(0.84):.2f}"
        rows.append([f"{keV:g}", str(len(ratio)), f"{ratio.median():.3f}", spread, f"{plain.median():.3f}"])
    return rows


def all_tables() -> dict[str, str]:
    """Mark in the page -> its table; without the SAFs of 1987 the last one is absent."""
    head = [
        "bodies",
        "convention",
        "organs",
        "rms",
        "osteogenic cells (published 0.50)",
        "small intestine",
        "worst",
    ]
    made = {"osteogenic-trastuzumab": table(head, trastuzumab_rows())}
    head = ["tracer", "TIACs", "rms of the others", "published", f"{OWN} (ratio)", f"{OLINDA} (ratio)"]
    made["osteogenic-tracers"] = table(head, tracer_rows())
    if FOLDER.is_dir():
        head = ["keV", "pairs", f"{OLINDA}: median", "16 to 84 %", f"{OWN}: median"]
        made["osteogenic-safs"] = table(head, saf_rows())
    return made


def main() -> None:
    """Print the tables, or with --write put them into docs/dosimetry.md."""
    tables = all_tables()
    if "--write" in sys.argv:
        splice(PAGE, tables)
    else:
        print("\n\n".join(tables.values()))


if __name__ == "__main__":
    main()
