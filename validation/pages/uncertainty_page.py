"""Tables and figure of docs/uncertainty.md: a worked budget, lines by hand too; a cohort's means.

python -m validation.pages.uncertainty_page [--trials 4000] [--replicas 1000]
"""

from __future__ import annotations

import argparse
import math
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from dosimetry import Budget, FigureOptions, nuclide, run_study
from dosimetry.report.figures.uncertainty import draw_uncertainty
from dosimetry.study.results import StudyResult
from dosimetry.study.uncertainty.tables import line_of
from validation.pages import budget_coverage, budget_trials
from validation.report.markdown import splice, table

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "uncertainty.md"
EXAMPLE = ROOT / "examples" / "zr89-trastuzumab"
PATIENT, ORGAN, WEIGHTS = "P01", "liver", "ICRP 103"
#: What the study states of the liver, as shares: half-width 10 % of a rectangular distribution, and so on.
SCANNER, QUANTIFICATION, DENSITY, MASS, ACTIVITY = 0.10 / math.sqrt(3), 0.05, 0.02, 0.25, 0.01
SCAN_TIME_H = 0.1


@lru_cache(maxsize=1)
def result() -> StudyResult:
    """The shipped example's."""
    return run_study(EXAMPLE / "study.toml")


def budget() -> Budget:
    """That of the worked patient."""
    found = result().budget
    assert found is not None
    return found.cohort.of(PATIENT)


def change(name: str, kind: str, of: str) -> float:
    """What one standard uncertainty of an input of one error changes in a quantity."""
    b = budget()
    (found,) = [c for e, c in zip(b.errors, b.changes, strict=True) if e.name == name]
    return float(found[b.of(kind, of)])


def liver_h(shift_h: float = 0.0) -> tuple[float, float]:
    """TIAC of the liver in h and its standard uncertainty by the scans' noise, from the tables alone.

    Trapezoids of the values as measured; before the first scan its decay-corrected value, after the last one
    physical decay; kBq.h/mL times mass over density and administered activity.
    """
    organs = pd.read_csv(EXAMPLE / "organs.csv", comment="#")
    rows = organs[(organs["patient"] == PATIENT) & (organs["organ"] == ORGAN)].sort_values("time_h")
    patients = pd.read_csv(EXAMPLE / "patients.csv", comment="#").set_index("patient")
    t, lam = rows["time_h"].to_numpy() + shift_h, nuclide("Zr-89").lambda_per_h
    weight = np.convolve(np.diff(t), [0.5, 0.5])
    weight[0] += (math.exp(lam * t[0]) - 1.0) / lam
    weight[-1] += 1.0 / lam
    # kBq.h/mL x g / (g/mL) / MBq is kBq.h/MBq: a thousandth of an hour
    per = MASS_G / 1.04 / float(patients["administered_MBq"][PATIENT]) / 1000.0
    value, sd = rows["value"].to_numpy(), rows["sd"].to_numpy()
    return float(weight @ value) * per, float(np.hypot.reduce(weight * sd)) * per


#: The liver of the stylised man, g (Cristy and Eckerman 1987).
MASS_G = 1910.0


def by_hand_h() -> dict[str, tuple[str, float]]:
    """Input -> in words, and the change of the liver's TIAC in h, from the tables and what is stated."""
    tiac, noise = liver_h()
    h = f"{tiac:.2f} h"
    return {
        f"counts and fit: {ORGAN}": ("√Σ (weight of a scan in the area × its sd)²", noise),
        "calibration of the scanner": (f"{h} × 10 %/√3", tiac * SCANNER),
        f"quantification: {ORGAN}": (f"{h} × 5 %", tiac * QUANTIFICATION),
        f"organ mass: {ORGAN}": (f"{h} × 25 %", tiac * MASS),
        f"density: {ORGAN}": (f"-{h} × 2 %", -tiac * DENSITY),
        "administered activity": (f"-{h} × 1 %", -tiac * ACTIVITY),
        "calibration of the activity meter": ("0: scanner and activity go together", 0.0),
        "times: organs": ("all scans 0.1 h later, and the area anew", liver_h(SCAN_TIME_H)[0] - tiac),
    }


