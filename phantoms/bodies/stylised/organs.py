"""The organs and the surface of the stylised bodies (ORNL/TM-8381, 1987), as parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from phantoms.geometry.shapes import (
    ONE,
    Form,
    Literal,
    Part,
    X,
    Y,
    Z,
    at_least,
    at_most,
    between,
    both_sides,
    ellipsoid,
    thyroid_wedge,
    torus,
    tube,
)


def _turned(c: Any) -> Iterable[Form]:
    """The coordinates (x1, y1, z1) along an organ's own axes."""
    x, y, z = X - c.x0 * ONE, Y - c.y0 * ONE, Z - c.z0 * ONE
    yield c.alpha1 * x + c.beta1 * y + c.gamma1 * z
    yield c.alpha2 * x + c.beta2 * y + c.gamma2 * z
    yield c.alpha3 * x + c.beta3 * y + c.gamma3 * z


def heart(c: Any) -> Iterator[Part]:
    """The four chambers: contents, then wall, of each."""
    x1, y1, z1 = _turned(c)

    def chamber(a: float, b: float, h: float, wall: float) -> Literal:
        return ellipsoid(x1 / (a - wall), y1 / (b - wall), z1 / (h - wall))

    front, back, upper, lower = at_least(x1), at_most(x1), at_least(z1), at_most(z1)
    thin = c.lavz - c.tlvw + c.tax  # depth of the left atrium's lower part
    for where, a, depth, wall in (
        ((front,), c.vx, c.lavz, c.tlvw),  # left ventricle
        ((front, lower), c.vx, c.ravz, c.trvw),  # right ventricle, behind the left one's wall
        ((back, upper), c.ax, c.lavz, c.tax),  # left atrium, upper part
        ((back, lower), c.ax, thin, c.tax),  # left atrium, lower part
        ((back, lower), c.ax, c.ravz, c.tax),  # right atrium, behind the left one's wall
    ):
        yield Part("heart contents", (chamber(a, c.avy, depth, wall), *where))
        yield Part("heart wall", (chamber(a, c.avy, depth, 0.0), *where))


def _hollow(organ: str, *shapes: tuple[Literal, ...]) -> Iterator[Part]:
    """Contents (the first shape), then wall (the second, less the contents)."""
    for name, shape in zip(("contents", "wall"), shapes, strict=True):
        yield Part(f"{organ} {name}", shape)


def gut(c: dict[str, Any]) -> Iterator[Part]:
    """Stomach, bladder and intestines; the small intestine is what the large one leaves."""

    def walls(organ: str, shape: Any, d: float) -> Iterator[Part]:
        return _hollow(organ, shape(d), shape(0.0))

    s = c["stomach"]
    u, v, w = X - s.x0 * ONE, Y - s.y0 * ONE, Z - s.z0 * ONE
    yield from walls("stomach", lambda d, s=s: (ellipsoid(u / (s.a - d), v / (s.b - d), w / (s.c - d)),), s.d)
    b = c["urinary_bladder"]
    q, r = Y - b.y0 * ONE, Z - b.z0 * ONE
    yield from walls(
        "urinary bladder", lambda d: (ellipsoid(X / (b.a - d), q / (b.b - d), r / (b.c - d)),), b.d
    )

    a = c["uli_ascending"]
    yield from walls(
        "upper large intestine",
        lambda d: (
            tube((X - a.x0 * ONE) / (a.a - d), (Y - a.y0 * ONE) / (a.b - d)),
            between(Z, a.z1, a.z2),
        ),
        a.d,
    )
    t = c["uli_transverse"]
    yield from walls(
        "upper large intestine",
        lambda d: (
            tube((Y - t.y0 * ONE) / (t.b - d), (Z - t.z0 * ONE) / (t.c - d)),
            between(X, -t.x1, t.x1),
        ),
        t.d,
    )
    e = c["lli_descending"]
    drop = (Z - e.z2 * ONE) / (e.z2 - e.z1)
    u1 = X - e.x1 * ONE - e.mx * drop
    v1 = Y - e.my * (e.z1 * ONE - Z) / (e.z2 - e.z1)
    yield from walls(
        "lower large intestine",
        lambda d: (tube(u1 / (e.a - d), v1 / (e.b - d)), between(Z, e.z1, e.z2)),
        e.d,
    )
    g = c["lli_sigmoid"]
    yield from walls(
        "lower large intestine",
        lambda d: (
            between(X, g.x0, g.x0 + g.R1 + g.a),
            between(Z, g.z0 - g.R1 - g.a, g.z0),
            between(Y, -g.b, g.b),
            torus((g.x0, 0.0, g.z0), "y", g.R1, g.a - d, g.b - d),
        ),
        g.d,
    )
    yield from walls(
        "lower large intestine",
        lambda d: (
            between(X, g.x0 - g.R2 - g.a, g.x0),
            between(Z, 0.0, g.R2 + g.a),
            between(Y, -g.b, g.b),
            torus((g.x0, 0.0, 0.0), "y", g.R2, g.a - d, g.b - d),
        ),
        g.d,
    )
    i = c["small_intestine"]
    yield Part(
        "small intestine",
        (tube(X / i.a, (Y - i.y0 * ONE) / i.b), between(Y, i.y1, i.y2), between(Z, i.z1, i.z2)),
    )


