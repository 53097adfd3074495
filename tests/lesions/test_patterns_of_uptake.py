"""Concordance with FDG, shares of the tumour load, patterns A to D."""

from __future__ import annotations

import pytest
from lesion_cohort import by_counts, fdg, lesion, patient, seen

from dosimetry.errors import DosimetryError
from lesions import LoadRule, PositiveRule, concordance, judge_lesions, patient_patterns, pattern_of
from lesions.lesion import FdgScan, LesionPatient
from lesions.positive.concordance import over_patients

VISUAL = PositiveRule(rule="visual")


def patterns(patients: list[LesionPatient], **rule):
    return patient_patterns(patients, judge_lesions(patients, VISUAL), LoadRule(**rule))


def test_concordance_of_yehs_patients() -> None:
    """Table 1 of Yeh et al. (J Nucl Med 2024;65:386-393): 100, 100, 0, 7.4, 20 and 80 %.

    The counts are the smallest that give these, but for 2 lesions where it is all or none.
    """
    counts = [(2, 2), (2, 2), (0, 2), (2, 27), (1, 5), (4, 5)]
    patients = by_counts(counts)
    found = concordance(patients, judge_lesions(patients, VISUAL))
    printed = ["100", "100", "0", "7.4", "20", "80"]
    assert [f"{100 * c.share:.1f}".removesuffix(".0") for c in found] == printed  # type: ignore[operator]
    assert [p.pattern for p in patterns(patients)] == ["A", "A", "D", "C", "C", "B"]
    assert [p.is_positive for p in patterns(patients)] == [True, True, False, False, False, True]
    assert [p.is_positive for p in patterns(patients, patient_classes="all")] == [True, True, *[False] * 4]
    together = over_patients(found)
    assert (together.as_independent.events, together.as_independent.n, together.n_patients) == (11, 43, 6)


def test_lesions_that_one_tracer_alone_shows_stand_apart() -> None:
    lesions = [
        lesion("both", seen(visual_class=3), fdg=fdg(8.0)),
        lesion("fdg", seen(visual_class=2), fdg=fdg(8.0)),
        lesion("tracer", seen(visual_class=4)),
        lesion("neither", seen(visual_class=1)),
        lesion("late", seen(visual_class=4), fdg=fdg(None, 5.0)),  # no baseline: FDG did not show it
        lesion("open", seen(5.0), fdg=fdg(8.0)),
    ]
    one = [patient(*lesions)]
    found = concordance(one, judge_lesions(one, VISUAL))[0]
    counts = (found.fdg_lesions, found.both, found.fdg_only, found.not_judged, found.tracer_only)
    assert counts == (3, 1, 1, 1, 2)
    shares = {
        how: concordance(one, judge_lesions(one, VISUAL), not_judged=how)[0].share  # type: ignore[arg-type]
        for how in ("left out", "negative", "positive")
    }
    assert shares == {"left out": 1 / 2, "negative": 1 / 3, "positive": 2 / 3}


def test_shares_by_number_volume_and_burden() -> None:
    def one(name: str, call: int, mean: float, mL: float, tracer_mL: float | None):
        scan = FdgScan(when="baseline", value={"sul_mean": mean}, volume_mL=mL)
        return lesion(name, seen(visual_class=call, volume_mL=tracer_mL), fdg=(scan,))

    patients = [
        patient(one("a", 4, 2.0, 10.0, 30.0), one("b", 1, 4.0, 30.0, 10.0), one("c", 1, 1.0, 0.0001, 20.0))
    ]
    assert patterns(patients)[0].share == pytest.approx(1 / 3)
    assert patterns(patients, load="volume", volume="FDG")[0].share == pytest.approx(10 / 40.0001)
    assert patterns(patients, load="volume", volume="tracer")[0].share == pytest.approx(30 / 60)
    assert patterns(patients, load="FDG burden")[0].share == pytest.approx(20 / 140.0001)


def test_a_load_that_was_not_measured_leaves_no_share() -> None:
    patients = [
        patient(
            lesion("a", seen(visual_class=4), fdg=fdg(8.0)), lesion("b", seen(visual_class=1), fdg=fdg(8.0))
        )
    ]
    found = patterns(patients, load="FDG burden")[0]
    assert (found.share, found.pattern, found.is_positive) == (None, None, None)
    assert found.reason == "no FDG burden of a, b" and (found.judged, found.positive) == (2, 1)


def test_what_cannot_be_judged_counts_as_was_chosen() -> None:
    patients = [
        patient(lesion("a", seen(visual_class=4), fdg=fdg(8.0)), lesion("b", seen(5.0), fdg=fdg(8.0)))
    ]
    found = {how: patterns(patients, not_judged=how)[0] for how in ("left out", "negative", "positive")}
    assert {how: (p.share, p.pattern) for how, p in found.items()} == {
        "left out": (1.0, "A"), "negative": (0.5, "C"), "positive": (1.0, "A"),
    }  # fmt: skip
    assert all(p.judged == 1 and p.lesions == 2 for p in found.values())


@pytest.mark.parametrize(
    ("lesions", "share_of", "reason"),
    [
        ((), "FDG lesions", "no FDG lesion"),
        ((lesion("a", seen(visual_class=4)),), "FDG lesions", "no FDG lesion"),
        ((), "all lesions", "no lesion"),
        ((lesion("a", seen(5.0)),), "all lesions", "no lesion could be judged"),
    ],
)
def test_patients_without_a_share_have_a_reason(lesions, share_of: str, reason: str) -> None:
    other = patient(lesion("x", seen(visual_class=4), patient="P2"), name="P2")
    found = patterns([patient(*lesions), other], share_of=share_of)[0]
    assert (found.share, found.is_positive, found.reason) == (None, None, reason)


@pytest.mark.parametrize(
    ("share", "above", "pattern"),
    [(1.0, 0.5, "A"), (0.999, 0.5, "B"), (0.501, 0.5, "B"), (0.5, 0.5, "C"), (0.001, 0.5, "C"),
     (0.0, 0.5, "D"), (0.6, 0.75, "C"), (0.1 + 0.2 + 0.7, 0.5, "A")],
)  # fmt: skip
def test_patterns_of_shares(share: float, above: float, pattern: str) -> None:
    assert pattern_of(share, above) == pattern


def test_what_cannot_be() -> None:
    with pytest.raises(DosimetryError, match="between 0 and 1"):
        pattern_of(74.0)
    with pytest.raises(DosimetryError, match="goes with volume"):
        LoadRule(load="volume")
    one = patient(lesion("a", seen(visual_class=4), fdg=fdg(8.0)))
    with pytest.raises(DosimetryError, match="a was not judged"):
        patient_patterns([one], (), LoadRule())
    with pytest.raises(DosimetryError, match="not judged: P1, a"):
        concordance([one], ())
