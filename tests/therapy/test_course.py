"""A course and its cycles: what they must be, and when each begins."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from exact_course import LAMBDA, course, measured

from dosimetry import DosimetryError
from milligray.errors import Complaints
from therapy import Course, Cycle
from therapy.cycles.scans import with_scans


def cycle(number: int, start: datetime, **options: object) -> Cycle:
    return Cycle(number=number, start=start, administered_MBq=7400.0, **options)  # type: ignore[arg-type]


ONE = cycle(1, datetime(2026, 1, 12, 10))


@pytest.mark.parametrize(
    ("cycles", "told"),
    [
        ((), "one cycle or more"),
        ((ONE, cycle(3, datetime(2026, 3, 9))), "cycles 1, 3; they are 1, 2, 3 ... in order, none left out"),
        ((ONE, cycle(2, datetime(2026, 1, 12, 20))), "starts on 2026-01-12T20:00:00, which is not after"),
        ((ONE, cycle(2, datetime(2026, 1, 11))), "a later day is needed"),
        ((ONE, cycle(2, datetime(2026, 3, 9, tzinfo=UTC))), "one has a time zone and one has none"),
        ((ONE, cycle(2, datetime(2066, 3, 9))), "is the year right?"),
    ],
)
def test_a_course_that_cannot_be_is_refused(cycles: tuple[Cycle, ...], told: str) -> None:
    with pytest.raises(DosimetryError) as error:
        Course(patient="P01", cycles=cycles)
    assert told in str(error.value)


@pytest.mark.parametrize(("number", "activity"), [(0, 7400.0), (1, 0.0), (1, 7.4e6), (1, float("nan"))])
def test_a_cycle_that_cannot_be_is_refused(number: int, activity: float) -> None:
    with pytest.raises(DosimetryError):
        Cycle(number=number, start=datetime(2026, 1, 12), administered_MBq=activity)


def test_the_measured_cycle_is_one_of_them() -> None:
    with pytest.raises(DosimetryError, match="there is no cycle 2"):
        Course(patient="P01", cycles=(ONE,), measured=2)


def test_starts_are_counted_by_clocks_or_where_one_has_none_by_dates() -> None:
    later = datetime(2026, 3, 9, 16)
    by_clock = Course(patient="P01", cycles=(ONE, cycle(2, later)))
    assert by_clock.start_h(2) == 56 * 24 + 6
    by_date = Course(patient="P01", cycles=(ONE, cycle(2, datetime(2026, 3, 9), day_only=True)))
    assert by_date.start_h(2) == 56 * 24
    assert by_date.cycle(2).said_start == "2026-03-09" and ONE.said_start == "2026-01-12T10:00:00"


def scans(tmp_path: Path, time: str) -> Course:
    """The second cycle's scan of the kidneys at a clock time; it starts on 2026-03-09 at 10:00."""
    path = tmp_path / "scans.csv"
    path.write_text(
        f"patient,cycle,organ,time,value,sd,unit\nP01,2,kidneys,{time},1,0.1,%IA\n", encoding="utf-8"
    )
    with Complaints(DosimetryError) as found:
        made = with_scans(
            path, {"P01": course()}, [measured().patient], LAMBDA, found,
            decay_corrected=False, with_lesions=False,
        )  # fmt: skip
    return made["P01"]


def test_scans_may_have_clock_times(tmp_path: Path) -> None:
    assert scans(tmp_path, "2026-03-13T10:30").scans[2]["kidneys"].time_h[0] == 96.5


@pytest.mark.parametrize(
    ("time", "told"),
    [
        ("2026-03-09T09:00", "that is before the start of its cycle"),
        ("2026-03-13", "clock times need a time of day in both; or give time_h"),
        ("2026-03-13T10:30+01:00", "one has a time zone and one has none"),
        ("2926-03-13T10:30", "is the year right?"),
    ],
)
def test_clock_times_that_cannot_be(tmp_path: Path, time: str, told: str) -> None:
    with pytest.raises(DosimetryError) as error:
        scans(tmp_path, time)
    assert "row 2, column 'time': " in str(error.value) and told in str(error.value)
