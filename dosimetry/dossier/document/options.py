"""What a user chooses for a dossier's tables."""

from __future__ import annotations

from dataclasses import dataclass, field

from dosimetry.dossier.document.numbers import UNITS, Digits, DoseUnits


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """What the tables of a dossier are asked for.

    digits : significant digits of numbers.
    units : of dose coefficients.
    also_units : a second set beside them (e.g. rad/mCi); None: none.
    effective_dose : sets of tissue weights whose effective doses are printed; empty: all that the study has.
    limit_mSv : an effective dose, mSv, that the user wants to stay under; None: those of the law alone.
    cycles, activity_GBq_per_cycle : of a course of therapy; None where there is none.
    recommended_MBq : the (maximal recommended) activity of a label, MBq; None: the highest of the study.
    target_regions : target regions that the product is meant for, as the dose tables name them.
    """

    digits: int = 3
    units: DoseUnits = field(default_factory=lambda: UNITS["mGy/MBq"])
    also_units: DoseUnits | None = None
    effective_dose: tuple[str, ...] = ()
    limit_mSv: float | None = None
    cycles: int | None = None
    activity_GBq_per_cycle: float | None = None
    recommended_MBq: float | None = None
    target_regions: tuple[str, ...] = ()

    @property
    def rule(self) -> Digits:
        """Significant digits as a rule."""
        return Digits(self.digits)
