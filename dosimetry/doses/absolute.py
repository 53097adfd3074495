"""Absolute doses: doses per administered activity times the activity that was administered."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.errors import DosimetryError
from kinetics.fitting.result import Estimate

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.doses.effective_result import EffectiveDose
    from dosimetry.doses.result import DoseResult

#: More is given to nobody: 1 TBq. A larger number is in another unit.
MOST_MBQ = 1e6
MBQ_PER_MCI = 37.0
#: Said where doses are per activity alone.
UNKNOWN = "no absolute dose: the administered activity is not known"


def checked_MBq(administered_MBq: float) -> float:
    """An administered activity in MBq, if it can be one; DosimetryError otherwise.

    >>> checked_MBq(7400)
    7400.0
    """
    value = float(administered_MBq)
    if not (math.isfinite(value) and 0.0 < value <= MOST_MBQ):
        hint = "; is it in Bq or kBq?" if value > MOST_MBQ else ""
        raise DosimetryError(
            f"administered activity is {value:g} MBq; a number greater than 0 and at most {MOST_MBQ:g}"
            f" is needed{hint}"
        )
    return value


def absolute_frame(doses: DoseResult, administered_MBq: float) -> pd.DataFrame:
    """See :meth:`dosimetry.DoseResult.for_activity`."""
    import pandas as pd

    gy = checked_MBq(administered_MBq) / 1000.0
    saf = doses.se_from_saf_mGy_per_MBq
    return pd.DataFrame(
        {
            "absorbed_dose_Gy": doses.total_mGy_per_MBq * gy,
            "se_Gy": doses.se_mGy_per_MBq * gy,
            "se_from_tiac_Gy": doses.se_from_tiac_mGy_per_MBq * gy,
            "se_from_saf_Gy": np.full(len(doses.targets), np.nan) if saf is None else saf * gy,
        },
        index=pd.Index(doses.targets, name="target"),
    )


def absolute_effective_mSv(dose: EffectiveDose, administered_MBq: float) -> Estimate:
    """See :meth:`dosimetry.EffectiveDose.for_activity_mSv`."""
    activity, se = checked_MBq(administered_MBq), dose.se_from_tiac_mSv_per_MBq
    return Estimate(dose.value_mSv_per_MBq * activity, None if se is None else se * activity)
