"""A study whose areas are averaged over the models of a cohort: means by weight, what all share in them."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from population_study import LAM, STUDY, WHO, make

from dosimetry import (
    StudyResult,
    load_study,
    nuclide,
    patient_tiacs,
    run_study,
    with_populations,
    write_results,
)
from dosimetry.commands import app as cli
from dosimetry.patients.populations.shared import OF_ESTIMATES, OF_MODELS, parts_of_average
from dosimetry.study.check import check_study
from dosimetry.study.keys.settings import methods_of
from dosimetry.study.pipeline import read_study
from dosimetry.study.result_tables.rows import AVERAGED
from dosimetry.tiacs.tiacs import Tiacs
from kinetics import KineticsError, fit_population_models
from kinetics.choice.candidates import Candidate
from kinetics.mixed_effects.result import IndividualFit
from kinetics.populations.averaged import (
    IndividualChoice,
    believed,
    candidates_of,
    individual_choice,
)

N = len(WHO)
LU = nuclide("Lu-177")
TIMES = (24.0, 72.0, 120.0, 168.0)
UPTAKE = 0.15
TWO = STUDY.replace('models = ["monoexponential"]', 'models = ["monoexponential", "uptake"]').replace(
    'covariance = "diagonal"\n', 'covariance = "diagonal"\ncriterion = "BIC"\naverage = true\n'
)


def kidneys() -> tuple[list[str], list[float]]:
    """Rows of a cohort that takes up with 0.15/h and is first seen at 24 h, and its true areas in %IA h.

    By this seed the two models weigh nearly alike. The last patient has one point.
    """
    rng, rows, areas = np.random.default_rng(4), [], []
    for i, name in enumerate(WHO):
        share, rate = 4 * math.exp(0.3 * rng.normal()), math.log(2) / 75 * math.exp(0.3 * rng.normal())
        t = np.array(TIMES if i < N - 1 else TIMES[-2:-1])
        value = share * (np.exp(-(rate + LAM) * t) - np.exp(-(UPTAKE + LAM) * t))
        value = value * (1 + 0.05 * rng.normal(size=t.size))
        rows += [f"{name},kidneys,{a:g},{b:.9g},%IA" for a, b in zip(t, value, strict=True)]
        areas.append(share * (1 / (rate + LAM) - 1 / (UPTAKE + LAM)))
    return rows, areas


def made(folder: Path, study: str = TWO) -> Path:
    path = make(folder, study=study)
    (folder / "organs.csv").write_text("\n".join(["patient,organ,time_h,value,unit", *kidneys()[0], ""]))
    return path


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("averaged"))


@pytest.fixture(scope="module")
def result(study: Path) -> StudyResult:
    return run_study(study)


@pytest.fixture(scope="module")
def tiacs(study: Path) -> list[Tiacs]:
    found = load_study(study)
    patients = read_study(found, LU)
    methods, _ = with_populations(patients, methods_of(found.settings), LU)
    return [patient_tiacs(p, methods, LU) for p in patients]


def choices(result: StudyResult) -> list[IndividualChoice]:
    found = [used.choice for used in result.of("kidneys")]
    assert all(isinstance(c, IndividualChoice) for c in found)
    return found  # type: ignore[return-value]


def test_the_two_models_weigh_alike_and_intervals_hold_the_truth(result: StudyResult) -> None:
    _, true = kidneys()
    held = 0
    for choice, area in zip(choices(result), true, strict=True):
        assert all(0.4 < weight < 0.6 for _, weight in choice.fits)
        (one, two), value = sorted(fit.area for fit, _ in choice.fits), choice.averaged_area.value
        assert one < value < two
        low, high = choice.area_interval()  # type: ignore[misc]
        held += low <= area <= high
        assert low < value < high
    assert held >= N - 2  # fewer: 0.6 % by chance


def test_the_areas_of_a_study_are_those_that_fit_cohort_prints(
    result: StudyResult, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = ["patient,time_h,value"]
    rows += [",".join(r.split(",")[i] for i in (0, 2, 3)) for r in kidneys()[0]]
    (tmp_path / "kidneys.csv").write_text("\n".join(rows) + "\n")
    with pytest.raises(SystemExit) as end:
        cli.main([
            "fit-cohort", str(tmp_path / "kidneys.csv"), "--half-life-h", repr(math.log(2) / LAM), "--unit",
            "%IA", "--not-decay-corrected", "--model", "monoexponential", "--model", "uptake", "--residual",
            "proportional", "--json",
        ])  # fmt: skip
    assert not end.value.code
    printed = json.loads(capsys.readouterr().out)
    k = result.kinetics
    of = k[(k["curve"] == "kidneys") & (k["quantity"] == AVERAGED)].set_index("patient")
    for row, choice in zip(printed["individuals"], choices(result), strict=True):
        assert row["averaged_area"] == pytest.approx(choice.averaged_area.value, rel=1e-6)
        assert row["se_averaged_area"] == pytest.approx(choice.averaged_area.se, rel=1e-3)
        low, high = choice.area_interval()  # type: ignore[misc]
        assert (row["low_averaged_area"], row["high_averaged_area"]) == pytest.approx((low, high), rel=1e-3)
        assert of.loc[row["patient"], "value"] == choice.averaged_area.value
        assert of.loc[row["patient"], "se_value"] == choice.averaged_area.se
    for c in printed["candidates"]:
        weights = k[(k["curve"] == "kidneys") & (k["quantity"] == f"the cohort's weight of {c['model']}")]
        assert len(weights) == N  # of each patient, and no mean over them
        assert weights["value"].to_numpy() == pytest.approx(np.full(N, c["weight"]), rel=1e-6)


def test_the_tiac_is_the_averaged_area_with_its_error(result: StudyResult) -> None:
    for name, choice in zip(WHO, choices(result), strict=True):
        row = result.tiac[(result.tiac["source"] == "kidneys") & (result.tiac["patient"] == name)]
        assert row["tiac_h"].item() == pytest.approx(choice.averaged_area.value / 100, rel=1e-12)
        assert row["se_h"].item() == pytest.approx(choice.averaged_area.se / 100, rel=1e-9)  # type: ignore[operator]
        areas = np.array([fit.area for fit, _ in choice.fits])
        errors = np.array([fit.se_area for fit, _ in choice.fits])
        w = np.array([weight for _, weight in choice.fits])
        between = w[0] * w[1] * (areas[0] - areas[1]) ** 2
        assert choice.averaged_area.se == pytest.approx(math.sqrt(w @ errors**2 + between), rel=1e-12)


def test_the_covariance_is_that_of_a_mixture_of_cohorts(result: StudyResult, tiacs: list[Tiacs]) -> None:
    """One model for all patients, then areas by it: the law of total covariance."""
    found, both = choices(result), (0, N - 1)
    expected = 0.0
    for m, weight in enumerate(w for _, w in found[0].fits):
        one, two = (found[i].fits[m][0] for i in both)
        off = [found[i].fits[m][0].area - found[i].averaged_area.value for i in both]
        within = sum(one.shared_area[k] * two.shared_area[k] for k in one.shared_area if k != "scale")
        expected += weight * (within + off[0] * off[1])
    parts = [tiacs[i].of("kidneys").se_parts_h or {} for i in both]
    common = set(parts[0]) & set(parts[1]) - {"kidneys curve"}
    assert {k.split(",")[0] for k in common} == {f"{OF_ESTIMATES}kidneys", f"{OF_MODELS}kidneys"}
    assert sum(parts[0][k] * parts[1][k] for k in common) == pytest.approx(expected / 1e4, rel=1e-6)
    # and it is positive: the models differ in the same direction in all patients
    between = [k for k in common if k.startswith(OF_MODELS)]
    assert all(parts[0][k] * parts[1][k] > 0 for k in between) and len(between) == 2
    rest = tiacs[0].of("remainder").se_parts_h or {}
    assert all(rest[k] == pytest.approx(-parts[0][k], rel=1e-12) for k in common)


def equal(choice: IndividualChoice, weights: tuple[float, float]) -> IndividualChoice:
    """The same patient with other weights of the two models."""
    fits = {c.model: c.fit for c in choice.candidates if isinstance(c.fit, IndividualFit)}
    given = [Candidate(model=m, weight=w or None) for m, w in zip(fits, weights, strict=True)]
    return individual_choice(given, fits)


def test_a_weight_of_one_is_the_chosen_model(result: StudyResult) -> None:
    choice = equal(choices(result)[0], (1.0, 0.0))
    fit = choice.chosen
    assert isinstance(fit, IndividualFit) and choice.averaged_over == (fit.model,)
    assert choice.averaged_area.value == fit.area
    assert choice.averaged_area.se == pytest.approx(fit.se_area, rel=1e-12)
    assert choice.area_interval() == pytest.approx(fit.area_interval(), rel=1e-12)
    parts = parts_of_average(choice, "kidneys curve", "kidneys")
    assert not any(k.startswith(OF_MODELS) for k in parts)
    assert math.hypot(*parts.values()) == pytest.approx(fit.se_area, rel=1e-9)


def test_draws_of_two_models_of_equal_weight(result: StudyResult) -> None:
    choice = equal(choices(result)[-1], (0.5, 0.5))
    (one, _), (two, _) = choice.fits
    assert choice.averaged_area.value == pytest.approx(0.5 * (one.area + two.area), rel=1e-12)
    logs, weights = choice.draws()  # type: ignore[misc]
    assert weights.sum() == pytest.approx(1.0)
    n = len(one.log_areas)  # type: ignore[arg-type]
    assert weights[:n].sum() == pytest.approx(0.5)  # however many draws a model has
    low, high = choice.area_interval(0.9)  # type: ignore[misc]
    inside = (logs >= math.log(low)) & (logs <= math.log(high))
    assert weights[inside].sum() == pytest.approx(0.9, abs=2 * weights.max())


def test_only_one_model_is_believed(tmp_path: Path) -> None:
    """Where the cohort gives the other model no weight the areas are those without an average."""
    study = TWO.replace('"uptake"]', '"plateau"]')
    one = run_study(made(tmp_path, study))
    (tmp_path / "b").mkdir()
    two = run_study(made(tmp_path / "b", study.replace("average = true", "average = false")))
    assert all(len(c.fits) == 1 for c in choices(one))
    pd.testing.assert_series_equal(one.tiac["tiac_h"], two.tiac["tiac_h"], check_exact=True)
    pd.testing.assert_series_equal(one.tiac["se_h"], two.tiac["se_h"], rtol=1e-12)
    assert all(used.choice is None for used in two.of("kidneys"))


def test_without_an_average_areas_are_the_chosen_models(
    study: Path, result: StudyResult, tmp_path: Path
) -> None:
    alone = run_study(made(tmp_path, TWO.replace("average = true", "average = false")))
    for used, choice in zip(alone.of("kidneys"), choices(result), strict=True):
        assert used.choice is None and used.fit is not None
        assert used.fit.area == choice.chosen.area != choice.averaged_area.value
    assert AVERAGED not in set(alone.kinetics["quantity"])


def test_what_is_written_of_an_average(study: Path, result: StudyResult, tmp_path: Path) -> None:
    import h5py

    folder = write_results(tmp_path / "results", result, figures=False)
    frame = pd.read_csv(folder / "populations.csv")
    assert set(frame["model"]) == {"monoexponential", "uptake"}
    (other,) = result.populations["kidneys"].others
    kept = json.loads((folder / f"population_kidneys_{other}.json").read_text())
    assert (
        kept["model"] == other and f"population_kidneys_{other}.json" in (folder / "README.txt").read_text()
    )
    with h5py.File(folder / "results.h5") as f:
        assert json.loads(f["populations"].attrs[f"kidneys, {other}"]) == kept
        assert json.loads(f["populations"].attrs["kidneys"])["model"] != other
    assert any("area averaged over the cohort's models by BIC: " in w for w in result.warnings)
    row = next(r for r in check_study(study).curves() if r["curve"] == "kidneys")
    assert row["method"].startswith("average of ") and "with a population" in row["method"]


def test_the_same_whoever_is_in_a_chunk(
    study: Path, result: StudyResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dosimetry.study import chunks

    monkeypatch.setattr(chunks, "MOST_PATIENTS", 3)
    again = run_study(study)
    pd.testing.assert_frame_equal(result.kinetics, again.kinetics, check_exact=True)
    pd.testing.assert_frame_equal(result.tiac, again.tiac, check_exact=True)


def test_a_model_that_is_not_believed_is_in_no_average(result: StudyResult) -> None:
    from dataclasses import replace

    choice = result.populations["kidneys"].choice
    assert choice is not None and believed(choice) is choice
    chosen, other = choice.averaged_over
    fit = next(c.fit for c in choice.candidates if c.model == other)
    assert fit is not None
    edge = replace(fit, held={"root A1 A1": "at the highest"})
    candidates = tuple(replace(c, fit=edge) if c.model == other else c for c in choice.candidates)
    found = believed(replace(choice, candidates=candidates))
    assert found.averaged_over == (chosen,)
    assert {c.model: c.weight for c in found.candidates} == {chosen: 1.0, other: None}
    assert [a.value for a in found.areas] == [f.area for f in choice.chosen.individuals]
    assert f"'{other}' is left out of the average over models" in found.warnings[-1]
    assert "the spread of A1" in found.warnings[-1]
    with pytest.raises(KineticsError, match="the spread of A1"):
        believed(replace(choice, chosen=edge))


def test_candidates_travel_without_their_fits(result: StudyResult) -> None:
    choice = result.populations["kidneys"].choice
    assert choice is not None
    found = candidates_of(choice)
    assert [c.weight for c in found] == [c.weight for c in choice.candidates]
    assert all(c.fit is None for c in found)
    again = fit_population_models(
        [u.curve for u in result.of("kidneys")], models=["monoexponential", "uptake"],
        lambda_phys_per_h=LAM, residual="proportional",
    )  # fmt: skip
    for mine, theirs in zip(choices(result), again.areas, strict=True):
        assert mine.averaged_area.value == pytest.approx(theirs.value, rel=1e-6)
