"""Small valid inputs that are damaged: studies of two patients, tables, curves, models."""

from __future__ import annotations

import math

Files = dict[str, bytes]

HALF_LIFE_H = 78.41
LAMBDA = math.log(2) / HALF_LIFE_H

HEAD = """name = "a study"
data = "measured"
nuclide = "Zr-89"
product = "89Zr-something"
effective_dose = ["ICRP 60", "ICRP 103"]

[phantom]
male = "adult male"
female = "adult female"

[patients]
file = "patients.csv"
"""
TABLES = """
[whole_body]
file = "whole_body.csv"
decay_corrected = false
model = "monoexponential"
weights = "{weights}"

[serum]
file = "serum.csv"
decay_corrected = true
model = "monoexponential"
weights = "none"

[organs]
file = "organs.csv"
decay_corrected = false
method = "linear"
first_interval = "constant"
tail = "physical"
{density}
[blood]
heart_contents = "serum"
red_marrow = "serum"

[masses]
organs = "{masses}"
{mass_file}
"""
COMPARISON = """
[comparison]
file = "published.csv"
label = "a paper"
"""
GUT = """
[gut]
tract = "ICRP 30"
contents = "{contents}"
{key}
"""
GIVEN = """
[tiac]
file = "tiac.csv"
remainder = "whole body minus sources"
"""
METHODS = """
[methods]
camera = "a scanner, 5 mm"
regions_drawn = "by one observer"
"""
PATIENTS = """patient,sex,age_y,body_mass_kg,height_cm,administered_MBq,mass_dose_mg,haematocrit,comment
P01,male,71,80,180,37,20,0.45,first
P02,female,,62,166,36.5,,0.4,
"""
PUBLISHED = 'target,mean,sd,unit\nliver,1.3,0.2,mGy/MBq\n"effective dose, ICRP 60",0.5,0.06,mSv/MBq\n'
WHO = ("P01", "P02")


def _csv(header: str, rows: list[str]) -> bytes:
    return "\n".join(["# made up", header, *rows, ""]).encode()


def _kept(t: float) -> float:
    return math.exp(-(0.0017 + LAMBDA) * t)


def _probe() -> bytes:
    header = (
        "patient,time_h,anterior_counts,posterior_counts,live_time_s,background_counts,background_live_time_s"
    )
    rows = [
        f"{p},{t},{round(9e4 * _kept(t))},{round(8e4 * _kept(t))},60,300,60"
        for p in WHO
        for t in (0.5, 24, 72, 144)
    ]
    return _csv(header, rows)


def _serum_counts() -> bytes:
    header = (
        "patient,time_h,sample_counts,live_time_s,sample_volume_mL,background_counts,background_live_time_s,"
        "standard_counts,standard_live_time_s,standard_activity_kBq"
    )
    rows = [
        f"{p},{t},{round(4e4 * math.exp(-0.01 * t))},120,0.5,200,120,90000,120,10"
        for p in WHO
        for t in (0.25, 4, 24, 72, 144)
    ]
    return _csv(header, rows)


def _organs(unit: str, scale: float) -> bytes:
    rows = [
        f"{p},{organ},{t},{share * scale * math.exp(-LAMBDA * t):.5g},{unit}"
        for p in WHO
        for organ, share in (("liver", 15.0), ("kidneys", 3.0))
        for t in (4, 48, 120)
    ]
    return _csv("patient,organ,time_h,value,unit", rows)


def counted() -> Files:
    """Counts of probe and gamma counter, organs in %IA, the phantom's masses, published values."""
    toml = HEAD + TABLES.format(weights="sd", density="", masses="reference", mass_file="") + COMPARISON
    return {
        "study.toml": toml.encode(),
        "patients.csv": PATIENTS.encode(),
        "whole_body.csv": _probe(),
        "serum.csv": _serum_counts(),
        "organs.csv": _organs("%IA", 1.0),
        "published.csv": PUBLISHED.encode(),
    }


def gut_by_body() -> Files:
    """Counts, and contents of the gut by what leaves the body."""
    files = counted()
    more = GUT.format(contents="whole body", key="faeces_fraction = 0.3")
    return {**files, "study.toml": files["study.toml"] + more.encode()}


