"""Cases by the hundred, each batch from a seed of its own; what fails is kept, and run again."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from . import running
from .cases import ALL, Case

#: Cases of one piece of work: a seed of its own.
BATCH = 250
#: Failing cases that are kept of one fault.
KEPT = 5


def batch(seed: int, cases: int, keep: str) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """Outcomes by kind of damage, and faults, of one seed's cases; failing ones are kept in a folder."""
    by_kind: Counter[tuple[str, str]] = Counter()
    faults: Counter[str] = Counter()

    @seeded(seed)
    @settings(
        max_examples=cases,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(ALL)
    def one(case: Case) -> None:
        with tempfile.TemporaryDirectory() as folder:
            outcome = running.run(case, Path(folder))
        for kind in case.kinds:
            by_kind[(f"{case.command}: {kind}", outcome.kind)] += 1
        by_kind[("", outcome.kind)] += 1
        if outcome.kind == running.WRONG:
            fault = re.sub(r"/tmp/\S+|[0-9.e+-]{4,}", "#", f"{case.command}: {outcome.fault}")[:150]
            faults[fault] += 1
            if faults[fault] <= KEPT:
                name = re.sub(r"\W+", "_", fault)[:60]
                running.save(case, outcome, Path(keep) / f"{name}_{seed}_{faults[fault]}")

    one()
    return by_kind, faults


def replay(folder: Path) -> int:
    """Run what was kept again; how many still fail."""
    wrong = 0
    for path in sorted(folder.glob("**/case.json")):
        with tempfile.TemporaryDirectory() as there:
            outcome = running.run(running.load(path.parent), Path(there))
        wrong += outcome.kind == running.WRONG
        print(f"{outcome.kind:9} {path.parent.name}: {outcome.fault or outcome.said[:150]}")
    return wrong
