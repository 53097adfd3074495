"""Doses from a biokinetic model: its TIACs by nuclide and source region, in each body, times S values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dosimetry.biokinetics.covariance import of_sources
from dosimetry.biokinetics.decay import decay_of
from dosimetry.biokinetics.growing_bladder import wall_of
from dosimetry.biokinetics.notes import of_models, passed_over
from dosimetry.biokinetics.source_regions import (
    SaidOfBodies,
    in_source_regions,
    series_of,
    source_of_compartments,
)
from dosimetry.bladder.wall import WallDose
from dosimetry.doses.bodies.forms import labelled
from dosimetry.doses.bodies.in_bodies import AGES, doses_in_bodies
from dosimetry.doses.bodies.result import BodyDoses
from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import canonical_name
from dosimetry.svalues.folding import library_of
from kinetics.compartments.fit import CompartmentFit, fit_compartments
from kinetics.compartments.given import ModelFile
from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError
from kinetics.model_files.files import ModelText, open_model
from milligray.errors import Complaints
from milligray.text_files import shown_path
from phantoms.library.saf import SafLibrary

if TYPE_CHECKING:
    import pandas as pd

HOURS_PER_YEAR = 365.25 * 24.0
#: Where the file has no table for an age, these take what it has at the top.
GROWN_UP = ("adult",)


@dataclass(frozen=True, eq=False)
class ModelDoses:
    """Doses of a biokinetic model.

    doses : in each body, :class:`dosimetry.BodyDoses`.
    given : label of the body -> the model that was used there, with its age's and its body's values.
    fits : label -> the fit, where the file has parameters that are fitted.
    compartment_tiac_h : label -> nuclide -> TIAC in h by compartment.
    sources : label -> nuclide -> compartment -> {source region: share}.
    tiac_h : label -> nuclide -> TIAC in h by source region, "remainder" with them.
    years : the end of the commitment period, a; inf: all time.
    citation : of the model.
    notes : what a reader should know of the model.
    libraries : label -> SAF library of the body.
    walls : label -> dose of the bladder's wall from contents that grow, where the file has their volume.
    tiac_covariance_h2 : label -> covariance of the TIACs by (nuclide, source region), where they were fitted.

    Examples
    --------
    >>> from dosimetry import model_doses
    >>> found = model_doses("examples/models/fdg-icrp128.toml", bodies=["adult male"])
    >>> round(found.tiac_h["adult male"]["F-18"]["urinary bladder contents"], 2)
    0.26
    """

    doses: BodyDoses
    given: Mapping[str, ModelFile]
    fits: Mapping[str, CompartmentFit]
    compartment_tiac_h: Mapping[str, Mapping[str, Mapping[str, float]]]
    sources: Mapping[str, Mapping[str, Mapping[str, Mapping[str, float]]]]
    tiac_h: Mapping[str, Mapping[str, Mapping[str, float]]]
    years: float
    citation: str
    notes: tuple[str, ...]
    libraries: Mapping[str, SafLibrary]
    walls: Mapping[str, WallDose]
    tiac_covariance_h2: Mapping[str, pd.DataFrame]

    @property
    def until_h(self) -> float:
        """The end of the commitment period, h."""
        return self.years * HOURS_PER_YEAR


def model_doses(
    model: str | Path | ModelText,
    nuclide: str | None = None,
    bodies: Sequence[str | SafLibrary] | Mapping[str, str | SafLibrary] = (),
    *,
    age: str | None = None,
    ages: bool = False,
    years: float = math.inf,
    masses: str | None = None,
    convention: str | None = None,
) -> ModelDoses:
    """Doses of a biokinetic model in any number of bodies, or at all ages.

    Parameters
    ----------
    model : path of the model file (TOML), or what :func:`kinetics.open_model` gave.
    nuclide : e.g. "I-131"; None: the one that the file names.
    bodies : phantoms by name or as SAF libraries, or a mapping of labels to them.
    age : one of the file's [ages], for all bodies.
    ages : in place of ``bodies``: newborn, 1, 5, 10, 15 years and adult in the stylised bodies
        (:data:`dosimetry.AGES`), each with its own values where the file has them.
    years : end of the commitment period, years of 365.25 days; by default all time.
    masses, convention : as in :func:`dosimetry.absorbed_dose`.

    Raises
    ------
    DosimetryError : no nuclide, no body, a compartment without a source region in a body, a period that is
        not above 0; else as :func:`dosimetry.doses_in_bodies`.
    KineticsError : mistakes of the file, each with the path of its key.

    Examples
    --------
    >>> found = model_doses("examples/models/fdg-icrp128.toml", ages=True)
    >>> round(float(found.doses.effective("ICRP 60")["adult"]), 3)
    0.019
    """
    text = model if isinstance(model, ModelText) else open_model(model)
    name = _nuclide(text, nuclide)
    if not years > 0:
        raise DosimetryError(f"a commitment period of {years:g} years; above 0 is needed")
    if ages and (bodies or age is not None):
        raise DosimetryError("give ages, or bodies (and an age), and not both")
    chosen = AGES if ages else bodies
    if not chosen:
        raise DosimetryError("no body: give one or more, such as 'adult male', or ages")
    named = labelled(chosen)
    libraries = {label: library_of(body, masses, convention) for label, body in named.items()}
    decay = decay_of(name)
    given: dict[str, ModelFile] = {}
    built: dict[tuple[str | None, tuple[str, ...]], ModelFile] = {}
    notes: list[str] = passed_over(text, libraries, ages)
    with Complaints(KineticsError) as complaints:
        for label, library in libraries.items():
            own_age = _age(text, label, notes) if ages else age
            words = (series_of(library), library.phantom)
            key = own_age, tuple(word for word in words if word in text.bodies)
            with complaints.catching():
                if key not in built:
                    built[key] = text.build(decay=decay, age=own_age, bodies=key[1])
                given[label] = built[key]
    until_h = years * HOURS_PER_YEAR
    once = {id(one): _solved(one, name, until_h) for one in given.values()}
    solved = {label: once[id(one)] for label, one in given.items()}
    used = {label: one for label, (one, _, _) in solved.items()}
    fits = {label: fit for label, (_, fit, _) in solved.items() if fit is not None}
    by_compartment = {label: tiacs for label, (_, _, tiacs) in solved.items()}
    sources: dict[str, dict[str, dict[str, dict[str, float]]]] = {}
    wrong = SaidOfBodies()
    for label, library in libraries.items():
        others = [other for other in libraries.values() if other is not library]
        try:
            sources[label] = _sources(used[label], by_compartment[label], library, others, text.path)
        except DosimetryError as error:
            wrong.add(error, library.phantom)
    wrong.tell()
    tiac_h = {
        label: {
            n: _named(used[label], n, name, in_source_regions(tiacs, sources[label][n]), sources[label])
            for n, tiacs in by_compartment[label].items()
        }
        for label in libraries
    }
    covariance = {
        label: of_sources(used[label], fit, tiac_h[label], sources[label], until_h)
        for label, fit in fits.items()
        if fit.covariance is not None
    }
    same = all(table == tiac_h[next(iter(tiac_h))] for table in tiac_h.values())
    first = next(iter(libraries))
    flat = used[first].chain is None
    tables = {label: by_nuclide[name] if flat else by_nuclide for label, by_nuclide in tiac_h.items()}
    known = {label: c.droplevel(0).droplevel(0, axis=1) if flat else c for label, c in covariance.items()}
    all_known = None if len(known) < len(libraries) else known
    doses = doses_in_bodies(
        tables[first] if same else tables, name, named, masses=masses, convention=convention,
        tiac_covariance_h2=all_known[first] if same and all_known else all_known,
    )  # fmt: skip
    walls = {
        label: wall
        for label, one in used.items()
        if (wall := wall_of(one, name, sources[label][name], libraries[label], until_h)) is not None
    }
    notes += of_models(used, fits)
    return ModelDoses(
        doses, used, fits, by_compartment, sources, tiac_h, years, used[first].citation,
        tuple(dict.fromkeys(notes)), libraries, walls, covariance,
    )  # fmt: skip


def _solved(
    given: ModelFile, nuclide: str, until_h: float
) -> tuple[ModelFile, CompartmentFit | None, dict[str, dict[str, float]]]:
    """The model at its fitted parameters, the fit where there is one, and its TIACs by compartment."""
    fit = None
    if given.observations and any(not p.held for p in given.parameters.values()):
        fit = fit_compartments(given)
        given = replace(given, model=fit.model, chain=fit.chain)
    return given, fit, compartment_tiacs(given, nuclide, until_h)


def compartment_tiacs(given: ModelFile, nuclide: str, until_h: float) -> dict[str, dict[str, float]]:
    """Nuclide -> TIAC in h by compartment, until a time in h.

    >>> from kinetics import Decay, parse_model
    >>> given = parse_model(
    ...     {"time_unit": "h", "compartments": ["liver"], "bolus": {"liver": 0.5},
    ...      "organs": {"brain": {"fraction": 0.5}}}, decay=Decay({"F-18": 0.25}),
    ... )
    >>> compartment_tiacs(given, "F-18", math.inf)
    {'F-18': {'liver': 2.0, 'brain': 2.0}}
    """
    names = given.model.compartments
    if given.chain is None:
        return {nuclide: dict(zip(names, given.model.tiac_array(until_h).tolist(), strict=True))}
    rows: FloatArray = given.chain.tiac_array(until_h)
    members: Iterable[str] = given.chain.members
    return {n: dict(zip(names, row.tolist(), strict=True)) for n, row in zip(members, rows, strict=True)}


def _sources(
    given: ModelFile,
    tiacs: Mapping[str, Mapping[str, float]],
    library: SafLibrary,
    others: Sequence[SafLibrary],
    path: Path,
) -> dict[str, dict[str, dict[str, float]]]:
    """Nuclide -> compartment -> source regions; a daughter's own go over the file's."""
    try:
        return {
            nuclide: source_of_compartments(
                list(own),
                given.model.regions,
                {**given.source_regions, **given.daughter_regions.get(nuclide, {})},
                library,
                others,
            )
            for nuclide, own in tiacs.items()
        }
    except DosimetryError as error:
        raise DosimetryError(
            *dict.fromkeys(f"{shown_path(path)}: {one}" for one in error.complaints)
        ) from None


def _named(
    given: ModelFile,
    nuclide: str,
    parent: str,
    tiac_h: dict[str, float],
    sources: Mapping[str, Mapping[str, Mapping[str, float]]],
) -> dict[str, float]:
    """The TIACs of a nuclide by which its remainder is made: regions that are named are not in it.

    A parent names all regions of its model. A daughter names those that it is in; with the parent's
    remainder also the parent's.
    """
    if nuclide == parent:
        return tiac_h
    if given.shared_remainder:
        of_parent = dict.fromkeys((s for shares in sources[parent].values() for s in shares), 0.0)
        return {**of_parent, **tiac_h}
    found = {source: h for source, h in tiac_h.items() if h > 0}
    return found or tiac_h


def _nuclide(text: ModelText, nuclide: str | None) -> str:
    if nuclide is not None:
        return canonical_name(nuclide)
    if text.nuclide is None:
        raise DosimetryError(
            f'{shown_path(text.path)}: which nuclide? Give one, or write nuclide = "I-131" into the file'
        )
    try:
        return canonical_name(text.nuclide)
    except DosimetryError as error:
        raise DosimetryError(f"{shown_path(text.path)}: nuclide: {error}") from None


def _age(text: ModelText, label: str, notes: list[str]) -> str | None:
    """The file's age for one of the table of ages; a note where it has none."""
    if label in text.ages:
        return label
    if label not in GROWN_UP:
        notes.append(f"{label}: the model has no values of its own for this age; the adult's are taken")
    return None
