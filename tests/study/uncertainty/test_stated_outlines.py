"""Outlines of [uncertainty]: one error of the volume in concentration, content and mass; closed forms."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from dosimetry import phi, sphere_recovery
from dosimetry.errors import DosimetryError
from dosimetry.imaging.outline_errors import OutlineErrors
from dosimetry.study.keys.outline_settings import Outline, Recovery
from dosimetry.study.uncertainty.facts import Facts, OrganFacts
from dosimetry.study.uncertainty.outlines import outline_inputs
from dosimetry.uncertainty.inputs import Input, Unknown
from milligray.errors import Complaints

VOLUME_ML, VOXEL_MM, FWHM_MM, OBSERVER = 150.0, 4.0, 6.0, 0.05
B1_ML, B2 = 2.5, 0.7
KIDNEYS = OrganFacts(units=("kBq/mL",), no_sd=False, trapezoids=True, measured_mass=True)
FITTED = Recovery(b1_mL=B1_ML, b2=B2, covariance=[[0.09, 0.003], [0.003, 0.0016]], source="phantom")


def outline(**changed: object) -> Outline:
    values: dict[str, object] = {
        "volume_mL": VOLUME_ML, "voxel_mm": VOXEL_MM, "fwhm_mm": FWHM_MM,
        "observer_percent": 100 * OBSERVER, "mass_from_outline": True, "source": "CT",
    }  # fmt: skip
    return Outline.model_validate({**values, **changed})


def made(
    organs: dict[str, OrganFacts], outlines: dict[str, Outline], recovery: Recovery | None = FITTED
) -> tuple[list[Input], list[Unknown], list[str]]:
    with Complaints(DosimetryError) as found:
        return outline_inputs(outlines, recovery, Facts(measured=True, organs=organs), "study.toml", found)


def slope() -> tuple[float, dict[str, float]]:
    """d ln A / d ln v of the corrected counts, and u(v)/v by voxels, resolution and observer."""
    radius = (0.75 * VOLUME_ML * 1000 / math.pi) ** (1 / 3)
    counts = 0.5 * phi(radius, FWHM_MM) / sphere_recovery(radius, FWHM_MM)
    recovery = B2 * (1.0 - 1.0 / (1.0 + (B1_ML / VOLUME_ML) ** B2))
    u = {
        "voxels": 3 * VOXEL_MM / math.sqrt(6) / (2 * radius),
        "resolution": 3 * FWHM_MM / (2 * math.sqrt(math.log(2))) / (2 * radius),
        "observer": OBSERVER,
    }
    return counts - recovery, u


def test_concentration_and_mass_err_together_and_the_content_less_than_either() -> None:
    inputs, unknown, _ = made({"kidneys": KIDNEYS}, {"kidneys": outline()})
    assert unknown == []
    of_activity, u = slope()
    own = {i.name: i for i in inputs if i.name.startswith("outline")}
    assert list(own) == [f"outline: kidneys, {name}" for name in u]
    for name, u_v in u.items():
        found = own[f"outline: kidneys, {name}"]
        by = {e.what: e.u for e in found.effects}
        assert by["curve"] == pytest.approx((of_activity - 1.0) * u_v, rel=1e-12)
        assert by["mass"] == pytest.approx(u_v, rel=1e-12)
        assert found.shared_by == "patient"
        assert by["curve"] < 0 < by["curve"] + by["mass"]


def test_a_content_goes_with_the_outline_and_no_mass() -> None:
    organs = {"kidneys": replace(KIDNEYS, units=("%IA",))}
    inputs, _, _ = made(organs, {"kidneys": outline(mass_from_outline=False)})
    of_activity, u = slope()
    for i in [i for i in inputs if i.name.startswith("outline")]:
        (effect,) = i.effects
        assert effect.u == pytest.approx(abs(of_activity) * u[i.name.rpartition(" ")[2]], rel=1e-12)


def test_organs_of_one_recovery_share_its_errors() -> None:
    """u(R)/R of each by the parameters' covariance; both organs in each of two directions."""
    organs = {"kidneys": KIDNEYS, "spleen": KIDNEYS}
    outlines = {"kidneys": outline(), "spleen": outline(volume_mL=20.0)}
    inputs, _, _ = made(organs, outlines)
    shared = [i for i in inputs if i.name.startswith("recovery")]
    assert [i.shared_by for i in shared] == ["everybody", "everybody"]
    assert all([e.region for e in i.effects] == ["kidneys", "spleen"] for i in shared)
    for at, volume in enumerate((VOLUME_ML, 20.0)):
        r = 1.0 / (1.0 + (B1_ML / volume) ** B2)
        db1, db2 = -B2 / B1_ML * (1 - r), math.log(volume / B1_ML) * (1 - r)  # of ln R
        variance = 0.09 * db1**2 + 2 * 0.003 * db1 * db2 + 0.0016 * db2**2
        assert sum(i.effects[at].u ** 2 for i in shared) == pytest.approx(variance, rel=1e-9)


