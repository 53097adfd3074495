"""An effective dose with its standard error, the tissues behind it, and whose it is."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from dosimetry.doses.absolute import absolute_effective_mSv
from dosimetry.svalues.folding import KINDS

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from kinetics.fitting.result import Estimate


@runtime_checkable
class DosesByRadiation(Protocol):
    """What effective dose needs of a body's doses; :class:`dosimetry.DoseResult` has it."""

    @property
    def sex(self) -> str:
        """ "male", "female" or "both"."""

    @property
    def has_alphas(self) -> bool:
        """Whether any dose is by alphas."""

    @property
    def body(self) -> str:
        """The phantom's name."""

    @property
    def targets(self) -> tuple[str, ...]:
        """Target regions."""

    @property
    def tiac_error_mGy_per_MBq(self) -> NDArray[np.float64] | None:
        """(M, 3, T), what one standard error of each independent error of the TIACs changes."""

    @property
    def missing(self) -> Mapping[str, str]:
        """Why a standard error is not known."""

    def equivalent_dose_mSv_per_MBq(self, w_alpha: float) -> dict[str, float]:
        """Equivalent dose by region."""


@dataclass(frozen=True)
class TissueDose:
    """One tissue's share of the effective dose in one body.

    weight : w_T, or its share of the remainder's weight.
    equivalent_dose_mSv_per_MBq : H_T.
    regions : region -> its part in H_T; the parts sum to 1.
    stand_in : the region that was used because the body lacks the tissue, or "".

    Examples
    --------
    >>> from dosimetry import absorbed_dose
    >>> row = absorbed_dose({"liver": 11.0}, "Zr-89", "adult male").effective("ICRP 103").tissues[0]
    >>> row.tissue, row.weight, list(row.regions)
    ('red bone marrow', 0.12, ['red marrow'])
    """

    tissue: str
    weight: float
    equivalent_dose_mSv_per_MBq: float
    regions: Mapping[str, float]
    stand_in: str = ""


@dataclass(frozen=True)
class EffectiveDose:
    """Effective dose per administered activity, mSv/MBq; ``float(...)`` gives the bare number.

    value_mSv_per_MBq : the effective dose (with "ICRP 26": the effective dose equivalent).
    se_from_tiac_mSv_per_MBq : standard error that the TIACs bring; None where it is not known.
    weights : the set of tissue weights, e.g. "ICRP 103".
    quantity : e.g. "effective dose".
    bodies : of which phantoms, e.g. ("adult male",); () where only numbers were given.
    source : publication of the weights.
    missing : why the standard error is not known; "" where it is.
    tissues : what was summed, a row a tissue; :meth:`to_frame` has them as a table.
    lacking : why there is no effective dose, the tissues that the body lacks; the value is then NaN. "" else.
    note : what else to know: ICRP 103 defines its effective dose as averaged over both sexes, so that one
        body's is not that; "" where there is nothing.

    Examples
    --------
    >>> from dosimetry import absorbed_dose
    >>> doses = absorbed_dose(
    ...     {"liver": 11.0, "remainder": 70.0}, "Zr-89", "adult male",
    ...     tiac_se_h={"liver": 1.0, "remainder": 3.0},
    ... )
    >>> e = doses.effective("ICRP 103")
    >>> e.quantity, e.bodies
    ('effective dose', ('adult male',))
    >>> 0.0 < e.se_from_tiac_mSv_per_MBq < 0.1 * float(e)
    True
    >>> f"{e:.1f} mSv/MBq"
    '0.4 mSv/MBq'
    """

    value_mSv_per_MBq: float
    se_from_tiac_mSv_per_MBq: float | None
    weights: str
    quantity: str
    bodies: tuple[str, ...]
    source: str
    missing: str = ""
    tissues: tuple[TissueDose, ...] = field(default=(), compare=False)
    note: str = ""
    lacking: str = ""

    def __float__(self) -> float:
        return self.value_mSv_per_MBq

    def __format__(self, spec: str) -> str:
        return format(self.value_mSv_per_MBq, spec) if spec else str(self)

    def __str__(self) -> str:
        of = f", {' and '.join(self.bodies)}" if self.bodies else ""
        se = self.se_from_tiac_mSv_per_MBq
        error = "" if se is None else f" ± {se:.2g}"
        note = f", {self.note}" if self.note else ""
        if self.lacking:
            return f"{self.quantity} ({self.weights}{of}{note}): not given: {self.lacking}"
        return f"{self.quantity} ({self.weights}{of}{note}): {self.value_mSv_per_MBq:.4g}{error} mSv/MBq"

    def __repr__(self) -> str:
        why = f"; no standard error: {self.missing}" if self.missing else ""
        return f"<{self}{why}>"

    def for_activity_mSv(self, administered_MBq: float) -> Estimate:
        """Effective dose of an administered activity in MBq, mSv: value and standard error (None: not known).

        Raises
        ------
        DosimetryError : an activity that is not above 0, or that nobody is given (1 TBq).

        >>> from dosimetry import absorbed_dose
        >>> dose = absorbed_dose({"liver": 11.0}, "Zr-89", "adult male").effective("ICRP 103")
        >>> dose.for_activity_mSv(74.0).value == 74.0 * float(dose)
        True
        """
        return absolute_effective_mSv(self, administered_MBq)

    def to_frame(self) -> pd.DataFrame:
        """A row a tissue: ``weight``, ``equivalent_dose_mSv_per_MBq``, ``contribution_mSv_per_MBq`` (they
        sum to the effective dose), ``from`` which regions, and ``stand_in`` for what the body lacks."""
        import pandas as pd

        rows = self.tissues
        return pd.DataFrame(
            {
                "weight": [r.weight for r in rows],
                "equivalent_dose_mSv_per_MBq": [r.equivalent_dose_mSv_per_MBq for r in rows],
                "contribution_mSv_per_MBq": [r.weight * r.equivalent_dose_mSv_per_MBq for r in rows],
                "from": [", ".join(r.regions) for r in rows],
                "stand_in": [r.stand_in for r in rows],
            },
            index=pd.Index([r.tissue for r in rows], name="tissue"),
        )

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(repr(self)[1:-1])}</p>"


