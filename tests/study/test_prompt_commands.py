from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from dosimetry import absorbed_dose, effective_dose, read_doses, s_values
from dosimetry.commands import app as cli
from dosimetry.commands.doses.nuclide import readable_half_life
from phantoms.regions.names import SOURCES, TARGETS


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        cli.main(list(arguments))
    assert not ended.value.code
    return capsys.readouterr().out


@pytest.fixture
def tiac(tmp_path: Path) -> Path:
    path = tmp_path / "tiac.csv"
    path.write_text(
        "source,tiac_h,sd_h\nLiver,11,1\nheart contents,3,0.5\nremainder,70,2\n", encoding="utf-8"
    )
    return path


def test_dose_as_json_is_what_the_functions_give(
    bodies: Path, tiac: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = json.loads(
        output(capsys, "dose", "--nuclide", "89Zr", "--phantom", "test male", "--tiac", str(tiac), "--json")
    )
    doses = absorbed_dose({"liver": 11, "heart contents": 3, "remainder": 70}, "Zr-89", "test male")
    by_target = {row["target"]: row["dose_mGy_per_MBq"] for row in found["doses"]}
    assert by_target == pytest.approx(dict(doses))
    assert all(row["se_mGy_per_MBq"] > 0 for row in found["doses"])
    by_weights = {row["weights"]: row["effective_dose_mSv_per_MBq"] for row in found["effective_doses"]}
    assert by_weights["ICRP 60"] == pytest.approx(float(effective_dose(doses, "ICRP 60")))
    assert found["provenance"]["nuclide"] == "Zr-89"


def test_dose_of_a_patient_by_body_mass(
    bodies: Path, tiac: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("dose", "--nuclide", "Ac-225", "--phantom", "test male", "--tiac", str(tiac))
    output(capsys, *arguments, "--body-mass-kg", "110", "--csv", str(tmp_path / "doses.csv"))
    found = read_doses(tmp_path / "doses.csv")
    given = {"liver": 11, "heart contents": 3, "remainder": 70}
    expected = absorbed_dose(given, "Ac-225", "test male", body_mass_kg=110)
    assert dict(found) == pytest.approx(dict(expected), rel=1e-15)
    assert float(found.effective()) == pytest.approx(float(expected.effective()), rel=1e-15)
    assert found.body_mass_kg == 110
    assert "body 110 kg (reference 73.7 kg)" in " ".join(found.notes)


def test_dose_as_csv_and_as_a_table(bodies: Path, tiac: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("dose", "--nuclide", "Zr-89", "--phantom", "test male", "--tiac", str(tiac))
    frame = pd.read_csv(io.StringIO(output(capsys, *arguments, "--csv", "-")), comment="#")
    assert {"dose_mGy_per_MBq", "se_mGy_per_MBq", "alpha_part_mGy_per_MBq"} <= set(frame.columns)
    assert list(frame["target"]) == list(TARGETS)
    table = output(capsys, *arguments)
    liver = frame.set_index("target")["dose_mGy_per_MBq"]["liver"]
    assert f"{liver:.3g}" in next(line for line in table.splitlines() if line.strip().startswith("liver"))
    assert "mSv/MBq" in table


def test_svalues_as_a_plain_table(bodies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = output(capsys, "svalues", "Zr-89", "--phantom", "test female", "--csv", "-")
    frame = pd.read_csv(io.StringIO(printed), index_col="target")
    assert list(frame.index) == list(TARGETS)
    assert list(frame.columns) == list(SOURCES)
    expected = s_values("Zr-89", "test female")
    assert frame.loc["liver", "liver"] == pytest.approx(expected.loc["liver", "liver"], rel=1e-6)
    path = tmp_path / "s.csv"
    output(capsys, "svalues", "Zr-89", "--phantom", "test female", "--csv", str(path))
    assert path.read_text(encoding="utf-8") == printed
    assert [p.name for p in tmp_path.iterdir()] == ["s.csv"]


def test_svalues_of_some_sources_as_json(bodies: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = (
        "svalues",
        "Zr-89",
        "--phantom",
        "test male",
        "--source",
        "Liver",
        "--source",
        "heart contents",
    )
    found = json.loads(output(capsys, *arguments, "--json"))
    assert list(found["s_mGy_per_MBq_s"]) == ["liver", "heart contents"]
    assert "liver" in output(capsys, *arguments)


def test_nuclide_says_half_life_energies_and_lines(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(output(capsys, "nuclide", "89zr", "--json"))
    assert found["half_life_h"] == pytest.approx(78.41)
    assert found["energy_per_decay_MeV"]["annihilation"] == pytest.approx(2 * 0.2274 * 0.511, rel=1e-3)
    lines = {(row["type"], round(1000 * row["energy_MeV"])) for row in found["main_lines"]}
    assert {("gamma", 909), ("annihilation", 511), ("X", 15)} <= lines
    table = output(capsys, "nuclide", "Zr-89")
    assert "78.41 h (3.267 d)" in table
    assert "909" in table


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(6586.2, "1.829 h"), (109.77 * 60, "1.829 h"), (6.0072 * 3600, "6.007 h"), (10 * 86400, "240 h (10 d)"),
     (3e-7, "8.333e-11 h (0.3 µs)")],
)  # fmt: skip
def test_half_lives_in_usual_units(seconds: float, words: str) -> None:
    assert readable_half_life(seconds) == words


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, dosimetry.commands.app;"
        "heavy = {'numpy', 'scipy', 'pandas', 'matplotlib', 'h5py', 'lmfit', 'numba', 'pydantic'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_dose_needs_neither_plots_nor_fits(bodies: Path, tiac: Path) -> None:
    code = (
        "import sys; from dosimetry.commands import app as cli\n"
        "try: cli.main(sys.argv[1:])\n"
        "except SystemExit as end: assert not end.code\n"
        "print(sorted({'matplotlib', 'lmfit', 'numba'} & set(sys.modules)), file=sys.stderr)"
    )
    arguments = ["dose", "--nuclide", "Zr-89", "--phantom", "test male", "--tiac", str(tiac)]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert output(capsys, "--version").startswith("milligray ")
