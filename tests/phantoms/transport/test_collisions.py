"""What is drawn from tables has the distributions of the formulas: flights, directions, both scatterings."""

from collections.abc import Callable

import numba as nb
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from phantoms import random_numbers as rng
from phantoms.errors import PhantomError
from phantoms.geometry.shapes import ONE, Part, X, Y, Z, quadric, square
from phantoms.geometry.solids import compile_body
from phantoms.transport.collisions import (
    KNOTS_PER_STAIRCASE,
    STAIRS,
    Collisions,
    coherent,
    collisions,
    incoherent,
)
from phantoms.transport.directions import azimuth, isotropic, turned
from phantoms.transport.materials import (
    ELECTRON_MASS_MEV,
    HC_KEV_ANGSTROM,
    N_ENERGY,
    CrossSections,
    cross_sections,
)
from phantoms.transport.photons import batch_seed, empty_tally, make_source, run_batch

TISSUES = ("soft tissue", "skeleton", "lung")
Array = NDArray[np.float64]


@pytest.fixture(scope="module")
def xs() -> CrossSections:
    return cross_sections(TISSUES)


@nb.njit
def exponentials(n: int, seed: int) -> Array:
    state = np.full(1, np.uint64(seed))
    return np.array([rng.exponential(state) for _ in range(n)])


@nb.njit
def exponentials_above(limits: Array, n: int, seed: int) -> Array:
    state, count = np.full(1, np.uint64(seed)), np.zeros(limits.size)
    for _ in range(n):
        x, i = rng.exponential(state), 0
        while i < limits.size and x > limits[i]:
            count[i] += 1.0
            i += 1
    return count


def test_flights_are_exponential_far_into_the_tail() -> None:
    drawn = exponentials(300_000, 11)
    assert drawn.min() > 0.0
    assert stats.kstest(drawn, "expon").pvalue > 1e-4
    limits, n = np.array([0.01, 0.3, 1.0, 3.0, 7.0, rng._TAIL, 8.0, 9.5, 11.0, 13.0]), 40_000_000
    p = np.exp(-limits)
    assert np.all(abs(exponentials_above(limits, n, 12) - n * p) < 4.0 * np.sqrt(n * p * (1.0 - p)))


def test_the_layers_under_the_exponential_have_equal_areas_and_end_at_its_top() -> None:
    x, y = rng._X, rng._Y
    area = rng._TAIL * np.exp(-rng._TAIL) + np.exp(-rng._TAIL)  # the lowest layer, with the tail
    assert np.diff(y)[1:] * x[1:-1] == pytest.approx(area, rel=1e-9)
    assert x[0] * y[1] == pytest.approx(area, rel=1e-12)
    assert (x[-1], y[-1]) == (0.0, 1.0)


@nb.njit
def azimuths(n: int) -> Array:
    state, found = np.full(1, np.uint64(5)), np.empty((n, 2))
    for i in range(n):
        found[i, 0], found[i, 1] = azimuth(state)
    return found


def test_azimuths_are_uniform_and_on_the_circle() -> None:
    drawn = azimuths(200_000)
    assert np.hypot(*drawn.T) == pytest.approx(1.0, abs=1e-12)
    angle = np.arctan2(drawn[:, 1], drawn[:, 0])
    assert stats.kstest(angle, stats.uniform(-np.pi, 2.0 * np.pi).cdf).pvalue > 1e-4


@nb.njit
def directions(n: int) -> Array:
    state, found = np.full(1, np.uint64(6)), np.empty((n, 3))
    for i in range(n):
        found[i, 0], found[i, 1], found[i, 2] = isotropic(state)
    return found


def test_isotropic_directions_are_uniform_along_any_axis() -> None:
    drawn = directions(200_000)
    assert np.linalg.norm(drawn, axis=1) == pytest.approx(1.0, abs=1e-12)
    flat = stats.uniform(-1.0, 2.0).cdf  # Archimedes: the height on a sphere is uniform
    for axis in (*np.eye(3), np.full(3, 1.0) / np.sqrt(3.0), np.array([0.6, -0.8, 0.0])):
        assert stats.kstest(drawn @ axis, flat).pvalue > 1e-4


@nb.njit
def turns(start: Array, mu: float, n: int) -> Array:
    state, found = np.full(1, np.uint64(7)), np.empty((n, 3))
    for i in range(n):
        found[i, 0], found[i, 1], found[i, 2] = turned(start[0], start[1], start[2], mu, state)
    return found


