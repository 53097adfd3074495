"""How a study's figures are written: formats, resolution, width in print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dosimetry.errors import DosimetryError
from milligray.figures.files import DPI, DPI_ALLOWED, FORMATS
from milligray.figures.look import WIDTH_MM

Width = Literal["one-column", "two-columns"]


@dataclass(frozen=True)
class FigureOptions:
    """How figures are written.

    Parameters
    ----------
    formats : of "png", "pdf" and "svg", one or several; text in PDF and SVG is text.
    dpi : resolution of PNG files, 50 to 1200 dots per inch.
    width : "one-column" (89 mm) or "two-columns" (183 mm) in print; no letter is smaller than 6 points then.

    Raises
    ------
    DosimetryError : an unknown format or width, or a resolution out of these limits.

    Examples
    --------
    >>> FigureOptions(formats=("pdf", "png"), dpi=600, width="one-column").width_mm
    89.0
    """

    formats: tuple[str, ...] = ("png",)
    dpi: int = DPI
    width: Width = "two-columns"

    def __post_init__(self) -> None:
        if isinstance(self.formats, str) or not self.formats:
            raise DosimetryError(f"formats is {self.formats!r}; give a tuple of {', '.join(FORMATS)}")
        unknown = [f for f in self.formats if f not in FORMATS]
        if unknown:
            raise DosimetryError(f"unknown format of figures '{unknown[0]}'; there are: {', '.join(FORMATS)}")
        object.__setattr__(self, "formats", tuple(f for f in FORMATS if f in self.formats))
        low, high = DPI_ALLOWED
        if isinstance(self.dpi, bool) or not isinstance(self.dpi, int) or not low <= self.dpi <= high:
            raise DosimetryError(
                f"dpi of figures is {self.dpi!r}; {low} to {high}, a whole number, is allowed"
            )
        if self.width not in WIDTH_MM:
            raise DosimetryError(f"unknown width of figures '{self.width}'; there are: {', '.join(WIDTH_MM)}")

    @property
    def width_mm(self) -> float:
        """Width in print, mm."""
        return WIDTH_MM[self.width]

    @property
    def narrow(self) -> bool:
        """Whether there is room for one panel only side by side."""
        return self.width == "one-column"


def figure_options(formats: str | None, dpi: int | None, width: str | None) -> FigureOptions:
    """The options that a command line names; None: as they are without.

    >>> figure_options("pdf, SVG", None, None).formats
    ('pdf', 'svg')
    """
    chosen = ("png",) if formats is None else tuple(f.strip().lower().lstrip(".") for f in formats.split(","))
    if dpi is not None and "png" not in chosen:
        raise DosimetryError(
            f"--dpi is of PNG, and --format is {formats}: lines and text have no dots there; leave --dpi out"
        )
    return FigureOptions(chosen, DPI if dpi is None else dpi, width or "two-columns")  # type: ignore[arg-type]
