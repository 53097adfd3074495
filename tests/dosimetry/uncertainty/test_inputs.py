"""What may be stated as an input, and what is no uncertainty, no correlation and no covariance."""

from __future__ import annotations

import numpy as np
import pytest
from a_cohort import stated

from dosimetry import DosimetryError, Effect, Input, UncertaintyMethod, correlated_inputs, uncertainties_of


@pytest.mark.parametrize(
    ("effect", "distribution", "said"),
    [
        (Effect("curve", -0.03, "liver"), "normal", "standard uncertainty is -0.03; 0 or more is needed"),
        (Effect("curve", 5.0, "liver"), "normal", "500 % of a 'normal'.*0.05 is 5 %.*log-normal"),
        (Effect("dose", 0.5, "all"), "normal", "less than 50 %"),
        (Effect("mass", 0.6, "liver"), "rectangular", "less than 57.7 %"),
        (Effect("mass", 0.45, "liver"), "triangular", "less than 40.8 %"),
        (Effect("mass", 3.0, "liver"), "log-normal", "less than 300 %"),
        (Effect("haematocrit", 3.0), "normal", r"of a fraction; did you mean 0.03\?"),
        (Effect("haematocrit", 0.03), "log-normal", "'log-normal' is of factors"),
        (Effect("time", 0.1, "serum"), "log-normal", "time of serum: 'log-normal' is of factors"),
    ],
)
def test_an_uncertainty_that_cannot_be(effect: Effect, distribution: str, said: str) -> None:
    with pytest.raises(DosimetryError, match=said):
        stated("it", "patient", effect, distribution=distribution)


def test_words_and_numbers_of_an_input() -> None:
    with pytest.raises(DosimetryError, match="'weight' is unknown; allowed: curve, time"):
        Effect("weight", 0.1)  # type: ignore[arg-type]
    with pytest.raises(DosimetryError, match="nan; a finite number"):
        Effect("curve", float("nan"))
    with pytest.raises(DosimetryError, match="mass: 'hospital' is unknown; allowed: point, curve"):
        stated("mass", "hospital", Effect("mass", 0.1, "liver"))
    with pytest.raises(DosimetryError, match="changes nothing"):
        Input(name="it", effects=(), kind="A", distribution="normal", shared_by="patient", source="")
    with pytest.raises(DosimetryError, match="mass is no quantity of single points"):
        stated("mass", "point", Effect("mass", 0.1, "liver"))
    with pytest.raises(DosimetryError, match="level of the intervals is 95"):
        UncertaintyMethod(inputs=(), level=95)
    with pytest.raises(DosimetryError, match="10 trials"):
        UncertaintyMethod(inputs=(), monte_carlo=10)


def test_effects_after_the_first_may_go_against_it() -> None:
    outline = stated("outline", "curve", Effect("curve", 0.04, "liver"), Effect("mass", -0.05, "liver"))
    assert outline.effects[1].u == -0.05


EFFECTS = [Effect("curve", 0.05, "liver"), Effect("curve", 0.1, "spleen"), Effect("mass", 0.2, "liver")]


def made(correlation: list[list[float]]) -> tuple[Input, ...]:
    return correlated_inputs(
        "recovery", EFFECTS, correlation, kind="A", shared_by="everybody", source="phantom"
    )


@pytest.mark.parametrize(
    "correlation",
    [
        [[1, 0.6, -0.3], [0.6, 1, 0.2], [-0.3, 0.2, 1]],
        [[1, 1, 0], [1, 1, 0], [0, 0, 1]],
        [[1, -1, 0.5], [-1, 1, -0.5], [0.5, -0.5, 1]],
    ],
)
def test_independent_inputs_have_the_covariance_that_was_stated(correlation: list[list[float]]) -> None:
    inputs = made(correlation)
    names = [(e.what, e.region) for e in EFFECTS]
    columns = np.zeros((3, len(inputs)))
    for k, one in enumerate(inputs):
        for e in one.effects:
            columns[names.index((e.what, e.region)), k] = e.u
    u = np.array([e.u for e in EFFECTS])
    np.testing.assert_allclose(columns @ columns.T, np.outer(u, u) * correlation, atol=1e-15)
    assert {one.name for one in inputs} == {"recovery"}
    assert len(inputs) == np.linalg.matrix_rank(np.array(correlation))


@pytest.mark.parametrize(
    ("correlation", "said"),
    [
        ([[1, 0.5], [0.5, 1]], r"shape \(2, 2\).*3 x 3.*curve of liver, curve of spleen, mass of liver"),
        (
            [[1, 1.2, 0], [1.2, 1, 0], [0, 0, 1]],
            "curve of liver with curve of spleen is 1.2; -1 to 1 is allowed",
        ),
        ([[1, 0, 0], [0, 0.9, 0], [0, 0, 1]], "curve of spleen with itself is 0.9; it must be 1"),
        ([[1, 0.3, 0], [0.4, 1, 0], [0, 0, 1]], "the other way round 0.[34]; the matrix must be symmetric"),
        ([[1, 0.9, 0.9], [0.9, 1, -0.9], [0.9, -0.9, 1]], "contradict each other"),
        ([[1, float("nan"), 0], [0, 1, 0], [0, 0, 1]], "finite numbers"),
    ],
)
def test_what_is_no_correlation(correlation: list[list[float]], said: str) -> None:
    with pytest.raises(DosimetryError, match=said):
        made(correlation)


def test_mistakes_of_a_correlation_are_told_at_once() -> None:
    with pytest.raises(DosimetryError) as error:
        made([[1, 1.2, 0], [1.2, 2, 0], [0, 0, 1]])
    assert len(error.value.complaints) == 2


@pytest.mark.parametrize(
    ("covariance", "said"),
    [
        ([[-0.04, 0], [0, 1]], "variance of b1 is -0.04"),
        ([[0.04, 0.5], [0.5, 0.25]], "b1 with b2 is 5; -1 to 1"),
        ([[0.0, 0.1], [0.1, 0.25]], "b1 has the variance 0 and a covariance"),
        ([[1.0]], "2 x 2"),
    ],
)
def test_a_covariance_that_is_not_one(covariance: list[list[float]], said: str) -> None:
    with pytest.raises(DosimetryError, match=said):
        uncertainties_of(covariance, ["b1", "b2"])
