"""T9: limits of 21 CFR 361.1(b)(3), shares of them, and activities at which the dose is the limit."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from small_studies import cell_rows, check_origins, named, small_study, under

from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.document.table import Cell, Row, Table
from dosimetry.dossier.results.reading import read_results
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables.exposure_limits import exposure_limits_table
from dosimetry.dossier.tables.limits.law import BLOOD_FORMING, GONADS, LENS, OTHER, WHOLE_BODY, limit_of
from dosimetry.errors import DosimetryError

TIAC = {"liver": 1.0, "red marrow": 0.2, "remainder": 1.0}


def column(table: Table, name: str) -> int:
    return [c.name for c in table.columns].index(name)


def of(rows: list[Row], name: str) -> tuple[Cell, ...]:
    return next(r.cells for r in rows if named(r) == name)


def number(cell: Cell) -> float:
    assert isinstance(cell.value, int | float)
    return float(cell.value)


def test_the_limits_are_those_of_the_law() -> None:
    """3 and 5 rem of whole body, active blood-forming organs, lens, gonads; 5 and 15 of others; a tenth."""
    for limit in (WHOLE_BODY, BLOOD_FORMING, LENS, GONADS):
        assert (limit.single_mSv, limit.annual_mSv) == (30.0, 50.0)
        young = limit.of(minor=True)
        assert (young.single_mSv, young.annual_mSv) == pytest.approx((3.0, 5.0), rel=1e-15)
        assert limit.of(minor=False) == limit
    assert (OTHER.single_mSv, OTHER.annual_mSv) == (50.0, 150.0)
    assert (OTHER.of(minor=True).single_mSv, OTHER.of(minor=True).annual_mSv) == (5.0, 15.0)
    groups = {
        "total body": WHOLE_BODY, "red marrow": BLOOD_FORMING, "eye lens": LENS, "ovaries": GONADS,
        "testes": GONADS, "liver": OTHER, "osteogenic cells": OTHER, "uterus": OTHER, "breasts": OTHER,
        "skin": OTHER, "heart wall": OTHER,
    }  # fmt: skip
    assert {name: limit_of(name) for name in groups} == groups


def test_every_region_has_the_limit_of_its_group(trastuzumab: Results) -> None:
    table = exposure_limits_table(trastuzumab, TableOptions())[0]
    rows = cell_rows(table)
    strict = {"total body", "red marrow", "ovaries", "testes", "lens of the eye"}
    for name, row in rows.items():
        as_whole = name in strict or name.startswith("effective dose")
        assert (row["single_limit_mSv"], row["annual_limit_mSv"]) == ((30, 50) if as_whole else (50, 150))
    assert len(rows) == 25 + 3 + 1


def test_doses_and_shares_against_the_file(trastuzumab_folder: Path) -> None:
    results = read_results(trastuzumab_folder)
    table = exposure_limits_table(results, TableOptions())[0]
    with (trastuzumab_folder / "organ_doses.csv").open(encoding="utf-8", newline="") as f:
        own = [r for r in csv.DictReader(f) if r["statistic"] == "value" and r["n"] == "1"]
    for target, row in cell_rows(table).items():
        mSv = {
            r["patient"]: float(r["dose_mGy_per_MBq"]) * float(r["administered_MBq"])
            for r in own
            if r["target"] == target and r["dose_mGy_per_MBq"]
        }
        if not mSv:
            continue
        most = max(mSv, key=lambda p: mSv[p])
        assert row["n"] == len(mSv) and row["subject"] == most
        assert row["mean_mSv"] == pytest.approx(sum(mSv.values()) / len(mSv), rel=1e-6)
        assert row["highest_mSv"] == pytest.approx(mSv[most], rel=1e-6)
        limits = (30, 50) if target in ("total body", "red marrow", "ovaries", "testes") else (50, 150)
        for limit, share in zip(limits, ("single", "annual"), strict=True):
            assert row[f"percent_of_{share}_limit"] == pytest.approx(100 * mSv[most] / limit, rel=1e-6)
    assert check_origins(table, results) >= 28
    above = next(n for n in table.footnotes if n.startswith("ABOVE the limit of a single dose"))
    assert "liver (10 of 10)" in above and "brain (5 of 10)" in above and "skin (2 of 10)" in above


def test_at_the_largest_activity_the_dose_is_the_limit(trastuzumab: Results) -> None:
    table = exposure_limits_table(trastuzumab, TableOptions())[1]
    rows = cell_rows(table)
    least = rows.pop("under all limits that have a number")
    lens = rows.pop("lens of the eye")
    assert lens["single_limit_mSv"] == 30 and lens["single_by_mean_MBq"] is None
    for when in ("single", "annual"):
        for by in ("mean", "highest"):
            key = f"{when}_by_{by}_MBq"
            for row in rows.values():
                dose = row[f"{by}_mSv_per_MBq"] * row[key]  # type: ignore[operator]
                assert dose == pytest.approx(row[f"{when}_limit_mSv"], rel=1e-12)
            at = least[key]
            over = [r[f"{by}_mSv_per_MBq"] * at / r[f"{when}_limit_mSv"] for r in rows.values()]  # type: ignore[operator]
            assert max(over) == pytest.approx(1.0, rel=1e-12)  # the binding region is at its limit
            assert sum(share > 1 - 1e-9 for share in over) == 1  # and all others below
    binds = next(n for n in table.footnotes if "the region that binds" in n)
    assert "single dose, by mean: liver" in binds and "annual, by mean: effective dose equivalent" in binds
    check_origins(table, trastuzumab)


def test_the_mean_coefficients_are_those_of_the_label(trastuzumab: Results) -> None:
    rows = cell_rows(exposure_limits_table(trastuzumab, TableOptions())[1])
    doses, effective = trastuzumab.tables["organ_doses"], trastuzumab.tables["effective_dose"]
    mean = doses[(doses["statistic"] == "mean") & (doses["target"] == "liver")]
    assert rows["liver"]["mean_mSv_per_MBq"] == mean["dose_mGy_per_MBq"].item()
    averaged = effective.loc[effective["statistic"] == "sex-averaged", "effective_dose_mSv_per_MBq"].item()
    assert rows["effective dose, ICRP 103"]["mean_mSv_per_MBq"] == averaged


def test_a_limit_that_the_user_chose(trastuzumab: Results) -> None:
    options = TableOptions(limit_mSv=10.0, effective_dose=("ICRP 60",))
    table = exposure_limits_table(trastuzumab, options)[1]
    (row,) = under(table, "Chosen limit of the effective dose: 10 mSv")
    at = number(row.cells[column(table, "single_by_mean_MBq")])
    per_MBq = number(row.cells[column(table, "mean_mSv_per_MBq")])
    assert named(row) == "effective dose, ICRP 60" and at * per_MBq == pytest.approx(10.0, rel=1e-12)
    assert row.cells[column(table, "annual_by_mean_MBq")].value is None
    for bad in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(DosimetryError, match=r"limit_mSv is .* above 0, in mSv"):
            exposure_limits_table(trastuzumab, TableOptions(limit_mSv=bad))


def test_a_minor_has_a_tenth_and_rows_apart(tmp_path: Path) -> None:
    patients = "patient,sex,age_y,administered_MBq\nA,male,17.99,100\nB,male,18,200\nC,male,,300\n"
    results = small_study(tmp_path, patients, dict.fromkeys("ABC", TIAC))
    doses, activities = exposure_limits_table(results, TableOptions())
    young = under(doses, "Under 18 years: a tenth of the limits (n = 1)")
    old = under(doses, "Adults, and subjects whose age is not stated (n = 2)")
    limit, highest, share = (
        column(doses, n) for n in ("single_limit_mSv", "highest_mSv", "percent_of_single_limit")
    )
    for name, adults in (("liver", 50.0), ("red marrow", 30.0), ("lens of the eye", 30.0)):
        assert number(of(young, name)[limit]) == pytest.approx(adults / 10, rel=1e-15)
        assert number(of(old, name)[limit]) == adults
    by_age = number(of(young, "liver")[highest]), number(of(old, "liver")[highest])
    assert by_age[1] == pytest.approx(3 * by_age[0], rel=1e-6)  # 300 against 100 MBq
    assert number(of(young, "liver")[share]) == pytest.approx(100 * by_age[0] / 5, rel=1e-12)
    single = column(activities, "single_by_mean_MBq")
    few = number(of(under(activities, "Under 18"), "liver")[single])
    many = number(of(under(activities, "Adults"), "liver")[single])
    assert many == pytest.approx(10 * few, rel=1e-12)
    notes = " ".join(doses.footnotes)
    assert (
        "in this study: A." in notes and "Age is not stated (age_y in the table of patients) of: C." in notes
    )


def test_a_groups_mean_is_that_of_its_members(tmp_path: Path) -> None:
    patients = "patient,sex,age_y,administered_MBq\nA,male,12,100\nB,male,40,100\nC,male,50,100\n"
    tiacs = {p: {**TIAC, "liver": h} for p, h in (("A", 0.2), ("B", 0.8), ("C", 1.0))}
    results = small_study(tmp_path, patients, tiacs)
    _, activities = exposure_limits_table(results, TableOptions())
    frame = results.tables["organ_doses"].set_index(["patient", "target"])["dose_mGy_per_MBq"]
    mean, single = column(activities, "mean_mSv_per_MBq"), column(activities, "single_by_mean_MBq")
    for heading, who, limit in (("Under 18", "A", 5.0), ("Adults", "BC", 50.0)):
        expected = sum(frame[p, "liver"] for p in who) / len(who)
        cells = of(under(activities, heading), "liver")
        assert number(cells[mean]) == pytest.approx(expected, rel=1e-12)
        assert number(cells[single]) == pytest.approx(limit / expected, rel=1e-12)


def test_a_childs_body_without_an_age_has_a_childs_limits(tmp_path: Path) -> None:
    patients = "patient,sex,administered_MBq\nA,male,100\n"
    doses, _ = exposure_limits_table(
        small_study(tmp_path, patients, {"A": TIAC}, male="10-year-old"), TableOptions()
    )
    assert number(of(under(doses, "Under 18"), "liver")[column(doses, "single_limit_mSv")]) == 5.0
    assert not under(doses, "Adults") and not under(doses, "Subjects whose age")


@pytest.mark.parametrize("known", ["", "B"])
def test_activities_that_nobody_stated(known: str, tmp_path: Path) -> None:
    header = "patient,sex,administered_MBq\n"
    patients = f"{header}A,male,\nB,male,200\n" if known else "patient,sex\nA,male\nB,male\n"
    doses, activities = exposure_limits_table(
        small_study(tmp_path, patients, dict.fromkeys("AB", TIAC)), TableOptions()
    )
    row = cell_rows(doses)["liver"]
    told = " ".join(doses.all_footnotes())
    if known:
        assert row["n"] == 1 and row["subject"] == "B"
        assert "Administered activity not known, so not in these doses: A." in told
    else:
        assert row["n"] == 0 and row["highest_mSv"] is None and row["percent_of_single_limit"] is None
        assert "no administered activity is known" in told and "ABOVE" not in told
    assert isinstance(cell_rows(activities)["liver"]["single_by_mean_MBq"], float)


def test_alphas_count_twenty_times(tmp_path: Path) -> None:
    patients = "patient,sex,administered_MBq\nA,male,0.1\n"
    results = small_study(tmp_path, patients, {"A": TIAC}, nuclide="Ac-225")
    doses, activities = exposure_limits_table(results, TableOptions())
    frame = results.tables["organ_doses"]
    liver = frame[(frame["target"] == "liver") & (frame["statistic"] == "value")].iloc[0]
    light = liver["photon_part_mGy_per_MBq"] + liver["electron_part_mGy_per_MBq"]
    expected = light + 20 * liver["alpha_part_mGy_per_MBq"]
    assert expected > 15 * liver["dose_mGy_per_MBq"]
    assert cell_rows(activities)["liver"]["mean_mSv_per_MBq"] == pytest.approx(expected, rel=1e-12)
    assert cell_rows(doses)["liver"]["highest_mSv"] == pytest.approx(0.1 * expected, rel=1e-12)
    assert any("multiplied by 20" in n for n in doses.footnotes)


def test_the_lens_is_told_to_be_missing(trastuzumab: Results) -> None:
    for table in exposure_limits_table(trastuzumab, TableOptions()):
        assert any("no lens of the eye as a target region" in n for n in table.all_footnotes())
