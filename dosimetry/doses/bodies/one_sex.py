"""Which TIACs a body takes: organs of one sex go to the bodies of that sex, all others to every body."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from dosimetry.errors import DosimetryError
from milligray.errors import Complaints
from phantoms.errors import PhantomError
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import REMAINDER
from phantoms.regions.sides import Named, region_or_side

#: Source regions that one sex has, even where a stylised body holds those of both.
ORGANS_OF: dict[str, tuple[str, ...]] = {"male": ("testes", "prostate"), "female": ("ovaries", "uterus")}
#: Source region -> the sex that has it, for those that one sex has.
SEX_OF: dict[str, str] = {organ: sex for sex, organs in ORGANS_OF.items() for organ in organs}


def named_in(word: str, bodies: Iterable[SafLibrary]) -> Named:
    """The source region that a word names in the first of the bodies that knows it.

    Raises
    ------
    PhantomError : no body has it; with near names.
    """
    libraries = list(bodies)
    for library in libraries:
        try:
            return region_or_side(word, (*library.sources, REMAINDER), kind="source region")
        except PhantomError:
            continue
    regions = (*dict.fromkeys(s for library in libraries for s in library.sources), REMAINDER)
    where = f"phantom {' or '.join(repr(library.phantom) for library in libraries)}"
    return region_or_side(word, regions, kind="source region", where=where)


def check_known(words: Iterable[str], bodies: Mapping[str, SafLibrary]) -> None:
    """Every word names a source region of one of the bodies, or the remainder.

    Raises
    ------
    DosimetryError : those that do not, all at once.
    """
    with Complaints(DosimetryError) as complaints:
        for word in dict.fromkeys(words):
            try:
                named_in(word, bodies.values())
            except PhantomError as error:
                complaints.add(DosimetryError(str(error)))


def taken_by(
    label: str, tiac_h: Mapping[str, float], bodies: Mapping[str, SafLibrary], hold_both: Iterable[str] = ()
) -> tuple[dict[str, float], list[str]]:
    """The TIACs that one of several bodies takes, and what to tell of those that it goes without.

    A region that one sex has is not taken by a body of the other sex, where there is a body that can take it;
    by a body of both sexes (a child's) it is.

    Parameters
    ----------
    label : of the body.
    tiac_h : its TIACs by source region as a user names them, h; each is known to some body.
    bodies : label -> body, of all.
    hold_both : labels of bodies that take the organs of both sexes where they have them: the bodies of a
        table of ages, each of which stands for both sexes.

    Raises
    ------
    DosimetryError : regions that the body lacks and that its sex does not explain; all such at once.
    """
    library, both = bodies[label], set(hold_both)
    taken: dict[str, float] = {}
    notes = []
    with Complaints(DosimetryError) as complaints:
        for word, value in tiac_h.items():
            named = named_in(word, bodies.values())
            sex = SEX_OF.get(named.region)
            if sex in ORGANS_OF and library.sex not in (sex, "both"):
                others = [b for name, b in bodies.items() if b.sex in (sex, "both") or name in both]
                mine = has_source(word, library) and (label in both or not others)
                if not mine:
                    notes.append(
                        f"TIAC of {named.word} ({value} h): not in '{library.phantom}', which is"
                        f" {library.sex}; the remainder is not raised for it."
                    )
                    continue
            if has_source(word, library):
                taken[word] = value
            else:
                complaints.add(_lacking(word, label, library))
    return taken, notes


def has_source(word: str, library: SafLibrary) -> bool:
    """Whether a word names a source region of a body, or the remainder."""
    try:
        region_or_side(word, (*library.sources, REMAINDER), kind="source region")
    except PhantomError:
        return False
    return True


def _lacking(word: str, label: str, library: SafLibrary) -> DosimetryError:
    """What is wrong with a region that a body lacks, with near names."""
    try:
        where = f"phantom '{library.phantom}'"
        region_or_side(word, (*library.sources, REMAINDER), kind="source region", where=where)
    except PhantomError as error:
        hint = "give each body its own TIACs, {body: {source: h}}, where regions differ"
        return DosimetryError(f"body '{label}': {error}; {hint}")
    raise AssertionError(word)


def kind_of(library: SafLibrary) -> str:
    """A body's name less the word for its sex: bodies of one kind are a man and a woman of one series.

    A body that was derived from another ("adult female olinda masses") is of that one's kind.

    >>> from phantoms import load_phantom
    >>> kind_of(load_phantom("adult female olinda masses")), kind_of(load_phantom("adult male"))
    ('adult', 'adult')
    """
    derived = re.match(r"derived from '([^']+)'", library.provenance.get("origin", ""))
    name = derived.group(1) if derived else library.phantom
    return " ".join(word for word in name.split() if word.lower() not in ORGANS_OF)


def pairs_of(bodies: Mapping[str, SafLibrary], apart: Iterable[str] = ()) -> tuple[tuple[str, str], ...]:
    """Labels of every male and female body of one kind, whose equivalent doses can be averaged.

    Parameters
    ----------
    bodies : label -> body.
    apart : labels of bodies that are in no pair: those of an age.
    """
    alone = set(apart)
    return tuple(
        (man, woman)
        for man, his in bodies.items()
        for woman, hers in bodies.items()
        if (his.sex, hers.sex) == ("male", "female")
        and kind_of(his) == kind_of(hers)
        and not {man, woman} & alone
    )
