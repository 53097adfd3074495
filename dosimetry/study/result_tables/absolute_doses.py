"""Absolute doses in a study's tables: of what each patient was administered.

Patients' rows alone have them: over a cohort they would mix how much each was given with what each did with
it, so that statistics stay per activity.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dosimetry.doses.absolute import UNKNOWN

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.patients.patient import Patient

#: Column per activity -> absolute column, and what it is divided by.
OF_ORGANS = {
    "dose_mGy_per_MBq": ("absorbed_dose_Gy", 1000.0),
    "se_mGy_per_MBq": ("se_Gy", 1000.0),
}
EFFECTIVE = {
    "effective_dose_mSv_per_MBq": ("effective_dose_mSv", 1.0),
    "se_from_tiac_mSv_per_MBq": ("se_from_tiac_mSv", 1.0),
}


def with_absolute(
    frame: pd.DataFrame, patients: Sequence[Patient], columns: dict[str, tuple[str, float]]
) -> pd.DataFrame:
    """A table of doses with ``administered_MBq`` and the doses of it, before ``reason``.

    As it is where no patient's administered activity is known; of a patient without one the cells are empty,
    and ``reason`` says so.
    """
    known = {p.name: p.administered_MBq for p in patients if p.administered_MBq is not None}
    if not known:
        return frame
    frame = frame.copy()
    activity = frame["patient"].map(known).astype(float)
    at = list(frame.columns).index("reason")
    made = {name: frame[source] * activity / unit for source, (name, unit) in columns.items()}
    for i, (name, values) in enumerate({"administered_MBq": activity, **made}.items()):
        frame.insert(at + i, name, values)
    frame["reason"] = [
        "; ".join(filter(None, (reason, "" if a == a else UNKNOWN)))
        for reason, a in zip(frame["reason"], activity, strict=True)
    ]
    return frame
