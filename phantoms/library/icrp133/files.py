"""Reader of the electronic supplement of ICRP Publication 133 (Ann ICRP 2016;45(2)): files to libraries.

The supplement holds, for the adult male (rcp-am) and female (rcp-af), one text file a radiation with the
specific absorbed fractions (SAF, 1/kg) of 43 target regions <- 79 source regions, and two lists of regions
with their masses (.NDX). Here each file is read and checked by itself;
:mod:`phantoms.library.icrp133.libraries` makes libraries of them. The files are ICRP's and not in this
package: the user's own copy is read. (What is quoted from them for bone and marrow of the stylised bodies
is in ``data/skeleton.toml``, see ``data/README.md``.)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from milligray.text_files import number as number_of
from milligray.text_files import shown
from phantoms.errors import PhantomError

MALE, FEMALE = "male", "female"
#: Sex -> the letters in the names of its files.
LETTERS = {MALE: "am", FEMALE: "af"}
#: Sex -> the phantom's name.
PHANTOMS = {MALE: "ICRP adult male", FEMALE: "ICRP adult female"}

#: Energies of the columns, MeV (ICRP 133, electronic supplement).
PHOTON_GRID = (
    0.0, 0.001, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6,
    0.8, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0,
)  # fmt: skip
ALPHA_GRID = (0.0, 1.0, *(1.5 + 0.5 * k for k in range(22)))
GRIDS: dict[str, tuple[float, ...]] = {"photon": PHOTON_GRID, "electron": PHOTON_GRID, "alpha": ALPHA_GRID}
#: Line of the first pair of regions in a SAF file.
FIRST_PAIR = 6
KINDS = ("photon", "electron", "alpha", "neutron")

WHERE = (
    "download the electronic supplement of ICRP Publication 133 from the publisher (journals.sagepub.com,"
    " Ann ICRP 45(2); icrp.org)"
)


@dataclass(frozen=True)
class RegionList:
    """One list of regions (.NDX): names in file order, masses by sex, and the flag of the remainder."""

    names: tuple[str, ...]
    mass_kg: Mapping[str, Mapping[str, float]]
    in_remainder: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class SafFile:
    """One SAF file as read: columns' energies in MeV (or nuclides), SAF (T, S, columns), w_R of neutrons."""

    columns: tuple[str, ...]
    saf_per_kg: NDArray[np.float64]
    radiation_weight: NDArray[np.float64] | None = None


def file_key(path: str) -> str | None:
    """What a file of the supplement is: "male photon", ..., "sources", "targets"; None for any other."""
    name = PurePosixPath(path.replace("\\", "/")).name.lower()
    if found := re.fullmatch(r"rcp-(am|af)_(photon|electron|alpha|neutron).*\.saf", name):
        sex = MALE if found[1] == "am" else FEMALE
        return f"{sex} {found[2]}"
    if re.fullmatch(r"sregions.*\.ndx", name):
        return "sources"
    return "targets" if re.fullmatch(r"torgans.*\.ndx", name) else None


def needed() -> dict[str, str]:
    """Key of each needed file -> the pattern of its name."""
    files = {f"{sex} {kind}": f"rcp-{LETTERS[sex]}_{kind}*.SAF" for sex in LETTERS for kind in KINDS}
    return {**files, "sources": "sregions*.NDX", "targets": "torgans*.NDX"}


def _lines(name: str, content: bytes) -> list[str]:
    try:
        lines = [line.rstrip().rstrip("|").rstrip() for line in content.decode("ascii").splitlines()]
    except UnicodeDecodeError as error:
        raise PhantomError(f"{name}: byte {error.start} is no text; the file is damaged, {WHERE}") from error
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _number(text: str, name: str, line: int, what: str) -> float:
    try:
        value = number_of(text)
    except ValueError:
        value = float("nan")
    if not (np.isfinite(value) and value >= 0):
        raise PhantomError(
            f"{name}: line {line}: {what} is '{shown(text)}'; a number, 0 or more, is expected"
        )
    return value


def read_regions(name: str, content: bytes) -> RegionList:
    """A list of source or target regions.

    Parameters
    ----------
    name, content : the file's name, for messages, and its bytes.

    Raises
    ------
    PhantomError : the file is cut short or does not follow the layout; file, line and value are named.
    """
    lines = _lines(name, content)
    rules = [i for i, line in enumerate(lines) if line and set(line) == {"-"}]
    count = next((line.split()[0] for line in lines[:5] if re.match(r"\s*\d+\s+Male\s", line)), "")
    if not rules or not count:
        raise PhantomError(
            f"{name}: not a list of ICRP 133 regions (no line 'number Male Female' before a rule)"
        )
    names: list[str] = []
    mass: dict[str, dict[str, float]] = {MALE: {}, FEMALE: {}}
    flagged: dict[str, list[str]] = {MALE: [], FEMALE: []}
    body = lines[rules[0] + 1 : rules[1] if len(rules) > 1 else None]
    for number, line in enumerate(body, start=rules[0] + 2):
        cells = line.split()
        if len(cells) not in (3, 5):
            raise PhantomError(f"{name}: line {number}: '{line.strip()}': region and masses are expected")
        region, flags = cells[0], len(cells) == 5
        names.append(region)
        for sex, column in ((MALE, 1), (FEMALE, 3 if flags else 2)):
            mass[sex][region] = _number(cells[column], name, number, f"mass of {region} ({sex})")
            if flags and cells[column + 1] == "1":
                flagged[sex].append(region)
    if len(names) != int(count):
        raise PhantomError(f"{name}: {len(names)} regions where {count} are announced; the file is cut short")
    return RegionList(tuple(names), mass, {sex: tuple(f) for sex, f in flagged.items()})


