# %% [markdown]
# # One's own study, as a hospital has the numbers
# Clock times, mCi, serum with a sample below the limit of quantification, left and right kidney apart, one
# spleen not measured: `examples/zr89-own-data/` (**simulated**). At a prompt: `milligray check`, then
# `milligray run`. Run this in the repository's folder.

# %% Mistakes in a table would all be told here, with file, row and column
from pathlib import Path
from tempfile import mkdtemp

import milligray as mg

try:
    result = mg.run_study("examples/zr89-own-data/study.toml")
except mg.MilligrayError as error:
    raise SystemExit("\n".join(error.complaints)) from None

# %% What a reader must know: what was left out, and who has no dose of an organ of their own
for warning in result.warnings:
    print(f"warning: {warning}")

# %% Doses of each patient: per activity, and of what was administered
doses = result.organ_doses.query("statistic == 'value'").set_index(["patient", "target"])
for patient in result.patients:
    per_MBq, in_Gy = doses.loc[(patient.name, "kidneys"), ["dose_mGy_per_MBq", "absorbed_dose_Gy"]]
    given = f"{patient.name}, {patient.administered_MBq:.0f} MBq"
    print(f"{given}: kidneys {per_MBq:.2f} mGy/MBq, {1000 * in_Gy:.0f} mGy")

# %% The spleen's mean is over two patients, that of the liver over three
mean = result.organ_doses.query("statistic == 'mean'").set_index("target")
print(mean.loc[["liver", "spleen"], ["dose_mGy_per_MBq", "n"]].round(2).to_string())

# %% All of it as files
folder = mg.write_results(Path(mkdtemp()) / "results", result, figures=False)
print(*sorted(path.name for path in folder.iterdir()), sep=", ")
