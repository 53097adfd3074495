"""The rules of trapezoids in a study: the key, what other rules would have given, one line for all."""

from __future__ import annotations

import itertools
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dosimetry.study.check import check_study
from dosimetry.study.pipeline import run_study
from dosimetry.study.results import StudyResult

LAMBDA = math.log(2) / 78.41
METHOD = 'method = "linear" '


def with_method(folder: Path, method: str, more: str = "", **columns: list[str]) -> StudyResult:
    study = folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    assert METHOD in text
    study.write_text(text.replace(METHOD, f'method = "{method}" ') + more, encoding="utf-8")
    frame = pd.read_csv(folder / "patients.csv", comment="#")
    for name, values in columns.items():
        frame[name.replace("__", ".")] = values
    frame.to_csv(folder / "patients.csv", index=False)
    return run_study(study)


def areas(result: StudyResult) -> dict[tuple[str, str], float]:
    return {(c.patient, c.region): c.area.area for c in result.curves if c.area is not None}  # type: ignore[misc]


def test_a_study_takes_the_rule_for_all_for_an_organ_and_for_a_patient(study_folder: Path) -> None:
    before = run_study(study_folder / "study.toml")
    assert 'method = "linear"' in (study_folder / "study.toml").read_text(encoding="utf-8")
    own = '\n[organs.liver]\nmethod = "log"\n'
    names = [p.name for p in before.patients]
    columns = {"organs.method": ["" if n != names[1] else "linear" for n in names]}
    result = with_method(
        study_folder, "linear-decay-corrected", own, **{k.replace(".", "__"): v for k, v in columns.items()}
    )
    seen = set()
    for curve in result.curves:
        if curve.area is None:
            continue
        expected = "log" if curve.region == "liver" else "linear-decay-corrected"
        if (
            curve.patient == names[1] and curve.region != "liver"
        ):  # an organ's table is before a patient's column
            expected = "linear"
        assert curve.area.method == expected
        seen.add(expected)
        if expected != "linear-decay-corrected":
            continue
        t, v = curve.curve.time_h, curve.curve.uncorrected(LAMBDA).value
        fine = np.concatenate([np.linspace(a, b, 2001) for a, b in itertools.pairwise(t)])
        line = np.interp(fine, t, v * np.exp(LAMBDA * t)) * np.exp(-LAMBDA * fine)
        by_hand = np.trapezoid(line, fine) + curve.area.area_first + v[-1] / LAMBDA
        assert curve.area.area == pytest.approx(by_hand, rel=1e-6)
        assert curve.area.area < areas(before)[curve.patient, curve.region]
    assert seen == {"log", "linear", "linear-decay-corrected"}


def test_one_line_a_rule_tells_what_others_give(study_folder: Path) -> None:
    result = run_study(study_folder / "study.toml")
    lines = [w for w in result.warnings if "another rule" in w]
    used = [c.area for c in result.curves if c.area is not None]
    over = [a for a in used if any(d.part == "tail" for d in a.rule_differences)]
    of_tail = [line for line in lines if line.startswith("after the last point 'physical' was taken")]
    assert len(of_tail) == 1
    assert f"{len(over)} of {len(used)} areas differ by more than 3 %" in of_tail[0]
    most = max((d.relative for a in used for d in a.rule_differences if d.part == "tail"), key=abs)
    assert f"most by {100 * most:+.2g} %" in of_tail[0]
    assert len(lines) == len({re.split(" was taken", line)[0] for line in lines})  # not a line a curve
    said = {d.text for a in used for d in a.rule_differences}
    assert not said & {w.split(": ", 2)[-1] for w in result.warnings}
    # in the table each area has its own
    notes = result.kinetics.query("quantity == 'AUC to infinity, not decay-corrected'")["note"]
    assert any("after the last point 'physical' was taken" in str(n) for n in notes)
    assert lines == [w for w in check_study(study_folder / "study.toml").warnings if "another rule" in w]
