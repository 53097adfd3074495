"""Budgets of docs/uncertainty.md: first order against Monte Carlo, on cases of different kinds.

python -m validation.pages.budget_trials [--trials 4000]
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from dosimetry import (
    BladderMethod,
    Budget,
    Effect,
    GutMethod,
    Input,
    Measurements,
    Methods,
    Patient,
    Recovery,
    Tiac,
    Tiacs,
    UncertaintyMethod,
    budgets,
    nuclide,
    organ_activity_u,
)
from dosimetry.imaging.outline_errors import OutlineErrors
from kinetics import Curve, Emptying
from validation.report.markdown import table

WEIGHTS = ("ICRP 103",)
TIMES = np.array([2.0, 24.0, 72.0, 144.0, 240.0])
EARLY = np.array([0.5, 4.0, 24.0, 72.0, 120.0, 200.0])
METHODS = Methods(
    whole_body_model="monoexponential", whole_body_weights="sd", serum_model="biexponential",
    serum_weights="sd", organ_trapezoids="linear-up/log-down", first_interval="constant", tail="physical",
    tissue_density_g_per_mL={"lungs": 0.296, "other": 1.04}, heart_contents="serum", red_marrow="serum",
    organ_masses="reference",
)  # fmt: skip
FITTED = replace(
    METHODS, organ_model="monoexponential", organ_weights="sd", organ_trapezoids=None, first_interval=None,
    tail=None,
)  # fmt: skip
EXCRETED = replace(
    METHODS, gut=GutMethod(model="ICRP 30", contents="whole body", faeces_fraction=0.3),
    bladder=BladderMethod(
        urine_fraction=0.7, emptied=Emptying(every_h=3.5), whole_body_counted="after voiding"
    ),
)  # fmt: skip
MASSES = {"liver": 2.1, "kidneys": 0.4, "spleen": 0.25}


class Case(NamedTuple):
    """A patient, methods and inputs; ``differs``: why the two methods should differ, "": they should not."""

    name: str
    inputs: tuple[Input, ...]
    methods: Methods = METHODS
    noise: float = 0.01
    changed: dict[str, object] = {}  # noqa: RUF012
    share: float = 1.0
    differs: str = ""


def stated(name: str, shared_by: str, *effects: Effect, distribution: str = "normal") -> Input:
    """An input of kind B."""
    return Input(
        name=name, effects=effects, kind="B", distribution=distribution, shared_by=shared_by,  # type: ignore[arg-type]
        source="assumed",
    )  # fmt: skip


def curve(unit: str, parts: list[tuple[float, float]], time_h: np.ndarray, noise: float, seed: int) -> Curve:
    """Sum of at_0 exp(-(biologic + physical) t), as measured, with Gaussian errors of a known size."""
    lam = nuclide("Zr-89").lambda_per_h
    value = np.sum([a * np.exp(-(rate + lam) * time_h) for a, rate in parts], axis=0)
    noisy = value * (1.0 + noise * np.random.default_rng(seed).standard_normal(time_h.size))
    return Curve(time_h=time_h, value=noisy, sd=noise * value, unit=unit, decay_corrected=False, name=unit)


def patient(case: Case) -> Patient:
    """Whole body, serum, liver, kidneys and spleen; ``share`` is that of the organs' activity."""
    noise, share = case.noise, case.share
    measured = Measurements(
        whole_body=curve("%IA", [(100.0, 0.002)], TIMES, 0.3 * noise, 1),
        serum=curve("%IA/L", [(12.0, 0.05), (16.0, 0.006)], EARLY, noise, 2),
        organs={
            "liver": curve("kBq/mL", [(15.0 * share, 0.002)], TIMES, noise, 3),
            "kidneys": curve("kBq/mL", [(7.0 * share, 0.004)], TIMES, noise, 4),
            "spleen": curve("kBq/mL", [(9.0 * share, 0.005)], TIMES, noise, 5),
        },
    )
    known: dict[str, object] = {"administered_MBq": 180.0, "haematocrit": 0.42, "measurements": measured}
    return Patient(name="P01", sex="male", phantom="adult male", **known | case.changed)  # type: ignore[arg-type]


