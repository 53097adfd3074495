"""The page docs/validation.md: the text of template.md with the run's tables and figures in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from dosimetry.nuclide import data_version
from phantoms.library import find
from validation import arithmetic, cohort, consistency, forward
from validation.bodies import missing
from validation.case import Case, CaseError
from validation.checks import Cohort, Consistency
from validation.outcome import FAIL, NOT_RUN, PASS, SHOWN, Outcome
from validation.page import spliced, table
from validation.tracers import EFFECTIVE, Tracer, compared

TEMPLATE = Path(__file__).parent / "template.md"
MARK = "<!-- made by: milligray validate -->"
FIGURE_ORGANS = ("liver", "kidneys", "heart wall", "lungs", "spleen", "red marrow", "total body", EFFECTIVE)


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


def count(rows: Iterable[Outcome]) -> str:
    """How many comparisons passed, failed, were shown only, or not run, and why not."""
    rows = list(rows)
    n = Counter(r.verdict for r in rows)
    words = f"{n[PASS]} pass, {n[FAIL]} fail, {n[SHOWN]} shown without a verdict, {n[NOT_RUN]} not run"
    reasons = dict.fromkeys(r.note for r in rows if r.verdict == NOT_RUN)
    return words + (f" ({'; '.join(reasons)})" if reasons else "")


def layer_table(rows: Iterable[Outcome]) -> str:
    """A layer's comparisons with the reasons of their tolerances."""
    lines = []
    for r in rows:
        verdict = f"**{r.verdict}**" if r.verdict == FAIL else r.verdict
        why = "; ".join(dict.fromkeys(w for w in (r.because, r.note) if w))
        lines.append([r.case, r.check, *cells(r), verdict, why])
    header = ["case", "check", "quantity", "published", "ours", "difference", "allowed", "verdict", "reason"]
    return table(header, lines)


def case_table(cases: Mapping[str, Case]) -> str:
    """Where the values are from."""
    lines = []
    for c in cases.values():
        places = ", ".join(dict.fromkeys(g.place for g in c.published))
        doi = f"doi {c.source.doi}" if c.source.doi else ""
        paper = "; ".join(w for w in (c.source.citation, doi, c.source.note) if w)
        lines.append(
            [c.name, paper, places, str(c.n), c.cohort, f"{c.software}; {c.phantom}", str(c.source.read)]
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
            cells = [str(len(found.used)), f"{found.rms_percent:.2f} %", number(found.sum_h)]
            lines.append([check.name, out, *cells])
    return table(["fit", "left out", "organs", "rms", "sum, h"], lines)


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
        lines.append([*cells(r)[:4], r.verdict, number(sd.ours, 2), sd.verdict, r.note])
    header = ["quantity", "published", "simulated, mean ± SD", "difference", "mean", "SD ratio", "SD", ""]
    return table(header, lines)


def provenance() -> str:
    """What the numbers were made with."""
    lines = [f"- milligray {version('milligray')}; decay data: {data_version()}"]
    for name in (
        "adult male",
        "adult female",
        "adult female olinda masses",
        "ICRP adult male",
        "ICRP adult female",
    ):
        if reason := missing([name]):
            lines.append(f"- phantom '{name}': {reason}")
        else:
            lines.append(f"- phantom '{name}': SHA-256 {find(name).sha256}")
    return "\n".join(lines)


def is_ours(folder: Path) -> bool:
    """Whether a folder holds a page that this command made."""
    page = folder / "validation.md"
    return page.is_file() and page.read_text(encoding="utf-8", errors="replace").startswith(MARK)


def write_page(folder: Path, rows: Sequence[Outcome], cases: Mapping[str, Case]) -> None:
    """Write ``validation.md`` and its figures below a folder.

    Raises
    ------
    CaseError : the folder does not exist, or holds a page that this command did not make.
    """
    page = folder / "validation.md"
    if not folder.is_dir():
        raise CaseError(f"{folder}: there is no such folder to write the page into")
    if page.exists() and not is_ours(folder):
        raise CaseError(f"{page}: this page was not made by this command; move it, or name another folder")
    case, checks = main_case(cases)
    tracers = compared(cases)
    contents = {
        "summary": count(rows),
        "cases": case_table(cases),
        "arithmetic": layer_table(r for r in rows if r.layer == arithmetic.LAYER),
        "fits": fits_table(case, checks),
        "residuals": residual_table(case, checks),
        "left-out": left_out_table(checks),
        "left-in": left_in_table(case, checks),
        "consistency": layer_table(
            r for r in rows if r.layer == consistency.LAYER and (r.verdict != SHOWN or r.note)
        ),
        "forward": layer_table(r for r in rows if r.layer == forward.LAYER),
        "cohort": cohort_table(r for r in rows if r.layer == cohort.LAYER),
        "tracers": tracer_table(tracers),
        "provenance": provenance(),
    }
    text = spliced(TEMPLATE.read_text(encoding="utf-8"), contents, str(TEMPLATE))
    draw(folder / "figures", case, checks, tracers)
    page.write_text(f"{MARK}\n{text}", encoding="utf-8")


def draw(folder: Path, case: Case, checks: Sequence[Consistency], tracers: Sequence[Tracer]) -> None:
    """The three figures of the page."""
    from validation import figures

    folder.mkdir(exist_ok=True)
    fits = {c.name: consistency.fit_of(case, c) for c in checks}
    figures.draw_residuals(
        folder / "validation_residuals.png", fits, list(case.organ_doses()), checks[0].rms_percent or 0.0
    )
    figures.draw_tracers(folder / "validation_tracers.png", tracers, FIGURE_ORGANS)
    check = next(c for c in case.check if isinstance(c, Cohort))
    simulated = cohort.simulate(case, check)
    ours = {k: (s.mean, s.sd) for k, s in simulated.items()}
    published = {}
    for of in (v.of for g in case.published for v in g.rows if v.sd is not None):
        mean, sd, _ = case.in_unit(of)
        if of in ours:
            published[of] = mean, sd or 0.0
    figures.draw_cohort(folder / "validation_cohort.png", ours, published)
