"""Early response by FDG: change of uptake from the baseline to the early scan, by lesion and by patient.

PERCIST 1.0 (Wahl et al., J Nucl Med 2009;50 Suppl 1:122S-150S): response is a fall of SULpeak by at least
30 % and by at least 0.8, progression a rise by more than both, or a new lesion; the hottest lesion of each
scan is compared, not necessarily the same. CONSIST: 15 % of SUVmax. A complete response is not told from a
partial one: it is uptake that cannot be told from the blood pool, which no table says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from dosimetry.errors import DosimetryError
from lesions.lesion import QUANTITIES, Lesion, LesionPatient

Response = Literal["response", "stable", "progression"]
ByPatient = Literal["hottest lesion", "same lesions", "every lesion"]
NEW = "new lesion"
ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class ResponseCriterion:
    """When a change of uptake is a response.

    quantity : of :data:`lesions.lesion.QUANTITIES`.
    cut_percent, least_change : the change in % of the baseline and in SUV (or SUL) from which on it is one;
        progression is a rise above both.
    by_patient : "hottest lesion" of each scan, the sum over the "same lesions", or "every lesion" responds
        (and none progresses).

    Raises
    ------
    DosimetryError : a quantity or a cut that cannot be.

    Examples
    --------
    >>> percist = ResponseCriterion(name="PERCIST 1.0", quantity="sul_peak", cut_percent=30, least_change=0.8)
    >>> percist.change_of(8.0, 5.6), percist.change_of(2.0, 1.3)
    ('response', 'stable')
    """

    name: str
    quantity: str
    cut_percent: float
    least_change: float = 0.0
    by_patient: ByPatient = "hottest lesion"

    def __post_init__(self) -> None:
        if self.quantity not in QUANTITIES:
            raise DosimetryError(f"unknown quantity '{self.quantity}'; known: {', '.join(QUANTITIES)}")
        if not 0 < self.cut_percent < 100 or self.least_change < 0:
            raise DosimetryError("cut_percent lies between 0 and 100, and least_change is 0 or more")

    def change_of(self, baseline: float, early: float) -> Response:
        """What a change of uptake is."""
        change, percent = early - baseline, 100 * (early - baseline) / baseline
        if -percent >= self.cut_percent - ROUNDING and -change >= self.least_change - ROUNDING:
            return "response"
        if percent > self.cut_percent + ROUNDING and change > self.least_change + ROUNDING:
            return "progression"
        return "stable"

    @property
    def words(self) -> str:
        """The criterion in words, for tables and footnotes."""
        least = f" and {self.least_change:g}" if self.least_change else ""
        return f"{self.name}: {self.cut_percent:g} %{least} of {self.quantity}, {self.by_patient}"


#: Published criteria; by_patient is chosen in a study.
RESPONSE_CRITERIA = {
    "PERCIST 1.0": ResponseCriterion(
        name="PERCIST 1.0", quantity="sul_peak", cut_percent=30.0, least_change=0.8
    ),
    "CONSIST": ResponseCriterion(
        name="CONSIST", quantity="suv_max", cut_percent=15.0, by_patient="every lesion"
    ),
}


@dataclass(frozen=True, kw_only=True)
class FdgChange:
    """Change of one lesion's, or one patient's (``lesion`` None), uptake of FDG.

    response : None: it cannot be said, and ``reason`` says why.
    new : a lesion that the baseline does not have; a patient with one progresses.

    Examples
    --------
    >>> FdgChange(patient="P1", lesion="a", baseline=8.0, early=6.0, response="response").percent
    -25.0
    """

    patient: str
    lesion: str | None
    baseline: float | None
    early: float | None
    response: Response | None
    new: bool = False
    reason: str = ""

    @property
    def percent(self) -> float | None:
        """Change in % of the baseline."""
        if self.baseline is None or self.early is None:
            return None
        return 100 * (self.early - self.baseline) / self.baseline


def fdg_values(lesion: Lesion, quantity: str) -> tuple[float | None, float | None]:
    """Uptake at the baseline and in the early scan."""
    by = {scan.when: scan.value.get(quantity) for scan in lesion.fdg}
    return by.get("baseline"), by.get("early")


def is_new(lesion: Lesion) -> bool:
    """Whether only the early scan shows the lesion."""
    return {scan.when for scan in lesion.fdg} == {"early"}


def lesion_change(lesion: Lesion, criterion: ResponseCriterion) -> FdgChange:
    """The change of one lesion."""
    before, after = fdg_values(lesion, criterion.quantity)
    change = partial(FdgChange, patient=lesion.patient, lesion=lesion.name)
    if is_new(lesion):
        return change(baseline=None, early=after, response="progression", new=True, reason=NEW)
    if not lesion.fdg:
        return change(baseline=None, early=None, response=None, reason="no FDG lesion")
    if before is None or after is None:
        scans = {"baseline": before, "early scan": after}
        lacking = " and ".join(name for name, value in scans.items() if value is None)
        reason = f"no {criterion.quantity} in the {lacking}"
        return change(baseline=before, early=after, response=None, reason=reason)
    return change(baseline=before, early=after, response=criterion.change_of(before, after))


def patient_change(patient: LesionPatient, criterion: ResponseCriterion) -> FdgChange:
    """The change of a patient, by the criterion's rule.

    Parameters
    ----------
    patient : with their lesions.
    criterion : quantity, cut and rule.

    Raises
    ------
    DosimetryError : a rule that is not known.

    Examples
    --------
    >>> from lesions.lesion import FdgScan
    >>> def lesion(name, before, after):
    ...     scans = (FdgScan(when="baseline", value={"sul_peak": before}),
    ...              FdgScan(when="early", value={"sul_peak": after}))
    ...     return Lesion(patient="P1", name=name, site="bone", fdg=scans)
    >>> one = LesionPatient(name="P1", lesions=(lesion("a", 10.0, 4.0), lesion("b", 6.0, 6.5)))
    >>> found = patient_change(one, RESPONSE_CRITERIA["PERCIST 1.0"])
    >>> found.baseline, found.early, found.response
    (10.0, 6.5, 'response')
    """
    if criterion.by_patient not in ("hottest lesion", "same lesions", "every lesion"):
        raise DosimetryError(f"unknown rule '{criterion.by_patient}' of a patient's response")
    changes = [
        c for c in (lesion_change(x, criterion) for x in patient.lesions) if c.reason != "no FDG lesion"
    ]
    old = [c for c in changes if not c.new]
    new = [c.lesion for c in changes if c.new]
    lacking = [f"{c.lesion}: {c.reason}" for c in old if c.response is None]
    before, after = [c.baseline for c in old], [c.early for c in old]
    pair: tuple[float | None, float | None] = (None, None)
    if old and not lacking:
        of = max if criterion.by_patient == "hottest lesion" else sum
        pair = of([v for v in before if v is not None]), of([v for v in after if v is not None])
    if criterion.by_patient == "every lesion":
        pair = (None, None)
    response: Response | None = None
    reason = ""
    if new:
        response, reason = "progression", f"{NEW}: {', '.join(str(n) for n in new)}"
    elif not old:
        reason = "no FDG lesion"
    elif lacking:
        reason = "; ".join(lacking)
    elif criterion.by_patient == "every lesion":
        all_ = {c.response for c in old}
        response = (
            "progression" if "progression" in all_ else "response" if all_ == {"response"} else "stable"
        )
    elif pair[0] is not None and pair[1] is not None:
        response = criterion.change_of(pair[0], pair[1])
    return FdgChange(
        patient=patient.name, lesion=None, baseline=pair[0], early=pair[1], response=response,
        new=bool(new), reason=reason,
    )  # fmt: skip


def fdg_changes(patients: Sequence[LesionPatient], criterion: ResponseCriterion) -> tuple[FdgChange, ...]:
    """Changes of all lesions, and of their patients after them."""
    return tuple(
        change
        for p in patients
        for change in (*(lesion_change(x, criterion) for x in p.lesions), patient_change(p, criterion))
    )
