"""``milligray validate``: options, exit status, page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dosimetry.commands.app import main
from validation import case as case_module
from validation.case import FOLDER, read_cases
from validation.report.page import MARK

ROOT = Path(__file__).parents[2]
QUICK = "huj591_pandit_taskar_2014"


def status(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["validate", *arguments])
    assert isinstance(end.value.code, int)
    return end.value.code


def test_list_names_every_case(capsys: pytest.CaptureFixture[str]) -> None:
    assert status("--list") == 0
    out = capsys.readouterr().out
    for name in read_cases():
        assert name in out


def test_json_of_one_case(capsys: pytest.CaptureFixture[str]) -> None:
    assert status("--case", QUICK, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert {r["case"] for r in rows} == {QUICK}
    assert [r["verdict"] for r in rows] == ["missed", "pass"]
    assert {r["strength"] for r in rows} == {"independent forward"}
    liver = next(r for r in rows if r["quantity"] == "liver")
    assert liver["published"] == pytest.approx(7.7 * 10 / 37)
    assert liver["low"] < liver["ours"] < liver["high"]


def test_a_case_that_fails_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (FOLDER / f"{QUICK}.toml").read_text(encoding="utf-8")
    (tmp_path / "wrong.toml").write_text(text.replace("mean = 7.7", "mean = 12.7"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)  # no docs/ here, so no page
    monkeypatch.setattr(case_module.read_cases, "__defaults__", (tmp_path,))
    assert status() == 1
    assert "FAIL" in capsys.readouterr().out


def test_an_unknown_case_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert status("--case", "trastuzumab") == 2
    assert "near names" in capsys.readouterr().err


def test_a_page_of_others_is_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "validation.md").write_text("mine", encoding="utf-8")
    assert status("--page", str(tmp_path)) == 2
    assert "not made by this command" in capsys.readouterr().err
    assert (tmp_path / "validation.md").read_text(encoding="utf-8") == "mine"


def block(text: str, name: str) -> str:
    return text.split(f"<!-- {name} -->\n")[1].split(f"<!-- /{name} -->")[0]


def test_the_page_in_docs_is_what_a_run_writes(tmp_path: Path) -> None:
    """Except for the tables that a copy of ICRP 133 adds a column to."""
    status("--page", str(tmp_path))
    made = (tmp_path / "validation.md").read_text(encoding="utf-8")
    kept = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    assert made.startswith(MARK) and kept.startswith(MARK)
    for name in ("cases", "fdg", "safs", "arithmetic", "forward", "tracers", "cohort", "sensitivity"):
        assert block(made, name) == block(kept, name), f"run: milligray validate --page docs ({name} differs)"
    for figure in ("forward", "residuals", "tracers", "cohort"):
        assert (tmp_path / "figures" / f"validation_{figure}.png").stat().st_size > 10_000
