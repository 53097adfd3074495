"""What of a study decides which uncertainties it needs."""

from __future__ import annotations

from dataclasses import replace

from dosimetry.study.uncertainty.facts import facts_of
from tests.dosimetry.uncertainty.a_cohort import METHODS, of_exponentials, patient


def test_the_noise_of_single_values_is_not_asked_for_twice() -> None:
    """A fit without sd has the scatter about it in counts and fit; trapezoids know nothing of it."""
    measured = patient().measurements
    assert measured is not None
    bare = of_exponentials("kBq/mL", [(10.0, 0.002)], sd=None)
    p = patient(measurements=replace(measured, organs={**measured.organs, "liver": bare}))
    facts = facts_of([p], METHODS)
    assert facts.organs["liver"].no_sd and not facts.organs["kidneys"].no_sd
    fits = replace(
        METHODS, organ_trapezoids=None, first_interval=None, tail=None, organ_model="monoexponential",
        organ_weights="relative",
    )  # fmt: skip
    assert not facts_of([p], fits).organs["liver"].no_sd
