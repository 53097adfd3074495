"""The tables of docs/validation.md, each from the run's comparisons, fits or tracers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from validation.case import Case, CaseError
from validation.checks import Cohort, Consistency
from validation.layers import cohort, consistency
from validation.layers.bodies import missing
from validation.outcome import CONSTRUCTION, FAIL, MISSED, NOT_RUN, SHOWN, Outcome
from validation.report.facts import E60
from validation.report.markdown import table
from validation.report.tracers import EFFECTIVE, Tracer


def number(value: float | None, digits: int = 3) -> str:
    """A number with some significant digits, without exponent where it can be."""
    return "" if value is None else f"{value:#.{digits}g}".rstrip(".")


def cells(row: Outcome) -> list[str]:
    """Quantity, published, ours, difference, allowed: as text."""
    unit = f" {row.unit}" if row.unit else ""
    published = number(row.published)
    if row.published is not None and row.published_sd is not None:
        published += f" ± {number(row.published_sd, 2)}"
    ours = number(row.ours)
    if row.ours_high is not None:
        ours += f" to {number(row.ours_high)}"
    if row.ours is not None and row.ours_se is not None:
        ours += f" ± {number(row.ours_se, 2)}"
    off = row.difference_percent
    name = f"{row.quantity},{unit}" if unit else row.quantity
    return [name, published, ours, "" if off is None else f"{off:+.1f} %", row.allowed]


def layer_table(rows: Iterable[Outcome]) -> str:
    """A layer's comparisons with the reasons of their tolerances."""
    lines = []
    for r in rows:
        verdict = f"**{r.verdict}**" if r.verdict in (FAIL, MISSED) else r.verdict
        why = "; ".join(dict.fromkeys(w for w in (r.because, r.note) if w))
        lines.append([r.case, r.check, *cells(r), verdict, why])
    header = ["case", "check", "quantity", "published", "ours", "difference", "allowed", "verdict", "reason"]
    return table(header, lines)


def crossed_table(rows: Iterable[Outcome]) -> str:
    """One line a quantity and one column a check; each cell is published, ours and the difference.

    In brackets: not judged. Bold: beyond what is allowed.
    """
    rows = list(rows)
    if not_run := [r for r in rows if r.verdict == NOT_RUN]:
        return f"Not run: {'; '.join(dict.fromkeys(r.note for r in not_run))}."
    found = {(r.quantity, r.check): r for r in rows}
    checks = list(dict.fromkeys(r.check for r in rows))
    lines = []
    for quantity, unit in dict.fromkeys((r.quantity, r.unit) for r in rows):
        line = [f"{quantity}, {unit}"]
        for check in checks:
            row = found.get((quantity, check))
            if row is None:
                line.append("")
                continue
            _, _, ours, off, _ = cells(row)
            text = f"{row.published:g}, {ours} ({off})"
            marks = {SHOWN: "({})", FAIL: "**{}**", MISSED: "**{}**"}
            line.append(marks.get(row.verdict, "{}").format(text))
        lines.append(line)
    return table(["published, ours (difference)", *(c.partition(", ")[2] or c for c in checks)], lines)


def case_table(cases: Mapping[str, Case]) -> str:
    """Where the values are from."""
    lines = []
    for c in cases.values():
        places = ", ".join(dict.fromkeys(g.place for g in c.published))
        doi = f"doi {c.source.doi}" if c.source.doi else ""
        paper = "; ".join(w for w in (c.source.citation, doi, c.source.note) if w)
        lines.append(
            [
                c.name,
                paper,
                places,
                str(c.n or ""),
                c.cohort,
                f"{c.software}; {c.phantom}",
                str(c.source.read),
            ]
        )
    return table(["case", "paper", "read in", "n", "patients", "software and phantom", "read on"], lines)


def main_case(cases: Mapping[str, Case]) -> tuple[Case, list[Consistency]]:
    """The case with the fits of layer b, and those of its fits that can be run."""
    for case in cases.values():
        checks = [c for c in case.check if isinstance(c, Consistency)]
        if checks:
            return case, [c for c in checks if not missing(c.phantoms)]
    raise CaseError("no case has a consistency check")


def fits_table(case: Case, checks: Sequence[Consistency]) -> str:
    """TIACs, their sum and the rms of each fit, side by side."""
    found = {c.name: consistency.fit_of(case, c) for c in checks}
    fits = list(found.values())
    lines = []
    for s in dict.fromkeys(s for f in fits for s in f.tiac_h):
        values = [
            f"{number(f.tiac_h[s])} ± {number(f.tiac_se_h[s], 2)}" if s in f.tiac_h else "no such source"
            for f in fits
        ]
        lines.append([f"{s}, h", *values])
    lines.append(["**sum, h**", *(number(f.sum_h) for f in fits)])
    lines.append(["organs", *(str(len(f.used)) for f in fits)])
    lines.append(["degrees of freedom", *(str(f.degrees_of_freedom) for f in fits)])
    lines.append(["**rms of residuals**", *(f"{f.rms_percent:.2f} %" for f in fits)])
    worst = [max(f.used, key=lambda t: abs(f.residual_percent[t])) for f in fits]
    largest = [f"{f.residual_percent[t]:+.1f} % ({t})" for t, f in zip(worst, fits, strict=True)]
    lines.append(["largest residual", *largest])
    return table(["", *found], lines)


