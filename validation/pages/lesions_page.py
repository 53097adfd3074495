"""Writes the tables of docs/lesion-statistics.md from a run: published answers, coverage of intervals.

python -m validation.pages.lesions_page
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lesions import (
    Agreement,
    ClusteredProportion,
    FollowUp,
    KaplanMeier,
    LoadRule,
    PositiveRule,
    Proportion,
    agreement_of_table,
    concordance,
    judge_lesions,
    log_rank,
    patient_patterns,
    performance_of_counts,
)
from lesions.lesion import FdgScan, Lesion, LesionPatient, Uptake
from lesions.statistics.intervals import ConfidenceInterval
from lesions.statistics.kappa import Weighting
from validation.report.markdown import splice, table

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "lesion-statistics.md"

#: Dehdashti et al., Breast Cancer Res Treat 2018;169:523-530, abstract: %, 95 % limits.
DEHDASHTI = {
    "sensitivity": "75.8 (57.7 to 88.9)",
    "positive predictive value": "83.3 (65.3 to 94.4)",
    "specificity": "61.5 (31.6 to 86.1)",
    "negative predictive value": "50.0 (24.7 to 75.3)",
}
#: Yeh et al., J Nucl Med 2024;65:386-393, Table 1: % concordant, and the smallest counts that give it (of all
#: or none, 2 lesions).
YEH = (("100", 2, 2), ("100", 2, 2), ("0", 0, 2), ("7.4", 2, 27), ("20", 1, 5), ("80", 4, 5))
#: Freireich et al., Blood 1963;21:699-716: weeks of remission; + still in remission.
SIX_MP = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"
S_PRINTED = ("0.8571", "0.8067", "0.7529", "0.6902", "0.6275", "0.5378", "0.4482")
#: Cohen, Psychol Bull 1968;70:213-220, Table 1; and the example of SAS/STAT's PROC FREQ.
COHEN = ((88, 10, 2), (14, 40, 6), (18, 10, 12))
SAS = ((0, 4, 1), (0, 8, 0), (0, 1, 5))
#: Simulated cohorts of each number of patients, and what they are drawn from.
COHORTS, SHARE, WITHIN, SIZES = 500, 0.75, 0.3, (12, 20, 40, 80)


def percent(value: float | None, limits: ConfidenceInterval, digits: int = 1) -> str:
    """A share with its limits, as papers print them."""
    numbers = [100 * x for x in (value, limits.low, limits.high) if x is not None]
    return "{:.{d}f} ({:.{d}f} to {:.{d}f})".format(*numbers, d=digits)


def proportions_table() -> str:
    """Published proportions with exact limits."""
    found = performance_of_counts(true_positive=25, false_positive=5, false_negative=8, true_negative=8)
    rows = []
    for measure, printed in DEHDASHTI.items():
        share = found.share(measure)
        both = (percent(share.value, share.interval(m)) for m in ("Clopper-Pearson", "Wilson"))
        rows.append(("Dehdashti 2018", measure, f"{share.events}/{share.n}", printed, *both))
    zephir = Proportion(75, 93)
    both = (percent(zephir.value, zephir.interval(m)) for m in ("Clopper-Pearson", "Wilson"))
    rows.append(("ZEPHIR 2024", "negative predictive value", "75/93", "80.6 (71.1 to 88.1)", *both))
    return table(("paper", "measure", "counts", "printed, %", "Clopper-Pearson, %", "Wilson, %"), rows)


def yeh_patients() -> list[LesionPatient]:
    """Patients with so many FDG lesions: some take up the tracer (class 4), the others do not (class 1)."""
    scan = FdgScan(when="baseline", value={"suv_max": 8.0})
    made = []
    for i, (_, positive, n) in enumerate(YEH):
        name = f"{i + 1}"
        lesions = [
            Lesion(
                patient=name, name=str(j), site="any", fdg=(scan,),
                uptake=(Uptake(time_h=144.0, visual_class=4 if j < positive else 1),),
            )
            for j in range(n)
        ]  # fmt: skip
        made.append(LesionPatient(name=name, lesions=tuple(lesions)))
    return made


def concordance_table() -> str:
    """Concordance of Yeh's patients, and what pattern each has."""
    patients = yeh_patients()
    calls = judge_lesions(patients, PositiveRule(rule="visual"))
    both = zip(concordance(patients, calls), patient_patterns(patients, calls, LoadRule()), strict=True)
    rows = []
    for (printed, *_), (found, pattern) in zip(YEH, both, strict=True):
        share = "" if found.share is None else f"{100 * found.share:.1f}".removesuffix(".0")
        called = "positive" if pattern.is_positive else "negative"
        counts = f"{found.both}/{found.fdg_lesions}"
        rows.append((found.patient, printed, counts, share, str(pattern.pattern), called))
    return table(("patient", "printed, %", "lesions", "ours, %", "pattern", "called"), rows)


