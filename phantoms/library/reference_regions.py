"""Regions that a patient's body lacks, taken from a reference body that the user names, and marked.

A segmented image has no ovaries, adrenals or salivary glands, and effective dose is not defined without
them. Their doses are then those of a reference body: its target rows for targets that are missing, its source
columns for sources that are. The patient's own pairs stay as they are. Each pair that is taken has the method
"reference body"; the provenance lists targets, sources, and what could not be taken.

What the two bodies do not share needs a word: a source that the patient alone has ("lesion 1", "vertebra
L1") gives the ovaries a dose that nobody knows. Sides and parts take the column of the region that they are
a part of ("left kidney" that of "kidneys"); for all else the user names a region of the reference that
stands in, or the regions are not taken.

A source that is spread over the whole body has the reference's SAFs scaled to the patient's mass, electrons
and alphas by the ratio of the masses, photons by its power 2/3: the rule for a patient's body mass (MIRD
Pamphlet 11, 1975).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from numpy.typing import ArrayLike

from phantoms.errors import PhantomError
from phantoms.library.hollow import whole_organ_of, whole_organs
from phantoms.library.locality import BONE_SOURCES, BONE_TARGETS, EVERYWHERE, WALLS
from phantoms.library.reference_tables import Taking, completed_table, its_sources
from phantoms.library.saf import (
    BETWEEN,
    REFERENCE_BODY,
    REFERENCE_LEFT_OUT,
    REFERENCE_SOURCES,
    REFERENCE_STAND_INS,
    REFERENCE_TARGETS,
    SafLibrary,
)
from phantoms.library.saf_checks import digest
from phantoms.regions.names import ONE_OF, resolve, some_names

#: Regions that one sex has; a body of the other takes none of them.
OF_ONE_SEX = {"ovaries": "female", "uterus": "female", "testes": "male", "prostate": "male"}

Spectra = Mapping[str, tuple[ArrayLike, ArrayLike]]


def with_reference_regions(
    library: SafLibrary,
    reference: SafLibrary,
    *,
    targets: Sequence[str] | None = None,
    sources: Sequence[str] | None = None,
    stand_ins: Mapping[str, str] | None = None,
    others: str | None = None,
    spectra: Spectra | None = None,
) -> SafLibrary:
    """A library with the regions that it lacks from a reference body, marked as such.

    Parameters
    ----------
    library : a patient's.
    reference : a body by energy, of the same sex.
    targets, sources : which regions to take; None: all targets that the reference has and the library lacks,
        and the sources that go with these (themselves, contents of walls, bone of marrow). Organs of the
        other sex are never taken, nor a pair of which the library has one side, nor wall or contents of an
        organ that it has as one region ("stomach").
    stand_ins : region of the library -> region of the reference that stands in for it in the pairs with what
        is taken, e.g. {"lesion 1": "liver"}.
    others : the region of the reference that stands in for every region which the reference lacks and
        ``stand_ins`` does not name, e.g. "total body"; None: such regions are an error.
    spectra : of a library of one spectrum: kind of radiation -> energies and energies per decay, both (n,) in
        MeV, that its tables are means over (:func:`dosimetry.with_reference_regions` gives them).

    Raises
    ------
    PhantomError : bodies of two sexes; regions that are not known; regions of the library without a
        counterpart; a library of one spectrum without ``spectra``.

    Electrons and alphas of a region that has a stand-in reach nothing that is taken.

    Examples
    --------
    >>> from phantoms import SafTable, load_phantom
    >>> man = load_phantom("adult male")
    >>> keep = [i for i, t in enumerate(man.targets) if t != "thymus"]
    >>> tables = {k: SafTable(t.energy_MeV, t.saf_per_kg[keep]) for k, t in man.tables.items()}
    >>> lacking = replace(man, targets=tuple(man.targets[i] for i in keep), tables=tables)
    >>> whole = with_reference_regions(lacking, man)
    >>> whole.targets[-1], whole.provenance["targets of the reference body"]
    ('thymus', 'thymus')
    """
    taking = _taking(library, reference, targets, sources, dict(stand_ins or {}), others)
    if not (taking.targets or taking.sources or taking.joined):
        return library
    if library.spectrum and spectra is None:
        raise PhantomError(
            f"{library.shown} was made for {library.spectrum}: the reference body's SAFs must be averaged"
            " over the same emissions, which are needed (spectra)"
        )
    tables = {
        kind: completed_table(taking, kind, table, (spectra or {}).get(kind, ((), ())))
        for kind, table in library.tables.items()
    }
    joined = {t: sum(library.target_mass_kg[p] for p in parts) for t, parts in taking.joined.items()}
    return replace(
        library,
        targets=taking.all_targets,
        sources=taking.all_sources,
        target_mass_kg={**library.target_mass_kg, **joined, **_of(reference.target_mass_kg, taking.targets)},
        source_mass_kg={**library.source_mass_kg, **_of(reference.source_mass_kg, taking.sources)},
        tables=tables,
        conventions=replace(library.conventions, combined={**library.conventions.combined, **taking.joined}),
        provenance={**library.provenance, **_facts(taking)},
        fission=None,
    )


def _of(masses: Mapping[str, float], regions: Sequence[str]) -> dict[str, float]:
    return {r: masses[r] for r in regions if r in masses}


def _taking(
    library: SafLibrary,
    reference: SafLibrary,
    targets: Sequence[str] | None,
    sources: Sequence[str] | None,
    stand_ins: Mapping[str, str],
    others: str | None,
) -> Taking:
    """What is to be taken; PhantomError where something has no counterpart."""
    if reference.spectrum:
        raise PhantomError(
            f"{reference.shown} was made for {reference.spectrum} alone and is no reference body; take one by"
            " energy, e.g. 'adult male'"
        )
    if REFERENCE_BODY in library.provenance:
        raise PhantomError(
            f"{library.shown} has regions of the reference body '{_name(library)}' already: begin with the"
            " library as it was made"
        )
    if {library.sex, reference.sex} == {"male", "female"}:
        raise PhantomError(
            f"{library.shown} is {library.sex} and {reference.shown} is {reference.sex}: a reference body of"
            " the same sex is needed"
        )
    known = tuple(dict.fromkeys((*its_sources(reference), *reference.targets)))
    if others is not None:
        resolve(others, known, where=reference.shown)
    whole = whole_organs(library.targets, library.provenance)
    left_out: dict[str, str] = {}
    joined: dict[str, dict[str, float]] = {}
    taken: dict[str, list[str]] = {"target": [], "source": []}
    for kind, asked, mine, its in (
        ("target", targets, library.targets, reference.targets),
        ("source", sources, library.sources, reference.sources),
    ):
        if asked is not None:
            names = [resolve(n, its, kind=f"{kind} region", where=reference.shown) for n in asked]
        else:
            names = [n for n in its if kind == "target" or _belongs(n, taken["target"])]
        for name in dict.fromkeys(names):
            if name in mine or name in EVERYWHERE:
                continue
            sides = _sides(name, mine)
            if organ := whole_organ_of(name, whole):
                left_out[name] = f"the body has it in '{organ}', wall and contents as one"
                if asked is not None:
                    raise PhantomError(f"{library.shown}: '{name}' cannot be taken: {left_out[name]}")
                continue
            if OF_ONE_SEX.get(name, library.sex) not in (library.sex, "both") and library.sex != "both":
                left_out[name] = f"no organ of a {library.sex} body"
            elif kind == "source" and name in library.targets:
                left_out[name] = "the body has it, but the library was not made with it as a source"
            elif kind == "source" and name not in reference.source_mass_kg:
                left_out[name] = "the reference body states no mass of it"
            elif kind == "target" and len(sides) == 2:
                mass = [library.target_mass_kg[side] for side in sides]
                joined[name] = {side: m / sum(mass) for side, m in zip(sides, mass, strict=True)}
            elif sides:
                left_out[name] = f"the body has it as {' and '.join(sides)}"
            else:
                taken[kind].append(name)
    given = _named(stand_ins, library, reference)
    source_of: dict[str, str] = {}
    target_of: dict[str, str] = {}
    stood: dict[str, str] = {}
    if taken["target"]:
        source_of, some = _counterparts("source", library, its_sources(reference), given, others)
        stood |= some
    if taken["source"]:
        target_of, some = _counterparts("target", library, reference.targets, given, others)
        for region, theirs in some.items():  # a source's stand-in may be none as a target
            first = stood.get(region, theirs)
            stood[region] = theirs if first == theirs else f"{first} (as source), {theirs} (as target)"
    lost = [region for region, theirs in (*source_of.items(), *target_of.items()) if not theirs]
    if lost:
        raise PhantomError(
            f"{reference.shown} has no counterpart of {', '.join(dict.fromkeys(lost))}: what these regions"
            " and those that are taken give each other is not known. Name a region of it that stands in for"
            f" each (stand_ins = {{'{lost[0]}': 'liver'}}), or one for all that have none (others = 'muscle')"
        )
    return Taking(
        library, reference, tuple(taken["target"]), tuple(taken["source"]), joined, target_of, source_of,
        stood, left_out,
    )  # fmt: skip


def _belongs(source: str, lent: Sequence[str]) -> bool:
    """Whether a source goes with targets that are lent: it is one, its wall or its marrow is."""
    of_bone = source in BONE_SOURCES and any(t in lent for t in BONE_TARGETS)
    return source in lent or of_bone or any(w in lent for w in WALLS.get(source, ()))


def _sides(region: str, mine: Sequence[str]) -> tuple[str, ...]:
    """The regions of a body that are the sides of a paired one."""
    if region not in ONE_OF:
        return ()
    names = some_names((region,), "target region")
    return tuple(name for name in mine if names.side_of(name))


def _named(stand_ins: Mapping[str, str], library: SafLibrary, reference: SafLibrary) -> dict[str, str]:
    """Stand-ins with the names that the regions have; PhantomError for a region that is not there."""
    mine = tuple(dict.fromkeys((*library.sources, *library.targets)))
    its = tuple(dict.fromkeys((*its_sources(reference), *reference.targets)))
    return {
        resolve(a, mine, where=library.shown): resolve(b, its, where=reference.shown)
        for a, b in stand_ins.items()
    }


def _counterparts(
    kind: str, library: SafLibrary, its: Sequence[str], given: Mapping[str, str], others: str | None
) -> tuple[dict[str, str], dict[str, str]]:
    """Region of the library -> region of the reference in its place, "" where there is none; and those of
    them that merely stand in."""
    whole: dict[str, str] = {}
    for name, parts in library.conventions.combined.items():
        if name in its:
            for part in parts:
                whole.setdefault(part, name)
    names = some_names(tuple(its), kind)
    rest = names.find(others) if others is not None else None
    found, stood = {}, {}
    for region in library.sources if kind == "source" else library.targets:
        side = names.side_of(region)
        of_organ = region if region in its else whole.get(region) or (side[0] if side else None)
        if region in given:
            of_organ = None
        # the wall stands in for contents that get a dose
        wall = next((w for w in WALLS.get(region, ()) if w in its), None) if kind == "target" else None
        stand_in = given[region] if given.get(region) in its else wall or rest
        found[region] = of_organ or stand_in or ""
        if found[region] and not of_organ:
            stood[region] = found[region]
    return found, stood


def _facts(taking: Taking) -> dict[str, str]:
    """What was taken, for the provenance."""
    reference = taking.reference
    origin = reference.provenance.get("origin")
    facts = {
        REFERENCE_BODY: reference.phantom + (f" ({origin})" if origin else ""),
        f"{REFERENCE_BODY} sha256 of values": digest(reference),
        REFERENCE_TARGETS: BETWEEN.join(taking.targets),
        REFERENCE_SOURCES: BETWEEN.join(taking.sources),
        REFERENCE_STAND_INS: BETWEEN.join(f"{b} for {a}" for a, b in taking.stand_ins.items()),
        REFERENCE_LEFT_OUT: BETWEEN.join(f"{r}: {why}" for r, why in taking.left_out.items()),
    }
    return {key: text for key, text in facts.items() if text}


def _name(library: SafLibrary) -> str:
    """Of the reference body that lent regions."""
    return library.provenance[REFERENCE_BODY].partition(" (")[0]


def reference_note(library: SafLibrary) -> str:
    """One sentence on which regions of a library are those of a reference body; "" where none is.

    >>> from phantoms import load_phantom
    >>> reference_note(load_phantom("adult male"))
    ''
    """
    facts = library.provenance
    if REFERENCE_BODY not in facts:
        return ""
    told = [
        f"{what} {facts[key].replace(BETWEEN, ', ')}"
        for key, what in ((REFERENCE_TARGETS, "doses to"), (REFERENCE_SOURCES, "doses from"))
        if key in facts
    ]
    stood = f"; {facts[REFERENCE_STAND_INS].replace(BETWEEN, ', ')}" if REFERENCE_STAND_INS in facts else ""
    return f"Of the reference body '{_name(library)}', not of this body: {'; '.join(told)}{stood}."
