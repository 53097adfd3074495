"""``milligray bladder``: the published TIACs, JSON, the wall's dose, and what a user gets wrong."""

from __future__ import annotations

import json
import math

import pytest
from typer.testing import CliRunner

from dosimetry import BladderVolume, nuclide, wall_dose
from dosimetry.commands.app import app
from dosimetry.commands.app import main as run
from kinetics import Contents, ContinuousEmptying, Emptying, Inflow

FDG = ["--nuclide", "F-18", "--enters", "0.06:0.20h", "--enters", "0.18:1.5h"]
F18 = nuclide("F-18").lambda_per_h
INFLOW = Inflow.of_half_lives([0.06, 0.18], [0.20, 1.5])


def told(*arguments: str) -> dict[str, object]:
    found = CliRunner().invoke(app, ["bladder", *arguments, "--json"])
    assert found.exit_code == 0, found.output
    content = json.loads(found.output)
    assert isinstance(content, dict)
    return content


@pytest.mark.parametrize(("every", "published_h"), [("3.5", 0.26), ("3.0", 0.23), ("2.0", 0.16)])
def test_fdg(every: str, published_h: float) -> None:
    assert abs(float(str(told(*FDG, "--every", every)["tiac_h"])) - published_h) <= 0.005


def test_all_ways_of_emptying_and_all_units() -> None:
    late = Contents(INFLOW, Emptying(times_h=(1.0, 2.5), every_h=4.0, residual=0.1), F18).tiac_h
    assert told(*FDG, "--times", "1,2.5", "--every", "4", "--residual", "0.1")["tiac_h"] == pytest.approx(
        late
    )
    first = Contents(INFLOW, Emptying(first_h=1.0), F18).tiac_h
    assert told(*FDG, "--first", "1")["tiac_h"] == pytest.approx(first)
    always = Contents(INFLOW, ContinuousEmptying(0.5), F18).tiac_h
    rate = math.log(2) / 1.5
    same = [
        "--half-life-h",
        str(math.log(2) / F18),
        "--enters",
        "0.06:12min",
        "--enters",
        f"0.18:{rate * 24}/d",
    ]
    assert told(*same, "--continuous", "0.5")["tiac_h"] == pytest.approx(always, rel=1e-9)


def test_the_wall() -> None:
    given = ["--body", "adult male", "--volume-mL", "10", "--flow-mL-per-h", "60", "--night", "12:8:30"]
    wall = told(*FDG, "--every", "3.5", *given, "--start-volume-mL", "100")["wall"]
    volume = BladderVolume(
        after_void_mL=10.0, flow_mL_per_h=60.0, at_start_mL=100.0, night_starts_h=12.0, night_lasts_h=8.0,
        night_flow_mL_per_h=30.0,
    )  # fmt: skip
    expected = wall_dose(Contents(INFLOW, Emptying(every_h=3.5), F18), volume, "F-18", "adult male")
    assert isinstance(wall, dict)
    assert wall["dynamic_mGy_per_MBq"] == pytest.approx(expected.dynamic_total_mGy_per_MBq)
    assert wall["static_mGy_per_MBq"] == pytest.approx(expected.static_total_mGy_per_MBq)
    printed = CliRunner().invoke(app, ["bladder", *FDG, "--every", "3.5", *given]).output
    assert "TIAC 0.2550 h" in printed
    assert "volume that grows" in printed
    assert "note: of the volume" in printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--every", "0"], "an interval between emptyings is 0 h; above 0 is needed"),
        (["--times", "1,3,2"], "time 3 of emptying is 2 h; above the one before it, 3 h, is needed"),
        (["--times", "1,x"], "--times: 'x' is not a number"),
        ([], "when is it emptied? Give --every, --first, --times, or --continuous"),
        (["--every", "2", "--continuous", "0.5"], "--every does not go with --continuous"),
        (["--continuous", "-1"], "the rate of emptying is -1 1/h"),
        (["--every", "2", "--enters", "0.5"], "--enters '0.5': a share and a half-time, e.g. 0.18:1.5h"),
        (["--every", "2", "--enters", "0.5:0h"], "--enters '0.5:0h': a half-time above 0 is needed"),
        (["--every", "2", "--enters", "50:1h"], "50.24 of the administered activity enters"),
        (["--every", "2", "--enters", "0.8:1h"], "--enters: 1.04 of the administered activity in all"),
        (["--every", "2", "--daughters", "all"], "--daughters is of the wall's dose, which needs --body"),
        (["--every", "2", "--volume-mL", "3"], "--volume-mL is of the wall's dose, which needs --body"),
        (["--every", "2", "--body", "adult male"], "--volume-mL is missing"),
        (["--every", "2", "--half-life-h", "3"], "3"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        run(["bladder", *FDG, *arguments])
    assert end.value.code == 2
    error = capsys.readouterr().err
    assert said in error
    assert all(line.startswith("milligray: error: ") for line in error.splitlines())
