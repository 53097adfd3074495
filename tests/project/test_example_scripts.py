"""The example scripts run, and what they give lies within bounds that follow from other knowledge."""

from __future__ import annotations

import math
import re
import runpy
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy.constants import electron_volt
from scipy.integrate import quad

import milligray as mg

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "examples" / "scripts").glob("*.py"))
#: 1 MeV per decay kept in 1 kg, in mGy per MBq.h.
MGY_PER_MBQ_H_MEV = electron_volt * 1e6 * 1e6 * 1e3 * 3600.0


def run(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(ROOT)
    return runpy.run_path(str(ROOT / "examples" / "scripts" / f"{name}.py"))


def test_each_is_a_page_that_imports_only_what_is_public_and_has_its_test() -> None:
    assert {f"test_{path.stem}" for path in SCRIPTS} <= set(globals())
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 60
        assert text.startswith("# %% [markdown]\n# # ")
        assert not re.search(r"(import|from) (kinetics|phantoms|dosimetry|validation|milligray)\.", text)


def test_a_patient_takes_fifteen_lines() -> None:
    text = (ROOT / "examples" / "scripts" / "patient.py").read_text(encoding="utf-8")
    core = text.split("# %% The patient")[1].split("# %%")[0].splitlines()[1:]
    lines = [line for line in core if line.strip() and not line.lstrip().startswith("#")]
    assert len(lines) <= 14  # and `import milligray as mg`


def test_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    told = run("patient", monkeypatch)
    tiacs, doses, effective = told["tiacs"], told["doses"], told["effective"]
    # nothing is lost: all regions together are the whole body, which is below that of physical decay alone
    assert sum(tiacs.values()) == pytest.approx(tiacs.whole_body.value_h, rel=1e-9)
    assert 0.5 / mg.nuclide("Zr-89").lambda_per_h < sum(tiacs.values()) < 1 / mg.nuclide("Zr-89").lambda_per_h
    # the body's mean dose: all electrons and some of the photons' energy stay in it
    energy = mg.nuclide("Zr-89").energy_per_decay_MeV
    per_MeV = (
        tiacs.whole_body.value_h
        * MGY_PER_MBQ_H_MEV
        / mg.load_phantom("adult male").target_mass_kg["total body"]
    )
    assert (
        energy["electron"] * per_MeV < doses["total body"] < (energy["electron"] + energy["photon"]) * per_MeV
    )
    # published (O'Donoghue 2018): 0.48 mSv/MBq (SD 0.06) by ICRP 60
    assert 0.36 < float(effective) < 0.60
    assert 0 < effective.se_from_tiac_mSv_per_MBq < 0.05 * float(effective)


def test_own_study(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Clock times, mCi, %IA/L and both kidneys give the doses of the example in hours, MBq and counts."""
    told = run("own_study", monkeypatch)
    plain = mg.run_study("examples/zr89-trastuzumab/study.toml").organ_doses
    plain = plain.query("statistic == 'value'").set_index(["patient", "target"])
    doses = told["doses"].drop("P02")
    assert {p for p, _ in doses.index} == {"P01", "P09"}
    for column in ("dose_mGy_per_MBq", "absorbed_dose_Gy"):
        # tables of six digits, times to the second
        pd.testing.assert_series_equal(doses[column], plain.loc[doses.index, column], rtol=1e-5)
    assert told["mean"].loc[["liver", "spleen"], "n"].tolist() == [3, 2]
    said = told["result"].warnings
    # below the limit, not measured; and what other rules of trapezoids give: between points, tail
    assert [("another rule" in w) for w in said].count(True) == 2
    assert len(said) == 4
    made = runpy.run_path("examples/zr89-own-data/make_data.py")
    made["main"](tmp_path)
    for table in tmp_path.iterdir():
        there = ROOT / "examples" / "zr89-own-data" / table.name
        assert table.read_text(encoding="utf-8") == there.read_text(encoding="utf-8")


def test_therapy_cycle(monkeypatch: pytest.MonkeyPatch) -> None:
    told = run("therapy_cycle", monkeypatch)
    first, second, course = *told["organs_mGy"], told["course"]["dose_mGy_per_MBq"] * 1000
    assert course["kidneys"] == pytest.approx(first["kidneys"] + second["kidneys"], rel=1e-12)
    # organs: mostly their own electrons, over the patient's mass; photons add a little
    electrons = mg.nuclide("Lu-177").energy_per_decay_MeV["electron"] * MGY_PER_MBQ_H_MEV
    administered_MBq = [cycle[0] for cycle in told["CYCLES"]]
    for region, mass_kg in told["ORGANS_KG"].items():
        own = told["tiacs"][1][0][region] * administered_MBq[1] * electrons / mass_kg
        assert own < second[region] < 1.1 * own
    # 0.4 to 0.8 Gy/GBq is what therapies with 177Lu-PSMA report for kidneys
    assert 0.4e3 < course["kidneys"] / (sum(administered_MBq) / 1e3) < 0.8e3
    # lesions: spheres keep nearly all electrons and few photons
    for i, mass_kg in enumerate(told["LESIONS_KG"].values()):
        lesion = told["tiacs"][1][1][i]
        local = lesion.value_h * administered_MBq[1] * electrons / mass_kg
        assert 0.95 * local < told["lesions_mGy"][1][i] < 1.05 * local
    # nothing is lost: organs, lesions and remainder are the whole body
    for (organs, lesions), (_, measured) in zip(told["tiacs"], told["CYCLES"], strict=True):
        parts = sum(organs.values()) + sum(t.value_h for t in lesions)
        assert parts == pytest.approx(told["tiac"]("whole body", measured["whole body"]).value_h, rel=1e-9)


def test_cohort(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    told = run("cohort", monkeypatch)
    ratios = told["result"].comparison["ratio_of_means"].dropna()
    assert len(ratios) > 20 and ratios.median() == pytest.approx(1.0, abs=0.1)
    for file in ("organ_doses.csv", "results.h5", "README.txt"):
        assert (told["folder"] / file).stat().st_size > 1000
    assert "liver: 1.3" in capsys.readouterr().out  # the README's 1.34


def test_fluorine_voiding(monkeypatch: pytest.MonkeyPatch) -> None:
    told = run("fluorine_voiding", monkeypatch)
    decay, ends, percent = told["LAMBDA"], told["VOIDED_AT_H"], told["URINE_PERCENT_IA"]

    def held(t: float) -> float:
        """What is in the bladder at a time, a share of the injected activity."""
        i = next(i for i, end in enumerate(ends) if t <= end)
        start = ends[i - 1] if i else 0.0
        return float(percent[i] / 100 * (t - start) / (ends[i] - start) * math.exp(-decay * t))

    by_quadrature = quad(held, 0, ends[-1], points=ends[:-1], epsabs=1e-12)[0]
    assert told["bladder_h"](ends, percent) == pytest.approx(by_quadrature, rel=1e-9)
    first, second = told["as_it_was"], told["twice_as_often"]
    assert second["urinary bladder wall"] < 0.9 * first["urinary bladder wall"]
    # the wall has half the contents' electron dose, and some of their photons (contents: 0.211 kg)
    mass = mg.load_phantom("adult male").source_mass_kg["urinary bladder contents"]
    electrons = mg.nuclide("F-18").energy_per_decay_MeV["electron"] * MGY_PER_MBQ_H_MEV / mass
    assert 0.5 * by_quadrature * electrons < first["urinary bladder wall"] < 1.5 * by_quadrature * electrons
    # 10 to 30 uSv/MBq is what ICRP 128 has for 18F-labelled substances
    assert 0.010 < float(second.effective("ICRP 103")) < float(first.effective("ICRP 103")) < 0.030


def test_plot_and_excel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")
    told = run("plot_and_excel", monkeypatch)
    assert (told["folder"] / "serum.pdf").stat().st_size > 5000
    sheets = pd.read_excel(told["folder"] / "results.xlsx", sheet_name=None, keep_default_na=False)
    doses = told["result"].organ_doses
    assert list(sheets) == ["organ doses, mGy per MBq", *told["result"].tables()]
    assert sheets["organ_doses"]["target"].tolist() == doses["target"].tolist()
    liver = doses.query("target == 'liver' and patient == 'P07'")["dose_mGy_per_MBq"].item()
    assert sheets["organ doses, mGy per MBq"].set_index("target").loc["liver", "P07"] == pytest.approx(
        liver, rel=1e-14
    )


def test_table_by_sex(monkeypatch: pytest.MonkeyPatch) -> None:
    told = run("table_by_sex", monkeypatch)
    table, doses = told["table"], told["result"].organ_doses
    each = doses.query("target == 'spleen' and statistic == 'value'")
    for group, sex in (("men", "male"), ("women", "female")):
        mine = each[each["sex"] == sex]["dose_mGy_per_MBq"]
        assert table.loc["spleen", group] == f"{mine.mean():.3f} +- {mine.std():.3f} ({len(mine)})"
    assert table.loc["testes", "women"] == table.loc["uterus", "men"] == "-"
    assert table.loc["testes", "all"] == table.loc["testes", "men"]
    assert len(table) == doses["target"].nunique() + 3
    assert pd.read_csv(told["file"], index_col=0)["all"].tolist() == table["all"].tolist()


def test_validate_your_program(monkeypatch: pytest.MonkeyPatch) -> None:
    told = run("validate_your_program", monkeypatch)
    ratios = told["ratios"]
    assert (ratios <= 1.0 + 1e-9).all().all()  # electrons alone never give more than all radiation
    assert (ratios["Y-90"] > 0.99).all() and (ratios["Lu-177"] > 0.94).all()
    assert (ratios["Zr-89"] < 0.8).all()
    assert ratios.loc["liver", "Zr-89"] < ratios.loc["thyroid", "Zr-89"]  # larger organs keep more photons
    assert {c["verdict"] for c in told["checks"]} == {"pass"}


def test_adc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")
    told = run("adc", monkeypatch)
    time_d, kdec, n = told["time_d"], told["rate"]["kdec"], told["SITES"]
    # the mean ratio: each drug is lost on its own, whatever antibodies do
    by_hand = [3.5 * math.exp(-kdec * t) for t in time_d]
    assert told["dar_of_chain"] == pytest.approx(by_hand, rel=1e-9)
    assert told["dar_of_fit"] == pytest.approx(by_hand, rel=1e-9)
    # a binomial distribution stays one: no drug at all is left on (1 - p exp(-kdec t))^n of the antibodies
    without = [(1 - 3.5 / n * math.exp(-kdec * t)) ** n for t in time_d]
    assert 1 - told["with_drug"] == pytest.approx(without, rel=1e-9)
    # the truth that the data were made with
    se = 24 * told["fitted"].parameters["kdec"].se
    assert abs(kdec - 0.13) < 2 * se and se < 0.03 * kdec
    for file in ("model.svg", "fit.svg", "ratio.svg"):
        assert (told["folder"] / file).stat().st_size > 5000


def test_label_table(monkeypatch: pytest.MonkeyPatch) -> None:
    told = run("label_table", monkeypatch)
    table, walls = told["table"], told["walls"]
    # ICRP 128 prints 0.019 to 0.095 mSv/MBq, adult to 1 year; smaller bodies take more of every source
    assert table.loc[told["E"], ["adult", "1 year"]].tolist() == pytest.approx([0.019, 0.095], rel=0.02)
    for organ in table.index:
        assert table.loc[organ].tolist() == sorted(table.loc[organ], reverse=True)
    ages = list(mg.AGES)
    for sooner, later in (((2.0, 3.5), (3.5, 3.5)), ((1.0, 3.5), (2.0, 3.5)), ((1.0, 2.0), (1.0, 3.5))):
        assert all(walls[sooner][age] < walls[later][age] for age in ages)
    # what leaves sooner is longer in the bladder: the wall's dose, and with it the effective dose, grows
    assert (told["change_percent"] > 0).all() and (told["change_percent"] < 10).all()


def test_few_points(monkeypatch: pytest.MonkeyPatch) -> None:
    told = run("few_points", monkeypatch)
    fit, new, truth = told["fit"], told["new"], told["truth"]
    assert [len(i.curve) for i in fit.individuals] == [4] * 8 + [1]
    # complete patients: 5 % scatter of four points; from one point a third of the rate's spread is left
    for own in fit.individuals[:8]:
        assert own.area == pytest.approx(truth[own.curve.name], rel=0.15)
    for own in (fit.individuals[8], new):
        low, high = own.area_interval(0.999)
        assert low < truth[own.curve.name] < high
    # medians of nine patients: three standard errors, and the scatter that was put in
    assert abs(fit.fixed["A1"].value - math.log(4.0)) < 3 * fit.fixed["A1"].se
    assert 0.02 < fit.residual["b"].value < 0.09
