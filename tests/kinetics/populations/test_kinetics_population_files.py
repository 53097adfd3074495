"""Populations in files: what is written comes back; what is stated by hand is checked key by key."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kinetics import KineticsError, Population, Residual, read_population, write_population

STATED = {
    "model": "uptake", "unit": "%IA", "source": "made up", "n_patients": 12,
    "median": {"A1": 4.0, "lambda1": 0.0095, "lambda2": 0.35},
    "sd_log": {"A1": 0.35, "lambda1": 0.38}, "correlation": [["A1", "lambda1", -0.2]],
    "residual": {"kind": "proportional", "b": 0.05},
}  # fmt: skip


def written(folder: Path, **changes: object) -> Path:
    content = {k: v for k, v in (STATED | changes).items() if v is not None}
    file = folder / "population.json"
    file.write_text(json.dumps(content))
    return file


def test_what_is_stated_is_the_population(tmp_path: Path) -> None:
    found = read_population(written(tmp_path))
    assert found.typical == pytest.approx(STATED["median"])
    assert found.sd == pytest.approx({"A1": 0.35, "lambda1": 0.38, "lambda2": 0.0})
    assert found.covariance[0, 1] == pytest.approx(-0.2 * 0.35 * 0.38)
    assert found.free == ("lambda2",) and found.n_patients == 12 and found.residual.b == 0.05


def test_toml_says_the_same(tmp_path: Path) -> None:
    file = tmp_path / "population.toml"
    file.write_text(
        'model = "uptake"\nunit = "%IA"\nsource = "made up"\nn_patients = 12\n'
        'correlation = [["A1", "lambda1", -0.2]]\n[median]\nA1 = 4\nlambda1 = 0.0095\nlambda2 = 0.35\n'
        '[sd_log]\nA1 = 0.35\nlambda1 = 0.38\n[residual]\nkind = "proportional"\nb = 0.05\n'
    )
    one, two = read_population(file), read_population(written(tmp_path))
    np.testing.assert_array_equal(one.covariance, two.covariance)
    np.testing.assert_array_equal(one.mean, two.mean)


def test_what_is_written_comes_back_bit_for_bit(tmp_path: Path) -> None:
    stated = Population.stated(
        "monoexponential", unit="%IA", median={"A1": 3.3, "lambda1": 0.0123456789},
        sd_log={"A1": 1 / 3, "lambda1": 0.1}, residual=Residual(kind="combined", a=0.1, b=0.05), source="a",
    )  # fmt: skip
    write_population(stated, tmp_path / "p.json")
    again = read_population(tmp_path / "p.json")
    assert again.mean.tobytes() == stated.mean.tobytes()
    assert again.covariance.tobytes() == stated.covariance.tobytes()
    assert again.residual == stated.residual


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"model": "x"}, "unknown model 'x'"),
        ({"model": None}, "model is missing"),
        ({"unit": 3}, "unit is 3; a text of one line"),
        ({"source": ""}, "source is ''"),
        ({"median": {"A1": 4.0}}, "median of 'lambda1' is missing"),
        ({"median": {"A1": "x", "lambda1": 1, "lambda2": 1}}, "median.A1 is 'x'; a number is needed"),
        ({"median": {"A1": -4, "lambda1": 1, "lambda2": 1}}, "median of 'A1' is -4"),
        ({"sd_log": {"A1": -0.1}}, "sd_log of 'A1' is -0.1; 0 or above"),
        ({"sd_log": {"x": 0.1}}, "'x' is no parameter of 'uptake'"),
        ({"correlation": [["A1", "lambda1", 1.2]]}, "is 1.2; between -1 and 1"),
        ({"correlation": 3}, "a list of [parameter, parameter, number] is needed"),
        ({"residual": None}, "residual is missing"),
        ({"residual": {"kind": "x"}}, "'x'"),
        ({"residual": {"kind": "proportional", "b": True}}, "residual.b is True"),
        ({"n_patients": 0}, "n_patients is 0"),
        ({"sd": 1}, "unknown key 'sd'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_the_file(changes: dict[str, object], what: str, tmp_path: Path) -> None:
    file = written(tmp_path, **changes)
    with pytest.raises(KineticsError) as told:
        read_population(file)
    assert any(what in line for line in told.value.complaints), told.value
    assert all(line.startswith(str(file)) for line in told.value.complaints)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": "other"}', "NaN", '{"mean": [1, 2]}'])
def test_a_file_that_is_none(text: str, tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    file.write_text(text)
    with pytest.raises(KineticsError) as told:
        read_population(file)
    assert all(line.startswith(str(file)) for line in told.value.complaints)


def test_another_ending_is_refused(tmp_path: Path) -> None:
    found = read_population(written(tmp_path))
    with pytest.raises(KineticsError, match="a population is written as"):
        write_population(found, tmp_path / "p.toml")
