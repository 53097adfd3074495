"""Numbers of the dossier's tables, found again from the patients' own rows and in closed form."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from table_values import statistics, values

from dosimetry import effective_dose
from dosimetry.doses.result import DoseResult
from dosimetry.dossier.document.numbers import UNITS
from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables.absorbed_dose import SEX_AVERAGED, absorbed_dose_table
from dosimetry.dossier.tables.absorbed_dose_by_subject import absorbed_dose_by_subject_table
from dosimetry.dossier.tables.curves.activities import activities_table
from dosimetry.dossier.tables.curves.curve_parameters import curve_parameters_table
from dosimetry.dossier.tables.subjects import subjects_table
from dosimetry.dossier.tables.tiacs import tiacs_table
from phantoms.regions.names import TARGETS

OPTIONS = TableOptions()


def check(row: dict[str, Any], v: np.ndarray, unit: str, *, end: str = "", rel: float = 3e-6) -> None:
    """A row has the statistics of some values (seven digits of values, and differences of them)."""
    expected = statistics(v)
    assert row[f"n{end}"] == v.size
    for name in ("mean", "sd", "minimum", "maximum", *(() if end else ("median",))):
        assert row[f"{name}_{unit}{end}"] == pytest.approx(
            expected[name], rel=rel, abs=1e-6 * expected["mean"]
        )
    if not end:
        assert row["cv_percent"] == pytest.approx(expected["cv"], rel=rel * 100)


def test_doses_are_the_statistics_of_the_patients_rows(trastuzumab: Results) -> None:
    own = trastuzumab.tables["organ_doses"].query("statistic == 'value' and n == 1")
    both, by_sex = absorbed_dose_table(trastuzumab, OPTIONS)
    organs = {str(r["organ"]).lower(): r for r in values(both)}
    split = {str(r["organ"]).lower(): r for r in values(by_sex)}
    assert [t for t in organs if t in TARGETS] == list(TARGETS)  # OLINDA's order
    for target, rows in own.groupby("target"):
        check(organs[target], rows["dose_mGy_per_MBq"].to_numpy(), "mGy_per_MBq")
        for sex, mine in rows.groupby("sex"):
            check(split[target], mine["dose_mGy_per_MBq"].to_numpy(), "mGy_per_MBq", end=f"_{sex}")
    assert organs["ovaries"]["n"] == 2 and split["ovaries"]["n_male"] == 0


def test_effective_doses_stand_last_and_icrp_103_is_of_the_mean_man_and_woman(trastuzumab: Results) -> None:
    table = absorbed_dose_table(trastuzumab, OPTIONS)[0]
    last = [r for r in table.rows if r.kind == "total"]
    assert list(table.rows[-len(last) :]) == last and len(last) == 4
    (averaged,) = (r for r in values(table) if SEX_AVERAGED in str(r["organ"]))
    assert averaged["organ"] == "Effective dose, ICRP 103, sex-averaged (mSv/MBq)"
    e = trastuzumab.tables["effective_dose"]
    assert (
        averaged["mean_mGy_per_MBq"] == e[e["statistic"] == SEX_AVERAGED]["effective_dose_mSv_per_MBq"].item()
    )
    assert averaged["sd_mGy_per_MBq"] is None and averaged["n"] == 10
    # again from the mean organ doses of men and women that the other table prints
    sexes = {}
    for sex in ("male", "female"):
        mean = {
            str(r["organ"]).lower(): r[f"mean_mGy_per_MBq_{sex}"]
            for r in values(absorbed_dose_table(trastuzumab, OPTIONS)[1])
        }
        known = tuple(t for t in TARGETS if mean[t] is not None)
        part = np.array([mean[t] for t in known])
        nothing = np.zeros(len(known))
        sexes[sex] = DoseResult(
            known, {"photon": part, "electron": nothing, "alpha": nothing}, ("Zr-89",), sex, sex, "reference",
            missing={"se_from_tiac": "a mean", "se_from_saf": "a mean"},
        )  # fmt: skip
    again = float(effective_dose((sexes["male"], sexes["female"]), "ICRP 103"))
    assert averaged["mean_mGy_per_MBq"] == pytest.approx(again, rel=1e-6)


def test_effective_dose_of_chosen_weights_alone(trastuzumab: Results) -> None:
    table = absorbed_dose_table(trastuzumab, TableOptions(effective_dose=("ICRP 60",)))[0]
    own = trastuzumab.tables["effective_dose"].query("statistic == 'value' and weights == 'ICRP 60'")
    (row,) = (r for r in values(table) if "ffective dose" in str(r["organ"]))
    assert row["organ"] == "Effective dose, ICRP 60 (mSv/MBq)"
    check(row, own["effective_dose_mSv_per_MBq"].to_numpy(), "mGy_per_MBq")


def test_other_units_are_factors(trastuzumab: Results) -> None:
    options = TableOptions(units=UNITS["mrad/MBq"], also_units=UNITS["rad/mCi"])
    plain = {r["organ"]: r for r in values(absorbed_dose_table(trastuzumab, OPTIONS)[0])}
    for row in values(absorbed_dose_table(trastuzumab, options)[0])[:25]:
        mGy = plain[row["organ"]]
        for name in ("mean", "sd"):
            assert row[f"{name}_mrad_per_MBq"] == pytest.approx(100 * mGy[f"{name}_mGy_per_MBq"], rel=1e-12)
            assert row[f"{name}_rad_per_mCi"] == pytest.approx(3.7 * mGy[f"{name}_mGy_per_MBq"], rel=1e-12)
        assert row["cv_percent"] == pytest.approx(mGy["cv_percent"], rel=1e-12)
    labels = [str(r["organ"]) for r in values(absorbed_dose_table(trastuzumab, options)[0])[25:]]
    assert all(label.endswith("(mrem/MBq; rem/mCi)") for label in labels)


def test_each_subjects_doses_in_other_units(trastuzumab: Results) -> None:
    (plain,) = absorbed_dose_by_subject_table(trastuzumab, OPTIONS)
    (other,) = absorbed_dose_by_subject_table(trastuzumab, TableOptions(units=UNITS["rad/mCi"]))
    for mGy, rad in zip(values(plain), values(other), strict=True):
        for name in ("P01", "P09", "mean", "sd"):
            one = mGy[f"{name}_mGy_per_MBq"]
            assert rad[f"{name}_rad_per_mCi"] == (
                None if one is None else pytest.approx(3.7 * one, rel=1e-12)
            )
        assert rad["cv_percent"] == pytest.approx(mGy["cv_percent"], rel=1e-12)


def test_each_subjects_doses_and_what_is_made_of_them(trastuzumab: Results) -> None:
    (table,) = absorbed_dose_by_subject_table(trastuzumab, OPTIONS)
    liver = next(r for r in values(table) if r["organ"] == "Liver")
    own = trastuzumab.tables["organ_doses"].query("statistic == 'value' and target == 'liver'")
    doses = own["dose_mGy_per_MBq"].to_numpy()
    assert [liver[f"{p}_mGy_per_MBq"] for p in own["patient"]] == doses.tolist()
    expected = statistics(doses)
    assert liver["mean_mGy_per_MBq"] == pytest.approx(expected["mean"], rel=1e-6)
    assert liver["cv_percent"] == pytest.approx(expected["cv"], rel=1e-5)


def test_tiacs_are_the_statistics_of_the_patients_rows(trastuzumab: Results) -> None:
    own = trastuzumab.tables["tiac"].query("statistic == 'value' and n == 1")
    both, by_sex = tiacs_table(trastuzumab, OPTIONS)
    named = {str(r["region"]).lower(): r for r in values(both)}
    split = {str(r["region"]).lower(): r for r in values(by_sex)}
    assert list(named)[-2:] == ["remainder", "whole body"] and list(named)[:-2] == sorted(list(named)[:-2])
    assert set(named) == set(own["source"])
    for source, rows in own.groupby("source"):
        check(named[source], rows["tiac_h"].to_numpy(), "h")
        for sex, mine in rows.groupby("sex"):
            check(split[source], mine["tiac_h"].to_numpy(), "h", end=f"_{sex}")


def test_subjects_have_their_statistics_and_stated_digits(trastuzumab: Results) -> None:
    table = subjects_table(trastuzumab, OPTIONS)
    own = trastuzumab.tables["subjects"]
    rows = {str(r["subject"]): r for r in values(table)}
    for name in ("body_mass_kg", "height_cm", "haematocrit", "administered_MBq"):
        v = own[name].to_numpy()
        expected = statistics(v)
        for word in ("Mean", "SD", "Median", "Minimum", "Maximum"):
            assert rows[word][name] == pytest.approx(expected[word.lower()], rel=1e-12)
        assert rows["n"][name] == 10
        assert [rows[p][name] for p in own["patient"]] == v.tolist()
    printed = {r[0]: r for r in table.printed()}
    assert printed["P01"] == ("P01", "male", "63.9", "177", "0.41", "178.4", "Adult male")
    assert "Not stated for any subject: age and mass dose." in table.footnotes
    assert "10 subjects: 8 male, 2 female." in table.footnotes


def test_a_subject_of_whom_less_is_stated_says_so_and_counts_where_stated(trastuzumab: Results) -> None:
    frame = trastuzumab.tables["subjects"].copy()
    frame["age_y"] = [61.0, *[math.nan] * 8, 48.0]
    frame.loc[2, "haematocrit"] = math.nan
    changed = Results(**{**vars(trastuzumab), "tables": {**trastuzumab.tables, "subjects": frame}})
    table = subjects_table(changed, OPTIONS)
    rows = {str(r["subject"]): r for r in values(table)}
    assert (rows["n"]["age_y"], rows["Mean"]["age_y"], rows["n"]["haematocrit"]) == (2, 54.5, 9)
    assert rows["Mean"]["haematocrit"] == pytest.approx(frame["haematocrit"].dropna().mean())
    missing = next(r for r in table.rows if r.cells[0].value == "P03").cells
    assert [c.reason for c in missing if c.value is None] == ["not stated"] * 2


def test_activities_are_all_points_in_their_order(trastuzumab: Results) -> None:
    tables = activities_table(trastuzumab, OPTIONS)
    assert isinstance(tables, list)
    assert [t.name.removeprefix("activities_") for t in tables] == [
        "whole_body", "serum", "kidneys", "liver", "lungs", "spleen",
    ]  # fmt: skip
    own = trastuzumab.tables["activities"]
    assert sum(len(t.rows) for t in tables) == len(own)
    liver = values(tables[3])
    mine = own[own["region"] == "liver"]
    assert [r["value_percent_IA"] for r in liver] == mine["value_percent_IA"].tolist()
    assert [r["volume_mL"] for r in liver] == mine["volume_mL"].tolist()
    assert tables[3].columns[2].unit == "kBq/mL" and tables[1].columns[2].unit == "%IA/L"
    corrected = ["not decay-corrected" in " ".join(t.footnotes) for t in tables]
    assert corrected == [True, False, True, True, True, True]
    mixed = own.assign(decay_corrected=["yes" if p == "P01" else "no" for p in own["patient"]])
    changed = Results(**{**vars(trastuzumab), "tables": {**trastuzumab.tables, "activities": mixed}})
    several = activities_table(changed, OPTIONS)
    assert isinstance(several, list)
    assert {(r["subject"] == "P01", r["decay_corrected"]) for r in values(several[3])} == {
        (True, "yes"),
        (False, "no"),
    }
    assert not any("decay-corrected" in n for n in several[3].footnotes)


def test_points_below_the_limit_are_marked_in_the_table(trastuzumab: Results) -> None:
    frame = trastuzumab.tables["activities"].copy()
    last = frame.index[(frame["patient"] == "P01") & (frame["region"] == "liver")][-1]
    gone = ["value", "sd", "value_percent_IA", "sd_percent_IA"]
    frame.loc[last, gone] = math.nan
    frame.loc[last, "below_limit"] = "< 1.6: left out"
    changed = Results(**{**vars(trastuzumab), "tables": {**trastuzumab.tables, "activities": frame}})
    tables = activities_table(changed, OPTIONS)
    assert isinstance(tables, list)
    liver, kidneys = tables[3], tables[2]
    row = dict(zip((c.name for c in liver.columns), liver.rows[3].cells, strict=True))
    assert {row[n].reason for n in gone} == {"below the limit of quantification (< 1.6: left out)"}
    assert row["below_limit"].value == "< 1.6: left out"
    assert "below_limit" not in {c.name for c in kidneys.columns}


def test_parameters_of_fits_are_the_closed_form_of_their_areas(trastuzumab: Results) -> None:
    """The printed amplitudes and half-lives give the printed area: sum of A T/ln 2, T effective."""
    tables = curve_parameters_table(trastuzumab, OPTIONS)
    assert isinstance(tables, list) and len(tables) == 3
    areas = values(tables[-1])
    for table, first in zip(tables[:2], (0, 10), strict=True):
        rows = values(table)
        for i, patient in enumerate(trastuzumab.patients):
            mine = [r for r in rows if r["subject"] == patient]
            assert areas[first + i]["subject"] == patient
            total = sum(r["amplitude"] * r["effective_half_life_h"] for r in mine) / math.log(2)
            assert areas[first + i]["area"] == pytest.approx(total, rel=1e-5)
            for r in mine:
                assert r["rate_per_h"] * r["biologic_half_life_h"] == pytest.approx(math.log(2), rel=1e-6)
                both = 1 / r["biologic_half_life_h"] + 1 / trastuzumab.half_life_h
                assert r["effective_half_life_h"] == pytest.approx(1 / both, rel=1e-6)
                # first order: SE(T)/T = SE(lambda)/lambda
                assert r["se_biologic_half_life_h"] / r["biologic_half_life_h"] == pytest.approx(
                    r["se_rate_per_h"] / r["rate_per_h"], rel=1e-5
                )
    assert "\u03bb1 t" in " ".join(tables[0].footnotes)
    share = trastuzumab.tables["kinetics"].query("quantity == 'extrapolated fraction of the AUC'")["value"]
    assert areas[0]["extrapolated_percent"] == pytest.approx(100 * share.iloc[0], rel=1e-12)
    # of the monoexponential whole body in closed form: e^(-lambda_eff x the last time)
    last = trastuzumab.of("whole body")[0].time_h[-1]
    half_life = values(tables[0])[0]["effective_half_life_h"]
    assert areas[0]["extrapolated_percent"] == pytest.approx(100 * 0.5 ** (last / half_life), rel=1e-5)
    body = areas[0]
    assert (body["points"], body["tiac_h"]) == (6, pytest.approx(body["area"] / 100, rel=1e-6))
