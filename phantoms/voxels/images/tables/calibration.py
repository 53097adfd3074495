"""From CT numbers to density, by a table that users can replace; and to tissue where nothing is labelled."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milligray.errors import Complaints
from milligray.text_files import CsvText, number, read_text, read_toml, shown, shown_path
from phantoms.errors import PhantomError
from phantoms.transport.materials import Tissue
from phantoms.voxels.images.tables import tissues

#: CT numbers that a table may have, HU.
LOWEST_HU, HIGHEST_HU = -1100, 32767
_HEADER = ("HU", "density_g_per_cm3")
_KEYS = ("name", "source", "points", "highest_tissue_g_per_cm3", "organ_off_percent")


@dataclass(frozen=True)
class Calibration:
    """Density by CT number, along straight lines between points; beyond the ends the ends' density.

    hu, density_g_per_cm3 : (n,) the points, in ascending order of HU.
    highest_tissue_g_per_cm3 : above it nothing is tissue of a body.
    organ_off_percent : by how much a soft organ's mean density may be off that of its tissue.
    """

    name: str
    source: str
    sha256: str
    hu: NDArray[np.float64]
    density_g_per_cm3: NDArray[np.float64]
    highest_tissue_g_per_cm3: float
    organ_off_percent: float

    def density(self, hu: NDArray[Any]) -> NDArray[np.float64]:
        """Density of CT numbers, g/cm3.

        >>> read_calibration().density(np.array([-1000, 0, 50, 500])).round(4).tolist()
        [0.0012, 1.0174, 1.0622, 1.3126]
        """
        found: NDArray[np.float64] = np.interp(hu, self.hu, self.density_g_per_cm3)
        return found


@cache
def _schneider() -> tuple[str, dict[str, Any]]:
    text = (files("phantoms.voxels.images.tables") / "calibration.toml").read_text(encoding="utf-8")
    return text, tomllib.loads(text)


def unlabelled_tissues() -> tuple[NDArray[np.int64], tuple[Tissue, ...]]:
    """The CT numbers from which on Schneider's tissues hold, ascending, and these tissues."""
    data = _schneider()[1]
    starts = [entry["from_HU"] for entry in data["tissues"]]
    made = tuple(
        tissues.from_percent(
            f"Schneider from {start} HU",
            float(read_calibration().density(np.array(start))),
            dict(zip(data["elements"], entry["percent"], strict=True)),
        )
        for start, entry in zip(starts, data["tissues"], strict=True)
    )
    return np.array(starts), made


def read_calibration(path: str | Path | None = None) -> Calibration:
    """A calibration: Schneider's of 2000, or that of a file.

    Parameters
    ----------
    path : a TOML file with points = [[HU, g/cm3], ...], or a CSV with the columns HU and
        density_g_per_cm3; what a TOML leaves out beside the points is that of Schneider's file.

    Raises
    ------
    PhantomError : no such file, or what is wrong in it, all at once.
    """
    default_text, default = _schneider()
    if path is None:
        return _checked("calibration.toml", default, default_text)
    if str(path).lower().endswith(".toml"):
        text, data = read_toml(path, PhantomError, needed="a calibration is a TOML or CSV file")
    else:
        text = read_text(path, PhantomError, needed="a calibration is a TOML or CSV file")
        data = {"points": _csv_points(text, shown_path(path))}
    kept = {k: v for k, v in default.items() if k in ("highest_tissue_g_per_cm3", "organ_off_percent")}
    named = {"name": Path(path).name, "source": "the user's file"}
    return _checked(shown_path(path), {**kept, **named, **data}, text)


def _csv_points(text: str, where: str) -> list[list[float]]:
    table = CsvText(text, PhantomError, where)
    points: list[list[float]] = []
    with Complaints(PhantomError, where=where, limit=20) as found:
        for row, cells in table.rows(","):
            cells = [cell.strip() for cell in cells]
            if row == table.header_row:
                if tuple(cells) != _HEADER:
                    raise PhantomError(
                        f"{where}: the header is '{shown(table.header)}'; it is '{','.join(_HEADER)}'"
                    )
                continue
            try:
                points.append([number(cell) for cell in cells])
            except ValueError as error:
                found.add(PhantomError(f"{where}: row {row}: {error}"))
    return points


def _checked(where: str, data: dict[str, Any], text: str) -> Calibration:
    with Complaints(PhantomError, where=where, limit=20) as found:
        for key in data:
            if key not in (*_KEYS, "elements", "tissues"):
                found.add(PhantomError(f"{where}: unknown key '{shown(key)}'; there are {', '.join(_KEYS)}"))
        points = data.get("points")
        if not isinstance(points, list) or len(points) < 2:
            raise PhantomError(
                f"{where}: points are at least two pairs of HU and g/cm3, e.g. [[-1000, 0.0012], ...]"
            )
        last = -float("inf")
        for n, pair in enumerate(points, 1):
            if not isinstance(pair, list) or len(pair) != 2 or not all(map(_is_number, pair)):
                found.add(PhantomError(f"{where}: point {n} is {shown(repr(pair))}; a pair of HU and g/cm3"))
                continue
            hu, density = pair
            if not LOWEST_HU <= hu <= HIGHEST_HU:
                found.add(PhantomError(f"{where}: point {n}: {hu:g} HU; from {LOWEST_HU} to {HIGHEST_HU}"))
            if not hu > last:
                found.add(PhantomError(f"{where}: point {n}: {hu:g} HU follows {last:g}; HU ascend"))
            if not 0.0 < density <= tissues.HIGHEST_DENSITY:
                found.add(
                    PhantomError(
                        f"{where}: point {n}: {density:g} g/cm3; above 0, at most"
                        f" {tissues.HIGHEST_DENSITY:g} (kg/m3 are no g/cm3)"
                    )
                )
            last = hu
        for key in ("highest_tissue_g_per_cm3", "organ_off_percent"):
            if not _is_number(data.get(key)) or not data[key] > 0:
                found.add(PhantomError(f"{where}: {key} is a number above 0"))
    table = np.array(points, dtype=float)
    return Calibration(
        str(data["name"]), str(data["source"]), hashlib.sha256(text.encode()).hexdigest(),
        table[:, 0], table[:, 1],
        float(data["highest_tissue_g_per_cm3"]), float(data["organ_off_percent"]),
    )  # fmt: skip


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
