"""Make the tables of this example: ten SIMULATED patients with 60 lesions after 89Zr-trastuzumab.

    python make_data.py [folder]

Nothing here was measured. Uptake follows a simple model whose constants were chosen to look like published
immuno-PET: a lesion that takes up the tracer rises towards a plateau while blood clears; one that does not
follows the blood at a fraction of it. FDG falls in lesions that take up the tracer, and hardly in others. The
times to events are exponential, longer for patients of whom most lesions take up the tracer.
"""

from __future__ import annotations

import csv
import math
import random
import sys
from pathlib import Path

NOTICE = "# SIMULATED DATA: no patient was measured; made by make_data.py"
SEED = 20240301
TIMES_H = (24, 96, 144)
HALF_LIFE_H = 78.41  # of 89Zr
#: Patient: sex, age, mass kg, height cm, lesions, and how many of them take up the tracer.
PATIENTS = {
    "P01": ("female", 52, 63, 164, 4, 4),
    "P02": ("female", 47, 78, 170, 9, 9),
    "P03": ("female", 61, 70, 161, 5, 5),
    "P04": ("female", 55, 58, 158, 6, 5),
    "P05": ("female", 66, 82, 168, 10, 7),
    "P06": ("female", 43, 66, 172, 5, 3),
    "P07": ("female", 58, 91, 165, 8, 3),
    "P08": ("female", 70, 61, 156, 7, 1),
    "P09": ("female", 49, 74, 169, 3, 0),
    "P10": ("male", 64, 85, 178, 3, 0),
}
SITES = ("bone", "lymph node", "liver", "lung", "breast")
WEIGHTS = (9, 6, 3, 2, 1)
#: Patients with a biopsy of their first and their last lesion; all others have one of the first.
TWO_BIOPSIES = ("P02", "P04", "P05", "P07", "P08")
OF_ORGAN = {"liver": "liver", "lung": "lungs"}
LEAST = 0.06  # relative SD of an uptake


def blood_pool(time_h: float, level: float) -> float:
    """SUVmean of blood: an antibody's two phases."""
    return level * (5.0 * math.exp(-time_h / 20.0) + 7.0 * math.exp(-time_h / 130.0))


def liver(time_h: float, level: float) -> float:
    """SUVmean of the liver, which keeps what it takes up."""
    return level * (5.5 + 2.0 * math.exp(-time_h / 60.0))


def lesion_suv(time_h: float, plateau: float, takes_up: bool, blood: float) -> float:
    """SUVmax of a lesion."""
    if takes_up:
        return plateau * (1.0 - 0.75 * math.exp(-time_h / 45.0))
    return plateau * (0.4 + 0.08 * blood)


def visual_class(site: str, value: float, background: float) -> int:
    """Class by eye, here by the ratio to what is around: 1 and 2 negative, 3 and 4 positive."""
    limits = (0.7, 1.1, 2.0) if site == "liver" else (1.3, 3.2, 8.0)
    return 1 + sum(value / background > limit for limit in limits)