def gall_bladder(c: Any, hemisphere: bool) -> Iterator[Part]:
    """A cone with, but in the newborn, a hemisphere at its end."""
    x1, y1, z1 = _turned(c)
    cones = [(tube(x1, y1, r * ONE - c.s * z1), between(z1, 0.0, c.h)) for r in (c.r1, c.r2)]
    caps = [(ellipsoid(x1 / r, y1 / r, z1 / r), at_most(z1)) for r in (c.r1, c.r2)]
    yield from _hollow("gallbladder", *cones)
    if hemisphere:
        yield from _hollow("gallbladder", *caps)


def solid_organs(c: dict[str, Any]) -> Iterator[Part]:
    """All organs without contents."""
    a = c["adrenals"]
    cos, sin = np.cos(np.radians(a.theta)), np.sin(np.radians(a.theta))
    u, v, w = X - a.x0 * ONE, Y - a.y0 * ONE, Z - a.z0 * ONE
    half = ellipsoid((cos * u + sin * v) / a.a, (cos * v - sin * u) / a.b, w / a.c)
    yield from both_sides(Part("adrenals", (half, at_least(w), at_least(X))))

    k = c["kidneys"]
    bean = ellipsoid((X - k.x0 * ONE) / k.a, (Y - k.y0 * ONE) / k.b, (Z - k.z0 * ONE) / k.c)
    yield from both_sides(Part("kidneys", (bean, at_least(X, k.x1))))

    v1 = c["liver"]
    cut = at_most(X / v1.xm + Y / v1.ym - Z / v1.zm + ONE)
    yield Part("liver", (tube(X / v1.a, Y / v1.b), cut, between(Z, v1.z1, v1.z2)))

    g = c["lungs"]
    right = ellipsoid((X + g.x0 * ONE) / g.a, Y / g.b, (Z - g.z0 * ONE) / g.c)
    left = ellipsoid((X - g.x0 * ONE) / g.a, Y / g.b, (Z - g.z0 * ONE) / g.c)
    # the heart's bed is cut out: a lung is what lies above, below, behind or beside it
    yield Part("lungs", (right, between(Z, g.z0, g.z1r)))
    yield Part("lungs", (right, at_least(Z, g.z2r)))
    yield Part("lungs", (right, between(Z, g.z1r, g.z2r), at_least(Y, g.y1r)))
    yield Part("lungs", (right, between(Z, g.z1r, g.z2r), at_most(X, g.x1r)))
    yield Part("lungs", (left, at_least(Z, g.z2l)))
    yield Part("lungs", (left, between(Z, g.z0, g.z2l), at_least(Y, g.y1l)))
    yield Part("lungs", (left, between(Z, g.z0, g.z2l), at_least(X, g.x1l)))

    o = c["ovaries"]
    egg = ellipsoid((X - o.x0 * ONE) / o.a, Y / o.b, (Z - o.z0 * ONE) / o.c)
    yield from both_sides(Part("ovaries", (egg,)))

    p = c["pancreas"]
    body = (ellipsoid((X - p.x0 * ONE) / p.a, Y / p.b, (Z - p.z0 * ONE) / p.c), at_least(X, p.x0))
    yield Part("pancreas", (*body, at_most(X, p.x1)))
    yield Part("pancreas", (*body, at_least(Z, p.z0)))

    s = c["spleen"]
    yield Part("spleen", (ellipsoid((X - s.x0 * ONE) / s.a, (Y - s.y0 * ONE) / s.b, (Z - s.z0 * ONE) / s.c),))
    t = c["testes"]
    egg = ellipsoid((X - t.a * ONE) / t.a, (Y - t.y0 * ONE) / t.b, (Z + t.c * ONE) / t.c)
    yield from both_sides(Part("testes", (egg,)))
    m = c["thymus"]
    yield Part("thymus", (ellipsoid(X / m.a, (Y - m.y0 * ONE) / m.b, (Z - m.z0 * ONE) / m.c),))

    h, base = c["thyroid"], c["trunk"].C
    behind = Y - h.y0 * ONE
    yield Part(
        "thyroid",
        (
            between(Z, base, base + h.c),
            tube(X / h.R, behind / h.R),
            ~tube(X / h.r, behind / h.r),
            at_most(behind),
            thyroid_wedge(h.y0, base, h.c),
        ),
    )
    n = c["uterus"]
    womb = ellipsoid(X / n.a, (Y - n.y0 * ONE) / n.b, (Z - n.z0 * ONE) / n.c)
    yield Part("uterus", (womb, at_least(Y, n.y1)))


