"""Tables of a budget: made by hand from changes, and of the example from counts to mSv."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from dosimetry import run_study, write_results
from dosimetry.imaging.outline_errors import OutlineErrors
from dosimetry.patients.patient import Patient
from dosimetry.report.archive import read_table
from dosimetry.study.results import StudyResult
from dosimetry.study.uncertainty import tables
from dosimetry.study.uncertainty.study_budget import TABLES
from dosimetry.uncertainty.budget import Budget, Error, MonteCarlo, Quantity
from dosimetry.uncertainty.cohort_budget import CohortBudget
from dosimetry.uncertainty.inputs import Effect, Input, UncertaintyMethod

QUANTITIES = (
    Quantity("tiac", "liver", "h"),
    Quantity("absorbed dose", "liver", "mGy/MBq"),
    Quantity("absorbed dose", "uterus", "mGy/MBq"),
    Quantity("effective dose", "ICRP 60", "mSv/MBq"),
)
METER, PHANTOM = Error("meter"), "patient and phantom"


class Doses:
    targets = ("liver", "uterus")


class Result:
    """What the tables ask of a patient's result."""

    def __init__(self, name: str, sex: str) -> None:
        self.patient = Patient(name=name, sex=sex, phantom=f"adult {sex}")
        self.doses = Doses()
        self.sources: dict[str, float] = {}


def budget(name: str, value: float, *, trials: bool = False) -> Budget:
    """u of the liver's dose: 3 shared, 4 own, 12 apart, in % of its value."""
    errors = (METER, Error("counts and fit: liver", (name,), "A"), Error(PHANTOM, (name,), apart=True))
    share = np.array([[0.03, 0.03, 0.03, 0.0], [0.04, 0.04, 0.04, 0.0], [0.0, 0.12, 0.12, 0.0]])
    size = np.full(4, value)
    made = MonteCarlo(1000, size, 0.2 * size, 0.5 * size, 2.0 * size) if trials else None
    return Budget(name, QUANTITIES, size, errors, share * value, {"half-life": "no data"}, monte_carlo=made)


@pytest.fixture
def results() -> list[Result]:
    return [Result("P01", "male"), Result("P02", "female")]


def rows_of(frame: pd.DataFrame, patient: str, statistic: str = "value") -> pd.DataFrame:
    found = frame[(frame["patient"] == patient) & (frame["statistic"] == statistic)]
    return found.set_index(["quantity", "of"])


def test_u_is_there_with_and_without_what_is_apart(results: list[Result]) -> None:
    frame = tables.budget_rows([budget("P01", 2.0), budget("P02", 3.0)], results)
    liver = rows_of(frame, "P01").loc[("absorbed dose", "liver")]
    assert liver["u"] == pytest.approx(2.0 * 0.13)  # 3, 4, 12
    assert liver["u_percent"] == pytest.approx(13.0)
    assert liver["u_without_patient_and_phantom"] == pytest.approx(2.0 * 0.05)
    assert liver["high"] - liver["low"] == pytest.approx(2 * 1.959964 * 2.0 * 0.13, rel=1e-6)
    assert set(frame[frame["statistic"] == "value"]["not_known"]) == {"half-life"}


def test_an_organ_of_the_other_sex_has_no_number_but_a_reason(results: list[Result]) -> None:
    frames = [
        f([budget("P01", 2.0), budget("P02", 3.0)], results) for f in (tables.budget_rows, tables.share_rows)
    ]
    for frame in frames:
        uterus = rows_of(frame, "P01").loc[("absorbed dose", "uterus")]
        assert math.isnan(uterus["u"])
        assert uterus["reason"]
        assert rows_of(frame, "P02").loc[("absorbed dose", "uterus"), "u"] > 0
    mean = rows_of(frames[0], "cohort", "mean")
    assert mean.loc[("absorbed dose", "uterus"), "n"] == 1
    assert mean.loc[("absorbed dose", "uterus"), "value"] == 3.0