def residual_table(case: Case, checks: Sequence[Consistency]) -> str:
    """Each organ's published dose and each fit's residual; brackets: the fit left the organ out."""
    found = {c.name: consistency.fit_of(case, c) for c in checks}
    lines = []
    for target, dose in case.organ_doses().items():
        row = [target, f"{dose:.2f}"]
        for f in found.values():
            if target not in f.predicted:
                row.append("no such target")
                continue
            text = f"{f.residual_percent[target]:+.1f} %"
            row.append(text if target in f.used else f"({text})")
        lines.append(row)
    return table(["organ", "published, mGy/MBq", *found], lines)


def left_out_table(checks: Sequence[Consistency]) -> str:
    """Which fits leave out which region, and why."""
    fits: dict[tuple[str, str], list[str]] = {}
    for check in checks:
        for o in check.leave_out:
            fits.setdefault((o.region, o.because), []).append(check.name)
    lines = [[region, "; ".join(names), why] for (region, why), names in fits.items()]
    return table(["region", "fits", "reason"], lines)


def left_in_table(case: Case, checks: Sequence[Consistency]) -> str:
    """Rms and sum of each fit with fewer regions left out, down to none."""
    lines = []
    for check in checks:
        for n in range(len(check.leave_out), -1, -1):
            found = consistency.fit_of(case, check.model_copy(update={"leave_out": check.leave_out[:n]}))
            out = ", ".join(o.region for o in check.leave_out[:n]) or "none"
            degrees = str(found.degrees_of_freedom)
            cells = [str(len(found.used)), degrees, f"{found.rms_percent:.2f} %", number(found.sum_h)]
            lines.append([check.name, out, *cells])
    return table(["fit", "left out", "organs", "degrees of freedom", "rms", "sum, h"], lines)


def tracer_table(tracers: Sequence[Tracer]) -> str:
    """Published ± SD and ours of each tracer; what was fixed by the published dose is in brackets."""
    targets = dict.fromkeys(t for tracer in tracers for t in tracer.ours)
    lines = []
    for t in sorted(targets, key=lambda t: (t == EFFECTIVE, -tracers[0].ours[t][1])):
        row = [t]
        for tracer in tracers:
            mean_sd = tracer.published.get(t)
            row.append(f"{mean_sd[0]:.2f} ± {mean_sd[1]:.2f}" if mean_sd else "")
            low, high = (f"{v:.2f}" for v in tracer.ours[t])
            ours = low if low == high else f"{low} to {high}"
            row.append(f"({ours})" if t in tracer.solved else ours)
        lines.append(row)
    header = ["mGy/MBq (effective dose mSv/MBq)"]
    for tracer in tracers:
        header += [f"{tracer.product}, n = {tracer.n}, published", "ours"]
    return table(header, lines)


def cohort_table(rows: Iterable[Outcome]) -> str:
    """Layer d: a line an organ, mean and ratio of the SDs together."""
    rows = list(rows)
    ratio = {r.quantity: r for r in rows if r.check.startswith("SD")}
    lines = []
    for r in rows:
        if r.published is None:
            continue
        sd = ratio[r.quantity]
        strength = r.strength if r.strength == CONSTRUCTION else ""
        note = "; ".join(w for w in (strength, r.note) if w)
        lines.append([*cells(r), r.verdict, number(sd.ours, 2), sd.allowed, sd.verdict, note])
    header = ["quantity", "published", "simulated, mean ± SD", "difference", "allowed", "mean"]
    return table([*header, "SD ratio", "allowed", "SD", ""], lines)


def sensitivity_table(case: Case) -> str:
    """What the assumptions of layer d do: change of the cohort's means where each is raised."""
    check = next(c for c in case.check if isinstance(c, Cohort))
    of = ("heart wall", "red marrow", "liver", "total body", "brain", E60)
    lines = []
    for words, changes in cohort.sensitivity(case, check, of).items():
        name, factor = cohort.ASSUMED[words]
        value = getattr(check, name)
        each = list(value.values()) if isinstance(value, dict) else [value]
        steps = [" and ".join(f"{v * f:.3g}" for v in each) for f in (1.0, factor)]
        lines.append([words, *steps, *(f"{change:+.1f} %" for change in changes.values())])
    return table(["assumption", "taken", "raised to", *of], lines)
