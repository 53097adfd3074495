"""Dose of the urinary bladder's wall from contents whose volume grows, beside that of the body's own volume.

MIRD Pamphlet 14 revised (Thomas et al., J Nucl Med 1999;40(4 Suppl):102S-123S) takes a sphere of contents
that grows with the flow of urine, and the dose at the surface of its wall. Here the S value of the body, wall
from contents, goes with the volume V from the body's own contents, for which it holds:

- electrons and alphas as 1/V. In a stylised body they are half the dose in the contents, 1/(2 m) of the
  energy emitted; in ICRP's bodies what reaches the basal cells, which goes with the concentration too;
- photons, each of its energy, as f(R)/V: f is the dose at the surface of a sphere of radius R over that in
  an endless medium (:mod:`phantoms.spheres.surface`).

The wall's dose is the integral over time of the activity in the contents times S at that time.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry.bladder.method import BLADDER
from dosimetry.bladder.volume import MOST_ML, BladderVolume
from dosimetry.errors import DosimetryError
from dosimetry.nuclides.left_out import left_out_note
from dosimetry.nuclides.nuclide import Nuclide, nuclide
from dosimetry.svalues.folding import KINDS, SArrays, mGy_kg_per_MBq_s_MeV, s_arrays, spectra
from dosimetry.svalues.one_spectrum import lowest_photon_MeV
from dosimetry.svalues.patient_masses import reference_kg
from kinetics.excretion.emptying import Emptying
from kinetics.excretion.voided import Contents
from phantoms.library.saf import SafLibrary
from phantoms.spheres.self_dose import radius_g_per_cm2
from phantoms.spheres.surface import surface_fraction

WALL = "urinary bladder wall"
#: Density of soft tissue in the stylised bodies (ORNL/TM-8381), which their contents of the bladder have too.
DENSITY_G_PER_ML = 1.04
SECONDS_PER_H = 3600.0
#: Time is integrated until contents have fallen by exp of this; the rest is less than 1e-10 of the whole.
FALLEN = 25.0
#: Volumes between which S of photons is interpolated, and nodes of Gauss-Legendre quadrature.
VOLUMES, NODES = 48, 16
#: Shares of activity and of volume that stay after a void may differ by so much before it is said.
SHARE_APART = 0.05
#: Most intervals between voids that are followed.
MOST_INTERVALS = 20_000


@dataclass(frozen=True)
class WallDose:
    """Dose of the bladder's wall from its contents.

    dynamic_mGy_per_MBq : kind of radiation -> with the volume that grows.
    static_mGy_per_MBq : the same with the body's own volume, TIAC x S.
    tiac_h : of the contents, h.
    reference_mL : the body's own volume of contents.
    smallest_mL, largest_mL : of the volumes that there were, while there was activity.
    notes : what a reader should know, one sentence each.

    Examples
    --------
    >>> WallDose("F-18", "a body", {"photon": 0.5, "electron": 1.0}, {"photon": 0.25, "electron": 0.5},
    ...          0.25, 200.0, 10.0, 220.0).ratio
    2.0
    """

    nuclide: str
    body: str
    dynamic_mGy_per_MBq: Mapping[str, float]
    static_mGy_per_MBq: Mapping[str, float]
    tiac_h: float
    reference_mL: float
    smallest_mL: float
    largest_mL: float
    notes: tuple[str, ...] = ()

    @property
    def dynamic_total_mGy_per_MBq(self) -> float:
        """All kinds of radiation, with the volume that grows."""
        return math.fsum(self.dynamic_mGy_per_MBq.values())

    @property
    def static_total_mGy_per_MBq(self) -> float:
        """All kinds of radiation, with the body's own volume."""
        return math.fsum(self.static_mGy_per_MBq.values())

    @property
    def ratio(self) -> float:
        """Dynamic over static."""
        return self.dynamic_total_mGy_per_MBq / self.static_total_mGy_per_MBq


