# %% [markdown]
# # A cohort and its dossier
# Ten **simulated** patients after 89Zr-trastuzumab, from the study file to tables, figures and an archive.
# It does what `milligray run examples/zr89-trastuzumab/study.toml --out results` does. Run it in the
# repository's folder.

# %% The study: its file names the tables and every method
from pathlib import Path
from tempfile import mkdtemp

import milligray as mg

result = mg.run_study("examples/zr89-trastuzumab/study.toml")
print(f"{result.settings.name}: {len(result.patients)} patients, {len(result.warnings)} warnings")

# %% Tables are DataFrames: one row a patient and target, then the cohort's statistics
doses = result.organ_doses
mean = doses[doses["statistic"] == "mean"].set_index("target")["dose_mGy_per_MBq"]
sd = doses[doses["statistic"] == "sd"].set_index("target")["dose_mGy_per_MBq"]
for target in ("liver", "heart wall", "kidneys", "red marrow", "total body"):
    print(f"{target}: {mean[target]:.2f} +- {sd[target]:.2f} mGy/MBq")

effective = result.effective_dose
effective = effective[effective["statistic"] == "mean"]
print(effective[["weights", "effective_dose_mSv_per_MBq"]].to_string(index=False))

# %% Published values beside the cohort's
beside = result.comparison[["target", "published_mean", "ratio_of_means"]]
print(beside.head(6).round(3).to_string(index=False))

# %% The dossier: tables, README with settings and hashes of the inputs, results.h5 with all of it.
# With figures=True they are drawn too, which takes some seconds.
folder = mg.write_results(Path(mkdtemp()) / "results", result, figures=False)
for path in sorted(folder.iterdir()):
    print(path.name)
