"""Lesions of a patient as an imaging study measures them: uptake, FDG, tissue, what became of the patient."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: Standardised uptake values that a lesion can have: by body mass (SUV) or lean body mass (SUL).
QUANTITIES = ("suv_max", "suv_peak", "suv_mean", "sul_max", "sul_peak", "sul_mean")
#: Best response to a treatment (RECIST, PERCIST): complete, partial, stable, progressive, not evaluable.
RESPONSES = ("CR", "PR", "SD", "PD", "NE")

Status = Literal["positive", "negative"]


def as_read(name: str) -> str:
    """A name as people read it: capitals, blanks and the codes of one letter make no other.

    >>> as_read("La\u0308sion  1") == as_read("L\u00e4sion 1")
    True
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


@dataclass(frozen=True, kw_only=True)
class Uptake:
    """One lesion in one scan of the tracer under study.

    time_h : after the administration, above 0.
    value, sd : by quantity of :data:`QUANTITIES`; each value is above 0.
    background, sd_background : by quantity, in the tissue around.
    obtained : quantity -> how it was made, where the table has not got it; e.g. SUL of SUV.
    activity_MBq, concentration_kBq_per_mL, volume_mL : of the lesion, with their SDs; None: not measured.
    visual_class : 1 to 4, as a reader graded it.
    row : in its table, for messages.

    >>> Uptake(time_h=96.0, value={"suv_max": 9.1}, volume_mL=4.0).value["suv_max"]
    9.1
    """

    time_h: float
    value: Mapping[str, float] = field(default_factory=dict)
    sd: Mapping[str, float] = field(default_factory=dict)
    background: Mapping[str, float] = field(default_factory=dict)
    sd_background: Mapping[str, float] = field(default_factory=dict)
    obtained: Mapping[str, str] = field(default_factory=dict)
    activity_MBq: float | None = None
    sd_activity_MBq: float | None = None
    concentration_kBq_per_mL: float | None = None
    sd_concentration_kBq_per_mL: float | None = None
    volume_mL: float | None = None
    sd_volume_mL: float | None = None
    visual_class: int | None = None
    row: int | None = None


@dataclass(frozen=True, kw_only=True)
class FdgScan:
    """One lesion in a scan with FDG, before the treatment ("baseline") or soon after its start ("early").

    >>> FdgScan(when="baseline", value={"suv_mean": 5.0}, volume_mL=4.0).burden
    20.0
    """

    when: Literal["baseline", "early"]
    day: float | None = None
    value: Mapping[str, float] = field(default_factory=dict)
    obtained: Mapping[str, str] = field(default_factory=dict)
    volume_mL: float | None = None
    row: int | None = None

    @property
    def burden(self) -> float | None:
        """Mean uptake (SUL before SUV) times volume, mL: total lesion glycolysis; None: not measured."""
        mean = self.value.get("sul_mean", self.value.get("suv_mean"))
        return None if mean is None or self.volume_mL is None else mean * self.volume_mL


@dataclass(frozen=True, kw_only=True)
class Tissue:
    """What a biopsy of a lesion says: immunohistochemistry 0 to 3, ratio of FISH, the status reported.

    >>> Tissue(ihc=2, fish_ratio=4.1, status="positive").ihc
    2
    """

    ihc: int | None = None
    fish_ratio: float | None = None
    status: Literal["positive", "low", "negative"] | None = None
    row: int | None = None


@dataclass(frozen=True, kw_only=True)
class Lesion:
    """One lesion of one patient.

    site : where it is, e.g. "bone", "liver", "lymph node".
    organ : the source region that it lies in; None: none, or not known.
    uptake : scans of the tracer, by time.
    fdg : scans with FDG; empty where there were none, or FDG does not show it.
    axes_mm : lengths of its three axes, where it was measured as an ellipsoid.

    >>> scan = Uptake(time_h=96.0, value={"suv_max": 9.1})
    >>> Lesion(patient="P1", name="L1", site="bone", uptake=(scan,)).uptake[0].time_h
    96.0
    """

    patient: str
    name: str
    site: str
    organ: str | None = None
    uptake: tuple[Uptake, ...] = ()
    fdg: tuple[FdgScan, ...] = ()
    tissue: Tissue | None = None
    density_g_per_cm3: float | None = None
    axes_mm: tuple[float, float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class ReferenceScan:
    """Uptake of a normal tissue in one scan of the tracer: "blood pool", "liver", ...

    >>> ReferenceScan(time_h=96.0, region="blood pool", value={"suv_mean": 3.4}).region
    'blood pool'
    """

    time_h: float
    region: str
    value: Mapping[str, float]
    sd: Mapping[str, float] = field(default_factory=dict)
    obtained: Mapping[str, str] = field(default_factory=dict)
    row: int | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a patient, in days from the start of the treatment (day 0).

    ``..._day`` is the day of the event, or the last on which it had not happened; whether it happened is
    said beside it. None: not recorded.

    >>> Outcome(survival_day=410.0, died=False, best_response="PR", response_day=42.0).died
    False
    """

    treatment_failure_day: float | None = None
    treatment_failed: bool | None = None
    survival_day: float | None = None
    died: bool | None = None
    progression_day: float | None = None
    progressed: bool | None = None
    best_response: str | None = None
    response_day: float | None = None
    blood_status: Status | None = None
    row: int | None = None


@dataclass(frozen=True, kw_only=True)
class LesionPatient:
    """A patient with lesions; body and administered activity as the patients' table has them.

    >>> LesionPatient(name="P1", lesions=(Lesion(patient="P1", name="L1", site="bone"),)).lesions[0].site
    'bone'
    """

    name: str
    lesions: tuple[Lesion, ...]
    references: tuple[ReferenceScan, ...] = ()
    outcome: Outcome | None = None
    sex: str | None = None
    body_mass_kg: float | None = None
    height_cm: float | None = None
    administered_MBq: float | None = None
