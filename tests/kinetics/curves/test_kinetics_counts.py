"""Probe and gamma counter: known activities come back, and so does the counting statistics."""

import math

import numpy as np
import pytest

from kinetics import KineticsError, Standard, net_rate, serum_curve, whole_body_curve
from kinetics.curves.decay import lambda_from_half_life

LAM = lambda_from_half_life(78.41)
TIME = np.array([0.1, 24.0, 96.0])


def probe_counts(retention, decayed=True, gain=(900.0, 400.0), live=60.0, background=12.0):
    """Expected gross counts of both views for a biologic retention (fraction)."""
    decay = np.exp(-LAM * (TIME if decayed else 0 * TIME))
    return [np.asarray(retention) * decay * g * live + background * live for g in gain]


@pytest.mark.parametrize("decay_corrected", [True, False])
def test_probe_gives_back_the_retention(decay_corrected):
    retention = np.array([1.0, 0.95, 0.8])
    a, p = probe_counts(retention)
    c = whole_body_curve(
        TIME, a, p, live_time_s=60, background_counts=12 * 300, background_live_time_s=300,
        decay_corrected=decay_corrected, lambda_phys_per_h=LAM,
    )  # fmt: skip
    expected = 100 * retention * (1 if decay_corrected else np.exp(-LAM * TIME))
    np.testing.assert_allclose(c.value, expected, rtol=1e-12)
    assert c.unit == "%IA"
    assert c.decay_corrected is decay_corrected


def test_probe_uncertainty_is_what_repeated_counting_shows():
    rng = np.random.default_rng(7)
    a, p = probe_counts([1.0, 0.9, 0.7], gain=(40.0, 15.0), live=30.0, background=5.0)
    background = 5.0 * 100
    one = dict(live_time_s=30, background_live_time_s=100, decay_corrected=True, lambda_phys_per_h=LAM)
    logs = []
    for _ in range(3000):
        c = whole_body_curve(
            TIME, rng.poisson(a), rng.poisson(p), background_counts=rng.poisson(background),
            background_posterior_counts=rng.poisson(background), **one,
        )  # fmt: skip
        logs.append(np.log(c.value[1:]))
    c = whole_body_curve(
        TIME, a, p, background_counts=background, background_posterior_counts=background, **one
    )
    told = np.sqrt(np.diag(c.covariance()))[1:] / c.value[1:]
    np.testing.assert_allclose(np.std(logs, axis=0), told, rtol=0.05)
    assert c.normalised_at_h == TIME[0]
    assert np.abs(c.covariance()[0]).max() < 1e-12


def test_single_view():
    a, _ = probe_counts([1.0, 0.9, 0.7])
    c = whole_body_curve(
        TIME, a, live_time_s=60, background_counts=720, background_live_time_s=60, decay_corrected=True,
        lambda_phys_per_h=LAM,
    )  # fmt: skip
    np.testing.assert_allclose(c.value, [100, 90, 70], rtol=1e-12)
    assert c.sd[0] == pytest.approx(100 * math.sqrt(a[0] + 720) / (a[0] - 720))


def test_reading_below_background_names_it_and_the_limit():
    with pytest.raises(KineticsError, match=r"reading 2 has 90 counts in 10 s.*background of 100.*BLQ"):
        net_rate([500, 90], 10, 1000, 100, what="probe")
    with pytest.raises(KineticsError, match="live_time_s: reading 1 is 0"):
        net_rate([500, 90], 0, 1000, 100)
    with pytest.raises(KineticsError, match="counts: reading 1 is -5"):
        net_rate([-5, 90], 1, 0, 1)


def test_serum_against_a_diluted_standard():
    """A sample of known %IA/L, counted with a 1:1000 standard, comes back whenever either is counted."""
    administered, stock = 185.0, 18.5  # MBq, MBq/mL
    concentration = np.array([33.0, 20.0, 9.0])  # %IA/L, decay-corrected
    volume, efficiency = 0.4, 3.0e5  # mL, counts/s per MBq
    sample_MBq = concentration / 100 * administered * volume / 1000
    for counted, standard_at in ((None, None), (np.array([5.0, 30.0, 120.0]), 50.0)):
        decay = 1.0 if counted is None else np.exp(-LAM * counted)
        decay_std = 1.0 if standard_at is None else math.exp(-LAM * standard_at)
        standard = Standard.from_dilution(
            stock, 1000, 0.5, counts=stock * 0.5 / 1000 * decay_std * efficiency * 60 + 120, live_time_s=60,
            counted_at_h=standard_at,
        )  # fmt: skip
        given = dict(
            sample_volume_mL=volume, live_time_s=120, standard=standard, administered_MBq=administered,
            background_counts=200, background_live_time_s=100, lambda_phys_per_h=LAM, counted_at_h=counted,
        )  # fmt: skip
        gross = sample_MBq * decay * efficiency * 120 + 240
        c = serum_curve(TIME, gross, decay_corrected=True, **given)
        np.testing.assert_allclose(c.value, concentration, rtol=1e-12)
        c = serum_curve(TIME, gross, decay_corrected=False, **given)
        np.testing.assert_allclose(c.value, concentration * np.exp(-LAM * TIME), rtol=1e-12)
        assert c.unit == "%IA/L"
        assert c.scale_relative_sd == pytest.approx(
            math.sqrt(standard.counts) / 60 / (standard.counts / 60 - 2)
        )


def test_serum_bad_input():
    standard = Standard(0.01, 1e5, 60)
    given = dict(
        sample_volume_mL=1, live_time_s=60, standard=standard, administered_MBq=100, background_counts=10,
        background_live_time_s=60, lambda_phys_per_h=LAM, decay_corrected=True,
    )  # fmt: skip
    with pytest.raises(KineticsError, match="counting times are needed"):
        serum_curve([1], [1000], **given, counted_at_h=2)
    with pytest.raises(KineticsError, match="before it was drawn"):
        serum_curve([5], [1000], **(given | {"standard": Standard(0.01, 1e5, 60, 3.0)}), counted_at_h=2)
    with pytest.raises(KineticsError, match="administered activity 0 MBq"):
        serum_curve([1], [1000], **(given | {"administered_MBq": 0}))
    with pytest.raises(KineticsError, match="write 1000 for 1:1000"):
        Standard.from_dilution(1, 0.001, 1, counts=1, live_time_s=1)
