"""The result of one comparison: published, ours, what is allowed, verdict; and how strong its evidence is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

Limits = tuple[float | None, float | None]
OPEN: Limits = (None, None)
PASS, FAIL, MISSED, NOT_RUN, SHOWN = "pass", "FAIL", "missed", "not run", "shown"

FORWARD = "independent forward"
CONSISTENCY = "consistency"
CONSTRUCTION = "by construction"

#: Strengths of evidence, strongest first, and what each means.
STRENGTHS = {
    FORWARD: "published input, published result, nothing fitted or assumed between them",
    CONSISTENCY: "something was fitted to, drawn from or assumed beside the same paper's values",
    CONSTRUCTION: "our input was made from the very value that it is compared with",
}


def around(value: float, allowed: float) -> Limits:
    """Limits on either side of a value."""
    return value - allowed, value + allowed


@dataclass(frozen=True)
class Outcome:
    """One line of the validation table.

    published, published_sd : None where the paper has none (a limit of the project's own).
    ours : None where the check was not run; ``note`` then says why.
    ours_high : where ours is a range, its upper end; it passes if it overlaps with what is allowed.
    limits : the allowed range of ``ours``; None is open. With both open the line is shown and not judged.
    because : the reason of the tolerance.
    strength : one of :data:`STRENGTHS`.
    known : the cause of a difference beyond the limits that is known and declared in the case file: it counts
        as missed in every total, and does not end the command with status 1.
    """

    case: str
    layer: str
    check: str
    quantity: str = ""
    unit: str = ""
    published: float | None = None
    ours: float | None = None
    limits: Limits = OPEN
    published_sd: float | None = None
    ours_se: float | None = None
    ours_high: float | None = None
    because: str = ""
    note: str = ""
    strength: str = CONSISTENCY
    known: str = ""

    @property
    def verdict(self) -> str:
        """ "pass", "FAIL", "missed" (declared), "not run", or "shown" (not judged)."""
        if self.ours is None:
            return NOT_RUN
        if self.limits == OPEN:
            return SHOWN
        low, high = self.limits
        above = low is None or (self.ours if self.ours_high is None else self.ours_high) >= low
        below = high is None or self.ours <= high
        if above and below:
            return PASS
        return MISSED if self.known else FAIL

    @property
    def difference_percent(self) -> float | None:
        """Ours against the published value, per cent; None of a range."""
        if not self.published or self.ours is None or self.ours_high is not None:
            return None
        return 100.0 * (self.ours / self.published - 1.0)

    @property
    def allowed(self) -> str:
        """The allowed range in words, in the line's unit."""
        low, high = (None if v is None else f"{v:.3g}" for v in self.limits)
        if low is None and high is None:
            return ""
        if low is None:
            return f"at most {high}"
        if high is None:
            return f"at least {low}"
        return f"{low} to {high}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        fields = asdict(self)
        low, high = fields.pop("limits")
        return {
            **fields,
            "low": low,
            "high": high,
            "difference_percent": self.difference_percent,
            "allowed": self.allowed,
            "verdict": self.verdict,
        }
