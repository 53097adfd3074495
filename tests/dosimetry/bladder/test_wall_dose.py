"""Dose of the bladder's wall while the contents grow: limits, quadrature, nights, what cannot be."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from dosimetry import BladderMethod, BladderVolume, DosimetryError, nuclide, s_values, wall_dose
from dosimetry.svalues.folding import s_arrays
from kinetics import Contents, ContinuousEmptying, Emptying, Inflow
from phantoms.spheres.surface import surface_fraction

F18 = nuclide("F-18").lambda_per_h
FDG = Inflow.of_half_lives([0.06, 0.18], [0.20, 1.5])
CONTENTS, WALL = "urinary bladder contents", "urinary bladder wall"
VOIDED = Contents(FDG, Emptying(times_h=(0.8, 3.0), every_h=3.5, residual=0.05), F18)


@pytest.mark.parametrize("body", ["adult male", "adult female", "5-year-old"])
def test_the_bodys_own_volume_gives_the_static_dose(body: str) -> None:
    s = s_values("F-18", body).loc[WALL, CONTENTS]
    first = wall_dose(VOIDED, BladderVolume(after_void_mL=100.0, flow_mL_per_h=0.0), "F-18", body)
    assert first.static_total_mGy_per_MBq == pytest.approx(3600 * s * VOIDED.tiac_h, rel=1e-12)
    own = BladderVolume(after_void_mL=first.reference_mL, flow_mL_per_h=0.0)
    same = wall_dose(VOIDED, own, "F-18", body)
    assert same.dynamic_total_mGy_per_MBq == pytest.approx(same.static_total_mGy_per_MBq, rel=1e-9)
    assert same.ratio == pytest.approx(1.0, rel=1e-9)
    # half the dose in the contents: 1/(2 m) of the energy of positrons and electrons
    energy = nuclide("F-18").electron.total_MeV
    mass_kg = first.reference_mL * 1.04e-3
    expected = 3600 * VOIDED.tiac_h * energy * 1.602176634e-13 * 1e9 / (2 * mass_kg)
    assert first.static_mGy_per_MBq["electron"] == pytest.approx(expected, rel=0.001)


def test_electrons_go_as_one_over_the_volume_and_photons_by_the_surface_of_a_sphere() -> None:
    small = wall_dose(VOIDED, BladderVolume(after_void_mL=50.0, flow_mL_per_h=0.0), "F-18", "adult male")
    volume = small.reference_mL
    electrons = small.dynamic_mGy_per_MBq["electron"] / small.static_mGy_per_MBq["electron"]
    assert electrons == pytest.approx(volume / 50.0, rel=1e-9)

    def at_surface(mL: float) -> float:
        radius = (3 * mL * 1.04**3 / (4 * math.pi)) ** (1 / 3)
        return float(surface_fraction("photon", 0.511, radius)[0]) / mL

    photons = small.dynamic_mGy_per_MBq["photon"] / small.static_mGy_per_MBq["photon"]
    assert photons == pytest.approx(at_surface(50.0) / at_surface(volume), rel=0.002)  # a line of 0.5 keV too


@pytest.mark.parametrize("night", [None, (0.5, 6.0, 20.0)])
@pytest.mark.parametrize(
    "emptied",
    [
        Emptying(times_h=(0.8, 3.0), every_h=3.5, residual=0.05),
        Emptying(every_h=2.0),
        Emptying(times_h=(1.5,)),
    ],
)
def test_electrons_by_adaptive_quadrature(
    emptied: Emptying, night: tuple[float, float, float] | None
) -> None:
    contents = Contents(FDG, emptied, F18)
    given: dict[str, Any] = {"after_void_mL": 5.0, "flow_mL_per_h": 60.0, "at_start_mL": 120.0}
    if night is not None:
        given |= dict(zip(("night_starts_h", "night_lasts_h", "night_flow_mL_per_h"), night, strict=True))
    volume = BladderVolume(**given)

    def flow(t: float) -> float:
        return night[2] if night is not None and (t - night[0]) % 24.0 < night[1] else 60.0

    voids = emptied.until(60.0)
    starts = np.array([0.0, *voids])
    edges = sorted({*starts, *(k * 24 + e for k in range(3) for e in (0.5, 6.5)), 60.0})
    total, size = 0.0, 120.0
    for a, b in itertools.pairwise(edges):
        size = 5.0 if a in voids else size
        rate, begin = flow(0.5 * (a + b)), size
        for low, high in itertools.pairwise([a, *(a + (b - a) * np.array([1e-3, 1e-2, 0.1, 1.0]))]):
            total += quad(
                lambda t, a=a, rate=rate, begin=begin: float(contents.at([t])[0]) / (begin + rate * (t - a)),
                low, high, epsabs=1e-14, epsrel=1e-11, limit=200,
            )[0]  # fmt: skip
        size = begin + rate * (b - a)
    found = wall_dose(contents, volume, "F-18", "adult male")
    s = s_arrays("F-18", "adult male")
    at = s.library.targets.index(WALL), s.library.sources.index(CONTENTS)
    expected = 3600 * s.value["electron"][at] * found.reference_mL * total
    assert found.dynamic_mGy_per_MBq["electron"] == pytest.approx(expected, rel=1e-7)


def test_an_empty_bladder_at_the_start_has_the_higher_dose() -> None:
    """As MIRD Pamphlet 14 revised says of initial volume: the first urine has most of the activity."""
    dose = [
        wall_dose(
            VOIDED,
            BladderVolume(after_void_mL=10.0, flow_mL_per_h=60.0, at_start_mL=v),
            "F-18",
            "adult male",
        ).dynamic_total_mGy_per_MBq
        for v in (10.0, 50.0, 200.0, 500.0)
    ]
    assert dose == sorted(dose, reverse=True)


def test_the_table_of_the_page() -> None:
    page = (Path(__file__).parents[3] / "docs" / "bladder.md").read_text(encoding="utf-8")
    contents = Contents(FDG, Emptying(every_h=3.5), F18)
    for start in (10.0, 50.0, 200.0):
        volume = BladderVolume(after_void_mL=10.0, flow_mL_per_h=60.0, at_start_mL=start)
        found = wall_dose(contents, volume, "F-18", "adult male")
        dynamic, static = found.dynamic_total_mGy_per_MBq, found.static_total_mGy_per_MBq
        assert f"| {start:.0f} | {dynamic:.3f} | {static:.3f} |" in page


def test_volumes_and_nights() -> None:
    volume = BladderVolume(
        after_void_mL=10.0,
        flow_mL_per_h=60.0,
        night_flow_mL_per_h=30.0,
        night_starts_h=20.0,
        night_lasts_h=8.0,
    )
    # the night before ends at 4 h
    assert volume.at([4.0, 5.0, 20.0, 28.0, 29.0], [0.0]).tolist() == pytest.approx(
        [130, 190, 1090, 1330, 1390]
    )
    assert volume.edges_h(30.0).tolist() == [4.0, 20.0, 28.0]
    assert volume.at([6.0], [0.0, 5.0]).tolist() == [70.0]


@pytest.mark.parametrize(("of", "residual", "first_h"), [("Zr-89", 0.99, None), ("I-131", 0.9, 100.0)])
def test_old_urine_that_stays_longer_than_new_comes_in(
    of: str, residual: float, first_h: float | None
) -> None:
    """Time was integrated until no more came in: 27 % of the dose was missing with 89Zr."""
    slow = Contents(FDG, Emptying(every_h=4.0, first_h=first_h, residual=residual), nuclide(of).lambda_per_h)
    own_mL = wall_dose(
        VOIDED, BladderVolume(after_void_mL=9.0, flow_mL_per_h=0.0), "F-18", "adult male"
    ).reference_mL
    same = wall_dose(slow, BladderVolume(after_void_mL=own_mL, flow_mL_per_h=0.0), of, "adult male")
    assert same.ratio == pytest.approx(1.0, rel=1e-9)


def test_daughters_that_are_left_out_are_said() -> None:
    """225Ac alone is 21 % of the energy of its alphas with daughters."""
    ac, volume = nuclide("Ac-225"), BladderVolume(after_void_mL=10.0, flow_mL_per_h=60.0)
    contents = Contents(FDG, Emptying(every_h=3.0), ac.lambda_per_h)
    (left_out, _) = wall_dose(contents, volume, ac, "adult male").notes
    assert "Fr-221" in left_out
    assert len(wall_dose(contents, volume, ac, "adult male", daughters="equilibrium").notes) == 1


def test_shares_of_activity_and_volume_that_do_not_agree_are_said() -> None:
    volume = BladderVolume(after_void_mL=90.0, flow_mL_per_h=60.0)
    note = wall_dose(VOIDED, volume, "F-18", "adult male").notes[0]
    assert "stays at a void (90 mL), of the activity 5 %" in note
    agree = Contents(FDG, Emptying(every_h=3.0, residual=0.1), F18)
    volume = BladderVolume(after_void_mL=20.0, flow_mL_per_h=60.0)
    assert wall_dose(agree, volume, "F-18", "adult male").notes == ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"after_void_mL": 0.0}, "volume after a void is 0 mL; 1 to 4000 is allowed"),
        ({"at_start_mL": 1e5}, "volume at the start is 100000 mL"),
        ({"flow_mL_per_h": -1.0}, "the flow of urine is -1 mL/h"),
        ({"night_flow_mL_per_h": 30.0}, "a night needs its flow, when it begins, and how long"),
        (
            {"night_flow_mL_per_h": 30.0, "night_starts_h": 12.0, "night_lasts_h": 25.0},
            "the night lasts 25 h; 0 to 24",
        ),
    ],
)
def test_volumes_that_cannot_be(given: dict[str, float], said: str) -> None:
    with pytest.raises(DosimetryError, match=said):
        BladderVolume(**({"after_void_mL": 10.0, "flow_mL_per_h": 60.0} | given))


def test_contents_that_cannot_be() -> None:
    volume = BladderVolume(after_void_mL=10.0, flow_mL_per_h=60.0)
    with pytest.raises(DosimetryError, match="needs times of voids; these contents are emptied continuously"):
        wall_dose(Contents(FDG, ContinuousEmptying(0.5), F18), volume, "F-18", "adult male")
    with pytest.raises(DosimetryError, match=r"the contents decay with .*, Zr-89 with"):
        wall_dose(VOIDED, volume, "Zr-89", "adult male")
    long = Contents(FDG, Emptying(times_h=(1.0,)), nuclide("Zr-89").lambda_per_h)
    with pytest.raises(DosimetryError, match=r"contents grow to .* mL; at most 4000 is followed"):
        wall_dose(long, volume, "Zr-89", "adult male")
    with pytest.raises(DosimetryError, match="nothing enters the bladder"):
        none = Contents(Inflow(np.array([0.0]), np.array([0.1])), Emptying(every_h=3.0), F18)
        wall_dose(none, volume, "F-18", "adult male")
    with pytest.raises(DosimetryError, match="density of urine is 2 g/mL"):
        wall_dose(VOIDED, volume, "F-18", "adult male", density_g_per_mL=2.0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "give urine_fraction, or measured urine"),
        ({"urine_fraction": 0.5, "urine_model": "auto"}, "one of the two is needed"),
        ({"urine_fraction": 50.0}, "above 0 and at most 1 is needed, not per cent"),
        ({"urine_model": "spline"}, "urine_model is 'spline'; allowed: voids as measured"),
        ({"urine_model": "auto"}, "urine_weights are needed where exponentials are fitted"),
        ({"urine_model": "voids as measured", "emptied": Emptying(every_h=3.0)}, "no other times belong"),
        ({"urine_fraction": 0.5}, "when is the bladder emptied"),
        ({"urine_model": "voids as measured", "residual": 1.0}, "residual is 1; 0 to below 1"),
    ],
)
def test_methods_that_cannot_be(given: dict[str, Any], said: str) -> None:
    with pytest.raises(DosimetryError, match=said):
        BladderMethod(**given)
