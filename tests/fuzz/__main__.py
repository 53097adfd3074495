"""``python -m tests.fuzz 100000 --workers 2``: many cases, a summary, and a folder with what fails."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from .batches import BATCH, batch, replay


def main() -> int:
    """Run cases and print what came of them; 1 where something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("cases", type=int, nargs="?", default=2000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0, help="of the first batch")
    parser.add_argument("--seconds", type=float, help="begin no batch after so many seconds")
    parser.add_argument("--keep", default="fuzz-faults", help="folder for cases that fail")
    parser.add_argument("--replay", type=Path, help="run the cases of this folder again, and no others")
    given = parser.parse_args()
    os.environ["XDG_DATA_HOME"] = tempfile.gettempdir() + "/no-such-folder"
    if given.replay:
        return int(replay(given.replay) > 0)
    started, done = time.perf_counter(), 0
    by_kind: Counter[tuple[str, str]] = Counter()
    faults: Counter[str] = Counter()
    seeds = range(given.seed, given.seed - (-given.cases // BATCH))
    with ProcessPoolExecutor(given.workers, mp_context=get_context("spawn")) as pool:
        work = [pool.submit(batch, seed, BATCH, given.keep) for seed in seeds]
        for future in as_completed(work):
            if future.cancelled():
                continue
            some, wrong = future.result()
            by_kind += some
            faults += wrong
            done += 1
            seconds = time.perf_counter() - started
            left = seconds / done * (len(work) - done)
            if given.seconds and seconds > given.seconds:
                pool.shutdown(wait=False, cancel_futures=True)
            print(
                f"\r{done * BATCH} cases, {faults.total()} faults, {left:.0f} s left ",
                end="",
                file=sys.stderr,
            )
    print(file=sys.stderr)
    outcomes = sorted({outcome for _, outcome in by_kind})
    print(f"{'':60}" + "".join(f"{o:>10}" for o in outcomes))
    for kind in sorted({kind for kind, _ in by_kind}):
        print(f"{kind or 'all cases':60}" + "".join(f"{by_kind[(kind, o)]:10}" for o in outcomes))
    print(f"{time.perf_counter() - started:.0f} s")
    for fault, n in faults.most_common():
        print(f"{n:6} x {fault}")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
