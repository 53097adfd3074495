"""Datasets as CDISC Dataset-JSON 1.1, the form that is to follow XPT (specification of 2024-12-05)."""

from __future__ import annotations

import json
from typing import Any

from dosimetry.cdisc.form.dataset import CdiscDataset, Variable

VERSION = "1.1.0"
_TYPES = {"text": "string", "integer": "integer", "float": "float"}


def dataset_json(dataset: CdiscDataset, *, study_id: str, made_utc: str, program_version: str) -> str:
    """The dataset as Dataset-JSON: a record a line, missing numbers null.

    Attributes are in the order of the specification.

    Numbers have as many digits as tell them from all others, so that they are read back to the last bit.
    Object identifiers (OID) are IG. and IT. with the names; a define.xml must have the same.

    Parameters
    ----------
    made_utc : ISO 8601.
    """
    head: dict[str, Any] = {
        "datasetJSONCreationDateTime": made_utc,
        "datasetJSONVersion": VERSION,
        "fileOID": f"{study_id}.{dataset.name}",
        "sourceSystem": {"name": "milligray", "version": program_version},
        "studyOID": study_id,
        "itemGroupOID": f"IG.{dataset.name}",
        "records": len(dataset.rows),
        "name": dataset.name,
        "label": dataset.label,
        "columns": [_column(dataset, v) for v in dataset.variables],
    }
    lines = [json.dumps(row, allow_nan=False) for row in dataset.rows]
    return json.dumps(head, indent=1)[:-2] + ',\n "rows": [\n  ' + ",\n  ".join(lines) + "\n ]\n}\n"


def _column(dataset: CdiscDataset, variable: Variable) -> dict[str, Any]:
    found: dict[str, Any] = {
        "itemOID": f"IT.{dataset.name}.{variable.name}",
        "name": variable.name,
        "label": variable.label,
        "dataType": _TYPES[variable.kind],
    }
    if variable.kind == "text":
        found["length"] = dataset.length(variable.name)
    if variable.key:
        found["keySequence"] = variable.key
    return found
