"""T11, uncertainty: what the study's budget gives, and what was stated of each input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.document.table import Cell, Column, Origin, Row, Table
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables.footnotes import simulated, subjects
from dosimetry.dossier.tables.parts import COUNT, beside, capital, organ_order

if TYPE_CHECKING:
    import pandas as pd

BUDGET, INPUTS = "uncertainty", "uncertainty_inputs"
NO_BUDGET = "the study has no uncertainty budget; state [uncertainty] in the study file"
TITLES = {"tiac": "time-integrated activity coefficient"}
#: Column of the result table -> head, whether it is a number in the row's unit.
NUMBERS = {
    "value": ("Value", True),
    "u": ("u", True),
    "u_percent": ("u, % of the value", False),
    "offset": ("Known offset", True),
    "low": ("Low", True),
    "high": ("High", True),
    "sd_between_patients": ("SD between subjects", True),
    "u_shared": ("u shared by all", True),
    "u_own": ("u of one subject", True),
}
ALONE = "one subject alone: nothing is between subjects or shared by them"
NOT_AVERAGED = "Effective dose by ICRP 103 here is of single bodies, not sex-averaged."
OFFSET = (
    "Known offset: what would correct the value for rules of trapezoids that are known to give too much or"
    " too little. It is in u; the interval is about value + offset, and the value may lie beside it."
)
TEXTS = {
    "input": "Input",
    "state": "State",
    "kind": "Kind",
    "distribution": "Distribution",
    "shared_by": "The same for",
    "one_standard_uncertainty": "One standard uncertainty",
    "source": "Source",
}


def uncertainty_table(results: Results, options: TableOptions) -> list[Table]:
    """The budget's values with standard uncertainty and interval, and its inputs.

    Parameters
    ----------
    results : of a study; of a cohort the means are shown, of one subject the subject's own values.

    Returns
    -------
    Values and inputs; without a budget one table without rows that says so.
    """
    if results.table(BUDGET).empty:
        why = NO_BUDGET
        return [
            Table(
                "uncertainty", "Uncertainty", reason=why, simulated=results.simulated, sha256=results.sha256
            )
        ]
    return [_values(results, options), _inputs(results)]


def _values(results: Results, options: TableOptions) -> Table:
    frame = results.table(BUDGET)
    alone = len(set(frame.loc[frame["statistic"] == "value", "patient"])) == 1
    chosen = frame[frame["statistic"] == ("value" if alone else "mean")]
    level = float(results.setting("uncertainty.level"))
    digits = options.rule
    columns = [Column("of", "Of"), Column("unit", "Unit"), Column("n", "n", digits=COUNT)]
    for name, (head, _) in NUMBERS.items():
        group = f"{100 * level:g} % interval" if name in ("low", "high") else ""
        columns.append(Column(name, head, group=group, digits=digits))
    rows: list[Row] = []
    for quantity, part in chosen.groupby("quantity", sort=False):
        name = TITLES.get(str(quantity), str(quantity))
        rows.append(Row((Cell(capital(name)),), "heading"))
        # tissue weights stand as the study names them; regions as in the other tables
        order = list(part["of"]) if str(quantity).startswith("effective") else organ_order(part["of"])
        at = sorted(part.index, key=lambda i: order.index(part["of"][i]))
        rows += [_row(part, i, results, options, alone) for i in at]
    unknown = sorted({word for text in chosen["not_known"] if text for word in str(text).split("; ")})
    methods = list(dict.fromkeys(m for m in chosen["method"] if m))
    return Table(
        "uncertainty",
        f"Standard uncertainty u (k = 1) and {100 * level:g} % intervals",
        tuple(columns),
        tuple(rows),
        footnotes=(
            *simulated(results),
            f"NOT KNOWN, and in no number here: {', '.join(unknown)}." if unknown else "No input is unknown.",
            *(
                ["u of a mean holds the spread of the subjects and what is the same for all of them."]
                if not alone
                else []
            ),
            *([OFFSET] if chosen["offset"].fillna(0.0).ne(0.0).any() else []),
            f"Method: {'; '.join(methods)}." if methods else "Method: not stated in the results.",
            "Shares of the variance by input of each subject are in uncertainty_shares.csv of the results.",
            *([NOT_AVERAGED] if (chosen["of"] == "ICRP 103").any() else []),
            subjects(results),
        ),
        simulated=results.simulated,
        sha256=results.sha256,
        landscape=True,
    )


def _row(part: pd.DataFrame, i: int, results: Results, options: TableOptions, alone: bool) -> Row:
    units = options.units
    unit = str(part["unit"][i])
    shown = {"mGy/MBq": (units.absorbed, units.factor), "mSv/MBq": (units.effective, units.factor)}
    named, factor = shown.get(unit, (unit, 1.0))
    cells = [Cell(capital(str(part["of"][i]))), Cell(named), Cell(int(part["n"][i]))]
    reason = str(part["reason"][i]) or "not in the results"
    for column, (_, in_unit) in NUMBERS.items():
        value = float(part[column][i])
        times = factor if in_unit else 1.0
        if value != value:
            between = alone and column in ("sd_between_patients", "u_shared", "u_own")
            cells.append(Cell(None, reason=ALONE if between else reason))
        else:
            cells.append(Cell(value * times, origin=Origin(BUDGET, int(i), column, times)))
    first = len(cells) - len(NUMBERS)
    mean, spread = (first + list(NUMBERS).index(name) for name in ("value", "sd_between_patients"))
    cells[spread] = beside(cells[mean], cells[spread], options.rule)
    return Row(tuple(cells))


def _inputs(results: Results) -> Table:
    frame = results.table(INPUTS)
    rows = []
    for i in frame.index:
        state = str(frame["state"][i])
        why = str(frame["reason"][i])
        reason = f"{state}: {why}" if why else f"{state}; nothing more is stated"
        cells = [Cell(capital(str(frame["input"][i])))]
        for column in list(TEXTS)[1:]:
            text = str(frame[column][i])
            cells.append(
                Cell(text, origin=Origin(INPUTS, int(i), column)) if text else Cell(None, reason=reason)
            )
        rows.append(Row(tuple(cells)))
    return Table(
        "uncertainty_inputs",
        "Inputs of the uncertainty budget",
        tuple(Column(name, head) for name, head in TEXTS.items()),
        tuple(rows),
        footnotes=(
            "Kind A: by statistics of repeated observation; B: by other means (JCGM 100:2008).",
            "State: stated in the study file, found from the data, or unknown (then in no number).",
            *simulated(results),
        ),
        simulated=results.simulated,
        sha256=results.sha256,
        landscape=True,
    )
