"""Figures hold what they say: points, candidates, fit, band, tail, residuals; the cohort's mean and SEM."""

import numpy as np
import pytest

from kinetics import KineticsError
from kinetics.choice.choose import choose_model
from kinetics.curves.curve import Curve
from kinetics.curves.decay import lambda_from_half_life
from kinetics.fitting.fit import fit_curve
from kinetics.models import MODELS
from kinetics.plots import SHOWN, plot_choice, plot_cohort, save_figure

LAM = lambda_from_half_life(78.41)
TIME = np.array([0.1, 0.3, 0.6, 1, 2, 4, 24, 72, 144.0])


def serum(seed, corrected=True, sd=True):
    value = MODELS["biexponential"].value(TIME, np.array([14, 18, 0.1, 0.006]))
    noisy = value * (1 + 0.03 * np.random.default_rng(seed).normal(size=TIME.size))
    return Curve(
        time_h=TIME, value=noisy, sd=0.03 * value if sd else None, unit="%IA/L", decay_corrected=corrected,
        name="serum",
    )  # fmt: skip


def test_figure_of_a_choice(tmp_path):
    choice = choose_model(serum(1), lambda_phys_per_h=LAM, weights="sd")
    figure = plot_choice(choice)
    top, bottom = figure.axes
    labels = [t.get_text() for t in top.get_legend().get_texts()]
    assert any(t.startswith("biexponential (weight") for t in labels)
    assert any(t.startswith("tail: ") for t in labels)
    assert "95 % band" in labels
    shown = sum((c.weight or 0.0) >= SHOWN for c in choice.candidates)
    assert sum("weight" in t for t in labels) == shown
    assert top.get_yscale() == "log"
    drawn = bottom.lines[-1]
    np.testing.assert_allclose(
        drawn.get_ydata(), choice.chosen.residuals / choice.chosen.errors.sd, rtol=1e-12
    )
    for ending in (".png", ".pdf", ".svg"):
        save_figure(figure, tmp_path / f"f{ending}")
        assert (tmp_path / f"f{ending}").stat().st_size > 5000


def test_figure_without_band_or_sd():
    c = Curve(time_h=[1, 24], value=[9, 8], unit="%IA", decay_corrected=True)
    choice = choose_model(c, lambda_phys_per_h=LAM, weights="none", force="mono")
    labels = [t.get_text() for t in plot_choice(choice, log=False).axes[0].get_legend().get_texts()]
    assert "95 % band" not in labels


def test_figure_of_a_cohort():
    fits = [fit_curve(serum(s), "biexponential", lambda_phys_per_h=LAM, weights="sd") for s in range(5)]
    figure = plot_cohort(fits, title="serum")
    axes = figure.axes[0]
    mean = next(line for line in axes.lines if line.get_label() == "mean of 5 fits")
    grid = mean.get_xdata()
    lines = np.array([f.predict(grid) for f in fits])
    np.testing.assert_allclose(mean.get_ydata(), lines.mean(0))
    band = axes.collections[0].get_paths()[0].vertices
    top = band[np.isclose(band[:, 0], grid[100])][:, 1]
    sem = lines[:, 100].std(ddof=1) / np.sqrt(5)
    assert {round(v, 8) for v in top} >= {
        round(lines[:, 100].mean() + sem, 8),
        round(lines[:, 100].mean() - sem, 8),
    }


def test_refusals(tmp_path):
    fit = fit_curve(serum(1), "biexponential", lambda_phys_per_h=LAM, weights="sd")
    with pytest.raises(KineticsError, match="a cohort has two or more"):
        plot_cohort([fit])
    other = fit_curve(
        Curve(time_h=TIME, value=serum(1).value, unit="%IA", decay_corrected=True),
        "mono", lambda_phys_per_h=LAM, weights="none",
    )  # fmt: skip
    with pytest.raises(KineticsError, match="differ in unit or decay state"):
        plot_cohort([fit, other])
    with pytest.raises(KineticsError, match="there is no folder"):
        save_figure(plot_cohort([fit, fit]), tmp_path / "x" / "y.png")
