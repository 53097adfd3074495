"""ADRD: TIACs, absorbed and effective doses of each subject.

CDISC has no domain for radiation doses of internal emitters; this dataset is the sponsor's, in ADaM's basic
data structure (one record per subject and parameter), so that software for such datasets reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dosimetry.cdisc.form.dataset import CdiscDataset, Value, Variable, dataset
from dosimetry.cdisc.subjects import OF_A_SUBJECT, Source, facts_of
from dosimetry.cdisc.terminology import region_codes

_V = Variable
ADRD_VARIABLES = (
    *OF_A_SUBJECT,
    _V("PHANTOM", "Reference Body", "text", "Predecessor", "phantom of the row in the study's table"),
    _V("PARAMCD", "Parameter Code", "text", "Assigned",
       "TI, DC, DA and a region (TIAC, absorbed dose per activity, absorbed dose); EC, EA and a set of tissue"
       " weights (effective dose per activity, effective dose)"),
    _V("PARAM", "Parameter", "text", "Assigned", "quantity, region or tissue weights, unit"),
    _V("PARCAT1", "Parameter Category 1", "text", "Assigned", "the quantity", key=3),
    _V("REGION", "Source or Target Region", "text", "Predecessor",
       "sponsor-defined: source of tiac.csv, target of organ_doses.csv; empty of effective doses", key=4),
    _V("WEIGHTS", "Tissue Weights of Effective Dose", "text", "Predecessor",
       "sponsor-defined: weights of effective_dose.csv", key=5),
    _V("AVAL", "Analysis Value", "float", "Predecessor", "the number of the study's table, seven digits"),
    _V("AVALU", "Analysis Value Unit", "text", "Assigned", "by the quantity"),
    _V("AVALSE", "Standard Error of Analysis Value", "float", "Predecessor",
       "sponsor-defined: standard error in the study's table; missing where none is known"),
    _V("SESRC", "What Standard Error Comprises", "text", "Assigned", "sponsor-defined: parts of AVALSE"),
    _V("REASON", "Reason for a Missing Value or Error", "text", "Predecessor",
       "sponsor-defined: reason of the study's table", long=True),
    _V("RDNOTE", "Note on the Value", "text", "Predecessor",
       "sponsor-defined: note of the study's table", long=True),
    _V("SRCDOM", "Source Data", "text", "Assigned", "table of the study's results, without .csv"),
    _V("SRCVAR", "Source Variable", "text", "Assigned", "column of that table"),
    _V("SRCSEQ", "Source Sequence Number", "integer", "Assigned", "row of that table, the first is 1"),
)  # fmt: skip

#: Texts that others wrote -> what they are, for a message.
_TEXTS = {
    "PHANTOM": "the name of a body", "REGION": "the name of a region", "PARAM": "the name of a region",
    "RDNOTE": "a note", "REASON": "a reason",
}  # fmt: skip
FIT, FIT_AND_SAF = "TIAC", "TIAC AND SAF STATISTICS"
_SET = re.compile(r"ICRP (\d+)")
#: Table, column, its standard error, prefix of codes, quantity, unit, what the error comprises.
_OF_REGIONS = (
    ("tiac", "tiac_h", "se_h", "TI", "TIME-INTEGRATED ACTIVITY COEFFICIENT", "h", FIT),
    ("organ_doses", "dose_mGy_per_MBq", "se_mGy_per_MBq", "DC", "ABSORBED DOSE COEFFICIENT", "mGy/MBq",
     FIT_AND_SAF),
    ("organ_doses", "absorbed_dose_Gy", "se_Gy", "DA", "ABSORBED DOSE", "Gy", FIT_AND_SAF),
)  # fmt: skip
_EFFECTIVE = (
    ("effective_dose_mSv_per_MBq", "se_from_tiac_mSv_per_MBq", "EC", " COEFFICIENT", "mSv/MBq"),
    ("effective_dose_mSv", "se_from_tiac_mSv", "EA", "", "mSv"),
)


def doses(source: Source) -> CdiscDataset:
    """ADRD of all patients; what the cohort has together stands in the study's tables only.

    Raises
    ------
    DosimetryError : a text that no XPT file holds.
    """
    records = []
    for own in (_of_regions(source), _effective(source)):
        for patient, record in own:
            subject = source.subjects[patient]
            for name, what in _TEXTS.items():
                record[name] = source.ascii(str(record[name]), what)
            records.append(facts_of(subject, source) | record)
    return dataset(
        "ADRD",
        "Radiation Dose Analysis Dataset",
        "BASIC DATA STRUCTURE",
        "One record per subject per parameter (sponsor-defined: CDISC has no domain of radiation doses)",
        ADRD_VARIABLES,
        records,
    )


def _rows(source: Source, table: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Rows of single patients, and their number in the table."""
    frame = source.results.table(table)
    for i, row in enumerate(frame.to_dict("records"), 1):
        if row["statistic"] == "value":
            yield i, {str(k): v for k, v in row.items()}


def _of_regions(source: Source) -> Iterator[tuple[str, dict[str, Value]]]:
    names = {"tiac": "source", "organ_doses": "target"}
    codes = region_codes({str(row[of]) for table, of in names.items() for _, row in _rows(source, table)})
    for table, column, se, prefix, quantity, unit, comprises in _OF_REGIONS:
        for i, row in _rows(source, table):
            if column not in row:
                continue
            region = str(row[names[table]])
            yield (
                row["patient"],
                {
                    "PARAMCD": f"{prefix}{codes[region]}",
                    "PARAM": f"{quantity.capitalize()}, {region} ({unit})",
                    "PARCAT1": quantity,
                    "REGION": region,
                    "WEIGHTS": "",
                    **_value(row, column, se, unit, comprises, table, i),
                },
            )


def _effective(source: Source) -> Iterator[tuple[str, dict[str, Value]]]:
    table = "effective_dose"
    every = sorted({str(row["weights"]) for _, row in _rows(source, table)})
    codes = {w: f"I{m[1]}" if (m := _SET.fullmatch(w)) else f"W{every.index(w) + 1:03d}" for w in every}
    for column, se, prefix, kind, unit in _EFFECTIVE:
        for i, row in _rows(source, table):
            if column not in row:
                continue
            weights = str(row["weights"])
            quantity = f"{row['quantity'].upper()}{kind}"
            yield (
                row["patient"],
                {
                    "PARAMCD": f"{prefix}{codes[weights]}",
                    "PARAM": f"{quantity.capitalize()}, {weights} ({unit})",
                    "PARCAT1": quantity,
                    "REGION": "",
                    "WEIGHTS": weights,
                    **_value(row, column, se, unit, FIT, table, i),
                },
            )


def _value(
    row: Mapping[str, Any], column: str, se: str, unit: str, comprises: str, table: str, number: int
) -> dict[str, Value]:
    value, error = row[column], row.get(se, float("nan"))
    return {
        "PHANTOM": row["phantom"],
        "AVAL": value,
        "AVALU": unit,
        "AVALSE": error,
        "SESRC": comprises if error == error else "",
        "REASON": row["reason"],
        "RDNOTE": row["note"],
        "SRCDOM": table,
        "SRCVAR": column,
        "SRCSEQ": number,
    }
