"""What all figures of a study share: size, foot, names, axes, styles of patients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dosimetry.report.figures.options import FigureOptions
from milligray.figures.files import write_figure
from milligray.figures.look import FAINT, MM_PER_IN, common_look
from milligray.figures.styles import SEXES, STYLES, Style
from milligray.figures.text import font_warnings, fonts_for, legible, one_line, room, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, FigureBase, SubFigure

    from dosimetry.patients.patient import Patient
    from dosimetry.study.results import StudyResult

SIMULATED_COLOUR = "#B2182B"
#: Up to so many patients each has a style of its own; of more, men and women are told apart.
FEW_PATIENTS = 10
#: Room that a letter of 6.5 points takes, mm.
LETTER_MM = 1.35
FOOT_MM = 4.5


@contextmanager
def new_figure(
    path: Path, result: StudyResult, height_mm: float, options: FigureOptions
) -> Iterator[SubFigure]:
    """A figure in the common look; it is written when the block ends, with a line on what its data are.

    path : without the ending, which each format adds.
    """
    name, texts = result.settings.name, shown_texts(result)
    with new_page(path, height_mm, options, name=name, texts=texts, simulated=result.simulated) as body:
        yield body


@contextmanager
def new_page(
    path: Path,
    height_mm: float,
    options: FigureOptions,
    *,
    name: str,
    texts: Iterable[str],
    simulated: bool,
    note: str = "",
) -> Iterator[SubFigure]:
    """As :func:`new_figure`, of what is no study's result.

    name : what the figure is of, for its foot; ``note`` stands behind it.
    texts : of the user's that the figure shows.
    """
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    with common_look(fonts_for(texts)):
        foot = FOOT_MM / height_mm
        size = (options.width_mm / MM_PER_IN, height_mm / MM_PER_IN)
        figure = Figure(figsize=size, dpi=200, layout="constrained")
        engine = figure.get_layout_engine()
        engine.set(rect=(0.0, foot, 1.0, 1.0 - foot), w_pad=0.04, h_pad=0.025)  # type: ignore[call-arg,union-attr]
        body: Any = figure.subfigures()  # all above the foot
        yield body
        _foot(figure, name, simulated, note, options, foot)
        for axes in figure.findobj(Axes):
            assert isinstance(axes, Axes)
            if not axes.get_title(loc="left"):
                axes.set_title("")  # of style "axes.titley" too
        write_figure(figure, path, options.formats, options.dpi)


def _foot(figure: Figure, name: str, simulated: bool, note: str, options: FigureOptions, foot: float) -> None:
    """The study's name, the program's version, and that the data are simulated where they are."""
    margin = 1.0 / options.width_mm
    program = f"milligray {version('milligray')}"
    if options.narrow:
        program = program.partition("+")[0]
    ending = f"  ·  {program}" + (f"  ·  {note}" if note else "")
    letters = int(options.width_mm / 1.25) - len(ending) + 5 - (22 if simulated else 2)
    words = f"{said(name, max(letters, 8))}{ending}"
    figure.text(margin, 0.3 * foot, words, fontsize=6, color=FAINT)
    if simulated:
        mark = {"ha": "right", "fontsize": 7, "weight": "bold", "color": SIMULATED_COLOUR}
        figure.text(1.0 - margin, 0.3 * foot, "SIMULATED DATA", **mark)  # type: ignore[arg-type]


def shown_texts(result: StudyResult) -> dict[str, str]:
    """Texts of the user's that figures show -> what each is."""
    s = result.settings
    found = {s.name: "the study's name", s.product: "the product"}
    if s.comparison is not None:
        found[s.comparison.label] = "the publication"
    found |= {c.patient: "patient" for c in result.curves} | {p.name: "patient" for p in result.patients}
    return found


def figure_warnings(result: StudyResult) -> list[str]:
    """What a reader of the figures must know beforehand: names that no installed font can show."""
    return font_warnings(shown_texts(result))


def said(text: str, most: int) -> str:
    """A text of the user's in a figure: in one line, with room for at most so many letters."""
    return shortened(legible(one_line(text)), most)


def look_of(patients: Sequence[Patient]) -> dict[str, Style]:
    """Style of each patient, the same in every figure: their own, or their sex's where they are many."""
    if len(patients) > FEW_PATIENTS:
        return {p.name: SEXES[p.sex] for p in patients}
    return {p.name: STYLES[i]._replace(marker=SEXES[p.sex].marker) for i, p in enumerate(patients)}


def legend_below(
    figure: FigureBase, options: FigureOptions, handles: Sequence[Any], labels: Sequence[str], title: str = ""
) -> None:
    """A legend under all panels, in as many columns as there is room for."""
    rows = legend_rows(labels, options)
    look: dict[str, Any] = {"loc": "outside lower center", "ncols": -(-len(labels) // rows)}
    figure.legend(legend_handles(handles), labels, title=title or None, **look)


def legend_rows(labels: Sequence[str], options: FigureOptions) -> int:
    """Rows of :func:`legend_below`, about equally long."""
    letters = options.width_mm / LETTER_MM - 2
    columns = max(1, min(len(labels), int(letters // (max(map(room, labels)) + 6))))
    return -(-len(labels) // columns)


def legend_handles(handles: Sequence[Any]) -> list[Any]:
    """Handles of a legend: points without their error bars, which there would look like data."""
    from matplotlib.container import ErrorbarContainer

    return [h[0] if isinstance(h, ErrorbarContainer) else h for h in handles]


def hours(axes: Axes, last_h: float, options: FigureOptions, panels: int = 1) -> None:
    """A time axis in h with ticks at whole days where it is that long, fewer in narrow panels."""
    from matplotlib.ticker import MultipleLocator

    axes.set_xlim(-0.02 * last_h, 1.02 * last_h)
    most = max(3.0, options.width_mm / panels / 9.0)
    if last_h > 48:
        steps = (24, 48, 72, 96, 168, 336, 672, 1344)
        axes.xaxis.set_major_locator(MultipleLocator(next((s for s in steps if last_h / s <= most), 2688)))
    axes.set_xlabel("time after administration / h")


def decay_words(decay_corrected: bool) -> str:
    """How an axis names the decay state."""
    return "decay-corrected" if decay_corrected else "not decay-corrected"
