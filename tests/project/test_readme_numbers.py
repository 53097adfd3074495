"""The README's table is what the example gives, each number rounded once."""

from __future__ import annotations

import re
from pathlib import Path

from dosimetry import run_study

ROOT = Path(__file__).parents[2]


def test_the_uncertainty_of_the_first_patient_is_that_of_the_results() -> None:
    found = run_study(ROOT / "examples" / "zr89-trastuzumab" / "study.toml").budget
    assert found is not None
    budget = found.cohort.of("P01")
    i = budget.of("effective dose", "ICRP 60")
    u, without = (100.0 * budget.u(apart=apart)[i] / budget.value[i] for apart in (True, False))
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"a standard uncertainty of {u:.0f} %, or {without:.0f} % without the difference" in text


def test_the_table_of_doses_is_rounded_once_from_the_results() -> None:
    found = run_study(ROOT / "examples" / "zr89-trastuzumab" / "study.toml").comparison.set_index("target")
    text = (ROOT / "README.md").read_text(encoding="utf-8").split("| mGy/MBq | simulated, milligray |")[1]
    rows = re.findall(r"^\| ([^|]+) \| (\S+) ± (\S+) \| (\S+) ± (\S+) \|$", text, re.MULTILINE)
    assert len(rows) == 8
    for name, *printed in rows:
        row = found.loc[name.removesuffix(" (mSv/MBq)")]
        values = row[["mean", "sd", "published_mean", "published_sd"]]
        assert printed == [f"{value:.2f}" for value in values], name
