"""What an export is told that no results hold: identifiers, the route, rules of the analysis."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from dosimetry.errors import DosimetryError
from kinetics.areas.nca import ROUTES
from kinetics.areas.segments import METHODS

_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,7}")


@dataclass(frozen=True, kw_only=True)
class CdiscOptions:
    """What datasets are asked for.

    study_id : STUDYID; None: the study's name.
    analyte : PCTEST, at most 40 characters; None: "Radioactivity of " and the product.
    analyte_code : PCTESTCD, at most 8 of A-Z, 0-9 and _, a letter first.
    route : "bolus", "infusion" (which starts at time 0) or "extravascular", as for :func:`kinetics.nca`.
    infusion_h : duration of the infusion in h; None where there was none.
    method : of the trapezoids: "linear", "log" or "linear-up/log-down".
    slope_points : number of last points for lambda_z; None: best adjusted R^2.

    Raises
    ------
    DosimetryError : an unknown route or method, an infusion without duration, a code that CDISC does not
        allow.

    Examples
    --------
    >>> CdiscOptions(study_id="ABC-101", route="infusion", infusion_h=0.5).route
    'infusion'
    """

    study_id: str | None = None
    analyte: str | None = None
    analyte_code: str = "RADIOACT"
    route: str = "bolus"
    infusion_h: float | None = None
    method: str = "linear-up/log-down"
    slope_points: int | None = None

    def __post_init__(self) -> None:
        wrong = []
        if self.route not in ROUTES:
            wrong.append(f"route '{self.route}' is unknown; there are: {', '.join(ROUTES)}")
        hours = self.infusion_h
        if (self.route == "infusion") != (hours is not None) or not (hours is None or 0 < hours < math.inf):
            wrong.append(
                f"route '{self.route}' with an infusion of {self.infusion_h} h: an infusion, and only it, has"
                " a duration above 0"
            )
        if self.method not in METHODS:
            wrong.append(f"trapezoid method '{self.method}' is unknown; there are: {', '.join(METHODS)}")
        if self.slope_points is not None and self.slope_points < 2:
            wrong.append(f"a slope needs 2 points or more; {self.slope_points} asked for")
        if not _CODE.fullmatch(self.analyte_code):
            wrong.append(
                f"'{self.analyte_code}' as code of the analyte (PCTESTCD): 1 to 8 of A-Z, 0-9 and _ are"
                " allowed, a letter first"
            )
        for what, text in (("study identifier (STUDYID)", self.study_id), ("analyte (PCTEST)", self.analyte)):
            if text is not None and not text.strip():
                wrong.append(f"the {what} is empty; leave it out or give one")
        if wrong:
            raise DosimetryError(*wrong)
