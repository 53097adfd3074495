"""A results folder is there whole or not at all; a new one replaces what the program wrote, and that only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dosimetry.errors import DosimetryError
from dosimetry.files import results_folder
from dosimetry.files.results_folder import MANIFEST, check_free, new_folder, sha256


def make(out: Path, *names: str, text: str = "first", overwrite: bool = True) -> None:
    with new_folder(out, overwrite=overwrite) as folder:
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f"{text} {name}")


def tree(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): p.read_text()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != MANIFEST
    }


@pytest.fixture
def out(tmp_path: Path) -> Path:
    out = tmp_path / "out"
    make(out, "tiac.csv", "comparison.csv", "figures/serum.png", "figures/patients/P1.png")
    return out


def test_the_manifest_is_what_sha256sum_checks(out: Path) -> None:
    assert subprocess.run(["sha256sum", "--check", "--quiet", MANIFEST], cwd=out, check=False).returncode == 0
    assert (out / MANIFEST).read_text().splitlines()[0] == f"{sha256(out / 'comparison.csv')}  comparison.csv"
    assert len((out / MANIFEST).read_text().splitlines()) == 4


def test_what_is_not_written_anew_goes_and_what_is_the_users_stays(out: Path) -> None:
    mine = {"notes.txt": "a", "figures/mine.png": "b", "figures/patients/talk/c.txt": "c", "data/d.csv": "d"}
    for name, text in mine.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text)
    (out / "empty").mkdir()
    (out / "link").symlink_to("nowhere")
    make(out, "tiac.csv", "figures/tiac.png", text="second")
    assert tree(out) == mine | {
        "tiac.csv": "second tiac.csv",
        "figures/tiac.png": "second figures/tiac.png",
    }
    assert (out / "empty").is_dir() and os.readlink(out / "link") == "nowhere"
    assert [p.name for p in out.parent.iterdir()] == ["out"]
    make(out, "tiac.csv")  # without figures: those of the user stay in their folder
    assert tree(out) == mine | {"tiac.csv": "first tiac.csv"}
    assert not (out / "figures" / "tiac.png").exists()


def test_files_that_were_changed_are_named_and_nothing_is_touched(out: Path) -> None:
    (out / "tiac.csv").write_text("corrected by hand")
    (out / "comparison.csv").unlink()  # deleted: nothing to lose
    before = tree(out)
    with pytest.raises(DosimetryError, match=r"changed since milligray wrote them.*: tiac.csv;"):
        make(out, "tiac.csv")
    assert tree(out) == before
    (out / "tiac.csv").unlink()
    make(out, "tiac.csv", text="second")
    assert tree(out) == {"tiac.csv": "second tiac.csv"}


def test_a_link_in_place_of_a_file_is_a_change(out: Path, tmp_path: Path) -> None:
    os.replace(out / "figures", tmp_path / "elsewhere")
    (out / "figures").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DosimetryError, match=r"figures/serum.png"):
        make(out, "tiac.csv")
    assert len(list((tmp_path / "elsewhere").iterdir())) == 2


def test_the_users_file_under_a_new_files_name_is_not_replaced(out: Path) -> None:
    (out / "doses.csv").write_text("mine")
    (out / "pages").write_text("a file, where the new results have a folder")
    before = tree(out)
    with pytest.raises(DosimetryError, match=r"names that the new results need: doses.csv, pages/P1.png"):
        make(out, "tiac.csv", "doses.csv", "pages/P1.png")
    assert tree(out) == before
    assert [p.name for p in out.parent.iterdir()] == ["out"]


def test_a_folder_of_other_things_is_refused_and_an_empty_one_is_taken(tmp_path: Path) -> None:
    other = tmp_path / "thesis"
    (other / "figures").mkdir(parents=True)
    (other / "figures" / "mine.png").write_text("b")
    with pytest.raises(DosimetryError, match="holds no results of milligray"):
        make(other, "tiac.csv")
    assert tree(other) == {"figures/mine.png": "b"}
    (tmp_path / "empty").mkdir()
    make(tmp_path / "empty", "tiac.csv", overwrite=False)
    assert tree(tmp_path / "empty") == {"tiac.csv": "first tiac.csv"}


@pytest.mark.parametrize("name", ["../notes.txt", "/etc/passwd", "figures/../../notes.txt", ".", ""])
def test_a_manifest_cannot_name_files_elsewhere(out: Path, name: str) -> None:
    notes = out.parent / "notes.txt"
    notes.write_text("mine")
    (out / MANIFEST).write_text(f"{sha256(notes)}  {name}\n")
    with pytest.raises(DosimetryError, match=r"line 1 is not"):
        make(out, "tiac.csv")
    assert notes.read_text() == "mine"


def test_the_folder_one_works_in_is_refused(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(out / "figures")
    with pytest.raises(DosimetryError, match="the folder you work in"):
        check_free(out, overwrite=True)


def test_an_error_leaves_everything_as_it_was(out: Path) -> None:
    before = tree(out)
    with pytest.raises(RuntimeError), new_folder(out, overwrite=True) as folder:
        (folder / "tiac.csv").write_text("half")
        raise RuntimeError
    assert tree(out) == before
    assert [p.name for p in out.parent.iterdir()] == ["out"]


def killed_at(out: Path, what: str) -> None:
    """Another process makes results there and is killed at a point of its work."""
    code = f"""
