"""Tables of lesion doses: by lesion, by patient, and of organs without their lesions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lesions.doses.compute import LesionDoses
from lesions.doses.lesion_dose import CROSS, KINDS, SHARES, LesionDose

if TYPE_CHECKING:
    import pandas as pd

NAN = float("nan")
#: Names of the tables -> what is in each.
CONTENTS = {
    "lesion_doses": "absorbed dose of each lesion per administered activity: self and cross parts"
    ", by kind of radiation; uncertainty by source, mass, TIAC, and why a lesion has none",
    "lesion_dose_summary": "lesion doses by patient: mean, least, greatest, largest one, by mass"
    "; and over all patients",
    "organ_doses_without_lesions": "dose of organs as in organ_doses.csv, and of their healthy tissue:"
    " activity and mass of lesions taken out, so that nothing counts twice",
}
_GREY = "dose_mGy_per_MBq"
ALL_PATIENTS = "all"


def dose_outputs(*, cross: bool) -> list[str]:
    """Names of the tables that :func:`dose_tables` makes.

    cross : whether there are cross doses, without which organs stay as they are.
    """
    names = list(CONTENTS)
    return names if cross else names[:2]


def dose_tables(found: LesionDoses) -> dict[str, pd.DataFrame]:
    """The tables of lesion doses that have rows, by name; a missing number is NaN beside its reason.

    ``lesion_doses``: a row a lesion, with self and cross part, parts by radiation, u by source (mGy/MBq),
    TIAC (h), mass (g). ``lesion_dose_summary``: a row a patient, and one of all.
    ``organ_doses_without_lesions``: a row an organ whose dose is another one without the lesions.

    Examples
    --------
    >>> from lesions.doses.compute import NoDose
    >>> none = LesionDoses(doses=(), without=(NoDose("P01", "L1", "liver", "no volume"),))
    >>> dose_tables(none)["lesion_doses"][["lesion", "reason"]].to_string(index=False)
    'lesion    reason\\n    L1 no volume'
    """
    tables = {
        "lesion_doses": lesion_frame(found),
        "lesion_dose_summary": summary_frame(found.doses),
        "organ_doses_without_lesions": organ_frame(found),
    }
    return {name: frame for name, frame in tables.items() if len(frame)}


def lesion_frame(found: LesionDoses) -> pd.DataFrame:
    """A row a lesion, those without a dose too."""
    import pandas as pd

    rows: list[dict[str, Any]] = [_row(d) for d in found.doses]
    for one in found.without:
        rows.append({"patient": one.patient, "lesion": one.lesion, "site": one.site, "reason": one.reason})
    order = {p: i for i, p in enumerate(dict.fromkeys(r["patient"] for r in rows))}
    rows.sort(key=lambda r: order[r["patient"]])
    return pd.DataFrame(rows, columns=pd.Index(_columns()))


def _columns() -> list[str]:
    return [
        "patient", "lesion", "site", "organ", "nuclide", _GREY, "u_mGy_per_MBq", "u_relative_percent",
        "self_mGy_per_MBq", "cross_mGy_per_MBq",
        *(f"{kind}_part_mGy_per_MBq" for kind in KINDS),
        *(f"u_by_{share}_mGy_per_MBq" for share in SHARES), "not_in_u",
        "tiac_h", "se_tiac_h", "mass_g", "u_mass_g", "density_g_per_cm3", "shape", "curve", "volume",
        "cross_dose", "reason", "note",
    ]  # fmt: skip


def _row(d: LesionDose) -> dict[str, Any]:
    u = d.u_mGy_per_MBq
    by_kind = d.by_radiation_mGy_per_MBq
    unknown = [f"{share}: {d.missing[share]}" for share in d.unknown_shares]
    return {
        "patient": d.patient,
        "lesion": d.lesion,
        "site": d.site,
        "organ": d.organ or "",
        "nuclide": d.nuclide,
        _GREY: d.dose_mGy_per_MBq,
        "u_mGy_per_MBq": _number(u),
        "u_relative_percent": NAN if u is None else 100.0 * u / d.dose_mGy_per_MBq,
        "self_mGy_per_MBq": d.self_dose_mGy_per_MBq,
        "cross_mGy_per_MBq": _number(d.cross_dose_mGy_per_MBq),
        **{f"{kind}_part_mGy_per_MBq": by_kind[kind] for kind in KINDS},
        **{f"u_by_{s}_mGy_per_MBq": _number(d.u_parts_mGy_per_MBq.get(s)) for s in SHARES},
        "not_in_u": "; ".join(unknown),
        "tiac_h": _number(d.tiac_h),
        "se_tiac_h": _number(d.se_tiac_h),
        "mass_g": d.mass_kg * 1e3,
        "u_mass_g": NAN if d.u_mass_kg is None else d.u_mass_kg * 1e3,
        "density_g_per_cm3": d.density_g_per_cm3,
        "shape": d.shape,
        "curve": d.provenance.get("curve", ""),
        "volume": d.provenance.get("volume", ""),
        "cross_dose": d.cross_method if d.cross_mGy_per_MBq is not None else f"none: {d.missing[CROSS]}",
        "reason": "",
        "note": "; ".join(d.notes),
    }


def summary_frame(doses: Sequence[LesionDose]) -> pd.DataFrame:
    """A row a patient and one of all: lesions with a dose counted once each, whatever their size.

    u of a mean is by its lesions' own uncertainties, all independent but for the calibration, which is one.
    """
    import pandas as pd

    rows = []
    names = list(dict.fromkeys(d.patient for d in doses))
    groups = [(name, [d for d in doses if d.patient == name]) for name in names]
    if len(names) > 1:
        groups.append((ALL_PATIENTS, list(doses)))
    for name, mine in groups:
        values = [d.dose_mGy_per_MBq for d in mine]
        mass = [d.mass_kg for d in mine]
        largest = mine[mass.index(max(mass))]
        n = len(mine)
        mean = math.fsum(values) / n
        sd = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (n - 1)) if n > 1 else NAN
        weight = [m / math.fsum(mass) for m in mass]
        rows.append(
            {
                "patient": name,
                "patients": len({d.patient for d in mine}),
                "lesions": n,
                "mean_mGy_per_MBq": mean,
                "u_mean_mGy_per_MBq": _u_of_mean(mine, [1.0 / n] * n),
                "sd_mGy_per_MBq": sd,
                "min_mGy_per_MBq": min(values),
                "max_mGy_per_MBq": max(values),
                "mean_by_mass_mGy_per_MBq": math.fsum(w * v for w, v in zip(weight, values, strict=True)),
                "u_mean_by_mass_mGy_per_MBq": _u_of_mean(mine, weight),
                "largest_lesion": largest.lesion
                if name != ALL_PATIENTS
                else f"{largest.patient} {largest.lesion}",
                "largest_mass_g": largest.mass_kg * 1e3,
                "largest_mGy_per_MBq": largest.dose_mGy_per_MBq,
                "mass_g": math.fsum(mass) * 1e3,
                "self_dose_alone": sum(d.cross_mGy_per_MBq is None for d in mine),
            }
        )
    return pd.DataFrame(rows)


def _u_of_mean(doses: Sequence[LesionDose], weight: Sequence[float]) -> float:
    """Standard uncertainty of a weighted mean; the calibration is common to all. NaN: one has none."""
    if any(d.u_mGy_per_MBq is None for d in doses):
        return NAN
    common = math.fsum(
        w * d.u_parts_mGy_per_MBq.get("calibration", 0.0) for w, d in zip(weight, doses, strict=True)
    )
    own = [
        w * u
        for w, d in zip(weight, doses, strict=True)
        for share, u in d.u_parts_mGy_per_MBq.items()
        if share != "calibration"
    ]
    return math.hypot(common, *own)


def organ_frame(found: LesionDoses) -> pd.DataFrame:
    """A row an organ whose dose is another one without the lesions, by patient."""
    import pandas as pd

    rows = [
        {
            "patient": patient,
            "target": o.organ,
            "lesions": ", ".join(o.lesions),
            _GREY: o.dose_mGy_per_MBq,
            "healthy_tissue_dose_mGy_per_MBq": o.healthy_mGy_per_MBq,
            "se_healthy_tissue_mGy_per_MBq": _number(o.se_healthy_mGy_per_MBq),
            "of_it_from_its_lesions_mGy_per_MBq": o.from_lesions_mGy_per_MBq,
            "change_percent": 100.0 * (o.healthy_mGy_per_MBq / o.dose_mGy_per_MBq - 1.0),
            "tiac_h": _number(o.tiac_h),
            "healthy_tiac_h": _number(o.healthy_tiac_h),
            "mass_g": NAN if o.mass_kg is None else o.mass_kg * 1e3,
            "healthy_mass_g": NAN if o.healthy_mass_kg is None else o.healthy_mass_kg * 1e3,
            "why": "its lesions taken out"
            if o.lesions
            else "activity of lesions outside of it taken out of the remainder",
        }
        for patient, organs in found.organs.items()
        for o in organs
    ]
    return pd.DataFrame(rows)


def _number(value: float | None) -> float:
    return NAN if value is None else float(value)
