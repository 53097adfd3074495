"""Numbers by source region as a user gives them: names made canonical, values checked one by one."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from phantoms.errors import PhantomError
from phantoms.library.locality import EVERYWHERE, TOTAL_BODY, parts_of
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import REMAINDER
from phantoms.regions.sides import Named, absent_sides, region_or_side

if TYPE_CHECKING:
    import pandas as pd

    Table = Mapping[str, float] | pd.Series


class Regions(Protocol):
    """What has source regions: a SAF library, or several bodies together."""

    @property
    def phantom(self) -> str:
        """The body's name."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Canonical names of the source regions."""


def source_values(
    values: Table,
    library: SafLibrary,
    *,
    what: str,
    unit: str,
    in_quadrature: bool = False,
    absent: Collection[str] = (),
) -> dict[str, float]:
    """Numbers by source region with canonical names, in the order given; checked one by one.

    Left and right of a region that the phantom has as one ("left kidney", "right kidney") are added, or
    added in quadrature where they are standard errors.

    Parameters
    ----------
    absent : sides that the patient lacks, e.g. "left kidney", as
        :func:`phantoms.regions.sides.absent_sides` gives them.

    Raises
    ------
    DosimetryError : a value is negative or not a finite number; a region is given twice, or a part of it
        beside it; one side without the other, or a side that is absent.
    PhantomError : an unknown region, with near names.
    """
    where = f"phantom '{library.phantom}'"
    allowed = (*library.sources, REMAINDER)
    found: dict[str, float] = {}
    sides: dict[str, dict[str, str]] = {}
    for word, raw in values.items():
        named = region_or_side(str(word), allowed, kind="source region", where=where)
        try:
            number = float(raw)
        except (TypeError, ValueError):
            raise DosimetryError(f"{what} of '{word}' is {raw!r}; a number in {unit} is needed") from None
        if not math.isfinite(number) or number < 0.0:
            raise DosimetryError(f"{what} of '{word}' is {number:g} {unit}; it must be a number of 0 or more")
        before = sides.setdefault(named.region, {})
        if before and (named.side in before or "" in (named.side, *before)):
            first = next(iter(before.values()))
            raise DosimetryError(f"{what} of '{named.region}' is given twice: as '{first}' and as '{word}'")
        before[named.side] = str(word)
        old = found.get(named.region, 0.0)
        found[named.region] = math.hypot(old, number) if in_quadrature else old + number
    if both := twice(found, library):
        raise DosimetryError(f"{what} of '{both[0]}' beside that of '{both[1]}': {both[2]}")
    for region, words in sides.items():
        if problem := one_sided(region, words, library, absent):
            raise DosimetryError(f"{what} of '{next(iter(words.values()))}' {problem}")
    return found


def twice(names: Iterable[str], library: Regions) -> tuple[str, str, str] | None:
    """The first two source regions of which one has a part of the other, and why both cannot be given.

    None where all regions are apart, as in bodies without sums: "left kidney" beside "kidneys", where the
    body has both, is activity that would count twice.
    """
    if not isinstance(library, SafLibrary):
        return None
    known = [n for n in names if n in library.sources and n not in EVERYWHERE]
    parts = {n: parts_of(library, n) for n in known}
    for i, first in enumerate(known):
        for second in known[i + 1 :]:
            if common := parts[first] & parts[second]:
                whole = max(first, second, key=lambda n: len(parts[n]))
                inside = second if whole == first else first
                why = (
                    f"'{whole}' is the sum of {', '.join(sorted(parts[whole]))}, so"
                    f" {', '.join(sorted(common))} would count twice: give '{whole}', or its parts without it"
                )
                return inside, whole, why
    return None


def is_rest(region: str) -> bool:
    """Whether a region is the whole body or the remainder, which are no organs."""
    return region in (REMAINDER, TOTAL_BODY)


def one_sided(
    region: str, sides: Collection[str], library: Regions, absent: Collection[str] = ()
) -> str | None:
    """What is wrong with the sides of a region that were given ("left", "right", or "" for the whole).

    The one rule for left and right, in every table and in Python: both sides are added, one alone is refused
    unless the other is absent.

    Returns
    -------
    The end of a sentence that begins with what was given, or None where all is well.
    """
    if "" in sides or not sides:
        return None
    given = [Named(region, side) for side in sides]
    for named in given:
        if named.word in absent:
            return f"is given, but the {named.word} is said to be absent"
    if len(given) == 1 and given[0].other not in absent:
        return (
            f"stands alone: phantom '{library.phantom}' has both sides as one region, '{region}', so the"
            f" {given[0].other} is needed too, or word that it is absent (absent = '{given[0].other}')"
        )
    return None