def wall_dose(
    contents: Contents,
    volume: BladderVolume,
    of: str | Nuclide,
    body: str | SafLibrary,
    *,
    daughters: str = "none",
    density_g_per_mL: float = DENSITY_G_PER_ML,
) -> WallDose:
    """Dose of the bladder's wall from contents that grow, and from the body's own volume, mGy/MBq.

    What other source regions bring to the wall is not in it.

    Parameters
    ----------
    contents : filled by exponentials and voided at times, fractions of the administered activity.
    volume : of the contents.
    of : the nuclide; its decay constant is that of ``contents``.
    body : a phantom's name or SAF library, e.g. "adult male".
    daughters : "none" or "equilibrium", as in :func:`dosimetry.absorbed_dose`.
    density_g_per_mL : of urine, which makes the body's reference mass a volume.

    Raises
    ------
    DosimetryError : contents that are emptied continuously; another decay constant; nothing
        that enters; a body without the wall, the contents or their mass; volumes above 4000 mL.

    Examples
    --------
    >>> from dosimetry import nuclide
    >>> from kinetics import Contents, Emptying, Inflow
    >>> fdg = Inflow.of_half_lives([0.06, 0.18], [0.20, 1.5])
    >>> contents = Contents(fdg, Emptying(every_h=3.5), nuclide("F-18").lambda_per_h)
    >>> volume = BladderVolume(after_void_mL=10.0, flow_mL_per_h=60.0)
    >>> found = wall_dose(contents, volume, "F-18", "adult male")
    >>> round(found.static_total_mGy_per_MBq, 3), found.ratio > 1.0
    (0.12, True)
    """
    n, emptied = nuclide(of), contents.emptied
    if not isinstance(emptied, Emptying):
        raise DosimetryError(
            "a volume that grows between voids needs times of voids; these contents are emptied continuously"
        )
    if not math.isclose(contents.lambda_phys_per_h, n.lambda_per_h, rel_tol=1e-6):
        raise DosimetryError(
            f"the contents decay with {contents.lambda_phys_per_h:g}/h, {n.name} with {n.lambda_per_h:g}/h"
        )
    if not (math.isfinite(density_g_per_mL) and 0.9 <= density_g_per_mL <= 1.2):
        raise DosimetryError(f"density of urine is {density_g_per_mL:g} g/mL; 0.9 to 1.2 is allowed")
    if not contents.tiac_h > 0.0:
        raise DosimetryError("nothing enters the bladder, so its contents give no dose")
    s = s_arrays(n, body, daughters=daughters)
    at = _pair(s.library)
    reference_kg_ = reference_kg(s.library, BLADDER)
    if not reference_kg_ > 0.0:
        raise DosimetryError(f"phantom '{s.library.phantom}' has no mass of the {BLADDER}")
    reference_mL = reference_kg_ * 1e3 / density_g_per_mL
    time_h, weight_h, starts, voids = _nodes(contents, emptied, volume)
    activity, size_mL = contents.at(time_h), volume.at(time_h, starts)
    largest = float(size_mL.max(initial=0.0))
    if largest > MOST_ML:
        raise DosimetryError(
            f"the bladder's contents grow to {largest:.4g} mL; at most {MOST_ML:g} is followed: void more"
            " often, or look at the flow"
        )
    held_h = weight_h * activity
    dynamic = {
        kind: SECONDS_PER_H * float(s.value[kind][at] * (held_h @ (reference_mL / size_mL)))
        for kind in KINDS if kind != "photon"
    }  # fmt: skip
    dynamic["photon"] = SECONDS_PER_H * float(
        held_h @ _photons(s, n, daughters, at, size_mL, reference_mL, density_g_per_mL)
    )
    tiac_h = contents.tiac_h
    return WallDose(
        n.name,
        s.library.phantom,
        {kind: dynamic[kind] for kind in KINDS},
        {kind: SECONDS_PER_H * tiac_h * float(s.value[kind][at]) for kind in KINDS},
        tiac_h,
        reference_mL,
        float(size_mL.min()),
        largest,
        tuple(filter(None, (left_out_note(s.nuclide, daughters), *_notes(emptied, volume, starts, voids)))),
    )


def _pair(library: SafLibrary) -> tuple[int, int]:
    """Where the wall and the contents stand among the body's targets and sources."""
    for name, names in ((WALL, library.targets), (BLADDER, library.sources)):
        if name not in names:
            raise DosimetryError(f"phantom '{library.phantom}' has no region '{name}'")
    return library.targets.index(WALL), library.sources.index(BLADDER)


