"""A table of TIACs that has the whole body: the remainder is made from it, or it is a source as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dosimetry.errors import DosimetryError
from dosimetry.tiacs.tiac import Tiac, covariance_h2, remainder
from phantoms.library.locality import TOTAL_BODY
from phantoms.regions.names import REMAINDER

if TYPE_CHECKING:
    import pandas as pd

SUBTRACT, AS_GIVEN = "whole body minus sources", "as given"


def by_rule(
    tiac_h: Mapping[str, float], se_h: Mapping[str, float] | None, rule: str | None
) -> tuple[dict[str, float], pd.DataFrame | None, str]:
    """TIACs in h, their covariance in h2 (None: not known), and what was done with the whole body, in words.

    Parameters
    ----------
    tiac_h, se_h : by source region; errors are independent.
    rule : :data:`SUBTRACT`: the remainder is the whole body less all other sources; :data:`AS_GIVEN` or
        None: all regions are sources as they stand, and nothing is counted twice by that.

    Raises
    ------
    DosimetryError : an unknown rule; the whole body with other sources but for ``SUBTRACT``; that without a
        whole body, or with a remainder too; a remainder below 0 by more than its error.

    Examples
    --------
    >>> found, _, said = by_rule({"total body": 80.0, "liver": 11.0}, None, SUBTRACT)
    >>> found, said
    ({'liver': 11.0, 'remainder': 69.0}, 'remainder: whole body 80 h - liver')
    """
    tiacs = [
        Tiac(source, value, None if se_h is None else {source: se_h[source]})
        for source, value in tiac_h.items()
    ]
    said = ""
    if rule not in (None, SUBTRACT, AS_GIVEN):
        raise DosimetryError(f"the remainder's rule is '{rule}'; allowed: '{SUBTRACT}', '{AS_GIVEN}'")
    if rule == SUBTRACT:
        if TOTAL_BODY not in tiac_h or REMAINDER in tiac_h:
            problem = "it has no row 'whole body'" if TOTAL_BODY not in tiac_h else "it has the remainder too"
            raise DosimetryError(f"the remainder cannot be made from the table of TIACs: {problem}")
        others = [t for t in tiacs if t.source != TOTAL_BODY]
        whole = next(t for t in tiacs if t.source == TOTAL_BODY)
        rest = remainder(whole, others)
        tiacs, said = (
            [*others, rest],
            f"remainder: {rest.how}" + (f"; {rest.reason}" if rest.value_h == 0 else ""),
        )
    elif TOTAL_BODY in tiac_h and len(tiac_h) > 1:
        raise DosimetryError(
            "the table of TIACs has the total body and other regions, which are in it: say --remainder"
            f" '{SUBTRACT}' to make the remainder from it, or give a row 'remainder' in its place"
        )
    return {t.source: t.value_h for t in tiacs}, covariance_h2(tiacs), said