def absent_of(words: Sequence[str], library: SafLibrary) -> frozenset[str]:
    """The sides that a patient lacks, by their usual words.

    Raises
    ------
    DosimetryError : a word that names no side of a paired organ of the body; both sides of one.
    """
    try:
        return absent_sides(words, library.sources, where=f"phantom '{library.phantom}'")
    except PhantomError as error:
        raise DosimetryError(f"absent: {error}") from None


def check_absent(
    absent: Collection[str], named: Collection[str], masses: Collection[str], library: SafLibrary
) -> None:
    """Half of a paired organ has a mass of its own, not the reference body's, nor a half of it.

    Parameters
    ----------
    absent : as :func:`absent_of` gives them.
    named : source regions with a TIAC or a curve.
    masses : source regions whose masses were measured.

    Raises
    ------
    DosimetryError : an organ with one side is a source and its mass was not measured.
    """
    for word in sorted(absent):
        side = region_or_side(word, library.sources, kind="source region")
        if side.region in named and side.region not in masses:
            raise DosimetryError(
                f"the {word} is absent, so the mass of the {side.other} must be measured: what is left of a"
                f" pair grows, and neither the reference's '{side.region}' nor a half of it is its mass"
            )


def tiac_covariance(
    library: SafLibrary,
    names: list[str],
    se: Table | None,
    covariance: pd.DataFrame | None,
    absent: Collection[str] = (),
) -> NDArray[np.float64] | None:
    """Covariance of the TIACs in h2, (n, n) in the order of ``names``; None where neither is given."""
    if se is not None and covariance is not None:
        raise DosimetryError("give either standard errors of the TIACs or their covariance, not both")
    if se is not None:
        what = "standard error of the TIAC"
        given = source_values(se, library, what=what, unit="h", in_quadrature=True, absent=absent)
        lacking = [n for n in names if n not in given]
        if lacking:
            raise DosimetryError(
                f"no standard error of the TIAC of {', '.join(lacking)}; give one for every source"
                " (0 if exact)"
            )
        return np.diag([given[n] ** 2 for n in names])
    if covariance is None:
        return None
    rows, row_names = _summing(library, covariance.index, absent)
    cols, col_names = _summing(library, covariance.columns, absent)
    if sorted(row_names) != sorted(names) or sorted(col_names) != sorted(names):
        raise DosimetryError(
            "the covariance of the TIACs must have each source region once as row and as column:"
            f" {', '.join(names)}"
        )
    summed = rows @ covariance.to_numpy(dtype=float) @ cols.T
    matrix = summed[np.ix_([row_names.index(n) for n in names], [col_names.index(n) for n in names])]
    if not np.all(np.isfinite(matrix)) or not np.allclose(matrix, matrix.T):
        raise DosimetryError("the covariance of the TIACs must be symmetric and hold finite numbers, in h2")
    return np.asarray(matrix)


def summed_sides(words: Iterable[str], names: Iterable[str], library: SafLibrary) -> NDArray[np.float64]:
    """(regions, words) of ones that adds left and right of a region; ``names`` are the regions."""
    words, names = list(words), list(names)
    matrix = np.zeros((len(names), len(words)))
    for j, word in enumerate(words):
        named = region_or_side(word, (*library.sources, REMAINDER), kind="source region")
        matrix[names.index(named.region), j] = 1.0
    return matrix


def _summing(
    library: SafLibrary, labels: Iterable[Any], absent: Collection[str]
) -> tuple[NDArray[np.float64], list[str]]:
    """The matrix of :func:`summed_sides` for the labels of a covariance, and the regions' names."""
    words = [str(label) for label in labels]
    if len(set(words)) < len(words):
        raise DosimetryError("the covariance of the TIACs names a source region twice")
    zeros = dict.fromkeys(words, 0.0)
    names = list(source_values(zeros, library, what="covariance", unit="h2", absent=absent))
    return summed_sides(words, names, library), names


def independent(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Independent errors of one standard error each, as columns (n, m): their outer products sum to it.

    Raises
    ------
    DosimetryError : the matrix is no covariance (a variance below 0 in some direction).
    """
    variance, direction = np.linalg.eigh(covariance)
    noise = 1e-9 * float(np.abs(variance).max(initial=0.0))
    if np.any(variance < -noise):
        raise DosimetryError(
            f"the covariance of the TIACs has a direction of variance {variance.min():.3g} h2; 0 or more is"
            " needed in all: check the correlations"
        )
    keep = variance > noise * 1e-5
    return np.asarray(direction[:, keep] * np.sqrt(variance[keep]))
