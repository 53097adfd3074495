"""Cohorts that are drawn: parameters log-normal over patients, measurements with errors in proportion.

The numbers are those of a made-up population. Where a publication was the model, it is said what could be
read of it; the rest is assumed, and stands here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kinetics.curves.curve import Curve, FloatArray
from kinetics.curves.decay import lambda_from_half_life
from kinetics.models import MODELS, Model

#: Physical half-lives, h (ICRP 107: 6.647 d and 78.41 h).
LU177_H, ZR89_H = 159.528, 78.41


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Curves of one kind over a population.

    median : parameter -> median over patients; amplitudes in ``unit`` at time 0, biologic rates in 1/h.
    sd_log : parameter -> SD of its logarithm between patients.
    correlation : (parameter, parameter) -> correlation of the two logarithms; others are 0.
    times_h : number of points -> when they are measured, h after administration.
    """

    name: str
    model: str
    unit: str
    half_life_h: float
    median: Mapping[str, float]
    sd_log: Mapping[str, float]
    times_h: Mapping[int, Sequence[float]]
    correlation: Mapping[tuple[str, str], float]

    @property
    def function(self) -> Model:
        """The fit model."""
        return MODELS[self.model]

    @property
    def lambda_phys_per_h(self) -> float:
        """Physical decay constant, 1/h."""
        return lambda_from_half_life(self.half_life_h)

    @property
    def mean_log(self) -> FloatArray:
        """(P,) logarithms of the medians, in the order of the model's parameters."""
        return np.log([self.median[p] for p in self.function.parameters])

    @property
    def covariance_log(self) -> FloatArray:
        """(P, P) covariance of the logarithms."""
        names = self.function.parameters
        sd = np.array([self.sd_log[p] for p in names])
        r = np.eye(len(names))
        for (a, b), value in self.correlation.items():
            i, j = names.index(a), names.index(b)
            r[i, j] = r[j, i] = value
        found: FloatArray = r * np.outer(sd, sd)
        return found


@dataclass(frozen=True)
class Cohort:
    """Simulated patients: curves as measured, parameters (n, P) and areas (n,) that are true."""

    kind: Kind
    curves: list[Curve]
    theta: FloatArray
    area: FloatArray
    noise: float

    def of(self, patients: Sequence[int]) -> list[Curve]:
        """Curves of some patients."""
        return [self.curves[i] for i in patients]


def cohort(
    kind: Kind,
    patients: int,
    points: int | Sequence[int],
    noise: float,
    seed: Sequence[int],
    *,
    with_sd: bool = False,
) -> Cohort:
    """Draw a cohort.

    Parameters
    ----------
    points : of every patient, or of each one.
    noise : SD of a value over the true value; a value that comes out at 0 or below is drawn again.
    seed : of the generator; the parameters of patients don't depend on points and noise.
    with_sd : whether the curves say their SDs, noise x true value.

    >>> drawn = cohort(KIDNEYS, 3, [4, 4, 1], 0.05, [1])
    >>> [len(c) for c in drawn.curves]
    [4, 4, 1]
    """
    each = [points] * patients if isinstance(points, int) else list(points)
    drawn = np.random.default_rng([*seed, 0])
    spread = drawn.normal(size=(patients, len(kind.median)))
    factor = np.linalg.cholesky(kind.covariance_log)
    theta = np.exp(kind.mean_log + spread @ factor.T)
    curves = []
    for i, n in enumerate(each):
        rng = np.random.default_rng([*seed, 1, i, n])
        time = np.array(kind.times_h[n])
        true = kind.function.value(time, theta[i]) * np.exp(-kind.lambda_phys_per_h * time)
        measured = -true
        while np.any(measured <= 0):
            again = measured <= 0
            measured[again] = (true * (1 + noise * rng.normal(size=time.size)))[again]
        curves.append(
            Curve(
                time_h=time, value=measured, sd=noise * true if with_sd else None, unit=kind.unit,
                decay_corrected=False, name=f"P{i + 1:02d}", half_life_h=kind.half_life_h,
            )
        )  # fmt: skip
    area = np.asarray(kind.function.area(theta, kind.lambda_phys_per_h))
    return Cohort(kind, curves, theta, area, noise)


def biologic(effective_h: float, physical_h: float) -> float:
    """Biologic rate in 1/h of an effective half-life.

    >>> round(math.log(2) / biologic(50.0, 100.0), 6)
    100.0
    """
    return math.log(2) * (1 / effective_h - 1 / physical_h)


