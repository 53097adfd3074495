"""Import of ICRP 133: what is refused, and that a failed import leaves what was there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import supplement

from phantoms import PhantomError, load_phantom
from phantoms.library.importing import import_icrp133, supplement_files
from phantoms.library.installed import available

posix = pytest.mark.skipif(os.name != "posix", reason="file locks and permissions of POSIX")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return supplement.write(tmp_path / "P133")


@pytest.fixture(autouse=True)
def _own_data_folder(data_home: Path) -> None:
    pass


def test_other_files_need_overwrite(folder: Path) -> None:
    import_icrp133(folder)
    file = folder / "rcp-am_photon_2026-01-01.SAF"
    file.write_text(file.read_text().replace("2026-01-01", "2026-01-02", 1))
    with pytest.raises(PhantomError, match="add --overwrite"):
        import_icrp133(folder)
    assert not import_icrp133(folder, overwrite=True).unchanged


Change = Callable[[str], str]


def _row(number: int, old: str, new: str) -> Change:
    """Change one line of a file, counted from 1."""

    def change(text: str) -> str:
        lines = text.splitlines()
        assert old in lines[number - 1]
        lines[number - 1] = lines[number - 1].replace(old, new, 1)
        return "\n".join(lines)

    return change


def _swap(text: str) -> str:
    lines = text.splitlines()
    lines[10], lines[11] = lines[11], lines[10]
    return "\n".join(lines)


PHOTON, ELECTRON, NEUTRON = (f"rcp-am_{k}_2026-01-01.SAF" for k in ("photon", "electron", "neutron"))

TARGETS, SOURCES = "torgans_2026-01-01.NDX", "sregions_2026-01-01.NDX"

ROWS = len(supplement.TARGETS) * len(supplement.SOURCES)


def _replace(old: str, new: str) -> Change:
    return lambda text: text.replace(old, new)


def _asymmetric(text: str) -> str:
    """Triple one SAF of a pair at 0.5 MeV."""
    at = text.index("Liver     <-Kidneys ")
    return text[:at] + text[at:].replace("3.3333E-03", "1.0000E-02", 1)


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        (PHOTON, None, r"missing rcp-am_photon\*\.SAF; all 10 files are needed"),
        (TARGETS, None, r"missing torgans\*\.NDX"),
        (PHOTON, lambda t: "\n".join(t.splitlines()[:-3]), rf"{PHOTON}: {ROWS - 3} rows of SAFs .* = {ROWS}"),
        (PHOTON, lambda t: t[: len(t) // 2], f"{PHOTON}: "),
        (PHOTON, lambda t: t[:-30], f"{PHOTON}: line {ROWS + 5}: .* cut short"),
        (PHOTON, lambda t: "", "not an ICRP 133 SAF file"),
        (PHOTON, _swap, f"{PHOTON}: line 11: pair .* is expected; rows are not in the lists' order"),
        (PHOTON, _row(4, " 0.05 ", " 0.055 "), r"line 4: the energy grid .* 0.055 where 0.05 is expected"),
        (PHOTON, _row(4, " 10 ", " "), r"energy grid .*27 energies of 28"),
        (PHOTON, _row(3, "Photons", "Electrons"), "line 3 says 'Electrons' where photons are expected"),
        (PHOTON, _row(4, " 24", " 23"), "line 4 counts"),
        (PHOTON, _row(6, "E-01", "E-0x"), f"{PHOTON}: line 6: SAF at .* is '.*E-0x'; a number"),
        (PHOTON, _row(6, "5.0000E-01 ", "-5.000E-01 "), "line 6: SAF at 0 MeV is -0.5; it must be 0 or more"),
        (
            PHOTON,
            _row(6, "5.0000E-01 5.0000E-01 5", "5.0000E-01 0.0000E+00 5"),
            "line 6: SAF at 0.001 MeV is 0 after",
        ),
        (
            PHOTON,
            _row(7, "0.001  1", "0.005  2"),
            "cut-off says 0.005 MeV, the first non-zero SAF is at 0.001",
        ),
        (PHOTON, _row(6, "5.0000E-01 ", "nan "), "SAF at 0 MeV is nan"),
        (PHOTON, _asymmetric, r"SAF\(Kidneys<-Liver\) at 0.5 MeV is 0.333 times SAF\(Liver<-Kidneys\)"),
        (NEUTRON, _row(4, "17.0 17.0", "17.0"), "2 nuclides in line 3 and 1 w_R"),
        (
            TARGETS,
            _replace("Liver       2.0", "Liver       1.8"),
            "fraction of Liver at 1 keV is 0.9.* do not match",
        ),
        (TARGETS, _replace("Spleen      2.000E-01 2", "Spleen      2.000E-01 x2"), "line 8: mass of Spleen"),
        (TARGETS, _replace("Spleen      2.000E-01 2.000E-01\n", ""), "23 regions where 24 are announced"),
        (TARGETS, _replace("\n---", "\n***"), "not a list of ICRP 133 regions"),
        (SOURCES, lambda t: re.sub(r" 1\b(?!\.)", " 0", t), "no region is flagged for the remainder"),
        (SOURCES, lambda t: "\xff" + t, "no text"),
    ],
)
def test_bad_files_are_refused_and_leave_nothing(
    folder: Path, data_home: Path, file: str, change: Change | None, message: str
) -> None:
    path = folder / file
    if change is None:
        path.unlink()
    else:
        text = path.read_text()
        new = change(text)
        assert new != text
        path.write_text(new, encoding="latin-1")
    with pytest.raises(PhantomError, match=message):
        import_icrp133(folder)
    assert not data_home.exists()


def test_two_releases_side_by_side_are_refused(folder: Path, tmp_path: Path) -> None:
    supplement.write(folder / "revised")
    with pytest.raises(PhantomError, match=r"holds both .* give the folder of one release"):
        supplement_files(folder)


def test_paths_that_are_neither_folder_nor_zip(tmp_path: Path) -> None:
    with pytest.raises(PhantomError, match="no such folder or zip; download"):
        import_icrp133(tmp_path / "absent")
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 not a zip")
    with pytest.raises(PhantomError, match="neither a folder nor a zip"):
        import_icrp133(broken)


def test_a_truncated_zip_is_refused(folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "supplement.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as z:
        for file in folder.iterdir():
            z.write(file, file.name)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PhantomError, match=r"supplement\.zip: "):
        import_icrp133(archive)
    at = len(whole) // 3  # a flipped byte inside a member: its checksum tells
    archive.write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
    with pytest.raises(PhantomError, match=r"damaged zip|neither a folder"):
        import_icrp133(archive)


@posix
def test_a_data_folder_that_cannot_be_written(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("XDG_DATA_HOME", str(blocked))
    with pytest.raises(PhantomError, match=r"cannot be written .*XDG_DATA_HOME"):
        import_icrp133(folder)


@posix
def test_two_imports_at_once(folder: Path, data_home: Path) -> None:
    import fcntl

    data_home.mkdir(parents=True)
    with open(data_home / ".import.lock", "a+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(PhantomError, match="another import is writing there"):
            import_icrp133(folder)
    assert not import_icrp133(folder).unchanged


@posix
@pytest.mark.parametrize("renames", [0, 1])
def test_a_killed_import_leaves_what_was_there(folder: Path, data_home: Path, renames: int) -> None:
    """Killed while it writes, and between the two renames of a replacement."""
    import_icrp133(folder)
    before = {f.name: f.sha256 for f in available() if not f.shipped}
    file = folder / "rcp-am_photon_2026-01-01.SAF"
    file.write_text(file.read_text().replace("2026-01-01", "2026-01-02", 1))
    code = (
        "import os, pathlib, sys\n"
        "from phantoms.library import importing, saf\n"
        "real, done = os.rename, []\n"
        "def rename(a, b):\n"
        f"    if len(done) == {renames}: os._exit(9)\n"
        "    done.append(1); real(a, b)\n"
        "os.rename = rename\n"
        "importing.import_icrp133(pathlib.Path(sys.argv[1]), overwrite=True)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(folder)], check=False, env=dict(os.environ))
    assert ended.returncode == 9
    if renames == 0:
        assert {f.name: f.sha256 for f in available() if not f.shipped} == before
    with pytest.raises(PhantomError, match="add --overwrite"):  # the old ones are back under the lock
        import_icrp133(folder)
    assert {f.name: f.sha256 for f in available() if not f.shipped} == before
    assert not import_icrp133(folder, overwrite=True).unchanged
    assert sorted(p.name for p in data_home.iterdir()) == [".import.lock", "icrp133"]


def test_a_failure_while_writing_leaves_nothing(
    folder: Path, data_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from phantoms.library.saf import SafLibrary

    real = SafLibrary.save

    def full(self: SafLibrary, path: Path) -> None:
        if "female" in path.name:
            raise OSError(28, "No space left on device", str(path))
        real(self, path)

    monkeypatch.setattr(SafLibrary, "save", full)
    with pytest.raises(PhantomError, match="No space left on device"):
        import_icrp133(folder)
    assert [p.name for p in data_home.iterdir()] == [".import.lock"]
    assert not [f for f in available() if not f.shipped]


def test_unknown_phantom_says_where_the_data_come_from() -> None:
    with pytest.raises(PhantomError, match="electronic supplement of ICRP Publication 133"):
        load_phantom("ICRP adult male")
