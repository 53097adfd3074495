"""Rows of populations.csv: the populations that patients' curves were fitted with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.patients.populations.fitting import FittedPopulation
    from kinetics.populations.tables import Row

COLUMNS = ("curve", "model", "residual", "n", "quantity", "value", "se_value", "unit", "reason", "note")


def population_frame(fitted: Mapping[str, FittedPopulation]) -> pd.DataFrame:
    """A row a number of each population; empty where there is none."""
    import pandas as pd

    rows: list[tuple[Any, ...]] = []
    for region, one in fitted.items():
        p = one.population
        n = len(one.patients) if one.fit is not None else p.n_patients or 0
        note = "; ".join(one.known.notes)
        for quantity, value, se, unit, reason in _rows(one):
            rows.append((region, p.model.name, p.residual.kind, n, quantity, value, se, unit, reason, note))
    if not rows:
        return pd.DataFrame()
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"value": float, "se_value": float})


def _rows(one: FittedPopulation) -> list[Row]:
    from kinetics.populations.tables import Row, given_rows, population_rows

    if one.fit is None:
        return given_rows(one.population)
    found = population_rows(one.fit)
    if one.choice is not None:
        for c in one.choice.candidates:
            found.append(Row(f"weight of {c.model}", c.weight, None, "1", c.reason or "a descriptive number"))
    return found
