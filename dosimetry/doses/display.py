"""What a result of doses looks like: a pandas table, a table in plain text, one line, and HTML."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.svalues.folding import KINDS

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.doses.result import DoseResult

#: How many of the highest doses one line names.
NAMED = 3
#: Column -> header in HTML.
HEADERS = {
    "dose_mGy_per_MBq": "dose",
    "se_mGy_per_MBq": "SE",
    "se_from_tiac_mGy_per_MBq": "SE from TIACs",
    "se_from_saf_mGy_per_MBq": "SE from SAFs",
    **{f"{kind}_part_mGy_per_MBq": f"by {kind}s" for kind in KINDS},
}


def frame(result: DoseResult) -> pd.DataFrame:
    """A row a target region; see :meth:`dosimetry.DoseResult.to_frame`."""
    import pandas as pd

    saf = result.se_from_saf_mGy_per_MBq
    columns = {
        "dose_mGy_per_MBq": result.total_mGy_per_MBq,
        "se_mGy_per_MBq": result.se_mGy_per_MBq,
        "se_from_tiac_mGy_per_MBq": result.se_from_tiac_mGy_per_MBq,
        "se_from_saf_mGy_per_MBq": np.full(len(result.targets), np.nan) if saf is None else saf,
        **{f"{kind}_part_mGy_per_MBq": result.part_mGy_per_MBq[kind] for kind in KINDS},
    }
    return pd.DataFrame(columns, index=pd.Index(result.targets, name="target"))


def title(result: DoseResult) -> str:
    """What the doses are of, without their unit."""
    return f"Absorbed dose of {', '.join(result.nuclides)} in '{result.body}'"


def line(result: DoseResult) -> str:
    """What it is of, how many targets, and the highest doses."""
    total = result.total_mGy_per_MBq
    highest = [f"{result.targets[i]} {total[i]:.3g}" for i in np.argsort(-total, kind="stable")[:NAMED]]
    count = f"{len(total)} target{'s' * (len(total) != 1)}"
    return f"<DoseResult: {', '.join(result.nuclides)} in '{result.body}', {count}; highest: " + (
        f"{', '.join(highest)} mGy/MBq>"
    )


def text(result: DoseResult) -> str:
    """A table: each target's total dose, its standard error where known, and its parts."""
    columns = {"total": result.total_mGy_per_MBq}
    if np.isfinite(result.se_mGy_per_MBq).any():
        columns["SE"] = result.se_mGy_per_MBq
    columns |= {kind: result.part_mGy_per_MBq[kind] for kind in KINDS}
    width = max(map(len, result.targets), default=0)
    rows = zip(result.targets, *columns.values(), strict=True)
    head = f"{title(result)}, mGy/MBq"
    names = "".join(f"{name:>11}" for name in columns)
    body = [f"{t:<{width}}" + "".join(f"{v:>11.4g}" for v in values) for t, *values in rows]
    return "\n".join([head, " " * width + names, *body])


def page(result: DoseResult) -> str:
    """An HTML table for notebooks, with what a reader should know below it."""
    table = frame(result).dropna(axis=1, how="all")
    digits = [".2g" if str(column).startswith("se_") else ".4g" for column in table]
    head = "".join(f"<th>{HEADERS[str(column)]}</th>" for column in table)
    rows = [
        f"<tr><th>{html.escape(str(target))}</th>"
        + "".join(f"<td>{value:{spec}}</td>" for value, spec in zip(values, digits, strict=True))
        + "</tr>"
        for target, values in zip(table.index, table.to_numpy(), strict=True)
    ]
    why = {"se_from_tiac": "No standard error from TIACs", "se_from_saf": "No standard error from SAFs"}
    said = [f"{why.get(key, key)}: {reason}." for key, reason in result.missing.items()]
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in (*said, *result.notes))
    return (
        '<table class="dataframe" style="text-align: right">'
        f"<caption>{html.escape(title(result))}, mGy/MBq</caption>"
        f"<thead><tr><th>target</th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        + (f"<ul>{notes}</ul>" if notes else "")
    )
