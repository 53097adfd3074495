"""The head and the skeleton of the stylised bodies (ORNL/TM-8381, 1987), as parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from phantoms.geometry.shapes import (
    ONE,
    Part,
    X,
    Y,
    Z,
    at_least,
    at_most,
    between,
    both_sides,
    ellipsoid,
    rib_slabs,
    torus,
    tube,
)


def head(c: dict[str, Any]) -> Iterator[Part]:
    """Brain, cranium and facial skeleton."""
    b, d = c["brain"], c["cranium"].d
    w = Z - (c["trunk"].C + c["head"].C1) * ONE
    yield Part("brain", (ellipsoid(X / b.a, Y / b.b, w / b.c),))
    yield Part("cranium", (ellipsoid(X / (b.a + d), Y / (b.b + d), w / (b.c + d)),))
    f, base = c["facial_skeleton"], c["trunk"].C
    yield Part(
        "facial skeleton",
        (
            tube(X / f.a1, Y / f.b1),
            ~tube(X / (f.a1 - f.d), Y / (f.b1 - f.d)),
            at_most(Y),
            between(Z, base + f.z1, base + f.z5),
        ),
    )


def skeleton(c: dict[str, Any]) -> Iterator[Part]:
    """Spine, pelvis, ribs, clavicles, scapulae, bones of arms and legs."""
    s = c["spine"]
    column = tube(X / s.a, (Y - s.y0 * ONE) / s.b)
    for name, z1, z2 in (("lower", s.z1, s.z2), ("middle", s.z2, s.z3), ("upper", s.z3, s.z4)):
        yield Part(f"spine {name}", (column, between(Z, z1, z2)))

    p = c["pelvis"]
    hollow = (
        tube(X / p.a2, (Y - p.y02 * ONE) / p.b2),
        ~tube(X / p.a1, (Y - p.y01 * ONE) / p.b1),
        at_least(Y, p.y02),
    )
    yield Part("pelvis", (*hollow, between(Z, 0.0, p.z1), at_most(Y, p.y1)))
    yield Part("pelvis", (*hollow, between(Z, p.z1, p.z2)))

    r = c["ribs"]
    cage = (tube(X / r.a, Y / r.b), ~tube(X / (r.a - r.d), Y / (r.b - r.d)))
    yield Part("ribs", (*cage, between(Z, r.z1, r.z2), rib_slabs(r.z1, r.c)))

    v = c["clavicles"]
    ring = torus((0.0, v.y0, v.z1), "z", v.R, v.r, v.r)
    box = (between(Z, v.z1 - v.r, v.z1 + v.r), at_most(Y), at_least(X))
    wedge = (at_least(v.y0 * ONE - Y - v.cotan2 * X), at_most(v.y0 * ONE - Y - v.cotan1 * X))
    yield from both_sides(Part("clavicles", (*box, *wedge, ring)))

    s = c["scapulae"]
    shell = (tube(X / s.a2, Y / s.b), ~tube(X / s.a1, Y / s.b), between(Z, s.z1, s.z2))
    wing = (at_least(Y), at_least(X), at_least(Y - s.m1 * X), at_most(Y - s.m2 * X))
    yield from both_sides(Part("scapulae", (*wing, *shell)))

    a = c["arm_bones"]
    rise = (Z - a.z2 * ONE) / (2.0 * a.z2)
    bone = (tube(rise + (X - a.x0 * ONE) / a.a, Y / a.b, ONE + rise), at_least(X))
    yield from both_sides(
        Part("arm bones upper third", (between(Z, 2.0 * a.z2 / 3.0, a.z2), *bone)),
        Part("arm bones lower", (between(Z, 0.0, a.z2), *bone)),
    )

    t, leg = c["trunk"], c["legs"]
    length = leg.C - c["skin"].S
    k = t.A * leg.C / (2.0 * leg.Cp)
    r1, r2 = 0.175 * t.A, t.A * (leg.Cp - leg.C) / (4.0 * leg.Cp)
    bone = (
        tube(X - t.A / 2.0 * ONE - k / length * Z, Y, r1 * ONE + (r1 - r2) / length * Z),
        at_least(X),
    )
    yield from both_sides(
        Part("leg bones upper third", (between(Z, -length / 3.0, 0.0), *bone)),
        Part("leg bones lower", (between(Z, -length, 0.0), *bone)),
    )
