"""The fit of layer b on made-up doses with known TIACs, and its invariants."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from validation.case import CaseError, read_cases
from validation.layers.arithmetic import welch_p, whole_body_tiac_h
from validation.layers.bodies import dose_per_h, weighted
from validation.layers.consistency import check_of, fit, fit_of, rounding_percent
from validation.layers.forward import solved_tiac_h

SOURCES = ("liver", "kidneys", "spleen", "lungs", "heart contents", "red marrow", "remainder")
TRUE_H = dict(zip(SOURCES, (12.5, 1.5, 0.8, 5.0, 5.0, 3.6, 63.0), strict=True))


@pytest.fixture(scope="module")
def male() -> pd.DataFrame:
    return dose_per_h("Zr-89", "adult male", SOURCES)


def test_known_tiacs_come_back(male: pd.DataFrame) -> None:
    doses = male @ pd.Series(TRUE_H)
    found = fit(doses.to_dict(), male)
    assert found.tiac_h == pytest.approx(TRUE_H, rel=1e-9)
    assert found.rms_percent < 1e-9
    assert len(found.used) == 25


def test_rounded_as_printed_leaves_what_rounding_leaves(male: pd.DataFrame) -> None:
    doses = (male @ pd.Series(TRUE_H)).round(2)
    found = fit(doses.to_dict(), male)
    assert found.degrees_of_freedom == 18  # 25 organs less 7 TIACs
    assert found.rms_percent == pytest.approx(rounding_percent(doses.to_dict()), rel=0.4)
    for source, true in TRUE_H.items():
        se = found.tiac_se_h[source]
        assert se is not None and abs(found.tiac_h[source] - true) < 4 * se


def test_rms_is_the_error_that_was_put_in_whatever_is_fitted(male: pd.DataFrame) -> None:
    """Over the degrees of freedom the mean square is unbiased; over the organs it would be 28 % low."""
    doses = male @ pd.Series(TRUE_H)
    rng = np.random.default_rng(2)
    square = [
        fit((doses * rng.normal(1.0, 0.02, len(doses))).to_dict(), male).rms_percent ** 2 for _ in range(400)
    ]
    # a mean square of 18 degrees of freedom has a relative SD of sqrt(2/18)
    assert np.mean(square) == pytest.approx(4.0, rel=4 * np.sqrt(2 / 18 / 400) + 0.01)


@settings(deadline=None)
@given(st.floats(0.1, 10))
def test_doses_twice_as_high_have_tiacs_twice_as_high(factor: float) -> None:
    rng = np.random.default_rng(3)
    matrix = pd.DataFrame(
        rng.uniform(0.1, 1.0, (12, 3)), index=[f"t{i}" for i in range(12)], columns=list("abc")
    )
    doses = pd.Series(rng.uniform(0.5, 2.0, 12), matrix.index)
    one, other = fit(doses.to_dict(), matrix), fit((factor * doses).to_dict(), matrix)
    assert other.tiac_h == pytest.approx({k: factor * v for k, v in one.tiac_h.items()}, rel=1e-6, abs=1e-12)
    assert other.rms_percent == pytest.approx(one.rms_percent, rel=1e-6)


def test_a_wrong_matrix_is_seen(male: pd.DataFrame) -> None:
    doses = male @ pd.Series(TRUE_H)
    rng = np.random.default_rng(1)
    wrong = male * rng.normal(1.0, 0.1, male.shape)
    assert fit(doses.to_dict(), wrong).rms_percent > 3.0


def test_an_organ_that_is_left_out_is_predicted_all_the_same(male: pd.DataFrame) -> None:
    doses = (male @ pd.Series(TRUE_H)).to_dict()
    doses["skin"] *= 2
    found = fit(doses, male, left_out=("skin",))
    assert "skin" not in found.used
    assert found.residual_percent["skin"] == pytest.approx(-50.0)
    assert found.tiac_h == pytest.approx(TRUE_H, rel=1e-9)


def test_too_few_organs_are_refused(male: pd.DataFrame) -> None:
    with pytest.raises(CaseError, match="3 organ doses cannot fix 7 TIACs"):
        fit({"liver": 1.0, "brain": 0.2, "skin": 0.2}, male)


def test_weights_of_bodies_and_the_one_body_of_a_target() -> None:
    a = pd.DataFrame({"x": [1.0, 2.0]}, index=["liver", "testes"])
    mean = weighted({"m": a, "f": 3 * a}, {"m": 8, "f": 2}, {"testes": "m"})
    assert mean.loc["liver", "x"] == pytest.approx(1.4)
    assert mean.loc["testes", "x"] == 2.0


def test_whole_body_tiac_is_the_integral() -> None:
    biologic, physical = 370.0, 78.41
    effective = biologic * physical / (biologic + physical)
    assert whole_body_tiac_h(biologic, "Zr-89") == pytest.approx(effective / np.log(2), rel=1e-4)


def test_welch_against_the_definition() -> None:
    from scipy.stats import t

    (a, b), (sa, sb), (n, m) = (0.54, 0.48), (0.03, 0.06), (6, 10)
    va, vb = sa**2 / n, sb**2 / m
    df = (va + vb) ** 2 / (va**2 / (n - 1) + vb**2 / (m - 1))
    expected = 2 * t.sf((a - b) / np.sqrt(va + vb), df)
    assert welch_p((a, b), (sa, sb), (n, m)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("phantom", ["adult male", "adult female olinda masses"])
@pytest.mark.parametrize("name", ["pertuzumab_dfo_ulaner_2018", "pertuzumab_ss_yeh_2024"])
def test_solved_tiacs_give_the_published_doses_back(name: str, phantom: str) -> None:
    cases = read_cases()
    case = cases[name]
    check = next(c for c in case.check if c.kind == "doses from organs")
    tiac = solved_tiac_h(case, check, phantom, cases)
    doses = dose_per_h("Zr-89", phantom, tuple(tiac)) @ pd.Series(tiac)
    for target in check.solve:
        assert doses[target] == pytest.approx(case.in_unit(target)[0], rel=1e-9)
    base = fit_of(cases[check.base_case], check_of(cases[check.base_case], check.base))
    assert sum(tiac.values()) == pytest.approx(base.sum_h, rel=1e-9)
    ratio = base.tiac_h["red marrow"] / base.tiac_h["heart contents"]
    assert tiac["red marrow"] / tiac["heart contents"] == pytest.approx(ratio)
