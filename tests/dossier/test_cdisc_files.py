"""Files of datasets, read back and compared exactly: XPT by three readers, Dataset-JSON by its rules."""

from __future__ import annotations

import json
import math
import re
import struct
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from cdisc_study import ibm_float, read_xpt, write_study

from dosimetry import CdiscOptions, DosimetryError, cdisc_datasets, run_study, write_cdisc
from dosimetry.cdisc.datasets import CdiscDatasets
from dosimetry.cdisc.form.dataset import CdiscDataset, Variable, dataset
from dosimetry.cdisc.form.xpt import LARGEST, SMALLEST, xpt_bytes
from dosimetry.dossier.results.results import Results

NAMES = ("PC", "PP", "ADNCA", "ADPP", "ADRD")
WHEN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
EPOCH = str(int(WHEN.timestamp()))


@pytest.fixture(scope="module")
def made(trastuzumab: Results) -> CdiscDatasets:
    return cdisc_datasets(trastuzumab, CdiscOptions(study_id="TRAS-01"))


@pytest.fixture(scope="module")
def folder(trastuzumab: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", EPOCH)
        out = tmp_path_factory.mktemp("cdisc") / "datasets"
        return write_cdisc(out, trastuzumab, options=CdiscOptions(study_id="TRAS-01"))


def same(value: object, expected: object) -> bool:
    """The same text, or the same number to its last bit; missing is NaN or None."""
    if expected is None:
        return value is None or (isinstance(value, float) and math.isnan(value))
    if isinstance(expected, str):
        return value == expected
    return float(value) == float(expected)  # type: ignore[arg-type]


def compare(rows: list[dict[str, object]], expected: CdiscDataset) -> None:
    names = [v.name for v in expected.variables]
    assert len(rows) == len(expected.rows)
    for i, (row, wanted) in enumerate(zip(rows, expected.rows, strict=True)):
        assert list(row) == names
        for name, value in zip(names, wanted, strict=True):
            assert same(row[name], value), (expected.name, i, name, row[name], value)


@pytest.mark.parametrize("name", NAMES)
def test_xpt_by_its_record_layout(name: str, folder: Path, made: CdiscDatasets) -> None:
    """A reader that knows only SAS' technical note: names, labels, every value, the time of writing."""
    facts, rows = read_xpt((folder / f"{name.lower()}.xpt").read_bytes())
    compare(rows, made[name])
    assert facts["labels"] == {v.name: v.label for v in made[name].variables}
    assert (facts["name"], facts["label"]) == (name, made[name].label)
    assert {facts["created"], facts["modified"], facts["member_created"]} == {"04MAR26:05:06:07"}


@pytest.mark.parametrize("name", NAMES)
def test_xpt_by_pyreadstat_and_by_pandas(name: str, folder: Path, made: CdiscDatasets) -> None:
    path = str(folder / f"{name.lower()}.xpt")
    frame, about = pyreadstat.read_xport(path)
    assert about.column_labels == [v.label for v in made[name].variables]
    assert (about.table_name, about.file_label) == (name, made[name].label)
    by_pandas = pd.read_sas(path, format="xport", encoding="ascii")
    by_pandas = by_pandas.replace(16.0**-65, 0.0)  # what pandas makes of eight zero bytes
    for read in (frame, by_pandas):
        rows = read.astype(object).where(read.notna(), None).to_dict("records")
        texts = {v.name for v in made[name].variables if v.kind == "text"}
        filled = [{k: "" if v is None and k in texts else v for k, v in row.items()} for row in rows]
        compare(filled, made[name])


#: Dataset-JSON 1.1, specification of 2024-12-05: top-level attributes in their order, and what is required.
TOP = (
    "datasetJSONCreationDateTime", "datasetJSONVersion", "fileOID", "dbLastModifiedDateTime", "originator",
    "sourceSystem", "studyOID", "metaDataVersionOID", "metaDataRef", "itemGroupOID", "records", "name",
    "label", "columns", "rows",
)  # fmt: skip
REQUIRED = {TOP[0], TOP[1], "itemGroupOID", "records", "name", "label", "columns"}
OF_A_COLUMN = (
    "itemOID", "name", "label", "dataType", "targetDataType", "length", "displayFormat", "keySequence",
)  # fmt: skip
TYPES = {"string": str, "integer": int, "float": (int, float)}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(([+-]\d\d:\d\d)|Z)?")


@pytest.mark.parametrize("name", NAMES)
def test_dataset_json_by_its_specification(name: str, folder: Path, made: CdiscDatasets) -> None:
    text = (folder / f"{name.lower()}.json").read_text(encoding="utf-8")
    read = json.loads(text, parse_constant=lambda c: pytest.fail(f"{c} is no JSON"))
    assert set(read) >= REQUIRED and [k for k in TOP if k in read] == list(read)
    assert TIME.fullmatch(read["datasetJSONCreationDateTime"])
    assert read["datasetJSONCreationDateTime"] == "2026-03-04T05:06:07+00:00"
    assert re.fullmatch(r"1\.1(\.(0|[1-9]\d*))?", read["datasetJSONVersion"])
    assert set(read["sourceSystem"]) == {"name", "version"}
    assert (read["itemGroupOID"], read["name"], read["studyOID"]) == (f"IG.{name}", name, "TRAS-01")
    assert read["label"] == made[name].label
    assert read["records"] == len(read["rows"]) == len(made[name].rows)
    for column, variable in zip(read["columns"], made[name].variables, strict=True):
        assert set(column) >= {"itemOID", "name", "label", "dataType"}
        assert [k for k in OF_A_COLUMN if k in column] == list(column)
        assert (column["name"], column["label"]) == (variable.name, variable.label)
        assert column["itemOID"] == f"IT.{name}.{variable.name}"
        assert column.get("length", 1) >= 1 and column.get("keySequence", 1) >= 1
    for row in read["rows"]:
        for value, column in zip(row, read["columns"], strict=True):
            assert value is None or isinstance(value, TYPES[column["dataType"]])
            assert column["dataType"] != "string" or len(value) <= column["length"]
    compare(
        [dict(zip([c["name"] for c in read["columns"]], r, strict=True)) for r in read["rows"]], made[name]
    )


def test_every_double_of_its_range_is_held_to_the_last_bit() -> None:
    """What "exactly" means: 53 significant bits at every exponent, which IBM's 56 bits in base 16 hold."""
    rng = np.random.default_rng(11)
    mantissas = rng.integers(2**52, 2**53, 20000, dtype=np.int64).astype(float)
    values = np.ldexp(mantissas, rng.integers(-300, 195, 20000)) * rng.choice([-1.0, 1.0], 20000)
    values = np.concatenate([values, [0.0, SMALLEST, LARGEST, -LARGEST, 1 / 3, 0.1, math.pi]])
    variable = Variable("X", "A number", "float", "Derived", "drawn")
    content = xpt_bytes(
        CdiscDataset("T", "T", "", "", (variable,), tuple((v,) for v in values.tolist())), WHEN
    )
    _, rows = read_xpt(content)
    np.testing.assert_array_equal([row["X"] for row in rows], values)


def test_the_reader_of_ibm_numbers_by_known_bytes() -> None:
    """-118.625 is C2 76A0 in every book on the format; 1 is 41 10; a full stop is missing."""
    assert ibm_float(bytes.fromhex("C276A00000000000")) == -118.625
    assert ibm_float(bytes.fromhex("4110000000000000")) == 1.0
    assert math.isnan(ibm_float(bytes.fromhex("2E00000000000000")))
    assert ibm_float(struct.pack(">Q", 0)) == 0.0


@pytest.mark.parametrize("value", [8e-78, 5e74, math.inf])
def test_a_number_that_xpt_cannot_hold_is_refused(value: float) -> None:
    variable = Variable("AVAL", "Analysis Value", "float", "Derived", "x")
    with pytest.raises(DosimetryError, match=r"T\.AVAL: .* is outside of what XPT holds"):
        xpt_bytes(CdiscDataset("T", "T", "", "", (variable,), ((value,),)), WHEN)


def test_the_same_bytes_again_but_for_the_time(
    trastuzumab: Results, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = CdiscOptions(study_id="TRAS-01")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    again = write_cdisc(tmp_path / "again", trastuzumab, options=options)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(EPOCH) + 3600))
    later = write_cdisc(tmp_path / "later", trastuzumab, options=options)
    files = sorted(p.name for p in folder.iterdir())
    assert len(files) == 13
    for name in files:
        before = (folder / name).read_bytes()
        assert (again / name).read_bytes() == before
        if name == "manifest.sha256":
            continue
        changed = (later / name).read_bytes().replace(b"04MAR26:06:06:07", b"04MAR26:05:06:07")
        assert changed.replace(b"2026-03-04T06:06:07", b"2026-03-04T05:06:07") == before