@pytest.mark.parametrize(
    "start", [(0.0, 0.0, 1.0), (0.0, 0.0, -1.0), (1.0, 0.0, 0.0), (0.48, -0.6, -0.64), (1e-9, 0.0, -1.0)]
)
@pytest.mark.parametrize("mu", [-1.0, -0.3, 0.0, 0.9, 1.0])
def test_a_turn_is_by_its_angle_to_all_sides_alike(start: tuple[float, float, float], mu: float) -> None:
    old = np.array(start)
    new = turns(old, mu, 40_000)
    assert new @ old == pytest.approx(mu, abs=1e-11)
    assert np.linalg.norm(new, axis=1) == pytest.approx(1.0, abs=1e-11)
    if abs(mu) < 1.0:
        side = np.cross(old, [0.36, 0.48, 0.8])
        side /= np.linalg.norm(side)
        other = np.cross(old, side)
        angle = np.arctan2(new @ other, new @ side)
        assert stats.kstest(angle, stats.uniform(-np.pi, 2.0 * np.pi).cdf).pvalue > 1e-4


def knot(xs: CrossSections, energy_MeV: float) -> int:
    return min(int((np.log(energy_MeV) - xs.log_low) * xs.per_step), N_ENERGY - 2)


def scattering_function(xs: CrossSections, m: int, energy_MeV: Array | float, mu: Array) -> Array:
    x = energy_MeV * 1e3 / HC_KEV_ANGSTROM * np.sqrt(0.5 * (1.0 - mu))
    knots = xs.x_log_low + np.arange(xs.scatter.shape[1]) / xs.x_per_step
    return np.interp(np.log(np.maximum(x, 1e-12)), knots, xs.scatter[m], right=1.0)


def klein_nishina(energy_MeV: Array | float, mu: Array) -> Array:
    """The differential cross-section over cos(angle), in any unit (Klein and Nishina 1929)."""
    keep = 1.0 / (1.0 + energy_MeV / ELECTRON_MASS_MEV * (1.0 - mu))
    return np.asarray(keep**2 * (keep + 1.0 / keep - 1.0 + mu**2))


def probabilities(density: Callable[[Array], Array], edges: Array) -> Array:
    """Share of each bin, by Gauss-Legendre quadrature."""
    nodes, w = np.polynomial.legendre.leggauss(64)
    low, high = edges[:-1, None], edges[1:, None]
    share = (density(0.5 * (low + high) + 0.5 * (high - low) * nodes) * w).sum(axis=1) * np.diff(edges)
    return np.asarray(share / share.sum())


def fits(drawn: Array, edges: Array, share: Array) -> None:
    expected = drawn.size * share
    counted = np.histogram(drawn, edges)[0]
    assert counted.sum() == drawn.size
    keep = expected > 20.0
    chi2 = ((counted - expected)[keep] ** 2 / expected[keep]).sum()
    assert stats.chi2(keep.sum() - 1).sf(chi2) > 1e-5
    assert counted[~keep].sum() <= expected[~keep].sum() + 5.0 * np.sqrt(expected[~keep].sum() + 1.0)


@nb.njit
def compton_draws(energy_MeV: float, k: int, m: int, c: Collisions, n: int) -> Array:
    state, found = np.full(1, np.uint64(8)), np.empty((n, 2))
    for i in range(n):
        found[i, 0], found[i, 1] = incoherent(energy_MeV, k, m, c, state)
    return found


@pytest.mark.parametrize("energy_MeV", [0.002, 0.0103, 0.03, 0.1, 0.511, 2.0, 10.0])
@pytest.mark.parametrize("m", [1, 2, 3])
def test_compton_angles_follow_klein_and_nishina_times_the_scattering_function(
    energy_MeV: float, m: int, xs: CrossSections
) -> None:
    drawn = compton_draws(energy_MeV, knot(xs, energy_MeV), m, collisions(xs), 200_000)
    keep, mu = drawn.T
    assert keep == pytest.approx(1.0 / (1.0 + energy_MeV / ELECTRON_MASS_MEV * (1.0 - mu)), rel=1e-9)
    # narrow bins forward, where high energies go
    edges = 1.0 - np.concatenate([[0.0], np.geomspace(1e-4, 2.0, 80)])[::-1]

    def density(at: Array) -> Array:
        return klein_nishina(energy_MeV, at) * scattering_function(xs, m, energy_MeV, at)

    fits(mu, edges, probabilities(density, edges))


@pytest.mark.parametrize("energy_MeV", [0.01, 0.06, 0.3, 0.9])
def test_the_mean_recoil_is_the_energy_transfer_of_the_tables(energy_MeV: float, xs: CrossSections) -> None:
    k, n = knot(xs, energy_MeV), 200_000
    at_knot = float(np.exp(xs.log_low + k / xs.per_step)) * (1.0 + 1e-12)
    for m in range(1, len(TISSUES) + 1):
        lost = 1.0 - compton_draws(at_knot, k, m, collisions(xs), n)[:, 0]
        table = (xs.transfer[m, k] - xs.photo[m, k]) / xs.incoherent[m, k]
        # the table's quadrature of a scattering function with corners
        assert lost.mean() == pytest.approx(table, abs=4.0 * lost.std() / np.sqrt(n) + 2e-4 * table)


