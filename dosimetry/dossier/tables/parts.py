"""What the tables of a dossier share: cells of result tables, statistics of a cohort, the order of organs."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from dosimetry.dossier.document.numbers import Digits
from dosimetry.dossier.document.table import Cell, Column, Origin
from dosimetry.study.results import COHORT, EACH
from phantoms.library.installed import SUFFIXES
from phantoms.regions.names import TARGETS

if TYPE_CHECKING:
    from dosimetry.dossier.results.results import Results

COUNT = Digits(decimals=0)
PER_CENT = Digits(decimals=1)
#: End of a statistic's name in the result tables -> the word for it.
GROUPS = {"": "All", ", male": "Male", ", female": "Female"}
NO_MEAN = "no subject has a value"
LAST = ("total body", "remainder", "whole body")


class Source:
    """A result table, whose cells become cells of a dossier that know where they come from."""

    def __init__(self, results: Results, name: str, keys: Sequence[str] = ()) -> None:
        self.name, self.frame = name, results.table(name)
        self._columns: dict[str, list[Any]] = {str(c): self.frame[c].tolist() for c in self.frame}
        columns = [self._columns[k] for k in ("patient", "statistic", *keys) if k in self._columns]
        self.row: dict[tuple[Any, ...], int] = {}
        for i, key in enumerate(zip(*columns, strict=True)):
            self.row.setdefault(key, i)

    def __len__(self) -> int:
        return len(self.frame)

    def column(self, name: str) -> list[Any]:
        """All cells of a column."""
        return self._columns[name]

    def at(self, row: int, column: str) -> Any:
        """What stands in a cell."""
        return self._columns[column][row]

    def cell(
        self,
        row: int | None,
        column: str,
        *,
        why_not: str,
        factor: float = 1.0,
        digits: Digits | None = None,
    ) -> Cell:
        """A cell of the table times a factor.

        row : None: there is no such row, for the reason of ``why_not``.
        why_not : said where the result table's cell is empty and its own reason says nothing.
        """
        if row is None:
            return Cell(None, why_not)
        value = self.at(row, column)
        if value != value:
            return Cell(None, self.reason(row) or why_not)
        number = value if isinstance(value, int) else float(value) * factor
        return Cell(number, digits=digits, origin=Origin(self.name, row, column, factor))

    def reason(self, row: int) -> str:
        """Why a row has no value; of a dose, what comes before why it has no standard error."""
        said = of_subjects(str(self._columns["reason"][row])) if "reason" in self._columns else ""
        return said.partition("; ")[0] if self.name == "organ_doses" else said

    def statistic(
        self, of: tuple[Any, ...], column: str, statistic: str, group: str = "", *, factor: float = 1.0
    ) -> Cell:
        """A cohort's statistic, e.g. "mean", of all or of one sex (a key of :data:`GROUPS`)."""
        row = self.row.get((COHORT, statistic + group, *of))
        return self.cell(row, column, why_not=self._no_mean(of, group) if row is None else "", factor=factor)

    def _no_mean(self, of: tuple[Any, ...], group: str) -> str:
        """Why nobody counts: what the subjects' own rows say, where they all say the same."""
        sex = group.removeprefix(", ")
        whys = {
            self.reason(i)
            for key, i in self.row.items()
            if key[1:] == (EACH, *of) and (not sex or self.at(i, "sex") == sex)
        }
        return str(whys.pop()) if len(whys) == 1 and all(whys) else NO_MEAN

    def has_group(self, group: str) -> bool:
        """Whether the cohort has statistics of a sex."""
        return any(key[:2] == (COHORT, "mean" + group) for key in self.row)


def beside(number: Cell, spread: Cell, rule: Digits) -> Cell:
    """A spread over subjects, printed with the decimals of the mean that it stands beside.

    With two significant digits where it would have none at all with these.

    >>> beside(Cell(12.34), Cell(1.5678), Digits(3)).digits
    Digits(significant=None, decimals=1)
    >>> beside(Cell(100.2), Cell(0.0123), Digits(3)).digits
    Digits(significant=2, decimals=None)
    """
    if not isinstance(number.value, int | float) or not isinstance(spread.value, int | float):
        return spread
    text = rule.text(float(number.value))
    if "e" in text:
        return spread
    digits = Digits(decimals=len(text.partition(".")[2]))
    if spread.value and float(digits.text(float(spread.value))) == 0.0:
        digits = Digits(2)
    return replace(spread, digits=digits)


def error(cell: Cell) -> Cell:
    """A standard error, or the SD of one measurement, with two significant digits.

    >>> error(Cell(0.3914162)).digits, error(Cell(6.286e-05)).digits
    (Digits(significant=2, decimals=None), Digits(significant=None, decimals=6))
    """
    if not isinstance(cell.value, int | float):
        return cell
    size = abs(cell.value)
    if 1e-6 <= size < 1e-3:  # without a power of ten beside a number that has none
        return replace(cell, digits=Digits(decimals=1 - math.floor(math.log10(size))))
    return replace(cell, digits=Digits(2))


