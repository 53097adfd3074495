"""A study whose patients' curves are fitted together: the population first, then each patient with it."""

from __future__ import annotations

import json
import math
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from population_study import LAM, STUDY, TIMES, WHO, make

from dosimetry import (
    DosimetryError,
    Methods,
    PopulationMethod,
    StudyResult,
    load_study,
    nuclide,
    patient_tiacs,
    run_study,
    with_populations,
    write_results,
)
from dosimetry.commands import app as cli
from dosimetry.patients.populations.shared import expanded, parts_of_area
from dosimetry.report.figures.draw import draw_all
from dosimetry.study import chunks
from dosimetry.study.check import check_study
from dosimetry.study.keys.settings import methods_of
from dosimetry.study.pipeline import read_study
from dosimetry.tiacs.tiac import Tiac
from kinetics import Curve, fit_population
from kinetics.mixed_effects.result import IndividualFit


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def result(study: Path) -> StudyResult:
    return run_study(study)


def kidneys(result: StudyResult) -> list[IndividualFit]:
    fits = [used.fit for used in result.of("kidneys")]
    assert all(isinstance(f, IndividualFit) for f in fits)
    return fits  # type: ignore[return-value]


def test_every_patient_has_the_fit_that_kinetics_gives(result: StudyResult) -> None:
    curves = [used.curve for used in result.of("kidneys")]
    fit = fit_population(
        curves, "monoexponential", lambda_phys_per_h=LAM, residual="proportional", covariance="diagonal"
    )
    for own, of_study in zip(fit.individuals, kidneys(result), strict=True):
        # the mode of the same function, found from another start: to the solver's tolerance
        assert of_study.area == pytest.approx(own.area, rel=1e-6)
        assert of_study.se_area == pytest.approx(own.se_area, rel=1e-3)
    assert len(curves[-1]) == 1


def test_the_tiac_is_the_area_and_its_error_is_known(result: StudyResult) -> None:
    rows = result.tiac[(result.tiac["source"] == "kidneys") & (result.tiac["patient"] == WHO[-1])]
    fit = kidneys(result)[-1]
    assert rows["tiac_h"].item() == pytest.approx(fit.area / 100, rel=1e-12)
    assert rows["se_h"].item() == pytest.approx(fit.se_area / 100, rel=1e-9)  # type: ignore[operator]


@pytest.mark.parametrize("most", [1, 3])
def test_the_same_bits_whatever_the_chunks(
    most: int, study: Path, result: StudyResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "MOST_PATIENTS", most)
    again = run_study(study)
    for name, frame in result.tables().items():
        pd.testing.assert_frame_equal(frame, again.tables()[name], check_exact=True)
    assert again.warnings == result.warnings


def test_the_same_bits_by_other_processes(study: Path, result: StudyResult) -> None:
    with ProcessPoolExecutor(2) as pool:
        again = run_study(study, executor=pool)
    pd.testing.assert_frame_equal(result.kinetics, again.kinetics, check_exact=True)
    pd.testing.assert_frame_equal(result.tiac, again.tiac, check_exact=True)


def test_what_patients_share_has_equal_names_and_the_squares_add_up(study: Path) -> None:
    found = load_study(study)
    n = nuclide("Lu-177")
    patients = read_study(found, n)
    methods, fitted = with_populations(patients, methods_of(found.settings), n)
    tiacs = [patient_tiacs(p, methods, n) for p in patients]
    shared = [{k for k in t.of("kidneys").se_parts_h or {} if k.startswith("population of")} for t in tiacs]
    assert shared[0] and all(s == shared[0] for s in shared)
    for t in tiacs:
        of, used = t.of("kidneys"), next(c for c in t.curves if c.region == "kidneys")
        assert used.fit is not None
        assert math.hypot(*(of.se_parts_h or {}).values()) == pytest.approx(used.fit.se_area / 100, rel=1e-9)
        # the remainder takes every one of them away again
        rest = t.of("remainder").se_parts_h or {}
        assert all(rest[k] == pytest.approx(-v, rel=1e-12) for k, v in (of.se_parts_h or {}).items())
    # the covariance of two patients' areas is that of the population's own draws of its estimates
    one, two = (fitted["kidneys"].fit.individuals[i].shared_area for i in (0, 7))  # type: ignore[union-attr]
    parts = [t.of("kidneys").se_parts_h or {} for t in (tiacs[0], tiacs[7])]
    assert sum(parts[0][k] * parts[1][k] for k in shared[0]) == pytest.approx(
        sum(one[k] * two[k] for k in one if k != "scale") / 1e4, rel=1e-3
    )


