"""Keys of [uncertainty] that are tables by region: which regions need one, and what they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from dosimetry.errors import DosimetryError
from milligray.errors import Complaints
from phantoms.errors import PhantomError
from phantoms.regions.names import normal_form, resolve

T = TypeVar("T")
OTHER = "other"
#: In a table by region, a word of all of them: "unknown", or one error of all targets.
ALL = "all"


def regions_of(
    said: Mapping[str, T],
    regions: Sequence[str],
    where: str,
    found: Complaints,
    *,
    kind: str = "source region",
    no_other: Sequence[str] = (),
) -> dict[str, T]:
    """Each region's own value, that of "other" for the rest.

    Parameters
    ----------
    said : a table by names that a user gave, "other" among them perhaps.
    regions : that there are in the study.
    where : path of the table, for messages.
    no_other : regions that "other" is not meant for.
    """
    own: dict[str, T] = {}
    other: T | None = None
    for name, value in said.items():
        if normal_form(name) == OTHER:
            other = value
            continue
        try:
            region = resolve(name, regions, kind=kind, where="this study's budget")
        except PhantomError as error:
            found.add(DosimetryError(f"{where}.{name}: {error}"))
            continue
        if region in own:
            found.add(DosimetryError(f"{where}.{name}: '{region}' stands twice; say it once"))
        own[region] = value
    rest = [r for r in regions if r not in own and r not in no_other]
    if other is not None and not rest:
        found.add(
            DosimetryError(
                f"{where}.{OTHER} acts on nothing: every region has a line of its own; take it out"
            )
        )
    if other is not None:
        own |= dict.fromkeys(rest, other)
    return {r: own[r] for r in regions if r in own}
