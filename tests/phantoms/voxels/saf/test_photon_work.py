"""Work in rounds of batches: the same bits however it is shared, stopped and gone on with."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from phantoms.errors import PhantomError
from phantoms.voxels.body import VoxelBody
from phantoms.voxels.saf.emissions import Emissions, spectrum
from phantoms.voxels.saf.make import missing_work
from phantoms.voxels.saf.photons import photon_table
from phantoms.voxels.saf.precision import Wanted
from phantoms.voxels.saf.work import PhotonWork, Told

LINES = Emissions("made up", spectrum([0.02, 0.14, 0.511], [0.01, 0.1, 0.3]), spectrum(), spectrum())
WANTED = Wanted(0.15, 5.0, 20_000, histories_per_batch=100, batches=10)
SOURCES = ("kidneys", "spine", "red marrow")


def work(body: VoxelBody, units: Path | None = None, **changes: Any) -> PhotonWork:
    given: dict[str, Any] = {"sources": SOURCES, "wanted": WANTED, "seed": 3, "units": units}
    return PhotonWork(body, LINES, **{**given, **changes})


def saf(done: PhotonWork) -> NDArray[np.float64]:
    table = photon_table(done).table
    assert table.relative_se is not None
    return np.stack([table.saf_per_kg, table.relative_se])


@pytest.fixture(scope="module")
def whole(small: VoxelBody) -> tuple[PhotonWork, NDArray[np.float64]]:
    """All of it, by one thread, at a stretch."""
    done = work(small)
    done.run()
    return done, saf(done)


def test_it_ends_with_the_wanted_precision_where_it_is_wanted(whole: tuple[PhotonWork, Any]) -> None:
    done, _ = whole
    assert all(c.finished for c in done.cells) and not missing_work(done)
    assert max(c.reached() for c in done.cells) <= WANTED.relative_se
    # some needed more than the first round, else nothing is tested here
    assert max(c.done_batches for c in done.cells) > 20


class Sent(Executor):
    """What travels to its workers is bytes, as for other processes; it runs them backwards."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        sent = pickle.dumps((fn, args, kwargs))
        self.sizes.append(len(sent))
        future: Future[Any] = Future()
        back, given, named = pickle.loads(sent)
        future.set_result(pickle.loads(pickle.dumps(back(*given, **named))))
        return future


@pytest.mark.parametrize("executor", [None, ThreadPoolExecutor(3), Sent()])
def test_the_same_bits_by_threads_and_by_executors(
    small: VoxelBody, whole: tuple[PhotonWork, Any], executor: Executor | None
) -> None:
    done = work(small)
    done.run(workers=2, executor=executor)
    assert np.array_equal(saf(done), whole[1])
    if isinstance(executor, Sent):
        assert max(executor.sizes) < 20_000  # the body packed, not its 8 kB of voxels as text


def test_other_sources_and_another_seed_change_nothing_and_all(
    small: VoxelBody, whole: tuple[PhotonWork, Any]
) -> None:
    done, values = whole
    alone = work(small, sources=["spine"])
    alone.run()
    a, b = alone.regions.sources.index("spine"), done.regions.sources.index("spine")
    assert np.array_equal(saf(alone)[0, :, a], values[0, :, b])
    other = work(small, sources=["spine"], seed=4)
    other.run()
    assert not np.array_equal(saf(other)[0, :, a], values[0, :, b])


def test_units_apart_and_merged_are_the_whole(
    small: VoxelBody, whole: tuple[PhotonWork, Any], tmp_path: Path
) -> None:
    for part in ("1/2", "2/2"):
        one = work(small, tmp_path)
        assert one.part(part) and len(one.part(part)) < len(one.cells)
        one.run(one.part(part))
        merged = work(small, tmp_path)
        for cell in merged.cells:
            cell.resume()
        assert bool(missing_work(merged)) == (part == "1/2")
    assert np.array_equal(saf(merged), whole[1])
    with pytest.raises(PhantomError, match="which of how many"):
        merged.part("3/2")


class Stop(BaseException):
    """As Ctrl-C, where a test says so."""


