"""``milligray fit``, ``nca`` and ``compartments``: pure JSON out, one clear line for what is wrong."""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest

from dosimetry.commands.app import main
from kinetics.models import MODELS

EXAMPLES = Path(__file__).parents[2] / "examples" / "compartments"
MODELS_FOLDER = Path(__file__).parents[2] / "examples" / "models"
DATA = Path(__file__).parent / "data"
LAM = math.log(2) / 78.41


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return end.value.code, out, err


@pytest.fixture
def indometh(tmp_path):
    with (DATA / "indometh.csv").open() as f:
        rows = [r for r in csv.DictReader(f) if r["subject"] == "1"]
    path = tmp_path / "indometh1.csv"
    path.write_text("time_h,value\n" + "".join(f"{r['time_h']},{r['value']}\n" for r in rows))
    return path


@pytest.fixture
def serum(tmp_path):
    """89Zr serum as measured (decay in it), three per cent noise, with sd."""
    time = np.array([0.1, 0.25, 0.5, 1, 2, 4, 24, 72, 144])
    value = MODELS["biexponential"].value(time, np.array([14, 18, 0.1, 0.0063])) * np.exp(-LAM * time)
    noisy = value * (1 + 0.03 * np.random.default_rng(1).normal(size=9))
    path = tmp_path / "serum.csv"
    rows = [f"{t},{v:.5g},{0.03 * s:.3g}" for t, v, s in zip(time, noisy, value, strict=True)]
    path.write_text("# 89Zr serum, simulated\ntime_h;value;sd\n".replace(";", ",") + "\n".join(rows) + "\n")
    return path


def test_fit_json_has_what_a_program_needs(capsys, serum):
    code, out, err = run(
        capsys, "fit", serum, "--model", "auto", "--weights", "sd", "--half-life-h", 78.41, "--json"
    )
    assert code == 0
    assert err == ""
    d = json.loads(out)
    assert d["model"] == "biexponential"
    assert set(d["parameters"]) == {"A1", "A2", "lambda1", "lambda2"}
    for e in d["parameters"].values():
        assert {"value", "se"} <= set(e)
    assert d["half_lives_h"]["lambda2"]["value"] == pytest.approx(math.log(2) / 0.0063, rel=0.3)
    assert d["effective_half_lives_h"]["lambda2"]["value"] < 78.41
    truth = float(MODELS["biexponential"].area(np.array([14, 18, 0.1, 0.0063]), LAM))
    assert abs(d["area"] - truth) < 3 * d["se_area"]
    assert isinstance(d["aicc"], float)
    assert len(d["candidates"]) == len(MODELS)
    for c in d["candidates"]:
        assert {"model", "criterion", "weight", "area", "why_not_chosen"} <= set(c)
        assert (c["why_not_chosen"] is None) == c["chosen"]
    assert d["area_interval"]["lower"] < d["area"] < d["area_interval"]["upper"]
    average = d["averaged_area"]
    assert average["lower"] < average["value"] < average["upper"]
    assert average["over"][0] == "biexponential"
    assert any("not decay-corrected" in n for n in d["notes"])


def test_weights_that_are_not_said_are_the_file_s_or_are_assumed(capsys, serum, indometh):
    def content(*arguments):
        return json.loads(run(capsys, "fit", *arguments, "--json")[1])

    with_sd = content(serum, "--half-life-h", 78.41)
    assert with_sd["weights"] == "sd"
    assert with_sd["area"] == content(serum, "--half-life-h", 78.41, "--weights", "sd")["area"]
    without = content(indometh)
    assert without["weights"] == "relative, 5 % assumed"
    assert any("relative errors of about 5 % assumed" in w for w in without["warnings"])


def test_fit_of_indometh_1_is_r_s(capsys, indometh):
    """R documentation of SSbiexp: A1 2.0293, ln k1 0.5794, A2 0.1916, ln k2 -1.7878."""
    for model in ("auto", "biexponential"):
        _, out, _ = run(capsys, "fit", indometh, "--model", model, "--weights", "none", "--json")
        p = {k: e["value"] for k, e in json.loads(out)["parameters"].items()}
        assert p["A1"] == pytest.approx(2.0293, abs=6e-5)
        assert math.log(p["lambda1"]) == pytest.approx(0.5794, abs=6e-5)
        assert p["A2"] == pytest.approx(0.1916, abs=6e-5)
        assert math.log(p["lambda2"]) == pytest.approx(-1.7878, abs=6e-5)


