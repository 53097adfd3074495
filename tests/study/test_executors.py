"""Patients computed by other processes: the same bits, the same errors, and little that travels."""

from __future__ import annotations

import pickle
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from dosimetry.commands import app as cli
from dosimetry.errors import DosimetryError
from dosimetry.files.progress import progress_bar
from dosimetry.nuclides.nuclide import nuclide
from dosimetry.patients.results import results_of
from dosimetry.report.archive import read_table
from dosimetry.report.figures.draw import draw_all
from dosimetry.study import chunks
from dosimetry.study.chunks import processes
from dosimetry.study.keys.settings import methods_of
from dosimetry.study.pipeline import read_study, run_study
from dosimetry.study.results import StudyResult
from dosimetry.study.study_file import load_study

EXAMPLE = Path(__file__).parents[2] / "examples" / "zr89-trastuzumab"


@pytest.fixture(scope="module")
def ten() -> StudyResult:
    """The ten patients of the example, computed here."""
    return run_study(EXAMPLE / "study.toml")


def same_bits(a: StudyResult, b: StudyResult) -> bool:
    for name, frame in a.tables().items():
        pd.testing.assert_frame_equal(frame, b.tables()[name], check_exact=True)
    for one, two in zip(a.curves, b.curves, strict=True):
        assert one.curve.value.tobytes() == two.curve.value.tobytes()
        if one.fit is not None:
            assert two.fit is not None and two.fit.function is one.fit.function
            assert one.fit.theta.tobytes() == two.fit.theta.tobytes()
    return a.warnings == b.warnings and a.provenance == b.provenance


@pytest.mark.parametrize("most", [1, 3, 4, 7])
def test_chunks_of_any_size_give_the_same_bits(
    most: int, ten: StudyResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "MOST_PATIENTS", most)
    assert same_bits(ten, run_study(EXAMPLE / "study.toml"))


@pytest.fixture(scope="module", params=[2, 3])
def pool(request: pytest.FixtureRequest) -> Iterator[ProcessPoolExecutor]:
    with processes(request.param) as made:
        assert isinstance(made, ProcessPoolExecutor)
        yield made


