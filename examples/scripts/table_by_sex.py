# %% [markdown]
# # The table that a regulator asks for
# Organ doses and effective doses of a cohort, all patients and by sex: mean, standard deviation and the
# number of patients that count. The ten patients are **simulated**. Run it in the repository's folder.

# %% The study; an organ that a patient does not have, or that was not measured, is not counted
from pathlib import Path
from tempfile import mkdtemp

import pandas as pd

import milligray as mg

result = mg.run_study("examples/zr89-trastuzumab/study.toml")
GROUPS = {"all": "", "men": ", male", "women": ", female"}


def mean_and_sd(table: pd.DataFrame, key: str, value: str) -> pd.DataFrame:
    """A row a quantity, a column a group: "mean +- SD (n)"; a dash where nobody counts."""
    found = {}
    for group, of_whom in GROUPS.items():
        mean, sd = (table[table["statistic"] == s + of_whom].set_index(key) for s in ("mean", "sd"))
        cells = zip(mean[value], sd[value], mean["n"], strict=True)
        found[group] = pd.Series([f"{m:.3f} +- {s:.3f} ({n:.0f})" for m, s, n in cells], mean.index)
    order = table[key].drop_duplicates()
    return pd.DataFrame(found).reindex(order).fillna("-")


# %% Doses in mGy/MBq, then effective doses in mSv/MBq
doses = mean_and_sd(result.organ_doses, "target", "dose_mGy_per_MBq")
effective = mean_and_sd(result.effective_dose, "weights", "effective_dose_mSv_per_MBq")
averaged = result.effective_dose.query("statistic == 'sex-averaged'")["effective_dose_mSv_per_MBq"].item()
table = pd.concat([doses, effective.rename("effective dose, {}".format)])
table.index.name = "mGy/MBq; effective dose mSv/MBq"
print(table.to_string())
print(f"effective dose, ICRP 103, averaged over the sexes as ICRP defines it: {averaged:.3f} mSv/MBq")

# %% As a file, and what a reader must know
file = Path(mkdtemp()) / "table_by_sex.csv"
table.to_csv(file)
for warning in result.warnings:
    print(f"warning: {warning}")
