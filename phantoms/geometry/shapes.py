"""Shapes on paper: quadrics as sums of squares of linear forms, the other solids, and parts made of them.

A body is an ordered list of parts. A part is an intersection of literals, and a literal is a solid or its
complement; the first part that holds a point names its region. There are four solids: a quadric (an
ellipsoid, cylinder, cone, slab or half-space, also sheared or rotated), an elliptical torus, the stack of
slabs that cuts a cage into ribs, and the wedge that cuts a tube into a thyroid.

An equation on paper is a line of code: the ellipsoid ((x-x0)/a)^2 + (y/b)^2 + (z/c)^2 <= 1 is
``square((X - x0 * ONE) / a) + square(Y / b) + square(Z / c) - square(ONE)``, with X, Y, Z, ONE the basis of
the linear forms in (x, y, z, 1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Form = NDArray[np.float64]  #: a linear form, 4 coefficients of (x, y, z, 1)
Quadric = NDArray[np.float64]  #: a symmetric 4 x 4 matrix; inside where (x,y,z,1) Q (x,y,z,1) <= 0

QUADRIC, TORUS, RIB_SLABS, THYROID_WEDGE = range(4)

X, Y, Z, ONE = np.eye(4)


def square(form: Form) -> Quadric:
    """The square of a linear form."""
    return np.outer(form, form)


def product(f: Form, g: Form) -> Quadric:
    """The product of two linear forms, e.g. a slab as (z - z1)(z - z2)."""
    return 0.5 * (np.outer(f, g) + np.outer(g, f))


def below(form: Form) -> Quadric:
    """The half-space where a linear form is <= 0."""
    return product(form, ONE)


def slab(form: Form, low: float, high: float) -> Quadric:
    """The points where low <= form <= high."""
    return product(form - low * ONE, form - high * ONE)


class Literal(NamedTuple):
    """A solid (kind and 10 numbers) or, where ``inside`` is False, its complement."""

    kind: int
    numbers: NDArray[np.float64]
    inside: bool = True

    def __invert__(self) -> Literal:
        return self._replace(inside=not self.inside)

    def mirrored(self) -> Literal:
        """The literal's image under x -> -x."""
        p = self.numbers.copy()
        if self.kind == QUADRIC:
            p[[3, 5, 6]] *= -1.0
        elif self.kind == TORUS:
            p[0] *= -1.0
        return self._replace(numbers=p)


def quadric(q: Quadric) -> Literal:
    """A literal from a matrix; the numbers are those of xx, yy, zz, xy, yz, zx, x, y, z, 1."""
    return Literal(
        QUADRIC,
        np.array(
            [
                *(q[0, 0], q[1, 1], q[2, 2], 2 * q[0, 1], 2 * q[1, 2], 2 * q[0, 2]),
                *(2 * q[0, 3], 2 * q[1, 3], 2 * q[2, 3], q[3, 3]),
            ]
        ),
    )


def torus(centre: Sequence[float], axis: str, ring: float, radial: float, axial: float) -> Literal:
    """[(rho - ring)/radial]^2 + (w/axial)^2 <= 1; rho is the distance from the axis ("y" or "z")."""
    p = np.zeros(10)
    p[:7] = [*centre, {"y": 1.0, "z": 2.0}[axis], ring, radial, axial]
    return Literal(TORUS, p)


def rib_slabs(z1: float, height: float) -> Literal:
    """The points where floor((z - z1)/height) is even."""
    return Literal(RIB_SLABS, np.array([z1, height] + [0.0] * 8))


def thyroid_wedge(y0: float, base: float, height: float) -> Literal:
    """[(y-y0) - |x|]^2 >= 2 t^2 [x^2 + (y-y0)^2] with t(z) as Cristy & Eckerman (1987) give it."""
    return Literal(THYROID_WEDGE, np.array([y0, base, height] + [0.0] * 7))


class Part(NamedTuple):
    """An intersection of literals that belongs to a region."""

    region: str
    literals: tuple[Literal, ...]

    def mirrored(self) -> Part:
        """The part's image under x -> -x."""
        return Part(self.region, tuple(lit.mirrored() for lit in self.literals))


def ellipsoid(u: Form, v: Form, w: Form) -> Literal:
    """u^2 + v^2 + w^2 <= 1 for three linear forms."""
    return quadric(square(u) + square(v) + square(w) - square(ONE))


def tube(u: Form, v: Form, radius: Form = ONE) -> Literal:
    """u^2 + v^2 <= radius^2, a cylinder, or a cone where the radius depends on place."""
    return quadric(square(u) + square(v) - square(radius))


def between(form: Form, low: float, high: float) -> Literal:
    """low <= form <= high."""
    return quadric(slab(form, low, high))


def at_most(form: Form, limit: float = 0.0) -> Literal:
    """form <= limit."""
    return quadric(below(form - limit * ONE))


def at_least(form: Form, limit: float = 0.0) -> Literal:
    """form >= limit."""
    return quadric(below(limit * ONE - form))


def both_sides(*side: Part) -> Iterator[Part]:
    """Parts on the left (x > 0), and their mirror images."""
    for part in side:
        yield part
        yield part.mirrored()
