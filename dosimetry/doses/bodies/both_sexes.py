"""One set of TIACs in the bodies of both sexes: organ doses of each, and the sex-averaged effective dose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dosimetry.doses.absorbed import absorbed_dose
from dosimetry.doses.bodies.one_sex import ORGANS_OF, SEX_OF
from dosimetry.doses.effective import effective_dose
from dosimetry.errors import DosimetryError
from dosimetry.svalues.folding import library_of
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import REMAINDER
from phantoms.regions.sides import region_or_side

if TYPE_CHECKING:
    from dosimetry.doses.absorbed import Table
    from dosimetry.doses.effective_result import EffectiveDose
    from dosimetry.nuclides.nuclide import Nuclide


@dataclass(frozen=True)
class BothSexes:
    """Doses of a man and a woman after the same administration.

    male, female : as :func:`dosimetry.absorbed_dose` gives them, mGy/MBq by target region.
    notes : which TIACs were used for one sex only.

    Examples
    --------
    >>> both = absorbed_dose_of_both({"liver": 1.0}, "F-18", ("adult male", "adult female"))
    >>> both.male["liver"] < both.female["liver"]  # whose liver is smaller
    True
    >>> both.effective("ICRP 103").bodies
    ('adult male', 'adult female')
    """

    male: Any
    female: Any
    notes: tuple[str, ...]

    def effective(self, weights: str = "ICRP 103") -> EffectiveDose:
        """Effective dose from equivalent doses averaged tissue by tissue; no standard error is known."""
        return effective_dose((self.male, self.female), weights)


def absorbed_dose_of_both(
    tiac_h: Table,
    nuclide: str | Nuclide,
    phantoms: tuple[str | SafLibrary, str | SafLibrary],
    *,
    daughters: str = "none",
    masses: str | None = None,
) -> BothSexes:
    """Organ doses of both sexes from one set of TIACs, as reference values are given.

    A TIAC of ovaries or uterus is the woman's alone, one of testes or prostate the man's; the other sex goes
    without that activity (its remainder is not raised), and ``notes`` says so. All others hold for both.

    Parameters
    ----------
    tiac_h : time-integrated activity coefficient by source region, h; "remainder" is the rest of the body.
    nuclide : e.g. "Zr-89".
    phantoms : (male, female), names or SAF libraries, e.g. ("ICRP adult male", "ICRP adult female").
    daughters, masses : as in :func:`dosimetry.absorbed_dose`.

    Raises
    ------
    DosimetryError : the phantoms are not a male and a female one; else as :func:`dosimetry.absorbed_dose`.
    PhantomError : a region that neither body has, with near names.

    Examples
    --------
    >>> both = absorbed_dose_of_both(
    ...     {"liver": 1.0, "ovaries": 0.1, "testes": 0.2}, "F-18", ("adult male", "adult female")
    ... )
    >>> both.notes
    ('TIAC of ovaries (0.1 h): of the female only.', 'TIAC of testes (0.2 h): of the male only.')
    """
    bodies = {sex: library_of(p, masses) for sex, p in zip(ORGANS_OF, phantoms, strict=True)}
    for sex, library in bodies.items():
        if library.sex != sex:
            raise DosimetryError(
                f"phantoms must be (male, female); '{library.phantom}' in place of the {sex} is {library.sex}"
            )
    regions = (*dict.fromkeys(s for library in bodies.values() for s in library.sources), REMAINDER)
    where = " or ".join(f"phantom '{library.phantom}'" for library in bodies.values())
    tiac: dict[str, dict[str, Any]] = {sex: {} for sex in bodies}
    notes = []
    for word, value in tiac_h.items():
        named = region_or_side(str(word), regions, kind="source region", where=where)
        name = named.region
        if name in SEX_OF:
            notes.append(f"TIAC of {named.word} ({value} h): of the {SEX_OF[name]} only.")
        for sex in (SEX_OF[name],) if name in SEX_OF else bodies:
            tiac[sex][str(word)] = value
    doses: Mapping[str, Any] = {
        sex: absorbed_dose(tiac[sex], nuclide, library, daughters=daughters)
        for sex, library in bodies.items()
    }
    return BothSexes(doses["male"], doses["female"], tuple(notes))
