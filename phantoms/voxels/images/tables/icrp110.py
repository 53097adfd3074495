"""ICRP Publication 110's own tables of organs, media and spongiosa, read from the user's copy of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from milligray.errors import Complaints
from milligray.text_files import read_text, shown, shown_path
from phantoms.errors import PhantomError
from phantoms.transport.materials import Tissue
from phantoms.voxels.images.tables import tissues

#: Columns of the table of media.
ELEMENTS = ("H", "C", "N", "O", "Na", "Mg", "P", "S", "Cl", "K", "Ca", "Fe", "I")
#: The adults' tables, by how the names of their files begin.
SEX_BY_PREFIX = {"AM_": "male", "AF_": "female"}
_ORGAN = re.compile(r"(\d+)\s+(\S.*?)\s+(\d+)\s+(\d*\.\d+|\d+)")
_MEDIUM = re.compile(r"(\d+)\s+(\S.*?)((?:\s+\d+\.\d+){13})")
_SPONGIOSA = re.compile(r"(\d+)((?:\s+\d+\.\d+){3})")


class Organ(NamedTuple):
    """An organ of the phantom: its name in ICRP's words, the number of its medium, its density in g/cm3."""

    name: str
    medium: int
    density_g_per_cm3: float


class Spongiosa(NamedTuple):
    """Mass fractions of a skeletal medium: red marrow, yellow marrow, and all else of the bone."""

    red_marrow: float
    yellow_marrow: float
    bone: float


class IcrpTables(NamedTuple):
    """The tables of one phantom; prefix is "AM_" or "AF_"."""

    prefix: str
    organs: Mapping[int, Organ]
    media: Mapping[int, Tissue]
    spongiosa: Mapping[int, Spongiosa]
    sha256: str


def read_icrp_tables(folder: str | Path) -> IcrpTables:
    """The tables of one of ICRP 110's phantoms, from a folder with its files.

    Raises
    ------
    PhantomError : no such folder, no file or two that are named ...organs.dat, rows that are none, media that
        are named and not there; all mistakes at once.
    """
    place = Path(folder)
    if not place.is_dir():
        raise PhantomError(f"{shown_path(folder)}: there is no such folder of tables")
    names = sorted(p.name for p in place.iterdir() if p.name.lower().endswith("organs.dat"))
    if len(names) != 1:
        raise PhantomError(
            f"{shown_path(folder)}: one file of organs is needed, as AM_organs.dat;"
            f" there {'are ' + ', '.join(names) if names else 'is none'}"
        )
    prefix = names[0][: -len("organs.dat")]
    if prefix.upper() not in SEX_BY_PREFIX:
        raise PhantomError(
            f"{shown_path(place / names[0])}: the adults of ICRP 110 are AM_organs.dat and AF_organs.dat;"
            " reference"
            " masses and organ IDs of other phantoms are others"
        )
    texts = {
        part: read_text(place / f"{prefix}{part}.dat", PhantomError)
        for part in ("organs", "media", "spongiosa")
    }
    with Complaints(PhantomError, limit=20) as found:
        where = {part: shown_path(place / f"{prefix}{part}.dat") for part in texts}
        organs = {
            int(m[1]): Organ(m[2].rstrip(","), int(m[3]), float(m[4]))
            for m in _rows(texts["organs"], _ORGAN, where["organs"], found)
        }
        media: dict[int, Tissue] = {}
        for m in _rows(texts["media"], _MEDIUM, where["media"], found):
            with found.catching():
                name = f"{m[1]} {m[2].strip()}"
                percent = dict(zip(ELEMENTS, map(float, m[3].split()), strict=True))
                media[int(m[1])] = tissues.from_percent(name, 1.0, percent)
        fractions: dict[int, Spongiosa] = {}
        for m in _rows(texts["spongiosa"], _SPONGIOSA, where["spongiosa"], found):
            row = Spongiosa(*map(float, m[2].split()))
            if abs(sum(row) - 1.0) > 0.01:
                found.add(
                    PhantomError(f"{where['spongiosa']}: medium {m[1]}: fractions sum to {sum(row):g}, not 1")
                )
            fractions[int(m[1])] = row
        for part, table in (("organs", organs), ("media", media), ("spongiosa", fractions)):
            if not table:
                found.add(PhantomError(f"{where[part]}: no row of a table of {part} is in it"))
        for number, organ in organs.items():
            if organ.medium not in media:
                found.add(
                    PhantomError(
                        f"{where['organs']}: organ {number} is of medium {organ.medium}, which has no row"
                    )
                )
    sha256 = hashlib.sha256("".join(texts.values()).encode()).hexdigest()
    return IcrpTables(prefix, organs, media, fractions, sha256)


def _rows(text: str, form: re.Pattern[str], where: str, found: Complaints) -> list[re.Match[str]]:
    """Lines that begin with a number and a blank, as matches; such a line of another form is a mistake."""
    rows, seen = [], set()
    for at, line in enumerate(text.split("\n"), 1):
        if not re.match(r"\d+\s+\S", line.strip()) or re.fullmatch(r"[\d\s]+", line.strip()):
            continue
        match = form.fullmatch(line.strip())
        if match is None:
            found.add(PhantomError(f"{where}: row {at} is not as the others are: '{shown(line.strip())}'"))
        elif match[1] in seen:
            found.add(PhantomError(f"{where}: row {at}: number {match[1]} stands there twice"))
        else:
            seen.add(match[1])
            rows.append(match)
    return rows
