"""A lesion as the body around it sees it, and an organ before and after its lesions were taken out."""

from __future__ import annotations

from dataclasses import dataclass

from phantoms.library.saf import SafLibrary


@dataclass(frozen=True, kw_only=True)
class InBody:
    """One lesion as the body around it sees it.

    name, organ : of the lesion; the organ that it lies in, None: none.
    mass_kg, tiac_h, se_tiac_h : its own.
    library : its absorbed fractions, as a body of one region.
    """

    name: str
    organ: str | None
    mass_kg: float
    tiac_h: float
    se_tiac_h: float | None
    library: SafLibrary


@dataclass(frozen=True, kw_only=True)
class OrganWithout:
    """The dose of an organ before and after its lesions were taken out of it, mGy/MBq.

    lesions : names of the lesions in it; none: its dose changes by activity that is taken out elsewhere.
    tiac_h, mass_kg : as in the organs' doses; None: it has no TIAC of its own.
    """

    organ: str
    lesions: tuple[str, ...]
    dose_mGy_per_MBq: float
    healthy_mGy_per_MBq: float
    se_healthy_mGy_per_MBq: float | None
    from_lesions_mGy_per_MBq: float
    tiac_h: float | None = None
    healthy_tiac_h: float | None = None
    mass_kg: float | None = None
    healthy_mass_kg: float | None = None
