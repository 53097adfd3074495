"""TIACs above half-life/ln 2: refused, said, or left alone; alone and in sum; of daughters."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dosimetry import (
    DosimetryError,
    Tiac,
    Tiacs,
    absorbed_dose,
    absorbed_dose_of_chain,
    nuclide,
    sphere_dose,
)
from dosimetry.tiacs.plausible import bound_of, check_tiac, check_tiacs

BOUND = bound_of(nuclide("F-18"))


def test_the_bound_is_the_number_of_decays() -> None:
    """1 MBq of F-18 that stays: the integral of exp(-lambda t)."""
    half_life_h = 109.77 / 60
    assert BOUND.hours == pytest.approx(half_life_h / math.log(2), rel=1e-3)
    assert bound_of(nuclide("U-238")).hours > 1e13


@pytest.mark.parametrize(
    ("share", "se_share", "refused", "said"),
    [
        (1.0, None, False, False), (1.009, None, False, False), (1.04, None, False, True),
        (1.06, None, True, True), (1.06, 0.01, True, True), (1.06, 0.03, False, True),
        (1.4, 0.2, False, True), (1.51, 5.0, True, True), (60.0, math.nan, True, True),
    ],
)  # fmt: skip
def test_one_tiac(share: float, se_share: float | None, refused: bool, said: bool) -> None:
    value, se = share * BOUND.hours, None if se_share is None else se_share * BOUND.hours
    if refused:
        with pytest.raises(DosimetryError, match=r"times in hours \(not minutes or days\)"):
            check_tiac("TIAC of 'liver'", value, se, BOUND)
    else:
        assert (check_tiac("TIAC of 'liver'", value, se, BOUND) is not None) == said


def test_sums_count_correlated_errors() -> None:
    tiac = {"liver": 0.6 * BOUND.hours, "remainder": 0.5 * BOUND.hours}
    with pytest.raises(DosimetryError, match=r"sum of the TIACs \(liver, remainder\)"):
        check_tiacs(tiac, None, BOUND)
    together = np.array([[0.03], [0.03]]) * BOUND.hours
    assert list(check_tiacs(tiac, together, BOUND)) == [""]  # 0.06 of the bound, 3 of them cover the tenth
    against = np.array([[0.03], [-0.03]]) * BOUND.hours
    with pytest.raises(DosimetryError, match="sum of the TIACs"):
        check_tiacs(tiac, against, BOUND)


def test_minutes_taken_for_hours_are_refused_in_a_dose() -> None:
    """0.25 h in the brain, integrated in minutes."""
    with pytest.raises(DosimetryError, match="TIAC of 'brain' is 15 h, but all decays of F-18"):
        absorbed_dose({"brain": 15.0}, "F-18", "adult male")
    said = absorbed_dose({"brain": 1.03 * BOUND.hours}, "F-18", "adult male").notes[0]
    assert said.startswith("TIAC of 'brain'") and "look at the calibration" in said
    assert not any("half-life/ln 2" in n for n in absorbed_dose({"brain": 0.2}, "F-18", "adult male").notes)


def test_daughters_are_bound_by_their_parent() -> None:
    """Pb-212 lives 10.6 h: of its Bi-212 (1 h) there can be as many decays as of itself."""
    tiac = {"Pb-212": {"liver": 5.0}, "Bi-212": {"liver": 14.0}}
    assert absorbed_dose_of_chain(tiac, "adult male")["liver"] > 0
    with pytest.raises(DosimetryError, match="all decays of Bi-212 after Pb-212"):
        absorbed_dose_of_chain({"Pb-212": {"liver": 5.0}, "Bi-212": {"liver": 20.0}}, "adult male")
    with pytest.raises(DosimetryError, match="per_MBq_of names the nuclide that was administered"):
        absorbed_dose({"liver": 14.0}, "Bi-212", "adult male")
    alone = absorbed_dose({"liver": 14.0}, "Bi-212", "adult male", per_MBq_of="Pb-212")
    assert alone["liver"] > 0


def test_a_sphere() -> None:
    tumour = sphere_dose("Lu-177", 0.01)
    with pytest.raises(DosimetryError, match="TIAC of the sphere is 300 h"):
        tumour.dose_mGy_per_MBq(300.0)
    assert sphere_dose("Bi-212", 0.01).dose_mGy_per_MBq(14.0, per_MBq_of="Pb-212") > 0


def test_tiacs_of_one_source_by_two_names_are_refused() -> None:
    for first, second in (("liver", "Liver"), ("remainder", "Rest of body"), ("kidney", "kidneys")):
        with pytest.raises(DosimetryError, match=f"given twice: '{first}' and '{second}'"):
            Tiacs((Tiac(first, 1.0), Tiac(second, 2.0)))
