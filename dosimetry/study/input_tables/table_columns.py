"""The columns of a study's tables: what each holds, and within which limits."""

from __future__ import annotations

from dataclasses import replace

from dosimetry.doses.absolute import MBQ_PER_MCI, MOST_MBQ
from dosimetry.files.blq_cells import ValueColumn
from dosimetry.files.tables import LARGEST, SMALLEST, Column
from dosimetry.patients.patient import MOST_YEARS
from dosimetry.study.input_tables.curve_rows.batches import BATCH
from dosimetry.study.input_tables.curve_rows.clock_times import INJECTED_AT, LATEST_H

PATIENT = Column("patient", "a patient's identifier", text=True)
#: Earliest time in h above 0, some microseconds.
EARLIEST_H = 1e-9
TIME = Column("time_h", "hours after administration", low=0, high=LATEST_H, smallest=EARLIEST_H)


def _counts(name: str, meaning: str, high: float = LARGEST) -> Column:
    return Column(name, meaning, low=0, high=high, required="never")


def _values(name: str, meaning: str, high: float) -> Column:
    return ValueColumn(name, meaning, low=0, high=high, required="never")


def _positive(name: str, meaning: str, smallest: float, high: float, required: str = "never") -> Column:
    return Column(name, meaning, low=0, above=True, smallest=smallest, high=high, required=required)


def _seconds(name: str, meaning: str) -> Column:
    return _positive(name, meaning, 1e-6, 1e8)


def _is_it_per_cent(value: float) -> str:
    return f"write {value / 100:g} if {value:g} is a percentage" if 1 < value <= 100 else ""


def _activity(name: str, unit: str, high: float) -> Column:
    def hint(value: float) -> str:
        return f"is it in {unit}?" if value > 0 else ""

    meaning = f"administered activity in {unit} at the time of administration"
    return replace(_positive(name, meaning, 1e-9, high), hint=hint)


PATIENTS = (
    PATIENT,
    Column("sex", "male or female", text=True, allowed=("male", "female")),
    Column("age_y", "age at administration in years", low=0, high=MOST_YEARS, required="never"),
    _positive("body_mass_kg", "body mass in kg", 1.0, 400),
    Column("height_cm", "height in cm", low=25, high=280, required="never"),
    _activity("administered_MBq", "MBq", MOST_MBQ),
    _activity("administered_mCi", "mCi", MOST_MBQ / MBQ_PER_MCI),
    _positive("mass_dose_mg", "administered mass of the substance in mg, labelled or not", 1e-9, 1e6),
    INJECTED_AT,
    Column(
        "haematocrit",
        "haematocrit as a fraction",
        low=0.1,
        high=0.7,
        required="never",
        hint=_is_it_per_cent,
    ),
    Column(
        "phantom",
        "a phantom's name, or the path of a library (.h5), in place of the sex's",
        text=True,
        required="never",
    ),
    Column(
        "own_body",
        "'yes' where the library in 'phantom' was made of this patient's own images",
        text=True,
        allowed=("yes", "no"),
        required="never",
    ),
    Column(
        "absent",
        "what the patient lacks, e.g. 'left kidney', several separated by ';'",
        text=True,
        required="never",
    ),
)

WHOLE_BODY = (
    PATIENT,
    TIME,
    _counts("anterior_counts", "gross counts of the anterior (or single) view"),
    _counts("posterior_counts", "gross counts of the posterior view"),
    _seconds("live_time_s", "counting time of each view in s"),
    _counts("background_counts", "background counts"),
    _seconds("background_live_time_s", "counting time of the background in s"),
    _values("percent_ia", "retention in % of the injected activity, in place of counts", 1e6),
    _positive("sd_percent_ia", "standard deviation of percent_ia", SMALLEST, 1e6),
)