def followed(weeks: str) -> FollowUp:
    """Follow-up as papers write it."""
    words = weeks.split()
    return FollowUp(tuple(float(w.rstrip("+")) for w in words), tuple(not w.endswith("+") for w in words))


def survival_table() -> str:
    """Freireich's data: S(t), medians, log-rank."""
    mp, placebo = KaplanMeier(followed(SIX_MP)), KaplanMeier(followed(PLACEBO))
    rows = [
        (f"S at week {day:g}, 6-MP", printed, f"{s:.4f}")
        for day, s, printed in zip(mp.day, mp.survival, S_PRINTED, strict=True)
    ]
    low, high = mp.limits("log-log")
    limits = mp.median_interval()
    upper = "not reached" if limits.high is None else f"{limits.high:g}"
    test = log_rank({"6-MP": mp.followed, "placebo": placebo.followed})
    rows += [
        ("S at week 6, log-log limits", "0.6197 to 0.9516", f"{low[0]:.4f} to {high[0]:.4f}"),
        ("median, 6-MP", "23 (13 to not reached)", f"{mp.median:g} ({limits.low:g} to {upper})"),
        ("median, placebo", "8", f"{placebo.median:g}"),
        ("log-rank chi2", "16.79", f"{test.chi2:.2f}"),
        ("log-rank p", "4.169e-05", f"{test.p:.3e}"),
    ]
    return table(("6-mercaptopurine, weeks of remission", "printed", "ours"), rows)


def kappa_table() -> str:
    """Kappa of published tables."""

    def ours(found: Agreement, weighting: Weighting) -> str:
        limits = found.interval(weighting)
        return f"{found.kappa(weighting):.3f} ({limits.low:.3f} to {limits.high:.3f})"

    cohen, sas = agreement_of_table(COHEN), agreement_of_table(SAS)
    rows = [
        ("Cohen 1968, Table 1", "unweighted", "0.492 (0.392 to 0.591)", ours(cohen, "unweighted")),
        ("SAS, PROC FREQ", "unweighted", "0.484 (0.214 to 0.755)", ours(sas, "unweighted")),
        ("SAS, PROC FREQ", "linear", "0.470 (0.184 to 0.756)", ours(sas, "linear")),
    ]
    return table(("table", "weights", "printed", "ours"), rows)


def drawn(random: np.random.Generator, patients: int) -> ClusteredProportion:
    """Patients of 1 to 8 lesions; their own shares scatter as a beta distribution."""
    spread = 1 / WITHIN - 1
    own = random.beta(SHARE * spread, (1 - SHARE) * spread, patients)
    totals = random.integers(1, 9, patients)
    return ClusteredProportion(tuple(map(int, random.binomial(totals, own))), tuple(map(int, totals)))


def coverage_table() -> str:
    """How often 95 % limits hold the share that simulated cohorts were drawn from."""
    random = np.random.default_rng(20241122)
    rows = []
    for patients in SIZES:
        inside = {"plain": 0, "ratio": 0, "percentile": 0, "BCa": 0}
        for i in range(COHORTS):
            found = drawn(random, patients)
            limits = {"plain": found.as_independent.interval(), "ratio": found.interval()}
            limits |= {m: found.bootstrap(method=m, draws=1000, seed=i) for m in ("percentile", "BCa")}
            for name, x in limits.items():
                inside[name] += x.low is not None and x.high is not None and x.low <= SHARE <= x.high
        rows.append((f"{patients}", *(f"{100 * n / COHORTS:.1f}" for n in inside.values())))
    head = ("patients", "Clopper-Pearson", "ratio estimator", "bootstrap, percentile", "bootstrap, BCa")
    return table(head, rows)


def contents() -> dict[str, str]:
    """Tables that no random number is in, by the name of their marks."""
    return {
        "proportions": proportions_table(),
        "concordance": concordance_table(),
        "survival": survival_table(),
        "kappa": kappa_table(),
    }


def main() -> None:
    """Write the page, and print its tables."""
    made = contents() | {"coverage": coverage_table()}
    splice(PAGE, made)
    print("\n\n".join(f"{name}\n{text}" for name, text in made.items()))


if __name__ == "__main__":
    main()
