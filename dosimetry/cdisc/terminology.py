"""CDISC's words: codes of pharmacokinetic parameters, names of methods, routes, units, sexes."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

#: Trapezoids of kinetics.nca in the codelist "PK Analytical Method" (C172330); "log" is not in it.
METHODS = {
    "linear": "LINEAR TRAPEZOIDAL METHOD",
    "linear-up/log-down": "LINEAR UP LOG DOWN METHOD",
    "log": "LOGARITHMIC TRAPEZOIDAL METHOD",
}
#: Of "Route of Administration Response" (C66729); the last is sponsor-defined.
ROUTES = {"bolus": "INTRAVENOUS BOLUS", "infusion": "INTRAVENOUS", "extravascular": "EXTRAVASCULAR"}
SEXES = {"male": "M", "female": "F"}
NOT_DONE = "NOT DONE"
#: How the effective half-life comes about, which the code alone leaves open.
EFFECTIVE_HALF_LIFE = "LN(2) TIMES MRT INFINITY OBS, OF THE DECAY-CORRECTED CURVE"


@dataclass(frozen=True)
class PkParameter:
    """A row of pk_parameters.csv: CDISC's code and name, and what of :func:`kinetics.nca` it is."""

    code: str
    name: str
    quantity: str
    unit: str
    routes: str
    instead: tuple[str, ...]
    asked: bool
    terminology: str

    def fits(self, route: str) -> bool:
        """Whether it is defined for this route.

        >>> [p.code for p in pk_parameters() if p.asked and not p.fits("infusion")]
        ['MRTIBLST', 'MRTIBIFO']
        """
        return route[0].upper() in self.routes

    def unit_of(self, curve_unit: str) -> str:
        """Its unit for a curve's, spelled as PKUNIT (C85494) does.

        >>> [p.unit_of("%IA/L") for p in pk_parameters() if p.code in ("CMAX", "AUMCLST", "CLO", "VZO")]
        ['%IA/L', 'h2*%IA/L', 'L/h', 'L']
        """
        volume = curve_unit.partition("/")[2]
        known = {
            "conc": curve_unit, "auc": f"h*{curve_unit}", "aumc": f"h2*{curve_unit}",
            "clearance": f"{volume}/h", "volume": volume,
        }  # fmt: skip
        return known.get(self.unit, self.unit)


@lru_cache(maxsize=1)
def pk_parameters() -> tuple[PkParameter, ...]:
    """All parameters, in the order of the table.

    >>> len([p for p in pk_parameters() if p.asked])
    33
    """
    text = (files("dosimetry.cdisc") / "pk_parameters.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(
        PkParameter(
            code=row["code"],
            name=row["name"],
            quantity=row["quantity"],
            unit=row["unit"],
            routes=row["routes"],
            instead=tuple(row["instead"].split()),
            asked=row["asked"] == "yes",
            terminology=row["terminology"],
        )
        for row in rows
    )


#: Regions -> what a parameter's code has of them, 6 characters at most.
REGIONS = {
    "adrenals": "ADREN", "brain": "BRAIN", "breasts": "BREAST", "gallbladder wall": "GBWALL",
    "gallbladder contents": "GBCONT", "lower large intestine wall": "LLIWAL",
    "lower large intestine contents": "LLICON", "small intestine": "SMINT",
    "small intestine contents": "SICONT", "stomach wall": "STWALL", "stomach contents": "STCONT",
    "upper large intestine wall": "ULIWAL", "upper large intestine contents": "ULICON",
    "heart wall": "HTWALL", "heart contents": "HTCONT", "kidneys": "KIDNEY", "liver": "LIVER",
    "lungs": "LUNGS", "muscle": "MUSCLE", "ovaries": "OVARY", "pancreas": "PANCR", "red marrow": "REDMAR",
    "osteogenic cells": "OSTEO", "cortical bone": "CORTBN", "trabecular bone": "TRABBN", "skin": "SKIN",
    "spleen": "SPLEEN", "testes": "TESTES", "thymus": "THYMUS", "thyroid": "THYROI",
    "urinary bladder wall": "UBWALL", "urinary bladder contents": "UBCONT", "uterus": "UTERUS",
    "total body": "TOTBDY", "remainder": "REMAIN", "whole body": "WHOLEB", "serum": "SERUM",
}  # fmt: skip


def region_codes(regions: set[str]) -> dict[str, str]:
    """Each region's part of a code; one that has none is numbered in the order of the names.

    >>> region_codes({"liver", "tonsils", "ET1 surface"})
    {'ET1 surface': 'R001', 'liver': 'LIVER', 'tonsils': 'R002'}
    """
    others = iter(range(1, 1000))
    return {r: REGIONS.get(r) or f"R{next(others):03d}" for r in sorted(regions)}
