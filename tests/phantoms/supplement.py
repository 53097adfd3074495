"""A made-up supplement in the layout of ICRP 133: small, symmetric, and nothing of ICRP's in it."""

from __future__ import annotations

import math
from pathlib import Path

from phantoms.library.icrp133.files import GRIDS

SOLID = {
    "Liver": 2.0, "Kidneys": 0.4, "Spleen": 0.2, "Pancreas": 0.15, "Adrenals": 0.02, "Ht-wall": 0.35,
    "Brain": 1.5, "Thyroid": 0.02, "Thymus": 0.025, "Muscle": 29.0,
}  # fmt: skip
PARTS = (
    "RC-stem", "LC-stem", "RS-stem", "Bronch-bas", "Bronch-sec", "Bchiol-sec", "AI", "ET1-bas", "ET2-bas",
)  # fmt: skip
LUNG_LAYERS = ("Bronch-bas", "Bronch-sec", "Bchiol-sec", "AI")
NODES = ("LN-ET", "LN-Th", "LN-Sys")
TARGETS = {
    **SOLID,
    **dict.fromkeys(PARTS, 0.001),
    **dict.fromkeys(NODES, 0.02),
    "Prostate": 0.017,
    "Uterus": 0.08,
}
CONTENTS = ("RC-cont", "LC-cont", "RS-cont", "RC-wall", "LC-wall", "RS-wall")
#: Masses of the sources are without blood: a tenth less.
SOURCES = {
    **{n: 0.9 * m for n, m in SOLID.items()}, **dict.fromkeys(NODES, 0.02), **dict.fromkeys(CONTENTS, 0.1),
    "Prostate": 0.017, "Uterus": 0.08, "Lungs": 1.2, "Lung-Tis": 0.5, "Blood": 5.0, "T-bone-S": 0.0,
}  # fmt: skip
NOT_FLAGGED = {"RC-cont", "LC-cont", "RS-cont", "Lungs", "Blood", "T-bone-S"}
LACKS = {"male": "Uterus", "female": "Prostate"}
NUCLIDES = ("Cf-252", "Cm-248")


def _mass(region: str, sex: str, table: dict[str, float]) -> float:
    return 0.0 if LACKS[sex] == region else table[region]


def region_list(kind: str) -> str:
    table = TARGETS if kind == "target" else SOURCES
    lines = [
        f"{kind.capitalize()} Regions",
        "made up",
        " #  Mass (kg)",
        f"{len(table)}   Male    ID  Female  ID",
    ]
    lines.append("-" * 35)
    for region in table:
        cells = [region.ljust(11)]
        for sex in ("male", "female"):
            mass = _mass(region, sex, table)
            cells.append(f"{mass:.3E}")
            if kind == "source":
                cells.append("1" if mass > 0 and region not in NOT_FLAGGED else "0")
        lines.append(" ".join(cells))
    return "\n".join([*lines, "-" * 35, ""])


def saf(kind: str, sex: str, target: str, source: str, energy_MeV: float) -> float:
    """SAF by a rule that is symmetric for photons and complete for soft electrons and alphas."""
    if LACKS[sex] in (target, source):
        return 0.0
    near = 1.0 / _mass(target, sex, TARGETS)
    if source == "Lungs" and kind == "alpha":
        return 0.0  # as in ICRP's files
    if source == "Lung-Tis" and kind != "photon" and target in LUNG_LAYERS:
        return 1.0 / _mass(source, sex, SOURCES)  # as much in every layer of the lungs as in their tissue
    if kind == "photon":
        return near if target == source else 0.01 * energy_MeV / (1.0 + energy_MeV)
    if target == source:
        return near * math.exp(-energy_MeV / 20.0)
    return 0.0 if energy_MeV < 1.0 else 1e-5 * energy_MeV


def saf_file(kind: str, sex: str) -> str:
    grid = GRIDS.get(kind, ())
    head = f"{len(TARGETS):4d}{len(SOURCES):4d}      "
    if kind == "neutron":
        title = "Neutrons   " + " ".join(NUCLIDES) + "  |"
        head += " w_R =  " + " ".join("17.0" for _ in NUCLIDES)
    else:
        title = f"{kind.capitalize()}s |"
        head += " ".join(f"{e:g}" for e in grid) + "  Ecutoff  ID|"
    lines = [
        "Specific absorbed fractions of energy (1/kg)  2026-01-01",
        f"Made-up adult {sex} |",
        title,
        head,
        "-" * 90,
    ]
    for source in SOURCES:
        for target in TARGETS:
            if kind == "neutron":
                values, tail = [0.01 for _ in NUCLIDES], ""
            else:
                values = [saf(kind, sex, target, source, e) for e in grid]
                first = next((i for i, v in enumerate(values) if v > 0), 0)
                tail = f"  {grid[first]:.3f}  {first}"
            lines.append(f"{target:<10}<-{source:<11}" + " ".join(f"{v:.4E}" for v in values) + tail)
    return "\n".join([*lines, ""])


def write(folder: Path) -> Path:
    """Write the whole made-up supplement and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for sex, letters in (("male", "am"), ("female", "af")):
        for kind in ("photon", "electron", "alpha", "neutron"):
            (folder / f"rcp-{letters}_{kind}_2026-01-01.SAF").write_text(saf_file(kind, sex))
    (folder / "torgans_2026-01-01.NDX").write_text(region_list("target"))
    (folder / "sregions_2026-01-01.NDX").write_text(region_list("source"))
    return folder
