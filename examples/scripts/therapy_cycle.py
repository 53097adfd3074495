# %% [markdown]
# # A therapy cycle: 177Lu, kidneys and a tumour
# SPECT of kidneys and tumour and a probe for the whole body, at four times after each of two cycles. The
# numbers are **made up**, of the size that 177Lu-PSMA therapy has. Doses of the cycles are added.

# %% The measured curves: %IA, as measured (physical decay is in them), 5 % standard deviation
import numpy as np

import milligray as mg

TIME_H = np.array([4.0, 24.0, 72.0, 168.0])
FIRST_CYCLE = {  # region -> %IA at these times
    "whole body": [62.0, 24.0, 10.0, 4.4], "kidneys": [3.1, 2.1, 0.98, 0.22], "tumour": [1.9, 1.7, 1.0, 0.44]
}  # fmt: skip
SECOND_CYCLE = {
    "whole body": [60.0, 23.0, 9.0, 3.9], "kidneys": [3.3, 2.2, 1.02, 0.23], "tumour": [1.2, 1.0, 0.56, 0.23]
}  # fmt: skip
ADMINISTERED_MBq = (7400.0, 7250.0)
KIDNEYS_KG, TUMOUR_KG = 0.310, 0.015
lutetium = mg.nuclide("Lu-177")


def tiac(region: str, percent_ia: list[float], model: str) -> mg.Tiac:
    """TIAC of a region, h, from the area under its fitted curve; the standard error goes with it."""
    values = np.array(percent_ia)
    curve = mg.Curve(
        time_h=TIME_H, value=values, sd=0.05 * values, unit="%IA", decay_corrected=False, nuclide=lutetium,
        name=region,
    )  # fmt: skip
    fit = mg.fit(curve, model, weights="sd")
    return mg.from_percent(region, mg.Area(fit.area, fit.se_area, f"curve of {region}"))


# %% Doses of each cycle, mGy: the remainder is the whole body less kidneys and tumour
organs_mGy, tumour_mGy = [], []
for measured, administered_MBq in zip((FIRST_CYCLE, SECOND_CYCLE), ADMINISTERED_MBq, strict=True):
    kidneys = tiac("kidneys", measured["kidneys"], "monoexponential")
    tumour = tiac("tumour", measured["tumour"], "monoexponential")
    whole_body = tiac("whole body", measured["whole body"], "biexponential")
    sources = mg.Tiacs((kidneys, mg.remainder(whole_body, [kidneys, tumour])))
    dose = mg.absorbed_dose(
        dict(sources), lutetium, "adult male", organ_mass_kg={"kidneys": KIDNEYS_KG},
        tiac_covariance_h2=sources.covariance_h2(),
    )  # fmt: skip
    organs_mGy.append(administered_MBq * dose)
    sphere = mg.sphere_dose(lutetium, TUMOUR_KG)
    tumour_mGy.append(administered_MBq * sphere.dose_mGy_per_MBq(tumour.value_h))
    print(f"TIAC: kidneys {kidneys.value_h:.2f} h, tumour {tumour.value_h:.2f} h")

# %% Both cycles
course_mGy = organs_mGy[0] + organs_mGy[1]
dose_Gy = dict(zip(course_mGy.targets, course_mGy.total_mGy_per_MBq / 1000.0, strict=True))
se_Gy = dict(zip(course_mGy.targets, course_mGy.se_mGy_per_MBq / 1000.0, strict=True))
for target in ("kidneys", "red marrow", "liver", "total body"):
    print(f"{target}: {dose_Gy[target]:.3f} +- {se_Gy[target]:.3f} Gy")
print(f"tumour: {sum(tumour_mGy) / 1000.0:.1f} Gy (sphere of {1000 * TUMOUR_KG:.0f} g)")
