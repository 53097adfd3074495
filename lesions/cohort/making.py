"""How the statistics of a study's lesions are made, one after the other, and what is left out and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lesions.cohort import comparisons as compare
from lesions.cohort import endpoints as ends
from lesions.cohort.imaging_tables import (
    best_rate_rows,
    change_frame,
    concordance_frame,
    early_rate_rows,
    pattern_frame,
    positivity_frame,
)
from lesions.cohort.left_out import biopsies_left_out, gone_left_out, listed, patients_left_out
from lesions.cohort.rows import How, Row
from lesions.cohort.tables import (
    agreement_rows,
    curve_rows,
    performance_rows,
    roc_frame,
    roc_rows,
    survival_rows,
)
from lesions.lesion import LesionPatient
from lesions.positive.checking import response_warnings
from lesions.positive.concordance import Concordance, concordance
from lesions.positive.fdg_response import FdgChange, fdg_changes
from lesions.positive.patterns import PatientPattern, fdg_baseline, patient_patterns
from lesions.positive.response_rates import response_rates
from lesions.positive.rules import Judgement, judge_lesions
from lesions.positive.settings import PositiveKeys, ResponseKeys
from lesions.statistics.kappa import Agreement
from lesions.statistics.performance import Performance
from lesions.statistics.roc import Roc, roc_of
from lesions.statistics.settings import StatisticsKeys, SurvivalKeys
from lesions.statistics.survival import FollowUp

if TYPE_CHECKING:
    import pandas as pd


class Making:
    """The parts in their order, each of which takes those before it."""

    def __init__(self, patients: Sequence[LesionPatient], keys: StatisticsKeys) -> None:
        self.patients = patients
        self.how = How(level=keys.confidence, bootstrap=keys.bootstrap, draws=keys.draws, seed=keys.seed)
        self.tables: dict[str, pd.DataFrame] = {}
        self.warnings: list[str] = []
        self.provenance: dict[str, dict[str, str]] = {}
        self.judgements: tuple[Judgement, ...] = ()
        self.patterns: tuple[PatientPattern, ...] = ()
        self.concordances: tuple[Concordance, ...] = ()
        self.changes: tuple[FdgChange, ...] = ()
        self.performance: dict[str, Performance] = {}
        self.roc: Roc | None = None
        self.agreement: dict[str, Agreement] = {}
        self.follow_ups: dict[tuple[str, str], dict[str, FollowUp]] = {}

    @property
    def _bootstrap_words(self) -> str:
        return f"{self.how.draws} draws of patients, {self.how.bootstrap}, seed {self.how.seed}"

    def positive(self, keys: PositiveKeys) -> None:
        """Judgements, patterns, concordance."""
        if not any(p.lesions for p in self.patients):
            self.warnings.append("lesions.positive: no patient has a lesion; nothing is judged")
            return
        rule, load = keys.positive_rule(), keys.load_rule()
        self.judgements = judge_lesions(self.patients, rule)
        self.patterns = patient_patterns(self.patients, self.judgements, load)
        self.tables["lesion_positivity"] = positivity_frame(self.judgements, rule)
        self.tables["lesion_patterns"] = pattern_frame(self.patterns, load, self.how)
        if any(fdg_baseline(x) for p in self.patients for x in p.lesions):
            self.concordances = concordance(self.patients, self.judgements, not_judged=keys.not_judged)
            self.tables["lesion_concordance"] = concordance_frame(self.concordances, self.how)
        elif keys.share_of == "FDG lesions":
            self.warnings.append(
                "lesions.positive: no lesion has a baseline scan with FDG: no concordance, and no share of"
                " the FDG lesions; share_of = 'all lesions' takes all"
            )
        decided = [j for j in self.judgements if j.decides]
        if open_ := [f"{j.patient} {j.lesion} ({j.reason})" for j in decided if j.positive is None]:
            self.warnings.append(
                f"lesions.positive: {len(open_)} of {len(decided)} lesions cannot be judged: {listed(open_)};"
                f" in shares they count as: {keys.not_judged}"
            )
        self.provenance["positive lesions"] = {
            "rule": rule.words, "scan": rule.scan_words, "share of": f"{load.share_of}, by {load.load}",
            "not judged": load.not_judged, "dominant part": f"above {load.dominant_above:g}",
            "positive patients": "patterns A and B" if load.patient_classes == "dominant" else "pattern A",
            "intervals": self._bootstrap_words,
        }  # fmt: skip

    def response(self, keys: ResponseKeys) -> None:
        """Changes of FDG, rates of response."""
        criterion = keys.response_criterion()
        self.warnings += response_warnings(self.patients, keys)
        changes = fdg_changes(self.patients, criterion)
        rows: list[Row] = []
        if any(c.lesion is None and c.response is not None for c in changes):
            self.changes = changes
            self.tables["lesion_response"] = change_frame(changes, criterion)
            self.warnings += gone_left_out(changes, criterion.quantity)
            rows += early_rate_rows(changes, self.how)
        best = [p.outcome.best_response if p.outcome else None for p in self.patients]
        if any(best):
            rows += best_rate_rows(response_rates(best, not_evaluable=keys.not_evaluable), self.how)
        else:
            self.warnings.append("lesions.response: no best response is recorded; its rates are left out")
        self._frame("response_rates", rows)
        self.provenance["response"] = {"criterion": criterion.words, "not evaluable": keys.not_evaluable}

    def statistics(
        self, keys: StatisticsKeys, positive: PositiveKeys | None, response: ResponseKeys | None
    ) -> None:
        """Tests against standards, ROC, agreement."""
        pet = compare.pet_calls(self.judgements)
        tissue = compare.tissue_calls(self.patients, keys.tissue, keys.low)
        rows: list[Row] = []
        words = positive.positive_rule().words if positive else ""
        by_tissue = f"tissue ({keys.tissue})"
        found = compare.against_tissue(pet, tissue)
        if found.cases:
            self.performance["PET against tissue"] = found
            rows += performance_rows(f"PET: {words}", by_tissue, "lesions", found, self.how)
            rows += self._roc(keys, positive, tissue, by_tissue)
        else:
            lacking = "no rule says which lesions are positive" if not positive else "no lesion has both"
            self.warnings.append(f"lesions.statistics: PET against tissue is left out: {lacking}")
        if positive:
            self.warnings += biopsies_left_out(self.patients, tissue, pet)
        responders = compare.responders(self.patients, response.not_evaluable if response else "no response")
        imaging, early = compare.positive_patients(self.patterns), compare.early_responders(self.changes)
        both = [name for name in imaging if name in early]
        tests = {
            "PET, patient": imaging,
            "early FDG response": early,
            "PET and early FDG response": {name: imaging[name] and early[name] for name in both},
            "PET or early FDG response": {name: imaging[name] or early[name] for name in both},
        }
        for test, calls in tests.items():
            if (case := compare.of_patients(calls, responders)).cases:
                self.performance[f"{test} against response"] = case
                rows += performance_rows(test, "best response CR or PR", "patients", case, self.how)
        self._frame("test_performance", rows)
        self._agreement(pet, tissue)
        self.provenance["test performance"] = {
            "tissue": keys.tissue, "low": keys.low, "confidence": f"{keys.confidence:g}",
            "bootstrap": self._bootstrap_words,
        }  # fmt: skip

    def _roc(
        self, keys: StatisticsKeys, positive: PositiveKeys | None, tissue: compare.Calls, by_tissue: str
    ) -> list[Row]:
        quantity = keys.roc_quantity or (positive.quantity if positive else None)
        scans = {(p.name, x.name): x.uptake for p in self.patients for x in p.lesions}
        cases = []
        for j in self.judgements:
            seen = next((u for u in scans[j.patient, j.lesion] if u.time_h == j.time_h), None)
            call = tissue.get((j.patient, j.lesion))
            if j.decides and seen is not None and call is not None:
                value = seen.visual_class if quantity is None else seen.value.get(quantity)
                cases += [] if value is None else [(j.patient, float(value), call)]
        name = quantity or "visual class"
        if len({positive_ for *_, positive_ in cases}) < 2:
            self.warnings.append(
                f"lesions.statistics: the ROC curve of {name} is left out: lesions with {name} that tissue"
                " calls positive, and others that it calls negative, are needed"
            )
            return []
        self.roc = roc_of(cases)
        self.tables["roc_curve"] = roc_frame(name, self.roc)
        return roc_rows(f"PET: {name}", by_tissue, self.roc, self.how)

    def _agreement(self, pet: compare.Calls, tissue: compare.Calls) -> None:
        patients = compare.positive_patients(self.patterns)
        blood = {
            p.name: p.outcome.blood_status == "positive"
            for p in self.patients
            if p.outcome and p.outcome.blood_status
        }
        any_tissue = "tissue, any lesion"
        pairs: list[tuple[str, str, str, Agreement]] = [
            ("tissue", "PET", "lesions", compare.agreement_of_lesions(tissue, pet)),
            ("PET", "blood", "patients", compare.agreement_of_calls(patients, blood)),
            (any_tissue, "blood", "patients", compare.agreement_of_calls(compare.patients_of(tissue), blood)),
            ("IHC 0 to 3", "visual class 1 to 4", "lesions",
             compare.agreement_of_scores(self.patients, self.judgements)),
        ]  # fmt: skip
        rows: list[Row] = []
        for first, second, of, found in pairs:
            if found.first:
                self.agreement[f"{first} and {second}"] = found
                ordered = first.startswith("IHC")
                weightings = ("linear", "quadratic") if ordered else ("unweighted",)
                rows += agreement_rows(first, second, of, found, self.how, weightings)  # type: ignore[arg-type]
        if not rows:
            self.warnings.append("lesions.statistics: agreement is left out: no two of tissue, PET and blood")
        self._frame("agreement", rows)

    def survival(self, keys: SurvivalKeys) -> None:
        """Times to events, all together and by class."""
        made: dict[str, Callable[[], ends.Classes]] = {
            "imaging": lambda: ends.by_imaging(self.patterns),
            "pattern": lambda: ends.by_pattern(self.patterns),
            "early response": lambda: ends.by_early_response(self.changes),
            "blood": lambda: ends.by_blood(self.patients),
        }
        classes = [ends.all_in_one(self.patients)]
        for by in dict.fromkeys(keys.by):
            one = made[by]()
            if one.of:
                classes.append(one)
            else:
                needs = {"imaging": "positive", "pattern": "positive", "early response": "response"}.get(by)
                needs = f" (it needs [lesions.{needs}])" if needs else ""
                self.warnings.append(
                    f"lesions.survival: by = '{by}' is left out: no patient is in such a class{needs}"
                )
        rows: list[Row] = []
        curves: list[Row] = []
        for endpoint in ends.ENDPOINTS:
            for one in classes:
                found = ends.follow_ups(self.patients, endpoint, one)
                if not any(f.n for f in found.values()):
                    continue
                self.follow_ups[endpoint, one.by] = found
                method, level = keys.interval, keys.confidence
                rows += survival_rows(endpoint, one.by, found, keys.months, method, level)
                curves += curve_rows(endpoint, one.by, found, method, level)
        lacking = [e for e in ends.ENDPOINTS if (e, "") not in self.follow_ups]
        if lacking:
            self.warnings.append(f"lesions.survival: not recorded of any patient: {', '.join(lacking)}")
        self.warnings += patients_left_out(
            self.patients,
            {one.by: one.of for one in classes if one.by},
            [e for e in ends.ENDPOINTS if e not in lacking],
        )
        self._frame("survival", rows)
        self._frame("survival_curves", curves)
        self.provenance["survival"] = {
            "interval": f"{keys.interval}, {keys.confidence:g}", "month": "30.4375 days",
            "by": ", ".join(keys.by) or "all patients together",
        }  # fmt: skip

    def _frame(self, name: str, rows: Sequence[Row]) -> None:
        import pandas as pd

        if rows:
            self.tables[name] = pd.DataFrame(rows)
