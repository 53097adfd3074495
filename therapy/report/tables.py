"""Rows of the tables of a therapy: TIACs and doses by cycle, cumulative doses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.doses.cohort import effective_doses
from dosimetry.patients.patient import WHOLE_BODY
from dosimetry.study.result_tables.statistics import with_cohort
from dosimetry.study.results import EACH, StudyResult
from dosimetry.svalues.folding import KINDS
from phantoms.regions.names import REMAINDER
from therapy.cycles.carried import CycleTiacs
from therapy.cycles.lesions import LesionCourse
from therapy.cycles.rates import CourseBed
from therapy.cycles.result import PatientTherapy, TherapyResult
from therapy.cycles.settings import MEASURED

if TYPE_CHECKING:
    import pandas as pd

NAN = float("nan")
ORGAN, LESION = "organ", "lesion"
#: First columns of every table.
WHO = ("patient", "sex", "phantom", "statistic", "n")
CONTENTS = {
    "therapy_tiac": "TIAC in h of each source region in each cycle, by what it was made, its standard error"
    " (se_h: rules as exact; u_h: with the rules' own uncertainty). Research software: not for the treatment"
    " of a patient",
    "therapy_cycles": "absorbed dose in Gy of each organ and lesion in each cycle, its share of the"
    " cumulative dose, by what it was made; se_Gy takes rules as exact, u_Gy has their own uncertainty"
    " too; cohort statistics of organs. Research software: not for the treatment of a patient",
    "therapy_cumulative": "absorbed dose in Gy of each organ and lesion over all cycles, by radiation; BED"
    " and EQD2 where constants are stated; cohort statistics of organs. Research software: not for the"
    " treatment of a patient",
    "therapy_limits": "limits in force: what is used, left, and the activity of a next cycle that would reach"
    " each (lower_MBq keeps it with 95 %); limits are statements of their sources on groups of patients."
    " Research software: not for the treatment of a patient",
    "therapy_effective_dose": "effective dose in mSv of each cycle, since [therapy] asks for it; it is not"
    " meant for therapy. Research software: not for the treatment of a patient",
}
NOT_MEANT = "effective dose is of stochastic effects in a reference person, not of therapy in a patient"
NO_SE = "standard errors of TIACs or of a scan are not known"


def who(patient: PatientTherapy) -> tuple[str, str, str, str]:
    """The first cells of a row but for n."""
    p = patient.organs.result.patient
    return p.name, p.sex, p.phantom, EACH


def counted(so_far: StudyResult) -> dict[tuple[str, str], tuple[int, str]]:
    """(patient, target) -> whether it counts in means, and why a dose is not there, as the organs' table."""
    each = so_far.organ_doses[so_far.organ_doses["statistic"] == EACH]
    columns = zip(
        each["patient"], each["target"], each["n"], each["dose_mGy_per_MBq"], each["reason"], strict=True
    )
    return {(p, t): (int(n), str(why) if d != d or not n else "") for p, t, n, d, why in columns}


def absent(so_far: StudyResult) -> set[tuple[str, str]]:
    """(patient, target) of organs that the patient has not."""
    each = so_far.organ_doses[so_far.organ_doses["statistic"] == EACH]
    return {
        (p, t)
        for p, t, d in zip(each["patient"], each["target"], each["dose_mGy_per_MBq"], strict=True)
        if d != d
    }


def _frame(columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True)))


def _reason(se: float, u: float, unstated: list[str]) -> str:
    if se != se:
        return NO_SE
    return "; ".join(unstated) if u != u else ""