class Tables:
    """The rows of each table, drawn patient by patient."""

    def __init__(self) -> None:
        self.random = random.Random(SEED)
        self.rows: dict[str, list[dict[str, object]]] = {
            f"{name}.csv": [] for name in ("patients", "lesions", "fdg", "tissue", "outcomes", "references")
        }
        for patient in PATIENTS:
            self.patient(patient)

    def scatter(self, value: float, relative: float) -> float:
        """A value with a relative error, log-normal."""
        return value * math.exp(self.random.gauss(0.0, relative))

    def add(self, table: str, **cells: object) -> None:
        """A row; numbers with four digits."""
        shown = {k: f"{v:.4g}" if isinstance(v, float) else v for k, v in cells.items()}
        self.rows[f"{table}.csv"].append(shown)

    def patient(self, name: str) -> None:
        """One patient in all tables."""
        sex, age, mass_kg, height_cm, n, with_uptake = PATIENTS[name]
        MBq = self.scatter(37.0, 0.04)
        self.add("patients", patient=name, sex=sex, age_y=age, body_mass_kg=mass_kg, height_cm=height_cm,
                 administered_MBq=MBq)  # fmt: skip
        levels = {"blood pool": self.scatter(1.0, 0.12), "liver": self.scatter(1.0, 0.15)}
        for t in TIMES_H:
            for region, of in (("blood pool", blood_pool), ("liver", liver)):
                value = self.scatter(of(t, levels[region]), 0.04)
                self.add("references", patient=name, region=region, time_h=t, suv_mean=value,
                         sd_suv_mean=0.05 * value)  # fmt: skip
        for i in range(n):
            biopsied = i == 0 or (i == n - 1 and name in TWO_BIOPSIES)
            self.lesion(name, f"L{i + 1}", i < with_uptake, biopsied, levels["blood pool"], MBq / mass_kg)
        self.outcome(name, with_uptake / n)

    def lesion(
        self, patient: str, lesion: str, takes_up: bool, biopsied: bool, level: float, kBq_per_mL: float
    ) -> None:
        """One lesion in the scans of the tracer and of FDG, and its tissue where a biopsy was taken.

        kBq_per_mL : concentration of the administered activity over the whole body, SUV 1.
        """
        site = self.random.choices(SITES, WEIGHTS)[0]
        volume = self.scatter(6.0, 0.8)
        plateau = self.scatter(14.0 if takes_up else 2.2, 0.45)
        for t in TIMES_H:
            blood = blood_pool(t, level)
            highest = self.scatter(lesion_suv(t, plateau, takes_up, blood), LEAST)
            background = self.scatter(0.22 * blood if site != "liver" else liver(t, 1.0), LEAST)
            mean = 0.6 * highest
            decayed = mean * kBq_per_mL * 0.5 ** (t / HALF_LIFE_H)
            self.add(
                "lesions", patient=patient, lesion=lesion, site=site, organ=OF_ORGAN.get(site, ""), time_h=t,
                suv_max=highest, sd_suv_max=0.08 * highest, suv_mean=mean, background_suv_mean=background,
                sd_background_suv_mean=0.08 * background, concentration_kBq_per_mL=decayed,
                sd_concentration_kBq_per_mL=0.1 * decayed, volume_mL=volume, sd_volume_mL=0.15 * volume,
                visual_class=visual_class(site, highest, background),
            )  # fmt: skip
        fdg = self.scatter(8.5, 0.4)
        change = self.scatter(0.55 if takes_up else 0.95, 0.22)
        for scan, day, value in (("baseline", -6, fdg), ("early", 15, fdg * change)):
            self.add("fdg", patient=patient, lesion=lesion, site=site, scan=scan, day=day, suv_max=value,
                     suv_peak=0.85 * value, suv_mean=0.6 * value, volume_mL=volume)  # fmt: skip
        if biopsied:
            ihc = self.random.choice((1, 2, 3, 3) if takes_up else (0, 1, 1, 2))
            fish = self.scatter(4.5 if takes_up else 1.3, 0.2)
            status = "positive" if ihc == 3 or (ihc == 2 and fish >= 2.0) else "low" if ihc else "negative"
            self.add("tissue", patient=patient, lesion=lesion, ihc=f"{ihc}+" if ihc else "0", fish_ratio=fish,
                     status=status)  # fmt: skip

    def outcome(self, patient: str, share: float) -> None:
        """Days to failure and death, censored at the end of follow-up."""
        followed = self.random.randint(500, 900)
        failure = round(self.random.expovariate(1 / (360.0 if share > 0.5 else 90.0))) + 21
        death = failure + round(self.random.expovariate(1 / 400.0))
        failed, died = failure < followed, death < followed
        best = (
            self.random.choice(("CR", "PR", "PR")) if share > 0.5 else self.random.choice(("SD", "PD", "PD"))
        )
        responded = best in ("CR", "PR") and failure > 42
        self.add(
            "outcomes", patient=patient, treatment_failure_day=min(failure, followed),
            treatment_failed="yes" if failed else "no", survival_day=min(death, followed),
            died="yes" if died else "no", progression_day=min(failure, followed),
            progressed="yes" if failed else "no", best_response=best if responded or share <= 0.5 else "SD",
            response_day=42 if responded else "",
            blood_status="positive" if share > 0.3 else "negative",
        )  # fmt: skip


def main(folder: Path) -> None:
    """Write the tables."""
    for file, rows in Tables().rows.items():
        with (folder / file).open("w", newline="", encoding="utf-8") as f:
            f.write(NOTICE + "\n")
            writer = csv.DictWriter(f, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
