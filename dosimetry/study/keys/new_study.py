"""A new study to fill in: ``study.toml`` with every choice explained, tables that have headers only."""

from __future__ import annotations

import json
from pathlib import Path

from dosimetry.errors import DosimetryError
from dosimetry.study.keys.methods_text import MethodsText
from milligray.errors import MilligrayError
from milligray.files import write_whole
from milligray.text_files import shown

#: What the tables of a new study may have.
KINDS = ("counts", "percent-ia", "tiac")

_PATIENTS = "patient,sex,age_y,body_mass_kg,height_cm,administered_MBq,mass_dose_mg,haematocrit"
_ORGANS = "patient,organ,time_h,value,sd,unit"
TABLES = {
    "counts": {
        "patients.csv": _PATIENTS,
        "whole_body.csv": "patient,time_h,anterior_counts,posterior_counts,live_time_s,background_counts,"
        "background_live_time_s",
        "serum.csv": "patient,time_h,sample_counts,live_time_s,sample_volume_mL,background_counts,"
        "background_live_time_s,standard_counts,standard_live_time_s,standard_activity_kBq",
        "organs.csv": _ORGANS,
    },
    "percent-ia": {
        "patients.csv": _PATIENTS,
        "whole_body.csv": "patient,time_h,percent_ia,sd_percent_ia",
        "serum.csv": "patient,time_h,percent_ia_per_L,sd_percent_ia_per_L",
        "organs.csv": _ORGANS,
    },
    "tiac": {"patients.csv": "patient,sex", "tiac.csv": "patient,source,tiac_h,sd_h"},
}

_HEAD = """\
# A study for milligray. Every key is explained in docs/study.md; what stands here are choices to look at.
# Then: milligray check study.toml, and milligray run study.toml --out results/

name = {name}
data = "measured"             # or "simulated": marks every output
nuclide = {nuclide}
product = {product}
effective_dose = ["ICRP 60", "ICRP 103"]   # also "ICRP 26", "ICRP 60 OLINDA/EXM 1.x"

[phantom]                     # a body for each sex; milligray phantoms list
male = "adult male"
female = "adult female"

[patients]
file = "patients.csv"         # patient and sex are needed; other columns may be left out where unused
"""
_MEASURED = """
[whole_body]                  # the probe, or a scan
file = "whole_body.csv"
decay_corrected = {corrected}{pad}      # true: corrected to the time of administration; false: as measured
model = "auto"                # or "monoexponential", ..., or "population" (docs/populations.md)
weights = "{weights}"              # "sd": {sd}; "auto", "none", "relative", "poisson"

[serum]                       # leave this table out, and [blood] at "none", where there are no samples
file = "serum.csv"
decay_corrected = true
model = "biexponential"
weights = "{weights}"

[organs]                      # contents (%IA) or concentrations (%IA/g, kBq/g, kBq/mL) from scans
file = "organs.csv"
decay_corrected = {corrected}
method = "linear"             # trapezoids: also "log", "linear-up/log-down", "linear-decay-corrected"
first_interval = "constant"   # before the first scan: also "zero", "extrapolate"
tail = "physical"             # after the last scan: also "effective", "predicted", "fitted", "none"

[organs.tissue_density_g_per_mL]   # for values in kBq/mL only
lungs = 0.296
other = 1.04

[blood]
heart_contents = "serum"      # needs haematocrit; also "organ curve", "none"
red_marrow = "serum"          # also "organ curve", "none"

# [gut]                       # contents of the intestines; left out, they are in the remainder
# tract = "ICRP 30"           # or "ICRP 100", with age = "adult"
# contents = "whole body"     # by what leaves the body; or "organ curve": rows "whole gut" of organs.csv
# faeces_fraction = 0.3       # share of what leaves the rest of the body that goes into the gut
# # tail = "transit"          # with "organ curve", in place of faeces_fraction; or "as organs"

[masses]
organs = "reference"          # the body's; also "scaled to body mass", "measured" (with file = "masses.csv")

# [bladder]                   # where activity leaves by urine: take these '#' away and choose
# urine_fraction = 1.0        # of what leaves the whole body; or file = "urine.csv", with decay_corrected,
#                             # collection = "complete" and model = "voids as measured" or "auto"
# whole_body_counted = "after voiding"   # or "with contents": what its curve holds of the bladder
# every_h = 3.5               # also first_h, times_h = [1.0, 2.5], residual = 0.1; or continuous_per_h = 0.5
"""
_TIAC = """
[tiac]                        # in h: MBq.h per MBq administered
file = "tiac.csv"             # a source region a row; leave out the column sd_h where no error is known
remainder = "whole body minus sources"   # with a source "whole body"; or "as given", with "remainder"
"""
_METHODS = """
# [methods]                   # for a report's methods statement, what no key above says; a line each
{keys}
"""
_UNCERTAINTY = """
[uncertainty]                 # docs/uncertainty.md; without this table no budget is made. "unknown" is
# listed in every result and is in no number; in its place what you know, with where you have it from:
#   {{ u_percent = 3, kind = "B", source = "certificate of 2026-03-14" }}         a standard uncertainty
#   {{ half_width_percent = 5, distribution = "rectangular", kind = "B", source = "manual" }}
"""
_OF_COUNTS = """\
activity_meter = "unknown"            # also: calibrates = ["administered activity", "scanner"]
administered_activity = "unknown"     # of each patient: reading, residual in the syringe
whole_body.positioning = "unknown"    # of the patient before the probe, by reading
whole_body.time = "unknown"           # {{ u_h = 0.05, ... }}
serum.standard = "unknown"            # its activity (dilution), beside the meter's calibration
serum.sample_volume = "unknown"       # pipette
"""
_OF_PERCENT = """\
# activity_meter, administered_activity: for organs in kBq/g or kBq/mL
whole_body.calibration = "unknown"    # of the values in %IA
whole_body.time = "unknown"           # {{ u_h = 0.05, ... }}
serum.calibration = "unknown"         # of the values in %IA/L
"""
_OF_BOTH = """\
serum.time = "unknown"
organs.calibration = "unknown"        # of the scanner, common to all organs and scans
organs.time = "unknown"               # organs.noise as well, where organs.csv has no sd
quantification = "unknown"            # recovery, scatter, outline, by organ: quantification.liver = ...
trapezoids = "alternatives"           # what other rules would have given
haematocrit = "unknown"               # {{ u = 0.02, ... }}, a fraction
marrow_factor = "unknown"             # of the 0.19 of red marrow from serum
density = "unknown"                   # by region
half_life = "unknown"
"""
_OF_ALL = """\
mass = "unknown"                      # by source region: how far it is from what is used
emitted_energy = "unknown"            # energy per decay
patient_and_phantom = "default"       # by body size, from the literature; or "unknown"
"""


