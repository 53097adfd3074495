"""Time of a whole dossier, Word, Excel, HTML, CSV and figures, of results that are there.

    python benchmarks/dossier.py [patients] [--no-figures]

The patients are those of benchmarks/study.py with their uncertainty budget. Aim: 50 patients in 10 s, from
imports to the last file. What others do on the machine changes seconds; CPU seconds less.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from study import make_study

from dosimetry import run_study, write_results


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("patients", nargs="?", type=int, default=50)
    parser.add_argument("--no-figures", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        study = make_study(Path(home), given.patients, budget=True)
        results = write_results(f"{home}/results", run_study(study), figures=False)
        command = [sys.executable, "-m", "dosimetry.commands.app", "report", str(results)]
        command += ["--out", f"{home}/dossier", *(["--no-figures"] if given.no_figures else [])]
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds, after = perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = sum(getattr(after, u) - getattr(before, u) for u in ("ru_utime", "ru_stime"))
        print(f"dossier of {given.patients} patients: {seconds:.1f} s ({cpu:.1f} CPU s)")
        for path in sorted(Path(home, "dossier").rglob("*")):
            if path.is_file() and path.parent.name != "tables":
                print(f"  {path.relative_to(home)}: {path.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