def tiac_rows(result: TherapyResult) -> pd.DataFrame:
    """A row a source region, the whole body too, and cycle."""
    rows: list[tuple[Any, ...]] = []
    for patient in result.patients:
        for cycle in patient.organs.cycles:
            whole = [cycle.whole_body] if cycle.whole_body is not None else []
            for tiac in (*cycle.tiacs, *whole):
                made, factor, unstated = made_of(cycle, tiac.source)
                parts = tiac.se_parts_h
                se = u = NAN
                if parts is not None:
                    own = {k: v for k, v in parts.items() if not k.startswith("rule ")}
                    se = float(np.sqrt(sum(v * v for v in own.values())))
                    u = NAN if unstated else float(tiac.se_h or 0.0)
                reason = tiac.reason if se != se else _reason(se, u, unstated)
                rows.append(
                    (*who(patient), 1, cycle.cycle, tiac.source, tiac.value_h, se, u, factor, made, reason)
                )
    columns = ("cycle", "source", "tiac_h", "se_h", "u_h", "factor", "made_by", "reason")
    return _frame((*WHO, *columns), rows)


def made_of(cycle: CycleTiacs, source: str) -> tuple[str, float, list[str]]:
    """By what a TIAC of a cycle was made; its factor on the measured cycle's; what is not stated."""
    factor = cycle.factors.get(source)
    if factor is not None:
        return factor.words, factor.k, [factor.unstated] if factor.unstated else []
    if source == REMAINDER and cycle.whole_body is not None:
        whole = cycle.factors[WHOLE_BODY]
        rules = dict.fromkeys(f.rule for f in cycle.factors.values())
        said = MEASURED if set(rules) == {MEASURED} else "this cycle"
        words = f"whole body ({whole.words}) less the sources of {said}"
        return words, NAN, cycle.unstated()
    return "", NAN, []


def _organ_words(cycle: CycleTiacs, target: str) -> str:
    """By what the dose of a target was made: its own source, and the others."""
    words = {f.words for f in cycle.factors.values()}
    if words == {"measured in this cycle"}:
        return "measured in this cycle"
    own = cycle.factors.get(target)
    others = {f.words.partition(",")[0] for name, f in cycle.factors.items() if name != target}
    rest = f"other sources: {', '.join(sorted(others))}"
    return f"{target}: {own.words}; {rest}" if own is not None else rest


def cycle_rows(result: TherapyResult, so_far: StudyResult) -> pd.DataFrame:
    """A row an organ or lesion and cycle; under them the cohort's organs."""
    rows: list[tuple[Any, ...]] = []
    tumours: list[tuple[Any, ...]] = []
    counts, lacking = counted(so_far), absent(so_far)
    for patient in result.patients:
        organs = patient.organs
        dose, part, total = organs.dose_Gy, organs.part_Gy, organs.cumulative_Gy()
        se, u = organs.se_Gy(), organs.u_Gy()
        for i, (cycle, made) in enumerate(zip(organs.course.cycles, organs.cycles, strict=True)):
            head = (cycle.number, cycle.said_start, cycle.administered_MBq)
            notes = "; ".join(made.notes)
            for t, target in enumerate(organs.targets):
                n, why = counts.get((patient.name, target), (1, ""))
                if (patient.name, target) in lacking:
                    rows.append((*who(patient), 0, *head, ORGAN, target, *(NAN,) * 7, NAN, "", why, ""))
                    continue
                reason = "; ".join(filter(None, (why, _reason(se[i, t], u[i, t], made.unstated()))))
                each = _shares(part[i, :, t])
                share = 100.0 * dose[i, t] / total[t] if total[t] > 0 else NAN
                words = _organ_words(made, target)
                rows.append(
                    (*who(patient), n, *head, ORGAN, target, dose[i, t], se[i, t], u[i, t], share, *each,
                     1000.0 * dose[i, t] / cycle.administered_MBq, words, reason, notes)
                )  # fmt: skip
        for lesion in patient.lesions:
            dose_l, part_l, total_l = lesion.dose_Gy, lesion.part_Gy, lesion.cumulative_Gy()
            se_l, u_l = lesion.se_Gy(), lesion.u_Gy()
            for i, (cycle, by) in enumerate(zip(lesion.course.cycles, lesion.cycles, strict=True)):
                head = (cycle.number, cycle.said_start, cycle.administered_MBq)
                reason = _reason(se_l[i], u_l[i], [by.unstated] if by.unstated else [])
                tumours.append(
                    (*who(patient), 1, *head, LESION, lesion.dose.lesion, dose_l[i], se_l[i], u_l[i],
                     100.0 * dose_l[i] / total_l, *_shares(part_l[i]),
                     1000.0 * dose_l[i] / cycle.administered_MBq, by.words, reason,
                     "mass as in the measured cycle")
                )  # fmt: skip
    columns = (
        *WHO, "cycle", "start", "administered_MBq", "kind", "target", "dose_Gy", "se_Gy", "u_Gy",
        "share_percent", "photon_percent", "electron_percent", "alpha_percent", "dose_mGy_per_MBq", "made_by",
        "reason", "note",
    )  # fmt: skip
    return _with_cohort(rows, tumours, columns, ("cycle", "kind", "target"), result)


