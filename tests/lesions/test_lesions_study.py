"""A study of lesions from its file to its folder: alone, and beside the organs."""

from __future__ import annotations

import importlib.util
import math
import shutil
from pathlib import Path
from statistics import median

import pandas as pd
import pytest

from dosimetry import DosimetryError, load_study, run_study
from dosimetry.commands.app import main
from lesions import load_lesion_study, run_lesions, write_lesions
from lesions.study import LesionStudyResult

EXAMPLES = Path(__file__).parents[2] / "examples"
EXAMPLE = EXAMPLES / "her2-lesions"
TABLES = ("patients.csv", "lesions.csv", "fdg.csv", "tissue.csv", "outcomes.csv", "references.csv")


@pytest.fixture(scope="module")
def result() -> LesionStudyResult:
    return run_lesions(EXAMPLE / "study.toml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the example that a test may change, without its bootstraps."""
    shutil.copytree(EXAMPLE, tmp_path / "study")
    study = tmp_path / "study" / "study.toml"
    text = study.read_text(encoding="utf-8")
    study.write_text(text[: text.index("[lesions.positive]")], encoding="utf-8")
    return tmp_path / "study"


def failing(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(words)
    return int(end.value.code or 0)


def test_the_script_makes_the_tables_again(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("make_lesions", EXAMPLE / "make_data.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.main(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(TABLES)
    for name in TABLES:
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert text == (EXAMPLE / name).read_text(encoding="utf-8"), name
        assert "SIMULATED" in text.splitlines()[0]


def test_the_tables_are_the_rows_counted_again(result: LesionStudyResult) -> None:
    """Medians, ratios and shares by pandas, from the files."""
    rows = pd.read_csv(EXAMPLE / "lesions.csv", comment="#")
    blood = pd.read_csv(EXAMPLE / "references.csv", comment="#")
    blood = blood[blood["region"] == "blood pool"].set_index(["patient", "time_h"])["suv_mean"]
    sites = result.tables["lesion_sites"].set_index(["site", "planned_h"])
    bone = rows[(rows["site"] == "bone") & (rows["time_h"] == 96)]["suv_max"]
    assert sites.loc[("bone", 96.0), "median"] == pytest.approx(bone.median(), rel=1e-12)
    assert sites.loc[("bone", 96.0), "n_lesions"] == len(bone)
    assert sites.loc[("all sites", 24.0), "n_lesions"] == 60
    rows["ratio"] = rows["suv_max"] / [
        blood[p, t] for p, t in zip(rows["patient"], rows["time_h"], strict=True)
    ]
    ratios = result.tables["lesion_ratios"]
    mine = ratios[ratios["beside"] == "blood pool"].set_index(["patient", "lesion", "time_h"])["ratio"]
    for _, row in rows.iterrows():
        assert mine[row["patient"], row["lesion"], row["time_h"]] == pytest.approx(row["ratio"], rel=1e-12)
    by_patient = rows[rows["time_h"] == 144].groupby("patient")["ratio"].median()
    contrast = result.tables["lesion_contrast"]
    cohort = contrast[(contrast["of"] == "cohort") & (contrast["beside"] == "blood pool")].set_index(
        "planned_h"
    )
    assert cohort.loc[144.0, "ratio"] == pytest.approx(median(by_patient), rel=1e-12)
    assert cohort.loc[144.0, "low"] == pytest.approx(sorted(by_patient)[1], rel=1e-12)
    assert cohort["best"].tolist() == ["no", "no", "yes"]
    classes = rows[rows["time_h"] == 96].groupby("patient")["visual_class"].agg(lambda c: (c >= 3).mean())
    shares = {c.patient: c.share for c in result.lesions.statistics.concordances}
    assert shares == pytest.approx(classes.to_dict(), rel=1e-12)


def test_sul_of_fdg_is_made_by_the_named_formula_and_said(result: LesionStudyResult) -> None:
    fdg = result.tables["lesion_fdg"].iloc[0]
    assert (fdg["patient"], fdg["scan"]) == ("P01", "baseline")
    lean = 9270 * 63 / (8780 + 244 * 63 / 1.64**2)
    assert fdg["sul_peak"] == pytest.approx(fdg["suv_peak"] * lean / 63, rel=1e-12)
    assert f"{lean:.4g} kg lean body mass (Janmahasatian)" in fdg["obtained"]
    assert fdg["burden_mL"] == pytest.approx(fdg["sul_mean"] * fdg["volume_mL"], rel=1e-12)
    assert "Janmahasatian" in result.part.provenance["lesions"]["SUL"]


def test_no_number_is_missing_without_a_reason(result: LesionStudyResult) -> None:
    for name, column in (
        ("lesion_uptake", "sd_value"),
        ("lesion_ratios", "sd_ratio"),
        ("lesion_fdg", "burden_mL"),
    ):
        frame = result.tables[name]
        lacking = frame[frame[column].isna()]
        assert (lacking["reason"] != "").all(), name
    assert all("research software" in text for text in result.part.contents.values())
    assert set(result.part.contents) == set(result.tables)


def test_the_folder_is_whole_or_not_there(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert failing("lesions", str(folder / "study.toml"), "--out", str(out), "--no-figures") == 0
    said = capsys.readouterr().out
    assert "SIMULATED DATA" in said
    assert "research software; not for treatment of a patient" in said
    assert "best contrast beside blood pool: 144 h" in " ".join(said.split())
    listed = {line.split("  ")[1] for line in (out / "manifest.sha256").read_text().splitlines()}
    assert listed == {p.name for p in out.iterdir()} - {"manifest.sha256"}
    assert {"lesion_uptake.csv", "lesion_contrast.csv", "README.txt"} <= listed
    read_me = (out / "README.txt").read_text(encoding="utf-8")
    for words in ("THE DATA ARE SIMULATED", "Research software; not for", "lesions.quantity = 'suv_max'",
                  "lesions.csv", "milligray lesions"):  # fmt: skip
        assert words in read_me
    table = (out / "lesion_uptake.csv").read_text().splitlines()
    assert table[1].startswith("simulated,P01,L1,")
    assert failing("lesions", str(folder / "study.toml"), "--out", str(out)) == 2
    assert "the folder exists" in capsys.readouterr().err
    (folder / "lesions.csv").write_text("patient\n")
    assert failing("lesions", str(folder / "study.toml"), "--out", str(out), "--overwrite") == 2
    assert (out / "lesion_uptake.csv").read_text().splitlines() == table
    assert not list(tmp_path.glob(".out*"))


def test_check_reads_everything_and_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(folder.rglob("*"))
    assert failing("lesions", str(folder / "study.toml"), "--check") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "P05 10 24, 96, 144 10 10 2 yes" in said
    assert "lesion_contrast.csv" in said
    assert sorted(folder.rglob("*")) == before
    assert failing("lesions", str(folder / "study.toml")) == 2
    assert "--out FOLDER" in capsys.readouterr().err


def test_without_fdg_check_and_run_have_no_table_of_concordance(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = folder / "study.toml"
    text = study.read_text(encoding="utf-8").replace('[lesions.fdg]\nfile = "fdg.csv"\n', "")
    rule = (
        '\n[lesions.positive]\nrule = "visual"\nscan_h = 96\nscan_within_h = 12\nshare_of = "all lesions"\n'
    )
    study.write_text(f'{text}{rule}load = "number"\n', encoding="utf-8")
    assert failing("lesions", str(study), "--check") == 0
    said = " ".join(capsys.readouterr().out.split()).split("Results would be: ")[1]
    planned = {name.strip() for name in said.split(",") if name.strip().endswith(".csv")}
    assert planned == {f"{name}.csv" for name in run_lesions(study).tables}


def test_run_and_check_say_where_a_study_of_lesions_alone_belongs(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("check", "run"):
        more = ["--out", str(folder / "out")] if command == "run" else []
        assert failing(command, str(folder / "study.toml"), *more) == 2
        assert "milligray lesions" in capsys.readouterr().err


def test_keys_are_told_with_their_path(folder: Path) -> None:
    study = folder / "study.toml"
    study.write_text(study.read_text().replace('quantity = "suv_max"', 'quantitty = "suv_max"'))
    with pytest.raises(DosimetryError, match=r"unknown key lesions.quantitty; near names: quantity") as error:
        load_lesion_study(study)
    assert len(error.value.complaints) == 1
    study.write_text('name = "x"\n')
    with pytest.raises(DosimetryError, match=r"there is no \[lesions\]"):
        load_lesion_study(study)


def test_tables_outside_of_the_folder_are_asked_for(folder: Path) -> None:
    shutil.move(folder / "fdg.csv", folder.parent / "fdg.csv")
    study = folder / "study.toml"
    study.write_text(study.read_text().replace('"fdg.csv"', '"../fdg.csv"'))
    with pytest.raises(DosimetryError, match=r"lesions.fdg.file = '../fdg.csv' leads out"):
        load_lesion_study(study)
    assert load_lesion_study(study, allow_outside=True).input_files()["lesions fdg"].exists()


@pytest.fixture
def both(tmp_path: Path) -> Path:
    """An organ study of one patient with lesions beside it."""
    folder = tmp_path / "both"
    shutil.copytree(EXAMPLES / "zr89-huj591", folder)
    patient = pd.read_csv(folder / "patients.csv", comment="#")["patient"][0]
    rows = [f"{patient},L1,bone,{t},{v},5.0" for t, v in ((24, 4.0), (96, 8.0), (144, 9.0))]
    (folder / "lesions.csv").write_text(
        "patient,lesion,site,time_h,suv_max,volume_mL\n" + "\n".join(rows) + "\n"
    )
    study = folder / "study.toml"
    study.write_text(study.read_text() + '\n[lesions]\nfile = "lesions.csv"\nquantity = "suv_max"\n')
    return study


def test_a_study_of_organs_has_its_lesions_beside_them(both: Path) -> None:
    alone = run_study(EXAMPLES / "zr89-huj591" / "study.toml")
    result = run_study(both)
    assert result.organ_doses.equals(alone.organ_doses)
    assert result.tables()["lesion_uptake"]["value"].tolist() == [4.0, 8.0, 9.0]
    assert set(result.tables()["lesion_uptake"]["data"]) == set(result.organ_doses["data"])
    assert load_study(both).input_files()["lesions"].name == "lesions.csv"
    part = run_lesions(both)
    assert part.tables["lesion_uptake"].equals(result.tables()["lesion_uptake"])


def test_a_lesions_mistake_is_told_with_those_of_organs(both: Path) -> None:
    (both.parent / "lesions.csv").write_text("patient,lesion,site,time_h,suv_max\nnobody,L1,bone,24,0\n")
    (both.parent / "tiac.csv").write_text("patient,source,tiac_h\nP01,livre,1\n")
    with pytest.raises(DosimetryError) as error:
        run_study(both)
    files = {Path(line.split(":")[0]).name for line in error.value.complaints}
    assert files == {"lesions.csv", "tiac.csv"}


def test_doses_of_the_lesions_alone_are_those_of_spheres(folder: Path) -> None:
    study = folder / "study.toml"
    study.write_text(
        study.read_text()
        + '[lesions.dose]\nquantity = "concentration"\nintegrate = "concentration"\nvolume = "mean"\n'
        'shape = "sphere"\ndensity_g_per_cm3 = 1.04\ncross_dose = "left out"\noutside = "left out"\n'
        'method = "linear"\nfirst_interval = "constant"\ntail = "physical"\n'
    )
    found = run_lesions(study)
    assert len(found.lesions.doses) == 60
    first = found.lesions.doses[0]
    rows = pd.read_csv(EXAMPLE / "lesions.csv", comment="#").iloc[:3]
    MBq = pd.read_csv(EXAMPLE / "patients.csv", comment="#")["administered_MBq"][0]
    lam = math.log(2) / found.nuclide.half_life_h
    c, t = rows["concentration_kBq_per_mL"].to_numpy(), rows["time_h"].to_numpy()
    start = c[0] * math.exp(lam * t[0])
    area = start * -math.expm1(-lam * t[0]) / lam + sum((c[1:] + c[:-1]) / 2 * (t[1:] - t[:-1])) + c[-1] / lam
    volume = rows["volume_mL"].mean()
    assert first.tiac_h == pytest.approx(area * volume / 1000 / MBq, rel=1e-6)
    assert found.tables["lesion_doses"]["dose_mGy_per_MBq"].notna().all()


def test_the_folder_from_python(result: LesionStudyResult, tmp_path: Path) -> None:
    written = write_lesions(tmp_path / "results", result, figures=False)
    assert {f"{name}.csv" for name in result.tables} <= {p.name for p in written.iterdir()}
    assert "lesions.write_lesions" in (written / "README.txt").read_text()
