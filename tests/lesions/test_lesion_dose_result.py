"""The typed result: sums, shares, dose rates against quadrature, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from scipy.integrate import quad

from dosimetry.errors import DosimetryError
from lesions.doses.lesion_dose import CROSS, ExponentialRate, LesionDose, PiecewiseRate


def a_dose() -> LesionDose:
    return LesionDose(
        patient="P01",
        lesion="L1",
        site="liver",
        organ="liver",
        nuclide="Lu-177",
        tiac_h=0.5,
        se_tiac_h=0.03,
        mass_kg=0.01,
        u_mass_kg=0.001,
        density_g_per_cm3=1.04,
        shape="sphere",
        self_mGy_per_MBq={"photon": 0.1, "electron": 4.1, "alpha": 0.0},
        cross_mGy_per_MBq={"photon": 0.02, "electron": 0.0, "alpha": 0.0},
        cross_method="point in the organ's place",
        u_parts_mGy_per_MBq={"kinetics": 0.3, "volume": 0.4},
        rate=ExponentialRate(amplitude_mGy_per_h_MBq=(0.042,), rate_per_h=(0.01,)),
        missing={"recovery": "not corrected", "model": "one model"},
    )


def test_total_is_self_and_cross_and_shares_make_one() -> None:
    dose = a_dose()
    assert dose.dose_mGy_per_MBq == pytest.approx(4.22, rel=1e-12)
    assert sum(dose.by_radiation_mGy_per_MBq.values()) == pytest.approx(dose.dose_mGy_per_MBq, rel=1e-12)
    assert dose.u_mGy_per_MBq == pytest.approx(0.5, rel=1e-12)
    assert sum(dose.shares().values()) == pytest.approx(1.0, rel=1e-12)
    assert dose.unknown_shares == ("calibration", "recovery", "model")


def test_a_cross_part_that_is_not_known_is_named_and_not_a_number() -> None:
    dose = replace(a_dose(), cross_mGy_per_MBq=None, missing={**a_dose().missing, CROSS: "no organ"})
    assert dose.cross_dose_mGy_per_MBq is None
    assert dose.dose_mGy_per_MBq == dose.self_dose_mGy_per_MBq
    with pytest.raises(DosimetryError, match=CROSS):
        replace(a_dose(), cross_mGy_per_MBq=None)


@pytest.mark.parametrize(
    "rate",
    [
        ExponentialRate(amplitude_mGy_per_h_MBq=(2.0, -1.5, -0.5), rate_per_h=(0.01, 0.2, 3.0)),
        PiecewiseRate(
            time_h=(0.0, 4.0, 24.0), value_mGy_per_h_MBq=(0.0, 3.0, 1.0), tail_mGy_per_h_MBq=0.9,
            tail_per_h=0.02,
        ),
        PiecewiseRate(time_h=(0.0, 4.0), value_mGy_per_h_MBq=(1.0, 3.0)),
        PiecewiseRate(
            time_h=(0.0, 4.0, 24.0), value_mGy_per_h_MBq=(0.5, 3.0, 1.0), between=("linear", "exponential"),
            decay_per_h=0.05,
        ),
    ],
)  # fmt: skip
def test_the_dose_of_a_rate_is_its_integral(rate: ExponentialRate | PiecewiseRate) -> None:
    pieces = (0.0, 4.0, 24.0, 100.0, 4000.0)
    integral = sum(
        quad(rate.at, a, b, epsabs=0, epsrel=1e-11)[0] for a, b in pairwise(pieces) if rate.at(0.5 * (a + b))
    )
    assert rate.dose_mGy_per_MBq == pytest.approx(integral, rel=1e-9)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(DosimetryError, match=r"the dose rate has the dose 8\.4"):
        replace(a_dose(), rate=ExponentialRate(amplitude_mGy_per_h_MBq=(0.084,), rate_per_h=(0.01,)))
    with pytest.raises(DosimetryError, match=r"self part by photons is -0\.1"):
        replace(a_dose(), self_mGy_per_MBq={"photon": -0.1, "electron": 4.3, "alpha": 0.0})
    with pytest.raises(DosimetryError, match="model is missing without a reason"):
        replace(a_dose(), missing={"recovery": "not corrected"})
    with pytest.raises(DosimetryError, match="kinetics, calibration, recovery, volume, model"):
        replace(a_dose(), u_parts_mGy_per_MBq={"guess": 1.0})
    with pytest.raises(DosimetryError, match="above 0 is needed"):
        ExponentialRate(amplitude_mGy_per_h_MBq=(1.0,), rate_per_h=(0.0,))
    with pytest.raises(DosimetryError, match="ascending times from 0 h"):
        PiecewiseRate(time_h=(1.0, 2.0), value_mGy_per_h_MBq=(1.0, 1.0))
    with pytest.raises(DosimetryError, match="an amplitude and a rate"):
        PiecewiseRate(time_h=(0.0, 2.0), value_mGy_per_h_MBq=(1.0, 1.0), tail_per_h=0.1)
