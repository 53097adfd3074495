"""Left and right, absence, masses and units in the tables of a study and of `milligray dose`, with their"
" rows."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from dosimetry import DosimetryError, run_study
from dosimetry.commands import app as cli

STUDY = """
name = "t"
data = "measured"
nuclide = "Zr-89"
product = "p"
effective_dose = ["ICRP 60"]
[phantom]
male = "test male"
female = "test female"
[patients]
file = "patients.csv"
"""
MEASURED = """
[whole_body]
file = "wb.csv"
decay_corrected = true
model = "monoexponential"
weights = "none"
[organs]
file = "organs.csv"
decay_corrected = true
method = "linear"
first_interval = "constant"
tail = "physical"
[blood]
heart_contents = "none"
red_marrow = "none"
"""
GIVEN = '[tiac]\nfile = "tiac.csv"\nremainder = "whole body minus sources"\n'
BY_REFERENCE = '[masses]\norgans = "reference"\n'
BY_TABLE = '[masses]\norgans = "measured"\nfile = "masses.csv"\n'


@pytest.fixture
def folder(tmp_path: Path, bodies: Path) -> Path:
    write(tmp_path, patients="patient,sex,body_mass_kg\nP01,male,73.7",
          wb="patient,time_h,percent_ia\nP01,1,100\nP01,24,92\nP01,72,80\nP01,168,60",
          study=STUDY + MEASURED + BY_REFERENCE)  # fmt: skip
    return tmp_path


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / (f"{name}.toml" if name == "study" else f"{name}.csv")
        path.write_text(text + "\n", encoding="utf-8")


def organs(*curves: str) -> str:
    """Rows of curves: "left kidney 1.5 %IA" has 1.5, 1.4 and 1.3 at three times."""
    rows = ["patient,organ,time_h,value,unit"]
    for text in curves:
        organ, value, unit = text.rsplit(" ", 2)
        first = float(value)
        rows += [f"P01,{organ},{t},{first * f:g},{unit}" for t, f in ((1, 1.0), (24, 0.9), (72, 0.8))]
    return "\n".join(rows)


def kidneys(folder: Path) -> pd.Series:
    table = run_study(folder / "study.toml").organ_doses
    return table[(table["patient"] == "P01") & (table["target"] == "kidneys")].iloc[0]


def told(folder: Path) -> str:
    with pytest.raises(DosimetryError) as error:
        run_study(folder / "study.toml")
    return str(error.value)


def test_both_sides_are_the_whole(folder: Path) -> None:
    write(folder, organs=organs("kidneys 3 %IA"))
    whole = kidneys(folder)["dose_mGy_per_MBq"]
    write(folder, organs=organs("Kidney (right) 1 %IA", "left kidney 2 %IA"))
    assert kidneys(folder)["dose_mGy_per_MBq"] == pytest.approx(whole)
    write(folder, organs=organs("kidneys 0.01 %IA/g"))
    concentration = kidneys(folder)["dose_mGy_per_MBq"]
    write(folder, organs=organs("left kidney 0.012 %IA/g", "right kidney 0.008 %IA/g"))
    assert kidneys(folder)["dose_mGy_per_MBq"] == pytest.approx(concentration)
    # with masses of their own: weighted, and their sum is the kidneys' mass
    write(folder, study=STUDY + MEASURED + BY_TABLE, masses="patient,organ,mass_g\nP01,kidneys,320")
    write(folder, organs=organs("kidneys 0.0105 %IA/g"))
    weighted = kidneys(folder)["dose_mGy_per_MBq"]
    write(folder, masses="patient,organ,mass_g\nP01,left kidney,200\nP01,right kidney,120")
    write(folder, organs=organs("left kidney 0.012 %IA/g", "right kidney 0.008 %IA/g"))
    assert kidneys(folder)["dose_mGy_per_MBq"] == pytest.approx(weighted)


@pytest.mark.parametrize(
    ("curves", "said"),
    [
        ("left kidney 1.5 %IA", "organs.csv: row 2, column 'organ': 'left kidney' for P01 stands alone"),
        ("kidneys 3 %IA; left kidney 1 %IA", "'left kidney' for P01, but row 2 has 'kidneys'"),
        ("left kidney 1 %IA; right kidney .01 %IA/g", "'left kidney' (row 2) and 'right kidney' (row 5)"),
        ("remainder 40 %IA", "row 2, column 'organ': 'remainder' is not an organ"),
        ("liver 10 %IA; rest of body 40 %IA", "row 5, column 'organ': 'rest of body' is not an organ"),
        ("total body 90 %IA", "row 2, column 'organ': 'total body' is not an organ"),
        (
            "liver 15 %IA; LIVER .008 %IA/g",
            "row 5, column 'unit': 'LIVER' in '%IA/g', but row 2 has the same region, 'liver', in '%IA'",
        ),
        ("liver 160 %IA", "organs.csv: row 2, P01, liver: 160 % of the administered activity at 1 h"),
        ("liver 60 %IA; spleen 60 %IA", "120 % of the administered activity in all organs at 1 h"),
        ("left lung .001 %IA/g; right lung .001 %IA/g", "the measured mass of each is needed"),
    ],
)
def test_organs_that_are_refused(folder: Path, curves: str, said: str) -> None:
    write(folder, organs=organs(*curves.split("; ")))
    assert said in told(folder)


def test_rows_of_sides_at_different_times(folder: Path) -> None:
    text = organs("left kidney 1 %IA", "right kidney 1 %IA").splitlines()
    text[5] = text[5].replace(",24,", ",25,")
    write(folder, organs="\n".join([text[0], *reversed(text[1:])]))
    assert "'left kidney' (row 6) and 'right kidney' (row 3) cannot be made one curve: 24 h and 25 h" in told(
        folder
    )


def test_a_single_kidney(folder: Path) -> None:
    write(folder, patients="patient,sex,body_mass_kg,absent\nP01,male,73.7,right kidney",
          organs=organs("left kidney 2 %IA"))  # fmt: skip
    assert "patients.csv: row 2, column 'absent': the right kidney is absent, so the mass of the" in told(
        folder
    )
    write(folder, study=STUDY + MEASURED + BY_TABLE, masses="patient,organ,mass_g\nP01,left kidney,220")
    alone = kidneys(folder)
    assert "Absent: right kidney." in alone["note"] and "kidneys 0.22 kg" in alone["note"]
    write(folder, patients="patient,sex,body_mass_kg,absent\nP01,male,73.7,left kidney")
    assert "said to be absent" in told(folder)
    write(folder, patients="patient,sex,body_mass_kg,absent\nP01,male,73.7,left kidny; right lung")
    assert "absent: unknown source region 'left kidny'" in told(folder)
    write(folder, patients="patient,sex,body_mass_kg\nP01,male,73.7", organs=organs("kidneys 2 %IA"))
    assert "masses.csv: row 2, column 'organ': 'left kidney' for P01 stands alone" in told(folder)


def test_masses_in_another_unit(folder: Path) -> None:
    write(folder, study=STUDY + MEASURED + BY_TABLE, organs=organs("kidneys 3 %IA"),
          masses="patient,organ,mass_g\nP01,kidneys,0.3")  # fmt: skip
    assert "masses.csv: row 2, column 'mass_g': 0.3 g for P01: the mass of 'kidneys' is 0.001 times" in told(
        folder
    )
    write(folder, masses="patient,organ,mass_g,confirmed\nP01,kidneys,50,no")
    assert "write 'yes' in a column 'confirmed'" in told(folder)
    write(folder, masses="patient,organ,mass_g,confirmed\nP01,kidneys,50,yes")
    assert kidneys(folder)["dose_mGy_per_MBq"] > 0
    write(folder, masses="patient,organ,mass_g,confirmed\nP01,muscle,74000,yes")
    assert "the masses of muscle are 74 kg together, the body's is 73.7 kg" in told(folder)
    write(folder, masses="patient,organ,mass_g\nP01,remainder,60000")
    assert "row 2, column 'organ': 'remainder' is not an organ" in told(folder)


def test_tiacs_of_a_study_with_masses(folder: Path) -> None:
    both = "patient,source,tiac_h\nP01,left kidney,0.5\nP01,right kidney,0.7\nP01,whole body,60"
    write(folder, study=STUDY + GIVEN, tiac=both)
    reference = kidneys(folder)
    row = run_study(folder / "study.toml").tiac.set_index("source").loc["kidneys"].iloc[0]
    assert row["tiac_h"] == pytest.approx(1.2) and "left kidney + right kidney" in row["obtained"]
    write(folder, study=STUDY + GIVEN + BY_TABLE, masses="patient,organ,mass_g\nP01,kidneys,600")
    heavy = kidneys(folder)
    part = "electron_part_mGy_per_MBq"
    assert heavy[part] == pytest.approx(reference[part] * 300 / 600)
    write(folder, tiac="patient,source,tiac_h\nP01,left kidney,0.5\nP01,whole body,60")
    assert "tiac.csv: row 2, column 'source': 'left kidney' for P01 stands alone" in told(folder)
    write(folder, tiac="patient,source,tiac_h\nP01,liver,5\nP01,whole body,130")
    assert "tiac.csv: row 3, column 'tiac_h': TIAC of 'whole body' is 130 h" in told(folder)


def dose(*more: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(["dose", "--nuclide", "Zr-89", "--phantom", "test male", *more])
    return int(ended.value.code or 0)


def test_dose_takes_masses_and_absence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiac, masses = str(folder / "tiac.csv"), str(folder / "masses.csv")
    write(folder, tiac="source,tiac_h\nleft kidney,1\nremainder,60", masses="organ,mass_g\nleft kidney,220")
    assert dose("--tiac", tiac) == 2
    assert "tiac.csv: row 2, column 'source': 'left kidney' stands alone" in capsys.readouterr().err
    assert dose("--tiac", tiac, "--absent", "right kidney") == 2
    assert "the mass of the left kidney must be measured" in capsys.readouterr().err
    out = str(folder / "d.csv")
    assert dose("--tiac", tiac, "--absent", "right kidney", "--organ-masses", masses, "--csv", out) == 0
    assert "Absent: right kidney." in capsys.readouterr().out
    write(folder, masses="organ,mass_g\nkidneys,0.3", tiac="source,tiac_h\nkidneys,1\nremainder,60")
    assert dose("--tiac", tiac, "--organ-masses", masses) == 2
    assert "masses.csv: row 2, column 'mass_g': 0.3 g: the mass of 'kidneys'" in capsys.readouterr().err
    assert dose("--tiac", tiac, "--organ-masses", masses, "--confirm-masses", "--csv", out) == 0
    write(folder, tiac="source,tiac_h\nkidneys,130")
    assert dose("--tiac", tiac) == 2
    assert "tiac.csv: row 2, column 'tiac_h': TIAC of 'kidneys' is 130 h" in capsys.readouterr().err


def test_one_side_is_not_compared(folder: Path) -> None:
    compared = '[comparison]\nfile = "published.csv"\nlabel = "x"'
    write(folder, study=STUDY + MEASURED + BY_REFERENCE + compared, organs=organs("kidneys 3 %IA"))
    write(folder, published="target,mean,unit\nleft kidney,1,mGy/MBq")
    assert "left and right are one region here, 'kidneys': give the mean dose of both" in told(folder)
    write(folder, published="target,mean,unit\nkidney,1,mGy/MBq\nkidneys,2,mGy/MBq")
    assert "row 3, column 'target': 'kidneys' stands twice (first in row 2)" in told(folder)


def test_warnings_stand_in_the_table_the_terminal_and_the_archive(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    serum = (
        '[serum]\nfile = "serum.csv"\ndecay_corrected = true\nmodel = "monoexponential"\nweights = "none"\n'
    )
    study = (STUDY + MEASURED + serum + BY_REFERENCE).replace(
        'heart_contents = "none"', 'heart_contents = "serum"'
    )
    write(folder, study=study, organs=organs("kidneys 3 %IA"),
          patients="patient,sex,body_mass_kg,haematocrit\nP01,male,73.7,0.42",
          serum="patient,time_h,percent_ia_per_L\nP01,0.5,0.03\nP01,24,0.02\nP01,72,0.012")  # fmt: skip
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", str(folder / "study.toml"), "--out", str(folder / "out"), "--no-figures"])
    assert not ended.value.code
    said = "usual only for what leaves the blood at once"
    assert said in " ".join("".join(capsys.readouterr()).split())
    tiac, kinetics = (pd.read_csv(folder / "out" / f"{n}.csv") for n in ("tiac", "kinetics"))
    assert said in tiac[tiac["source"] == "heart contents"]["note"].iloc[0]
    assert said in kinetics[kinetics["curve"] == "serum"]["note"].iloc[0]
    assert said in " ".join((folder / "out" / "README.txt").read_text(encoding="utf-8").split())
    assert any(said in text for text in run_study(folder / "study.toml").warnings)


def test_a_mass_is_held_against_the_patients_body_once(folder: Path) -> None:
    """5.3 times the reference's, but 3.9 times what is expected at 100 kg: allowed, by the dose as well."""
    write(folder, patients="patient,sex,body_mass_kg\nP01,male,100", organs=organs("kidneys 3 %IA"),
          masses="patient,organ,mass_g\nP01,kidneys,1600", study=STUDY + MEASURED + BY_TABLE)  # fmt: skip
    assert kidneys(folder)["dose_mGy_per_MBq"] > 0
    write(folder, patients="patient,sex,body_mass_kg\nP01,male,60")
    assert "row 2, column 'mass_g': 1600 g for P01" in told(folder)


