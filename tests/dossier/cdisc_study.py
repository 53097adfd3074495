"""A small study whose serum tables a test writes, and readers of what an export wrote."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

STUDY = """name = "{name}"
data = "measured"
nuclide = "Zr-89"
product = "{product}"
effective_dose = ["ICRP 103"]

[phantom]
male = "adult male"
female = "adult female"

[patients]
file = "patients.csv"

[whole_body]
file = "whole_body.csv"
decay_corrected = true
model = "monoexponential"
weights = "none"

[serum]
file = "serum.csv"
decay_corrected = {corrected}
model = "monoexponential"
weights = "none"
{blq}
[blood]
heart_contents = "serum"
red_marrow = "none"

[masses]
organs = "reference"
"""

Serum = Mapping[str, list[tuple[float, str]]]


def write_study(
    folder: Path,
    serum: Serum,
    *,
    name: str = "ABC 101",
    product: str = "89Zr-mAb",
    corrected: bool = True,
    blq: str = "",
    patients: str = "",
) -> Path:
    """A study of these patients (women where no row says otherwise) with such serum in %IA/L; its file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(
        STUDY.format(
            name=name, product=product, corrected=str(corrected).lower(), blq=f'blq = "{blq}"' if blq else ""
        ),
        encoding="utf-8",
    )
    rows = patients or "".join(f"{p},female,,60,,70,,0.4\n" for p in serum)
    head = "patient,sex,age_y,body_mass_kg,height_cm,administered_MBq,mass_dose_mg,haematocrit\n"
    (folder / "patients.csv").write_text(head + rows, encoding="utf-8")
    body = "".join(f'"{p}",{t},{v}\n' for p in serum for t, v in ((1, 100), (48, 95), (120, 88)))
    (folder / "whole_body.csv").write_text(f"patient,time_h,percent_ia\n{body}", encoding="utf-8")
    lines = "".join(f'"{p}",{t!r},{v}\n' for p, points in serum.items() for t, v in points)
    (folder / "serum.csv").write_text(f"patient,time_h,percent_ia_per_L\n{lines}", encoding="utf-8")
    return folder / "study.toml"


def ibm_float(raw: bytes) -> float:
    """A number of IBM's base-16 floating point: sign, exponent in excess of 64, 56 bits of fraction."""
    (bits,) = struct.unpack(">Q", raw)
    if raw[0] == 0x2E and not any(raw[1:]):
        return float("nan")  # SAS' missing value, a full stop and zeros
    fraction = bits & ((1 << 56) - 1)
    exponent = (raw[0] & 0x7F) - 64
    value = float(np.ldexp(float(fraction), 4 * exponent - 56))
    assert fraction < 2**53 or float(fraction) == fraction
    return -value if raw[0] & 0x80 else value


def read_xpt(content: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A SAS transport file of version 5 by its record layout (SAS technical note TS-140).

    80-byte records: library header and its two, member header, descriptor header and its two, name headers
    of 140 bytes each, then observations.
    """
    records = [content[i : i + 80] for i in range(0, len(content), 80)]
    assert records[0].startswith(b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!0000")
    assert records[3].startswith(b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!")
    assert records[3][74:78] == b"0140"
    facts: dict[str, Any] = {
        "created": records[1][64:80].decode(),
        "modified": records[2][:16].decode(),
        "member_created": records[5][64:80].decode(),
        "name": records[5][8:16].decode().strip(),
        "label": records[6][32:72].decode().strip(),
    }
    n = int(records[7][54:58])
    start = 8 * 80
    variables = []
    for i in range(n):
        own = content[start + 140 * i : start + 140 * (i + 1)]
        kind, _, length, number = struct.unpack(">hhhh", own[:8])
        (position,) = struct.unpack(">i", own[84:88])
        assert number == i + 1
        variables.append((own[8:16].decode().strip(), own[16:56].decode().strip(), kind, length, position))
    facts["labels"] = {name: label for name, label, *_ in variables}
    start += -(-140 * n // 80) * 80
    assert content[start : start + 80].startswith(b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!")
    data = content[start + 80 :]
    width = sum(v[3] for v in variables)
    rows = []
    for at in range(0, len(data) - width + 1, width):
        record = data[at : at + width]
        if not record.strip():
            break  # what fills the last 80 bytes
        rows.append(
            {
                name: ibm_float(record[p : p + length])
                if kind == 1
                else record[p : p + length].decode("ascii").rstrip(" ")
                for name, _, kind, length, p in variables
            }
        )
    return facts, rows
