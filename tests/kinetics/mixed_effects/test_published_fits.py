"""Theophylline and indomethacin as Pinheiro & Bates fitted them.

The numbers are those that R's nlme prints for the scripts of Pinheiro & Bates, Mixed-Effects Models in S and
S-PLUS (2000), chapters 6 and 8: `tests/extras/scripts.Rout.save` of the package nlme on CRAN (R 4.6.0 alpha,
2026-03-27), to the 3 digits that stand there. The doses of theophylline are from memory of the data set: the
script does not print them, and with others the fits would not be reproduced.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from kinetics import Curve, PopulationFit, fit_population

DATA = Path(__file__).parents[1] / "data"
#: mg/kg, subjects 1 to 12 of R's data set Theoph (column Dose).
DOSES = [4.02, 4.40, 4.53, 4.40, 5.86, 4.00, 4.95, 4.53, 3.10, 5.50, 4.92, 5.30]


class FirstOrder:
    """R's SSfol: oral dose, absorption and elimination of first order; the parameters are logarithms."""

    name, parameters, constants = "SSfol", ("lKe", "lKa", "lCl"), ("dose",)

    def value_and_gradient(
        self, time_h: np.ndarray, theta: np.ndarray, constants: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        ke, ka, cl = (np.exp(theta[:, [i]]) for i in range(3))
        k = constants[:, :1] * ke * ka / cl / (ka - ke)
        slow, fast = np.exp(-ke * time_h), np.exp(-ka * time_h)
        value = k * (slow - fast)
        by_ke = value + value * ke / (ka - ke) - k * ke * time_h * slow
        by_ka = value - value * ka / (ka - ke) + k * ka * time_h * fast
        return value, np.stack([by_ke, by_ka, -value], axis=-1)


class Biexponential:
    """R's SSbiexp: amplitudes as they are, rates by their logarithms."""

    name, parameters, constants = "SSbiexp", ("A1", "lrc1", "A2", "lrc2"), ()

    def value_and_gradient(
        self, time_h: np.ndarray, theta: np.ndarray, constants: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        a1, l1, a2, l2 = (theta[:, [i]] for i in range(4))
        one, two = np.exp(-np.exp(l1) * time_h), np.exp(-np.exp(l2) * time_h)
        gradient = [one, -a1 * np.exp(l1) * time_h * one, two, -a2 * np.exp(l2) * time_h * two]
        return a1 * one + a2 * two, np.stack(gradient, axis=-1)


def curves(file: str) -> list[Curve]:
    with (DATA / file).open() as opened:
        rows = list(csv.DictReader(opened))
    return [
        Curve(
            time_h=[float(r["time_h"]) for r in rows if r["subject"] == subject],
            value=[float(r["value"]) for r in rows if r["subject"] == subject],
            unit="mg/L",
            decay_corrected=True,
            half_life_h=math.inf,
            name=f"subject {subject}",
        )
        for subject in sorted({r["subject"] for r in rows}, key=int)
    ]


def theophylline(method: str = "NLME", **more: object) -> PopulationFit:
    return fit_population(
        curves("theoph.csv"), FirstOrder(), residual="additive", patients={"dose": DOSES}, method=method,
        reml=False, start={"lKe": -2.5, "lKa": 0.5, "lCl": -3.0}, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def indomethacin(method: str = "NLME", **more: object) -> PopulationFit:
    return fit_population(
        curves("indometh.csv"), Biexponential(), residual="additive", method=method, reml=False,
        start={"A1": 2.8, "lrc1": 0.8, "A2": 0.5, "lrc2": -1.3}, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def agree(
    fit: PopulationFit, fixed: list[float], sd: list[float], residual: float, log_likelihood: float,
    digits: float = 6e-4,
) -> None:  # fmt: skip
    """To the printed digits: half a unit of the last, and SDs of 3 figures in proportion."""
    assert [e.value for e in fit.fixed.values()] == pytest.approx(fixed, abs=digits)
    assert [e.value for e in fit.sd.values()] == pytest.approx(sd, rel=5 * digits + 1e-3, abs=6e-5)
    assert fit.residual["a"].value == pytest.approx(residual, abs=6e-4)
    assert -0.5 * fit.minus_2_log_likelihood == pytest.approx(log_likelihood, abs=0.5)


def test_theophylline_with_correlated_spreads() -> None:
    fit = theophylline(covariance="full")  # fm1Theo.nlme
    agree(fit, [-2.433, 0.451, -3.214], [0.131, 0.638, 0.251], 0.682, -173)
    correlations = {pair: e.value for pair, e in fit.correlations.items()}
    assert correlations["lKe", "lKa"] == pytest.approx(0.012, abs=1e-3)
    assert correlations["lKe", "lCl"] == pytest.approx(0.995, abs=1e-3)
    assert correlations["lKa", "lCl"] == pytest.approx(-0.089, abs=1e-3)


def test_theophylline_with_independent_spreads_has_none_in_the_elimination_rate() -> None:
    fit = theophylline()  # fm2Theo.nlme, where R prints 1.93e-05 for lKe
    agree(fit, [-2.455, 0.466, -3.227], [0.0, 0.644, 0.167], 0.709, -177)
    assert fit.sd["lKe"] == (0.0, None)
    assert "held at 0" in fit.held["lKe"]
    assert any(w.startswith("lKe: no spread") for w in fit.warnings)
    assert fit.shrinkage["lKe"] is None
    assert fit.converged


def test_theophylline_without_the_spread_that_is_0() -> None:
    fit = theophylline(random=["lKa", "lCl"])  # fm3Theo.nlme; AIC 366, BIC 383 with ln(132 points)
    agree(fit, [-2.4547, 0.4657, -3.2272], [0.0, 0.644, 0.167], 0.709, -177)
    assert fit.aic == pytest.approx(366, abs=0.5)
    assert fit.n_estimates == 6
    assert not fit.held


def test_indomethacin_with_independent_spreads() -> None:
    fit = indomethacin()  # fm1Indom.nlme, where R prints 7.32e-06 for lrc2
    # R was told to stop at a tolerance of 1e-4 (ten times its default): 1e-3 of the rates' logarithms
    agree(fit, [2.828, 0.774, 0.461, -1.344], [0.571, 0.158, 0.112, 0.0], 0.0815, 54.6, digits=2.5e-3)
    assert list(fit.held) == ["lrc2"]


def test_indomethacin_with_correlated_spreads() -> None:
    fit = indomethacin(covariance="full", random=["A1", "lrc1", "A2"])  # fm3Indom.nlme
    agree(fit, [2.815, 0.829, 0.561, -1.141], [0.6904, 0.1790, 0.1537, 0.0], 0.0781, 58.5)
    values = [e.value for e in fit.correlations.values()]
    assert values == pytest.approx([0.932, 0.471, 0.118], abs=1e-3)


def test_what_foce_makes_of_theophylline() -> None:
    """Two approximations of one likelihood: spreads to 2 %, rates to 2 % (0.02 of a logarithm).

    As a share of lKa itself, a logarithm near 0, that is 4 %; of its standard error a tenth.
    """
    fit, other = theophylline("FOCE"), theophylline("NLME")
    for name in ("lKe", "lKa", "lCl"):
        assert abs(fit.fixed[name].value - other.fixed[name].value) < 0.02
        assert abs(fit.fixed[name].value - other.fixed[name].value) < 0.25 * (fit.fixed[name].se or 0.0)
        assert fit.sd[name].value == pytest.approx(other.sd[name].value, rel=0.02)
    assert fit.residual["a"].value == pytest.approx(other.residual["a"].value, rel=0.01)
