"""Who counts in a cohort's means: an organ that was not measured, organs of one sex, men and women."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dosimetry import Methods, Patient, StudyResult, Tiac, Tiacs, effective_dose, run_study
from dosimetry.doses.result import DoseResult
from dosimetry.patients.results import PatientResult, results_of
from dosimetry.report.figures import doses
from dosimetry.study.result_tables.counted import left_out, not_measured
from dosimetry.study.result_tables.statistics import mean_doses
from tests.study.conftest import EXAMPLES

STATISTICS = ["mean", "sd", "median", "minimum", "maximum"]


def rows_of(frame: pd.DataFrame, target: str, key: str = "target") -> tuple[pd.DataFrame, pd.DataFrame]:
    """A region's rows of patients by patient, and of the cohort by statistic."""
    mine = frame[frame[key] == target]
    each = mine[mine["statistic"] == "value"].set_index("patient")
    return each, mine[mine["patient"] == "cohort"].set_index("statistic")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    return run_study(EXAMPLES / "zr89-trastuzumab" / "study.toml")


@pytest.fixture(scope="module")
def without_spleen(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    """The example whose sixth patient has no curve of the spleen."""
    folder = tmp_path_factory.mktemp("without_spleen")
    for file in (EXAMPLES / "zr89-trastuzumab").iterdir():
        text = file.read_text(encoding="utf-8")
        if file.name == "organs.csv":
            text = re.sub(r"(?m)^P06,spleen,.*\n", "", text)
        (folder / file.name).write_text(text, encoding="utf-8")
    return run_study(folder / "study.toml")


def test_an_organ_that_was_not_measured_does_not_count(
    whole: StudyResult, without_spleen: StudyResult
) -> None:
    before, _ = rows_of(whole.organ_doses, "spleen")
    each, cohort = rows_of(without_spleen.organ_doses, "spleen")
    others = before["dose_mGy_per_MBq"].drop("P06")
    found = cohort.loc[STATISTICS, "dose_mGy_per_MBq"].tolist()
    by_hand = [others.mean(), others.std(), others.median(), others.min(), others.max()]
    assert found == pytest.approx(by_hand, rel=1e-12)
    assert set(cohort.loc[STATISTICS, "n"]) == {9}
    # the value itself stays: what the rest of the body gives, with the reason why it does not count
    row = each.loc["P06"]
    assert row["n"] == 0
    assert 0 < row["dose_mGy_per_MBq"] < 0.7 * before["dose_mGy_per_MBq"]["P06"]
    assert "spleen: not measured" in row["reason"]


def test_its_tiac_is_missing_with_the_reason(without_spleen: StudyResult) -> None:
    each, cohort = rows_of(without_spleen.tiac, "spleen", "source")
    assert np.isnan(each.loc["P06", "tiac_h"])
    assert each.loc["P06", "n"] == 0
    assert "not measured" in each.loc["P06", "reason"]
    assert set(cohort.loc[STATISTICS, "n"]) == {9}


def test_it_is_told(without_spleen: StudyResult, whole: StudyResult) -> None:
    new = {w for w in without_spleen.warnings if "another rule" not in w} - set(whole.warnings)
    assert [w.startswith("P06: spleen: not measured") for w in new] == [True]
    effective = without_spleen.effective_dose
    notes = effective[effective["patient"] == "P06"]["note"]
    assert len(notes) == 3
    assert all("spleen: not measured" in n for n in notes)
    assert not effective[effective["patient"] == "P05"]["note"].str.contains("not measured").any()


def test_the_figure_has_no_point_of_who_does_not_count(without_spleen: StudyResult) -> None:
    _, points = doses._table(without_spleen.organ_doses, ["target"], "dose_mGy_per_MBq")
    assert points.loc["spleen"].isna().to_dict() == {f"P{i:02d}": i == 6 for i in range(1, 11)}
    assert points.loc["liver"].notna().all()


def test_other_organs_still_count(without_spleen: StudyResult) -> None:
    for target in ("liver", "total body", "red marrow", "heart wall", "stomach wall"):
        _, cohort = rows_of(without_spleen.organ_doses, target)
        assert set(cohort.loc[STATISTICS, "n"]) == {10}, target


@pytest.mark.parametrize(
    ("target", "sex", "n"), [("testes", "male", 8), ("ovaries", "female", 2), ("uterus", "female", 2)]
)
def test_organs_of_one_sex(whole: StudyResult, target: str, sex: str, n: int) -> None:
    each, cohort = rows_of(whole.organ_doses, target)
    mine = each[each["sex"] == sex]["dose_mGy_per_MBq"]
    assert len(mine) == n
    assert cohort.loc["mean", "dose_mGy_per_MBq"] == pytest.approx(mine.mean(), rel=1e-12)
    assert set(cohort["n"]) == {n}
    assert set(cohort["sex"]) == {sex}
    other = each[each["sex"] != sex]
    assert other["dose_mGy_per_MBq"].isna().all()
    assert other[[c for c in other if c.endswith("mGy_per_MBq")]].isna().all(axis=None)
    assert other["reason"].str.startswith("no organ of a").all()


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("organ_doses", "target", "dose_mGy_per_MBq"),
        ("tiac", "source", "tiac_h"),
        ("effective_dose", "weights", "effective_dose_mSv_per_MBq"),
        ("kinetics", "quantity", "value"),
    ],
)
def test_men_and_women_apart(whole: StudyResult, table: str, key: str, value: str) -> None:
    frame = whole.tables()[table]
    what = {"target": "liver", "source": "liver", "weights": "ICRP 103"}.get(
        key, "biologic half-life of lambda2"
    )
    each, cohort = rows_of(frame, what, key)
    for sex, n in (("male", 8), ("female", 2)):
        mine = each[each["sex"] == sex][value]
        found = cohort.loc[[f"{s}, {sex}" for s in STATISTICS]]
        by_hand = [mine.mean(), mine.std(), mine.median(), mine.min(), mine.max()]
        assert found[value].tolist() == pytest.approx(by_hand, rel=1e-12)
        assert set(found["n"]) == {n}
        assert set(found["sex"]) == {sex}
    assert cohort.loc["mean", value] == pytest.approx(each[value].mean(), rel=1e-12)


