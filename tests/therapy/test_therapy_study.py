"""The section [therapy] in a study: tables, warnings, provenance, terminal, figures."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from exact_course import EXAMPLE

from dosimetry import DosimetryError, load_study, run_study, write_results
from dosimetry.files.terminal import Terminal
from dosimetry.report.figures.options import FigureOptions
from dosimetry.study.check import check_study
from dosimetry.study.results import StudyResult
from therapy.cycles.result import TherapyResult

ORGANS = ("kidneys", "liver", "spleen", "red marrow")


def without_lesions(folder: Path) -> Path:
    """The example's study file without lesions."""
    shutil.copytree(EXAMPLE, folder)
    study = (folder / "study.toml").read_text(encoding="utf-8")
    kept = study.split("[lesions", 1)[0] + "[therapy" + study.split("[therapy", 1)[1]
    (folder / "study.toml").write_text(kept.split("[therapy.bed", 1)[0], encoding="utf-8")
    scans = (folder / "later_scans.csv").read_text(encoding="utf-8").splitlines()
    kept_scans = "\n".join(x for x in scans if ",,L" not in x) + "\n"
    (folder / "later_scans.csv").write_text(kept_scans, encoding="utf-8")
    return folder / "study.toml"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return without_lesions(tmp_path_factory.mktemp("therapy") / "one")


@pytest.fixture(scope="module")
def one(study: Path) -> StudyResult:
    return run_study(study)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    """Three patients of both sexes; the third has two cycles."""
    folder = tmp_path_factory.mktemp("therapy") / "three"
    path = without_lesions(folder)
    for table in folder.glob("*.csv"):
        if table.name in ("truth.csv", "lesions.csv"):
            continue
        notice, head, *rows = table.read_text(encoding="utf-8").splitlines()
        made = [notice, head]
        for name in ("P01", "P02", "P03"):
            for row in rows:
                cells = row.split(",")
                if name == "P03" and table.name in ("cycles.csv", "later_scans.csv") and int(cells[1]) > 2:
                    continue
                if name == "P02" and table.name == "patients.csv":
                    cells[1] = "female"
                made.append(",".join([name, *cells[1:]]))
        table.write_text("\n".join(made) + "\n", encoding="utf-8")
    return run_study(path)


def therapy(result: StudyResult) -> TherapyResult:
    found = result.parts["therapy"].result
    assert isinstance(found, TherapyResult)
    return found


def test_tables_are_those_that_check_names(one: StudyResult, study: Path) -> None:
    names = [name for name in one.tables() if name.startswith("therapy_")]
    assert names == ["therapy_tiac", "therapy_cycles", "therapy_cumulative", "therapy_limits"]
    assert [f"{name}.csv" for name in names] == [n for n in check_study(study).outputs() if "therapy" in n]


def test_the_measured_cycle_has_the_studys_own_doses(one: StudyResult) -> None:
    cycles = one.tables()["therapy_cycles"]
    first = cycles[cycles["cycle"] == 1].set_index("target")
    organs = one.organ_doses[one.organ_doses["patient"] == "P01"].set_index("target")
    known = organs["dose_mGy_per_MBq"].notna()
    assert np.allclose(
        first.loc[organs.index[known], "dose_Gy"], organs.loc[known, "absorbed_dose_Gy"], rtol=1e-12
    )
    assert np.allclose(first.loc[organs.index[known], "se_Gy"], organs.loc[known, "se_Gy"], rtol=1e-9)
    assert first.loc["uterus", "reason"].startswith("no organ of a male patient")
    assert np.isnan(first.loc["uterus", "dose_Gy"]) and first.loc["uterus", "n"] == 0


