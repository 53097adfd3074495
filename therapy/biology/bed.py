"""Biologically effective dose of radionuclide therapy, by the linear-quadratic model with repair.

BED = w D + G D^2 / (alpha/beta) for dose rates of any course: one cycle or several, with repair between them
and with what is left of the former cycle's dose rate while the next one runs. w is 1 for low LET.

[1] Dale RG. Br J Radiol 1985;58:515-528: G = k/(k + mu) of one exponential, BED = D (1 + D k/((k + mu) a/b)).
[2] Dale RG, Jones B. Int J Radiat Biol 1999;75:129-140: high LET by its largest RBE, in the linear term only.
[3] Wessels BW et al. MIRD Pamphlet No. 20. J Nucl Med 2008;49:1884-1899.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from dosimetry.errors import DosimetryError
from therapy.biology.dose_rate import AnyDoseRate, DoseRate, FloatArray, PiecewiseDoseRate, check_constant
from therapy.biology.interaction import interaction

__all__ = [
    "Bed", "DoseRate", "PiecewiseDoseRate", "Repair", "Repopulation", "bed", "eqd2", "lea_catcheside"
]  # fmt: skip

#: Half-time of repair in h, or shares with half-times in h of repair in several phases; infinite: no repair.
Repair = float | Sequence[tuple[float, float]]
#: Shares of the phases of repair add up to 1, within this.
_SHARES = 1e-9


@dataclass(frozen=True, kw_only=True)
class Repopulation:
    """Loss of effect by the growth of a tumour under irradiation: ln 2 (T - start) / (alpha T_double), in Gy.

    doubling_time_h : of the tumour's clonogenic cells, above 0.
    alpha_per_Gy : linear sensitivity, above 0.
    until_h : T, the time from the first cycle's start up to which it counts (of a decaying source, when the
        dose rate no longer outweighs the growth); start_h : from when on cells grow.

    Dale RG. Br J Radiol 1989;62:241-244.

    Raises
    ------
    DosimetryError : a number that is none of these.

    Examples
    --------
    >>> growth = Repopulation(doubling_time_h=720.0, alpha_per_Gy=0.35, until_h=1440.0)
    >>> round(growth.loss_Gy, 3)
    3.961
    """

    doubling_time_h: float
    alpha_per_Gy: float
    until_h: float
    start_h: float = 0.0

    def __post_init__(self) -> None:
        _positive(self.doubling_time_h, "the doubling time", "h")
        _positive(self.alpha_per_Gy, "alpha", "1/Gy")
        if not (math.isfinite(self.until_h) and 0.0 <= self.start_h <= self.until_h):
            raise DosimetryError(
                f"repopulation from {self.start_h:g} to {self.until_h:g} h: it must end after its start, and"
                " that lies at 0 h or later"
            )

    @property
    def loss_Gy(self) -> float:
        """What is taken from the BED, Gy."""
        return math.log(2.0) * (self.until_h - self.start_h) / (self.alpha_per_Gy * self.doubling_time_h)


@dataclass(frozen=True, kw_only=True)
class Bed:
    """Biologically effective dose of one or several cycles, with what it was made of.

    dose_Gy : absorbed dose of all cycles; bed_Gy : with repair between the cycles and their overlap.
    independent_Gy : the sum of the cycles' own BED, as if each began without damage of the former.
    g : the Lea-Catcheside factor of the whole course.
    eqd2_Gy : the dose in fractions of 2 Gy with the same BED.
    dose_by_cycle_Gy, bed_by_cycle_Gy : each cycle's own, (n,).
    interaction_Gy2 : (n, n) :mod:`therapy.biology.interaction`; its sum is g dose_Gy^2.
    rbe_max : factor of the linear term (1: low LET); repopulation_Gy : what growth took.

    >>> rate = DoseRate([0.08], [0.0139])
    >>> found = bed([(0.0, rate), (1344.0, rate)], alpha_beta_Gy=2.6, repair_half_time_h=2.8)
    >>> round(found.dose_Gy, 3), round(found.bed_Gy, 3)
    (11.511, 12.865)
    """

    dose_Gy: float
    bed_Gy: float
    independent_Gy: float
    g: float
    eqd2_Gy: float
    alpha_beta_Gy: float
    repair: tuple[tuple[float, float], ...]
    rbe_max: float = 1.0
    repopulation_Gy: float = 0.0
    dose_by_cycle_Gy: FloatArray = field(compare=False)
    bed_by_cycle_Gy: FloatArray = field(compare=False)
    interaction_Gy2: FloatArray = field(compare=False)

    @property
    def relative_effectiveness(self) -> float:
        """BED by dose."""
        return self.bed_Gy / self.dose_Gy

    def __repr__(self) -> str:
        said = f"{self.bed_Gy:.4g} Gy of {self.dose_Gy:.4g} Gy, G {self.g:.3g}, EQD2 {self.eqd2_Gy:.4g} Gy"
        return f"<Bed: {said}>"


def bed(
    rates: Sequence[tuple[float, AnyDoseRate]],
    alpha_beta_Gy: float,
    repair_half_time_h: Repair,
    *,
    rbe_max: float = 1.0,
    repopulation: Repopulation | None = None,
) -> Bed:
    """Biologically effective dose of cycles, in closed form; damage is repaired within and between them.

    Parameters
    ----------
    rates : start in h and dose rate of each cycle; starts in order, the first is what others count from.
    alpha_beta_Gy : of the tissue, above 0.
    repair_half_time_h : of the repair of sublethal damage; or (share, half-time) of each of several phases.
        ``math.inf``: no repair (G is 1).
    rbe_max : mean over the radiations, by dose, of the largest RBE (of low doses): the factor of the linear
        term alone [2]. 1: low LET. (:func:`therapy.rbe_max_of` makes it of doses by radiation.)
    repopulation : growth of a tumour; None: none.

    Raises
    ------
    DosimetryError : no cycle, starts out of order, a constant that is none.

    Examples
    --------
    One exponential is Dale's RE = 1 + D k / ((k + mu) alpha/beta):

    >>> rate = DoseRate([0.08], [0.0139])
    >>> found = bed([(0.0, rate)], alpha_beta_Gy=2.6, repair_half_time_h=2.8)
    >>> k, mu = 0.0139, math.log(2) / 2.8
    >>> round(found.bed_Gy, 6) == round(rate.dose_Gy * (1 + rate.dose_Gy * k / (k + mu) / 2.6), 6)
    True
    """
    if not rates:
        raise DosimetryError("no cycle is given; the dose rate of at least one is needed")
    starts = [start for start, _ in rates]
    if not all(map(math.isfinite, starts)) or any(b < a for a, b in pairwise(starts)):
        raise DosimetryError(
            f"cycles start at {', '.join(f'{s:g}' for s in starts)} h; they must be in order"
        )
    _positive(alpha_beta_Gy, "alpha/beta", "Gy")
    _positive(rbe_max, "the largest RBE", "")
    repair = repair_of(repair_half_time_h)
    matrix = interaction(rates, repair_constants(repair))
    doses = np.array([rate.dose_Gy for _, rate in rates])
    own = rbe_max * doses + np.diag(matrix) / alpha_beta_Gy
    dose, loss = math.fsum(doses), 0.0 if repopulation is None else repopulation.loss_Gy
    total = rbe_max * dose + math.fsum(matrix.ravel()) / alpha_beta_Gy - loss
    return Bed(
        dose_Gy=dose,
        bed_Gy=total,
        independent_Gy=math.fsum(own) - loss,
        g=math.fsum(matrix.ravel()) / dose**2,
        eqd2_Gy=eqd2(total, alpha_beta_Gy),
        alpha_beta_Gy=alpha_beta_Gy,
        repair=repair,
        rbe_max=rbe_max,
        repopulation_Gy=loss,
        dose_by_cycle_Gy=doses,
        bed_by_cycle_Gy=own,
        interaction_Gy2=matrix,
    )


def lea_catcheside(rate: AnyDoseRate, repair_per_h: float | Sequence[tuple[float, float]]) -> float:
    """The Lea-Catcheside factor G of one dose rate: 1 of an acute dose, 0 of one without end.

    Parameters
    ----------
    rate : of one cycle.
    repair_per_h : constant of the repair, ln 2 / half-time; or (share, constant) of each of several phases.

    Raises
    ------
    DosimetryError : a constant that is none; shares that do not add up to 1.

    Examples
    --------
    >>> round(lea_catcheside(DoseRate([0.08], [0.0139]), 0.2476), 6)  # k/(k + mu)
    0.053155
    """
    phases = ((1.0, repair_per_h),) if isinstance(repair_per_h, int | float) else tuple(repair_per_h)
    half_times = [(share, math.inf if mu == 0.0 else math.log(2.0) / mu) for share, mu in phases]
    repair_of(half_times)
    return float(interaction([(0.0, rate)], phases)[0, 0]) / rate.dose_Gy**2


def eqd2(bed_Gy: float, alpha_beta_Gy: float) -> float:
    """The dose in fractions of 2 Gy, repaired between them, that has the same BED: BED/(1 + 2/(a/b)), in Gy.

    Raises
    ------
    DosimetryError : alpha/beta is not above 0.

    Examples
    --------
    >>> eqd2(40.0, 2.0)
    20.0
    """
    return bed_Gy / (1.0 + 2.0 / _positive(alpha_beta_Gy, "alpha/beta", "Gy"))


def repair_of(half_time_h: Repair) -> tuple[tuple[float, float], ...]:
    """Shares and half-times of repair, checked."""
    one = isinstance(half_time_h, int | float)
    phases = ((1.0, float(half_time_h)),) if one else tuple(half_time_h)  # type: ignore[arg-type]
    for share, half_time in phases:
        if not (math.isfinite(share) and 0.0 < share <= 1.0 + _SHARES):
            raise DosimetryError(f"share {share:g} of a phase of repair; above 0, up to 1 is needed")
        if half_time != math.inf:
            _positive(half_time, "the half-time of repair", "h")
            check_constant(math.log(2.0) / half_time, "the constant of repair")
    if abs(math.fsum(share for share, _ in phases) - 1.0) > _SHARES:
        raise DosimetryError(
            f"shares of the phases of repair are {', '.join(f'{s:g}' for s, _ in phases)};"
            " they must add up to 1"
        )
    return phases


def repair_constants(repair: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Shares and constants in 1/h of half-times."""
    return [(share, math.log(2.0) / half_time) for share, half_time in repair]


def _positive(value: float, what: str, unit: str) -> float:
    if not (math.isfinite(value) and value > 0.0):
        raise DosimetryError(f"{what} is {value:g} {unit}; a number above 0 is needed".replace("  ", " "))
    return value
