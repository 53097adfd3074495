"""Names of source and target regions, their aliases, and how a name that a user gives is resolved.

Canonical names are lower case English, as the published dose tables print them. OLINDA/EXM's and
MIRD's own spellings are aliases that input accepts. Each SAF library lists the regions it has; a name
is resolved against that list, so a phantom with more regions (ICRP 133) needs no change here.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import lru_cache

from phantoms.errors import PhantomError
from phantoms.regions import icrp_names

#: Target regions of the stylised bodies, in the order of the published tables.
TARGETS: tuple[str, ...] = (
    "adrenals", "brain", "breasts", "gallbladder wall", "lower large intestine wall", "small intestine",
    "stomach wall", "upper large intestine wall", "heart wall", "kidneys", "liver", "lungs", "muscle",
    "ovaries", "pancreas", "red marrow", "osteogenic cells", "skin", "spleen", "testes", "thymus",
    "thyroid", "urinary bladder wall", "uterus", "total body",
)  # fmt: skip

#: Source regions of the stylised bodies. "remainder" is made from "total body" and is no row of a library.
SOURCES: tuple[str, ...] = (
    "adrenals", "brain", "breasts", "gallbladder contents", "gallbladder wall",
    "lower large intestine contents", "lower large intestine wall", "small intestine contents",
    "stomach contents", "stomach wall", "upper large intestine contents", "upper large intestine wall",
    "heart contents", "heart wall", "kidneys", "liver", "lungs", "muscle", "ovaries", "pancreas",
    "red marrow", "cortical bone", "trabecular bone", "skin", "spleen", "testes", "thymus", "thyroid",
    "urinary bladder contents", "urinary bladder wall", "uterus", "total body",
)  # fmt: skip

REMAINDER = "remainder"

#: Words of users that are remembered for one list of regions.
MOST_KEPT = 10_000

#: alias -> canonical name; keys are in the normal form that :func:`normal_form` gives.
ALIASES: dict[str, str] = {
    "adrenal": "adrenals", "adrenal glands": "adrenals",
    "adrenal gland": "adrenals", "breast": "breasts",
    "gb wall": "gallbladder wall", "gall bladder wall": "gallbladder wall",
    "gallbladder": "gallbladder wall", "gall bladder": "gallbladder wall",
    "gb contents": "gallbladder contents", "gallbladder cont": "gallbladder contents",
    "gall bladder contents": "gallbladder contents",
    "lli wall": "lower large intestine wall", "lli": "lower large intestine wall",
    "lli contents": "lower large intestine contents", "lower large intestine": "lower large intestine wall",
    "lli cont": "lower large intestine contents",
    "uli wall": "upper large intestine wall", "uli": "upper large intestine wall",
    "uli contents": "upper large intestine contents", "upper large intestine": "upper large intestine wall",
    "uli cont": "upper large intestine contents",
    "si": "small intestine", "small intestine wall": "small intestine", "si wall": "small intestine",
    "small intestine cont": "small intestine contents", "si contents": "small intestine contents",
    "si cont": "small intestine contents",
    "stomach": "stomach wall", "st wall": "stomach wall", "stomach cont": "stomach contents",
    "st contents": "stomach contents", "heart cont": "heart contents", "heart": "heart wall",
    "myocardium": "heart wall", "heart content": "heart contents",
    "kidney": "kidneys", "lung": "lungs", "muscles": "muscle", "ovary": "ovaries",
    "red bone marrow": "red marrow", "active marrow": "red marrow", "red active marrow": "red marrow",
    "bone marrow": "red marrow", "marrow": "red marrow",
    "bone surfaces": "osteogenic cells", "bone surface": "osteogenic cells",
    "osteogenic": "osteogenic cells", "endosteum": "osteogenic cells",
    "cortbone": "cortical bone", "trabbone": "trabecular bone", "testis": "testes",
    "urinary bladder cont": "urinary bladder contents", "ub contents": "urinary bladder contents",
    "bladder contents": "urinary bladder contents", "bladder": "urinary bladder wall",
    "urin bladder wall": "urinary bladder wall", "bladder wall": "urinary bladder wall",
    "ub wall": "urinary bladder wall", "urinary bladder": "urinary bladder wall",
    "whole body": "total body", "body": "total body", "tot body": "total body",
    "remainder of body": REMAINDER, "remainder body": REMAINDER, "rest of body": REMAINDER,
    "other": REMAINDER, "tot body rem body": REMAINDER, "other tissues": REMAINDER,
}  # fmt: skip


#: The same words, where a source region is meant: activity named after a hollow organ is in its contents.
SOURCE_ALIASES: dict[str, str] = {
    "small intestine": "small intestine contents", "si": "small intestine contents",
    "lli": "lower large intestine contents", "lower large intestine": "lower large intestine contents",
    "uli": "upper large intestine contents", "upper large intestine": "upper large intestine contents",
    "stomach": "stomach contents", "bladder": "urinary bladder contents",
    "gallbladder": "gallbladder contents",
    "urinary bladder": "urinary bladder contents", "gall bladder": "gallbladder contents",
}  # fmt: skip

#: Paired organs that bodies have as one region -> what one of them is called.
ONE_OF: dict[str, str] = {
    "kidneys": "kidney", "adrenals": "adrenal", "ovaries": "ovary", "testes": "testis", "breasts": "breast",
    "lungs": "lung", "ureters": "ureter", "eye lens": "eye lens", "salivary glands": "salivary gland",
    "tonsils": "tonsil",
}  # fmt: skip

#: Words for a side, first or last in a name.
_SIDES: dict[str, str] = {
    "left": "left", "l": "left", "lt": "left", "right": "right", "r": "right", "rt": "right",
}  # fmt: skip

#: What is said to who names a source in the wall of the small intestine where the body has none.
NO_SMALL_INTESTINE_WALL = (
    "wall and contents are one region of this body, and only activity in the contents is a source: leave that"
    " of the wall in the remainder, or give it as 'small intestine contents'"
)


def normal_form(name: str) -> str:
    """Lower case, with hyphens, underscores, slashes and brackets as single spaces.

    >>> normal_form("Urinary_Bladder-Contents")
    'urinary bladder contents'
    """
    return " ".join(re.sub(r"[^a-z0-9]+", " ", name.lower()).split())


def usual_name(name: str) -> str:
    """The usual name of a source region where no body is at hand: two words for one region give the same.

    >>> usual_name("Rest of body"), usual_name("LIVER")
    ('remainder', 'liver')
    """
    key = normal_form(name)
    return SOURCE_ALIASES.get(key, ALIASES.get(key, key))


def resolve(name: str, allowed: Iterable[str], *, kind: str = "region", where: str = "") -> str:
    """Canonical name of a region that a user named, among those that are allowed.

    Parameters
    ----------
    name : the user's word, in any case, or an alias.
    allowed : names that exist here, e.g. the targets of one library.
    kind : "source region" or "target region": a hollow organ's name means its contents as a source.
    where : what the regions belong to, for the message, e.g. ``"phantom 'adult male'"``.

    Raises
    ------
    PhantomError : the name is not among them; the message lists near names.

    >>> resolve("LLI Wall", TARGETS)
    'lower large intestine wall'
    """
    names = _names(tuple(allowed), kind.startswith("source"))
    found = names.found.get(name) or names.find(name)
    if found is None:
        of = f" of {where}" if where else ""
        raise PhantomError(f"unknown {kind} '{name}'{of}; {names.hint(name)}")
    return found


class RegionNames:
    """The names of one list of regions, and every other word for them.

    ``found`` : words that were asked for and found -> canonical name.
    """

    def __init__(self, allowed: tuple[str, ...], source: bool) -> None:
        self.allowed, self.source = allowed, source
        self.by_form = {normal_form(n): n for n in allowed}
        own = icrp_names.SOURCE_NAMES if source else icrp_names.TARGET_NAMES
        tables = [{normal_form(icrp): ours for icrp, ours in own.items()}, ALIASES, icrp_names.ALIASES]
        if source:
            tables = [SOURCE_ALIASES, icrp_names.SOURCE_ALIASES, *tables]
        self.tables = tables
        self.found: dict[str, str] = {}

    def find(self, name: str) -> str | None:
        """The canonical name of a word, None where there is none."""
        key = normal_form(name)
        for candidate in (key, *(normal_form(table.get(key, "")) for table in self.tables)):
            if candidate and candidate in self.by_form:
                if len(self.found) < MOST_KEPT:
                    self.found[name] = self.by_form[candidate]
                return self.by_form[candidate]
        return None

    def side_of(self, name: str) -> tuple[str, str] | None:
        """The paired organ and its side, "left" or "right", that a word names; None where it names none."""
        words = normal_form(name).split()
        for at in (0, -1):
            if len(words) > 1 and words[at] in _SIDES:
                region = self.find(" ".join(words[1:] if at == 0 else words[:-1]))
                if region in ONE_OF:
                    return region, _SIDES[words[at]]
        return None

    def hint(self, name: str) -> str:
        """Names near to one that is not there, or all that there are."""
        key, by_form = normal_form(name), self.by_form
        if side := self.side_of(name):
            dose = "" if self.source else ": give the mean dose of both, weighted by their masses"
            return f"left and right are one region here, '{side[0]}'{dose}"
        wall = key in ("small intestine wall", "si wall")
        if self.source and wall and "small intestine contents" in by_form:
            return NO_SMALL_INTESTINE_WALL
        others = {
            a: by_form[normal_form(c)]
            for table in self.tables
            for a, c in table.items()
            if normal_form(c) in by_form
        }
        known = {**by_form, **others}
        near = list(dict.fromkeys(known[k] for k in difflib.get_close_matches(key, known, n=4, cutoff=0.5)))
        return f"near names: {', '.join(near)}" if near else f"allowed: {', '.join(self.allowed)}"


def some_names(allowed: tuple[str, ...], kind: str) -> RegionNames:
    """The names of one list of regions, sources or targets."""
    return _names(allowed, kind.startswith("source"))


@lru_cache(maxsize=64)
def _names(allowed: tuple[str, ...], source: bool) -> RegionNames:
    return RegionNames(allowed, source)
