"""Files are whole or as they were; links, devices and pipes stay what they are."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
import threading
from pathlib import Path

import h5py
import numpy as np
import pytest

from milligray.errors import MilligrayError
from milligray.files import is_standard_output, write_whole
from milligray.hdf5 import new_hdf5, open_hdf5


def test_a_file_keeps_its_permissions_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("old")
    file.chmod(0o640)
    write_whole(file, "new")
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("new", 0o640)
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_a_links_target_is_written_and_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    for name, before in (("there.csv", "old"), ("not yet.csv", None)):
        target, link = tmp_path / "real" / name, tmp_path / f"link to {name}"
        if before:
            target.write_text(before)
        link.symlink_to(target)
        write_whole(link, "new")
        assert link.is_symlink() and target.read_text() == "new"
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    with pytest.raises(MilligrayError, match=r"circle: cannot be written"):
        write_whole(circle, "new")


def test_a_pipe_is_written_to_and_stays(tmp_path: Path) -> None:
    pipe, found = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, b"x" * 200_000)
    reader.join(10)
    assert len(found[0]) == 200_000
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_device_stays() -> None:
    before = os.stat("/dev/null")
    write_whole("/dev/null", "nothing")
    after = os.stat("/dev/null")
    assert (stat.S_ISCHR(after.st_mode), after.st_ino) == (True, before.st_ino)
    with pytest.raises(MilligrayError, match=r"/dev/full: cannot be written \(No space left on device\)"):
        write_whole("/dev/full", "nothing")


def test_standard_output_by_any_name(tmp_path: Path) -> None:
    """Also where it is a file: that is not replaced by another under the shell's feet."""
    code = (
        "import sys; from milligray.files import write_whole;"
        "print('before'); write_whole(sys.argv[1], 'table\\n'); print('after')"
    )
    file = tmp_path / "out.txt"
    for name in ("-", "/dev/stdout", "/dev/fd/1", str(file)):
        with file.open("w") as out:
            subprocess.run([sys.executable, "-c", code, name], stdout=out, check=True)
        assert file.read_text() == "before\ntable\nafter\n", name
    assert is_standard_output("-") and not is_standard_output(tmp_path / "other")


def test_what_cannot_be_written_is_said_and_stays(tmp_path: Path) -> None:
    for path, message in (
        (tmp_path, "this is a folder"),
        (tmp_path / "no" / "a.csv", "there is no such folder"),
        (tmp_path / "a\0b", "cannot be written"),
        (tmp_path / ("a" * 300), r"cannot be written \(File name too long\)"),
    ):
        with pytest.raises(MilligrayError, match=message):
            write_whole(path, "x")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    """A limit of 10 kB a file stands for the full disk; HDF5's own writing ends the process there."""
    text, library = tmp_path / "a.csv", tmp_path / "a.h5"
    text.write_text("old")
    library.write_text("old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        with pytest.raises(MilligrayError, match=r"a.csv: cannot be written \(File too large\)"):
            write_whole(text, "x" * 20_000)
        with (
            pytest.raises(MilligrayError, match=r"a.h5: cannot be written \(File too large\)"),
            new_hdf5(library) as f,
        ):
            f["x"] = np.arange(10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert text.read_text() == library.read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "a.h5"]


def test_hdf5_files_that_lead_elsewhere_are_refused(tmp_path: Path) -> None:
    with new_hdf5(tmp_path / "secret.h5") as f:
        f["x"] = np.arange(3)

    def external_link(f: h5py.File) -> None:
        f["group/thing"] = h5py.ExternalLink(tmp_path / "secret.h5", "/x")

    def soft_link(f: h5py.File) -> None:
        f["group/thing"] = h5py.SoftLink("/group/inside")

    def virtual(f: h5py.File) -> None:
        layout = h5py.VirtualLayout((3,), dtype=int)
        layout[:] = h5py.VirtualSource(tmp_path / "secret.h5", "x", shape=(3,))
        f.create_virtual_dataset("group/thing", layout)

    def other_file(f: h5py.File) -> None:
        f.create_dataset("group/thing", (8,), dtype="u1", external=[(str(tmp_path / "secret.h5"), 0, 8)])

    for make in (external_link, soft_link, virtual, other_file):
        path = tmp_path / f"{make.__name__}.h5"
        with h5py.File(path, "w") as f:
            f["group/inside"] = 1.0
            make(f)
        with pytest.raises(MilligrayError, match=r"'group/thing'.*refused"), open_hdf5(path):
            pass
    with open_hdf5(tmp_path / "secret.h5") as f:
        assert f["x"][()].tolist() == [0, 1, 2]


def test_no_hdf5_file_is_no_hdf5_file(tmp_path: Path) -> None:
    (tmp_path / "a.h5").write_text("text")
    for name, message in (("a.h5", "cannot be read as HDF5"), ("b.h5", "there is no such file")):
        with pytest.raises(MilligrayError, match=message), open_hdf5(tmp_path / name):
            pass
