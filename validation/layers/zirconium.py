"""Injected 89Zr by ICRP Publication 134 (2016): transfer rates to TIACs to organ doses, beside the published.

Rates, retention and dose coefficients stand in the case file. Retention needs nothing else; the doses need
the files of ICRP 133, which are not part of this project.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dosimetry.doses.absorbed import absorbed_dose
from dosimetry.doses.effective import effective_dose
from kinetics.compartments.model import CompartmentModel
from phantoms.library.installed import load_phantom
from phantoms.library.saf import SafLibrary
from validation.case import FOLDER, Case, CaseError, read_case
from validation.checks import Retention, TransferDoses
from validation.outcome import FORWARD, Outcome, around

CASE = FOLDER / "zirconium_icrp134_2016.toml"
LAYER = "c. forward"
E103 = "effective dose, ICRP 103"

#: The published table rounds to two digits.
DIGITS = 2

#: Compartments of each source region of ICRP 133.
REGIONS: dict[str, tuple[str, ...]] = {
    "Blood": ("Blood1", "Blood2"), "Liver": ("Liver0", "Liver1"), "Kidneys": ("Kidneys",),
    "T-bone-S": ("Trabecular bone surface",), "T-bone-V": ("T-bone volume",),
    "C-bone-S": ("Cortical bone surface",), "C-bone-V": ("C-bone volume",), "SI-cont": ("SI contents",),
    "RC-cont": ("Right colon",), "LC-cont": ("Left colon",), "RS-cont": ("Rectosigmoid",),
    "UB-cont": ("Bladder contents",), "Other": ("ST0", "ST1"),
}  # fmt: skip
OUTSIDE = ("Faeces", "Urine")
BLOOD = "Blood1"

#: Share of all blood that is in a region (ICRP 89); the published retention has it in.
BLOOD_SHARE = {"skeleton": 0.07, "liver": 0.10}

#: Organ of the published table -> target region.
TARGETS = {
    "Bone marrow": "red marrow", "Lung": "lungs", "Stomach": "stomach wall", "Breast": "breasts",
    "Bone surface": "osteogenic cells", "Urinary bladder": "urinary bladder wall", "Heart": "heart wall",
    "ET": "extrathoracic region", "Gall bladder": "gallbladder wall", "Lymph nodes": "lymphatic nodes",
}  # fmt: skip


@dataclass(frozen=True)
class Reference:
    """What ICRP 134 publishes.

    half_life_h : of 89Zr. rate_per_d : (from, to) -> 1/d. retention : time in d -> (whole body, skeleton,
    liver) in Bq/Bq, not decay-corrected. coefficient : organ -> {"male"|"female": mSv/MBq}.
    effective_mSv_per_MBq : e(50).
    """

    half_life_h: float
    rate_per_d: Mapping[tuple[str, str], float]
    retention: Mapping[float, tuple[float, float, float]]
    coefficient: Mapping[str, Mapping[str, float]]
    effective_mSv_per_MBq: float

    @property
    def compartments(self) -> tuple[str, ...]:
        """All compartments of the body."""
        return tuple(dict.fromkeys(c for pair in self.rate_per_d for c in pair if c not in OUTSIDE))


def read_reference(path: Path = CASE) -> Reference:
    """The published values from a case file; CaseError if it does not have them."""
    case = read_case(path)
    if case.transfer is None:
        raise CaseError(f"{path}: no transfer rates (table 'transfer')")
    rates = {}
    for pair, rate in case.transfer.rate_per_d.items():
        giver, _, taker = pair.partition(" -> ")
        rates[giver, taker] = rate
    retention: dict[float, dict[str, float]] = {}
    coefficient: dict[str, dict[str, float]] = {}
    for group in case.published:
        for value in group.rows:
            if group.body:
                coefficient.setdefault(value.of, {})[group.body] = value.centre
            elif group.unit == "Bq/Bq":
                what, _, days = value.of.removesuffix(" d").partition(", ")
                retention.setdefault(float(days), {})[what] = value.centre
    return Reference(
        case.transfer.half_life_h,
        rates,
        {day: (v["whole body"], v["skeleton"], v["liver"]) for day, v in retention.items()},
        coefficient,
        case.value(E103)[0].centre,
    )


def model(ref: Reference) -> CompartmentModel:
    """The compartment model of ICRP 134 with an intake of 1 into Blood1 at time 0."""
    return CompartmentModel(
        name="zirconium, ICRP 134",
        compartments=ref.compartments,
        sinks=OUTSIDE,
        rates_per_h={pair: rate / 24.0 for pair, rate in ref.rate_per_d.items()},
        lambda_phys_per_h=math.log(2.0) / ref.half_life_h,
        bolus={BLOOD: 1.0},
        regions=REGIONS,
    )


def retained(ref: Reference, days: float) -> dict[str, float]:
    """Bq per Bq of the whole body, the skeleton and the liver, the latter two with the blood in them."""
    compartments = model(ref)
    there = dict(zip(compartments.states, compartments.contents(24.0 * days)[0].tolist(), strict=True))
    blood = there["Blood1"] + there["Blood2"]
    return {
        "whole body": math.fsum(there[c] for c in ref.compartments),
        "skeleton": math.fsum(v for c, v in there.items() if "bone" in c) + BLOOD_SHARE["skeleton"] * blood,
        "liver": there["Liver0"] + there["Liver1"] + BLOOD_SHARE["liver"] * blood,
    }


def region_tiac_h(ref: Reference) -> dict[str, float]:
    """TIAC of each source region of ICRP 133, h."""
    found = model(ref).tiac_h()
    return {region: found[region] for region in REGIONS}


@dataclass(frozen=True)
class Comparison:
    """One organ dose beside the published one, mSv/MBq (of photons and electrons: numerically mGy/MBq)."""

    organ: str
    sex: str
    published: float
    ours: float

    @property
    def deviation(self) -> float:
        """Ours over published less 1."""
        return self.ours / self.published - 1.0

    @property
    def same_digits(self) -> bool:
        """Whether ours, rounded as printed, is the published value."""
        return f"{self.ours:.{DIGITS - 1}e}" == f"{self.published:.{DIGITS - 1}e}"


def compare(
    ref: Reference, tiac_h: Mapping[str, float], adults: Mapping[str, SafLibrary]
) -> tuple[list[Comparison], float]:
    """Every published organ dose beside ours, and our effective dose by ICRP 103 in mSv/MBq."""
    doses = {sex: absorbed_dose(tiac_h, "Zr-89", library) for sex, library in adults.items()}
    rows = [
        Comparison(organ, sex, value, float(doses[sex][TARGETS.get(organ, organ.lower())]))
        for organ, values in ref.coefficient.items()
        for sex, value in values.items()
    ]
    return rows, float(effective_dose((doses["male"], doses["female"]), weights="ICRP 103"))


def retention_outcomes(case: Case, check: Retention) -> list[Outcome]:
    """Every published retention against ours, which must round to it."""
    ref, rows = read_reference(), []
    for group in (g for g in case.published if g.unit == "Bq/Bq"):
        for value in group.rows:
            what, _, days = value.of.removesuffix(" d").partition(", ")
            rows.append(
                Outcome(
                    case.name,
                    LAYER,
                    "retention",
                    quantity=value.of,
                    unit=group.unit,
                    published=value.centre,
                    ours=retained(ref, float(days))[what],
                    limits=around(value.centre, value.half_unit),
                    because=check.because,
                    strength=FORWARD,
                )
            )
    return rows


def dose_outcomes(case: Case, check: TransferDoses) -> list[Outcome]:
    """Every published organ dose and the effective dose, in both adults of ICRP 133."""
    ref = read_reference()
    libraries = {sex: load_phantom(name) for sex, name in check.bodies.items()}
    organs, effective = compare(ref, region_tiac_h(ref), {str(s): lib for s, lib in libraries.items()})
    found = [(f"model, {r.sex}", r.organ, r.sex, r.ours, check.tolerance_percent) for r in organs]
    found.append(("model, both", E103, "", effective, check.effective_tolerance_percent))
    rows = []
    for what, of, body, ours, percent in found:
        value, unit, _ = case.value(of, body)
        rows.append(
            Outcome(
                case.name,
                LAYER,
                what,
                quantity=of,
                unit=unit,
                published=value.centre,
                ours=ours,
                limits=around(value.centre, value.centre * percent / 100.0 + value.half_unit),
                because=check.because,
                strength=FORWARD,
            )
        )
    return rows