def as_stated(value: float, most: int = 5) -> Digits:
    """So many decimals as a stated number has, of at most so many significant digits.

    >>> [as_stated(v).text(v) for v in (178.4, 0.083, 24.0, 1234.5678, 0.0)]
    ['178.4', '0.083', '24', '1234.6', '0']
    """
    text = f"{float(f'{value:.{most}g}'):.12f}".rstrip("0")
    return Digits(decimals=len(text.partition(".")[2]))


def hours(value: float) -> Digits:
    """A time in h as it was stated, to some seconds; to two significant digits where it is shorter.

    >>> [hours(v).text(v) for v in (0.083056, 24.1, 177.7, 0.0002)]
    ['0.083', '24.1', '177.7', '2.0e-04']
    """
    if 0.0 < value < 0.001:
        return Digits(2)
    return as_stated(round(value, 3), 12)


def coefficient_of_variation(mean: Cell, sd: Cell) -> Cell:
    """100 SD/mean, %."""
    if not isinstance(mean.value, int | float) or not isinstance(sd.value, int | float):
        return Cell(None, sd.reason or mean.reason)
    if not mean.value > 0:
        return Cell(None, "the mean is not above 0")
    return Cell(100.0 * sd.value / mean.value)


def statistic_columns(
    unit: str, name: str, rule: Digits, *, group: str = "", end: str = "", short: bool = False
) -> tuple[Column, ...]:
    """Columns of n, mean, SD and CV; and median, minimum, maximum (short: of the last two alone).

    name : end of the columns' names, with the unit, e.g. "mGy_per_MBq"; ``end`` stands behind it.
    """

    def one(statistic: str, head: str) -> Column:
        return Column(f"{statistic}_{name}{end}", head, unit, group, rule)

    found = [Column(f"n{end}", "n", "", group, COUNT), one("mean", "Mean"), one("sd", "SD")]
    if not short:
        found += [Column(f"cv_percent{end}", "CV", "%", group, PER_CENT), one("median", "Median")]
    return (*found, one("minimum", "Min."), one("maximum", "Max."))


def statistic_cells(
    source: Source,
    of: tuple[Any, ...],
    value: str,
    rule: Digits,
    *,
    group: str = "",
    factor: float = 1.0,
    short: bool = False,
) -> tuple[Cell, ...]:
    """The cells of :func:`statistic_columns`; group is a key of :data:`GROUPS`."""

    def one(statistic: str) -> Cell:
        return source.statistic(of, value, statistic, group, factor=factor)

    mean_row = source.row.get((COHORT, "mean" + group, *of))
    n = Cell(0) if mean_row is None else source.cell(mean_row, "n", why_not=NO_MEAN)
    mean, sd = one("mean"), one("sd")
    found = [n, mean, beside(mean, sd, rule)]
    if not short:
        found += [coefficient_of_variation(mean, sd), one("median")]
    return (*found, one("minimum"), one("maximum"))


def organ_order(names: Iterable[str]) -> list[str]:
    """Organs in the order of published tables: OLINDA's for its organs, else alphabetical; the whole last.

    >>> organ_order(["total body", "liver", "stomach wall", "kidneys"])
    ['stomach wall', 'kidneys', 'liver', 'total body']
    >>> organ_order(["whole body", "remainder", "spleen", "ET1", "liver"])
    ['ET1', 'liver', 'spleen', 'remainder', 'whole body']
    """
    found = list(dict.fromkeys(names))
    if set(found) <= set(TARGETS):
        return [t for t in TARGETS if t in found]
    return [*sorted((n for n in found if n not in LAST), key=str.lower), *(n for n in LAST if n in found)]


def capital(name: str) -> str:
    """A region's or a body's name at the beginning of a row; the path of a library as it is.

    >>> capital("red marrow"), capital("bodies/P01.h5")
    ('Red marrow', 'bodies/P01.h5')
    """
    if name.lower().endswith(SUFFIXES):
        return name
    return name[:1].upper() + name[1:]


def unit_of_area(unit: str) -> str:
    """A unit of an area as it is printed.

    >>> unit_of_area("%IA/L h"), unit_of_area("%IA/L")
    ('%IA h/L', '%IA/L')
    """
    above, slash, below = unit.partition("/")
    return f"{above} h/{below.removesuffix(' h')}" if slash and below.endswith(" h") else unit


def of_subjects(reason: str) -> str:
    """A reason of the results in a dossier's words, which has subjects where they have patients.

    >>> of_subjects("no organ of a male patient"), of_subjects("P01: another patient's")
    ('no organ of a male subject', "P01: another patient's")
    """
    return re.sub(r"\b(one|male|female) patient\b", r"\1 subject", reason)


def pages(subjects: Sequence[str], most: int) -> list[list[str]]:
    """Subjects for pages of at most so many, as even as can be.

    >>> [len(page) for page in pages([str(i) for i in range(21)], 10)]
    [7, 7, 7]
    """
    count = -(-len(subjects) // most)
    size, more = divmod(len(subjects), count)
    ends = [0]
    for i in range(count):
        ends.append(ends[-1] + size + (i < more))
    return [list(subjects[a:b]) for a, b in pairwise(ends)]
