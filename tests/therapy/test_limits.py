"""Limits of organs, what is left of them, the activity that reaches them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from dosimetry.errors import DosimetryError
from therapy.biology.bed import bed
from therapy.biology.dose_rate import DoseRate
from therapy.limits.remaining import first_reached, room_of_absorbed, room_of_bed
from therapy.limits.table import DoseLimit, TissueConstants, load_limits

ABSORBED = DoseLimit(name="a", organ="kidneys", quantity="absorbed dose", value_Gy=23.0, source="test")
BED = DoseLimit(name="b", organ="kidneys", quantity="BED", value_Gy=40.0, source="test")
TISSUE = TissueConstants(
    alpha_beta_Gy=2.6, repair_half_time_h=2.8, source="test", u_alpha_beta_Gy=0.4, u_repair_relative=0.2
)
PER_MBQ = DoseRate([9e-6, -4e-6], [0.0139, 0.4])
SO_FAR = [(0.0, PER_MBQ.times(7400.0)), (40.0, PER_MBQ.times(5000.0))]


def test_absorbed_dose_is_linear():
    room = room_of_absorbed(ABSORBED, 9.0, 7e-4, u_used_Gy=0.9, u_dose_Gy_per_MBq=7e-5)
    assert 9.0 + 7e-4 * room.activity_MBq == pytest.approx(23.0, rel=1e-14)
    assert room.u_activity_MBq == pytest.approx(0.1 * 23.0 / 7e-4, rel=1e-12)  # one error of 10 % in all
    assert room.lower_MBq == pytest.approx((23.0 / 1.1644853626951472 - 9.0) / 7e-4, rel=1e-10)
    apart = room_of_absorbed(ABSORBED, 9.0, 7e-4, u_used_Gy=0.9, u_dose_Gy_per_MBq=7e-5, correlation=0.0)
    assert apart.u_activity_MBq == pytest.approx(math.hypot(0.9, 1.4) / 7e-4, rel=1e-12)
    assert room_of_absorbed(ABSORBED, 9.0, 7e-4).u_activity_MBq is None
    assert room_of_absorbed(ABSORBED, 9.0, 7e-4).lower_MBq is None


def test_the_activity_reaches_the_limit_when_it_is_given():
    """With what is left of the cycle before: the next one begins 60 h after it."""
    room = room_of_bed(BED, SO_FAR, 100.0, PER_MBQ, TISSUE, rbe_max=1.3)
    given = [*SO_FAR, (100.0, PER_MBQ.times(room.activity_MBq))]
    assert bed(given, 2.6, 2.8, rbe_max=1.3).bed_Gy == pytest.approx(40.0, rel=1e-12)
    assert room.used_Gy == pytest.approx(bed(SO_FAR, 2.6, 2.8, rbe_max=1.3).bed_Gy, rel=1e-12)
    first = room_of_bed(BED, [], 0.0, PER_MBQ, TISSUE)
    assert bed([(0.0, PER_MBQ.times(first.activity_MBq))], 2.6, 2.8).bed_Gy == pytest.approx(40.0, rel=1e-12)
    assert first.used_Gy == 0.0


def test_uncertainty_of_the_activity_is_the_spread_of_trials():
    u = 0.03
    tissue = replace(TISSUE, u_alpha_beta_Gy=0.1, u_repair_relative=0.03)
    room = room_of_bed(BED, SO_FAR, 100.0, PER_MBQ, tissue, u_dose_relative=u)
    rng = np.random.default_rng(8)
    drawn, kept, n = [], 0, 400
    for _ in range(n):
        f = 1 + rng.normal(0, u)
        one = replace(
            tissue, alpha_beta_Gy=rng.normal(2.6, 0.1), repair_half_time_h=2.8 * (1 + rng.normal(0, 0.03))
        )
        drawn.append(
            room_of_bed(
                BED,
                [(s, r.times(f)) for s, r in SO_FAR],
                100.0,
                PER_MBQ.times(f),
                replace(one, u_repair_relative=None),
            ).activity_MBq
        )
        kept += room.lower_MBq <= drawn[-1]
    assert room.u_activity_MBq == pytest.approx(np.std(drawn), rel=4 / math.sqrt(2 * n) + 4 * u**2)
    assert kept / n == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / n))


def test_a_limit_that_is_exceeded_leaves_nothing():
    room = room_of_absorbed(ABSORBED, 24.0, 7e-4, u_used_Gy=1.0)
    assert (room.activity_MBq, room.left_Gy, room.lower_MBq) == (0.0, 0.0, 0.0)
    assert room.reason == "exceeded: 24 Gy of 23 Gy are used"
    large = [(0.0, PER_MBQ.times(100000.0))]
    assert room_of_bed(BED, large, 200.0, PER_MBQ, TISSUE).reason.startswith("exceeded")
    near = room_of_absorbed(ABSORBED, 22.5, 7e-4, u_used_Gy=2.0, u_dose_Gy_per_MBq=7e-5)
    assert near.activity_MBq > 0.0 and near.lower_MBq == 0.0 and near.reason == ""


def test_the_limit_that_is_reached_first():
    marrow = DoseLimit(name="m", organ="red marrow", quantity="absorbed dose", value_Gy=2.0, source="test")
    rooms = [room_of_absorbed(ABSORBED, 0.0, 6e-4), room_of_absorbed(marrow, 0.0, 6e-5)]
    assert first_reached(rooms).limit is marrow
    with pytest.raises(DosimetryError, match="no limit"):
        first_reached([])


def test_the_shipped_table_has_a_source_for_all():
    table = load_limits()
    assert {limit.name: limit.value_Gy for limit in table.limits} == {
        "kidneys 23 Gy": 23.0, "kidneys 40 Gy BED": 40.0, "red marrow 2 Gy": 2.0, "lungs 30 Gy": 30.0,
        "liver 30 Gy": 30.0,
    }  # fmt: skip
    assert all(len(limit.source) > 20 and limit.checked for limit in table.limits)
    assert all(len(tissue.source) > 20 for tissue in table.tissues.values())


def test_a_file_of_ones_own_takes_its_place(tmp_path):
    path = tmp_path / "limits.toml"
    path.write_text(
        '[[limit]]\nname = "k"\norgan = "Kidney"\nquantity = "absorbed dose"\nvalue_Gy = 18\nsource = "x"\n'
    )
    table = load_limits(path)
    assert [(x.organ, x.value_Gy) for x in table.limits] == [("kidneys", 18.0)]
    assert table.tissues == {}


def test_all_mistakes_of_a_file_at_once(tmp_path):
    path = tmp_path / "limits.toml"
    limit = '[[limit]]\nname = "{}"\norgan = "{}"\nquantity = "{}"\nvalue_Gy = {}\nsource = "x"\n'
    path.write_text(limit.format("a", "kidnies", "absorbed dose", 18) + limit.format("a", "liver", "BED", 30))
    with pytest.raises(DosimetryError) as told:
        load_limits(path)
    assert len(told.value.complaints) == 3
    assert "unknown target region 'kidnies'" in str(told.value) and "stands there twice" in str(told.value)
    assert "alpha_beta_Gy and repair_half_time_h" in str(told.value)
    path.write_text(limit.format("a", "liver", "dose", -3) + "extra = 1\n")
    with pytest.raises(DosimetryError) as told:
        load_limits(path)
    assert len(told.value.complaints) == 3 and "limit.0.extra" in str(told.value)
    path.write_text("limit = 3 4")
    with pytest.raises(DosimetryError, match="not valid TOML"):
        load_limits(path)
    with pytest.raises(DosimetryError, match="no such file"):
        load_limits(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: room_of_absorbed(BED, 1.0, 1e-3), "is of the BED"),
        (lambda: room_of_bed(ABSORBED, [], 0.0, PER_MBQ, TISSUE), "not of the BED"),
        (lambda: room_of_absorbed(ABSORBED, -1.0, 1e-3), "0 or above"),
        (lambda: room_of_absorbed(ABSORBED, 1.0, 0.0), "above 0"),
        (lambda: room_of_absorbed(ABSORBED, 1.0, 1e-3, kept_with=1.0), "probability"),
        (lambda: room_of_absorbed(ABSORBED, 1.0, 1e-3, correlation=2.0), "-1 to 1"),
        (lambda: DoseLimit(name="x", organ="liver", quantity="dose", value_Gy=1.0, source=""), "allowed"),
        (lambda: DoseLimit(name="x", organ="liver", quantity="BED", value_Gy=0.0, source=""), "above 0"),
        (lambda: TissueConstants(alpha_beta_Gy=0.0, repair_half_time_h=1.0, source=""), "alpha/beta"),
    ],
)
def test_bad_input(make, said):
    with pytest.raises(DosimetryError, match=said):
        make()


def test_what_repair_alone_makes_uncertain():
    tissue = replace(TISSUE, u_alpha_beta_Gy=None, u_repair_relative=0.01)
    room = room_of_bed(BED, SO_FAR, 100.0, PER_MBQ, tissue, u_dose_relative=0.0)
    ends = [
        room_of_bed(BED, SO_FAR, 100.0, PER_MBQ, replace(TISSUE, repair_half_time_h=2.8 * f)).activity_MBq
        for f in (1.001, 0.999)
    ]
    assert room.u_activity_MBq == pytest.approx(0.01 * abs(ends[0] - ends[1]) / 0.002, rel=1e-5)
