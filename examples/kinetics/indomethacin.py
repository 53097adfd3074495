"""From a curve to its pharmacokinetics, step by step, on real data: indomethacin in six people.

    python examples/kinetics/indomethacin.py [FOLDER for the figures]

Cells are marked with `# %%`, as notebooks and editors know them. The data (R's `Indometh`, 25 mg as an
intravenous bolus; Kwan et al., J Pharmacokinet Biopharm 1976;4:255-280) are typed in beside the tests.
"""

# %% The data: six curves of plasma concentration
import csv
import math
import sys
from pathlib import Path

import numpy as np

from kinetics import (
    Curve,
    bootstrap,
    choose_model,
    fit_curve,
    fitted_parameters,
    nca,
    plot_choice,
    plot_cohort,
    profile,
    save_figure,
    side_by_side,
)

root = Path(__file__).resolve().parents[2]
with (root / "tests" / "kinetics" / "data" / "indometh.csv").open() as file:
    rows = list(csv.DictReader(file))
curves = [
    Curve(
        time_h=np.array([float(r["time_h"]) for r in rows if r["subject"] == subject]),
        value=np.array([float(r["value"]) for r in rows if r["subject"] == subject]),
        unit="mg/L",
        decay_corrected=True,
        half_life_h=math.inf,  # a stable drug: nothing decays
        name=f"subject {subject}",
    )
    for subject in sorted({r["subject"] for r in rows})
]

# %% Which model? Assay errors are proportional to the concentration: relative weights
choice = choose_model(curves[0], weights="relative")
for c in choice.candidates:
    weight = "" if c.weight is None else f"weight {c.weight:.3f}"
    print(f"{c.model:22s} {weight:14s} {c.reason or 'chosen'}")
print(*choice.warnings, sep="\n")

# %% Its parameters, and the area by three kinds of interval
fit = choice.chosen
for name, (value, se) in fit.parameters.items():
    print(f"{name:8s} {value:.4f} +- {se:.4f}")
p = profile(fit)
print(
    f"area {fit.area:.3f}; delta {fit.interval()}, profile {p.lower, p.upper}, bootstrap"
    f" {bootstrap(fit, seed=1).interval()}"
)

# %% Pharmacokinetics, from the fit and without a model
free = nca(curves[0], dose=25)
for what, a, b in side_by_side(free, fitted_parameters(fit, dose=25)):
    print(f"{what:20s} {a.value:8.3f} {b.value:8.3f} +- {b.se:.3f} {b.unit}")
print(*free.notes, sep="\n")

# %% The cohort
fits = [fit_curve(c, "biexponential", weights="relative") for c in curves]
clearance = [fitted_parameters(f, dose=25)["cl"].value for f in fits]
print(f"CL {np.mean(clearance):.2f} +- {np.std(clearance, ddof=1):.2f} L/h (mean +- SD of six)")

# %% Figures
if len(sys.argv) > 1:
    folder = Path(sys.argv[1])
    save_figure(plot_choice(choice), folder / "indomethacin.png")
    save_figure(plot_cohort(fits, title="indomethacin, six people"), folder / "indomethacin_cohort.png")
    print(f"figures are in {folder}")
