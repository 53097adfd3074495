"""An area by trapezoids: what it is, by which rules, and what the others would have given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from kinetics.areas.alternatives import RuleDifference
from kinetics.areas.terminal import TerminalSlope
from kinetics.curves.curve import FloatArray


@dataclass(frozen=True, kw_only=True)
class AreaResult:
    """An area by trapezoids, in unit x h.

    ``area`` is None where the tail can't be given (``reason`` says why); ``area_observed`` (time 0 to the
    last point) is always there. ``se_area`` is None without standard deviations. ``extrapolated_fraction``
    is the tail's share of ``area``. ``first_interval``, ``tail`` and ``method`` say in words what was
    done; ``first_rule`` and ``tail_rule`` are the rules' names. ``tail_per_h`` is the effective rate of the
    exponential that the tail is (:func:`kinetics.areas.course.course_of_area`); None: there is none.

    ``alternatives`` has the area that each other rule would have given, the rest held: "between points:
    log", "first interval: zero", "tail: effective" and so on, those used among them. ``u_rules`` is the
    standard uncertainty by the choice of each, in ``unit``: "between points", "first interval", "tail", only
    from alternatives that can be defended (:mod:`kinetics.areas.alternatives` says which, and how), and
    ``offset_rules`` the part of it that is known with its sign: the middle of these, less ``area``;
    ``unknown_rules`` says of a part that has none why. They are no part of ``se_area``. ``rule_differences``
    are those of more than 3 % of the area; ``warnings`` tell them too. The tail "fitted" is among the
    alternatives only where it was taken: it would need a fit of each curve. ``by_value`` is the derivative of
    ``area`` by each value with physical decay in it, in h, of a curve with standard deviations.

    Examples
    --------
    >>> from kinetics import Curve, area
    >>> curve = Curve(time_h=[0, 10], value=[10, 5], unit="%IA", decay_corrected=False, half_life_h=10)
    >>> found = area(curve, tail="physical", first="zero")
    >>> round(found.area, 1), found.unit, found.se_area  # 75 up to 10 h, then 5 x 10 h/ln 2
    (147.1, '%IA x h', None)
    >>> round(found.alternatives["between points: log"], 1), sorted(found.u_rules)
    (144.3, ['between points', 'tail'])
    """

    area: float | None
    se_area: float | None
    area_observed: float
    se_area_observed: float | None
    area_tail: float | None
    area_first: float
    extrapolated_fraction: float | None
    first_interval: str
    tail: str
    method: str
    unit: str
    reason: str | None = None
    slope: TerminalSlope | None = None
    warnings: tuple[str, ...] = field(default=())
    first_rule: str = ""
    tail_rule: str = ""
    tail_per_h: float | None = None
    alternatives: Mapping[str, float] = field(default_factory=dict)
    u_rules: Mapping[str, float] = field(default_factory=dict)
    offset_rules: Mapping[str, float] = field(default_factory=dict)
    unknown_rules: Mapping[str, str] = field(default_factory=dict)
    rule_differences: tuple[RuleDifference, ...] = ()
    by_value: FloatArray | None = field(default=None, compare=False, repr=False)

    @property
    def u_method(self) -> float:
        """Standard uncertainty by the choice of all rules, in ``unit``.

        The root of the sum of squares of what is not known (:meth:`spread_rule`) and of the sum of the
        offsets, which are known with their signs. Parts in ``unknown_rules`` are not in it.
        """
        return math.hypot(*(self.spread_rule(part) for part in self.u_rules), sum(self.offset_rules.values()))

    def spread_rule(self, part: str) -> float:
        """The part of ``u_rules`` beside the offset, in ``unit``: half of the alternatives' width, by √3."""
        u, offset = self.u_rules[part], self.offset_rules.get(part, 0.0)
        return math.sqrt(max(u * u - offset * offset, 0.0))

    def __repr__(self) -> str:
        if self.area is None:
            seen = f"{self.area_observed:.4g} {self.unit} to the last point"
            return f"<AreaResult: {seen}, none to infinity: {self.reason}>"
        error = "" if self.se_area is None else f" +- {self.se_area:.2g}"
        return f"<AreaResult: {self.area:.4g}{error} {self.unit} by {self.method} trapezoids>"
