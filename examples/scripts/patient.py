# %% [markdown]
# # One patient, from counts to mSv
# Three tables - probe counts of the whole body, serum samples, organs from PET - become organ doses and
# effective dose with their standard errors. The tables are those of a **simulated** patient after 89Zr-
# trastuzumab; any DataFrame with the same columns will do (`docs/study.md` lists them). Run it in the
# repository's folder.

# %% The three tables
import pandas as pd

import milligray as mg

EXAMPLE = "examples/zr89-trastuzumab"
tables = {
    name: pd.read_csv(f"{EXAMPLE}/{name}.csv", comment="#").query("patient == 'P03'")
    for name in ("whole_body", "serum", "organs")
}

# %% The patient and the methods, by name: nothing is assumed. Then measurements, TIACs, doses
patient = mg.Patient(
    name="P03", sex="male", phantom="adult male", administered_MBq=182.5, haematocrit=0.38
)  # fmt: skip
methods = mg.Methods(
    whole_body_model="monoexponential", whole_body_weights="sd", serum_model="biexponential",
    serum_weights="sd", organ_trapezoids="linear", first_interval="constant", tail="physical",
    tissue_density_g_per_mL={"lungs": 0.296, "other": 1.04}, organ_masses="reference",
    heart_contents="serum", red_marrow="serum",
)  # fmt: skip
decay_corrected = {"whole_body": False, "serum": True, "organs": False}
patient = mg.patient_from_frames(patient, methods, "Zr-89", **tables, decay_corrected=decay_corrected)
tiacs = mg.patient_tiacs(patient, methods, "Zr-89")
doses = mg.patient_doses(patient, methods, "Zr-89")
effective = doses.effective("ICRP 103")

# %%
print(tiacs.to_frame()[["tiac_h", "se_h"]].round(2).to_string())
columns = ["dose_mGy_per_MBq", "se_mGy_per_MBq"]
print(doses.to_frame().loc[["liver", "kidneys", "red marrow", "total body"], columns].round(3).to_string())
print(f"{effective.quantity}: {effective:.3f} +- {effective.se_from_tiac_mSv_per_MBq:.3f} mSv/MBq")
print(f"in this patient: {182.5 * float(effective):.0f} mSv")
