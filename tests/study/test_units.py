"""Units at the edge: what another unit in a table, on the screen or in a figure does to a number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_bad_input import edit_cell

from dosimetry.commands import app as cli
from dosimetry.errors import DosimetryError
from dosimetry.study.pipeline import run_study
from dosimetry.study.result_tables.comparison import compare
from dosimetry.study.results import COHORT, StudyResult
from phantoms import load_phantom

MBQ_PER_MCI = 37.0  # 1 Ci is 3.7e10 Bq
MGY_PER_RAD = 10.0  # 1 rad is 0.01 Gy; 1 rem is 0.01 Sv


@pytest.mark.parametrize(
    ("target", "unit", "factor"),
    [
        ("liver", "mGy/MBq", 1.0),
        ("liver", "cGy/mCi", MGY_PER_RAD / MBQ_PER_MCI),
        ("liver", "rad/mCi", MGY_PER_RAD / MBQ_PER_MCI),
        ("effective dose, ICRP 60", "mSv/MBq", 1.0),
        ("effective dose, ICRP 60", "cSv/mCi", MGY_PER_RAD / MBQ_PER_MCI),
        ("effective dose, ICRP 60", "rem/mCi", MGY_PER_RAD / MBQ_PER_MCI),
    ],
)
def test_published_values_in_any_unit(tmp_path: Path, target: str, unit: str, factor: float) -> None:
    table = tmp_path / "published.csv"
    table.write_text(f'target,mean,sd,unit\n"{target}",1.85,0.37,{unit}\n', encoding="utf-8")
    both = pd.DataFrame({"patient": [COHORT] * 2, "statistic": ["mean", "sd"]})
    doses = both.assign(target="liver", dose_mGy_per_MBq=[0.6, 0.1])
    effective = both.assign(
        quantity="effective dose", weights="ICRP 60", effective_dose_mSv_per_MBq=[0.6, 0.1]
    )
    row = compare(table, "a paper", doses, effective).iloc[0]
    assert row["published_mean"] == pytest.approx(1.85 * factor, rel=1e-12)
    assert row["published_sd"] == pytest.approx(0.37 * factor, rel=1e-12)
    assert row["ratio_of_means"] == pytest.approx(0.6 / (1.85 * factor), rel=1e-12)
    assert row["mean_in_printed_unit"] == pytest.approx(0.6 / factor, rel=1e-12)
    assert row["sd_in_printed_unit"] == pytest.approx(0.1 / factor, rel=1e-12)
    assert (row["printed_mean"], row["printed_sd"], row["printed_unit"]) == (1.85, 0.37, unit)


@pytest.mark.parametrize(
    ("target", "unit"), [("liver", "rem/mCi"), ("liver", "mSv/MBq"), ("effective dose, ICRP 60", "rad/mCi")]
)
def test_sievert_and_gray_are_not_mixed(tmp_path: Path, target: str, unit: str) -> None:
    table = tmp_path / "published.csv"
    table.write_text(f'target,mean,unit\n"{target}",1,{unit}\n', encoding="utf-8")
    both = pd.DataFrame({"patient": [COHORT] * 2, "statistic": ["mean", "sd"]})
    with pytest.raises(DosimetryError, match=f"row 2, column 'unit': '{unit.lower()}' is not a unit of"):
        compare(
            table,
            "a paper",
            both.assign(target="liver", dose_mGy_per_MBq=1.0),
            both.assign(quantity="effective dose", weights="ICRP 60", effective_dose_mSv_per_MBq=1.0),
        )


def test_the_column_in_rad_per_millicurie(
    bodies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tiac = tmp_path / "tiac.csv"
    tiac.write_text("source,tiac_h\nliver,11\nremainder,70\n", encoding="utf-8")
    monkeypatch.setenv("COLUMNS", "120")
    with pytest.raises(SystemExit):
        cli.main(["dose", "--nuclide", "Zr-89", "--phantom", "test male", "--tiac", str(tiac)])
    lines = capsys.readouterr().out.splitlines()
    start = next(i for i, line in enumerate(lines) if "mGy/MBq" in line and "rad/mCi" in line)
    shown = 0
    for line in lines[start + 1 :]:
        words = line.split()
        try:
            numbers = [float(w) for w in words[-2:]]
        except ValueError:
            continue
        if len(numbers) < 2 or not words[0].isalpha() or "ICRP" in words:
            continue
        # three printed digits each
        assert numbers[1] == pytest.approx(numbers[0] * MBQ_PER_MCI / MGY_PER_RAD, rel=0.011), line
        shown += 1
    assert shown > 10


def _liver_in(folder: Path, unit: str, per_kBq_per_mL: float) -> StudyResult:
    """The example with P01's liver in another unit; the numbers say the same."""
    path = folder / "organs.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    for i, line in enumerate(lines):
        if line.startswith("P01,liver"):
            patient, organ, time, value, sd, _ = line.split(",")
            new = [f"{float(float(v) * per_kBq_per_mL)!r}" for v in (value, sd)]
            lines[i] = ",".join([patient, organ, time, *new, unit])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return run_study(folder / "study.toml")


@pytest.mark.parametrize("unit", ["%IA", "%IA/g", "kBq/g", "kBq/mL"])
def test_an_organ_curve_in_any_unit(study_folder: Path, unit: str) -> None:
    """TIAC, and the %IA of the figures, from the same activity in four units, by hand."""
    density, mass_g = 1.04, 1000 * load_phantom("test male").source_mass_kg["liver"]
    patients = pd.read_csv(study_folder / "patients.csv", comment="#").set_index("patient")
    administered_kBq = 1000 * patients.loc["P01", "administered_MBq"]
    kBq_per_g = 1 / density
    factor = {
        "kBq/mL": 1.0,
        "kBq/g": kBq_per_g,
        "%IA/g": 100 * kBq_per_g / administered_kBq,
        "%IA": 100 * kBq_per_g * mass_g / administered_kBq,
    }[unit]
    organs = pd.read_csv(study_folder / "organs.csv", comment="#")
    measured = organs[(organs["patient"] == "P01") & (organs["organ"] == "liver")]["value"].to_numpy()
    result = _liver_in(study_folder, unit, factor)
    used = next(c for c in result.curves if (c.patient, c.region) == ("P01", "liver"))
    assert used.curve.unit == unit
    percent = 100 * measured / density * mass_g / administered_kBq
    np.testing.assert_allclose(used.curve.value * used.to_percent, percent, rtol=1e-9)
    assert used.area is not None and used.area.area is not None
    tiac = result.tiac.query("patient == 'P01' and source == 'liver' and statistic == 'value'")
    assert tiac["tiac_h"].item() == pytest.approx(used.area.area * used.to_percent / 100, rel=1e-9)


@pytest.mark.parametrize(
    ("column", "value", "limit"),
    [
        ("body_mass_kg", "74200", "at most 400"),  # in g
        ("height_cm", "1.76", "25 or more"),  # in m
        ("height_cm", "1760", "at most 280"),  # in mm
        ("haematocrit", "41", "at most 0.7"),  # in per cent
    ],
)
def test_a_body_in_another_unit_is_refused(study_folder: Path, column: str, value: str, limit: str) -> None:
    edit_cell("patients.csv", 3, column, value)(study_folder)
    with pytest.raises(DosimetryError, match=rf"patients\.csv: row 3, column '{column}'.*{limit}"):
        run_study(study_folder / "study.toml")
