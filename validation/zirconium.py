"""Injected 89Zr by ICRP Publication 134 (2016): transfer rates to TIACs to organ doses, beside the published.

The rates, retention and dose coefficients are read from a table beside the repository (shared/data/
icrp_oir_zr), which is not part of this project.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dosimetry.absorbed import absorbed_dose
from dosimetry.effective import effective_dose
from kinetics.compartments import CompartmentModel
from phantoms.saf import SafLibrary

README = Path(__file__).parents[2] / "shared" / "data" / "icrp_oir_zr" / "README.md"

#: The published table rounds to two digits.
DIGITS = 2

#: Compartment (as the table spells it, or shortens it) -> its name here.
SPELLING = {"T-bone surface": "Trabecular bone surface", "C-bone surface": "Cortical bone surface"}

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
    liver) in Bq/Bq, not decay-corrected. coefficient : organ -> {"male"|"female": mSv/MBq}; the printed
    digits are kept in ``printed``. effective_mSv_per_MBq : e(50).
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


def read_reference(path: Path = README) -> Reference:
    """The published values from the table beside the repository; ValueError if it does not have them."""
    text = path.read_text(encoding="utf-8")
    half_life = re.search(r"Half-life ([\d.]+) h", text)
    f_a = re.search(r"fA = ([\d.]+)", text)
    e50 = re.search(r"e\(50\) = ([\d.]+)", text)
    if not (half_life and f_a and e50):
        raise ValueError(f"{path}: half-life, fA or e(50) not found")
    absorbed = float(f_a[1])
    rates: dict[tuple[str, str], float] = {}
    retention: dict[float, tuple[float, float, float]] = {}
    coefficient: dict[str, dict[str, float]] = {}
    for line in text.splitlines():
        cells = [c.strip() for c in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if not cells or set("".join(cells)) <= set("-") or cells[0] in ("from", "d", "organ"):
            continue
        if len(cells) == 4:
            day, *parts = map(float, cells)
            retention[day] = (parts[0], parts[1], parts[2])
        elif len(cells) == 6:
            for a, b, rate in (cells[:3], cells[3:]):
                if a:
                    value = absorbed * 6.0 / (1.0 - absorbed) if "fA" in rate else float(rate)
                    rates[SPELLING.get(a, a), SPELLING.get(b, b)] = value
        elif len(cells) == 9:
            for organ, male, female in (cells[:3], cells[3:6], cells[6:]):
                if organ:
                    both = {"male": male, "female": female}
                    coefficient[organ] = {s: 0.1 * float(v) for s, v in both.items() if v != "-"}
    return Reference(float(half_life[1]), rates, retention, coefficient, 0.1 * float(e50[1]))


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
    return rows, effective_dose((doses["male"], doses["female"]), weights="ICRP 103")
