"""Simulation in units: the same numbers whatever the threads, the interruptions and the added histories."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import phantoms.simulation.simulate as simulate
from phantoms.bodies.stylised.body import Body, load_body
from phantoms.errors import PhantomError
from phantoms.simulation.simulate import Simulation
from phantoms.simulation.units import by_executor, missing_units, part_of

ALL_SOURCES = simulate.simulated_sources()


@pytest.fixture(scope="module")
def newborn() -> Body:
    return load_body("newborn")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulate, "ENERGIES_MEV", (0.1, 0.5))
    monkeypatch.setattr(simulate, "HISTORIES_PER_BATCH", 300)
    monkeypatch.setattr(simulate, "simulated_sources", lambda: ["liver", "kidneys", "total body"])


def units(run: Simulation) -> list[np.ndarray]:
    found = [run.load(source, energy) for source, energy, _ in run.tasks()]
    assert None not in found
    return [np.concatenate([u.kerma.ravel(), u.track_cm.ravel()]) for u in found if u is not None]


def test_threads_interruption_and_more_histories_change_nothing(newborn: Body, tmp_path: Path) -> None:
    whole = Simulation(newborn, 1200, 3, tmp_path / "whole")
    whole.run(threads=3)

    cut = Simulation(newborn, 600, 3, tmp_path / "cut")

    def stop(source: str, energy_MeV: float, histories: int) -> None:
        if source == "kidneys":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut.run(threads=1, done=stop)
    assert 0 < len(cut.pending()) < len(cut.tasks())
    more = Simulation(newborn, 1200, 3, tmp_path / "cut")
    seen = []
    more.run(threads=2, done=lambda *task: seen.append(task))
    assert not more.pending()
    assert len(seen) == len(more.tasks())
    for a, b in zip(units(whole), units(more), strict=True):
        assert np.array_equal(a, b)


def test_workers_of_an_executor_write_the_same_units(newborn: Body, tmp_path: Path) -> None:
    here, there = (Simulation(newborn, 600, 3, tmp_path / n) for n in ("here", "there"))
    here.run(threads=1)
    with ThreadPoolExecutor(2) as executor:
        there.run(threads=3, submit=by_executor(there, executor))
        for a, b in zip(units(here), units(there), strict=True):
            assert np.array_equal(a, b)
        other = Simulation(newborn, 600, 4, tmp_path / "other")
        other.fingerprint = "another"
        with pytest.raises(PhantomError, match="not the same on this worker"):
            other.run(threads=1, submit=by_executor(other, executor))


@pytest.mark.parametrize("parts", [1, 2, 3, 7])
def test_parts_have_each_unit_once_and_are_of_one_size(newborn: Body, parts: int, tmp_path: Path) -> None:
    tasks = Simulation(newborn, 600, 3, tmp_path).tasks()
    shares = [part_of(tasks, f"{i + 1}/{parts}") for i in range(parts)]
    assert sorted(t for share in shares for t in share) == sorted(tasks)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1 + len(tasks) // 6
    assert "units: liver at 100, 500 keV" in missing_units(Simulation(newborn, 600, 3, tmp_path))


def test_another_seed_gives_other_numbers_within_statistics(newborn: Body, tmp_path: Path) -> None:
    kerma = []
    for seed in (1, 2):
        run = Simulation(newborn, 3000, seed, tmp_path)
        run.run_unit("liver", 0.1, 10)
        unit = run.load("liver", 0.1)
        assert unit is not None
        kerma.append(unit.kerma[:, newborn.solid.index("liver")])
    (a, b), spread = np.mean(kerma, axis=1), np.std(kerma, axis=1, ddof=1) / np.sqrt(10)
    assert a != b
    assert abs(a - b) < 4 * np.hypot(*spread)


def test_too_few_histories_are_refused(newborn: Body, tmp_path: Path) -> None:
    with pytest.raises(PhantomError, match="at least 600"):
        Simulation(newborn, 599, 1, tmp_path)


def test_a_unit_is_not_resumed_with_another_emission(
    newborn: Body, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Simulation(newborn, 600, 1, tmp_path)
    run.run(threads=2)
    assert not run.pending()
    plain = simulate.emission
    monkeypatch.setattr(
        simulate,
        "emission",
        lambda body, source: {"brain": 1.0} if source == "kidneys" else plain(body, source),
    )
    assert {source for source, _, _ in run.pending()} == {"kidneys"}


def test_streams_of_random_numbers_are_a_sources_own() -> None:
    streams = [simulate._stream(source) for source in ALL_SOURCES]
    assert len(set(streams)) == len(streams)
