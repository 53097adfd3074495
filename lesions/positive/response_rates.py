"""Best response of a cohort: objective response rate and disease control rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dosimetry.errors import DosimetryError
from lesions.lesion import RESPONSES
from lesions.statistics.proportions import Proportion

NotEvaluable = Literal["no response", "left out"]
#: Rate -> the best responses that count.
RATES = {"objective response rate": ("CR", "PR"), "disease control rate": ("CR", "PR", "SD")}


@dataclass(frozen=True, kw_only=True)
class ResponseRate:
    """A rate of best responses, of whom, and how many are not counted.

    Examples
    --------
    >>> ResponseRate(name="objective response rate", share=Proportion(3, 12), left_out=1).share.value
    0.25
    """

    name: str
    share: Proportion
    left_out: int


def response_rates(
    best: Sequence[str | None], *, not_evaluable: NotEvaluable = "no response"
) -> tuple[ResponseRate, ...]:
    """Rates of a cohort's best responses.

    Parameters
    ----------
    best : of each patient, of :data:`lesions.lesion.RESPONSES`; None: not recorded, which never counts.
    not_evaluable : what patients with "NE" count as: "no response" (all who were treated count) or
        "left out".

    Raises
    ------
    DosimetryError : a response that is not known.

    Examples
    --------
    >>> for rate in response_rates(["CR", "PR", "SD", "PD", "NE", None]):
    ...     print(rate.name, rate.share.events, rate.share.n, rate.left_out)
    objective response rate 2 5 1
    disease control rate 3 5 1
    """
    if strange := sorted({str(b) for b in best if b is not None and b not in RESPONSES}):
        raise DosimetryError(f"unknown best response {', '.join(strange)}; known: {', '.join(RESPONSES)}")
    counted = [b for b in best if b is not None and not (b == "NE" and not_evaluable == "left out")]
    return tuple(
        ResponseRate(
            name=name, share=Proportion(sum(b in of for b in counted), len(counted)),
            left_out=len(best) - len(counted),
        )
        for name, of in RATES.items()
    )  # fmt: skip
