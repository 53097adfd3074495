"""Made-up patients: the reference man with organs that are larger or elsewhere, and his dose by three ways.

"reference": by the reference man's S values. "mass scaling": by those with the patient's organ masses, as
this program (and OLINDA) scales doses of regions to themselves. "own body": by S values of the patient's own
voxels, as ``milligray phantoms voxels`` makes them. All three are made in voxels of one grid, the reference
man's too, so they differ by anatomy alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dosimetry.doses.absorbed import absorbed_dose
from dosimetry.doses.result import DoseResult
from dosimetry.svalues.voxel_bodies import patient_library
from phantoms.bodies.stylised.body import load_body
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import TARGETS
from phantoms.voxels.body import TOTAL_BODY, VoxelBody
from phantoms.voxels.stylised import Change, voxelised
from validation.voxel_bodies.stylised_male import TILTED

NUCLIDE, BODY, WIDTH_MM = "Zr-89", "adult male", 4.0
#: h; about the mean of the men of examples/zr89-trastuzumab, who are simulated.
TIAC_H: dict[str, float] = {
    "liver": 11.9, "kidneys": 1.34, "spleen": 0.80, "lungs": 4.3, "heart contents": 3.9, "red marrow": 3.1,
    "remainder": 68.6,
}  # fmt: skip
CHANGED = ("liver", "spleen", "kidneys")
DOWN_CM = (0.0, 0.0, -3.0)
PATIENTS: dict[str, dict[str, Change]] = {
    "30 % larger": {r: Change(1.3) for r in CHANGED},
    "3 cm lower": {r: Change(1.0, DOWN_CM) for r in CHANGED},
    "larger and lower": {r: Change(1.3, DOWN_CM) for r in CHANGED},
}
#: Lowest photon energy that is followed, MeV; what is below stays where it is emitted, as in the library.
SOFT_MEV = 0.01


@dataclass(frozen=True)
class ThreeWays:
    """One patient's doses, mGy/MBq by target: in his own body, in the reference's, and scaled by mass."""

    own: DoseResult
    reference: DoseResult
    scaled: DoseResult
    mass_kg: Mapping[str, float]

    def off(self, way: DoseResult, target: str) -> float:
        """How far a dose is from that in the own body, as a share of it."""
        return float(way[target] / self.own[target] - 1.0)

    def se(self, target: str) -> float:
        """Relative standard error of such a difference by statistics: both doses' own."""
        return float(np.hypot(_relative_se(self.own, target), _relative_se(self.reference, target)))


def doses(
    precision: float, most_histories: int, *, body: str = BODY, width_mm: float = WIDTH_MM, workers: int = 1,
    patients: Mapping[str, Mapping[str, Change]] = PATIENTS, tiac_h: Mapping[str, float] = TIAC_H,
) -> dict[str, ThreeWays]:  # fmt: skip
    """Every patient's doses by the three ways; precision and histories: see ``patient_library``."""
    stylised = load_body(body)
    sources = [s for s in tiac_h if s != "remainder"]

    def library(changes: Mapping[str, Change] | None) -> tuple[SafLibrary, VoxelBody]:
        voxels = voxelised(stylised, width_mm, changes, tilt_degrees=TILTED)
        made = patient_library(
            voxels, NUCLIDE, sources=sources, precision=precision, most_histories=most_histories,
            workers=workers,
        )  # fmt: skip
        return made, voxels

    reference, _ = library(None)
    found = {}
    for name, changes in patients.items():
        own, voxels = library(changes)
        masses = {r: voxels.mass_kg[r] for r in changes}
        found[name] = ThreeWays(
            absorbed_dose(tiac_h, NUCLIDE, own), absorbed_dose(tiac_h, NUCLIDE, reference),
            absorbed_dose(tiac_h, NUCLIDE, reference, organ_mass_kg=masses), masses,
        )  # fmt: skip
    return found


def draw(path: Path, found: Mapping[str, ThreeWays]) -> None:
    """How far both ways are from the dose in the own body, organ by organ, a panel a patient."""
    from matplotlib.figure import Figure

    from milligray.figures.files import DPI, write_figure
    from milligray.figures.look import FAINT, common_look
    from milligray.figures.styles import COLOURS

    targets = order(found)
    with common_look():
        figure = Figure(figsize=(7.2, 5.4), dpi=DPI, layout="constrained")
        panels = np.atleast_1d(figure.subplots(1, len(found), sharey=True, sharex=True))
        places = np.arange(len(targets))[::-1]
        for axes, (name, ways) in zip(panels, found.items(), strict=True):
            axes.axvspan(-5, 5, color="#E4EDF4", zorder=0)
            axes.axvline(0, color=FAINT, linewidth=0.8)
            before = [100 * ways.off(ways.reference, t) for t in targets]
            after = [100 * ways.off(ways.scaled, t) for t in targets]
            axes.hlines(places, before, after, color=FAINT, linewidth=0.8)
            axes.plot(before, places, "o", color=COLOURS[1], markersize=4, label="reference body")
            axes.plot(
                after, places, "D", color=COLOURS[0], markersize=3.5, markerfacecolor="white",
                label="with mass scaling",
            )  # fmt: skip
            axes.set_title(f"liver, spleen, kidneys\n{name}", fontsize="medium")
            axes.set_yticks(places, targets)
        panels[len(panels) // 2].set_xlabel("dose over that in the patient's own body, less 1, %")
        panels[-1].legend(loc="lower right", fontsize="small")
        write_figure(figure, path.with_suffix(""))


def _relative_se(doses: DoseResult, target: str) -> float:
    assert doses.se_from_saf_mGy_per_MBq is not None
    return float(doses.se_from_saf_mGy_per_MBq[doses.targets.index(target)]) / doses[target]


def order(found: Mapping[str, ThreeWays]) -> list[str]:
    """Targets of the table and the figure: the changed organs, then by how far the reference is off."""
    apart = (*CHANGED, TOTAL_BODY, "osteogenic cells")
    rest = [t for t in next(iter(found.values())).own if t in TARGETS and t not in apart]
    worst = {t: max(abs(w.off(w.reference, t)) for w in found.values()) for t in rest}
    return [*CHANGED, *sorted(rest, key=lambda t: -worst[t])]
