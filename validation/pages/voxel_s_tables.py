"""Tables of docs/patient-body.md on voxel S values in endless tissue, and on bremsstrahlung."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from dosimetry.nuclides.nuclide import nuclide
from phantoms.voxels.kernels.point import bremsstrahlung_share
from validation.report.markdown import table
from validation.voxel_bodies import voxel_s, voxel_s_causes

SLOWING = ("Y-90", "Re-188", "P-32", "Ho-166", "Zr-89", "I-131", "Lu-177")
#: Nuclides and widths (mm) whose photons' voxels are made by a walk too.
WALKED = (("I-131", 3.0), ("I-131", 4.8), ("Lu-177", 3.0), ("Lu-177", 4.8))
#: What a voxel's value is made of, in the table of offsets.
MARKS = {"photons": "", "bremsstrahlung": "", "mixed": " m", "electrons": " e"}


def tables(path: Path, histories: int) -> dict[str, str]:
    """By name of the mark: summary, offset by offset, by a walk, what it depends on, bremsstrahlung."""
    found = voxel_s.compared(path, histories=histories)
    return {
        "voxel-s": summary(found),
        "voxel-s-offsets": by_offset(found),
        "voxel-s-walk": by_a_walk(histories),
        "voxel-s-causes": causes(voxel_s_causes.causes(path, histories=histories, walks=histories)),
        "bremsstrahlung": bremsstrahlung(),
    }


def summary(found: pd.DataFrame) -> str:
    """By what makes 99 % of the voxel: mean ratio, least and largest, how many within 1 %."""
    rows = []
    for r in voxel_s.summary(found).to_dict("records"):
        of = ["nuclide", "voxel_mm", "main"]
        same = (found[of] == [r[key] for key in of]).all(axis=1)
        within = float(np.mean(np.abs(found["ratio"][same] - 1.0) <= 0.01))
        rows.append(
            (
                str(r["nuclide"]), f"{r['voxel_mm']:g}", str(r["main"]), str(r["count"]), f"{r['mean']:.3f}",
                f"{r['min']:.3f} to {r['max']:.3f}", f"{100 * within:.0f}",
            )
        )  # fmt: skip
    heads = ("nuclide", "voxels, mm", "from", "offsets", "mean ratio", "least to largest", "within 1 %, %")
    return table(heads, rows)


def by_offset(found: pd.DataFrame) -> str:
    """Ratio of each offset in each published table."""
    columns = list(dict.fromkeys(zip(found["nuclide"], found["voxel_mm"], strict=True)))
    rows = []
    for (i, j, k), part in found.groupby(["i", "j", "k"], sort=False):
        at = part.set_index(["nuclide", "voxel_mm"])
        row = [f"{i} {j} {k}"]
        row += [f"{at.loc[c, 'ratio']:.3f}{MARKS[str(at.loc[c, 'main'])]}" for c in columns]
        rows.append((sum(int(n) ** 2 for n in row[0].split()), tuple(row)))
    rows.sort(key=lambda r: r[0])
    return table(("offset", *(f"{n}, {w:g} mm" for n, w in columns)), [r for _, r in rows])


def by_a_walk(histories: int) -> str:
    """Photons' voxels by the walk of photons over those by the kernel."""
    rows = []
    for name, width in WALKED:
        photon = nuclide(name).photon
        mean, error, largest = voxel_s_causes.by_a_walk(
            photon.energy_MeV, photon.energy_per_decay_MeV, width, histories=histories, walks=histories
        )
        rows.append((name, f"{width:g}", f"{100 * mean:+.2f}", f"{100 * error:.2f}", f"{largest:.1f}"))
    heads = ("nuclide", "voxels, mm", "mean difference, %", "standard error, %", "largest of 56, in its s.e.")
    return table(heads, rows)


def causes(found: pd.DataFrame) -> str:
    """Mean ratio, and share of the offsets within 1 % in per cent, with one thing changed."""
    of = ["nuclide", "voxel_mm", "radiation"]
    columns = list(dict.fromkeys(found[of].itertuples(index=False, name=None)))
    at = found.set_index(["what", *of])
    rows = []
    for what in dict.fromkeys(found["what"]):
        row = [str(what)]
        for column in columns:
            one = at.loc[(what, *column)] if (what, *column) in at.index else None
            row.append("" if one is None else f"{one['mean']:.3f} ({100 * one['within']:.0f})")
        rows.append(tuple(row))
    heads = [f"{n}, {w:g} mm" + ("" if r == "photons" else ", electrons") for n, w, r in columns]
    return table(("changed", *heads), rows)


def bremsstrahlung() -> str:
    """Share of a nuclide's electrons' energy that leaves as bremsstrahlung."""
    rows = []
    for name in SLOWING:
        electron = nuclide(name).electron
        share = bremsstrahlung_share(electron.energy_MeV, electron.energy_per_decay_MeV)
        rows.append((name, f"{100 * share:.3f}", f"{1e3 * share * electron.total_MeV:.2f}"))
    return table(("nuclide", "share, %", "keV per decay"), rows)
