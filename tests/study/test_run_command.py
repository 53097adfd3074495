from __future__ import annotations

import csv
import re
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from dosimetry.commands import app as cli
from dosimetry.errors import DosimetryError
from dosimetry.files.output import csv_text
from dosimetry.report.archive import read_table, sha256
from dosimetry.report.curve_archive import read_curve
from dosimetry.study.pipeline import run_study
from dosimetry.study.results import STATISTICS

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main([str(a) for a in arguments])
    return int(ended.value.code or 0)


@pytest.fixture
def results(study_folder: Path, tmp_path: Path) -> Path:
    out = tmp_path / "results"
    assert run("run", study_folder / "study.toml", "--out", out, "--no-figures") == 0
    return out


def test_writes_every_file_and_nothing_else(results: Path) -> None:
    assert sorted(p.name for p in results.iterdir()) == [
        "README.txt", "activities.csv", "comparison.csv", "effective_dose.csv", "kinetics.csv",
        "manifest.sha256", "organ_doses.csv", "results.h5", "subjects.csv", "tiac.csv",
    ]  # fmt: skip
    assert [p.name for p in results.parent.iterdir() if p.name.startswith(".")] == []


def test_figures_are_pictures(study_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "results"
    assert run("run", study_folder / "study.toml", "--out", out) == 0
    drawn = sorted(str(p.relative_to(out / "figures")) for p in (out / "figures").rglob("*.png"))
    assert drawn == [
        "organ_doses.png", "organs.png", "patients/P01.png", "patients/P09.png", "serum.png", "tiac.png",
        "whole_body.png",
    ]  # fmt: skip
    for path in (out / "figures").rglob("*.png"):
        assert path.read_bytes().startswith(b"\x89PNG")
        assert path.stat().st_size > 20_000


def test_every_output_says_that_the_data_are_simulated(
    results: Path, study_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in results.glob("*.csv"):
        frame = pd.read_csv(path)
        assert frame.columns[0] == "data"
        assert set(frame["data"]) == {"simulated"}
    assert "SIMULATED" in (results / "README.txt").read_text(encoding="utf-8")
    with h5py.File(results / "results.h5") as f:
        assert f.attrs["data"] == "simulated"
    run("run", study_folder / "study.toml", "--out", results, "--overwrite", "--no-figures")
    assert "SIMULATED DATA" in capsys.readouterr().out


def test_each_missing_number_has_a_reason(results: Path) -> None:
    for name, value in (("kinetics", "value"), ("tiac", "tiac_h"), ("organ_doses", "dose_mGy_per_MBq")):
        frame = pd.read_csv(results / f"{name}.csv")
        assert not frame.loc[frame[value].isna(), "reason"].isna().any()
    each = pd.read_csv(results / "kinetics.csv").query("statistic == 'value'")
    assert not each.loc[each["se_value"].isna(), "reason"].isna().any()


def test_the_archive_has_the_tables_the_inputs_and_their_hashes(results: Path, study_folder: Path) -> None:
    for name in ("kinetics", "tiac", "organ_doses", "effective_dose", "comparison"):
        written = pd.read_csv(results / f"{name}.csv", keep_default_na=True)
        kept = read_table(results / "results.h5", name)
        assert list(kept.columns) == list(written.columns)
        for column in written.dropna(axis="columns", how="all").select_dtypes("number"):
            pd.testing.assert_series_equal(
                written[column], kept[column], check_dtype=False, rtol=1e-6, check_names=False
            )
    with h5py.File(results / "results.h5") as f:
        for section, data in f["inputs"].items():
            original = study_folder / data.attrs["file"]
            assert data[()].tobytes() == original.read_bytes(), section
            assert data.attrs["sha256"] == sha256(original)
        assert f["settings"].attrs["serum.model"] == "biexponential"
        assert f["provenance/versions"].attrs["milligray"]
        assert re.fullmatch("[0-9a-f]{64}", f["provenance/phantom test male"].attrs["sha256"])
        assert "first_point" in f["curves"].attrs["note"]


def test_the_archive_has_every_curve_with_its_fit(results: Path, study_folder: Path) -> None:
    study = run_study(study_folder / "study.toml")
    assert len(study.curves) > 4
    for used in study.curves:
        kept = read_curve(results / "results.h5", used.patient, used.region)
        assert (kept["unit"], kept["decay_corrected"]) == (used.curve.unit, used.curve.decay_corrected)
        np.testing.assert_array_equal(kept["time_h"], used.curve.time_h)
        np.testing.assert_array_equal(kept["value"], used.curve.value)
        np.testing.assert_array_equal(kept["value_covariance"], used.curve.covariance())
        if used.fit is None:
            assert used.area is not None
            assert (kept["model"], kept["fitted"], kept["area_tail"]) == (None, None, used.area.tail)
            assert kept["other_rules"] == dict(used.area.alternatives)
            u = [kept[f"u_{part}"] for part in ("between_points", "first_interval", "tail")]
            np.testing.assert_array_equal(u, list(used.area.u_rules.values()))
        else:
            assert kept["model"] == used.fit.model
            assert kept["other_rules"] == {}
            assert np.isnan(kept["u_tail"])
            assert kept["parameters"] == {n: e.value for n, e in used.fit.parameters.items()}
            np.testing.assert_array_equal(kept["parameter_covariance"], used.fit.covariance)
            np.testing.assert_array_equal(kept["fitted"], used.fit.predict(used.curve.time_h))
    with pytest.raises(DosimetryError, match="no curve of 'spleen' of patient 'P99'"):
        read_curve(results / "results.h5", "P99", "spleen")


def test_cohort_rows_are_the_statistics_of_the_patients(results: Path) -> None:
    doses = pd.read_csv(results / "organ_doses.csv")
    each = doses[(doses["target"] == "liver") & (doses["statistic"] == "value")]["dose_mGy_per_MBq"]
    cohort = doses[(doses["target"] == "liver") & (doses["patient"] == "cohort")].set_index("statistic")
    found = cohort["dose_mGy_per_MBq"]
    expected = [each.mean(), each.std(), each.median(), each.min(), each.max()]
    # the file has seven digits; the SD is a difference of them
    assert found[list(STATISTICS)].tolist() == pytest.approx(expected, rel=1e-5)
    assert set(cohort.loc[list(STATISTICS), "n"]) == {2}


def test_effective_dose_of_icrp_103_is_also_sex_averaged(results: Path) -> None:
    effective = pd.read_csv(results / "effective_dose.csv").query("weights == 'ICRP 103'")
    one, two = effective[effective["statistic"] == "value"]["effective_dose_mSv_per_MBq"]
    averaged = effective[effective["statistic"] == "sex-averaged"]["effective_dose_mSv_per_MBq"].item()
    assert averaged == pytest.approx((one + two) / 2, rel=0.05)
    assert set(effective["sex"]) == {"male", "female", "male and female"}


def test_units_stand_in_the_column_names(results: Path) -> None:
    with (results / "organ_doses.csv").open(encoding="utf-8") as f:
        header = next(csv.reader(f))
    assert "dose_mGy_per_MBq" in header
    assert "se_mGy_per_MBq" in header


def test_an_existing_folder_is_refused_and_overwrite_keeps_what_is_not_ours(
    results: Path, study_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (results / "my notes.txt").write_text("keep me", encoding="utf-8")
    (results / "tiac.csv").write_text("old", encoding="utf-8")
    assert run("run", study_folder / "study.toml", "--out", results, "--no-figures") == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "--overwrite" in error
    again = ("run", study_folder / "study.toml", "--out", results, "--no-figures", "--overwrite")
    assert run(*again) == 2
    assert "changed since milligray wrote them, and so not overwritten: tiac.csv;" in capsys.readouterr().err
    assert (results / "tiac.csv").read_text(encoding="utf-8") == "old"
    (results / "tiac.csv").unlink()
    assert run(*again) == 0
    assert (results / "tiac.csv").read_text(encoding="utf-8").startswith("data,")
    assert (results / "my notes.txt").read_text(encoding="utf-8") == "keep me"
    assert sorted(p.name for p in results.parent.glob(".results*")) == []


def test_results_that_fail_leave_the_old_ones_as_they_were(
    results: Path, study_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dosimetry.report.folder

    before = {p.name: p.read_bytes() for p in results.iterdir()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "results.h5")

    monkeypatch.setattr(dosimetry.report.folder, "write_archive", full)
    assert run("run", study_folder / "study.toml", "--out", results, "--overwrite", "--no-figures") == 2
    assert {p.name: p.read_bytes() for p in results.iterdir()} == before
    assert [p.name for p in results.parent.iterdir() if p.name.startswith(".")] == []


def test_published_tiacs_in_place_of_measurements(tmp_path: Path, bodies: Path) -> None:
    import shutil

    folder = tmp_path / "huj591"
    shutil.copytree(EXAMPLES / "zr89-huj591", folder)
    study = folder / "study.toml"
    text = study.read_text(encoding="utf-8").replace("adult male", "test male")
    study.write_text(text.replace("adult female", "test female"), encoding="utf-8")
    assert run("run", study, "--out", tmp_path / "out", "--no-figures") == 0
    tiac = (
        pd.read_csv(tmp_path / "out" / "tiac.csv").query("statistic == 'value'").set_index("source")["tiac_h"]
    )
    assert tiac.to_dict() == pytest.approx({"liver": 25.6, "remainder": 78.7 - 25.6, "whole body": 78.7})
    row = pd.read_csv(tmp_path / "out" / "comparison.csv").set_index("target").loc["liver"]
    assert row["published_mean"] == pytest.approx(7.7 * 0.27027, rel=1e-4)
    assert row["mean_in_printed_unit"] == pytest.approx(row["mean"] / 0.27027, rel=1e-4)


def test_an_interruption_leaves_nothing_behind(
    study_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import dosimetry.report.folder

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(dosimetry.report.folder, "write_archive", stop)
    assert run("run", study_folder / "study.toml", "--out", tmp_path / "out", "--no-figures") == 130
    assert capsys.readouterr().err.strip() == "milligray: interrupted"
    assert [p.name for p in tmp_path.iterdir()] == ["study"]


def test_csv_text_is_that_of_pandas() -> None:
    frame = pd.DataFrame(
        {
            "text": ["plain", 'with "quotes"', "a, b", "two\nlines", "", None, "µ Å"],
            "a, b": [1.0, -2.5e-300, float("nan"), 1 / 3, 1e22, float("inf"), 123456789.123],
            "n": [1, 2, 3, -4, 5, 6, 7],
            "flag": [True, False, True, True, False, True, False],
            "mixed": [1, 2.5, "x", None, float("nan"), True, ""],
        }
    )
    for some in (frame, frame.iloc[:0], frame[["text"]], frame.astype({"text": "str"})):
        expected = some.to_csv(index=False, float_format="%.7g", lineterminator="\n")
        assert csv_text(some) == expected
    with_index = frame.set_index("n")
    assert csv_text(with_index, index=True) == with_index.to_csv(float_format="%.7g", lineterminator="\n")
