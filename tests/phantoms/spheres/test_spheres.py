"""Spheres: closed forms, published ranges and stopping powers, a second transport, the shipped file."""

from __future__ import annotations

import importlib.util
import itertools
from pathlib import Path

import numpy as np
import pytest
from slowing_down import radiated_with_secondaries

from phantoms import PhantomError
from phantoms.geometry.shapes import ONE, Part, X, Y, Z, quadric, square
from phantoms.geometry.solids import compile_body
from phantoms.spheres import self_dose as spheres
from phantoms.spheres.point_source import electron_fractions, escape_probability, photon_fractions
from phantoms.spheres.self_dose import absorbed_fraction, overlap, radius_g_per_cm2, sphere_library, tables
from phantoms.transport import alphas
from phantoms.transport.materials import CrossSections, cross_sections
from phantoms.transport.photons import batch_seed, empty_tally, make_source, run_batch

SCRIPT = Path(spheres.__file__).with_name("make_spheres.py")


@pytest.fixture(scope="module")
def water() -> CrossSections:
    return cross_sections(("water",))


def test_photons_of_the_tables_highest_energy_read_nothing_beyond_them(water: CrossSections) -> None:
    """Beyond water's row there stands one without numbers."""
    names = ("photo", "coherent", "incoherent", "pair", "transfer")
    rows = {n: np.vstack([getattr(water, n), np.full(water.photo.shape[1], np.nan)]) for n in names}
    beyond = water._replace(**rows)
    found = photon_fractions(10.0, np.array([0.1, 1.0]), beyond, 2000, 4, 1)
    assert np.isfinite(found).all()


def test_overlap_is_the_chance_to_stay_in_the_sphere() -> None:
    rng = np.random.default_rng(3)
    n = 200_000
    start = rng.normal(size=(n, 3))
    start *= (rng.random(n) ** (1 / 3) / np.linalg.norm(start, axis=1))[:, None]
    for x in (0.1, 0.7, 1.4, 1.9):
        stays = np.linalg.norm(start + np.array([0.0, 0.0, x]), axis=1) < 1.0
        assert overlap(x) == pytest.approx(stays.mean(), abs=5 * stays.std() / np.sqrt(n))
    assert overlap(0.0) == 1.0
    assert overlap(2.5) == 0.0


def test_overlap_gives_the_escape_probability() -> None:
    for x in (0.01, 0.049, 0.051, 0.5, 5.0):
        r = np.linspace(0.0, 2.0 * x, 20_001)
        kept = np.trapezoid(np.exp(-r) * overlap(r / x), r)
        assert 1.0 - escape_probability(x) == pytest.approx(kept, rel=2e-5)


@pytest.mark.parametrize("energy_MeV", [0.03, 0.1, 0.511])
def test_photons_against_transport_in_a_compiled_sphere_within_water(
    energy_MeV: float, water: CrossSections
) -> None:
    mass_kg, batches, n = 0.31, 10, 12_000
    radius = radius_g_per_cm2(mass_kg)
    parts = [
        Part(name, (quadric(square(X / r) + square(Y / r) + square(Z / r) - square(ONE)),))
        for name, r in (("sphere", radius), ("around", radius + 30.0))
    ]
    box = radius + 30.3
    solid = compile_body(parts, (-box,) * 3, (box,) * 3, 1.0)
    source = make_source(solid, {"sphere": 1.0})
    kept = []
    for batch in range(batches):
        tally = empty_tally(3, 1)
        run_batch(
            batch_seed(7, batch), n, energy_MeV, source, solid.geometry, np.array([0, 1, 1]),
            np.full(3, -1), water, tally,
        )  # fmt: skip
        kept.append(tally.kerma[solid.index("sphere")] / (n * energy_MeV))
    se = np.std(kept, ddof=1) / np.sqrt(batches)
    expected = absorbed_fraction("photon", energy_MeV, mass_kg)[0]
    # the electrons' flight is not in this transport; in the table it takes 0.5 % at 511 keV
    flight = 0.01 * energy_MeV * expected
    assert np.mean(kept) == pytest.approx(expected, abs=3.5 * se + flight)


def test_each_table_falls_with_energy_or_rises_with_size_as_it_must() -> None:
    for radiation, table in tables().items():
        assert np.all((table.fraction >= 0.0) & (table.fraction <= 1.0))
        assert np.all(np.diff(table.fraction, axis=1) > -1e-9), radiation
        known = table.fraction > 1e-4
        assert np.all(table.standard_error[known] < 0.05 * table.fraction[known])
    electron = tables()["electron"]
    assert np.all(np.diff(electron.fraction, axis=0) < 0.004)


def test_only_density_times_radius_matters() -> None:
    light = absorbed_fraction("electron", [0.3, 1.0], 0.004, 0.5)
    heavy = absorbed_fraction("electron", [0.3, 1.0], 0.001, 1.0)
    assert light == pytest.approx(heavy, rel=1e-9)
    assert radius_g_per_cm2(0.001) == pytest.approx(0.62035, abs=1e-5)


def test_electrons_in_large_spheres_lose_what_starts_near_the_surface() -> None:
    table = tables()["electron"]
    k = int(np.flatnonzero(table.energy_MeV == 0.5)[0])
    large = table.radius_g_per_cm2 > 1.0
    # 1 - phi = radiation yield + 3/4 of the mean distance over the radius
    slope, radiated = np.polyfit(1.0 / table.radius_g_per_cm2[large], 1.0 - table.fraction[k][large], 1)
    assert slope / 0.75 == pytest.approx(0.5 * 0.1766, rel=0.05)  # near half the range
    # 4 x 0.2 %, the statistics of 5000 electrons; <r^3> / (16 R^3), 5e-5 at 1 g/cm2, is not in the line
    wanted = radiated_with_secondaries(0.5, 5e-3)
    assert radiated == pytest.approx(wanted, rel=0.008, abs=2e-5)


