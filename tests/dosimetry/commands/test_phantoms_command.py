"""``milligray phantoms``: list, show and import, on a made-up ICRP 133 supplement."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from dosimetry import absorbed_dose
from dosimetry.commands.app import main
from dosimetry.study.input_tables.tiac_tables import read_tiac
from phantoms import load_phantom
from phantoms.errors import PhantomError
from phantoms.library.installed import available

sys.path.insert(0, str(Path(__file__).parents[2] / "phantoms"))
import supplement


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "160")
    return supplement.write(tmp_path / "P133")


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    return int(ended.value.code or 0)


def test_import_then_list_and_show(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("phantoms", "import", "icrp133", folder) == 0
    said = capsys.readouterr().out
    assert "imported: phantoms 'ICRP adult male' and 'ICRP adult female'" in said

    assert run("phantoms", "list") == 0
    listed = capsys.readouterr().out
    for word in ("ICRP adult female", "ICRP Publication 133", "(c) ICRP", "sha256"):
        assert word in listed, word

    assert run("phantoms", "list", "--json") == 0
    rows = {r["phantom"]: r for r in json.loads(capsys.readouterr().out)}
    male = rows["ICRP adult male"]
    assert len(male["sha256"]) == 64 and male["shipped"] is False and male["masses"] == "ICRP 133"

    assert run("phantoms", "show", "icrp adult male", "--masses", "ICRP 89", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["masses"] == "ICRP 89"
    assert shown["target_mass_kg"]["liver"] == pytest.approx(1.8)
    assert shown["target_mass_kg"]["colon"] is None
    assert any(k.startswith("sha256 rcp-am_photon") for k in shown["provenance"])

    assert run("phantoms", "show", "ICRP adult male") == 0
    text = capsys.readouterr().out
    assert "masses of ICRP 133" in text and "0.4 RC-stem" in text and "28 energies, 0 to 10 MeV" in text


def test_the_same_again_changes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("phantoms", "import", "icrp133", folder) == 0
    assert run("phantoms", "import", "icrp133", folder) == 0
    assert "nothing changed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "ICRP adult male"), "then 'milligray phantoms import icrp133 PATH'"),
        (("show", "adlut male"), "unknown phantom 'adlut male'"),
        (("import", "icrp133", "/no/such/place"), "/no/such/place: no such folder or zip"),
    ],
)
def test_bad_input_is_one_line_and_status_2(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("phantoms", *arguments) == 2
    said = capsys.readouterr()
    assert words in said.err and said.err.count("\n") == 1 and "Traceback" not in said.err


def test_dose_adds_both_kidneys_and_names_the_masses(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("phantoms", "import", "icrp133", folder)
    (tmp_path / "two.csv").write_text("source,tiac_h,sd_h\nleft kidney,1.0,0.3\nright kidney,2.0,0.4\n")
    (tmp_path / "one.csv").write_text("source,tiac_h,sd_h\nkidneys,3.0,0.5\n")
    library, answers = load_phantom("ICRP adult male"), []
    for name in ("two.csv", "one.csv"):
        values, sd = read_tiac(tmp_path / name, library)
        frame = absorbed_dose(values, "F-18", library, tiac_se_h=sd).to_frame()
        answers.append((frame.loc["liver", "dose_mGy_per_MBq"], frame.loc["liver", "se_mGy_per_MBq"]))
    assert answers[0] == pytest.approx(answers[1])
    assert run("svalues", "F-18", "--phantom", "ICRP adult male", "--masses", "ICRP 89", "--csv", "-") == 0
    assert "masses: ICRP 89, daughters: none" in capsys.readouterr().err
    (tmp_path / "twice.csv").write_text("source,tiac_h\nleft kidney,1\nleft kidney,2\n")
    command = ("dose", "--nuclide", "F-18", "--phantom", "ICRP adult male", "--tiac", tmp_path / "twice.csv")
    assert run(*command) == 2
    assert "row 3, column 'source': 'left kidney' stands twice" in capsys.readouterr().err


def test_a_damaged_library_is_named_and_the_others_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import h5py

    home = tmp_path / "home" / "milligray" / "phantoms"
    home.mkdir(parents=True)
    shipped = next(f.path for f in available() if f.name == "newborn").read_bytes()
    for name, content in (("text", b"no HDF5"), ("half", shipped[: len(shipped) // 2]), ("empty", b"")):
        (home / f"{name}.h5").write_bytes(content)
    for name in ("other_shape", "linked"):
        (home / f"{name}.h5").write_bytes(shipped)
        with h5py.File(home / f"{name}.h5", "r+") as f:
            del f["photon/saf_per_kg"]
            if name == "linked":
                f["photon/saf_per_kg"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/x")
            else:
                f["photon/saf_per_kg"] = [1.0, 2.0]
    names = {"text", "half", "empty", "other shape", "linked"}
    assert run("phantoms", "list", "--json") == 0
    said = capsys.readouterr()
    rows = json.loads(said.out)
    assert {r["phantom"] for r in rows if "damaged" in r} == names
    assert {"adult male", "newborn"} <= {r["phantom"] for r in rows if "damaged" not in r}
    for name in names:
        file = home / f"{name.replace(' ', '_')}.h5"
        assert f"warning: phantom '{name}' cannot be used: {file}: " in said.err
        with pytest.raises(PhantomError, match=file.name):
            load_phantom(name)
    assert "link to" in said.err
    assert load_phantom("adult male").sex == "male"


def test_the_list_fits_in_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run("phantoms", "list") == 0
    lines = capsys.readouterr().out.splitlines()
    row = next(line for line in lines if "adult female olinda masses" in line)
    assert "female" in row and "25 x 32" in row and "shipped" in row  # one line a body
    assert all(len(line) <= 80 for line in lines if "kept in" not in line)