@pytest.mark.parametrize("method", ["delta", "profile", "bootstrap"])
def test_fit_intervals_and_figure(capsys, serum, tmp_path, method):
    figure = tmp_path / "fit.png"
    code, out, _ = run(
        capsys, "fit", serum, "--model", "biexponential", "--weights", "sd", "--half-life-h", 78.41,
        "--not-decay-corrected", "--interval", method, "--plot", figure, "--json",
    )  # fmt: skip
    assert code == 0
    d = json.loads(out)
    assert d["forced"]
    assert d["area_interval"]["method"] == method
    assert d["area_interval"]["lower"] < d["area"] < d["area_interval"]["upper"]
    for rate, limits in d["half_life_intervals_h"].items():
        assert limits["method"] == method
        assert limits["lower"] < d["half_lives_h"][rate]["value"] < limits["upper"]
    assert not any("decay-corrected" in n for n in d["notes"])
    assert figure.read_bytes().startswith(b"\x89PNG")


def test_tables_for_people(capsys, serum, indometh):
    code, out, _ = run(capsys, "fit", serum, "--half-life-h", 78.41)
    assert code == 0
    assert "Candidates" in out
    assert "area, averaged over models" in out
    assert "isn't used" not in out
    _, out, _ = run(capsys, "fit", serum, "--half-life-h", 78.41, "--weights", "relative")
    assert "column 'sd' isn't used with --weights relative" in " ".join(out.split())
    code, out, _ = run(
        capsys,
        "nca",
        indometh,
        "--dose",
        25,
        "--unit",
        "mg/L",
        "--model",
        "biexponential",
        "--weights",
        "relative",
    )
    assert code == 0
    assert "from the fit: biexponential" in out
    assert "L/h" in out
    code, out, _ = run(capsys, "compartments", MODELS_FOLDER / "zirconium-icrp134.toml")
    assert code == 0
    assert "skeleton" in out


def test_nca_json(capsys, indometh):
    code, out, err = run(
        capsys, "nca", indometh, "--dose", 25, "--unit", "mg/L", "--method", "linear", "--json"
    )
    assert (code, err) == (0, "")
    d = json.loads(out)
    assert d["parameters"]["auc_inf_obs"]["value"] == pytest.approx(2.3562672, abs=6e-8)  # WinNonlin
    assert d["parameters"]["cl"] == {
        "value": pytest.approx(10.6100020, abs=6e-7), "se": None, "unit": "L/h", "reason": None,
        "se_reason": "no standard deviations were given",
    }  # fmt: skip
    code, out, _ = run(capsys, "nca", indometh, "--dose", 25, "--json")
    assert json.loads(out)["method"] == "linear-up/log-down"


def test_nca_side_by_side_and_plasma(capsys, serum):
    _, out, _ = run(
        capsys, "nca", serum, "--dose", 100, "--unit", "%IA/L", "--half-life-h", 78.41,
        "--model", "biexponential", "--weights", "sd", "--plasma-volume-L", 3.0, "--json",
    )  # fmt: skip
    d = json.loads(out)
    free, fitted = d["parameters"], d["fitted"]["parameters"]
    assert fitted["cl"]["value"] == pytest.approx(free["cl"]["value"], rel=0.15)
    assert fitted["initially_in_plasma"]["value"] == pytest.approx(96, rel=0.1)
    assert free["cl"]["se"] > 0
    assert free["initially_in_plasma"]["unit"] == "%IA"


def test_blq_is_left_out_of_a_fit_and_kept_for_nca(capsys, tmp_path):
    path = tmp_path / "blq.csv"
    path.write_text("time_h,value\n0,BLQ\n1,10\n2,8\n4,5\n8,2\n12,0.8\n24,<0.1\n")
    d = json.loads(run(capsys, "fit", path, "--json")[1])
    assert any("limit of quantification at 0, 24 h: left out" in n for n in d["notes"])
    assert d["n_points"] == 5
    d = json.loads(run(capsys, "nca", path, "--dose", 1, "--route", "extravascular", "--json")[1])
    assert any("24 h (last): taken as 0" in n for n in d["notes"])
    assert d["parameters"]["t_last"]["value"] == 12


