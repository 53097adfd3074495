"""Every mistake ends with exit status 2 and a line that says where it is and what is allowed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dosimetry.commands import app as cli


def edit(file: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def edit_cell(file: str, row: int, column: str, value: str) -> Callable[[Path], None]:
    """Row as the message counts it: the file's first line is 1."""

    def change(folder: Path) -> None:
        path = folder / file
        lines = path.read_text(encoding="utf-8").splitlines()
        header = next(line for line in lines if not line.startswith("#")).split(",")
        cells = lines[row - 1].split(",")
        cells[header.index(column)] = value
        lines[row - 1] = ",".join(cells)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    return change


def rename(patient: str, to: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        for path in folder.glob("*.csv"):
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace(f"\n{patient},", f"\n{to},"), encoding="utf-8")

    return change


def add_column(file: str, name: str, cell: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / file
        head, *rows = (x for x in path.read_text(encoding="utf-8").splitlines() if not x.startswith("#"))
        path.write_text("\n".join([f"{head},{name}", *(f"{r},{cell}" for r in rows)]), encoding="utf-8")

    return change


def keep_rows(file: str, patient: str, n: int) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / file
        lines = path.read_text(encoding="utf-8").splitlines()
        mine = [line for line in lines if line.startswith(patient + ",")]
        kept = [line for line in lines if line not in mine[n:]]
        path.write_text("\n".join(kept) + "\n", encoding="utf-8")

    return change


def scale_organ(organ: str, factor: float) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "organs.csv"
        lines = path.read_text(encoding="utf-8").splitlines()
        for i, line in enumerate(lines):
            cells = line.split(",")
            if len(cells) > 1 and cells[1] == organ:
                cells[3] = f"{float(cells[3]) * factor:.4g}"
                lines[i] = ",".join(cells)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    return change


CASES: dict[str, tuple[Callable[[Path], None], list[str]]] = {
    "unknown nuclide": (
        edit("study.toml", '"Zr-89"', '"Zr-98x"'),
        ["study.toml: nuclide: unknown nuclide 'Zr-98x'", "near names", "Zr-9"],
    ),
    "unknown organ": (
        edit_cell("organs.csv", 3, "organ", "livr"),
        ["organs.csv", "row 3", "'organ'", "'livr'", "near names: liver"],
    ),
    "a time of injection that nothing uses": (
        add_column("patients.csv", "injected_at", "2026-03-02T10:15"),
        ["patients.csv", "'injected_at'", "used by no table"],
    ),
    "an organ of the other sex": (
        edit("organs.csv", "P09,spleen,", "P09,testes,"),
        ["organs.csv", "P09", "testes", "no organ of a female patient"],
    ),
    "a patient called as the results call all": (
        rename("P09", "Cohort"),
        ["patients.csv", "row 4", "'patient'", "'Cohort'", "rename"],
    ),
    "unknown phantom": (
        edit("study.toml", '"test male"', '"test mail"'),
        ["study.toml: phantom.male: unknown phantom 'test mail'", "test male"],
    ),
    "missing column": (
        edit("serum.csv", "sample_volume_mL", "volume"),
        ["serum.csv", "volume"],
    ),
    "missing column of counts": (
        edit("whole_body.csv", ",live_time_s,", ",comment,"),
        ["whole_body.csv", "'live_time_s' is missing"],
    ),
    "missing time column": (
        edit("whole_body.csv", "time_h", "hours"),
        ["whole_body.csv", "column 'time_h' is missing", "hours after administration"],
    ),
    "text for a number": (
        edit_cell("serum.csv", 4, "sample_counts", "many"),
        ["serum.csv", "row 4", "'sample_counts'", "'many' is not a number", "0 or more"],
    ),
    "negative time": (
        edit_cell("whole_body.csv", 3, "time_h", "-0.1"),
        ["whole_body.csv", "row 3", "'time_h'", "-0.1", "0 or more"],
    ),
    "duplicate time": (
        edit_cell("whole_body.csv", 4, "time_h", "0.1"),
        ["whole_body.csv", "row 4", "'time_h'", "0.1 stands twice for P01", "row 3"],
    ),
    "duplicate time of an organ": (
        edit_cell("organs.csv", 4, "time_h", "3.9"),
        ["organs.csv", "row 4", "'time_h'", "3.9 stands twice for P01, liver"],
    ),
    "fewer points than parameters": (
        keep_rows("serum.csv", "P01", 3),
        ["serum.csv", "rows 3 to 5", "P01", "3 points for the 4 parameters of 'biexponential'"],
    ),
    "counts not above the background": (
        edit_cell("whole_body.csv", 5, "posterior_counts", "10"),
        ["whole_body.csv", "row 5", "'posterior_counts'", "background", "greater than 0"],
    ),
    "a value without a logarithm": (
        lambda folder: (
            edit("study.toml", 'method = "linear"', 'method = "log"')(folder),
            edit_cell("organs.csv", 6, "value", "0")(folder),
        )[0],
        ["organs.csv", "row 6", "'value'", "greater than 0", "log"],
    ),
    "nan": (
        edit_cell("organs.csv", 5, "value", "nan"),
        ["organs.csv", "row 5", "'value'", "'nan'", "finite"],
    ),
    "decay state not given": (
        edit("study.toml", "decay_corrected = true", "# decay_corrected"),
        ["study.toml", "serum.decay_corrected is missing", "true", "false"],
    ),
    "body mass of 0": (
        edit_cell("patients.csv", 3, "body_mass_kg", "0"),
        ["patients.csv", "row 3", "'body_mass_kg'", "greater than 0"],
    ),
    "haematocrit in per cent": (
        edit_cell("patients.csv", 3, "haematocrit", "45"),
        ["patients.csv", "row 3", "'haematocrit'", "45", "at most 0.7", "0.45"],
    ),
    "haematocrit missing": (
        edit_cell("patients.csv", 4, "haematocrit", ""),
        ["patients.csv", "row 4", "'haematocrit'", "missing", "heart contents"],
    ),
    "administered activity missing": (
        edit_cell("patients.csv", 3, "administered_MBq", ""),
        ["patients.csv", "row 3", "'administered_MBq'", "missing"],
    ),
    "unknown sex": (
        edit_cell("patients.csv", 3, "sex", "M"),
        ["patients.csv", "row 3", "'sex'", "male, female"],
    ),
    "patient twice": (
        edit_cell("patients.csv", 4, "patient", "P01"),
        ["patients.csv", "row 4", "'patient'", "twice"],
    ),
    "unknown patient": (
        edit_cell("serum.csv", 3, "patient", "P1"),
        ["serum.csv", "row 3", "'patient'", "'P1' is not in", "near names: P01"],
    ),
    "patient without rows": (
        keep_rows("whole_body.csv", "P09", 0),
        ["whole_body.csv", "'P09'", "no rows"],
    ),
    "negative remainder": (
        scale_organ("liver", 9),
        ["whole_body.csv", "patient 'P01'", "negative remainder", "liver"],
    ),
    "unknown unit": (
        edit_cell("organs.csv", 3, "unit", "MBq/mL"),
        ["organs.csv", "row 3", "'unit'", "'MBq/mL'", "kBq/mL"],
    ),
    "two units in one curve": (
        edit_cell("organs.csv", 4, "unit", "kBq/g"),
        ["organs.csv", "row 4", "'unit'", "one unit"],
    ),
    "no density": (
        edit("study.toml", "other = 1.04", ""),
        ["organs.csv", "row 3", "'unit'", "density", "liver"],
    ),
    "heart contents twice": (
        edit_cell("organs.csv", 3, "organ", "heart contents"),
        ["organs.csv", "P01", "heart contents", "blood.heart_contents = 'serum'"],
    ),
    "standards differ": (
        edit_cell("serum.csv", 5, "standard_counts", "12345"),
        ["serum.csv", "row 5", "'standard_counts'", "one value"],
    ),
    "unknown target in the comparison": (
        edit("published.csv", "spleen", "splen"),
        ["published.csv", "'target'", "'splen'", "near names: spleen"],
    ),
    "dose in the unit of an effective dose": (
        edit("published.csv", "liver,1.32,0.24,mGy/MBq", "liver,1.32,0.24,mSv/MBq"),
        ["published.csv", "'unit'", "liver"],
    ),
    "no such table": (
        edit("study.toml", '"organs.csv"', '"organ.csv"'),
        ["organ.csv", "no such file"],
    ),
    "unknown key": (
        edit("study.toml", "weights", "wieghts"),
        ["study.toml", "unknown key whole_body.wieghts", "weights"],
    ),
    "unknown model": (
        edit("study.toml", '"biexponential"', '"biexponental"'),
        ["study.toml", "serum.model", "'biexponental'", "near names: biexponential"],
    ),
    "not toml": (
        edit("study.toml", 'nuclide = "Zr-89"', "nuclide = Zr-89"),
        ["study.toml", "not valid TOML", "line"],
    ),
    "a section is missing": (
        edit("study.toml", "[masses]\norgans", "[tables]\norgans"),
        ["study.toml", "tables"],
    ),
}


#: Cases that are more than one mistake: a name that is none and one that lacks; a density an organ.
LINES = {"missing time column": 2, "unknown key": 2, "no density": 3}


@pytest.mark.parametrize("case", CASES)
def test_one_clear_line_and_no_output(
    case: str, study_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, said = CASES[case]
    change(study_folder)
    out = tmp_path / "results"
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", str(study_folder / "study.toml"), "--out", str(out), "--no-figures"])
    error = capsys.readouterr().err
    assert ended.value.code == 2
    for line in error.splitlines():
        assert line.startswith("milligray: error: /"), "each line names a file"
    assert "Traceback" not in error
    assert error.count("\n") == LINES.get(case, 1), error
    for part in said:
        assert part in error
    assert sorted(p.name for p in tmp_path.iterdir()) == ["study"]


def test_unsorted_rows_are_accepted(study_folder: Path, tmp_path: Path) -> None:
    import pandas as pd

    totals = []
    for out in (tmp_path / "sorted", tmp_path / "unsorted"):
        with pytest.raises(SystemExit) as ended:
            cli.main(["run", str(study_folder / "study.toml"), "--out", str(out), "--no-figures"])
        assert not ended.value.code
        totals.append(pd.read_csv(out / "tiac.csv"))
        for name in ("whole_body.csv", "serum.csv", "organs.csv"):
            path = study_folder / name
            comment, header, *rows = path.read_text(encoding="utf-8").splitlines()
            path.write_text("\n".join([comment, header, *reversed(rows)]) + "\n", encoding="utf-8")
    first, second = (t.set_index(["patient", "statistic", "source"])["tiac_h"] for t in totals)
    pd.testing.assert_series_equal(first, second[first.index], rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "nowhere.toml", "--out", "x"], ["nowhere.toml", "no such file"]),
        (["run", "nowhere.toml"], ["--out"]),
        (["runn"], ["runn"]),
        (["nuclide", "Zr-8"], ["unknown nuclide 'Zr-8'", "Zr-8"]),
        (["svalues", "Zr-89", "--phantom", "adlt"], ["unknown phantom 'adlt'", "test male"]),
        (["svalues", "Zr-89", "--phantom", "test male", "--source", "livr"], ["'livr'", "liver"]),
        (["svalues", "Zr-89", "--phantom", "test male", "--csv", "/nowhere/s.csv"], ["/nowhere"]),
        (["dose", "--nuclide", "Zr-89", "--phantom", "test male", "--tiac", "none.csv"], ["none.csv"]),
    ],
)
def test_mistakes_at_the_prompt(
    arguments: list[str], said: list[str], bodies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    error = capsys.readouterr().err
    assert ended.value.code == 2
    assert error.count("\n") == 1, error
    for part in said:
        assert part in error


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("source,tiac_h\nlivr,1\n", ["row 2", "'source'", "'livr'", "near names: liver"]),
        ("source,tiac_h\nliver,-1\n", ["row 2", "'tiac_h'", "-1", "0 or more"]),
        ("source,tiac_h\nliver,1\nLiver,2\n", ["row 3", "'source'", "twice"]),
        ("source,tiac\nliver,1\n", ["column 'tiac_h' is missing"]),
        ("source,tiac_h\nliver,eleven\n", ["row 2", "'tiac_h'", "'eleven' is not a number"]),
        ("source,tiac_h,sd_h\nliver,1,\n", ["row 2", "'sd_h'", "missing"]),
        ("source,tiac_h\nliver,1\ntotal body,70\n", ["total body", "remainder"]),
    ],
)
def test_mistakes_in_a_table_of_tiacs(
    table: str, said: list[str], bodies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tiac.csv"
    path.write_text(table, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        cli.main(["dose", "--nuclide", "Zr-89", "--phantom", "test male", "--tiac", str(path)])
    error = capsys.readouterr().err
    assert ended.value.code == 2
    assert error.count("\n") == 1, error
    for part in said:
        assert part in error