def test_every_stair_is_above_the_density_and_its_sure_share_below(xs: CrossSections) -> None:
    c, generator = collisions(xs), np.random.default_rng(4)
    for m in range(1, len(TISSUES) + 1):
        j = np.repeat(np.arange(c.stairs.shape[1] - 1), 500)
        step = (j + generator.choice([0.0, 0.5, 1.0], j.size)) * KNOTS_PER_STAIRCASE
        energy = np.exp(c.log_low + np.minimum(step, N_ENERGY - 1) / c.per_step)
        stair = generator.integers(0, STAIRS, j.size)
        # nearer to the ends of a stair than to its middle, where a bound would fail first
        z = (stair + generator.beta(0.2, 0.2, j.size)) / STAIRS
        a = energy / ELECTRON_MASS_MEV
        t = 2.0 * z / (1.0 + 2.0 * a * (1.0 - z))
        keep = 1.0 / (1.0 + a * t)
        # d(cos)/dz = -2 (1 + 2a) / (1 + 2a (1 - z))^2, in which 1/keep^2 stands but for a constant
        density = klein_nishina(energy, 1.0 - t) / keep**2 * scattering_function(xs, m, energy, 1.0 - t)
        height, sure = c.stairs[m, j, stair, 2], c.stairs[m, j, stair, 3]
        assert np.all(density <= height)
        assert np.all(density >= sure * height * (1.0 - 1e-12))
        assert np.mean(sure) > 0.8


@nb.njit
def coherent_draws(energy_MeV: float, m: int, c: Collisions, n: int) -> Array:
    state = np.full(1, np.uint64(9))
    return np.array([coherent(energy_MeV, m, c.x2, c.form, c.guide, state) for _ in range(n)])


@pytest.mark.parametrize("energy_MeV", [0.002, 0.02, 0.1, 0.511, 2.0])
@pytest.mark.parametrize("m", [1, 2, 3])
def test_coherent_angles_follow_thomson_times_the_form_factor(
    energy_MeV: float, m: int, xs: CrossSections
) -> None:
    drawn = coherent_draws(energy_MeV, m, collisions(xs), 200_000)
    top = (energy_MeV * 1e3 / HC_KEV_ANGSTROM) ** 2
    q = np.unique(np.append(xs.x2[xs.x2 < top], [0.0, top]))  # F^2 is constant between its knots
    middle = 0.5 * (q[1:] + q[:-1])
    area = np.interp(q, xs.x2, xs.form[m])
    mu = 1.0 - 2.0 * middle / top
    share = np.diff(area) * (1.0 + mu**2)
    edges = 1.0 - 2.0 * q[::-1] / top
    # join the finest bins forward
    wide = edges[[*range(0, edges.size - 1, 4), edges.size - 1]]
    joined = np.add.reduceat(share[::-1], range(0, share.size, 4))
    fits(drawn, wide, joined / joined.sum())


def balls() -> list[Part]:
    radii = {"small": (0.5, -6.0), "middle": (1.5, -2.0), "large": (2.0, 4.0)}
    return [
        Part(name, (quadric(square(X / r - at / r * ONE) + square(Y / r) + square(Z / r) - square(ONE)),))
        for name, (r, at) in radii.items()
    ]


def test_a_source_in_several_regions_emits_by_their_weights(xs: CrossSections) -> None:
    solid = compile_body(balls(), (-8.0, -3.0, -3.0), (8.0, 3.0, 3.0), 0.7)
    weights = {"small": 0.3, "middle": 0.1, "large": 0.6}
    tally, n, energy = empty_tally(4, 1), 40_000, 0.002  # stopped within 10 um of where it started
    run_batch(
        batch_seed(1, 1), n, energy, make_source(solid, weights), solid.geometry, np.array([0, 1, 1, 1]),
        np.full(4, -1), xs, tally,
    )  # fmt: skip
    for region, weight in weights.items():
        share = tally.analog[solid.index(region)] / (n * energy)
        assert share == pytest.approx(weight, abs=4.0 * np.sqrt(weight * (1 - weight) / n) + 0.001), region


@pytest.mark.parametrize("energy_MeV", [0.0009, 10.1, float("nan")])
def test_energies_outside_the_tables_are_refused(energy_MeV: float, xs: CrossSections) -> None:
    solid = compile_body(balls(), (-8.0, -3.0, -3.0), (8.0, 3.0, 3.0), 0.7)
    with pytest.raises(PhantomError, match=r"allowed are 0\.001 to 10"):
        run_batch(
            batch_seed(1, 1), 10, energy_MeV, make_source(solid, {"large": 1.0}), solid.geometry,
            np.array([0, 1, 1, 1]), np.full(4, -1), xs, empty_tally(4, 1),
        )  # fmt: skip


def test_tables_are_made_once_for_the_same_cross_sections_and_anew_for_others(xs: CrossSections) -> None:
    assert collisions(xs) is collisions(xs)
    for i in range(20):  # more than are kept: no table may be taken for another's
        changed = xs._replace(transfer=xs.transfer * (2.0 + i))
        assert collisions(changed).rows[1, 5, 0] == xs.transfer[1, 5] * (2.0 + i)