def read_saf(name: str, content: bytes, kind: str, targets: RegionList, sources: RegionList) -> SafFile:
    """One SAF file, checked: counts, energy grid, order of pairs, values, cut-off.

    Parameters
    ----------
    name, content : the file's name, for messages, and its bytes.
    kind : "photon", "electron", "alpha" or "neutron".
    targets, sources : the lists of regions, in the order of the file's pairs.

    Raises
    ------
    PhantomError : anything that is not as ICRP 133 lays it down; file, line and value are named.
    """
    lines = _lines(name, content)
    n_t, n_s = len(targets.names), len(sources.names)
    if len(lines) < 5 or not lines[0].startswith("Specific absorbed fractions"):
        raise PhantomError(
            f"{name}: not an ICRP 133 SAF file (line 1 does not say 'Specific absorbed fractions')"
        )
    if kind not in lines[2].lower():
        raise PhantomError(f"{name}: line 3 says '{lines[2].strip()[:20]}' where {kind}s are expected")
    if lines[3].split()[:2] != [str(n_t), str(n_s)]:
        raise PhantomError(
            f"{name}: line 4 counts {lines[3].split()[:2]} regions, the lists have {n_t} and {n_s}"
        )
    if len(lines) - 5 != n_t * n_s:
        raise PhantomError(
            f"{name}: {len(lines) - 5} rows of SAFs where {n_t} x {n_s} = {n_t * n_s} are expected;"
            f" the file is cut short or has rows too many"
        )
    columns, weight = _columns(name, lines, kind)
    n = len(columns)
    values = np.empty((n_t * n_s, n))
    cutoff = np.zeros(n_t * n_s)
    for i, line in enumerate(lines[5:]):
        s, t = divmod(i, n_t)
        found = line[:10].strip(), line[12:23].strip()
        if line[10:12] != "<-" or found != (targets.names[t], sources.names[s]):
            raise PhantomError(
                f"{name}: line {i + 6}: pair '{line[:23].strip()}' where"
                f" '{targets.names[t]}<-{sources.names[s]}' is expected; rows are not in the lists' order"
            )
        cells = line[23:].split()
        if len(cells) != n + (0 if kind == "neutron" else 2):
            raise PhantomError(f"{name}: line {i + 6}: {len(cells)} numbers; the row is cut short or damaged")
        try:
            values[i] = cells[:n]
            if kind != "neutron":
                cutoff[i] = float(cells[n])
        except ValueError:
            for column, cell in zip(columns, cells, strict=False):
                _number(cell, name, i + 6, f"SAF at {column}")
            raise PhantomError(f"{name}: line {i + 6}: cut-off '{cells[n]}' is no number") from None
    _check_values(name, values, columns, cutoff if kind != "neutron" else None)
    saf = np.ascontiguousarray(values.reshape(n_s, n_t, n).transpose(1, 0, 2))
    return SafFile(columns, saf, weight)


def _columns(name: str, lines: list[str], kind: str) -> tuple[tuple[str, ...], NDArray[np.float64] | None]:
    """Names of the columns, checked against the grid of the kind; w_R where they are nuclides."""
    if kind == "neutron":
        nuclides = tuple(lines[2].split()[1:])
        weight = np.array([_number(c, name, 4, "w_R") for c in lines[3].partition("=")[2].split()])
        if not nuclides or weight.size != len(nuclides):
            raise PhantomError(f"{name}: {len(nuclides)} nuclides in line 3 and {weight.size} w_R in line 4")
        return nuclides, weight
    cells = re.sub(r"E ?cut.*", "", lines[3]).split()[2:]
    found = [_number(c, name, 4, "energy") for c in cells]
    grid = GRIDS[kind]
    if len(found) != len(grid) or not np.allclose(found, grid, rtol=1e-9, atol=0):
        wrong = next(
            (f"{f:g} where {g:g} is expected" for f, g in zip(found, grid, strict=False) if f != g),
            "",
        )
        raise PhantomError(
            f"{name}: line 4: the energy grid is not that of ICRP 133 ({len(found)} energies of {len(grid)}"
            f"{'; ' + wrong + ' (MeV)' if wrong else ''})"
        )
    return tuple(f"{e:g} MeV" for e in grid), None


def _check_values(
    name: str, values: NDArray[np.float64], columns: tuple[str, ...], cutoff: NDArray[np.float64] | None
) -> None:
    """No negative or missing value; no zero after a first non-zero; the cut-off is the first non-zero."""
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        i, k = np.argwhere(bad)[0]
        raise PhantomError(
            f"{name}: line {i + 6}: SAF at {columns[k]} is {values[i, k]:g}; it must be 0 or more"
        )
    if cutoff is None:
        return
    positive = values > 0
    started = np.maximum.accumulate(positive, axis=1)
    gap = started & ~positive
    if gap.any():
        i, k = np.argwhere(gap)[0]
        raise PhantomError(f"{name}: line {i + 6}: SAF at {columns[k]} is 0 after a non-zero value")
    energy = np.array([float(c.split()[0]) for c in columns])
    first = np.where(positive.any(axis=1), energy[np.argmax(positive, axis=1)], cutoff)
    if np.any(first != cutoff):
        i = int(np.argmax(first != cutoff))
        raise PhantomError(
            f"{name}: line {i + 6}: the cut-off says {cutoff[i]:g} MeV,"
            f" the first non-zero SAF is at {first[i]:g} MeV"
        )
