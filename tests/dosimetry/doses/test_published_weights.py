"""Tissue weighting factors and shares of combined tissues as the publications print them, written out."""

from __future__ import annotations

import pytest

from dosimetry.doses.effective import body_tissues, weight_set
from phantoms.regions.names import TARGETS

#: ICRP Publication 26 (1977), paragraph 105; each of the five remaining tissues of the highest dose has 0.06.
ICRP_26 = {
    "gonads": 0.25, "breasts": 0.15, "red marrow": 0.12, "lungs": 0.12, "thyroid": 0.03,
    "osteogenic cells": 0.03,
}  # fmt: skip
#: ICRP Publication 60 (1991), Table 2; the remainder has 0.05.
ICRP_60 = {
    "gonads": 0.20, "red marrow": 0.12, "colon": 0.12, "lungs": 0.12, "stomach wall": 0.12,
    "urinary bladder wall": 0.05, "breasts": 0.05, "liver": 0.05, "oesophagus": 0.05, "thyroid": 0.05,
    "skin": 0.01, "osteogenic cells": 0.01,
}  # fmt: skip
#: ICRP Publication 103 (2007), Table 3; the remainder has 0.12 over 13 tissues.
ICRP_103 = {
    "red marrow": 0.12, "colon": 0.12, "lungs": 0.12, "stomach wall": 0.12, "breasts": 0.12, "gonads": 0.08,
    "urinary bladder wall": 0.04, "oesophagus": 0.04, "liver": 0.04, "thyroid": 0.04,
    "osteogenic cells": 0.01, "brain": 0.01, "salivary glands": 0.01, "skin": 0.01,
}  # fmt: skip
#: The 13 remainder tissues of a man and of a woman by ICRP 103, Table 3 and its note.
REMAINDER_103 = (
    "adrenals", "extrathoracic region", "gallbladder wall", "heart wall", "kidneys", "lymphatic nodes",
    "muscle", "oral mucosa", "pancreas", "prostate", "small intestine", "spleen", "thymus",
)  # fmt: skip
REMAINDER_60 = (
    "adrenals", "brain", "upper large intestine wall", "small intestine", "kidneys", "muscle", "pancreas",
    "spleen", "thymus", "uterus",
)  # fmt: skip

#: Every tissue of its own, as in the ICRP adults, so that nothing stands in for anything.
EVERY = dict.fromkeys({*TARGETS, "colon", "oesophagus", "salivary glands", "prostate", *REMAINDER_103}, 1.0)
GONADS = ("ovaries", "testes")


def effective(doses: dict[str, float], weights: str, sex: str | None = None) -> float:
    """Effective dose of one body's doses by photons and electrons, mSv/MBq."""
    rows = body_tissues(doses, weight_set(weights), sex)
    return sum(r.weight * r.equivalent_dose_mSv_per_MBq for r in rows)


def gain(weights: str, tissue: str, sex: str | None = None) -> float:
    """Growth of the effective dose when one tissue's dose goes from 1 to 2 mGy/MBq; all others stay at 1."""
    regions = {"gonads": GONADS}.get(tissue, (tissue,))
    doses = {k: v for k, v in EVERY.items() if weights != "ICRP 60" or k != "lower large intestine wall"}
    return effective(doses | dict.fromkeys(regions, 2.0), weights, sex) - 1.0


@pytest.mark.parametrize(
    ("weights", "table", "remainder"),
    [("ICRP 26", ICRP_26, 0.30), ("ICRP 60", ICRP_60, 0.05), ("ICRP 103", ICRP_103, 0.12)],
)
def test_tissue_weights(weights: str, table: dict[str, float], remainder: float) -> None:
    for tissue, weight in table.items():
        assert gain(weights, tissue, "male") == pytest.approx(weight, abs=1e-12), tissue
    assert sum(table.values()) + remainder == pytest.approx(1.0)


def test_the_remainder_of_icrp_103_is_a_mean_over_13_tissues() -> None:
    for tissue in REMAINDER_103:
        assert gain("ICRP 103", tissue, "male") == pytest.approx(0.12 / 13, abs=1e-12), tissue
    assert gain("ICRP 103", "uterus", "male") == pytest.approx(0.0, abs=1e-12)
    assert gain("ICRP 103", "uterus", "female") == pytest.approx(0.12 / 13, abs=1e-12)


def test_the_remainder_of_icrp_60_has_ten_tissues() -> None:
    doses = {k: v for k, v in EVERY.items() if k != "lower large intestine wall"}
    raised = effective(doses | dict.fromkeys(REMAINDER_60, 1.5), "ICRP 60") - 1.0
    # the split rule halves the weight, but both halves are of tissues with the same dose
    assert raised == pytest.approx(0.05 * 0.5, abs=1e-12)
    for other in ("gallbladder wall", "heart wall", "total body", "salivary glands", "prostate"):
        assert gain("ICRP 60", other) == pytest.approx(0.0, abs=1e-12), other


@pytest.mark.parametrize(
    "tissue", ["brain", "liver", "kidneys", "stomach wall", "lower large intestine wall"]
)
def test_any_other_tissue_is_one_of_the_five_of_icrp_26(tissue: str) -> None:
    assert gain("ICRP 26", tissue) == pytest.approx(0.06, abs=1e-12)


def test_the_colon_of_the_stylised_bodies() -> None:
    """By mass, 0.57 upper and 0.43 lower large intestine (ICRP 67); by ICRP 60 here the lower alone."""
    stylised = dict.fromkeys(TARGETS, 1.0)
    for region, share, lower in (
        ("upper large intestine wall", 0.57, 0.0),
        ("lower large intestine wall", 0.43, 1.0),
    ):
        doses = stylised | {region: 2.0}
        assert effective(doses, "ICRP 103", "male") - 1.0 == pytest.approx(0.12 * share, abs=1e-12)
        # the upper part is a remainder tissue of ICRP 60, above all named ones: half of 0.05
        expected = 0.12 * lower + (0.025 if lower == 0.0 else 0.0)
        assert effective(doses, "ICRP 60") - 1.0 == pytest.approx(expected, abs=1e-12)


def test_combined_tissues_of_icrp_133() -> None:
    """Colon: ICRP Publication 133, section 2; lungs, extrathoracic region, lymph nodes: ICRP 66 and 130."""
    from phantoms.regions.icrp_names import COMBINED_TARGETS

    published = {
        "colon": {"RC-stem": 0.4, "LC-stem": 0.4, "RS-stem": 0.2},
        "lungs": {
            "Bronch-bas": pytest.approx(1 / 6), "Bronch-sec": pytest.approx(1 / 6),
            "Bchiol-sec": pytest.approx(1 / 3), "AI": pytest.approx(1 / 3),
        },
        "extrathoracic region": {"ET1-bas": 0.001, "ET2-bas": 0.999},
        "lymphatic nodes": {"LN-ET": 0.08, "LN-Th": 0.08, "LN-Sys": 0.84},
    }  # fmt: skip
    assert published == COMBINED_TARGETS