def worked_tiac() -> str:
    """Each line of the liver's TIAC: by hand, by the program, its share."""
    b = budget()
    i = b.of("tiac", ORGAN)
    hand = by_hand_h()
    rows = []
    for error, row in sorted(zip(b.errors, b.changes, strict=True), key=lambda x: -abs(x[1][i])):
        if error.name not in hand and not row[i]:
            continue
        words, value = hand.get(error.name, ("[kinetics.md](kinetics.md#rules-that-bias)", math.nan))
        of_hand = "" if math.isnan(value) else f"{value + 0.0:+.3f}"
        share = 100.0 * row[i] ** 2 / b.u()[i] ** 2
        rows.append((error.name, words, of_hand, f"{row[i] + 0.0:+.3f}", f"{share:.1f} %"))
    rows.append(("**together**", "√Σ of squares", "", f"**{b.u()[i]:.3f}** of {b.value[i]:.3f} h", "100 %"))
    return table(("input", "by hand", "h", "program, h", "share"), rows)


def worked_doses() -> str:
    """Lines of the budget in doses of two organs and in the effective dose."""
    b = budget()
    columns = [
        b.of("absorbed dose", ORGAN),
        b.of("absorbed dose", "red marrow"),
        b.of("effective dose", WEIGHTS),
    ]
    lines: dict[str, np.ndarray] = {}
    for error, row in zip(b.errors, b.changes, strict=True):
        line = line_of(error.name)
        lines[line] = lines.get(line, np.zeros(3)) + np.square(row[columns])
    u, without = b.u()[columns], b.u(apart=False)[columns]
    order = sorted(lines, key=lambda k: -float((lines[k] / np.square(u)).max()))
    rows = [
        (line, *(f"{100 * s / v**2:.2f} %" for s, v in zip(lines[line], u, strict=True)))
        for line in order
        if (lines[line] / np.square(u)).max() > 5e-5
    ]
    values = b.value[columns]
    units = ("mGy/MBq", "mGy/MBq", "mSv/MBq")
    rows.append(("value", *(f"{v:.3f} {unit}" for v, unit in zip(values, units, strict=True))))
    rows.append(("u", *(f"{x:.3f} ({100 * x / v:.1f} %)" for x, v in zip(u, values, strict=True))))
    of_without = (f"{x:.3f} ({100 * x / v:.1f} %)" for x, v in zip(without, values, strict=True))
    rows.append(("u without patient and phantom", *of_without))
    return table(
        ("line", f"dose of the {ORGAN}", "dose of the red marrow", f"effective dose, {WEIGHTS}"), rows
    )


def cohort_means() -> str:
    """Means of the ten patients: spread, what all share, and u."""
    found = result().budget
    assert found is not None
    t = found.uncertainty
    mean = t[(t["patient"] == "cohort") & (t["statistic"] == "mean")]
    rows = []
    organs = [("absorbed dose", ORGAN), ("absorbed dose", "red marrow")]
    for kind, of in (("tiac", ORGAN), *organs, ("effective dose", WEIGHTS)):
        (row,) = mean[(mean["quantity"] == kind) & (mean["of"] == of)].to_dict("records")
        numbers = (row[c] for c in ("value", "sd_between_patients", "u_shared", "u_own", "u"))
        interval = f"{row['low']:.3f} to {row['high']:.3f}"
        rows.append((f"{kind}, {of}", str(row["unit"]), *(f"{x:.3f}" for x in numbers), interval))
    return table(
        (
            "quantity",
            "unit",
            "mean",
            "SD between patients",
            "shared by all",
            "own of a patient",
            "u of the mean",
            "95 %",
        ),
        rows,
    )


def fast() -> dict[str, str]:
    """The tables that take no time."""
    return {"worked-tiac": worked_tiac(), "worked-doses": worked_doses(), "cohort-means": cohort_means()}


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=4000)
    parser.add_argument("--replicas", type=int, default=1000)
    parser.add_argument("--fast", action="store_true", help="leave the tables of random trials as they are")
    given = parser.parse_args()
    made = fast()
    if not given.fast:
        heads = ("case", "u(E)/E by first order, %", "by Monte Carlo, %", "ratio", "farthest ratio",
                 "intervals by Monte Carlo", "failed", "why they differ")  # fmt: skip
        cases = (*budget_trials.CASES, *budget_trials.DIFFERENT)
        error = 1.0 / math.sqrt(2.0 * given.trials)
        size = (
            f"Made by a run of {given.trials} trials a case, seed 1; standard error of a ratio {error:.3f}."
        )
        made["budget-trials"] = f"{table(heads, budget_trials.rows(cases, given.trials))}\n\n{size}"
        made["budget-coverage"] = budget_coverage.tables(given.replicas, seed=2)
    splice(PAGE, made)
    draw_uncertainty(ROOT / "docs" / "figures" / "uncertainty", result(), FigureOptions())
    print(f"{PAGE} is written")


if __name__ == "__main__":
    main()
