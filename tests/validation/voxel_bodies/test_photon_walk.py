"""Photons' voxel S values by a kernel against a walk from voxel to voxel; what the comparison depends on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dosimetry.svalues.voxels import voxel_s_values
from phantoms.transport.materials import cross_sections
from validation.voxel_bodies.photon_walk import walked
from validation.voxel_bodies.voxel_s_causes import by_a_walk, causes


def test_a_walk_gives_the_kernels_voxel_s_values() -> None:
    """113 and 208 keV, 177Lu's; in the mean to 0.3 %, which is what this many photons can say."""
    mean, error, largest = by_a_walk([0.113, 0.208], [0.2, 0.8], 4.0, histories=200_000, walks=300_000)
    assert error < 0.002
    assert abs(mean) < max(0.003, 3.0 * error)
    assert largest < 4.5  # of 56 offsets: 4e-4 by chance


def test_a_voxel_absorbs_of_its_own_photons_what_a_flight_in_it_says() -> None:
    """Soft photons: nearly all at their first collision, after the way from a point to the cube's faces."""
    width_cm, energy = 0.3, 0.010
    xs = cross_sections(("soft tissue",))
    place, knots = (np.log(energy) - xs.log_low) * xs.per_step, np.arange(xs.photo.shape[1])
    transfer = float(np.interp(place, knots, xs.transfer[1]))
    total = float(np.interp(place, knots, (xs.photo + xs.coherent + xs.incoherent)[1]))
    rng = np.random.default_rng(1)
    start, flight = rng.random((400_000, 3)) * width_cm, rng.normal(size=(400_000, 3))
    flight /= np.linalg.norm(flight, axis=1)[:, None]
    chord = np.min(np.where(flight > 0.0, width_cm - start, -start) / flight, axis=1)
    kept = -np.expm1(-total * chord)
    first = transfer / total * kept.mean()
    found = walked([energy], [1.0], 3.0, half_width_mm=20.0, histories=40_000)
    se = float(np.hypot(found.standard_error[0, 0, 0], kept.std() / np.sqrt(kept.size)))
    # what collides again in the voxel adds at most the share of scattered energy times what stays of it
    again = (1.0 - transfer / total) * kept.mean()
    assert first - 4.0 * se < found.share[0, 0, 0] < first + again * first + 4.0 * se


def test_tissue_that_ends_sends_nothing_back() -> None:
    endless = walked([0.3], [1.0], 5.0, histories=60_000, offsets=4)
    ends = walked([0.3], [1.0], 5.0, half_width_mm=17.5, histories=60_000, offsets=4)
    far = (3, 3, 3)
    assert ends.share[far] < endless.share[far] * 0.95
    off = ends.share[0, 0, 0] / endless.share[0, 0, 0] - 1.0
    se = np.hypot(ends.standard_error[0, 0, 0], endless.standard_error[0, 0, 0]) / endless.share[0, 0, 0]
    assert abs(off) < 0.02 + 4.0 * se


def test_a_table_of_our_own_values_differs_by_what_is_changed_alone(tmp_path: Path) -> None:
    ours = voxel_s_values("Y-90", 4.8, histories=4000).s_mGy_per_MBq_s
    path = tmp_path / "table.csv"
    lines = [f"90Y,4.8,soft,{i},{j},{k},{s:.9e}" for (i, j, k), s in np.ndenumerate(ours)]
    head = "# ours\nnuclide,voxel_mm,tissue,i,j,k,S_mGy_per_MBq_s\n"
    path.write_text(head + "\n".join(lines), encoding="utf-8")
    found = causes(path, histories=4000, walks=2000)
    assert set(found["radiation"]) == {"photons", "electrons"}
    assert "no bremsstrahlung" not in set(found["what"])  # of 90Y nothing would be left
    at = found.set_index(["radiation", "what"])
    for radiation in ("photons", "electrons"):
        assert at.loc[(radiation, "nothing"), "mean"] == pytest.approx(1.0, abs=1e-8)
        assert at.loc[(radiation, "nothing"), "within"] == 1.0
    # electrons go further in what stops them less, 0.6 %, and in what is less dense
    means = at.loc["electrons", "mean"]
    assert 1.0 < means["H, C, N, O of ICRU"] < means["the same, 1.035 g/cm3"] < means["1.00 g/cm3"]
    assert means["water"] < 1.0
    assert means["a cube of 51 voxels"] == pytest.approx(1.0, abs=0.005)
