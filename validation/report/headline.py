"""The run in short: how many comparisons of each strength passed, and what was missed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from validation.outcome import FAIL, MISSED, NOT_RUN, PASS, SHOWN, STRENGTHS, Outcome
from validation.report.markdown import table


@dataclass(frozen=True)
class Total:
    """Judged comparisons of one kind.

    median_percent, largest_percent : of the absolute differences from published values, where there are any.
    """

    judged: int
    passed: int
    missed: int
    failed: int
    median_percent: float | None
    largest_percent: float | None


def total(rows: Iterable[Outcome]) -> Total:
    """The judged among some comparisons; what is shown or was not run does not count."""
    own = [r for r in rows if r.verdict in (PASS, MISSED, FAIL)]
    off = [abs(r.difference_percent) for r in own if r.difference_percent is not None]
    return Total(
        judged=len(own),
        passed=sum(r.verdict == PASS for r in own),
        missed=sum(r.verdict == MISSED for r in own),
        failed=sum(r.verdict == FAIL for r in own),
        median_percent=median(off) if off else None,
        largest_percent=max(off, default=None),
    )


def sentences(rows: Sequence[Outcome]) -> list[str]:
    """A line a strength, strongest first, then what carries no verdict."""
    lines = []
    for strength in STRENGTHS:
        t = total(r for r in rows if r.strength == strength)
        if not t.judged:
            continue
        off = f"; median difference {t.median_percent:.1f} %" if t.median_percent is not None else ""
        lines.append(f"{strength}: {t.passed} of {t.judged} met, {t.missed} missed, {t.failed} FAIL{off}")
    silent = [f"{n} shown without a verdict" for n in [sum(r.verdict == SHOWN for r in rows)] if n]
    not_run = [r for r in rows if r.verdict == NOT_RUN]
    if not_run:
        reasons = "; ".join(dict.fromkeys(r.note for r in not_run))
        silent.append(f"{len(not_run)} not run ({reasons})")
    return [*lines, *([", ".join(silent)] if silent else [])]


def strength_table(rows: Sequence[Outcome]) -> str:
    """Judged comparisons by strength and case."""
    lines = []
    for strength, meaning in STRENGTHS.items():
        own = [r for r in rows if r.strength == strength]
        parts = [(f"**{strength}**: {meaning}", own)]
        parts += [(case, [r for r in own if r.case == case]) for case in dict.fromkeys(r.case for r in own)]
        for words, part in parts:
            t = total(part)
            if not t.judged:
                continue
            off = ["" if v is None else f"{v:.1f} %" for v in (t.median_percent, t.largest_percent)]
            counts = [str(n) for n in (t.judged, t.passed, t.missed, t.failed)]
            lines.append([words, *counts, *off])
    header = ["strength, and case", "judged", "met", "missed", "FAIL", "median difference", "largest"]
    return table(header, lines)


def missed_table(rows: Iterable[Outcome], cells: Sequence[list[str]]) -> str:
    """What was missed, with the cause as far as it is known; ``cells`` are the rows as text."""
    lines = []
    for r, text in zip(rows, cells, strict=True):
        if r.verdict in (MISSED, FAIL):
            lines.append([r.strength, r.case, r.check, *text, r.known or "**not known**"])
    header = ["strength", "case", "check", "quantity", "published", "ours", "difference", "allowed", "cause"]
    return table(header, lines) if lines else "Nothing was missed."
