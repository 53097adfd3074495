"""Make the tables of this example: a SIMULATED course of 177Lu-DOTATATE, four cycles, and its true doses.

    python make_data.py [folder]

One patient is drawn from the true values below. Cycle 1 is imaged four times, cycles 2 to 4 once. From cycle
to cycle the uptake and the half-life of each region change a little, as they do in patients: the rules by
which later cycles are carried over are not exact here, and truth.csv has what they should find. Values carry
a Gaussian noise; the seed is fixed, so that the tables come out the same each time.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

SEED = 177
NOTICE = "# SIMULATED DATA: no patient was measured; made by make_data.py, all true values are chosen"
PHYSICAL_HALF_LIFE_H = 159.528  # ICRP 107
PATIENT = "P01"

STARTS = ["2026-01-12T10:00", "2026-03-09T10:30", "2026-05-04T09:45", "2026-06-29T10:15"]
ADMINISTERED_MBQ = [7400.0, 7350.0, 7420.0, 7380.0]
SCANS_H = [4.0, 24.0, 96.0, 168.0]  # cycle 1
LATE_SCAN_H = [96.0, 94.0, 98.0]  # cycles 2 to 4
PROBE_H = [0.5, 2.0, 4.0, 24.0, 96.0, 168.0]
BLOOD_H = [0.25, 0.75, 2.0, 4.0, 24.0, 72.0, 120.0]

#: region -> mass in g; share of the administered activity at time 0, by extrapolation; effective half-life in
#: h; what share and half-life are multiplied by in cycles 1 to 4
ORGANS = {
    "kidneys": (310.0, 0.0300, 51.0, (1.0, 0.97, 0.94, 0.93), (1.0, 1.02, 0.99, 1.03)),
    "liver": (1750.0, 0.0620, 72.0, (1.0, 0.96, 0.98, 0.95), (1.0, 1.01, 1.02, 0.98)),
    "spleen": (190.0, 0.0220, 66.0, (1.0, 0.92, 0.90, 0.87), (1.0, 0.98, 1.01, 1.00)),
}
#: lesion -> site, organ that it lies in, volume in mL; share; half-life; factors by cycle
LESIONS = {
    "L1": ("liver", "liver", 24.0, 0.0085, 98.0, (1.0, 0.82, 0.70, 0.62), (1.0, 0.98, 0.95, 0.94)),
    "L2": ("liver", "liver", 9.0, 0.0030, 92.0, (1.0, 0.86, 0.77, 0.70), (1.0, 1.00, 0.97, 0.96)),
    "L3": ("pancreas", "pancreas", 15.0, 0.0060, 105.0, (1.0, 0.78, 0.63, 0.52), (1.0, 0.97, 0.96, 0.93)),
}
#: whole body and serum, fast and slow: share of the administered activity (per L of serum), effective
#: half-life in h
WHOLE_BODY = ((0.80, 6.5), (0.20, 72.0))
SERUM_PER_L = ((0.200, 1.3), (0.0085, 32.0))
ORGAN_DENSITY = 1.04  # g/mL
LESION_DENSITY = 1.04

ORGAN_NOISE, LESION_NOISE, PROBE_NOISE, BLOOD_NOISE = 0.04, 0.06, 0.01, 0.03


def organ_kBq_per_mL(name: str, cycle: int, time_h: float) -> float:
    """True concentration in an organ, as counted."""
    mass_g, share, half_life_h, of_share, of_half_life = ORGANS[name]
    left = 2.0 ** (-time_h / (half_life_h * of_half_life[cycle]))
    activity_MBq = ADMINISTERED_MBQ[cycle] * share * of_share[cycle] * left
    return 1000.0 * activity_MBq / (mass_g / ORGAN_DENSITY)


def lesion_MBq(name: str, cycle: int, time_h: float) -> float:
    """True activity in a lesion, as counted."""
    _, _, _, share, half_life_h, of_share, of_half_life = LESIONS[name]
    left = 2.0 ** (-time_h / (half_life_h * of_half_life[cycle]))
    return ADMINISTERED_MBQ[cycle] * share * of_share[cycle] * left


def percent(parts: tuple[tuple[float, float], ...], time_h: float) -> float:
    """A sum of exponentials in per cent."""
    return 100.0 * sum(share * 2.0 ** (-time_h / half_life_h) for share, half_life_h in parts)


def true_tiac_h(share: float, half_life_h: float) -> float:
    """TIAC of one exponential."""
    return share * half_life_h / np.log(2.0)


def noisy(rng: np.random.Generator, value: float, relative: float) -> tuple[float, float]:
    """A measured value, rounded to four digits, and its standard deviation."""
    measured = float(f"{value * (1.0 + relative * rng.standard_normal()):.4g}")
    return measured, float(f"{measured * relative:.3g}")


def write(path: Path, header: list[str], rows: list[list[object]]) -> None:
    """A table with the notice above its header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"{NOTICE}\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main(folder: Path) -> None:
    """Write all tables."""
    rng = np.random.default_rng(SEED)
    folder.mkdir(parents=True, exist_ok=True)
    write(
        folder / "patients.csv",
        ["patient", "sex", "age_y", "body_mass_kg", "height_cm", "administered_MBq", "haematocrit"],
        [[PATIENT, "male", 61, 78.0, 176, ADMINISTERED_MBQ[0], 0.40]],
    )
    cycles = zip(STARTS, ADMINISTERED_MBQ, strict=True)
    write(
        folder / "cycles.csv",
        ["patient", "cycle", "start", "administered_MBq"],
        [[PATIENT, i, start, activity] for i, (start, activity) in enumerate(cycles, 1)],
    )
    write(
        folder / "masses.csv",
        ["patient", "organ", "mass_g"],
        [[PATIENT, name, values[0]] for name, values in ORGANS.items()],
    )
    probe = [(t, *noisy(rng, percent(WHOLE_BODY, t), PROBE_NOISE)) for t in PROBE_H]
    write(
        folder / "whole_body.csv",
        ["patient", "time_h", "percent_ia", "sd_percent_ia"],
        [[PATIENT, *row] for row in probe],
    )
    blood = [(t, *noisy(rng, percent(SERUM_PER_L, t), BLOOD_NOISE)) for t in BLOOD_H]
    write(
        folder / "serum.csv",
        ["patient", "time_h", "percent_ia_per_L", "sd_percent_ia_per_L"],
        [[PATIENT, *row] for row in blood],
    )
    organs = [
        [PATIENT, name, t, *noisy(rng, organ_kBq_per_mL(name, 0, t), ORGAN_NOISE), "kBq/mL"]
        for name in ORGANS
        for t in SCANS_H
    ]
    write(folder / "organs.csv", ["patient", "organ", "time_h", "value", "sd", "unit"], organs)
    late: list[list[object]] = []
    of_lesions = np.random.default_rng([SEED, 1])
    for cycle, t in enumerate(LATE_SCAN_H, 1):
        for name in ORGANS:
            value, sd = noisy(rng, organ_kBq_per_mL(name, cycle, t), ORGAN_NOISE)
            late.append([PATIENT, cycle + 1, name, "", t, value, sd, "kBq/mL"])
        for name in LESIONS:
            volume_mL = LESIONS[name][2]
            value, sd = noisy(of_lesions, 1000.0 * lesion_MBq(name, cycle, t) / volume_mL, LESION_NOISE)
            late.append([PATIENT, cycle + 1, "", name, t, value, sd, "kBq/mL"])
    header = ["patient", "cycle", "organ", "lesion", "time_h", "value", "sd", "unit"]
    write(folder / "later_scans.csv", header, late)
    lesions = [
        [PATIENT, name, site, organ, t, *noisy(of_lesions, lesion_MBq(name, 0, t), LESION_NOISE), volume_mL,
         round(0.1 * volume_mL, 1), LESION_DENSITY]
        for name, (site, organ, volume_mL, *_) in LESIONS.items()
        for t in SCANS_H
    ]  # fmt: skip
    header = ["patient", "lesion", "site", "organ", "time_h", "activity_MBq", "sd_activity_MBq"]
    write(folder / "lesions.csv", [*header, "volume_mL", "sd_volume_mL", "density_g_per_cm3"], lesions)
    write(folder / "truth.csv", ["region", "cycle", "tiac_h"], true_tiacs())


def true_tiacs() -> list[list[object]]:
    """TIAC by region and cycle, h, to six digits."""
    found: list[list[object]] = []
    for name, (_, share, half_life_h, of_share, of_half_life) in ORGANS.items():
        for i in range(4):
            value = true_tiac_h(share * of_share[i], half_life_h * of_half_life[i])
            found.append([name, i + 1, f"{value:.6g}"])
    for name, (_, _, _, share, half_life_h, of_share, of_half_life) in LESIONS.items():
        for i in range(4):
            value = true_tiac_h(share * of_share[i], half_life_h * of_half_life[i])
            found.append([name, i + 1, f"{value:.6g}"])
    whole = sum(true_tiac_h(share, half_life_h) for share, half_life_h in WHOLE_BODY)
    serum = sum(true_tiac_h(share, half_life_h) for share, half_life_h in SERUM_PER_L)
    found += [["whole body", i + 1, f"{whole:.6g}"] for i in range(4)]
    found += [["serum, h/L", i + 1, f"{serum:.6g}"] for i in range(4)]
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
