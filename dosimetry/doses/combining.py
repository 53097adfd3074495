"""What holds when results of doses are put together: one body, and facts and notes of all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dosimetry.errors import DosimetryError

if TYPE_CHECKING:
    from dosimetry.doses.result import DoseResult


def same_body(a: DoseResult, b: DoseResult) -> None:
    """Nothing, where two results are of one body with the same masses; DosimetryError otherwise."""
    if (a.body, a.sex, a.targets) != (b.body, b.sex, b.targets):
        raise DosimetryError(f"doses of '{a.body}' and of '{b.body}' cannot be added: they are two bodies")
    clash = {
        n for n in set(a.organ_mass_kg) & set(b.organ_mass_kg) if a.organ_mass_kg[n] != b.organ_mass_kg[n]
    }
    if a.provenance.get("convention") != b.provenance.get("convention"):
        raise DosimetryError(
            f"doses of '{a.body}' by two conventions cannot be added: {a.provenance.get('convention')} and"
            f" {b.provenance.get('convention')}"
        )
    if (a.masses, a.body_mass_kg) != (b.masses, b.body_mass_kg) or clash:
        of = f" of {', '.join(sorted(clash))}" if clash else ""
        raise DosimetryError(f"doses of '{a.body}' with other masses{of} cannot be added: scale both alike")


def joined(facts: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Text facts of several results: what is the same once, what differs one after the other."""
    keys = dict.fromkeys(k for f in facts for k in f)
    return {k: "; ".join(dict.fromkeys(f[k] for f in facts if f.get(k))) for k in keys}


def named_notes(result: DoseResult) -> tuple[str, ...]:
    """The notes of a result, with its nuclide where it is of one alone."""
    one = f"{result.nuclides[0]}: " if len(result.nuclides) == 1 else ""
    return tuple(n if not one or n.startswith(one) else one + n for n in result.notes)
