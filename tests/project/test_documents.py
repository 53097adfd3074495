"""README and docs/study.md say what the program does; a key or column that is added has to be explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from dosimetry.study.input_tables import table_columns
from dosimetry.study.keys.settings import Study

ROOT = Path(__file__).parents[2]
STUDY_PAGE = (ROOT / "docs" / "study.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    found = []
    for name, field in model.model_fields.items():
        if name == "uncertainty":  # has a page of its own, with a test of its own
            found.append("[uncertainty]")
            continue
        kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
        section = next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)
        found += keys(section, f"{name}.") if section else [prefix + name]
    return found


@pytest.mark.parametrize("key", keys(Study))
def test_every_key_is_explained(key: str) -> None:
    assert f"`{key}`" in STUDY_PAGE


@pytest.mark.parametrize(
    "table", ["PATIENTS", "WHOLE_BODY", "SERUM", "ORGANS", "MASSES", "URINE", "TIAC", "COMPARISON"]
)
def test_every_column_is_explained(table: str) -> None:
    section = STUDY_PAGE.split("## Tables")[1]
    for column in getattr(table_columns, table):
        assert f"`{column.name}`" in section


def test_readme_has_the_two_commands() -> None:
    for name in ("run", "test"):
        block = re.search(rf"<!-- {name}-command -->\n```\n(.+)\n```\n<!-- /{name}-command -->", README)
        assert block is not None
        assert "\n" not in block.group(1)
        assert block.group(1).startswith("python3 -m venv")
    assert "examples/zr89-trastuzumab/study.toml" in README


def test_links_of_the_readme_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_python_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Block after block in one session; the frames are those of the example's first patient."""
    import pandas as pd

    folder = ROOT / "examples" / "zr89-trastuzumab"
    tables = {
        name: pd.read_csv(folder / f"{name}.csv", comment="#") for name in ("whole_body", "serum", "organs")
    }
    mine = {name: frame[frame["patient"] == "P01"] for name, frame in tables.items()}
    names = {"probe": mine["whole_body"], "serum": mine["serum"], "organs": mine["organs"]}
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(blocks) >= 2
    monkeypatch.chdir(ROOT)
    printed = 0
    for block in blocks:
        exec(block, names)
        for value, code in re.findall(r"^(.+?) +# ([0-9.]+) mGy/MBq$", block, re.MULTILINE):
            assert f"{eval(value, names):.2f}" == code
            printed += 1
    assert printed
    assert names["doses"].effective("ICRP 103").se_from_tiac_mSv_per_MBq > 0
