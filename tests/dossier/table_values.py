"""Values of a dossier's table by column, and statistics of some numbers written out."""

from __future__ import annotations

from typing import Any

import numpy as np

from dosimetry.dossier.document.table import Table


def values(table: Table) -> list[dict[str, Any]]:
    """Rows of a table as their values by the columns' names, but for headings."""
    names = [c.name for c in table.columns]
    return [
        dict(zip(names, (c.value for c in row.cells), strict=True))
        for row in table.rows
        if row.kind != "heading"
    ]


def statistics(v: np.ndarray) -> dict[str, float]:
    mean, sd = float(v.sum() / v.size), float(np.sqrt(((v - v.mean()) ** 2).sum() / (v.size - 1)))
    found = {"mean": mean, "sd": sd, "minimum": min(v), "maximum": max(v)}
    return found | {"median": float(np.median(v)), "cv": 100 * sd / mean}
