"""``milligray phantoms simulate``: from nothing to a library, in small."""

import sys
from pathlib import Path

import numpy as np
import pytest

import phantoms.simulation.assemble as assemble
import phantoms.simulation.simulate as simulate
from dosimetry.commands.app import main
from phantoms.bodies.stylised.body import load_body
from phantoms.library.saf import SafLibrary


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (simulate, assemble):
        monkeypatch.setattr(module, "ENERGIES_MEV", (0.1, 0.5))
    monkeypatch.setattr(simulate, "HISTORIES_PER_BATCH", 200)


def run(*words: str, command: str = "simulate") -> int:
    with pytest.raises(SystemExit) as end:
        main(["phantoms", command, *words])
    return int(end.value.code or 0)


@pytest.mark.usefixtures("small")
def test_a_library_is_made_and_made_again_bit_for_bit(tmp_path: Path) -> None:
    options = ("adult female", "--histories", "400", "--seed", "4")
    tables = []
    for n, threads in (("one", "1"), ("two", "2")):
        out, work = str(tmp_path / n), str(tmp_path / f"{n}-units")
        assert run(*options, "--out", out, "--units", work, "--workers", threads) == 0
        tables.append(SafLibrary.load(tmp_path / n / "adult_female.h5").table("photon"))
    assert np.array_equal(tables[0].saf_per_kg, tables[1].saf_per_kg)
    assert tables[0].saf_per_kg.max() > 0

    own, other = (
        SafLibrary.load(tmp_path / "one" / f"{stem}.h5")
        for stem in ("adult_female", "adult_female_olinda_masses")
    )
    i, j = own.targets.index("spleen"), own.sources.index("spleen")
    ratio = other.table("photon").saf_per_kg[i, j] / own.table("photon").saf_per_kg[i, j]
    assert ratio == pytest.approx((123.0 / 150.0) ** (2.0 / 3.0))
    ratio = other.table("electron").saf_per_kg[i, j] / own.table("electron").saf_per_kg[i, j]
    assert ratio == pytest.approx(123.0 / 150.0)


@pytest.mark.usefixtures("small")
def test_parts_done_apart_and_merged_are_the_library_of_one_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three machines with folders of their own, whose files are then copied into one."""
    options = ("newborn", "--histories", "400", "--seed", "4")
    whole, merged, home = (tmp_path / n for n in ("whole", "merged", "home"))
    assert run(*options, "--out", str(whole), "--units", str(tmp_path / "w")) == 0
    for i in (1, 2, 3):
        assert run(*options, "--units", str(tmp_path / f"machine {i}"), "--part", f"{i}/3") == 0
        assert "still missing there" in " ".join(capsys.readouterr().err.split())
    home.mkdir()
    names: list[str] = []
    for i in (1, 2, 3):
        assert not merged.exists()
        if i == 3:
            assert run(*options, "--out", str(merged), "--units", str(home), "--merge") == 2
            error = capsys.readouterr().err
            assert "no library is made, for want of" in error and "keV" in error and error.count("\n") == 1
            assert not list(tmp_path.glob("merged/*"))
        for path in (tmp_path / f"machine {i}").iterdir():
            names.append(path.name)
            path.rename(home / path.name)
    assert sorted(names) == sorted(p.name for p in (tmp_path / "w").iterdir())  # each unit once
    assert run(*options, "--out", str(merged), "--units", str(home), "--merge") == 0
    one, other = (SafLibrary.load(f / "newborn.h5") for f in (whole, merged))
    for kind, table in one.tables.items():
        assert np.array_equal(table.saf_per_kg, other.tables[kind].saf_per_kg)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--part", "1/2"), "--part needs --units"),
        (("--units", "u", "--part", "3/2"), "part '3/2'; which of how many is needed, e.g. 1/4 to 4/4"),
        (("--units", "u", "--part", "half"), "part 'half'; which of how many"),
        (("--units", "u", "--part", "1/2", "--merge"), "give one of the two"),
    ],
)
@pytest.mark.usefixtures("small")
def test_a_part_that_is_none_is_one_line(
    words: tuple[str, ...],
    line: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("newborn", "--histories", "400", *words) == 2
    error = capsys.readouterr().err
    assert line in error
    assert error.count("\n") == 1


@pytest.mark.usefixtures("small")
def test_an_assembly_before_the_end_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has not been simulated"):
        assemble.photon_table(simulate.Simulation(load_body("newborn"), 400, 1, tmp_path))


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("adult mail",), "unknown stylised body 'adult mail'; there are: "),
        (("adult male", "--histories", "5"), "histories is 5; at least 200000 are needed"),
    ],
)
def test_bad_input_is_one_line(
    words: tuple[str, ...], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words, "--out", str(tmp_path), "--units", str(tmp_path / "w")) == 2
    error = capsys.readouterr().err
    assert line in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("command", ["simulate", "slices"])
def test_without_the_extra_one_line_says_what_to_install(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in an installation without numba: every module that needs it is imported anew and fails."""
    for name in [n for n in sys.modules if n.startswith("phantoms.") and n != "phantoms.errors"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.chdir(tmp_path)
    assert run("adult male", "--out", str(tmp_path / "x.png"), command=command) == 2
    error = capsys.readouterr().err
    assert "needs 'numba'; install it with: pip install 'milligray[simulate]'" in error
    assert error.count("\n") == 1
