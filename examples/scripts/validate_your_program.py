# %% [markdown]
# # Validate your own program against ours
# Another program's S values come from a CSV file and are set beside those of a named body. Here the other
# program is a spreadsheet that this script writes itself: **electrons only**, all absorbed where they are
# emitted. So it must be right where electrons carry the dose, low where photons do, and never high.

# %% The other program's file: S(organ <- organ) in mGy/(MBq.s)
import json
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

import pandas as pd
from scipy.constants import electron_volt

import milligray as mg

BODY = "adult male"
ORGANS = ["liver", "kidneys", "spleen", "pancreas", "thyroid", "lungs"]
MGY_KG_PER_MBQ_S_MEV = electron_volt * 1e6 * 1e6 * 1e3  # J per MeV, decays per MBq s, mGy per Gy
mass_kg = mg.load_phantom(BODY).target_mass_kg
theirs_csv = Path(mkdtemp()) / "spreadsheet.csv"
pd.DataFrame(
    [
        (
            name,
            organ,
            mg.nuclide(name).energy_per_decay_MeV["electron"] * MGY_KG_PER_MBQ_S_MEV / mass_kg[organ],
        )
        for name in ("Y-90", "Lu-177", "Zr-89")
        for organ in ORGANS
    ],
    columns=["nuclide", "organ", "s_mGy_per_MBq_s"],
).to_csv(theirs_csv, index=False)

# %% Beside ours, organ by organ
theirs = pd.read_csv(theirs_csv)
theirs["ours"] = [
    mg.s_values(row.nuclide, BODY).loc[row.organ, row.organ] for row in theirs.itertuples(index=False)
]
theirs["ratio"] = theirs["s_mGy_per_MBq_s"] / theirs["ours"]
ratios = theirs.pivot_table(index="organ", columns="nuclide", values="ratio")
print("the other program over milligray, S(organ <- organ):")
print(ratios.round(3).to_string())

# %% [markdown]
# How far ours is from published values, by case: `milligray validate` at a prompt; `--json` gives numbers.
# Cases are files in `validation/cases/`; this one is 18F-AH113804: all its TIACs, and doses of OLINDA/EXM.

# %%
validate = [sys.executable, "-m", "dosimetry.commands.app", "validate", "--json"]
command = [*validate, "--case", "ah113804_somer_2016"]
checks = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
for c in checks:
    values = f"{c['ours']:.3g} {c['unit']}, published {c['published']}, allowed {c['allowed']}"
    print(f"{c['quantity']}: {values}: {c['verdict']}")