def test_a_calibration_is_no_part_that_patients_share() -> None:
    curves = [
        Curve(
            time_h=TIMES,
            value=[100 * math.exp(-(r + LAM) * t) * (1 + 0.04 * math.cos(7 * t + i)) for t in TIMES],
            sd=[3 * math.exp(-(r + LAM) * t) for t in TIMES], unit="%IA", decay_corrected=False,
            half_life_h=math.log(2) / LAM, scale_relative_sd=0.2, name=f"P{i}",
        )
        for i, r in enumerate((0.010, 0.013, 0.011, 0.016, 0.009, 0.012))
    ]  # fmt: skip
    fit = fit_population(curves, "monoexponential", residual="sd").individuals[0]
    parts = parts_of_area(fit, "liver curve", "liver")
    assert fit.se_area is not None and fit.se_area > 0.2 * fit.area
    assert parts["liver curve"] > 0.99 * 0.2 * fit.area  # the calibration's 20 % are the patient's own
    assert math.hypot(*parts.values()) == pytest.approx(fit.se_area, rel=1e-9)


def test_parts_are_expanded_by_shares_with_their_signs() -> None:
    tiac = Tiac("remainder", 5.0, {"whole body": 2.0, "liver curve": -1.0})
    found = expanded(tiac, {"liver curve": {"liver curve": 0.6, "population of liver, a": -0.8}})
    assert found.se_parts_h == pytest.approx(
        {"whole body": 2.0, "liver curve": -0.6, "population of liver, a": 0.8}
    )
    assert found.se_h == pytest.approx(tiac.se_h)


def test_the_files_of_a_run(study: Path, result: StudyResult, tmp_path: Path) -> None:
    folder = write_results(tmp_path / "results", result, figures=False)
    frame = pd.read_csv(folder / "populations.csv")
    assert set(frame["curve"]) == {"kidneys"} and (frame["n"] == 8).all()
    median = frame[frame["quantity"] == "median of lambda1"]
    fit = result.populations["kidneys"].fit
    assert fit is not None
    assert median["value"].item() == pytest.approx(math.exp(fit.fixed["lambda1"].value), rel=1e-6)
    kept = json.loads((folder / "population_kidneys.json").read_text())
    assert kept["n_patients"] == 8 and kept["unit"] == "%IA"
    import h5py

    with h5py.File(folder / "results.h5") as f:
        assert json.loads(f["populations"].attrs["kidneys"]) == kept
    notes = pd.read_csv(folder / "kinetics.csv").query("curve == 'kidneys' and patient == 'P1'")["note"]
    assert notes.str.contains("fitted with the population of 8 patients' curves").all()
    assert "population_kidneys.json" in (folder / "README.txt").read_text()


def test_the_population_is_given_to_another_study(result: StudyResult, tmp_path: Path) -> None:
    written = write_results(tmp_path / "results", result, figures=False)
    alone = tmp_path / "alone"
    alone.mkdir()
    given = STUDY.replace(
        'model = "population"\n[organs.population]', "[organs.kidneys]\n[organs.population]"
    )
    given = given[: given.index("[organs.kidneys]")] + (
        'model = "monoexponential"\nweights = "relative"\n[organs.kidneys]\nmodel = "population"\n'
        '[organs.kidneys.population]\nfile = "kidneys.json"\n'
    ) + STUDY[STUDY.index("[blood]") :]  # fmt: skip
    path = make(alone, study=given)
    (alone / "kidneys.json").write_bytes((written / "population_kidneys.json").read_bytes())
    again = run_study(path)
    for one, two in zip(kidneys(result), kidneys(again), strict=True):
        assert two.area == pytest.approx(one.area, rel=1e-6)
    assert again.populations["kidneys"].fit is None
    assert "organs.kidneys.population" in again.inputs  # it is archived with the other inputs
    assert any("given population" in w for w in again.warnings)


