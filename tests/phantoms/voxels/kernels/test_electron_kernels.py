"""Kernels of electrons: the shipped table made again, spheres, other energies, what bremsstrahlung takes."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from slowing_down import radiated_with_secondaries

from phantoms import PhantomError
from phantoms.spheres.self_dose import overlap, tables
from phantoms.transport import electrons
from phantoms.transport.photons import batch_seed
from phantoms.transport.stopping_powers import csda_range
from phantoms.voxels.kernels import point
from phantoms.voxels.kernels.point import PointKernel, bremsstrahlung_share, electron_kernel, table

SCRIPT = Path(point.__file__).with_name("make_kernels.py")


def in_sphere(kernel: PointKernel, radius: float) -> float:
    """Share that a sphere keeps, by Gauss and Legendre in every shell, ``within`` being linear in it."""
    nodes, weights = np.polynomial.legendre.leggauss(3)
    r, half = kernel.radius_g_per_cm2, 0.5 * np.diff(kernel.radius_g_per_cm2)
    at = r[:-1, None] + half[:, None] * (1.0 + nodes)
    stays = overlap(at / radius) @ weights / 2.0
    return float(kernel.within[0] + np.diff(kernel.within) @ stays)


def test_a_piece_of_the_shipped_table_is_made_again_bit_for_bit() -> None:
    spec = importlib.util.spec_from_file_location("make_kernels", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    shipped = SCRIPT.with_name("kernels.csv").read_text().splitlines()
    for energy in (0.01, 0.02):
        made = script.rows(energy)
        assert [line for line in shipped if f",{energy:g}," in line[:20]] == made
    assert table().energy_MeV.tolist() == list(script.ELECTRON_MEV)
    assert SCRIPT.with_name("kernels.csv").stat().st_size < 300_000


def test_spheres_keep_what_the_shipped_table_of_spheres_says() -> None:
    """Both by the same transport with other seeds: the differences are statistics and interpolation."""
    spheres = tables()["electron"]
    apart = []
    for i, energy in enumerate(spheres.energy_MeV):
        kernel = electron_kernel([energy], [1.0])
        k = int(np.argmin(np.abs(np.log(table().energy_MeV / energy))))
        error = float(table().standard_error[k].max())  # of the share within a distance, at its worst
        for j in range(0, spheres.radius_g_per_cm2.size, 6):
            found = in_sphere(kernel, float(spheres.radius_g_per_cm2[j]))
            se = float(np.hypot(spheres.standard_error[i, j], error))
            # 1e-4 is for the bremsstrahlung, which the spheres' table has with its own histories
            assert found == pytest.approx(spheres.fraction[i, j], abs=4.0 * se + 3e-4), (energy, j)
            apart.append((found - spheres.fraction[i, j]) / np.hypot(se, 1e-4))
    assert abs(np.mean(apart)) < 1.0


@pytest.mark.parametrize("energy_MeV", [0.04, 0.085, 0.25])
def test_between_the_tables_energies_a_direct_run_gives_the_same(energy_MeV: float) -> None:
    reach, batches, number = csda_range(energy_MeV), 10, 300
    low, per_log = np.log(1e-3 * reach), 200 / np.log(2e3)
    tables_ = electrons.medium(max(electrons.KNOCK_ON_MEV, electrons.KNOCK_ON_SHARE * energy_MeV))
    edges = 1e-3 * reach * np.exp(np.arange(1, 201) / per_log)
    within = np.empty((batches, 200))
    for batch in range(batches):
        deposit = np.zeros(200)
        seed = batch_seed(99, batch)
        electrons.run_electrons(seed, number, energy_MeV, electrons.STOP_MEV, tables_, low, per_log, deposit)
        within[batch] = np.cumsum(deposit) / (number * energy_MeV)
    kernel = electron_kernel([energy_MeV], [1.0])
    assert electron_kernel([energy_MeV], [2.0]).within == pytest.approx(kernel.within)
    chosen = slice(60, None, 10)
    found = np.interp(edges, kernel.radius_g_per_cm2, kernel.within)[chosen]
    se = within.std(axis=0, ddof=1)[chosen] / np.sqrt(batches)
    assert np.all(np.abs(found - within.mean(axis=0)[chosen]) < 4.5 * se + 1e-3)
    # CSDA range between the table's energies
    assert table().range_g_per_cm2(np.array([energy_MeV]))[0] == pytest.approx(reach, rel=2e-3)


@pytest.mark.parametrize(("energy_MeV", "se"), [(0.1, 0.001), (1.0, 0.001), (4.0, 0.002)])
def test_bremsstrahlung_is_that_of_electrons_and_their_secondaries(energy_MeV: float, se: float) -> None:
    """By quadrature; standard errors of 20000 electrons (5000 above 2 MeV), by the runs' batches."""
    threshold = max(electrons.KNOCK_ON_MEV, electrons.KNOCK_ON_SHARE * energy_MeV)
    wanted = radiated_with_secondaries(energy_MeV, threshold)
    assert bremsstrahlung_share([energy_MeV], [1.0]) == pytest.approx(wanted, rel=4.0 * se)


def test_a_spectrum_is_the_mean_of_its_energies_weighted_by_energy() -> None:
    energy, share = np.array([0.0005, 0.3, 1.2]), np.array([0.1, 0.5, 0.4])
    whole = electron_kernel(energy[::-1], 3.0 * share[::-1])
    assert whole.within[0] == pytest.approx(0.1, abs=2e-5)  # half a keV goes nowhere
    single = [electron_kernel([e], [1.0]) for e in energy]
    for radius in (0.01, 0.05, 0.1, 0.3, 0.6):
        parts = [float(np.interp(radius, k.radius_g_per_cm2, k.within)) for k in single]
        found = np.interp(radius, whole.radius_g_per_cm2, whole.within)
        assert found == pytest.approx(share @ parts, abs=2e-4)
    assert whole.outside == pytest.approx(share @ [k.outside for k in single], rel=1e-9)
    assert np.all(np.diff(whole.within) >= 0.0)


@pytest.mark.parametrize(
    ("energy", "emitted", "what"),
    [
        ([11.0], [1.0], "allowed: above 0, to 10 MeV"),
        ([0.0, 1.0], [1.0, 1.0], "allowed: above 0"),
        ([1.0], [0.0], "not all 0"),
        ([1.0], [np.nan], "finite"),
        ([1.0, 2.0], [1.0], "their emissions"),
        ([], [], "their emissions"),
    ],
)
def test_a_spectrum_that_cannot_be_is_refused(energy: list[float], emitted: list[float], what: str) -> None:
    with pytest.raises(PhantomError, match=what):
        electron_kernel(energy, emitted)


def test_electrons_need_neither_numba_nor_xraylib() -> None:
    code = (
        "import sys; sys.modules['numba'] = sys.modules['xraylib'] = None\n"
        "import phantoms.voxels.kernels.convolve\n"
        "from phantoms.voxels.kernels.point import electron_kernel\n"
        "print(electron_kernel([1.0], [1.0]).outside)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 0.003 < float(done.stdout) < 0.004