def given() -> dict[str, object]:
    """TIACs in place of curves."""
    tiacs = (Tiac("liver", 11.0, {"liver": 0.8}), Tiac("kidneys", 1.2, {"kidneys": 0.1}),
             Tiac("remainder", 70.0, {"remainder": 3.0}))  # fmt: skip
    return {"measurements": None, "given_tiacs": Tiacs(tiacs)}


SCANNER = stated("scanner", "everybody", Effect("curve", 0.03, "organs"))
PROBE = stated("probe", "everybody", Effect("curve", 0.03, "whole body"))
COUNTER = stated("gamma counter", "everybody", Effect("curve", 0.03, "serum"))
RECOVERY = stated("recovery", "curve", Effect("curve", 0.08, "organs"))
MASS = stated("organ masses", "curve", Effect("mass", 0.1, "organs"), distribution="rectangular")
OUTLINE = stated("outlines", "curve", Effect("curve", 0.04, "organs"), Effect("mass", 0.06, "organs"))
MARROW = stated("marrow factor", "everybody", Effect("marrow factor", 0.2), distribution="triangular")
HAEMATOCRIT = stated("haematocrit", "patient", Effect("haematocrit", 0.03))
POINTS = stated("repositioning", "point", Effect("curve", 0.05, "all"))
TIMES_OF_POINTS = stated("times", "point", Effect("time", 0.2))
CLOCK = stated("clock", "patient", Effect("time", 0.3))
ACTIVITY = stated("administered activity", "patient", Effect("administered activity", 0.03))
DENSITY = stated("densities", "organ", Effect("density", 0.05, "all"))
HALF_LIFE = stated("half-life", "everybody", Effect("half-life", 0.005))
ENERGY = stated("energy per decay", "everybody", Effect("energy", 0.01))
PHANTOM = stated("phantom", "curve", Effect("dose", 0.2, "all"), distribution="log-normal")
SPECT = Recovery(b1_mL=2.5, b2=0.7, covariance=[[0.09, 0.003], [0.003, 0.0016]])
BODY = stated("body mass", "patient", Effect("mass", 0.03, "body"))


def outline(region: str, volume_mL: float) -> tuple[Input, ...]:
    """An outline in voxels of 4 mm with a blur of 6 mm, of a concentration in kBq/mL."""
    made = organ_activity_u(volume_mL, voxel_mm=4.0, fwhm_mm=6.0, recovery=SPECT, name=region)
    curve = OutlineErrors(
        quantity="concentration", volume_mL=volume_mL, fwhm_mm=6.0, u_volume=tuple(made.ln_mass.items()),
        recovery=SPECT,
    )  # fmt: skip
    return tuple(
        stated(
            name, "patient", Effect("curve", part - made.ln_mass.get(name, 0.0), region, curve, name),
            distribution="log-normal",
        )
        for name, part in made.ln_activity.items()
    )  # fmt: skip