def _photons(
    s: SArrays,
    n: Nuclide,
    daughters: str,
    at: tuple[int, int],
    size_mL: NDArray[np.float64],
    reference_mL: float,
    density: float,
) -> NDArray[np.float64]:
    """(N,) S of photons, wall from contents, mGy/(MBq.s), at volumes (N,)."""
    table = s.library.table("photon")
    photon = spectra(n, daughters)["photon"].between(lowest_photon_MeV(s.library))
    if not photon.energy_MeV.size:
        return np.zeros(size_mL.size)
    each = table.fold_each(photon.energy_MeV, photon.energy_per_decay_MeV)[at]
    low, high = float(size_mL.min()), float(size_mL.max())
    grid = np.geomspace(low * 0.999, high * 1.001, VOLUMES)

    def surface(volume_mL: float) -> NDArray[np.float64]:
        radius = radius_g_per_cm2(volume_mL * density * 1e-3, density)
        return surface_fraction("photon", photon.energy_MeV, radius) / volume_mL

    own = surface(reference_mL)
    folded = mGy_kg_per_MBq_s_MeV() * np.array([each @ (surface(v) / own) for v in grid])
    if not folded.all():  # no photon reaches the wall
        return np.zeros(size_mL.size)
    from scipy.interpolate import PchipInterpolator

    curve = PchipInterpolator(np.log(grid), np.log(folded))
    found: NDArray[np.float64] = np.exp(curve(np.log(size_mL)))
    return found


def _nodes(
    contents: Contents, emptied: Emptying, volume: BladderVolume
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Nodes and weights in h of a quadrature over all time, when filling began, and the voids.

    After a void both activity and volume begin anew, so that intervals between voids are divided towards
    their beginning, down to what the fastest rate and the flow need.
    """
    lam = contents.lambda_phys_per_h
    moving = contents.inflow.rate_per_h[contents.inflow.rate_per_h > 0.0]
    end = FALLEN / lam
    if emptied.every_h is not None:  # what stays of old urine may last longer than new urine comes in
        stays = -math.log(emptied.residual) / emptied.every_h if emptied.residual else math.inf
        end = min(end, emptied.regular_from_h + FALLEN / (lam + min(float(moving.min()), stays)))
    else:
        end = max(end, emptied.regular_from_h + 1.0 / lam)
    voids = emptied.until(end)
    if voids.size > MOST_INTERVALS:
        raise DosimetryError(f"{voids.size} voids in {end:.4g} h; at most {MOST_INTERVALS} are followed")
    starts = np.concatenate([[0.0], voids[voids < end]])
    flow = max(volume.flow_mL_per_h, volume.night_flow_mL_per_h or 0.0)
    smallest = min(volume.after_void_mL, volume.at_start_mL or volume.after_void_mL)
    fine = min(0.25 / float(moving.max()), 0.25 * smallest / flow if flow else math.inf, 0.5 / lam)
    edges = volume.edges_h(end)
    panels: list[NDArray[np.float64]] = []
    for start, stop in itertools.pairwise([*starts.tolist(), end]):
        length = stop - start
        halvings = max(0, math.ceil(math.log2(length / fine)))
        cuts = start + length * 0.5 ** np.arange(halvings, -1, -1.0)
        inside = edges[(edges > start) & (edges < stop)]
        even = np.arange(start, stop, 1.0 / lam)[1:]
        panels.append(np.unique(np.concatenate([[start], cuts, inside, even, [stop]])))
    points, share = np.polynomial.legendre.leggauss(NODES)
    low = np.concatenate([p[:-1] for p in panels])
    width = np.concatenate([np.diff(p) for p in panels])
    time = low[:, None] + width[:, None] * (points + 1.0) / 2.0
    return time.ravel(), (width[:, None] * share / 2.0).ravel(), starts, voids


def _notes(
    emptied: Emptying, volume: BladderVolume, starts: NDArray[np.float64], voids: NDArray[np.float64]
) -> tuple[str, ...]:
    """What is said where more activity stays after voids than volume does, or less."""
    if not voids.size:
        return ()
    before = volume.at(np.nextafter(voids, 0.0), starts)
    share = volume.after_void_mL / before
    if np.abs(share - emptied.residual).max() <= SHARE_APART:
        return ()
    low, high = 100 * float(share.min()), 100 * float(share.max())
    span = f"{low:.3g}" if high - low < 0.5 else f"{low:.3g} to {high:.3g}"
    return (
        f"of the volume {span} % stays at a void ({volume.after_void_mL:g} mL), of the activity"
        f" {100 * emptied.residual:g} %: of well mixed urine the same share stays (residual)",
    )
