"""Numbers by source region as a user gives them: names made canonical, values checked one by one."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import REMAINDER, resolve

if TYPE_CHECKING:
    import pandas as pd

    Table = Mapping[str, float] | pd.Series


#: A region of one side, whose name the phantom has for both: "left kidney".
SIDE = re.compile(r"\b(left|right|l|r)\b", re.IGNORECASE)


def source_values(
    values: Table, library: SafLibrary, *, what: str, unit: str, in_quadrature: bool = False
) -> dict[str, float]:
    """Numbers by source region with canonical names, in the order given; checked one by one.

    Left and right of a region that the phantom has as one ("left kidney", "right kidney") are added, or
    added in quadrature where they are standard errors.

    Raises
    ------
    DosimetryError : a value is negative or not a finite number; a region is given twice.
    PhantomError : an unknown region, with near names.
    """
    where = f"phantom '{library.phantom}'"
    found: dict[str, float] = {}
    words: dict[str, list[str]] = {}
    for word, raw in values.items():
        name = resolve(str(word), (*library.sources, REMAINDER), kind="source region", where=where)
        try:
            number = float(raw)
        except (TypeError, ValueError):
            raise DosimetryError(f"{what} of '{word}' is {raw!r}; a number in {unit} is needed") from None
        if not math.isfinite(number) or number < 0.0:
            raise DosimetryError(f"{what} of '{word}' is {number:g} {unit}; it must be a number of 0 or more")
        before = words.setdefault(name, [])
        if before and not other_side(before, str(word)):
            raise DosimetryError(f"{what} of '{name}' is given twice: as '{before[0]}' and as '{word}'")
        before.append(str(word))
        old = found.get(name, 0.0)
        found[name] = math.hypot(old, number) if in_quadrature else old + number
    return found


def other_side(before: list[str], word: str) -> bool:
    """Whether ``before`` and ``word`` are the left and the right of one region."""
    sides = [m.group(1)[0].lower() if (m := SIDE.search(w)) else "" for w in (*before, word)]
    return sorted(sides) == ["l", "r"]


def tiac_covariance(
    library: SafLibrary, names: list[str], se: Table | None, covariance: pd.DataFrame | None
) -> NDArray[np.float64] | None:
    """Covariance of the TIACs in h2, (n, n) in the order of ``names``; None where neither is given."""
    if se is not None and covariance is not None:
        raise DosimetryError("give either standard errors of the TIACs or their covariance, not both")
    if se is not None:
        given = source_values(se, library, what="standard error of the TIAC", unit="h", in_quadrature=True)
        lacking = [n for n in names if n not in given]
        if lacking:
            raise DosimetryError(
                f"no standard error of the TIAC of {', '.join(lacking)}; give one for every source"
                " (0 if exact)"
            )
        return np.diag([given[n] ** 2 for n in names])
    if covariance is None:
        return None
    where = f"phantom '{library.phantom}'"
    allowed = (*library.sources, REMAINDER)
    rows = [resolve(str(w), allowed, kind="source region", where=where) for w in covariance.index]
    cols = [resolve(str(w), allowed, kind="source region", where=where) for w in covariance.columns]
    if sorted(rows) != sorted(names) or sorted(cols) != sorted(names):
        raise DosimetryError(
            "the covariance of the TIACs must have each source region once as row and as column:"
            f" {', '.join(names)}"
        )
    matrix = covariance.to_numpy(dtype=float)[
        np.ix_([rows.index(n) for n in names], [cols.index(n) for n in names])
    ]
    if not np.all(np.isfinite(matrix)) or not np.allclose(matrix, matrix.T):
        raise DosimetryError("the covariance of the TIACs must be symmetric and hold finite numbers, in h2")
    return np.asarray(matrix)


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
