"""Transport: closed forms, published buildup, conservation of energy, two estimators, repeatability."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from concentric import follow, spheres

from phantoms.transport.materials import CrossSections, cross_sections


def mean_se(values: Sequence[float]) -> tuple[float, float]:
    return float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(len(values)))


@pytest.fixture(scope="module")
def water() -> CrossSections:
    return cross_sections(("water",))


@pytest.fixture(scope="module")
def absorber(water: CrossSections) -> CrossSections:
    """Water that only absorbs: for this the absorbed fractions of a sphere have closed forms."""
    none = np.zeros_like(water.photo)
    return water._replace(
        coherent=none, incoherent=none, pair=none, transfer=water.photo, majorant=water.photo[1]
    )


def test_point_source_in_an_absorbing_sphere(absorber: CrossSections) -> None:
    radius, energy = 3.0, 0.025
    solid = spheres([0.03, radius])
    got, se = mean_se([t.analog.sum() for t in follow(solid, energy, 10, absorber)])
    i = (np.log(energy) - absorber.log_low) * absorber.per_step
    mu = np.interp(i, np.arange(absorber.photo.shape[1]), absorber.photo[1])
    assert got == pytest.approx(1.0 - np.exp(-mu * radius), abs=4 * se)


def test_uniform_source_in_an_absorbing_sphere(absorber: CrossSections) -> None:
    radius, energy = 2.0, 0.025
    got, se = mean_se([t.analog.sum() for t in follow(spheres([radius]), energy, 10, absorber)])
    i = (np.log(energy) - absorber.log_low) * absorber.per_step
    x = radius * np.interp(i, np.arange(absorber.photo.shape[1]), absorber.photo[1])
    # 1 - mean escape probability of a sphere (Case, de Hoffmann and Placzek 1953)
    escape = 3.0 / (8.0 * x**3) * (2.0 * x**2 - 1.0 + (1.0 + 2.0 * x) * np.exp(-2.0 * x))
    assert got == pytest.approx(1.0 - escape, abs=4 * se)


@pytest.mark.parametrize("energy_MeV", [0.02, 0.1, 0.909, 2.0])
def test_an_endless_medium_keeps_all_energy_and_both_estimators_agree(
    energy_MeV: float, water: CrossSections
) -> None:
    # as many batches as make their scatter a standard error: of 8, four standard errors are passed in 200
    tallies = follow(spheres([2.0, 500.0]), energy_MeV, 60, water, n=2_000)
    for t in tallies:
        assert t.analog.sum() == pytest.approx(1.0, abs=1e-9)
    inner = [t.analog[1] - t.kerma[1] for t in tallies]
    difference, se = mean_se(inner)
    assert abs(difference) < 4 * se
    total, se = mean_se([t.kerma.sum() for t in tallies])
    assert total == pytest.approx(1.0, abs=4 * se)


@pytest.mark.parametrize(
    ("energy_MeV", "published"),
    # exposure buildup factors of water at 1, 2 and 4 mean free paths, ANSI/ANS-6.4.3 (1991)
    [(0.5, (2.44, 4.88, 12.8)), (1.0, (2.08, 3.62, 7.68))],
)
def test_buildup_of_a_point_source_in_water(
    energy_MeV: float, published: tuple[float, ...], water: CrossSections
) -> None:
    i = (np.log(energy_MeV) - water.log_low) * water.per_step
    knots = np.arange(water.photo.shape[1])
    # the standard leaves coherent scattering out
    mu = np.interp(i, knots, (water.photo + water.incoherent + water.pair)[1])
    transfer = np.interp(i, knots, water.transfer[1])
    radii = [0.08 / mu]  # as good as a point: the shells see it under 5 degrees at most
    for n in (1.0, 2.0, 4.0):
        radii += [(n - 0.05) / mu, (n + 0.05) / mu]
    none = np.zeros_like(water.coherent)
    xs = water._replace(coherent=none, majorant=water.majorant - water.coherent[1])
    tallies = follow(spheres([*radii, 8.0 / mu]), energy_MeV, 8, xs)
    for k, (n, buildup) in enumerate(zip((1.0, 2.0, 4.0), published, strict=True)):
        shell = 3 + 2 * k
        r1, r2 = radii[2 * k + 1], radii[2 * k + 2]
        uncollided = transfer / mu * (np.exp(-mu * r1) - np.exp(-mu * r2))
        got, se = mean_se([t.kerma[shell] / uncollided for t in tallies])
        assert got == pytest.approx(buildup, rel=0.02 + 3 * se / got), n


def test_a_batch_is_the_same_whatever_the_number_of_threads(water: CrossSections) -> None:
    solid = spheres([2.0, 10.0])

    def one(batch: int) -> bytes:
        return follow(solid, 0.5, 1, water, n=500, seed=batch)[0].kerma.tobytes()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(8))) == [one(batch) for batch in range(8)]
    assert len({one(batch) for batch in range(8)}) == 8