def test_a_mass_that_cannot_be_read_is_the_only_mistake(folder: Path) -> None:
    """The other side's row is not told of as one that stands alone."""
    write(folder, organs=organs("kidneys 3 %IA"), study=STUDY + MEASURED + BY_TABLE,
          masses="patient,organ,mass_g\nP01,left kidney,150\nP01,right kidney,x")  # fmt: skip
    (line,) = told(folder).splitlines()
    assert "row 3, column 'mass_g': 'x' is not a number" in line


def test_a_curve_that_cannot_be_made_is_the_only_mistake(folder: Path) -> None:
    """A value below the limit, no rule for it: the other side is not told of as one that stands alone."""
    write(folder, organs=organs("left kidney 1 %IA", "right kidney 1 %IA").replace("0.8,%IA", "<0.1,%IA", 1))
    (line,) = told(folder).splitlines()
    assert "row 4, column 'value': '<0.1' is below the limit of quantification" in line


def test_a_whole_body_beside_organs_counts_twice(folder: Path) -> None:
    given = '[tiac]\nfile = "tiac.csv"\nremainder = "as given"\n'
    write(folder, study=STUDY + given, tiac="patient,source,tiac_h\nP01,liver,10\nP01,whole body,70")
    (line,) = told(folder).splitlines()
    assert "tiac.csv: row 3, column 'source': 'whole body' for P01 stands beside other regions" in line