def test_check_says_how(study: Path) -> None:
    found = check_study(study)
    row = next(r for r in found.curves() if r["curve"] == "kidneys")
    assert row["method"].startswith("monoexponential, with a population")
    assert "populations.csv" in found.outputs()


def test_concentrations_are_fitted_per_administered_activity(tmp_path: Path) -> None:
    """Twice the activity and twice the concentration is the same patient."""
    areas = []
    for i, (mbq, factor) in enumerate(((7400, 1.0), (3700, 0.5))):
        folder = tmp_path / str(i)
        folder.mkdir()
        path = make(folder, study=STUDY + "\n")
        text = (folder / "organs.csv").read_text().splitlines()
        rows = [text[0]]
        for row in text[1:]:
            name, organ, t, value, _ = row.split(",")
            scale = (factor if name == "P3" else 1.0) * 7400 / 100 / 0.3
            rows.append(f"{name},{organ},{t},{float(value) * scale:.9g},kBq/g")
        (folder / "organs.csv").write_text("\n".join(rows) + "\n")
        patients = (folder / "patients.csv").read_text().replace("P3,male,74,7400", f"P3,male,74,{mbq}")
        (folder / "patients.csv").write_text(patients)
        found = run_study(path)
        assert {u.curve.unit for u in found.of("kidneys")} == {"%IA/g"}
        assert all(any("made of kBq/g" in note for note in u.notes) for u in found.of("kidneys"))
        areas.append([f.area for f in kidneys(found)])
        tiac = found.tiac.query("patient == 'P3' and source == 'kidneys'")["tiac_h"].item()
        mass = float(found.tiac.query("patient == 'P3' and source == 'kidneys'")["obtained"].item()
                     .split("mass ")[1].split(" kg")[0])  # fmt: skip
        assert tiac == pytest.approx(areas[-1][2] * mass * 1000 / 100, rel=1e-3)
    assert areas[0] == pytest.approx(areas[1], rel=1e-7)  # values are written with nine digits


def complaints(path: Path) -> tuple[str, ...]:
    with pytest.raises(DosimetryError) as told:
        run_study(path)
    return told.value.complaints


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('residual = "proportional"\n', "", "organs.population: residual is missing"),
        ('covariance = "diagonal"\n', "", "organs.population: covariance is missing"),
        ('["monoexponential"]', '["mono", "uptake"]', "criterion is missing: 'BIC' or 'AIC'"),
        ('["monoexponential"]', '["mono", "uptake"]', "average is missing: true (areas averaged over the"),
        ('covariance = "diagonal"', 'covariance = "diagonal"\naverage = true', "average is over several"),
        ('covariance = "diagonal"', 'covariance = "diagonal"\naverage = false', "average is over several"),
        ('covariance = "diagonal"', 'covariance = "diagonal"\naverage = 1', "organs.population.average"),
        ('["monoexponential"]', '["monoexponental"]', "'monoexponental' is not a model; near names: monoexp"),
        ('["monoexponential"]', "[]", "models is missing"),
        ('covariance = "diagonal"', 'covariance = "diagonal"\nbody_mass = ["l1"]', "'l1' is no parameter"),
        ('covariance = "diagonal"', 'covariance = "diagonal"\nfile = "x.json"', "but 'file' gives one"),
        ('residual = "proportional"', 'residual = "sd"', "rows 2 to 5, P1, kidneys: no standard dev"),
        ('[organs.population]', "[organs.populations]", "unknown key"),
        ('model = "population"\n', 'model = "population"\nweights = "sd"\n', "population.residual says how"),
        ('model = "population"\n', 'model = "uptake"\nweights = "none"\n', "population is of model ="),
    ],
)  # fmt: skip
def test_keys_that_are_wrong(old: str, new: str, what: str, tmp_path: Path) -> None:
    told = complaints(make(tmp_path, study=STUDY.replace(old, new, 1)))
    assert any(what in line for line in told), told


def test_population_without_its_table(tmp_path: Path) -> None:
    start, end = STUDY.index("[organs.population]"), STUDY.index("[blood]")
    told = complaints(make(tmp_path, study=STUDY[:start] + STUDY[end:]))
    assert any("organs: population is missing" in line for line in told), told


