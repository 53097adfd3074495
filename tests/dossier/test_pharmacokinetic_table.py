"""The pharmacokinetic table: closed forms, geometric statistics, what was left out and why."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cdisc_study import write_study
from table_values import statistics, values

from dosimetry import cdisc_datasets, run_study
from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.results.reading import results_of
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables.curves.pharmacokinetic_notes import BELOW
from dosimetry.dossier.tables.curves.pharmacokinetics import geometric, pharmacokinetics_table

OPTIONS = TableOptions()


def test_geometric_cv_in_closed_form() -> None:
    """exp(m +- s) of two values has a standard deviation of the logarithms of s sqrt 2."""
    m, s = 1.7, 0.4
    mean, cv = geometric([math.exp(m - s), math.exp(m + s)])
    assert mean == pytest.approx(math.exp(m), rel=1e-12)
    assert cv == pytest.approx(100 * math.sqrt(math.exp(2 * s**2) - 1), rel=1e-12)
    assert geometric([3.0])[0] == pytest.approx(3.0) and math.isnan(geometric([3.0])[1])
    # a large sample of a lognormal has the CV of that distribution
    rng = np.random.default_rng(11)
    sample = np.exp(rng.normal(2.0, 0.5, 200_000))
    expected = 100 * math.sqrt(math.exp(0.25) - 1)
    # SE of s^2 is s^2 sqrt(2/n); carried to the CV, four of them
    se = 100 * math.exp(0.25) * 0.25 * math.sqrt(2 / sample.size) / (2 * math.sqrt(math.exp(0.25) - 1))
    assert abs(geometric(sample)[1] - expected) < 4 * se


def with_serum(
    results: Results, serum: dict[str, tuple[np.ndarray, np.ndarray]], *, decay_corrected: str
) -> Results:
    """The same results with other serum, (times, values) by patient, in place of theirs."""
    old = results.tables["activities"]
    like = old[old["region"] == "serum"].iloc[:1]
    rows = [
        like.assign(patient=who, time_h=float(t), value=float(v), decay_corrected=decay_corrected)
        for who, (times, measured) in serum.items()
        for t, v in zip(times, measured, strict=True)
    ]
    activities = pd.concat([old[old["region"] != "serum"], *rows], ignore_index=True)
    return Results(**{**vars(results), "tables": {**results.tables, "activities": activities}})


def exponential(trastuzumab: Results, c0: dict[str, float], rate: dict[str, float]) -> Results:
    """The same results with serum curves C0 exp(-k t) that are not decay-corrected."""
    lam = math.log(2) / trastuzumab.half_life_h
    t = np.array([1.0, 5.0, 24.0, 72.0, 168.0])
    serum = {p: (t, c0[p] * np.exp(-(rate[p] + lam) * t)) for p in c0}
    return with_serum(trastuzumab, serum, decay_corrected="no")


def test_pharmacokinetics_of_exponentials_in_closed_form(trastuzumab: Results) -> None:
    """C0 e^(-kt): AUC = C0/k, half-life ln 2/k, MRT 1/k, CL = 100 %IA k/C0, V = 100 %IA/C0."""
    who = trastuzumab.patients[:4]
    c0 = dict(zip(who, (20.0, 30.0, 25.0, 40.0), strict=True))
    k = dict(zip(who, (0.005, 0.02, 0.015, 0.012), strict=True))
    summary, by_subject = pharmacokinetics_table(exponential(trastuzumab, c0, k), OPTIONS)
    rows = {str(r["parameter"]).partition(",")[0]: r for r in values(summary)}

    def log_summary(of: list[float]) -> tuple[float, float]:
        logs = [math.log(v) for v in of]
        m = sum(logs) / len(logs)
        s2 = sum((x - m) ** 2 for x in logs) / (len(logs) - 1)
        return math.exp(m), 100 * math.sqrt(math.exp(s2) - 1)

    for name, each in (
        ("AUC to infinity", [c0[p] / k[p] for p in who]),
        ("Clearance", [100 * k[p] / c0[p] for p in who]),
        ("Volume of distribution", [100 / c0[p] for p in who]),
        ("C0", [c0[p] for p in who]),
        ("Cmax", [c0[p] * math.exp(-k[p]) for p in who]),
    ):
        mean, cv = log_summary(each)
        # log trapezoids are exact for exponentials
        assert rows[name]["geometric_mean"] == pytest.approx(mean, rel=1e-6), name
        assert rows[name]["geometric_cv_percent"] == pytest.approx(cv, rel=1e-5), name
        assert rows[name]["mean"] == pytest.approx(sum(each) / 4, rel=1e-6)
    half_lives = np.array([math.log(2) / k[p] for p in who])
    t_half = rows["Terminal half-life"]
    assert (t_half["mean"], t_half["sd"]) == (
        pytest.approx(half_lives.mean(), rel=1e-6),
        pytest.approx(half_lives.std(ddof=1), rel=1e-6),
    )
    assert t_half["geometric_mean"] is None and rows["tmax"]["mean"] is None
    assert (rows["tmax"]["median"], rows["tlast"]["minimum"], rows["tlast"]["maximum"]) == (1.0, 168.0, 168.0)
    own = {r["subject"]: r for r in values(by_subject)}
    assert own[who[1]]["mrt_inf_obs"] == pytest.approx(50.0, rel=1e-6)
    assert own["P10"]["cl"] is None  # the others have no serum here
    assert any(n.startswith("Left out: P05, P06, P07, P08, P09, P10: no serum") for n in summary.footnotes)
    assert t_half["minimum"] == pytest.approx(half_lives.min(), rel=1e-6)
    assert t_half["maximum"] == pytest.approx(half_lives.max(), rel=1e-6)
    # e^(-0.005 x 168) = 43 % of the first is extrapolated, of the others 13 % and less
    said = [n for n in summary.footnotes if n.startswith("More than 20 %")]
    assert said == [f"More than 20 % of the AUC to infinity is extrapolated in {who[0]}."]
    assert own[who[0]]["auc_extrapolated_percent"] == pytest.approx(100 * math.exp(-0.84), rel=1e-6)
    times = (1.0, 5.0, 24.0, 72.0, 168.0)
    spans = {p: (168.0 - times[-int(own[p]["n_points"])]) * k[p] / math.log(2) for p in who}
    (short,) = (n for n in summary.footnotes if n.startswith("The points of \u03bbz span less than 2"))
    for p in who:
        assert (f"{p} ({spans[p]:.1f})" in short) == (spans[p] < 2)
    assert spans[who[0]] < 1.3


def test_samples_below_the_limit_are_told(trastuzumab: Results) -> None:
    frame = trastuzumab.tables["activities"].copy()
    rows = frame.index[(frame["region"] == "serum") & (frame["time_h"] > 160)]
    frame.loc[rows, "below_limit"] = "< 2: left out"
    changed = Results(**{**vars(trastuzumab), "tables": {**trastuzumab.tables, "activities": frame}})
    told = [n for n in pharmacokinetics_table(changed, OPTIONS)[0].footnotes if n.startswith("Below the lim")]
    assert any("P01: 177.7 h (< 2)." in n for n in told)
    assert sum(n.count("(< 2)") for n in told) == len(set(frame.loc[rows, "time_h"]))
    assert not any("Below" in n for n in pharmacokinetics_table(trastuzumab, OPTIONS)[0].footnotes)


@pytest.mark.parametrize("rule", ["M1", "M5", "M6"])
def test_below_the_limit_is_no_concentration_as_in_the_datasets(rule: str, tmp_path: Path) -> None:
    """What a study sets below the limit for its TIACs changes no number here, nor are they others in PP."""
    points = [(1.0, "30"), (24.0, "<0.5"), (48.0, "18"), (96.0, "9"), (144.0, "4.5"), (192.0, "<0.5")]
    study = run_study(write_study(tmp_path, {"P1": points}, blq=rule))
    summary, by_subject = pharmacokinetics_table(results_of(study), OPTIONS)
    (own,) = values(by_subject)
    assert (own["c_last"], own["t_last"]) == (4.5, 144.0)  # not 0.25 at 192 h
    assert own["half_life"] == pytest.approx(48.0, rel=1e-9)
    # 30 to 18 in 47 h, then 48 h a half-life, by logarithms
    auc = 12 * 47 / math.log(30 / 18) + (18 - 4.5) * 48 / math.log(2)
    first = 30 * (30 / 18) ** (1 / 47)
    auc += (first - 30) / math.log(first / 30)
    assert own["auc_last"] == pytest.approx(auc, rel=1e-9)
    pp = cdisc_datasets(study)["PP"]
    found = dict(zip(pp.column("PPTESTCD"), pp.column("PPSTRESN"), strict=True))
    codes = {"c0": "C0", "auc_last": "AUCLST", "auc_inf_obs": "AUCIFO", "cl": "CLO", "vss": "VSSO"}
    for name, code in codes.items():
        assert own[name] == pytest.approx(found[code], rel=1e-6), name
    assert BELOW in summary.footnotes


def test_what_has_no_terminal_slope_is_left_out_with_its_reason(trastuzumab: Results) -> None:
    t = np.array([1.0, 24.0, 72.0])
    serum = {"P01": (t, 8 * np.exp(-0.05 * t)), "P02": (t, np.array([1.0, 2.0, 3.0]))}
    serum["P03"] = (t[:1], np.array([1.0]))
    results = with_serum(trastuzumab, serum, decay_corrected="yes")
    summary, by_subject = pharmacokinetics_table(results, OPTIONS)
    rows = {str(r["parameter"]).partition(",")[0]: r for r in values(summary)}
    assert (rows["Cmax"]["n"], rows["AUC to infinity"]["n"]) == (2, 1)
    left = [n for n in summary.footnotes if n.startswith("Left out: ")]
    assert any(n.startswith("Left out: P02: AUC to infinity") and "no terminal slope" in n for n in left)
    assert any(n.startswith("Left out: P03, serum: ") and "two are needed" in n for n in left)
    reasons = next(r for r in by_subject.rows if r.cells[0].value == "P03").cells[1:]
    assert all(c.value is None and "two are needed" in c.reason for c in reasons)


def test_half_lives_of_fits_are_those_of_the_results(trastuzumab: Results) -> None:
    summary = pharmacokinetics_table(trastuzumab, OPTIONS)[0]
    effective = next(r for r in values(summary) if r["parameter"] == "Effective half-life of \u03bb1")
    own = trastuzumab.tables["kinetics"].query(
        "statistic == 'value' and curve == 'whole body' and quantity == 'effective half-life of lambda1'"
    )["value"]
    expected = statistics(own.to_numpy())
    for name in ("mean", "sd", "median", "minimum", "maximum"):
        assert effective[name] == pytest.approx(expected[name], rel=1e-5)