def test_a_volume_is_log_normal_and_a_small_one_is_told() -> None:
    inputs, _, notes = made({"kidneys": KIDNEYS}, {"kidneys": outline(volume_mL=1.0)})
    assert {i.distribution for i in inputs} == {"log-normal"}
    assert any("Monte Carlo" in note for note in notes)


def test_all_errors_of_an_outline_and_its_recovery_are_taken_together_by_trials() -> None:
    """The parts of one organ have one response, so that a trial's volume is that of all of them."""
    inputs, _, _ = made({"kidneys": KIDNEYS}, {"kidneys": outline()})
    curves = [e for i in inputs for e in i.effects if e.what == "curve"]
    assert len(curves) == 5 and len({e.response for e in curves}) == 1
    (response,) = {e.response for e in curves}
    assert isinstance(response, OutlineErrors) and response.quantity == "concentration"
    for e in curves:
        (low, high) = response({e.error: np.array([-1e-4, 1e-4])})
        assert math.log(high / low) / 2e-4 == pytest.approx(e.u, rel=0.1)


def test_what_of_an_outline_is_not_known_is_listed() -> None:
    recovery = Recovery.model_validate("unknown: no phantom")
    one = outline(observer_percent=None, observer="unknown")
    inputs, unknown, _ = made({"kidneys": KIDNEYS}, {"kidneys": one}, recovery)
    assert [(u.name, u.why) for u in unknown] == [
        ("recovery", "no phantom"),
        ("outline: kidneys, observer", ""),
    ]
    assert [i.name for i in inputs] == ["outline: kidneys, voxels", "outline: kidneys, resolution"]


@pytest.mark.parametrize(
    ("organ", "words"),
    [
        (replace(KIDNEYS, measured_mass=False), "mass_from_outline is true, but no mass of it was measured"),
        (replace(KIDNEYS, units=("kBq/mL", "%IA")), "curves are in kBq/mL, %IA, contents and concentrations"),
    ],
)
def test_outlines_that_do_not_fit_the_study(organ: OrganFacts, words: str) -> None:
    with pytest.raises(DosimetryError, match=words):
        made({"kidneys": organ}, {"kidneys": outline()})


def test_a_recovery_is_fitted_to_spheres_or_made_of_a_blur() -> None:
    spheres = Recovery(
        volume_mL=[0.5, 1.1, 2.6, 5.6, 11.5, 26.5], measured=[0.14, 0.25, 0.41, 0.57, 0.71, 0.84],
        u_measured=[0.02] * 6, source="phantom",
    )  # fmt: skip
    inputs, _, _ = made({"kidneys": KIDNEYS}, {"kidneys": outline()}, spheres)
    assert len([i for i in inputs if i.name.startswith("recovery: fit")]) == 2
    blur = Recovery(fwhm_mm=6.0, u_fwhm_mm=0.5, source="point source")
    inputs, _, _ = made({"kidneys": KIDNEYS}, {"kidneys": outline()}, blur)
    assert [i.name for i in inputs if i.name.startswith("recovery")] == ["recovery: resolution"]
