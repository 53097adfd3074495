"""Figures hold what they say: points, candidates, fit, band, tail, residuals; the cohort's mean and SEM."""

import numpy as np
import pytest
from matplotlib.image import imread

from kinetics import KineticsError
from kinetics.choice.choose import choose_model
from kinetics.curves.curve import Curve
from kinetics.curves.decay import lambda_from_half_life
from kinetics.fitting.fit import fit_curve
from kinetics.models import MODELS
from kinetics.plots import SHOWN, log_band, plot_choice, plot_cohort, save_figure

LAM = lambda_from_half_life(78.41)
TIME = np.array([0.1, 0.3, 0.6, 1, 2, 4, 24, 72, 144.0])


def serum(seed, corrected=True, sd=True):
    value = MODELS["biexponential"].value(TIME, np.array([14, 18, 0.1, 0.006]))
    noisy = value * (1 + 0.03 * np.random.default_rng(seed).normal(size=TIME.size))
    return Curve(
        time_h=TIME, value=noisy, sd=0.03 * value if sd else None, unit="%IA/L", decay_corrected=corrected,
        name="serum",
    )  # fmt: skip


def legend(figure):
    return [t.get_text() for t in figure.legends[0].get_texts()]


def test_the_data_fill_their_panel_and_the_tail_its_own():
    choice = choose_model(serum(1), lambda_phys_per_h=LAM, weights="sd")
    top, tail, bottom = plot_choice(choice).axes
    assert tail.get_xlim()[0] == TIME[-1] and bottom.get_xlim() == top.get_xlim()
    assert top.get_xlim() == pytest.approx((-0.02 * TIME[-1], 1.02 * TIME[-1]))
    end = tail.get_xlim()[1]
    left = choice.chosen.predict([end], decay_corrected=False)
    assert left < 0.2 * choice.chosen.predict([TIME[-1]], decay_corrected=False) or end == 6 * TIME[-1]
    width = top.get_subplotspec().get_gridspec().get_width_ratios()
    assert width[0] >= 3 * width[1]
    low, high = np.log(top.get_ylim())
    value = np.log(choice.chosen.curve.value)
    assert np.ptp(value) > 0.4 * (high - low)


def test_a_band_on_a_log_axis_is_that_of_the_logarithm():
    """d ln f = df/f; where the error is small the band is that of the value, and it never reaches 0."""
    few = Curve(
        time_h=[1, 24, 72.0], value=[9, 8.5, 3.0], unit="%IA", decay_corrected=True, half_life_h=78.41
    )
    fit = fit_curve(few, "mono", weights="none")
    time = np.linspace(0, 2000, 50)
    low, high = fit.band(time)
    assert low.min() < 0
    lower, upper = log_band(fit, time)
    value = fit.predict(time)
    assert lower.min() > 0
    np.testing.assert_allclose(np.log(upper / lower), (high - low) / value, rtol=1e-12)
    np.testing.assert_allclose(np.sqrt(lower * upper), value, rtol=1e-12)
    choice = choose_model(few, weights="none", force="mono")
    for axes in plot_choice(choice).axes[:2]:
        bands = [v for c in axes.collections for path in c.get_paths() for v in path.vertices[:, 1]]
        assert min(bands) > 0


def test_figures_are_the_same_bytes_each_time(tmp_path):
    choice = choose_model(serum(1), lambda_phys_per_h=LAM, weights="sd")
    for kind in ("png", "pdf", "svg"):
        for name in ("a", "b"):
            save_figure(plot_choice(choice), tmp_path / f"{name}.{kind}")
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


def test_a_width_in_print_and_a_resolution(tmp_path):
    choice = choose_model(serum(1), lambda_phys_per_h=LAM, weights="sd")
    for width, mm in (("one-column", 89), ("two-columns", 183)):
        figure = plot_choice(choice, width=width)
        assert figure.get_figwidth() == pytest.approx(mm / 25.4)
        save_figure(figure, tmp_path / "f.png", dpi=300)
        assert imread(tmp_path / "f.png").shape[1] == int(mm / 25.4 * 300)
    with pytest.raises(KineticsError, match="unknown width of a figure 'A4'; there are: one-column, two-co"):
        plot_choice(choice, width="A4")
    with pytest.raises(KineticsError, match="dpi of a figure is 7; 50 to 1200"):
        save_figure(plot_choice(choice), tmp_path / "f.png", dpi=7)


def test_figure_of_a_choice(tmp_path):
    choice = choose_model(serum(1), lambda_phys_per_h=LAM, weights="sd")
    figure = plot_choice(choice)
    top, tail, bottom = figure.axes
    labels = legend(figure)
    assert any(t.startswith("biexponential (weight") for t in labels)
    share = 100 * choice.chosen.extrapolated_fraction
    assert tail.get_title(loc="left") == f"tail: {share:.1f} %\nof the area"
    assert {"95 % band", "data"} <= set(labels)
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
    labels = legend(plot_choice(choice, log=False))
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
