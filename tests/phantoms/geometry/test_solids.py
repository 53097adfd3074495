"""The solids and the search: closed-form volumes, symmetry, and the grid against no grid."""

import numba as nb
import numpy as np
import pytest

from phantoms.bodies.stylised.body import load_body, names
from phantoms.geometry.shapes import (
    ONE,
    Literal,
    Part,
    X,
    Y,
    Z,
    at_most,
    between,
    ellipsoid,
    quadric,
    rib_slabs,
    square,
    thyroid_wedge,
    torus,
    tube,
)
from phantoms.geometry.solids import Geometry, compile_body, locate, locate_slowly, volumes_cm3
from phantoms.random_numbers import uniform
from phantoms.transport.photons import cells_of


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


@nb.njit
def disagreements_on_faces(g: Geometry, n: int) -> int:
    """Points on faces, edges and corners of the small cells, where rounding may choose either side."""
    state = np.full(1, np.uint64(4))
    count = 0
    at = np.empty(3)
    for _ in range(n):
        for axis in range(3):
            step = uniform(state) * g.extent[axis]
            at[axis] = g.corner[axis] + (np.floor(step) if uniform(state) < 0.6 else step) / g.per_cm
        count += locate(g, at[0], at[1], at[2]) != locate_slowly(g, at[0], at[1], at[2])
    return count


@pytest.mark.parametrize("name", ["adult male", "newborn"])
def test_the_grid_changes_no_answer_on_the_faces_of_its_cells(name: str) -> None:
    assert disagreements_on_faces(load_body(name).solid.geometry, 200_000) == 0


def any_literal(generator: np.random.Generator) -> Literal:
    """A solid of any kind, somewhere within 5 cm of the origin."""
    at, size = generator.uniform(-4.0, 4.0, 3), generator.uniform(0.3, 4.0, 3)
    turn = np.linalg.qr(generator.normal(size=(3, 3)))[0]
    u, v, w = (sum(turn[i, j] * (f - at[j] * ONE) for j, f in enumerate((X, Y, Z))) for i in range(3))
    made = [
        ellipsoid(u / size[0], v / size[1], w / size[2]),
        tube(u / size[0], v / size[1]),
        tube(u / size[0], v / size[1], w / size[2]),  # a double cone
        between(u, -0.3 * size[0], 0.3 * size[1]),
        at_most(v, size[2]),
        torus(tuple(at), generator.choice(["y", "z"]), size[0] + size[1], size[1], 0.5 * size[2]),
        rib_slabs(at[2], size[2]),
        thyroid_wedge(at[0], at[1], 3.0 * size[2]),
    ]
    literal = made[generator.integers(len(made))]
    return literal if generator.random() < 0.6 else ~literal


@pytest.mark.parametrize("seed", range(25))
def test_no_body_of_any_solids_is_changed_by_its_grid(seed: int) -> None:
    generator = np.random.default_rng(seed)
    pool = [any_literal(generator) for _ in range(9)]  # parts share solids, as walls and contents do
    parts = []
    for i in range(7):
        chosen = generator.choice(len(pool), size=generator.integers(1, 4), replace=False)
        part = Part(
            f"region {i % 4}", tuple(~pool[c] if generator.random() < 0.3 else pool[c] for c in chosen)
        )
        parts.append(part)
    g = compile_body(parts, (-5.0, -4.0, -3.0), (4.0, 5.0, 6.0), generator.uniform(0.4, 2.0)).geometry
    assert disagreements(g, 40_000) == 0
    assert disagreements_on_faces(g, 20_000) == 0


def test_the_cells_of_a_region_hold_all_of_its_points() -> None:
    solid = load_body("newborn").solid
    g = solid.geometry
    regions = list(solid.regions[1:])
    listed = [set(map(tuple, places.tolist())) for places in cells_of(solid, regions)]
    points = np.random.default_rng(1).uniform(g.low, g.low + g.shape * g.cell, (60_000, 3))
    seen = set()
    for point in points:
        region = locate(g, *point)
        if region:
            seen.add(region)
            place = tuple(np.floor((point - g.low) / g.cell).astype(int).tolist())
            assert place in listed[region - 1], solid.regions[region]
    assert len(seen) > 25
