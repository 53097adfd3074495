"""Tables of a simulated cohort: probe counts, serum counts and organ concentrations with known truth.

Whole-body and serum clearance are drawn from published medians and ranges; each organ's content is made so
that its TIAC is a given one, times a lognormal factor of each patient. Counts carry Poisson noise, organ
concentrations 5 %. The files are those that ``milligray run`` reads (docs/study.md).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Row = list[object]

NOTICE = "# SIMULATED DATA: no patient was measured"
ADMINISTERED_MBQ = 184.0
HAEMATOCRIT = 0.40
PROBE_COUNTS_PER_S_PER_MBQ = (2.6, 2.2)  # anterior, posterior: a NaI(Tl) probe at 3 m
PROBE_BACKGROUND_PER_S = 15.0
COUNTER_COUNTS_PER_S_PER_KBQ = 320.0
COUNTER_BACKGROUND_PER_S = 1.5
LIVE_TIME_S = 60
SAMPLE_VOLUME_ML = 0.2
STANDARD_KBQ = 5.0
VOI_NOISE = 0.05
ORGAN_RETAINED = 0.6  # of an organ's content at time zero; the rest leaves by half in ORGAN_PASSING_H
ORGAN_PASSING_H = 90.0
HEADERS = {
    "patients": "patient sex body_mass_kg administered_MBq haematocrit",
    "whole_body": "patient time_h anterior_counts posterior_counts live_time_s background_counts"
    " background_live_time_s",
    "serum": "patient time_h sample_counts live_time_s sample_volume_mL background_counts"
    " background_live_time_s standard_counts standard_live_time_s standard_activity_kBq",
    "organs": "patient organ time_h value sd unit",
}


@dataclass(frozen=True)
class Truth:
    """What the cohort is drawn from.

    whole_body_h, serum_beta_h, plasma_percent : minimum, median, maximum over the cohort.
    organ_tiac_h, organ_sd : mean TIAC and relative SD of each organ with a curve.
    organ_g_per_kg : mass of each organ per body mass, by sex.
    patients : how many the published ranges are of.
    body_mass_kg, body_mass_sd : mean by sex, and relative SD.
    """

    whole_body_h: tuple[float, float, float]
    serum_beta_h: tuple[float, float, float]
    plasma_percent: tuple[float, float, float]
    serum_fast_share: float
    serum_fast_h: float
    plasma_volume_L_per_kg: float
    organ_tiac_h: Mapping[str, float]
    organ_sd: Mapping[str, float]
    organ_g_per_kg: Mapping[str, Mapping[str, float]]
    lambda_per_h: float
    patients: int
    body_mass_kg: Mapping[str, float]
    body_mass_sd: float


def spread(
    rng: np.random.Generator, low: float, median: float, high: float, n: int, of: int
) -> NDArray[np.float64]:
    """n values with this median, in random order; each group of ``of`` reaches from ``low`` to ``high``.

    The quantiles of a lognormal on either side of the median, the outermost at minimum and maximum.
    """
    from scipy.stats import norm

    z = norm.ppf((np.arange(of) + 0.5) / of)
    z = np.resize(z / z[-1], n)
    side = np.where(z < 0, math.log(median / low), math.log(high / median))
    return rng.permutation(median * np.exp(side * z))


def organ_content(tiac_h: float, lambda_per_h: float, time_h: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fraction of the administered activity in an organ at each time, not decay-corrected, of this TIAC."""
    passing = math.log(2.0) / ORGAN_PASSING_H
    area = ORGAN_RETAINED / lambda_per_h + (1 - ORGAN_RETAINED) / (lambda_per_h + passing)
    shape = ORGAN_RETAINED + (1 - ORGAN_RETAINED) * np.exp(-passing * time_h)
    return tiac_h / area * shape * np.exp(-lambda_per_h * time_h)


