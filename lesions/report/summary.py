"""What the terminal says of lesions: how many, their uptake by site, the time of best contrast."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from dosimetry.files.output import plain_table, significant
from lesions.report.uptake_tables import site_frame

if TYPE_CHECKING:
    from dosimetry.files.terminal import Terminal
    from lesions.part import GivenLesions, LesionResults

RESEARCH = "research software; not for treatment of a patient"


def show(console: Terminal, given: GivenLesions, results: LesionResults) -> None:
    """Print the results on lesions."""
    of = [len(p.lesions) for p in results.patients]
    scans = sum(len(x.uptake) for p in results.patients for x in p.lesions)
    whose = counted(sum(n > 0 for n in of), "patient")
    console.print(f"Lesions: {sum(of)} of {whose}, {counted(scans, 'measurement')}", style="bold")
    console.print(RESEARCH, style="dim")
    s = given.settings
    if s.quantity is not None:
        frame = site_frame(results.patients, s.quantity, s.scans_h)
        times = sorted(set(frame["planned_h"]))
        table = plain_table(
            f"Median {words(s.quantity)} by site (number of lesions)",
            {"site": "left", **{f"{t:g} h": "right" for t in times}},
        )
        columns = (frame[c] for c in ("site", "planned_h", "median", "n_lesions"))
        cells = {(site, t): f"{significant(v)} ({n})" for site, t, v, n in zip(*columns, strict=True)}
        for site in dict.fromkeys(frame["site"]):
            table.add_row(str(site), *(cells.get((site, t), "–") for t in times))
        console.print(table)
    for b in results.contrasts:
        if b.patient:
            continue
        if b.best_h is None:
            console.print(f"best contrast beside {b.beside}: none; {b.reason}")
            continue
        at = next(a for a in b.at if a.time_h == b.best_h)
        interval = f", 95 % {significant(at.low)} to {significant(at.high)}" if at.low is not None else ""
        console.print(
            f"best contrast beside {b.beside}: {b.best_h:g} h, median ratio {significant(at.ratio)}{interval}"
            f" ({counted(b.n_patients, 'patient')}, {counted(b.n_lesions, 'lesion')})"
        )
    _patients(console, results)
    _survival(console, given, results)
    if results.doses:
        values = sorted(d.dose_mGy_per_MBq for d in results.doses)
        console.print(
            f"absorbed dose of {len(values)} lesions: median {significant(median(values))} mGy/MBq"
            f" ({significant(values[0])} to {significant(values[-1])})"
        )
    console.print()
    if results.dosimetry is not None:
        from lesions.report.dose_summary import show_doses

        show_doses(console, results.dosimetry)


def _patients(console: Terminal, results: LesionResults) -> None:
    """Concordance, pattern and early response, a line a patient."""
    found = results.statistics
    if not found.patterns and not found.changes:
        return
    shares = {c.patient: c for c in found.concordances}
    early = {c.patient: c for c in found.changes if c.lesion is None}
    columns = {"patient": "left", "lesions": "right"}
    columns |= {"positive": "right", "pattern": "left"} if found.patterns else {}
    columns |= {"of FDG lesions": "right"} if shares else {}
    columns |= {"early FDG": "left"} if early else {}
    table = plain_table("Patients", columns)
    patterns = {p.patient: p for p in found.patterns}
    # of all lesions, as the column beside it; a pattern is of those that FDG shows, or as the study says
    positive = [j.patient for j in found.judgements if j.decides and j.positive]
    for patient in results.patients:
        cells = [patient.name, str(len(patient.lesions))]
        if found.patterns:
            one = patterns[patient.name]
            cells += [str(positive.count(patient.name)), one.pattern or f"– {one.reason}"]
        if shares:
            c = shares[patient.name]
            cells.append("–" if c.share is None else f"{c.concordant}/{c.counted} ({100 * c.share:.3g} %)")
        if early:
            change = early[patient.name]
            by = "" if change.percent is None else f" ({change.percent:+.0f} %)"
            cells.append(f"{change.response or '–'}{by}")
        table.add_row(*cells)
    console.print(table)


def _survival(console: Terminal, given: GivenLesions, results: LesionResults) -> None:
    """Medians of the times to events, all patients together."""
    from lesions.statistics.survival import DAYS_PER_MONTH, KaplanMeier

    if given.settings.survival is None:
        return
    for (endpoint, by), classes in results.statistics.survival.items():
        for followed in classes.values() if not by else ():
            at = KaplanMeier(followed).median if followed.n else None
            said = "not reached" if at is None else f"{at / DAYS_PER_MONTH:.1f} months"
            events, n = followed.events, followed.n
            of = f"{counted(events, 'event')}, {counted(n, 'patient')}"
            console.print(f"{endpoint}: median {said} ({of})")


def counted(n: int, what: str) -> str:
    """So many of them.

    >>> counted(1, "lesion"), counted(0, "patient")
    ('1 lesion', '0 patients')
    """
    return f"{n} {what}{'s' * (n != 1)}"


def words(quantity: str) -> str:
    """A quantity as people write it.

    >>> words("suv_max"), words("sul_peak")
    ('SUVmax', 'SULpeak')
    """
    kind, _, of = quantity.partition("_")
    return f"{kind.upper()}{of}"
