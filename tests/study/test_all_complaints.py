"""All mistakes of a study are told in one run: of its keys, of each table, of all tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dosimetry import load_study, run_study
from dosimetry.errors import DosimetryError
from dosimetry.files.tables import Column, frame_table, read_table
from kinetics.errors import KineticsError
from milligray.errors import TOLD, Complaints, MilligrayError

COLUMNS = (
    Column("name", "a name", text=True),
    Column("time_h", "hours", low=0, high=1e6),
    Column("mass_kg", "a mass", low=0, above=True, high=100, required="never"),
)


def lines(call: Callable[[], object]) -> list[str]:
    with pytest.raises(MilligrayError) as caught:
        call()
    assert str(caught.value) == "\n".join(caught.value.complaints)
    return list(caught.value.complaints)


def change(path: Path, *pairs: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")


def test_gathered_errors_are_told_together_as_one_class() -> None:
    with pytest.raises(DosimetryError) as caught, Complaints(DosimetryError) as found:
        with found.catching():
            raise KineticsError("first")
        part = found.section("a.csv")
        found.add(DosimetryError("third"))
        part.add(DosimetryError("second"))
        assert found
    assert caught.value.complaints == ("first", "second", "third")


def test_nothing_is_kept_where_nobody_gathers() -> None:
    found = Complaints(DosimetryError)
    with pytest.raises(DosimetryError, match="lost"):
        found.section("a.csv").add(DosimetryError("lost?"))
    with pytest.raises(DosimetryError, match="lost"), found.catching():
        raise DosimetryError("lost?")
    with found:
        pass
    with pytest.raises(DosimetryError, match="after"):
        found.add(DosimetryError("after the end"))


def test_a_mistake_of_the_program_is_not_hidden_by_complaints() -> None:
    with pytest.raises(ZeroDivisionError), Complaints(DosimetryError) as found:
        found.add(DosimetryError("one"))
        raise ZeroDivisionError


def test_a_single_error_keeps_its_class() -> None:
    with pytest.raises(KineticsError), Complaints(DosimetryError):
        raise KineticsError("alone")


def test_a_table_tells_its_header_its_cells_and_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("name,mass_kg,tme_h,extra\na,-1,1,2\n,200,x,3\nb,1,1\nc,1,1,1\n", encoding="utf-8")
    found = lines(lambda: read_table(path, COLUMNS))
    assert [line.removeprefix(f"{path}: ")[:38] for line in found] == [
        "column 'time_h' is missing (hours); th",
        "unknown column 'extra'; allowed: name,",
        "row 2, column 'mass_kg': -1 is not all",
        "row 3, column 'name': the value is mis",
        "row 3, column 'mass_kg': 200 is not al",
        "row 4 has 3 cells, the header has 4 co",
    ]
    assert "'tme_h' meant" in found[0]


def test_many_mistakes_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("name,time_h\n" + "a,-1\n" * (TOLD + 13), encoding="utf-8")
    found = lines(lambda: read_table(path, COLUMNS))
    assert len(found) == TOLD + 1
    assert found[-1] == f"{path}: and 13 more mistakes"


def test_a_frame_tells_all_too() -> None:
    import pandas as pd

    frame = pd.DataFrame({"name": ["a", None], "time_h": [-1.0, 2.0]})
    assert len(lines(lambda: frame_table("probe", frame, COLUMNS))) == 2


def test_a_study_tells_the_mistakes_of_all_its_tables(study_folder: Path) -> None:
    change(study_folder / "patients.csv", ("male,", "mal,"))
    change(study_folder / "serum.csv", ("P09,", "P99,"))
    change(study_folder / "organs.csv", ("kBq/mL", "kBq"), ("P09,liver", "P09,livr"))
    probe = study_folder / "whole_body.csv"
    rows = probe.read_text(encoding="utf-8").splitlines()
    at = next(i for i, row in enumerate(rows) if row.startswith("P09"))
    rows.append(rows[at])
    probe.write_text("\n".join(rows) + "\n", encoding="utf-8")
    change(study_folder / "published.csv", (",mGy/MBq", ",Gy/MBq"))
    found = lines(lambda: run_study(study_folder / "study.toml"))
    said = [
        ("patients.csv", "row 3, column 'sex': 'mal' is not allowed"),
        ("whole_body.csv", f"row {len(rows)}, column 'time_h': 0.1 stands twice for P09"),
        ("serum.csv", "column 'patient': 'P99' is not in"),
        ("organs.csv", "row 3, column 'unit': 'kBq' is not allowed"),
        ("organs.csv", "column 'organ': unknown source region 'livr'"),
        ("published.csv", "row 3, column 'unit': 'gy/mbq' is not allowed".replace("gy/mbq", "Gy/MBq")),
    ]
    assert len(found) == len(said), found
    for line, (file, text) in zip(found, said, strict=True):
        assert line.startswith(str(study_folder / file)), line
        assert text in line


def test_a_table_that_is_missing_stops_no_other(study_folder: Path) -> None:
    (study_folder / "whole_body.csv").unlink()
    (study_folder / "patients.csv").unlink()
    change(study_folder / "organs.csv", ("kBq/mL", "kBq"))
    found = lines(lambda: run_study(study_folder / "study.toml"))
    assert ["no such file" in line for line in found] == [True, True, False]


def test_rows_that_are_left_out_for_a_mistake_cause_no_second_one(study_folder: Path) -> None:
    """One row of six is damaged: not "too few points", no curve of what is left, no patient missing."""
    path = study_folder / "serum.csv"
    kept = [row for row in path.read_text(encoding="utf-8").splitlines() if not row.startswith("P01")]
    mine = [row for row in path.read_text(encoding="utf-8").splitlines() if row.startswith("P01")]
    damaged = [mine[0].replace("P01,", "P01,-", 1)]
    path.write_text("\n".join([*kept, *damaged]) + "\n", encoding="utf-8")
    (found,) = lines(lambda: run_study(study_folder / "study.toml"))
    assert "column 'time_h'" in found


def test_the_study_file_tells_all_its_keys(study_folder: Path) -> None:
    change(
        study_folder / "study.toml", ('nuclide = "Zr-89"', "nuclide = 89"), ("heart_contents", "heart"),
        ('model = "biexponential"', 'model = "biexp"'),
    )  # fmt: skip
    found = lines(lambda: load_study(study_folder / "study.toml"))
    keys = ["unknown key blood.heart", "nuclide = 89", "serum.model", "blood.heart_contents is missing"]
    for line, key in zip(found, keys, strict=True):
        assert line.startswith(f"{study_folder / 'study.toml'}: {key}")


def test_given_tiacs_tell_all(study_folder: Path) -> None:
    text = (study_folder / "study.toml").read_text(encoding="utf-8")
    head = text[: text.index("[whole_body]")]
    (study_folder / "study.toml").write_text(
        f'{head}\n[tiac]\nfile = "tiac.csv"\nremainder = "whole body minus sources"\n', encoding="utf-8"
    )
    (study_folder / "tiac.csv").write_text(
        "patient,source,tiac_h\nP01,whole body,90\nP01,livr,1\nP01,spleen,1\nP01,spleen,2\nP09,liver,1\n",
        encoding="utf-8",
    )
    found = lines(lambda: run_study(study_folder / "study.toml"))
    for line, text in zip(found, ["'livr'", "'spleen' stands twice", "no row for 'whole body'"], strict=True):
        assert text in line