@pytest.mark.parametrize("least", [2, 4, 100])
def test_processes_give_the_same_bits(
    least: int, pool: ProcessPoolExecutor, ten: StudyResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chunks of 5, of 2 and of 1 patients over 2 and over 3 processes."""
    monkeypatch.setattr(chunks, "LEAST_CHUNKS", least)
    seen: list[tuple[int, int, str]] = []
    found = run_study(EXAMPLE / "study.toml", lambda *now: seen.append(now), executor=pool)
    assert same_bits(ten, found)
    assert seen == [(i, 10, f"P{i:02d}") for i in range(1, 11)]
    assert pool.submit(int, "1").result() == 1


def test_one_worker_is_this_process(ten: StudyResult) -> None:
    with processes(1) as none:
        assert none is None


def test_the_command_writes_the_same_tables(tmp_path: Path) -> None:
    for workers in ("1", "2"):
        with pytest.raises(SystemExit) as ended:
            out = str(tmp_path / workers)
            cli.main(["run", str(EXAMPLE / "study.toml"), "--out", out, "--no-figures", "--workers", workers])
        assert not ended.value.code
    for path in (tmp_path / "1").iterdir():
        if path.suffix == ".h5":
            for name in ("kinetics", "organ_doses"):
                pd.testing.assert_frame_equal(
                    read_table(path, name), read_table(tmp_path / "2" / path.name, name), check_exact=True
                )
        elif path.suffix == ".csv":  # the others hold the date and the command
            assert path.read_bytes() == (tmp_path / "2" / path.name).read_bytes()


def spoilt(folder: Path) -> Path:
    """The example with a whole-body curve of P07 that rises."""
    shutil.copytree(EXAMPLE, folder)
    lines = (folder / "whole_body.csv").read_text(encoding="utf-8").splitlines()
    rows = [i for i, line in enumerate(lines) if line.startswith("P07,")]
    for i, counts in zip(rows, (10_000, 20_000, 40_000, 80_000, 160_000, 320_000), strict=False):
        cells = lines[i].split(",")
        cells[2:4] = [str(counts), str(counts)]
        lines[i] = ",".join(cells)
    (folder / "whole_body.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder / "study.toml"


def test_an_error_is_told_as_it_is_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = spoilt(tmp_path / "study")
    with pytest.raises(DosimetryError, match=r"whole_body\.csv: rows \d+ to \d+, P07: .*rises") as here:
        run_study(study)
    for executor in (ThreadPoolExecutor(2), ProcessPoolExecutor(2)):
        with executor, pytest.raises(DosimetryError) as there:
            run_study(study, executor=executor)
        assert str(there.value) == str(here.value)
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", str(study), "--out", str(tmp_path / "out"), "--workers", "2", "--no-figures"])
    assert ended.value.code == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "P07" in said and "Traceback" not in said and "patients" not in said
    assert not (tmp_path / "out").exists()


class Dying(ThreadPoolExecutor):
    """An executor whose workers die after two chunks, and that then takes no more than four."""

    submitted = 0

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        self.submitted += 1
        if self.submitted > 4:
            raise BrokenProcessPool("a worker is gone")
        if self.submitted > 2:
            lost: Future[object] = Future()
            lost.set_exception(BrokenProcessPool("a worker is gone"))
            return lost
        return super().submit(fn, *args, **kwargs)


def test_what_workers_did_before_they_died_is_kept_and_the_rest_computed_here(ten: StudyResult) -> None:
    with Dying(1) as executor, pytest.warns(RuntimeWarning, match="after 2 of 10 patients .* computed here"):
        assert same_bits(ten, run_study(EXAMPLE / "study.toml", executor=executor))
        assert executor.submitted == 5


def test_pages_of_patients_are_the_same_whoever_draws_them(ten: StudyResult, tmp_path: Path) -> None:
    curves = [c for c in ten.curves if c.patient in ("P01", "P02")]
    few = replace(ten, patients=ten.patients[:2], curves=curves)
    with processes(2) as made, Dying(1) as dying:
        dying.submitted = 2  # from here on its workers die
        for name, executor in (("here", None), ("processes", made), ("dying", dying)):
            paths = draw_all(tmp_path / name, few, executor=executor)
            assert [p.relative_to(tmp_path / name).as_posix() for p in paths[-2:]] == [
                "patients/P01.png", "patients/P02.png",
            ]  # fmt: skip
    for path in (tmp_path / "here").rglob("*.png"):
        for other in ("processes", "dying"):
            same = imread(tmp_path / other / path.relative_to(tmp_path / "here"))
            # a step of the colours' 255 is Agg's rounding, which is not the same each time
            assert np.abs(imread(path) - same).max() < 1.5 / 255


def test_the_bar_says_how_long_it_will_take_and_is_silent_where_no_one_looks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def advance() -> str:
        with progress_bar(transient=False) as bar:
            task = bar.add_task("patients", total=4)
            for _ in range(3):
                bar.advance(task)
        return capsys.readouterr().err

    assert advance() == ""
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich then takes standard error for a terminal
    assert re.search(r"patients.*3/4.*left.*(\d+:\d+|-:--)", advance(), re.DOTALL)


def test_little_travels() -> None:
    study = load_study(EXAMPLE / "study.toml")
    n, methods = nuclide("Zr-89"), methods_of(study.settings)
    patients = read_study(study, n)
    there = len(pickle.dumps((patients, methods)))
    back = len(pickle.dumps(results_of(patients, methods, n, ["ICRP 60"])))
    # the body's library alone is 1 MB; a patient's numbers are some 300 in and 1000 out
    assert there < 10 * 15_000
    assert back < 10 * 40_000


def test_a_dask_client_is_an_executor(ten: StudyResult) -> None:
    distributed = pytest.importorskip("distributed", reason="the extra 'dask' is not installed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert same_bits(ten, run_study(EXAMPLE / "study.toml", executor=client.get_executor()))
