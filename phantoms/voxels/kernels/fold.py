"""A point kernel averaged over a source voxel and a target voxel, for every offset between them.

With activity uniform in a box of widths a, b, c, the share of the energy that another such box, i, j, k
widths away, absorbs is the integral over all displacements (x, y, z) of

    k(r) / (4 pi r^2) T(x/a - i) T(y/b - j) T(z/c - k),   T(u) = max(0, 1 - |u|),

since the overlap of two boxes is a triangle along each axis. T are the weights of linear interpolation: the
energy on a sphere of radius r goes to the eight offsets around each of its points by those weights, and so
all of it arrives. The mean over the sphere is by Gauss and Legendre between the angles where a weight has a
kink, so that spheres far smaller and far larger than a voxel are equally well done.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from phantoms.voxels.kernels.point import PointKernel

#: Voxels (of the widest side) from which on a smooth kernel is taken at points.
_NEAR = 6
#: Two points with the spread of a triangle of width 1 to either side.
_SPREAD = np.array([-1.0, 1.0]) / np.sqrt(6.0)
_NODES = {n: np.polynomial.legendre.leggauss(n) for n in (4, 5)}


def shell_edges(top: float, width: float) -> NDArray[np.float64]:
    """Radii between thin shells, 0 to ``top``: 1/50 of a voxel near the source, 1/4 of one far from it."""
    near = np.concatenate([np.geomspace(1e-3, 0.02, 12), np.arange(2, 101) * 0.02])
    edges = np.concatenate([[0.0], near, np.arange(41, 101) * 0.05, np.arange(51, 101) * 0.1])
    far = np.arange(1, max(0, int(np.ceil((top / width - 10.0) / 0.25))) + 1) * 0.25 + 10.0
    edges = width * np.concatenate([edges, far])
    return np.append(edges[edges < top], top)


def shells(
    kernel: PointKernel, edges: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Radius and share of what stays at the point and of each shell.

    The radius is the mean over the shell's energy, so that what is left out is of second order.
    """
    # energy and energy times radius up to each edge, within being linear between its radii
    r, w = kernel.radius_g_per_cm2, kernel.within
    moment = np.concatenate([[0.0], np.cumsum(0.5 * (r[1:] + r[:-1]) * np.diff(w))])
    at = np.interp(edges, r, w)
    i = np.clip(np.searchsorted(r, edges, side="right") - 1, 0, r.size - 2)
    first = moment[i] + 0.5 * (edges + r[i]) * (at - w[i])
    share, radius = np.append(w[0], np.diff(at)), np.append(0.0, np.diff(first))
    return np.divide(radius, share, out=np.zeros(share.size), where=share > 0.0), share