def test_a_population_of_one_patient(tmp_path: Path) -> None:
    path = make(tmp_path)
    text = (tmp_path / "organs.csv").read_text().splitlines()
    (tmp_path / "organs.csv").write_text("\n".join(text[:5]) + "\n")
    (line,) = complaints(path)
    assert "organs.csv: rows 2 to 5, P1, kidneys: model = 'population' needs two patients" in line


def test_curves_in_different_units(tmp_path: Path) -> None:
    path = make(tmp_path)
    text = (tmp_path / "organs.csv").read_text()
    first, rest = text.split("P2", 1)
    (tmp_path / "organs.csv").write_text(first.replace("%IA", "%IA/g") + "P2" + rest)
    (line,) = complaints(path)
    assert "in '%IA/g' (P1), '%IA' (P2, P3, P4, ...)" in line and "one unit is needed" in line


def test_a_file_that_is_no_population(tmp_path: Path) -> None:
    start, end = STUDY.index("[organs.population]"), STUDY.index("[blood]")
    given = '[organs.population]\nfile = "p.json"\n'
    path = make(tmp_path, study=STUDY[:start] + given + STUDY[end:])
    assert "p.json: there is no such file" in complaints(path)[0]
    (tmp_path / "p.json").write_text('{"model": "x"}')
    assert all(str(tmp_path / "p.json") in line for line in complaints(path))


def test_a_population_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    start, end = STUDY.index("[organs.population]"), STUDY.index("[blood]")
    given = '[organs.population]\nfile = "../p.json"\n'
    inner = tmp_path / "study"
    inner.mkdir()
    (tmp_path / "p.json").write_text("{}")
    told = complaints(make(inner, study=STUDY[:start] + given + STUDY[end:]))
    assert "organs.population.file = '../p.json' leads out of the study's folder" in told[0]


def test_body_mass_is_needed_where_it_plays_a_part(tmp_path: Path) -> None:
    path = make(tmp_path, study=STUDY.replace("\n[blood]", '\nbody_mass = ["A1"]\n[blood]', 1))
    assert run_study(path).population["quantity"].str.contains("exponent of body_mass_kg in A1").any()
    text = (tmp_path / "patients.csv").read_text()
    (tmp_path / "patients.csv").write_text(text.replace("P2,female,72,7400", "P2,female,,7400"))
    (line,) = complaints(path)
    assert "patients.csv: row 3, column 'body_mass_kg': the value is missing" in line


def test_one_patient_is_fitted_alone_by_a_column_of_the_patients_table(tmp_path: Path) -> None:
    path = make(tmp_path)
    text = (tmp_path / "patients.csv").read_text().splitlines()
    rows = [f"{text[0]},organs.model,organs.weights"]
    rows += [f"{r},monoexponential,relative" if r.startswith("P1,") else f"{r},," for r in text[1:]]
    (tmp_path / "patients.csv").write_text("\n".join(rows) + "\n")
    found = run_study(path)
    assert found.populations["kidneys"].patients == tuple(WHO[1:])
    assert not isinstance(found.of("kidneys")[0].fit, IndividualFit)


def test_a_patient_needs_the_population_first() -> None:
    curve = Curve(
        time_h=[1.0, 24.0], value=[99.0, 70.0], unit="%IA", decay_corrected=True, nuclide=nuclide("Lu-177")
    )
    from dosimetry import Measurements, Patient

    patient = Patient(
        name="P1", sex="male", phantom="adult male", measurements=Measurements(whole_body=curve)
    )
    methods = Methods(
        whole_body_model="population",
        whole_body_population=PopulationMethod(
            models=("monoexponential",), residual="proportional", covariance="diagonal"
        ),
        heart_contents="none", red_marrow="none", organ_masses="reference",
    )  # fmt: skip
    with pytest.raises(DosimetryError, match=r"with_populations\(patients, methods, nuclide\)"):
        patient_tiacs(patient, methods, "Lu-177")


def test_the_command_tells_it(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["check", str(study)])
    assert not end.value.code
    assert "with a population" in " ".join(capsys.readouterr().out.split())