def write_tables(folder: Path, truth: Truth, men: int, women: int, seed: int) -> None:
    """Write patients.csv, whole_body.csv, serum.csv and organs.csv; the same seed gives the same files."""
    rng = np.random.default_rng(seed)
    n = men + women
    whole_body = spread(rng, *truth.whole_body_h, n, truth.patients)
    beta = spread(rng, *truth.serum_beta_h, n, truth.patients)
    plasma = spread(rng, *truth.plasma_percent, n, truth.patients) / 100.0
    tables: dict[str, list[Row]] = {"patients": [], "whole_body": [], "serum": [], "organs": []}
    for i, sex in enumerate(["male"] * men + ["female"] * women):
        name = f"P{i + 1:02d}"
        scans = np.round([4.0, 24.0, rng.uniform(48, 96), rng.uniform(120, 192)], 1)
        mass_kg = round(truth.body_mass_kg[sex] * float(np.exp(rng.normal(0.0, truth.body_mass_sd))), 1)
        tables["patients"].append([name, sex, mass_kg, ADMINISTERED_MBQ, HAEMATOCRIT])
        tables["whole_body"] += _whole_body(rng, name, whole_body[i], scans, truth)
        concentration = plasma[i] / (truth.plasma_volume_L_per_kg * mass_kg)
        tables["serum"] += _serum(rng, name, concentration, beta[i], scans, truth)
        for organ, mean in truth.organ_tiac_h.items():
            sigma = math.sqrt(math.log(1.0 + truth.organ_sd[organ] ** 2))
            tiac = mean * math.exp(rng.normal(-(sigma**2) / 2, sigma))
            tables["organs"] += _organ(
                rng, name, organ, tiac, scans, mass_kg * truth.organ_g_per_kg[sex][organ], truth
            )
    for table, rows in tables.items():
        with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as f:
            f.write(NOTICE + "\n")
            csv.writer(f, lineterminator="\n").writerows([HEADERS[table].split(), *rows])


def _whole_body(
    rng: np.random.Generator, name: str, biologic_h: float, scans: NDArray[np.float64], truth: Truth
) -> list[Row]:
    rows: list[Row] = []
    for t in [0.0, *scans]:
        activity = ADMINISTERED_MBQ * math.exp(-(math.log(2.0) / biologic_h + truth.lambda_per_h) * t)
        counts = [
            rng.poisson((activity * s + PROBE_BACKGROUND_PER_S) * LIVE_TIME_S)
            for s in PROBE_COUNTS_PER_S_PER_MBQ
        ]
        background = rng.poisson(PROBE_BACKGROUND_PER_S * LIVE_TIME_S)
        rows.append([name, t, *counts, LIVE_TIME_S, background, LIVE_TIME_S])
    return rows


def _serum(
    rng: np.random.Generator,
    name: str,
    per_L: float,
    beta_h: float,
    scans: NDArray[np.float64],
    truth: Truth,
) -> list[Row]:
    """Samples and standard counted in one run, so that decay cancels."""
    times = [0.083, 0.25, 0.5, 1.0, 2.0, *scans[1:]]
    decay = math.exp(-truth.lambda_per_h * (times[-1] + 6.0))
    per_kBq = COUNTER_COUNTS_PER_S_PER_KBQ * LIVE_TIME_S * decay
    background = COUNTER_BACKGROUND_PER_S * LIVE_TIME_S
    blank, standard = rng.poisson(background), rng.poisson(STANDARD_KBQ * per_kBq + background)
    rows: list[Row] = []
    for t in times:
        fast = truth.serum_fast_share * math.exp2(-t / truth.serum_fast_h)
        share = fast + (1 - truth.serum_fast_share) * math.exp2(-t / beta_h)
        counts = rng.poisson(ADMINISTERED_MBQ * per_L * share * SAMPLE_VOLUME_ML * per_kBq + background)
        rows.append(
            [
                name,
                t,
                counts,
                LIVE_TIME_S,
                SAMPLE_VOLUME_ML,
                blank,
                LIVE_TIME_S,
                standard,
                LIVE_TIME_S,
                STANDARD_KBQ,
            ]
        )
    return rows


def _organ(
    rng: np.random.Generator,
    name: str,
    organ: str,
    tiac_h: float,
    scans: NDArray[np.float64],
    mass_g: float,
    truth: Truth,
) -> list[Row]:
    rows: list[Row] = []
    for t, fraction in zip(scans, organ_content(tiac_h, truth.lambda_per_h, scans), strict=True):
        seen = 1e3 * ADMINISTERED_MBQ * fraction / mass_g * (1 + rng.normal(0.0, VOI_NOISE))
        rows.append([name, organ, t, f"{seen:.5g}", f"{VOI_NOISE * seen:.3g}", "kBq/g"])
    return rows
