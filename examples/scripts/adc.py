# %% [markdown]
# # An antibody-drug conjugate: two analytes, deconjugation, drugs per antibody
# Total antibody and conjugated drug of one patient, fitted at once by a model in which a conjugate becomes a
# naked antibody; then antibodies with 8, 7 ... 0 drugs one by one. The data are **simulated**, of the size
# that trastuzumab emtansine has. Nothing here is radioactive. Run it in the repository's folder.

# %% The model file, fitted to both analytes: one set of rates for conjugate and naked antibody
from pathlib import Path
from tempfile import mkdtemp

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import binom

import milligray as mg

given = mg.read_model("examples/models/adc-deconjugation.toml")
fitted = mg.fit_compartments(given)
rate = {name: 24 * fitted.parameters[name].value for name in ("k10", "k12", "k21", "kdec")}  # per day
half_life_d = np.log(2) / rate["kdec"]

# %% The same with an antibody of n drugs as a compartment of its own: n drugs to lose, so n times the rate
SITES, DAR_0 = 8, 3.5  # 3.5 from memory; lysines taken at random: a binomial distribution
transfers = {}
for n in range(SITES + 1):
    here, outside = f"{n} drugs", f"{n} drugs, outside"
    transfers[here, outside], transfers[outside, here] = rate["k12"] / 24, rate["k21"] / 24
    transfers[here, "eliminated"] = rate["k10"] / 24
    for place in ("", ", outside") if n else ():
        transfers[f"{n} drugs{place}", f"{n - 1} drugs{place}"] = n * rate["kdec"] / 24
chain = mg.CompartmentModel(
    name="antibodies by their drugs", sinks=("eliminated",), rates_per_h=transfers, lambda_phys_per_h=0.0,
    compartments=tuple(f"{n} drugs{place}" for n in range(SITES + 1) for place in ("", ", outside")),
    bolus={f"{n} drugs": float(binom.pmf(n, SITES, DAR_0 / SITES)) for n in range(SITES + 1)},
)  # fmt: skip

# %% Drugs per antibody in plasma: from the chain, and from the fit, where it is DAR_0 exp(-kdec t)
time_d = np.linspace(0, 21, 43)
in_plasma = chain.contents(24 * time_d)[:, : 2 * (SITES + 1) : 2]  # (time, drugs 0 to 8)
dar_of_chain = in_plasma @ np.arange(SITES + 1) / in_plasma.sum(1)
still_on, total = (fitted.model.retention(24 * time_d, of) for of in ("conjugate", "total antibody"))
dar_of_fit = DAR_0 * still_on / total
se_dar = dar_of_fit * 24 * time_d * fitted.parameters["kdec"].se
with_drug = in_plasma[:, 1:].sum(1) / in_plasma.sum(1)  # what an assay of any conjugate would see

# %% The picture of the model, the data beside the fit, and the ratio over time
folder = Path(mkdtemp())
mg.save_figure(mg.draw_model(fitted.model, per="d", rate_names=given.rate_names), folder / "model.svg")
mg.save_figure(mg.plot_compartments(given, fitted), folder / "fit.svg")
figure, axes = plt.subplots(figsize=(3.5, 2.6), layout="constrained")
axes.plot(time_d, dar_of_chain, label="chain of nine antibodies")
axes.errorbar(time_d[::4], dar_of_fit[::4], se_dar[::4], fmt="o", ms=3, label="two analytes, fitted")
axes.set(xlabel="time / d", ylabel="drugs per antibody")
axes.legend()
figure.savefig(folder / "ratio.svg")
print(f"half of the drug is lost in {half_life_d:.1f} d; after 7 d an antibody has {dar_of_fit[14]:.2f}")