def gut_by_curve() -> Files:
    """Counts, and a curve of the whole gut that a transit follows."""
    files = counted()
    more = GUT.format(contents="organ curve", key='tail = "transit"')
    rows = b"".join(
        f"{p},whole gut,{t},{v}\n".encode()
        for p in WHO
        for t, v in ((4, "0.5,%IA"), (48, "2,%IA"), (120, "1.2,%IA"))
    )
    return {
        **files, "study.toml": files["study.toml"] + more.encode(), "organs.csv": files["organs.csv"] + rows,
    }  # fmt: skip


def gut_of_one() -> Files:
    """The same where one of the two has no such curve."""
    files = gut_by_curve()
    rows = [r for r in files["organs.csv"].splitlines(keepends=True) if not r.startswith(b"P02,whole gut")]
    study = files["study.toml"] + b'without_curve = "remainder"\n'
    return {**files, "study.toml": study, "organs.csv": b"".join(rows)}


def direct() -> Files:
    """Values in %IA and %IA/L with SDs, organs in kBq/mL, measured masses."""
    toml = HEAD + TABLES.format(
        weights="auto",
        density="[organs.tissue_density_g_per_mL]\nother = 1.04",
        masses="measured",
        mass_file='file = "masses.csv"',
    )
    return {
        "study.toml": toml.encode(),
        "patients.csv": PATIENTS.encode(),
        "whole_body.csv": _csv(
            "patient,time_h,percent_ia,sd_percent_ia",
            [f"{p},{t},{100 * _kept(t):.5g},1" for p in WHO for t in (0.5, 24, 72, 144)],
        ),
        "serum.csv": _csv(
            "patient,time_h,percent_ia_per_L",
            [f"{p},{t},{25 * math.exp(-0.01 * t):.5g}" for p in WHO for t in (0.25, 24, 72, 144)],
        ),
        "organs.csv": _organs("kBq/mL", 0.2),
        "masses.csv": _csv("patient,organ,mass_g", ["P01,liver,1700", "P02,liver,1350", "P02,kidneys,280"]),
    }


def given() -> Files:
    """TIACs of each patient from a table, the remainder from the whole body."""
    rows = [f"{p},{s},{x},0.1" for p in WHO for s, x in (("whole body", 90), ("liver", 14), ("kidneys", 3.2))]
    return {
        "study.toml": (HEAD + GIVEN + COMPARISON + METHODS).encode(),
        "patients.csv": PATIENTS.encode(),
        "tiac.csv": _csv("patient,source,tiac_h,sd_h", rows),
        "published.csv": PUBLISHED.encode(),
    }


VOIDED = """
[bladder]
urine_fraction = 0.7
whole_body_counted = "after voiding"
first_h = 1.0
every_h = 3.5
residual = 0.1
"""
URINE = """
[bladder]
file = "urine.csv"
decay_corrected = false
collection = "complete"
model = "auto"
weights = "sd"
whole_body_counted = "with contents"
times_h = [1.5, 3.0]
every_h = 4.0
"""


def voided() -> Files:
    """As :func:`direct`, with a bladder that the whole body's curve fills."""
    files = direct()
    return files | {"study.toml": files["study.toml"] + VOIDED.encode()}


def urine() -> Files:
    """As :func:`given`, with a bladder that is filled by exponentials fitted to measured urine."""
    files = given()
    rows = [
        f"{p},{t},{x * math.exp(-LAMBDA * t):.5g},{0.05 * x:.4g},200"
        for p in WHO
        for t, x in ((2, 3.0), (5, 3.6), (9, 3.7), (24, 7.0), (48, 4.0))
    ]
    return files | {
        "study.toml": files["study.toml"] + URINE.encode(),
        "urine.csv": _csv("patient,time_h,percent_ia,sd_percent_ia,volume_mL", rows),
    }