CASES = (
    Case("calibration of the scanner, 3 %", (SCANNER,)),
    Case("calibration of probe and counter, 3 % each", (PROBE, COUNTER)),
    Case("recovery of each organ, 8 %", (RECOVERY,)),
    Case("each point, 5 %", (POINTS,)),
    Case("counts, 5 % a point; areas by trapezoids", (), noise=0.05),
    Case("counts, 5 % a point; organs fitted", (), FITTED, noise=0.05),
    Case("times of points, 0.2 h, and the clock, 0.3 h", (TIMES_OF_POINTS, CLOCK)),
    Case("administered activity, 3 %", (ACTIVITY,)),
    Case("reference masses, 10 %, rectangular", (MASS,)),
    Case("measured masses, 10 %, rectangular", (MASS,), replace(METHODS, organ_masses="measured"),
         changed={"organ_mass_kg": MASSES}),
    Case("body mass, 3 %, masses scaled to it", (BODY,), replace(METHODS, organ_masses="scaled to body mass"),
         changed={"body_mass_kg": 80.0}),
    Case("outlines: activity 4 % and mass 6 % together", (OUTLINE,)),
    Case("haematocrit, 0.03, and marrow factor, 20 %", (HAEMATOCRIT, MARROW)),
    Case("densities, 5 %", (DENSITY,)),
    Case("half-life, 0.5 %", (HALF_LIFE,)),
    Case("energy, 1 %; patient against phantom, 20 %, log-normal", (ENERGY, PHANTOM)),
    Case("gut and bladder by the whole body's loss", (PROBE, POINTS), EXCRETED),
    Case("tail by the last points' slope", (POINTS, SCANNER),
         replace(METHODS, organ_trapezoids="log", tail="effective")),
    Case("given TIACs, masses, phantom", (MASS, PHANTOM, ENERGY), changed=given()),
    Case("all together",
         (SCANNER, PROBE, COUNTER, RECOVERY, MASS, MARROW, HAEMATOCRIT, POINTS, TIMES_OF_POINTS, ACTIVITY,
          DENSITY, HALF_LIFE, ENERGY, PHANTOM), noise=0.03),
)  # fmt: skip
DIFFERENT = (
    Case("a remainder near 0", (SCANNER, RECOVERY, MASS), share=5.0, noise=0.02,
         differs="a bound: the remainder is not below 0"),
    Case("masses, 60 %, log-normal",
         (stated("masses", "curve", Effect("mass", 0.6, "organs"), distribution="log-normal"),),
         differs="skew: large factors"),
    Case("an outline of 2 mL in the spleen", outline("spleen", 2.0),
         differs="counts and recovery bend with the volume"),
    Case("a haematocrit near the highest that there is", (stated("haematocrit", "patient",
         Effect("haematocrit", 0.04)),), changed={"haematocrit": 0.66}, differs="trials above 0.7 fail"),
)  # fmt: skip


def compared(case: Case, trials: int, seed: int = 1) -> Budget:
    """The case's budget by both methods."""
    method = UncertaintyMethod(inputs=case.inputs, monte_carlo=trials, seed=seed)
    return budgets([patient(case)], case.methods, "Zr-89", WEIGHTS, method).budgets[0]


def ratios(budget: Budget) -> dict[str, float]:
    """Quantity -> standard uncertainty by Monte Carlo over that by first order.

    TIACs, doses of the source organs, effective dose; those of a relative standard uncertainty below 0.1 %
    are left out.
    """
    sources = {q.of for q in budget.quantities if q.kind == "tiac"}
    u, found = budget.u(), {}
    assert budget.monte_carlo is not None
    for i, q in enumerate(budget.quantities):
        wanted = q.kind != "absorbed dose" or q.of in sources
        if wanted and budget.value[i] > 0.0 and u[i] > 1e-3 * budget.value[i]:
            found[f"{q.kind} {q.of}"] = float(budget.monte_carlo.u[i] / u[i])
    return found


def rows(cases: tuple[Case, ...], trials: int) -> list[list[str]]:
    """A row a case: u of the effective dose by both, the ratio farthest from 1 and whose, failures."""
    found = []
    for case in cases:
        budget = compared(case, trials)
        done = budget.monte_carlo
        assert done is not None
        i = budget.of("effective dose", WEIGHTS[0])
        each = ratios(budget)
        far = max(each, key=lambda k: abs(each[k] - 1.0))
        u = 100.0 / budget.value[i]
        lost = sum(done.failed.values())
        said = sum(word.startswith("Monte Carlo") for word in budget.interval().method)
        found.append(
            [
                case.name, f"{budget.u()[i] * u:.2f}", f"{done.u[i] * u:.2f}",
                f"{done.u[i] / budget.u()[i]:.3f}",
                f"{each[far]:.3f} ({far})", f"{said} of {len(budget.quantities)}", str(lost), case.differs,
            ]
        )  # fmt: skip
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=4000)
    trials = parser.parse_args().trials
    heads = ["case", "u of effective dose by first order, %", "by Monte Carlo, %", "ratio", "farthest ratio",
             "intervals of Monte Carlo", "failed", "why they differ"]  # fmt: skip
    print(f"{trials} trials, seed 1; the ratio's own standard error is {1 / np.sqrt(2 * trials):.3f}\n")
    print(table(heads, rows((*CASES, *DIFFERENT), trials)))


if __name__ == "__main__":
    main()
