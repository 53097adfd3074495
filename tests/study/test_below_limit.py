"""Cells below the limit of quantification in a study: numbers, notes, archive, and what is refused."""

from __future__ import annotations

import math
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from dosimetry.errors import DosimetryError
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import Patient
from dosimetry.report.archive import write_archive
from dosimetry.report.columns import read_columns
from dosimetry.report.curve_archive import read_curve
from dosimetry.report.figures.draw import draw_all
from dosimetry.study.input_tables.frames import patient_from_frames
from dosimetry.study.pipeline import run_study
from dosimetry.study.results import StudyResult

LAMBDA = math.log(2) / 78.41


def set_key(folder: Path, section: str, line: str) -> None:
    study = folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    study.write_text(text.replace(f"[{section}]\n", f"[{section}]\n{line}\n"), encoding="utf-8")


def edit(folder: Path, file: str, patient: str, organ: str | None, cells: dict[float, str | None]) -> None:
    """Values of one curve by time; None takes the row out. The SD of a cell that is text is emptied."""
    frame = pd.read_csv(folder / file, comment="#", dtype=str)
    value = "value" if file == "organs.csv" else "percent_ia_per_L"
    sd = "sd" if file == "organs.csv" else f"sd_{value}"
    for time, cell in cells.items():
        mine = (frame["patient"] == patient) & (frame["time_h"].astype(float) == time)
        if organ is not None:
            mine &= frame["organ"] == organ
        assert mine.sum() == 1
        if cell is None:
            frame = frame[~mine]
        else:
            frame.loc[mine, value] = cell
            frame.loc[mine, sd] = ""
    frame.to_csv(folder / file, index=False)


