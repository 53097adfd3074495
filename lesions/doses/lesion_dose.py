"""The absorbed dose of one lesion as a typed result: its parts, its uncertainty by source, its dose rate."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from dosimetry.errors import DosimetryError
from kinetics.areas.segments import DECAY_CORRECTED, segment_areas

#: Kinds of radiation, in the order of tables.
KINDS = ("photon", "electron", "alpha")
#: What makes a lesion's dose uncertain, in the order of tables: the curve and its fit; the calibration of the
#: scanner; recovery; volume of the outline, in activity and mass at once; what stands for what is not known
#: (rules of trapezoids, the place in an organ).
SHARES = ("kinetics", "calibration", "recovery", "volume", "model")
#: Shares that nobody needs to state.
UNSTATED = {"calibration": "not stated"}
#: Key of :attr:`LesionDose.missing` where the dose from other regions is not known.
CROSS = "cross_mGy_per_MBq"
#: Parts of a dose rate must give its dose to this, relative.
SAME_DOSE = 1e-6


@dataclass(frozen=True, kw_only=True)
class ExponentialRate:
    """A dose rate that is a sum of exponentials, per administered activity: physical decay is in it.

    amplitude_mGy_per_h_MBq, rate_per_h : r(t) = sum of a_i exp(-k_i t), t from the administration; what comes
        in has negative amplitudes.

    Raises
    ------
    DosimetryError : no term, lengths that differ, a rate that is not above 0, a negative integral.

    Examples
    --------
    >>> uptake = ExponentialRate(amplitude_mGy_per_h_MBq=(2.0, -2.0), rate_per_h=(0.01, 0.1))
    >>> uptake.dose_mGy_per_MBq, uptake.at(0.0)
    (180.0, 0.0)
    """

    amplitude_mGy_per_h_MBq: tuple[float, ...]
    rate_per_h: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.amplitude_mGy_per_h_MBq) != len(self.rate_per_h) or not self.rate_per_h:
            raise DosimetryError(
                f"a dose rate needs as many rates as amplitudes, and one at least; it has"
                f" {len(self.rate_per_h)} rates and {len(self.amplitude_mGy_per_h_MBq)} amplitudes"
            )
        _finite("amplitude_mGy_per_h_MBq", self.amplitude_mGy_per_h_MBq)
        bad = next((k for k in self.rate_per_h if not (math.isfinite(k) and k > 0.0)), None)
        if bad is not None:
            raise DosimetryError(f"a dose rate falls with {bad:g} per h; a number above 0 is needed")
        if self.dose_mGy_per_MBq < 0.0:
            raise DosimetryError(f"a dose rate has the dose {self.dose_mGy_per_MBq:g} mGy/MBq, below 0")

    @property
    def dose_mGy_per_MBq(self) -> float:
        """Integral from 0 to infinity: sum of a_i / k_i."""
        return math.fsum(a / k for a, k in zip(self.amplitude_mGy_per_h_MBq, self.rate_per_h, strict=True))

    def at(self, time_h: float) -> float:
        """The dose rate at a time after administration, mGy/h per MBq."""
        pairs = zip(self.amplitude_mGy_per_h_MBq, self.rate_per_h, strict=True)
        return math.fsum(a * math.exp(-k * time_h) for a, k in pairs)


@dataclass(frozen=True, kw_only=True)
class PiecewiseRate:
    """A dose rate by the rules of trapezoids between points, and one exponential after the last of them.

    time_h : ascending, the first is 0.
    value_mGy_per_h_MBq : at these times, 0 or above.
    between : "linear" or "exponential", for each interval (or one word for all); an exponential is taken only
        between two values above 0.
    decay_per_h : a "linear" interval is a line of the dose rate corrected for this decay: (a + b t)
        exp(-decay_per_h t). 0: a plain line.
    tail_mGy_per_h_MBq, tail_per_h : after the last point, amplitude there and rate; both None: nothing is
        counted after it.

    Raises
    ------
    DosimetryError : fewer than two points without a tail, times that do not ascend from 0, values below 0, a
        rule that is none, a tail of which one number is missing or not above 0.

    Examples
    --------
    >>> rate = PiecewiseRate(
    ...     time_h=(0.0, 10.0), value_mGy_per_h_MBq=(2.0, 1.0), tail_mGy_per_h_MBq=1.0, tail_per_h=0.1
    ... )
    >>> rate.dose_mGy_per_MBq, rate.at(5.0)
    (25.0, 1.5)
    """

    time_h: tuple[float, ...]
    value_mGy_per_h_MBq: tuple[float, ...]
    tail_mGy_per_h_MBq: float | None = None
    tail_per_h: float | None = None
    between: str | tuple[str, ...] = "linear"
    decay_per_h: float = 0.0

    def __post_init__(self) -> None:
        t, v = self.time_h, self.value_mGy_per_h_MBq
        _finite("time_h", t)
        _finite("value_mGy_per_h_MBq", v)
        if len(t) != len(v) or not t or t[0] != 0.0 or any(b <= a for a, b in pairwise(t)):
            raise DosimetryError("a dose rate by pieces needs ascending times from 0 h, and a value at each")
        if any(x < 0.0 for x in v):
            raise DosimetryError(f"a dose rate is {min(v):g} mGy/h per MBq; it must be 0 or more")
        rules = (self.between,) * (len(t) - 1) if isinstance(self.between, str) else tuple(self.between)
        if len(rules) != len(t) - 1 or not set(rules) <= {"linear", "exponential"}:
            raise DosimetryError("between points a dose rate is 'linear' or 'exponential', for each interval")
        object.__setattr__(self, "between", rules)
        if not (math.isfinite(self.decay_per_h) and self.decay_per_h >= 0.0):
            raise DosimetryError(f"decay_per_h of a dose rate is {self.decay_per_h:g}; 0 or more is needed")
        tail = self.tail_mGy_per_h_MBq, self.tail_per_h
        if tail != (None, None) and not all(x is not None and math.isfinite(x) and x > 0.0 for x in tail):
            raise DosimetryError("the tail of a dose rate needs an amplitude and a rate above 0, or neither")
        if tail == (None, None) and len(t) < 2:
            raise DosimetryError("a dose rate by pieces without a tail needs two points")

    @property
    def dose_mGy_per_MBq(self) -> float:
        """Integral from 0 to infinity."""
        import numpy as np

        t, v = np.array(self.time_h), np.array(self.value_mGy_per_h_MBq)
        lines = segment_areas(t, v, DECAY_CORRECTED, self.decay_per_h)
        curved = np.array([rule == "exponential" for rule in self.between], dtype=bool)
        pieces = np.where(curved, segment_areas(t, v, "log"), lines).tolist()
        if self.tail_mGy_per_h_MBq is not None and self.tail_per_h is not None:
            pieces.append(self.tail_mGy_per_h_MBq / self.tail_per_h)
        return math.fsum(pieces)

    def at(self, time_h: float) -> float:
        """The dose rate at a time after administration, mGy/h per MBq."""
        t, v = self.time_h, self.value_mGy_per_h_MBq
        if time_h > t[-1]:
            if self.tail_mGy_per_h_MBq is None or self.tail_per_h is None:
                return 0.0
            return self.tail_mGy_per_h_MBq * math.exp(-self.tail_per_h * (time_h - t[-1]))
        i = max(bisect_left(t, time_h) - 1, 0)
        if len(t) == 1:
            return v[0]
        dt, x = t[i + 1] - t[i], (time_h - t[i]) / (t[i + 1] - t[i])
        if self.between[i] == "exponential" and v[i] > 0.0 and v[i + 1] > 0.0:
            return float(v[i] * (v[i + 1] / v[i]) ** x)
        k = self.decay_per_h
        return (v[i] * (1.0 - x) + v[i + 1] * math.exp(k * dt) * x) * math.exp(-k * dt * x)


DoseRate = ExponentialRate | PiecewiseRate


@dataclass(frozen=True, kw_only=True)
class LesionDose:
    """The absorbed dose of one lesion per administered activity; no radiation weighting is in it.

    patient, lesion, site : whose, its name, where it is.
    organ : source region that it lies in; None: none.
    nuclide : what decays, e.g. "Lu-177".
    tiac_h, se_tiac_h : time-integrated activity coefficient of the lesion, h, and the standard error that its
        curve gives it; None: not known, or the dose comes from a concentration and has no TIAC (``missing``).
    mass_kg, u_mass_kg : of the lesion; u None: not known.
    density_g_per_cm3 : of the lesion.
    shape : what its self-dose was computed for, in words, e.g. "sphere".
    self_mGy_per_MBq : by kind of radiation (:data:`KINDS`), of the activity in the lesion itself.
    cross_mGy_per_MBq : by kind, of the activity in all other regions; None: not known, and in no number here.
    cross_method : how it was made, or why it is not there.
    u_parts_mGy_per_MBq : standard uncertainty by source, of :data:`SHARES`; one that is not known is in
        ``missing`` and not here.
    rate : of the self part; its integral is that part.
    missing : name of what is not known -> why.
    provenance : where the numbers come from, flat text.
    notes : what a reader should know, one sentence each.
    curve_volume_mL : by which concentrations were made activities; None: mass over density.
    recovery : that the values of its curve were divided by; None: they were taken as they are.

    Raises
    ------
    DosimetryError : a part that is missing, below 0 or not finite; a dose rate with another dose; a cross
        part or an uncertainty that is neither there nor among ``missing``.

    Examples
    --------
    >>> dose = LesionDose(
    ...     patient="P01", lesion="L1", site="liver", nuclide="Lu-177", tiac_h=0.5, se_tiac_h=0.03,
    ...     mass_kg=0.01, u_mass_kg=0.001, density_g_per_cm3=1.04, shape="sphere",
    ...     self_mGy_per_MBq={"photon": 0.1, "electron": 4.1, "alpha": 0.0},
    ...     cross_mGy_per_MBq=None, cross_method="left out: the lesion lies in no organ",
    ...     u_parts_mGy_per_MBq={"kinetics": 0.3, "volume": 0.4},
    ...     rate=ExponentialRate(amplitude_mGy_per_h_MBq=(0.042,), rate_per_h=(0.01,)),
    ...     missing={"cross_mGy_per_MBq": "no organ", "recovery": "not corrected", "model": "one model"},
    ... )
    >>> round(dose.dose_mGy_per_MBq, 6), round(dose.u_mGy_per_MBq, 6)
    (4.2, 0.5)
    >>> {k: round(v, 2) for k, v in dose.shares().items()}
    {'kinetics': 0.36, 'volume': 0.64}
    """

    patient: str
    lesion: str
    site: str
    organ: str | None = None
    nuclide: str
    tiac_h: float | None
    se_tiac_h: float | None
    mass_kg: float
    u_mass_kg: float | None
    density_g_per_cm3: float
    shape: str
    self_mGy_per_MBq: Mapping[str, float]
    cross_mGy_per_MBq: Mapping[str, float] | None
    cross_method: str
    u_parts_mGy_per_MBq: Mapping[str, float]
    rate: DoseRate
    missing: Mapping[str, str] = field(default_factory=dict)
    provenance: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    curve_volume_mL: float | None = None
    recovery: float | None = None

    def __post_init__(self) -> None:
        where = f"dose of lesion '{self.lesion}' of patient '{self.patient}'"
        parts = {"self": self.self_mGy_per_MBq, "cross": self.cross_mGy_per_MBq}
        for name, part in parts.items():
            if part is None:
                continue
            if set(part) != set(KINDS):
                raise DosimetryError(f"{where}: the {name} part needs {', '.join(KINDS)}")
            for kind, value in part.items():
                if not (math.isfinite(value) and value >= 0.0):
                    raise DosimetryError(
                        f"{where}: {name} part by {kind}s is {value:g} mGy/MBq; it must be 0 or more"
                    )
        if not (math.isfinite(self.mass_kg) and self.mass_kg > 0.0):
            raise DosimetryError(f"{where}: the mass is {self.mass_kg:g} kg; a number above 0 is needed")
        for share, u in self.u_parts_mGy_per_MBq.items():
            if share not in SHARES or not (math.isfinite(u) and u >= 0.0):
                raise DosimetryError(
                    f"{where}: uncertainty by '{share}' is {u:g} mGy/MBq; numbers of 0 or more are needed, by"
                    f" {', '.join(SHARES)}"
                )
        unstated = {s: why for s, why in UNSTATED.items() if s not in self.u_parts_mGy_per_MBq}
        object.__setattr__(self, "missing", {**unstated, **self.missing})
        lacking = [s for s in SHARES if s not in self.u_parts_mGy_per_MBq and s not in self.missing]
        if self.cross_mGy_per_MBq is None and CROSS not in self.missing:
            lacking.append(CROSS)
        if lacking:
            raise DosimetryError(f"{where}: {', '.join(lacking)} is missing without a reason")
        mine = self.self_dose_mGy_per_MBq
        if abs(self.rate.dose_mGy_per_MBq - mine) > SAME_DOSE * mine:
            raise DosimetryError(
                f"{where}: the dose rate has the dose {self.rate.dose_mGy_per_MBq:.8g} mGy/MBq, the self part"
                f" is {mine:.8g}"
            )

    @property
    def self_dose_mGy_per_MBq(self) -> float:
        """Of the activity in the lesion itself, all radiations together."""
        return math.fsum(self.self_mGy_per_MBq.values())

    @property
    def cross_dose_mGy_per_MBq(self) -> float | None:
        """Of the activity in all other regions, all radiations together; None: not known."""
        cross = self.cross_mGy_per_MBq
        return None if cross is None else math.fsum(cross.values())

    @property
    def dose_mGy_per_MBq(self) -> float:
        """Self and cross part together; the self part alone where the cross part is not known."""
        return self.self_dose_mGy_per_MBq + (self.cross_dose_mGy_per_MBq or 0.0)

    @property
    def by_radiation_mGy_per_MBq(self) -> dict[str, float]:
        """Self and cross part together (as :attr:`dose_mGy_per_MBq`), by kind of radiation."""
        cross = self.cross_mGy_per_MBq or dict.fromkeys(KINDS, 0.0)
        return {k: self.self_mGy_per_MBq[k] + cross[k] for k in KINDS}

    @property
    def u_mGy_per_MBq(self) -> float | None:
        """Standard uncertainty by all sources that are known; None: none is."""
        parts = self.u_parts_mGy_per_MBq
        return math.hypot(*parts.values()) if parts else None

    @property
    def unknown_shares(self) -> tuple[str, ...]:
        """Sources of uncertainty that are in no number, with their reasons in ``missing``."""
        return tuple(s for s in SHARES if s not in self.u_parts_mGy_per_MBq)

    def shares(self) -> dict[str, float]:
        """Each source's share of the variance; together 1. Empty where nothing is known, or all is 0."""
        total = self.u_mGy_per_MBq
        if not total:
            return {}
        return {s: (u / total) ** 2 for s, u in self.u_parts_mGy_per_MBq.items()}


def _finite(name: str, values: tuple[float, ...]) -> None:
    bad = next((x for x in values if not math.isfinite(x)), None)
    if bad is not None:
        raise DosimetryError(f"{name} of a dose rate has {bad:g}; finite numbers are needed")