def test_cycles_add_up_to_the_cumulative_dose(one: StudyResult) -> None:
    tables = one.tables()
    cycles, total = tables["therapy_cycles"], tables["therapy_cumulative"].set_index("target")
    by_target = cycles.groupby("target")
    for target in ORGANS:
        rows = by_target.get_group(target)
        row = total.loc[target]
        assert rows["dose_Gy"].sum() == pytest.approx(row["dose_Gy"], rel=1e-12)
        assert rows["share_percent"].sum() == pytest.approx(100.0, rel=1e-12)
        radiations = rows[["photon_percent", "electron_percent", "alpha_percent"]].sum(axis=1)
        assert np.allclose(radiations, 100.0)
        parts = [row[f"{k}_part_Gy"] for k in ("photon", "electron", "alpha")]
        assert sum(parts) == pytest.approx(row["dose_Gy"], rel=1e-12)
        assert row["u_Gy"] > row["se_Gy"] > 0
        assert row["administered_MBq"] == 29550.0 and row["cycles"] == 4


def test_every_number_says_by_what_it_was_made(one: StudyResult) -> None:
    tables = one.tables()
    cycles = tables["therapy_cycles"]
    assert (cycles.loc[cycles["cycle"] == 1, "made_by"].isin(["measured in this cycle", ""])).all()
    third = cycles[cycles["cycle"] == 3].set_index("target")["made_by"]
    assert third["kidneys"].startswith("kidneys: same half-life as cycle 1, one scan at 94 h, TIAC x 0.9")
    assert third["red marrow"].startswith("red marrow: same TIAC as cycle 1; other sources: same")
    tiac = tables["therapy_tiac"].set_index(["cycle", "source"])
    assert tiac.loc[(2, "red marrow"), "made_by"] == "same TIAC as cycle 1"
    assert tiac.loc[(2, "remainder"), "made_by"].startswith("whole body (same TIAC as cycle 1) less")
    assert tiac.loc[(2, "whole body"), "factor"] == 1.0
    whole = tiac.loc[2, "tiac_h"]
    assert whole["remainder"] == pytest.approx(
        whole["whole body"] - whole.drop(["remainder", "whole body"]).sum()
    )


def test_no_effective_dose_unless_asked(one: StudyResult, study: Path, tmp_path: Path) -> None:
    for name, frame in one.tables().items():
        if name.startswith("therapy"):
            assert not [c for c in frame.columns if "effective" in c.lower()], name
    asked = tmp_path / "asked"
    shutil.copytree(study.parent, asked)
    text = (asked / "study.toml").read_text(encoding="utf-8")
    text = text.replace("[therapy]", "[therapy]\neffective_dose = true")
    (asked / "study.toml").write_text(text, encoding="utf-8")
    found = run_study(asked / "study.toml")
    frame = found.tables()["therapy_effective_dose"]
    each = found.effective_dose["effective_dose_mSv_per_MBq"].iloc[0]
    assert frame["effective_dose_mSv"].iloc[0] == pytest.approx(each * 7400.0, rel=1e-12)
    assert len(frame) == 4 and (frame["note"].str.contains("not of therapy")).all()


def test_limits_say_what_is_left(one: StudyResult) -> None:
    limits = one.tables()["therapy_limits"].set_index("limit")
    total = one.tables()["therapy_cumulative"].set_index("target")
    kidneys = limits.loc["kidneys 23 Gy"]
    assert kidneys["used_Gy"] == pytest.approx(total.loc["kidneys", "dose_Gy"], rel=1e-12)
    assert kidneys["left_Gy"] == pytest.approx(23.0 - kidneys["used_Gy"], rel=1e-12)
    fourth = one.tables()["therapy_cycles"].query("cycle == 4 and target == 'kidneys'").iloc[0]
    per_MBq = fourth["dose_mGy_per_MBq"] / 1000.0
    assert kidneys["next_MBq"] == pytest.approx(kidneys["left_Gy"] / per_MBq, rel=1e-12)
    assert kidneys["lower_MBq"] < kidneys["next_MBq"] and kidneys["reached_first"] == "yes"
    assert (limits["reached_first"] == "yes").sum() == 1
    of_bed = limits.loc["kidneys 40 Gy BED"]
    assert of_bed["used_Gy"] == pytest.approx(total.loc["kidneys", "bed_Gy"], rel=1e-9)
    assert of_bed["next_cycle"] == "per MBq as cycle 4"


