"""Damaged images, label tables and calibrations: each gives a body with finite masses, or a clear error."""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np
import pytest
from made_images import patient, write

from phantoms.errors import PhantomError
from phantoms.voxels.images.make import body_from_images

TABLE = """name = "m"
source = "s"
extends = "totalsegmentator"
[rest]
region = "rest"
tissue = "muscle"
[tissues.ti]
density_g_per_cm3 = 4.5
percent = { Ti = 90, Al = 10 }
[labels]
5 = { region = "liver", tissue = "ti", density_from_ct = false }
77 = { region = "hip", tissue = "bone", site = "pelvis", density_g_per_cm3 = 1.3 }
[sums]
both = ["liver", "hip"]
"""
CALIBRATION = "HU,density_g_per_cm3\n-1000,0.001\n0,1.0\n1500,1.9\n"
HEADER = 352
NUMBERS = (0.0, math.nan, math.inf, -1.0, 1e30, 1e-30, 5.0)
WORDS = ("9" * 30, "nan", "inf", "-1", '"x"', "[]", "{}", "true", "1e400", "\n\n", "=", "\x00", "é", "0", " ")


def damaged_bytes(data: bytes, rng: random.Random) -> bytes:
    content = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        how = rng.random()
        if how < 0.5:
            content[rng.randrange(min(HEADER, len(content)))] = rng.randrange(256)
        elif how < 0.8:
            at = rng.randrange(0, HEADER - 4, 2)
            content[at : at + 4] = np.float32(rng.choice(NUMBERS)).tobytes()
        elif how < 0.9:
            del content[rng.randrange(1, len(content)) :]
        else:
            content[rng.randrange(len(content))] = rng.randrange(256)
    return bytes(content)


def damaged_text(text: str, rng: random.Random) -> str:
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(text))
        text = text[:at] + rng.choice(("", *WORDS)) + text[at + rng.choice((0, 1, 1, 20)) :]
    return text


@pytest.mark.parametrize("what", ["labels", "ct", "table", "calibration"])
def test_a_body_or_a_clear_error(tmp_path: Path, what: str) -> None:
    made = patient((20.0, 20.0, 20.0))
    files = {
        "labels": write(tmp_path / "seg.nii", made.labels, made.affine_mm),
        "ct": write(tmp_path / "ct.nii", made.ct, made.affine_mm),
        "table": tmp_path / "table.toml",
        "calibration": tmp_path / "own.csv",
    }
    files["table"].write_text(TABLE, encoding="utf-8")
    files["calibration"].write_text(CALIBRATION, encoding="utf-8")
    rng = random.Random(f"images {what}")
    whole = files[what].read_bytes()
    ends = {"bodies": 0, "errors": 0}
    for _ in range(25):
        binary = what in ("labels", "ct")
        new = damaged_bytes(whole, rng) if binary else damaged_text(whole.decode(), rng).encode()
        files[what].write_bytes(new)
        try:
            body = body_from_images(
                files["labels"], files["table"], ct=files["ct"], calibration=files["calibration"], sex="male"
            )
        except PhantomError as error:
            assert str(error) and "Traceback" not in str(error)
            ends["errors"] += 1
        else:
            assert all(math.isfinite(m) and m > 0 for m in body.mass_kg.values())
            assert 1.0 < body.mass_of("total body") < 1000.0
            ends["bodies"] += 1
    assert ends["errors"] > 3