@pytest.mark.parametrize("blocks", [1, 4, 9])
def test_a_stopped_run_goes_on_where_it_was(
    small: VoxelBody, whole: tuple[PhotonWork, Any], tmp_path: Path, blocks: int
) -> None:
    told: list[Told] = []

    def stop(now: Told) -> None:
        told.append(now)
        if len(told) == blocks + 5:  # the first five say what is there of five sources
            raise Stop

    first = work(small, tmp_path)
    with pytest.raises(Stop):
        first.run(tell=stop)
    kept = sum(c.done_batches for c in first.cells)
    assert kept >= 10 * blocks
    again = work(small, tmp_path)
    told.clear()
    again.run(workers=2, tell=told.append)
    assert told[4].done >= kept - 10  # batches in order; a block out of order may be lost
    assert np.array_equal(saf(again), whole[1])


def test_a_lower_precision_takes_of_the_same_files_what_it_needs(
    small: VoxelBody, whole: tuple[PhotonWork, Any], tmp_path: Path
) -> None:
    better = work(small, tmp_path, wanted=WANTED._replace(relative_se=0.08))
    better.run()
    assert not np.array_equal(saf(better), whole[1])
    told: list[Told] = []
    usual = work(small, tmp_path)
    usual.run(tell=told.append)
    assert len(told) == len(usual.cells)  # nothing was run
    assert np.array_equal(saf(usual), whole[1])


def test_files_of_another_body_spectrum_or_seed_are_not_taken(small: VoxelBody, tmp_path: Path) -> None:
    names = {tuple(c.names) for c in work(small).cells}
    other = VoxelBody(**{
        **{f: getattr(small, f) for f in small.__dataclass_fields__},
        "mass_kg": {**small.mass_kg, "liver": 0.9 * small.mass_kg["liver"]},
    })  # fmt: skip
    emitted = LINES._replace(photon=spectrum([0.02, 0.15, 0.511], [0.01, 0.1, 0.3]))
    for changed in (work(other), work(small, seed=4), PhotonWork(small, emitted, sources=SOURCES, seed=3)):
        assert not any(set(c.names) & {n for group in names for n in group} for c in changed.cells)


def test_a_damaged_file_is_named_in_one_line(small: VoxelBody, tmp_path: Path) -> None:
    done = work(small, tmp_path, sources=["spine"])
    done.run()
    path = sorted(tmp_path.glob("spine-*.batches"))[0]
    content = path.read_bytes()
    for damage in (content[: len(content) // 2], b"", content[:60] + b"\0" * 30 + content[90:]):
        path.write_bytes(damage)
        with pytest.raises(PhantomError, match="a damaged unit of work") as raised:
            work(small, tmp_path, sources=["spine"]).run()
        assert path.name in str(raised.value) and "\n" not in str(raised.value)


def test_when_the_time_is_up_whole_rounds_count_and_too_little_time_is_refused(small: VoxelBody) -> None:
    none = work(small)
    none.run(seconds=0.0)
    assert not any(c.known for c in none.cells)
    assert "5 of 5 units" in missing_work(none)
    with pytest.raises(PhantomError, match=r"no photons from 'left kidney' .* were followed yet"):
        photon_table(none)


def test_what_is_told_grows_to_what_was_expected(small: VoxelBody) -> None:
    told: list[Told] = []
    done = work(small)
    done.run(tell=told.append)
    assert [t.done for t in told] == sorted(t.done for t in told)
    assert told[-1].done == told[-1].expected == sum(c.done_batches for c in done.cells)


def test_workers_of_another_version_are_refused(small: VoxelBody) -> None:
    from phantoms.voxels.saf.tasks import packed, run_packed

    with pytest.raises(PhantomError, match="install the same version"):
        run_packed(packed(small), "another", None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seed": -1}, "seed -1"),
        ({"sources": ["spleen"]}, "unknown source region 'spleen'"),
        ({"wanted": Wanted(0.9)}, "precision 90 %"),
    ],
)
def test_what_cannot_be_done_is_said(small: VoxelBody, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(PhantomError, match=words):
        work(small, **changes)
