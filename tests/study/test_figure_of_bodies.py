"""The figure of doses in several bodies: every dose has its point, what is missing or 0 has none."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from dosimetry import AGES, DosimetryError, doses_in_bodies, plot_doses_in_bodies
from dosimetry.commands import app as cli

TIAC = {"liver": 0.13, "urinary bladder contents": 0.26, "remainder": 1.7}
BOTH = ["test male", "test female"]


def points(axes: object, label: str) -> dict[str, float]:
    """Row -> place on the axis, of the points of one body."""
    names = [text.get_text() for text in axes.get_yticklabels()]  # type: ignore[attr-defined]
    container = next(c for c in axes.containers if c.get_label() == label)  # type: ignore[attr-defined]
    line = container[0]
    found = {}
    for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True):
        found[names[round(y)]] = float(x)
    return found


def test_every_dose_of_every_age_has_its_point() -> None:
    doses = doses_in_bodies(TIAC, "F-18", AGES)
    top, bottom = plot_doses_in_bodies(doses).axes
    for age in AGES:
        drawn = points(top, age)
        assert drawn == {target: doses[age][target] for target in doses.targets}
        effective = points(bottom, age)
        assert effective["effective dose, ICRP 60"] == float(doses[age].effective("ICRP 60"))
        assert effective["effective dose, ICRP 103,\nnot sex-averaged"] == float(
            doses[age].effective("ICRP 103")
        )
    low, high = top.get_xlim()
    assert (
        low
        < min(min(d.values()) for d in doses.values())
        < max(max(d.values()) for d in doses.values())
        < high
    )
    # the organ with the highest dose stands at the top
    names = [text.get_text() for text in top.get_yticklabels()]
    assert names[-1] == "urinary bladder wall"
    assert "by age" in top.get_title(loc="left")


def test_the_sex_averaged_dose_is_a_line_and_errors_are_bars(bodies: Path) -> None:
    doses = doses_in_bodies(TIAC, "F-18", BOTH, tiac_se_h=dict.fromkeys(TIAC, 0.01))
    figure = plot_doses_in_bodies(doses)
    top, bottom = figure.axes
    (line,) = [one for one in bottom.lines if one.get_label() == "sex-averaged"]
    assert list(line.get_xdata()) == [float(doses.sex_averaged()["test male", "test female"])] * 2
    bars = top.containers[0][2][0].get_segments()
    names = [text.get_text() for text in top.get_yticklabels()]
    liver = bars[names.index("liver")][:, 0]
    se = doses["test male"].to_frame().loc["liver", "se_mGy_per_MBq"]
    assert np.diff(liver)[0] / 2 == pytest.approx(se, rel=1e-9)
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == [*BOTH, "sex-averaged"]


def test_what_a_body_lacks_and_what_is_0_has_no_point(bodies: Path) -> None:
    doses = doses_in_bodies(TIAC, "F-18", ["test male", "combined male"])
    top = plot_doses_in_bodies(doses).axes[0]
    assert math.isnan(points(top, "test male")["colon"])
    assert points(top, "combined male")["colon"] == doses["combined male"]["colon"]
    one_sex = doses_in_bodies({"ovaries": 0.3}, "F-18", BOTH)
    drawn = points(plot_doses_in_bodies(one_sex).axes[0], "test male")
    assert all(math.isnan(x) for x in drawn.values())
    with pytest.raises(DosimetryError, match="no dose is above 0"):
        plot_doses_in_bodies(doses_in_bodies({"liver": 0.0}, "F-18", BOTH))
    with pytest.raises(DosimetryError, match="unknown width of a figure 'wide'"):
        plot_doses_in_bodies(one_sex, width="wide")
    many = doses_in_bodies(TIAC, "F-18", {f"body {i}": "test male" for i in range(21)})
    with pytest.raises(DosimetryError, match="21 bodies in one figure; at most 20"):
        plot_doses_in_bodies(many)


@pytest.mark.parametrize("kind", ["png", "pdf", "svg"])
def test_the_prompt_draws_it(
    tmp_path: Path, bodies: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "tiac.csv"
    table.write_text("source,tiac_h\nliver,11\nremainder,60\n", encoding="utf-8")
    path = tmp_path / f"ages.{kind}"
    arguments = ["dose", "--nuclide", "Zr-89", "--tiac", str(table), "--plot", str(path)]
    with pytest.raises(SystemExit) as ended:
        cli.main([*arguments, "--ages", "--csv", str(tmp_path / "ages.csv")])
    assert not ended.value.code
    assert path.stat().st_size > 5000
    with pytest.raises(SystemExit) as ended:
        cli.main([*arguments, "--phantom", "test male"])
    assert ended.value.code == 2
    assert "shows several bodies side by side" in capsys.readouterr().err