#: What every study with a budget states, and what those of curves state.
STATED = """
[uncertainty]
emitted_energy = { u_percent = 1, kind = "B", source = "x" }
patient_and_phantom = "default"
mass.liver = { half_width_percent = 20, distribution = "rectangular", kind = "B", source = "x" }
mass.other = { u_percent = 25, kind = "B", shared_by = "everybody", source = "x" }
"""
STATED_OF_CURVES = """
trapezoids = "alternatives"
whole_body.time = { u_h = 0.05, kind = "B", source = "x" }
serum.time = "unknown"
organs.calibration = { u_percent = 5, kind = "A", source = "x" }
organs.noise = { u_percent = 5, kind = "B", source = "x" }
organs.time = { u_h = 0.1, kind = "B", shared_by = "patient", source = "x" }
density.other = { u_percent = 2, kind = "B", source = "x" }
haematocrit = { u = 0.02, kind = "B", source = "x" }
marrow_factor = { u_percent = 60, distribution = "log-normal", kind = "B", source = "x" }
half_life = { u_percent = 0.2, kind = "B", source = "x" }
quantification.other = { u_percent = 5, kind = "B", source = "x" }
"""
STATED_OF_COUNTS = """
administered_activity = { u_percent = 1, kind = "B", source = "x" }
whole_body.positioning = "unknown: nobody measured it"
serum.standard = { u_percent = 1, kind = "B", source = "x" }
serum.sample_volume = { u_percent = 1, kind = "B", shared_by = "point", source = "x" }
[uncertainty.activity_meter]
u_percent = 3
kind = "B"
calibrates = ["administered activity", "serum standard"]
source = "x"
"""
STATED_OF_VALUES = """
administered_activity = "unknown"
whole_body.calibration = { u_percent = 5, kind = "B", source = "x" }
serum.calibration = { u_percent = 3, kind = "B", source = "x" }
recovery = { b1_mL = 2.5, b2 = 0.7, covariance = [[0.09, 0.003], [0.003, 0.0016]], source = "x" }
activity_meter = { u_percent = 3, calibrates = ["administered activity"], kind = "B", source = "x" }
[uncertainty.outline.kidneys]
volume_mL = 150
voxel_mm = 4
fwhm_mm = 6
observer_percent = 5
mass_from_outline = true
source = "x"
"""


def _with(files: Files, *stated: str) -> Files:
    return {**files, "study.toml": files["study.toml"] + "".join(stated).encode()}


def counted_budget() -> Files:
    """As :func:`counted`, with uncertainties."""
    return _with(counted(), STATED, STATED_OF_CURVES, STATED_OF_COUNTS)


def direct_budget() -> Files:
    """As :func:`direct`, with uncertainties, an outline among them."""
    return _with(direct(), STATED, STATED_OF_CURVES, STATED_OF_VALUES)


def given_budget() -> Files:
    """As :func:`given`, with uncertainties."""
    return _with(given(), STATED)


POPULATIONS = """
[whole_body.population]
models = ["monoexponential", "plateau"]
residual = "proportional"
covariance = "diagonal"
criterion = "BIC"
average = true

[organs.population]
models = ["monoexponential"]
residual = "proportional"
covariance = "diagonal"
"""


def populations() -> Files:
    """As :func:`direct`, with whole body and organs of both patients fitted together."""
    files = direct()
    toml = files["study.toml"].decode()
    fits = toml.replace('model = "monoexponential"\nweights = "auto"\n', 'model = "population"\n').replace(
        'method = "linear"\nfirst_interval = "constant"\ntail = "physical"\n', 'model = "population"\n'
    )
    rows = files["organs.csv"].decode().splitlines()
    scattered = [
        f"{p},{organ},{t},{float(v) * math.exp(-0.01 * float(t)) * (1 + 0.05 * math.cos(7 * i)):.5g},{unit}"
        for i, (p, organ, t, v, unit) in enumerate(row.split(",") for row in rows[2:])
    ]
    probe = [
        f"{p},{t},{100 * _kept(t) * (1 + 0.03 * math.cos(5 * i + t)):.5g},1"
        for i, p in enumerate(WHO)
        for t in (0.5, 24, 72, 144)
    ]
    return files | {
        "study.toml": (fits + POPULATIONS).encode(),
        "whole_body.csv": _csv("patient,time_h,percent_ia,sd_percent_ia", probe),
        "organs.csv": "\n".join([*rows[:2], *scattered, ""]).encode(),
    }


GIVEN_POPULATION = b"""{
  "model": "monoexponential", "unit": "%IA/L",
  "median": {"A1": 25.0, "lambda1": 0.01}, "sd_log": {"A1": 0.3, "lambda1": 0.3},
  "residual": {"kind": "proportional", "b": 0.05}, "source": "made up"
}
"""


def given_population() -> Files:
    """As :func:`direct`, with serum fitted by a population that is given."""
    files = direct()
    toml = files["study.toml"].decode()
    fits = toml.replace(
        'model = "monoexponential"\nweights = "none"\n',
        'model = "population"\n[serum.population]\nfile = "population.json"\n',
    )
    return files | {"study.toml": fits.encode(), "population.json": GIVEN_POPULATION}