def test_a_cohort_has_means_of_its_organs(three: StudyResult) -> None:
    frame = three.tables()["therapy_cumulative"]
    each = frame[(frame["statistic"] == "value") & (frame["target"] == "kidneys")].set_index("patient")
    assert list(each.index) == ["P01", "P02", "P03"] and list(each["cycles"]) == [4, 4, 2]
    mean = frame[(frame["patient"] == "cohort") & (frame["target"] == "kidneys")].set_index("statistic")
    assert mean.loc["mean", "dose_Gy"] == pytest.approx(each["dose_Gy"].mean(), rel=1e-12)
    assert mean.loc["mean, male", "n"] == 2
    cycles = three.tables()["therapy_cycles"]
    of_cohort = cycles[(cycles["patient"] == "cohort") & (cycles["target"] == "kidneys")]
    counts = of_cohort[of_cohort["statistic"] == "mean"].set_index("cycle")["n"]
    assert counts.to_dict() == {1.0: 3, 2.0: 3, 3.0: 2, 4.0: 2}


def test_a_rule_without_uncertainty_is_warned_of(study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "silent"
    shutil.copytree(study.parent, folder)
    lines = (folder / "study.toml").read_text(encoding="utf-8").splitlines()
    kept = "\n".join(x for x in lines if not x.startswith("u_same_tiac"))
    (folder / "study.toml").write_text(kept, encoding="utf-8")
    found = run_study(folder / "study.toml")
    warning = next(w for w in found.warnings if "u_same_tiac" in w)
    assert "u_Gy of what it made is not known" in warning
    frame = found.tables()["therapy_cumulative"].set_index("target")
    assert np.isnan(frame.loc["kidneys", "u_Gy"]) and frame.loc["kidneys", "se_Gy"] > 0
    assert "is not stated (therapy.u_same_tiac)" in frame.loc["kidneys", "reason"]
    limits = found.tables()["therapy_limits"].set_index("limit")
    assert np.isnan(limits.loc["kidneys 23 Gy", "lower_MBq"])
    assert found.provenance["therapy"]["u_same_tiac"] == "not stated"


def test_the_provenance_names_rules_constants_and_their_sources(one: StudyResult) -> None:
    facts = one.provenance["therapy"]
    assert facts["without a scan"] == "same TIAC" and facts["with one scan"] == "same half-life"
    assert facts["BED of kidneys"].startswith("alpha/beta 2.6 Gy, repair half-time 2.8 h (")
    assert "checked: " in facts["BED of kidneys"] and facts["activities"] == "taken as exact"
    assert facts["use"] == "Research software: not for the treatment of a patient."


@pytest.mark.parametrize("which", ["one", "three"])
def test_the_terminal_says_doses_and_for_what_not(
    which: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    result = request.getfixturevalue(which)
    show = result.parts["therapy"].show
    assert show is not None
    show(Terminal())
    said = capsys.readouterr().out
    assert said.count("Research software: not for the treatment of a patient.") == 1
    total = therapy(result).patients[0].organs
    kidneys = total.cumulative_Gy()[total.targets.index("kidneys")]
    assert f"{kidneys:.1f}" in said and "kidneys 23 Gy" in said


def test_figures_are_drawn(one: StudyResult, three: StudyResult, tmp_path: Path) -> None:
    assert list(one.parts["therapy"].figures) == ["therapy"]
    names = list(three.parts["therapy"].figures)
    assert names == ["therapy", *(f"patients/P0{i}_therapy" for i in (1, 2, 3))]
    options = FigureOptions(formats=("svg",))
    for label, result, drawn in (("one", one, ["therapy"]), ("three", three, names[:2])):
        for name in drawn:
            path = tmp_path / label / name
            path.parent.mkdir(parents=True, exist_ok=True)
            result.parts["therapy"].figures[name](path, options)
            text = path.with_suffix(".svg").read_text(encoding="utf-8")
            assert "SIMULATED DATA" in text and "research software" in text and "kidneys" in text


def test_a_folder_of_results_has_the_tables_and_says_what_they_are(one: StudyResult, tmp_path: Path) -> None:
    folder = write_results(tmp_path / "results", one, figures=False)
    table = pd.read_csv(folder / "therapy_cumulative.csv")
    assert set(table["data"]) == {"simulated"}
    words = (folder / "README.txt").read_text(encoding="utf-8")
    assert "therapy_cycles.csv: absorbed dose in Gy of each organ and lesion in each cycle" in words
    assert "therapy.without_scan = 'same TIAC'" in words and "cycles.csv" in words


def test_given_tiacs_are_carried_over_and_have_no_dose_rate(tmp_path: Path) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "study.toml").write_text(
        'name = "x"\ndata = "simulated"\nnuclide = "Lu-177"\nproduct = "y"\neffective_dose = ["ICRP 103"]\n'
        '[phantom]\nmale = "adult male"\nfemale = "adult female"\n[patients]\nfile = "p.csv"\n'
        '[tiac]\nfile = "t.csv"\nremainder = "as given"\n[therapy]\nfile = "c.csv"\n'
        'without_scan = "same TIAC"\n'
        "[therapy.bed.kidneys]\nalpha_beta_Gy = 2.6\nrepair_half_time_h = 2.8\n",
        encoding="utf-8",
    )
    (folder / "p.csv").write_text("patient,sex\nP01,male\n", encoding="utf-8")
    rows = "P01,kidneys,2.2,0.1\nP01,remainder,20,1\n"
    (folder / "t.csv").write_text(f"patient,source,tiac_h,sd_h\n{rows}", encoding="utf-8")
    (folder / "c.csv").write_text(
        "patient,cycle,start,administered_GBq\nP01,1,2026-01-12,7.4\nP01,2,2026-03-09,7\n", encoding="utf-8"
    )
    result = run_study(folder / "study.toml")
    frame = result.tables()["therapy_cumulative"].set_index("target")
    dose = (
        result.organ_doses.query("statistic == 'value'")
        .set_index("target")
        .loc["kidneys", "dose_mGy_per_MBq"]
    )
    assert frame.loc["kidneys", "dose_Gy"] == pytest.approx(14.4 * dose, rel=1e-12)
    assert "no BED: 'kidneys' has no course in time" in frame.loc["kidneys", "reason"]
    result.parts["therapy"].figures["therapy"](tmp_path / "figure", FigureOptions())
    (folder / "study.toml").write_text(
        (folder / "study.toml").read_text(encoding="utf-8")
        + '[therapy.scans]\nfile = "s.csv"\ndecay_corrected = false\n',
        encoding="utf-8",
    )
    scan = "patient,cycle,organ,lesion,time_h,value,sd,unit\nP01,2,kidneys,,96,1,0.1,%IA\n"
    (folder / "s.csv").write_text(scan, encoding="utf-8")
    with pytest.raises(DosimetryError, match="the study gives TIACs, so no curve is there"):
        run_study(load_study(folder / "study.toml"))


def test_a_scan_in_another_unit_by_mistake_is_told(study: Path, tmp_path: Path) -> None:
    """Bq/mL in the column of kBq/mL: nothing forbids so little in a kidney, but nobody has it."""
    folder = tmp_path / "study"
    shutil.copytree(study.parent, folder)
    table = folder / "later_scans.csv"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("96.0,201.7,8.07", "96.0,0.2017,0.00807", 1), encoding="utf-8")
    warnings = run_study(folder / "study.toml").warnings
    assert any("P01: cycle 2: kidneys has 0.000988 times the measured cycle's" in line for line in warnings)


def test_tables_of_one_cycle_are_said_to_be(one: StudyResult) -> None:
    """A dossier is made of them, and would hold cycle 1 against limits as if nothing had followed."""
    told = [w for w in one.warnings if w.startswith("therapy: cycle 1 alone is in all tables but those of")]
    assert len(told) == 1 and "dossiers and datasets" in told[0]


def test_a_cycle_that_cannot_be_names_its_table(tmp_path: Path) -> None:
    """A liver of a hundred times the activity: more than the whole body, while each scan alone can be."""
    file = without_lesions(tmp_path / "one")
    scans = file.with_name("later_scans.csv")
    text = scans.read_text(encoding="utf-8").replace("96.0,111.9,", "96.0,11190,")
    scans.write_text(text, encoding="utf-8")
    with pytest.raises(DosimetryError, match=r"later_scans\.csv: patient 'P01', cycle 2: negative remainder"):
        run_study(file)
