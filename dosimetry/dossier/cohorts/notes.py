"""What a reader of compared cohorts must know: what differs between them, and what no test knows of."""

from __future__ import annotations

from dosimetry.dossier.cohorts.cohort import NOT_STATED, Cohort
from dosimetry.dossier.cohorts.comparing import Comparison


def notes_on_tests(comparison: Comparison) -> tuple[str, ...]:
    """How ratios, intervals and P values were made, and what they leave out."""
    m, level = comparison.tests, 100 * comparison.level
    names = [c.name for c in comparison.cohorts]
    return (
        f"Ratio: first mean over second mean. Interval ({level:g} %): by Fieller's theorem for unequal"
        " variances with Satterthwaite's degrees of freedom; it leaves out 1 where Welch's P is below"
        f" {1 - comparison.level:.3g}.",
        f"P: Welch's t-test, two-sided, of independent cohorts with unequal variances; {m} test"
        f"{'' if m == 1 else 's'} in all. Holm: P with Holm's correction over all {m}.",
        "SDs are between subjects. What the subjects of one cohort share (calibration of activity meter and"
        " scanner, S values, decay data) is in no SD, and so in no P and no interval: an error that both"
        " cohorts share cancels in the ratio, one that they do not share looks like a difference between"
        " them.",
        *(
            f"{names[pair.first]} / {names[pair.second]}: not compared, since only one of them has it:"
            f" {'; '.join(pair.of_one)}."
            for pair in comparison.pairs
            if pair.of_one
        ),
    )


def notes_on_cohorts(comparison: Comparison) -> tuple[str, ...]:
    """What the cohorts are, and where they differ by more than their subjects."""
    cohorts = comparison.cohorts
    found = [
        f"{c.name}: {c.subjects}; nuclide {c.nuclide}; bodies {c.bodies};"
        f" {'published' if c.published else 'results of this program'}{'; SIMULATED' if c.simulated else ''}."
        for c in cohorts
    ]
    found += _differences(cohorts, "nuclide", "Nuclides differ, so do doses of the same kinetics")
    found += _differences(cohorts, "bodies", "Bodies differ, so do doses of the same TIACs")
    found += [
        f"{c.name}: converted from {', '.join(c.printed_units)} (1 rad = 1 cGy = 10 mGy, 1 mCi = 37 MBq)."
        for c in cohorts
        if c.printed_units
    ]
    found += _methods(cohorts)
    found += _same_names(cohorts)
    notes = dict.fromkeys(
        f"{c.name}, {value.name}: {value.note}." for c in cohorts for value in c.values.values() if value.note
    )
    return (*found, *notes)


def _differences(cohorts: tuple[Cohort, ...], fact: str, words: str) -> list[str]:
    stated = {c.name: getattr(c, fact) for c in cohorts}
    unknown = [name for name, value in stated.items() if value == NOT_STATED]
    known = {name: value for name, value in stated.items() if value != NOT_STATED}
    found = []
    if len(set(known.values())) > 1:
        found.append(f"{words}: {'; '.join(f'{n}: {v}' for n, v in known.items())}.")
    if unknown:
        what = "whether the nuclide" if fact == "nuclide" else "whether the bodies"
        verb = "is" if fact == "nuclide" else "are"
        found.append(f"Not stated for {', '.join(unknown)}: {what} {verb} the same.")
    return found


def _methods(cohorts: tuple[Cohort, ...]) -> list[str]:
    """Keys of studies that differ, each with its values."""
    own = [c for c in cohorts if not c.published]
    keys = dict.fromkeys(k for c in own for k in c.methods)
    differ = [
        f"{key} ({'; '.join(f'{c.name}: {c.methods[key]}' for c in own)})"
        for key in keys
        if all(key in c.methods for c in own) and len({c.methods[key] for c in own}) > 1
    ]
    some = [key for key in keys if not all(key in c.methods for c in own)]
    found = [f"Methods of the studies that differ: {', '.join(differ)}."] if differ else []
    found += [f"Methods that not all of the studies state: {', '.join(some)}."] if some else []
    if any(c.published for c in cohorts):
        found.append(
            "Published doses were made by other programs and rules, and are taken as printed, rounded; what"
            " these change looks like a difference between cohorts."
        )
    return found


def _same_names(cohorts: tuple[Cohort, ...]) -> list[str]:
    """Where subjects of two cohorts may be the same persons."""
    found = []
    for i, a in enumerate(cohorts):
        for b in cohorts[i + 1 :]:
            same = [p for p in a.patients if p in b.patients]
            if same:
                words = "name of a subject stands" if len(same) == 1 else "names of subjects stand"
                found.append(
                    f"{len(same)} {words} in both {a.name} and {b.name}"
                    f" ({', '.join(same[:5])}{', …' if len(same) > 5 else ''}): the tests take them for"
                    " different persons; for the same persons a paired test is needed."
                )
    return found
