"""Writes the tables of docs/populations.md from a run.

    python -m validation.pages.few_points_page [--cohorts 10] [--devasia 25] [--speed] [--workers 2]

``--cohorts`` : simulated cohorts of 20 patients a cell; 8 and 60 patients have as many patients in all.
``--devasia`` : cohorts of 20 kidneys. ``--speed`` runs benchmarks/populations.py. Without an option its table
stays.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from validation.few_points import compare
from validation.few_points.cohorts import DEVASIA_UPTAKES, KINDS, devasia
from validation.few_points.coverage import Coverage, Judged, judged
from validation.report.markdown import splice, table

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "populations.md"
METHODS = (
    compare.POPULATION, compare.OWN_MODEL, compare.SINGLE, compare.HAENSCHEID, compare.MADSEN,
)  # fmt: skip
PATIENTS, POINTS, NOISES = (8, 20, 60), (1, 2, 3, 4, 5), (0.05, 0.15)
#: Patients and noise of the setting of Devasia et al.
DEVASIA_COHORT, DEVASIA_NOISE = 20, 0.03

Cell = tuple[str, int, int, float, bool]
Scores = dict[str, compare.Score]


def cell(given: tuple[Cell, int]) -> tuple[Cell, Scores]:
    """Kind, patients, points, noise, with SDs or without: the scores over so many patients in all."""
    (kind, patients, points, noise, with_sd), cohorts = given
    numbers = range(max(1, round(cohorts * 20 / patients)))
    own = next(k for k in KINDS if k.name == kind)
    return given[0], compare.of_cohorts(own, patients, points, noise, numbers, with_sd=with_sd)


def all_cells(cohorts: int, workers: int, *, with_sd: bool) -> dict[Cell, Scores]:
    """The scores of every cell; without SDs from four points on."""
    cells = [
        ((k.name, n, p, s, with_sd), cohorts)
        for k in KINDS for s in NOISES for p in POINTS for n in PATIENTS if with_sd or p >= 4
    ]  # fmt: skip
    with ProcessPoolExecutor(workers) as pool:
        return dict(pool.map(cell, cells))


def few_points(found: Mapping[Cell, Scores]) -> str:
    """One row a kind, noise, number of points and of patients."""
    names = [n for n in METHODS if any(n in scores for scores in found.values())]
    rows = [
        (kind, f"{100 * noise:.0f} %", str(points), str(patients),
         *(scores[name].words() if name in scores else "-" for name in names))
        for (kind, patients, points, noise, _), scores in found.items()
    ]  # fmt: skip
    return table(("curves", "noise", "points", "patients", *names), rows)


def verdict(found: Mapping[Cell, Scores]) -> str:
    """All kinds and numbers of patients together: off by more than 10 %, and coverage with its count."""
    rows = []
    for noise in NOISES:
        for points in POINTS:
            cells = [s for (_, _, p, e, _), s in found.items() if (p, e) == (points, noise)]
            if not cells:
                continue
            row = [f"{100 * noise:.0f} %", str(points)]
            for name in METHODS:
                total = compare.Score()
                for scores in cells:
                    total = total.join(scores.get(name, compare.Score()))
                if not total.errors:
                    row.append("-")
                    continue
                held = f", {100 * total.coverage:.1f}" if total.intervals else ""
                row.append(f"{100 * total.wrong:.1f}{held} ({total.asked})")
            rows.append(tuple(row))
    return table(("noise", "points", *METHODS), rows)


def size(cohorts: int) -> str:
    """How many patients a cell has, and its seeds."""
    return (
        f"About {20 * cohorts} patients a cell: {cohorts} cohorts of 20, of 8 and 60 as many as come"
        " nearest, one at least. Where they have one or two points half of them are judged. The seed of a"
        " cohort is (its number, patients, points, 1000 x noise)."
    )


def _devasia(given: tuple[float, int]) -> Scores:
    uptake, number = given
    return compare.one_point_of_new_patients(devasia(uptake), DEVASIA_COHORT, DEVASIA_NOISE, [number])


def in_devasias_setting(cohorts: int, workers: int) -> str:
    """Shares off by more than 10 % by the spread of the uptake."""
    rows = []
    with ProcessPoolExecutor(workers) as pool:
        for uptake in DEVASIA_UPTAKES:
            total: Scores = {}
            for scores in pool.map(_devasia, [(uptake, i) for i in range(cohorts)]):
                for name, score in scores.items():
                    total[name] = total.get(name, compare.Score()).join(score)
            own = total[compare.POPULATION]
            rows.append(
                (f"{100 * uptake:.0f} %", f"{100 * own.wrong:.1f}",
                 f"{100 * compare.best_possible(devasia(uptake), DEVASIA_NOISE):.1f}",
                 f"{100 * total[compare.HAENSCHEID].wrong:.1f}", f"{100 * total[compare.MADSEN].wrong:.1f}",
                 f"{100 * own.bias:+.1f}", f"{100 * own.rmse:.1f}", f"{100 * own.coverage:.1f}")
            )  # fmt: skip
    n = cohorts * DEVASIA_COHORT
    said = (
        f"{n} new kidneys with one point at 96 h, {cohorts} cohorts of {DEVASIA_COHORT} kidneys with four,"
        " all in %; seeds are (number of the cohort, 20, 1000 x noise, 0 for it and 1 for the new):\n\n"
    )
    return said + table(
        ("uptake's spread", "population fit off by > 10 %", "at best, who knows the population", "Haenscheid",
         "Madsen", "population fit: bias", "RMSE", "coverage"),
        rows,
    )  # fmt: skip


Task = tuple[str, int, int, float, int]


def _judged(task: Task) -> Judged:
    kind, patients, points, noise, number = task
    own = next(k for k in KINDS if k.name == kind)
    return judged(own, patients, points, noise, number, with_sd=True)


def coverage(cohorts: int, workers: int, kinds: Sequence[str]) -> str:
    """Coverage by kind, noise and points, over cohorts of 8 and 20 and a tenth as many of 60."""
    sizes = {8: cohorts, 20: cohorts, 60: max(1, cohorts // 10)}
    cells = [(k.name, s, p) for k in KINDS for s in NOISES for p in POINTS if k.name in kinds]
    tasks = [
        (kind, n, p, s, number) for kind, s, p in cells for n, many in sizes.items() for number in range(many)
    ]
    with ProcessPoolExecutor(workers) as pool:
        found = list(zip(tasks, pool.map(_judged, tasks), strict=True))
    rows = []
    for kind, noise, points in cells:
        of = {n: [j for t, j in found if t[:4] == (kind, n, points, noise)] for n in sizes}
        total = Coverage.of([j for own in of.values() for j in own])
        rows.append(
            (kind, f"{100 * noise:.0f} %", str(points), *(Coverage.of(own).words() for own in of.values()),
             total.words(), f"{100 * total.undetermined:.0f}")
        )  # fmt: skip
    heads = [f"{n} patients" for n in sizes]
    return table(("curves", "noise", "points", *heads, "all", "not determined"), rows)


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int)
    parser.add_argument("--devasia", type=int)
    parser.add_argument("--coverage", type=int)
    parser.add_argument("--kinds", nargs="*", default=[k.name for k in KINDS])
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    contents = {}
    if given.cohorts:
        found = all_cells(given.cohorts, given.workers, with_sd=True)
        contents["few-points"], contents["verdict"] = few_points(found), verdict(found)
        contents["scatter-estimated"] = few_points(all_cells(given.cohorts, given.workers, with_sd=False))
        contents["size"] = size(given.cohorts)
    if given.coverage:
        contents["coverage"] = coverage(given.coverage, given.workers, given.kinds)
    if given.devasia:
        contents["devasia"] = in_devasias_setting(given.devasia, given.workers)
    if given.speed:
        sys.path.insert(0, str(ROOT / "benchmarks"))
        import populations as benchmark  # type: ignore[import-not-found]

        contents["speed"] = table(("what", "time"), benchmark.lines(benchmark.measure()))
    splice(PAGE, contents)
    print(f"{PAGE} is written")


if __name__ == "__main__":
    main()