def _shares(part: np.ndarray) -> tuple[float, ...]:
    """Shares of the kinds of radiation, %."""
    total = float(part.sum())
    return tuple(100.0 * float(p) / total if total > 0 else NAN for p in part)


def _with_cohort(
    rows: list[tuple[Any, ...]],
    lesions: list[tuple[Any, ...]],
    columns: tuple[str, ...],
    keys: tuple[str, ...],
    result: TherapyResult,
) -> pd.DataFrame:
    """The patients' rows, lesions among them, and the cohort's of organs where there are several."""
    import pandas as pd

    every = _frame(columns, [*rows, *lesions])
    order = {p.name: i for i, p in enumerate(result.patients)}
    if len(order) > 1:
        frame = _frame(columns, rows)
        cohort = with_cohort(frame, keys, "dose_Gy").iloc[len(frame) :]
        every = pd.concat([every, cohort], ignore_index=True)
    place = every["patient"].map(lambda name: order.get(name, len(order)))
    return every.loc[place.sort_values(kind="stable").index].reset_index(drop=True)


def cumulative_rows(result: TherapyResult, so_far: StudyResult) -> pd.DataFrame:
    """A row an organ or lesion over all cycles; under them the cohort's organs."""
    rows: list[tuple[Any, ...]] = []
    tumours: list[tuple[Any, ...]] = []
    counts, lacking = counted(so_far), absent(so_far)
    for patient in result.patients:
        organs = patient.organs
        head = (len(organs.course.cycles), organs.course.administered_MBq)
        dose, part = organs.cumulative_Gy(), organs.part_Gy.sum(axis=0)
        se, u = organs.cumulative_se_Gy(), organs.cumulative_u_Gy()
        for t, target in enumerate(organs.targets):
            n, why = counts.get((patient.name, target), (1, ""))
            if (patient.name, target) in lacking:
                rows.append((*who(patient), 0, *head, ORGAN, target, *(NAN,) * 6, *_bed(None), why, ""))
                continue
            of = patient.beds.get(target)
            reasons = (why, _reason(se[t], u[t], organs.unstated()), of.reason if of else "")
            rows.append(
                (*who(patient), n, *head, ORGAN, target, dose[t], se[t], u[t], *part[:, t], *_bed(of),
                 "; ".join(filter(None, reasons)), "; ".join(of.notes) if of else "")
            )  # fmt: skip
        for lesion in patient.lesions:
            name = lesion.dose.lesion
            of = patient.lesion_beds.get(name)
            one, other = lesion.cumulative_se_Gy(), lesion.cumulative_u_Gy()
            unstated = list(dict.fromkeys(c.unstated for c in lesion.cycles if c.unstated))
            reasons = ("", _reason(one, other, unstated), of.reason if of else "")
            tumours.append(
                (*who(patient), 1, *head, LESION, name, lesion.cumulative_Gy(), one, other,
                 *lesion.part_Gy.sum(axis=0), *_bed(of), "; ".join(filter(None, reasons)),
                 "; ".join((*_not_in_u(lesion), *(of.notes if of else ()))))
            )  # fmt: skip
    columns = (
        *WHO, "cycles", "administered_MBq", "kind", "target", "dose_Gy", "se_Gy", "u_Gy",
        *(f"{kind}_part_Gy" for kind in KINDS), "bed_Gy", "u_bed_Gy", "eqd2_Gy", "alpha_beta_Gy",
        "repair_half_time_h", "reason", "note",
    )  # fmt: skip
    frame = _with_cohort(rows, tumours, columns, ("kind", "target"), result)
    rbe = result.settings.rbe_alpha
    if rbe is not None:
        part = {kind: frame[f"{kind}_part_Gy"] for kind in KINDS}
        weighted = sum(part[kind] * (rbe if kind == "alpha" else 1.0) for kind in KINDS)
        frame.insert(list(frame.columns).index("bed_Gy"), "rbe_weighted_Gy", weighted)
        frame.insert(list(frame.columns).index("bed_Gy"), "rbe_alpha", rbe)
    return frame


