"""What a user asks of a dossier: formats, shell, units, date, and what goes into its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dosimetry.dossier.document.numbers import dose_units
from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.shells.reading import DEFAULT, shell
from dosimetry.dossier.writers.packages import needed
from dosimetry.errors import DosimetryError
from dosimetry.report.archive import made_utc
from milligray.errors import Complaints
from milligray.figures.files import DPI_ALLOWED
from milligray.figures.files import FORMATS as FIGURE_FORMATS

#: Formats of a dossier, and the module, the package and the name of each in messages.
FORMATS = {
    "word": ("docx", "python-docx", "Word"),
    "excel": ("xlsxwriter", "XlsxWriter", "Excel"),
    "html": ("jinja2", "Jinja2", "HTML"),
}
#: Significant digits that can be asked for; the CSV tables of results have seven.
DIGITS_ALLOWED = (2, 7)


@dataclass(frozen=True, kw_only=True)
class DossierOptions:
    """What a dossier is asked for.

    Parameters
    ----------
    formats : of "word", "excel" and "html", one or several; CSV files of the tables are always written.
    shell : which tables and figures it holds: "full", "fda-label", "ema-section-11", "eanm-first-in-human" or
        "journal".
    template : a Word document (.docx) whose styles, page, header and footer are taken.
    units : of dose coefficients: "mGy/MBq", "Gy/GBq", "mrad/MBq" or "rad/mCi".
    also_units : a second set of units beside them.
    digits : significant digits, 2 to 7.
    effective_dose : sets of tissue weights, e.g. ("ICRP 103",); empty: all that the study has.
    limit_mSv : an effective dose that subjects are to stay under, mSv.
    cycles, activity_GBq : a course of therapy: so many cycles of so much activity each; both or neither.
    recommended_MBq : the (maximal) recommended activity of a label, MBq.
    target_regions : target regions that the product is meant for, e.g. ("liver",).
    date : that it says it was made on, "2026-11-22" or with a time; None: now, or SOURCE_DATE_EPOCH.
    figures : whether figures are drawn.
    figure_formats : of the files in its folder ``figures``, besides PNG: "pdf", "svg".
    dpi : of PNG figures, 50 to 1200.

    Raises
    ------
    DosimetryError : all that is wrong, at once; a package that a format needs is not installed.

    Examples
    --------
    >>> DossierOptions(formats=("html",), units="rad/mCi").tables.units.factor
    3.7
    >>> try:
    ...     DossierOptions(formats=("pdf",), digits=9)
    ... except DosimetryError as error:
    ...     print(error)
    unknown format 'pdf' of a dossier; there are: word, excel, html
    digits is 9; 2 to 7, a whole number, is allowed
    """

    formats: tuple[str, ...] = tuple(FORMATS)
    shell: str = DEFAULT
    template: str | Path | None = None
    units: str = "mGy/MBq"
    also_units: str | None = None
    digits: int = 3
    effective_dose: tuple[str, ...] = ()
    limit_mSv: float | None = None
    cycles: int | None = None
    activity_GBq: float | None = None
    recommended_MBq: float | None = None
    target_regions: tuple[str, ...] = ()
    date: str | None = None
    figures: bool = True
    figure_formats: tuple[str, ...] = ("png", "pdf")
    dpi: int = 300

    def __post_init__(self) -> None:
        checks: Iterable[Callable[[], object]] = (
            lambda: _listed("format", "of a dossier", self.formats, FORMATS),
            lambda: _listed("format", "of figures", self.figure_formats, FIGURE_FORMATS),
            lambda: _installed(self.formats),
            lambda: shell(self.shell),
            lambda: dose_units(self.units),
            lambda: None if self.also_units is None else dose_units(self.also_units),
            lambda: self.made_utc,
        )
        with Complaints(DosimetryError) as complaints:  # raises all of them at its end
            for check in checks:
                with complaints.catching():
                    check()
            for line in self._wrong():
                complaints.add(DosimetryError(line))
        object.__setattr__(self, "formats", tuple(f for f in FORMATS if f in self.formats))
        object.__setattr__(self, "figure_formats", ("png", *(f for f in self.figure_formats if f != "png")))

    def _wrong(self) -> Iterator[str]:
        """What is wrong with single values and with what goes together."""
        for name, value, (low, high) in (
            ("digits", self.digits, DIGITS_ALLOWED),
            ("dpi of figures", self.dpi, DPI_ALLOWED),
        ):
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                yield f"{name} is {value!r}; {low} to {high}, a whole number, is allowed"
        for name, number in (
            ("limit, mSv,", self.limit_mSv),
            ("activity of a cycle, GBq,", self.activity_GBq),
            ("recommended activity, MBq,", self.recommended_MBq),
        ):
            if number is not None and not 0 < number < float("inf"):
                yield f"{name} is {number!r}; a number above 0 is needed"
        if self.cycles is not None and (
            isinstance(self.cycles, bool) or not isinstance(self.cycles, int) or self.cycles < 1
        ):
            yield f"cycles is {self.cycles!r}; 1 or more, a whole number, is needed"
        if (self.cycles is None) != (self.activity_GBq is None):
            yield "a course of therapy is cycles of an activity each: give both cycles and activity, or none"
        if self.also_units is not None and self.also_units == self.units:
            yield f"also_units is {self.also_units} as units is; name other units, or leave it out"
        if self.template is not None and "word" not in self.formats:
            yield f"{self.template}: a template is for Word, and Word is none of the formats"
        elif self.template is not None and not Path(self.template).is_file():
            yield f"{self.template}: there is no such file; name a Word document (.docx)"

    @property
    def made_utc(self) -> str:
        """Date and time that the dossier says it was made."""
        if self.date is None:
            return made_utc()
        try:
            when = datetime.fromisoformat(self.date)
        except ValueError:
            raise DosimetryError(
                f"date is '{self.date}'; it is written like 2026-11-22 or 2026-11-22T14:30:00+00:00"
            ) from None
        when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
        return when.isoformat(timespec="seconds")

    @property
    def tables(self) -> TableOptions:
        """What is asked of the tables."""
        return TableOptions(
            digits=self.digits,
            units=dose_units(self.units),
            also_units=None if self.also_units is None else dose_units(self.also_units),
            effective_dose=self.effective_dose,
            limit_mSv=self.limit_mSv,
            cycles=self.cycles,
            activity_GBq_per_cycle=self.activity_GBq,
            recommended_MBq=self.recommended_MBq,
            target_regions=self.target_regions,
        )


def _installed(formats: Iterable[str]) -> None:
    with Complaints(DosimetryError) as complaints:
        for name in formats:
            if name in FORMATS:
                with complaints.catching():
                    needed(*FORMATS[name])


def _listed(what: str, where: str, given: tuple[str, ...], allowed: Iterable[str]) -> None:
    if isinstance(given, str) or not given:
        raise DosimetryError(f"{what}s {where} are {given!r}; give a tuple of {', '.join(allowed)}")
    for name in given:
        if name not in allowed:
            raise DosimetryError(f"unknown {what} '{name}' {where}; there are: {', '.join(allowed)}")
