"""From activity by voxel to absorbed dose by voxel, in a body of voxels."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from dosimetry.maps.activity import MOST_OUTSIDE_PERCENT, ActivityImage, Placed, placed
from dosimetry.maps.dose_map import DoseMap
from dosimetry.maps.facts import map_facts
from dosimetry.nuclides.left_out import left_out_note
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.nuclides.nuclide import nuclide as find_nuclide
from dosimetry.svalues.folding import mGy_kg_per_MBq_s_MeV, spectra
from dosimetry.tiacs.plausible import bound_of, check_tiac
from phantoms.voxels.body import VoxelBody
from phantoms.voxels.maps.absorbed import Absorbed, Emission, Statistics, absorbed_energy
from phantoms.voxels.maps.grids import Grid, overlap, same_voxels
from phantoms.voxels.maps.photon_maps import HISTORIES_PER_BATCH


@dataclass(frozen=True)
class MapOptions:
    """How a map is computed.

    precision_percent : relative standard error of the dose in a voxel, root mean square over the voxels of
        the body weighted with their activity; photons are followed until it is met.
    seed : of the random numbers.
    workers : threads; None: as many as cores. The result does not depend on it.
    resample : bring an image with other voxels than the body's to them.
    most_outside_percent : of the activity, what may lie outside of the body or in air, and is left out.
    preview : photons by a kernel of endless soft tissue: seconds, no statistics, off by -11 to +19 % in a
        trial, and marked so everywhere; never a result.
    most_histories : photons in all at which the run ends, whatever the precision is then; None: no limit.
    histories_per_batch : photons whose sums are one independent value; None: 250 000.
    work : folder in which a run that is stopped keeps what it has done; None: it keeps nothing.

    Raises
    ------
    DosimetryError : numbers that cannot be; all of them.

    Examples
    --------
    >>> MapOptions(precision_percent=2.0).seed
    1
    """

    precision_percent: float = 1.0
    seed: int = 1
    workers: int | None = None
    resample: bool = False
    most_outside_percent: float = MOST_OUTSIDE_PERCENT
    preview: bool = False
    most_histories: int | None = None
    histories_per_batch: int | None = None
    work: Path | None = None

    def __post_init__(self) -> None:
        wrong = []
        if not 0.01 <= self.precision_percent <= 50.0:
            wrong.append(f"precision_percent is {self.precision_percent:g}; 0.01 to 50 % is allowed")
        if not 0.0 <= self.most_outside_percent < 100.0:
            wrong.append(
                f"most_outside_percent is {self.most_outside_percent:g}; 0 to less than 100 is allowed"
            )
        if self.seed < 0:
            wrong.append(f"seed is {self.seed}; a whole number, 0 or above, is needed")
        for name in ("workers", "most_histories", "histories_per_batch"):
            value = getattr(self, name)
            if value is not None and value < 1:
                wrong.append(f"{name} is {value}; 1 at least is needed")
        if wrong:
            raise DosimetryError(*wrong)


def dose_map(
    activity: ActivityImage,
    body: VoxelBody,
    nuclide: str | Nuclide,
    *,
    daughters: str = "none",
    per_MBq_of: str | Nuclide | None = None,
    options: MapOptions | None = None,
    progress: Callable[[float, float], None] | None = None,
) -> DoseMap:
    """Absorbed dose by voxel of an activity that is integrated over time, in a body of voxels.

    Photons are followed from voxel to voxel until the precision is met; electrons and positrons go by point
    kernels of the density where they start; alphas stay in their voxel. Bremsstrahlung is followed with the
    photons, from where its electrons start. What leaves the body stands in the provenance.

    Parameters
    ----------
    activity : the image; its quantity decides whether doses are in mGy/MBq or Gy.
    body : e.g. of :func:`phantoms.voxels.storing.load_voxel_body`.
    nuclide : e.g. "Zr-89".
    daughters : "none": decays of the nuclide alone; "equilibrium": with shorter-lived daughters in place.
    per_MBq_of : the nuclide that was administered, where the activity is of its daughter; TIACs are checked
        against its half-life.
    options : None: 1 %, seed 1, all cores.
    progress : called after each batch with the work that is done and that is wanted.

    Raises
    ------
    DosimetryError : an image that does not fit the body; activity outside of it; a TIAC that cannot be; a
        nuclide that is unknown or fissions.
    PhantomError : numba or xraylib is not installed.

    Examples
    --------
    >>> from phantoms.transport.materials import Tissue
    >>> from phantoms.voxels.body import Kind, VoxelBody
    >>> water = Tissue("water", 1.0, {1: 0.1119, 8: 0.8881})
    >>> kinds = (Kind("outside", None, 0.0), Kind("liver", water, 1.05))
    >>> code, affine = np.ones((4, 4, 4), dtype=np.uint8), np.diag([10.0, 10.0, 10.0, 1.0])
    >>> body = VoxelBody("cube", "both", code, affine, kinds, {"liver": 0.0672})
    >>> image = ActivityImage(np.full(code.shape, 0.1), affine, "tiac_h")
    >>> quick = MapOptions(precision_percent=10.0, histories_per_batch=1000)
    >>> found = dose_map(image, body, "Lu-177", options=quick)
    >>> found.unit, found.dose.shape, round(found.mean("liver")[0])
    ('mGy/MBq', (4, 4, 4), 8)
    """
    asked = options or MapOptions()
    n = find_nuclide(nuclide)
    emitted = spectra(n, daughters)
    warnings = [note] if (note := left_out_note(n, daughters)) else []
    if activity.what.administered:
        bound = bound_of(n, find_nuclide(per_MBq_of) if per_MBq_of else None)
        where = activity.facts.get("activity image", "the image of activity")
        said = check_tiac(f"{where}: the sum of the TIACs of all voxels", activity.total, None, bound)
        warnings += [f"{said}"] if said else []
    at = placed(activity, body, resample=asked.resample, most_outside_percent=asked.most_outside_percent)
    warnings += at.warnings
    home = _grid(body)
    same = same_voxels(activity.grid, home)
    photon, electron = emitted["photon"], emitted["electron"]
    found = absorbed_energy(
        body,
        at.MBq_s,
        Emission(
            photon.energy_MeV, photon.energy_per_decay_MeV, electron.energy_MeV,
            electron.energy_per_decay_MeV, emitted["alpha"].total_MeV,
        ),
        grid=None if same else activity.grid,
        statistics=Statistics(
            asked.precision_percent / 100.0, asked.seed, asked.workers, asked.most_histories,
            asked.histories_per_batch or HISTORIES_PER_BATCH, asked.work,
        ),
        preview=asked.preview,
        progress=progress,
    )  # fmt: skip
    if found.photons is not None and found.photons.reached > asked.precision_percent / 100.0:
        warnings.append(
            f"the precision is {100.0 * found.photons.reached:.3g} %, not {asked.precision_percent:g} %: the"
            f" run was to end after {asked.most_histories} histories"
        )
    if asked.preview:
        warnings.insert(
            0, "this is a preview: photons go by a kernel of endless soft tissue; it is no result"
        )
    return _result(activity, body, n, daughters, asked, at, found, same, warnings)


def _grid(body: VoxelBody) -> Grid:
    i, j, k = body.code.shape
    return Grid((i, j, k), body.affine_mm)


def _result(
    activity: ActivityImage, body: VoxelBody, n: Nuclide, daughters: str, asked: MapOptions, at: Placed,
    found: Absorbed, same: bool, warnings: list[str],
) -> DoseMap:  # fmt: skip
    """Energies over masses, on both grids."""
    unit = mGy_kg_per_MBq_s_MeV() * float(at.MBq_s.sum())
    unit *= 1.0 if activity.what.administered else 1e-3  # mGy to Gy
    kg = body.density_by_code[body.code.ravel()[found.inside]] * (body.voxel_cm3 * 1e-3)
    dose = np.full(body.code.size, np.nan, np.float32)
    dose[found.inside] = unit * found.voxels_MeV / kg
    relative: NDArray[np.float32] | None = None
    if found.se_MeV is not None:
        relative = np.full(body.code.size, np.nan, np.float32)
        relative[found.inside] = _relative(found.se_MeV, found.voxels_MeV)
    shape = body.code.shape
    body_dose, body_relative = dose.reshape(shape), None if relative is None else relative.reshape(shape)
    if same:
        to_image = overlap(_grid(body), activity.grid)

        def there(values: NDArray[np.float32]) -> NDArray[np.float32]:
            tissue = np.isfinite(values)
            seen = to_image.spread(tissue) > 0.5
            moved = to_image.spread(np.where(tissue, values, 0.0))
            return np.where(seen, moved, np.nan).astype(np.float32)

        own, own_relative = there(body_dose), None if body_relative is None else there(body_relative)
    else:
        assert found.others_MeV is not None and found.others_kg is not None  # there is a second grid
        mass = np.where(found.others_kg > 0.0, found.others_kg, np.nan)
        own = (unit * found.others_MeV / mass).astype(np.float32)
        own_relative = None
        if found.others_se_MeV is not None:
            own_relative = _relative(found.others_se_MeV, found.others_MeV)
            own_relative[found.others_kg <= 0.0] = np.nan
    facts = map_facts(activity, body, n, daughters, at, found, warnings)
    facts |= {"seed": str(asked.seed)} if found.photons is not None else {}
    if found.photons is not None and not math.isnan(found.photons.reached):
        facts["precision asked for"] = f"{asked.precision_percent:g} %"
    return DoseMap(
        own, own_relative, activity.what.dose_unit, np.asarray(activity.affine_mm, dtype=float), body,
        body_dose, body_relative, found, unit, asked.preview, tuple(warnings), facts,
    )  # fmt: skip


def _relative(se: NDArray[np.float64], mean: NDArray[np.float64]) -> NDArray[np.float32]:
    """Standard error over the mean; NaN where nothing was absorbed."""
    found = np.full(mean.shape, np.nan, np.float32)
    np.divide(se, mean, out=found, where=mean > 0.0, casting="unsafe")
    return found