def _not_in_u(lesion: LesionCourse) -> tuple[str, ...]:
    """What makes a lesion's dose uncertain and is in no number."""
    unknown = lesion.dose.unknown_shares
    return (f"not in u: {', '.join(unknown)}",) if unknown else ()


def limit_rows(result: TherapyResult) -> pd.DataFrame:
    """A row a patient and limit: what is used of it, what is left, which activity would reach it."""
    rows: list[tuple[Any, ...]] = []
    for patient in result.patients:
        activities = [r.room.activity_MBq for r in patient.rooms if r.room is not None]
        for one in patient.rooms:
            limit, room = one.limit, one.room
            head = (*who(patient), 1, limit.name, limit.organ, limit.quantity, limit.value_Gy)
            made_like = f"per MBq as cycle {one.like}"
            said = (limit.source, limit.checked)
            if room is None:
                rows.append((*head, *(NAN,) * 7, "", made_like, *said, one.reason, one.note))
                continue
            known = room.u_used_Gy is not None and room.u_activity_MBq is not None
            reason = room.reason or ("" if known else "; ".join(patient.organs.unstated()) or NO_SE)
            first = "yes" if room.activity_MBq == min(activities) else "no"
            numbers = (
                room.used_Gy, _or_nan(room.u_used_Gy), room.left_Gy, 100.0 * room.left_Gy / limit.value_Gy,
                room.activity_MBq, _or_nan(room.u_activity_MBq), _or_nan(room.lower_MBq),
            )  # fmt: skip
            note = "; ".join(filter(None, (f"lower_MBq keeps the limit with {room.kept_with:.0%}", one.note)))
            rows.append((*head, *numbers, first, made_like, *said, reason, note))
    columns = (
        *WHO, "limit", "target", "quantity", "limit_Gy", "used_Gy", "u_used_Gy", "left_Gy", "left_percent",
        "next_MBq", "u_next_MBq", "lower_MBq", "reached_first", "next_cycle", "source", "checked", "reason",
        "note",
    )  # fmt: skip
    return _frame(columns, rows)


def effective_rows(result: TherapyResult, so_far: StudyResult) -> pd.DataFrame:
    """Effective dose of each cycle by the study's weight sets, where the section asks for it."""
    rows: list[tuple[Any, ...]] = []
    for weights in so_far.settings.effective_dose:
        for patient in result.patients:
            values, errors = effective_doses(patient.organs.doses, weights)
            for cycle, value, se in zip(patient.organs.course.cycles, values, errors, strict=True):
                activity = cycle.administered_MBq
                rows.append(
                    (*who(patient), 1, cycle.number, activity, weights, float(value) * activity,
                     float(se) * activity, NOT_MEANT)
                )  # fmt: skip
    columns = (
        "cycle", "administered_MBq", "weights", "effective_dose_mSv", "se_from_tiac_mSv", "note"
    )  # fmt: skip
    return _frame((*WHO, *columns), rows)


def _or_nan(value: float | None) -> float:
    return NAN if value is None else value


def _bed(of: CourseBed | None) -> tuple[float, float, float, float, float]:
    """BED, its uncertainty, EQD2 and the constants."""
    if of is None:
        return (NAN,) * 5
    constants = of.tissue.alpha_beta_Gy, of.tissue.repair_half_time_h
    if of.bed is None:
        return (NAN, NAN, NAN, *constants)
    return of.bed.bed_Gy, of.u_bed_Gy, of.bed.eqd2_Gy, *constants
