"""Errors of TIACs for several bodies: independent ones, each a column that all bodies and nuclides share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dosimetry.doses.bodies.forms import GivenTables, tables_given
from dosimetry.doses.bodies.one_sex import named_in
from dosimetry.errors import DosimetryError
from dosimetry.tiacs.regions import independent
from phantoms.errors import PhantomError
from phantoms.library.saf import SafLibrary

if TYPE_CHECKING:
    import pandas as pd

    #: (nuclide, source as the user names it) -> (M,) change of its TIAC by each independent error, h.
    Rows: TypeAlias = Mapping[tuple[str, str], NDArray[np.float64]]
    Libraries: TypeAlias = Mapping[str, SafLibrary]


def errors_of(
    given: GivenTables,
    se_h: Any,
    covariance_h2: pd.DataFrame | Mapping[str, pd.DataFrame] | None,
    bodies: Libraries,
) -> dict[str, Rows] | None:
    """Label -> errors of its TIACs, h; None where none are given.

    Where the TIACs are the same in all bodies, so are the errors, column by column.

    Raises
    ------
    DosimetryError : both are given; not of every TIAC, or of others; no covariance; a form other than the
        TIACs'.
    """
    if se_h is not None and covariance_h2 is not None:
        raise DosimetryError("give either standard errors of the TIACs or their covariance, not both")
    if se_h is not None:
        what = "standard errors of the TIACs"
        tables = tables_given(se_h, bodies, what)
        if (tables.same, tables.chain) != (given.same, given.chain):
            raise DosimetryError(f"{what}: the form of the TIACs is needed (by body, by nuclide, or neither)")
        return {label: _from_se(given.tables[label], tables.tables[label], bodies) for label in bodies}
    if covariance_h2 is None:
        return None
    if given.same:
        if isinstance(covariance_h2, Mapping):
            raise DosimetryError("covariances by body belong to TIACs by body; one set of TIACs has one")
        return dict.fromkeys(
            bodies, _from_covariance(next(iter(given.tables.values())), covariance_h2, bodies)
        )
    if not isinstance(covariance_h2, Mapping) or set(covariance_h2) != set(bodies):
        raise DosimetryError(f"TIACs by body need a covariance for each: {', '.join(bodies)}")
    return {label: _from_covariance(given.tables[label], covariance_h2[label], bodies) for label in bodies}


def _from_se(tiacs: Any, errors: Any, bodies: Libraries) -> Rows:
    keys = _keys(tiacs, bodies)
    found = _keys(errors, bodies)
    if lacking := [key for key in keys if key not in found]:
        raise DosimetryError(
            f"no standard error of the TIAC of {', '.join(map(_text, lacking))}; give one for every source"
            " (0 if exact)"
        )
    if other := [key for key in found if key not in keys]:
        raise DosimetryError(f"standard error of {', '.join(map(_text, other))}, of which there is no TIAC")
    rows = {}
    for i, (key, (nuclide, word)) in enumerate(keys.items()):
        raw = errors[found[key][0]][found[key][1]]
        try:
            se = float(raw)
        except (TypeError, ValueError):
            se = math.nan
        if not math.isfinite(se) or se < 0.0:
            raise DosimetryError(
                f"standard error of the TIAC of {_text(key)} is {raw!r}; a number of 0 or more in h is needed"
            )
        rows[nuclide, word] = np.eye(1, len(keys), i)[0] * se
    return rows


def _from_covariance(tiacs: Any, covariance: pd.DataFrame, bodies: Libraries) -> Rows:
    keys = _keys(tiacs, bodies)
    order = []
    for labels in (covariance.index, covariance.columns):
        found = [_label_key(label, bodies) for label in labels]
        if sorted(found) != sorted(keys):
            raise DosimetryError(
                "the covariance of the TIACs must have each of these once as row and as column:"
                f" {', '.join(map(_text, keys))}"
            )
        order.append([found.index(key) for key in keys])
    matrix = covariance.to_numpy(dtype=float)[np.ix_(*order)]
    if not np.all(np.isfinite(matrix)) or not np.allclose(matrix, matrix.T):
        raise DosimetryError("the covariance of the TIACs must be symmetric and hold finite numbers, in h2")
    return dict(zip(keys.values(), independent(matrix), strict=True))


def _keys(
    tables: Mapping[str, Mapping[str, Any]], bodies: Libraries
) -> dict[tuple[str, str], tuple[str, str]]:
    """(nuclide, region or side by its usual word) -> (nuclide, the word that was given)."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for nuclide, table in tables.items():
        for word in table:
            key = nuclide, _usual(word, bodies)
            if key in found:
                raise DosimetryError(f"{_text(key)} is given twice: as '{found[key][1]}' and as '{word}'")
            found[key] = nuclide, word
    return found


def _label_key(label: Any, bodies: Libraries) -> tuple[str, str]:
    from dosimetry.nuclides.nuclide import canonical_name

    nuclide, word = label if isinstance(label, tuple) and len(label) == 2 else ("", label)
    return canonical_name(str(nuclide)) if nuclide else "", _usual(str(word), bodies)


def _usual(word: str, bodies: Libraries) -> str:
    try:
        return named_in(word, bodies.values()).word
    except PhantomError as error:
        raise DosimetryError(str(error)) from None


def _text(key: tuple[str, str]) -> str:
    return " ".join(filter(None, key))
