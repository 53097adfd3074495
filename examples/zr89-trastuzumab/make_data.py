"""Make the tables of this example: ten SIMULATED patients after 89Zr-trastuzumab.

    python make_data.py [folder]

No patient's raw curves are public, so these are drawn from what is: the clearance that O'Donoghue et
al. published for ten patients (J Nucl Med 2018;59:161-166, abstract; medians and ranges below), their
sampling times, and organ contents chosen so that the time-integrated activity coefficients are
physiological (liver about 12 h, lungs 4 h, kidneys and spleen about 1 h) and the doses of those organs
near the published ones. Counts carry Poisson noise, organ concentrations a Gaussian noise of 5 %. The
seed is fixed: the tables come out the same each time.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

SEED = 2018
NOTICE = "# SIMULATED DATA: no patient was measured; made by make_data.py from published clearance"

PHYSICAL_HALF_LIFE_H = 78.41
SEXES = ["male"] * 8 + ["female"] * 2

# O'Donoghue 2018, abstract: minimum, median, maximum over the ten patients
WHOLE_BODY_BIOLOGIC_HALF_LIFE_H = (257.0, 370.0, 578.0)
SERUM_BETA_BIOLOGIC_HALF_LIFE_H = (78.0, 111.0, 193.0)
PLASMA_FRACTION_AT_END_OF_INFUSION = (0.78, 1.02, 1.13)

# this script's own choices
SERUM_ALPHA_BIOLOGIC_HALF_LIFE_H = 9.0
SERUM_ALPHA_SHARE = 0.40  # of the serum concentration at time 0
PLASMA_VOLUME_L_PER_KG = 0.038
BODY_MASS_KG = {"male": (78.0, 11.0), "female": (63.0, 8.0)}  # mean, SD
HEIGHT_CM = {"male": (175.0, 6.0), "female": (163.0, 5.0)}
HAEMATOCRIT = {"male": (0.40, 0.03), "female": (0.37, 0.02)}
ADMINISTERED_MBQ = (184.0, 3.0)
ORGAN_MASS_G = {  # Cristy & Eckerman 1987: adult male, and the 15-year body for the adult female
    "male": {"liver": 1910.0, "kidneys": 299.0, "spleen": 183.0, "lungs": 1000.0},
    "female": {"liver": 1400.0, "kidneys": 248.0, "spleen": 123.0, "lungs": 651.0},
}
DENSITY_G_PER_ML = {"liver": 1.04, "kidneys": 1.04, "spleen": 1.04, "lungs": 0.296}
#: decay-corrected content: retained + passing x 2^(-t / half-life); spread between patients (log SD)
ORGAN_CONTENT = {
    "liver": {"retained": 0.073, "passing": 0.038, "half_life_h": 100.0, "spread": 0.17},
    "kidneys": {"retained": 0.0080, "passing": 0.0058, "half_life_h": 80.0, "spread": 0.22},
    "spleen": {"retained": 0.0048, "passing": 0.0045, "half_life_h": 80.0, "spread": 0.22},
    "lungs": {"retained": 0.019, "passing": 0.028, "half_life_h": 90.0, "spread": 0.20},
}

# instruments
PROBE_COUNTS_PER_S_PER_MBQ = {"anterior": 2.6, "posterior": 2.2}  # NaI(Tl) probe at 3 m
PROBE_BACKGROUND_PER_S = 15.0
PROBE_LIVE_TIME_S = 60
COUNTER_COUNTS_PER_S_PER_KBQ = 320.0
COUNTER_BACKGROUND_PER_S = 1.5
COUNTER_LIVE_TIME_S = 60
COUNTER_DELAY_H = 6.0  # samples and standard are counted together, this long after the last sample
SAMPLE_VOLUME_ML = 0.2
STANDARD_SHARE = 3e-5  # of the administered activity
VOI_NOISE = 0.05


def remaining(time_h: float | np.ndarray) -> np.ndarray:
    """Fraction that has not decayed."""
    return np.exp2(-np.asarray(time_h) / PHYSICAL_HALF_LIFE_H)


def spread(rng: np.random.Generator, low: float, median: float, high: float) -> np.ndarray:
    """Ten values with this minimum, median and maximum, lognormal on either side of the median."""
    rank = np.array([-1.0, -0.66, -0.45, -0.25, -0.05, 0.05, 0.25, 0.45, 0.66, 1.0])
    side = np.where(rank < 0, np.log(median / low), np.log(high / median))
    return rng.permutation(median * np.exp(side * rank))


def tables() -> dict[str, tuple[list[str], list[list[object]]]]:
    """Header and rows of each table, by file name."""
    rng = np.random.default_rng(SEED)
    whole_body_h = spread(rng, *WHOLE_BODY_BIOLOGIC_HALF_LIFE_H)
    beta_h = spread(rng, *SERUM_BETA_BIOLOGIC_HALF_LIFE_H)
    plasma = spread(rng, *PLASMA_FRACTION_AT_END_OF_INFUSION)
    patients: list[list[object]] = []
    probe: list[list[object]] = []
    serum: list[list[object]] = []
    organs: list[list[object]] = []
    for i, sex in enumerate(SEXES):
        name = f"P{i + 1:02d}"
        mass_kg = round(float(rng.normal(*BODY_MASS_KG[sex])), 1)
        administered = round(float(rng.normal(*ADMINISTERED_MBQ)), 1)
        haematocrit = round(float(rng.normal(*HAEMATOCRIT[sex])), 2)
        height_cm = round(float(rng.normal(*HEIGHT_CM[sex])))
        patients.append([name, sex, mass_kg, height_cm, administered, haematocrit])
        late_h = np.round([rng.uniform(48, 96), rng.uniform(120, 192)], 1)
        scan_h = np.round([4 + rng.uniform(-0.5, 0.5), 24 + rng.uniform(-2, 3), *late_h], 1)
        probe += whole_body_rows(rng, name, administered, whole_body_h[i], scan_h)
        concentration = plasma[i] / (PLASMA_VOLUME_L_PER_KG * mass_kg)
        serum += serum_rows(rng, name, administered, concentration, beta_h[i], scan_h)
        organs += organ_rows(rng, name, sex, administered, scan_h)
    return {
        "patients.csv": (
            ["patient", "sex", "body_mass_kg", "height_cm", "administered_MBq", "haematocrit"],
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
    beta_h: float,
    scan_h: np.ndarray,
) -> list[list[object]]:
    """Serum samples counted in one run with a standard, so that decay cancels in their ratio."""
    rows: list[list[object]] = []
    times = [0.083, 0.25, 0.5, 1.0, 2.0, *scan_h[1:]]
    decay = remaining(times[-1] + COUNTER_DELAY_H)
    per_kBq = COUNTER_COUNTS_PER_S_PER_KBQ * COUNTER_LIVE_TIME_S
    background_counts = COUNTER_BACKGROUND_PER_S * COUNTER_LIVE_TIME_S
    background = rng.poisson(background_counts)
    standard_kBq = administered_MBq * 1000 * STANDARD_SHARE
    standard = rng.poisson(standard_kBq * decay * per_kBq + background_counts)
    for t in times:
        fast = SERUM_ALPHA_SHARE * np.exp2(-t / SERUM_ALPHA_BIOLOGIC_HALF_LIFE_H)
        per_L = concentration_per_L * (fast + (1 - SERUM_ALPHA_SHARE) * np.exp2(-t / beta_h))
        kBq = administered_MBq * per_L * SAMPLE_VOLUME_ML * decay
        counts = rng.poisson(kBq * per_kBq + background_counts)
        rows.append(
            [name, f"{t:g}", counts, COUNTER_LIVE_TIME_S, SAMPLE_VOLUME_ML, background, COUNTER_LIVE_TIME_S,
             standard, COUNTER_LIVE_TIME_S, f"{standard_kBq:.4g}"]
        )  # fmt: skip
    return rows


def organ_rows(
    rng: np.random.Generator, name: str, sex: str, administered_MBq: float, scan_h: np.ndarray
) -> list[list[object]]:
    """Activity concentrations in volumes of interest, as PET shows them: not decay-corrected."""
    rows: list[list[object]] = []
    for organ, content in ORGAN_CONTENT.items():
        patient_factor = np.exp(rng.normal(0, content["spread"]))
        for t in scan_h:
            passing = content["passing"] * np.exp2(-t / content["half_life_h"])
            fraction = patient_factor * (content["retained"] + passing) * remaining(t)
            kBq_per_g = administered_MBq * 1000 * fraction / ORGAN_MASS_G[sex][organ]
            true = kBq_per_g * DENSITY_G_PER_ML[organ]
            seen = true * (1 + rng.normal(0, VOI_NOISE))
            rows.append([name, organ, f"{t:g}", f"{seen:.4g}", f"{VOI_NOISE * seen:.2g}", "kBq/mL"])
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
