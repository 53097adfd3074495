"""A small valid study with cycles of a therapy and lesions, and its tables, which are damaged."""

from __future__ import annotations

from .bases import Files, _csv, _kept, direct

THERAPY = """
[lesions]
file = "lesions.csv"
decay_corrected = false

[lesions.dose]
quantity = "activity"
integrate = "activity"
volume = "mean"
model = "monoexponential"
weights = "sd"
shape = "sphere"
density_g_per_cm3 = 1.04
cross_dose = "organ"
outside = "total body"
organs = { activity = "with lesions", mass = "with lesions" }

[therapy]
file = "cycles.csv"
measured_cycle = 1
without_scan = "same TIAC"
one_scan = "same half-life"
several_scans = "own curve"
u_same_tiac = 0.1
u_same_half_life = 0.05
limits = "limits.toml"
next_cycle = "as the last cycle"
rbe_alpha = 5
effective_dose = true

[therapy.scans]
file = "scans.csv"
decay_corrected = false

[therapy.bed.lesions]
alpha_beta_Gy = 10
repair_half_time_h = 1.5
u_alpha_beta_Gy = 2
"""

LIMITS = b"""[[limit]]
name = "kidneys 28 Gy BED, risk factors"
organ = "kidneys"
quantity = "BED"
value_Gy = 28.0
source = "x"

[[limit]]
name = "liver"
organ = "liver"
quantity = "absorbed dose"
value_Gy = 0.05
source = "x"

[tissue.kidneys]
alpha_beta_Gy = 2.6
repair_half_time_h = 2.8
source = "x"
"""


def therapy() -> tuple[Files, Files]:
    """:func:`direct`, and what makes it two or three cycles with lesions: scans by every rule, own limits."""
    files = direct()
    lesions = [
        f"{p},L1,liver,liver,{t},{x * _kept(t):.5g},{0.05 * x * _kept(t):.4g},8,1"
        for p, x in (("P01", 0.5), ("P02", 0.4))
        for t in (4, 48, 120)
    ]
    scans = [
        "P01,2,liver,,72,1.5,0.1,kBq/mL",
        "P01,2,kidneys,,24,0.5,,kBq/mL",
        "P01,2,kidneys,,96,0.2,,kBq/mL",
        "P01,2,,L1,72,25,2,kBq/mL",
        "P02,2,whole body,,48,60,2,%IA",
    ]
    return files, {
        "study.toml": THERAPY.encode(),
        "lesions.csv": _csv(
            "patient,lesion,site,organ,time_h,activity_MBq,sd_activity_MBq,volume_mL,sd_volume_mL", lesions
        ),
        "cycles.csv": _csv(
            "patient,cycle,start,administered_MBq",
            [
                "P01,1,2026-01-12T10:00,37",
                "P01,2,2026-01-19T09:30,40",
                "P02,1,2026-02-02,36.5",
                "P02,2,2026-03-30,35",
                "P02,3,2026-05-25,36",
            ],
        ),
        "scans.csv": _csv("patient,cycle,organ,lesion,time_h,value,sd,unit", scans),
        "limits.toml": LIMITS,
    }


def with_therapy(study: Files, added: Files) -> Files:
    """A study with files of a therapy, whose section follows the study's own."""
    return study | added | {"study.toml": study["study.toml"] + added.get("study.toml", b"")}
