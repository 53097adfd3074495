"""The convention of osteogenic cells and small intestine, chosen in Python, in a study and at the prompt."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pandas as pd
import pytest

from dosimetry import absorbed_dose, s_values
from dosimetry.commands import app as cli
from dosimetry.errors import DosimetryError
from dosimetry.study.pipeline import run_study
from dosimetry.svalues.catalogue import s_values_of_all
from phantoms.library.olinda import OLINDA

TIAC_H = {"liver": 11.0, "red marrow": 3.0, "remainder": 60.0}
EXAMPLE = Path(__file__).parents[2] / "examples" / "zr89-trastuzumab" / "study.toml"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(list(arguments))
    return int(ended.value.code or 0)


def test_in_python_the_doses_say_which_convention() -> None:
    own = absorbed_dose(TIAC_H, "Zr-89", "adult male")
    theirs = absorbed_dose(TIAC_H, "Zr-89", "adult male", convention=OLINDA)
    assert theirs["osteogenic cells"] > 1.3 * own["osteogenic cells"]
    others = {t: d for t, d in own.items() if t != "osteogenic cells"}
    assert {t: theirs[t] for t in others} == pytest.approx(others)
    assert any(OLINDA in note for note in theirs.notes) and theirs.provenance["convention"] == OLINDA
    assert not any(OLINDA in note for note in own.notes)
    assert own.provenance["convention"] == "the phantom's own"
    assert dict(absorbed_dose(TIAC_H, "Zr-89", "adult male", convention="ICRP 116")) == dict(own)
    with pytest.raises(DosimetryError, match="by two conventions cannot be added"):
        own + theirs


def test_small_intestine_gets_half_of_its_contents_photons_and_all_of_their_electrons() -> None:
    pair = ("small intestine", "small intestine contents")
    gamma = s_values("Tc-99m", "adult male").loc[pair]
    beta = s_values("Y-90", "adult male").loc[pair]
    assert s_values("Y-90", "adult male", convention=OLINDA).loc[pair] == pytest.approx(beta)
    assert s_values("Tc-99m", "adult male", convention=OLINDA).loc[pair] < 0.9 * gamma


def test_catalogues_take_it_too() -> None:
    found = s_values_of_all("adult male", nuclides=["Zr-89"], convention=OLINDA)
    assert found.library.conventions.tissues == OLINDA


def test_at_the_prompt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("svalues", "Zr-89", "--phantom", "adult male", "--convention", OLINDA, "--csv", "-") == 0
    printed = capsys.readouterr()
    frame = pd.read_csv(io.StringIO(printed.out), index_col=0)
    expected = s_values("Zr-89", "adult male", convention=OLINDA)
    assert frame.loc["osteogenic cells", "liver"] == pytest.approx(expected.loc["osteogenic cells", "liver"])
    assert f"convention: {OLINDA}" in printed.err
    table = tmp_path / "tiac.csv"
    table.write_text("source,tiac_h\n" + "".join(f"{s},{t}\n" for s, t in TIAC_H.items()), encoding="utf-8")
    arguments = ("dose", "--nuclide", "Zr-89", "--phantom", "adult male", "--tiac", str(table))
    assert run(*arguments, "--convention", OLINDA, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    doses = {row["target"]: row["dose_mGy_per_MBq"] for row in found["doses"]}
    expected_doses = absorbed_dose(TIAC_H, "Zr-89", "adult male", convention=OLINDA)
    assert doses == pytest.approx(dict(expected_doses))
    assert found["provenance"]["convention"] == OLINDA


def test_a_wrong_name_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("svalues", "Zr-89", "--phantom", "adult male", "--convention", "MIRD") != 0
    printed = capsys.readouterr().err
    assert "unknown convention 'MIRD'; there are: ICRP 116, OLINDA/EXM 1.x" in " ".join(printed.split())
    assert "Traceback" not in printed


def study_with(tmp_path: Path, convention: str) -> Path:
    import shutil

    folder = tmp_path / "study"
    shutil.copytree(EXAMPLE.parent, folder)
    text = EXAMPLE.read_text(encoding="utf-8").replace(
        "[phantom]\n", f'[phantom]\nconvention = "{convention}"\n'
    )
    assert convention in text
    for table in folder.glob("*.csv"):
        lines = table.read_text(encoding="utf-8").splitlines()
        if any(line.startswith("patient,") for line in lines):
            kept = [x for x in lines if not x.startswith("P") or x.startswith("P01")]
            table.write_text("\n".join(kept) + "\n", encoding="utf-8")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder / "study.toml"


def test_in_a_study(tmp_path: Path) -> None:
    own = run_study(study_with(tmp_path / "a", "ICRP 116"))
    theirs = run_study(study_with(tmp_path / "b", OLINDA))

    def dose(result: object, target: str) -> float:
        table = result.organ_doses  # type: ignore[attr-defined]
        row = table[(table["patient"] == "P01") & (table["target"] == target)]
        return float(row["dose_mGy_per_MBq"].iloc[0])

    assert dose(theirs, "osteogenic cells") > 1.3 * dose(own, "osteogenic cells")
    assert dose(theirs, "liver") == pytest.approx(dose(own, "liver"))
    assert any(OLINDA in text for facts in theirs.provenance.values() for text in facts.values())


def test_a_study_with_another_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DosimetryError, match="convention"):
        run_study(study_with(tmp_path, "MIRD"))
