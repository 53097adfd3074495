"""The columns of the tables on lesions: what each holds, and within which limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from dosimetry.files.tables import Column
from dosimetry.study.input_tables.table_columns import EARLIEST_H, PATIENT
from lesions.lesion import QUANTITIES, RESPONSES
from milligray.text_files import shown

#: No lesion and no tissue takes up more (g/mL); what is above is a concentration, or a mistake.
HIGHEST_SUV, LOWEST_SUV = 500.0, 1e-3
LARGEST_mL = 2e4
#: Times after administration in h, days from the start of a treatment.
LATEST_H, LATEST_DAY = 1e4, 2e4
TIME_H, DAY = "time_h", "day"


@dataclass(frozen=True)
class WholeNumber(Column):
    """A column of a few whole numbers, e.g. classes; ``plus``: "2+" is 2."""

    plus: bool = False

    def limits(self) -> str:
        """What is allowed, in words."""
        return f"{self.meaning}: {', '.join(f'{n}' for n in range(int(self.low), int(self.high) + 1))}"

    def parse(self, cell: str) -> str | float | None:
        """The cell's value; ValueError says what is wrong."""
        text = cell.strip()
        value = super().parse(text[:-1] if self.plus and text.endswith("+") and len(text) > 1 else text)
        if value is not None and value != int(value):
            raise ValueError(f"{shown(text)} is not allowed; {self.limits()}")
        return None if value is None else int(value)


def _is_it_a_concentration(value: float) -> str:
    if value > HIGHEST_SUV:
        return (
            f"is {value:g} a concentration in Bq/mL or kBq/mL? A standardised uptake value is the"
            " concentration"
            " times the body's mass over the activity"
        )
    return "what cannot be seen has no SUV: leave the cell empty (and give a lesion's visual_class)"


def _gone(value: float) -> str:
    if value > HIGHEST_SUV:
        return _is_it_a_concentration(value)
    return "where FDG shows a lesion no more, give the uptake at its place, as of the tissue around"


def _before_the_start(value: float) -> str:
    return "day 0 is the start of the treatment, and nothing that is followed happened before it"


def suv(name: str, meaning: str, *, sd: bool = False) -> Column:
    """A column of standardised uptake values, or of their standard deviations."""
    return Column(
        name, meaning, low=0.0, above=True, smallest=1e-6 if sd else LOWEST_SUV, high=HIGHEST_SUV,
        required="never", hint=None if sd else _is_it_a_concentration,
    )  # fmt: skip


def _words(quantity: str) -> str:
    kind, of = quantity.split("_")
    by = "body mass" if kind == "suv" else "lean body mass"
    what = {"max": "highest voxel", "peak": "mean of 1 mL about the hottest place", "mean": "mean"}[of]
    return f"standardised uptake value by {by}, {what}"


def _positive(
    name: str, meaning: str, smallest: float, high: float, hint: Callable[[float], str] | None = None
) -> Column:
    return Column(
        name, meaning, low=0.0, above=True, smallest=smallest, high=high, required="never", hint=hint
    )


def _day(name: str, meaning: str) -> Column:
    return Column(name, meaning, low=0.0, high=LATEST_DAY, required="never", hint=_before_the_start)


def _choice(name: str, meaning: str, *allowed: str) -> Column:
    return Column(name, meaning, text=True, allowed=allowed, required="never")


LESION = Column("lesion", "the lesion's name or number", text=True)
SITE = Column("site", "where the lesion is, e.g. bone, liver, lymph node", text=True)
TIMES = (
    replace(_positive(TIME_H, "hours after administration", EARLIEST_H, LATEST_H), required="file"),
    replace(_positive(DAY, "days after administration", EARLIEST_H / 24, LATEST_H / 24), required="file"),
)
VALUES = tuple(suv(q, _words(q)) for q in QUANTITIES)
SDS = tuple(suv(f"sd_{q}", f"standard deviation of {q}", sd=True) for q in QUANTITIES)
AXES = ("axis_1_mm", "axis_2_mm", "axis_3_mm")
VOLUME = _positive("volume_mL", "the lesion's volume in mL", 1e-4, LARGEST_mL)

