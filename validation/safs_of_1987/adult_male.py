"""Our adult male against the published SAFs of 1987, and the S values of 89Zr folded from both.

Run: python -m validation.safs_of_1987.adult_male [PATH of adult_male_photon_saf_per_g.csv] [--write]

The published SAFs (M. Cristy and K. F. Eckerman, ORNL/TM-8381, 1987) are printed with two digits. A far
pair, under about 3e-6 per g, was filled by approximation then; such pairs are reported and not judged.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from dosimetry import s_values
from phantoms import PhantomError, SafLibrary, SafTable, load_phantom
from phantoms.regions.names import resolve
from validation.report.markdown import splice, table

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/phantoms.md"
DEFAULT = ROOT.parent / "shared/data/ornl1987/adult_male_photon_saf_per_g.csv"
LARGE_PER_G = 3e-6  #: pairs above this are not filled by approximation

#: S values that are compared, target and source.
S_PAIRS = (
    ("liver", "liver"), ("kidneys", "kidneys"), ("lungs", "lungs"), ("thyroid", "thyroid"),
    ("heart wall", "heart contents"), ("red marrow", "total body"), ("osteogenic cells", "total body"),
    ("total body", "total body"), ("liver", "total body"), ("muscle", "total body"), ("red marrow", "liver"),
    ("pancreas", "liver"), ("adrenals", "kidneys"), ("spleen", "kidneys"), ("stomach wall", "heart contents"),
    ("lungs", "liver"),
)  # fmt: skip


def read_published(path: Path) -> pd.DataFrame:
    """Columns source, target (canonical names), energy_MeV, published (1/kg)."""
    table = pd.read_csv(path, comment="#").melt(["source", "target"], var_name="energy", value_name="per_g")
    library = load_phantom("adult male")
    table["source"] = [library.source(s.replace("_", " ")) for s in table.source]
    table["target"] = [
        resolve(t.replace("_", " "), library.targets, kind="target region") for t in table.target
    ]
    table["energy_MeV"] = table.energy.str.removesuffix("_MeV").astype(float)
    table["published"] = table.per_g * 1e3
    return table.drop(columns=["energy", "per_g"])


def compare(published: pd.DataFrame, library: SafLibrary) -> pd.DataFrame:
    """Add our SAF (1/kg), its relative standard error, how it was had, and the ratio ours/published."""
    photons = library.table("photon")
    assert photons.relative_se is not None and photons.method is not None
    index = (
        [library.targets.index(t) for t in published.target],
        [library.sources.index(s) for s in published.source],
        [int(np.argmin(abs(photons.energy_MeV - e))) for e in published.energy_MeV],
    )
    found = published.assign(
        ours=photons.saf_per_kg[index], relative_se=photons.relative_se[index], method=photons.method[index]
    )
    found["ratio"] = found.ours / found.published.where(found.published > 0)
    found["own"] = found.source == found.target
    return found


def summary(compared: pd.DataFrame) -> pd.DataFrame:
    """Median ratio, spread, and share of the large pairs within 5 and 10 %, by energy; self and cross."""
    bone = compared.target.isin(["red marrow", "osteogenic cells"])
    body = (compared.source == "total body") | (compared.target == "total body")
    large = compared.published > LARGE_PER_G * 1e3
    kinds = {
        "self": compared[large & compared.own & ~body],
        "cross": compared[large & ~compared.own & ~bone & ~body],
        "total body as source": compared[large & ~bone & (compared.source == "total body")],
        "red marrow": compared[large & (compared.target == "red marrow")],
        "osteogenic cells": compared[large & (compared.target == "osteogenic cells")],
    }
    rows = []
    for energy in sorted(compared.energy_MeV.unique()):
        for kind, pairs in kinds.items():
            ratio = pairs[pairs.energy_MeV == energy].ratio
            if ratio.empty:
                continue
            off = (ratio - 1.0).abs()
            rows.append(
                {
                    "keV": energy * 1e3,
                    "pairs": kind,
                    "n": len(ratio),
                    "median": ratio.median(),
                    "16 %": ratio.quantile(0.16),
                    "84 %": ratio.quantile(0.84),
                    "within 5 %": (off <= 0.05).mean() * 100,
                    "within 10 %": (off <= 0.10).mean() * 100,
                }
            )
    return pd.DataFrame(rows)


def library_with_published_photons(published: pd.DataFrame, library: SafLibrary) -> SafLibrary:
    """The body with the published photon SAFs for the sources that they cover, and our electrons."""
    sources = tuple(dict.fromkeys(published.source))
    energies = np.sort(published.energy_MeV.unique())
    cube = (
        published.set_index(["target", "source", "energy_MeV"])
        .published.reindex(pd.MultiIndex.from_product([library.targets, sources, energies]))
        .to_numpy()
        .reshape(len(library.targets), len(sources), energies.size)
    )
    if np.isnan(cube).any():
        raise PhantomError("the published table lacks a pair or an energy")
    pick = [library.sources.index(s) for s in sources]
    electrons = library.table("electron")
    return SafLibrary(
        "adult male, photons of 1987", library.sex, library.targets, sources, library.target_mass_kg,
        {s: library.source_mass_kg[s] for s in sources},
        {
            "photon": SafTable(energies, cube),
            "electron": SafTable(electrons.energy_MeV, electrons.saf_per_kg[:, pick]),
        },
    )  # fmt: skip


def compare_s(published: pd.DataFrame, library: SafLibrary, nuclide: str = "Zr-89") -> pd.DataFrame:
    """S values in mGy/(MBq.s) with our photon SAFs and with the published ones; the electrons are ours."""
    ours = s_values(nuclide, library)
    theirs = s_values(nuclide, library_with_published_photons(published, library))
    rows = [
        {"target": t, "source": s, "ours": ours.loc[t, s], "from 1987": theirs.loc[t, s]} for t, s in S_PAIRS
    ]
    table = pd.DataFrame(rows)
    table["difference %"] = 100.0 * (table["ours"] / table["from 1987"] - 1.0)
    return table


def frame_table(frame: pd.DataFrame, formats: dict[str, str]) -> str:
    """A frame as a table in Markdown, numbers in the format of their column."""
    rows = [
        [format(row[c], formats.get(c, "")) if row[c] == row[c] else "no value" for c in frame.columns]
        for _, row in frame.iterrows()
    ]
    return table([str(c) for c in frame.columns], rows)


def all_tables(published: pd.DataFrame, library: SafLibrary) -> dict[str, str]:
    """Mark in the page -> its table."""
    compared = compare(published, library)
    three = dict.fromkeys(("median", "16 %", "84 %"), ".3f")
    whole = dict.fromkeys(("keV", "n", "within 5 %", "within 10 %"), ".0f")
    own = compared[compared.own & (compared.energy_MeV >= 0.03)].assign(keV=lambda t: t.energy_MeV * 1e3)
    own = own.pivot_table(index="source", columns="keV", values="ratio").reset_index()
    own.columns = [c if isinstance(c, str) else f"{c:.0f} keV" for c in own.columns]
    off = compared[
        (compared.published > LARGE_PER_G * 1e3)
        & compared.energy_MeV.isin([0.1, 0.5])
        & ((compared.ratio - 1).abs() > 0.1)
    ]
    columns = ["source", "target", "energy_MeV", "ours", "relative_se", "published", "ratio"]
    small = {"ours": ".3e", "relative_se": ".3f", "published": ".2e", "ratio": ".2f", "energy_MeV": "g"}
    s_table = compare_s(published, library)
    return {
        "saf-summary": frame_table(summary(compared), {**three, **whole}),
        "saf-self": frame_table(own, {c: ".3f" for c in own.columns if c != "source"}),
        "saf-outliers": frame_table(off[columns], small),
        "s-values": frame_table(s_table, {"ours": ".3e", "from 1987": ".3e", "difference %": "+.1f"}),
    }


def main() -> None:
    """Print the tables, or with --write put them into docs/phantoms.md."""
    arguments = [a for a in sys.argv[1:] if a != "--write"]
    path = Path(arguments[0]) if arguments else DEFAULT
    if not path.is_file():
        raise SystemExit(f"{path}: no such file; the published SAFs are not part of this project")
    tables = all_tables(read_published(path), load_phantom("adult male"))
    if "--write" in sys.argv:
        splice(PAGE, tables)
    else:
        print("\n\n".join(f"{name}\n\n{content}" for name, content in tables.items()))


if __name__ == "__main__":
    main()