def test_a_mean_has_its_spread_apart_from_what_all_share(results: list[Result]) -> None:
    frame = tables.budget_rows([budget("P01", 2.0), budget("P02", 3.0)], results)
    mean = rows_of(frame, "cohort", "mean").loc[("tiac", "liver")]
    assert mean["value"] == 2.5
    assert mean["sd_between_patients"] == pytest.approx(math.sqrt(0.5))
    assert mean["u_shared"] == pytest.approx(0.03 * 2.5)
    assert mean["u_own"] == pytest.approx(0.04 * math.sqrt((4 + 9) / 2))
    assert mean["u"] == pytest.approx(math.hypot(math.sqrt(0.5 / 2), 0.03 * 2.5))
    # the patient is not the phantom: no patient's value shows by how much, so the spread does not hold it
    frame = tables.budget_rows([budget("P01", 2.0), budget("P02", 3.0)], results, [PHANTOM])
    dose = rows_of(frame, "cohort", "mean").loc[("absorbed dose", "liver")]
    own = 0.12 * math.hypot(2.0, 3.0) / 2
    assert dose["u"] == pytest.approx(math.hypot(math.sqrt(0.5 / 2), 0.03 * 2.5, own))
    freedom = (dose["u"] / math.sqrt(0.5 / 2)) ** 4  # one of the spread, Welch and Satterthwaite
    assert (dose["high"] - dose["value"]) / dose["u"] == pytest.approx(student.ppf(0.975, freedom), rel=1e-6)
    one_man = rows_of(frame, "cohort", "mean, male").loc[("tiac", "liver")]
    assert list(one_man[["n", "value"]]) == [1, 2.0]
    # the meter's error is everybody's, also where one man alone is averaged
    assert one_man["u_shared"] == pytest.approx(0.03 * 2.0)
    assert one_man["u_own"] == pytest.approx(0.04 * 2.0)


def test_a_quantity_of_which_nothing_is_known_has_no_interval_of_width_0(results: list[Result]) -> None:
    """Given TIACs without sd_h had u = 0 and a 95 % interval from 3 to 3 h: what is unknown is not 0."""
    blank = [replace(b, changes=np.zeros_like(b.changes)) for b in (budget("P01", 2.0), budget("P02", 3.0))]
    frame = tables.budget_rows(blank, results)
    for patient, statistic in (("P01", "value"), ("cohort", "mean, male")):
        row = rows_of(frame, patient, statistic).loc[("tiac", "liver")]
        assert row["value"] == 2.0 and row[["u", "u_percent", "low", "high"]].isna().all()
        assert row["reason"] == "no uncertainty is known"
    exact = [replace(b, unknown={}) for b in blank]
    assert rows_of(tables.budget_rows(exact, results), "P01").loc[("tiac", "liver"), "u"] == 0.0


def test_what_is_not_known_stands_in_every_row(results: list[Result]) -> None:
    both = [budget("P01", 2.0), budget("P02", 3.0)]
    assert set(tables.budget_rows(both, results)["not_known"]) == {"half-life"}
    assert set(tables.share_rows(both, results)["not_known"]) == {"half-life"}


def test_shares_sum_to_100_and_are_the_squares_of_the_changes(results: list[Result]) -> None:
    frame = tables.share_rows([budget("P01", 2.0), budget("P02", 3.0)], results)
    liver = rows_of(frame, "P01").loc[("absorbed dose", "liver")]
    assert liver["meter (%)"] == pytest.approx(100 * 9 / 169)
    assert liver["counts and fit (%)"] == pytest.approx(100 * 16 / 169)
    assert liver[f"{PHANTOM} (%)"] == pytest.approx(100 * 144 / 169)
    nothing = rows_of(frame, "P01").loc[("effective dose", "ICRP 60")]
    assert math.isnan(nothing["meter (%)"])
    assert nothing["reason"] == "no uncertainty is known"


def test_the_monte_carlo_has_its_column(results: list[Result]) -> None:
    frame = tables.budget_rows([budget("P01", 2.0, trials=True), budget("P02", 3.0, trials=True)], results)
    liver = rows_of(frame, "P01").loc[("absorbed dose", "liver")]
    assert (liver["u_monte_carlo"], liver["low"], liver["high"]) == (0.4, 1.0, 4.0)
    assert liver["method"] == "Monte Carlo"
    assert "u_monte_carlo" not in tables.budget_rows([budget("P01", 2.0), budget("P02", 3.0)], results)


# --- the example -----------------------------------------------------------------------------------------


@pytest.fixture
def result(budget_folder: Path) -> StudyResult:
    return run_study(budget_folder / "study.toml")


