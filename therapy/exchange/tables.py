"""Tables of a theranostic projection: doses, TIACs, nuclides side by side, activities for limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.patients.sources import BLOOD_SOURCES
from dosimetry.study.result_tables import rows
from dosimetry.study.result_tables.statistics import with_cohort
from dosimetry.study.results import EACH
from therapy.biology.rbe import checked_rbe
from therapy.exchange.lesions import lesion_frame
from therapy.exchange.limit_rows import limit_frame, weighted_dose
from therapy.exchange.project import OfNuclide, Theranostic
from therapy.limits.table import LimitTable

if TYPE_CHECKING:
    import pandas as pd

NAN = float("nan")
#: What each table holds, for the page that lies beside them.
CONTENTS = {
    "theranostic_doses": "absorbed dose in mGy/MBq of each target region by nuclide, its parts by radiation,"
    " the RBE-weighted dose apart from it, and the ratio to the measured nuclide; cohort statistics",
    "theranostic_side_by_side": "cohort means by target, a column a nuclide, and the mean of the patients'"
    " ratios to the measured nuclide",
    "theranostic_tiac": "TIAC in h of each source region by nuclide; which share of it lies before the first"
    " and after the last measured point",
    "theranostic_limits": "activity that reaches an organ's limit in one administration;"
    " dose_mGy_per_MBq is of the column quantity (of a BED the dose that it begins with); lower_activity_MBq"
    " keeps it with a probability of 95 % by the uncertainties known here; which limit is reached first",
    "theranostic_lesions": "self-dose of each lesion by nuclide, and its ratio to doses of organs (the"
    " therapeutic index), RBE-weighted both",
    "theranostic_effective_dose": "effective dose in mSv/MBq, asked for; it is not meant for therapy",
}


def tables_of(
    found: Theranostic, limits: LimitTable, rbe: Mapping[str, float] | None = None
) -> dict[str, pd.DataFrame]:
    """Every table by its name, marked as the study's data are."""
    import pandas as pd

    doses = with_cohort(dose_frame(found, rbe), ("nuclide", "target"), "dose_mGy_per_MBq")
    made = {
        "theranostic_doses": doses,
        "theranostic_side_by_side": side_by_side(found, doses),
        "theranostic_tiac": with_cohort(tiac_frame(found), ("nuclide", "source"), "tiac_h"),
        "theranostic_limits": _with_cohort_of_limits(limit_frame(found, limits, rbe)),
    }
    if any(r.effective for one in found.nuclides for r in one.results):
        effective = [
            _named(rows.effective_rows(one.results), one)
            for one in found.nuclides
            if one.results[0].effective
        ]
        made["theranostic_effective_dose"] = with_cohort(
            pd.concat(effective, ignore_index=True),
            ("nuclide", "quantity", "weights"),
            "effective_dose_mSv_per_MBq",
        )
    lesions = lesion_frame(found, rbe)
    if len(lesions):
        made["theranostic_lesions"] = lesions
    return {name: rows.marked(frame, found.study.settings.data) for name, frame in made.items()}


def _named(frame: pd.DataFrame, one: OfNuclide) -> pd.DataFrame:
    """The rows with the nuclide after who they are of."""
    frame = frame.reset_index(drop=True)
    frame.insert(list(frame.columns).index("statistic") + 1, "nuclide", one.name)
    return frame


