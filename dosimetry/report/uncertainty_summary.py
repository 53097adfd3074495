"""What ``milligray run`` says of uncertainties: the effective dose with u, and what makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from dosimetry.files.output import significant
from dosimetry.study.results import COHORT, EACH
from dosimetry.study.uncertainty.tables import ABSORBED_DOSE, SHARE, TIAC, WITHOUT

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.files.terminal import Terminal
    from dosimetry.study.results import StudyResult
    from dosimetry.study.uncertainty.study_budget import StudyBudget

#: So many lines of a budget are named.
LARGEST = 3


def print_uncertainty(console: Terminal, result: StudyResult) -> None:
    """The uncertainty of each effective dose, of the cohort or of a single patient, in two lines."""
    if result.budget is None:
        return
    table = result.budget.uncertainty
    weighted = table[~table["quantity"].isin([TIAC, ABSORBED_DOSE])]
    console.print(Text("Uncertainty of the effective dose (standard uncertainty u)", "bold"))
    many = len(result.patients) > 1
    whose = weighted[(weighted["patient"] == COHORT) & (weighted["statistic"] == "mean")]
    for _, row in (whose if many else weighted[weighted["statistic"] == EACH]).iterrows():
        level = f"{100 * row['level']:g} %: {significant(row['low'])} to {significant(row['high'])}"
        line = f"{row['quantity']}, {row['of']}: {significant(row['value'])} ± {significant(row['u'], 2)}"
        text = f"{line} {row['unit']} ({level}{_about(row)})"
        if many:
            spread, shared = (significant(row[c], 2) for c in ("sd_between_patients", "u_shared"))
            text += f"; mean of {row['n']:.0f}, spread between patients {spread}, shared by all {shared}"
        console.print(Text(text))
        console.print(Text("  " + _of_a_patient(result.budget, weighted, row), "dim"))
    console.print()


def _about(row: pd.Series) -> str:
    """What an interval is about, where that is not the value: it is moved by what is known to be off."""
    about = significant(row["value"] + row["offset"])
    if about == significant(row["value"]):
        return ""
    beside = "" if row["low"] <= row["value"] <= row["high"] else ", the value lies beside it"
    return f", about {about}: trapezoids are known to be off{beside}"


def _of_a_patient(budget: StudyBudget, weighted: pd.DataFrame, row: pd.Series) -> str:
    """u of one patient's effective dose, with and without what is apart, and its largest shares."""
    same = weighted[
        (weighted["statistic"] == EACH)
        & (weighted["quantity"] == row["quantity"])
        & (weighted["of"] == row["of"])
    ]
    percent, without = same["u_percent"].mean(), (100.0 * same[WITHOUT] / same["value"]).mean()
    u = f"u of a patient {significant(percent, 2)} %"
    if (same[WITHOUT] < same["u"]).any():
        u += f" ({significant(without, 2)} % without patient and phantom)"
    shares = largest_shares(budget, str(row["quantity"]), str(row["of"]))
    return f"{u}; largest shares: " + ", ".join(f"{name} {share:.0f} %" for name, share in shares.items())


def largest_shares(budget: StudyBudget, quantity: str, of: str, n: int = LARGEST) -> dict[str, float]:
    """The lines of the budget with the largest shares of the variance in %, averaged over the patients."""
    shares = budget.shares
    rows = shares[(shares["statistic"] == EACH) & (shares["quantity"] == quantity) & (shares["of"] == of)]
    lines = [c for c in shares.columns if c.endswith(SHARE)]
    mean = rows[lines].mean().sort_values(ascending=False, kind="stable")
    return {str(c).removesuffix(SHARE): float(v) for c, v in mean.head(n).items() if v > 0.0}
