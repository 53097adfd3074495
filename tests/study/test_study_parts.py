"""Sections of a study that other packages compute: read with the study, written with its results."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dosimetry import DosimetryError, load_study, run_study, write_results
from dosimetry.files.tables import Column, read_table
from dosimetry.report.archive import read_table as archived
from dosimetry.study import parts as study_parts
from dosimetry.study.check import check_study
from dosimetry.study.keys.curve_settings import Section
from dosimetry.study.parts import PartResult, parts_of

EXAMPLE = Path(__file__).parents[2] / "examples" / "zr89-huj591"


class Weights(Section):
    """The keys of a section [weights]."""

    file: str
    factor: float


class WeightsPart:
    """Doubles what a table has; knows the organs' results."""

    name = "weights"
    after: tuple[str, ...] = ()
    settings = Weights

    def files(self, settings: Weights) -> Mapping[str, str]:
        return {"weights": settings.file}

    def read(self, settings: Weights, study: Any, patients: Any, n: Any, found: Any) -> Any:
        table = read_table(study.file(settings.file), (Column("weight_g", "a mass", 0, above=True),), found)
        return settings, [row["weight_g"] for row in table.rows]

    def outputs(self, given: Any) -> Sequence[str]:
        return ("weights",)

    def compute(self, given: Any, so_far: Any) -> PartResult:
        settings, values = given
        frame = pd.DataFrame({"weighted": [settings.factor * v for v in values]})
        frame["liver_mGy_per_MBq"] = so_far.results[0].doses["liver"]

        def draw(path: Path, options: Any) -> None:
            path.with_name(path.name + ".png").write_bytes(b"drawn")

        return PartResult(
            settings,
            {"weights": frame},
            {"weights": "weighted weights"},
            {"weights_figure": draw},
            ["weights are heavy"],
            {"weights": {"scale": "kitchen"}},
            lambda console: console.print("WEIGHTS WERE READ"),
        )


class After(WeightsPart):
    """Takes the results of the other."""

    name = "another"
    after = ("weights",)


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes these parts the installed ones."""

    class Entry:
        def __init__(self, part: Any) -> None:
            self.part = part

        def load(self) -> Any:
            return self.part

    def put(*parts: Any) -> None:
        monkeypatch.setattr(study_parts, "_installed", lambda: {p.name: Entry(p) for p in parts})

    return put


@pytest.fixture
def study(tmp_path: Path, install: Callable[..., None]) -> Path:
    install(WeightsPart())
    folder = tmp_path / "study"
    shutil.copytree(EXAMPLE, folder)
    path = folder / "study.toml"
    path.write_text(path.read_text() + '\n[weights]\nfile = "weights.csv"\nfactor = 2.0\n')
    (folder / "weights.csv").write_text("weight_g\n3\n4.5\n")
    return path


def test_a_part_is_computed_written_and_archived_with_the_study(study: Path, tmp_path: Path) -> None:
    result = run_study(study)
    assert result.tables()["weights"]["weighted"].tolist() == [6.0, 9.0]
    assert set(result.tables()["weights"]["data"]) == {result.settings.data}
    dose = result.organ_doses.query("target == 'liver' and statistic == 'value'")["dose_mGy_per_MBq"].item()
    assert result.tables()["weights"]["liver_mGy_per_MBq"].tolist() == [dose, dose]
    assert "weights are heavy" in result.warnings
    out = write_results(tmp_path / "out", result)
    about = (out / "README.txt").read_text()
    for line in ("weights.csv: weighted weights", "weights.factor = 2.0", "weights: scale: kitchen"):
        assert line in about, line
    assert "  weights.csv" in about  # the input with its hash
    assert (out / "figures" / "weights_figure.png").read_bytes() == b"drawn"
    assert archived(out / "results.h5", "weights")["weighted"].tolist() == [6.0, 9.0]


def test_the_other_tables_do_not_change(study: Path) -> None:
    with_part, without = run_study(study), run_study(EXAMPLE / "study.toml")
    for name, frame in without.tables().items():
        pd.testing.assert_frame_equal(frame, with_part.tables()[name], check_exact=True)


def test_check_says_which_tables_a_part_will_write(study: Path) -> None:
    assert "weights.csv" in check_study(study).outputs()


def test_keys_and_rows_of_parts_are_told_with_all_others(study: Path) -> None:
    study.write_text(study.read_text().replace("factor = 2.0", "facto = 2.0").replace("[tiac]", "[tiak]"))
    with pytest.raises(DosimetryError) as told:
        load_study(study)
    text = str(told.value)
    assert "weights.unknown key" not in text and "unknown key weights.facto; near names: factor" in text
    assert "weights.factor is missing" in text
    assert "unknown key tiak" in text


def test_rows_of_a_part_are_told_with_the_studys_own(study: Path) -> None:
    (study.parent / "weights.csv").write_text("weight_g\n3\n-1\n")
    with pytest.raises(DosimetryError, match=r"weights.csv: row 3, column 'weight_g': -1 is not allowed"):
        run_study(study)


def test_a_table_of_a_part_must_lie_in_the_studys_folder(study: Path) -> None:
    study.write_text(study.read_text().replace('"weights.csv"', '"../weights.csv"'))
    with pytest.raises(DosimetryError, match=r"weights\.file = '\.\./weights\.csv' leads out of the study"):
        load_study(study)


def test_a_section_of_no_installed_package_is_an_unknown_key(
    study: Path, install: Callable[..., None]
) -> None:
    install()
    with pytest.raises(DosimetryError, match="unknown key weights"):
        load_study(study)


def test_a_misspelt_section_is_told_the_parts_names(study: Path) -> None:
    study.write_text(study.read_text().replace("[weights]", "[weight]"))
    with pytest.raises(DosimetryError, match="unknown key weight; near names: weights"):
        load_study(study)


def test_parts_come_after_those_whose_results_they_take(install: Callable[..., None]) -> None:
    install(After(), WeightsPart())
    assert list(parts_of(["another", "weights"])) == ["weights", "another"]
    assert list(parts_of(["another"])) == ["another"]


def test_a_parts_table_cannot_replace_the_studys(study: Path) -> None:
    result = run_study(study)
    with pytest.raises(ValueError, match="there already: tiac"):
        result.with_part("x", PartResult(None, {"tiac": result.tiac}))
