"""Effective dose: weight sets, published organ doses, remainder rules, both sexes, bad input."""

import tomllib
from functools import partial
from importlib.resources import files

import pandas as pd
import pytest

from dosimetry import DosimetryError
from dosimetry.doses import effective
from dosimetry.doses.effective import TISSUE_WEIGHTS, weight_set
from phantoms.regions.icrp_names import COMBINED_TARGETS
from phantoms.regions.names import TARGETS
from validation.case import read_cases

# plain numbers by region, of photons and electrons; typed results: test_doses.py
tissue_doses = partial(effective.tissue_doses, without_alphas=True)


def effective_dose(doses, weights="ICRP 60", **more) -> float:
    return float(effective.effective_dose(doses, weights, without_alphas=True, **more))


def effective_dose_table(doses, weights, **more) -> pd.DataFrame:
    return effective.effective_dose(doses, weights, without_alphas=True, **more).to_frame()


UNIFORM = dict.fromkeys(TARGETS, 1.0)


@pytest.fixture(scope="module")
def published():
    """89Zr-trastuzumab, O'Donoghue et al. 2018, Table 2: rows by name, columns mean and median."""
    groups = [g for g in read_cases()["trastuzumab_odonoghue_2018"].published if g.place == "Table 2"]
    rows = {r.of.partition(", ICRP")[0]: (r.mean, r.median) for g in groups for r in g.rows}
    return pd.DataFrame(rows, index=["mean", "median"]).T


@pytest.mark.parametrize("name", TISSUE_WEIGHTS)
def test_weights_sum_to_one(name):
    chosen = weight_set(name)
    total = sum(t["weight"] for t in chosen["tissue"]) + chosen["remainder"]["weight"]
    assert total == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("name", TISSUE_WEIGHTS)
@pytest.mark.parametrize("sex", ["male", "female", None])
def test_weights_that_are_used_sum_to_one_and_so_do_the_parts(name, sex):
    rows = tissue_doses(UNIFORM, name, sex=sex)
    assert sum(r.weight for r in rows) == pytest.approx(1.0, abs=1e-12)
    for r in rows:
        assert sum(r.regions.values()) == pytest.approx(1.0, abs=1e-12)
    assert effective_dose(UNIFORM, name, sex=sex) == pytest.approx(1.0, abs=1e-12)
    assert effective_dose((UNIFORM, UNIFORM), name) == pytest.approx(1.0, abs=1e-12)


def test_published_trastuzumab_doses(published):
    """ICRP 60 and EDE from the published mean organ doses, as far as OLINDA's own rules are known."""
    doses = published["mean"].iloc[:-2]
    assert effective_dose(doses, "ICRP 60") == pytest.approx(
        published.loc["effective dose", "mean"], abs=0.02
    )
    ede = published.loc["effective dose equivalent", "mean"]
    assert effective_dose(doses, "ICRP 26") == pytest.approx(ede, abs=0.01)


def test_published_median_doses(published):
    doses = published["median"].iloc[:-2]
    assert effective_dose(doses, "ICRP 26 EDE") == pytest.approx(0.60, abs=0.01)


def test_ede_by_hand():
    doses = UNIFORM | {
        "liver": 5.0,
        "kidneys": 4.0,
        "spleen": 3.0,
        "heart wall": 2.0,
        "gallbladder wall": 1.5,
    }
    assert effective_dose(doses, "ICRP 26") == pytest.approx(0.70 + 0.06 * (5 + 4 + 3 + 2 + 1.5))


def test_the_split_rule_of_icrp_60():
    """Kidneys above every named tissue: half of the remainder's weight is theirs."""
    doses = UNIFORM | {"kidneys": 9.0}
    assert effective_dose(doses, "ICRP 60") == pytest.approx(0.95 + 0.025 * 9.0 + 0.025 * 1.0)


def test_no_split_below_a_named_tissue():
    """Kidneys above the other tissues but below the liver: by mass, 310 g of 32 029 g."""
    doses = UNIFORM | {"liver": 10.0, "kidneys": 9.0}
    total_g = 14 + 1450 + 210 + 650 + 310 + 29000 + 140 + 150 + 25 + 80
    remainder = 1 + 8 * 310 / total_g
    assert effective_dose(doses, "ICRP 60") == pytest.approx(0.90 + 0.05 * 10 + 0.05 * remainder)


def test_gonads_by_sex_in_icrp_103():
    doses = UNIFORM | {"ovaries": 3.0, "testes": 2.0}
    assert effective_dose(doses, "ICRP 103", sex="male") == pytest.approx(1.0 + 0.08)
    assert effective_dose(doses, "ICRP 103", sex="female") == pytest.approx(1.0 + 0.16)
    assert effective_dose((doses, doses), "ICRP 103") == pytest.approx(1.0 + 0.12)


