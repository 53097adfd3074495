"""Left and right: words for one side of a region that a body has as one, "left kidney" for "kidneys".

A word that the body knows as a region of its own ("left colon contents" in the ICRP adults) is that region
and no side of another.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from phantoms.errors import PhantomError
from phantoms.regions.names import ONE_OF, resolve, some_names

#: Paired organs whose sides are so nearly alike that each is taken for a half. The lungs are not: the right
#: one is the larger.
ALIKE = ("kidneys", "adrenals", "ovaries", "testes", "breasts")


#: All paired organs.
ONE_OF_ALL = tuple(ONE_OF)


class Named(NamedTuple):
    """A region that a word names, and which side of it: "left", "right", or "" for the whole region."""

    region: str
    side: str = ""

    @property
    def word(self) -> str:
        """The usual word, e.g. "left kidney"; the region's name where the whole of it is meant."""
        return f"{self.side} {ONE_OF[self.region]}" if self.side else self.region

    @property
    def other(self) -> str:
        """The usual word for the other side."""
        return f"{'right' if self.side == 'left' else 'left'} {ONE_OF[self.region]}"


def region_or_side(name: str, allowed: Iterable[str], *, kind: str = "region", where: str = "") -> Named:
    """The region that a word names, or the region whose side it names.

    Parameters
    ----------
    name, allowed, kind, where : as for :func:`phantoms.regions.names.resolve`.

    Raises
    ------
    PhantomError : it is neither; the message lists near names.

    >>> region_or_side("Kidney, left", ["kidneys", "liver"]).word
    'left kidney'
    >>> region_or_side("kidney", ["kidneys", "liver"])
    Named(region='kidneys', side='')
    """
    names = some_names(tuple(allowed), kind)
    if names.find(name) is None and (found := names.side_of(name)):
        return Named(*found)
    return Named(resolve(name, names.allowed, kind=kind, where=where))


def absent_sides(words: Iterable[str], allowed: Iterable[str], *, where: str = "") -> frozenset[str]:
    """The sides that someone lacks, by their usual words.

    Parameters
    ----------
    words : e.g. ["left kidney"].
    allowed : the source regions of the body.

    Raises
    ------
    PhantomError : a word that names no side of a paired organ; both sides of one.

    >>> sorted(absent_sides(["Kidney, left"], ["kidneys", "liver"]))
    ['left kidney']
    """
    allowed = tuple(allowed)
    found: dict[str, Named] = {}
    for word in words:
        named = region_or_side(word, allowed, kind="source region", where=where)
        if not named.side and some_names(ONE_OF_ALL, "source region").side_of(word):
            raise PhantomError(
                f"'{named.region}' is a region of its own in this body, and nothing else changes where it has"
                " no activity: leave the word out"
            )
        if not named.side:
            raise PhantomError(
                f"'{word}' cannot be said to be absent: one side of a paired organ can, e.g. 'left kidney'"
            )
        if found.get(named.region, named) != named:
            raise PhantomError(
                f"'{named.word}' and '{named.other}' cannot both be absent: this body has"
                f" {named.region}, and no body without them is at hand"
            )
        found[named.region] = named
    return frozenset(n.word for n in found.values())
