"""The example scripts run, and what they give lies within bounds that follow from other knowledge."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from scipy.constants import electron_volt

import milligray as mg

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "examples" / "scripts").glob("*.py"))
#: 1 MeV per decay kept in 1 kg, in mGy per MBq.h.
MGY_PER_MBQ_H_MEV = electron_volt * 1e6 * 1e6 * 1e3 * 3600.0


def run(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(ROOT)
    return runpy.run_path(str(ROOT / "examples" / "scripts" / f"{name}.py"))


def test_there_are_four_and_they_import_only_what_is_public() -> None:
    assert len(SCRIPTS) == 4
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) < 60
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


def test_therapy_cycle(monkeypatch: pytest.MonkeyPatch) -> None:
    told = run("therapy_cycle", monkeypatch)
    first, second, course = *told["organs_mGy"], told["course_mGy"]
    assert course["kidneys"] == pytest.approx(first["kidneys"] + second["kidneys"], rel=1e-12)
    # kidneys: mostly their own electrons, over the patient's mass; photons add a little
    electrons = mg.nuclide("Lu-177").energy_per_decay_MeV["electron"] * MGY_PER_MBQ_H_MEV / told["KIDNEYS_KG"]
    own = told["kidneys"].value_h * told["ADMINISTERED_MBq"][1] * electrons
    assert own < second["kidneys"] < 1.1 * own
    # 0.4 to 0.8 Gy/GBq is what therapies with 177Lu-PSMA report for kidneys
    assert 0.4e3 < course["kidneys"] / (sum(told["ADMINISTERED_MBq"]) / 1e3) < 0.8e3
    # tumour: a sphere of 15 g keeps nearly all electrons and few photons
    local = (
        told["tumour"].value_h
        * told["ADMINISTERED_MBq"][1]
        * electrons
        * told["KIDNEYS_KG"]
        / told["TUMOUR_KG"]
    )
    assert 0.95 * local < told["tumour_mGy"][1] < 1.05 * local
    assert 5 < sum(told["tumour_mGy"]) / course["kidneys"] < 50


def test_cohort(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    told = run("cohort", monkeypatch)
    ratios = told["result"].comparison["ratio_of_means"].dropna()
    assert len(ratios) > 20 and ratios.median() == pytest.approx(1.0, abs=0.1)
    for file in ("organ_doses.csv", "results.h5", "README.txt"):
        assert (told["folder"] / file).stat().st_size > 1000
    assert "liver: 1.3" in capsys.readouterr().out  # the README's 1.34


def test_validate_your_program(monkeypatch: pytest.MonkeyPatch) -> None:
    told = run("validate_your_program", monkeypatch)
    ratios = told["ratios"]
    assert (ratios <= 1.0 + 1e-9).all().all()  # electrons alone never give more than all radiation
    assert (ratios["Y-90"] > 0.99).all() and (ratios["Lu-177"] > 0.94).all()
    assert (ratios["Zr-89"] < 0.8).all()
    assert ratios.loc["liver", "Zr-89"] < ratios.loc["thyroid", "Zr-89"]  # larger organs keep more photons
    assert {c["verdict"] for c in told["checks"]} == {"pass"}