def se_from_tiac(doses: DosesByRadiation, tissues: Sequence[TissueDose], w_alpha: float) -> float | None:
    """Standard error of an effective dose from the TIACs, mSv/MBq; None where theirs are not known.

    Effective dose is a sum of equivalent doses with weights that change only where one tissue overtakes
    another (a split remainder, five highest): the weights in force are taken as fixed (first order).
    """
    changes = changes_from_tiac(doses, tissues, w_alpha)
    return None if changes is None else float(math.hypot(*changes.tolist()))


def changes_from_tiac(
    doses: DosesByRadiation, tissues: Sequence[TissueDose], w_alpha: float
) -> NDArray[np.float64] | None:
    """(M,) what one standard error of each independent error of the TIACs changes in an effective dose,
    mSv/MBq; None where they are not known. The weights in force are taken as fixed."""
    if doses.tiac_error_mGy_per_MBq is None:
        return None
    per_target = np.zeros(len(doses.targets))
    for row in tissues:
        for region, part in row.regions.items():
            per_target[doses.targets.index(region)] += row.weight * part
    return weighted_changes(doses.tiac_error_mGy_per_MBq, per_target, w_alpha)


def weighted_se(
    tiac_error_mGy_per_MBq: NDArray[np.float64], per_target: NDArray[np.float64], w_alpha: float
) -> float:
    """Standard error of a weighted sum of equivalent doses, mSv/MBq: see :func:`weighted_changes`."""
    return float(math.hypot(*weighted_changes(tiac_error_mGy_per_MBq, per_target, w_alpha).tolist()))


def weighted_changes(
    tiac_error_mGy_per_MBq: NDArray[np.float64], per_target: NDArray[np.float64], w_alpha: float
) -> NDArray[np.float64]:
    """(M,) what one standard error of each independent error changes in a weighted sum of equivalent doses.

    Parameters
    ----------
    tiac_error_mGy_per_MBq : (M, 3, T), what one standard error of each independent error changes.
    per_target : (T,) weight of each target's equivalent dose.
    w_alpha : radiation weighting factor of alphas.
    """
    per_kind = np.array([w_alpha if kind == "alpha" else 1.0 for kind in KINDS])
    return np.asarray(np.einsum("mkt,k,t->m", tiac_error_mGy_per_MBq, per_kind, per_target))