def test_compartments_json(capsys):
    code, out, err = run(capsys, "compartments", MODELS_FOLDER / "zirconium-icrp134.toml", "--json")
    assert (code, err) == (0, "")
    d = json.loads(out)
    assert [float(f"{x:.2g}") for x in d["activity_fraction"]["whole body"][:4]] == [0.94, 0.79, 0.63, 0.51]
    assert d["tiac_h"]["blood"]["value"] == pytest.approx(38.78, abs=0.01)
    d = json.loads(run(capsys, "compartments", EXAMPLES / "two-compartments.toml", "--json")[1])
    assert d["parameters"]["k10"]["se"] > 0
    assert d["parameters"]["k10"]["unit"] == "1/h"


GOOD = "time_h,value\n1,10\n2,8\n4,5\n8,2\n"


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("", [], "empty; a header"),
        ("time_h,value\n", [], "no rows under the header"),
        ("time,value\n1,2\n", [], "column 'time_h' is missing; there are: time, value"),
        (
            "time_h,value\n1,ten\n",
            [],
            "row 2, column 'value': 'ten' is not a number; a number, or BLQ, is needed",
        ),
        ("time_h,value\n1,\n", [], "row 2, column 'value': the value is missing"),
        ("time_h,value\nx,1\n", [], "row 2, column 'time_h': 'x' is not a number"),
        ("time_h,value\n-1,1\n", [], "row 2, column 'time_h': -1 is not allowed; a number of hours from 0"),
        ("time_h,value\n1,nan\n", [], "row 2, column 'value': 'nan' is not a finite number"),
        ("time_h,value\n1,5\n1,4\n2,3\n", [], "row 3, column 'time_h': 1 stands twice (first in row 2)"),
        ("time_h,value,sd\n1,5,0\n2,4,1\n", [], "row 2, column 'sd': 0 is not allowed; a number above 0"),
        ("time_h,value\n1,2,3\n", [], "row 2 has 3 cells, the header 2"),
        ("time_h,value\n1,BLQ\n2,BLQ\n", [], "every value is below the limit"),
        ("time_h,value\n5,3\n", ["--model", "mono"], "1 point for the 2 parameters of 'monoexponential'"),
        ("time_h,value\n1,5\n2,5\n3,5\n4,5\n5,5\n", ["--model", "mono"], "constant or rising data"),
        ("time_h,value\n1,5\n2,6\n3,7\n4,8\n5,9\n", ["--model", "mono"], "constant or rising data"),
        ("time_h,value\n1,5\n2,0\n3,2\n", ["--model", "mono"], "value 0 at 2 h is zero"),
        ("time_h,value\n1,5\n2,-1\n3,2\n", [], "value -1 at 2 h is negative"),
        ("time_h,value\n1,0\n2,0\n", [], "every value is 0"),
        (GOOD, ["--model", "gamma"], "unknown model 'gamma'"),
        (GOOD, ["--weights", "sd"], "need a column 'sd'"),
        (
            GOOD,
            ["--weights", "heavy"],
            "unknown weights 'heavy'; there are: auto, none, sd, relative, poisson",
        ),
        (GOOD, ["--half-life-h", "0"], "half-life 0.0 h is not a positive number"),
        (GOOD, ["--model", "triexponential"], "4 points for the 6 parameters"),
        (GOOD, ["--interval", "exact"], "delta, profile or bootstrap is needed"),
        (GOOD, ["--model", "mono", "--plot", "x.txt"], "figures are written as .png, .pdf, .svg"),
        (GOOD, ["--fractional-sd", "0.1"], "weights are 'auto'"),
    ],
)
def test_bad_input_of_fit(capsys, tmp_path, text, options, says):
    path = tmp_path / "curve.csv"
    path.write_text(text)
    code, out, err = run(capsys, "fit", path, *options, "--json")
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert says in err


