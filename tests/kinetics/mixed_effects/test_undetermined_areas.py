"""A model whose areas the cohort's points don't determine is not averaged."""

from __future__ import annotations

from test_published_fits import curves

from kinetics import fit_population_models


def test_a_third_exponential_of_indomethacin_is_left_out() -> None:
    """By BIC it is as good as two, but its slowest rate is anything: areas of 2.9 +- 8.4 mg h/L came out."""
    choice = fit_population_models(
        curves("indometh.csv"), models=["biexponential", "triexponential"], residual="proportional"
    )
    assert choice.averaged_over == ("biexponential",)
    (reason,) = (c.reason for c in choice.candidates if c.model == "triexponential")
    assert reason is not None
    assert "don't determine them" in reason
    for own, averaged in zip(choice.chosen.individuals, choice.areas, strict=True):
        assert averaged.value == own.area
        assert averaged.se is not None
        assert averaged.se < 0.15 * own.area
