"""What is left of limits after a course: the activity put in as a next cycle gives the limit back."""

from __future__ import annotations

import pytest
from exact_course import ACTIVITIES, METHODS, course, doses_of, exponential, rules

from dosimetry import Patient, nuclide
from dosimetry.patients.results import results_of
from dosimetry.tiacs.tiac import Tiac
from dosimetry.tiacs.tiacs import Tiacs
from therapy.cycles.doses import CourseDoses, courses_doses
from therapy.cycles.rates import organ_bed
from therapy.cycles.rooms import NOT_WEIGHTED, rooms_of
from therapy.limits.table import BED, load_limits

LIMITS = load_limits()
KEYS = {"u_same_tiac": 0.1, "u_same_half_life": 0.05, "limits": "milligray"}
SCANS = {2: {"kidneys": exponential("kidneys", (96.0,), 0.9)}}
Z = 1.6448536269514722


def used(doses: CourseDoses, of_bed: bool) -> tuple[float, float]:
    """Dose, or BED, of the kidneys and its standard uncertainty."""
    t = doses.targets.index("kidneys")
    if not of_bed:
        return float(doses.cumulative_Gy()[t]), float(doses.cumulative_u_Gy()[t])
    found = organ_bed(doses, "kidneys", LIMITS.tissues["kidneys"], None)
    assert found.bed is not None
    return found.bed.bed_Gy, found.u_bed_Gy


@pytest.mark.parametrize("place", [0, 1])
def test_the_activity_put_in_as_a_next_cycle_reaches_the_limit(place: int) -> None:
    """The next cycle is by 'same TIAC', with that rule's uncertainty: lower_MBq + 1.645 u is the limit."""
    so_far = doses_of(course(ACTIVITIES[:1]), **KEYS, next_cycle="as the measured cycle")
    beds = {"kidneys": organ_bed(so_far, "kidneys", LIMITS.tissues["kidneys"], None)}
    settings = rules(**KEYS, next_cycle="as the measured cycle")
    found = [one for one in rooms_of(so_far, LIMITS, beds, settings) if one.limit.organ == "kidneys"][place]
    assert found.room is not None and found.room.lower_MBq is not None
    limit, of_bed = found.limit.value_Gy, found.limit.quantity == BED
    assert (found.room.used_Gy, found.room.u_used_Gy) == pytest.approx(used(so_far, of_bed), rel=1e-9)
    whole = doses_of(course((ACTIVITIES[0], found.room.activity_MBq)), **KEYS, next_cycle="as the last cycle")
    assert used(whole, of_bed)[0] == pytest.approx(limit, rel=1e-9)
    lower = doses_of(course((ACTIVITIES[0], found.room.lower_MBq)), **KEYS, next_cycle="as the last cycle")
    value, u = used(lower, of_bed)
    assert value + Z * u == pytest.approx(limit, rel=1e-6)


def test_the_next_cycle_is_as_uncertain_as_the_rule_that_carries_it() -> None:
    doses = doses_of(course(ACTIVITIES[:2], scans=SCANS), **KEYS, next_cycle="as the last cycle")
    before, after = doses.covariance_Gy2("kidneys"), doses.covariance_with_next_Gy2("kidneys", 2, 0.1)
    assert before is not None and after is not None
    assert after[:2, :2] == pytest.approx(before, rel=1e-12)
    t = doses.targets.index("kidneys")
    extra = after[2, 2] - before[1, 1]
    assert extra**0.5 == pytest.approx(0.1 * doses.dose_Gy[1, t], rel=0.02)  # most is of the kidneys' own
    same = doses.covariance_with_next_Gy2("kidneys", 2, None)
    assert same is not None and same[2] == pytest.approx(same[1], rel=1e-12)


def test_limits_of_photons_say_so_where_alphas_give_the_dose() -> None:
    given = Tiacs((Tiac("kidneys", 2.0, {"kidneys": 0.1}), Tiac("remainder", 20.0, {"rest": 1.0})))
    who = Patient(name="P01", sex="male", phantom="adult male", given_tiacs=given)
    result = results_of([who], METHODS, "Ac-225", [])[0]
    settings = rules(**KEYS, next_cycle="as the last cycle")
    (doses,) = courses_doses([result], {"P01": course((8.0, 8.0))}, METHODS, nuclide("Ac-225"), settings)
    notes = {one.limit.name: one.note for one in rooms_of(doses, LIMITS, {}, settings)}
    assert "by alphas" in notes["kidneys 23 Gy"] and NOT_WEIGHTED in notes["kidneys 23 Gy"]


def test_photons_and_electrons_have_no_such_note() -> None:
    settings = rules(**KEYS, next_cycle="as the last cycle")
    rooms = rooms_of(
        doses_of(course(ACTIVITIES[:1]), **KEYS, next_cycle="as the last cycle"), LIMITS, {}, settings
    )
    assert not any("alphas" in one.note for one in rooms)
