"""Whether results are finite and plausible: energy is conserved, decays are not more than there are."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dosimetry import nuclide
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.patients.results import PatientResult
from dosimetry.study.uncertainty.study_budget import StudyBudget
from kinetics.excretion.inflow import MOST_SHARE
from phantoms import load_phantom

#: mGy kg of a MeV in each decay of a MBq in an hour.
MGY_KG_PER_MEV_MBQ_H = 3600 * 1e6 * 1.602176634e-13 * 1e3
#: MeV per decay that no chain of daughters exceeds.
WITH_DAUGHTERS_MEV = 60.0
#: What noise of a fit, the rounding of printed SAFs and the program's own margin for TIACs may add.
TIAC_MARGIN, ENERGY_MARGIN = 1.5, 1.1


@cache
def _masses(body: str) -> dict[str, float]:
    return dict(load_phantom(body).target_mass_kg)


def wrong_results(results: Sequence[PatientResult], n: Nuclide, daughters: str) -> str:
    """What is implausible in the results of patients; "" where nothing is."""
    for r in results:
        tiacs = {t.source: t.value_h for t in r.sources.tiacs}
        if not all(math.isfinite(v) and v >= 0 for v in tiacs.values()):
            return f"TIACs {tiacs}"
        if sum(tiacs.values()) > TIAC_MARGIN * n.half_life_h / math.log(2):
            return f"sum of TIACs {sum(tiacs.values()):g} h"
        doses = dict(r.doses)
        own = dict(r.doses.organ_mass_kg)
        energy = WITH_DAUGHTERS_MEV if daughters == "equilibrium" else sum(n.energy_per_decay_MeV.values())
        body_kg = r.doses.body_mass_kg
        if problem := wrong_doses(doses, sum(tiacs.values()), energy, r.doses.body, own, body_kg):
            return f"{r.patient.name}: {problem}"
        for weights, (value, se) in r.effective.items():
            if not (math.isfinite(value) and value >= 0) or (se is not None and not math.isfinite(se)):
                return f"effective dose by {weights}: {value} +- {se}"
    return ""


def wrong_budgets(budget: StudyBudget) -> str:
    """What is implausible in the uncertainties of patients; "" where nothing is."""
    table, shares = budget.uncertainty, budget.shares
    for _, row in table[table["statistic"] == "value"].iterrows():
        where = f"{row['patient']}: {row['quantity']} of {row['of']}"
        if math.isnan(row["value"]):
            if not row["reason"]:
                return f"{where}: no value and no reason"
            continue
        if not (math.isfinite(row["u"]) and 0 <= row["u_without_patient_and_phantom"] <= row["u"]):
            return f"{where}: u is {row['u']}, without what is apart {row['u_without_patient_and_phantom']}"
        if not 0 <= row["low"] <= row["value"] <= row["high"] < math.inf:
            return f"{where}: {row['value']} is not within {row['low']} to {row['high']}"
    each = shares[[c for c in shares if c.endswith("(%)")]]
    wrong = (each.sum(axis=1, min_count=1) - 100.0).abs() > 1e-6
    if wrong.any() or (each < 0).any(axis=None):
        return f"shares of {shares[wrong].iloc[0]['of'] if wrong.any() else 'some'}: not 100 %, or below 0"
    return ""


def wrong_doses(
    dose_mGy_per_MBq: Mapping[str, float],
    tiac_h: float,
    energy_MeV: float,
    body: str,
    own_kg: Mapping[str, float],
    body_kg: float | None,
) -> str:
    """A dose that is none, or more than all emitted energy in the target; "" where there is none."""
    masses = _masses(body)
    scale = 1.0 if body_kg is None else min(1.0, body_kg / masses["total body"])
    for target, dose in dose_mGy_per_MBq.items():
        if not (math.isfinite(dose) and dose >= 0):
            return f"dose of {target} {dose}"
        mass = min(masses[target] * scale, own_kg.get(target, math.inf))
        most = tiac_h * energy_MeV * MGY_KG_PER_MEV_MBQ_H / mass
        if dose > ENERGY_MARGIN * most:
            return f"dose of {target} {dose:g} mGy/MBq, of all energy {most:g}"
    return ""


def wrong_json(command: str, arguments: Sequence[str], text: str) -> str:
    """What is implausible in the JSON that a command printed."""
    try:
        content = json.loads(text, parse_constant=_refuse)
    except ValueError as error:
        return f"JSON: {error}"
    for where, value in _numbers(content, ""):
        if not math.isfinite(value):
            return f"{where} is {value}"
    if command == "dose":
        n = nuclide(arguments[arguments.index("--nuclide") + 1])
        energy = WITH_DAUGHTERS_MEV if "equilibrium" in arguments else sum(n.energy_per_decay_MeV.values())
        body_kg = (
            float(arguments[arguments.index("--body-mass-kg") + 1]) if "--body-mass-kg" in arguments else None
        )
        for each in content["bodies"].values() if "bodies" in content else [content]:
            doses = {row["target"]: row["dose_mGy_per_MBq"] for row in each["doses"]}
            tiac = each["tiac_h"]
            if "bodies" in content:
                tiac = next(iter(tiac.values()))
            body = each["provenance"]["phantom"]
            if problem := wrong_doses(doses, sum(tiac.values()), energy, body, {}, body_kg):
                return problem
    if command == "bladder":
        most = content["half_life_h"] / math.log(2) * MOST_SHARE
        if not 0 <= content["tiac_h"] <= most:
            return f"TIAC {content['tiac_h']:g} h, at most {most:g}"
    if command == "model":
        for each in content["bodies"].values():
            doses = {row["target"]: row["dose_mGy_per_MBq"] for row in each["doses"]}
            tiac = each["tiac_h"]
            hours = sum(sum(of_nuclide.values()) for of_nuclide in tiac.values())
            most = max(sum(nuclide(name).energy_per_decay_MeV.values()) for name in tiac)
            if problem := wrong_doses(doses, hours, most, each["provenance"]["phantom"], {}, None):
                return problem
            first = next(iter(tiac))
            if sum(tiac[first].values()) > TIAC_MARGIN * nuclide(first).half_life_h / math.log(2):
                return f"sum of TIACs of {first} {sum(tiac[first].values()):g} h"
    if command == "project":
        most = TIAC_MARGIN * nuclide(arguments[arguments.index("--nuclide") + 1]).half_life_h / math.log(2)
        for scaling in {row["scaling"] for row in content["projected_tiac"]}:
            rows = [row for row in content["projected_tiac"] if row["scaling"] == scaling]
            for body in {row["body"] for row in rows}:
                hours = sum(row["tiac_h"] for row in rows if row["body"] == body)
                if not 0 <= hours <= most:
                    return f"sum of TIACs {hours:g} h by '{scaling}' in {body}"
        for row in content["projected_doses"]:
            if row["dose_mGy_per_MBq"] is None and not row["reason"]:
                return f"no dose of {row['target']} and no reason"
    if command == "compare":
        for row in content["cohort_tests"]:
            if row["p"] is not None and not 0 <= row["p"] <= row["p_holm"] <= 1:
                return f"P {row['p']}, by Holm {row['p_holm']} of {row['quantity']}"
            if row["ratio_low"] is not None and not 0 <= row["ratio_low"] <= row["ratio"]:
                return f"interval of the ratio of {row['quantity']}"
            if None in row.values() and not row["reason"]:
                return f"an empty cell of {row['quantity']} without a reason"
    if command == "fit-cohort":
        for row in content["individuals"]:
            if row["area"] is None or not row["area"] > 0:
                return f"area {row['area']} of {row['patient']}"
            if row["low_area"] is not None and not row["low_area"] <= row["area"] <= row["high_area"]:
                return f"interval of {row['patient']}"
    if command == "fit":
        area = content["area"]
        if area is None or not area > 0:
            return f"area {area}"
    return ""


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _numbers(content: Any, where: str) -> Iterator[tuple[str, float]]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _numbers(value, f"{where}.{key}")
    elif isinstance(content, list):
        for i, value in enumerate(content):
            yield from _numbers(value, f"{where}[{i}]")
    elif isinstance(content, float):
        yield where, content


def wrong_frames(tables: Mapping[str, pd.DataFrame]) -> str:
    """What is implausible in tables of lesions: each number is finite, or missing with a reason."""
    for name, frame in tables.items():
        numbers = frame.select_dtypes("number")
        if np.isinf(numbers.to_numpy(dtype=float)).any():
            return f"{name}: infinite"
        for value in ("value", "ratio", "dose_mGy_per_MBq", "share_percent", "kappa"):
            if name.startswith("therapy") or value not in numbers or "reason" not in frame:
                continue
            if (frame["reason"][frame[value].isna()] == "").any():
                return f"{name}: {value} is missing without a reason"
        if problem := _wrong_course(name, frame):
            return problem
        for value in ("value", "ratio", "dose_mGy_per_MBq"):
            above = name in ("lesion_uptake", "lesion_ratios", "lesion_contrast", "lesion_doses")
            if above and value in numbers and (numbers[value] <= 0).any():
                return f"{name}: {value} is 0 or less"
    return ""


def _wrong_course(name: str, frame: pd.DataFrame) -> str:
    """What is implausible in a table of therapy."""
    if name not in ("therapy_tiac", "therapy_cycles", "therapy_cumulative", "therapy_limits"):
        return ""
    own = frame[frame["statistic"] == "value"]
    why = own["reason"] == ""
    for value in ("tiac_h", "dose_Gy", "used_Gy", "left_Gy", "next_MBq", "bed_Gy"):
        if value in own and (own[value] < 0).any():
            return f"{name}: {value} below 0"
        if value in own and value != "bed_Gy" and (own[value].isna() & why).any():
            return f"{name}: {value} is missing without a reason"
    if name == "therapy_cumulative":
        parts = own[["photon_part_Gy", "electron_part_Gy", "alpha_part_Gy"]].sum(axis=1)
        known = own["dose_Gy"].notna()
        if not np.allclose(parts[known], own["dose_Gy"][known], rtol=1e-9, atol=0.0):
            return f"{name}: parts are not the dose"
        bed = own["bed_Gy"].notna()
        if (own["bed_Gy"][bed] < own["dose_Gy"][bed] * (1 - 1e-12)).any():
            return f"{name}: BED below dose"
        if ("repair_half_time_h" in own) and (
            own["bed_Gy"].isna() & own["alpha_beta_Gy"].notna() & why
        ).any():
            return f"{name}: no BED and no reason"
    if name == "therapy_limits":
        known = own["lower_MBq"].notna() & own["next_MBq"].notna()
        if (own["lower_MBq"][known] > own["next_MBq"][known] * (1 + 1e-9)).any():
            return f"{name}: lower_MBq above next_MBq"
    return ""


def wrong_folder(folder: Path, *, archive: bool = True) -> str:
    """What is implausible in a folder of results."""
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as f:
            for row in csv.DictReader(f):
                for column, cell in row.items():
                    if cell.strip("+-").lower() in ("nan", "inf", "infinity"):
                        return f"{path.name}: {column} is {cell}"
                value = next((c for c in ("tiac_h", "dose_mGy_per_MBq") if c in row), None)
                if value and not row[value] and not row.get("reason") and row.get("statistic") == "value":
                    return f"{path.name}: {value} of {row['patient']} is empty without a reason"
    return "" if not archive or (folder / "results.h5").is_file() else "no results.h5"
