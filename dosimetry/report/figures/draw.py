"""Which figures a study has, and drawing them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from dosimetry.report.figures.curves import draw_clearance, draw_organs, draw_patient
from dosimetry.report.figures.doses import draw_doses, draw_tiacs
from dosimetry.study.results import StudyResult


def draw_all(
    folder: Path, result: StudyResult, progress: Callable[[int, int, str], None] | None = None
) -> list[Path]:
    """Draw every figure of a study into a folder, and give their paths.

    progress : called after each figure: with how many are done, of how many, and the figure's name.
    """
    tasks: list[tuple[str, Callable[[Path], None]]] = []
    for region in ("whole body", "serum"):
        if result.of(region):
            tasks.append((region.replace(" ", "_"), partial(draw_clearance, result=result, region=region)))
    if any(c.area is not None for c in result.curves):
        tasks.append(("organs", partial(draw_organs, result=result)))
    tasks.append(("tiac", partial(draw_tiacs, result=result)))
    tasks.append(("organ_doses", partial(draw_doses, result=result)))
    for patient in result.patients if result.curves else []:
        name = f"patients/{file_name(patient.name)}"
        tasks.append((name, partial(draw_patient, result=result, patient=patient)))
    paths = []
    for i, (name, draw) in enumerate(tasks):
        path = folder / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        draw(path)
        paths.append(path)
        if progress is not None:
            progress(i + 1, len(tasks), name)
    return paths


def file_name(patient: str) -> str:
    """A patient's identifier as a file name.

    >>> file_name("A/1 b")
    'A_1_b'
    """
    return "".join(c if c.isalnum() or c in "-." else "_" for c in patient)
