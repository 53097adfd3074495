"""What other rules of trapezoids would have made of a study's curves, a line a rule."""

from __future__ import annotations

from collections.abc import Sequence

from dosimetry.tiacs.tiacs import UsedCurve
from kinetics.areas.alternatives import CLASSES, PLACES, RuleDifference


def rule_lines(curves: Sequence[UsedCurve]) -> list[str]:
    """How many areas differ by more than 3 % by another rule that can be defended, by how much, and where.

    >>> from kinetics import Curve, area
    >>> curve = Curve(time_h=[0, 10], value=[10, 2], unit="%IA", decay_corrected=False, half_life_h=10)
    >>> found = area(curve, tail="physical", first="zero")
    >>> for line in rule_lines([UsedCurve(patient, "liver", curve, area=found) for patient in ("A", "B")]):
    ...     print(line.split(" by more")[0])
    between the points 'linear' was taken; by another rule that can be defended 2 of 2 areas differ
    after the last point 'physical' was taken; by another rule that can be defended 2 of 2 areas differ
    """
    areas = [curve for curve in curves if curve.area is not None]
    found: dict[tuple[str, str], list[tuple[UsedCurve, RuleDifference]]] = {}
    for curve in areas:
        assert curve.area is not None
        for one in curve.area.rule_differences:
            found.setdefault((one.part, one.used), []).append((curve, one))
    lines = []
    for (part, used), those in found.items():
        curve, most = max(those, key=lambda one: abs(one[1].relative))
        many = f"{len(those)} of {len(areas)} areas differ" if len(areas) > 1 else "the area differs"
        lines.append(
            f"{PLACES[part]} '{used}' was taken; by another rule that can be defended {many} by more than"
            f" {100 * CLASSES[0]:g} %, most by {100 * most.relative:+.2g} % ({curve.patient}, {curve.region},"
            f" '{most.rule}')"
        )
    return lines