def spread_of_rate(effective: float, effective_h: float, physical_h: float) -> float:
    """SD of the logarithm of the biologic rate that gives the effective half-life this one, to first order.

    >>> round(spread_of_rate(0.25, 50.0, 100.0), 3)  # half of the loss is biologic
    0.5
    """
    return effective / (1 - effective_h / physical_h)


def _kidneys(
    name: str,
    effective_h: float,
    spread: float,
    *,
    uptake: float = 0.35,
    times: Mapping[int, Sequence[float]],
) -> Kind:
    """177Lu in both kidneys: uptake with 2 h, clearance by one exponential."""
    return Kind(
        name=name, model="uptake", unit="%IA", half_life_h=LU177_H,
        median={"A1": 4.0, "lambda1": biologic(effective_h, LU177_H), "lambda2": math.log(2) / 2},
        sd_log={"A1": uptake, "lambda1": spread_of_rate(spread, effective_h, LU177_H), "lambda2": 0.3},
        times_h=times, correlation={},
    )  # fmt: skip


_SCANS = {1: (72.0,), 2: (24.0, 120.0), 3: (4.0, 24.0, 120.0), 4: (4.0, 24.0, 72.0, 168.0),
          5: (1.0, 4.0, 24.0, 72.0, 168.0)}  # fmt: skip

#: 177Lu-labelled peptide in the kidneys: effective half-life 50 h with 27 %, uptake 4 %IA with 35 %.
KIDNEYS = _kidneys("177Lu, kidneys", 50.0, 0.27, times=_SCANS)

#: Spreads of the uptake between patients that the setting of Devasia et al. is looked at with.
DEVASIA_UPTAKES = (0.15, 0.20, 0.30)


def devasia(uptake: float) -> Kind:
    """The setting of Devasia et al., J Nucl Med 2021;62:1118, with so much spread of the uptake.

    Read in the abstract: kidneys, 177Lu-DOTATATE, ten clinical patients with up to four scans between days 0
    and 7, 250 virtual ones, one point at about 96 h for the patient in question and complete data of the
    others. Not read: the population. Median and spread of the effective half-life, 49 h and 17 %, and a noise
    of 3 % are such that an area from 96 h is off by more than 10 % in as many cases as there: 20 % by
    Haenscheid, 17 % by Madsen (as quoted by Hardiansyah et al., EJNMMI Phys 2023;10:12).

    >>> devasia(0.2).times_h[1]
    (96.0,)
    """
    return _kidneys(
        "setting of Devasia et al.", 49.0, 0.17, uptake=uptake,
        times={1: (96.0,), 2: (4.0, 96.0), 4: (4.0, 24.0, 96.0, 168.0)},
    )  # fmt: skip


_PET = {1: (96.0,), 2: (24.0, 144.0), 3: (2.0, 48.0, 144.0), 4: (2.0, 24.0, 72.0, 144.0),
        5: (2.0, 24.0, 72.0, 120.0, 168.0)}  # fmt: skip

#: 89Zr-labelled antibody in the whole body: biologic half-life 450 h with 40 % between patients.
WHOLE_BODY = Kind(
    name="89Zr, whole body", model="monoexponential", unit="%IA", half_life_h=ZR89_H,
    median={"A1": 100.0, "lambda1": math.log(2) / 450}, sd_log={"A1": 0.03, "lambda1": 0.40},
    times_h=_PET, correlation={},
)  # fmt: skip

#: The same in serum: 25 %IA/L, a third of it with 14 h, the rest with 150 h; amplitudes correlated.
SERUM = Kind(
    name="89Zr, serum", model="biexponential", unit="%IA/L", half_life_h=ZR89_H,
    median={"A1": 8.0, "A2": 17.0, "lambda1": math.log(2) / 14, "lambda2": math.log(2) / 150},
    sd_log={"A1": 0.30, "A2": 0.25, "lambda1": 0.35, "lambda2": 0.30},
    times_h={1: (72.0,), 2: (24.0, 144.0), 3: (2.0, 48.0, 144.0), 4: (1.0, 24.0, 72.0, 144.0),
             5: (0.5, 4.0, 24.0, 72.0, 144.0)},
    correlation={("A1", "A2"): 0.3},
)  # fmt: skip

KINDS = (KIDNEYS, WHOLE_BODY, SERUM)
