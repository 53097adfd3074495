"""A fixed set of damaged inputs: each ends with plausible results, or with a message and exit status 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from . import running
from .bases import STUDIES, TIAC
from .cases import ALL, Case
from .therapy_bases import therapy, with_therapy

CASES = 2000


@pytest.fixture(autouse=True)
def no_own_bodies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "none"))


@given(ALL)
@settings(
    max_examples=CASES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_results_or_a_message(tmp_path_factory: pytest.TempPathFactory, case: Case) -> None:
    outcome = running.run(case, tmp_path_factory.mktemp("case"))
    assert outcome.kind != running.WRONG, f"{outcome.fault}\n{outcome.said}"


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("base", STUDIES)
def test_what_is_damaged_is_valid(base: str, whole: bool, tmp_path: Path) -> None:
    given = ("run", "FOLDER/study.toml", "--out", "FOLDER/out", "--no-figures")
    outcome = running.run(Case("run", STUDIES[base](), given, (), whole=whole), tmp_path)
    assert (outcome.kind, outcome.fault) == (running.OK, ""), outcome.said


@pytest.mark.parametrize("whole", [False, True])
def test_what_is_damaged_of_a_therapy_is_valid(whole: bool, tmp_path: Path) -> None:
    given = ("run", "FOLDER/study.toml", "--out", "FOLDER/out", "--no-figures")
    outcome = running.run(Case("therapy", with_therapy(*therapy()), given, (), whole=whole), tmp_path)
    assert (outcome.kind, outcome.fault) == (running.OK, ""), outcome.said


def test_the_rules_find_what_they_look_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A traceback, a warning, a dose above all energy, a mistake that is accepted, words without a file."""
    import warnings

    from dosimetry.commands import app as cli

    case = Case("dose", {"tiac.csv": TIAC}, ("dose", "--json"), ("x",))

    def ending(what: object) -> str:
        def main(_: object) -> None:
            if isinstance(what, BaseException):
                raise what
            if isinstance(what, str):
                print(what)
            else:
                warnings.warn("careful", RuntimeWarning, stacklevel=1)

        monkeypatch.setattr(cli, "main", main)
        return running.run(case, tmp_path).fault

    assert "traceback: KeyError" in ending(KeyError("x"))
    assert "warning: RuntimeWarning" in ending(None)
    assert "exit 1" in ending(SystemExit(1))
    assert "refused without a word" in ending(SystemExit(2))
    assert "NaN is no number" in ending('{"doses": NaN}')
    liver = {"target": "liver", "dose_mGy_per_MBq": 1e6}
    content = {"doses": [liver], "tiac_h": {"liver": 11.0}, "provenance": {"phantom": "adult male"}}
    case = Case("dose", {"tiac.csv": TIAC}, ("dose", "--nuclide", "Zr-89", "--json"), ("x",), hopeless=True)
    assert "of all energy" in ending(json.dumps(content))
    liver["dose_mGy_per_MBq"] = 1.0
    assert "a mistake was accepted" in ending(json.dumps(content))