def test_one_sex_has_no_rows_by_sex() -> None:
    result = run_study(EXAMPLES / "zr89-huj591" / "study.toml")
    assert set(result.organ_doses["statistic"]) == {"value", *STATISTICS}


def test_a_published_dose_of_an_organ_that_nobody_has(tmp_path: Path) -> None:
    source = EXAMPLES / "zr89-huj591"
    for file in source.iterdir():
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    with (tmp_path / "published.csv").open("a", encoding="utf-8") as f:
        header = [x for x in (source / "published.csv").read_text().splitlines() if x.startswith("target")]
        cells = {"target": "uterus", "mean": "0.4", "unit": "mGy/MBq"}
        f.write(",".join(cells.get(c, "") for c in header[0].split(",")) + "\n")
    row = run_study(tmp_path / "study.toml").comparison.set_index("target").loc["uterus"]
    assert np.isnan(row["mean"])
    assert row["published_mean"] == 0.4
    assert row["reason"] == "no patient of this study counts"


def toy(liver: float, spleen: float) -> DoseResult:
    part = {"photon": np.array([liver, spleen]), "electron": np.zeros(2), "alpha": np.zeros(2)}
    return DoseResult(("liver", "spleen"), part, ("Zr-89",), "adult male", "male")


def test_a_mean_over_those_who_have_the_organ() -> None:
    three = [toy(1, 10), toy(2, 20), toy(6, 90)]
    mean = mean_doses(three, [{"spleen": ""}, {}, {}])
    assert (mean["liver"], mean["spleen"]) == (3.0, 55.0)
    assert mean_doses(three)["spleen"] == 40.0
    # nobody has it: the mean of all, as each patient's effective dose takes it
    assert mean_doses(three, [{"spleen": ""}] * 3)["spleen"] == 40.0