def voxel_shares(
    kernel: PointKernel,
    width_g_per_cm2: tuple[float, float, float],
    batches: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Share of the energy emitted in a voxel that the voxel at each offset absorbs, (n1, n2, n3).

    Parameters
    ----------
    kernel : share of the energy within each distance.
    width_g_per_cm2 : widths of a voxel along the axes, times the density.
    batches : (B, n+1) ``within`` of kernels that differ little from this one.

    Returns
    -------
    Shares by the size of the offset: [abs(i), abs(j), abs(k)]; over all offsets, of both signs, they sum to
    ``kernel.within[-1]``. With batches one such array for each, (B, n1, n2, n3).
    """
    width = np.asarray(width_g_per_cm2, dtype=float)
    shape = np.floor(kernel.radius_g_per_cm2[-1] / width).astype(int) + 2
    edges = shell_edges(float(kernel.radius_g_per_cm2[-1]), float(width.min()))
    radius, share = shells(kernel, edges)
    shares = share[None]
    if batches is not None:
        at = [np.interp(edges, kernel.radius_g_per_cm2, within) for within in batches]
        shares = np.array([np.append(a[0], np.diff(a)) for a in at])
    found = np.zeros((len(shares), int(shape.prod())))
    for r, part in zip(radius, shares.T, strict=True):
        if not part.any():
            continue
        if batches is None:
            _spread(r / width, float(part[0]), shape, found[0])
        else:
            one = np.zeros(found.shape[1])
            _spread(r / width, 1.0, shape, one)
            found += part[:, None] * one
    table = found.reshape(-1, *shape)
    for axis in range(1, 4):  # an octant stands for both signs, which share what is off the axis
        half = [slice(None)] * 4
        half[axis] = slice(1, None)
        table[tuple(half)] *= 0.5
    return table[0] if batches is None else table


def photon_shares(
    kernel: PointKernel, width_g_per_cm2: tuple[float, float, float], shape: tuple[int, int, int]
) -> NDArray[np.float64]:
    """As :func:`voxel_shares`, for the offsets of ``shape`` alone and a kernel that is smooth far away.

    Within 6 voxels it is that function; beyond, the kernel's density at eight points, which have the mean
    and the spread of the triangles' product. What is beyond the last radius or the offsets is left out.
    """
    width = np.asarray(width_g_per_cm2, dtype=float)
    near = np.minimum(np.ceil(_NEAR * width.max() / width).astype(int) + 1, shape)
    r, w = kernel.radius_g_per_cm2, kernel.within
    reach = float(np.linalg.norm((near + 1) * width))
    cut = np.append(r[r < reach], min(reach, r[-1]))
    first = voxel_shares(PointKernel(cut, np.interp(cut, r, w)), width_g_per_cm2)
    volume = 4.0 / 3.0 * np.pi * np.diff(r**3)
    # log-log between the middles of shells; what is not far is overwritten
    used = (np.diff(w) > 0.0) & (r[1:] > 0.5 * width.min())
    middle, density = (0.5 * (r[1:] + r[:-1]))[used], (np.diff(w) / volume)[used]
    found = np.zeros(shape)
    axes = [w_ * (np.arange(n)[:, None] + _SPREAD) for w_, n in zip(width, shape, strict=True)]
    if middle.size > 1:
        for i in range(shape[0]):
            for x in axes[0][i]:
                square = x**2 + axes[1].reshape(-1, 1) ** 2 + axes[2].reshape(1, -1) ** 2
                log = np.interp(0.5 * np.log(square), np.log(middle), np.log(density), right=-np.inf)
                part = np.exp(log).reshape(shape[1], 2, shape[2], 2)
                found[i] += part.sum(axis=(1, 3)) * (0.125 * width.prod())
    box = tuple(slice(0, n) for n in np.minimum(near, first.shape))
    found[tuple(slice(0, n) for n in near)] = 0.0
    found[box] = first[box]
    return found


def _spread(
    radius: NDArray[np.float64], share: float, shape: NDArray[Any], found: NDArray[np.float64]
) -> None:
    """Add the share on an octant of the sphere to the offsets; ``radius`` in widths of a voxel, by axis."""
    if radius.max() == 0.0:
        found[0] += share
        return
    order = 5 if radius.max() < 3.0 else 4
    z, w = _NODES[order]
    # elevation: kinks where the sphere meets a plane of z, or a plane of x or y at its end
    cuts = [np.arcsin(np.arange(radius[2]) / radius[2])]
    cuts += [np.arccos(np.arange(m) / m) for m in radius[:2] if m > 0.0]
    edge = np.unique(np.concatenate([[0.0, 0.5 * np.pi], *cuts]))
    half = 0.5 * np.diff(edge)[:, None]
    theta = (edge[:-1, None] + half * (1.0 + z)).ravel()
    weight = (half * w).ravel() * np.cos(theta)
    # azimuth: kinks where the circle meets a plane of x or y
    a, b = radius[0] * np.cos(theta)[:, None], radius[1] * np.cos(theta)[:, None]
    phi = np.concatenate(
        [
            np.zeros_like(a), np.full_like(a, 0.5 * np.pi),
            np.arccos(np.minimum(np.arange(np.ceil(radius[0])) / a, 1.0)),
            np.arcsin(np.minimum(np.arange(np.ceil(radius[1])) / b, 1.0)),
        ],
        axis=1,
    )  # fmt: skip
    phi.sort(axis=1)
    half = 0.5 * np.diff(phi, axis=1)[:, :, None]
    angle = (phi[:, :-1, None] + half * (1.0 + z)).reshape(theta.size, -1)
    part = (half * w).reshape(theta.size, -1) * weight[:, None] * (share * 2.0 / np.pi)
    used = part > 0.0
    x, y = (a * np.cos(angle))[used], (b * np.sin(angle))[used]
    height = np.broadcast_to((radius[2] * np.sin(theta))[:, None], part.shape)[used]
    part = part[used]
    i, j, k = (np.minimum(v.astype(int), n - 2) for v, n in zip((x, y, height), shape, strict=True))
    x, y, height = x - i, y - j, height - k
    place = (i * shape[1] + j) * shape[2] + k
    for di, wx in ((0, 1.0 - x), (1, x)):
        for dj, wy in ((0, 1.0 - y), (1, y)):
            for dk, wz in ((0, 1.0 - height), (1, height)):
                step = (di * shape[1] + dj) * shape[2] + dk
                found += np.bincount(place + step, part * wx * wy * wz, minlength=found.size)
