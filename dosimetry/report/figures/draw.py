"""Which figures a study has, and drawing them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from dosimetry.report.figures.clearance import draw_clearance
from dosimetry.report.figures.doses import draw_doses
from dosimetry.report.figures.names import file_names
from dosimetry.report.figures.options import FigureOptions
from dosimetry.report.figures.organs import draw_organs, organ_pages
from dosimetry.report.figures.patient import draw_patient
from dosimetry.report.figures.populations import population_tasks
from dosimetry.report.figures.tiacs import draw_tiacs
from dosimetry.report.figures.uncertainty import draw_uncertainty
from dosimetry.study.results import StudyResult
from dosimetry.tiacs.tiacs import UsedCurve


def draw_all(
    folder: Path,
    result: StudyResult,
    progress: Callable[[int, int, str], None] | None = None,
    *,
    executor: Executor | None = None,
    options: FigureOptions | None = None,
) -> list[Path]:
    """Draw every figure of a study into a folder, and give the paths of all files.

    options : formats, resolution and width; None: as they are without.
    progress : called after each figure: with how many are done, of how many, and the figure's name.
    executor : of processes on this machine, draws the patients' pages; None: they are drawn here. (Not of
        threads: matplotlib's settings are those of a process.)
    """
    asked = options or FigureOptions()
    tasks: dict[str, Callable[[Path], None]] = {}
    for region in ("whole body", "serum"):
        if result.of(region):
            name = region.replace(" ", "_")
            tasks[name] = partial(draw_clearance, result=result, region=region, options=asked)
    for i, regions in enumerate(organ_pages(result, asked), 1):
        name = "organs" if i == 1 else f"organs_{i}"
        tasks[name] = partial(draw_organs, result=result, regions=regions, options=asked)
    tasks["tiac"] = partial(draw_tiacs, result=result, options=asked)
    tasks["organ_doses"] = partial(draw_doses, result=result, options=asked)
    if result.budget is not None:
        tasks["uncertainty"] = partial(draw_uncertainty, result=result, options=asked)
    tasks |= population_tasks(result, asked)
    for part in result.parts.values():
        tasks |= {name: partial(_drawn_by, draw, asked) for name, draw in part.figures.items()}
    pages = _pages(result, asked) if result.curves else {}
    paths = {name: folder / name for name in (*tasks, *pages)}
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
    return [path.with_name(f"{path.name}.{kind}") for path in paths.values() for kind in asked.formats]


def _drawn_by(draw: Callable[[Path, FigureOptions], None], options: FigureOptions, path: Path) -> None:
    """Draw a figure of a study's part."""
    draw(path, options)


def _drawn(future: Future[None]) -> bool:
    """Whether a worker drew a figure; False where it died."""
    try:
        future.result()
    except BrokenExecutor:
        return False
    return True


def _pages(result: StudyResult, options: FigureOptions) -> dict[str, Callable[[Path], None]]:
    """Name of each patient's page -> what draws it, from no more than it shows."""
    curves: dict[str, list[UsedCurve]] = {}
    for used in result.curves:
        curves.setdefault(used.patient, []).append(used)
    bare = result.without_tables()
    names = file_names(p.name for p in result.patients)
    return {
        f"patients/{names[p.name]}": partial(
            draw_patient, result=replace(bare, curves=curves.get(p.name, [])), patient=p, options=options
        )
        for p in result.patients
    }