def test_values_are_those_of_the_other_tables_and_shares_sum_to_100(result: StudyResult) -> None:
    assert result.budget is not None
    table, shares = result.budget.uncertainty, result.budget.shares
    for patient in ("P01", "P09"):
        mine = rows_of(table, patient)
        doses = result.organ_doses[result.organ_doses["patient"] == patient].set_index("target")
        for target, dose in doses["dose_mGy_per_MBq"].items():
            np.testing.assert_array_equal(mine.loc[("absorbed dose", target), "value"], dose)
        effective = result.effective_dose[result.effective_dose["patient"] == patient]
        for _, row in effective.iterrows():
            value = row["effective_dose_mSv_per_MBq"]
            assert mine.loc[(row["quantity"], row["weights"]), "value"] == value
    lines = [c for c in shares if c.endswith("(%)")]
    total = shares[lines].sum(axis=1, min_count=1)
    assert ((total - 100.0).abs() < 1e-9)[total.notna()].all()
    assert total.isna().sum() == sum(shares["reason"] != "")
    assert (table["low"].dropna() >= 0).all()
    each = table[table["statistic"] == "value"].dropna(subset="u")
    assert (each["u"] >= each["u_without_patient_and_phantom"]).all()
    # what is apart is nearly all of the effective dose's, as it is one error of all targets
    e = each[each["of"] == "ICRP 60"]
    assert (e["u_percent"] > 12.87).all()


def test_a_meter_that_calibrated_all_changes_no_curve(result: StudyResult, budget_folder: Path) -> None:
    """Standard and scanner go with the administered activity, so it cancels; without them it does not."""
    assert result.budget is not None
    line = "calibration of the activity meter (%)"
    shares = rows_of(result.budget.shares, "P01")
    for source in ("liver", "heart contents", "red marrow"):
        assert shares.loc[("tiac", source), line] < 1e-20
    study = budget_folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    study.write_text(text.replace('activity", "serum standard", "scanner"]', 'activity"]'), encoding="utf-8")
    other = run_study(study).budget
    assert other is not None
    found = other.cohort.of("P01")
    i = found.of("tiac", "liver")
    change = next(c for e, c in zip(found.errors, found.changes, strict=True) if e.name == line[:-4])
    # half-width 6 %, and a TIAC goes with 1/A
    assert change[i] == pytest.approx(-0.06 / math.sqrt(3) * found.value[i], rel=1e-9)


def test_other_tables_are_the_same_with_and_without(budget_folder: Path, tmp_path: Path) -> None:
    with_budget = write_results(tmp_path / "with", run_study(budget_folder / "study.toml"), figures=False)
    study = budget_folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    study.write_text(text[: text.index("[uncertainty]")], encoding="utf-8")
    without = write_results(tmp_path / "without", run_study(study), figures=False)
    names = {p.name for p in without.glob("*.csv")}
    assert {p.name for p in with_budget.glob("*.csv")} - names == {f"{name}.csv" for name in TABLES}
    for name in names:
        assert (with_budget / name).read_bytes() == (without / name).read_bytes()


def test_what_is_not_known_stands_in_every_output(result: StudyResult, tmp_path: Path) -> None:
    folder = write_results(tmp_path / "out", result, figures=False)
    assert "not known, and in no number: half-life, emitted energy" in (folder / "README.txt").read_text()
    inputs = read_table(folder / "results.h5", "uncertainty_inputs").set_index("input")
    assert inputs.loc["half-life", "state"] == "unknown"
    assert inputs.loc["half-life", "reason"] == "ICRP 107 states none"
    table = read_table(folder / "results.h5", "uncertainty")
    assert set(table[table["statistic"] == "value"]["not_known"]) == {"half-life; emitted energy"}
    readme = (folder / "README.txt").read_text()
    assert all(f"{name}.csv: " in readme for name in TABLES)
    assert "uncertainty.haematocrit.u = 0.017" in readme


def test_inputs_are_listed_with_their_sources(result: StudyResult) -> None:
    assert result.budget is not None
    inputs = result.budget.inputs.set_index("input")
    scanner = inputs.loc["calibration of the scanner"]
    assert (scanner["kind"], scanner["distribution"], scanner["shared_by"]) == (
        "B",
        "rectangular",
        "everybody",
    )
    assert scanner["one_standard_uncertainty"] == "values of organs by 5.774 %"  # 10/sqrt(3)
    assert "Makris" in scanner["source"]
    assert inputs.loc["counts and fit: serum", "state"] == "from the data"
    assert inputs.loc["patient and phantom", "apart"] == "yes"