def test_rows_in_any_order_are_sorted(capsys, tmp_path):
    for name, text in (
        ("a.csv", GOOD),
        ("b.csv", "time_h\tvalue\tnote\n8\t2\tx\n1\t10\t\n4\t5\t\n2\t8\ty\n"),
    ):
        (tmp_path / name).write_text(text)
    a, b = (
        json.loads(run(capsys, "fit", tmp_path / n, "--model", "mono", "--json")[1])
        for n in ("a.csv", "b.csv")
    )
    assert a["area"] == b["area"]


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["fit", "none.csv"], "none.csv: there is no such file"),
        (["nca", "curve.csv"], "Missing option '--dose'"),
        (["nca", "curve.csv", "--dose", "0"], "dose is 0"),
        (["nca", "curve.csv", "--dose", "1", "--route", "nose"], "unknown route"),
        (["nca", "curve.csv", "--dose", "1", "--unit", "mg/L", "--dose-unit", "MBq"], "units don't match"),
        (["nca", "curve.csv", "--dose", "1", "--method", "x"], "unknown trapezoid method 'x'"),
        (["compartments", "none.toml"], "none.toml: there is no such file"),
    ],
)
def test_bad_input_of_the_others(capsys, tmp_path, monkeypatch, command, says):
    monkeypatch.chdir(tmp_path)
    Path("curve.csv").write_text(GOOD)
    code, out, err = run(capsys, *command)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert says in err


def test_a_model_file_names_itself_in_the_error(capsys, tmp_path):
    path = tmp_path / "loop.toml"
    path.write_text(
        'time_unit = "h"\nstable = true\ncompartments = ["a", "b"]\n[bolus]\na = 1\n[transfers]\n'
        '"a -> b" = 1.0\n"b -> a" = 1.0\n'
    )
    code, _, err = run(capsys, "compartments", path)
    assert code == 2
    assert "loop.toml: compartment model: what reaches a, b is never excreted" in err


@pytest.mark.parametrize("command", [["fit"], ["nca", "--dose", 100]])
def test_a_nuclide_stands_for_its_half_life(capsys, serum, command):
    by_hours, by_name, both = (
        run(capsys, *command, serum, *given, "--json")
        for given in (
            ["--half-life-h", 78.41], ["--nuclide", "89Zr"], ["--nuclide", "Zr-89", "--half-life-h", "78.41"],
        )
    )  # fmt: skip
    assert by_hours == by_name == both
    assert by_name[0] == 0
    assert json.loads(by_name[1])["half_life_h"] == 78.41


@pytest.mark.parametrize("command", [["fit"], ["nca", "--dose", 100]])
@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--nuclide", "Zr-89", "--half-life-h", 78.4], "--half-life-h is 78.4, but Zr-89 has 78.41 h"),
        (["--nuclide", "Zr-89", "--half-life-h", "nan"], "--half-life-h is nan, but Zr-89 has 78.41 h"),
        (["--nuclide", "Zr-98x"], "unknown nuclide 'Zr-98x'"),
        (["--nuclide", ""], "unknown nuclide ''"),
    ],
)
def test_a_nuclide_that_is_none_or_has_another_half_life_is_refused(capsys, serum, command, given, said):
    code, out, err = run(capsys, *command, serum, *given)
    assert (code, out) == (2, "")
    assert said in " ".join(err.split())


def test_columns_that_are_not_read_are_named(capsys, tmp_path):
    path = tmp_path / "curve.csv"
    path.write_text("time_h,value,stdev,scanner\n1,30,1,A\n24,20,1,A\n72,12,1,A\n144,6,1,B\n")
    status, out, _ = run(capsys, "fit", path, "--json")
    assert status == 0
    assert "not read: stdev, scanner (columns are time_h, value and sd)" in json.loads(out)["notes"]


@pytest.mark.parametrize("text", [",\n1,2\n", ",\n"])
def test_a_header_without_a_name(capsys, tmp_path, text):
    path = tmp_path / "curve.csv"
    path.write_text(text)
    status, _, err = run(capsys, "fit", path)
    assert status == 2
    assert "curve.csv: row 1: this is no header: columns time_h and value are needed" in err
