# %% [markdown]
# # A plot and an Excel file
# One curve with its fit as a figure of one's own, and the results of a study as sheets of a workbook. Run it
# in the repository's folder; Excel needs `pip install openpyxl`.

# %% A study in memory: tables are DataFrames, curves know their fits
from pathlib import Path
from tempfile import mkdtemp

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import milligray as mg

result = mg.run_study("examples/zr89-trastuzumab/study.toml")
folder = Path(mkdtemp())

# %% The serum of three patients, points with their standard deviation and the fitted curve
figure, axes = plt.subplots(figsize=(3.5, 2.6), layout="constrained")
for used, marker in zip(result.of("serum")[:3], "os^", strict=True):
    t = np.linspace(0.5, 1.05 * used.curve.time_h.max(), 200)
    (line,) = axes.plot(t, used.fit.predict(t))
    axes.errorbar(
        used.curve.time_h, used.curve.value, used.curve.sd, fmt=marker, color=line.get_color(), markersize=4,
        label=used.patient,
    )  # fmt: skip
axes.set(yscale="log", xlabel="time after injection / h", ylabel=f"serum / ({used.curve.unit})")
axes.legend(title="simulated")
figure.savefig(folder / "serum.pdf")

# %% A sheet a table; patients as columns, so that people can read it
each = result.organ_doses.query("statistic == 'value'")
wide = each.pivot_table("dose_mGy_per_MBq", "target", "patient", sort=False)
with pd.ExcelWriter(folder / "results.xlsx") as book:
    wide.to_excel(book, sheet_name="organ doses, mGy per MBq")
    for name, table in result.tables().items():
        table.to_excel(book, sheet_name=name, index=False)
print(*sorted(path.name for path in folder.iterdir()), sep="\n")
