# %% [markdown]
# # A label table by age from a biokinetic model, and what sooner voiding would save
# 18F-FDG by ICRP Publication 128: organ doses in newborn to adult as a label prints them; then the bladder's
# wall when the patient voids at other times, and which rates the doses hang on. Run it in the root folder.

# %% The model's file has a voiding interval for each age
from copy import deepcopy

import milligray as mg

WALL, E = "urinary bladder wall", "effective dose (ICRP 60), mSv/MBq"
fdg = mg.open_model("examples/models/fdg-icrp128.toml")
by_age = mg.model_doses(fdg, ages=True)
table = by_age.doses.label_table("ICRP 60", digits=2)
print(table.loc[["brain", "heart wall", "red marrow", WALL, E]].to_string())


# %% The same, with a first void at its own time and other intervals, at all ages alike
def voided(first_h: float, every_h: float) -> mg.ModelText:
    data = deepcopy(fdg.data)
    del data["ages"]
    data["emptying"]["urinary bladder contents"] |= {"first": first_h, "every": every_h}
    return mg.ModelText(fdg.path, data)


walls = {}
for first_h, every_h in ((3.5, 3.5), (2.0, 3.5), (1.0, 3.5), (1.0, 2.0)):
    doses = mg.model_doses(voided(first_h, every_h), ages=True).doses
    walls[first_h, every_h] = {age: doses[age][WALL] for age in doses}
    told = ", ".join(f"{age} {dose:.3f}" for age, dose in walls[first_h, every_h].items())
    print(f"voids at {first_h:g} h, then every {every_h:g} h: wall {told} mGy/MBq")

# %% What 10 % more of each rate would change in the adult's effective dose, in per cent
slopes = mg.dose_slopes(mg.model_doses(fdg, bodies=["adult male"]))
effective = slopes[slopes["quantity"] == "effective dose, ICRP 60"].set_index("transfer")
change_percent = 10 * effective["slope_per_relative_change"] / effective["value"]
print(change_percent.round(2).to_string())
