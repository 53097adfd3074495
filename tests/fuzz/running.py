"""One case, run in this process, and what came of it."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path

from dosimetry import DosimetryError, load_study, nuclide, run_study
from dosimetry.commands import app as cli
from dosimetry.patients.results import results_of
from dosimetry.study.pipeline import methods_with_populations, read_study
from dosimetry.study.uncertainty.study_budget import stated_of, study_budget
from lesions import run_lesions
from milligray.errors import MilligrayError

from . import rules
from .cases import Case

OK, REFUSED, WRONG = "results", "refused", "FAULT"


@dataclass(frozen=True)
class Outcome:
    """How a case ended: one of OK, REFUSED, WRONG; what is wrong; what was said."""

    kind: str
    fault: str = ""
    said: str = ""


def run(case: Case, folder: Path) -> Outcome:
    """Run a case with its files in a folder that is empty."""
    for name, content in case.files.items():
        (folder / name).write_bytes(content)
    out, err = io.StringIO(), io.StringIO()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", category=ResourceWarning)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                made = None if case.whole else IN_MEMORY.get(case.command)
                status, problem = made(folder) if made is not None else _command(case, folder, out)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            return Outcome(
                WRONG, f"traceback: {_where(error)}", "".join(traceback.format_exception(error))[-3000:]
            )
    said = err.getvalue()
    if caught:
        return Outcome(
            WRONG,
            f"warning: {caught[0].category.__name__} at {caught[0].filename}:{caught[0].lineno}"
            f" {caught[0].message}",
            said,
        )
    if status == 0:
        fault = problem or ("a mistake was accepted" if case.hopeless else "")
        return Outcome(WRONG if fault else OK, fault, said)
    if status != 2:
        return Outcome(WRONG, f"exit {status}", said)
    fault = _wrong_words(case, folder, said.splitlines())
    return Outcome(WRONG if fault else REFUSED, fault, said)


def _where(error: BaseException) -> str:
    """The error and the last line of ours that it came through."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "site-packages" not in f.filename]
    ours = [f for f in frames if "/tests/" not in f.filename] or frames
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
    return f"{type(error).__name__} at {place}"


def _study(folder: Path) -> tuple[int, str]:
    """A study's results in memory: as ``milligray run`` makes them, without statistics and files."""
    try:
        study = load_study(folder / "study.toml")
        s = study.settings
        try:
            n = nuclide(s.nuclide)
        except MilligrayError as error:
            raise DosimetryError(f"{study.path}: nuclide: {error}") from None
        patients = read_study(study, n)
        stated = stated_of(study, patients)
        methods, _ = methods_with_populations(study, patients, n)
        results = results_of(patients, methods, n, s.effective_dose)
        budget = None if stated is None else study_budget(study, stated, results, methods, n)
    except MilligrayError as error:
        return _refused(error)
    problem = rules.wrong_results(results, n, s.daughters)
    return 0, problem or ("" if budget is None else rules.wrong_budgets(budget))


def _lesions(folder: Path) -> tuple[int, str]:
    """A study of lesions in memory."""
    try:
        result = run_lesions(folder / "study.toml")
    except MilligrayError as error:
        return _refused(error)
    return 0, rules.wrong_frames(result.tables)


def _therapy(folder: Path) -> tuple[int, str]:
    """A study of cycles in memory, with the tables of its sections."""
    try:
        result = run_study(folder / "study.toml")
    except MilligrayError as error:
        return _refused(error)
    assert result.nuclide is not None
    problem = rules.wrong_results(result.results, result.nuclide, result.settings.daughters)
    tables = {name: frame for part in result.parts.values() for name, frame in part.tables.items()}
    return 0, problem or rules.wrong_frames(tables)


#: Commands whose results are made and not written.
IN_MEMORY = {"run": _study, "lesions": _lesions, "therapy": _therapy}


def _refused(error: MilligrayError) -> tuple[int, str]:
    for line in error.complaints:
        print(f"milligray: error: {' '.join(line.split())}", file=sys.stderr)
    return 2, ""


def _command(case: Case, folder: Path, out: io.StringIO) -> tuple[int, str]:
    try:
        cli.main([a.replace("FOLDER", str(folder)) for a in case.arguments])
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(bool(end.code))
    if status:
        left = sorted(p.name for p in folder.iterdir() if p.name not in case.files)
        return status, f"left {left}" if left else ""
    if "--json" in case.arguments:
        return 0, rules.wrong_json(case.command, case.arguments, out.getvalue())
    archive = {"run": True, "therapy": True, "lesions": False, "theranostic": False}.get(case.command)
    return 0, "" if archive is None else rules.wrong_folder(folder / "out", archive=archive)


#: Files outside of the case that damaged study files lead to.
FOREIGN = ("/etc/passwd",)


def _wrong_words(case: Case, folder: Path, lines: list[str]) -> str:
    if not lines:
        return "refused without a word"
    for line in lines:
        if not line.startswith("milligray: error: ") or len(line) < 30:
            return f"a line that is no message: {line[:80]!r}"
        names = (*case.files, str(folder), *FOREIGN)
        if case.kinds != ("options",) and not any(name in line for name in names):
            return f"a line that names no file: {line[:200]!r}"
        if len(line) > 3000:
            return f"a line of {len(line)} characters"
    return ""


def save(case: Case, outcome: Outcome, folder: Path) -> None:
    """Keep a case so that :func:`load` gives it back."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in case.files.items():
        (folder / name).write_bytes(content)
    facts = {
        "command": case.command,
        "arguments": case.arguments,
        "kinds": case.kinds,
        "hopeless": case.hopeless,
        "whole": case.whole,
        "files": sorted(case.files),
        "fault": outcome.fault,
        "said": outcome.said,
    }
    (folder / "case.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")


def load(folder: Path) -> Case:
    """A case that was kept."""
    facts = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    files = {name: (folder / name).read_bytes() for name in facts["files"]}
    return Case(
        facts["command"],
        files,
        tuple(facts["arguments"]),
        tuple(facts["kinds"]),
        facts["hopeless"],
        facts["whole"],
    )
