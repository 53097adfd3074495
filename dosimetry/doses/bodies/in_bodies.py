"""The same TIACs, or each body's own, in any number of bodies: doses side by side, label tables by age."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dosimetry.doses.bodies.errors import errors_of
from dosimetry.doses.bodies.forms import check_counted_once, labelled, tables_given
from dosimetry.doses.bodies.one_sex import check_known, pairs_of, taken_by
from dosimetry.doses.bodies.result import BodyDoses
from dosimetry.doses.cohort import Given, absorbed_doses
from dosimetry.doses.result import DoseResult
from dosimetry.errors import DosimetryError
from dosimetry.nuclides.chains import descendants
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.nuclides.nuclide import nuclide as find_nuclide
from dosimetry.svalues.folding import library_of, spectra
from dosimetry.tiacs.plausible import bound_of
from milligray.errors import Complaints
from phantoms.errors import PhantomError
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import REMAINDER

if TYPE_CHECKING:
    import pandas as pd

    Array = NDArray[np.float64]
    Body: TypeAlias = "str | SafLibrary"

#: The ages of label tables and the stylised body of each; that of 15 years is also the adult female (Cristy
#: and Eckerman, ORNL/TM-8381, 1987). Each stands for both sexes.
AGES: Mapping[str, str] = MappingProxyType(
    {
        "newborn": "newborn",
        "1 year": "1-year-old",
        "5 years": "5-year-old",
        "10 years": "10-year-old",
        "15 years": "adult female",
        "adult": "adult male",
    }
)


def doses_in_bodies(
    tiac_h: Mapping[str, Any] | pd.Series,
    nuclide: str | Nuclide,
    bodies: Sequence[Body] | Mapping[str, Body] | Body,
    *,
    tiac_se_h: Mapping[str, Any] | pd.Series | None = None,
    tiac_covariance_h2: pd.DataFrame | Mapping[str, pd.DataFrame] | None = None,
    daughters: str = "none",
    masses: str | None = None,
    convention: str | None = None,
    per_MBq_of: str | Nuclide | None = None,
) -> BodyDoses:
    """Absorbed doses in several bodies, mGy/MBq, with effective doses of each and averaged over the sexes.

    A TIAC of ovaries or uterus goes to female bodies, one of testes or prostate to male ones; the other sex
    goes without that activity (its remainder is not raised), and ``notes`` says so. A child's body, and every
    body of :data:`dosimetry.AGES`, holds the organs of both. A target that a body lacks has no dose there,
    with the reason in ``missing``.

    Parameters
    ----------
    tiac_h : TIACs in h, in one of these forms:

        - ``{source: h}``: the same in all bodies ("remainder" is the rest of the body);
        - ``{body: {source: h}}``: each body's own, by the body's name or label;
        - ``{nuclide: {source: h}}``, ``{body: {nuclide: {source: h}}}``: of a parent and daughters that have
          TIACs of their own, all per MBq of ``nuclide``.
    nuclide : e.g. "F-18"; of a chain, the one that is administered.
    bodies : phantoms by name or as SAF libraries; or a mapping of labels to them, as
        :data:`dosimetry.AGES` (newborn, 1, 5, 10, 15 years, adult) is.
    tiac_se_h : standard errors of the TIACs, h, in the form of ``tiac_h``, taken as independent; or
    tiac_covariance_h2 : their covariance, h2, with the source regions as rows and columns (of a chain: a
        MultiIndex of nuclide and source); or one for each body, by label.
    daughters, masses, convention, per_MBq_of : as in :func:`dosimetry.absorbed_dose`, the same for all
        bodies. Of a chain ``per_MBq_of`` is ``nuclide``.

    Returns
    -------
    :class:`dosimetry.BodyDoses`: a mapping of labels to :class:`dosimetry.DoseResult`, with
    ``label_table()``, ``sex_averaged()``, ``to_frame()`` and ``missing``. Male and female bodies of one kind
    ("adult male", "adult female") have a sex-averaged effective dose; two ages of a table of ages do not. Its
    standard error is known where the TIACs, and so their errors, are the same in both.

    Raises
    ------
    DosimetryError : no body, or one named twice; TIACs in none of these forms, or not of every body; a region
        that a body lacks, but for those of the other sex (all such at once); TIACs of a nuclide that
        ``nuclide`` does not decay to; a daughter counted twice; else
        as :func:`dosimetry.absorbed_dose`, with the body's label.
    PhantomError : an unknown phantom.

    Examples
    --------
    >>> found = doses_in_bodies(
    ...     {"liver": 1.0, "ovaries": 0.1}, "F-18", ["adult male", "adult female"],
    ...     tiac_se_h={"liver": 0.1, "ovaries": 0.01},
    ... )
    >>> e = found.sex_averaged()["adult male", "adult female"]
    >>> e.bodies, e.se_from_tiac_mSv_per_MBq < 0.1 * float(e)
    (('adult male', 'adult female'), True)
    >>> by_age = doses_in_bodies({"liver": 0.13, "remainder": 1.7}, "F-18", AGES)
    >>> by_age["newborn"]["liver"] > by_age["1 year"]["liver"] > by_age["adult"]["liver"]
    True
    """
    given = labelled(bodies)
    libraries = {label: library_of(body, masses, convention) for label, body in given.items()}
    first = find_nuclide(nuclide)
    tiacs = tables_given(tiac_h, given, "TIACs")
    check_known((w for each in tiacs.tables.values() for table in each.values() for w in table), libraries)
    parent = first if per_MBq_of is None else find_nuclide(per_MBq_of)
    if tiacs.chain and parent.name != first.name:
        raise DosimetryError(f"per_MBq_of: the TIACs of a chain are per MBq of its nuclide, {first.name}")
    emitters = {name: find_nuclide(name) if name else first for name in tiacs.nuclides}
    chain = [n.name for n in emitters.values()]
    if strange := [n for n in chain if n != first.name and n not in descendants(first)]:
        raise DosimetryError(
            f"TIACs of {', '.join(strange)}, which {first.name} does not decay to: nuclide is that which is"
            " administered, the parent of all others"
        )
    check_counted_once(chain, daughters)
    for n in emitters.values():
        spectra(n, daughters)  # what is wrong with them is no body's fault
    errors = errors_of(tiacs, tiac_se_h, tiac_covariance_h2, libraries)
    ages = [label for label in libraries if label in AGES]
    found: dict[str, DoseResult] = {}
    used: dict[str, dict[str, dict[str, float]]] = {}
    with Complaints(DosimetryError) as complaints:
        for label, library in libraries.items():
            parts, said, used[label] = [], [], {}
            with complaints.catching(), _of_body(label, len(libraries)):
                for name, table in tiacs.tables[label].items():
                    taken, notes = taken_by(label, table, libraries, ages)
                    said += [f"{name}: {note}" if name else note for note in notes]
                    n = emitters[name]
                    used[label][n.name] = taken
                    rows = None if errors is None else errors[label]
                    one = _given(taken, None if rows is None else {w: rows[name, w] for w in table})
                    bound = bound_of(n, parent)
                    parts += absorbed_doses(
                        [one], n, library, daughters=daughters, bound=bound, with_own=chain
                    )
                total = _summed(parts) if tiacs.chain else parts[0]
                found[label] = replace(total, notes=(*said, *total.notes))
    return BodyDoses(found, used, pairs_of(libraries, ages), tiacs.same)


def _given(taken: Mapping[str, float], rows: Mapping[str, Array] | None) -> Given:
    """What the doses of one body and nuclide are made from; a body that takes no TIAC has none, exactly."""
    words = list(taken) or [REMAINDER]
    tiac = {word: taken.get(word, 0.0) for word in words}
    if rows is None:
        return Given(tiac)
    none = np.zeros_like(next(iter(rows.values())))
    return Given(tiac, np.array([rows[word] if word in taken else none for word in words]))


def _summed(parts: Sequence[DoseResult]) -> DoseResult:
    """The doses of a chain's nuclides together, whose errors are the same ones, column by column."""
    total = sum(parts[1:], parts[0])
    errors = [part.tiac_error_mGy_per_MBq for part in parts]
    joint = None if any(e is None for e in errors) else np.sum(np.array(errors, dtype=float), axis=0)
    facts = {**total.provenance, "daughters": "each nuclide with its own TIACs"}
    return replace(total, tiac_error_mGy_per_MBq=joint, provenance=facts, notes=_notes(parts))


def _notes(parts: Sequence[DoseResult]) -> tuple[str, ...]:
    """Notes of a chain's nuclides: what is said of all once, all else with the nuclides that it is of."""
    of: dict[str, list[str]] = {}
    for part in parts:
        for note in part.notes:
            of.setdefault(note.removeprefix(f"{part.nuclides[0]}: "), []).append(part.nuclides[0])
    return tuple(
        note if len(set(names)) == len(parts) else f"{', '.join(dict.fromkeys(names))}: {note}"
        for note, names in of.items()
    )


@contextmanager
def _of_body(label: str, count: int) -> Iterator[None]:
    """Mistakes with the label of the body that they are of, where there is more than one."""
    try:
        yield
    except (DosimetryError, PhantomError) as error:
        of = f"body '{label}': " if count > 1 else ""
        raise DosimetryError(*(c if c.startswith(of) else of + c for c in error.complaints)) from None
