"""Writes the tables and figures of docs/kinetics.md from a run.

    python -m validation.pages.kinetics_page [--speed] [--choices 100]

``--speed`` runs the benchmark too (some minutes on two cores) and writes its table, ``--choices`` the
simulated curves of the automatic choice, that many of each kind (100: some ten minutes on two cores); without
them those tables stay.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from pathlib import Path

import numpy as np

from kinetics.choice.choose import choose_model
from kinetics.curves.curve import Curve
from kinetics.fitting.fit import fit_curve
from kinetics.models import MODELS
from kinetics.plots import plot_choice, plot_cohort, save_figure
from validation.pages import choice_checks
from validation.pages import kinetics_checks as checks
from validation.pages import kinetics_errors as errors
from validation.pages.area_rules import area_rules
from validation.report.markdown import splice, table

PAGE = checks.ROOT / "docs" / "kinetics.md"
FIGURES = checks.ROOT / "docs" / "figures"


def command(*arguments: str) -> str:
    """What a user sees: the command, and what it prints."""
    from dosimetry.commands.app import main

    os.environ["COLUMNS"] = "110"
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        main(list(arguments))
    text = "\n".join(line.rstrip() for line in out.getvalue().splitlines())
    shown = " ".join(f"'{a}'" if " " in a or "%" in a else a for a in arguments)
    return f"```\n$ milligray {shown}\n{text}\n```"


def unseen(folder: Path) -> dict[str, str]:
    """A curve that nothing here was made with, as a new user would fit it: theophylline by mouth."""
    curve = checks.dataset("theoph")[10]
    rows = "".join(f"{t:g},{v:g}\n" for t, v in zip(curve.time_h, curve.value, strict=True) if t > 0)
    (folder / "theoph10.csv").write_text(f"time_h,value\n{rows}")
    here = Path.cwd()
    os.chdir(folder)
    try:
        fitted = command(
            "fit", "theoph10.csv", "--unit", "mg/L", "--weights", "relative", "--plot", "theoph10.png"
        )
        analysed = command(
            "nca", "theoph10.csv", "--dose", "320", "--unit", "mg/L", "--route", "extravascular"
        )
        (FIGURES / "kinetics_unseen.png").write_bytes(Path("theoph10.png").read_bytes())
    finally:
        os.chdir(here)
    return {"unseen-fit": fitted, "unseen-nca": analysed}


def figures() -> None:
    """One curve with its choice, and a cohort."""
    curve = checks.dataset("indometh")[1]
    choice = choose_model(curve, lambda_phys_per_h=0.0, weights="relative")
    save_figure(plot_choice(choice), FIGURES / "kinetics_indometh.png")
    rng = np.random.default_rng(7)
    fits = []
    for i in range(10):
        theta = checks.SERUM * np.exp(0.2 * rng.normal(size=4))
        value = MODELS["biexponential"].value(checks.SERUM_H, theta)
        c = Curve(
            time_h=checks.SERUM_H,
            value=value * (1 + 0.03 * rng.normal(size=value.size)),
            unit="%IA/L",
            decay_corrected=True,
            name=f"patient {i + 1}",
        )
        fits.append(fit_curve(c, "biexponential", lambda_phys_per_h=checks.LAM, weights="relative"))
    save_figure(plot_cohort(fits, title="Serum of ten simulated patients"), FIGURES / "kinetics_cohort.png")


def main() -> None:
    """Write the page."""
    from tempfile import TemporaryDirectory

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--choices", type=int, metavar="CURVES", help="simulated curves of each kind")
    given = parser.parse_args()
    FIGURES.mkdir(exist_ok=True)
    figures()
    contents = {
        name.replace("_", "-"): getattr(checks, name)()
        for name in (
            "models", "indometh", "winnonlin", "zirconium", "coverage", "intervals", "choices",
            "persons", "single_points",
        )
    }  # fmt: skip
    contents["area-rules"] = area_rules()
    contents |= {"stiff": errors.stiff(), "common-errors": errors.common_errors()}
    with TemporaryDirectory() as folder:
        contents |= unseen(Path(folder))
    zirconium = checks.ROOT / "examples" / "compartments" / "two-compartments.toml"
    contents["compartments"] = command("compartments", str(zirconium.relative_to(checks.ROOT)))
    if given.choices:
        cells = choice_checks.all_cells(given.choices)
        contents["verdict"] = choice_checks.verdict(cells)
        contents["simulated-choices"] = choice_checks.cells_table(cells)
    if given.speed:
        sys.path.insert(0, str(checks.ROOT / "benchmarks"))
        import curves as benchmark  # type: ignore[import-not-found]

        contents["speed"] = table(("what", "time"), benchmark.lines(benchmark.measure(1000)))
    splice(PAGE, contents)
    print(f"{PAGE} is written")


if __name__ == "__main__":
    main()
