# %% [markdown]
# # A therapy cycle: 177Lu, organs with the patient's masses, and two lesions
# SPECT and probe at four times after each of two cycles, masses by CT. The numbers are **made up**, of the
# size that 177Lu-PSMA therapy has. Doses of the cycles are added.

# %% The measured curves: %IA, as measured (physical decay is in them), 5 % standard deviation
import numpy as np

import milligray as mg

TIME_H = np.array([4.0, 24.0, 72.0, 168.0])
CYCLES = [  # administered activity in MBq, and by region %IA at these times
    (7400.0, {
        "whole body": [62.0, 24.0, 10.0, 4.4], "kidneys": [3.1, 2.1, 0.98, 0.22],
        "spleen": [0.62, 0.38, 0.19, 0.045], "lesion A": [1.9, 1.7, 1.0, 0.44],
        "lesion B": [0.41, 0.36, 0.20, 0.08],
    }),
    (7250.0, {
        "whole body": [60.0, 23.0, 9.0, 3.9], "kidneys": [3.3, 2.2, 1.02, 0.23],
        "spleen": [0.65, 0.40, 0.20, 0.047], "lesion A": [1.2, 1.0, 0.56, 0.23],
        "lesion B": [0.30, 0.25, 0.13, 0.05],
    }),
]  # fmt: skip
ORGANS_KG, LESIONS_KG = {"kidneys": 0.310, "spleen": 0.220}, {"lesion A": 0.015, "lesion B": 0.004}
lutetium = mg.nuclide("Lu-177")


def tiac(region: str, percent_ia: list[float]) -> mg.Tiac:
    """TIAC of a region, h, from the area under its fitted curve; the standard error goes with it."""
    values = np.array(percent_ia)
    curve = mg.Curve(
        time_h=TIME_H, value=values, sd=0.05 * values, unit="%IA", decay_corrected=False, nuclide=lutetium
    )
    fit = mg.fit(curve, "biexponential" if region == "whole body" else "monoexponential", weights="sd")
    return mg.from_percent(region, mg.Area(fit.area, fit.se_area, region))


# %% Doses of each cycle, mGy: the remainder is the whole body less organs and lesions
organs_mGy, lesions_mGy, tiacs = [], [], []  # a cycle each
for administered_MBq, measured in CYCLES:
    found = {region: tiac(region, percent_ia) for region, percent_ia in measured.items()}
    whole_body, lesions = found.pop("whole body"), [found.pop(name) for name in LESIONS_KG]
    organs = mg.Tiacs((*found.values(), mg.remainder(whole_body, [*found.values(), *lesions])))
    dose = mg.absorbed_dose(
        dict(organs), lutetium, "adult male", organ_mass_kg=ORGANS_KG,
        tiac_covariance_h2=organs.covariance_h2(),
    )  # fmt: skip
    organs_mGy.append(administered_MBq * dose)
    spheres = [mg.sphere_dose(lutetium, mass_kg) for mass_kg in LESIONS_KG.values()]
    per_MBq = np.array([s.dose_mGy_per_MBq(t.value_h) for s, t in zip(spheres, lesions, strict=True)])
    lesions_mGy.append(administered_MBq * per_MBq)
    tiacs.append((organs, lesions))
    print(organs, *(f"{t.source} {t.value_h:.2f} h" for t in lesions), sep=", ")

# %% Both cycles
course = (organs_mGy[0] + organs_mGy[1]).to_frame()[["dose_mGy_per_MBq", "se_mGy_per_MBq"]] / 1000
for target in ("kidneys", "spleen", "red marrow", "liver", "total body"):
    print("{}: {:.3f} +- {:.3f} Gy".format(target, *course.loc[target]))
for (name, mass_kg), dose_mGy in zip(LESIONS_KG.items(), sum(lesions_mGy), strict=True):
    print(f"{name}: {dose_mGy / 1000:.1f} Gy (sphere of {1000 * mass_kg:.0f} g)")
