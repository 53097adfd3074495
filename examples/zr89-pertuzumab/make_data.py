"""Make the tables of this example: six SIMULATED patients after 89Zr-ss-pertuzumab.

    python make_data.py [folder]

No patient's raw curves are public, nor was the published clearance at hand. The design is that of Yeh et al.
(J Nucl Med 2024;65:386-393): five women and one man, their ages, activities and antibody masses, the times
of scans and samples, kidneys whose uptake rises while that of all other organs falls, a region of the whole
gut. Clearance and contents are this script's own choice, such that the doses come near the published ones.
Counts carry Poisson noise, organ concentrations a Gaussian noise of 5 %. The seed is fixed: the tables come
out the same each time.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

SEED = 2024
NOTICE = "# SIMULATED DATA: no patient was measured; made by make_data.py, clearance and contents are chosen"

PHYSICAL_HALF_LIFE_H = 78.41
SEXES = ["female", "female", "male", "female", "female", "female"]

# Yeh 2024: median 51 years (41 to 69), mean 73.1 MBq (70.7 to 74.4), 19.1 +- 0.375 mg
AGE_Y = [47, 69, 54, 41, 48, 60]
ADMINISTERED_MBQ = [73.6, 70.7, 74.1, 72.5, 73.3, 74.4]
MASS_DOSE_MG = (19.1, 0.375)  # mean, SD
SERUM_AFTER_INFUSION_H = (0.5, 1.0, 2.0)  # one before it too, and one with each scan
SCANS_D = ((0.9, 1.1), (3.0, 4.0), (5.0, 8.0))

# this script's own choices; (median or mean, spread between patients as SD of the logarithm)
WHOLE_BODY_BIOLOGIC_HALF_LIFE_H = (200.0, 0.08)
SERUM_BETA_BIOLOGIC_HALF_LIFE_H = (135.0, 0.12)
SERUM_ALPHA_BIOLOGIC_HALF_LIFE_H = (11.0, 0.10)
SERUM_ALPHA_SHARE = 0.42  # of the serum concentration at time 0
PLASMA_FRACTION_AT_TIME_0 = (0.97, 0.05)
PLASMA_VOLUME_L_PER_KG = 0.038
BODY_MASS_KG = {"male": (82.0, 8.0), "female": (64.0, 5.0)}  # mean, SD
HEIGHT_CM = {"male": (177.0, 6.0), "female": (163.0, 5.0)}
HAEMATOCRIT = {"male": (0.41, 0.02), "female": (0.37, 0.02)}
ORGAN_MASS_G = {  # Cristy & Eckerman 1987: adult male, and the 15-year body for the adult female
    "male": {"liver": 1910.0, "kidneys": 299.0, "spleen": 183.0, "lungs": 1000.0},
    "female": {"liver": 1400.0, "kidneys": 248.0, "spleen": 123.0, "lungs": 651.0},
}
DENSITY_G_PER_ML = {"liver": 1.04, "kidneys": 1.04, "spleen": 1.04, "lungs": 0.296}
#: decay-corrected concentration, as content of the woman's organ: level + change x 2^(-t / half-life). Organs
#: keep what they catabolise and lose what is in their blood; kidneys gain fragments. Spread: SD of logarithms
ORGAN_CONTENT = {
    "liver": {"level": 0.092, "change": 0.036, "half_life_h": 90.0, "spread": 0.16},
    "kidneys": {"level": 0.0380, "change": -0.0190, "half_life_h": 90.0, "spread": 0.26},
    "spleen": {"level": 0.0046, "change": 0.0036, "half_life_h": 80.0, "spread": 0.20},
    "lungs": {"level": 0.028, "change": 0.046, "half_life_h": 80.0, "spread": 0.15},
}
#: whole gut in two patients, of the administered activity: what came by bile less what went on
GUT = {"patients": ("P02", "P05"), "bile": 0.060, "in_h": 150.0, "out_h": 45.0}

# instruments
PROBE_COUNTS_PER_S_PER_MBQ = {"anterior": 2.6, "posterior": 2.2}  # NaI(Tl) probe at 3 m
PROBE_BACKGROUND_PER_S = 15.0
PROBE_LIVE_TIME_S = 120
COUNTER_COUNTS_PER_S_PER_KBQ = 320.0
COUNTER_BACKGROUND_PER_S = 1.5
COUNTER_LIVE_TIME_S = 120
COUNTER_DELAY_H = 6.0  # samples and standard are counted together, this long after the last sample
SAMPLE_VOLUME_ML = 0.2
STANDARD_SHARE = 1e-4  # of the administered activity
VOI_NOISE = 0.05

#: Expected order statistics of six normal values, scaled to an SD (n - 1) of 1.
SCORES = np.array([-1.2672, -0.6418, -0.2015, 0.2015, 0.6418, 1.2672]) / 0.90737


def remaining(time_h: float | np.ndarray) -> np.ndarray:
    """Fraction that has not decayed."""
    return np.exp2(-np.asarray(time_h) / PHYSICAL_HALF_LIFE_H)


def spread(rng: np.random.Generator, median: float, log_sd: float) -> np.ndarray:
    """Six values with this median and SD of the logarithm, in the order of chance."""
    return rng.permutation(median * np.exp(log_sd * SCORES))


def gut_content(time_h: float) -> float:
    """Decay-corrected content of the gut: bile comes with one half-life and goes on with another."""
    come, go = np.log(2) / GUT["in_h"], np.log(2) / GUT["out_h"]
    return float(GUT["bile"] * come / (go - come) * (np.exp(-come * time_h) - np.exp(-go * time_h)))


def tables() -> dict[str, tuple[list[str], list[list[object]]]]:
    """Header and rows of each table, by file name."""
    rng = np.random.default_rng(SEED)
    whole_body_h = spread(rng, *WHOLE_BODY_BIOLOGIC_HALF_LIFE_H)
    alpha_h = spread(rng, *SERUM_ALPHA_BIOLOGIC_HALF_LIFE_H)
    beta_h = spread(rng, *SERUM_BETA_BIOLOGIC_HALF_LIFE_H)
    plasma = spread(rng, *PLASMA_FRACTION_AT_TIME_0)
    factors = {organ: spread(rng, 1.0, content["spread"]) for organ, content in ORGAN_CONTENT.items()}
    antibody_mg = MASS_DOSE_MG[0] + MASS_DOSE_MG[1] * rng.permutation(SCORES)
    patients: list[list[object]] = []
    probe: list[list[object]] = []
    serum: list[list[object]] = []
    organs: list[list[object]] = []
    for i, sex in enumerate(SEXES):
        name = f"P{i + 1:02d}"
        administered = ADMINISTERED_MBQ[i]
        mass_kg = round(float(rng.normal(*BODY_MASS_KG[sex])), 1)
        height_cm = round(float(rng.normal(*HEIGHT_CM[sex])))
        haematocrit = round(float(rng.normal(*HAEMATOCRIT[sex])), 2)
        patients.append(
            [name, sex, AGE_Y[i], mass_kg, height_cm, administered, f"{antibody_mg[i]:.1f}", haematocrit]
        )
        scan_h = np.round([24 * rng.uniform(*days) for days in SCANS_D], 1)
        probe += whole_body_rows(rng, name, administered, whole_body_h[i], scan_h)
        concentration = plasma[i] / (PLASMA_VOLUME_L_PER_KG * mass_kg)
        serum += serum_rows(rng, name, administered, concentration, (alpha_h[i], beta_h[i]), scan_h)
        own = {organ: float(values[i]) for organ, values in factors.items()}
        organs += organ_rows(rng, name, sex, administered, own, scan_h)
    return {
        "patients.csv": (
            ["patient", "sex", "age_y", "body_mass_kg", "height_cm", "administered_MBq", "mass_dose_mg",
             "haematocrit"],
            patients,
        ),
        "whole_body.csv": (
            ["patient", "time_h", "anterior_counts", "posterior_counts", "live_time_s",
             "background_counts", "background_live_time_s"],
            probe,
        ),
        "serum.csv": (
            ["patient", "time_h", "sample_counts", "live_time_s", "sample_volume_mL", "background_counts",
             "background_live_time_s", "standard_counts", "standard_live_time_s", "standard_activity_kBq"],
            serum,
        ),
        "organs.csv": (["patient", "organ", "time_h", "value", "sd", "unit"], organs),
    }  # fmt: skip


def whole_body_rows(
    rng: np.random.Generator, name: str, administered_MBq: float, biologic_h: float, scan_h: np.ndarray
) -> list[list[object]]:
    """Probe counts: right after infusion, after the first voiding, and on each scan day."""
    rows: list[list[object]] = []
    for t in [0.1, 1.5, *scan_h]:
        activity = administered_MBq * np.exp2(-t / biologic_h) * remaining(t)
        gross = [
            rng.poisson((activity * s + PROBE_BACKGROUND_PER_S) * PROBE_LIVE_TIME_S)
            for s in PROBE_COUNTS_PER_S_PER_MBQ.values()
        ]
        background = rng.poisson(PROBE_BACKGROUND_PER_S * PROBE_LIVE_TIME_S)
        rows.append([name, f"{t:g}", *gross, PROBE_LIVE_TIME_S, background, PROBE_LIVE_TIME_S])
    return rows


def serum_rows(
    rng: np.random.Generator,
    name: str,
    administered_MBq: float,
    concentration_per_L: float,
    half_lives_h: tuple[float, float],
    scan_h: np.ndarray,
) -> list[list[object]]:
    """Six serum samples, counted in one run with a standard; the one before infusion is the background."""
    rows: list[list[object]] = []
    times = [*SERUM_AFTER_INFUSION_H, *scan_h]
    decay = remaining(times[-1] + COUNTER_DELAY_H)
    per_kBq = COUNTER_COUNTS_PER_S_PER_KBQ * COUNTER_LIVE_TIME_S
    background_counts = COUNTER_BACKGROUND_PER_S * COUNTER_LIVE_TIME_S
    before_infusion = rng.poisson(background_counts)
    standard_kBq = administered_MBq * 1000 * STANDARD_SHARE
    standard = rng.poisson(standard_kBq * decay * per_kBq + background_counts)
    for t in times:
        fast, slow = (np.exp2(-t / h) for h in half_lives_h)
        per_L = concentration_per_L * (SERUM_ALPHA_SHARE * fast + (1 - SERUM_ALPHA_SHARE) * slow)
        kBq = administered_MBq * per_L * SAMPLE_VOLUME_ML * decay
        counts = rng.poisson(kBq * per_kBq + background_counts)
        rows.append(
            [name, f"{t:g}", counts, COUNTER_LIVE_TIME_S, SAMPLE_VOLUME_ML, before_infusion,
             COUNTER_LIVE_TIME_S, standard, COUNTER_LIVE_TIME_S, f"{standard_kBq:.4g}"]
        )  # fmt: skip
    return rows


def organ_rows(
    rng: np.random.Generator,
    name: str,
    sex: str,
    administered_MBq: float,
    factor: dict[str, float],
    scan_h: np.ndarray,
) -> list[list[object]]:
    """Activity concentrations in volumes of interest, not decay-corrected, and the whole gut in %IA."""
    rows: list[list[object]] = []
    for organ, content in ORGAN_CONTENT.items():
        for t in scan_h:
            changing = content["change"] * np.exp2(-t / content["half_life_h"])
            fraction = factor[organ] * (content["level"] + changing) * remaining(t)
            kBq_per_g = administered_MBq * 1000 * fraction / ORGAN_MASS_G[sex][organ]
            true = kBq_per_g * DENSITY_G_PER_ML[organ]
            seen = true * (1 + rng.normal(0, VOI_NOISE))
            rows.append([name, organ, f"{t:g}", f"{seen:.4g}", f"{VOI_NOISE * seen:.2g}", "kBq/mL"])
    if name in GUT["patients"]:
        for t in scan_h:
            seen = 100 * gut_content(t) * remaining(t) * (1 + rng.normal(0, VOI_NOISE))
            rows.append([name, "whole gut", f"{t:g}", f"{seen:.4g}", f"{VOI_NOISE * seen:.2g}", "%IA"])
    return rows


def main(folder: Path) -> None:
    """Write the tables."""
    for file, (header, rows) in tables().items():
        with (folder / file).open("w", newline="", encoding="utf-8") as f:
            f.write(NOTICE + "\n")
            writer = csv.writer(f, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