#: ``lesions.csv``: a row a lesion and a scan.
LESIONS = (
    PATIENT,
    LESION,
    SITE,
    Column("organ", "the source region that the lesion lies in", text=True, required="never"),
    *TIMES,
    *VALUES,
    *SDS,
    *(suv(f"background_{q}", f"{q} of the tissue around the lesion") for q in QUANTITIES),
    *(suv(f"sd_background_{q}", f"standard deviation of background_{q}", sd=True) for q in QUANTITIES),
    _positive("activity_MBq", "activity in the lesion in MBq", 1e-9, 1e6),
    _positive("sd_activity_MBq", "standard deviation of activity_MBq", 1e-12, 1e6),
    _positive("concentration_kBq_per_mL", "activity concentration in the lesion in kBq/mL", 1e-9, 1e7),
    _positive("sd_concentration_kBq_per_mL", "standard deviation of concentration_kBq_per_mL", 1e-12, 1e7),
    VOLUME,
    _positive("sd_volume_mL", "standard deviation of volume_mL", 1e-6, LARGEST_mL),
    _positive("density_g_per_cm3", "the lesion's density in g/cm3", 0.05, 25.0),
    *(_positive(name, "length of an axis of the lesion as an ellipsoid in mm", 0.1, 1e3) for name in AXES),
    WholeNumber("visual_class", "class by eye, 1 and 2 negative, 3 and 4 positive", low=1, high=4,
                required="never"),
)  # fmt: skip

#: ``[lesions.fdg]``: a row a lesion and a scan with FDG.
FDG = (
    PATIENT,
    LESION,
    replace(SITE, required="never"),
    Column("scan", "baseline (before the treatment) or early (soon after its start)", text=True,
           allowed=("baseline", "early")),
    Column(DAY, "day of the scan; day 0 is the start of the treatment, before it is negative",
           low=-LATEST_DAY, high=LATEST_DAY, required="never"),
    *(replace(column, hint=_gone) for column in VALUES),
    VOLUME,
)  # fmt: skip

#: ``[lesions.tissue]``: a row a biopsied lesion.
TISSUE = (
    PATIENT,
    LESION,
    WholeNumber("ihc", "score of immunohistochemistry", low=0, high=3, plus=True, required="never"),
    _positive("fish_ratio", "ratio of gene copies to the chromosome's by in-situ hybridisation", 1e-2, 100.0),
    _choice("status", "status as reported", "positive", "low", "negative"),
)

YES_NO = ("yes", "no")
#: ``[lesions.outcomes]``: a row a patient. Day of each event, or of the last follow-up without it.
EVENTS = {
    "treatment_failure_day": "treatment_failed",
    "survival_day": "died",
    "progression_day": "progressed",
}
OUTCOMES = (
    PATIENT,
    _day("treatment_failure_day", "day the treatment failed, or the last on which it had not"),
    _choice("treatment_failed", "whether it failed on that day", *YES_NO),
    _day("survival_day", "day of death, or the last on which the patient was known to live"),
    _choice("died", "whether the patient died on that day", *YES_NO),
    _day("progression_day", "day of progression, or the last on which there was none"),
    _choice("progressed", "whether the disease progressed on that day", *YES_NO),
    _choice("best_response", "best response", *RESPONSES),
    _day("response_day", "day of the first scan that showed the response (CR or PR)"),
    _choice("blood_status", "status by a test of blood", "positive", "negative"),
)

#: ``[lesions.references]``: a row a normal tissue and a scan of the tracer.
REFERENCES = (
    PATIENT,
    Column("region", "the normal tissue, e.g. blood pool, liver, spleen, muscle", text=True),
    *TIMES,
    *VALUES,
    *SDS,
)
