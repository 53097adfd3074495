"""TIACs for several bodies as a user gives them: the same in all or each its own, of one nuclide or more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from dosimetry.errors import DosimetryError
from dosimetry.nuclides.chains import equilibrium
from dosimetry.nuclides.nuclide import canonical_name
from milligray.text_files import shown
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import normal_form

if TYPE_CHECKING:
    Body: TypeAlias = "str | SafLibrary"
    #: Nuclide ("" where there is one alone) -> source region as the user names it -> number.
    ByNuclide: TypeAlias = Mapping[str, Mapping[str, Any]]

#: What is said where no form fits.
ALLOWED = "{source: h}, {nuclide: {source: h}}, {body: {source: h}} or {body: {nuclide: {source: h}}}"


@dataclass(frozen=True)
class GivenTables:
    """Numbers by source region, for each body.

    tables : label of the body -> nuclide ("" where there is one alone) -> source -> number.
    same : they are the same in all bodies.
    chain : they are of nuclides by name.
    """

    tables: Mapping[str, ByNuclide]
    same: bool
    chain: bool

    @property
    def nuclides(self) -> list[str]:
        """Names of all nuclides, each once; [""] where there is one alone."""
        return list(dict.fromkeys(n for by_nuclide in self.tables.values() for n in by_nuclide))


def labelled(bodies: Sequence[Body] | Mapping[str, Body] | Body) -> dict[str, Body]:
    """Label -> body; the label of a body in a list is its own name.

    Raises
    ------
    DosimetryError : no body, or one twice.
    """
    if isinstance(bodies, Mapping):
        found = {str(label): body for label, body in bodies.items()}
    else:
        several = [bodies] if isinstance(bodies, str | SafLibrary) else list(bodies)
        found = {}
        for body in several:
            label = _name(body)
            if label in found:
                raise DosimetryError(f"body '{label}' is given twice; once is enough")
            found[label] = body
    if not found:
        raise DosimetryError("no body is given; one or more are needed, e.g. 'adult male'")
    return found


def _name(body: Body) -> str:
    if isinstance(body, SafLibrary):
        return body.phantom
    from phantoms.library.installed import load_phantom

    return load_phantom(body).phantom


def tables_given(values: Any, bodies: Mapping[str, Body], what: str) -> GivenTables:
    """Numbers by source in any of the forms that :data:`ALLOWED` names, for each body.

    Parameters
    ----------
    values : as given.
    bodies : label -> body; keys of ``values`` may be labels or names of bodies.
    what : begins messages, e.g. "TIACs".

    Raises
    ------
    DosimetryError : another form; a body that is not among ``bodies``, one without numbers or with two sets;
        an unknown nuclide, or one twice.
    """
    words = _words(bodies)
    if not _nested(values, what):
        return GivenTables({label: {"": _plain(values)} for label in bodies}, same=True, chain=False)
    keys = [str(key) for key in values]
    named = [words.get(normal_form(key)) for key in keys]
    if not any(named):
        by_nuclide = _by_nuclide(values, what, keys, bodies)
        return GivenTables(dict.fromkeys(bodies, by_nuclide), same=True, chain=True)
    found: dict[str, ByNuclide] = {}
    for key, label, inner in zip(keys, named, values.values(), strict=True):
        if label is None or label in found:
            problem = "is given twice" if label else f"is none of the bodies: {', '.join(bodies)}"
            raise DosimetryError(f"{what}: '{shown(key)}' {problem}")
        nested = _nested(inner, f"{what} of '{label}'")
        found[label] = (
            _by_nuclide(inner, what, [str(k) for k in inner], ()) if nested else {"": _plain(inner)}
        )
    if lacking := [label for label in bodies if label not in found]:
        raise DosimetryError(
            f"{what}: none for {', '.join(lacking)}; each body needs its own, or give one set"
        )
    kinds = {"" in by_nuclide for by_nuclide in found.values()}
    if len(kinds) > 1:
        raise DosimetryError(f"{what}: by nuclide in some bodies and not in others; one form is needed")
    return GivenTables({label: found[label] for label in bodies}, same=False, chain=not kinds.pop())


def check_counted_once(nuclides: Sequence[str], daughters: str) -> None:
    """Nothing, where no nuclide with TIACs of its own is counted with another's daughters too.

    Raises
    ------
    DosimetryError : one is.
    """
    if daughters == "none":
        return
    for parent in nuclides:
        twice = [n for n in nuclides if n != parent and n in equilibrium(parent)]
        if twice:
            raise DosimetryError(
                f"{twice[0]} has TIACs of its own and is counted with {parent} too (daughters ="
                f" '{daughters}'): say daughters = 'none' where the daughters have TIACs"
            )


def _words(bodies: Mapping[str, Body]) -> dict[str, str]:
    """Usual form of every word for a body -> its label; a label comes before a body's name."""
    found = {normal_form(label): label for label in bodies}
    for label, body in bodies.items():
        found.setdefault(normal_form(body if isinstance(body, str) else body.phantom), label)
    return found


def _nested(values: Any, what: str) -> bool:
    """Whether the values of a table are tables themselves."""
    if not hasattr(values, "items"):
        raise DosimetryError(f"{what}: {shown(repr(values))} is no table; allowed: {ALLOWED}")
    inner = [hasattr(value, "items") for _, value in values.items()]
    if any(inner) and not all(inner):
        raise DosimetryError(f"{what}: numbers and tables are mixed; allowed: {ALLOWED}")
    if not inner:
        raise DosimetryError(f"{what}: none were given; allowed: {ALLOWED}")
    return all(inner)


def _plain(values: Any) -> dict[str, Any]:
    return {str(source): number for source, number in values.items()}


def _by_nuclide(
    values: Any, what: str, keys: Sequence[str], bodies: Sequence[str] | Mapping[str, Body]
) -> ByNuclide:
    """Tables by nuclide, whose names are made canonical."""
    found: dict[str, dict[str, Any]] = {}
    for key, inner in zip(keys, values.values(), strict=True):
        try:
            name = canonical_name(key)
        except DosimetryError as error:
            neither = (
                f"'{shown(key)}' is none of the bodies ({', '.join(bodies)}) and no nuclide: "
                if bodies
                else ""
            )
            raise DosimetryError(f"{what}: {neither}{error}") from None
        if name in found:
            raise DosimetryError(f"{what}: {name} is given twice")
        if _nested(inner, f"{what} of {name}"):
            raise DosimetryError(f"{what} of {name}: tables within tables; allowed: {ALLOWED}")
        found[name] = _plain(inner)
    return found