def surface(c: dict[str, Any]) -> Iterator[Part]:
    """Muscle (all that is left within the skin), skin and breasts."""
    t, h, s = c["trunk"], c["head"], c["skin"].S
    trunk = tube(X / t.A, Y / t.B)
    under_skin = tube(X / (t.A - s), Y / (t.B - s))
    b = c["breasts"]
    y0 = -t.B * np.sqrt(1.0 - (b.x0 / t.A) ** 2)
    u, v, w = X - b.x0 * ONE, Y - y0 * ONE, Z - b.z0 * ONE
    breast = ellipsoid(u / b.a, v / b.b, w / b.c)
    inner_breast = ellipsoid(u / (b.a - s), v / (b.b - s), w / (b.c - s))
    yield Part("muscle", (under_skin, between(Z, 0.0, t.C - s)))
    yield Part("muscle", (tube(X / h.A, Y / h.B), under_skin, between(Z, t.C - s, t.C)))
    yield from both_sides(Part("muscle", (breast, trunk, between(Z, 0.0, t.C))))
    yield Part("skin", (trunk, between(Z, 0.0, t.C)))
    yield from both_sides(Part("breasts", (inner_breast, at_least(X))), Part("skin", (breast, at_least(X))))

    crown = t.C + h.C1
    top = Z - crown * ONE
    yield Part("muscle", (tube(X / (h.A - s), Y / (h.B - s)), between(Z, t.C, crown)))
    yield Part("muscle", (ellipsoid(X / (h.A - s), Y / (h.B - s), top / (h.C2 - s)), at_least(top)))
    yield Part("skin", (tube(X / h.A, Y / h.B), between(Z, t.C, crown)))
    yield Part("skin", (ellipsoid(X / h.A, Y / h.B, top / h.C2), at_least(top)))

    leg = c["legs"]
    r = t.A / 2.0 * (ONE + Z / leg.Cp)  # radius of a leg, and the distance of its axis from the middle
    yield from both_sides(
        Part("muscle", (tube(X - r, Y, r - s * ONE), between(Z, -(leg.C - s), 0.0), at_least(X))),
        Part("skin", (tube(X - r, Y, r), between(Z, -leg.C, 0.0), at_least(X))),
    )
    depth = 2.0 * c["testes"].c + s
    for name, d in (("muscle", s), ("skin", 0.0)):
        rim = r - d * ONE
        yield from both_sides(
            Part(
                name,
                (
                    between(Z, -depth + d, 0.0),
                    at_least(X),
                    at_most(X - rim),
                    at_most(Y),
                    at_least(Y + rim),
                ),
            )
        )
