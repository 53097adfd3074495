"""Compiled code is never older than the text it was compiled from, whichever file that stands in."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import phantoms

PROGRAM = """
import numpy as np
from phantoms.transport.by_formulas import isotropic
state = np.array([7], np.uint64)
print(isotropic(state))
"""


def direction(package: Path, cache: Path) -> str:
    env = {**os.environ, "PYTHONPATH": str(package), "XDG_CACHE_HOME": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=env, cwd=package, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_change_in_another_file_is_seen(tmp_path: Path) -> None:
    package, cache = tmp_path / "package", tmp_path / "cache"
    shutil.copytree(
        Path(phantoms.__file__).parent,
        package / "phantoms",
        ignore=shutil.ignore_patterns("*.h5", "__pycache__"),
    )
    first = direction(package, cache)
    assert direction(package, cache) == first
    assert list(cache.rglob("*.nbi"))
    numbers = package / "phantoms" / "random_numbers.py"
    text = numbers.read_text()
    assert "+ 0.5" in text
    numbers.write_text(text.replace("+ 0.5", "+ 0.25"))
    assert direction(package, cache) != first