def direct_serum(folder: Path) -> np.ndarray:
    """Serum in %IA/L in place of counts, decay-corrected; the times of P01."""
    before = run_study(folder / "study.toml")
    lines = ["patient,time_h,percent_ia_per_L,sd_percent_ia_per_L"]
    for used in before.of("serum"):
        curve = used.curve
        rows = zip(curve.time_h.tolist(), curve.value.tolist(), curve.sd.tolist(), strict=True)
        lines += [f"{used.patient},{t!r},{v!r},{sd!r}" for t, v, sd in rows]
    (folder / "serum.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return before.of("serum")[0].curve.time_h


def tiac(result: StudyResult, patient: str, source: str) -> float:
    t = result.tiac.query("patient == @patient and source == @source and statistic == 'value'")
    return float(t["tiac_h"].item())


def test_left_out_is_as_if_the_row_were_not_there(study_folder: Path) -> None:
    last = float(direct_serum(study_folder)[-1])
    set_key(study_folder, "serum", 'blq = "M1"')
    original = (study_folder / "serum.csv").read_text(encoding="utf-8")
    edit(study_folder, "serum.csv", "P01", None, {last: None})
    without = run_study(study_folder / "study.toml")
    (study_folder / "serum.csv").write_text(original, encoding="utf-8")
    edit(study_folder, "serum.csv", "P01", None, {last: "< LLOQ"})
    marked = run_study(study_folder / "study.toml")
    assert tiac(marked, "P01", "red marrow") == tiac(without, "P01", "red marrow")
    note = marked.kinetics.query("patient == 'P01' and curve == 'serum'")["note"]
    assert note.str.contains(f"below the limit of quantification, by M1.*{last:g} h: left out").all()
    assert any("P01: serum: below the limit" in w and "left out" in w for w in marked.warnings)
    assert not any("P09" in w and "limit of quant" in w for w in marked.warnings)


def test_half_of_the_limit_by_hand(study_folder: Path, tmp_path: Path) -> None:
    """Trapezoids of the liver, its last value <0.8 set to 0.4: area and standard error of the tail."""
    organs = pd.read_csv(study_folder / "organs.csv", comment="#")
    mine = organs[(organs["patient"] == "P01") & (organs["organ"] == "liver")]
    t, v, sd = (np.array(mine[c], dtype=float) for c in ("time_h", "value", "sd"))
    set_key(study_folder, "organs", 'blq = "M5"')
    edit(study_folder, "organs.csv", "P01", "liver", {float(t[-1]): "<0.8"})
    result = run_study(study_folder / "study.toml")
    v[-1], sd[-1] = 0.4, 0.8 / math.sqrt(12)
    area = v[0] * math.expm1(LAMBDA * t[0]) / LAMBDA + float(np.trapezoid(v, t)) + v[-1] / LAMBDA
    gap = np.diff(t)
    weight = np.concatenate([[gap[0] / 2], (gap[:-1] + gap[1:]) / 2, [gap[-1] / 2 + 1 / LAMBDA]])
    weight[0] += math.expm1(LAMBDA * t[0]) / LAMBDA
    k = result.kinetics.query("patient == 'P01' and curve == 'liver'").set_index("quantity")
    assert k.loc["AUC to infinity, not decay-corrected", "value"] == pytest.approx(area, rel=1e-9)
    expected_se = math.hypot(*(weight * sd))
    assert k.loc["AUC to infinity, not decay-corrected", "se_value"] == pytest.approx(expected_se, rel=1e-9)
    write_archive(tmp_path / "r.h5", result)
    assert "set to 0.4" in read_curve(tmp_path / "r.h5", "P01", "liver")["note"]
    with h5py.File(tmp_path / "r.h5") as f:
        kept = read_columns(f["curves/below_limit"])
    assert (kept["patient"][0], kept["region"][0]) == ("P01", "liver")
    assert [kept[c][0] for c in ("time_h", "limit", "value")] == [t[-1], 0.8, 0.4]


def test_zero_after_the_last_measured_value(study_folder: Path) -> None:
    """By M7 the tail of 'physical' is nothing: the area ends at the first 0."""
    organs = pd.read_csv(study_folder / "organs.csv", comment="#")
    mine = organs[(organs["patient"] == "P01") & (organs["organ"] == "liver")]
    t, v = (np.array(mine[c], dtype=float) for c in ("time_h", "value"))
    set_key(study_folder, "organs", 'blq = "M7"')
    edit(study_folder, "organs.csv", "P01", "liver", {float(t[-1]): "<0.1"})
    result = run_study(study_folder / "study.toml")
    v[-1] = 0.0
    area = v[0] * math.expm1(LAMBDA * t[0]) / LAMBDA + float(np.trapezoid(v, t))
    k = result.kinetics.query("patient == 'P01' and curve == 'liver'").set_index("quantity")
    assert k.loc["AUC to infinity, not decay-corrected", "value"] == pytest.approx(area, rel=1e-9)


def test_figures_with_points_below_the_limit(study_folder: Path, tmp_path: Path) -> None:
    last = float(direct_serum(study_folder)[-1])
    for section, blq in (("serum", "M1"), ("organs", "M6")):
        set_key(study_folder, section, f'blq = "{blq}"')
    edit(study_folder, "serum.csv", "P01", None, {last: "<5"})
    organs = pd.read_csv(study_folder / "organs.csv", comment="#")
    mine = organs[(organs["patient"] == "P01") & (organs["organ"] == "liver")]["time_h"].tolist()
    edit(study_folder, "organs.csv", "P01", "liver", {mine[-1]: "<0.5", mine[-2]: "< 0.5"})
    assert draw_all(tmp_path, run_study(study_folder / "study.toml"))


@pytest.mark.parametrize(
    ("keys", "cell", "said"),
    [
        ({}, "<0.1", ["row 5", "'value'", "'<0.1' is below", "organs.blq", "'M1' (left out)", "Beal"]),
        ({"organs": 'blq = "M5"'}, "BLQ", ["row 5", "'value'", "M5 needs the limit at"]),
        ({"organs": 'blq = "M7"'}, "BLQ", ["row 5", "'value'", "needs a standard deviation", "limit"]),
        ({"organs": 'blq = "M5"'}, "<500", ["row 5", "'<500'", "above every measured value"]),
        ({"organs": 'blq = "M5"'}, "<-1", ["row 5", "'<-1' is not a value below a limit"]),
        ({"organs": 'blq = "M5"'}, "<", ["row 5", "'<' is not a value below a limit"]),
        ({"organs": 'blq = "M5"'}, "<nan", ["row 5", "'<nan' is not a value below a limit"]),
        ({"organs": 'blq = "M5"'}, "<1e999", ["row 5", "is not a value below a limit"]),
        ({"organs": 'blq = "M3"'}, "<0.1", ["organs.blq = 'M3'", "'M1', 'M5', 'M6', 'M7' or 'PKNCA'"]),
        ({"serum": 'blq = "M7"'}, "<0.1", ["serum.blq = 'M7'", "'M1', 'M5' or 'M6'"]),
        ({"serum": 'blq = "M1"', "organs": 'blq = "M1"'}, "<0.1", ["serum.csv", "serum.blq", "has counts"]),
        ({"organs": 'blq = "M7"', "organs.liver": ""}, "<0.1", ["row 5", "'M7' sets 0, which no fitted"]),
    ],
)  # fmt: skip
def test_nonsense_is_refused(keys: dict[str, str], cell: str, said: list[str], study_folder: Path) -> None:
    if "organs.liver" in keys:
        study = study_folder / "study.toml"
        fit = '\n[organs.liver]\nmodel = "monoexponential"\nweights = "sd"\n'
        study.write_text(study.read_text(encoding="utf-8") + fit, encoding="utf-8")
    for section, line in keys.items():
        if line:
            set_key(study_folder, section, line)
    organs = pd.read_csv(study_folder / "organs.csv", comment="#")
    mine = organs.query("patient == 'P01' and organ == 'liver'")
    edit(study_folder, "organs.csv", "P01", "liver", {float(mine["time_h"].iloc[-1]): cell})
    with pytest.raises(DosimetryError) as raised:
        run_study(study_folder / "study.toml")
    for text in said:
        assert text in str(raised.value)


def test_a_value_below_the_limit_has_no_standard_deviation(study_folder: Path) -> None:
    set_key(study_folder, "organs", 'blq = "M1"')
    path = study_folder / "organs.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[2].startswith("P01,liver")
    cells = lines[2].split(",")
    lines[2] = ",".join([*cells[:3], "<3", *cells[4:]])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(DosimetryError, match=r"row 3, column 'sd': a value below the limit .* has none"):
        run_study(study_folder / "study.toml")


def test_sides_of_a_pair_are_treated_each_and_fitted_as_one(study_folder: Path) -> None:
    """Left and right kidney in %IA, one value of the left '<0.4' by M5, a fit of both together."""
    t = np.array([4.0, 24.0, 96.0, 150.0])
    both = {"left kidney": 0.6 * np.exp(-(0.004 + LAMBDA) * t), "right kidney": np.exp(-(0.004 + LAMBDA) * t)}
    both["left kidney"][-1] = 0.2
    frame = pd.read_csv(study_folder / "organs.csv", comment="#", dtype=str)
    frame = frame[frame["organ"] != "kidneys"]
    rows = [
        {"patient": p, "organ": organ, "time_h": repr(x), "unit": "%IA", "sd": repr(0.02 * v),
         "value": repr(v)}
        for p in ("P01", "P09") for organ, values in both.items()
        for x, v in zip(t.tolist(), values.tolist(), strict=True)
    ]  # fmt: skip
    for row in rows:
        if row["value"] == "0.2":
            row |= {"value": "<0.4", "sd": ""}
    pd.concat([frame, pd.DataFrame(rows)]).to_csv(study_folder / "organs.csv", index=False)
    set_key(study_folder, "organs", 'blq = "M5"')
    study = study_folder / "study.toml"
    fit = '\n[organs.kidney]\nmodel = "monoexponential"\nweights = "sd"\n'
    study.write_text(study.read_text(encoding="utf-8") + fit, encoding="utf-8")
    result = run_study(study)
    used = next(c for c in result.of("kidneys") if c.patient == "P01")
    assert used.curve.value == pytest.approx(both["left kidney"] + both["right kidney"], rel=1e-12)
    assert used.curve.sd is not None
    expected = math.hypot(0.4 / math.sqrt(12), 0.02 * both["right kidney"][-1])
    assert used.curve.sd[-1] == pytest.approx(expected, rel=1e-12)
    k = result.kinetics.query("patient == 'P01' and curve == 'kidneys'")
    assert set(k["model"]) == {"monoexponential"}
    assert k["note"].str.contains("left kidney: below the limit of quantification, by M5").all()


def test_the_rows_of_the_points_are_those_that_are_left(study_folder: Path) -> None:
    """A later message about a point names its row, though one before it was left out."""
    frame = pd.read_csv(study_folder / "organs.csv", comment="#", dtype=str)
    mine = frame.index[(frame["patient"] == "P01") & (frame["organ"] == "liver")]
    set_key(study_folder, "organs", 'blq = "M1"')
    edit(study_folder, "organs.csv", "P01", "liver", {float(frame.loc[mine[1], "time_h"]): "BLQ"})
    result = run_study(study_folder / "study.toml")
    measured = next(p for p in result.patients if p.name == "P01").measurements
    assert measured is not None
    kept = [int(i) + 2 for n, i in enumerate(mine) if n != 1]  # the header is row 1
    assert list(measured.places["liver"].numbers) == kept
    assert len(measured.organs["liver"]) == len(kept)


def test_whole_body_from_pandas() -> None:
    """M6 of a run at the end: the first of it is half of the limit, the other is left out."""
    probe = pd.DataFrame(
        {"time_h": [1.0, 24.0, 96.0, 200.0, 300.0], "percent_ia": [100, 70.5, 30, "<8", "<8"]}
    )
    who = Patient(name="P01", sex="male", phantom="adult male")
    methods = Methods(
        whole_body_model="monoexponential", whole_body_weights="none", whole_body_blq="M6",
        heart_contents="none", red_marrow="none", organ_masses="reference",
    )  # fmt: skip
    state = {"whole_body": False}
    p = patient_from_frames(who, methods, "Zr-89", whole_body=probe, decay_corrected=state)
    assert p.measurements is not None
    assert p.measurements.whole_body.value.tolist() == [100.0, 70.5, 30.0, 4.0]
    assert [b.value for b in p.measurements.below_limit["whole body"]] == [4.0, None]
    assert "by M6" in p.measurements.notes["whole body"][0]
    silent = Methods(**{**methods.__dict__, "whole_body_blq": None})
    with pytest.raises(DosimetryError, match="row 4, column 'percent_ia': '<8' is below the limit"):
        patient_from_frames(who, silent, "Zr-89", whole_body=probe, decay_corrected=state)
    with pytest.raises(DosimetryError, match="whole_body_blq is 'M7'; allowed: M1, M5, M6"):
        Methods(**{**methods.__dict__, "whole_body_blq": "M7"})
