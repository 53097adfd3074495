"""Time and memory of a whole study without figures, beside plain lmfit fits of the same curves in one run.

    python benchmarks/study.py [patients] [--workers N] [--budget]

The patients are those of examples/zr89-trastuzumab, ten for each seed, made in a temporary folder. Aims: 1000
in 8 s on two quiet cores, the time of at most 6 plain lmfit fits each; 10 000 in 80 s and 1 GiB.
What others do on the machine changes seconds; it changes CPU seconds less, and ratios least.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

EXAMPLE = Path(__file__).parents[1] / "examples" / "zr89-trastuzumab"
#: Curves that plain lmfit fits, in batches of ten before and after the study.
LMFIT_CURVES = 40


def make_study(folder: Path, patients: int, *, budget: bool = False) -> Path:
    """The example's study of so many patients, rounded up to tens; with or without its uncertainties."""
    spec = importlib.util.spec_from_file_location("make_data", EXAMPLE / "make_data.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    tables: dict[str, tuple[list[str], list[list[object]]]] = {}
    for ten in range(-(-patients // 10)):
        made.SEED = 2018 + ten
        for name, (header, rows) in made.tables().items():
            for row in rows:
                row[0] = f"B{ten:04d}{row[0]}"
            tables.setdefault(name, (header, []))[1].extend(rows)
    for name, (header, rows) in tables.items():
        with (folder / name).open("w", newline="", encoding="utf-8") as f:
            f.write(made.NOTICE + "\n")
            csv.writer(f, lineterminator="\n").writerows([header, *rows])
    for name in ("study.toml", "published.csv"):
        shutil.copy(EXAMPLE / name, folder)
    if not budget:
        text = (folder / "study.toml").read_text(encoding="utf-8")
        (folder / "study.toml").write_text(text[: text.index("[uncertainty]")], encoding="utf-8")
    return folder / "study.toml"


def whole_run(study: Path, workers: int) -> dict[str, float]:
    """``milligray run`` from its imports to its files, in a process of its own, which says what it took."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(study, workers, theirs))
    process.start()
    found: dict[str, float] = ours.recv()
    process.join()
    return found


def _run(study: Path, workers: int, pipe) -> None:  # type: ignore[no-untyped-def]
    begin = perf_counter()
    from dosimetry.commands import app

    options = ["--out", str(study.parent / "results"), "--no-figures", "--workers", str(workers)]
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        try:
            app.main(["run", str(study), *options])
        except SystemExit as end:
            assert not end.code, end.code
    used = resource.getrusage(resource.RUSAGE_SELF)
    pipe.send(
        {
            "seconds": perf_counter() - begin,
            "cpu_s": used.ru_utime + used.ru_stime,
            "peak_MB": used.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024),
        }
    )


def lmfit_seconds(study: Path) -> tuple[float, float]:
    """Seconds and CPU seconds of one plain lmfit fit: two exponentials to a patient's serum, bounds at 0."""
    import lmfit

    from dosimetry.nuclides.nuclide import nuclide
    from dosimetry.study.pipeline import read_study
    from dosimetry.study.study_file import load_study

    patients = read_study(load_study(study), nuclide("Zr-89"))[:LMFIT_CURVES]
    curves = [p.measurements.serum for p in patients if p.measurements and p.measurements.serum]

    def two(t: np.ndarray, a1: float, a2: float, k1: float, k2: float) -> np.ndarray:
        return a1 * np.exp(-k1 * t) + a2 * np.exp(-k2 * t)

    model = lmfit.Model(two)
    parameters = model.make_params(
        a1={"value": 13.0, "min": 0}, a2={"value": 20.0, "min": 0}, k1={"value": 0.08, "min": 0},
        k2={"value": 0.006, "min": 0},
    )  # fmt: skip
    model.fit(curves[0].value, parameters, t=curves[0].time_h, weights=1 / curves[0].sd)
    begin, cpu = perf_counter(), process_time()
    for curve in curves:
        model.fit(curve.value, parameters, t=curve.time_h, weights=1 / curve.sd)
    return (perf_counter() - begin) / len(curves), (process_time() - cpu) / len(curves)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("patients", type=int, nargs="?", default=1000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--budget", action="store_true", help="with the example's uncertainties")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        study = make_study(Path(folder), asked.patients, budget=asked.budget)
        before = lmfit_seconds(study)
        found = whole_run(study, asked.workers)
        after = lmfit_seconds(study)
    n = 10 * -(-asked.patients // 10)
    fit_s, fit_cpu_s = ((a + b) / 2 for a, b in zip(before, after, strict=True))
    print(f"{n} patients, no figures, {asked.workers} worker{'s' * (asked.workers > 1)}")
    print(f"{found['seconds']:10.2f} s, {n / found['seconds']:.0f} patients/s")
    print(f"{found['cpu_s']:10.2f} CPU s of the main process")
    print(f"{found['peak_MB']:10.0f} MB at most in the main process")
    print(f"{1e3 * fit_s:10.2f} ms, {1e3 * fit_cpu_s:.2f} CPU ms: one plain lmfit fit of a patient's serum")
    print(f"{found['seconds'] / n / fit_s:10.2f} plain lmfit fits a patient by the clock")
    print(f"{found['cpu_s'] / n / fit_cpu_s:10.2f} plain lmfit fits a patient by CPU time")


if __name__ == "__main__":
    main()