#: Protons in liquid water by NIST PSTAR (NISTIR 4999, after ICRU Report 49): energy in MeV, electronic
#: stopping power in MeV cm2/g, CSDA range in g/cm2.
PROTONS = (
    (1.0, 260.6, 2.458e-3), (1.25, 222.8, 3.499e-3), (1.5, 195.5, 4.698e-3), (2.0, 158.5, 7.555e-3),
    (2.5, 134.3, 1.099e-2),
)  # fmt: skip
#: Masses in MeV (CODATA 2018): an alpha as fast as a proton of T MeV has 3.9726 T.
SPEED = 3727.379 / 938.272


def test_alphas_stop_as_protons_of_their_speed_do() -> None:
    """Bethe: the square of the charge. Above 4 MeV ICRU 49 states 1 to 2 %."""
    for proton_MeV, stopping, _ in PROTONS:
        found = alphas.stopping_power(proton_MeV * SPEED)
        assert found == pytest.approx(4.0 * stopping, rel=0.02), proton_MeV


def test_ranges_of_alphas_grow_as_those_of_protons() -> None:
    """Between two speeds the range grows by (mass ratio / 4) times what a proton's does."""
    for (low, _, near), (high, _, far) in itertools.pairwise(PROTONS):
        grown = alphas.csda_range(high * SPEED) - alphas.csda_range(low * SPEED)
        assert grown == pytest.approx(SPEED / 4.0 * (far - near), rel=0.02), (low, high)


@pytest.mark.parametrize(
    ("proton_MeV", "stopping"),  # PSTAR, as above
    [(0.125, 780.1), (0.175, 695.9), (0.25, 599.9), (0.5, 412.8), (0.75, 317.2)],
)
def test_slow_alphas_have_picked_up_electrons(proton_MeV: float, stopping: float) -> None:
    """Effective charge of helium (Ziegler, Biersack and Littmark 1985), good to 5 %, as is ICRU 49 here."""
    log = np.log(proton_MeV * 1e3 / 1.00728)  # keV/u
    fit = np.polynomial.polynomial.polyval(log, [0.2865, 0.1266, -0.001429, 0.02402, -0.01135, 0.001475])
    charge_squared = 4.0 * (1.0 - np.exp(-fit))
    found = float(alphas.stopping_power(proton_MeV * SPEED))
    assert found == pytest.approx(charge_squared * stopping, rel=np.hypot(0.05, 0.05))


def test_the_slowest_alphas_stop_in_proportion_to_their_velocity() -> None:
    fast, slow = alphas.stopping_power([0.05, 0.0125])
    assert slow == pytest.approx(fast / 2.0, rel=1e-12)


def test_alphas_leave_less_than_their_range_says() -> None:
    fraction = absorbed_fraction("alpha", [0.0, 0.1, 5.5, 8.8], 1e-5)
    assert fraction[0] == pytest.approx(1.0, rel=1e-12)
    assert np.all(np.diff(fraction) < 0.0)
    depth = 0.75 * alphas.csda_range(8.8) / radius_g_per_cm2(1e-5)
    # most is lost at the end of the track, so the mean distance is above half the range
    assert 0.5 * depth < 1.0 - fraction[-1] < 0.65 * depth


@pytest.mark.parametrize(
    ("mass_kg", "density", "says"),
    [
        (0.0, 1.0, "0 g is outside.*0.01 g to 6000 g"), (-1.0, 1.0, "-1000 g"), (7.0, 1.0, "7000 g"),
        (float("nan"), 1.0, "nan g"), (0.1, 0.0, "density of 0 g/cm3.*0.2 to 2"), (0.1, 9.0, "density of 9"),
        (0.1, float("nan"), "density of nan"),
    ],
)  # fmt: skip
def test_what_is_outside_the_tables_is_refused(mass_kg: float, density: float, says: str) -> None:
    with pytest.raises(PhantomError, match=says):
        sphere_library(mass_kg, density)


def test_the_limits_themselves_are_inside() -> None:
    for mass_kg in (1e-5, 6.0):
        for density in (0.2, 2.0):
            sphere_library(mass_kg, density)


def test_the_script_makes_the_shipped_numbers_again(water: CrossSections) -> None:
    spec = importlib.util.spec_from_file_location("make_spheres", SCRIPT)
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    shipped = SCRIPT.with_name("spheres.csv").read_text(encoding="utf-8").splitlines()
    for radiation, energy in (("photon", 0.01), ("electron", 0.03)):
        for line in script.rows(radiation, energy):
            assert line in shipped
    # two energies that take longer, with fewer histories and within statistics
    for radiation, energy in (("photon", 0.511), ("electron", 1.0)):
        table = tables()[radiation]
        found = photon_fractions(energy, script.RADII, water, 20_000, 10, 99) if radiation == "photon" else (
            electron_fractions(energy, script.RADII, 400, 10, 99)
        )  # fmt: skip
        at = np.array([np.interp(energy, table.energy_MeV, c) for c in table.fraction.T])
        se = np.hypot(found[1], 0.01 * at)
        assert np.all(np.abs(found[0] - at) < 4.5 * se + 2e-4), radiation