def test_only_who_took_part_with_just_this_curve_has_the_fit_of_the_cohort(study: Path) -> None:
    """A curve that was changed since is fitted with the population, and not taken from its fit."""
    found = load_study(study)
    n = nuclide("Lu-177")
    patients = read_study(found, n)
    methods, fitted = with_populations(patients, methods_of(found.settings), n)
    known = methods.populations["kidneys"].chosen
    assert fitted["kidneys"].fit is not None
    curve = fitted["kidneys"].fit.individuals[0].curve
    assert known.own_fit("P1", curve) is fitted["kidneys"].fit.individuals[0]
    assert known.own_fit("P2", curve) is None and known.own_fit("P9", curve) is None
    assert set(methods.for_patients({"P2"}).populations["kidneys"].chosen.individuals) == {"P2"}
    twice = [u * 2 for u in curve.value]
    changed = Curve(
        time_h=curve.time_h, value=twice, unit="%IA", decay_corrected=False, half_life_h=math.log(2) / LAM
    )
    measured = patients[0].measurements
    assert measured is not None
    other = replace(patients[0], measurements=replace(measured, organs={"kidneys": changed}))
    before = patient_tiacs(patients[0], methods, n)["kidneys"]
    assert patient_tiacs(other, methods, n)["kidneys"] == pytest.approx(2 * before, rel=0.1)


def test_figures_of_a_study(result: StudyResult, tmp_path: Path) -> None:
    drawn = {p.relative_to(tmp_path).as_posix() for p in draw_all(tmp_path, result)}
    assert {f"populations/kidneys{part}.png" for part in ("", "_observed", "_residuals")} <= drawn
    assert all((tmp_path / name).exists() for name in drawn)


def test_whole_body_of_a_population_fills_a_bladder(tmp_path: Path) -> None:
    """What leaves the whole body shares the population's part with it, and the remainder takes it away."""
    fitted = STUDY.replace(
        'model = "monoexponential"\nweights = "sd"\n',
        'model = "population"\n[whole_body.population]\nmodels = ["monoexponential"]\nresidual = "sd"\n'
        'covariance = "diagonal"\n',
        1,
    )
    bladder = '[bladder]\nurine_fraction = 0.7\nwhole_body_counted = "after voiding"\nfirst_h = 1.0\n'
    path = make(tmp_path, study=fitted + bladder + "every_h = 3.5\nresidual = 0.1\n")
    rng = np.random.default_rng(5)
    lines = (tmp_path / "whole_body.csv").read_text().splitlines()
    rows = [lines[0]]
    for name in WHO:
        rate = 0.012 * math.exp(0.2 * rng.normal())
        for t in TIMES:
            kept = 100 * math.exp(-(rate + LAM) * t)
            rows.append(f"{name},{t:g},{kept * (1 + 0.02 * rng.normal()):.6g},{0.02 * kept:.4g}")
    (tmp_path / "whole_body.csv").write_text("\n".join(rows) + "\n")
    result = run_study(path)
    assert set(result.populations) == {"whole body", "kidneys"}
    found = load_study(path)
    n = nuclide("Lu-177")
    patients = read_study(found, n)
    methods, _ = with_populations(patients, methods_of(found.settings), n)
    tiacs = patient_tiacs(patients[0], methods, n)
    whole, urine = tiacs.whole_body, tiacs.of("urinary bladder contents")
    assert whole is not None and whole.se_parts_h is not None and urine.se_parts_h is not None
    names = [k for k in whole.se_parts_h if k.startswith("population of whole body")]
    assert names and "whole body" in whole.se_parts_h
    # of the bladder the part in common with the whole body has the whole body's shares
    common = math.hypot(*(urine.se_parts_h[k] for k in (*names, "whole body")))
    for k in (*names, "whole body"):
        share = whole.se_parts_h[k] / whole.se_h  # type: ignore[operator]
        assert abs(urine.se_parts_h[k]) == pytest.approx(abs(share) * common, rel=1e-9)
    sign = {k: urine.se_parts_h[k] * whole.se_parts_h[k] > 0 for k in names}
    assert len(set(sign.values())) == 1
    used = next(c for c in tiacs.curves if c.region == "whole body")
    assert used.fit is not None and whole.se_h == pytest.approx(used.fit.se_area / 100, rel=1e-9)  # type: ignore[operator]