STUDIES = {
    "counted with a budget": counted_budget,
    "direct with a budget": direct_budget,
    "given with a budget": given_budget,
    "counted": counted,
    "direct": direct,
    "given": given,
    "voided": voided,
    "urine": urine,
    "gut by body": gut_by_body,
    "gut by curve": gut_by_curve,
    "gut of one": gut_of_one,
    "populations": populations,
    "given population": given_population,
}
TIAC = b"source,tiac_h,sd_h\nliver,11,0.3\nkidneys,2.4,0.1\nremainder,70,1\n"
#: TIACs of two bodies, each with its own.
TIAC_BY_BODY = (
    b"body,source,tiac_h,sd_h\nadult male,liver,11,0.3\nadult male,remainder,70,1\n"
    b"adult female,liver,12,0.3\nadult female,ovaries,0.4,0.1\nadult female,remainder,68,1\n"
)
CURVE = (
    b"# a curve\ntime_h,value,sd\n0.5,30,1\n4,26,1\n24,20,1\n72,11,0.5\n144,5,0.3\n240,1.9,0.2\n336,BLQ,\n"
)

#: Means of animals, and single ones; published doses of two cohorts.
ANIMALS = (
    b"organ,time_h,value,unit,sd,n,organ_mass_g\nliver,2,9.5,%IA/g,0.9,5,1.3\nliver,24,8,%IA/g,0.8,5,\n"
    b"liver,72,6,%IA/g,0.7,4,\nkidneys,2,8,%IA/g,0.8,5,0.35\nkidneys,24,6,%IA/g,0.6,5,\n"
    b"kidneys,72,4,%IA/g,0.5,4,\nurine,4,2,%IA,0.5,4,\nurine,72,9,%IA,1,4,\nfaeces,72,5,%IA,1,4,\n"
)
SINGLE_ANIMALS = (
    b"organ,time_h,animal,value,unit,organ_mass_g\nliver,2,M1,9.5,%IA/g,1.3\nliver,2,M2,8.5,%IA/g,1.3\n"
    b"liver,24,M3,7.5,%IA/g,1.3\nliver,24,M4,6.5,%IA/g,1.3\nwhole body,2,M1,97,%IA,\n"
    b"whole body,2,M2,99,%IA,\nwhole body,24,M3,90,%IA,\nwhole body,24,M4,92,%IA,\n"
)
PUBLISHED_COHORTS = (
    b"cohort,target,mean,sd,n,unit,nuclide,body\nA,liver,1.7,0.3,6,mGy/MBq,Zr-89,OLINDA/EXM\n"
    b'A,"effective dose, ICRP 60",0.54,0.03,6,mSv/MBq,Zr-89,OLINDA/EXM\nB,liver,1.32,0.24,10,mGy/MBq,Zr-89,\n'
    b'B,"effective dose, ICRP 60",0.48,0.06,10,mSv/MBq,Zr-89,\nB,kidney,0.9,,,cGy/mCi,,\n'
)


def _cohort() -> bytes:
    """Curves of three patients in one long table."""
    rows = []
    for p, a, r, mass in (("P01", 4.1, 0.008, 80), ("P02", 3.2, 0.011, 62), ("P03", 5.0, 0.009, 71)):
        for t in (4, 24, 72, 168):
            value = a * math.exp(-(r + LAMBDA) * t) * (1 + 0.04 * math.cos(t + a))
            rows.append(f"{p},{t},{value:.4g},{0.05 * value:.3g},%IA,{mass}")
    return _csv("patient,time_h,value,sd,unit,body_mass_kg", rows)