import os, signal
from pathlib import Path
from dosimetry.files import results_folder as r
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
if {what!r} == "carry": r._carry_over = die
if {what!r} == "exchange":
    replace = os.replace
    r.os.replace = lambda a, b: die() if Path(a).name == "new" else replace(a, b)
with r.new_folder(Path({str(out)!r}), overwrite=True) as folder:
    (folder / "tiac.csv").write_text("second tiac.csv")
    if {what!r} == "work": die()
"""
    ended = subprocess.run([sys.executable, "-c", code], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert list(out.parent.glob(".out.*.part"))


@pytest.mark.parametrize(("where", "tiac"), [("work", "first"), ("exchange", "first"), ("carry", "second")])
def test_after_a_kill_the_next_run_tidies_up_and_loses_nothing(out: Path, where: str, tiac: str) -> None:
    (out / "figures" / "mine.png").write_text("mine")
    killed_at(out, where)
    results_folder.tidy_up(out)
    assert [p.name for p in out.parent.iterdir()] == ["out"]
    assert tree(out)["tiac.csv"] == f"{tiac} tiac.csv"
    assert tree(out)["figures/mine.png"] == "mine"
    make(out, "tiac.csv", text="third")
    assert tree(out) == {"tiac.csv": "third tiac.csv", "figures/mine.png": "mine"}


def test_work_of_a_living_process_is_left_alone(out: Path) -> None:
    code = f"""
import sys, time
from pathlib import Path
from dosimetry.files.results_folder import new_folder
with new_folder(Path({str(out)!r}), overwrite=True) as folder:
    (folder / "tiac.csv").write_text("by the other")
    print("ready", flush=True)
    sys.stdin.readline()
"""
    other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stdin=subprocess.PIPE)
    assert other.stdout is not None and other.stdout.readline() == b"ready\n"
    make(out, "tiac.csv", text="mine")
    assert len(list(out.parent.glob(".out.*.part"))) == 1
    other.communicate(b"\n", timeout=20)
    assert tree(out) == {"tiac.csv": "by the other"}
    assert [p.name for p in out.parent.iterdir()] == ["out"]


def test_parts_of_other_folders_are_left_alone(out: Path) -> None:
    strangers: list[Callable[[Path], Path]] = [
        lambda p: p / ".out.v2.abcdefgh.part",
        lambda p: p / ".out.abcdefgh.part.bak",
        lambda p: p / ".other.abcdefgh.part",
    ]
    for name in strangers:
        folder = name(out.parent)
        folder.mkdir()
        (folder / "lock").touch()
    results_folder.tidy_up(out)
    assert len(list(out.parent.iterdir())) == 4
