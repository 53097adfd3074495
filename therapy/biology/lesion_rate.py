"""The dose rate of a lesion as the biologically effective dose takes it."""

from __future__ import annotations

import numpy as np

from dosimetry.errors import DosimetryError
from lesions.doses.lesion_dose import ExponentialRate, PiecewiseRate
from therapy.biology.dose_rate import AnyDoseRate, DoseRate, PiecewiseDoseRate


def dose_rate_of_lesion(rate: ExponentialRate | PiecewiseRate, administered_MBq: float) -> AnyDoseRate:
    """The dose rate of one cycle in a lesion, Gy/h.

    Parameters
    ----------
    rate : per administered activity, mGy/h per MBq, as :class:`lesions.LesionDose` has it.
    administered_MBq : of the cycle, above 0.

    Raises
    ------
    DosimetryError : an activity that is not above 0; a dose rate below 0 at some time.

    Examples
    --------
    >>> rate = ExponentialRate(amplitude_mGy_per_h_MBq=(0.02,), rate_per_h=(0.01,))
    >>> round(dose_rate_of_lesion(rate, 7400.0).dose_Gy, 6)  # 2 mGy/MBq
    14.8
    """
    if not 0.0 < administered_MBq < float("inf"):
        raise DosimetryError(f"administered activity {administered_MBq:g} MBq; a number above 0 is needed")
    Gy = 1e-3 * administered_MBq
    if isinstance(rate, ExponentialRate):
        return DoseRate(np.array(rate.amplitude_mGy_per_h_MBq) * Gy, np.array(rate.rate_per_h))
    tail = None if rate.tail_mGy_per_h_MBq is None else rate.tail_mGy_per_h_MBq * Gy
    return PiecewiseDoseRate(
        np.array(rate.time_h),
        np.array(rate.value_mGy_per_h_MBq) * Gy,
        rate.tail_per_h,
        between=rate.between,
        decay_per_h=rate.decay_per_h,
        tail_Gy_per_h=tail,
    )