COHORT = _cohort()
MODEL = b"""name = "two compartments"
time_unit = "h"
half_life_h = 78.41
compartments = ["central", "peripheral"]
sinks = ["out"]

[bolus]
central = 1.0

[transfers]
"central -> peripheral" = "k12"
"peripheral -> central" = 0.045
"central -> out" = 0.03

[parameters]
k12 = { value = 0.06 }

[output]
times = [1, 24, 72, 144]
"""
#: A chain in a model with a fraction table, a bladder, a gut, an age and a body of its own.
CHAIN_MODEL = b"""name = "lead"
citation = "none"
nuclide = "Pb-212"
time_unit = "d"
compartments = ["blood", "liver", "urinary bladder contents"]
sinks = ["urine"]

[bolus]
blood = 0.7

[[infusion]]
compartment = "blood"
fraction = 0.2
duration = 0.1
start = 0.05

[transfers]
"blood -> liver" = 3.0
"blood -> urinary bladder contents" = 1.0
"liver -> small intestine contents" = 0.5

[organs.kidneys]
fraction = 0.1
leaving = [{ share = 0.6, half_time = 0.5 }]
into = { "urinary bladder contents" = 0.75, "small intestine contents" = 0.25 }

[emptying."urinary bladder contents"]
into = "urine"
every = 0.15
times = [0.05, 0.1]
residual = 0.1

[tract]
model = "ICRP 30"
f1 = 0.2
absorbed_into = "blood"

[source_regions]
blood = { "heart contents" = 0.1, remainder = 0.9 }

[chain]
daughters = "all"
without_own = "decay in place"

[daughter.Bi]
transfers = { "blood -> kidneys 1" = 20, "liver -> blood" = 1 }

[ages."5 years".emptying."urinary bladder contents"]
every = 0.1

[bodies.stylised.transfers]
"blood -> liver" = 2.0

[output]
times = [0.25, 1, 3]
"""


LESIONS: Files = {
    "study.toml": b"""name = "lesions"
data = "measured"
nuclide = "Zr-89"
product = "89Zr-something"

[patients]
file = "patients.csv"

[lesions]
file = "lesions.csv"
decay_corrected = false
quantity = "suv_max"
reference_quantity = "suv_mean"
lean_body_mass = "James"
scans_h = [24, 96]

[lesions.references]
file = "references.csv"

[lesions.fdg]
file = "fdg.csv"

[lesions.tissue]
file = "tissue.csv"

[lesions.outcomes]
file = "outcomes.csv"

[lesions.positive]
rule = "reference"
quantity = "suv_max"
compared_quantity = "suv_mean"
factor = 1.2
reference = "blood pool"

[lesions.response]
criterion = "PERCIST 1.0"
by_patient = "hottest lesion"

[lesions.statistics]
tissue = "scores"
draws = 200

[lesions.survival]
by = ["imaging", "blood"]
months = [6]

[lesions.dose]
quantity = "concentration"
integrate = "concentration"
volume = "mean"
shape = "sphere"
density_g_per_cm3 = 1.04
cross_dose = "left out"
outside = "left out"
method = "linear"
first_interval = "constant"
tail = "physical"
""",
    "patients.csv": b"""patient,sex,body_mass_kg,height_cm,administered_MBq
P1,female,70,165,37
P2,male,80,180,36
""",
    "lesions.csv": b"patient,lesion,site,organ,time_h,suv_max,sd_suv_max,background_suv_mean,"
    b"""concentration_kBq_per_mL,volume_mL,visual_class
P1,L1,bone,,24,4,0.3,1,1.9,5,3
P1,L1,bone,,96,8,0.6,0.8,2.1,5,4
P1,L2,liver,liver,24,2,0.2,4,0.9,2,1
P1,L2,liver,liver,96,2.5,0.2,4,0.6,2,2
P2,L1,bone,,25,6,0.5,1,2.2,9,3
P2,L1,bone,,94,9,0.7,0.7,2.0,9,4
""",
    "references.csv": b"""patient,region,time_h,suv_mean,sd_suv_mean
P1,blood pool,24,6,0.3
P1,blood pool,96,3,0.2
P2,blood pool,25,5,0.3
P2,blood pool,94,2.5,0.2
""",
    "fdg.csv": b"""patient,lesion,scan,day,suv_peak,suv_mean,volume_mL
P1,L1,baseline,-7,9,6,5
P1,L1,early,14,4,3,4
P1,L2,baseline,-7,6,4,2
P1,L2,early,14,6,4,2
P2,L1,baseline,-3,8,5,9
P2,L1,early,15,9,6,9
""",
    "tissue.csv": b"""patient,lesion,ihc,fish_ratio,status
P1,L1,3+,4.2,positive
P2,L1,1,1.2,low
""",
    "outcomes.csv": b"patient,treatment_failure_day,treatment_failed,survival_day,died,progression_day,"
    b"""progressed,best_response,response_day,blood_status
P1,300,yes,500,no,300,yes,PR,42,positive
P2,90,yes,200,yes,90,yes,PD,,negative
""",
}
