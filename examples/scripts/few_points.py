# %% [markdown]
# # Few points a patient: what the cohort knows
#
# Eight patients with four scans of the kidneys, and one with a single scan on the fourth day. All are
# fitted together; the ninth patient's area comes from that one scan and from what the others are like.

# %%
import numpy as np

import milligray as mg

LU177 = mg.nuclide("Lu-177")
rng = np.random.default_rng(177)


def kidneys(name: str, times_h: list[float]) -> mg.Curve:
    """Simulated kidneys: 4 %IA, biologic half-life 75 h, both different in each patient, 5 % noise."""
    share, rate = 4.0 * np.exp(0.3 * rng.normal()), np.log(2) / 75 * np.exp(0.3 * rng.normal())
    t = np.array(times_h)
    value = share * np.exp(-(rate + LU177.lambda_per_h) * t) * (1 + 0.05 * rng.normal(size=t.size))
    truth[name] = share / (rate + LU177.lambda_per_h)
    return mg.Curve(time_h=t, value=value, unit="%IA", decay_corrected=False, nuclide=LU177, name=name)


truth: dict[str, float] = {}
cohort = [kidneys(f"P{i}", [4, 24, 72, 168]) for i in range(1, 9)]
cohort.append(kidneys("P9", [96]))

# %% The population, and each patient's own area with its 95 % interval
fit = mg.fit_population(cohort, "monoexponential", residual="proportional")
for own in fit.individuals:
    low, high = own.area_interval()
    print(
        f"{own.curve.name}: {own.area:.0f} %IA h ({low:.0f} to {high:.0f}), true {truth[own.curve.name]:.0f}"
    )
for name, (mean, se) in fit.fixed.items():
    print(f"median of {name}: {np.exp(mean):.4g} (± {100 * se:.0f} %), SD of ln {fit.sd[name].value:.2f}")

# %% A new patient with one scan, by the population as it is now
new = mg.fit_with_population(kidneys("P10", [72]), fit.population)
print(f"P10: {new.area:.0f} %IA h, 95 % {new.area_interval()}, true {truth['P10']:.0f}")