def test_both_sexes_are_averaged():
    male, female = UNIFORM, {k: 3.0 for k in UNIFORM}
    assert effective_dose((male, female), "ICRP 103") == pytest.approx(2.0)


def test_names_of_other_programs_and_of_icrp_133():
    words = {"R-marrow": 2.0, "Endost-BS": 1.0, "S-glands": 1.0, "O-mucosa": 3.0}
    doses = {k: v for k, v in UNIFORM.items() if k not in ("red marrow", "osteogenic cells")} | words
    expected = 1.0 + 0.12 * 1.0 + 0.12 / 13 * 2.0
    assert effective_dose(doses, "ICRP 103") == pytest.approx(expected)


def test_stand_ins_are_named():
    table = effective_dose_table(UNIFORM, "ICRP 103", sex="male")
    used = table.loc[table["stand_in"] != "", "stand_in"].to_dict()
    assert used == {
        "oesophagus": "thymus",
        "salivary glands": "thyroid",
        "remainder: extrathoracic region": "thyroid",
        "remainder: lymphatic nodes": "muscle",
        "remainder: oral mucosa": "thyroid",
        "remainder: prostate or uterus": "urinary bladder wall",
    }
    assert table["contribution_mSv_per_MBq"].sum() == pytest.approx(1.0)


def test_a_tissue_that_is_there_needs_no_stand_in():
    doses = UNIFORM | {"oesophagus": 5.0}
    table = effective_dose_table(doses, "ICRP 103")
    assert table.loc["oesophagus", "stand_in"] == ""
    assert table.loc["oesophagus", "equivalent_dose_mSv_per_MBq"] == 5.0


def test_published_spellings_are_understood():
    words = {"Lungs": 1.0, "LLI Wall": 1.0, "ULI Wall": 1.0, "Osteogenic Cells": 1.0, "Red Marrow": 1.0}
    rest = {k: v for k, v in UNIFORM.items() if k not in ("lungs", "osteogenic cells", "red marrow")}
    rest = {k: v for k, v in rest.items() if "large" not in k}
    assert effective_dose(rest | words, "ICRP 60") == pytest.approx(1.0)


def test_a_missing_region_is_named():
    doses = {k: v for k, v in UNIFORM.items() if k != "lungs"}
    with pytest.raises(DosimetryError, match=r"ICRP 60 needs a dose for lung: none of lungs"):
        effective_dose(doses)


@pytest.mark.parametrize("name", ["ICRP 103", "ICRP 60", "ICRP 60 OLINDA/EXM 1.x", "ICRP 26"])
def test_walls_of_icrp_110_bodies_make_the_tissues_that_icrp_133_makes_of_their_stem_cells(name):
    """Regions as the labels of ICRP 110 call them; the same doses to ICRP 133's targets give the same."""
    table = tomllib.loads((files("phantoms.voxels.images.tables") / "icrp110.toml").read_text("utf-8"))
    regions = {entry["region"] for entry in table["labels"].values()} | set(table["sums"])
    regions = (regions | {"red marrow", "osteogenic cells"}) - {
        "ovaries",
        "left ovary",
        "right ovary",
        "uterus",
    }
    doses = {r: 0.1 + 0.01 * i for i, r in enumerate(sorted(regions))}
    parts = {r: doses.pop(f"{r}-wall") for r in ("SI", "RC", "LC", "RS", "ET1", "ET2")}
    ours = doses | {f"{part}-wall": dose for part, dose in parts.items()}
    stems = {f"{part}-{'bas' if 'ET' in part else 'stem'}": dose for part, dose in parts.items()}
    theirs = doses | {"small intestine": stems.pop("SI-stem"), **stems}
    theirs["colon"] = sum(w * stems[t] for t, w in COMBINED_TARGETS["colon"].items())
    et = COMBINED_TARGETS["extrathoracic region"]
    theirs["extrathoracic region"] = sum(w * stems[t] for t, w in et.items())
    assert effective_dose(ours, name, sex="male") == pytest.approx(
        effective_dose(theirs, name, sex="male"), rel=1e-12
    )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((UNIFORM, "ICRP 61"), r"allowed: ICRP 60, ICRP 103, ICRP 26, ICRP 60 OLINDA/EXM 1\.x"),
        ((UNIFORM | {"liver": -1.0},), "'liver' is -1"),
        ((UNIFORM | {"liver": "x"},), "a number in mGy/MBq"),
        (((UNIFORM, UNIFORM, UNIFORM),), "a pair"),
    ],
)
def test_bad_input(args, message):
    with pytest.raises(DosimetryError, match=message):
        effective_dose(*args)