def test_text_that_xpt_cannot_hold_is_refused_and_long_text_split() -> None:
    plain = Variable("A", "Short", "text", "Assigned", "where it comes from", key=1)
    long = replace(plain, name="NOTE", label="Long", long=True, key=0)
    text = " ".join(f"word{i}" for i in range(90))
    found = dataset("T", "T", "", "", (plain, long), [{"A": "b", "NOTE": text}, {"A": "a", "NOTE": "short"}])
    assert [v.name for v in found.variables] == ["A", "NOTE", "NOTE1", "NOTE2", "NOTE3"]
    assert found.variables[2].label == "Long (1)"
    assert " ".join(str(v) for v in found.rows[1][1:]).strip() == text
    assert found.rows[0] == ("a", "short", "", "", "")
    assert max(len(str(v)) for v in found.rows[1]) <= 200
    bad = [{"A": "x" * 201, "NOTE": "y" * 201}, {"A": "é", "NOTE": ""}]
    with pytest.raises(DosimetryError) as error:
        dataset("T", "T", "", "", (plain, long), bad)
    assert len(error.value.complaints) == 3
    assert "T.A: 'xxxx" in str(error.value) and "has 201 characters, and XPT holds 200" in str(error.value)
    assert "shorten it where it comes from: where it comes from" in str(error.value)
    assert "'é' has a character that is not ASCII" in str(error.value)


