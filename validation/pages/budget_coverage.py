"""Budgets of docs/uncertainty.md: how often their 95 % intervals hold the truth, on simulated patients.

    python -m validation.pages.budget_coverage [--replicas 1000] [--seed 2]

A replica is a patient of known curves, masses and constants. Patients differ in uptake and in rates, as they
do in a cohort: a rule's bias is not the same in all of them. What is measured has every error of the stated
inputs and counting noise; the pipeline makes doses of it with the reference's masses and constants, and the
budget of the same inputs an interval. The inputs that all share are drawn anew for each replica, as if each
were measured with another scanner.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dosimetry import (
    Effect,
    Input,
    Measurements,
    Methods,
    Nuclide,
    Patient,
    UncertaintyMethod,
    budgets,
    nuclide,
)
from dosimetry.doses.cohort import Given, absorbed_doses
from dosimetry.doses.effective import weight_set
from dosimetry.doses.weighting import weighting
from dosimetry.svalues.folding import KINDS, library_of
from kinetics import Curve
from validation.report.markdown import table

Array = NDArray[np.float64]

NUCLIDE, BODY, WEIGHTS = "Zr-89", "adult male", "ICRP 103"
#: Decay-corrected curves of a typical patient, sums of at_0 exp(-rate t): %IA, %IA/L, kBq/g.
TYPICAL: dict[str, tuple[tuple[float, float], ...]] = {
    "whole body": ((100.0, 0.002),), "serum": ((12.0, 0.05), (16.0, 0.006)), "liver": ((15.0, 0.0014),),
    "kidneys": ((7.0, 0.004),), "spleen": ((9.0, 0.005),),
}  # fmt: skip
#: SD of the logarithm of rates, and of amplitudes of curves, between patients. The range over ten patients is
#: 3.1 SDs; in O'Donoghue et al. (J Nucl Med 2018;59:161-166) 257 to 578 h and 78 to 193 h for half-lives of
#: whole body and serum, 78 to 113 % for the activity in plasma at first. For organs' uptakes 0.25 is assumed.
RATES = 0.25
AMPLITUDES = {"whole body": 0.0, "serum": 0.12, "liver": 0.25, "kidneys": 0.25, "spleen": 0.25}
ORGANS = ("liver", "kidneys", "spleen")
ASKED = ("liver", "kidneys", "red marrow", WEIGHTS)
ADMINISTERED_MBQ, HAEMATOCRIT = 180.0, 0.42
MASS_OF = (*ORGANS, "heart contents", "red marrow")


@dataclass(frozen=True)
class Sizes:
    """Relative standard uncertainties; haematocrit as a fraction, time in h."""

    scanner: float = 0.03
    recovery: float = 0.05
    probe: float = 0.01
    counter: float = 0.02
    points: float = 0.01
    mass: float = 0.08
    marrow: float = 0.15
    haematocrit: float = 0.03
    density: float = 0.01
    time: float = 0.1
    half_life: float = 0.0005
    energy: float = 0.005
    phantom: float = 0.06

    def inputs(self) -> list[Input]:
        """As they are stated."""

        def one(name: str, shared_by: str, *effects: Effect) -> Input:
            return Input(
                name=name, effects=effects, kind="B", distribution="normal", shared_by=shared_by,  # type: ignore[arg-type]
                source="assumed",
            )  # fmt: skip

        return [
            one("scanner", "everybody", Effect("curve", self.scanner, "organs")),
            one("recovery", "curve", Effect("curve", self.recovery, "organs")),
            one("probe", "everybody", Effect("curve", self.probe, "whole body")),
            one("counter", "everybody", Effect("curve", self.counter, "serum")),
            one("points", "point", Effect("curve", self.points, "all")),
            one("masses", "curve", Effect("mass", self.mass, "all")),
            one("marrow factor", "everybody", Effect("marrow factor", self.marrow)),
            one("haematocrit", "patient", Effect("haematocrit", self.haematocrit)),
            one("density", "curve", Effect("density", self.density, "all")),
            one("times", "point", Effect("time", self.time)),
            one("half-life", "everybody", Effect("half-life", self.half_life)),
            one("energy", "everybody", Effect("energy", self.energy)),
            one("phantom", "curve", Effect("dose", self.phantom, "all")),
        ]


SMALL = Sizes(
    0.003, 0.003, 0.002, 0.003, 0.002, 0.003, 0.005, 0.002, 0.001, 0.01, 0.0001, 0.001, 0.003
)  # fmt: skip
FIVE, THREE = (2.0, 24.0, 72.0, 144.0, 240.0), (4.0, 48.0, 168.0)
BLOOD_TIMES = (0.5, 4.0, 24.0, 72.0, 120.0, 200.0)
FITTED = Methods(
    whole_body_model="monoexponential", whole_body_weights="sd", serum_model="biexponential",
    serum_weights="sd", organ_model="monoexponential", organ_weights="sd",
    tissue_density_g_per_mL={"other": 1.04}, heart_contents="serum", red_marrow="serum",
    organ_masses="reference",
)  # fmt: skip


def trapezoids(method: str) -> Methods:
    """Organs by trapezoids, physical decay after the last point."""
    return replace(
        FITTED, organ_model=None, organ_weights=None, organ_trapezoids=method, first_interval="constant",
        tail="physical",
    )  # fmt: skip


@dataclass(frozen=True)
class Scenario:
    """What is measured, and how it is evaluated.

    noise : relative, of each point of organs and serum; the whole body has a third of it.
    """

    name: str
    sizes: Sizes
    noise: float
    methods: Methods = FITTED
    times: tuple[float, ...] = FIVE
    rules: bool = True


SCENARIOS = (
    Scenario("type B dominates; fits", Sizes(), 0.005),
    Scenario("counts dominate; fits", SMALL, 0.06),
    Scenario("both; fits", Sizes(), 0.06),
    Scenario("both, three points a curve; fits", Sizes(), 0.05, times=THREE),
    Scenario("both, errors from residuals ('relative'); fits", Sizes(), 0.05,
             replace(FITTED, organ_weights="relative", whole_body_weights="relative")),
    Scenario("both; trapezoids linear up, log down", Sizes(), 0.05, trapezoids("linear-up/log-down")),
    Scenario("both; linear trapezoids", Sizes(), 0.05, trapezoids("linear")),
    Scenario("counts dominate; linear trapezoids", SMALL, 0.03, trapezoids("linear")),
    Scenario("counts dominate; linear trapezoids, their rules left out", SMALL, 0.03, trapezoids("linear"),
             rules=False),
    Scenario("both, three points a curve; linear trapezoids", Sizes(), 0.05, trapezoids("linear"),
             times=THREE),
)  # fmt: skip


def truth_and_patients(scenario: Scenario, replicas: int, seed: int) -> tuple[Array, list[Patient]]:
    """(B, 4) true doses of :data:`ASKED`, and what was measured of each of B patients."""
    s, library, n = scenario.sizes, library_of(BODY), nuclide(NUCLIDE)
    rng = np.random.default_rng(seed)
    normal = rng.standard_normal

    def factor(u: float, *shape: int) -> Array:
        return np.asarray(1.0 + u * normal((replicas, *shape)))

    true = _curves(replicas, rng)
    half_life, scanner = factor(s.half_life), factor(s.scanner)
    scale = {"whole body": factor(s.probe), "serum": factor(s.counter)}
    scale |= {o: scanner * factor(s.recovery) for o in ORGANS}
    # a quantity is off by what the truth is off from it: the reference is the truth times 1 + error
    mass = {o: library.source_mass_kg[o] / factor(s.mass) for o in MASS_OF}
    nominal = {"heart contents": 1.06, "red marrow": 1.03, **dict.fromkeys(ORGANS, 1.04)}
    density = {o: d / factor(s.density) for o, d in nominal.items()}
    haematocrit = HAEMATOCRIT + s.haematocrit * normal(replicas)
    marrow = 0.19 / factor(s.marrow)
    lam = n.lambda_per_h / half_life
    area: dict[str, Array] = {
        name: np.asarray(sum(a / (rate + lam) for a, rate in parts)) for name, parts in true.items()
    }
    tiac = {o: area[o] * mass[o] / ADMINISTERED_MBQ for o in ORGANS}
    tiac["heart contents"] = (
        0.01 * area["serum"] * (1.0 - HAEMATOCRIT) * mass["heart contents"] / density["heart contents"]
    )
    tiac["red marrow"] = 0.01 * area["serum"] * marrow * mass["red marrow"] / density["red marrow"]
    tiac["remainder"] = 0.01 * area["whole body"] - np.sum(list(tiac.values()), axis=0)
    given = [
        Given({o: float(t[i]) for o, t in tiac.items()},
              organ_mass_kg={o: float(mass[o][i]) for o in MASS_OF}, confirmed=MASS_OF)
        for i in range(replicas)
    ]  # fmt: skip
    doses = absorbed_doses(given, n, BODY)
    by_kind = np.array([[d.part_mGy_per_MBq[k] for k in KINDS] for d in doses])
    by_kind = by_kind / factor(s.energy)[:, None, None] / factor(s.phantom, len(library.targets))[:, None, :]
    total = by_kind.sum(axis=1)
    effective = weighting(weight_set(WEIGHTS), library.targets, library.sex).of(total).total
    asked = [total[:, library.targets.index(t)] for t in ASKED[:3]]
    patients = _patients(scenario, n, true, scale, density, haematocrit, lam, rng)
    return np.stack([*asked, effective], axis=1), patients


Curves = dict[str, list[tuple[Array, Array]]]


def _curves(replicas: int, rng: np.random.Generator) -> Curves:
    """Amplitudes and rates, (B,) each, of every exponential; the whole body begins with 100 % in all."""

    def other(sd: float) -> Array:
        return np.exp(sd * rng.standard_normal(replicas))

    found: Curves = {}
    for name, parts in TYPICAL.items():
        uptake = other(AMPLITUDES[name])
        found[name] = [(a * uptake, rate * other(RATES)) for a, rate in parts]
    return found


def _patients(
    scenario: Scenario, n: Nuclide, true: Curves, scale: dict[str, Array], density: dict[str, Array],
    haematocrit: Array, lam: Array, rng: np.random.Generator,
) -> list[Patient]:  # fmt: skip
    """What is measured: at other times than are written down, with factors and noise."""
    s, replicas = scenario.sizes, len(lam)
    curves: dict[str, list[Curve]] = {}
    for name, parts in true.items():
        time = np.array(BLOOD_TIMES if name == "serum" else scenario.times)
        shape = (replicas, time.size)
        when = np.maximum(time - s.time * rng.standard_normal(shape), 1e-3)
        value = np.sum([a[:, None] * np.exp(-(rate + lam)[:, None] * when) for a, rate in parts], axis=0)
        if name in ORGANS:
            value = value * density[name][:, None]
        noise = scenario.noise / (3.0 if name == "whole body" else 1.0)
        read = value * scale[name][:, None] * (1.0 + s.points * rng.standard_normal(shape))
        read = read + noise * value * rng.standard_normal(shape)
        unit = {"whole body": "%IA", "serum": "%IA/L"}.get(name, "kBq/mL")
        curves[name] = [
            Curve(
                time_h=time, value=r, sd=noise * v, unit=unit, decay_corrected=False, name=name,
                lambda_phys_per_h=n.lambda_per_h,
            )
            for r, v in zip(read, value, strict=True)
        ]  # fmt: skip
    # the hospital's haematocrit is off from the patient's: the truth was made with the nominal one
    return [
        Patient(
            name=f"P{i}", sex="male", phantom=BODY, administered_MBq=ADMINISTERED_MBQ,
            haematocrit=float(haematocrit[i]),
            measurements=Measurements(
                whole_body=curves["whole body"][i], serum=curves["serum"][i],
                organs={o: curves[o][i] for o in ORGANS},
            ),
        )
        for i in range(replicas)
    ]  # fmt: skip


@dataclass(frozen=True)
class Coverage:
    """Of one quantity: shares of intervals with the truth, below and above it; in % the mean bias, the mean
    offset that the budget knows, the mean u beside it, and the standard deviation.
    """

    of: str
    held: float
    too_low: float
    too_high: float
    bias_percent: float
    offset_percent: float
    u_percent: float
    spread_percent: float


def coverage(scenario: Scenario, replicas: int, seed: int = 1) -> list[Coverage]:
    """The coverage of every quantity of :data:`ASKED`."""
    truth, patients = truth_and_patients(scenario, replicas, seed)
    method = UncertaintyMethod(inputs=scenario.sizes.inputs(), rules=scenario.rules)
    found = budgets(patients, scenario.methods, NUCLIDE, [WEIGHTS], method).budgets
    rows = []
    for j, name in enumerate(ASKED):
        i = found[0].of("effective dose" if name == WEIGHTS else "absorbed dose", name)
        value, u = (np.array([x[i] for x in every]) for every in
                    ([b.value for b in found], [b.u(offset=False) for b in found]))  # fmt: skip
        offset = np.array([b.offset()[i] for b in found])
        ends = [b.interval() for b in found]
        low, high = np.array([e.low[i] for e in ends]), np.array([e.high[i] for e in ends])
        t = truth[:, j]
        off = value / t - 1.0
        rows.append(
            Coverage(
                "effective dose" if name == WEIGHTS else name, float(np.mean((low <= t) & (t <= high))),
                float(np.mean(high < t)), float(np.mean(low > t)), 100 * float(off.mean()),
                100 * float(np.mean(offset / value)), 100 * float(np.mean(u / value)),
                100 * float(off.std(ddof=1)),
            )
        )  # fmt: skip
    return rows


def tables(replicas: int, seed: int = 1) -> str:
    """The table of all scenarios, and its size."""
    of_liver = ("bias of the liver, %", "offset in its budget, %", "u beside it, %", "true SD, %")
    heads = ["scenario", *(f"{'effective dose' if a == WEIGHTS else a}, %" for a in ASKED), *of_liver]
    lines = []
    for scenario in SCENARIOS:
        found = coverage(scenario, replicas, seed)
        liver = found[0]
        liver_percent = f"{liver.u_percent:.1f}", f"{liver.spread_percent:.1f}"
        offsets = f"{liver.bias_percent:+.1f}", f"{liver.offset_percent + 0.0:+.1f}"
        held = (f"{100 * c.held:.1f}" for c in found)
        lines.append([scenario.name, *held, *offsets, *liver_percent])
    error = 100 * math.sqrt(0.95 * 0.05 / replicas)
    size = f"Made by a run of {replicas} replicas a scenario, seed {seed}; standard error of a share"
    return f"{table(heads, lines)}\n\n{size} {error:.1f} %."


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicas", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=2)
    given = parser.parse_args()
    print(tables(given.replicas, given.seed))


if __name__ == "__main__":
    main()
