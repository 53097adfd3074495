"""Figures and tables of population fits: every patient is drawn, predictions are those of the fit."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from kinetics import (
    Curve,
    KineticsError,
    Population,
    PopulationFit,
    Residual,
    fit_population,
    fit_with_population,
    plot_observed,
    plot_patients,
    plot_residuals,
    save_figure,
)
from kinetics.mixed_effects.figures.patients import MOST, pages_of
from kinetics.populations.tables import individual_rows, population_rows, residual_rows

HALF_LIFE = 159.528
LAM = math.log(2) / HALF_LIFE


def curves(n: int, points: int = 4) -> list[Curve]:
    rng = np.random.default_rng([7, n])
    found = []
    for i in range(n):
        t = np.array([4.0, 24.0, 72.0, 168.0][:points])
        value = 4 * math.exp(0.3 * rng.normal()) * np.exp(-(0.009 * math.exp(0.3 * rng.normal()) + LAM) * t)
        found.append(
            Curve(
                time_h=t, value=value * (1 + 0.05 * rng.normal(size=t.size)), unit="%IA",
                decay_corrected=False, half_life_h=HALF_LIFE, name=f"P{i + 1:02d}",
            )
        )  # fmt: skip
    return found


@pytest.fixture(scope="module")
def fit() -> PopulationFit:
    return fit_population(curves(8), "monoexponential", residual="proportional")


def test_each_patient_has_a_panel_with_points_and_two_lines(fit: PopulationFit) -> None:
    figure = plot_patients(fit.individuals)
    panels = [a for a in figure.axes if a.axison]
    assert len(panels) == 8
    for own, axes in zip(fit.individuals, panels, strict=True):
        assert axes.get_title().startswith(own.curve.name) or axes.get_title(loc="left").startswith(
            own.curve.name
        )
        data = next(c for c in axes.containers)[0]
        np.testing.assert_allclose(data.get_ydata(), own.curve.value)
        line = next(x for x in axes.lines if x.get_label() == "the patient's own curve")
        np.testing.assert_allclose(line.get_ydata(), own.predict(line.get_xdata()))
        median = next(x for x in axes.lines if x.get_label() == "median of the population")
        t = np.asarray(median.get_xdata())
        typical = fit.population.typical
        np.testing.assert_allclose(
            median.get_ydata(), typical["A1"] * np.exp(-(typical["lambda1"] + LAM) * t), rtol=1e-12
        )
    assert len({a.get_ylim() for a in panels}) == 1


def test_forty_patients_stand_on_one_page_and_the_next_on_another(tmp_path: Path) -> None:
    stated = Population.stated(
        "monoexponential", unit="%IA", median={"A1": 4.0, "lambda1": 0.009},
        sd_log={"A1": 0.3, "lambda1": 0.3}, residual=Residual(kind="proportional", b=0.05), source="made up",
    )  # fmt: skip
    fits = [fit_with_population(c, stated) for c in curves(MOST + 2, 1)]
    assert pages_of(len(fits)) == 2
    one, two = plot_patients(fits), plot_patients(fits, page=2)
    assert [sum(a.axison for a in f.axes) for f in (one, two)] == [MOST, 2]
    save_figure(one, tmp_path / "one.svg")
    for narrow in range(1, pages_of(len(fits), "one-column") + 1):
        plot_patients(fits, page=narrow, width="one-column")
    with pytest.raises(KineticsError, match="page 3 of 2 pages"):
        plot_patients(fits, page=3)


def test_a_population_that_leaves_amplitudes_free_has_no_band() -> None:
    stated = Population.stated(
        "monoexponential", unit="%IA", median={"A1": 4.0, "lambda1": 0.009}, sd_log={"lambda1": 0.3},
        residual=Residual(kind="proportional", b=0.05), source="made up",
    )  # fmt: skip
    axes = plot_patients([fit_with_population(curves(1)[0], stated)]).axes[0]
    assert not any("90 %" in str(c.get_label()) for c in axes.collections)


def test_what_cannot_be_drawn_together(fit: PopulationFit) -> None:
    other = fit_population(curves(3), "monoexponential", residual="proportional")
    with pytest.raises(KineticsError, match="different populations"):
        plot_patients([*fit.individuals, *other.individuals])
    with pytest.raises(KineticsError, match="no patients"):
        plot_patients([])
    for plot in (plot_observed, plot_residuals):
        with pytest.raises(KineticsError, match="unknown width"):
            plot(fit, width="x")


def test_observed_stands_against_both_predictions(fit: PopulationFit) -> None:
    for axes, predicted in zip(
        plot_observed(fit).axes, (fit.residuals.population, fit.residuals.individual), strict=True
    ):
        points = axes.lines[1]
        np.testing.assert_allclose(points.get_xdata(), predicted)
        np.testing.assert_allclose(points.get_ydata(), fit.residuals.value)
        assert axes.get_xlim() == axes.get_ylim()
    own = np.concatenate([i.predict(i.curve.time_h) for i in fit.individuals])
    np.testing.assert_allclose(fit.residuals.individual, own, rtol=1e-12)


def test_residuals_stand_over_time_and_name_who_is_far_off() -> None:
    cohort = curves(8)
    value = cohort[2].value.copy()
    value[1] *= 3.0
    cohort[2] = Curve(
        time_h=cohort[2].time_h, value=value, sd=0.05 * value, unit="%IA", decay_corrected=False,
        half_life_h=HALF_LIFE, name="outlier",
    )  # fmt: skip
    with_sd = [
        c if c.name == "outlier" else Curve(
            time_h=c.time_h, value=c.value, sd=0.05 * c.value, unit="%IA", decay_corrected=False,
            half_life_h=HALF_LIFE, name=c.name,
        )
        for c in cohort
    ]  # fmt: skip
    fit = fit_population(with_sd, "monoexponential", residual="sd")
    _, individual = plot_residuals(fit).axes
    np.testing.assert_allclose(individual.lines[1].get_ydata(), fit.residuals.weighted)
    assert {t.get_text() for t in individual.texts} == {"outlier"}


def test_tables_are_the_fit(fit: PopulationFit) -> None:
    rows = {r.quantity: r for r in population_rows(fit)}
    median = rows["median of lambda1"]
    assert median.value == pytest.approx(fit.population.typical["lambda1"], rel=1e-12)
    assert median.se == pytest.approx(median.value * (fit.fixed["lambda1"].se or 0), rel=1e-12)
    assert rows["SD of ln A1 between patients"].value == fit.sd["A1"].value
    assert rows["shrinkage of A1"].value == fit.shrinkage["A1"]
    assert rows["BIC"].value == fit.bic and rows["number of points"].value == 32
    assert all(r.reason for r in rows.values() if r.se is None)  # a missing error has its reason
    own = individual_rows(fit.individuals)
    assert [r["area"] for r in own] == [i.area for i in fit.individuals]
    assert all(r["low_area"] < r["area"] < r["high_area"] for r in own)
    points = residual_rows(fit)
    assert len(points) == 32
    assert points[5]["patient"] == "P02" and points[5]["time_h"] == 24.0
    assert points[5]["weighted_residual"] == fit.residuals.weighted[5]
