"""TIACs of a model's compartments as TIACs of a body's source regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dosimetry.doses.bodies.one_sex import SEX_OF
from dosimetry.errors import DosimetryError
from dosimetry.tiacs.gut_regions import source_shares
from kinetics.compartments.given import Shares
from milligray.errors import Complaints
from phantoms.errors import PhantomError
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import REMAINDER, resolve
from phantoms.regions.sides import region_or_side

#: Words of a model file for bodies of one kind.
KINDS = ("stylised", "ICRP 133")


def series_of(library: SafLibrary) -> str:
    """The word that a model file has for bodies of one kind under [bodies]: "ICRP 133" or "stylised".

    >>> from phantoms import load_phantom
    >>> series_of(load_phantom("adult male"))
    'stylised'
    """
    return "ICRP 133" if library.conventions.remainder_sources else "stylised"


def _table_of(library: SafLibrary) -> str:
    """The table of a model file for source regions in bodies of one kind."""
    series = series_of(library)
    key = f'"{series}"' if " " in series else series
    return f"[bodies.{key}.source_regions]"


class SaidOfBodies:
    """The same mistake in several bodies, told once with all of them."""

    def __init__(self) -> None:
        self._bodies: dict[tuple[str, str], list[str]] = {}

    def add(self, error: DosimetryError, body: str) -> None:
        """Keep what is wrong in a body, by its phantom's name."""
        for line in error.complaints:
            before, found, after = line.partition(f"phantom '{body}'")
            self._bodies.setdefault((before, after) if found else (line, ""), []).append(
                body if found else ""
            )

    def tell(self) -> None:
        """Raise what was kept; nothing where nothing was.

        Raises
        ------
        DosimetryError : each mistake once.
        """
        lines = []
        for (before, after), bodies in self._bodies.items():
            named = ", ".join(f"'{body}'" for body in dict.fromkeys(bodies) if body)
            plural = "s" if "', '" in named else ""
            lines.append(f"{before}phantom{plural} {named}{after}" if named else before)
        if lines:
            raise DosimetryError(*lines)


def source_of_compartments(
    compartments: Sequence[str],
    regions: Mapping[str, tuple[str, ...]],
    given: Mapping[str, Shares],
    library: SafLibrary,
    others: Sequence[SafLibrary] = (),
) -> dict[str, dict[str, float]]:
    """The source regions of a body that each compartment is in, with the share of its activity in each.

    What the file gives for a compartment goes first, then the compartment's own name, then the name of the
    only region of the file that it is in. Parts of the gut that a body cuts otherwise are mapped
    (:mod:`dosimetry.tiacs.gut_regions`).

    Parameters
    ----------
    compartments, regions : of the model.
    given : compartment -> {source region: share}, as the file has them.
    library : the body.
    others : bodies whose regions may be named too, where one sex alone has them: of the other sex.

    Raises
    ------
    DosimetryError : a compartment without a source region, or one that the body lacks; all of them.

    Examples
    --------
    >>> from phantoms import load_phantom
    >>> source_of_compartments(["liver", "rest"], {}, {"rest": {"other": 1.0}}, load_phantom("adult male"))
    {'liver': {'liver': 1.0}, 'rest': {'remainder': 1.0}}
    """
    found = {}
    with Complaints(DosimetryError) as complaints:
        for compartment in compartments:
            with complaints.catching():
                found[compartment] = _of_one(compartment, regions, given, library, others)
    return found


def _of_one(
    compartment: str,
    regions: Mapping[str, tuple[str, ...]],
    given: Mapping[str, Shares],
    library: SafLibrary,
    others: Sequence[SafLibrary],
) -> dict[str, float]:
    if compartment in given:
        found: dict[str, float] = {}
        for name, share in given[compartment].items():
            try:
                parts = _resolved(name, library, others)
            except (DosimetryError, PhantomError) as error:
                raise DosimetryError(
                    f"source_regions.{compartment}: {error}; for bodies of this kind alone say another under"
                    f" {_table_of(library)}"
                ) from None
            for source, part in parts.items():
                found[source] = found.get(source, 0.0) + share * part
        return found
    tried = []
    for name in (compartment, *(r for r, members in regions.items() if compartment in members)):
        try:
            tried.append(_resolved(name, library, others))
        except (DosimetryError, PhantomError):
            continue
        if name == compartment:
            break
    if len(tried) != 1:
        of = "more than one of its regions is a source region" if tried else "it has no source region"
        raise DosimetryError(
            f"compartment '{compartment}': {of} of phantom '{library.phantom}' by name; say where it is, e.g."
            f' [source_regions] "{compartment}" = "remainder", or shares = {{ liver = 0.4, remainder = 0.6 }}'
            f"; for bodies of this kind alone under {_table_of(library)}"
        )
    return tried[0]


def _resolved(name: str, library: SafLibrary, others: Sequence[SafLibrary]) -> dict[str, float]:
    """A name as source regions of a body; one that only the other sex has stays as it is."""
    where = f"phantom '{library.phantom}'"
    try:
        return {
            region_or_side(name, (*library.sources, REMAINDER), kind="source region", where=where).word: 1.0
        }
    except PhantomError as error:
        first = error
    try:
        return source_shares(name, library)
    except DosimetryError:
        pass
    for other in others:
        try:
            region = resolve(name, other.sources, kind="source region")
        except PhantomError:
            continue
        if region in SEX_OF:  # what else the other has is no reason for a body to go without it
            return {region: 1.0}
    raise first


def in_source_regions(
    tiac_h: Mapping[str, float], sources: Mapping[str, Mapping[str, float]]
) -> dict[str, float]:
    """Numbers by compartment (TIACs in h) as numbers by source region.

    >>> in_source_regions({"a": 2.0, "b": 1.0}, {"a": {"liver": 1.0}, "b": {"liver": 0.5, "remainder": 0.5}})
    {'liver': 2.5, 'remainder': 0.5}
    """
    found: dict[str, float] = {}
    for compartment, value in tiac_h.items():
        for source, share in sources[compartment].items():
            found[source] = found.get(source, 0.0) + share * value
    return found