def test_sex_averaged_dose_is_that_of_the_means(without_spleen: StudyResult) -> None:
    """From the table's own means of men and of women, tissue by tissue."""
    doses, effective = without_spleen.organ_doses, without_spleen.effective_dose
    means = []
    for sex in ("male", "female"):
        of_sex = doses[doses["statistic"] == f"mean, {sex}"]
        means.append(dict(zip(of_sex["target"], of_sex["dose_mGy_per_MBq"], strict=True)))
    assert "ovaries" in means[1]
    assert "ovaries" not in means[0]
    averaged = effective.set_index("statistic").loc["sex-averaged", "effective_dose_mSv_per_MBq"]
    by_hand = effective_dose((means[0], means[1]), "ICRP 103", without_alphas=True)
    assert averaged == pytest.approx(float(by_hand), rel=1e-9)


def patients(*tiacs: dict[str, float], sexes: str = "mmm", phantom: str = "adult") -> list[PatientResult]:
    """Results of patients with given TIACs in h; sexes by their first letters."""
    methods = Methods(heart_contents="none", red_marrow="none", organ_masses="reference")
    people = []
    for i, (given, letter) in enumerate(zip(tiacs, sexes, strict=False), 1):
        sex = {"m": "male", "f": "female"}[letter]
        listed = Tiacs(tuple(Tiac(s, v, {s: 0.0}, "given") for s, v in given.items()))
        people.append(Patient(name=f"P{i}", sex=sex, phantom=f"{phantom} {sex}", given_tiacs=listed))
    return results_of(people, methods, "Zr-89", ["ICRP 60"])


def test_organs_of_the_other_sex_are_not_missed() -> None:
    two = patients({"liver": 10, "testes": 0.1, "remainder": 60}, {"remainder": 70}, sexes="mf")
    assert not_measured(two) == [(), ("liver",)]
    assert left_out(two)[0] == {t: "no organ of a male patient" for t in ("ovaries", "uterus")}


def test_a_wall_whose_contents_were_measured_counts() -> None:
    two = patients(
        {"heart contents": 4, "heart wall": 1, "remainder": 60}, {"heart contents": 4, "remainder": 60}
    )
    assert not_measured(two) == [(), ("heart wall",)]
    assert "heart wall" not in left_out(two)[1]


def test_walls_and_marrow_go_with_what_was_not_measured() -> None:
    two = patients({"heart contents": 4, "red marrow": 3, "remainder": 60}, {"remainder": 67})
    targets = {t for t in left_out(two)[1] if t not in ("ovaries", "uterus")}
    assert targets == {"heart wall", "red marrow", "osteogenic cells"}


def test_a_whole_body_alone_lacks_the_organs_of_others() -> None:
    two = patients({"liver": 10, "remainder": 60}, {"total body": 70})
    assert not_measured(two) == [(), ("liver",)]
    assert "liver" in left_out(two)[1]


def test_combined_regions_go_with_their_parts(bodies: Path) -> None:
    """A body whose colon is the mean of its two parts, as ICRP's are."""
    two = patients({"upper large intestine wall": 2, "remainder": 60}, {"remainder": 62}, phantom="combined")
    assert {"upper large intestine wall", "colon"} <= set(left_out(two)[1])
    assert "lower large intestine wall" not in left_out(two)[1]


def test_a_region_that_a_body_has_not_is_not_missed(bodies: Path) -> None:
    first = patients({"thymus": 0.1, "remainder": 60})
    second = patients({"remainder": 60}, phantom="combined")
    assert not_measured([*first, *second]) == [(), ()]
