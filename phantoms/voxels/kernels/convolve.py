"""Point kernels folded over the voxels of a body, one convolution a class of density of the source voxel.

Around a voxel of density rho the kernel's distances in cm are those in g/cm2 of water over rho and over the
stopping power relative to water of its tissue, as if all around were of that kind: exact in the middle of a
region that is large against the range, and everywhere if all is of one density. Energy that falls outside of
the body or off the grid is lost, not moved. Gas within the body keeps no more than its mass does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError
from phantoms.voxels.body import VoxelBody
from phantoms.voxels.kernels.fold import voxel_shares
from phantoms.voxels.kernels.point import LOCAL, PointKernel
from phantoms.voxels.kernels.stopping import relative_stopping_power

if TYPE_CHECKING:
    from phantoms.voxels.walk.sources import Starts

#: Densities within a class differ by this factor at most: 5 % from its mean to either side.
CLASS_WIDTH = 1.10
#: No kernel is made for a thinner medium, g/cm3. Electrons out of gas stop in the tissue around it, of which
#: its density says nothing; by the density of air their ranges would be metres.
THINNEST = 0.05
#: Voxels of the body that are less dense hold gas, g/cm3; those of other tissue than lung that are below the
#: second do in part. Electrons of the tissue around cross them, and what they do not keep goes to the other
#: voxels in the kernel's reach.
GAS_BELOW, PART_GAS_BELOW = 0.1, 0.25
#: Transforms of more voxels than this are made slab by slab of the source (16 bytes each, about 3 at once).
MOST_VOXELS = 12_000_000
#: Rounding of the transforms, in units of the type's, over the root of the sum of squares of the emission;
#: what is smaller is 0.
ROUNDING = 10.0


def density_classes(
    density_g_per_cm3: NDArray[np.float64], weight: NDArray[np.float64], width: float = CLASS_WIDTH
) -> list[tuple[float, NDArray[np.bool_]]]:
    """Codes whose densities differ by a factor ``width`` at most, with the mean density of each class.

    Parameters
    ----------
    density_g_per_cm3 : (kinds,) of :func:`water_density`.
    weight : (kinds,) energy emitted by the voxels of each code; codes without are in no class.

    Returns
    -------
    list of (density whose inverse is the mean of the inverses, weighted by energy; (kinds,) which codes).
    """
    found = []
    left = weight > 0.0
    while left.any():
        lowest = density_g_per_cm3[left].min()
        held = left & (density_g_per_cm3 <= lowest * width)
        mean = weight[held].sum() / (weight[held] / density_g_per_cm3[held]).sum()
        found.append((float(mean), held))
        left &= ~held
    return found


def water_density(body: VoxelBody, thinnest: float = THINNEST) -> NDArray[np.float64]:
    """Density of the water that stops electrons as the tissue of each code does, g/cm3, (kinds,).

    Of gas it is :data:`THINNEST`, 0 of the space around the body.
    """
    relative = [relative_stopping_power(kind.tissue) if kind.tissue else 0.0 for kind in body.kinds]
    own = np.asarray(body.density_by_code * np.array(relative))
    return np.where(own > 0.0, np.maximum(own, thinnest), 0.0)


def shares_of_gas(body: VoxelBody, density_g_per_cm3: float) -> NDArray[np.float64]:
    """What the voxels of each code keep of the energy that a kernel of a density brings them, (kinds,).

    1, but for gas within the body, which is less than an electron's range whatever its size: it keeps what
    its density takes beside that of the source, so that its dose is that of the tissue around it.
    """
    names = [f"{kind.tissue.name if kind.tissue else ''} {kind.region}".lower() for kind in body.kinds]
    lung = np.array(["lung" in name for name in names])
    gas = body.density_by_code < np.where(lung, GAS_BELOW, PART_GAS_BELOW)
    gas &= body.density_by_code > 0.0
    return np.where(gas, np.minimum(1.0, water_density(body, 0.0) / density_g_per_cm3), 1.0)


def deposited(
    body: VoxelBody, emitted: NDArray[np.floating], kernel: PointKernel | None, *, workers: int | None = None
) -> NDArray[np.float64]:
    """Energy absorbed in each voxel, in the unit of ``emitted``; what reaches the outside is lost.

    Parameters
    ----------
    body : its densities and tissues scale the kernel: distance in cm is that in g/cm2 over the density and
        the relative stopping power of the SOURCE voxel.
    emitted : (I, J, K) energy that each voxel emits, e.g. MeV; 0 outside of the body.
    kernel : of :func:`phantoms.voxels.kernels.point.electron_kernel`; None: all stays in the voxel (alphas
        and recoil nuclei).
    workers : threads of the transforms; the bits do not depend on it.

    Raises
    ------
    PhantomError : another shape than the body's; energy that is negative, not finite, or emitted outside.
    """
    emitted, by_code = checked(body, emitted)
    found = np.zeros(body.code.shape)
    if kernel is None:
        kernel = LOCAL
    for density, codes in density_classes(water_density(body), by_code):
        a, b, c = (density * w for w in body.width_cm)
        shares, chosen = voxel_shares(kernel, (a, b, c)), codes[body.code]
        taken = shares_of_gas(body, density)
        gas = _gas_near(chosen & (emitted > 0.0), (taken < 1.0)[body.code], shares.shape)
        if kernel is LOCAL or not gas.any():
            add(chosen, emitted, shares, found, workers)
            continue
        refused, gets, whole = np.zeros(found.shape), np.zeros(found.shape), float(kernel.within[-1])
        add(gas, (1.0 - taken)[body.code], shares, refused, workers)
        add(chosen, emitted * (whole / (whole - np.where(chosen, refused, 0.0))), shares, gets, workers)
        found += gets * taken[body.code]
    found[body.code == 0] = 0.0
    return found


def checked(
    body: VoxelBody, emitted: NDArray[np.floating]
) -> tuple[NDArray[np.floating], NDArray[np.float64]]:
    """The emission as an array, and its sum by code; PhantomError if it cannot be."""
    emitted = np.asarray(emitted)
    if emitted.shape != body.code.shape:
        raise PhantomError(f"emission in voxels of shape {emitted.shape}; the body's: {body.code.shape}")
    if not np.isfinite(emitted).all() or emitted.min(initial=0.0) < 0.0:
        raise PhantomError("energy emitted by a voxel is negative or not finite; set such voxels to 0 first")
    by_code = _sums(body.code, emitted, len(body.kinds))
    if by_code[0] > 0.0:
        raise PhantomError(
            f"{by_code[0] / by_code.sum():.3g} of the energy is emitted outside of the body '{body.name}';"
            " set it to 0 there, or give those voxels a tissue"
        )
    return emitted, by_code


def absorbed_by_code(
    body: VoxelBody, starts: Starts, kernel: PointKernel | None, *, workers: int | None = None
) -> NDArray[np.float64]:
    """Share of the energy emitted by a source that the voxels of each code absorb, (kinds,).

    Parameters
    ----------
    starts : of :func:`phantoms.voxels.walk.sources.starts` or ``starts_of_map``.
    kernel, workers : as for :func:`deposited`.

    Raises
    ------
    PhantomError : as :func:`deposited`.
    """
    share = np.diff(starts.cumulative, prepend=0.0)
    emitted = _sums(starts.voxel, np.maximum(share, 0.0), body.code.size)
    energy = deposited(body, emitted.reshape(body.code.shape), kernel, workers=workers)
    return _sums(body.code, energy, len(body.kinds))


def _sums(place: NDArray[Any], value: NDArray[np.floating], size: int) -> NDArray[np.float64]:
    """Sum of the values at each place, (size,)."""
    return np.asarray(np.bincount(place.ravel(), value.ravel(), minlength=size), dtype=np.float64)


def add(
    chosen: NDArray[np.bool_], emitted: NDArray[np.floating], shares: NDArray[np.floating],
    found: NDArray[np.float64], workers: int | None,
) -> None:  # fmt: skip
    """Convolve the emission of the chosen voxels with the shares, in their type, and add it to ``found``."""
    box = _bounds(chosen & (emitted > 0.0))
    if box is None:
        return
    # no offset is larger than the grid
    shares = shares[tuple(slice(0, n) for n in found.shape)]
    if shares.size == 1:
        found[box] += np.where(chosen[box], emitted[box], 0.0) * shares[0, 0, 0]
        return
    axis = int(np.argmax([s.stop - s.start for s in box]))
    whole = [s.stop - s.start + 2 * n for s, n in zip(box, shares.shape, strict=True)]
    across = float(np.prod(whole)) / whole[axis]
    slab = max(shares.shape[axis], int(MOST_VOXELS / across) - 2 * shares.shape[axis])
    for first in range(box[axis].start, box[axis].stop, slab):
        part = list(box)
        part[axis] = slice(first, min(first + slab, box[axis].stop))
        source = tuple(part)
        energy = np.where(chosen[source], emitted[source], 0.0)
        target, values = convolved(energy, source, shares, found.shape, workers)
        found[target] += values


def convolved(
    energy: NDArray[np.floating], source: tuple[slice, ...], shares: NDArray[np.floating],
    grid: tuple[int, ...], workers: int | None = None,
) -> tuple[tuple[slice, ...], NDArray[np.floating]]:  # fmt: skip
    """The box of the grid that energy emitted in the box ``source`` reaches, and what is absorbed there."""
    from scipy import fft

    target, lengths = [], []
    for s, n, size in zip(source, shares.shape, grid, strict=True):
        low, high = max(0, s.start - n + 1), min(size, s.stop + n - 1)
        target.append(slice(low, high))
        # an offset beyond the target box must not come round to it again
        lengths.append(fft.next_fast_len(max(high - s.start, s.stop - low) + n - 1, real=True))
    index = []
    for n, length in zip(shares.shape, lengths, strict=True):
        offset = np.abs(np.fft.fftfreq(length, 1.0 / length)).round().astype(int)
        index.append(np.where(offset < n, offset, -1))
    padded = np.pad(shares, [(0, 1)] * 3)  # index -1: no share
    change = fft.rfftn(padded[np.ix_(*index)], workers=workers, overwrite_x=True)
    change *= fft.rfftn(energy.astype(shares.dtype, copy=False), lengths, workers=workers)
    whole: NDArray[Any] = fft.irfftn(change, lengths, workers=workers, overwrite_x=True)
    whole[whole < ROUNDING * np.finfo(shares.dtype).eps * np.linalg.norm(energy)] = 0.0
    # the source begins at index 0; what is before it stands at the end
    for axis, (s, t) in enumerate(zip(source, target, strict=True)):
        whole = np.roll(whole, s.start - t.start, axis=axis)
    return tuple(target), whole[tuple(slice(0, t.stop - t.start) for t in target)]


def _gas_near(source: NDArray[np.bool_], gas: NDArray[np.bool_], reach: tuple[int, ...]) -> NDArray[np.bool_]:
    """The voxels of gas that a kernel of so many offsets may reach from the box of the source."""
    found = np.zeros_like(gas)
    if (box := _bounds(source)) is not None:
        around = tuple(slice(max(0, s.start - n), s.stop + n) for s, n in zip(box, reach, strict=True))
        found[around] = gas[around]
    return found


def _bounds(where: NDArray[np.bool_]) -> tuple[slice, ...] | None:
    """The smallest box with all that is true; None if nothing is."""
    box = []
    for axis in range(where.ndim):
        other = tuple(k for k in range(where.ndim) if k != axis)
        hit = np.flatnonzero(where.any(axis=other))
        if hit.size == 0:
            return None
        box.append(slice(int(hit[0]), int(hit[-1]) + 1))
    return tuple(box)