@pytest.mark.parametrize("name", ["TOOLONGNAME", "1A", "a", "A-B", ""])
def test_names_and_labels_of_variables_are_checked(name: str) -> None:
    with pytest.raises(ValueError, match="a variable has 1 to 8"):
        Variable(name, "x", "text", "Assigned", "")
    for label in ("x" * 41, "é", ""):
        with pytest.raises(ValueError, match="1 to 40 ASCII"):
            Variable("A", label, "text", "Assigned", "")


def test_a_cohort_of_one_and_one_format(tmp_path: Path) -> None:
    study = write_study(tmp_path / "study", {"P1": [(1.0, "30"), (24.0, "20"), (72.0, "9"), (120.0, "4.1")]})
    out = write_cdisc(tmp_path / "out", run_study(study), formats=("xpt",))
    assert sorted(p.name for p in out.iterdir()) == [
        "README.txt", "adnca.xpt", "adpp.xpt", "adrd.xpt", "manifest.sha256", "pc.xpt", "pp.xpt",
        "variables.csv",
    ]  # fmt: skip
    assert len(read_xpt((out / "pp.xpt").read_bytes())[1]) == 33
    _, rows = read_xpt((out / "adpp.xpt").read_bytes())
    assert math.isnan(rows[0]["AGE"]) and math.isnan(rows[0]["MASSDOSE"]) and rows[0]["AGEU"] == ""
    assert rows[0]["SIMFL"] == "" and rows[0]["ADMACT"] == 70


def test_the_listing_has_every_variable(folder: Path, made: CdiscDatasets) -> None:
    listed = pd.read_csv(folder / "variables.csv", keep_default_na=False)
    assert listed["dataset"].drop_duplicates().tolist() == list(NAMES)
    for name in NAMES:
        own = listed[listed["dataset"] == name]
        assert own["variable"].tolist() == [v.name for v in made[name].variables]
        assert (own["derivation"].str.len() > 0).all()
        _, about = pyreadstat.read_xport(str(folder / f"{name.lower()}.xpt"))
        assert own["length"].tolist() == list(about.variable_storage_width.values())