def _methods() -> str:
    """[methods] as comments: every key with what it says; none is needed."""
    fields = MethodsText.model_fields.items()
    return _METHODS.format(keys="\n".join(f'# {name} = ""   # {f.description}' for name, f in fields))


def study_text(nuclide: str, product: str, kind: str) -> str:
    """The text of ``study.toml`` of a new study.

    >>> print(study_text("Zr-89", "89Zr-mAb", "tiac").splitlines()[3])
    name = "89Zr-mAb"
    """
    name, quoted = json.dumps(product, ensure_ascii=False), json.dumps(nuclide)
    text = _HEAD.format(name=name, product=name, nuclide=quoted)
    if kind == "tiac":
        without_sd = '# tiac = "unknown"                    # where a TIAC has no sd_h\n'
        return text + _TIAC + (_UNCERTAINTY + without_sd + _OF_ALL).format() + _methods()
    counts = kind == "counts"
    sd = "counting statistics" if counts else "the table's sd column"
    said = _UNCERTAINTY + (_OF_COUNTS if counts else _OF_PERCENT) + _OF_BOTH + _OF_ALL
    measured = _MEASURED.format(
        corrected="false" if counts else "true", pad="" if counts else " ", weights="sd", sd=sd
    )
    return text + measured + said.format() + _methods()


def write_new_study(folder: str | Path, nuclide: str, product: str, kind: str) -> list[Path]:
    """Write a new study into a folder, which is made where it is not there.

    Parameters
    ----------
    nuclide : e.g. "Zr-89".
    product : the radiopharmaceutical.
    kind : what the tables have, one of :data:`KINDS`.

    Raises
    ------
    DosimetryError : an unknown kind, a product without a name, a file that is there already, or a folder that
        cannot be written.
    """
    folder = Path(folder)
    if kind not in KINDS:
        raise DosimetryError(f"--tables is '{shown(kind)}'; allowed: {', '.join(KINDS)}")
    if not product.strip() or not product.isprintable():
        raise DosimetryError(f"--product is '{shown(product)}'; the radiopharmaceutical's name is needed")
    content = {"study.toml": study_text(nuclide, product, kind)}
    content |= {name: header + "\n" for name, header in TABLES[kind].items()}
    there = [name for name in content if (folder / name).exists() or (folder / name).is_symlink()]
    if there:
        raise DosimetryError(f"{folder}: {', '.join(there)} exist already; name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in content.items():
            write_whole(folder / name, text)
    except MilligrayError as error:
        raise DosimetryError(str(error)) from None
    except OSError as error:
        raise DosimetryError(f"{folder}: cannot be written ({error.strerror})") from None
    return [folder / name for name in content]
