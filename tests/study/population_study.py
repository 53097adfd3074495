"""A study of eight patients whose kidneys are fitted together; the last of them has few points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dosimetry import nuclide

LAM = nuclide("Lu-177").lambda_per_h
TIMES = (4, 24, 72, 168)
STUDY = """name = "few points"
data = "simulated"
nuclide = "Lu-177"
product = "177Lu-something"
effective_dose = ["ICRP 103"]
[phantom]
male = "adult male"
female = "adult female"
[patients]
file = "patients.csv"
[whole_body]
file = "whole_body.csv"
decay_corrected = false
model = "monoexponential"
weights = "sd"
[organs]
file = "organs.csv"
decay_corrected = false
model = "population"
[organs.population]
models = ["monoexponential"]
residual = "proportional"
covariance = "diagonal"
[blood]
heart_contents = "none"
red_marrow = "none"
[masses]
organs = "reference"
"""
WHO = [f"P{i}" for i in range(1, 9)]


def kidney_rows(rng: np.random.Generator, name: str, times: Sequence[float]) -> list[str]:
    """Kidneys: 4 %IA, biologic half-life 75 h, both spread by 30 %, 5 % scatter."""
    share, rate = 4 * math.exp(0.3 * rng.normal()), math.log(2) / 75 * math.exp(0.3 * rng.normal())
    return [
        f"{name},kidneys,{t:g},{share * math.exp(-(rate + LAM) * t) * (1 + 0.05 * rng.normal()):.6g},%IA"
        for t in times
    ]


def make(folder: Path, *, study: str = STUDY, few: Sequence[float] = (72,)) -> Path:
    """A study of eight patients, of whom the last has few points."""
    rng = np.random.default_rng(12)
    body = {p: (70 + 2 * i, ("male", "female")[i % 2]) for i, p in enumerate(WHO)}
    patients = [f"{p},{sex},{kg},7400" for p, (kg, sex) in body.items()]
    (folder / "study.toml").write_text(study)
    (folder / "patients.csv").write_text(
        "\n".join(["patient,sex,body_mass_kg,administered_MBq", *patients, ""])
    )
    whole = [
        f"{p},{t:g},{100 * math.exp(-(0.012 + LAM) * t):.6g},{2 * math.exp(-(0.012 + LAM) * t):.4g}"
        for p in WHO
        for t in TIMES
    ]
    (folder / "whole_body.csv").write_text("\n".join(["patient,time_h,percent_ia,sd_percent_ia", *whole, ""]))
    organs = [row for p in WHO for row in kidney_rows(rng, p, few if p == WHO[-1] else TIMES)]
    (folder / "organs.csv").write_text("\n".join(["patient,organ,time_h,value,unit", *organs, ""]))
    return folder / "study.toml"
