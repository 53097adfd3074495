"""Which figures a study has, and drawing them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from dosimetry.report.figures.curves import draw_clearance, draw_organs, draw_patient
from dosimetry.report.figures.doses import draw_doses, draw_tiacs
from dosimetry.study.results import StudyResult
from dosimetry.tiacs.tiacs import UsedCurve


def draw_all(
    folder: Path,
    result: StudyResult,
    progress: Callable[[int, int, str], None] | None = None,
    *,
    executor: Executor | None = None,
) -> list[Path]:
    """Draw every figure of a study into a folder, and give their paths.

    progress : called after each figure: with how many are done, of how many, and the figure's name.
    executor : of processes on this machine, draws the patients' pages; None: they are drawn here. (Not of
        threads: matplotlib's settings are those of a process.)
    """
    tasks: dict[str, Callable[[Path], None]] = {}
    for region in ("whole body", "serum"):
        if result.of(region):
            tasks[region.replace(" ", "_")] = partial(draw_clearance, result=result, region=region)
    if any(c.of_organ for c in result.curves):
        tasks["organs"] = partial(draw_organs, result=result)
    tasks["tiac"] = partial(draw_tiacs, result=result)
    tasks["organ_doses"] = partial(draw_doses, result=result)
    pages = _pages(result) if result.curves else {}
    paths = {name: folder / f"{name}.png" for name in (*tasks, *pages)}
    for path in paths.values():
        path.parent.mkdir(parents=True, exist_ok=True)
    futures: dict[str, Future[None]] = {}
    try:
        if executor is not None:
            with suppress(BrokenExecutor):
                for name, draw in pages.items():
                    futures[name] = executor.submit(draw, paths[name])
        for i, (name, draw) in enumerate({**tasks, **pages}.items()):
            if name not in futures or not _drawn(futures[name]):
                draw(paths[name])
            if progress is not None:
                progress(i + 1, len(paths), name)
    finally:
        for future in futures.values():
            future.cancel()
    return list(paths.values())


def _drawn(future: Future[None]) -> bool:
    """Whether a worker drew a figure; False where it died."""
    try:
        future.result()
    except BrokenExecutor:
        return False
    return True


def _pages(result: StudyResult) -> dict[str, Callable[[Path], None]]:
    """Name of each patient's page -> what draws it, from no more than it shows."""
    curves: dict[str, list[UsedCurve]] = {}
    for used in result.curves:
        curves.setdefault(used.patient, []).append(used)
    bare = result.without_tables()
    return {
        f"patients/{file_name(p.name)}": partial(
            draw_patient, result=replace(bare, curves=curves.get(p.name, [])), patient=p
        )
        for p in result.patients
    }


def file_name(patient: str) -> str:
    """A patient's identifier as a file name.

    >>> file_name("A/1 b")
    'A_1_b'
    """
    return "".join(c if c.isalnum() or c in "-." else "_" for c in patient)
