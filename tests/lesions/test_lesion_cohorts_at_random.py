"""Cohorts drawn with gaps everywhere: every missing number has a reason, and limits hold their value."""

from __future__ import annotations

import numpy as np
import pytest

from lesions import PositiveKeys, ResponseKeys, StatisticsKeys, SurvivalKeys, lesion_statistics
from lesions.lesion import FdgScan, Lesion, LesionPatient, Outcome, ReferenceScan, Tissue, Uptake

RULES = (
    {"rule": "visual", "not_judged": "positive"},
    {"rule": "threshold", "quantity": "suv_max", "threshold": 3.2, "load": "FDG burden"},
    {"rule": "background", "quantity": "suv_max", "factor": 2, "load": "volume", "volume": "tracer"},
    {"rule": "reference", "quantity": "suv_max", "factor": 1, "reference": "liver", "scan_h": 96,
     "scan_within_h": 6},
)  # fmt: skip
RESPONSES = ("CR", "PR", "SD", "PD", "NE")


def cohort(random: np.random.Generator) -> list[LesionPatient]:
    def there(share: float = 0.8) -> bool:
        return bool(random.random() < share)

    def values(*names: str) -> dict[str, float]:
        return {name: float(random.choice([1.0, 3.2, 5.0, 9.0])) for name in names if there()}

    def or_none(value: float) -> float | None:
        return value if there() else None

    def lesion(patient: str, name: str) -> Lesion:
        seen = int(random.integers(1, 5))
        scans = tuple(
            Uptake(
                time_h=t, value=values("suv_max"), background=values("suv_max"),
                volume_mL=or_none(2.0), visual_class=seen if there() else None,
            )
            for t in (24.0, 96.0)[: random.integers(0, 3)]
        )  # fmt: skip
        fdg = tuple(
            FdgScan(when=when, value=values("suv_max", "sul_peak", "suv_mean"), volume_mL=or_none(3.0))  # type: ignore[arg-type]
            for when in ("baseline", "early")
            if there()
        )
        status = str(random.choice(["positive", "low", "negative"]))
        tissue = Tissue(ihc=int(random.integers(0, 4)), fish_ratio=2.5 if there() else None, status=status)  # type: ignore[arg-type]
        return Lesion(
            patient=patient, name=name, site="x", uptake=scans, fdg=fdg, tissue=tissue if there(0.6) else None
        )

    def outcome() -> Outcome:
        best = str(random.choice(RESPONSES)) if there() else None
        day = float(random.integers(50, 300))
        (a, b), (c, d), (e, f) = ((day, there(0.5)) if there() else (None, None) for _ in range(3))
        return Outcome(
            treatment_failure_day=a, treatment_failed=b, survival_day=c, died=d, progression_day=e,
            progressed=f,
            best_response=best, response_day=20.0 if best in ("CR", "PR") else None,
            blood_status="positive" if there(0.5) else None,
        )  # fmt: skip

    liver = ReferenceScan(time_h=96.0, region="liver", value={"suv_max": 2.0})
    return [
        LesionPatient(
            name=name, lesions=tuple(lesion(name, str(j)) for j in range(random.integers(0, 4))),
            references=(liver,) if there() else (),
            outcome=outcome() if there() else None,
        )
        for name in (f"P{i}" for i in range(random.integers(1, 7)))
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(24))
def test_what_is_missing_has_a_reason(seed: int) -> None:
    found = lesion_statistics(
        cohort(np.random.default_rng(seed)),
        positive=PositiveKeys(**RULES[seed % 4]),  # type: ignore[arg-type]
        response=ResponseKeys(
            criterion=("PERCIST 1.0", "CONSIST")[seed % 2],  # type: ignore[arg-type]
            by_patient=("hottest lesion", "same lesions", "every lesion")[seed % 3],  # type: ignore[arg-type]
        ),
        statistics=StatisticsKeys(draws=200, tissue=("reported", "scores")[seed % 2], bootstrap="BCa"),  # type: ignore[arg-type]
        survival=SurvivalKeys(by=["imaging", "pattern", "early response", "blood"]),
    )
    for name, table in found.tables.items():
        if not {"reason", "value"} <= set(table.columns):
            continue
        unsaid = table["reason"].fillna("") == ""
        assert not (table["value"].isna() & unsaid).any(), name
        if "interval" in table:
            stated = table["interval"].fillna("") != ""
            assert not (stated & table[["low", "high"]].isna().any(axis=1) & unsaid).any(), name
            # an exact interval holds its value; Wilson's does too
            exact = table[stated & table["interval"].astype(str).str.contains("Clopper-Pearson|Wilson")]
            assert (
                (exact["low"] <= exact["value"] + 1e-9) & (exact["value"] <= exact["high"] + 1e-9)
            ).all(), name
