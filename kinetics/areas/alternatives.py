"""What the other rules of trapezoids would have given, and the standard uncertainty by the choice of a rule.

Three choices make an area: the rule between points, the first interval, the tail. Each has its own
alternatives, with the other two held. An alternative counts in the uncertainty where it can be defended:

- **between points** "linear-up/log-down" (exponential where the curve falls) and "linear-decay-corrected"
  (the substance moves in a straight line, its label decays as it does). Not "linear" through decaying
  activity: its decay-corrected curve bulges between any two points, a gain and loss of substance that nothing
  speaks for; not "log" for a rise, which no model of uptake has.
- **first interval** "zero" (nothing at time 0), "constant" (all of it) and "extrapolate", the latter no
  farther back than the two points lie apart.
- **tail** "physical" (nothing is cleared any more: the most that can be) and the slope of the last points,
  "effective" and "predicted", or that of the last two where three have none, if it is no slower than physical
  decay. Not "none": activity does not vanish after the last measurement.

The true area lies anywhere between the lowest and the highest of these, as far as is known: a rectangular
distribution (JCGM 100:2008, 4.3.7) with limits lo and hi. The standard uncertainty is the root mean square of
its distance from the area that is given, u^2 = (hi - lo)^2/12 + ((lo + hi)/2 - area)^2, so that a rule
outside of what can be defended carries its bias. The two terms are of different kinds: the first is what is
not known; the second, the offset, is known with its sign, so that offsets of several choices and curves add
as they are, and an interval is moved by them and not widened (JCGM 100:2008, 3.2.4 and 6.3.1, note; JCGM
101:2008, 6.4.2 and 7.7: it is that of the distribution, wherever the given value lies; u of an uncorrected
value is a loss to be expected and may not be propagated: Meas Sci Rev 2019, doi 10.2478/msr-2019-0026). The
rules share the points: where all of them miss the same bend, no spread shows it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from kinetics.areas.segments import DECAY_CORRECTED, decay_share
from kinetics.areas.terminal import TerminalSlope, terminal_slope
from kinetics.curves.curve import FloatArray

BETWEEN, FIRST_INTERVAL, TAIL = "between points", "first interval", "tail"
#: The tail by the slope of the last two points, where three have none.
LAST_TWO = "effective, last 2 points"
#: Rules between points that can be defended.
DEFENSIBLE_BETWEEN = ("linear-up/log-down", DECAY_CORRECTED)
#: Largest power of e by which a value is extrapolated back to time 0: beyond it there is no such number.
MOST_POWER = 700.0
#: Shares of the area from which on a difference is told, in classes, so that many areas have one text.
CLASSES = (0.03, 0.1, 0.3, 1.0)
PLACES = {
    BETWEEN: "between the points",
    FIRST_INTERVAL: "up to the first point",
    TAIL: "after the last point",
}


class RuleDifference(NamedTuple):
    """The farthest area by another rule that can be defended, where it is farther than 3 % of the area.

    part : "between points", "first interval" or "tail"; used, rule : the rule that was taken, and the other;
    relative : (area by the other rule)/area - 1.
    """

    part: str
    used: str
    rule: str
    relative: float

    @property
    def text(self) -> str:
        """As a warning, without the number, so that many areas have one text."""
        over = [c for c in CLASSES if abs(self.relative) > c]
        way = "smaller" if self.relative < 0 else "larger"
        return (
            f"{PLACES[self.part]} '{self.used}' was taken; by '{self.rule}' the area would be {way} by more"
            f" than {100 * over[-1]:g} %"
        )


class RuleSpread(NamedTuple):
    """Areas by other rules, u of each choice and the offset in it, why there is none, large differences."""

    alternatives: Mapping[str, float]
    u_rules: Mapping[str, float]
    offset_rules: Mapping[str, float]
    unknown: Mapping[str, str]
    differences: tuple[RuleDifference, ...]


#: Of an area whose alternatives were not asked for.
NO_SPREAD = RuleSpread({}, {}, {}, {}, ())


def rule_spread(
    time_h: FloatArray,
    value: FloatArray,
    lambda_phys_per_h: float,
    *,
    method: str,
    first: str,
    tail: str | float,
    slope: TerminalSlope | None,
    slope_points: int | None,
    area: float | None,
    tail_area: float | None,
    rising: bool = False,
) -> RuleSpread:
    """The alternatives to the rules by which one area was made; plain numbers, since curves are short."""
    t, v = time_h.tolist(), value.tolist()
    between = _between(t, v, lambda_phys_per_h)
    firsts = {m: _firsts(t, v, lambda_phys_per_h, m, rising) for m in ("linear", DECAY_CORRECTED)}

    def first_areas(rule: str) -> dict[str, float]:
        return firsts[DECAY_CORRECTED if rule == DECAY_CORRECTED else "linear"]

    before = first_areas(method)[first] if t[0] > 0 else 0.0
    observed = between[method] + before
    tails, good_tails = _tails(time_h, value, lambda_phys_per_h, slope, slope_points)
    found = {f"{TAIL}: {rule}": observed + part for rule, part in tails.items()}
    if area is None or tail_area is None:
        return RuleSpread(found, {}, {}, {}, ())
    if tail == "fitted":
        found[f"{TAIL}: fitted"] = area
    good: dict[str, list[tuple[str, float]]] = {}
    if len(t) > 1:
        whole = {
            rule: part + (first_areas(rule)[first] if t[0] > 0 else 0.0) + tail_area
            for rule, part in between.items()
        }
        found |= {f"{BETWEEN}: {rule}": part for rule, part in whole.items()}
        good[BETWEEN] = [(rule, whole[rule]) for rule in DEFENSIBLE_BETWEEN]
    if t[0] > 0:
        whole = {rule: between[method] + part + tail_area for rule, part in first_areas(method).items()}
        found |= {f"{FIRST_INTERVAL}: {rule}": part for rule, part in whole.items()}
        far = len(t) > 1 and t[0] > t[1] - t[0]
        good[FIRST_INTERVAL] = [
            (rule, part) for rule, part in whole.items() if not (far and rule == "extrapolate")
        ]
    unknown = {}
    if not isinstance(tail, str):
        unknown[TAIL] = "what comes after the last point is told, not found by a rule"
    elif not good_tails:
        unknown[TAIL] = "no physical decay, and no slope of the last points: no tail can be defended"
    elif good_tails == [tail]:
        unknown[TAIL] = f"no other tail than '{tail}' can be had: the last points give no slope"
    else:
        good[TAIL] = [(rule, observed + tails[rule]) for rule in good_tails]
    used = {BETWEEN: method, FIRST_INTERVAL: first, TAIL: str(tail)}
    u_rules, offsets, differences = {}, {}, []
    for part, areas in good.items():
        u_rules[part], offsets[part] = _rectangular(area, [a for _, a in areas])
        rule, farthest = max(areas, key=lambda one: abs(one[1] - area))
        if abs(farthest - area) > CLASSES[0] * area:
            differences.append(RuleDifference(part, used[part], rule, farthest / area - 1.0))
    return RuleSpread(found, u_rules, offsets, unknown, tuple(differences))


def _rectangular(area: float, areas: Sequence[float]) -> tuple[float, float]:
    """Distance from an area of what may be anywhere between the lowest and the highest.

    As a root mean square, and that of their middle with its sign.
    """
    lo, hi = min(areas), max(areas)
    offset = 0.5 * (lo + hi) - area
    return math.sqrt((hi - lo) ** 2 / 12.0 + offset**2), offset


def _between(t: Sequence[float], v: Sequence[float], lam: float) -> dict[str, float]:
    """Areas from the first to the last point, by rule."""
    linear = log = mixed = corrected = 0.0
    for t1, t2, a, b in zip(t, t[1:], v, v[1:], strict=False):
        dt = t2 - t1
        line = 0.5 * (a + b) * dt
        curved = line
        if a > 0 and b > 0 and abs(a - b) > 1e-9 * abs(a):
            curved = (a - b) / math.log(a / b) * dt
        linear += line
        log += curved
        mixed += curved if b < a else line
        x = lam * dt
        corrected += dt * (decay_share(x) * a + decay_share(-x) * b)
    return {"linear": linear, "log": log, "linear-up/log-down": mixed, DECAY_CORRECTED: corrected}


def _firsts(
    t: Sequence[float], v: Sequence[float], lam: float, method: str, rising: bool
) -> dict[str, float]:
    """Areas from time 0 to the first point, by rule; "extrapolate" only where it can be had."""
    if not t[0] > 0:
        return {}
    x = lam * t[0]
    found = {
        "zero": t[0] * v[0] * (decay_share(-x) if method == DECAY_CORRECTED else 0.5),
        "constant": t[0] * v[0] * _growth(x),
    }
    if len(t) > 1 and v[0] > 0 and v[1] > 0 and (v[1] < v[0] or rising):
        power = math.log(v[0] / v[1]) * t[0] / (t[1] - t[0])
        if power <= MOST_POWER:
            found["extrapolate"] = t[0] * v[0] * _growth(power)
    return found


def _growth(x: float) -> float:
    """(e^x - 1) / x."""
    return math.expm1(x) / x if x else 1.0


def _tails(
    time: FloatArray, value: FloatArray, lam: float, slope: TerminalSlope | None, slope_points: int | None
) -> tuple[dict[str, float], list[str]]:
    """Areas after the last point, by rule, and which rules can be defended."""
    last_t, last = float(time[-1]), float(value[-1])
    found, good = {"none": 0.0}, []
    if lam > 0:
        found["physical"] = last / lam
        good.append("physical")
    if slope is None:
        asked = slope_points if slope_points is not None and slope_points > 1 else None
        slope = terminal_slope(time, value, n_points=asked)
    if slope.reason is None:
        found["effective"] = last / slope.lambda_z_per_h
        found["predicted"] = slope.predicted(last_t) / slope.lambda_z_per_h
        if slope.lambda_z_per_h >= lam:
            good += ["effective", "predicted"]
    elif value.size > 1 and 0 < last < value[-2]:
        rate = math.log(value[-2] / last) / (last_t - float(time[-2]))
        found[LAST_TWO] = last / rate
        if rate >= lam:
            good.append(LAST_TWO)
    return found, good