SERUM = (
    PATIENT,
    TIME,
    BATCH,
    _counts("sample_counts", "gross counts of the serum sample"),
    _seconds("live_time_s", "counting time of the sample in s"),
    _positive("sample_volume_mL", "volume of serum counted in mL", 1e-9, 1e6),
    _counts("background_counts", "background counts"),
    _seconds("background_live_time_s", "counting time of the background in s"),
    _counts("standard_counts", "gross counts of the standard"),
    _seconds("standard_live_time_s", "counting time of the standard in s"),
    _positive(
        "standard_activity_kBq",
        "activity of the counted standard in kBq at the time of administration",
        1e-12,
        1e12,
    ),
    Column(
        "counted_at_h",
        "when the sample was counted, hours after administration",
        low=0,
        high=LATEST_H,
        required="never",
    ),
    Column(
        "standard_counted_at_h",
        "when the standard was counted, h after administration",
        low=0,
        high=LATEST_H,
        required="never",
    ),
    _values("percent_ia_per_L", "serum concentration in %IA/L, in place of counts", 1e9),
    _positive("sd_percent_ia_per_L", "standard deviation of percent_ia_per_L", SMALLEST, 1e9),
)

ORGANS = (
    PATIENT,
    Column("organ", "a source region", text=True),
    TIME,
    ValueColumn("value", "activity content or concentration", low=0),
    _positive("sd", "standard deviation of value", SMALLEST, LARGEST),
    Column("unit", "the unit of value", text=True),
)

URINE = (
    PATIENT,
    replace(TIME, meaning="when the bladder was voided, hours after administration", above=True),
    Column(
        "start_h",
        "when it was emptied before that, hours after administration",
        low=0,
        high=LATEST_H,
        required="file",
    ),
    Column("percent_ia", "activity of the void in % of the administered activity", low=0, high=1e6,
           required="never"),
    _positive("sd_percent_ia", "standard deviation of percent_ia", SMALLEST, 1e6),
    Column("kBq_per_mL", "activity concentration of the void, with its volume", low=0, required="never"),
    _positive("sd_kBq_per_mL", "standard deviation of kBq_per_mL", SMALLEST, LARGEST),
    _positive("volume_mL", "volume of the void in mL", 1e-3, 1e5),
    Column(
        "counted_at_h",
        "when the activity was measured, hours after administration; without it, when voided",
        low=0,
        high=LATEST_H,
        required="never",
    ),
)  # fmt: skip

ORGAN_MASSES = (
    Column("organ", "a region", text=True),
    _positive("mass_g", "the organ's mass in g", 1e-6, 1e6, required="always"),
    Column(
        "confirmed",
        "'yes' where a mass is as given, though it is far from the reference body's",
        text=True,
        allowed=("yes", "no"),
        required="never",
    ),
)

MASSES = (PATIENT, *ORGAN_MASSES)

TIAC = (
    Column("source", "a source region", text=True),
    Column("tiac_h", "time-integrated activity coefficient in h", low=0),
    Column("sd_h", "standard deviation of tiac_h in h, 0 if exact", low=0, required="file"),
)

#: In a table for several bodies each row may say whose it is; without the column all bodies have the same.
TIAC_OF_BODIES = (
    Column("body", "one of the bodies or ages that doses are asked for", text=True, required="file"),
    *TIAC,
)

COMPARISON = (
    Column("target", "a target region, or a quantity of effective dose", text=True),
    Column("mean", "published mean", low=0),
    Column("sd", "published standard deviation", low=0, required="never"),
    Column(
        "unit",
        "the unit",
        text=True,
        allowed=("mgy/mbq", "msv/mbq", "cgy/mci", "rad/mci", "csv/mci", "rem/mci"),
    ),
)

#: Tables of measurements, and the column that stands in place of counts.
MEASURED = {"whole_body": WHOLE_BODY, "serum": SERUM}
DIRECT = {"whole_body": "percent_ia", "serum": "percent_ia_per_L"}
COUNT_COLUMNS = {
    "whole_body": ("anterior_counts", "live_time_s", "background_counts", "background_live_time_s"),
    "serum": (
        "sample_counts", "live_time_s", "sample_volume_mL", "background_counts", "background_live_time_s",
        "standard_counts", "standard_live_time_s", "standard_activity_kBq",
    ),
}  # fmt: skip