def dose_frame(found: Theranostic, rbe: Mapping[str, float] | None = None) -> pd.DataFrame:
    """A row a patient, nuclide and target."""
    import pandas as pd

    weights = checked_rbe(rbe)
    frames = []
    measured: dict[tuple[str, str], float] = {}
    for one in found.nuclides:
        frame = _named(rows.dose_rows(one.results), one)
        own = list(zip(frame["patient"], frame["target"], strict=True))
        if not measured:
            measured = dict(zip(own, frame["dose_mGy_per_MBq"].tolist(), strict=True))
        each = [weighted_dose(r, weights) for r in one.results]
        lacking = frame["dose_mGy_per_MBq"].isna().to_numpy()  # organs of the other sex
        value, se = (np.where(lacking, NAN, np.concatenate([e[i] for e in each])) for i in (0, 1))
        at = list(frame.columns).index("reason")
        frame.insert(at, "rbe_weighted_dose_mGy_per_MBq", value)
        frame.insert(at + 1, "se_rbe_weighted_mGy_per_MBq", se)
        frame.insert(at + 2, "rbe_alpha", weights["alpha"] if one.has_alphas else NAN)
        base = np.array([measured.get(key, NAN) for key in own])
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = frame["dose_mGy_per_MBq"].to_numpy() / np.where(base > 0.0, base, NAN)
        frame.insert(at + 3, "ratio_to_measured_nuclide", ratio)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def side_by_side(found: Theranostic, doses: pd.DataFrame) -> pd.DataFrame:
    """A row a target: mean and SD by nuclide, and the mean ratio to the measured one."""
    import pandas as pd

    each = doses[(doses["statistic"] == EACH) & (doses["n"] > 0)]
    targets = pd.Index(each["target"].unique(), name="target")
    columns = {
        "n": each[each["nuclide"] == found.measured.name].groupby("target")["n"].sum().reindex(targets)
    }
    for one in found.nuclides:
        group = each[each["nuclide"] == one.name].groupby("target")
        dose = group["dose_mGy_per_MBq"]
        columns[f"{one.name} mean_mGy_per_MBq"] = dose.mean().reindex(targets)
        columns[f"{one.name} sd_mGy_per_MBq"] = dose.std().reindex(targets)
        if one.has_alphas:
            weighted = group["rbe_weighted_dose_mGy_per_MBq"].mean().reindex(targets)
            columns[f"{one.name} mean_rbe_weighted_mGy_per_MBq"] = weighted
        if one is not found.measured:
            ratio = group["ratio_to_measured_nuclide"].mean().reindex(targets)
            columns[f"{one.name} mean_ratio_to_{found.measured.name}"] = ratio
    return pd.DataFrame(columns).reset_index()


def tiac_frame(found: Theranostic) -> pd.DataFrame:
    """A row a patient, nuclide and source."""
    import pandas as pd

    frames = []
    for one in found.nuclides:
        frame = _named(rows.tiac_rows(one.results), one)
        shares = []
        for patient, source, how in zip(frame["patient"], frame["source"], frame["obtained"], strict=True):
            curves = one.curves[patient]
            region = "serum" if source in BLOOD_SOURCES and "serum" in how else source
            e = curves.get(region)
            shares.append((NAN, NAN, NAN) if e is None else (e.before, e.first_h, e.last_h))
        at = list(frame.columns).index("extrapolated_fraction")
        for i, name in enumerate(("before_first_fraction", "first_measured_h", "last_measured_h")):
            frame.insert(at + i, name, [s[i] for s in shares])
        frame.insert(at + 3, "half_life_h", one.nuclide.half_life_h)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _with_cohort_of_limits(frame: pd.DataFrame) -> pd.DataFrame:
    found = with_cohort(frame, ("nuclide", "limit"), "activity_MBq")
    cohort = found["patient"] == "cohort"
    for name in ("organ", "quantity", "limit_Gy", "source", "checked"):
        of_limit = dict(zip(zip(frame["nuclide"], frame["limit"], strict=True), frame[name], strict=True))
        keys = zip(found.loc[cohort, "nuclide"], found.loc[cohort, "limit"], strict=True)
        found.loc[cohort, name] = [of_limit[key] for key in keys]
    first = frame[frame["reached_first"]].groupby(["nuclide", "limit"]).size().to_dict()
    everyone = frame.groupby("nuclide")["patient"].nunique().to_dict()
    text = [
        f"first in {first.get((n, limit), 0)} of {everyone[n]}"
        if patient == "cohort"
        else "yes"
        if own
        else "no"
        for n, limit, patient, own in zip(
            found["nuclide"], found["limit"], found["patient"], found["reached_first"], strict=True
        )
    ]
    found["reached_first"] = text
    return found