def test_any_executor_gives_the_same_bits(budget_folder: Path) -> None:
    study = budget_folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    study.write_text(text.replace("[uncertainty]\n", "[uncertainty]\nmonte_carlo = 300\nseed = 5\n", 1))
    told: list[tuple[int, int]] = []
    one = run_study(study, trials=lambda done, total, left: told.append((done, total)))
    with ThreadPoolExecutor(2) as pool:
        two = run_study(study, executor=pool)
    assert told[-1] == (600, 600)
    for name in TABLES:
        pd.testing.assert_frame_equal(one.tables()[name], two.tables()[name], check_exact=True)


def test_means_are_of_those_who_count(result: StudyResult) -> None:
    assert result.budget is not None
    cohort: CohortBudget = result.budget.cohort
    assert [b.patient for b in cohort.budgets] == ["P01", "P09"]
    means = rows_of(result.budget.uncertainty, "cohort", "mean")
    assert means.loc[("absorbed dose", "testes"), "n"] == 1
    assert means.loc[("absorbed dose", "liver"), "n"] == 2
    doses = result.organ_doses[(result.organ_doses["patient"] == "cohort")].set_index(["statistic", "target"])
    for target in ("testes", "liver"):
        expected = doses.loc[("mean", target), "dose_mGy_per_MBq"]
        assert means.loc[("absorbed dose", target), "value"] == pytest.approx(expected, rel=1e-12)
    assert means.loc[("absorbed dose", "liver"), "sd_between_patients"] == pytest.approx(
        doses.loc[("sd", "liver"), "dose_mGy_per_MBq"], rel=1e-12
    )


def test_stated_noise_stands_in_for_a_column_that_the_table_has_not(budget_folder: Path) -> None:
    organs = budget_folder / "organs.csv"
    text = organs.read_text().replace(",sd,", ",")
    organs.write_text("\n".join(",".join(r[:4] + r[5:]) if r[0][:1] == "P" else ",".join(r)
                                for r in (x.split(",") for x in text.splitlines())) + "\n")  # fmt: skip
    study = budget_folder / "study.toml"
    said = study.read_text(encoding="utf-8")
    here = "[uncertainty.organs]\n"
    stated = 'noise = { u_percent = 5, kind = "A", source = "x" }\n'
    for line, unknown in (('noise = "unknown"\n', True), (stated, False)):
        study.write_text(said.replace(here, here + line), encoding="utf-8")
        budget = run_study(study).budget
        assert budget is not None
        assert ("counts and fit: liver" in budget.unknown) == unknown
        assert ("noise of single values" in budget.unknown) == unknown
        lines = [c for c in budget.shares if c.startswith("noise of single values")]
        assert len(lines) == (0 if unknown else 1)
    # a constant relative noise of 5 % is about what the column had
    mine = budget.cohort.of("P01")
    names = [e.name for e in mine.errors]
    noise = mine.changes[names.index("noise of single values: liver"), mine.of("tiac", "liver")]
    assert abs(noise) == pytest.approx(0.279, rel=0.01)  # of counts and fit in docs/uncertainty.md, in h


def test_the_interval_of_a_mean_is_of_all_its_uncertainty() -> None:
    """Two patients of one value and one reference mass: no spread, and an interval all the same."""
    liver = Quantity("tiac", "liver", "h")
    each = [
        Budget(name, (liver,), np.array([10.0]), (Error("mass", (name,)),), np.array([[2.0]]))
        for name in ("P01", "P02")
    ]
    who = [Result(b.patient, "male") for b in each]
    (row,) = tables.cohort_rows(CohortBudget(each, ("male", "male")), who, ["mass"]).to_dict("records")  # type: ignore[arg-type]
    assert row["u"] == pytest.approx(2.0 / 2**0.5)
    assert row["high"] - 10.0 == pytest.approx(1.959964 * row["u"]) == 10.0 - row["low"]


def test_a_standard_uncertainty_is_printed_above_0_and_what_goes_against_it_below() -> None:
    """A larger outline has less activity by volume: the line is of the smaller one."""
    response = OutlineErrors(
        quantity="mass", volume_mL=20.0, fwhm_mm=6.0, u_volume=(("voxels", 0.2),), recovery=None
    )
    outline = Input(
        name="outline", kind="B", distribution="log-normal", shared_by="patient", source="CT",
        effects=(Effect("curve", -0.1, "liver", response, "voxels"),
                 Effect("mass", 0.2, "liver", response, "voxels")),
    )  # fmt: skip
    rows = tables.input_rows(UncertaintyMethod(inputs=[outline]), [])
    words = rows.set_index("input").loc["outline", "one_standard_uncertainty"]
    assert words == "values of liver by 10 %; mass of liver by -20 %"
