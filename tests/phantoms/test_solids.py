"""The solids and the search: closed-form volumes, symmetry, and the grid against no grid."""

import numba as nb
import numpy as np
import pytest

from phantoms.bodies.stylised.body import load_body, names
from phantoms.geometry.shapes import ONE, Part, X, Y, Z, quadric, square, torus
from phantoms.geometry.solids import Geometry, compile_body, locate, locate_slowly, volumes_cm3
from phantoms.random_numbers import uniform


def test_ellipsoid_torus_and_their_complement_have_the_volumes_of_the_formulas() -> None:
    egg = quadric(square((X - 1.0 * ONE) / 2.0) + square(Y / 3.0) + square(Z / 4.0) - square(ONE))
    ring = torus((0.0, 0.0, 0.0), "z", 6.0, 0.8, 1.2)
    solid = compile_body(
        [Part("egg", (egg,)), Part("ring", (ring, ~egg))], (-8.0, -8.0, -5.0), (8.0, 8.0, 5.0), 0.7
    )
    volume = volumes_cm3(solid, 12)
    assert volume["egg"] == pytest.approx(4.0 / 3.0 * np.pi * 2 * 3 * 4, rel=1e-3)
    assert volume["ring"] == pytest.approx(2.0 * np.pi**2 * 6.0 * 0.8 * 1.2, rel=1e-3)


def test_a_mirrored_part_is_the_image_in_the_plane_x_0() -> None:
    bent = quadric(square((X - 2.0 * ONE) / 1.5 + 0.3 * Y) + square(Y) + square(Z + 0.2 * X) - square(ONE))
    ring = torus((1.0, 0.0, 0.0), "y", 2.0, 0.5, 0.5)
    part = Part("part", (bent, ~ring))
    box = (-5.0, -5.0, -5.0), (5.0, 5.0, 5.0), 1.0
    one, other = (compile_body([p], *box).geometry for p in (part, part.mirrored()))
    points = np.random.default_rng(0).uniform(-4.0, 4.0, (20_000, 3))
    here = [locate(one, x, y, z) for x, y, z in points]
    assert sum(here) > 100
    assert here == [locate(other, -x, y, z) for x, y, z in points]


@nb.njit
def disagreements(g: Geometry, n: int) -> int:
    state = np.full(1, np.uint64(3))
    count = 0
    for _ in range(n):
        x = g.low[0] + uniform(state) * g.shape[0] * g.cell
        y = g.low[1] + uniform(state) * g.shape[1] * g.cell
        z = g.low[2] + uniform(state) * g.shape[2] * g.cell
        count += locate(g, x, y, z) != locate_slowly(g, x, y, z)
    return count


@pytest.mark.parametrize("name", names())
def test_the_grid_changes_no_answer(name: str) -> None:
    assert disagreements(load_body(name).solid.geometry, 200_000) == 0
